package report

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A State tells a value from the two ways of having none. The zero State is not one.
type State uint8

const (
	// Present: AWS said so. The value may still be empty.
	Present State = iota + 1
	// Absent: AWS answered, and the field is not there.
	Absent
	// Unknown: the field could not be read; Cell.Gap says why.
	Unknown
)

// A Cell is one field of one record.
type Cell struct {
	State State
	// Value is string, bool, int64, float64 or time.Time (UTC); nil unless Present. Lists, maps and structures are their JSON
	// as a string, with map keys sorted; an empty list is "[]".
	Value any
	// Gap and Code say why an Unknown field could not be read.
	Gap, Code string
}

// Text is the cell in words. Absent, empty and unknown never read the same, and never read like a value of zero.
func (c Cell) Text() string {
	switch c.State {
	case Absent:
		return "(absent)"
	case Unknown:
		return "(unknown: " + c.Code + ", " + c.Gap + ")"
	}
	switch v := c.Value.(type) {
	case string:
		if v == "" {
			return "(empty)"
		}
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		return Instant(v)
	}
	return fmt.Sprintf("(fault: cell of type %T)", c.Value)
}

// Instant writes a moment in UTC to the second, "2026-10-02 06:00:07Z"; "–" for the zero time.
func Instant(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// Day writes a day in UTC; "–" for the zero time.
func Day(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format(time.DateOnly)
}

// PeriodText writes the audit's period: its name where audit.yaml gives one, and its first and last moment in UTC. A period that
// begins and ends at midnight reads as its first and last day.
func (d *Document) PeriodText() string {
	p := d.Run.Scope.Period
	midnight := func(t time.Time) bool { return t.UTC().Truncate(24 * time.Hour).Equal(t) }
	s := Instant(p.From) + " to " + Instant(p.To)
	if midnight(p.From) && midnight(p.To) {
		s = Day(p.From) + " to " + Day(p.To.Add(-time.Second))
	}
	if d.Run.PeriodName != "" {
		s = d.Run.PeriodName + ", " + s
	}
	return s
}

// A layout finds a kind's columns in its Go struct.
type layout struct {
	columns []evidence.Field
	// paths are the struct field indexes from the record down, one path a column.
	paths [][]int
}

// layoutOf walks the struct as evidence.Kind.Fields does, and fails if the two ever come to differ.
func layoutOf(k evidence.Kind) (layout, error) {
	l := layout{columns: k.Fields()}
	var names []string
	var walk func(t reflect.Type, prefix string, path []int)
	walk = func(t reflect.Type, prefix string, path []int) {
		for i := range t.NumField() {
			f := t.Field(i)
			at := append(append([]int(nil), path...), i)
			if f.Anonymous {
				walk(f.Type, prefix, at)
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" || name == "-" {
				continue
			}
			ft := f.Type
			if ft.Kind() == reflect.Pointer {
				ft = ft.Elem()
			}
			if ft.Kind() == reflect.Struct && ft != reflect.TypeFor[time.Time]() {
				walk(ft, prefix+name+".", at)
				continue
			}
			names = append(names, prefix+name)
			l.paths = append(l.paths, at)
		}
	}
	walk(k.Type, "", nil)
	if len(names) != len(l.columns) {
		return l, fmt.Errorf("%s: %d columns, but the schema has %d fields", k.Name, len(names), len(l.columns))
	}
	for i, n := range names {
		if n != l.columns[i].Name {
			return l, fmt.Errorf("%s: column %d is %q, but the schema says %q", k.Name, i+1, n, l.columns[i].Name)
		}
	}
	return l, nil
}

// fill lays a record out in cells, which it grows as needed and returns.
func (l layout) fill(r evidence.Record, cells []Cell) []Cell {
	cells = cells[:0]
	unknown := r.Header().Unknown
	v := reflect.ValueOf(r).Elem()
	for i, path := range l.paths {
		cells = append(cells, cellAt(v, path, l.columns[i].Name, unknown))
	}
	return cells
}

func cellAt(v reflect.Value, path []int, name string, unknown []evidence.Unknown) Cell {
	for _, u := range unknown {
		if name == u.Field || strings.HasPrefix(name, u.Field+".") {
			return Cell{State: Unknown, Gap: u.Gap, Code: u.Code}
		}
	}
	for _, i := range path {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return Cell{State: Absent}
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return Cell{State: Absent}
		}
		v = v.Elem()
	}
	return Cell{State: Present, Value: valueOf(v)}
}

func valueOf(v reflect.Value) any {
	if v.Type() == reflect.TypeFor[time.Time]() {
		return v.Interface().(time.Time).UTC()
	}
	switch k := v.Kind(); {
	case k == reflect.String:
		return v.String()
	case k == reflect.Bool:
		return v.Bool()
	case k >= reflect.Int && k <= reflect.Int64:
		return v.Int()
	case k >= reflect.Uint && k <= reflect.Uint64:
		if v.Uint() > math.MaxInt64 {
			return strconv.FormatUint(v.Uint(), 10)
		}
		return int64(v.Uint())
	case k == reflect.Float32 || k == reflect.Float64:
		return v.Float()
	case (k == reflect.Slice || k == reflect.Map) && v.Len() == 0:
		// A nil list that is not unknown is one that AWS left out because it has no members.
		if k == reflect.Map {
			return "{}"
		}
		return "[]"
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v.Interface()); err != nil {
		return "(fault: " + err.Error() + ")"
	}
	return strings.TrimSuffix(b.String(), "\n")
}
