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
	"fmt"
	"io"
	"log"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

const (
	maxBytes       = 1_000_000 // of waiting samples as JSON, less than 10,000; the server takes 1 MiB with descriptions
	maxValues      = 1_000     // of one histogram or summary sample
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
	control    = regexp.MustCompile(`\p{Cc}`)
	rejections = regexp.MustCompile(`"rejected"\s*:\s*[1-9]`)
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
	config    Config
	target    *url.URL // nil: nothing is sent
	header    http.Header
	labels    map[string]string
	transport http.Transport // follows no redirect, and its errors have no query string

	mu           sync.Mutex         // of the next six; not held while logging, as a log may count its lines
	samples      []*sample          // oldest first
	open         map[string]*sample // by series, what takes further values
	bytes        int                // at most what the samples take as JSON
	kept         body               // has no answer; the next push sends it first; without samples: none
	descriptions map[string]Description
	problems     map[string]problem

	pushing        chan struct{} // has an element while a push uses the next three
	failed         time.Time     // the last push without an answer; others are skipped during the pause
	pause, backoff time.Duration
}

type sample struct {
	series    string
	bytes     int
	Type      string            `json:"type"`
	Name      string            `json:"name"`
	Labels    map[string]string `json:"labels"`
	Value     any               `json:"value,omitempty"`
	Values    []float64         `json:"values,omitempty"`
	Timestamp int64             `json:"timestamp,omitempty"`
	Description
}

// body is the content of one push with its key; both stay the same in every attempt.
type body struct {
	key      string
	content  []byte
	samples  int
	sent     time.Time // for the first time; zero if there was no connection
	accepted bool
}

// problem is what is known of all problems of one kind.
type problem struct {
	dropped, unreported int // samples
	logged              time.Time
}

// New reads the settings. Without a URL, nothing is sent, and a line in the log says so.
func New(c Config) *Metrics {
	m := &Metrics{
		config:       c,
		header:       http.Header{"Content-Type": {"application/json"}},
		transport:    http.Transport{Proxy: http.ProxyFromEnvironment, IdleConnTimeout: maxIdle},
		open:         map[string]*sample{},
		descriptions: map[string]Description{},
		problems:     map[string]problem{},
		pushing:      make(chan struct{}, 1),
	}
	if c.Timeout == 0 {
		m.config.Timeout, _ = time.ParseDuration(cmp.Or(setting("", "STREAMGAUGE_TIMEOUT"), "1") + "s")
	}
	if m.config.Timeout <= 0 || m.config.Timeout > time.Minute {
		m.problem("timeout", 0, "STREAMGAUGE_TIMEOUT is ignored: it must be 0 to 60 seconds")
		m.config.Timeout = time.Second
	}
	if c.Labels == nil {
		c.Labels = parseLabels(setting("", "STREAMGAUGE_LABELS"))
	}
	var err error
	if m.labels, err = texts("", c.Labels); err != nil {
		m.problem("labels", 0, "STREAMGAUGE_LABELS is ignored: %v", err)
		m.labels = map[string]string{} // null is not valid
	}
	if key := setting(c.Key, "STREAMGAUGE_KEY"); key != "" {
		m.header.Set("Authorization", "Bearer "+key)
	}
	if tenant := setting(c.Tenant, "STREAMGAUGE_TENANT"); tenant != "" {
		m.header.Set("X-Scope-OrgID", tenant)
	}
	target, err := url.Parse(setting(c.URL, "STREAMGAUGE_URL"))
	if err != nil || target.Host == "" || (target.Scheme != "http" && target.Scheme != "https") {
		m.problem("url", 0, "no URL like https://metrics.example.com to push to; metrics are not sent")
	} else {
		m.target = target.JoinPath("api/v1/metrics")
	}
	return m
}

// Counter adds to a counter.
func (m *Metrics) Counter(name string, v float64, l Labels) { m.collect("counter", name, v, l) }

// Gauge sets a gauge; the value carries the time of this call.
func (m *Metrics) Gauge(name string, v float64, l Labels) { m.collect("gauge", name, v, l) }

// Histogram observes a value, to be counted in buckets.
func (m *Metrics) Histogram(name string, v float64, l Labels) { m.collect("histogram", name, v, l) }

// Summary observes a value, to be shown as quantiles.
func (m *Metrics) Summary(name string, v float64, l Labels) { m.collect("summary", name, v, l) }

// Describe describes a metric.
func (m *Metrics) Describe(name string, d Description) {
	if _, err := json.Marshal(d); err != nil || !utf8.ValidString(d.Help+d.Unit) {
		m.problem("invalid", 0, "description of %.100s ignored: not valid", name)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.descriptions[name] = d
}

// Dropped returns how many samples were dropped, by reason.
func (m *Metrics) Dropped() map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	dropped := map[string]int{}
	for kind, p := range m.problems {
		if p.dropped > 0 {
			dropped[kind] = p.dropped
		}
	}
	return dropped
}

// Push sends what was collected, and returns whether the server has taken all of it.
func (m *Metrics) Push(ctx context.Context) bool { return m.push(ctx, "", 0) }

