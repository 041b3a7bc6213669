package scenario

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Config says what a Server serves and how it misbehaves.
type Config struct {
	Organization *Organization
	// Faults are looked through in order; the first that matches and is due answers.
	Faults []*Fault
	// Latency is added to every answer.
	Latency time.Duration
	// EnforceRates answers calls above AWS's published rates with a throttling error, by the machine's clock.
	EnforceRates bool
	// Step is added to the scenario clock with every answer. 0 is a fixed clock: every Date is Organization.AsOf.
	Step time.Duration
	// Spread dates every answer by what was asked instead of by order: somewhere in [AsOf, AsOf+Spread), the same in every
	// run however many calls are open at once. Pages after the first are dated later than it. Step is not used then.
	Spread time.Duration
	// Settled makes everything that AWS takes its time for ready when it is first asked for, so that two runs against one server, or one that
	// was stopped and goes on, are told the same.
	Settled bool
	// Action names the IAM action that allows an operation, "" where none is asked for. A call that the policy of its session leaves out is
	// denied then, whatever the role may do. nil asks for none.
	Action func(service, operation string) string
	// Check sees every answer that is meant to be right before it is sent. An error makes the answer a 500 with code
	// ScenarioViolation and is kept for Violations.
	Check func(*Call) error
}

// A Call is one request and its answer.
type Call struct {
	Account, Region, Service, Operation string
	Method, Path                        string
	Query                               url.Values
	RequestHeader                       http.Header
	RequestBody                         []byte
	Status                              int
	// Code is AWS's error code, empty for an answer that is not an error.
	Code           string
	ResponseHeader http.Header
	ResponseBody   []byte
	// Unmodelled says that no operation of ours was asked for.
	Unmodelled bool
}

// A Server answers for one organization. It is an http.Handler.
type Server struct {
	// URL is where it listens; empty for one made by New.
	URL string

	cfg      Config
	services []service
	places   map[string]map[string]*place
	ids      map[string]*Account
	http     *http.Server

	mu         sync.Mutex
	answers    int64
	counts     map[string]int
	busy, peak int
	violations []error
	sessions   map[string]session
	buckets    map[string]*bucket
	objects    deliveries
	queries    map[string]string // of Athena, by id
}

type session struct {
	role, name string
	// allowed are the actions of the session policy, nil where there is none.
	allowed map[string]bool
}

// New makes a server that does not listen.
func New(cfg Config) *Server {
	s := &Server{cfg: cfg, places: map[string]map[string]*place{}, ids: map[string]*Account{},
		counts: map[string]int{}, sessions: map[string]session{}, buckets: map[string]*bucket{}}
	s.services = services()
	for i := range s.services {
		s.services[i].compile()
	}
	for _, a := range cfg.Organization.Accounts {
		s.ids[a.ID] = a
		s.places[a.ID] = map[string]*place{}
		for _, r := range a.Regions {
			s.places[a.ID][r.Name] = newPlace(cfg.Organization, a, r)
		}
	}
	return s
}

// Start makes a server and lets it listen on a free port of the loopback interface. It panics where it cannot, as
// httptest does. Point an SDK at it with AWS_ENDPOINT_URL or BaseEndpoint.
func Start(cfg Config) *Server { return StartAt(cfg, "127.0.0.1:0") }

// StartAt is Start at an address of your choosing.
func StartAt(cfg Config, address string) *Server {
	s := New(cfg)
	l, err := net.Listen("tcp", address)
	if err != nil {
		panic(fmt.Sprintf("scenario: %v", err))
	}
	s.URL = "http://" + l.Addr().String()
	s.http = &http.Server{Handler: s}
	go s.http.Serve(l)
	return s
}

// Close stops listening and breaks what is open.
func (s *Server) Close() {
	if s.http != nil {
		s.http.Close()
	}
}

// AccessKey is an access key of the account from which the server tells who is calling. Any secret goes with it.
func AccessKey(account string) string { return "AKIA" + account + "BASE" }

// Count is the number of requests for an operation, retries included. An empty service or operation counts all.
func (s *Server) Count(service, operation string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for k, v := range s.counts {
		svc, op, _ := strings.Cut(k, ":")
		if (service == "" || service == svc) && (operation == "" || operation == op) {
			n += v
		}
	}
	return n
}

// Operations lists the operations asked for as "service:Operation", sorted.
func (s *Server) Operations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for k := range s.counts {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// Peak is the largest number of requests that were open at once.
func (s *Server) Peak() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peak
}

// Violations are the errors that Config.Check returned.
func (s *Server) Violations() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

// Reset forgets counts, peak and violations; faults keep counting.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.counts)
	s.peak, s.violations = 0, nil
}

// AddFault puts a fault behind the others while the server runs.
func (s *Server) AddFault(f *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cfg.Faults = append(s.cfg.Faults, f)
}

func (s *Server) enter(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[key]++
	s.busy++
	s.peak = max(s.peak, s.busy)
}

