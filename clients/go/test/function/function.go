// Package function is an AWS Lambda function that does as its event says.
package function

import (
	"context"
	"errors"
	"log"
	"math"
	"os"
	"strings"

	streamgauge "streamgauge.dev/clients/go"
)

// Event says what to do.
type Event struct {
	Samples [][4]any `json:"samples"`
	Pushes  []string `json:"pushes"`
	Raise   string   `json:"raise"`
	Echo    any      `json:"echo"`
	Report  bool     `json:"report"`
	Misuse  bool     `json:"misuse"`
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

// misuse gives the client what it cannot take.
func misuse() {
	wrong := streamgauge.Config{
		URL: "://", Key: "two\nlines", Tenant: "\x00", Labels: streamgauge.Labels{"": 1}, Timeout: -1,
	}
	streamgauge.New(wrong).Push(context.Background())
	m.Push(nil) //lint:ignore SA1012 that is what is tested
	m.PushOnce(context.Background(), "two words")
	m.Counter("", -1, nil)
	m.Gauge("depth", math.NaN(), streamgauge.Labels{"text": make(chan int)})
	m.Describe("", streamgauge.Description{Help: "\xff", Buckets: []float64{math.NaN()}})

	full := streamgauge.New(streamgauge.Config{URL: "http://example.com"})
	log.SetOutput(countedLog{full})
	defer log.SetOutput(os.Stderr)
	full.Gauge("depth", 1, streamgauge.Labels{"text": strings.Repeat("x", 1<<20)})
}

// countedLog is a log that counts its lines.
type countedLog struct{ m *streamgauge.Metrics }

func (l countedLog) Write(line []byte) (int, error) {
	l.m.Counter("log_lines_total", 1, nil)
	return os.Stderr.Write(line)
}

func work(ctx context.Context, e Event) (any, error) {
	if e.Misuse {
		misuse()
	}
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
