// Package expr runs the CEL expressions of tests in a cage.
//
// An expression sees one record as `it`, the moment of the audit as `as_of` and its period as `period_from` and
// `period_to`, and nothing else: no network, clock, environment or time zone data. The only macro is has(). Its result is
// a bool by type. Fields, types and functions are checked when the mapping loads.
//
// Three things are never confused. An absent field (a nil pointer) cannot be read, only asked for with has(). An empty one
// (a list without members, a string of length 0) reads as what it is. An unknown one (evidence.Meta.Unknown) makes the
// result Undecided unless the rest of the expression decides whatever it may be. Every error of evaluation is Undecided
// too. Nothing is ever true because something was missing.
package expr

import (
	"fmt"
	"reflect"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/ext"

	"github.com/auditseal/auditseal/collectors/evidence"
)

const (
	// maxLength is the longest expression in characters; the longest that ships has some 300.
	maxLength = 4000
	// costLimit bounds one evaluation. A comparison costs about 1, a look-up in a list of ten thousand about ten thousand.
	costLimit = 1_000_000
	// maxRegex bounds the program that a regular expression compiles to.
	maxRegex = 2000
)

// The variables of an expression.
const (
	varIt   = "it"
	varAsOf = "as_of"
	varFrom = "period_from"
	varTo   = "period_to"
)

// functions lists what expressions may call. It leaves out dyn and type (they would get round the type check), and every
// function on dates that takes a time zone (the zone data comes from the machine).
func functions() []string {
	return []string{
		operators.Conditional, operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot,
		operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals,
		operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo, operators.Negate,
		operators.Index, operators.In,
		"size", "contains", "startsWith", "endsWith", "matches",
		"timestamp", "duration", "string", "int", "double",
	}
}

// A Cage compiles expressions about one kind. It is safe for use by several goroutines once made.
type Cage struct {
	kind evidence.Kind
	root *shape
	all  shapes
	env  *cel.Env
}

// NewCage makes the cage of a kind. The error is a fault of the kind's Go type.
func NewCage(kind evidence.Kind) (*Cage, error) {
	all := shapes{}
	root, err := all.of(kind.Type)
	if err != nil {
		return nil, fmt.Errorf("kind %q: %w", kind.Name, err)
	}
	subset := env.NewLibrarySubset()
	for _, name := range functions() {
		subset.AddIncludedFunctions(env.NewFunction(name))
	}
	e, err := cel.NewCustomEnv(
		cel.StdLib(cel.StdLibSubset(subset)),
		cel.ClearMacros(),
		cel.Macros(cel.HasMacro),
		ext.NativeTypes(reflect.PointerTo(kind.Type), ext.ParseStructTag("cel")),
		func(e *cel.Env) (*cel.Env, error) {
			return cel.CustomTypeProvider(&provider{e.CELTypeProvider(), all})(e)
		},
		cel.Variable(varIt, cel.ObjectType(root.name)),
		cel.Variable(varAsOf, cel.TimestampType),
		cel.Variable(varFrom, cel.TimestampType),
		cel.Variable(varTo, cel.TimestampType),
		cel.ExtendedValidations(),
		cel.ParserExpressionSizeLimit(maxLength),
		cel.ParserRecursionLimit(64),
		cel.RegexProgramSizeLimit(maxRegex),
	)
	if err != nil {
		return nil, fmt.Errorf("kind %q: %w", kind.Name, err)
	}
	return &Cage{kind, root, all, e}, nil
}

// Kind is the kind the cage is for.
func (c *Cage) Kind() evidence.Kind { return c.kind }

// HasField reports whether the kind has a field of this path, in JSON spelling with dots. A path into a list or map counts.
func (c *Cage) HasField(field string) bool { return c.resolve(field) != nil }
