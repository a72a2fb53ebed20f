// Package streamgauge sends metrics to Streamgauge from short-lived processes. Copy this file; it needs nothing but
// the standard library.
//
//	var m = streamgauge.New(streamgauge.Config{}) // or STREAMGAUGE_URL, _KEY, _TENANT, _LABELS, _TIMEOUT
//
//	func handle(ctx context.Context, order Order) (Receipt, error) {
//		m.Counter("orders_total", 1, streamgauge.Labels{"region": "eu"})
//		...
//	}
//
//	func main() { lambda.Start(streamgauge.Wrap(m, handle)) }
//
// A push never panics, and takes at most the timeout. How it behaves when the server does not: clients/README.md.
package streamgauge

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"math"
	mathrand "math/rand"
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
	maxKeptBytes   = 256 << 10
	maxKept        = 9 * time.Minute  // the server forgets an Idempotency-Key after 10 minutes
	maxIdle        = 30 * time.Second // of a connection: while a function is frozen, balancers forget it without a sign
	maxRetryAfter  = 10 * time.Minute
	maxAnswerBytes = 64 << 10
	lambdaReserve  = 100 * time.Millisecond
	bytesOfNumber  = 25 // the longest double with its comma
)

var (
	metricName   = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`)
	labelName    = regexp.MustCompile(`^([a-zA-Z][a-zA-Z0-9_]*|_|_[a-zA-Z0-9][a-zA-Z0-9_]*)$`)
	visibleASCII = regexp.MustCompile(`^[!-~]+$`)
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
	CountErrors      bool // Wrap counts what a handler returns or panics with as lambda_errors_total{kind="handler"}
}

// Metrics collects samples in memory and pushes them. Goroutines may share one.
type Metrics struct {
	target      *url.URL // nil: nothing is sent
	header      http.Header
	labels      map[string]string
	timeout     time.Duration
	countErrors bool

	mu           sync.Mutex // of the following
	samples      []*sample  // oldest first
	open         map[string]*sample
	bytes        int // at most what samples and descriptions take as JSON
	descriptions map[string]Description

	notes      sync.Mutex // of the following
	dropped    map[string]int
	unreported map[string]int
	logged     map[string]time.Time

	pushing   chan struct{} // holds one token, of the following
	client    *http.Client
	lastUse   time.Time // wall clock, which alone goes on while an environment is frozen
	kept      *body
	backoff   time.Duration
	skipUntil time.Time
}

type sample struct {
	series    string            // its identity
	Name      string            `json:"name"`
	Type      string            `json:"type"`
	Labels    map[string]string `json:"labels,omitempty"`
	Value     *float64          `json:"value,omitempty"`
	Values    []float64         `json:"values,omitempty"`
	Timestamp int64             `json:"timestamp,omitempty"`
	Description
}

// body is the content of one push with its key; both stay the same in every attempt.
type body struct {
	content  []byte
	samples  int
	key      string
	since    time.Time
	sent     bool
	accepted bool
}

// New reads the settings. Without a URL, nothing is sent, and a line in the log says so.
func New(c Config) *Metrics {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSHandshakeTimeout, transport.MaxIdleConnsPerHost = 0, 1
	noRedirect := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	m := &Metrics{
		header:       http.Header{"Content-Type": {"application/json"}},
		timeout:      time.Second,
		countErrors:  c.CountErrors,
		open:         map[string]*sample{},
		descriptions: map[string]Description{},
		dropped:      map[string]int{},
		unreported:   map[string]int{},
		logged:       map[string]time.Time{},
		pushing:      make(chan struct{}, 1),
		client:       &http.Client{Transport: transport, CheckRedirect: noRedirect},
	}
	m.pushing <- struct{}{}
	m.configure(c)
	return m
}

func (m *Metrics) configure(c Config) {
	if text := os.Getenv("STREAMGAUGE_TIMEOUT"); c.Timeout == 0 && text != "" {
		seconds, err := strconv.ParseFloat(text, 64)
		c.Timeout = time.Duration(seconds * float64(time.Second))
		if err != nil || seconds <= 0 {
			c.Timeout = -1
		}
	}
	if c.Timeout < 0 || c.Timeout > time.Minute {
		m.warn("timeout", "the timeout is ignored: it must be 0 to 60 seconds")
	} else if c.Timeout > 0 {
		m.timeout = c.Timeout
	}
	if c.Labels == nil {
		c.Labels = Labels{}
		for _, pair := range strings.Split(os.Getenv("STREAMGAUGE_LABELS"), ",") {
			if name, value, found := strings.Cut(pair, "="); found {
				c.Labels[strings.TrimSpace(name)] = strings.TrimSpace(value)
			}
		}
	}
	var err error
	if m.labels, err = checkedLabels(c.Labels); err != nil {
		m.warn("labels", "common labels are ignored: %v", err)
	}
	m.setHeader("Authorization", "Bearer ", or(c.Key, os.Getenv("STREAMGAUGE_KEY")))
	m.setHeader("X-Scope-OrgID", "", or(c.Tenant, os.Getenv("STREAMGAUGE_TENANT")))
	target, err := url.Parse(strings.TrimSpace(or(c.URL, os.Getenv("STREAMGAUGE_URL"))))
	if err != nil || target.Host == "" || (target.Scheme != "http" && target.Scheme != "https") {
		m.warn("url", "no URL like https://metrics.example.com to push to; metrics are not sent")
		return
	}
	target.User, target.Fragment = nil, ""
	m.target = target.JoinPath("api/v1/metrics")
}

func (m *Metrics) setHeader(name, prefix, value string) {
	if value = strings.TrimSpace(value); visibleASCII.MatchString(value) {
		m.header.Set(name, prefix+value)
	} else if value != "" {
		m.warn(name, "%s is not sent: it must be visible ASCII characters", name)
	}
}

// Counter adds to a counter.
func (m *Metrics) Counter(name string, value float64, labels Labels) {
	m.collect("counter", name, value, labels)
}

// Gauge sets a gauge; the value carries the time of this call.
func (m *Metrics) Gauge(name string, value float64, labels Labels) {
	m.collect("gauge", name, value, labels)
}

// Histogram observes a value, to be counted in buckets.
func (m *Metrics) Histogram(name string, value float64, labels Labels) {
	m.collect("histogram", name, value, labels)
}

// Summary observes a value, to be shown as quantiles.
func (m *Metrics) Summary(name string, value float64, labels Labels) {
	m.collect("summary", name, value, labels)
}

// Describe describes a metric.
func (m *Metrics) Describe(name string, d Description) {
	encoded, err := encode(d)
	if err != nil || !utf8.ValidString(d.Help+d.Unit) {
		m.warn("invalid", "description of %.100q ignored: not valid", name)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	earlier, _ := encode(m.descriptions[name])
	m.bytes += len(encoded) - len(earlier)
	m.descriptions[name] = d
}

// Dropped returns how many samples were dropped, by reason.
func (m *Metrics) Dropped() map[string]int {
	m.notes.Lock()
	defer m.notes.Unlock()
	return maps.Clone(m.dropped)
}

// Push sends what was collected, and returns whether the server has taken all of it.
func (m *Metrics) Push(ctx context.Context) bool { return m.push(ctx, "") }

// PushOnce is Push with an Idempotency-Key. With the id of a message as the key, samples that depend on that message
// alone count once, however often it is delivered within 10 minutes.
func (m *Metrics) PushOnce(ctx context.Context, key string) bool {
	if len(key) > 128 || !visibleASCII.MatchString(key) {
		m.drop("invalid", len(m.take(false)), "the key of a push must be 1 to 128 visible ASCII characters")
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
			limited := context.WithoutCancel(ctx)
			if deadline, ok := ctx.Deadline(); ok {
				var cancel context.CancelFunc
				limited, cancel = context.WithDeadline(limited, deadline.Add(-lambdaReserve))
				defer cancel()
			}
			m.push(limited, "")
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
	checked, err := checkedLabels(labels)
	_, le := labels["le"]
	_, quantile := labels["quantile"]
	switch {
	case err != nil:
	case !metricName.MatchString(name):
		err = errors.New("not the name of a metric")
	case kind == "counter" && value < 0:
		err = errors.New("a counter cannot decrease")
	case kind == "histogram" && le || kind == "summary" && quantile:
		err = errors.New("the label is reserved")
	default:
		m.mu.Lock()
		defer m.mu.Unlock()
		err = m.add(kind, name, value, checked)
	}
	if err != nil {
		m.drop("invalid", 1, "%.100q: %v", name, err)
	}
}

// add needs the lock of the samples.
func (m *Metrics) add(kind, name string, value float64, labels map[string]string) error {
	series, _ := encode([]any{kind, name, labels})
	s, found := m.open[string(series)]
	if kind == "counter" && found {
		value += *s.Value
	}
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return errors.New("not a finite number")
	}
	if !found || len(s.Values) == maxValues {
		s = &sample{series: string(series), Name: name, Type: kind, Labels: labels}
		m.open[s.series] = s
		m.samples = append(m.samples, s)
		m.bytes += s.cost()
	}
	switch kind {
	case "counter":
		s.Value = &value
	case "gauge":
		s.Value, s.Timestamp = &value, time.Now().UnixMilli()
	default:
		s.Values = append(s.Values, value)
		m.bytes += bytesOfNumber
	}
	m.enforceBounds()
	return nil
}

func (m *Metrics) enforceBounds() {
	for m.bytes > maxBytes && len(m.samples) > 0 {
		oldest := m.samples[0]
		m.samples = m.samples[1:]
		m.bytes -= oldest.cost()
		if m.open[oldest.series] == oldest {
			delete(m.open, oldest.series)
		}
		m.drop("full", 1, "more than 1 MiB waits")
	}
}

// take returns all samples; with report, also what was dropped, as a counter.
func (m *Metrics) take(report bool) []*sample {
	m.mu.Lock()
	defer m.mu.Unlock()
	if report {
		for reason, count := range m.takeUnreported() {
			_ = m.add("counter", "streamgauge_client_dropped_samples_total", float64(count), map[string]string{"reason": reason})
		}
	}
	taken := m.samples
	for _, s := range taken {
		m.bytes -= s.cost()
	}
	m.samples, m.open = nil, map[string]*sample{}
	return taken
}

func (m *Metrics) putBack(taken []*sample) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.samples = append(taken, m.samples...)
	for _, s := range taken {
		m.bytes += s.cost()
		if m.open[s.series] == nil {
			m.open[s.series] = s
		}
	}
	m.enforceBounds()
}

// render puts a description into the first sample of each name.
func (m *Metrics) render(taken []*sample) ([]byte, error) {
	m.mu.Lock()
	descriptions := maps.Clone(m.descriptions)
	m.mu.Unlock()
	for _, s := range taken {
		s.Description = descriptions[s.Name]
		delete(descriptions, s.Name)
	}
	return encode(map[string]any{"labels": m.labels, "metrics": taken})
}

func (m *Metrics) push(ctx context.Context, key string) (pushed bool) {
	if m.target == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	select {
	case <-m.pushing:
	case <-ctx.Done():
		return false
	}
	defer func() {
		if recovered := recover(); recovered != nil {
			m.warn("failed", "push failed: %v", recovered)
		}
		m.pushing <- struct{}{}
	}()
	return m.pushAll(ctx, key)
}

func (m *Metrics) pushAll(ctx context.Context, key string) bool {
	now := wallClock()
	if m.kept != nil && !within(now.Sub(m.kept.since), maxKept) {
		m.drop("unsettled", m.kept.samples, "no answer for 9 minutes")
		m.kept = nil
	}
	ready := ctx.Err() == nil && !within(m.skipUntil.Sub(now), maxRetryAfter)
	if ready && m.kept != nil {
		if ready = m.settle(ctx, m.kept); ready {
			m.kept = nil
		}
	}
	if !ready && key == "" {
		return false // what was never sent waits
	}
	taken := m.take(key == "")
	if len(taken) == 0 {
		return ready
	}
	content, err := m.render(taken)
	if err != nil {
		m.drop("invalid", len(taken), "%v", err)
		return false
	}
	b := &body{content: content, samples: len(taken), key: or(key, randomKey()), since: now}
	if ready && m.settle(ctx, b) {
		return b.accepted
	}
	switch {
	case key == "" && !b.sent:
		m.putBack(taken)
	case m.kept == nil && len(content) <= maxKeptBytes:
		m.kept = b
	default:
		m.drop("unsettled", b.samples, "no answer, and no room to keep them")
	}
	return false
}

// settle sends until an answer is final. It returns false if there is no time left for that.
func (m *Metrics) settle(ctx context.Context, b *body) bool {
	deadline, _ := ctx.Deadline()
	for pause := 100 * time.Millisecond; ; pause *= 2 {
		problem, retryAfter := m.attempt(ctx, b)
		if problem == nil {
			return true
		}
		wait := max(retryAfter, pause/2+time.Duration(mathrand.Int63n(int64(pause/2))))
		if time.Until(deadline) <= wait {
			m.giveWay(problem, retryAfter)
			return false
		}
		time.Sleep(wait)
	}
}

// attempt returns what prevented a final answer, and for how long the server wants to be left alone.
func (m *Metrics) attempt(ctx context.Context, b *body) (error, time.Duration) {
	if !within(wallClock().Sub(m.lastUse), maxIdle) {
		m.client.CloseIdleConnections()
	}
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { b.sent = true }})
	request, err := http.NewRequestWithContext(traced, http.MethodPost, m.target.String(), bytes.NewReader(b.content))
	if err != nil {
		return err, 0
	}
	request.Header = m.header.Clone()
	request.Header.Set("Idempotency-Key", b.key)
	response, err := m.client.Do(request)
	if err != nil {
		return errors.Unwrap(err), 0 // the outer error has the query string
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	m.lastUse = wallClock()
	status := response.StatusCode
	if status == 408 || status == 425 || status == 429 || status >= 500 {
		return fmt.Errorf("answer %d", status), parseRetryAfter(response.Header.Get("Retry-After"))
	}
	m.backoff = 0
	m.report(b, status, content)
	if err != nil && ctx.Err() != nil {
		m.giveWay(errors.New("the answer did not end"), 0)
	}
	return nil, 0
}

func (m *Metrics) report(b *body, status int, content []byte) {
	answer := struct {
		Title    string
		Rejected int
		Errors   []struct{ Message string }
	}{Title: "the answer is no JSON"}
	_ = json.Unmarshal(content, &answer)
	message := answer.Title
	if len(answer.Errors) > 0 {
		message = answer.Errors[0].Message
	}
	if status >= 300 && status < 400 {
		message = "redirects are not followed; correct the URL"
	}
	b.accepted = status >= 200 && status < 300
	if !b.accepted {
		m.drop("rejected", b.samples, "%s answered %d %.300s", m.target.Host, status, message)
	} else if answer.Rejected > 0 {
		m.warn("partly", "%d of %d samples rejected; the first: %.300s", answer.Rejected, b.samples, message)
	}
}

func (m *Metrics) giveWay(problem error, retryAfter time.Duration) {
	m.backoff = min(max(time.Second, 2*m.backoff), time.Minute)
	pause := max(m.backoff, min(retryAfter, maxRetryAfter))
	m.skipUntil = wallClock().Add(pause)
	m.warn("failed", "push to %s failed, none for %v: %.300v", m.target.Host, pause, problem)
}

func (m *Metrics) drop(reason string, count int, format string, args ...any) {
	m.notes.Lock()
	m.dropped[reason] += count
	m.unreported[reason] += count
	m.notes.Unlock()
	m.warn(reason, "samples dropped: "+format, args...)
}

func (m *Metrics) takeUnreported() map[string]int {
	m.notes.Lock()
	defer m.notes.Unlock()
	taken := m.unreported
	m.unreported = map[string]int{}
	return taken
}

// warn logs at most one line a minute of each kind.
func (m *Metrics) warn(kind, format string, args ...any) {
	m.notes.Lock()
	defer m.notes.Unlock()
	if now := wallClock(); !within(now.Sub(m.logged[kind]), time.Minute) {
		m.logged[kind] = now
		log.Printf("streamgauge: "+format, args...)
	}
}

// cost returns at most how many bytes the sample takes as JSON, without a description.
func (s *sample) cost() int { return len(s.series) + 100 + bytesOfNumber*max(1, len(s.Values)) }

func checkedLabels(labels Labels) (map[string]string, error) {
	checked := make(map[string]string, len(labels))
	for name, value := range labels {
		if !labelName.MatchString(name) {
			return nil, fmt.Errorf("%.100q cannot be the name of a label", name)
		}
		if value == nil {
			continue
		}
		text := fmt.Sprint(value)
		if !utf8.ValidString(text) || strings.IndexFunc(text, unicode.IsControl) >= 0 {
			return nil, fmt.Errorf("label %.100q has a control character, or is no UTF-8", name)
		}
		if text != "" {
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
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return max(0, time.Until(date))
}

func randomKey() string {
	var random [16]byte
	_, _ = rand.Read(random[:])
	return hex.EncodeToString(random[:])
}

// wallClock returns the time without the monotonic clock, which may stand still while an environment is frozen.
func wallClock() time.Time { return time.Now().Round(0) }

func within(d, limit time.Duration) bool { return d >= 0 && d < limit }

func or(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

func encode(value any) ([]byte, error) {
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(encoded.Bytes(), []byte("\n")), err
}
