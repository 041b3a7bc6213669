package extract

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/pack/tree"
)

// Is reports whether an opened pack is an extract.
func Is(p *pack.Pack) bool {
	return slices.Contains(p.Names(), SummaryPath) && !slices.Contains(p.Names(), pack.ManifestPath)
}

// The checks, in the order in which they are reported. Their names are part of the format.
const (
	CheckFiles    = "files"    // there are the files of an extract and no others, and SHA256SUMS lists them as they are
	CheckSummary  = "summary"  // extract.json is of a known version and stands as it is written
	CheckTree     = "tree"     // the disclosed pieces and the proofs lead to the root that extract.json names
	CheckReadable = "readable" // README.txt and readable/ say what leaves.jsonl says
)

// A Verdict is the sum of a verification.
type Verdict struct {
	// Summary is nil where it could not be read.
	Summary *Summary
	// Head is what the pack says of itself, with hidden values as [account 1]; empty where it is withheld or the tree is not right.
	Head string
	// Whole are the files of the pack of which every piece is disclosed, by path.
	Whole []string
	// Failed counts what was found wrong.
	Failed int
}

// Verify checks an extract against the root that it names itself, and calls each with what it found. Whether that root is the one that was
// sealed is for a signature (package seal over StatementPath) or for a root told by another way.
func Verify(p *pack.Pack, each func(pack.Check)) Verdict {
	var v Verdict
	report := func(name, path string, err error, good string) bool {
		if err != nil {
			v.Failed++
			each(pack.Check{Name: name, Path: path, Detail: err.Error()})
			return false
		}
		each(pack.Check{Name: name, OK: true, Detail: good})
		return true
	}
	for _, c := range p.CheckWrapping() {
		if !c.OK {
			v.Failed++
		}
		each(c)
	}
	report(CheckFiles, "", checkFiles(p), "the files of an extract are there, no others, and all are as SHA256SUMS lists them")
	b, err := readFile(p, SummaryPath, maxSummary)
	if err == nil {
		v.Summary, err = parseSummary(b)
	}
	if !report(CheckSummary, SummaryPath, err, "format 1, and as it is written") {
		return v
	}
	in, err := p.Open(LeavesPath)
	if err != nil {
		report(CheckTree, LeavesPath, err, "")
		return v
	}
	r := newReader(in, v.Summary)
	views := map[string]hash.Hash{}
	r.view = func(name string) (io.WriteCloser, error) {
		views[name] = sha256.New()
		return nopCloser{views[name]}, nil
	}
	err = errors.Join(r.run(), in.Close())
	if !report(CheckTree, LeavesPath, err, fmt.Sprintf("%d pieces of %d files lead to the root %s", v.Summary.Pieces, v.Summary.Files, v.Summary.Tree.Root)) {
		return v
	}
	v.Head, v.Whole = r.head, r.whole()
	views[ReadmePath] = sha256.New()
	views[ReadmePath].Write(readme(v.Summary, r.head, r.index))
	report(CheckReadable, "", checkViews(p, views), "README.txt and what is to be read say what the leaves say")
	return v
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// allowed reports whether a file belongs into an extract.
func allowed(name string) bool {
	switch name {
	case ReadmePath, SummaryPath, LeavesPath, SumsPath, StatementPath, TokenPath:
		return true
	}
	return strings.HasPrefix(name, ReadableDir)
}

func checkFiles(p *pack.Pack) error {
	for _, name := range p.Names() {
		if !allowed(name) {
			return fmt.Errorf("%q has no place in an extract", name)
		}
	}
	for _, name := range []string{ReadmePath, SummaryPath, LeavesPath, SumsPath} {
		if !slices.Contains(p.Names(), name) {
			return fmt.Errorf("%s is missing", name)
		}
	}
	if slices.Contains(p.Names(), TokenPath) && !slices.Contains(p.Names(), StatementPath) {
		return fmt.Errorf("%s is there without %s", TokenPath, StatementPath)
	}
	want, err := sumsOf(p)
	if err != nil {
		return err
	}
	have, err := readFile(p, SumsPath, int64(len(want)))
	if err != nil || !bytes.Equal(have, want) {
		return fmt.Errorf("%s does not list the files as they are: one of them was changed, added or taken away", SumsPath)
	}
	return nil
}

// sumsOf makes SHA256SUMS.
func sumsOf(p *pack.Pack) ([]byte, error) {
	var b bytes.Buffer
	for _, name := range p.Names() {
		if name == SumsPath {
			continue
		}
		d, err := digestOf(p, name)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%s  %s\n", d, name)
	}
	return b.Bytes(), nil
}

func digestOf(p *pack.Pack, name string) (evidence.Digest, error) {
	f, err := p.Open(name)
	if err != nil {
		return evidence.Digest{}, err
	}
	h := sha256.New()
	_, err = io.Copy(h, f)
	return evidence.Digest(h.Sum(nil)), errors.Join(err, f.Close())
}

func readFile(p *pack.Pack, name string, limit int64) ([]byte, error) {
	f, err := p.Open(name)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err = errors.Join(err, f.Close()); err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s is larger than %d bytes", name, limit)
	}
	return b, err
}

