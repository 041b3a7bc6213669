package tape

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// redacted stands where a value was taken out.
const redacted = "REDACTED"

// alwaysSecret are member names whose values are never written down, whichever operation answers with them.
var alwaysSecret = []string{"SecretAccessKey", "SessionToken", "PreCoPassword", "ClientSecret", "client_secret", "SecretString", "SecretBinary",
	"accessToken", "refreshToken", "idToken", "PrivateKeyPlaintext", "Plaintext"}

// A Redactor says what is taken out of answers at capture, beside the secrets that always are.
type Redactor struct {
	// Identity takes out the members that operations declare as naming people.
	Identity bool
	// Pointers are the user's own: service:Operation:/Users/*/Title, where * is any list index or member.
	Pointers []Pointer
	// depth is how many strings the JSON stands in.
	depth int
}

// A Pointer is one value of one operation's answer.
type Pointer struct {
	Service, Operation string
	Path               []string
	text               string
}

// ParsePointer reads service:Operation:/JSON/pointer/with/*.
func ParsePointer(s string) (Pointer, error) {
	service, rest, ok1 := strings.Cut(s, ":")
	op, pointer, ok2 := strings.Cut(rest, ":")
	if !ok1 || !ok2 || service == "" || op == "" || !strings.HasPrefix(pointer, "/") {
		return Pointer{}, fmt.Errorf("redact %q is neither a named set (identity) nor service:Operation:/json/pointer", s)
	}
	return Pointer{Service: service, Operation: op, Path: strings.Split(pointer[1:], "/"), text: s}, nil
}

// apply replaces what must not be written down. A body that is not JSON or XML comes back as it was: it holds no members.
func (r Redactor) apply(op evidence.Operation, body []byte) ([]byte, []evidence.Redaction, error) {
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	rules := r.rules(op)
	if len(trimmed) == 0 || !r.concerned(op, rules, body) {
		return body, nil, nil
	}
	switch trimmed[0] {
	case '<':
		out, taken := r.redactXML(op, rules, body)
		return out, taken, nil
	case '{', '[':
		return r.redactJSON(op, rules, body)
	}
	return body, nil, nil
}

// concerned reports whether anything in the body could have to go. Most answers hold no such member, and reading them token by
// token costs more than keeping them. A name may be spelled with escapes, so a body with escapes is always read.
func (r Redactor) concerned(op evidence.Operation, rules map[string]string, body []byte) bool {
	if bytes.Contains(body, []byte(`\u`)) {
		return true
	}
	if named(rules, body) {
		return true
	}
	return slices.ContainsFunc(r.Pointers, func(p Pointer) bool { return p.Service == op.Service && p.Operation == op.Name })
}

// named reports whether a name that has a rule stands in the body.
func named(rules map[string]string, body []byte) bool {
	if len(body) >= searchFrom {
		var words [][]byte
		for name := range rules {
			words = append(words, []byte(name))
		}
		if s := newSearch(words); s != nil {
			return s.in(body)
		}
	}
	for name := range rules {
		if bytes.Contains(body, []byte(name)) {
			return true
		}
	}
	return false
}

// rules maps member names to the rule that takes them out.
func (r Redactor) rules(op evidence.Operation) map[string]string {
	m := map[string]string{}
	if r.Identity {
		for _, n := range op.Identity {
			m[n] = "identity"
		}
	}
	for _, n := range alwaysSecret {
		m[n] = "secret"
	}
	for _, n := range op.Secrets {
		m[n] = "secret"
	}
	for n := range op.Embedded {
		m[n] = "secret"
	}
	return m
}

// A level is an open object or list on the way to a value.
type level struct {
	list  bool
	key   string // the member being read
	index int
	rule  string // set where everything inside goes
	name  bool   // the next string is a member name
}

