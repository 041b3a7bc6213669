package auditmanager

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// The files as AWS writes them. Members that are not named here are of no use.
type (
	framework struct {
		ARN         string       `json:"arn"`
		ID          string       `json:"id"`
		Name        string       `json:"name"`
		Description string       `json:"description"`
		Compliance  string       `json:"complianceType"`
		ControlSets []controlSet `json:"controlSets"`
	}
	controlSet struct {
		Name     string     `json:"name"`
		Controls []*control `json:"controls"`
	}
	control struct {
		ID          string   `json:"id"`
		Name        string   `json:"name"`
		Description string   `json:"description"`
		Testing     string   `json:"testingInformation"`
		Sources     []source `json:"controlMappingSources"`
	}
	source struct {
		Name        string  `json:"sourceName"`
		Description string  `json:"sourceDescription"`
		Type        string  `json:"sourceType"`
		Keyword     keyword `json:"sourceKeyword"`
	}
	keyword struct {
		Input string `json:"keywordInputType"`
		Value string `json:"keywordValue"`
	}
)

const (
	// MaxBytes is the longest file that is read. A framework with a thousand controls has some megabytes.
	MaxBytes = 32 << 20
	maxDepth = 32
	// maxControls is how many controls are read. AWS's largest standard frameworks have some hundreds.
	maxControls = 5000
)

// An Error is a fault in a file.
type Error struct {
	File string
	// Offset counts the bytes before the fault; -1 where it has no place.
	Offset int64
	What   string
}

func (e *Error) Error() string {
	if e.Offset < 0 {
		return e.File + ": " + e.What
	}
	return fmt.Sprintf("%s: byte %d: %s", e.File, e.Offset, e.What)
}

// decode reads a file's one JSON object into what into points to. Members are found whether spelled as the AWS CLI or as an SDK does.
func decode(f File, into any) error {
	data := bytes.TrimPrefix(f.Data, []byte("\ufeff"))
	skipped := int64(len(f.Data) - len(data))
	fault := func(at int64, format string, args ...any) error {
		return &Error{f.Name, at + skipped, fmt.Sprintf(format, args...)}
	}
	switch {
	case len(data) > MaxBytes:
		return &Error{f.Name, -1, fmt.Sprintf("%d bytes long, and %d is the most that is read", len(data), MaxBytes)}
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return fault(0, "the file is UTF-16, as PowerShell writes it; save it as UTF-8")
	case len(bytes.TrimSpace(data)) == 0:
		return &Error{f.Name, -1, "the file is empty"}
	}
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n <= 1 {
			return fault(int64(i), "the byte 0x%02x is not UTF-8", data[i])
		}
		i += n
	}
	if at, why := form(data); why != "" {
		return fault(at, "%s", why)
	}
	if err := json.Unmarshal(data, into); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) {
			return fault(kind.Offset, "%s is %s where AWS writes %s", kind.Field, article(kind.Value), article(kind.Type.Kind().String()))
		}
		return fault(0, "%s", err)
	}
	return nil
}

func article(kind string) string {
	switch kind {
	case "slice", "array":
		return "a list"
	case "struct", "object", "ptr":
		return "an object"
	case "bool":
		return "true or false"
	}
	if n, _, ok := strings.Cut(kind, " "); ok {
		kind = n
	}
	return "a " + kind
}

// form looks whether data is one JSON object that says nothing twice, and gives the place and the reason where it is not. A member that
// stands there twice would silently replace the first one, with all controls in it.
func form(data []byte) (at int64, why string) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	type level struct {
		members map[string]bool // nil for a list
		name    bool            // a member's name is next
		key     string          // the member being read
		exact   bool            // names are the customer's own, and differ by case
	}
	var stack []level
	for first := true; ; first = false {
		before := dec.InputOffset()
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) && len(stack) == 0 {
			return 0, ""
		}
		if err != nil {
			var syntax *json.SyntaxError
			if errors.As(err, &syntax) {
				return syntax.Offset, "not JSON: " + strings.TrimPrefix(syntax.Error(), "json: ")
			}
			return int64(len(data)), "not JSON: the file ends in the middle"
		}
		if !first && len(stack) == 0 {
			return before, "something stands behind the JSON object"
		}
		top := len(stack) - 1
		switch d, _ := tok.(json.Delim); d {
		case '{', '[':
			if first && d == '[' {
				return before, "a list where an object is meant"
			}
			if len(stack) >= maxDepth {
				return before, fmt.Sprintf("nested deeper than %d", maxDepth)
			}
			l := level{}
			if d == '{' {
				l = level{members: map[string]bool{}, name: true, exact: top >= 0 && stack[top].key == "tags"}
			}
			stack = append(stack, l)
			continue
		case '}', ']':
			stack = stack[:top]
		default:
			if top < 0 {
				return before, "a single value where an object is meant"
			}
			if stack[top].name {
				name := tok.(string)
				if !stack[top].exact {
					name = strings.ToLower(name)
				}
				if stack[top].members[name] {
					return before, fmt.Sprintf("the member %q stands there twice", name)
				}
				stack[top].members[name], stack[top].name, stack[top].key = true, false, name
				continue
			}
		}
		if top = len(stack) - 1; top >= 0 {
			stack[top].name = stack[top].members != nil
		}
	}
}

