package deflate

import (
	"fmt"
	"io"
	"os"
)

// spoolMemory is what a Spool keeps in memory before it goes to disk.
const spoolMemory = 4 << 20

// A Spool holds compressed bytes until their sizes are known: in memory while they are few, in a nameless temporary
// file beyond that. The zero Spool is not ready; NewSpool makes one.
type Spool struct {
	dir  string
	mem  []byte
	file *os.File
	size int64
}

// NewSpool makes a spool whose file, if it needs one, stands in dir (the system's temporary folder if empty).
func NewSpool(dir string) *Spool { return &Spool{dir: dir} }

// Size is how many bytes the spool holds.
func (s *Spool) Size() int64 { return s.size }

// Write appends.
func (s *Spool) Write(p []byte) (int, error) {
	if s.file == nil && len(s.mem)+len(p) <= spoolMemory {
		s.mem = append(s.mem, p...)
		s.size += int64(len(p))
		return len(p), nil
	}
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, ".auditseal-spool-*")
		if err != nil {
			return 0, fmt.Errorf("temporary file: %w", err)
		}
		s.file = f
	}
	// Memory holds the first bytes, the file those after them, until Reset.
	n, err := s.file.WriteAt(p, s.size-int64(len(s.mem)))
	s.size += int64(n)
	return n, err
}

// Section reads n bytes from off.
func (s *Spool) Section(off, n int64) io.Reader { return io.NewSectionReader(s, off, n) }

// ReadAt reads what was written.
func (s *Spool) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	if off < int64(len(s.mem)) {
		n = copy(p, s.mem[off:])
		if n == len(p) {
			return n, nil
		}
	}
	if s.file == nil {
		return n, io.EOF
	}
	m, err := s.file.ReadAt(p[n:], off+int64(n)-int64(len(s.mem)))
	return n + m, err
}

// Reset forgets everything, and keeps the file for reuse.
func (s *Spool) Reset() error {
	s.mem, s.size = s.mem[:0], 0
	if s.file != nil {
		return s.file.Truncate(0)
	}
	return nil
}

// Close removes the file.
func (s *Spool) Close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if e := os.Remove(s.file.Name()); err == nil {
		err = e
	}
	s.file = nil
	return err
}
