package pack

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"sort"

	"github.com/auditseal/auditseal/report/pack/deflate"
)

// zipDate is 1 January 1980, the first day a ZIP can tell: files of a pack have no times of their own.
const zipDate = 1<<5 | 1

// Zip writes the pack in dir to out as one ZIP, in the order of the names, with fixed times and modes: the same folder gives the
// same bytes, on any machine. It streams; memory does not grow with the pack. out appears only when it is whole.
func Zip(dir, out string) (err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	sizes, err := walk(root)
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	if _, ok := sizes[ManifestPath]; !ok {
		return fmt.Errorf("%s: there is no %s; seal the folder first", dir, ManifestPath)
	}
	names := make([]string, 0, len(sizes))
	for name := range sizes {
		names = append(names, name)
	}
	sort.Strings(names)

	tmp, err := os.CreateTemp(filepath.Dir(out), "."+filepath.Base(out)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreClosed(tmp.Close()), os.Remove(tmp.Name()))
		}
	}()
	sink := &zipSink{zw: zip.NewWriter(tmp), names: names, spool: deflate.NewSpool(filepath.Dir(out))}
	defer sink.spool.Close()
	dw := deflate.NewWriter(sink, min(2, runtime.GOMAXPROCS(0)))
	buf := make([]byte, 256<<10)
	var failed error
	for _, name := range names {
		if failed = add(dw, root, name, sizes[name], buf); failed != nil {
			break
		}
	}
	if err := errors.Join(failed, dw.Close()); err != nil {
		return fmt.Errorf("%s: %w", out, err)
	}
	if err := errors.Join(sink.zw.Close(), tmp.Chmod(0o644), tmp.Sync()); err != nil {
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

func add(dw *deflate.Writer, root *os.Root, name string, size int64, buf []byte) error {
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := dw.Next(); err != nil {
		return err
	}
	n, err := io.CopyBuffer(struct{ io.Writer }{dw}, struct{ io.Reader }{f}, buf)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if n != size {
		return fmt.Errorf("%s: had %d bytes, then %d: something is still writing to it", name, size, n)
	}
	return nil
}

// zipSink writes finished streams as entries. A ZIP header stands before the data and gives their size, so each stream waits in a
// spool until it is whole.
type zipSink struct {
	zw    *zip.Writer
	names []string // of the streams to come
	spool *deflate.Spool
}

func (s *zipSink) Write(p []byte) (int, error) { return s.spool.Write(p) }

func (s *zipSink) End(sum deflate.Sum) error {
	name := s.names[0]
	s.names = s.names[1:]
	if sum.Size > bombSize && sum.Size/bombRatio > sum.Compressed {
		return fmt.Errorf("%s: its %d bytes are nearly all the same, and no reader of packs would unpack them; leave it out or compress it first", name, sum.Size)
	}
	h := &zip.FileHeader{Name: name, Method: zip.Deflate, ModifiedDate: zipDate, CRC32: sum.CRC32,
		UncompressedSize64: uint64(sum.Size), CompressedSize64: uint64(sum.Compressed), ReaderVersion: 20}
	h.SetMode(0o644)
	if !isASCII(name) {
		h.Flags |= flagUTF8
	}
	// archive/zip writes no large-size field into the header of a raw entry; with a descriptor it need not.
	if sum.Size >= math.MaxUint32 || sum.Compressed >= math.MaxUint32 {
		h.Flags |= flagDescriptor
	}
	w, err := s.zw.CreateRaw(h)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, s.spool.Section(0, sum.Compressed)); err != nil {
		return err
	}
	return s.spool.Reset()
}
