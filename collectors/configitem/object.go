package configitem

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An Object is a JSON object of an item. Its members are found whatever their case: AWS Config spells the members of one type with small
// letters and those of another with capitals. Where one stands twice the object is no object: nobody knows which of the two holds.
type Object struct {
	names  []string // in small letters
	values []json.RawMessage
}

// Members reads a JSON object, or a string that holds one. It reports false where the value is absent or null.
func Members(v json.RawMessage) (Object, bool, error) {
	if len(trim(v)) > 0 && !json.Valid(v) {
		return Object{}, false, errBroken
	}
	return objectOf(v)
}

// objectOf reads a value that is valid JSON, as every part of such a value is.
func objectOf(v json.RawMessage) (Object, bool, error) {
	v, err := opened(v, '{')
	if err != nil || len(v) == 0 || string(v) == "null" {
		return Object{}, false, err
	}
	if v[0] != '{' {
		return Object{}, false, fmt.Errorf("%s stands where an object is documented", kindOf(v))
	}
	var o Object
	err = split(v, func(name, value json.RawMessage) error {
		n, err := unquote(name)
		if err != nil {
			return err
		}
		n = strings.ToLower(n)
		for _, m := range o.names {
			if m == n {
				return fmt.Errorf("the member %q stands there twice", n)
			}
		}
		o.names, o.values = append(o.names, n), append(o.values, value)
		return nil
	})
	if err != nil {
		return Object{}, false, err
	}
	return o, true, nil
}

// Get gives a member; nil where there is none. An explicit null is "null".
func (o Object) Get(member string) json.RawMessage {
	for i, n := range o.names {
		if len(n) == len(member) && strings.EqualFold(n, member) {
			return o.values[i]
		}
	}
	return nil
}

// Null reports whether the member is there and is null, which for some members is AWS's word for "none".
func (o Object) Null(member string) bool { return string(o.Get(member)) == "null" }

// Values gives the values of the members, in their order.
func (o Object) Values() []json.RawMessage { return o.values }

// Names gives the members in their order, in small letters.
func (o Object) Names() []string { return o.names }

// Len is the number of members.
func (o Object) Len() int { return len(o.names) }

// opened trims a value, and opens the strings around JSON that begins with the delimiter: AWS wraps documents once or twice.
func opened(v json.RawMessage, delimiter byte) (json.RawMessage, error) {
	v = trim(v)
	for n := 0; n < 2 && len(v) > 0 && v[0] == '"'; n++ {
		var s string
		if err := json.Unmarshal(v, &s); err != nil {
			return nil, errBroken
		}
		t := trim(json.RawMessage(s))
		if len(t) == 0 || t[0] != delimiter && t[0] != '"' {
			return v, nil
		}
		if !json.Valid(t) {
			return nil, errors.New("the JSON in a string is cut short or broken")
		}
		v = t
	}
	return v, nil
}

// unquote reads a JSON string. Most are plain.
func unquote(v json.RawMessage) (string, error) {
	if len(v) < 2 || v[0] != '"' {
		return "", errBroken
	}
	for _, c := range v[1 : len(v)-1] {
		if c == '\\' || c < ' ' || c >= 0x80 {
			var s string
			err := json.Unmarshal(v, &s)
			return s, err
		}
	}
	return string(v[1 : len(v)-1]), nil
}

func trim(v json.RawMessage) json.RawMessage {
	for len(v) > 0 && strings.IndexByte(" \t\r\n", v[0]) >= 0 {
		v = v[1:]
	}
	for len(v) > 0 && strings.IndexByte(" \t\r\n", v[len(v)-1]) >= 0 {
		v = v[:len(v)-1]
	}
	return v
}

func kindOf(v json.RawMessage) string {
	switch {
	case len(v) == 0:
		return "nothing"
	case v[0] == '{':
		return "an object"
	case v[0] == '[':
		return "a list"
	case v[0] == '"':
		return "text"
	case v[0] == 't' || v[0] == 'f':
		return "true or false"
	case v[0] == 'n':
		return "null"
	}
	return "a number"
}

