package pack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"unicode/utf8"
)

// A Difference is a file that two packs do not have in common.
type Difference struct {
	Path string
	// Line is where they begin to differ, from 1; 0 where the file is not text or stands on one side only. Offset is in bytes.
	Line   int
	Offset int64
	// Detail says in words what differs, with a short quotation of both sides.
	Detail string
}

// Compare compares files byte by byte, as those that were derived again with those in the pack, and calls each with every file
// that differs. a is the pack, b is what was derived. It fails only where a file cannot be read for another reason than not
// being there.
func Compare(a, b fs.FS, paths []string, each func(Difference)) error {
	for _, path := range paths {
		d, err := compare(a, b, path)
		if err != nil {
			return err
		}
		if d != nil {
			each(*d)
		}
	}
	return nil
}

func compare(a, b fs.FS, path string) (*Difference, error) {
	fa, errA := a.Open(path)
	if errA == nil {
		defer fa.Close()
	}
	fb, errB := b.Open(path)
	if errB == nil {
		defer fb.Close()
	}
	for _, err := range []error{errA, errB} {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	switch {
	case errA != nil && errB != nil:
		return nil, nil
	case errA != nil:
		return &Difference{Path: path, Detail: "was derived and is not in the pack"}, nil
	case errB != nil:
		return &Difference{Path: path, Detail: "is in the pack and cannot be derived from it"}, nil
	}
	w := &window{a: make([]byte, 64<<10), b: make([]byte, 64<<10)}
	for {
		na, errA := io.ReadFull(fa, w.a)
		nb, errB := io.ReadFull(fb, w.b)
		for _, err := range []error{errA, errB} {
			if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		}
		if !bytes.Equal(w.a[:na], w.b[:nb]) {
			return w.difference(path, na, nb), nil
		}
		if errA != nil {
			return nil, nil
		}
		w.pass(w.a[:na])
	}
}

// A window remembers how much was equal, and the last of it.
type window struct {
	a, b   []byte
	offset int64
	lines  int
	before []byte // up to excerptBefore equal bytes before the buffers
	binary bool
}

const (
	excerptBefore = 30
	excerptAfter  = 50
)

func (w *window) pass(equal []byte) {
	w.offset += int64(len(equal))
	w.lines += bytes.Count(equal, []byte("\n"))
	w.binary = w.binary || bytes.IndexByte(equal, 0) >= 0
	w.before = append(w.before[:0], equal[max(0, len(equal)-excerptBefore):]...)
}

func (w *window) difference(path string, na, nb int) *Difference {
	n := 0
	for n < na && n < nb && w.a[n] == w.b[n] {
		n++
	}
	d := &Difference{Path: path, Offset: w.offset + int64(n), Line: 1 + w.lines + bytes.Count(w.a[:n], []byte("\n"))}
	if w.binary || bytes.IndexByte(w.a[:na], 0) >= 0 || bytes.IndexByte(w.b[:nb], 0) >= 0 {
		d.Line = 0
		d.Detail = fmt.Sprintf("differs from byte %d on", d.Offset)
		return d
	}
	before := append(append([]byte(nil), w.before...), w.a[:n]...)
	before = before[max(0, len(before)-excerptBefore):]
	before = before[bytes.LastIndexByte(before, '\n')+1:]
	d.Detail = fmt.Sprintf("the pack says %s, deriving again %s", excerpt(before, w.a[n:na]), excerpt(before, w.b[n:nb]))
	return d
}

// excerpt quotes the part of a line around a difference.
func excerpt(before, after []byte) string {
	if len(after) == 0 && len(before) == 0 {
		return "nothing more"
	}
	if i := bytes.IndexByte(after, '\n'); i >= 0 {
		after = after[:i]
	}
	after = after[:min(len(after), excerptAfter)]
	// The cuts may fall inside a character.
	for len(before) > 0 && !utf8.RuneStart(before[0]) {
		before = before[1:]
	}
	for n := 0; n < utf8.UTFMax && len(after) > 0 && !utf8.Valid(after); n++ {
		after = after[:len(after)-1]
	}
	return fmt.Sprintf("…%q…", append(append([]byte(nil), before...), after...))
}
