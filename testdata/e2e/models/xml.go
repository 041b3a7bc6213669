package models

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/auditseal/auditseal/testdata/scenario"
)

// samePath compares a path with the model's: what stands in braces there may be anything.
func samePath(uri, path string) bool {
	uri, _, _ = strings.Cut(uri, "?")
	want, got := strings.Split(strings.Trim(uri, "/"), "/"), strings.Split(strings.Trim(path, "/"), "/")
	for i, w := range want {
		switch {
		case i >= len(got):
			return false
		case strings.HasSuffix(w, "+}"):
			return true
		case strings.HasPrefix(w, "{"):
			// An ARN in a path carries slashes when it is not escaped: the rest belongs to it.
			if i == len(want)-1 {
				return got[i] != ""
			}
		case w != got[i]:
			return false
		}
	}
	return len(want) == len(got)
}

// literals are the query keys that belong to the operation itself: "?policy".
func literals(uri string) []string {
	_, query, _ := strings.Cut(uri, "?")
	values, _ := url.ParseQuery(query)
	var out []string
	for k := range values {
		out = append(out, k)
	}
	return out
}

// formName is how a member is called in a form.
func formName(protocol, name string, m *ref) string {
	switch {
	case m.QueryName != "":
		return m.QueryName
	case m.LocationName == "":
		return name
	case protocol == "ec2":
		return strings.ToUpper(m.LocationName[:1]) + m.LocationName[1:]
	}
	return m.LocationName
}

// payload is the member that is the whole body, nil where the body holds the members.
func (v *validator) payload(r *ref) *ref {
	if r == nil || v.api.Shapes[r.Shape] == nil {
		return nil
	}
	s := v.api.Shapes[r.Shape]
	if s.Payload == "" {
		return nil
	}
	return s.Members[s.Payload]
}

func (v *validator) answerXML(op *operation, output *ref, call *scenario.Call) {
	root, err := parseXML(call.ResponseBody)
	if err != nil {
		v.fail("the body is not XML: %v", err)
		return
	}
	switch v.api.Metadata.Protocol {
	case "query":
		if root.name != call.Operation+"Response" || len(root.children) == 0 || op.Output != nil && root.children[0].name != op.Output.Wrapper {
			v.fail("the elements are not %sResponse and its result", call.Operation)
			return
		}
		root = root.children[0]
	case "ec2":
		if root.name != call.Operation+"Response" || root.find("requestId") == "" {
			v.fail("the root is not %sResponse with a requestId", call.Operation)
			return
		}
		root.children = slices.DeleteFunc(root.children, func(e *element) bool { return e.name == "requestId" })
	}
	if output != nil {
		v.element(output, root)
	}
}

func (v *validator) failureXML(call *scenario.Call) {
	root, err := parseXML(call.ResponseBody)
	switch {
	case err != nil:
		v.fail("the body is not XML: %v", err)
	case v.api.Metadata.Protocol == "ec2":
		if root.name != "Response" || root.find("Errors", "Error", "Code") != call.Code || root.find("RequestID") == "" {
			v.fail("the body is not a Response with Errors, code %s and a RequestID", call.Code)
		}
	case v.api.service == "s3":
		if root.name != "Error" || root.find("Code") != call.Code || root.find("RequestId") == "" {
			v.fail("the body is not an Error with code %s and a RequestId", call.Code)
		}
	case root.name != "ErrorResponse" || root.find("Error", "Code") != call.Code || root.find("RequestId") == "":
		v.fail("the body is not an ErrorResponse with code %s and a RequestId", call.Code)
	}
}

// An element is a node of an XML answer.
type element struct {
	name     string
	text     string
	children []*element
}

func (e *element) find(path ...string) string {
	if len(path) == 0 {
		return strings.TrimSpace(e.text)
	}
	for _, c := range e.children {
		if c.name == path[0] {
			return c.find(path[1:]...)
		}
	}
	return ""
}

func parseXML(b []byte) (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(b))
	root := &element{}
	stack := []*element{root}
	for {
		t, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		top := stack[len(stack)-1]
		switch t := t.(type) {
		case xml.StartElement:
			e := &element{name: t.Name.Local}
			top.children = append(top.children, e)
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text += string(t)
		}
	}
	if len(root.children) != 1 {
		return nil, errors.New("not one root element")
	}
	return root.children[0], nil
}

// element checks an element against a shape.
func (v *validator) element(r *ref, e *element) {
	s := v.api.Shapes[r.Shape]
	switch s.Type {
	case "structure":
		v.structureXML(s, e)
	case "list":
		v.size(r, s, float64(len(e.children)), "elements")
		want := s.Member.LocationName
		if want == "" {
			want = "member"
		}
		for _, c := range e.children {
			if c.name != want {
				v.fail("%q stands in a list of %q", c.name, want)
				continue
			}
			v.element(s.Member, c)
		}
	case "map":
		v.mapXML(s, e.children)
	default:
		v.scalar(r, strings.TrimSpace(e.text))
	}
}

func (v *validator) structureXML(s *shape, e *element) {
	wire := map[string]*ref{}
	for name, m := range s.Members {
		if m.Location != "" && m.Location != "statusCode" || m.Attribute {
			continue
		}
		flat := m.Flattened || v.api.Shapes[m.Shape].Flat
		n := wireName(name, m)
		if inner := v.api.Shapes[m.Shape]; flat && inner.Type == "list" && inner.Member.LocationName != "" && m.LocationName == "" {
			n = inner.Member.LocationName
		}
		wire[n] = m
		if slices.Contains(s.Required, name) && !slices.ContainsFunc(e.children, func(c *element) bool { return c.name == n }) && !(flat && v.api.Shapes[m.Shape].Type == "list") {
			v.fail("required element %q is missing", n)
		}
	}
	seen := map[string]bool{}
	for _, c := range e.children {
		m := wire[c.name]
		if m == nil {
			v.fail("unknown element %q", c.name)
			continue
		}
		v.push(c.name)
		inner := v.api.Shapes[m.Shape]
		switch {
		case (m.Flattened || inner.Flat) && inner.Type == "list":
			v.element(inner.Member, c)
		case (m.Flattened || inner.Flat) && inner.Type == "map":
			v.entryXML(inner, c)
		default:
			if seen[c.name] {
				v.fail("element %q occurs twice", c.name)
			}
			seen[c.name] = true
			v.element(m, c)
		}
		v.pop()
	}
}

func (v *validator) mapXML(s *shape, entries []*element) {
	for _, c := range entries {
		if c.name != "entry" {
			v.fail("%q stands in a map", c.name)
			continue
		}
		v.entryXML(s, c)
	}
}

func (v *validator) entryXML(s *shape, c *element) {
	key, value := wireName("key", s.Key), wireName("value", s.Value)
	for _, x := range c.children {
		switch x.name {
		case key:
			v.text(s.Key, x.text)
		case value:
			v.element(s.Value, x)
		default:
			v.fail("%q stands in a map's entry", x.name)
		}
	}
}