func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	q := s.read(r, body)
	s.enter(q.Service + ":" + q.Operation)
	defer s.leave()
	time.Sleep(s.cfg.Latency)

	fault := s.fault(q)
	if fault != nil {
		if fault.Delay > 0 {
			time.Sleep(fault.Delay)
		}
		if fault.breakConnection(w, r) {
			return
		}
	}
	out, fail := s.answer(q, fault)
	s.encode(q, out, fail)
	sound := true
	if fault != nil {
		sound = fault.spoil(q)
	}
	if sound && s.cfg.Check != nil {
		if err := s.cfg.Check(&q.Call); err != nil {
			s.violate(q, err)
		}
	}
	s.write(w, q, fault)
}

// answer asks, in the order AWS does, who is calling, whether they may, how often they did, and only then the operation.
func (s *Server) answer(q *query, fault *Fault) (any, *Failure) {
	if q.refusal != nil {
		return nil, q.refusal
	}
	if fault != nil {
		if f := fault.failure(q); f != nil {
			return nil, f
		}
	}
	if s.cfg.EnforceRates && !s.take(q) {
		return nil, q.throttled()
	}
	if q.outside() || q.place != nil && slices.Contains(q.place.region.Denied, q.Service+":"+q.Operation) {
		return nil, q.denied()
	}
	return q.handle(q)
}

func (s *Server) violate(q *query, err error) {
	err = fmt.Errorf("%s %s %s %s: %w\nrequest: %s\nanswer: %s", q.Account, q.Region, q.Service, q.Operation, err, q.RequestBody, clip(q.ResponseBody))
	s.mu.Lock()
	s.violations = append(s.violations, err)
	s.mu.Unlock()
	s.encode(q, nil, &Failure{Status: 500, Code: "ScenarioViolation", Message: err.Error()})
}

func clip(b []byte) []byte {
	if len(b) > 2000 {
		return append(slices.Clone(b[:2000]), "…"...)
	}
	return b
}

// now is the scenario clock.
func (s *Server) now(q *query) time.Time {
	if s.cfg.Spread > 0 {
		return s.cfg.Organization.AsOf.Add(q.spread(s.cfg.Spread))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.answers
	s.answers++
	return s.cfg.Organization.AsOf.Add(time.Duration(n) * s.cfg.Step)
}

// spread gives the services of an account and region their own minutes, and keeps what is asked of one close together. STS, which
// is asked first, answers at the beginning.
func (q *query) spread(over time.Duration) time.Duration {
	if q.Service == "sts" {
		return 0
	}
	share := func(part time.Duration, of ...string) time.Duration {
		h := sha256.Sum256([]byte(strings.Join(of, "\x00")))
		return time.Duration(binary.BigEndian.Uint64(h[:])%uint64(max(part/time.Millisecond, 1))) * time.Millisecond
	}
	d := share(over*17/20, q.Account, q.Region, q.Service) + share(over/20, q.Operation)
	if q.pageToken() != "" {
		d += over / 20
	}
	return d + share(over/20, q.asked(), q.Query.Encode())
}

// asked is the request's body, nested JSON with its members in order: the SDK writes maps as they come, and the same question has the
// same time and id in every run.
func (q *query) asked() string {
	body := q.RequestBody
	if len(body) > 0 && body[0] == '{' && bytes.Count(body, []byte{'{'}) > 1 {
		var v any
		if json.Unmarshal(body, &v) == nil {
			if ordered, err := json.Marshal(v); err == nil {
				body = ordered
			}
		}
	}
	return string(body)
}

func (s *Server) write(w http.ResponseWriter, q *query, fault *Fault) {
	h := w.Header()
	for k, v := range q.ResponseHeader {
		h[k] = v
	}
	h.Set("Date", s.now(q).UTC().Format(http.TimeFormat))
	body := q.ResponseBody
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if fault != nil && fault.Kind == Truncated && len(body) > 1 {
		body = body[:len(body)/2]
	}
	w.WriteHeader(q.Status)
	w.Write(body)
}

// requestID is a digest of the request and the SDK's attempt, so that the same question has the same id in every run.
func (q *query) requestID() string {
	attempt, _, _ := strings.Cut(q.RequestHeader.Get("Amz-Sdk-Request"), ";")
	return uuid("request", q.Account, q.Region, q.Service, q.Operation, q.Method, q.Path, q.Query.Encode(), q.asked(), attempt)
}

// uuid is a version 4 shaped UUID made from a digest of the parts.
func uuid(parts ...string) string {
	h := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	h[6], h[8] = h[6]&0x0f|0x40, h[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// hexID is n hexadecimal digits made from a digest of the parts.
func hexID(n int, parts ...string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(parts, "\x00"))))[:n]
}

// base32ID is n characters of CloudHSM's alphabet.
func base32ID(n int, parts ...string) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz234567"
	h := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	var b bytes.Buffer
	for i := range n {
		b.WriteByte(alphabet[h[i]&31])
	}
	return b.String()
}
