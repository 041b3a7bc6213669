package models

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/auditseal/auditseal/testdata/scenario"
)

// Check reports everything in which a call strays from the model. It is what scenario.Config.Check wants.
func (c *Checker) Check(call *scenario.Call) error {
	if call.Unmodelled {
		return errors.New("the request is for no operation that the scenario models")
	}
	a := c.apis[call.Service]
	if a == nil {
		return fmt.Errorf("no model of service %q; add it to models.go", call.Service)
	}
	op := a.Operations[call.Operation]
	if op == nil {
		return fmt.Errorf("the model of %q has no operation %q; if it is newer than the model add it to additions.go", call.Service, call.Operation)
	}
	v := &validator{api: a}
	v.request(op, call)
	v.at = nil
	if call.Status < 300 {
		v.answer(op, call)
	} else {
		v.failure(op, call)
	}
	return errors.Join(v.errs...)
}

func (v *validator) request(op *operation, call *scenario.Call) {
	v.asked = true
	defer func() { v.asked = false }()
	v.push("request")
	if call.Method != op.HTTP.Method || !samePath(op.HTTP.URI, call.Path) {
		v.fail("%s %s is not %s %s", call.Method, call.Path, op.HTTP.Method, op.HTTP.URI)
	}
	meta := v.api.Metadata
	contentType, target := call.RequestHeader.Get("Content-Type"), call.RequestHeader.Get("X-Amz-Target")
	switch meta.Protocol {
	case "json":
		if want := "application/x-amz-json-" + meta.JSONVersion; contentType != want {
			v.fail("content type %q is not %q", contentType, want)
		}
		prefix, _, _ := strings.Cut(target, ".")
		if want := meta.TargetPrefix + "." + call.Operation; target != want && !(target == prefix+"."+call.Operation && tolerated(v.api.service, prefix, "target")) {
			v.fail("target %q is not %q", target, want)
		}
		v.body(op.Input, call.RequestBody)
	case "rest-json":
		if len(call.RequestBody) > 0 || op.HTTP.Method == "POST" && v.carries(op.Input) {
			v.body(op.Input, call.RequestBody)
		}
		v.querystring(op.Input, call.Query, literals(op.HTTP.URI)...)
	case "rest-xml":
		v.querystring(op.Input, call.Query, literals(op.HTTP.URI)...)
	case "query", "ec2":
		form, err := url.ParseQuery(string(call.RequestBody))
		if err != nil {
			v.fail("the body is not a form: %v", err)
		}
		v.form(op.Input, form)
	}
}

func (v *validator) answer(op *operation, call *scenario.Call) {
	v.push("answer")
	if call.ResponseHeader.Get("X-Amzn-Requestid") == "" {
		v.fail("no x-amzn-requestid")
	}
	want := map[string]string{"json": "application/x-amz-json-" + v.api.Metadata.JSONVersion, "rest-json": "application/json", "query": "text/xml", "ec2": "text/xml", "rest-xml": "text/xml"}[v.api.Metadata.Protocol]
	var output *ref
	if op.Output != nil {
		output = &op.Output.ref
	}
	payload := v.payload(output)
	if payload != nil && v.api.Shapes[payload.Shape].Type == "blob" || payload != nil && v.api.Shapes[payload.Shape].Type == "string" {
		return // the body is the member, whatever it holds
	}
	if got := call.ResponseHeader.Get("Content-Type"); got != want {
		v.fail("content type %q is not %q", got, want)
	}
	if payload != nil {
		output = payload
	}
	if p := v.api.Metadata.Protocol; p == "json" || p == "rest-json" {
		v.body(output, call.ResponseBody)
		return
	}
	v.answerXML(op, output, call)
}

// common are errors that any operation may give without declaring them.
var common = []string{"AccessDeniedException", "AccessDenied", "ThrottlingException", "Throttling", "TooManyRequestsException", "ExpiredTokenException", "ExpiredToken",
	"UnrecognizedClientException", "SlowDown", "RequestLimitExceeded", "UnauthorizedOperation", "InvalidClientTokenId", "MissingAuthenticationToken", "ValidationException", "ValidationError", "InternalFailure", "ServiceUnavailable"}

