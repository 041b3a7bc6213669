package configitem

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// members gives each member of a JSON object that is known to be valid: its name, without quotes and escapes read, and its value. each may
// end it by giving false.
func members(object []byte, each func(name string, value []byte) bool) {
	b := object
	i := blank(b, 1) // after the brace
	for i < len(b) && b[i] == '"' {
		end := after(b, i)
		name := string(b[i+1 : end-1])
		if strings.IndexByte(name, '\\') >= 0 {
			if json.Unmarshal(b[i:end], &name) != nil {
				return // not reached: it is valid
			}
		}
		i = blank(b, blank(b, end)+1) // over the colon
		from := i
		i = after(b, i)
		if !each(name, b[from:i]) {
			return
		}
		if i = blank(b, i); i >= len(b) || b[i] != ',' {
			return
		}
		i = blank(b, i+1)
	}
}

func blank(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// typeOf finds the resourceType of an item, and decodes nothing else.
func typeOf(item []byte) (t string) {
	members(item, func(name string, v []byte) bool {
		if name != "resourceType" && !strings.EqualFold(name, "resourceType") {
			return true
		}
		t, _ = textOf(v)
		return false
	})
	return t
}

// textOf reads a string. Null is "".
func textOf(v []byte) (string, error) {
	switch {
	case string(v) == "null":
		return "", nil
	case v[0] != '"':
		return "", errors.New("not a string")
	case strings.IndexByte(string(v), '\\') < 0:
		return string(v[1 : len(v)-1]), nil
	}
	var s string
	err := json.Unmarshal(v, &s)
	return s, err
}

// Item reads the item: as files in S3 spell it, or as the API does, with names in whichever case. What it keeps are copies. A member that is
// there and not in a form that AWS documents, or there twice in different case, is an error: nothing may be guessed from it.
func (r Raw) Item() (Item, error) {
	var it Item
	var err error
	var seen [len(known)]bool
	members(r.JSON, func(name string, v []byte) bool {
		i := knownAs(name)
		switch {
		case i < 0:
			return true
		case seen[i]:
			err = fmt.Errorf("%s is there twice, in different spellings", known[i].name)
			return false
		}
		seen[i] = true
		if e := known[i].read(&it, v); e != nil {
			err = fmt.Errorf("%s is %w", name, e)
			return false
		}
		return true
	})
	if err != nil {
		return Item{}, fmt.Errorf("item %d, byte %d, of %s %q: %w", r.Number, r.Offset, r.Type, it.ResourceID, err)
	}
	return it, nil
}

// known are the members that are read: as files spell them, and as the API does where that differs.
var known = [...]struct {
	name, api string
	read      func(*Item, []byte) error
}{
	{"awsAccountId", "accountId", func(it *Item, v []byte) error { return text(&it.Account, v) }},
	{"awsRegion", "", func(it *Item, v []byte) error { return text(&it.Region, v) }},
	{"resourceType", "", func(it *Item, v []byte) error { return text(&it.ResourceType, v) }},
	{"resourceId", "", func(it *Item, v []byte) error { return text(&it.ResourceID, v) }},
	{"resourceName", "", func(it *Item, v []byte) error { return text(&it.ResourceName, v) }},
	{"ARN", "", func(it *Item, v []byte) error { return text(&it.ARN, v) }},
	{"configurationItemVersion", "version", func(it *Item, v []byte) error { return text(&it.Version, v) }},
	{"configurationItemStatus", "", func(it *Item, v []byte) error { return text(&it.Status, v) }},
	{"configurationStateId", "", func(it *Item, v []byte) error { return stateID(&it.StateID, v) }},
	{"configurationItemCaptureTime", "", func(it *Item, v []byte) error { return moment(&it.Captured, v) }},
	{"resourceCreationTime", "", func(it *Item, v []byte) error { return moment(&it.Created, v) }},
	{"configurationItemDeliveryTime", "", func(it *Item, v []byte) error { return moment(&it.Delivered, v) }},
	{"recordingFrequency", "", func(it *Item, v []byte) error { return text(&it.Frequency, v) }},
	{"tags", "", func(it *Item, v []byte) error { return tags(&it.Tags, v) }},
	{"configuration", "", func(it *Item, v []byte) error {
		if it.Configuration = value(v); string(it.Configuration) == `""` {
			it.Configuration = nil
		}
		return nil
	}},
	{"supplementaryConfiguration", "", func(it *Item, v []byte) error { return supplementary(&it.Supplementary, v) }},
}

// knownAs gives the place of a name among those that are read, in whichever case; -1 where it is none.
func knownAs(name string) int {
	if name == "" {
		return -1 // some have no other name in the API
	}
	for i := range known {
		if k := &known[i]; name == k.name || name == k.api {
			return i
		}
	}
	for i := range known {
		if k := &known[i]; strings.EqualFold(name, k.name) || strings.EqualFold(name, k.api) {
			return i
		}
	}
	return -1
}

func text(to *string, v []byte) (err error) {
	*to, err = textOf(v)
	return err
}

// stateID reads an id that the files give as a number and the API as a string.
func stateID(to *string, v []byte) error {
	if c := v[0]; c >= '0' && c <= '9' {
		if _, err := strconv.ParseUint(string(v), 10, 64); err != nil {
			return errors.New("not a whole number")
		}
		*to = string(v)
		return nil
	}
	return text(to, v)
}

// moment reads a time in ISO 8601, or in seconds since 1970 as the API writes it. Null is no time.
func moment(to *time.Time, v []byte) error {
	if string(v) == "null" {
		return nil
	}
	if v[0] != '"' {
		s, err := strconv.ParseFloat(string(v), 64)
		if err != nil || !(s > 0 && s < 253402300800) { // the year 10000
			return errors.New("not a time")
		}
		*to = time.UnixMilli(int64(math.Round(s * 1000))).UTC()
		return nil
	}
	s, err := textOf(v)
	if err != nil {
		return err
	}
	if s == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return errors.New("not a time in ISO 8601")
	}
	*to = t.UTC()
	return nil
}

