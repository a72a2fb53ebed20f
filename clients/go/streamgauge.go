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
	"container/list"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
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
	maxSamples     = 10_000
	maxBytes       = 1 << 20
	maxValues      = 1_000 // of one histogram or summary sample
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
	samples      *list.List // of *sample, oldest first
	open         map[string]*list.Element
	bytes        int // at most what samples and descriptions take as JSON
	descriptions map[string]Description
	dropped      map[string]int
	unreported   map[string]int
	logged       map[string]time.Time

	pushing   chan struct{} // holds one token, of the following
	client    *http.Client
	lastUse   time.Time // wall clock, which alone goes on while an environment is frozen
	kept      *body
	backoff   time.Duration
	skipUntil time.Time
}

type sample struct {
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

// New reads the settings. Without a URL it does nothing, and says so once.
func New(c Config) *Metrics {
	m := &Metrics{
		header:       http.Header{"Content-Type": {"application/json"}},
		labels:       map[string]string{},
		timeout:      time.Second,
		countErrors:  c.CountErrors,
		samples:      list.New(),
		open:         map[string]*list.Element{},
		descriptions: map[string]Description{},
		dropped:      map[string]int{},
		unreported:   map[string]int{},
		logged:       map[string]time.Time{},
		pushing:      make(chan struct{}, 1),
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSHandshakeTimeout, transport.MaxIdleConnsPerHost = 0, 1
	noRedirect := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	m.client = &http.Client{Transport: transport, CheckRedirect: noRedirect}
	m.pushing <- struct{}{}
	m.configure(c)
	return m
}

func (m *Metrics) configure(c Config) {
	if text := os.Getenv("STREAMGAUGE_TIMEOUT"); c.Timeout == 0 && text != "" {
		seconds, _ := strconv.ParseFloat(text, 64)
		c.Timeout = time.Duration(seconds * float64(time.Second))
		if seconds <= 0 {
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
	if labels, err := checkedLabels("", c.Labels); err != nil {
		m.warn("labels", "common labels are ignored: %v", err)
	} else {
		m.labels = labels
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
		m.discard("invalid", 0, "description of %.100q ignored: not valid", name)
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
	m.mu.Lock()
	defer m.mu.Unlock()
	dropped := make(map[string]int, len(m.dropped))
	for reason, count := range m.dropped {
		dropped[reason] = count
	}
	return dropped
}

// Push sends what was collected, and returns whether the server has taken all of it.
func (m *Metrics) Push(ctx context.Context) bool { return m.push(ctx, "") }

// PushOnce is Push with an Idempotency-Key. With the id of a message as the key, samples that depend on that message
// alone count once, however often it is delivered within 10 minutes.
func (m *Metrics) PushOnce(ctx context.Context, key string) bool {
	if len(key) > 128 || !visibleASCII.MatchString(key) {
		taken := m.take(false)
		m.drop("invalid", len(taken))
		m.warn("invalid", "push dropped: its key must be 1 to 128 visible ASCII characters")
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
			if deadline, ok := ctx.Deadline(); ok {
				limited, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline.Add(-lambdaReserve))
				defer cancel()
				ctx = limited
			}
			m.push(ctx, "")
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
	checked, err := checkedLabels(kind, labels)
	switch {
	case err != nil:
	case !metricName.MatchString(name):
		err = errors.New("not the name of a metric")
	case math.IsNaN(value) || math.IsInf(value, 0):
		err = errors.New("not a finite number")
	case kind == "counter" && value < 0:
		err = errors.New("a counter cannot decrease")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err == nil {
		err = m.add(kind, name, value, checked)
	}
	if err != nil {
		m.drop("invalid", 1)
		m.warn("invalid", "sample of %.100q dropped: %v", name, err)
	}
}

// add needs the lock, as do drop and enforceBounds.
func (m *Metrics) add(kind, name string, value float64, labels map[string]string) error {
	observes := kind == "histogram" || kind == "summary"
	added := &sample{Name: name, Type: kind, Labels: labels}
	element, found := m.open[added.series()]
	if !found || len(element.Value.(*sample).Values) == maxValues {
		if !observes {
			added.Value = new(float64)
		}
		element = m.samples.PushBack(added)
		m.open[added.series()] = element
		m.bytes += added.cost()
	}
	s := element.Value.(*sample)
	switch {
	case observes:
		s.Values = append(s.Values, value)
		m.bytes += bytesOfNumber
	case kind == "gauge":
		*s.Value, s.Timestamp = value, time.Now().UnixMilli()
	case math.IsInf(*s.Value+value, 0):
		return errors.New("the sum is not finite")
	default:
		*s.Value += value
	}
	m.enforceBounds()
	return nil
}

func (m *Metrics) enforceBounds() {
	for m.samples.Len() > maxSamples || m.bytes > maxBytes && m.samples.Len() > 0 {
		element := m.samples.Front()
		oldest := m.samples.Remove(element).(*sample)
		m.bytes -= oldest.cost()
		if m.open[oldest.series()] == element {
			delete(m.open, oldest.series())
		}
		m.drop("full", 1)
	}
}

func (m *Metrics) drop(reason string, count int) {
	m.dropped[reason] += count
	m.unreported[reason] += count
}

// discard is drop with a line in the log.
func (m *Metrics) discard(reason string, count int, format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(reason, count)
	m.warn(reason, format, args...)
}

// take returns all samples; with report, also what was dropped, as a counter.
func (m *Metrics) take(report bool) []*sample {
	m.mu.Lock()
	defer m.mu.Unlock()
	if report {
		unreported := m.unreported
		m.unreported = map[string]int{}
		for reason, count := range unreported {
			_ = m.add("counter", "streamgauge_client_dropped_samples_total", float64(count), map[string]string{"reason": reason})
		}
	}
	taken := make([]*sample, 0, m.samples.Len())
	for element := m.samples.Front(); element != nil; element = element.Next() {
		s := element.Value.(*sample)
		m.bytes -= s.cost()
		taken = append(taken, s)
	}
	m.samples.Init()
	m.open = map[string]*list.Element{}
	return taken
}

func (m *Metrics) putBack(taken []*sample) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := len(taken) - 1; i >= 0; i-- {
		taken[i].Description = Description{}
		element := m.samples.PushFront(taken[i])
		m.bytes += taken[i].cost()
		if _, found := m.open[taken[i].series()]; !found {
			m.open[taken[i].series()] = element
		}
	}
	m.enforceBounds()
}

// render puts a description into the first sample of each name.
func (m *Metrics) render(taken []*sample) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	described := map[string]bool{}
	for _, s := range taken {
		if !described[s.Name] {
			described[s.Name] = true
			s.Description = m.descriptions[s.Name]
		}
		if s.Type != "histogram" {
			s.Buckets = nil
		}
		if s.Type != "summary" {
			s.Quantiles = nil
		}
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
		defer func() { m.pushing <- struct{}{} }()
	case <-ctx.Done():
		return false
	}
	defer func() {
		if recovered := recover(); recovered != nil {
			m.discard("failed", 0, "push failed: %v", recovered)
			pushed = false
		}
	}()
	return m.pushAll(ctx, key)
}

func (m *Metrics) pushAll(ctx context.Context, key string) bool {
	now := wallClock()
	if m.kept != nil && !within(now.Sub(m.kept.since), maxKept) {
		m.discard("unsettled", m.kept.samples, "a kept push is too old to be sent")
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
		m.discard("invalid", len(taken), "push failed: %v", err)
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
		m.discard("unsettled", b.samples, "a push that could not be settled is dropped")
	}
	return false
}

// settle sends until an answer is final. It returns false if there is no time left for that.
func (m *Metrics) settle(ctx context.Context, b *body) bool {
	deadline, _ := ctx.Deadline()
	for pause := 100 * time.Millisecond; ; pause *= 2 {
		problem, wait := m.attempt(ctx, b)
		if problem == nil {
			return true
		}
		jittered := max(wait, pause/2+time.Duration(mathrand.Int63n(int64(pause/2))))
		if time.Until(deadline) <= jittered {
			m.giveWay(problem, wait)
			return false
		}
		time.Sleep(jittered)
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
		var withURL *url.Error // which may have a query string
		if errors.As(err, &withURL) {
			err = withURL.Err
		}
		return err, 0
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	m.lastUse = wallClock()
	switch status := response.StatusCode; {
	case status == 408, status == 425, status == 429, status >= 500:
		return fmt.Errorf("answer %d", status), retryAfter(response.Header.Get("Retry-After"))
	default:
		m.backoff = 0
		m.report(b, status, content)
	}
	if err != nil && ctx.Err() != nil {
		m.giveWay(errors.New("the answer did not end"), 0)
	}
	return nil, 0
}

func (m *Metrics) report(b *body, status int, content []byte) {
	var answer struct {
		Title    string
		Rejected int
		Errors   []struct{ Message string }
	}
	message := "the answer is no JSON"
	if json.Unmarshal(content, &answer) == nil {
		message = answer.Title
	}
	if len(answer.Errors) > 0 {
		message = answer.Errors[0].Message
	}
	b.accepted = status >= 200 && status < 300
	switch {
	case status >= 300 && status < 400:
		m.discard("rejected", b.samples, "push to %s rejected: %d, redirects are not followed; correct the URL", m.target.Host, status)
	case !b.accepted:
		m.discard("rejected", b.samples, "push to %s rejected: %d %.300s", m.target.Host, status, message)
	case answer.Rejected > 0:
		m.discard("partly", 0, "%d of %d samples rejected; the first: %.300s", answer.Rejected, b.samples, message)
	}
}

func (m *Metrics) giveWay(problem error, wait time.Duration) {
	m.backoff = min(max(time.Second, 2*m.backoff), time.Minute)
	pause := max(m.backoff, min(wait, maxRetryAfter))
	m.skipUntil = wallClock().Add(pause)
	m.discard("failed", 0, "push to %s failed, none for %v: %.300v", m.target.Host, pause, problem)
}

// warn logs at most one line a minute of each kind.
func (m *Metrics) warn(kind, format string, args ...any) {
	now := wallClock()
	if within(now.Sub(m.logged[kind]), time.Minute) {
		return
	}
	m.logged[kind] = now
	log.Printf("streamgauge: "+format, args...)
}

func (s *sample) series() string {
	encoded, _ := encode([]any{s.Type, s.Name, s.Labels})
	return string(encoded)
}

// cost returns at most how many bytes the sample takes as JSON, without a description.
func (s *sample) cost() int {
	encoded, _ := encode([]any{s.Name, s.Labels})
	return len(encoded) + 100 + bytesOfNumber*max(1, len(s.Values))
}

func checkedLabels(kind string, labels Labels) (map[string]string, error) {
	checked := make(map[string]string, len(labels))
	for name, value := range labels {
		reserved := kind == "histogram" && name == "le" || kind == "summary" && name == "quantile"
		if reserved || !labelName.MatchString(name) {
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

// retryAfter is of seconds or a date; 0 if it is neither, or past.
func retryAfter(value string) time.Duration {
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
