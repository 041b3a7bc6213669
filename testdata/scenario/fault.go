package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A FaultKind is a way to go wrong.
type FaultKind string

const (
	// Denied is AccessDeniedException (STS: AccessDenied) as IAM words it.
	Denied FaultKind = "denied"
	// Throttled is the service's throttling error.
	Throttled FaultKind = "throttled"
	// ServerError is a 500 in the protocol's form; Unavailable a 503.
	ServerError FaultKind = "server-error"
	Unavailable FaultKind = "unavailable"
	// HTMLPage is a 503 with a load balancer's HTML page. With Status 200 it is a proxy's page that says all is well.
	HTMLPage FaultKind = "html-page"
	// Reset breaks the connection without an answer.
	Reset FaultKind = "reset"
	// Truncated announces the whole body and sends half.
	Truncated FaultKind = "truncated"
	// HalfJSON is a well-framed 200 whose JSON is cut in half.
	HalfJSON FaultKind = "half-json"
	// EmptyObject is a 200 with {}; EmptyBody one with nothing.
	EmptyObject FaultKind = "empty-object"
	EmptyBody   FaultKind = "empty-body"
	// WithoutMember is the right answer without the member named in Fault.Member.
	WithoutMember FaultKind = "without-member"
	// RepeatedToken answers a page with the token it was asked with (the first page: with its own, which then repeats).
	RepeatedToken FaultKind = "repeated-token"
	// EmptyPage is a page without elements before the right one: all lists of the answer are empty, the token asks again.
	EmptyPage FaultKind = "empty-page"
	// Slow answers rightly, after Delay.
	Slow FaultKind = "slow"
	// Expired refuses an access key after From calls with it; a key assumed anew is good for as many again.
	Expired FaultKind = "expired"
	// Code answers with Fault.Code, Message and Status.
	Code FaultKind = "code"
)

// A Fault is a rule: the requests it matches, from which one on, how often, and what happens to them. Empty fields
// match everything. A Fault counts, so it belongs to one server.
type Fault struct {
	Account, Region, Service, Operation string
	// Body must occur in the request body or query (for STS: decoded).
	Body string
	// Continued matches only requests that carry a page token.
	Continued bool
	// From is the first matching request that fails, from 1; 0 means 1. For Expired it is the number of good calls of a key.
	From int
	// Times is how many fail; 0 means all from then on.
	Times int
	Kind  FaultKind
	// Delay is waited before answering, whatever the kind.
	Delay time.Duration
	// CodeText, Message and Status replace the usual ones; Code needs them.
	CodeText, Message string
	Status            int
	// Member is for WithoutMember.
	Member string

	seen  int
	byKey map[string]int
}

// fault finds the rule that answers, counting every rule that matches.
func (s *Server) fault(q *query) *Fault {
	if q.refusal != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var due *Fault
	for _, f := range s.cfg.Faults {
		if f.matches(q) && f.due(q) && due == nil {
			due = f
		}
	}
	return due
}

func (f *Fault) matches(q *query) bool {
	ok := func(want, have string) bool { return want == "" || want == have }
	if !ok(f.Account, q.Account) || !ok(f.Region, q.Region) || !ok(f.Service, q.Service) || !ok(f.Operation, q.Operation) {
		return false
	}
	if f.Body != "" && !strings.Contains(string(q.RequestBody), f.Body) && !strings.Contains(unescape(q), f.Body) {
		return false
	}
	return !f.Continued || q.pageToken() != ""
}

func unescape(q *query) string {
	t, _ := url.QueryUnescape(string(q.RequestBody) + q.Query.Encode())
	return t
}

func (f *Fault) due(q *query) bool {
	if f.Kind == Expired {
		if f.byKey == nil {
			f.byKey = map[string]int{}
		}
		f.byKey[q.key]++
		return f.byKey[q.key] > f.From
	}
	f.seen++
	from := max(f.From, 1)
	return f.seen >= from && (f.Times == 0 || f.seen < from+f.Times)
}

func (f *Fault) breakConnection(w http.ResponseWriter, _ *http.Request) bool {
	if f.Kind != Reset {
		return false
	}
	c, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if t, ok := c.(*net.TCPConn); ok {
		t.SetLinger(0)
	}
	c.Close()
	return true
}

const htmlPage = "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n"

