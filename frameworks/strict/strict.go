// Package strict reads YAML that people write and others rely on: mappings, tests, audit.yaml, exceptions. It decodes
// into Go structs and refuses whatever it does not know, so that a slip of the pen never becomes a silent default.
//
// What is refused: unknown and repeated keys, anchors, aliases, merge keys, tags, several documents in one file, numbers
// and dates where a string is meant (an account id must be quoted, or its leading zeros are lost), empty values, tabs in
// the indentation, bytes that are not UTF-8, control and bidirectional characters, more than MaxBytes.
//
// All faults of a file are reported together, each as file:line:column: subject "value": what; next step. Columns count
// characters, from 1.
package strict

import (
	"fmt"
	"slices"
	"strings"
)

const (
	// MaxBytes is the longest file that is read. The longest mapping that ships is a twentieth of it.
	MaxBytes = 1 << 20
	// maxDepth is how deep values may be nested; the deepest schema here has five levels.
	maxDepth = 24
	// maxErrors is how many faults of one file are reported; a file with more is not a file of ours.
	maxErrors = 50
)

// A Pos is a place in a file. Line and Column count from 1; 0 means that the place is not known more closely.
type Pos struct {
	File   string
	Line   int
	Column int
}

func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// An Error is one fault in a file.
type Error struct {
	At Pos
	// Subject names what is at fault: a key, an id. Value is what stands there, shown quoted; empty where that says nothing.
	Subject string
	Value   string
	// What is wrong, and Next what to do about it; Next may be empty.
	What string
	Next string
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.At.String())
	b.WriteString(": ")
	b.WriteString(e.Subject)
	if e.Value != "" {
		if e.Subject != "" {
			b.WriteString(" ")
		}
		fmt.Fprintf(&b, "%q", shorten(e.Value))
	}
	if e.Subject != "" || e.Value != "" {
		b.WriteString(": ")
	}
	b.WriteString(e.What)
	if e.Next != "" {
		b.WriteString("; ")
		b.WriteString(e.Next)
	}
	return b.String()
}

func shorten(s string) string {
	const most = 120
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// Errors are all faults found, in the order of files and places. Its text has one line a fault.
type Errors []*Error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, f := range e {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the single faults to errors.As.
func (e Errors) Unwrap() []error {
	out := make([]error, len(e))
	for i, f := range e {
		out[i] = f
	}
	return out
}

// A Report collects faults. The zero Report is empty and ready.
type Report struct{ faults Errors }

// Add notes a fault.
func (r *Report) Add(at Pos, subject, value, what, next string) {
	r.faults = append(r.faults, &Error{At: at, Subject: subject, Value: value, What: what, Next: next})
}

// Join takes over the faults of err; an error of another kind becomes one fault of the file.
func (r *Report) Join(file string, err error) {
	switch e := err.(type) {
	case nil:
	case Errors:
		r.faults = append(r.faults, e...)
	case *Error:
		r.faults = append(r.faults, e)
	default:
		r.Add(Pos{File: file}, "", "", err.Error(), "")
	}
}

// Len counts the faults so far.
func (r *Report) Len() int { return len(r.faults) }

// Err gives all faults as Errors, sorted within each file, or nil where there are none. Faults said twice are given once.
func (r *Report) Err() error {
	if len(r.faults) == 0 {
		return nil
	}
	var order []string
	for _, f := range r.faults {
		if !slices.Contains(order, f.At.File) {
			order = append(order, f.At.File)
		}
	}
	var out Errors
	for _, file := range order {
		var of Errors
		for _, f := range r.faults {
			if f.At.File == file {
				of = append(of, f)
			}
		}
		slices.SortStableFunc(of, func(a, b *Error) int {
			if a.At.Line != b.At.Line {
				return a.At.Line - b.At.Line
			}
			return a.At.Column - b.At.Column
		})
		of = slices.CompactFunc(of, func(a, b *Error) bool { return *a == *b })
		if len(of) > maxErrors {
			last := of[maxErrors]
			more := &Error{At: last.At, What: fmt.Sprintf("and %d more faults from here on", len(of)-maxErrors)}
			of = append(of[:maxErrors:maxErrors], more)
		}
		out = append(out, of...)
	}
	return out
}

// Nearest gives the known word that was probably meant by word, or "" where none is near.
func Nearest(word string, known []string) string {
	best, least := "", 1+len([]rune(word))/3
	for _, k := range known {
		d := distance(strings.ToLower(word), strings.ToLower(k))
		if d <= least && (best == "" || d < least) {
			best, least = k, d
		}
	}
	return best
}

// DidYouMean is the next step for a word that is not known: the nearest known one, or a list of them where they are few.
func DidYouMean(word string, known []string) string {
	if near := Nearest(word, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(known) == 0 {
		return ""
	}
	const most = 14
	list := slices.Clone(known)
	slices.Sort(list)
	if len(list) > most {
		return fmt.Sprintf("there are %d known ones, from %q to %q", len(list), list[0], list[len(list)-1])
	}
	return "known: " + strings.Join(list, ", ")
}

// distance is the number of letters to insert, drop, change or swap (neighbours) to make b of a.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 200 || len(y) > 200 {
		return len(x) + len(y)
	}
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(x)][len(y)]
}
