package strict

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// A Custom type decodes itself: a value that may have several forms, such as a list or the word "all".
type Custom interface {
	DecodeStrict(d *Decoder, n *yaml.Node, subject string)
}

// A Decoder decodes one file. Custom types call its methods on the nodes they are given.
type Decoder struct {
	Report
	file string
	src  *source
}

// Decode reads data, the content of the file, into the struct that into points to. Fields are named by their `yaml` tag;
// ",required" after the name makes a missing key a fault, ",raw" takes a plain value as it is written, whatever YAML
// would make of it. A field At of type Pos receives the place of the mapping. Kinds of field: Text, *bool, structs,
// pointers to structs, slices of these, and Custom types. Whatever error is returned is Errors.
func Decode(file string, data []byte, into any) error {
	d := &Decoder{file: file}
	if d.check(data); d.Len() > 0 {
		return d.Err()
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	d.src = newSource(data)
	root := d.parse(data)
	if d.Len() > 0 {
		return d.Err()
	}
	d.vet(root, 0)
	if d.Len() > 0 {
		return d.Err()
	}
	d.value(root, reflect.ValueOf(into).Elem(), "file", false)
	return d.Err()
}

// Pos is the place of a node.
func (d *Decoder) Pos(n *yaml.Node) Pos { return Pos{d.file, n.Line, n.Column} }

// check refuses what should never reach the parser.
func (d *Decoder) check(data []byte) {
	if len(data) > MaxBytes {
		d.Add(Pos{d.file, 1, 1}, "", "", fmt.Sprintf("%d bytes long, and %d is the most that is read", len(data), MaxBytes),
			"split it")
		return
	}
	if len(bytes.TrimSpace(data)) == 0 {
		d.Add(Pos{d.file, 1, 1}, "", "", "the file is empty", "")
		return
	}
	line, column := 1, 1
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		at := Pos{d.file, line, column}
		switch {
		case r == utf8.RuneError && n <= 1:
			d.Add(at, "", "", fmt.Sprintf("the byte 0x%02x is not UTF-8", data[i]), "save the file as UTF-8")
			return
		case r == '\r' && (i+1 >= len(data) || data[i+1] != '\n'):
			d.Add(at, "", "", "a carriage return without a line feed", "end lines with LF")
			return
		case r == '\ufeff' && i > 0, r < ' ' && r != '\t' && r != '\n' && r != '\r', r >= 0x7f && r <= 0x9f,
			r == '\u2028', r == '\u2029', r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\ufffe', r == '\uffff':
			d.Add(at, "", "", fmt.Sprintf("the character U+%04X is invisible and not allowed here", r), "take it out")
			return
		}
		i += n
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
		if r == '\ufeff' {
			column = 1
		}
	}
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// parse gives the one document of the file. The parser is guarded: a panic inside it is a fault of the file, not ours to die of.
func (d *Decoder) parse(data []byte) (root *yaml.Node) {
	defer func() {
		if p := recover(); p != nil {
			d.Add(Pos{d.file, 1, 1}, "", "", fmt.Sprintf("not readable as YAML: %v", p), "")
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		d.Add(Pos{d.file, 1, 1}, "", "", "the file is empty", "")
		return nil
	} else if err != nil {
		d.syntax(data, err)
		return nil
	}
	var second yaml.Node
	switch err := dec.Decode(&second); {
	case err == nil:
		d.Add(d.Pos(&second), "", "", "a second document begins here", "keep one document a file")
		return nil
	case !errors.Is(err, io.EOF):
		d.syntax(data, err)
		return nil
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind == yaml.ScalarNode && doc.Content[0].Tag == "!!null" {
		d.Add(Pos{d.file, 1, 1}, "", "", "the file is empty", "")
		return nil
	}
	return doc.Content[0]
}

// syntax words the parser's error. Of a tab in the indentation, the usual slip, the parser itself says nothing clear.
func (d *Decoder) syntax(data []byte, err error) {
	for i, line := range strings.Split(string(data), "\n") {
		blank := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
		if tab := strings.IndexByte(blank, '\t'); tab >= 0 && len(blank) < len(strings.TrimRight(line, "\r")) {
			d.Add(Pos{d.file, i + 1, tab + 1}, "", "", "a tab in the indentation", "indent with spaces")
			return
		}
	}
	line, text := 0, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = strings.TrimPrefix(err.Error(), m[0])
	}
	// The library counts lines from 0 where its parser, and from 1 where its scanner found the fault, and names no column.
	if strings.HasPrefix(text, "did not find expected") {
		line++
	}
	line = max(1, min(line, len(d.src.lines)))
	column := 1
	for at := d.src.lines[line-1]; at < len(data) && data[at] == ' '; at++ {
		column++
	}
	d.Add(Pos{d.file, line, column}, "", "", "not YAML: "+text, "")
}

// vet refuses what YAML can do and a mapping must not.
func (d *Decoder) vet(n *yaml.Node, depth int) {
	at := d.Pos(n)
	switch {
	case depth > maxDepth:
		d.Add(at, "", "", fmt.Sprintf("nested deeper than %d", maxDepth), "")
		return
	case n.Kind == yaml.AliasNode:
		d.Add(at, "alias", "*"+n.Value, "aliases are not read", "write the value out")
		return
	case n.Anchor != "":
		d.Add(at, "anchor", "&"+n.Anchor, "anchors are not read", "take it out")
	case n.Style&yaml.TaggedStyle != 0:
		d.Add(at, "tag", n.Tag, "tags are not read", "take it out")
	}
	if n.Kind == yaml.MappingNode {
		seen := map[string]*yaml.Node{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			switch first := seen[k.Value]; {
			case k.Kind != yaml.ScalarNode:
				if k.Kind != yaml.AliasNode {
					d.Add(d.Pos(k), "", "", "a key must be a word", "")
				}
			case k.Tag == "!!merge":
				d.Add(d.Pos(k), "key", k.Value, "merge keys are not read", "write the keys out")
			case first != nil:
				d.Add(d.Pos(k), "key", k.Value, fmt.Sprintf("given twice, first on line %d", first.Line), "keep one")
			default:
				seen[k.Value] = k
			}
		}
	}
	for _, c := range n.Content {
		d.vet(c, depth+1)
	}
}

var (
	textType   = reflect.TypeFor[Text]()
	boolType   = reflect.TypeFor[*bool]()
	posType    = reflect.TypeFor[Pos]()
	customType = reflect.TypeFor[Custom]()
)

// value decodes n into v; subject names it in faults.
func (d *Decoder) value(n *yaml.Node, v reflect.Value, subject string, raw bool) {
	if reflect.PointerTo(v.Type()).Implements(customType) {
		v.Addr().Interface().(Custom).DecodeStrict(d, n, subject)
		return
	}
	switch {
	case v.Type() == textType:
		if raw {
			v.Set(reflect.ValueOf(d.Raw(n, subject)))
		} else {
			v.Set(reflect.ValueOf(d.Text(n, subject)))
		}
	case v.Type() == boolType:
		if b, ok := d.bool(n, subject); ok {
			v.Set(reflect.ValueOf(&b))
		}
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), subject, raw)
	case v.Kind() == reflect.Slice:
		d.list(n, v, subject, raw)
	case v.Kind() == reflect.Struct:
		d.mapping(n, v, subject)
	default:
		panic(fmt.Sprintf("strict: no way to decode into %s", v.Type()))
	}
}

