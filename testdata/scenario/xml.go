package scenario

import (
	"encoding/xml"
	"slices"
	"strings"
)

// An X is an element of an XML answer. Handlers of the XML protocols answer with a list of them (the members of the result), with
// one (the root itself, for restXML), or with Raw.
type X struct {
	Name, Text string
	In         []X
}

// Raw is a body that is sent as it is: the JSON policy of a bucket.
type Raw string

// E makes an element: what it holds is text, X, or []X. A nil or an empty string makes an empty element.
func E(name string, in ...any) X {
	x := X{Name: name}
	for _, v := range in {
		switch v := v.(type) {
		case string:
			x.Text += v
		case X:
			x.In = append(x.In, v)
		case []X:
			x.In = append(x.In, v...)
		case nil:
		default:
			panic("scenario: an element holds text and elements only")
		}
	}
	return x
}

// List makes a list: <name><item>…</item><item>…</item></name>.
func List(name, item string, items ...[]X) X {
	x := X{Name: name}
	for _, i := range items {
		x.In = append(x.In, X{Name: item, In: i})
	}
	return x
}

// Text makes <name>text</name>, or nothing where the text is empty: AWS leaves out what it has not got.
func Text(name, text string) []X {
	if text == "" {
		return nil
	}
	return []X{{Name: name, Text: text}}
}

func (x X) write(b *strings.Builder) {
	b.WriteString("<" + x.Name + ">")
	xml.EscapeText(b, []byte(x.Text))
	for _, c := range x.In {
		c.write(b)
	}
	// The end tag takes the name without attributes.
	name, _, _ := strings.Cut(x.Name, " ")
	b.WriteString("</" + name + ">")
}

// at finds the element at a path below x, nil where there is none.
func (x *X) at(path ...string) *X {
	if len(path) == 0 {
		return x
	}
	for i := range x.In {
		if x.In[i].Name == path[0] {
			return x.In[i].at(path[1:]...)
		}
	}
	return nil
}

// set puts text at a path below x and makes the last element where there is none. It reports whether the way to it exists.
func (x *X) set(path []string, text string) bool {
	if e := x.at(path...); e != nil {
		e.Text, e.In = text, nil
		return true
	}
	up := x.at(path[:len(path)-1]...)
	if up == nil {
		return false
	}
	up.In = append(up.In, X{Name: path[len(path)-1], Text: text})
	return true
}

// drop takes out the element at a path.
func (x *X) drop(path []string) bool {
	up := x.at(path[:len(path)-1]...)
	if up == nil || up.at(path[len(path)-1]) == nil {
		return false
	}
	up.In = slices.DeleteFunc(up.In, func(c X) bool { return c.Name == path[len(path)-1] })
	return true
}

// lists reports whether the element holds a list somewhere, and empties them if asked.
func (x *X) lists(empty bool) bool {
	found := false
	for i := range x.In {
		c := &x.In[i]
		if len(c.In) > 0 && slices.Contains([]string{"member", "item", "entry"}, c.In[0].Name) || strings.TrimSuffix(c.Name, "s") != c.Name && len(c.In) > 0 || strings.HasSuffix(c.Name, "List") || c.Name == "Items" {
			found = true
			if empty {
				c.In = nil
			}
		}
	}
	return found
}
