package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"iter"
)

// A line is one line of a JSON lines file, without its newline. The bytes are used again: keep nothing of them.
type line struct {
	number int
	text   []byte
}

// lines reads a JSON lines file, adding every byte to the digest where one is given. A file that does not end with a newline
// was cut off, and says so instead of being a line shorter.
func lines(fsys fs.FS, name string, digest hash.Hash) iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		f, err := fsys.Open(name)
		if err != nil {
			yield(line{}, err)
			return
		}
		defer f.Close()
		var r io.Reader = f
		if digest != nil {
			r = io.TeeReader(f, digest)
		}
		br := bufio.NewReaderSize(r, 1<<18)
		var long []byte
		for n := 1; ; n++ {
			text, err := br.ReadSlice('\n')
			if err == bufio.ErrBufferFull {
				long = append(long[:0], text...)
				for err == bufio.ErrBufferFull {
					text, err = br.ReadSlice('\n')
					long = append(long, text...)
				}
				text = long
			}
			switch {
			case err == io.EOF && len(text) == 0:
				return
			case err == io.EOF:
				err = fmt.Errorf("%s:%d: the line is cut off", name, n)
			case err != nil:
				err = fmt.Errorf("%s:%d: %w", name, n, err)
			}
			if err != nil {
				yield(line{}, err)
				return
			}
			if !yield(line{n, text[:len(text)-1]}, nil) {
				return
			}
		}
	}
}

// decodeStrict reads one JSON value and refuses unknown members and anything behind it.
func decodeStrict(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if rest := bytes.TrimSpace(b[d.InputOffset():]); len(rest) > 0 {
		return fmt.Errorf("more follows the value: %.20q", rest)
	}
	return nil
}

// readStrict reads a small JSON file whole. An error names the line.
func readStrict(fsys fs.FS, name string, into any) error {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	if err := decodeStrict(b, into); err != nil {
		return fmt.Errorf("%s:%d: %w", name, lineOf(b, err), err)
	}
	return nil
}

// lineOf finds the line that a JSON error is about; the last one where the error does not say.
func lineOf(b []byte, err error) int {
	at := int64(len(b))
	switch e := err.(type) {
	case *json.SyntaxError:
		at = e.Offset
	case *json.UnmarshalTypeError:
		at = e.Offset
	}
	return 1 + bytes.Count(b[:min(at, int64(len(b)))], []byte("\n"))
}
