package tape

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// Options say who asks, where, and within which limits: one collector at work in one account and region.
type Options struct {
	Account, Region, Collector string
	// Operations are all that may be called.
	Operations []evidence.Operation
	// Redact says what is taken out before anything is written.
	Redact Redactor
	// Reducers say, by the operation's name, what is kept of answers that may be too large to be kept whole.
	Reducers map[string]Reducer
	// Limits are shared by everything that asks AWS. Nil means no limit.
	Limits *Limits
	// Observe is told how each call ended; err is nil for a whole answer. It must be safe for concurrent use.
	Observe func(op evidence.Operation, s Stamp, err *Error)
}

// A Stamp says which exchange an output was read from, and when AWS gave it.
type Stamp struct {
	Evidence string
	Date     time.Time
	// Endpoint is the scheme and host that answered, empty where nothing was sent; FIPS says whether it is a FIPS endpoint.
	Endpoint string
	FIPS     bool
	// Service and Operation are what was asked.
	Service, Operation string
	// Reduced is set where the SDK was given a part of the answer.
	Reduced *evidence.Reduced
	// Empty says that the answer is whole and its list holds nothing.
	Empty bool
}

// client is what stands between the SDK's clients and the wire.
type client struct {
	Options
	tape *Tape
	http aws.HTTPClient
	ops  map[string]evidence.Operation

	mu   sync.Mutex
	seen map[evidence.Digest]int
}

// A call is one operation in flight, over all its attempts.
type call struct {
	op       evidence.Operation
	bucket   string
	region   string // the client's
	request  evidence.Request
	id       string
	sequence int
	replay   *evidence.Exchange // from the tape
	last     *evidence.Exchange // of the last attempt
	attempts int
	refused  error // why the call may not be made
	broken   error // what is wrong with the tape itself
}

type callKey struct{}
type stampKey struct{}

// StampOf tells which exchange an output was read from, given its ResultMetadata.
func StampOf(md middleware.Metadata) Stamp {
	s, _ := md.Get(stampKey{}).(Stamp)
	return s
}

// Config gives a configuration whose clients speak through the tape: recording where the tape is written, replaying what it
// holds, and never dialing where it is only read.
func (t *Tape) Config(base aws.Config, o Options) aws.Config {
	c := &client{Options: o, tape: t, http: base.HTTPClient, ops: map[string]evidence.Operation{}, seen: map[evidence.Digest]int{}}
	for _, op := range o.Operations {
		c.ops[op.API+"."+op.Name] = op
	}
	cfg := base.Copy()
	cfg.Region = o.Region
	cfg.HTTPClient = c
	live := base.Retryer
	cfg.Retryer = func() aws.Retryer {
		if t.Replaying() || live == nil {
			return notReplayed{aws.NopRetryer{}}
		}
		return notReplayed{live()}
	}
	if t.Replaying() {
		cfg.Credentials = credentials.NewStaticCredentialsProvider("REPLAY", "REPLAY", "")
	}
	cfg.APIOptions = append(append([]func(*middleware.Stack) error{}, base.APIOptions...), c.addMiddleware)
	return cfg
}

func (c *client) addMiddleware(s *middleware.Stack) error {
	if err := s.Initialize.Add(middleware.InitializeMiddlewareFunc("AuditsealCall", c.call), middleware.After); err != nil {
		return err
	}
	return s.Serialize.Add(middleware.SerializeMiddlewareFunc("AuditsealRequest", c.serialized), middleware.After)
}