// PushOnce is Push with an Idempotency-Key. With the id of a message as the key, samples that depend on that message
// alone count once, however often it is delivered within 10 minutes.
func (m *Metrics) PushOnce(ctx context.Context, key string) bool {
	if !pushKey.MatchString(key) {
		m.problem("invalid", m.take("invalid").samples, "samples dropped: their key must be 1 to 128 visible ASCII characters")
		return false
	}
	return m.push(ctx, key, 0)
}

// Wrap returns an AWS Lambda handler that pushes when the given one ends, also when it panics.
func Wrap[E, R any](m *Metrics, handler func(context.Context, E) (R, error)) func(context.Context, E) (R, error) {
	return func(ctx context.Context, event E) (result R, err error) {
		failed := true
		defer func() {
			if failed && m.config.CountErrors {
				m.Counter("lambda_errors_total", 1, Labels{"kind": "handler"})
			}
			m.push(ctx, "", lambdaReserve)
		}()
		result, err = handler(ctx, event)
		failed = err != nil
		return result, err
	}
}

func (m *Metrics) collect(kind, name string, value float64, labels Labels) {
	if m.target == nil {
		return
	}
	checked, err := texts(kind, labels)
	switch {
	case !metricName.MatchString(name):
		err = fmt.Errorf("not the name of a metric")
	case math.IsNaN(value) || math.IsInf(value, 0):
		err = fmt.Errorf("not a finite number")
	case kind == "counter" && value < 0:
		err = fmt.Errorf("a counter cannot decrease")
	}
	if err != nil {
		m.problem("invalid", 1, "sample of %.100s dropped: %v", name, err)
	} else if full := m.add(&sample{Type: kind, Name: name, Labels: checked}, value); full > 0 {
		m.problem("full", full, "samples dropped: more than 1 MB waits")
	}
}

// add adds a value to its series, and returns how many of the oldest samples had to go.
func (m *Metrics) add(s *sample, value float64) (full int) {
	encoded, _ := json.Marshal(s)
	s.series, s.bytes = string(encoded), len(encoded)+100 // with the longest value and timestamp
	m.mu.Lock()
	defer m.mu.Unlock()
	if old := m.open[s.series]; old != nil {
		s = old
	} else {
		m.open[s.series] = s
		m.samples = append(m.samples, s)
		m.bytes += s.bytes
	}
	switch s.Type {
	case "counter":
		sum, _ := s.Value.(float64)
		s.Value = min(sum+value, math.MaxFloat64)
	case "gauge":
		s.Value, s.Timestamp = value, time.Now().UnixMilli()
	default:
		s.Values = append(s.Values, value)
		s.bytes += 25 // the longest number with its comma
		m.bytes += 25
		if len(s.Values) == maxValues {
			delete(m.open, s.series)
		}
	}
	for ; m.bytes+len(m.kept.content) > maxBytes && len(m.samples) > 0; full++ {
		m.bytes -= m.samples[0].bytes
		delete(m.open, m.samples[0].series)
		m.samples = m.samples[1:]
	}
	return full
}

// take returns a body of all samples, with a description in the first of each name. Where the client makes the key, it
// also tells how many samples were dropped.
func (m *Metrics) take(key string) body {
	m.mu.Lock()
	defer m.mu.Unlock()
	taken, descriptions := m.samples, maps.Clone(m.descriptions)
	m.samples, m.open, m.bytes = nil, map[string]*sample{}, 0
	for _, s := range taken {
		s.Description = descriptions[s.Name]
		delete(descriptions, s.Name)
	}
	for kind, p := range m.problems {
		if key == "" && p.unreported > 0 {
			name, labels := "streamgauge_client_dropped_samples_total", map[string]string{"reason": kind}
			taken = append(taken, &sample{Type: "counter", Name: name, Labels: labels, Value: p.unreported})
			p.unreported = 0
			m.problems[kind] = p
		}
	}
	content, _ := json.Marshal(map[string]any{"labels": m.labels, "metrics": taken})
	return body{key: cmp.Or(key, crand.Text()), content: content, samples: len(taken)}
}

func (m *Metrics) push(ctx context.Context, key string, reserve time.Duration) bool {
	defer func() {
		if recovered := recover(); recovered != nil {
			m.problem("failed", 0, "push failed: %v", recovered)
		}
	}()
	left := m.config.Timeout
	if end, known := ctx.Deadline(); known {
		left = min(left, time.Until(end)-reserve)
	}
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	select {
	case m.pushing <- struct{}{}:
		defer func() { <-m.pushing }()
		return m.target != nil && m.pushAll(ctx, key)
	case <-ctx.Done():
		return false
	}
}

