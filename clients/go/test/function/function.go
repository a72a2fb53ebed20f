// Package function is an AWS Lambda function that does as its event says.
package function

import (
	"context"
	"errors"
	"math"

	streamgauge "streamgauge.dev/clients/go"
)

// Event says what to do.
type Event struct {
	Samples [][4]any `json:"samples"`
	Pushes  []string `json:"pushes"`
	Raise   string   `json:"raise"`
	Echo    any      `json:"echo"`
	Report  bool     `json:"report"`
	// Describe is the name of a metric.
	Describe string `json:"describe"`
}

var (
	m       = streamgauge.New(streamgauge.Config{CountErrors: true})
	wrapped = streamgauge.Wrap(m, work)
)

// Handle answers an event.
func Handle(ctx context.Context, e Event) (any, error) {
	if e.Report {
		return m.Dropped(), nil
	}
	return wrapped(ctx, e)
}

func work(ctx context.Context, e Event) (any, error) {
	record := map[string]func(string, float64, streamgauge.Labels){
		"counter": m.Counter, "gauge": m.Gauge, "histogram": m.Histogram, "summary": m.Summary,
	}
	for _, s := range e.Samples {
		value, isNumber := s[2].(float64)
		if !isNumber {
			value = map[any]float64{"NaN": math.NaN(), "Infinity": math.Inf(1)}[s[2]]
		}
		labels := streamgauge.Labels(s[3].(map[string]any))
		if labels["text"] == "\ufffd" { // a lone surrogate; JSON cannot bring worse
			labels["text"] = "\xff"
		}
		record[s[0].(string)](s[1].(string), value, labels)
	}
	if e.Describe != "" {
		m.Describe(e.Describe, streamgauge.Description{Help: `a "quoted" text`, Buckets: []float64{0.5, 2}})
	}
	settled := []bool{}
	for _, key := range e.Pushes {
		settled = append(settled, m.PushOnce(ctx, key))
	}
	if e.Raise != "" {
		return nil, errors.New(e.Raise)
	}
	return map[string]any{"echo": e.Echo, "settled": settled}, nil
}