// call surrounds an operation: it refuses what was not declared, keeps the last answer, and looks whether the answer is whole.
func (c *client) call(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	out middleware.InitializeOutput, md middleware.Metadata, err error) {
	name := awsmiddleware.GetServiceID(ctx) + "." + awsmiddleware.GetOperationName(ctx)
	op, declared := c.ops[name]
	if !declared {
		return out, md, fmt.Errorf("collector %s: the operation %s is not declared, so it was not sent; add it to Operations()", c.Collector, name)
	}
	k := &call{op: op, bucket: bucketOf(in.Parameters), region: cmp.Or(awsmiddleware.GetRegion(ctx), c.Region)}
	out, md, err = next.HandleInitialize(context.WithValue(ctx, callKey{}, k), in)
	if ctx.Err() != nil && k.replay == nil {
		return out, md, ctx.Err() // an interrupted call is no evidence: it is asked again on resume
	}
	if k.broken != nil {
		return out, md, k.broken
	}
	ex, broken := c.keep(k, err)
	if broken != nil {
		return out, md, broken
	}
	stamp := Stamp{Service: op.Service, Operation: op.Name}
	if ex != nil {
		stamp.Evidence, stamp.Date, stamp.Endpoint, stamp.FIPS, stamp.Reduced = ex.ID, ex.Date, ex.Endpoint, ex.FIPS, ex.Reduced
	}
	fault := errorOf(k, ex, stamp, err)
	if fault == nil && op.Member != "" && missing(out.Result, op.Member) {
		fault = &Error{Stamp: stamp, Operation: op, Outcome: evidence.CutShort, Code: "MissingMember",
			Message: fmt.Sprintf("AWS answered %s with status %d, but without %s", op.Name, ex.Status, op.Member), Status: ex.Status, RequestID: ex.RequestID}
	}
	if fault == nil && ex != nil {
		if why := notAnAnswer(op, ex); why != "" {
			fault = &Error{Stamp: stamp, Operation: op, Outcome: evidence.CutShort, Code: "NotAnAnswer", Message: fmt.Sprintf("AWS answered %s with status %d, but %s", op.Name, ex.Status, why),
				Status: ex.Status, RequestID: ex.RequestID}
		}
	}
	stamp.Empty = fault == nil && nothingIn(out.Result, op.Member)
	if c.Observe != nil {
		c.Observe(op, stamp, fault)
	}
	if fault != nil {
		return out, md, fault
	}
	md.Set(stampKey{}, stamp)
	return out, md, nil
}

// keep writes the exchange that a call ended with, unless it came from the tape, and gives it back.
func (c *client) keep(k *call, err error) (*evidence.Exchange, error) {
	switch {
	case k.replay != nil:
		return k.replay, nil
	case k.refused != nil || k.id == "" || c.tape.Replaying():
		return nil, nil
	case k.last == nil && err == nil:
		return nil, fmt.Errorf("%s %s succeeded without an exchange: this is a fault of auditseal", k.op.Service, k.op.Name)
	}
	ex := k.last
	if ex == nil {
		ex = c.exchange(k)
		ex.Date, ex.Clock = time.Now().UTC().Truncate(time.Second), "local"
		ex.Failure = notSent(err)
	}
	ex.Attempts = k.attempts
	return ex, c.tape.write(ex)
}

func (c *client) exchange(k *call) *evidence.Exchange {
	return &evidence.Exchange{ID: k.id, Account: c.Account, Region: c.Region, Collector: c.Collector, Service: k.op.Service,
		Operation: k.op.Name, Sequence: k.sequence, Request: k.request}
}