// Into decodes n into what v points to, for Custom types that hand a part of their work back.
func Into[T any](d *Decoder, n *yaml.Node, v *T, subject string) {
	d.value(n, reflect.ValueOf(v).Elem(), subject, false)
}

func (d *Decoder) list(n *yaml.Node, v reflect.Value, subject string, raw bool) {
	if n.Kind != yaml.SequenceNode {
		next := "write it as a list"
		if n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
			next = "write [" + n.Value + "]"
		}
		d.Add(d.Pos(n), subject, n.Value, describe(n)+" where a list is meant", next)
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, c := range n.Content {
		d.value(c, out.Index(i), subject, raw)
	}
	v.Set(out)
}

func (d *Decoder) mapping(n *yaml.Node, v reflect.Value, subject string) {
	if n.Kind != yaml.MappingNode {
		d.Add(d.Pos(n), subject, n.Value, describe(n)+" where keys and values are meant", "")
		return
	}
	fields := fieldsOf(v.Type())
	var known []string
	for _, f := range fields {
		known = append(known, f.key)
	}
	given := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		given[k.Value] = true
		var f *field
		for j := range fields {
			if fields[j].key == k.Value {
				f = &fields[j]
			}
		}
		if f == nil {
			d.Add(d.Pos(k), "key", k.Value, "unknown in "+subject, DidYouMean(k.Value, known))
			continue
		}
		d.value(n.Content[i+1], v.Field(f.index), f.key, f.raw)
	}
	for _, f := range fields {
		if f.required && !given[f.key] {
			d.Add(d.Pos(n), subject, "", "has no "+f.key, "add the key "+f.key)
		}
	}
	if at := v.FieldByName("At"); at.IsValid() && at.Type() == posType {
		at.Set(reflect.ValueOf(d.Pos(n)))
	}
}