func checkViews(p *pack.Pack, views map[string]hash.Hash) error {
	for name := range views {
		if !slices.Contains(p.Names(), name) {
			return fmt.Errorf("%s is missing", name)
		}
	}
	for _, name := range p.Names() {
		h, known := views[name]
		if !known {
			if strings.HasPrefix(name, ReadableDir) {
				return fmt.Errorf("%s shows what is not disclosed here", name)
			}
			continue
		}
		d, err := digestOf(p, name)
		if err != nil {
			return err
		}
		if d != evidence.Digest(h.Sum(nil)) {
			return fmt.Errorf("%s says something else than %s", name, LeavesPath)
		}
	}
	return nil
}

// A fileIndex is what is told of one file.
type fileIndex struct {
	number        uint32
	path          string
	pieces, count uint64
}

// A reader reads leaves.jsonl, computes the root, and writes what is to be read. It holds one line at a time.
type reader struct {
	s    *Summary
	in   *bufio.Reader
	buf  []byte
	next *line // read ahead; nil at the end
	n    int   // lines read

	view  func(name string) (io.WriteCloser, error)
	head  string
	index []fileIndex
	// paths are those of the files, where nothing in them is hidden.
	plain []bool

	files, pieces, values, masked int
	// want looks for one line: file and piece.
	found *line
	want  *[2]uint64
}

func newReader(in io.Reader, s *Summary) *reader {
	return &reader{s: s, in: bufio.NewReaderSize(in, 256<<10)}
}

// run reads all of it. It fails unless all leads to the summary's root and counts are the summary's.
func (r *reader) run() error {
	if err := r.advance(); err != nil {
		return err
	}
	proof := make([]tree.Hash, len(r.s.Proof))
	for i, d := range r.s.Proof {
		proof[i] = tree.Hash(d)
	}
	root, err := tree.Root(r.s.Tree.Size, r.file, proof)
	switch {
	case err != nil:
		return r.at(err)
	case evidence.Digest(root) != r.s.Tree.Root:
		return fmt.Errorf("what is disclosed leads to the root %s, not to %s: a text, a value, a salt or a proof was changed", evidence.Digest(root), r.s.Tree.Root)
	case r.files != r.s.Files || r.pieces != r.s.Pieces || r.values != r.s.Values || r.masked != r.s.Masked:
		return fmt.Errorf("%s counts %d files, %d pieces, %d values and %d hidden ones; there are %d, %d, %d and %d",
			SummaryPath, r.s.Files, r.s.Pieces, r.s.Values, r.s.Masked, r.files, r.pieces, r.values, r.masked)
	}
	return nil
}

func (r *reader) at(err error) error { return fmt.Errorf("line %d: %w", r.n, err) }

