package collectors

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A spool holds what one cell emitted, a file a kind, until every cell before it has ended.
type spool struct {
	dir  string
	open map[string]*spoolFile
	line bytes.Buffer // of the state being written
}

type spoolFile struct {
	f *os.File
	w *bufio.Writer
}

func newSpool(dir string) *spool { return &spool{dir: dir, open: map[string]*spoolFile{}} }

// emit appends a record. Calls come one at a time.
func (s *spool) emit(r evidence.Record) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("%s %q: %w", r.Kind(), r.Header().ID, err)
	}
	return s.append(r.Kind(), b.Bytes())
}

// append appends lines to the file of that name.
func (s *spool) append(name string, lines []byte) error {
	f := s.open[name]
	if f == nil {
		if err := os.MkdirAll(s.dir, 0o755); err != nil {
			return err
		}
		file, err := os.Create(s.path(name))
		if err != nil {
			return err
		}
		f = &spoolFile{file, bufio.NewWriter(file)}
		s.open[name] = f
	}
	_, err := f.w.Write(lines)
	return err
}

// lines gives each line of the file of that name, with its end. The line is valid until the function returns.
func (s *spool) lines(name string, each func([]byte) error) error {
	f, err := os.Open(s.path(name))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	r := &run{f: f, r: bufio.NewReaderSize(f, 1<<17)}
	for {
		switch err := r.next(); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := each(r.line); err != nil {
			return err
		}
	}
}

func (s *spool) path(kind string) string { return filepath.Join(s.dir, kind+".jsonl") }

// close ends writing; what was emitted can be read after it.
func (s *spool) close() error {
	var errs []error
	for _, f := range s.open {
		errs = append(errs, f.w.Flush(), f.f.Close())
	}
	clear(s.open)
	return errors.Join(errs...)
}

// copyTo appends the records of a kind to w.
func (s *spool) copyTo(w io.Writer, kind string) error {
	f, err := os.Open(s.path(kind))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// records reads the records of a kind back.
func (s *spool) records(kind evidence.Kind, each func(evidence.Record) error) error {
	f, err := os.Open(s.path(kind.Name))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	dec := json.NewDecoder(bufio.NewReader(f))
	for {
		r := kind.New()
		err := dec.Decode(r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", kind.Name, err)
		}
		if err := each(r); err != nil {
			return err
		}
	}
}