// redactJSON replaces string and number values in place and leaves every other byte as AWS sent it. JSON that is cut in half is
// redacted as far as it goes and its rest is dropped: what cannot be read cannot be shown to hold no secret.
func (r Redactor) redactJSON(op evidence.Operation, rules map[string]string, body []byte) ([]byte, []evidence.Redaction, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var (
		out   bytes.Buffer
		done  int64 // bytes of body already in out
		taken []evidence.Redaction
		stack []level
	)
	for {
		before := dec.InputOffset()
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) && len(stack) == 0 {
			break
		}
		if err != nil {
			if len(rules) == 0 && len(r.Pointers) == 0 {
				return body, nil, nil
			}
			out.Write(body[done:before])
			return out.Bytes(), append(taken, evidence.Redaction{Pointer: pointerTo(stack), Rule: "unreadable from here"}), nil
		}
		top := len(stack) - 1
		if d, ok := tok.(json.Delim); ok {
			switch d {
			case '{', '[':
				rule := ""
				if top >= 0 {
					rule = r.ruleFor(op, rules, stack)
				}
				stack = append(stack, level{list: d == '[', name: d == '{', rule: rule, index: -1})
				if d == '[' {
					stack[len(stack)-1].index = 0
				}
				continue
			default:
				stack = stack[:top]
			}
			next(stack)
			continue
		}
		if top >= 0 && stack[top].name {
			stack[top].key, _ = tok.(string)
			stack[top].name = false
			continue
		}
		if rule := r.ruleFor(op, rules, stack); rule != "" && !plain(op, rule, tok) {
			value := ""
			switch tok := tok.(type) {
			case string:
				value = strconv.Quote(redacted)
				if keep := op.Embedded[stack[top].key]; len(keep) > 0 && !stack[top].list && r.pointerTo(op, stack) == "" {
					value = r.embedded(op, keep, tok)
				}
			case json.Number:
				value = "null"
			}
			if value != "" {
				start := before + int64(valueStart(body[before:dec.InputOffset()]))
				out.Write(body[done:start])
				out.WriteString(value)
				done = dec.InputOffset()
				taken = append(taken, evidence.Redaction{Pointer: pointerTo(stack), Rule: rule})
			}
		} else if text, ok := tok.(string); ok {
			value, inside, err := r.nested(op, rules, text)
			if err != nil {
				return nil, nil, err
			}
			if len(inside) > 0 {
				start := before + int64(valueStart(body[before:dec.InputOffset()]))
				out.Write(body[done:start])
				out.WriteString(value)
				done = dec.InputOffset()
				for _, x := range inside {
					taken = append(taken, evidence.Redaction{Pointer: pointerTo(stack) + x.Pointer, Rule: x.Rule})
				}
			}
		}
		next(stack)
	}
	if len(taken) == 0 {
		return body, nil, nil
	}
	out.Write(body[done:])
	return out.Bytes(), taken, nil
}

// embedded gives, as a JSON string, what may be written down of JSON that stands in a string: leaves that are text, in their places. What
// cannot be read holds none.
func (r Redactor) embedded(op evidence.Operation, keep []string, text string) string {
	var from map[string]any
	if err := json.Unmarshal([]byte(text), &from); err != nil {
		return strconv.Quote(redacted)
	}
	out := map[string]any{}
	for _, path := range keep {
		steps := strings.Split(path, ".")
		last := steps[len(steps)-1]
		at, to := from, out
		for _, s := range steps[:len(steps)-1] {
			at, _ = at[s].(map[string]any)
		}
		value, ok := at[last].(string)
		if !ok {
			continue
		}
		for _, s := range steps[:len(steps)-1] {
			if to[s] == nil {
				to[s] = map[string]any{}
			}
			to = to[s].(map[string]any)
		}
		if to[last] = value; r.Identity && slices.Contains(op.Identity, last) {
			to[last] = redacted
		}
	}
	inner, err := json.Marshal(out)
	if err != nil {
		return strconv.Quote(redacted)
	}
	outer, err := json.Marshal(string(inner))
	if err != nil {
		return strconv.Quote(redacted)
	}
	return string(outer)
}

// plain reports whether a value names nobody, although its member may.
func plain(op evidence.Operation, rule string, tok json.Token) bool {
	text, ok := tok.(string)
	return ok && rule == "identity" && slices.Contains(op.Plain, text)
}

// next moves the innermost level on after a value.
func next(stack []level) {
	if len(stack) == 0 {
		return
	}
	top := &stack[len(stack)-1]
	if top.list {
		top.index++
	} else {
		top.name = true
	}
}

// valueStart skips the colon, comma and blanks that the decoder counts before a value.
func valueStart(b []byte) int {
	i := 0
	for i < len(b) && strings.IndexByte(" \t\r\n:,", b[i]) >= 0 {
		i++
	}
	return i
}

func (r Redactor) ruleFor(op evidence.Operation, rules map[string]string, stack []level) string {
	if len(stack) == 0 {
		return ""
	}
	top := stack[len(stack)-1]
	if top.rule != "" {
		return top.rule
	}
	if !top.list {
		if rule := rules[top.key]; rule != "" {
			return rule
		}
	}
	return r.pointerTo(op, stack)
}

// pointerTo gives the user's own pointer to the value, empty where there is none.
func (r Redactor) pointerTo(op evidence.Operation, stack []level) string {
	for _, p := range r.Pointers {
		if p.Service == op.Service && p.Operation == op.Name && p.matches(stack) {
			return p.text
		}
	}
	return ""
}

func (p Pointer) matches(stack []level) bool {
	if len(p.Path) != len(stack) {
		return false
	}
	for i, l := range stack {
		if p.Path[i] != "*" && p.Path[i] != l.step() {
			return false
		}
	}
	return true
}

func (l level) step() string {
	if l.list {
		return strconv.Itoa(l.index)
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(l.key)
}

func pointerTo(stack []level) string {
	var b strings.Builder
	for _, l := range stack {
		b.WriteByte('/')
		b.WriteString(l.step())
	}
	return b.String()
}
