package extract

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/pack/tree"
)

// Options say what is handed over.
type Options struct {
	// Tool is the program and its version.
	Tool string
	// Controls are ids of controls, or framework/control.
	Controls []string
	// Mask are the values that are hidden: see ParseMask.
	Mask tree.Class
	// Statement and Token are those of a signed pack; nil where there is none.
	Statement, Token []byte
	// Payload is what the statement says, to be searched for what is hidden.
	Payload []byte
	// KeepStatement hands the statement over although something that is hidden stands in it.
	KeepStatement bool
}

// Make writes an extract of a pack into dir, which must be empty or not there. It computes the root of the whole pack again and fails where that is
// not the manifest's: an extract of a pack that was changed would be none.
func Make(p *pack.Pack, dir string, o Options) (*Summary, error) {
	g, err := p.Grove()
	if err != nil {
		return nil, err
	}
	c, err := choose(p, g.Paths, o.Controls)
	if err != nil {
		return nil, err
	}
	m := &maker{p: p, dir: dir, o: o, g: g, c: c, hasher: tree.NewHasher(g.Finder, g.Secret), leaks: newLeaks(o.Mask, g.Finder, g.Identities)}
	m.s = &Summary{Format: Format, Tool: o.Tool, Manifest: g.Identity, Tree: *g.Manifest.Tree, Hidden: maskNames(o.Mask), Withheld: map[string]int{}}
	for name := range c.controls {
		m.s.Controls = append(m.s.Controls, name)
	}
	sort.Strings(m.s.Controls)
	if list, err := os.ReadDir(dir); err == nil && len(list) > 0 {
		return nil, fmt.Errorf("%s is not empty", dir)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if o.Mask != 0 {
		if err := m.gather(); err != nil {
			return nil, err
		}
	}
	if err := m.leaves(); err != nil {
		return nil, err
	}
	if err := m.statement(); err != nil {
		return nil, err
	}
	return m.s, m.finish()
}

type maker struct {
	p      *pack.Pack
	dir    string
	o      Options
	g      *pack.Grove
	c      *choice
	s      *Summary
	hasher *tree.Hasher
	leaks  *leaks
}

// gather notes all accounts that will be hidden.
func (m *maker) gather() error {
	take := func(piece []byte) {
		p := m.hasher.Split(piece)
		for k, v := range p.Values {
			if p.Classes[k]&m.o.Mask&tree.Account == 0 {
				continue
			}
			for i := 0; i+12 <= len(v); i++ {
				if isDigits(v[i : i+12]) {
					m.leaks.accounts[string(v[i:i+12])] = true
				}
			}
		}
	}
	for _, path := range m.g.Paths[1:] {
		belongs := m.c.chooser(path)
		err := m.c.pieces(path, func(piece []byte) error {
			if belongs(piece) {
				take(piece)
			}
			return nil
		})
		if err != nil {
			return err
		}
		take([]byte(path))
	}
	return nil
}

func isDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// leaves writes leaves.jsonl and computes the root.
func (m *maker) leaves() (err error) {
	f, err := os.Create(filepath.Join(m.dir, LeavesPath))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := bufio.NewWriterSize(f, 256<<10)
	var top tree.Builder

	head, err := pack.Head(m.g.Manifest.Info)
	if err != nil {
		return err
	}
	line, why := m.line(0, 0, head)
	top.Add(m.hasher.Leaf(0, 0, head), why == "")
	if why != "" {
		m.s.Withheld[why]++
	} else {
		zero := uint32(0)
		line.File = &zero
		if err := m.write(out, line); err != nil {
			return err
		}
	}
	for n := 1; n < len(m.g.Paths); n++ {
		if err := m.file(out, &top, uint32(n)); err != nil {
			return err
		}
	}
	root, proof := top.Root()
	if evidence.Digest(root) != m.g.Manifest.Tree.Root {
		return &RootError{Root: evidence.Digest(root), Manifest: m.g.Manifest.Tree.Root}
	}
	m.s.Proof = digests(proof)
	return out.Flush()
}

// A RootError is a pack whose contents are not those that its manifest has the root of.
type RootError struct{ Root, Manifest evidence.Digest }

func (e *RootError) Error() string {
	return fmt.Sprintf("the tree over the pack has the root %s, and the manifest says %s: the pack was changed", e.Root, e.Manifest)
}

func digests(h []tree.Hash) []evidence.Digest {
	out := make([]evidence.Digest, len(h))
	for i := range h {
		out[i] = evidence.Digest(h[i])
	}
	return out
}

// file hashes one file, and writes what is disclosed of it.
func (m *maker) file(out *bufio.Writer, top *tree.Builder, n uint32) (err error) {
	path := m.g.Paths[n]
	belongs := m.c.chooser(path)
	spool, err := os.CreateTemp(m.dir, ".pieces.*.tmp")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, spool.Close(), os.Remove(spool.Name())) }()
	var b tree.Builder
	pieces := bufio.NewWriter(spool)
	before, withheld := *m.s, map[string]int{}
	some := false
	err = m.c.pieces(path, func(piece []byte) error {
		i := b.Size()
		if !belongs(piece) {
			b.Add(m.hasher.Leaf(n, i, piece), false)
			return nil
		}
		line, why := m.line(n, i, piece)
		b.Add(m.hasher.Leaf(n, i, piece), why == "")
		if why != "" {
			withheld[why]++
			return nil
		}
		line.Piece, some = &i, true
		return m.write(pieces, line)
	})
	if err != nil {
		return err
	}
	root, proof := b.Root()
	some = some || b.Size() == 0 && m.c.whole(path)
	if some {
		line, why := m.line(n, tree.PathPiece, []byte(path))
		if why == "" {
			count := b.Size()
			line.File, line.Count, line.Proof = &n, &count, digests(proof)
			if err := m.write(out, line); err != nil {
				return err
			}
			if err := pieces.Flush(); err != nil {
				return err
			}
			if _, err := spool.Seek(0, io.SeekStart); err != nil {
				return err
			}
			if _, err := io.Copy(out, spool); err != nil {
				return err
			}
		} else {
			withheld[why] += m.s.Pieces - before.Pieces
			m.s.Files, m.s.Pieces, m.s.Values, m.s.Masked = before.Files, before.Pieces, before.Values, before.Masked
			some = false
		}
	}
	for why, n := range withheld {
		m.s.Withheld[why] += n
	}
	top.Add(m.hasher.File(n, path, b.Size(), root), some)
	return nil
}

