package expr

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// A Problem is a fault in an expression. Line and Column count from 1, columns in characters.
type Problem struct {
	Line, Column int
	// Value is the word at fault, empty where none can be named.
	Value string
	What  string
	// Known are the words that could have stood there, for a suggestion; nil where that is not the fault.
	Known []string
}

// A Program is a compiled expression.
type Program struct {
	cage    *Cage
	program cel.Program
	paths   []path
	source  string
	asOf    *Problem
}

// AsOf is where the expression reads the moment of the audit; nil where it does not.
func (p *Program) AsOf() *Problem { return p.asOf }

// Compile compiles an expression, or says everything that is wrong with it.
func (c *Cage) Compile(source string) (*Program, []Problem) {
	parsed, issues := c.env.Parse(source)
	if issues.Err() != nil {
		return nil, problemsOf(issues)
	}
	f := &finder{cage: c, info: parsed.NativeRep().SourceInfo(), source: source}
	f.names(parsed.NativeRep().Expr())
	if f.quantifier {
		return nil, f.sorted() // the check would only go on about the quantifier's own variable
	}
	checked, issues := c.env.Check(parsed)
	if issues.Err() != nil {
		for _, p := range problemsOf(issues) {
			// What the finder has said with a suggestion need not be said again.
			p.Line, p.Column = f.behindDot(p.Line, p.Column)
			if !slices.ContainsFunc(f.problems, func(q Problem) bool { return q.Line == p.Line && q.Column == p.Column }) {
				f.problems = append(f.problems, p)
			}
		}
		return nil, f.sorted()
	}
	f.types = checked.NativeRep()
	f.visit(checked.NativeRep().Expr(), nil)
	if checked.OutputType() != cel.BoolType {
		f.add(checked.NativeRep().Expr(), "", fmt.Sprintf("gives a %s where true or false is meant", checked.OutputType()), nil)
	}
	if len(f.problems) == 0 && len(f.paths) == 0 {
		f.add(checked.NativeRep().Expr(), "", "reads no field of the record, so it says nothing about it", nil)
	}
	if len(f.problems) > 0 {
		return nil, f.sorted()
	}
	program, err := c.env.Program(checked, cel.EvalOptions(cel.OptOptimize|cel.OptPartialEval), cel.CostLimit(costLimit))
	if err != nil {
		return nil, []Problem{{Line: 1, Column: 1, What: err.Error()}}
	}
	return &Program{cage: c, program: program, paths: maximal(f.paths), source: source, asOf: f.asOf}, nil
}

func problemsOf(issues *cel.Issues) []Problem {
	var out []Problem
	for _, e := range issues.Errors() {
		what, _, _ := strings.Cut(e.Message, "\n")
		what = strings.ReplaceAll(what, " (in container '')", "")
		what = strings.TrimPrefix(what, "Syntax error: ")
		out = append(out, Problem{Line: max(1, e.Location.Line()), Column: max(1, e.Location.Column()+1), What: what})
	}
	return out
}

// A finder walks an expression: it finds the fields that are read, and what the type check lets through and we do not.
type finder struct {
	cage     *Cage
	info     *ast.SourceInfo
	types    *ast.AST
	source   string
	problems []Problem
	paths    []path
	// quantifier is set where all(), exists() and their like were met.
	quantifier bool
	// asOf is the first place where the moment of the audit is read.
	asOf *Problem
}

func (f *finder) add(e ast.Expr, value, what string, known []string) {
	at := f.info.GetStartLocation(e.ID())
	line, column := f.behindDot(max(1, at.Line()), max(1, at.Column()+1))
	f.problems = append(f.problems, Problem{Line: line, Column: column, Value: value, What: what, Known: known})
}

// behindDot moves a place from the dot of a selection to the field's name.
func (f *finder) behindDot(line, column int) (int, int) {
	lines := strings.Split(f.source, "\n")
	if line > len(lines) {
		return line, column
	}
	if r := []rune(lines[line-1]); column <= len(r) && r[column-1] == '.' {
		column++
	}
	return line, column
}

