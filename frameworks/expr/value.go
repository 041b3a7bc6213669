package expr

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A step of a path is a field, a key of a map or an index of a list.
type step struct {
	name  string
	index int
	key   bool // in brackets
	list  bool // by index
}

type path []step

func (p path) String() string {
	var b strings.Builder
	for i, s := range p {
		switch {
		case s.list:
			fmt.Fprintf(&b, "[%d]", s.index)
		case s.key:
			fmt.Fprintf(&b, "[%s]", strconv.Quote(s.name))
		default:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.name)
		}
	}
	return b.String()
}

// maximal drops repeated paths and those that another one goes on from, and keeps the order in which they are read.
func maximal(paths []path) []path {
	var out []path
	for i, p := range paths {
		longer := func(q path) bool { return len(q) > len(p) && slices.Equal(q[:len(p)], p) }
		same := func(q path) bool { return slices.Equal(q, p) }
		if !slices.ContainsFunc(paths, longer) && !slices.ContainsFunc(paths[:i], same) {
			out = append(out, p)
		}
	}
	return out
}

// A Value is a field that an expression reads, with its value in a record as text.
type Value struct{ Field, Text string }

// Fields lists the fields that the expression reads, in JSON spelling, in the order in which it reads them.
func (p *Program) Fields() []string {
	var out []string
	for _, path := range p.paths {
		out = append(out, path.String())
	}
	return out
}

// Values gives the fields that the expression reads with their values in a subject: what an auditor compares. Text is as
// it is; numbers are decimal, times RFC 3339 in UTC, lists and maps JSON. "(absent)", "(unknown: CODE)" and "(empty)" stand
// for the three ways of there being no value, "(present)" for a structure.
func (p *Program) Values(s *Subject) []Value {
	var out []Value
	for _, path := range p.paths {
		out = append(out, Value{path.String(), p.text(path, s)})
	}
	return out
}

func (p *Program) text(path path, s *Subject) string {
	for _, u := range s.unknown {
		names := make([]any, 0, len(path))
		for _, st := range path {
			if st.list {
				break
			}
			names = append(names, st.name)
		}
		if overlap(u.path, names) {
			return "(unknown: " + u.Code + ")"
		}
	}
	v, ok := path.find(p.cage.root, s.rec)
	if !ok {
		return "(absent)"
	}
	return render(v)
}

// find follows the path from a record. It reports false where a field is absent, a key is not there, or a list too short.
func (p path) find(root *shape, rec evidence.Record) (reflect.Value, bool) {
	s, v := root, reflect.ValueOf(rec).Elem()
	var m *member
	for _, st := range p {
		switch {
		case st.list:
			if v.Kind() != reflect.Slice || st.index < 0 || st.index >= v.Len() {
				return v, false
			}
			v = v.Index(st.index)
			if m != nil {
				s = m.elem
			}
		case v.Kind() == reflect.Map:
			if v = v.MapIndex(reflect.ValueOf(st.name).Convert(v.Type().Key())); !v.IsValid() {
				return v, false
			}
			if m != nil {
				s = m.elem
			}
		default:
			if s == nil {
				return v, false
			}
			if m = s.member(st.name); m == nil {
				return v, false
			}
			var ok bool
			if v, ok = m.present(v.FieldByIndex(m.index)); !ok {
				return v, false
			}
			s = m.sub
		}
	}
	return v, true
}

// absentIn reports the shortest beginning of the path that ends in the field and is absent in the record.
func (p path) absentIn(root *shape, rec evidence.Record, field string) (string, bool) {
	for i, st := range p {
		if st.key || st.name != field {
			continue
		}
		if _, ok := p[:i].find(root, rec); !ok && i > 0 {
			return "", false
		}
		if _, ok := p[:i+1].find(root, rec); !ok {
			return p[:i+1].String(), true
		}
	}
	return "", false
}

// maxText is how many characters of one value are shown. A cell of a workbook holds 32,767.
const maxText = 2000

func render(v reflect.Value) string {
	var s string
	switch {
	case v.Type() == timeType:
		s = v.Interface().(time.Time).UTC().Format(time.RFC3339)
	case v.Type() == durationType:
		s = time.Duration(v.Int()).String()
	case v.Kind() == reflect.String:
		if s = v.String(); s == "" {
			return "(empty)"
		}
	case v.Kind() == reflect.Struct:
		return "(present)"
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Map:
		if v.Len() == 0 {
			return "(empty)"
		}
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(v.Interface()); err != nil {
			return "(not shown: " + err.Error() + ")"
		}
		s = strings.TrimSuffix(b.String(), "\n")
	default:
		s = fmt.Sprint(v.Interface())
	}
	if r := []rune(s); len(r) > maxText {
		return fmt.Sprintf("%s… (%d characters more)", string(r[:maxText]), len(r)-maxText)
	}
	return s
}