func (m *Metrics) pushAll(ctx context.Context, key string) bool {
	if !m.kept.sent.IsZero() && !recent(m.kept.sent, maxKept) {
		m.problem("unsettled", m.kept.samples, "samples dropped: no answer for 9 minutes")
		m.keep(body{})
	}
	ready := ctx.Err() == nil && !recent(m.failed, m.pause) && (m.kept.samples == 0 || m.settle(ctx, &m.kept))
	if ready {
		m.keep(body{})
	} else if key == "" {
		return false // the samples wait
	}
	b := m.take(key)
	switch {
	case b.samples == 0:
		return ready
	case ready && m.settle(ctx, &b):
		return b.accepted
	case m.kept.samples == 0 && (b.sent.IsZero() || len(b.content) <= maxKeptBytes):
		m.keep(b)
	default:
		m.problem("unsettled", b.samples, "samples dropped: no answer, and no room to keep them")
	}
	return false
}

func (m *Metrics) keep(b body) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept = b
}

// settle sends until an answer is final. Where no time is left for that, it returns false, and pushes give way.
func (m *Metrics) settle(ctx context.Context, b *body) bool {
	deadline, _ := ctx.Deadline()
	for pause := 100 * time.Millisecond; ; pause *= 2 {
		retryAfter, err := m.attempt(ctx, b)
		if err == nil && ctx.Err() == nil {
			m.backoff = 0
			return true
		}
		wait := max(retryAfter, pause/2+rand.N(pause/2))
		if err == nil || time.Until(deadline) <= wait {
			m.backoff = min(max(time.Second, 2*m.backoff), time.Minute)
			m.failed, m.pause = wallClock(), max(m.backoff, min(retryAfter, maxRetryAfter))
			problem := cmp.Or(err, ctx.Err())
			m.problem("failed", 0, "push to %s failed, none for %v: %.300v", m.target.Host, m.pause, problem)
			return err == nil
		}
		time.Sleep(wait)
	}
}

// attempt sends once. Without an error, the answer was final; with one, the server may have said when to come back.
func (m *Metrics) attempt(ctx context.Context, b *body) (retryAfter time.Duration, err error) {
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { b.sent = cmp.Or(b.sent, wallClock()) }}
	ctx = httptrace.WithClientTrace(ctx, trace)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, m.target.String(), bytes.NewReader(b.content))
	if err != nil {
		return 0, err
	}
	request.Header = m.header.Clone()
	request.Header.Set("Idempotency-Key", b.key)
	response, err := m.transport.RoundTrip(request)
	if err != nil {
		m.transport.CloseIdleConnections() // HTTP/2 would use one again that went silent
		return 0, err
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	switch status := response.StatusCode; {
	case status == 408 || status == 425 || status == 429 || status >= 500:
		return parseRetryAfter(response.Header.Get("Retry-After")), fmt.Errorf("answer %d", status)
	case status < 200 || status > 299:
		m.problem("rejected", b.samples, "samples dropped: %s answered %d %.300s", m.target.Host, status, answer)
	case rejections.Match(answer):
		m.problem("partly", 0, "some of %d samples rejected: %.300s", b.samples, answer)
	default:
		b.accepted = true
	}
	return 0, nil
}

// problem counts dropped samples, and logs at most one line a minute of each kind of problem.
func (m *Metrics) problem(kind string, dropped int, format string, args ...any) {
	m.mu.Lock()
	p := m.problems[kind]
	p.dropped += dropped
	p.unreported += dropped
	due := !recent(p.logged, time.Minute)
	if due {
		p.logged = wallClock()
	}
	m.problems[kind] = p
	m.mu.Unlock()
	if due {
		log.Print("streamgauge: ", control.ReplaceAllString(fmt.Sprintf(format, args...), " "))
	}
}

// texts returns checked labels of a sample of a kind.
func texts(kind string, labels Labels) (map[string]string, error) {
	checked := make(map[string]string, len(labels))
	for name, value := range labels {
		text := fmt.Sprint(value)
		switch {
		case !labelName.MatchString(name) || name == reserved[kind]:
			return nil, fmt.Errorf("%.100s cannot be the name of a label", name)
		case !utf8.ValidString(text) || control.MatchString(text):
			return nil, fmt.Errorf("label %.100s has a control character, or is no UTF-8", name)
		case value != nil && text != "":
			checked[name] = text
		}
	}
	return checked, nil
}

// parseLabels takes those of the environment, such as region=eu,function=checkout.
func parseLabels(text string) Labels {
	labels := Labels{}
	for _, pair := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' }) {
		name, value, isPair := strings.Cut(pair, "=")
		if !isPair {
			name = "" // which is not valid
		}
		labels[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	return labels
}

// parseRetryAfter takes seconds or a date; it returns 0 if it is neither, or past.
func parseRetryAfter(value string) time.Duration {
	wait, err := time.ParseDuration(value + "s")
	if err != nil {
		date, _ := http.ParseTime(value)
		wait = time.Until(date)
	}
	return max(0, wait)
}

// wallClock leaves the monotonic clock out, which may stand still while an environment is frozen.
func wallClock() time.Time { return time.Now().Round(0) }

func recent(t time.Time, d time.Duration) bool { return time.Since(t) >= 0 && time.Since(t) < d }

func setting(given, variable string) string {
	return strings.TrimSpace(cmp.Or(given, os.Getenv(variable)))
}
