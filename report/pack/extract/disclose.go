package extract

import (
	"errors"
	"fmt"
	"io"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/pack/tree"
)

// A Disclosure opens one hidden value of an extract: with the salt, its commitment can be computed again. It is one line of compact JSON.
// Nothing but the value follows from it: every value of every text has a salt of its own.
type Disclosure struct {
	Format int `json:"disclosure"`
	// Root is that of the tree of the pack.
	Root evidence.Digest `json:"root"`
	// File is the number of the file in the tree, Piece that of the piece in it. Absence: the value stands in the file's path, or in the head.
	File  uint32  `json:"file"`
	Piece *uint64 `json:"piece,omitempty"`
	// Number is the value's as it is shown, from 1: 2 is "[account 2]".
	Number int             `json:"number"`
	Salt   evidence.Digest `json:"salt"`
	Value  string          `json:"value"`
}

// Encode writes the one form of a disclosure.
func (d *Disclosure) Encode() ([]byte, error) { return encode(d) }

// ParseDisclosure reads one strictly.
func ParseDisclosure(b []byte) (*Disclosure, error) {
	d := new(Disclosure)
	if err := decode(b, d); err != nil {
		return nil, fmt.Errorf("not a disclosure as auditseal writes it: %w", err)
	}
	switch {
	case d.Format != Format:
		return nil, fmt.Errorf("format %d of disclosures is not known here, only %d: use a later auditseal", d.Format, Format)
	case d.Number < 1 || d.Value == "":
		return nil, errors.New("the disclosure names no value")
	}
	return d, nil
}

// place is where a value stands, for people.
func (d *Disclosure) place() string {
	switch {
	case d.Piece != nil:
		return fmt.Sprintf("file %d, piece %d, value %d", d.File, *d.Piece, d.Number)
	case d.File == 0:
		return fmt.Sprintf("the head, value %d", d.Number)
	}
	return fmt.Sprintf("the path of file %d, value %d", d.File, d.Number)
}

// find gives the line of the extract that a place names, after the whole extract was verified.
func find(x *pack.Pack, file uint32, piece *uint64) (*Summary, *line, error) {
	b, err := readFile(x, SummaryPath, maxSummary)
	if err != nil {
		return nil, nil, err
	}
	s, err := parseSummary(b)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", SummaryPath, err)
	}
	in, err := x.Open(LeavesPath)
	if err != nil {
		return nil, nil, err
	}
	r := newReader(in, s)
	r.view = func(string) (io.WriteCloser, error) { return nopCloser{io.Discard}, nil }
	r.want = &[2]uint64{uint64(file), tree.PathPiece}
	if piece != nil {
		r.want[1] = *piece
	}
	if err := errors.Join(r.run(), in.Close()); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", LeavesPath, err)
	}
	if r.found == nil {
		return nil, nil, errors.New("there is no such piece in the extract")
	}
	return s, r.found, nil
}

// Disclose makes the disclosure of one hidden value of an extract from the pack that it is from. Number is the value's as it is shown.
func Disclose(p, x *pack.Pack, file uint32, piece *uint64, number int) (*Disclosure, error) {
	s, l, err := find(x, file, piece)
	if err != nil {
		return nil, err
	}
	d := &Disclosure{Format: Format, Root: s.Tree.Root, File: file, Piece: piece, Number: number}
	if number < 1 || number > len(l.Value) {
		return nil, fmt.Errorf("%s: the text has %d values", d.place(), len(l.Value))
	}
	if l.Value[number-1].Hidden == "" {
		return nil, fmt.Errorf("%s is not hidden: it is %q", d.place(), l.Value[number-1].Value)
	}
	g, err := p.Grove()
	if err != nil {
		return nil, err
	}
	if g.Manifest.Tree.Root != s.Tree.Root {
		return nil, fmt.Errorf("the extract is of the tree %s, and the pack has %s: they are not of one pack", s.Tree.Root, g.Manifest.Tree.Root)
	}
	// The root of the extract was reached through this line, so file and piece are the pack's.
	t, err := textOf(p, g, file, piece)
	if err != nil {
		return nil, err
	}
	h := tree.NewHasher(g.Finder, g.Secret)
	split := h.Split(t)
	if number > len(split.Values) {
		return nil, errors.New("the pack has another text there: it was changed")
	}
	at := uint64(tree.PathPiece)
	switch {
	case piece != nil:
		at = *piece
	case file == 0:
		at = 0
	}
	d.Salt, d.Value = evidence.Digest(g.Secret.Salt(file, at, uint32(number-1))), string(split.Values[number-1])
	return d, d.check(l)
}

// textOf reads one text of the pack.
func textOf(p *pack.Pack, g *pack.Grove, file uint32, piece *uint64) ([]byte, error) {
	switch {
	case file == 0:
		return pack.Head(g.Manifest.Info)
	case uint64(file) >= uint64(len(g.Paths)):
		return nil, fmt.Errorf("the tree has no file %d", file)
	case piece == nil:
		return []byte(g.Paths[file]), nil
	}
	f, err := p.Open(g.Paths[file])
	if err != nil {
		return nil, err
	}
	var out []byte
	n := uint64(0)
	err = tree.Pieces(g.Paths[file], f, func(b []byte) error {
		if n == *piece {
			out = append([]byte{}, b...)
		}
		n++
		return nil
	})
	if err = errors.Join(err, f.Close()); err == nil && out == nil {
		err = fmt.Errorf("%s has no piece %d", g.Paths[file], *piece)
	}
	return out, err
}

// check holds a disclosure against the line that it is of.
func (d *Disclosure) check(l *line) error {
	switch {
	case d.Number > len(l.Value):
		return fmt.Errorf("%s: the text has %d values", d.place(), len(l.Value))
	case l.Value[d.Number-1].Hidden == "":
		return fmt.Errorf("%s is not hidden in this extract", d.place())
	case evidence.Digest(tree.Commit(tree.Salt(d.Salt), []byte(d.Value))) != l.Value[d.Number-1].Commitment:
		return fmt.Errorf("%s was not %q when the pack was sealed: the commitment is of something else", d.place(), d.Value)
	}
	return nil
}

// CheckDisclosure holds a disclosure against an extract, which it verifies as Verify does, but for what is there to be read. It gives the text in
// which the value stands, with that value shown.
func CheckDisclosure(x *pack.Pack, d *Disclosure) (string, error) {
	s, l, err := find(x, d.File, d.Piece)
	if err != nil {
		return "", fmt.Errorf("%s: %w", d.place(), err)
	}
	if s.Tree.Root != d.Root {
		return "", fmt.Errorf("the disclosure is of the tree %s, and the extract of %s", d.Root, s.Tree.Root)
	}
	if err := d.check(l); err != nil {
		return "", err
	}
	l.Value[d.Number-1] = value{Salt: d.Salt, Value: d.Value}
	return printable(l.readable()), nil
}
