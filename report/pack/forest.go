package pack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report/pack/tree"
)

// A Masking is what lets values of the pack be hidden in extracts of it.
type Masking struct {
	// Salt is the secret that all salts of the tree come from: 32 random bytes. It is written into the pack's file "salt", where none is
	// there yet.
	Salt []byte
	// Identities are values that name people, as they were found on the tape. They are sorted and written into maskable.jsonl, each once;
	// those that are too short to be hidden (tree.MinIdentity) are left out.
	Identities []string
}

// A maskable is one line of maskable.jsonl.
type maskable struct {
	Identity string `json:"identity"`
}

// write writes the two files and notes their sizes. It sets Identities to what was written.
func (m *Masking) write(root *os.Root, sizes map[string]int64) (*tree.Secret, error) {
	if size, there := sizes[SaltPath]; there && size != tree.SecretSize {
		return nil, fmt.Errorf("%s has %d bytes, not %d: something else wrote it; take it away", SaltPath, size, tree.SecretSize)
	} else if !there {
		if len(m.Salt) != tree.SecretSize {
			return nil, fmt.Errorf("seal: a salt of %d bytes was given; it has %d", len(m.Salt), tree.SecretSize)
		}
		if err := replace(root, SaltPath, m.Salt); err != nil {
			return nil, err
		}
		sizes[SaltPath] = tree.SecretSize
	}
	secret, err := readSecret(root.FS())
	if err != nil {
		return nil, err
	}
	ids := slices.DeleteFunc(slices.Clone(m.Identities), func(s string) bool { return len(tree.Spellings(s)) == 0 })
	slices.Sort(ids)
	m.Identities = slices.Compact(ids)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, id := range m.Identities {
		if err := e.Encode(maskable{id}); err != nil {
			return nil, err
		}
	}
	sizes[MaskablePath] = int64(b.Len())
	return secret, replace(root, MaskablePath, b.Bytes())
}

func readSecret(dir fs.FS) (*tree.Secret, error) {
	f, err := dir.Open(SaltPath)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, tree.SecretSize+1))
	if err != nil {
		return nil, err
	}
	if len(b) != tree.SecretSize {
		return nil, fmt.Errorf("%s does not have %d bytes", SaltPath, tree.SecretSize)
	}
	return (*tree.Secret)(b), nil
}

// maxMaskable is the largest maskable.jsonl, in bytes.
const maxMaskable = 256 << 20

// readIdentities reads maskable.jsonl strictly: it has one form.
func readIdentities(p *Pack) ([]string, error) {
	b, err := readSmall(p, MaskablePath, maxMaskable)
	if err != nil {
		return nil, err
	}
	var out []string
	var again bytes.Buffer
	e := json.NewEncoder(&again)
	e.SetEscapeHTML(false)
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	for {
		var m maskable
		if err := d.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", MaskablePath, len(out)+1, err)
		}
		if len(out) > 0 && m.Identity <= out[len(out)-1] {
			return nil, fmt.Errorf("%s: line %d: %q is not sorted, or stands twice", MaskablePath, len(out)+1, m.Identity)
		}
		if err := e.Encode(m); err != nil {
			return nil, err
		}
		out = append(out, m.Identity)
	}
	if !bytes.Equal(again.Bytes(), b) {
		return nil, fmt.Errorf("%s: line %d is not as auditseal writes it", MaskablePath, firstDifference(again.Bytes(), b))
	}
	return out, nil
}

// A forest is the trees of a pack's files while they are made.
type forest struct {
	finder *tree.Finder
	secret *tree.Secret
	number map[string]uint32 // of each covered file, from 1
	paths  []string
	files  []fileTree // by number
}

type fileTree struct {
	count uint64
	root  tree.Hash
}

func newForest(files []File, secret *tree.Secret, identities []string) *forest {
	f := &forest{finder: tree.NewFinder(identities), secret: secret, number: map[string]uint32{}, paths: []string{""}}
	for _, file := range files {
		if tree.Covered(file.Path) {
			f.number[file.Path] = uint32(len(f.paths))
			f.paths = append(f.paths, file.Path)
		}
	}
	f.files = make([]fileTree, len(f.paths))
	return f
}