var errBroken = errors.New("the JSON is cut short or broken")

// split calls each for the members of an object, or for the elements of a list with a nil name. v is valid JSON, and the values are parts of it.
func split(v json.RawMessage, each func(name, value json.RawMessage) error) error {
	at := func(i int) int {
		for i < len(v) && (v[i] == ' ' || v[i] == '\t' || v[i] == '\r' || v[i] == '\n') {
			i++
		}
		return i
	}
	object := v[0] == '{'
	i := at(1)
	for i < len(v) && v[i] != '}' && v[i] != ']' {
		var name json.RawMessage
		if object {
			end := after(v, i)
			name = v[i:end]
			i = at(at(end) + 1) // the colon
		}
		end := after(v, i)
		if err := each(name, v[i:end]); err != nil {
			return err
		}
		if i = at(end); i < len(v) && v[i] == ',' {
			i = at(i + 1)
		}
	}
	return nil
}

// after gives where the value that begins at i ends. v is valid JSON.
func after(v json.RawMessage, i int) int {
	depth := 0
	for ; i < len(v); i++ {
		switch v[i] {
		case '"':
			for i++; i < len(v) && v[i] != '"'; i++ {
				if v[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i // a number or word that ended before
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
		}
	}
	return len(v)
}

// A Reading is an item being read: the fields that it told, and the first thing in it that is not as documented. A member that is absent or
// null tells nothing; one of another type than documented is an error, so that the whole item is unreadable rather than half of it.
type Reading struct {
	Told []string
	Err  error
}

// Tell notes fields as told.
func (r *Reading) Tell(fields ...string) { r.Told = append(r.Told, fields...) }

// Fail notes what is not as documented; the first stays.
func (r *Reading) Fail(format string, args ...any) {
	if r.Err == nil {
		r.Err = fmt.Errorf(format, args...)
	}
}

// Configuration gives the item's configuration, whose lack is an error: the item has a state and does not say which.
func (r *Reading) Configuration(it *Item) Object {
	o, ok, err := Members(it.Configuration)
	switch {
	case err != nil:
		r.Fail("the configuration is not in the documented form: %w", err)
	case !ok:
		r.Fail("the item has no configuration")
	}
	return o
}

// Supplementary gives a part of the item's supplementary configuration that is an object; false where there is none.
func (r *Reading) Supplementary(it *Item, name string) (Object, bool) {
	o, ok, err := Members(it.Supplementary[name])
	if err != nil {
		r.Fail("supplementaryConfiguration.%s is not in the documented form: %w", name, err)
	}
	return o, ok && err == nil
}

// Object gives a member that is an object.
func (r *Reading) Object(o Object, member string) (Object, bool) {
	m, ok, err := objectOf(o.Get(member))
	if err != nil {
		r.Fail("%s is not in the documented form: %w", member, err)
	}
	return m, ok && err == nil
}

// List gives the elements of a member that is a list. An empty list is told.
func (r *Reading) List(o Object, member string) ([]json.RawMessage, bool) {
	v, err := opened(o.Get(member), '[')
	if err != nil {
		r.Fail("%s is not in the documented form: %w", member, err)
		return nil, false
	}
	if len(v) == 0 || string(v) == "null" {
		return nil, false
	}
	if v[0] != '[' {
		r.Fail("%s is %s and not a list", member, kindOf(v))
		return nil, false
	}
	out := []json.RawMessage{}
	if err := split(v, func(_, value json.RawMessage) error { out = append(out, value); return nil }); err != nil {
		r.Fail("%s is not in the documented form: %w", member, err)
		return nil, false
	}
	return out, true
}

// Objects gives the elements of a member that is a list of objects.
func (r *Reading) Objects(o Object, member string) ([]Object, bool) {
	list, ok := r.List(o, member)
	if !ok {
		return nil, false
	}
	out := make([]Object, 0, len(list))
	for _, v := range list {
		m, ok, err := objectOf(v)
		if err != nil || !ok {
			r.Fail("%s holds what is not an object", member)
			return nil, false
		}
		out = append(out, m)
	}
	return out, true
}

// Texts gives the elements of a member that is a list of text.
func (r *Reading) Texts(o Object, member string) ([]string, bool) {
	list, ok := r.List(o, member)
	if !ok {
		return nil, false
	}
	out := make([]string, 0, len(list))
	for _, v := range list {
		var s string
		if v[0] != '"' || json.Unmarshal(v, &s) != nil {
			r.Fail("%s holds what is not text", member)
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

// Text gives a member that is text. Empty text tells nothing: AWS writes what is not set as null or leaves it out.
func (r *Reading) Text(o Object, member string) (string, bool) {
	return r.text(o.Get(member), member)
}

func (r *Reading) text(v json.RawMessage, member string) (string, bool) {
	if len(v) == 0 || string(v) == "null" {
		return "", false
	}
	s, err := unquote(v)
	if err != nil {
		r.Fail("%s is %s and not text", member, kindOf(v))
		return "", false
	}
	return s, s != ""
}

// Said gives a member that is text, which may be empty: AWS's word for none, where it documents that.
func (r *Reading) Said(o Object, member string) (string, bool) {
	v := o.Get(member)
	if string(v) == `""` {
		return "", true
	}
	return r.text(v, member)
}

// Document gives a member that is a document of its own: text, or, where AWS gave it as JSON itself, that JSON.
func (r *Reading) Document(o Object, member string) (string, bool) {
	v := o.Get(member)
	if len(v) > 0 && v[0] == '{' {
		return string(v), true
	}
	return r.text(v, member)
}

// Bool gives a member that is true or false.
func (r *Reading) Bool(o Object, member string) (value, ok bool) {
	return r.flag(o.Get(member), member)
}

func (r *Reading) flag(v json.RawMessage, member string) (value, ok bool) {
	switch string(v) {
	case "", "null":
		return false, false
	case "true":
		return true, true
	case "false":
		return false, true
	}
	r.Fail("%s is %s and not true or false", member, kindOf(v))
	return false, false
}

// SupplementaryBool gives a part of the supplementary configuration that is true or false. As all of its values it comes as text in the API's
// form, and files keep that for the parts that are no objects.
func (r *Reading) SupplementaryBool(it *Item, name string) (value, ok bool) {
	switch v := trim(it.Supplementary[name]); string(v) {
	case `"true"`:
		return true, true
	case `"false"`:
		return false, true
	default:
		return r.flag(v, "supplementaryConfiguration."+name)
	}
}

// Int gives a member that is a whole number.
func (r *Reading) Int(o Object, member string) (int, bool) {
	v := o.Get(member)
	if len(v) == 0 || string(v) == "null" {
		return 0, false
	}
	n, err := strconv.Atoi(string(v))
	if err != nil {
		r.Fail("%s is %s and not a whole number", member, kindOf(v))
		return 0, false
	}
	return n, true
}

// Time gives a member that is a moment: RFC 3339 as in AWS's samples, or the milliseconds since 1970 that older items carry. One that is
// spelt otherwise tells nothing, and is no error: no test decides by when a thing was made alone.
func (r *Reading) Time(o Object, member string) (time.Time, bool) {
	v := o.Get(member)
	if len(v) == 0 || string(v) == "null" {
		return time.Time{}, false
	}
	if v[0] == '"' {
		var s string
		if json.Unmarshal(v, &s) != nil {
			return time.Time{}, false
		}
		t, err := time.Parse(time.RFC3339Nano, s)
		return t.UTC(), err == nil
	}
	ms, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil || ms < 1e11 || ms > 1e14 { // seconds, or no moment at all
		return time.Time{}, false
	}
	return time.UnixMilli(ms).UTC(), true
}
