package text

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func latin(r rune) bool { return r < 0x250 || r == '…' || r == '‹' || r == '›' }

func TestVisible(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"arn:aws:kms:eu-west-1:111122223333:key/1", "arn:aws:kms:eu-west-1:111122223333:key/1"},
		{"key 🔑 here", "key ‹U+1F511› here"},
		{"日本 語", "‹U+65E5 U+672C› ‹U+8A9E›"},
		{"\x1b[31mred\x1b[0m", "‹U+001B›[31mred‹U+001B›[0m"},
		{"invoice\u202egpj.exe\u2069", "invoice‹U+202E›gpj.exe‹U+2069›"},
		{"a\u200bb\u200dc\ufeffd\u00ade", "a‹U+200B›b‹U+200D›c‹U+FEFF›d‹U+00AD›e"},
		{"bad \xff\xc3( utf-8", "bad ‹xFF xC3›( utf-8"},
		{"lone \xed\xa0\x80 surrogate", "lone ‹xED xA0 x80› surrogate"},
		{"one\ntwo\tthree\r\x00", "one‹U+000A›two‹U+0009›three‹U+000D U+0000›"},
		{"no\u00a0break\u3000wide\u3164filler\ufe0f", "no‹U+00A0›break‹U+3000›wide‹U+3164›filler‹U+FE0F›"},
		{"é Ü ñ", "é Ü ñ"},
		{"already \ufffd replaced", "already ‹U+FFFD› replaced"},
		{"", ""},
	} {
		if got := Visible(c.in, latin); got != c.want {
			t.Errorf("Visible(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// gofpdf panics on a character beyond the first plane: no font's word is taken for one.
func TestVisibleNeverTrustsAFontBeyondTheFirstPlane(t *testing.T) {
	if got, want := Visible("a🔑b\U0010FFFFc", func(rune) bool { return true }), "a‹U+1F511›b‹U+10FFFF›c"; got != want {
		t.Errorf("Visible = %q, want %q", got, want)
	}
}

func TestPlain(t *testing.T) {
	got := Plain("日本語 🔑 é \x1b[2J\u202e\x07\x9b31m\n\xff")
	want := "日本語 🔑 é ‹U+001B›[2J‹U+202E U+0007›‹x9B›31m‹U+000A xFF›"
	want = strings.Replace(want, "‹U+202E U+0007›‹x9B›", "‹U+202E U+0007 x9B›", 1)
	if got != want {
		t.Errorf("Plain = %q, want %q", got, want)
	}
}

func TestCellKeepsWhatExcelShows(t *testing.T) {
	in := "=1+1\nsecond\tline 日本語 🔑"
	if got := Cell(in, "E-1"); got != in {
		t.Errorf("Cell(%q) = %q", in, got)
	}
	if got, want := Cell("a\x00b\x1bc\ufffed\u202ee\r", ""), "a‹U+0000›b‹U+001B›c‹U+FFFE›d‹U+202E›e‹U+000D›"; got != want {
		t.Errorf("Cell = %q, want %q", got, want)
	}
}

func TestCellSaysWhatItCut(t *testing.T) {
	for _, unit := range []string{"x", "é", "語", "🔑"} {
		for _, n := range []int{CellLimit - 1, CellLimit, CellLimit + 1, 50000} {
			in := strings.Repeat(unit, n)
			got := Cell(in, "E-0123456789abcdef")
			if units(got) > CellLimit {
				t.Fatalf("%d of %s: %d units", n, unit, units(got))
			}
			if units(in) <= CellLimit {
				if got != in {
					t.Errorf("%d of %s fit, and were changed", n, unit)
				}
				continue
			}
			head, tail, ok := strings.Cut(got, "… (cut, ")
			var cut int
			if _, err := fmt.Sscanf(tail, "%d characters; whole text in evidence E-0123456789abcdef)", &cut); !ok || err != nil {
				t.Fatalf("%d of %s: %q does not say what was cut", n, unit, tail)
			}
			if utf8.RuneCountInString(head)+cut != n {
				t.Errorf("%d of %s: %d kept and %d cut", n, unit, utf8.RuneCountInString(head), cut)
			}
		}
	}
}

func mono(rune) int { return 1 }

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  []string
	}{
		{"one two three", 8, []string{"one two", "three"}},
		{"  one   two ", 20, []string{"one   two"}},
		{"", 5, []string{""}},
		{"   ", 5, []string{""}},
		{"arn:aws:kms:eu-west-1:111122223333:key/0f", 14, []string{"arn:aws:kms:", "eu-west-1:", "111122223333:", "key/0f"}},
		{"aaaaaaaaaa", 4, []string{"aaaa", "aaaa", "aa"}},
		{"see arn:aws:iam::aws:policy/X now", 16, []string{"see arn:aws:iam:", ":aws:policy/X", "now"}},
		{"evidence/111122223333/eu_west_1.jsonl", 13, []string{"evidence/", "111122223333/", "eu_west_1.", "jsonl"}},
		{"well-known e.g. this", 12, []string{"well-known", "e.g. this"}},
		{"ab", 0, []string{"a", "b"}},
	} {
		if got := Wrap(c.in, c.width, mono); strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("Wrap(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
	}
}

func FuzzWrapLosesNothing(f *testing.F) {
	f.Add("arn:aws:kms:eu-west-1:111122223333:key/0f", 14)
	f.Add("a  b\xff 日本語🔑 "+strings.Repeat("x", 300), 7)
	f.Add(strings.Repeat("word ", 1000), 1)
	f.Fuzz(func(t *testing.T, s string, width int) {
		if width < 0 || width > 1000 {
			return
		}
		measure := func(r rune) int {
			if r > 0x2FF {
				return 2
			}
			return 1
		}
		lines := Wrap(s, width, measure)
		strip := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got, want := strip(strings.Join(lines, "")), strip(s); got != want {
			t.Fatalf("width %d: %q became %q", width, want, got)
		}
		// The words of each line stand in s in one piece: breaking adds no character.
		at := 0
		for _, l := range lines {
			i := strings.Index(s[at:], l)
			if i < 0 || strings.Trim(s[at:at+i], " ") != "" {
				t.Fatalf("line %q is not the next part of %q", l, s)
			}
			at += i + len(l)
			w := 0
			for _, r := range l {
				w += measure(r)
			}
			if w > width && utf8.RuneCountInString(l) > 1 {
				t.Fatalf("line %q is %d wide, more than %d", l, w, width)
			}
		}
		n := 0
		for _, p := range Parts(lines, 3) {
			n += len(p)
			if len(p) > 3 {
				t.Fatalf("a part has %d lines", len(p))
			}
		}
		if n != len(lines) {
			t.Fatalf("the parts have %d lines of %d", n, len(lines))
		}
	})
}

func FuzzVisible(f *testing.F) {
	f.Add("key 🔑 \x1b[0m\u202e\xff日本語")
	f.Fuzz(func(t *testing.T, s string) {
		for name, got := range map[string]string{"visible": Visible(s, latin), "plain": Plain(s), "cell": Cell(s, "E-1")} {
			if !utf8.ValidString(got) {
				t.Fatalf("%s: %q is not UTF-8", name, got)
			}
			for _, r := range got {
				switch {
				case name == "cell" && (r == '\n' || r == '\t'):
				case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == utf8.RuneError && name == "visible":
					t.Fatalf("%s: %q holds U+%04X", name, got, r)
				case name == "visible" && (r > 0xFFFF || !latin(r)):
					t.Fatalf("%q holds U+%04X, which the font has not", got, r)
				}
			}
		}
		// Every character that was not escaped is still there, in order.
		rest := []rune(Visible(s, latin))
		for _, r := range s {
			if r > ' ' && r < 0x7F {
				i := 0
				for i < len(rest) && rest[i] != r {
					i++
				}
				if i == len(rest) {
					t.Fatalf("%q is lost from %q", r, s)
				}
				rest = rest[i+1:]
			}
		}
	})
}
