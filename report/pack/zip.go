package pack

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sort"

	"github.com/auditseal/auditseal/report/pack/deflate"
)

// Zip writes the pack in dir to out as one ZIP, in the order of the names, with fixed times and modes: the same folder gives the
// same bytes, on any machine. It streams; memory does not grow with the pack. out appears only when it is whole.
func Zip(dir, out string) error { return zipFolder(dir, out, ManifestPath) }

// ZipExtract writes an extract (package extract) in dir to out, as Zip does a pack.
func ZipExtract(dir, out, summary string) error { return zipFolder(dir, out, summary) }

func zipFolder(dir, out, mark string) (err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	sizes, err := walk(root)
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	if _, ok := sizes[mark]; !ok {
		return fmt.Errorf("%s: there is no %s; seal the folder first", dir, mark)
	}
	names := make([]string, 0, len(sizes))
	for name := range sizes {
		names = append(names, name)
	}
	sort.Strings(names)

	// One name, so that what a killed process left is written over.
	name := filepath.Join(filepath.Dir(out), "."+filepath.Base(out)+".tmp")
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	tmp, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreClosed(tmp.Close()), os.Remove(tmp.Name()))
		}
	}()
	zw := deflate.NewZip(tmp, filepath.Dir(out), min(2, runtime.GOMAXPROCS(0)))
	zw.Digests = true
	zw.Check = func(name string, s deflate.Sum) error {
		if s.Size > bombSize && s.Size/bombRatio > s.Compressed {
			return fmt.Errorf("%s: its %d bytes are nearly all the same, and no reader of packs would unpack them; leave it out or compress it first", name, s.Size)
		}
		return nil
	}
	buf := make([]byte, 256<<10)
	var failed error
	for _, name := range names {
		if failed = add(zw, root, name, sizes[name], buf); failed != nil {
			break
		}
	}
	if err := errors.Join(failed, zw.Close()); err != nil {
		return fmt.Errorf("%s: %w", out, err)
	}
	if err := errors.Join(tmp.Chmod(0o644), tmp.Sync()); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), out)
}

func ignoreClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

func add(zw *deflate.Zip, root *os.Root, name string, size int64, buf []byte) error {
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return err
	}
	defer f.Close()
	w, err := zw.Create(name)
	if err != nil {
		return err
	}
	n, err := io.CopyBuffer(w, struct{ io.Reader }{f}, buf)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if n != size {
		return fmt.Errorf("%s: had %d bytes, then %d: something is still writing to it", name, size, n)
	}
	return nil
}
