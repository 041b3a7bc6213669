package models

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// A validator collects what is wrong with one call.
type validator struct {
	api   *api
	at    []string
	asked bool
	errs  []error
}

func (v *validator) push(s string) { v.at = append(v.at, s) }
func (v *validator) pop()          { v.at = v.at[:len(v.at)-1] }

func (v *validator) fail(format string, args ...any) {
	v.errs = append(v.errs, fmt.Errorf("%s: %s", strings.Join(v.at, "."), fmt.Sprintf(format, args...)))
}

// value checks a JSON value against a shape.
func (v *validator) value(r *ref, x any) {
	s := v.api.Shapes[r.Shape]
	switch s.Type {
	case "structure":
		m, ok := x.(map[string]any)
		if !ok {
			v.fail("%s is not an object", kind(x))
			return
		}
		for _, name := range s.Required {
			if bound := s.Members[name]; bound.Location == "" && m[wireName(name, bound)] == nil && !tolerated(v.api.service, r.Shape, "required") {
				v.fail("required member %q is missing", wireName(name, bound))
			}
		}
		wire := map[string]*ref{}
		for name, mr := range s.Members {
			if mr.Location == "" {
				wire[wireName(name, mr)] = mr
			}
		}
		for _, name := range slices.Sorted(maps.Keys(m)) {
			v.push(name)
			if mr := wire[name]; mr == nil {
				v.fail("%s has no such member", r.Shape)
			} else {
				v.value(mr, m[name])
			}
			v.pop()
		}
	case "list":
		l, ok := x.([]any)
		if !ok {
			v.fail("%s is not a list", kind(x))
			return
		}
		v.size(r, s, float64(len(l)), "elements")
		for i, e := range l {
			v.push(strconv.Itoa(i))
			v.value(s.Member, e)
			v.pop()
		}
	case "map":
		m, ok := x.(map[string]any)
		if !ok {
			v.fail("%s is not a map", kind(x))
			return
		}
		for _, k := range slices.Sorted(maps.Keys(m)) {
			v.push(k)
			v.text(s.Key, k)
			v.value(s.Value, m[k])
			v.pop()
		}
	case "string":
		t, ok := x.(string)
		if !ok {
			v.fail("%s is not a string", kind(x))
			return
		}
		v.text(r, t)
	case "boolean":
		if _, ok := x.(bool); !ok {
			v.fail("%s is not a boolean", kind(x))
		}
	case "integer", "long", "float", "double":
		n, ok := x.(json.Number)
		if !ok {
			v.fail("%s is not a number", kind(x))
			return
		}
		v.number(r, n.String())
	case "timestamp":
		v.timestamp(r, s, x)
	case "blob":
		if _, ok := x.(string); !ok {
			v.fail("%s is not a blob", kind(x))
		}
	default:
		v.fail("shape %s has type %q, which is not checked", r.Shape, s.Type)
	}
}

func wireName(name string, r *ref) string {
	if r.LocationName != "" {
		return r.LocationName
	}
	return name
}

func kind(x any) string {
	if x == nil {
		return "null"
	}
	return fmt.Sprintf("%.60v (%T)", x, x)
}

// scalar checks a value that is written as text: in a query, a form or an XML element.
func (v *validator) scalar(r *ref, t string) {
	switch s := v.api.Shapes[r.Shape]; s.Type {
	case "string":
		v.text(r, t)
	case "integer", "long", "float", "double":
		v.number(r, t)
	case "boolean":
		if t != "true" && t != "false" {
			v.fail("%q is not a boolean", t)
		}
	case "timestamp":
		if _, err := time.Parse(time.RFC3339, t); err != nil {
			v.fail("%q is not an ISO 8601 time", t)
		}
	}
}

func (v *validator) number(r *ref, t string) {
	s := v.api.Shapes[r.Shape]
	n, err := strconv.ParseFloat(t, 64)
	if err != nil {
		v.fail("%q is not a number", t)
		return
	}
	if (s.Type == "integer" || s.Type == "long") && n != float64(int64(n)) {
		v.fail("%s is not a whole number", t)
	}
	v.size(r, s, n, "")
}

// size checks a range or a length.
func (v *validator) size(r *ref, s *shape, n float64, unit string) {
	if s.Min != nil && n < *s.Min && !(!v.asked && (s.Type == "list" || tolerated(v.api.service, r.Shape, "min"))) {
		v.fail("%v %s are fewer than %v", n, unit, *s.Min)
	}
	if s.Max != nil && n > *s.Max && !tolerated(v.api.service, r.Shape, "max") {
		v.fail("%v %s are more than %v", n, unit, *s.Max)
	}
}

func (v *validator) text(r *ref, t string) {
	s := v.api.Shapes[r.Shape]
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, t) {
		v.fail("%q is no value of %s", t, r.Shape)
	}
	v.size(r, s, float64(utf8.RuneCountInString(t)), "characters")
	if s.Pattern != "" && !tolerated(v.api.service, r.Shape, "pattern") {
		re, err := pattern(s.Pattern)
		switch {
		case err != nil:
			v.fail("the pattern of %s cannot be read: %v; list it in additions.go", r.Shape, err)
		case !re.MatchString(t):
			v.fail("%q does not match %s", t, s.Pattern)
		}
	}
}

func (v *validator) timestamp(r *ref, s *shape, x any) {
	format := s.Format
	if r.Format != "" {
		format = r.Format
	}
	if format == "iso8601" {
		t, _ := x.(string)
		if _, err := time.Parse(time.RFC3339, t); err != nil {
			v.fail("%s is not an ISO 8601 time", kind(x))
		}
		return
	}
	n, ok := x.(json.Number)
	if !ok {
		v.fail("%s is not a time in seconds", kind(x))
		return
	}
	// Between 2000 and 2100: milliseconds and text would fall outside.
	if f, err := n.Float64(); err != nil || f < 946684800 || f > 4102444800 {
		v.fail("%s is not a time in seconds", n)
	}
}

var (
	patterns  sync.Map
	codePoint = regexp.MustCompile(`\\u([0-9A-Fa-f]{4})`)
)

// pattern compiles a pattern as AWS uses it: it must match the whole value.
func pattern(p string) (*regexp.Regexp, error) {
	if re, ok := patterns.Load(p); ok {
		return re.(*regexp.Regexp), nil
	}
	re, err := regexp.Compile(`(?s)^(?:` + codePoint.ReplaceAllString(p, `\x{$1}`) + `)$`)
	if err == nil {
		patterns.Store(p, re)
	}
	return re, err
}