// serialized takes the request as the SDK wrote it, before a host is chosen and a signature made, and looks for it on the tape.
func (c *client) serialized(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (
	out middleware.SerializeOutput, md middleware.Metadata, err error) {
	k, _ := ctx.Value(callKey{}).(*call)
	req, ok := in.Request.(*smithyhttp.Request)
	if k == nil || !ok {
		return out, md, errors.New("a request that does not go through the tape was not sent")
	}
	elsewhere := ""
	if k.region != c.Region {
		elsewhere = k.region
	}
	if k.request, err = describe(req, k.bucket, elsewhere); err != nil {
		return out, md, err
	}
	key := evidence.Sum([]byte(k.op.Service + "\n" + k.op.Name + "\n" + k.request.Digest.String()))
	c.mu.Lock()
	k.sequence = c.seen[key]
	c.seen[key]++
	c.mu.Unlock()
	id := func(n int) string {
		return evidence.ExchangeID(c.Account, c.Region, c.Collector, k.op.Service, k.op.Name, k.request.Digest, n)
	}
	if k.sequence > 0 && !k.op.Poll {
		k.id = id(0)
		k.refused = &evidence.Failure{Code: "RepeatedRequest", Message: k.op.Name + " was about to be asked the same thing again: AWS repeated a page token, so the list has no end that can be trusted"}
		return out, md, k.refused
	}
	k.id = id(k.sequence)
	if k.replay, err = c.tape.find(k.id); err != nil {
		k.broken = err
		return out, md, err
	}
	switch {
	case k.replay == nil && c.tape.Replaying():
		k.refused = &evidence.Failure{Code: "NotOnTape", Message: "the tape holds no answer to this " + k.op.Name}
		return out, md, k.refused
	case k.replay != nil && k.replay.Attempts == 0:
		return out, md, k.replay.Failure // it was never sent
	}
	return next.HandleSerialize(ctx, in)
}

// describe makes the key of a request. JSON that nests objects is digested in canonical member order, because the SDK writes maps as
// they come; a flat object is a structure, whose members always come in one order.
func describe(req *smithyhttp.Request, bucket, region string) (evidence.Request, error) {
	r := evidence.Request{Method: req.Method, Path: req.URL.EscapedPath(), Query: req.URL.RawQuery, Bucket: bucket, Region: region}
	if s := req.GetStream(); s != nil {
		b, err := io.ReadAll(s)
		if err != nil {
			return r, err
		}
		if err := req.RewindStream(); err != nil {
			return r, err
		}
		r.Body = string(b)
	}
	body := []byte(r.Body)
	if len(body) > 0 && body[0] == '{' && bytes.Count(body, []byte{'{'}) > 1 {
		var v any
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.UseNumber()
		if err := dec.Decode(&v); err == nil {
			if canonical, err := json.Marshal(v); err == nil {
				body = canonical
			}
		}
	}
	key := fmt.Appendf(nil, "%s\n%s\n%s\n%s\n%s", r.Method, r.Path, r.Query, r.Bucket, body)
	if region != "" {
		key = fmt.Appendf(key, "\n%s", region)
	}
	r.Digest = evidence.Sum(key)
	return r, nil
}

// replayedHeader marks an answer that came from the tape; no server can send it, because it is removed from what they send.
const replayedHeader = "X-Auditseal-Replayed"

// Do answers one attempt: from the tape, or from AWS.
func (c *client) Do(req *http.Request) (*http.Response, error) {
	k, _ := req.Context().Value(callKey{}).(*call)
	if k == nil || k.id == "" {
		return nil, errors.New("a request that does not go through the tape was not sent")
	}
	if k.replay != nil {
		if k.replay.Failure != nil {
			return nil, k.replay.Failure
		}
		return response(req, k.replay)
	}
	if err := c.Limits.wait(req.Context(), c.Account, k.region, k.op); err != nil {
		return nil, err
	}
	leave, err := c.Limits.enter(req.Context())
	if err != nil {
		return nil, err
	}
	defer leave()
	k.attempts++
	ex := c.exchange(k)
	// A bucket's name before S3's host would make as many endpoints as there are buckets, and may be any name.
	ex.Endpoint = req.URL.Scheme + "://" + strings.TrimPrefix(req.URL.Host, k.request.Bucket+".")
	ex.FIPS = fipsHost(strings.TrimPrefix(req.URL.Hostname(), k.request.Bucket+"."))
	k.last = ex
	resp, err := c.http.Do(req)
	if err != nil {
		ex.Date, ex.Clock = time.Now().UTC().Truncate(time.Second), "local"
		ex.Failure = failure(err)
		return nil, ex.Failure
	}
	var body []byte
	if r, ok := c.Reducers[k.op.Name]; ok && resp.StatusCode == http.StatusOK {
		body, ex.Reduced, ex.Failure = r.take(k.request, resp)
	} else if body, err = io.ReadAll(resp.Body); err != nil {
		ex.Failure = broken(err, int64(len(body)), resp.StatusCode)
	}
	resp.Body.Close()
	c.describeAnswer(ex, resp, k.op.Headers)
	if ex.Failure != nil {
		ex.Status = 0
		return nil, ex.Failure
	}
	if packed(k.op, body) {
		body, err = c.unpacked(ex, k.op, resp, body)
	} else {
		body, ex.Redactions, err = c.Redact.apply(k.op, body)
	}
	if err != nil {
		return nil, err
	}
	if ex.Failure != nil {
		return nil, ex.Failure
	}
	ex.Status = resp.StatusCode
	if utf8.Valid(body) {
		ex.Body = string(body)
	} else {
		ex.Body, ex.Encoding = base64.StdEncoding.EncodeToString(body), "base64"
	}
	resp.Header.Del(replayedHeader)
	// The SDK reads what the tape keeps, so that what is derived now is what will be derived from the tape.
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return resp, nil
}

// keptHeaders are the response headers that reading an answer needs, in net/http's spelling.
var keptHeaders = []string{"Content-Type", "X-Amzn-Errortype", "X-Amzn-Query-Error", "X-Amz-Bucket-Region", "Location"}

func (c *client) describeAnswer(ex *evidence.Exchange, resp *http.Response, also []string) {
	for _, h := range []string{"X-Amzn-Requestid", "X-Amz-Request-Id", "X-Amz-Requestid"} {
		if v := resp.Header[h]; len(v) > 0 && ex.RequestID == "" {
			ex.RequestID = v[0]
		}
	}
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		date, ex.Clock = time.Now(), "local"
	}
	ex.Date = date.UTC().Truncate(time.Second)
	for _, h := range slices.Concat(keptHeaders, also) {
		if v := resp.Header[h]; len(v) > 0 {
			if ex.Header == nil {
				ex.Header = map[string]string{}
			}
			ex.Header[h] = v[0]
		}
	}
}