// advance reads the next line.
func (r *reader) advance() error {
	r.buf = r.buf[:0]
	for {
		part, err := r.in.ReadSlice('\n')
		r.buf = append(r.buf, part...)
		if len(r.buf) > maxLine {
			return fmt.Errorf("line %d is longer than %d bytes", r.n+1, maxLine)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if errors.Is(err, io.EOF) {
			r.next = nil
			if len(r.buf) > 0 {
				return errors.New("the last line has no newline: the file was cut off")
			}
			return nil
		}
		if err != nil {
			return err
		}
		break
	}
	r.n++
	l := new(line)
	if err := decode(r.buf, l); err != nil {
		return r.at(err)
	}
	switch {
	case (l.File == nil) == (l.Piece == nil):
		return r.at(errors.New("it is neither a file nor a piece, or both"))
	case l.Piece != nil && (l.Count != nil || len(l.Proof) > 0):
		return r.at(errors.New("a piece has neither count nor proof"))
	case l.File != nil && (*l.File == 0) != (l.Count == nil):
		return r.at(errors.New("a file has a count, and the head has none"))
	case l.File != nil && *l.File == 0 && len(l.Proof) > 0:
		return r.at(errors.New("the head has no proof"))
	}
	if l.File != nil {
		r.files++
	} else {
		r.pieces++
	}
	for _, v := range l.Value {
		if v.Hidden == "" {
			r.values++
		} else {
			r.masked++
		}
	}
	r.next = l
	return nil
}

// leaf is the hash of a line's leaf.
func leaf(l *line, tail ...[]byte) (tree.Hash, error) {
	c, err := l.commitments()
	if err != nil {
		return tree.Hash{}, err
	}
	return tree.LeafHash(append([][]byte{tree.DataOf(tree.Salt(l.Salt), c, l.Text)}, tail...)...), nil
}

// look keeps the line that is looked for.
func (r *reader) look(file, piece uint64, l *line) {
	if r.want != nil && *r.want == [2]uint64{file, piece} {
		r.found = l
	}
}

// file takes a file with its pieces, as a leaf of the upper tree.
func (r *reader) file() (d tree.Disclosed, ok bool, err error) {
	l := r.next
	if l == nil {
		return d, false, nil
	}
	if l.File == nil {
		return d, false, errors.New("a piece stands outside a file")
	}
	d.Index = uint64(*l.File)
	if err := r.advance(); err != nil {
		return d, false, err
	}
	r.look(d.Index, tree.PathPiece, l)
	// Before anything is shown of it: its marks and values must belong together.
	if d.Hash, err = leaf(l); err != nil {
		return d, false, err
	}
	if *l.File == 0 {
		r.head = l.readable()
		return d, true, nil
	}
	x := fileIndex{number: *l.File, path: l.readable(), count: *l.Count}
	out, err := r.view(viewName(x.number))
	if err != nil {
		return d, false, err
	}
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "%s\nThe file has %d pieces in the pack. Here are those that are disclosed.\n", printable(x.path), x.count)
	root := tree.Empty()
	if x.count == 0 {
		if len(l.Proof) > 0 {
			err = errors.New("an empty file has no proof")
		}
	} else {
		proof := make([]tree.Hash, len(l.Proof))
		for i, p := range l.Proof {
			proof[i] = tree.Hash(p)
		}
		root, err = tree.Root(x.count, func() (tree.Disclosed, bool, error) { return r.piece(d.Index, w, &x) }, proof)
	}
	if err = errors.Join(err, w.Flush(), out.Close()); err != nil {
		return d, false, err
	}
	r.index = append(r.index, x)
	r.plain = append(r.plain, !slices.ContainsFunc(l.Value, func(v value) bool { return v.Hidden != "" }))
	d.Hash, err = leaf(l, tree.FileTail(x.count, root))
	return d, true, err
}

// piece takes a piece, as a leaf of its file's tree.
func (r *reader) piece(file uint64, w io.Writer, x *fileIndex) (d tree.Disclosed, ok bool, err error) {
	l := r.next
	if l == nil || l.Piece == nil {
		return d, false, nil
	}
	d.Index = *l.Piece
	if d.Hash, err = leaf(l); err != nil {
		return d, false, err
	}
	x.pieces++
	r.look(file, d.Index, l)
	fmt.Fprintf(w, "\n--- piece %d\n%s\n", d.Index, strings.TrimSuffix(printable(l.readable()), "\n"))
	return d, true, r.advance()
}

// whole lists the files of which everything is there.
func (r *reader) whole() []string {
	var out []string
	for i, x := range r.index {
		if x.pieces == x.count && r.plain[i] {
			out = append(out, x.path)
		}
	}
	return out
}
