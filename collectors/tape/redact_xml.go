package tape

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// An element is an open XML element on the way to a text.
type element struct {
	name     string
	index    int // among its parent's elements
	children int
	rule     string // set where everything inside goes
}

// redactXML replaces texts in place and leaves every other byte as AWS sent it. XML that is cut in half is redacted as far as it goes
// and its rest is dropped: what cannot be read cannot be shown to hold no secret.
func (r Redactor) redactXML(op evidence.Operation, rules map[string]string, body []byte) ([]byte, []evidence.Redaction) {
	dec := xml.NewDecoder(bytes.NewReader(body))
	// The texts are replaced as bytes, so it does not matter what they are encoded in.
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	var (
		out   bytes.Buffer
		done  int64 // bytes of body already in out
		taken []evidence.Redaction
		stack []element
	)
	for {
		before := dec.InputOffset()
		tok, err := dec.RawToken()
		if errors.Is(err, io.EOF) && len(stack) == 0 {
			break
		}
		top := len(stack) - 1
		if end, ok := tok.(xml.EndElement); err != nil || ok && (top < 0 || stack[top].name != end.Name.Local) {
			out.Write(body[done:before])
			return out.Bytes(), append(taken, evidence.Redaction{Pointer: elementPath(stack), Rule: "unreadable from here"})
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			e := element{name: tok.Name.Local}
			if top >= 0 {
				e.index, e.rule = stack[top].children, stack[top].rule
				stack[top].children++
			}
			stack = append(stack, e)
			if e.rule == "" {
				stack[top+1].rule = r.elementRule(op, rules, stack)
			}
		case xml.EndElement:
			stack = stack[:top]
		case xml.CharData:
			if top < 0 || stack[top].rule == "" || len(bytes.TrimSpace(tok)) == 0 || plain(op, stack[top].rule, string(tok)) {
				continue
			}
			out.Write(body[done:before])
			out.WriteString(redacted)
			done = dec.InputOffset()
			taken = append(taken, evidence.Redaction{Pointer: elementPath(stack), Rule: stack[top].rule})
		}
	}
	if len(taken) == 0 {
		return body, nil
	}
	out.Write(body[done:])
	return out.Bytes(), taken
}

func (r Redactor) elementRule(op evidence.Operation, rules map[string]string, stack []element) string {
	if rule := rules[stack[len(stack)-1].name]; rule != "" {
		return rule
	}
	// A user's pointer begins at the members of the answer: below the root, and below the element for the result that some have in it.
	members := stack[1:]
	if len(members) > 0 && members[0].name == op.Name+"Result" {
		members = members[1:]
	}
	for _, p := range r.Pointers {
		if p.Service == op.Service && p.Operation == op.Name && len(members) > 0 && p.matchesElement(members) {
			return p.text
		}
	}
	return ""
}

// matchesElement reports whether the path leads to the element. An element of a list may be named by its place.
func (p Pointer) matchesElement(members []element) bool {
	if len(p.Path) != len(members) {
		return false
	}
	for i, e := range members {
		if p.Path[i] != "*" && p.Path[i] != e.name && p.Path[i] != strconv.Itoa(e.index) {
			return false
		}
	}
	return true
}

func elementPath(stack []element) string {
	var b strings.Builder
	for _, e := range stack {
		b.WriteString("/" + e.name)
	}
	return b.String()
}