// failure is the error answer of the kinds that are one.
func (f *Fault) failure(q *query) *Failure {
	var out *Failure
	switch f.Kind {
	case Denied:
		out = q.denied()
	case Throttled:
		out = q.throttled()
	case ServerError:
		out = &Failure{Status: 500, Code: "InternalFailure", Message: "We encountered an internal error. Please try again."}
	case Unavailable:
		out = &Failure{Status: 503, Code: "ServiceUnavailable", Message: "Service is temporarily unavailable."}
	case HTMLPage:
		out = &Failure{Status: 503, HTML: htmlPage}
	case Expired:
		out = &Failure{Status: 400, Code: "ExpiredTokenException", Message: "The security token included in the request is expired"}
		switch q.service.protocol {
		case awsQuery, ec2Query:
			out.Status, out.Code = 403, "ExpiredToken"
		case restXML:
			out.Code = "ExpiredToken"
		case restJSON:
			out.Status = 403
		}
	case Code:
		out = &Failure{Status: 400}
	default:
		return nil
	}
	if f.CodeText != "" {
		out.Code = f.CodeText
	}
	if f.Message != "" {
		out.Message = f.Message
	}
	if f.Status != 0 {
		out.Status = f.Status
	}
	return out
}

// spoil changes a right answer into the one the fault wants, and reports whether what is left is still meant to be right.
func (f *Fault) spoil(q *query) bool {
	switch f.Kind {
	case HTMLPage, Truncated:
		return false
	case HalfJSON:
		q.ResponseBody = bytes.Clone(q.ResponseBody[:len(q.ResponseBody)/2])
		return false
	case EmptyObject:
		// In XML it is the answer's root with nothing inside.
		q.ResponseBody = []byte("{}")
		if q.tree != nil && q.Code == "" {
			*q.resultXML() = X{Name: q.resultXML().Name}
			q.renderXML()
		}
		return false
	case EmptyBody:
		q.ResponseBody = nil
		return false
	case Code:
		return false
	case WithoutMember, RepeatedToken, EmptyPage:
		if q.tree != nil {
			return f.alterXML(q)
		}
		var m M
		d := json.NewDecoder(bytes.NewReader(q.ResponseBody))
		d.UseNumber()
		if q.Code != "" || d.Decode(&m) != nil || f.Kind != WithoutMember && !q.paged(m) {
			return true
		}
		f.alter(q, m)
		q.ResponseBody = marshal(m)
		return f.Kind != WithoutMember
	}
	return true
}

func (f *Fault) alter(q *query, m M) {
	switch f.Kind {
	case WithoutMember:
		if _, ok := m[f.Member]; !ok {
			panic(fmt.Sprintf("scenario: %s has no member %q to leave out", q.Operation, f.Member))
		}
		delete(m, f.Member)
	case RepeatedToken:
		name, t := q.tokenName(), q.pageToken()
		if t == "" {
			if _, ok := m[name]; ok {
				return
			}
			t = q.token(0)
		}
		m[name] = t
		if _, ok := m["Truncated"]; ok {
			m["Truncated"] = true
		}
	case EmptyPage:
		for k, v := range m {
			if _, ok := v.([]any); ok {
				m[k] = []any{}
			}
		}
		t := q.pageToken()
		if t == "" {
			t = q.token(0)
		}
		m[q.tokenName()] = t
		if _, ok := m["Truncated"]; ok {
			m["Truncated"] = true
		}
	}
}

// alterXML is alter for the XML protocols.
func (f *Fault) alterXML(q *query) bool {
	if q.Code != "" {
		return true
	}
	result, token := q.resultXML(), q.service.token(q.Operation)
	if f.Kind == WithoutMember {
		if !result.drop(strings.Split(f.Member, ".")) {
			panic(fmt.Sprintf("scenario: %s has no member %q to leave out", q.Operation, f.Member))
		}
		q.renderXML()
		return false
	}
	if token == nil {
		return true
	}
	t := q.pageToken()
	if f.Kind == RepeatedToken && t == "" {
		if e := result.at(token...); e != nil && e.Text != "" {
			return true
		}
	}
	if t == "" {
		t = q.token(0)
	}
	if f.Kind == EmptyPage {
		result.lists(true)
	}
	if !result.set(token, t) {
		return true
	}
	// Where a flag says that there is more, it says so.
	flag := append(append([]string{}, token[:len(token)-1]...), "IsTruncated")
	if e := result.at(flag...); e != nil {
		e.Text = "true"
	}
	q.renderXML()
	return true
}

// paged says whether an answer is a page of a list. An answer with a list that has no pages is not.
func (q *query) paged(m M) bool {
	if q.tokenName() == "" {
		return false
	}
	for _, v := range m {
		if _, ok := v.([]any); ok {
			return true
		}
	}
	return false
}

// tokenName is the answer's member for the next page's token.
func (q *query) tokenName() string { return strings.Join(q.service.token(q.Operation), ".") }

// pageToken is the token the request carries.
func (q *query) pageToken() string {
	for _, n := range []string{"Marker", "NextToken", "nextToken", "NextMarker", "marker", "continuation-token", "PaginationToken", "nextMarker"} {
		if t := q.str(n); t != "" {
			return t
		}
	}
	return ""
}
