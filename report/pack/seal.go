package pack

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"text/template"
	"unicode"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report/pack/tree"
	"github.com/auditseal/auditseal/templates"
)

// Seal closes a folder: it writes README.txt, then manifest.json over every file, then SHA256SUMS over those and the manifest.
// It gives the SHA-256 of manifest.json, which is the pack's identity: whoever has that number from a source they trust can
// tell this pack from every other. Sealing the same files again gives the same bytes.
//
// The root of the tree over the pack stands in the manifest (package tree), and what the tree needs in the files salt and maskable.jsonl. A
// salt that is in the folder already is kept.
//
// It refuses a folder that lacks a part of a pack, holds a file that has no place in one, or was signed already.
func Seal(dir string, info Info, mask Masking) (evidence.Digest, error) {
	var none evidence.Digest
	if err := info.check(); err != nil {
		return none, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return none, err
	}
	defer root.Close()
	for _, name := range []string{ManifestPath, SumsPath, ReadmePath, SaltPath, MaskablePath} {
		if err := root.Remove(tempName(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return none, err
		}
	}
	// What package seal leaves when it is killed.
	if err := root.RemoveAll(SealTemp); err != nil {
		return none, err
	}
	sizes, err := walk(root)
	if err != nil {
		return none, fmt.Errorf("%s: %w", dir, err)
	}
	for name := range sizes {
		if isSeal(name) {
			return none, fmt.Errorf("%s: the pack is signed already (%s); sealing it again would break that: start from the files of the run", dir, SealDir)
		}
	}
	text, err := readme(info)
	if err != nil {
		return none, err
	}
	if err := replace(root, ReadmePath, text); err != nil {
		return none, err
	}
	sizes[ReadmePath] = int64(len(text))
	secret, err := mask.write(root, sizes)
	if err != nil {
		return none, fmt.Errorf("%s: %w", dir, err)
	}
	delete(sizes, ManifestPath)
	delete(sizes, SumsPath)

	m := &Manifest{Format: Format, Info: info}
	for name, size := range sizes {
		role := Role(name)
		if role == "" {
			return none, fmt.Errorf("%s: %q has no place in a pack; what people supply belongs under %s", dir, name, ManualDir)
		}
		m.Files = append(m.Files, File{Path: name, Size: size, Role: role})
	}
	sort.Slice(m.Files, func(i, j int) bool { return m.Files[i].Path < m.Files[j].Path })
	if err := missing(m.Files); err != nil {
		return none, fmt.Errorf("%s: %w", dir, err)
	}
	forest := newForest(m.Files, secret, mask.Identities)
	if err := digest(root, m.Files, forest); err != nil {
		return none, fmt.Errorf("%s: %w", dir, err)
	}
	if m.Tree, err = forest.tree(info); err != nil {
		return none, err
	}
	var b bytes.Buffer
	if err := m.Encode(&b); err != nil {
		return none, err
	}
	if b.Len() > maxManifest {
		return none, fmt.Errorf("%s: the manifest would have %d bytes; at most %d", dir, b.Len(), maxManifest)
	}
	// A folder with a manifest is closed. So it comes last, and an old one goes first: what is killed in between is sealed again.
	if err := root.Remove(ManifestPath); err != nil && !errors.Is(err, os.ErrNotExist) {
		return none, err
	}
	id := evidence.Sum(b.Bytes())
	if err := replace(root, SumsPath, m.sums(id)); err != nil {
		return none, err
	}
	return id, replace(root, ManifestPath, b.Bytes())
}

func (i Info) check() error {
	switch {
	case strings.TrimSpace(i.Tool) == "":
		return errors.New("seal: no tool given")
	case strings.TrimSpace(i.Organization) == "":
		return errors.New("seal: no organization given")
	case !i.Period.From.Before(i.Period.To):
		return fmt.Errorf("seal: the period %s does not end after it begins", i.Period)
	}
	return nil
}

// missing names the first part that a pack cannot be without.
func missing(files []File) error {
	for _, name := range required {
		if !slices.ContainsFunc(files, func(f File) bool { return f.Path == name }) {
			return fmt.Errorf("%s is missing", name)
		}
	}
	if !slices.ContainsFunc(files, func(f File) bool { return f.Role == "framework" }) {
		return fmt.Errorf("%s has no framework, so nobody could see what was tested", FrameworksDir)
	}
	return nil
}

// digest fills in the digests, and the sizes as read, and the roots of the files that the tree is over.
func digest(root *os.Root, files []File, forest *forest) error {
	jobs := make(chan *File)
	errs := make([]error, min(2, runtime.GOMAXPROCS(0)))
	var wg sync.WaitGroup
	for w := range errs {
		wg.Go(func() {
			buf := make([]byte, 256<<10)
			hasher := forest.hasher()
			for f := range jobs {
				if errs[w] != nil {
					continue
				}
				errs[w] = digestFile(root, f, buf, forest, hasher)
			}
		})
	}
	for i := range files {
		jobs <- &files[i]
	}
	close(jobs)
	wg.Wait()
	return errors.Join(errs...)
}

func digestFile(root *os.Root, f *File, buf []byte, forest *forest, hasher *tree.Hasher) error {
	in, err := root.Open(filepath.FromSlash(f.Path))
	if err != nil {
		return err
	}
	defer in.Close()
	h := &hashReader{r: in, h: sha256.New()}
	if err = forest.plant(hasher, f.Path, h); err == nil {
		_, err = io.CopyBuffer(io.Discard, struct{ io.Reader }{h}, buf)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	if h.n != f.Size {
		return fmt.Errorf("%s: had %d bytes, then %d: something is still writing to it", f.Path, f.Size, h.n)
	}
	f.SHA256 = evidence.Digest(h.h.Sum(nil))
	return nil
}

func tempName(name string) string { return "." + name + ".tmp" }

// replace writes a file of the pack in one step, so that a killed process never leaves half of it.
func replace(root *os.Root, name string, b []byte) error {
	f, err := root.Create(tempName(name))
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, root.Remove(tempName(name)))
	}
	return root.Rename(tempName(name), name)
}

// readme fills in templates/README.txt.tmpl.
func readme(info Info) ([]byte, error) {
	t, err := template.New("README.txt.tmpl").Option("missingkey=error").ParseFS(templates.FS, "README.txt.tmpl")
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{
		"Tool": oneLine(info.Tool), "Organization": oneLine(info.Organization), "CreatedBy": oneLine(info.CreatedBy),
		"From": info.Period.From.UTC().Format("2006-01-02 15:04:05Z"), "To": info.Period.To.UTC().Format("2006-01-02 15:04:05Z"),
		"Format": Format, "Signing": info.Signing,
	})
	return b.Bytes(), err
}

// oneLine keeps a name from forging lines of the README or driving a terminal.
func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return '\uFFFD'
		}
		return r
	}, s))
}
