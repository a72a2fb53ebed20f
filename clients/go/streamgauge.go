// Package streamgauge sends metrics to Streamgauge from short-lived processes. Copy this file; it needs nothing but
// the standard library.
//
//	var m = streamgauge.New(streamgauge.Config{}) // or STREAMGAUGE_URL, _KEY, _TENANT, _LABELS, _TIMEOUT
//	func main() { lambda.Start(streamgauge.Wrap(m, handle)) }
//
// A push never panics, and takes at most the timeout. How it behaves when the server does not: clients/README.md.
package streamgauge

import (
	"bytes"
	"cmp"
	"context"
	crand "crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"math"
	"math/rand"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	maxBytes       = 1 << 20 // of samples as JSON, which are less than 10,000
	maxValues      = 1_000   // of one histogram or summary sample
	bytesOfValue   = 25      // the longest double with its comma
	maxAnswerBytes = 64 << 10
	maxKeptBytes   = 256 << 10
	maxKept        = 9 * time.Minute  // the server forgets an Idempotency-Key after 10 minutes
	maxIdle        = 30 * time.Second // of a connection: while a function is frozen, balancers forget it without a sign
	maxRetryAfter  = 10 * time.Minute
	lambdaReserve  = 100 * time.Millisecond
)

var (
	metricName = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`)
	labelName  = regexp.MustCompile(`^([a-zA-Z]|_$|_[a-zA-Z0-9])[a-zA-Z0-9_]*$`) // no two underscores first
	pushKey    = regexp.MustCompile(`^[!-~]{1,128}$`)
	reserved   = map[string]string{"histogram": "le", "summary": "quantile"} // labels
)

// Labels of a sample. A value that is no text is converted as fmt.Sprint does; nil and "" are no label.
type Labels map[string]any

// Description of a metric. The server takes it from the first sample that it ever sees.
type Description struct {
	Help      string    `json:"help,omitempty"`
	Unit      string    `json:"unit,omitempty"`
	Buckets   []float64 `json:"buckets,omitempty"`
	Quantiles []float64 `json:"quantiles,omitempty"`
}

// Config overrides the settings of the environment where it is not zero.
type Config struct {
	URL, Key, Tenant string
	Labels           Labels
	Timeout          time.Duration
	CountErrors      bool // Wrap counts the failures of its handler as lambda_errors_total{kind="handler"}
}

// Metrics collects samples in memory and pushes them. Goroutines may share one.
type Metrics struct {
	target      *url.URL // nil: nothing is sent
	header      http.Header
	labels      map[string]string
	timeout     time.Duration
	countErrors bool
	transport   http.Transport // follows no redirect, and its errors have no query string

	mu           sync.Mutex         // of the next six; never held while logging, as a log may count its lines
	samples      []*sample          // oldest first
	open         map[string]*sample // by series, what takes further values
	bytes        int                // at most what samples and descriptions take as JSON
	descriptions map[string]Description
	dropped      map[string]int
	logged       map[string]time.Time

	pushing        chan struct{} // has an element while a push uses the following
	kept           *body
	reported       map[string]int // of what was dropped
	failed         time.Time      // the last push without an answer; others are skipped during the pause
	pause, backoff time.Duration
}

type sample struct {
	series    string
	Type      string            `json:"type"`
	Name      string            `json:"name"`
	Labels    map[string]string `json:"labels,omitempty"`
	Value     *float64          `json:"value,omitempty"`
	Values    []float64         `json:"values,omitempty"`
	Timestamp int64             `json:"timestamp,omitempty"`
	Description
}

// body is the content of one push with its key; both stay the same in every attempt.
type body struct {
	key            string
	content        []byte
	samples        int
	since          time.Time
	sent, accepted bool
}

// New reads the settings. Without a URL, nothing is sent, and a line in the log says so.
func New(c Config) *Metrics {
	m := &Metrics{
		header:       http.Header{"Content-Type": {"application/json"}},
		timeout:      c.Timeout,
		countErrors:  c.CountErrors,
		transport:    http.Transport{Proxy: http.ProxyFromEnvironment, IdleConnTimeout: maxIdle},
		open:         map[string]*sample{},
		descriptions: map[string]Description{},
		dropped:      map[string]int{},
		logged:       map[string]time.Time{},
		pushing:      make(chan struct{}, 1),
	}
	if m.timeout == 0 {
		seconds, _ := strconv.ParseFloat(cmp.Or(setting("", "STREAMGAUGE_TIMEOUT"), "1"), 64)
		m.timeout = time.Duration(seconds * float64(time.Second))
	}
	if m.timeout <= 0 || m.timeout > time.Minute {
		m.warn("timeout", "STREAMGAUGE_TIMEOUT is ignored: it must be 0 to 60 seconds")
		m.timeout = time.Second
	}
	if text := setting("", "STREAMGAUGE_LABELS"); c.Labels == nil && text != "" {
		c.Labels = Labels{}
		for _, pair := range strings.Split(text, ",") {
			name, value, found := strings.Cut(pair, "=")
			if !found {
				name = "" // which is not valid
			}
			c.Labels[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	var err error
	if m.labels, err = checkedLabels("", c.Labels); err != nil {
		m.warn("labels", "STREAMGAUGE_LABELS is ignored: %v", err)
	}
	if key := setting(c.Key, "STREAMGAUGE_KEY"); key != "" {
		m.header.Set("Authorization", "Bearer "+key)
	}
	if tenant := setting(c.Tenant, "STREAMGAUGE_TENANT"); tenant != "" {
		m.header.Set("X-Scope-OrgID", tenant)
	}
	target, err := url.Parse(setting(c.URL, "STREAMGAUGE_URL"))
	if err != nil || target.Host == "" || (target.Scheme != "http" && target.Scheme != "https") {
		m.warn("url", "no URL like https://metrics.example.com to push to; metrics are not sent")
	} else {
		m.target = target.JoinPath("api/v1/metrics")
	}
	return m
}

// Counter adds to a counter.
func (m *Metrics) Counter(name string, value float64, labels Labels) {
	m.collect(&sample{Type: "counter", Name: name, Value: &value}, value, labels)
}

// Gauge sets a gauge; the value carries the time of this call.
func (m *Metrics) Gauge(name string, value float64, labels Labels) {
	m.collect(&sample{Type: "gauge", Name: name, Value: &value, Timestamp: time.Now().UnixMilli()}, value, labels)
}

// Histogram observes a value, to be counted in buckets.
func (m *Metrics) Histogram(name string, value float64, labels Labels) {
	m.collect(&sample{Type: "histogram", Name: name, Values: []float64{value}}, value, labels)
}

// Summary observes a value, to be shown as quantiles.
func (m *Metrics) Summary(name string, value float64, labels Labels) {
	m.collect(&sample{Type: "summary", Name: name, Values: []float64{value}}, value, labels)
}

// Describe describes a metric.
func (m *Metrics) Describe(name string, d Description) {
	encoded, err := json.Marshal(d)
	if err != nil || !utf8.ValidString(d.Help+d.Unit) {
		m.warn("invalid", "description of %.100q ignored: not valid", name)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	earlier, _ := json.Marshal(m.descriptions[name])
	m.bytes += len(encoded) - len(earlier)
	m.descriptions[name] = d
}

// Dropped returns how many samples were dropped, by reason.
func (m *Metrics) Dropped() map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.dropped)
}

// Push sends what was collected, and returns whether the server has taken all of it.
func (m *Metrics) Push(ctx context.Context) bool { return m.push(ctx, "") }

// PushOnce is Push with an Idempotency-Key. With the id of a message as the key, samples that depend on that message
// alone count once, however often it is delivered within 10 minutes.
func (m *Metrics) PushOnce(ctx context.Context, key string) bool {
	if !pushKey.MatchString(key) {
		m.drop("invalid", len(m.take()), "the key of a push must be 1 to 128 visible ASCII characters")
		return false
	}
	return m.push(ctx, key)
}

// Wrap returns an AWS Lambda handler that pushes when the given one ends, also when it panics.
func Wrap[E, R any](m *Metrics, handler func(context.Context, E) (R, error)) func(context.Context, E) (R, error) {
	return func(ctx context.Context, event E) (result R, err error) {
		failed := true
		defer func() {
			if failed && m.countErrors {
				m.Counter("lambda_errors_total", 1, Labels{"kind": "handler"})
			}
			limited, cancel := context.WithoutCancel(ctx), func() {}
			if deadline, ok := ctx.Deadline(); ok {
				limited, cancel = context.WithDeadline(limited, deadline.Add(-lambdaReserve))
			}
			defer cancel()
			m.Push(limited)
		}()
		result, err = handler(ctx, event)
		failed = err != nil
		return result, err
	}
}

func (m *Metrics) collect(s *sample, value float64, labels Labels) {
	if m.target == nil {
		return
	}
	checked, err := checkedLabels(s.Type, labels)
	switch {
	case err != nil:
	case !metricName.MatchString(s.Name):
		err = errors.New("not the name of a metric")
	case math.IsNaN(value) || math.IsInf(value, 0):
		err = errors.New("not a finite number")
	case s.Type == "counter" && value < 0:
		err = errors.New("a counter cannot decrease")
	}
	if err != nil {
		m.drop("invalid", 1, "%.100q: %v", s.Name, err)
		return
	}
	series, _ := json.Marshal([]any{s.Type, s.Name, checked})
	s.series, s.Labels = string(series), checked
	m.merge(s)
}

// merge adds samples to those of their series, and drops the oldest that do not fit.
func (m *Metrics) merge(samples ...*sample) {
	full := 0
	m.mu.Lock()
	for _, s := range samples {
		old := m.open[s.series]
		switch {
		case old == nil || len(old.Values)+len(s.Values) > maxValues:
			m.open[s.series] = s
			m.samples = append(m.samples, s)
			m.bytes += s.cost()
		case s.Type == "counter":
			*old.Value = min(*old.Value+*s.Value, math.MaxFloat64)
		case s.Type == "gauge" && s.Timestamp >= old.Timestamp:
			old.Value, old.Timestamp = s.Value, s.Timestamp
		default:
			old.Values = append(old.Values, s.Values...)
			m.bytes += bytesOfValue * len(s.Values)
		}
	}
	for ; m.bytes > maxBytes && len(m.samples) > 0; m.samples = m.samples[1:] {
		m.bytes -= m.samples[0].cost()
		delete(m.open, m.samples[0].series)
		full++
	}
	m.mu.Unlock()
	if full > 0 {
		m.drop("full", full, "more than 1 MiB waits")
	}
}

// take returns all samples, with a description in the first of each name.
func (m *Metrics) take() []*sample {
	m.mu.Lock()
	defer m.mu.Unlock()
	taken, descriptions := m.samples, maps.Clone(m.descriptions)
	m.samples, m.open = nil, map[string]*sample{}
	for _, s := range taken {
		m.bytes -= s.cost()
		s.Description = descriptions[s.Name]
		delete(descriptions, s.Name)
	}
	return taken
}

func (m *Metrics) push(ctx context.Context, key string) bool {
	if m.target == nil {
		return false
	}
	defer func() {
		if recovered := recover(); recovered != nil {
			m.warn("failed", "push failed: %v", recovered)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	select {
	case m.pushing <- struct{}{}:
		defer func() { <-m.pushing }()
		return m.pushAll(ctx, key)
	case <-ctx.Done():
		return false
	}
}

func (m *Metrics) pushAll(ctx context.Context, key string) bool {
	if m.kept != nil && !recent(m.kept.since, maxKept) {
		m.drop("unsettled", m.kept.samples, "no answer for 9 minutes")
		m.kept = nil
	}
	ready := ctx.Err() == nil && !recent(m.failed, m.pause) && (m.kept == nil || m.settle(ctx, m.kept))
	if ready {
		m.kept = nil
	} else if key == "" {
		return false // what was never sent waits
	}
	if key == "" {
		m.countDropped()
	}
	taken := m.take()
	if len(taken) == 0 {
		return ready
	}
	content, _ := json.Marshal(struct {
		Labels  map[string]string `json:"labels,omitempty"`
		Metrics []*sample         `json:"metrics"`
	}{m.labels, taken})
	b := &body{key: cmp.Or(key, randomKey()), content: content, samples: len(taken), since: wallClock()}
	switch {
	case ready && m.settle(ctx, b):
		return b.accepted
	case key == "" && !b.sent:
		m.merge(append(taken, m.take()...)...)
	case m.kept == nil && len(content) <= maxKeptBytes:
		m.kept = b
	default:
		m.drop("unsettled", b.samples, "no answer, and no room to keep them")
	}
	return false
}

func (m *Metrics) countDropped() {
	dropped := m.Dropped()
	for reason, count := range dropped {
		if more := count - m.reported[reason]; more > 0 {
			m.Counter("streamgauge_client_dropped_samples_total", float64(more), Labels{"reason": reason})
		}
	}
	m.reported = dropped
}

// settle sends until an answer is final. Where no time is left for that, it returns false, and pushes give way.
func (m *Metrics) settle(ctx context.Context, b *body) bool {
	deadline, _ := ctx.Deadline()
	for pause := 100 * time.Millisecond; ; pause *= 2 {
		final, retryAfter, problem := m.attempt(ctx, b)
		if final && ctx.Err() == nil {
			m.backoff = 0
			return true
		}
		wait := max(retryAfter, pause/2+time.Duration(rand.Int63n(int64(pause/2))))
		if final || time.Until(deadline) <= wait {
			m.backoff = min(max(time.Second, 2*m.backoff), time.Minute)
			m.failed, m.pause = wallClock(), max(m.backoff, min(retryAfter, maxRetryAfter))
			m.warn("failed", "push to %s failed, none for %v: %.300v", m.target.Host, m.pause, problem)
			return final
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// attempt sends once, and returns whether the answer is final; if not, when to come back, and why.
func (m *Metrics) attempt(ctx context.Context, b *body) (final bool, retryAfter time.Duration, problem error) {
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { b.sent = true }}
	ctx = httptrace.WithClientTrace(ctx, trace)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, m.target.String(), bytes.NewReader(b.content))
	if err != nil {
		return false, 0, err
	}
	request.Header = m.header.Clone()
	request.Header.Set("Idempotency-Key", b.key)
	response, err := m.transport.RoundTrip(request)
	if err != nil {
		m.transport.CloseIdleConnections() // HTTP/2 would use one again that went silent
		return false, 0, err
	}
	defer response.Body.Close()
	content, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	status := response.StatusCode
	problem = fmt.Errorf("answer %d", status)
	if status == 408 || status == 425 || status == 429 || status >= 500 {
		return false, parseRetryAfter(response.Header.Get("Retry-After")), problem
	}
	m.report(b, status, content)
	return true, 0, problem
}

func (m *Metrics) report(b *body, status int, content []byte) {
	answer := struct {
		Title    string
		Rejected int
		Errors   []struct{ Message string }
	}{Title: http.StatusText(status)}
	_ = json.Unmarshal(content, &answer)
	if len(answer.Errors) > 0 {
		answer.Title = answer.Errors[0].Message
	}
	if status < 200 || status > 299 {
		m.drop("rejected", b.samples, "%s answered %d: %.300q", m.target.Host, status, answer.Title)
	} else if answer.Rejected > 0 {
		m.warn("partly", "%d of %d samples rejected; the first: %.300q", answer.Rejected, b.samples, answer.Title)
	} else {
		b.accepted = true
	}
}

func (m *Metrics) drop(reason string, count int, format string, args ...any) {
	m.mu.Lock()
	m.dropped[reason] += count
	m.mu.Unlock()
	m.warn(reason, "samples dropped: "+format, args...)
}

// warn logs at most one line a minute of each kind.
func (m *Metrics) warn(kind, format string, args ...any) {
	m.mu.Lock()
	due := !recent(m.logged[kind], time.Minute)
	if due {
		m.logged[kind] = wallClock()
	}
	m.mu.Unlock()
	if due {
		log.Printf("streamgauge: "+format, args...)
	}
}

// cost returns at most how many bytes the sample takes as JSON, without a description.
func (s *sample) cost() int { return len(s.series) + 125 + bytesOfValue*len(s.Values) }

func checkedLabels(kind string, labels Labels) (map[string]string, error) {
	checked := make(map[string]string, len(labels))
	for name, value := range labels {
		text := fmt.Sprint(value)
		switch {
		case !labelName.MatchString(name) || name == reserved[kind]:
			return nil, fmt.Errorf("%.100q cannot be the name of a label", name)
		case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
			return nil, fmt.Errorf("label %.100q has a control character, or is no UTF-8", name)
		case value != nil && text != "":
			checked[name] = text
		}
	}
	return checked, nil
}

// parseRetryAfter takes seconds or a date; it returns 0 if it is neither, or past.
func parseRetryAfter(value string) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	date, _ := http.ParseTime(value)
	return max(0, time.Until(date))
}

func randomKey() string {
	random := make([]byte, 16)
	_, _ = crand.Read(random)
	return fmt.Sprintf("%x", random)
}

// wallClock leaves the monotonic clock out, which may stand still while an environment is frozen.
func wallClock() time.Time { return time.Now().Round(0) }

func recent(t time.Time, d time.Duration) bool { return time.Since(t) >= 0 && time.Since(t) < d }

func setting(given, variable string) string {
	return strings.TrimSpace(cmp.Or(given, os.Getenv(variable)))
}
