package tape

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// alsoPeople are members that name people without being taken out at capture, because tests are about them: by service, IAM's users, and the
// sessions that asked and changed.
var alsoPeople = map[string][]string{
	"cloudtrail": {"Username", "userName", "arn", "email"},
	"config":     {"userName", "UserName"},
	"iam":        {"UserName"},
	"sts":        {"Arn"},
}

// People lists, sorted and each once, the values on a tape that name people: those of the members that operations declare as Identity and of
// alsoPeople, at any depth, in JSON inside strings too. Of the ARN of a user or of an assumed role's session the last part is listed
// as well. What was taken out at capture is not there to be listed. An answer that cannot be read is searched as far as it can.
func People(files fs.FS, ops []evidence.Operation) ([]string, error) {
	type key struct{ service, name string }
	declared := map[key]evidence.Operation{}
	services := map[string]bool{}
	for _, op := range ops {
		k := key{op.Service, op.Name}
		if old, ok := declared[k]; ok { // two collectors may ask the same
			op.Identity = append(slices.Clone(old.Identity), op.Identity...)
			op.Plain = append(slices.Clone(old.Plain), op.Plain...)
		}
		declared[k] = op
		services[op.Service] = services[op.Service] || len(op.Identity)+len(alsoPeople[op.Service]) > 0
	}
	found := map[string]bool{}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		service, ok := strings.CutSuffix(d.Name(), ".jsonl")
		if !ok || !services[service] {
			return nil
		}
		return readLines(files, name, func(l rawLine) error {
			var ex evidence.Exchange
			if err := json.Unmarshal(l.raw, &ex); err != nil {
				return fmt.Errorf("%s:%d: %w", l.file, l.number, err)
			}
			op := declared[key{ex.Service, ex.Operation}]
			p := people{names: map[string]bool{}, plain: op.Plain, found: found}
			for _, n := range append(slices.Clone(op.Identity), alsoPeople[ex.Service]...) {
				p.names[n] = true
			}
			if len(p.names) == 0 {
				return nil
			}
			body := []byte(ex.Body)
			if ex.Encoding == "base64" {
				raw, err := base64.StdEncoding.DecodeString(ex.Body)
				if err != nil {
					return fmt.Errorf("%s:%d: %w", l.file, l.number, err)
				}
				body = raw
			}
			p.text(body, 0)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("tape: %w", err)
	}
	out := make([]string, 0, len(found))
	for v := range found {
		out = append(out, v)
	}
	slices.Sort(out)
	return out, nil
}

// people searches one answer.
type people struct {
	names map[string]bool
	plain []string
	found map[string]bool
}

func (p people) take(value string) {
	// The root user is nobody's name, and "root" a word that stands everywhere.
	if value == redacted || value == "root" || strings.TrimSpace(value) == "" || slices.Contains(p.plain, value) {
		return
	}
	p.found[value] = true
	if !strings.HasPrefix(value, "arn:") {
		return
	}
	if i := strings.LastIndexByte(value, '/'); i >= 0 && i+1 < len(value) && (strings.Contains(value, ":user/") || strings.Contains(value, ":assumed-role/")) {
		p.found[value[i+1:]] = true
	}
}

// text searches JSON or XML.
func (p people) text(body []byte, depth int) {
	body = bytes.TrimLeft(body, " \t\r\n")
	if len(body) == 0 || depth > nestedDepth || !slices.ContainsFunc(p.list(), func(n string) bool { return bytes.Contains(body, []byte(n)) }) {
		return
	}
	switch body[0] {
	case '{', '[', '"':
		p.json(body, depth)
	case '<':
		p.xml(body)
	}
}

func (p people) list() []string {
	out := make([]string, 0, len(p.names))
	for n := range p.names {
		out = append(out, n)
	}
	return out
}

func (p people) json(body []byte, depth int) {
	dec := json.NewDecoder(bytes.NewReader(body))
	var stack []personLevel
	for {
		tok, err := dec.Token()
		if err != nil { // the end, or what cannot be read
			return
		}
		top := len(stack) - 1
		switch tok := tok.(type) {
		case json.Delim:
			switch tok {
			case '{', '[':
				stack = append(stack, personLevel{list: tok == '[', name: tok == '{', inside: top >= 0 && (stack[top].inside || p.names[stack[top].key])})
				continue
			}
			stack = stack[:top]
		case string:
			if top >= 0 && stack[top].name {
				stack[top].key, stack[top].name = tok, false
				continue
			}
			if top >= 0 && (stack[top].inside || !stack[top].list && p.names[stack[top].key]) {
				p.take(tok)
			} else {
				p.text([]byte(tok), depth+1)
			}
		}
		if n := len(stack) - 1; n >= 0 && !stack[n].list {
			stack[n].name = true
		}
	}
}

// A personLevel is an open object or list. Inside says that all of it belongs to a member that names people.
type personLevel struct {
	list, name, inside bool
	key                string
}

func (p people) xml(body []byte) {
	dec := xml.NewDecoder(bytes.NewReader(body))
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	var stack []bool
	for {
		tok, err := dec.RawToken()
		if err != nil { // the end, or what cannot be read
			return
		}
		top := len(stack) - 1
		switch tok := tok.(type) {
		case xml.StartElement:
			stack = append(stack, top >= 0 && stack[top] || p.names[tok.Name.Local])
		case xml.EndElement:
			if top < 0 {
				return
			}
			stack = stack[:top]
		case xml.CharData:
			if top >= 0 && stack[top] {
				p.take(strings.TrimSpace(string(tok)))
			}
		}
	}
}
