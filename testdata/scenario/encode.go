package scenario

import (
	"cmp"
	"net/http"
	"strings"
)

// encode puts an answer or a failure into the form of the service's protocol.
func (s *Server) encode(q *query, out any, f *Failure) {
	q.ResponseHeader = http.Header{}
	id := q.requestID()
	q.Status, q.Code = 200, ""
	if f != nil {
		q.Status, q.Code = f.Status, f.Code
	}
	switch {
	case f != nil && f.HTML != "":
		q.ResponseHeader.Set("Content-Type", "text/html")
		q.ResponseBody = []byte(f.HTML)
		return
	case q.service != nil && q.service.xml():
		q.ResponseHeader.Set("Content-Type", "text/xml")
		if q.service.protocol == restXML {
			q.ResponseHeader.Set("X-Amz-Request-Id", id)
		}
		encodeXML(q, out, f, id)
	case q.service != nil && q.service.protocol == awsJSON:
		q.ResponseHeader.Set("Content-Type", "application/x-amz-json-"+cmp.Or(q.service.version, "1.1"))
		if f != nil {
			out = M{"__type": f.Code, messageMember(q, f): f.Message}
		}
		q.ResponseBody = marshal(out)
	default:
		q.ResponseHeader.Set("Content-Type", "application/json")
		if f != nil {
			q.ResponseHeader.Set("X-Amzn-Errortype", f.Code)
			e := M{messageMember(q, f): f.Message}
			if q.Service == "securityhub" && e["Message"] != nil {
				e["Code"] = f.Code
			}
			out = e
		}
		q.ResponseBody = marshal(out)
	}
	q.ResponseHeader.Set("X-Amzn-Requestid", id)
}

// messageMember is the spelling of the message, which differs between services and between modelled and common errors.
func messageMember(q *query, f *Failure) string {
	switch {
	case f.Member != "":
		return f.Member
	case q.service != nil && q.service.message != nil:
		return q.service.message(q, f)
	}
	return "message"
}

// encodeXML wraps what a handler gave, and keeps it as a tree for faults to spoil.
func encodeXML(q *query, out any, f *Failure, id string) {
	ns := " xmlns=\"" + q.service.namespace + "\""
	if q.service.namespace == "" {
		ns = ""
	}
	var root X
	kind := "Sender"
	if f != nil && f.Status >= 500 {
		kind = "Receiver"
	}
	switch v := out.(type) {
	case Raw:
		if f == nil {
			q.ResponseHeader.Set("Content-Type", "application/json")
			q.ResponseBody = []byte(v)
			return
		}
	case Object:
		if f == nil {
			for name, h := range v.Header {
				q.ResponseHeader.Set(name, h)
			}
			q.ResponseBody = v.Body
			return
		}
	case nil:
		out = []X{}
	}
	switch {
	case f != nil && q.service.protocol == ec2Query:
		root = E("Response", E("Errors", E("Error", E("Code", f.Code), E("Message", f.Message))), E("RequestID", id))
	case f != nil && q.service.name == "s3":
		root = E("Error", E("Code", f.Code), E("Message", f.Message), f.More, E("RequestId", id), E("HostId", hexID(40, "host", id)))
	case f != nil:
		root = E("ErrorResponse"+ns, E("Error", E("Type", kind), E("Code", f.Code), E("Message", f.Message), f.More), E("RequestId", id))
	case q.service.protocol == awsQuery:
		root = E(q.Operation+"Response"+ns, E(q.Operation+"Result", out), E("ResponseMetadata", E("RequestId", id)))
	case q.service.protocol == ec2Query:
		root = E(q.Operation+"Response"+ns, E("requestId", id), out)
	default:
		if x, ok := out.(X); ok {
			root = x
			root.Name += ns
			break
		}
		name := q.service.root[q.Operation]
		if name == "" {
			name = q.Operation + "Result"
		}
		root = E(name+ns, out)
	}
	q.tree = &root
	q.renderXML()
}

// renderXML writes the tree as the body.
func (q *query) renderXML() {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
	q.tree.write(&b)
	q.ResponseBody = []byte(b.String())
}

// resultXML is the element that holds the result's members.
func (q *query) resultXML() *X {
	if q.service.protocol == awsQuery {
		return &q.tree.In[0]
	}
	return q.tree
}