// response makes the HTTP answer that an exchange was made from.
func response(req *http.Request, ex *evidence.Exchange) (*http.Response, error) {
	body := []byte(ex.Body)
	if ex.Encoding == "base64" {
		var err error
		if body, err = base64.StdEncoding.DecodeString(ex.Body); err != nil {
			return nil, fmt.Errorf("%s: its body is not base64: %w", ex.ID, err)
		}
	}
	h := http.Header{replayedHeader: {"1"}, "Date": {ex.Date.UTC().Format(http.TimeFormat)}}
	for name, v := range ex.Header {
		h.Set(name, v)
	}
	if ex.RequestID != "" {
		h.Set("X-Amzn-Requestid", ex.RequestID)
	}
	return &http.Response{StatusCode: ex.Status, Status: fmt.Sprintf("%d %s", ex.Status, http.StatusText(ex.Status)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: req}, nil
}

// notReplayed never retries what came from the tape: it was AWS's last word. Nor does it fetch an object again that is no better the next time.
type notReplayed struct{ aws.Retryer }

func (n notReplayed) IsErrorRetryable(err error) bool {
	var re *smithyhttp.ResponseError
	if errors.As(err, &re) && re.Response != nil && re.Response.Header.Get(replayedHeader) != "" {
		return false
	}
	var fail *evidence.Failure
	if errors.As(err, &fail) && (fail.Code == "TooLarge" || fail.Code == "UnreadableObject") {
		return false
	}
	return n.Retryer.IsErrorRetryable(err)
}

func (n notReplayed) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	if v2, ok := n.Retryer.(aws.RetryerV2); ok {
		return v2.GetAttemptToken(ctx)
	}
	return n.Retryer.GetInitialToken(), nil
}

// missing reports whether the output lacks the member, or has nothing in it to lack.
func missing(result any, member string) bool {
	v := reflect.Indirect(reflect.ValueOf(result))
	if v.Kind() != reflect.Struct {
		return true
	}
	f := v.FieldByName(member)
	if !f.IsValid() {
		return true
	}
	switch f.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer, reflect.Interface:
		return f.IsNil()
	}
	return false
}

// notAnAnswer tells an answer that says nothing from one that says that there is nothing: the SDK reads an empty body, and an XML
// document whatever it is about, as an output in which nothing is set. It gives why, and "" for an answer.
func notAnAnswer(op evidence.Operation, ex *evidence.Exchange) string {
	if strings.TrimSpace(ex.Body) == "" {
		return "with an empty body"
	}
	if op.Root == "" {
		return ""
	}
	for d := xml.NewDecoder(strings.NewReader(ex.Body)); ; {
		t, err := d.Token()
		if err != nil {
			return "without the XML element " + op.Root
		}
		if e, ok := t.(xml.StartElement); ok {
			if e.Name.Local != op.Root {
				return "with another XML element than " + op.Root
			}
			return ""
		}
	}
}

// nothingIn reports whether the member is a list or map without an element.
func nothingIn(result any, member string) bool {
	v := reflect.Indirect(reflect.ValueOf(result))
	if member == "" || v.Kind() != reflect.Struct {
		return false
	}
	switch f := v.FieldByName(member); f.Kind() {
	case reflect.Slice, reflect.Map:
		return f.Len() == 0
	}
	return false
}

// bucketOf gives the Bucket of an input that has one: S3 may send it as part of the host.
func bucketOf(params any) string {
	v := reflect.Indirect(reflect.ValueOf(params))
	if v.Kind() != reflect.Struct {
		return ""
	}
	f := v.FieldByName("Bucket")
	if f.IsValid() && f.Kind() == reflect.Pointer && !f.IsNil() && f.Elem().Kind() == reflect.String {
		return f.Elem().String()
	}
	return ""
}

// fipsHost knows AWS's FIPS endpoints by their name: kms-fips.us-east-1.amazonaws.com, organizations.us-gov-west-1… is not told by name.
// S3 Control has an account id before it.
func fipsHost(host string) bool {
	first, rest, _ := strings.Cut(host, ".")
	if len(first) == 12 && strings.Trim(first, "0123456789") == "" {
		first, rest, _ = strings.Cut(rest, ".")
	}
	return strings.HasSuffix(first, "-fips") || strings.HasPrefix(rest, "fips.") || first == "fips"
}
