package strict

import (
	"errors"
	"strings"
	"testing"
)

type doc struct {
	Name     Text   `yaml:"name,required"`
	Expect   Text   `yaml:"expect,raw"`
	Accounts []Text `yaml:"accounts"`
	On       *bool  `yaml:"on"`
	Inner    *inner `yaml:"inner"`
	Items    []item `yaml:"items"`
}

type inner struct {
	Size Text `yaml:"size"`
}

type item struct {
	At Pos
	ID Text `yaml:"id,required"`
}

func decode(t *testing.T, src string) (doc, string) {
	t.Helper()
	var d doc
	if err := Decode("f.yaml", []byte(src), &d); err != nil {
		var errs Errors
		if !errors.As(err, &errs) {
			t.Fatalf("error is a %T, not Errors", err)
		}
		return d, err.Error()
	}
	return d, ""
}

func TestDecode(t *testing.T) {
	d, err := decode(t, "name: Example\nexpect: true\naccounts: [\"012345678901\", '111122223333']\non: false\ninner: {size: big}\nitems:\n  - id: a\n  - id: b\n")
	if err != "" {
		t.Fatal(err)
	}
	if d.Name.Value != "Example" || d.Expect.Value != "true" || d.Accounts[0].Value != "012345678901" || d.On == nil || *d.On || d.Inner.Size.Value != "big" {
		t.Errorf("decoded %+v", d)
	}
	if got := d.Items[1].At.String(); got != "f.yaml:8:5" {
		t.Errorf("second item is at %s, want f.yaml:8:5", got)
	}
}

// Each row is a way in which YAML people write goes wrong, and what they are told.
func TestFaults(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"unknown key", "name: a\nexpcet: b\n", `f.yaml:2:1: key "expcet": unknown in file; did you mean "expect"?`},
		{"unknown nested key", "name: a\ninner: {siez: b}\n", `f.yaml:2:9: key "siez": unknown in inner; did you mean "size"?`},
		{"nothing near", "name: a\nzzzzzz: b\n", `f.yaml:2:1: key "zzzzzz": unknown in file; known: accounts, expect, inner, items, name, on`},
		{"repeated key", "name: a\nname: b\n", `f.yaml:2:1: key "name": given twice, first on line 1; keep one`},
		{"missing key", "expect: a\n", `f.yaml:1:1: file: has no name; add the key name`},
		{"missing in item", "name: a\nitems:\n  - {}\n", `f.yaml:3:5: items: has no id; add the key id`},
		{"account id", "name: a\naccounts: [012345678901]\n", `f.yaml:2:12: accounts "012345678901": read as a number, and ids are strings; quote it: "012345678901"`},
		{"octal account id", "name: a\naccounts:\n  - 012345670123\n", `f.yaml:3:5: accounts "012345670123": read as a number, and ids are strings; quote it: "012345670123"`},
		{"CIS id", "name: 1.10\n", `f.yaml:1:7: name "1.10": read as a number, and ids are strings; quote it: "1.10"`},
		{"exponent", "name: 1e3\n", `f.yaml:1:7: name "1e3": read as a number, and ids are strings; quote it: "1e3"`},
		{"bool", "name: true\n", `f.yaml:1:7: name "true": read as true or false where a string is meant; quote it: "true"`},
		{"date", "name: 2026-12-31\n", `f.yaml:1:7: name "2026-12-31": read as a date where a string is meant; quote it: "2026-12-31"`},
		{"null", "name:\n", `f.yaml:1:6: name: is empty; give it a value or take the key out`},
		{"tilde", "name: ~\n", `f.yaml:1:7: name: is empty; give it a value or take the key out`},
		{"blank", "name: ' '\n", `f.yaml:1:7: name: is empty; give it a value or take the key out`},
		{"yes", "name: a\non: yes\n", `f.yaml:2:5: on "yes": a single value where true or false is meant; write true or false, without quotes`},
		{"quoted bool", "name: a\non: \"true\"\n", `f.yaml:2:5: on "true": a single value where true or false is meant; write true or false, without quotes`},
		{"single for list", "name: a\naccounts: x\n", `f.yaml:2:11: accounts "x": a single value where a list is meant; write [x]`},
		{"list for single", "name: [a]\n", `f.yaml:1:7: name: a list where a string is meant`},
		{"single for mapping", "name: a\ninner: x\n", `f.yaml:2:8: inner "x": a single value where keys and values are meant`},
		{"anchor", "name: &x a\n", `f.yaml:1:7: anchor "&x": anchors are not read; take it out`},
		{"alias", "name: &x a\nexpect: *x\n", "f.yaml:1:7: anchor \"&x\": anchors are not read; take it out\nf.yaml:2:9: alias \"*x\": aliases are not read; write the value out"},
		{"merge", "name: a\ninner:\n  <<: {size: b}\n", `f.yaml:3:3: key "<<": merge keys are not read; write the keys out`},
		{"tag", "name: !!str 12\n", `f.yaml:1:7: tag "!!str": tags are not read; take it out`},
		{"two documents", "name: a\n---\nname: b\n", `f.yaml:2:1: a second document begins here; keep one document a file`},
		{"empty", "\n  \n", `f.yaml:1:1: the file is empty`},
		{"only a comment", "# nothing\n", `f.yaml:1:1: the file is empty`},
		{"not UTF-8", "name: a\nexpect: \xff\n", `f.yaml:2:9: the byte 0xff is not UTF-8; save the file as UTF-8`},
		{"right to left", "name: a\u202eb\n", `f.yaml:1:8: the character U+202E is invisible and not allowed here; take it out`},
		{"null byte", "name: a\x00b\n", `f.yaml:1:8: the character U+0000 is invisible and not allowed here; take it out`},
		{"tab", "name: a\ninner:\n\tsize: b\n", `f.yaml:3:1: a tab in the indentation; indent with spaces`},
		{"not YAML", "name: a\nexpect: [b\n", `f.yaml:2:1: not YAML: did not find expected ',' or ']'`},
		{"list key", "name: a\n? [b]\n: c\n", `f.yaml:2:3: a key must be a word`},
		{"top is a list", "- name\n", `f.yaml:1:1: file: a list where keys and values are meant`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, got := decode(t, c.src); got != c.want {
				t.Errorf("source:\n%s\ngot:  %s\nwant: %s", c.src, got, c.want)
			}
		})
	}
}