// line makes the line of a text, or says why it is withheld.
func (m *maker) line(file uint32, piece uint64, t []byte) (*line, string) {
	if len(t) > maxLine/2 {
		return nil, tooLarge
	}
	l, ok := newLine(m.hasher.Split(t), m.g.Secret, file, piece, m.o.Mask)
	if !ok {
		return nil, notText
	}
	if len(l.Value) == 1 && len(l.Text) == 5 && m.o.Mask != 0 && piece != tree.PathPiece && l.Value[0].Hidden == "account+id+identity" {
		return nil, notText // a piece that is no text is one value as a whole: nothing would be left of it
	}
	var shown bytes.Buffer
	l.Text.fill(func(p []byte) { shown.Write(p) }, func(k uint32) {
		if v := l.Value[k]; v.Hidden == "" {
			shown.WriteString(v.Value)
		} else {
			shown.WriteByte(0)
		}
	})
	return l, m.leaks.find(shown.Bytes())
}

func (m *maker) write(out *bufio.Writer, l *line) error {
	b, err := encode(l)
	if err != nil {
		return err
	}
	if len(b) > maxLine {
		return fmt.Errorf("a line would have %d bytes; at most %d", len(b), maxLine)
	}
	if l.Piece != nil {
		m.s.Pieces++
	} else {
		m.s.Files++
	}
	for _, v := range l.Value {
		if v.Hidden == "" {
			m.s.Values++
		} else {
			m.s.Masked++
		}
	}
	_, err = out.Write(b)
	return err
}

// statement copies the seal's statement and its timestamp, unless that would show what is hidden.
func (m *maker) statement() error {
	if m.o.Statement == nil {
		m.s.Statement = "the pack is not signed"
		return nil
	}
	if m.o.Mask != 0 && !m.o.KeepStatement {
		// Digests in it are of files with digests of the salt, and of keys: nobody can guess them.
		l := *m.leaks
		l.mask &^= tree.ID
		if why := l.find(valuesOf(m.o.Payload)); why != "" {
			m.s.Statement = "a value that is to be hidden stands in it"
			return nil
		}
	}
	if err := os.MkdirAll(filepath.Join(m.dir, "seal"), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(m.dir, filepath.FromSlash(StatementPath)), m.o.Statement, 0o644); err != nil || m.o.Token == nil {
		return err
	}
	return os.WriteFile(filepath.Join(m.dir, filepath.FromSlash(TokenPath)), m.o.Token, 0o644)
}

// valuesOf gives the strings of JSON without the names of its members, which are always the same, one a line.
func valuesOf(b []byte) []byte {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return b
	}
	var out []byte
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			out = append(append(out, v...), '\n')
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				walk(v[name])
			}
		}
	}
	walk(v)
	return out
}

// finish writes what is for people, and the sums.
func (m *maker) finish() error {
	b, err := encodeSummary(m.s)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(m.dir, SummaryPath), b, 0o644); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(m.dir, ReadableDir), 0o755); err != nil {
		return err
	}
	in, err := os.Open(filepath.Join(m.dir, LeavesPath))
	if err != nil {
		return err
	}
	v := newReader(in, m.s)
	v.view = func(name string) (io.WriteCloser, error) {
		return os.Create(filepath.Join(m.dir, filepath.FromSlash(name)))
	}
	if err := errors.Join(v.run(), in.Close()); err != nil {
		return fmt.Errorf("what was written does not verify: %w", err)
	}
	if err := os.WriteFile(filepath.Join(m.dir, ReadmePath), readme(m.s, v.head, slices.Clone(v.index)), 0o644); err != nil {
		return err
	}
	x, err := pack.Open(m.dir)
	if err != nil {
		return err
	}
	sums, err := sumsOf(x)
	if err = errors.Join(err, x.Close()); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(m.dir, SumsPath), sums, 0o644)
}