func (v *validator) failure(op *operation, call *scenario.Call) {
	v.push("error")
	if call.Code == "" {
		v.fail("status %d without an error code", call.Status)
		return
	}
	var declared *shape
	for _, e := range op.Errors {
		s := v.api.Shapes[e.Shape]
		if e.Shape == call.Code || s.Error != nil && s.Error.Code == call.Code {
			declared = s
		}
	}
	// EC2 and S3 declare next to no errors in their models; their documentation lists them.
	declares := v.api.Metadata.Protocol != "ec2" && v.api.service != "s3" && v.api.service != "s3-control"
	if declared == nil && declares && !slices.Contains(common, call.Code) {
		v.fail("%s is neither declared by %s nor common to all operations", call.Code, call.Operation)
		return
	}
	if p := v.api.Metadata.Protocol; p == "query" || p == "ec2" || p == "rest-xml" {
		v.failureXML(call)
	} else {
		var m map[string]any
		if err := json.Unmarshal(call.ResponseBody, &m); err != nil {
			v.fail("the body is not a JSON object: %v", err)
			return
		}
		if v.api.Metadata.Protocol == "json" {
			if m["__type"] != call.Code {
				v.fail("__type is %v, not %s", m["__type"], call.Code)
			}
			delete(m, "__type")
		} else if got := call.ResponseHeader.Get("X-Amzn-Errortype"); got != call.Code {
			v.fail("x-amzn-errortype is %q, not %q", got, call.Code)
		}
		for name := range m {
			if declared != nil && len(declared.Members) > 0 && declared.Members[name] == nil {
				v.fail("%s has no member %q", call.Code, name)
			}
		}
	}
	switch {
	case v.api.Metadata.Protocol == "json":
		// awsJson gives 400 to every error of the caller, whatever status the model names.
		if call.Status != 400 && call.Status < 500 {
			v.fail("status %d, where awsJson gives 400", call.Status)
		}
	case declared != nil && declared.Error != nil && declared.Error.Status != 0 && declared.Error.Status != call.Status:
		v.fail("%s has status %d, not %d", call.Code, declared.Error.Status, call.Status)
	}
}

// carries reports whether a request has members that stand in its body. Where it has none, AWS's SDKs send no body.
func (v *validator) carries(r *ref) bool {
	if r == nil || v.api.Shapes[r.Shape] == nil {
		return false
	}
	for _, m := range v.api.Shapes[r.Shape].Members {
		if m.Location == "" {
			return true
		}
	}
	return false
}

// body checks a JSON document against a structure, leaving out members that are bound elsewhere.
func (v *validator) body(r *ref, b []byte) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		v.fail("the body is not JSON: %v", err)
		return
	}
	if _, err := d.Token(); err != io.EOF {
		v.fail("there is something behind the JSON document")
	}
	if r == nil || v.api.Shapes[r.Shape] == nil {
		if m, ok := doc.(map[string]any); !ok || len(m) > 0 {
			v.fail("the operation carries no members")
		}
		return
	}
	v.value(r, doc)
}

func (v *validator) querystring(r *ref, query url.Values, literal ...string) {
	known := map[string]bool{"x-id": true} // the SDK names the operation in it
	for _, l := range literal {
		known[l] = true
	}
	s := &shape{}
	if r != nil {
		s = v.api.Shapes[r.Shape]
	}
	for name, m := range s.Members {
		if m.Location != "querystring" {
			continue
		}
		known[m.LocationName] = true
		if !query.Has(m.LocationName) {
			if slices.Contains(s.Required, name) {
				v.fail("required query parameter %q is missing", m.LocationName)
			}
			continue
		}
		v.push(name)
		if inner := v.api.Shapes[m.Shape]; inner.Type == "list" {
			for _, one := range query[m.LocationName] {
				v.scalar(inner.Member, one)
			}
		} else {
			v.scalar(m, query.Get(m.LocationName))
		}
		v.pop()
	}
	for k := range query {
		if !known[k] {
			v.fail("unknown query parameter %q", k)
		}
	}
}

// form checks the parameters of the query protocol; of lists and structures only the first name is checked.
func (v *validator) form(r *ref, form url.Values) {
	if r == nil {
		return
	}
	s := v.api.Shapes[r.Shape]
	wire := map[string]*ref{}
	for name, m := range s.Members {
		n := formName(v.api.Metadata.Protocol, name, m)
		wire[n] = m
		if slices.Contains(s.Required, name) && !slices.ContainsFunc(slices.Collect(maps.Keys(form)), func(k string) bool { return k == n || strings.HasPrefix(k, n+".") }) {
			v.fail("required parameter %q is missing", n)
		}
	}
	for k := range form {
		first, rest, _ := strings.Cut(k, ".")
		switch m := wire[first]; {
		case k == "Action" || k == "Version":
		case m == nil:
			v.fail("unknown parameter %q", k)
		case rest == "":
			v.push(k)
			v.scalar(m, form.Get(k))
			v.pop()
		}
	}
}
