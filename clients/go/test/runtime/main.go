// A runtime like AWS Lambda's: one invocation a line of standard input, its outcome on a line of standard output.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"time"

	streamgauge "streamgauge.dev/clients/go"
)

type event struct {
	Samples   [][4]any `json:"samples"`
	Pushes    []string `json:"pushes"`
	Raise     string   `json:"raise"`
	Echo      any      `json:"echo"`
	Remaining int      `json:"remaining"`
}

var m = streamgauge.New(streamgauge.Config{CountErrors: true})

func handle(ctx context.Context, e event) (map[string]any, error) {
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
	settled := []bool{}
	for _, key := range e.Pushes {
		settled = append(settled, m.PushOnce(ctx, key))
	}
	if e.Raise != "" {
		return nil, errors.New(e.Raise)
	}
	return map[string]any{"echo": e.Echo, "settled": settled}, nil
}

func main() {
	handler := streamgauge.Wrap(m, handle)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		e := event{Remaining: 3000}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			panic(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(e.Remaining)*time.Millisecond)
		outcome := map[string]any{}
		result, err := handler(ctx, e)
		if cancel(); err != nil {
			outcome["error"] = err.Error()
		} else {
			outcome["result"] = result
		}
		outcome["dropped"] = m.Dropped()
		_ = json.NewEncoder(os.Stdout).Encode(outcome)
	}
}
