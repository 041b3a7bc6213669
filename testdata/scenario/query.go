package scenario

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// M is a JSON object of an answer.
type M = map[string]any

// A query is a request on its way through the server.
type query struct {
	Call
	s       *Server
	service *service
	// place is nil for a global service whose region the account does not have.
	place  *place
	key    string
	in     M
	form   url.Values
	path   map[string]string
	handle handler
	// tree is the answer of an XML protocol.
	tree *X
	// refusal is set where the request cannot be answered at all.
	refusal *Failure
}

type handler func(*query) (any, *Failure)

// A Failure is an error answer in AWS's terms.
type Failure struct {
	Status  int
	Code    string
	Message string
	// Member is the JSON name of the message; empty means "message".
	Member string
	// HTML is sent instead of the protocol's form.
	HTML string
	// More are further elements of an XML error: the region of S3's PermanentRedirect.
	More []X
}

var (
	credential = regexp.MustCompile(`Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request`)
	sessionKey = regexp.MustCompile(`^(?:ASIA|AKIA)(\d{12})\w{4}$`)
)

func (s *Server) read(r *http.Request, body []byte) *query {
	q := &query{s: s, Call: Call{Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), RequestHeader: r.Header, RequestBody: body}}
	refuse := func(status int, code, format string, args ...any) *query {
		q.refusal = &Failure{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
		return q
	}
	m := credential.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil {
		q.Unmodelled = true
		return refuse(403, "MissingAuthenticationToken", "scenario: the request carries no SigV4 Authorization header")
	}
	q.key, q.Region, q.Service = m[1], m[2], m[3]
	q.Account = s.cfg.Organization.Management
	if a := sessionKey.FindStringSubmatch(q.key); a != nil && s.ids[a[1]] != nil {
		q.Account = a[1]
	}

	q.service = s.find(q.Service, r.URL.EscapedPath())
	if q.service == nil {
		q.Unmodelled = true
		return refuse(400, "UnknownOperationException", "scenario: no service %q is modelled (%s %s); add it to services.go", q.Service, r.Method, r.URL.Path)
	}
	q.Service = q.service.name
	switch q.service.protocol {
	case awsQuery, ec2Query:
		q.form, _ = url.ParseQuery(string(body))
		q.Operation = q.form.Get("Action")
	case awsJSON:
		target, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		if target == q.service.target {
			q.Operation = op
		}
	default:
		q.Operation, q.path = q.service.route(r)
	}
	q.handle = q.service.operations[q.Operation]
	if q.handle == nil {
		q.Unmodelled = true
		return refuse(400, "UnknownOperationException", "scenario: no operation %q of service %q is modelled (%s %s, target %q); add it to the service's file",
			q.Operation, q.Service, r.Method, r.URL, r.Header.Get("X-Amz-Target"))
	}
	if !q.service.xml() && len(body) > 0 {
		if err := json.Unmarshal(body, &q.in); err != nil {
			return refuse(400, "SerializationException", "scenario: the request body is not a JSON object: %v", err)
		}
	}
	q.place = s.places[q.Account][q.Region]
	if q.place == nil && !q.service.global {
		return refuse(400, "UnrecognizedClientException", "The security token included in the request is invalid.")
	}
	return q
}

// account is what the organization declares of the calling account.
func (q *query) account() *Account { return q.s.ids[q.Account] }

// str reads a parameter wherever the protocol puts it: path, query, form or body. A header is read by its own name.
func (q *query) str(name string) string {
	switch {
	case q.path[name] != "":
		return q.path[name]
	case q.Query.Has(name):
		return q.Query.Get(name)
	case q.form.Has(name):
		return q.form.Get(name)
	}
	v, _ := q.in[name].(string)
	return v
}

func (q *query) num(name string) (int, bool) {
	if q.Query.Has(name) || q.form.Has(name) {
		n, err := strconv.Atoi(q.str(name))
		return n, err == nil
	}
	v, ok := q.in[name].(float64)
	return int(v), ok
}

func (q *query) strs(name string) []string { return stringsOf(q.in[name]) }

func stringsOf(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, e := range list {
		if s, ok := e.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// time reads an epoch of an awsJson request.
func (q *query) time(name string) time.Time {
	v, ok := q.in[name].(float64)
	if !ok {
		return time.Time{}
	}
	return time.UnixMilli(int64(v * 1000)).UTC()
}

// paging is how a service names and bounds its pages.
type paging struct {
	limit, token string
	// standard is the page size without a limit, most the largest one allowed.
	standard, most     int
	badToken, badLimit string
	zeroMeansNone      bool
}

// page gives the slice [from, to) of n things that the request asks for, and the token of the next.
func (q *query) page(p paging, n int) (from, to int, next string, f *Failure) {
	size := p.standard
	if v, ok := q.num(p.limit); ok && p.limit != "" && !(v == 0 && p.zeroMeansNone) {
		if v < 1 || v > p.most {
			return 0, 0, "", q.invalid(p.badLimit, fmt.Sprintf("1 validation error detected: Value '%d' at '%s' failed to satisfy constraint: Member must have value between 1 and %d", v, p.limit, p.most))
		}
		size = v
	}
	if t := q.str(p.token); t != "" {
		at, ok := q.readToken(t)
		if !ok || at < 0 || at > int64(n) {
			return 0, 0, "", q.invalid(p.badToken, "The specified token is invalid or was issued for another request.")
		}
		from = int(at)
	}
	to = min(from+size, n)
	if to < n {
		next = q.token(int64(to))
	}
	return from, to, next, nil
}

// token is opaque and belongs to the account, region and operation it was issued in.
func (q *query) token(at int64) string {
	b := make([]byte, 20)
	binary.BigEndian.PutUint32(b, 0xa05eed01)
	binary.BigEndian.PutUint64(b[4:], q.tokenScope())
	binary.BigEndian.PutUint64(b[12:], uint64(at))
	return base64.StdEncoding.EncodeToString(b)
}

func (q *query) readToken(t string) (int64, bool) {
	b, err := base64.StdEncoding.DecodeString(t)
	if err != nil || len(b) != 20 || binary.BigEndian.Uint64(b[4:]) != q.tokenScope() {
		return 0, false
	}
	return int64(binary.BigEndian.Uint64(b[12:])), true
}

func (q *query) tokenScope() uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s/%s/%s/%s", q.Account, q.Region, q.Service, q.Operation)
	return h.Sum64()
}

func (q *query) invalid(code, message string) *Failure {
	return &Failure{Status: 400, Code: code, Message: message}
}

// epoch is a timestamp as the JSON protocols send it: seconds with three decimals.
func epoch(t time.Time) any {
	ms := t.UnixMilli()
	if ms%1000 == 0 {
		return json.Number(strconv.FormatInt(ms/1000, 10))
	}
	return json.Number(fmt.Sprintf("%d.%03d", ms/1000, ms%1000))
}

// stamp sets a timestamp unless it is zero: AWS leaves out what it has not got.
func stamp(m M, name string, t time.Time) {
	if !t.IsZero() {
		m[name] = epoch(t)
	}
}

// put sets a string unless it is empty.
func put(m M, name, v string) {
	if v != "" {
		m[name] = v
	}
}

func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// marshal writes JSON as AWS does, without escaping HTML.
func marshal(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("scenario: an answer is not JSON: %v", err))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
