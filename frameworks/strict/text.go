package strict

import (
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// A Text is a string with the place it was written at. The zero Text is absent: an empty value is refused when read.
type Text struct {
	Value string
	At    Pos

	style yaml.Style
	src   *source
}

// IsZero reports whether the text was never given.
func (t Text) IsZero() bool { return t.Value == "" }

func (t Text) String() string { return t.Value }

// Offset is the byte of the file at which the text begins as it is written, its quote included.
func (t Text) Offset() int { return t.src.offset(t.At.Line, t.At.Column) }

// source is a file's bytes and where each of its lines begins.
type source struct {
	data  []byte
	lines []int
}

func newSource(data []byte) *source {
	s := &source{data: data, lines: []int{0}}
	for i, b := range data {
		if b == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	return s
}

// offset is the byte at line and column (characters, from 1), or -1 where there is none.
func (s *source) offset(line, column int) int {
	if line < 1 || line > len(s.lines) {
		return -1
	}
	at := s.lines[line-1]
	for range column - 1 {
		if at >= len(s.data) || s.data[at] == '\n' {
			return -1
		}
		_, n := utf8.DecodeRune(s.data[at:])
		at += n
	}
	return at
}

// Place gives the place in the file of a character inside the value, by line and column from 1. It holds for every
// style of scalar, plain, quoted and block, single and folded over many lines: the characters that are no white space
// stand in the file in the same order as in the value, so the nth of one is the nth of the other.
func (t Text) Place(line, column int) Pos {
	want, ok := t.inkBefore(line, column)
	if !ok || t.src == nil {
		return t.At
	}
	w := walker{src: t.src, style: t.style, line: t.At.Line, column: t.At.Column, at: t.src.offset(t.At.Line, t.At.Column)}
	if w.at < 0 {
		return t.At
	}
	w.open()
	last := t.At
	for n := 0; ; n++ {
		p, ok := w.next()
		if !ok {
			// Past the end of the value: just behind its last character.
			return Pos{t.At.File, last.Line, last.Column + 1}
		}
		last = Pos{t.At.File, p.Line, p.Column}
		if n == want {
			return last
		}
	}
}

// inkBefore counts the characters of the value before the given place that are no white space. A place on white space
// counts as the next character that is none.
func (t Text) inkBefore(line, column int) (int, bool) {
	l, c, n := 1, 1, 0
	for _, r := range t.Value {
		if l == line && c == column {
			return n, true
		}
		if !blank(r) {
			n++
		}
		c++
		if r == '\n' {
			if l == line {
				return n, true
			}
			l, c = l+1, 1
		}
	}
	return n, l == line
}

func blank(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }

// walker steps through a scalar as it is written, from one character of its value to the next.
type walker struct {
	src          *source
	style        yaml.Style
	at           int
	line, column int
}

func (w *walker) peek() (rune, int) {
	if w.at >= len(w.src.data) {
		return 0, 0
	}
	return utf8.DecodeRune(w.src.data[w.at:])
}

func (w *walker) step() (rune, bool) {
	r, n := w.peek()
	if n == 0 {
		return 0, false
	}
	w.at += n
	w.column++
	if r == '\n' {
		w.line, w.column = w.line+1, 1
	}
	return r, true
}

// open steps over what stands before the value: a quote, or the header of a block.
func (w *walker) open() {
	switch {
	case w.style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		w.step()
	case w.style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		for {
			if r, ok := w.step(); !ok || r == '\n' {
				return
			}
		}
	}
}

// next gives the place of the next character that is no white space.
func (w *walker) next() (Pos, bool) {
	for {
		p := Pos{Line: w.line, Column: w.column}
		r, ok := w.step()
		if !ok {
			return p, false
		}
		switch {
		case w.style&yaml.SingleQuotedStyle != 0 && r == '\'':
			if q, _ := w.peek(); q != '\'' {
				return p, false
			}
			w.step()
			return p, true
		case w.style&yaml.DoubleQuotedStyle != 0 && r == '"':
			return p, false
		case w.style&yaml.DoubleQuotedStyle != 0 && r == '\\':
			if w.escape() {
				return p, true
			}
		case !blank(r):
			return p, true
		}
	}
}

// escape steps over the rest of an escape and reports whether it stands for a character that is no white space.
func (w *walker) escape() bool {
	e, ok := w.step()
	if !ok {
		return false
	}
	hex := map[rune]int{'x': 2, 'u': 4, 'U': 8}[e]
	var r rune
	for range hex {
		d, _ := w.step()
		switch {
		case d >= '0' && d <= '9':
			r = r<<4 | (d - '0')
		case d >= 'a' && d <= 'f':
			r = r<<4 | (d - 'a' + 10)
		case d >= 'A' && d <= 'F':
			r = r<<4 | (d - 'A' + 10)
		}
	}
	if hex > 0 {
		return !blank(r)
	}
	switch e {
	case 'n', 't', 'r', ' ', '\t', '\n', '\r':
		return false
	}
	return true
}