func (f *forest) hasher() *tree.Hasher { return tree.NewHasher(f.finder, f.secret) }

// plant makes the tree of one file, where the tree is over it.
func (f *forest) plant(h *tree.Hasher, path string, in io.Reader) error {
	number, covered := f.number[path]
	if !covered {
		return nil
	}
	var b tree.Builder
	err := tree.Pieces(path, in, func(piece []byte) error {
		b.Add(h.Leaf(number, b.Size(), piece), false)
		return nil
	})
	t := &f.files[number]
	t.count = b.Size()
	t.root, _ = b.Root()
	return err
}

// tree makes the upper tree.
func (f *forest) tree(info Info) (*Tree, error) {
	head, err := Head(info)
	if err != nil {
		return nil, err
	}
	h := f.hasher()
	var b tree.Builder
	b.Add(h.Leaf(0, 0, head), false)
	for i := 1; i < len(f.files); i++ {
		b.Add(h.File(uint32(i), f.paths[i], f.files[i].count, f.files[i].root), false)
	}
	root, _ := b.Root()
	return &Tree{Size: b.Size(), Root: evidence.Digest(root)}, nil
}

// Head is leaf 0 of the tree: what the pack is of, as compact JSON.
func Head(info Info) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(info)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// A Grove is what an extract is made from: the pieces of a sealed pack, with their salts.
type Grove struct {
	Manifest   *Manifest
	Identity   evidence.Digest
	Finder     *tree.Finder
	Identities []string
	// Secret is never to be written anywhere.
	Secret *tree.Secret
	// Paths are the covered files by their number in the upper tree. The first is that of the head, and empty.
	Paths []string
}

// ErrNoTree says that a pack is of a release that made no tree.
var ErrNoTree = errors.New("the pack was made by a release that made no tree over its contents, so no part of it can be held against what was sealed: hand it over as a whole")

// Grove reads what a pack has for extracts. It checks no root: whoever makes an extract computes it.
func (p *Pack) Grove() (*Grove, error) {
	b, err := readSmall(p, ManifestPath, maxManifest)
	if err != nil {
		return nil, err
	}
	m, errs := ParseManifest(b)
	if len(errs) > 0 {
		return nil, fmt.Errorf("%s: %w", ManifestPath, errs[0])
	}
	if m.Tree == nil {
		return nil, ErrNoTree
	}
	g := &Grove{Manifest: m, Identity: evidence.Sum(b)}
	if g.Secret, err = readSecret(p); err != nil {
		return nil, err
	}
	if g.Identities, err = readIdentities(p); err != nil {
		return nil, err
	}
	f := newForest(m.Files, g.Secret, g.Identities)
	g.Finder, g.Paths = f.finder, f.paths
	if uint64(len(g.Paths)) != m.Tree.Size {
		return nil, fmt.Errorf("%s lists %d files that the tree is over; its tree has %d leaves", ManifestPath, len(g.Paths)-1, m.Tree.Size)
	}
	return g, nil
}

// A Regrown is a tree that was computed again, and the one that the manifest lists.
type Regrown struct {
	Tree
	Listed Tree
}

// OK reports whether they are the same.
func (r Regrown) OK() bool { return r.Tree == r.Listed }

// TreeOf computes the tree of an opened pack again. Its memory does not grow with the pack.
func TreeOf(p *Pack) (*Regrown, error) {
	g, err := p.Grove()
	if err != nil {
		return nil, err
	}
	f := newForest(g.Manifest.Files, g.Secret, g.Identities)
	h := f.hasher()
	for _, path := range f.paths[1:] {
		in, err := p.Open(path)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(f.plant(h, path, in), in.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	t, err := f.tree(g.Manifest.Info)
	if err != nil {
		return nil, err
	}
	return &Regrown{*t, *g.Manifest.Tree}, nil
}