func TestAllFaultsTogether(t *testing.T) {
	_, got := decode(t, "nmae: a\naccounts: [1, \"2\", 3]\non: maybe\n")
	want := []string{"f.yaml:1:1: file: has no name", `f.yaml:1:1: key "nmae"`, `f.yaml:2:12: accounts "1"`, `f.yaml:2:20: accounts "3"`, "f.yaml:3:5: on"}
	lines := strings.Split(got, "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d faults, want %d:\n%s", len(lines), len(want), got)
	}
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("nothing says %q in:\n%s", w, got)
		}
	}
}

func TestTooLong(t *testing.T) {
	_, got := decode(t, "name: "+strings.Repeat("a", MaxBytes))
	if !strings.Contains(got, "is the most that is read") {
		t.Errorf("got %s", got)
	}
}

func TestDeep(t *testing.T) {
	_, got := decode(t, "name: "+strings.Repeat("[", 2000)+strings.Repeat("]", 2000))
	if !strings.Contains(got, "nested deeper than") {
		t.Errorf("got %s", got)
	}
}

func TestManyFaults(t *testing.T) {
	_, got := decode(t, "name: a\naccounts:\n"+strings.Repeat("  - 1\n", 1000))
	if n := strings.Count(got, "\n") + 1; n != maxErrors+1 || !strings.HasSuffix(got, "and 950 more faults from here on") {
		t.Errorf("%d lines, the last: %s", n, got[strings.LastIndex(got, "\n")+1:])
	}
}

