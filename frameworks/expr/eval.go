package expr

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// An Answer is what an expression says of a record. The zero Answer is Undecided.
type Answer int

const (
	// Undecided: evidence that decides is missing, or the expression could not be evaluated on this record.
	Undecided Answer = iota
	True
	False
)

// A Verdict is an answer and, where it is Undecided, what it hangs on.
type Verdict struct {
	Answer Answer
	// Unknown are the record's unknown fields that would have to be known. Empty where a Fault is the cause.
	Unknown []evidence.Unknown
	// Fault says why the expression could not be evaluated on this record. Empty where unknown fields are the cause.
	Fault string
}

// A Moment is the time that expressions are evaluated at.
type Moment struct{ AsOf, From, To time.Time }

// A Subject is a record made ready for evaluation, by several programs in turn. It is not safe for concurrent use.
type Subject struct {
	rec     evidence.Record
	unknown []unknownPath
	vars    cel.Activation
}

// variables are what an expression sees.
type variables struct {
	rec            evidence.Record
	asOf, from, to types.Timestamp
}

// unknownPath is an unknown of a record, resolved in the kind's struct: the path of fields from `it`. An empty path is
// the whole record.
type unknownPath struct {
	evidence.Unknown
	path []string
}

// Subject makes a record ready. Each of its unknown fields is hidden from the expressions, and everything below it. An
// unknown inside a list or map hides the whole list or map. An unknown that names no field of the kind hides the whole
// record: it is a fault of whoever wrote the record, and must not widen what counts as known.
func (c *Cage) Subject(at Moment, rec evidence.Record) *Subject {
	vars := &variables{rec, types.Timestamp{Time: at.AsOf.UTC()}, types.Timestamp{Time: at.From.UTC()}, types.Timestamp{Time: at.To.UTC()}}
	s := &Subject{rec: rec, vars: vars}
	for _, u := range rec.Header().Unknown {
		path := c.resolve(u.Field)
		s.unknown = append(s.unknown, unknownPath{u, path})
	}
	if len(s.unknown) == 0 {
		return s
	}
	var patterns []*cel.AttributePatternType
	for i, u := range s.unknown {
		if !s.covered(i) {
			p := cel.AttributePattern(varIt)
			for _, name := range u.path {
				p.QualString(name)
			}
			patterns = append(patterns, p)
		}
	}
	// Only an activation that cel-go itself made is asked for its patterns: one of ours with the same methods is taken for
	// one without unknowns, and without a word. PartialVars fails for want of variables only.
	partial, err := cel.PartialVars(vars, patterns...)
	if err != nil {
		panic(err)
	}
	s.vars = partial
	return s
}

// covered reports whether another unknown says the same or more. cel-go tries its patterns in no fixed order and tells
// of one that matches; where no pattern is a part of another, whichever it is gives the same report.
func (s *Subject) covered(i int) bool {
	for j, o := range s.unknown {
		if p := s.unknown[i].path; j != i && len(o.path) <= len(p) && slices.Equal(o.path, p[:len(o.path)]) && (len(o.path) < len(p) || j < i) {
			return true
		}
	}
	return false
}

// resolve gives the path of a field in JSON spelling as far as structures go; nil where there is no such field.
func (c *Cage) resolve(field string) []string {
	var path []string
	s := c.root
	for _, name := range strings.Split(field, ".") {
		if s == nil {
			break // inside a list or map, or below a scalar: the path ends at it
		}
		m := s.member(name)
		if m == nil {
			return nil
		}
		path = append(path, name)
		s = m.sub
	}
	return path
}

// ResolveName gives cel-go the variables.
func (v *variables) ResolveName(name string) (any, bool) {
	switch name {
	case varIt:
		return v.rec, true
	case varAsOf:
		return v.asOf, true
	case varFrom:
		return v.from, true
	case varTo:
		return v.to, true
	}
	return nil, false
}

// Parent is nil: there are no other variables.
func (v *variables) Parent() cel.Activation { return nil }

// Eval evaluates the expression on a subject of the same cage.
func (p *Program) Eval(s *Subject) Verdict {
	out, _, err := p.program.Eval(s.vars)
	switch v := out.(type) {
	case *types.Unknown:
		return s.undecided(v)
	case types.Bool:
		if err == nil {
			if v {
				return Verdict{Answer: True}
			}
			return Verdict{Answer: False}
		}
	}
	return Verdict{Answer: Undecided, Fault: p.fault(s, out, err)}
}

// undecided names the unknown fields that an unknown result hangs on, in the record's order.
func (s *Subject) undecided(u *types.Unknown) Verdict {
	v := Verdict{Answer: Undecided}
	var trails [][]any
	for _, id := range u.IDs() {
		ts, _ := u.GetAttributeTrails(id)
		for _, t := range ts {
			trails = append(trails, t.QualifierPath())
		}
	}
	for _, un := range s.unknown {
		for _, t := range trails {
			if overlap(un.path, t) && (len(t) > 0 || len(un.path) == 0) {
				v.Unknown = append(v.Unknown, un.Unknown)
				break
			}
		}
	}
	if len(v.Unknown) == 0 {
		v.Fault = "depends on something that is not known"
	}
	return v
}

// overlap reports whether one path begins with the other.
func overlap(a []string, b []any) bool {
	for i := range min(len(a), len(b)) {
		if name, ok := b[i].(string); !ok || name != a[i] {
			return false
		}
	}
	return true
}

// fault words an evaluation's error for the reader of a report.
func (p *Program) fault(s *Subject, out ref.Val, err error) string {
	var gone *absent
	switch {
	case err == nil:
		return fmt.Sprintf("gave a %T where true or false is meant", out)
	case errors.As(err, &gone):
		for _, path := range p.paths {
			if field, ok := path.absentIn(p.cage.root, s.rec, gone.field); ok {
				return fmt.Sprintf("field %q is absent, and the test does not say what that means", field)
			}
		}
	}
	return err.Error()
}