type field struct {
	key           string
	index         int
	required, raw bool
}

func fieldsOf(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		tag := t.Field(i).Tag.Get("yaml")
		if tag == "" || tag == "-" {
			continue
		}
		key, opts, _ := strings.Cut(tag, ",")
		out = append(out, field{key, i, strings.Contains(opts, "required"), strings.Contains(opts, "raw")})
	}
	return out
}

// Text reads a string. Values that YAML takes for something else are faults: their spelling would be lost.
func (d *Decoder) Text(n *yaml.Node, subject string) Text {
	if n.Kind != yaml.ScalarNode {
		d.Add(d.Pos(n), subject, "", describe(n)+" where a string is meant", "")
		return Text{}
	}
	quoted := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	if !quoted {
		next := "quote it: " + strconv.Quote(n.Value)
		switch n.Tag {
		case "!!int", "!!float":
			d.Add(d.Pos(n), subject, n.Value, "read as a number, and ids are strings", next)
			return Text{}
		case "!!bool":
			d.Add(d.Pos(n), subject, n.Value, "read as true or false where a string is meant", next)
			return Text{}
		case "!!timestamp":
			d.Add(d.Pos(n), subject, n.Value, "read as a date where a string is meant", next)
			return Text{}
		case "!!null":
			return d.empty(n, subject)
		}
	}
	return d.Raw(n, subject)
}

// Raw reads a scalar as it is written, whatever YAML would make of it.
func (d *Decoder) Raw(n *yaml.Node, subject string) Text {
	if n.Kind != yaml.ScalarNode {
		d.Add(d.Pos(n), subject, "", describe(n)+" where a single value is meant", "")
		return Text{}
	}
	if strings.TrimSpace(n.Value) == "" || n.Tag == "!!null" && n.Style == 0 {
		return d.empty(n, subject)
	}
	return Text{Value: n.Value, At: d.Pos(n), style: n.Style, src: d.src}
}

func (d *Decoder) empty(n *yaml.Node, subject string) Text {
	d.Add(d.Pos(n), subject, "", "is empty", "give it a value or take the key out")
	return Text{}
}

func (d *Decoder) bool(n *yaml.Node, subject string) (bool, bool) {
	plain := n.Kind == yaml.ScalarNode && n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	switch {
	case plain && n.Value == "true":
		return true, true
	case plain && n.Value == "false":
		return false, true
	}
	d.Add(d.Pos(n), subject, n.Value, describe(n)+" where true or false is meant", "write true or false, without quotes")
	return false, false
}

func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "keys and values"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "nothing"
	}
	return "a single value"
}
