package scenario

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A shape says how the elements of an XML answer are spelt in items: which are lists, numbers, flags and moments, which have another name there,
// and which AWS's schema of the type does not have ("-"). Names stand between blanks.
type shape struct {
	lists, numbers, flags, moments string
	names                          map[string]string
}

// itemJSON spells an element of an XML answer as items do: the same names, beginning with a small letter, but for those that the shape names.
func itemJSON(x X, s shape) any {
	in := func(names string) bool { return strings.Contains(names, " "+x.Name+" ") }
	switch {
	case in(s.lists):
		out := []any{}
		for _, e := range x.In {
			out = append(out, itemJSON(e, s))
		}
		return out
	case len(x.In) > 0:
		out := M{}
		for _, e := range x.In {
			if name := cmp.Or(s.names[e.Name], small(e.Name)); name != "-" {
				out[name] = itemJSON(e, s)
			}
		}
		return out
	case in(s.numbers):
		n, err := strconv.Atoi(x.Text)
		if err != nil {
			panic(fmt.Sprintf("scenario: %s is %q and no number", x.Name, x.Text))
		}
		return n
	case in(s.flags):
		return x.Text == "true"
	case in(s.moments):
		return iso(moment(x.Text))
	}
	return x.Text
}

func moment(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(fmt.Sprintf("scenario: %q is declared as a moment", text))
	}
	return t
}

// smallMembers spells the members of a JSON answer as items do.
func smallMembers(v any) any {
	switch x := v.(type) {
	case M:
		out := M{}
		for k, v := range x {
			out[small(k)] = smallMembers(v)
		}
		return out
	case []any:
		out := []any{}
		for _, v := range x {
			out = append(out, smallMembers(v))
		}
		return out
	}
	return v
}

// small spells a name of AWS's with a small letter at its front; initials go together: ARN becomes arn.
func small(name string) string {
	n := 0
	for n < len(name) && name[n] >= 'A' && name[n] <= 'Z' {
		n++
	}
	switch {
	case n == len(name):
		return strings.ToLower(name)
	case n > 1:
		n-- // the last of the capitals begins the next word
	}
	return strings.ToLower(name[:n]) + name[n:]
}

// absent writes members that the service left out.
func absent(c M, as any, members ...string) {
	for _, m := range members {
		if _, ok := c[m]; !ok {
			c[m] = as
		}
	}
}

// itemTags reads the tags of a configuration, a list of objects with a key and a value.
func itemTags(c M) []Tag {
	var out []Tag
	list, _ := c["tags"].([]any)
	for _, t := range list {
		out = append(out, Tag{t.(M)["key"].(string), t.(M)["value"].(string)})
	}
	return out
}
