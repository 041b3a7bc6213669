package scenario

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
)

// encode puts an answer or a failure into the form of the service's protocol.
func (s *Server) encode(q *query, out any, f *Failure) {
	q.ResponseHeader = http.Header{}
	id := q.requestID()
	switch {
	case f != nil && f.HTML != "":
		q.Status, q.Code = f.Status, f.Code
		q.ResponseHeader.Set("Content-Type", "text/html")
		q.ResponseBody = []byte(f.HTML)
		return
	case q.Service == "sts":
		s.encodeXML(q, out, f, id)
	case targets[q.Service] != "":
		q.ResponseHeader.Set("Content-Type", "application/x-amz-json-1.1")
		q.Status, q.Code = 200, ""
		if f != nil {
			q.Status, q.Code = f.Status, f.Code
			out = M{"__type": f.Code, messageMember(q, f): f.Message}
		}
		q.ResponseBody = marshal(out)
	default:
		q.ResponseHeader.Set("Content-Type", "application/json")
		q.Status, q.Code = 200, ""
		if f != nil {
			q.Status, q.Code = f.Status, f.Code
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
	if f.Member != "" {
		return f.Member
	}
	switch q.Service {
	case "cloudhsm", "sso", "identitystore":
		return "Message"
	case "securityhub":
		if f.Code != "TooManyRequestsException" && f.Code != "ExpiredTokenException" {
			return "Message"
		}
	case "kms":
		if f.Code == "AccessDeniedException" {
			return "Message"
		}
	}
	return "message"
}

func (s *Server) encodeXML(q *query, out any, f *Failure, id string) {
	q.ResponseHeader.Set("Content-Type", "text/xml")
	const ns = "https://sts.amazonaws.com/doc/2011-06-15/"
	if f != nil {
		q.Status, q.Code = f.Status, f.Code
		kind := "Sender"
		if f.Status >= 500 {
			kind = "Receiver"
		}
		q.ResponseBody = fmt.Appendf(nil, "<ErrorResponse xmlns=%q>\n  <Error>\n    <Type>%s</Type>\n    <Code>%s</Code>\n    <Message>%s</Message>\n  </Error>\n  <RequestId>%s</RequestId>\n</ErrorResponse>\n",
			ns, kind, f.Code, escape(f.Message), id)
		return
	}
	q.Status, q.Code = 200, ""
	q.ResponseBody = fmt.Appendf(nil, "<%[1]sResponse xmlns=%[2]q>\n  <%[1]sResult>\n%[3]s  </%[1]sResult>\n  <ResponseMetadata>\n    <RequestId>%[4]s</RequestId>\n  </ResponseMetadata>\n</%[1]sResponse>\n",
		q.Operation, ns, out, id)
}

func escape(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s))
	return b.String()
}
