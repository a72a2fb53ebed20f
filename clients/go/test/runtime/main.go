// A runtime like AWS Lambda's: an event on each line of standard input, an outcome on each of standard output.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"strconv"
	"time"

	"streamgauge.dev/clients/go/test/function"
)

func main() {
	seconds, err := strconv.Atoi(os.Getenv("AWS_LAMBDA_FUNCTION_TIMEOUT"))
	if err != nil {
		seconds = 10
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var event function.Event
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			panic(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(seconds)*time.Second)
		outcome := map[string]any{}
		if result, err := function.Handle(ctx, event); err != nil {
			outcome["error"] = err.Error()
		} else {
			outcome["result"] = result
		}
		if ctx.Err() != nil {
			outcome = map[string]any{"error": "timed out"}
		}
		cancel()
		outcome["dropped"], _ = function.Handle(ctx, function.Event{Report: true})
		_ = json.NewEncoder(os.Stdout).Encode(outcome)
	}
}
