package tape

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// seal introduces the last member of a line: everything before it is what the digest covers.
var seal = []byte(`,"sha256":"`)

// Encode writes the exchange as a line, with its digest, newline included. It sets the exchange's digest.
func Encode(ex *evidence.Exchange) ([]byte, error) {
	ex.SHA256 = evidence.Digest{}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(ex); err != nil {
		return nil, err
	}
	open, found := bytes.CutSuffix(b.Bytes(), []byte(`,"sha256":""}`+"\n"))
	if !found {
		return nil, errors.New("tape: the digest is not the last member of the line")
	}
	ex.SHA256 = evidence.Sum(open)
	line := make([]byte, 0, len(open)+80)
	line = append(line, open...)
	line = append(line, seal...)
	line = append(line, ex.SHA256.String()...)
	return append(line, '"', '}', '\n'), nil
}

// Decode reads a line and checks its digest.
func Decode(line []byte) (*evidence.Exchange, error) {
	line = bytes.TrimSuffix(line, []byte("\n"))
	var ex evidence.Exchange
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&ex); err != nil {
		return nil, fmt.Errorf("not an exchange: %w", err)
	}
	if dec.InputOffset() != int64(len(line)) {
		return nil, errors.New("not an exchange: more follows on the line")
	}
	at := bytes.LastIndex(line, seal)
	if at < 0 || len(line) != at+len(seal)+64+2 {
		return nil, fmt.Errorf("%s: the line does not end with its sha256", ex.ID)
	}
	if got := evidence.Sum(line[:at]); got != ex.SHA256 {
		return nil, fmt.Errorf("%s: the line's bytes have the SHA-256 %s, its own sha256 says %s: it was altered", ex.ID, got, ex.SHA256)
	}
	return &ex, nil
}

// A Line is a line of a tape and where it stands.
type Line struct {
	File     string // path inside the tape
	Number   int    // from 1
	Exchange *evidence.Exchange
}

// Walk reads every line in order of file name and then of line, checking each digest.
func Walk(files fs.FS, each func(Line) error) error {
	return walkLines(files, func(l rawLine) error {
		ex, err := Decode(l.raw)
		if err != nil {
			return fmt.Errorf("tape: %s:%d: %w", l.file, l.number, err)
		}
		return each(Line{File: l.file, Number: l.number, Exchange: ex})
	})
}

type rawLine struct {
	file   string
	number int
	offset int64
	raw    []byte // with its newline; valid until the next call
}

func walkLines(files fs.FS, each func(rawLine) error) error {
	return fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".jsonl" {
			return err
		}
		return readLines(files, name, each)
	})
}

func readLines(files fs.FS, name string, each func(rawLine) error) error {
	f, err := files.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<16)
	var offset int64
	for n := 1; ; n++ {
		raw, err := r.ReadBytes('\n')
		switch {
		case err == io.EOF && len(raw) == 0:
			return nil
		case err == io.EOF:
			return fmt.Errorf("%s:%d: the line is cut off", name, n)
		case err != nil:
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
		if err := each(rawLine{name, n, offset, raw}); err != nil {
			return err
		}
		offset += int64(len(raw))
	}
}

// readAt reads part of a file. Files of a folder can seek; those of a ZIP are read up to the place.
func readAt(files fs.FS, name string, offset, length int64) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, length)
	if at, ok := f.(io.ReaderAt); ok {
		_, err = at.ReadAt(b, offset)
		return b, err
	}
	if _, err := io.CopyN(io.Discard, f, offset); err != nil {
		return nil, err
	}
	_, err = io.ReadFull(f, b)
	return b, err
}

// mend makes a tape fit to go on with: a last line that was cut off goes, and so do exchanges that settled nothing.
func mend(dir string) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if filepath.Ext(name) == ".tmp" {
			return os.Remove(name) // of a rewrite that was killed
		}
		if filepath.Ext(name) != ".jsonl" {
			return nil
		}
		if err := cutTorn(name); err != nil {
			return err
		}
		return dropUnsettled(name)
	})
}

// cutTorn truncates the file after its last newline.
func cutTorn(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	end := size
	buf := make([]byte, 1<<16)
	for end > 0 {
		from := max(0, end-int64(len(buf)))
		b := buf[:end-from]
		if _, err := f.ReadAt(b, from); err != nil {
			return err
		}
		if i := bytes.LastIndexByte(b, '\n'); i >= 0 {
			end = from + int64(i) + 1
			break
		}
		end = from
	}
	if end == size {
		return nil
	}
	return f.Truncate(end)
}

// unsettledCodes are errors that tell of the caller's credentials or of AWS's load at that moment, and nothing of the account.
var unsettledCodes = regexp.MustCompile(`ExpiredToken|InvalidClientTokenId|UnrecognizedClient|Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|PriorRequestNotComplete`)

// unsettled reports whether an exchange should be asked again when a run goes on: there was no answer, or one that tells nothing.
func unsettled(ex *evidence.Exchange) bool {
	return ex.Failure != nil || ex.Status >= 500 || ex.Status == 429 ||
		ex.Status >= 400 && (unsettledCodes.MatchString(ex.Body) || unsettledCodes.MatchString(ex.Header["X-Amzn-Errortype"]))
}

// settled tells a line that certainly need not be asked again, without reading all of it. Quotes inside a body are escaped, so the
// member is the line's own.
var settled = []byte(`,"status":200,`)

// dropUnsettled rewrites the file without the exchanges that settled nothing, where there are any.
func dropUnsettled(name string) error {
	dir, base := filepath.Split(name)
	drop := map[int]bool{}
	err := readLines(os.DirFS(dir), base, func(l rawLine) error {
		if bytes.Contains(l.raw, settled) {
			return nil
		}
		ex, err := Decode(l.raw)
		if err != nil {
			return fmt.Errorf("tape: %s:%d: %w", name, l.number, err)
		}
		if unsettled(ex) {
			drop[l.number] = true
		}
		return nil
	})
	if err != nil || len(drop) == 0 {
		return err
	}
	return dropLines(name, drop)
}

// dropLines rewrites the file without some of its lines. A file that has none left goes.
func dropLines(name string, drop map[int]bool) error {
	dir, base := filepath.Split(name)
	kept := 0
	tmp, err := os.CreateTemp(dir, strings.TrimSuffix(base, ".jsonl")+".*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	w := bufio.NewWriter(tmp)
	err = readLines(os.DirFS(dir), base, func(l rawLine) error {
		if drop[l.number] {
			return nil
		}
		kept++
		_, err := w.Write(l.raw)
		return err
	})
	if err := errors.Join(err, w.Flush(), tmp.Chmod(0o644), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if kept == 0 {
		return os.Remove(name)
	}
	return os.Rename(tmp.Name(), name)
}
