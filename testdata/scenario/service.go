package scenario

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A protocol is a form that AWS speaks.
type protocol string

const (
	awsJSON protocol = "json"
	restXML protocol = "rest-xml"
	// restJSON finds the operation by method and path, as restXML does.
	restJSON protocol = "rest-json"
	// awsQuery posts a form and is answered in XML; ec2Query is EC2's variant of it.
	awsQuery protocol = "query"
	ec2Query protocol = "ec2"
)

// A service is what the server knows about one AWS service. Each stands in a file of its own; services lists them.
type service struct {
	// name is the signing name, which is also how faults, counts and collectors call the service.
	name string
	// prefix tells services apart that share a signing name: their paths begin with it ("/v20180820" of S3 Control).
	prefix   string
	signing  string // where it is not name
	protocol protocol
	// target is the X-Amz-Target prefix of awsJSON, and version its version where it is not 1.1.
	target, version string
	// namespace is the XML namespace.
	namespace string
	// global services are signed for one region and answer for the account, whichever regions it has.
	global     bool
	operations map[string]handler
	// routes find the operation of a REST request: "GET /detector/{DetectorId}", with "?policy" behind it where a query key
	// tells (S3). What stands in braces is read with query.str; with a plus it is all that is left of the path.
	routes map[string]string
	// tokens names the answer's member with the next page's token, by operation; "*" is for the others, an empty name says that
	// the operation has no pages. A dot leads into a member.
	tokens map[string]string
	// rates are what AWS publishes, by operation; "*" is for the others. No entry is no limit.
	rates map[string]Rate
	// denied, throttled and expired replace the protocol's usual answers. nil keeps them.
	denied, throttled func(*query) *Failure
	// message spells the member that carries an error's text; nil is "message".
	message func(*query, *Failure) string
	// root names the root element of a restXML answer by operation where it is not the operation's name and "Result".
	root map[string]string

	compiled []route
}

type route struct {
	method, key, operation string
	parts                  []string
}

// compile makes the routes ready: those that a query key tells come first, then the longer and the more literal ones.
func (s *service) compile() {
	for pattern, op := range s.routes {
		method, path, _ := strings.Cut(pattern, " ")
		path, key, _ := strings.Cut(path, "?")
		s.compiled = append(s.compiled, route{method, key, op, strings.Split(strings.Trim(path, "/"), "/")})
	}
	slices.SortFunc(s.compiled, func(a, b route) int {
		weight := func(r route) string {
			w := ""
			for _, p := range r.parts {
				if strings.HasPrefix(p, "{") {
					w += "b"
				} else {
					w += "a"
				}
			}
			if r.key != "" {
				return "0" + w + r.key + r.operation
			}
			return "1" + w + r.operation
		}
		return strings.Compare(weight(a), weight(b))
	})
}

// route finds the operation of a REST request and what its path says.
func (s *service) route(r *http.Request) (string, map[string]string) {
	path := strings.TrimPrefix(r.URL.EscapedPath(), s.prefix)
	parts := strings.Split(strings.Trim(path, "/"), "/")
	query := r.URL.Query()
next:
	for _, rt := range s.compiled {
		parts := parts
		if n := len(rt.parts); n > 0 && strings.HasSuffix(rt.parts[n-1], "+}") && len(parts) > n {
			parts = append(slices.Clone(parts[:n-1]), strings.Join(parts[n-1:], "/"))
		}
		if rt.method != r.Method || len(rt.parts) != len(parts) || rt.key != "" && !query.Has(rt.key) {
			continue
		}
		in := map[string]string{}
		for i, p := range rt.parts {
			v, err := url.PathUnescape(parts[i])
			if err != nil {
				continue next
			}
			if name, ok := strings.CutPrefix(p, "{"); ok && v != "" {
				in[strings.TrimSuffix(strings.TrimSuffix(name, "}"), "+")] = v
			} else if p != v {
				continue next
			}
		}
		return rt.operation, in
	}
	return "", nil
}

// token is the path of the answer's member with the next page's token, empty where there are no pages.
func (s *service) token(operation string) []string {
	t, ok := s.tokens[operation]
	if !ok {
		t = s.tokens["*"]
	}
	if t == "" {
		return nil
	}
	return strings.Split(t, ".")
}

func (s *service) xml() bool {
	return s.protocol == restXML || s.protocol == awsQuery || s.protocol == ec2Query
}

// find tells which service a request is for.
func (s *Server) find(signing, path string) *service {
	var out *service
	for i := range s.services {
		v := &s.services[i]
		name := v.signing
		if name == "" {
			name = v.name
		}
		if name == signing && strings.HasPrefix(path, v.prefix) && (out == nil || len(v.prefix) > len(out.prefix)) {
			out = v
		}
	}
	return out
}

// Operations lists what is modelled as "service:Operation", sorted.
func Operations() []string {
	var out []string
	for _, s := range services() {
		for op := range s.operations {
			out = append(out, s.name+":"+op)
		}
	}
	slices.Sort(out)
	return out
}

// denied words a refusal as IAM does.
func (q *query) denied() *Failure {
	action := q.Service + ":" + q.Operation
	resource := fmt.Sprintf("arn:aws:%s:%s:%s:*", q.Service, q.Region, q.Account)
	if id := q.str("KeyId"); q.Service == "kms" && id != "" {
		resource = q.place.keyARN(strings.TrimPrefix(id, q.place.keyARN("")))
	}
	if role := q.form.Get("RoleArn"); role != "" {
		resource = role
	}
	why := fmt.Sprintf(" because no identity-based policy allows the %s action", action)
	f := &Failure{Status: 400, Code: "AccessDeniedException", Message: fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s%s", q.caller(), action, resource, why)}
	switch q.service.protocol {
	case awsQuery:
		f.Status, f.Code = 403, "AccessDenied"
		f.Message = strings.TrimSuffix(f.Message, why)
	case restXML:
		f.Status, f.Code = 403, "AccessDenied"
	case ec2Query:
		f.Status, f.Code = 403, "UnauthorizedOperation"
		f.Message = "You are not authorized to perform this operation. " + f.Message
	case restJSON:
		f.Status = 403
	}
	if q.service.denied != nil {
		f = q.service.denied(q)
	}
	return f
}

// throttled is what the service says to a caller who is too fast.
func (q *query) throttled() *Failure {
	if q.service.throttled != nil {
		return q.service.throttled(q)
	}
	f := &Failure{Status: 400, Code: "ThrottlingException", Message: "Rate exceeded"}
	switch q.service.protocol {
	case restJSON:
		f.Status, f.Code, f.Message = 429, "TooManyRequestsException", "Too Many Requests"
	case awsQuery:
		f.Code = "Throttling"
	case restXML:
		f.Status, f.Code, f.Message = 503, "SlowDown", "Please reduce your request rate."
	case ec2Query:
		f.Status, f.Code, f.Message = 503, "RequestLimitExceeded", "Request limit exceeded."
	}
	return f
}