func (f *finder) sorted() []Problem {
	slices.SortStableFunc(f.problems, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return f.problems
}

// names looks for fields and variables that are not there, before the type check does: it can name the nearest that is.
func (f *finder) names(e ast.Expr) {
	switch e.Kind() {
	case ast.SelectKind:
		f.names(e.AsSelect().Operand())
		s := f.shapeOf(e.AsSelect().Operand())
		if s == nil {
			return
		}
		name := e.AsSelect().FieldName()
		if m := s.member(name); m == nil {
			what := "no such field in " + f.cage.kind.Name
			if s != f.cage.root {
				what = "no such field in " + s.goType.Name() + " of " + f.cage.kind.Name
			}
			f.add(e, name, what, s.names())
		} else if m.celType == nil {
			f.add(e, name, "a test cannot read this field: its type is "+m.goType.String(), nil)
		}
	case ast.CallKind:
		call := e.AsCall()
		if call.IsMemberFunction() {
			f.names(call.Target())
		}
		switch name := call.FunctionName(); {
		case slices.Contains([]string{"all", "exists", "exists_one", "existsOne", "filter", "map"}, name):
			f.add(e, name, "there are no quantifiers in expressions: `require` has every, at-least-one and none, and a kind has a record for each thing", nil)
			f.quantifier = true
			return
		case !slices.Contains(functions(), name):
			f.add(e, name, "no such function", words())
		}
		for _, a := range call.Args() {
			f.names(a)
		}
	case ast.ListKind:
		for _, x := range e.AsList().Elements() {
			f.names(x)
		}
	case ast.IdentKind:
		if vars := []string{varIt, varAsOf, varFrom, varTo}; !slices.Contains(vars, e.AsIdent()) {
			f.add(e, e.AsIdent(), "no such variable", vars)
		}
		if e.AsIdent() == varAsOf && f.asOf == nil {
			at := f.info.GetStartLocation(e.ID())
			f.asOf = &Problem{Line: max(1, at.Line()), Column: max(1, at.Column()+1), Value: varAsOf}
		}
	}
}

// words are the functions that are called by name.
func words() []string {
	out := []string{"has"}
	for _, name := range functions() {
		if name[0] >= 'a' && name[0] <= 'z' {
			out = append(out, name)
		}
	}
	return out
}

// shapeOf gives the shape of an expression that is a chain of fields and indexes from `it`, before types are known.
func (f *finder) shapeOf(e ast.Expr) *shape {
	switch e.Kind() {
	case ast.IdentKind:
		if e.AsIdent() == varIt {
			return f.cage.root
		}
	case ast.SelectKind:
		if s := f.shapeOf(e.AsSelect().Operand()); s != nil && !e.AsSelect().IsTestOnly() {
			if m := s.member(e.AsSelect().FieldName()); m != nil {
				return m.sub
			}
		}
	case ast.CallKind:
		if e.AsCall().FunctionName() != operators.Index || len(e.AsCall().Args()) != 2 {
			return nil
		}
		if list := e.AsCall().Args()[0]; list.Kind() == ast.SelectKind {
			if s := f.shapeOf(list.AsSelect().Operand()); s != nil {
				if m := s.member(list.AsSelect().FieldName()); m != nil {
					return m.elem
				}
			}
		}
	}
	return nil
}

// visit refuses what the cage does not allow, and notes the fields that are read.
func (f *finder) visit(e, parent ast.Expr) {
	t := f.types.GetType(e.ID())
	if parent != nil && t != nil {
		switch {
		case t.Kind() == types.DynKind || t.Kind() == types.AnyKind:
			f.add(e, "", "its type is not known when the mapping loads", nil)
		case t.Kind() == types.StructKind && parent.Kind() != ast.SelectKind:
			f.add(e, "", "a whole structure cannot be compared; name a field of it", nil)
		}
	}
	if p, ok := f.pathOf(e); ok {
		f.paths = append(f.paths, p)
	}
	switch e.Kind() {
	case ast.IdentKind:
		if e.AsIdent() == varIt && parent == nil {
			f.add(e, varIt, "the record itself is neither true nor false; name a field of it", nil)
		}
	case ast.LiteralKind:
		if e.AsLiteral() == types.NullValue {
			f.add(e, "null", "nothing is ever null here; ask with has() whether a field is there", nil)
		}
	case ast.SelectKind:
		f.visit(e.AsSelect().Operand(), e)
	case ast.CallKind:
		call := e.AsCall()
		if call.IsMemberFunction() {
			f.visit(call.Target(), e)
		}
		for _, a := range call.Args() {
			f.visit(a, e)
			if name := call.FunctionName(); (name == operators.Equals || name == operators.NotEquals || name == operators.In) && holdsStruct(f.types.GetType(a.ID())) {
				f.add(a, "", "whole structures cannot be compared; name a field", nil)
			}
		}
	case ast.ListKind:
		for _, x := range e.AsList().Elements() {
			f.visit(x, e)
		}
	default:
		f.add(e, "", "only fields, values, lists and functions may be used", nil)
	}
}

func holdsStruct(t *types.Type) bool {
	if t == nil {
		return false
	}
	if t.Kind() == types.StructKind {
		return true
	}
	return slices.ContainsFunc(t.Parameters(), holdsStruct)
}

// pathOf reads e as a path of fields, keys and indexes from `it`. An index that is no literal ends the path before it.
func (f *finder) pathOf(e ast.Expr) (path, bool) {
	switch e.Kind() {
	case ast.SelectKind:
		sel := e.AsSelect()
		if sel.Operand().Kind() == ast.IdentKind && sel.Operand().AsIdent() == varIt {
			return path{{name: sel.FieldName()}}, true
		}
		if p, ok := f.pathOf(sel.Operand()); ok {
			return append(slices.Clone(p), step{name: sel.FieldName()}), true
		}
	case ast.CallKind:
		if e.AsCall().FunctionName() != operators.Index || len(e.AsCall().Args()) != 2 {
			return nil, false
		}
		p, ok := f.pathOf(e.AsCall().Args()[0])
		if !ok || e.AsCall().Args()[1].Kind() != ast.LiteralKind {
			return nil, false
		}
		switch v := e.AsCall().Args()[1].AsLiteral().(type) {
		case types.String:
			return append(slices.Clone(p), step{name: string(v), key: true}), true
		case types.Int:
			return append(slices.Clone(p), step{index: int(v), key: true, list: true}), true
		}
	}
	return nil, false
}
