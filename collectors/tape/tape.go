// Package tape is the one way auditseal speaks to AWS. It records every exchange as it happened, and replays it through the
// same SDK clients without a network, so that whatever was derived from AWS can be derived again from the tape alone.
//
// # Lines
//
// A tape is a folder: <account>/<region>/<service>.jsonl, one evidence.Exchange a line, in the order in which the answers came.
// The last member of a line is "sha256": the SHA-256 of the line's bytes up to, and not including, `,"sha256":"`.
//
// # What it enforces
//
//   - An operation that the collector did not declare is refused before anything is sent.
//   - A successful answer that lacks the member that carries its content is an error, not an empty answer.
//   - A request that repeats within one cell is a repeated page token and ends the read, unless the operation polls.
//   - A body that ends early is a failed attempt, and is retried like a broken connection.
//   - Only the last answer of a call is kept; its attempts are counted.
//   - Headers of requests are never kept, and members that hold secrets are replaced before anything is written.
//
// # What it does not do
//
// It does not judge an answer: an error that AWS gave is an exchange like any other. It never writes to AWS.
//
// # Keys
//
// An exchange is found again by account, region, collector, service, operation and the digest of the request as the SDK
// serialized it (before host and signature, so that an endpoint of one's own does not matter), and by its place among equal
// requests. On resume, what is on the tape is replayed and only the rest is asked. What settled nothing is asked again: no answer at
// all, a server's error, throttling, credentials that had expired.
package tape

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Tape is a folder of recorded exchanges, being written or being read. It is safe for concurrent use.
type Tape struct {
	files fs.FS  // where lines are read from
	dir   string // where lines are written; empty when the tape is only read

	mu      sync.Mutex
	names   []string         // file names; places refer to them by number
	index   map[uint64]place // by the number in the evidence id
	writers map[string]*os.File
}

// A place is a line on the tape.
type place struct {
	file   int32
	number int32
	length int64
	offset int64
	// asked says that this run asked for it.
	asked bool
}

// maxWriters bounds the open files: an organization has more accounts, regions and services than a process has files.
const maxWriters = 128

// Create opens dir for recording. Lines that are there already are kept and replayed; a last line that a killed process cut off
// is removed, and so is an exchange that settled nothing (no answer, throttled, a server's error, expired credentials): it is asked again.
func Create(dir string) (*Tape, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := mend(dir); err != nil {
		return nil, err
	}
	t, err := Open(os.DirFS(dir))
	if err != nil {
		return nil, err
	}
	t.dir = dir
	return t, nil
}

// Open reads a tape for replay. Nothing is written, and nothing is ever asked of AWS.
func Open(files fs.FS) (*Tape, error) {
	t := &Tape{files: files, index: map[uint64]place{}, writers: map[string]*os.File{}}
	err := walkLines(files, func(l rawLine) error {
		id, err := idOf(l.raw)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", l.file, l.number, err)
		}
		if at, twice := t.index[id]; twice {
			return fmt.Errorf("%s:%d: evidence id E-%016x stands already at %s:%d", l.file, l.number, id, t.names[at.file], at.number)
		}
		if n := len(t.names); n == 0 || t.names[n-1] != l.file {
			t.names = append(t.names, l.file)
		}
		t.index[id] = place{file: int32(len(t.names) - 1), number: int32(l.number), length: int64(len(l.raw)), offset: l.offset}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("tape: %w", err)
	}
	return t, nil
}

// Replaying reports whether the tape answers alone: what it does not hold is an error, never a question to AWS.
func (t *Tape) Replaying() bool { return t.dir == "" }

// Len counts the exchanges that were on the tape when it was opened.
func (t *Tape) Len() int { return len(t.index) }

// Close closes the files that were written.
func (t *Tape) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var errs []error
	for _, f := range t.writers {
		errs = append(errs, f.Sync(), f.Close())
	}
	clear(t.writers)
	return errors.Join(errs...)
}

// DropUnasked removes the exchanges of an interrupted run that this one, which has ended, did not ask for again: answers that came
// later changed what there was to ask. It gives their number. A tape that is only read is left as it is.
func (t *Tape) DropUnasked() (int, error) {
	if t.Replaying() {
		return 0, nil
	}
	if err := t.Close(); err != nil {
		return 0, err
	}
	drop := map[string]map[int]bool{}
	n := 0
	for _, at := range t.index {
		if !at.asked {
			name := t.names[at.file]
			if drop[name] == nil {
				drop[name] = map[int]bool{}
			}
			drop[name][int(at.number)] = true
			n++
		}
	}
	for name, lines := range drop {
		if err := dropLines(filepath.Join(t.dir, filepath.FromSlash(name)), lines); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// find gives the exchange with the id, or nil where the tape has none. A line that does not carry its own digest is an error.
func (t *Tape) find(id string) (*evidence.Exchange, error) {
	n, err := number(id)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	at, ok := t.index[n]
	name := ""
	if ok {
		name = t.names[at.file]
		if !at.asked {
			at.asked = true
			t.index[n] = at
		}
	}
	t.mu.Unlock()
	if !ok {
		return nil, nil
	}
	raw, err := readAt(t.files, name, at.offset, at.length)
	if err != nil {
		return nil, fmt.Errorf("tape: %s:%d: %w", name, at.number, err)
	}
	ex, err := Decode(raw)
	if err != nil {
		return nil, fmt.Errorf("tape: %s:%d: %w", name, at.number, err)
	}
	return ex, nil
}

// write appends the exchange to its file in one write.
func (t *Tape) write(ex *evidence.Exchange) error {
	line, err := Encode(ex)
	if err != nil {
		return err
	}
	name := filepath.Join(t.dir, ex.Account, ex.Region, ex.Service+".jsonl")
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.writers[name]
	if f == nil {
		if len(t.writers) >= maxWriters {
			for old, w := range t.writers {
				if err := w.Close(); err != nil {
					return err
				}
				delete(t.writers, old)
				break
			}
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		f, err = os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		t.writers[name] = f
	}
	_, err = f.Write(line)
	return err
}

// idOf reads the evidence id from the start of a line, where it always stands.
func idOf(line []byte) (uint64, error) {
	const head = `{"id":"`
	if len(line) < len(head)+18 || string(line[:len(head)]) != head {
		return 0, errors.New(`the line does not begin with {"id":"E-…`)
	}
	return number(string(line[len(head) : len(head)+18]))
}

func number(id string) (uint64, error) {
	b, err := hex.DecodeString(strings.TrimPrefix(id, "E-"))
	if err != nil || len(b) != 8 || !strings.HasPrefix(id, "E-") {
		return 0, fmt.Errorf("%q is not an evidence id", id)
	}
	return binary.BigEndian.Uint64(b), nil
}