func tags(to *map[string]string, v []byte) error {
	if string(v) == "null" {
		return nil
	}
	var m map[string]*string
	if err := json.Unmarshal(v, &m); err != nil {
		return errors.New("not an object of strings")
	}
	*to = make(map[string]string, len(m))
	for k, s := range m {
		if s == nil {
			return errors.New("an object with a tag that is null")
		}
		(*to)[k] = *s
	}
	return nil
}

func supplementary(to *map[string]json.RawMessage, v []byte) error {
	switch {
	case string(v) == "null":
		return nil
	case v[0] != '{':
		return errors.New("not an object")
	}
	*to = map[string]json.RawMessage{}
	members(v, func(name string, v []byte) bool {
		if x := value(v); x != nil {
			(*to)[name] = x
		} else {
			(*to)[name] = json.RawMessage("null")
		}
		return true
	})
	return nil
}

// value takes a copy of a JSON value; of one in a string, of what the string holds. Null is nil.
func value(v []byte) json.RawMessage {
	if v[0] == '"' {
		if s, err := textOf(v); err == nil {
			if s == "" {
				return json.RawMessage(`""`)
			}
			v = unwrap(s)
		}
	}
	if string(v) == "null" {
		return nil
	}
	return append(json.RawMessage(nil), v...)
}

// AppendRead appends the item with those of its members that Item reads, as they are spelt: what is enough to read it again.
func (r Raw) AppendRead(b []byte) []byte {
	b = append(b, '{')
	first := true
	members(r.JSON, func(name string, v []byte) bool {
		if knownAs(name) < 0 {
			return true
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = strconv.AppendQuote(b, name) // one of ours, in whichever case: letters alone
		b = append(append(b, ':'), v...)
		return true
	})
	return append(b, '}')
}