// A place in a value is found in the file, in every style of scalar.
func TestPlace(t *testing.T) {
	for _, c := range []struct{ name, src, find, want string }{
		{"plain", "name: a\nexpect: it.a && it.b\n", "it.b", "f.yaml:2:17"},
		{"plain after wide characters", "name: a\nexpect: it.ä == 'ü' && it.b\n", "it.b", "f.yaml:2:24"},
		{"double quoted", "name: a\nexpect: \"it.a == \\\"x\\\" && it.b\"\n", "it.b", "f.yaml:2:27"},
		{"double quoted with codes", "name: a\nexpect: \"it.a == '\\x41\\u00e9\\n' && it.b\"\n", "it.b", "f.yaml:2:36"},
		{"single quoted", "name: a\nexpect: 'it.a == ''x'' && it.b'\n", "it.b", "f.yaml:2:27"},
		{"literal", "name: a\nexpect: |\n  it.a &&\n    it.b\n", "it.b", "f.yaml:4:5"},
		{"literal with a header", "name: a\nexpect: |2- # why\n  it.a &&\n\n    it.b\n", "it.b", "f.yaml:5:5"},
		{"folded", "name: a\nexpect: >-\n  it.a &&\n  it.b\n", "it.b", "f.yaml:4:3"},
		{"folded over plain lines", "name: a\nexpect: it.a &&\n  it.c ||\n  it.b\n", "it.b", "f.yaml:4:3"},
		{"double quoted over lines", "name: a\nexpect: \"it.a && \\\n  it.c ||\n  it.b\"\n", "it.b", "f.yaml:4:3"},
		{"in a flow", "{name: a, expect: it.a && it.b}\n", "it.b", "f.yaml:1:27"},
		{"line ends of Windows", "name: a\r\nexpect: |\r\n  it.a &&\r\n  it.b\r\n", "it.b", "f.yaml:4:3"},
		{"after a byte order mark", "\ufeffname: a\nexpect: it.a && it.b\n", "it.b", "f.yaml:2:17"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := decode(t, c.src)
			if err != "" {
				t.Fatal(err)
			}
			before, _, ok := strings.Cut(d.Expect.Value, c.find)
			if !ok {
				t.Fatalf("%q is not in %q", c.find, d.Expect.Value)
			}
			line := 1 + strings.Count(before, "\n")
			column := len([]rune(before[strings.LastIndex(before, "\n")+1:])) + 1
			if got := d.Expect.Place(line, column).String(); got != c.want {
				t.Errorf("place %d:%d of %q is %s, want %s", line, column, d.Expect.Value, got, c.want)
			}
		})
	}
}

func TestPlaceBehindTheEnd(t *testing.T) {
	d, _ := decode(t, "name: a\nexpect: it.a &&\n")
	if got := d.Expect.Place(1, 8).String(); got != "f.yaml:2:16" {
		t.Errorf("got %s, want f.yaml:2:16", got)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"kms.key", "kms.key_store", "config.rule"}
	for word, want := range map[string]string{"kms.kye": "kms.key", "kmskey": "kms.key", "config.rules": "config.rule", "s3.bucket": ""} {
		if got := Nearest(word, known); got != want {
			t.Errorf("nearest to %q is %q, want %q", word, got, want)
		}
	}
}

// Whatever the bytes, Decode ends, and an error it gives names a place in the file.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"name: a\n", "name: &a [*a]\n", "<<: *x\n", "? [a]\n: b\n", "name: \"\\x41\"\n", "items:\n- id: |\n   a\n", "\ufeffname: b", "a: !!binary x", "- \t- a", "name: >1\n  a\n\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var d doc
		err := Decode("f.yaml", data, &d)
		var errs Errors
		if err != nil && !errors.As(err, &errs) {
			t.Fatalf("error is a %T", err)
		}
		for _, e := range errs {
			if e.At.File != "f.yaml" || e.At.Line < 1 || e.At.Column < 1 || e.What == "" {
				t.Errorf("a fault without a place or words: %#v", e)
			}
		}
		if err == nil && d.Name.IsZero() {
			t.Error("a required key is missing and nothing says so")
		}
		for line := 1; line < 4; line++ {
			p := d.Expect.Place(line, line)
			if !d.Expect.IsZero() && (p.Line < 1 || p.Column < 1) {
				t.Errorf("a place outside the file: %v", p)
			}
		}
	})
}
