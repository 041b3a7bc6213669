package expr

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/auditseal/auditseal/collectors/evidence"
)

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
	metaType     = reflect.TypeFor[evidence.Meta]()
)

// A shape is a Go struct as expressions see it: the fields that carry a cel tag, by that name. evidence.Meta's stand
// among the record's own; what has no tag (its exchanges, its list of unknowns) cannot be named at all.
type shape struct {
	name    string
	goType  reflect.Type
	members []*member
}

// A member is a field of a shape.
type member struct {
	name  string
	index []int
	// optional says that the Go field is a pointer: nil is absent, and to read it is an error.
	optional bool
	goType   reflect.Type // without the pointer
	celType  *types.Type  // nil for a Go type that expressions cannot read
	sub      *shape       // for a structure
	elem     *shape       // for a list or map of structures
}

func (s *shape) member(name string) *member {
	for _, m := range s.members {
		if m.name == name {
			return m
		}
	}
	return nil
}

func (s *shape) names() []string {
	var out []string
	for _, m := range s.members {
		out = append(out, m.name)
	}
	return out
}

// shapes collects every shape of a kind, by the name that cel-go gives its type.
type shapes map[string]*shape

func (all shapes) of(t reflect.Type) (*shape, error) {
	if t.Name() == "" {
		return nil, fmt.Errorf("a structure without a name in %s", t)
	}
	pkg := t.PkgPath()
	name := pkg[strings.LastIndexByte(pkg, '/')+1:] + "." + t.Name()
	if s, ok := all[name]; ok {
		if s.goType != t {
			return nil, fmt.Errorf("two structures are named %s", name)
		}
		return s, nil
	}
	s := &shape{name: name, goType: t}
	all[name] = s
	return s, all.fill(s, t, nil)
}

func (all shapes) fill(s *shape, t reflect.Type, prefix []int) error {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(slices.Clone(prefix), i)
		if f.Anonymous && f.Type == metaType {
			if err := all.fill(s, f.Type, index); err != nil {
				return err
			}
			continue
		}
		name := f.Tag.Get("cel")
		if name == "" || name == "-" || !f.IsExported() {
			continue
		}
		if s.member(name) != nil {
			return fmt.Errorf("two fields of %s are named %q", s.name, name)
		}
		m := &member{name: name, index: index, goType: f.Type}
		if f.Type.Kind() == reflect.Pointer {
			m.optional, m.goType = true, f.Type.Elem()
		}
		var err error
		if m.celType, m.sub, m.elem, err = all.celType(m.goType); err != nil {
			return err
		}
		s.members = append(s.members, m)
	}
	return nil
}

// celType gives the CEL type of a Go type that is no pointer; nil where expressions cannot read it.
func (all shapes) celType(t reflect.Type) (ct *types.Type, sub, elem *shape, err error) {
	switch t.Kind() {
	case reflect.Bool:
		return types.BoolType, nil, nil, nil
	case reflect.String:
		return types.StringType, nil, nil, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if t == durationType {
			return types.DurationType, nil, nil, nil
		}
		return types.IntType, nil, nil, nil
	case reflect.Uint, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return types.UintType, nil, nil, nil
	case reflect.Float32, reflect.Float64:
		return types.DoubleType, nil, nil, nil
	case reflect.Struct:
		if t == timeType {
			return types.TimestampType, nil, nil, nil
		}
		if sub, err = all.of(t); err != nil {
			return nil, nil, nil, err
		}
		return types.NewObjectType(sub.name), sub, nil, nil
	case reflect.Slice, reflect.Map:
		if t.Kind() == reflect.Map && t.Key().Kind() != reflect.String {
			return nil, nil, nil, nil
		}
		et, esub, _, err := all.celType(t.Elem())
		if err != nil || et == nil {
			return nil, nil, nil, err
		}
		if t.Kind() == reflect.Map {
			return types.NewMapType(types.StringType, et), nil, esub, nil
		}
		return types.NewListType(et), nil, esub, nil
	}
	return nil, nil, nil, nil
}

// An absent error says that an expression read an optional field that is not there. cel-go itself would read it as its
// zero value (`it.limit < 3` would hold where there is no limit), and so turn missing evidence into a pass.
type absent struct{ field string }

func (e *absent) Error() string {
	return fmt.Sprintf("field %q is absent, and the test does not say what that means", e.field)
}

// field finds the member's Go value in obj, the struct or a pointer to it. It reports false where obj is something else.
func (s *shape) field(m *member, obj any) (reflect.Value, bool) {
	v := reflect.ValueOf(obj)
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if !v.IsValid() || v.Type() != s.goType {
		return reflect.Value{}, false
	}
	return v.FieldByIndex(m.index), true
}

// present gives the value of a field without its pointer, and whether there is one. A time that was never set is none.
func (m *member) present(v reflect.Value) (reflect.Value, bool) {
	if m.optional {
		if v.IsNil() {
			return v, false
		}
		v = v.Elem()
	}
	if m.goType == timeType && v.IsZero() {
		return v, false
	}
	return v, true
}

func (s *shape) isSet(m *member) func(any) bool {
	return func(obj any) bool {
		v, ok := s.field(m, obj)
		if !ok {
			return false
		}
		_, ok = m.present(v)
		return ok
	}
}

func (s *shape) getFrom(m *member) func(any) (any, error) {
	return func(obj any) (any, error) {
		v, ok := s.field(m, obj)
		if !ok {
			return nil, fmt.Errorf("field %q is read from a %T", m.name, obj)
		}
		if v, ok = m.present(v); !ok {
			return nil, &absent{m.name}
		}
		switch v.Kind() {
		case reflect.Bool:
			return types.Bool(v.Bool()), nil
		case reflect.String:
			return types.String(v.String()), nil
		case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
			if m.goType == durationType {
				return types.Duration{Duration: time.Duration(v.Int())}, nil
			}
			return types.Int(v.Int()), nil
		case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
			return types.Uint(v.Uint()), nil
		case reflect.Float32, reflect.Float64:
			return types.Double(v.Float()), nil
		case reflect.Slice:
			// A nil list is an empty one: what was not read is unknown, and what is absent is a nil pointer.
			if v.IsNil() {
				return reflect.MakeSlice(v.Type(), 0, 0).Interface(), nil
			}
		case reflect.Map:
			if v.IsNil() {
				return reflect.MakeMap(v.Type()).Interface(), nil
			}
		case reflect.Struct:
			if v.CanAddr() && m.goType != timeType {
				return v.Addr().Interface(), nil
			}
		}
		return v.Interface(), nil
	}
}

// provider shows cel-go the fields of a kind, and no others. Everything else is the standard provider's.
type provider struct {
	types.Provider
	all shapes
}

func (p *provider) FindStructFieldNames(structType string) ([]string, bool) {
	s, ok := p.all[structType]
	if !ok {
		return nil, false
	}
	return s.names(), true
}

func (p *provider) FindStructFieldType(structType, name string) (*types.FieldType, bool) {
	s, ok := p.all[structType]
	if !ok {
		return nil, false
	}
	m := s.member(name)
	if m == nil || m.celType == nil {
		return nil, false
	}
	return &types.FieldType{Type: m.celType, IsSet: s.isSet(m), GetFrom: s.getFrom(m)}, true
}

func (p *provider) NewValue(structType string, _ map[string]ref.Val) ref.Val {
	return types.NewErr("%s cannot be made in an expression", structType)
}