// readFramework reads get-assessment-framework's output, or the framework in it alone.
func readFramework(f File) (*framework, error) {
	var file struct {
		Framework *framework `json:"framework"`
		framework
		Listed []struct{} `json:"frameworkMetadataList"`
	}
	if err := decode(f, &file); err != nil {
		return nil, err
	}
	fw := file.Framework
	if fw == nil {
		fw = &file.framework
	}
	n := 0
	for i, s := range fw.ControlSets {
		if s.Controls == nil && len(fw.ControlSets) > 1 {
			return nil, &Error{f.Name, -1, fmt.Sprintf("control set %d, %q, comes without its controls, which would be left out; export the framework again", i+1, clean(s.Name))}
		}
		n += len(s.Controls)
		for _, c := range s.Controls {
			if c == nil {
				return nil, &Error{f.Name, -1, "a control set has a null where a control is meant"}
			}
		}
	}
	switch {
	case file.Listed != nil:
		return nil, &Error{f.Name, -1, "this is a list of frameworks, without their controls; give the output of aws auditmanager get-assessment-framework --framework-id ID"}
	case len(fw.ControlSets) == 0:
		return nil, &Error{f.Name, -1, "there is no framework with control sets in it; give the output of aws auditmanager get-assessment-framework --framework-id ID"}
	case n == 0:
		return nil, &Error{f.Name, -1, "the framework's control sets hold no controls"}
	case n > maxControls:
		return nil, &Error{f.Name, -1, fmt.Sprintf("the framework has %d controls, and %d are the most that are read", n, maxControls)}
	}
	return fw, nil
}

// join gives the controls of a framework what is said of them in files of their own.
func (t *translation) join(fw *framework, files []File) error {
	byID, from := map[string]*control{}, map[string]string{}
	for _, f := range files {
		var file struct {
			Control *control `json:"control"`
			control
		}
		if err := decode(f, &file); err != nil {
			return err
		}
		c := file.Control
		if c == nil {
			c = &file.control
		}
		switch {
		case c.ID == "":
			return &Error{f.Name, -1, "there is no control with an id in it; give the output of aws auditmanager get-control --control-id ID"}
		case byID[c.ID] != nil:
			return &Error{f.Name, -1, fmt.Sprintf("the control %q stands in %s too; keep one", clean(c.ID), from[c.ID])}
		}
		byID[c.ID], from[c.ID] = c, f.Name
	}
	met := map[string]bool{}
	for _, s := range fw.ControlSets {
		for _, c := range s.Controls {
			more := byID[c.ID]
			if more == nil {
				continue
			}
			met[c.ID] = true
			if len(c.Sources) == 0 {
				c.Sources = more.Sources
			}
			for _, text := range []struct{ of, with *string }{{&c.Name, &more.Name}, {&c.Description, &more.Description}, {&c.Testing, &more.Testing}} {
				if *text.of == "" {
					*text.of = *text.with
				}
			}
		}
	}
	for _, f := range files {
		for id, name := range from {
			if name == f.Name && !met[id] {
				t.note("%s: the control %q is not part of the framework", f.Name, clean(id))
			}
		}
	}
	return nil
}

// Bare lists the ids of the controls of a framework that come without their sources: those that get-control must be asked for.
func Bare(f File) ([]string, error) {
	fw, err := readFramework(f)
	if err != nil {
		return nil, err
	}
	var out []string
	seen := map[string]bool{}
	for _, s := range fw.ControlSets {
		for _, c := range s.Controls {
			if len(c.Sources) == 0 && c.ID != "" && !seen[c.ID] {
				seen[c.ID] = true
				out = append(out, c.ID)
			}
		}
	}
	return out, nil
}
