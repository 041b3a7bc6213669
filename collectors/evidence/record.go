package evidence

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Meta stands first in every record, embedded. Its fields are fields of the record, in JSON and in CEL.
type Meta struct {
	ID        string    `json:"id" cel:"id" doc:"Identifies the record in its population: the resource's ARN where it has one."`
	Account   string    `json:"account" cel:"account" doc:"The AWS account, 12 digits."`
	Region    string    `json:"region" cel:"region" doc:"The AWS region that was asked."`
	Collected time.Time `json:"collected" cel:"collected" doc:"When AWS gave the last answer that the record was read from, by AWS's clock."`
	// Evidence and Unknown are about the record, not of it, and so are not seen by CEL.
	Evidence []string  `json:"evidence" doc:"The exchanges that the record was read from."`
	Unknown  []Unknown `json:"unknown,omitempty" doc:"Fields that could not be read, and the gap that says why."`
}

// Header gives the record's Meta.
func (m *Meta) Header() *Meta { return m }

// ReadFrom notes an exchange that the record was read from, and when AWS answered it. An empty id notes nothing.
func (m *Meta) ReadFrom(id string, date time.Time) {
	if id == "" {
		return
	}
	if !slices.Contains(m.Evidence, id) {
		m.Evidence = append(m.Evidence, id)
	}
	if date.After(m.Collected) {
		m.Collected = date
	}
}

// UnknownBy notes that fields are unknown because of a gap, and that the record was read from the exchange that shows it. Many
// records may share a gap: one failed answer about many records is one gap.
func (m *Meta) UnknownBy(g Gap, fields ...string) {
	for _, f := range fields {
		m.Unknown = append(m.Unknown, Unknown{Field: f, Gap: g.ID, Code: g.Code})
	}
	m.ReadFrom(g.Evidence, g.Date)
}

// An Unknown is a field of a record that could not be read.
type Unknown struct {
	// Field is the path in JSON spelling with dots: "rotation.enabled". Everything below it is unknown too.
	Field string `json:"field"`
	// Gap is the id of the gap that says why.
	Gap string `json:"gap"`
	// Code is the gap's error code, kept here so that a result can name it without the ledger.
	Code string `json:"code"`
}

// A Record is one member of a population: a pointer to a struct that embeds Meta. Optional fields are pointers: nil is absent.
// Absent (nil), empty and unknown (listed in Meta.Unknown) are three different things.
type Record interface {
	// Kind is the population's name: service, dot, singular noun in snake case.
	Kind() string
	Header() *Meta
}

// A Kind describes a population: its name, what one record is, and the Go struct that carries it.
type Kind struct {
	Name string
	Doc  string
	// Type is the struct type, not the pointer.
	Type reflect.Type
}

// KindOf makes the Kind of record type T.
func KindOf[T any, P interface {
	*T
	Record
}](doc string) Kind {
	var zero T
	return Kind{Name: P(&zero).Kind(), Doc: doc, Type: reflect.TypeFor[T]()}
}

// New makes an empty record of the kind.
func (k Kind) New() Record { return reflect.New(k.Type).Interface().(Record) }

// A Field is one documented field of a kind, nested ones with dots.
type Field struct {
	// Name is the path in JSON spelling: "rotation.period_days".
	Name string `json:"name"`
	// Type is the Go type of a leaf in words: string, bool, int, time, list of string, map of string …
	Type string `json:"type"`
	// Optional says that the field may be absent.
	Optional bool   `json:"optional,omitempty"`
	Doc      string `json:"doc"`
}

// Fields lists the kind's fields in the order of the struct: the schema appendix, and the columns of its sheet. Structs are
// flattened; lists and maps are leaves.
func (k Kind) Fields() []Field { return fieldsOf(k.Type, "", false) }

var timeType = reflect.TypeFor[time.Time]()

func fieldsOf(t reflect.Type, prefix string, optional bool) []Field {
	var out []Field
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			out = append(out, fieldsOf(f.Type, prefix, optional)...)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		ft, opt := f.Type, optional
		if ft.Kind() == reflect.Pointer {
			ft, opt = ft.Elem(), true
		}
		if ft.Kind() == reflect.Struct && ft != timeType {
			out = append(out, fieldsOf(ft, prefix+name+".", opt)...)
			continue
		}
		out = append(out, Field{Name: prefix + name, Type: typeWord(ft), Optional: opt, Doc: f.Tag.Get("doc")})
	}
	return out
}

func typeWord(t reflect.Type) string {
	switch {
	case t == timeType:
		return "time"
	case t.Kind() == reflect.Pointer:
		return typeWord(t.Elem())
	case t.Kind() == reflect.Slice:
		return "list of " + typeWord(t.Elem())
	case t.Kind() == reflect.Map:
		return "map of " + typeWord(t.Elem())
	case t.Kind() == reflect.Struct:
		return "structure"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64:
		return "int"
	case t.Kind() == reflect.Float64 || t.Kind() == reflect.Float32:
		return "number"
	}
	return t.Kind().String()
}

// CheckKind reports what is wrong with a kind's struct: a field without json, cel or doc, or with two spellings of one name.
// Every collector's kinds are checked by a test.
func CheckKind(k Kind) error {
	if k.Type.NumField() == 0 || k.Type.Field(0).Type != reflect.TypeFor[Meta]() || !k.Type.Field(0).Anonymous {
		return fmt.Errorf("%s: %s does not embed evidence.Meta first", k.Name, k.Type)
	}
	if k.Doc == "" {
		return fmt.Errorf("%s: no documentation", k.Name)
	}
	return checkFields(k.Name, k.Type)
}

func checkFields(path string, t reflect.Type) error {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		at := path + "." + name
		switch {
		case !f.IsExported():
			return fmt.Errorf("%s.%s: not exported", path, f.Name)
		case name == "":
			return fmt.Errorf("%s.%s: no json tag", path, f.Name)
		case f.Tag.Get("cel") != name:
			return fmt.Errorf("%s: cel tag %q differs from json %q", at, f.Tag.Get("cel"), name)
		case f.Tag.Get("doc") == "":
			return fmt.Errorf("%s: no doc tag", at)
		}
		ft := f.Type
		for ft.Kind() == reflect.Pointer || ft.Kind() == reflect.Slice || ft.Kind() == reflect.Map {
			ft = ft.Elem()
		}
		if ft.Kind() == reflect.Struct && ft != timeType {
			if err := checkFields(at, ft); err != nil {
				return err
			}
		}
	}
	return nil
}
