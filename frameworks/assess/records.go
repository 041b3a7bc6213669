package assess

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// maxLine is the longest record that is read. AWS's largest answers are some megabytes; a record is a part of one.
const maxLine = 64 << 20

// Records reads the folder "records" of a pack: a file <kind>.jsonl for each kind, one record a line. A kind without its
// file is an error, never an empty population.
type Records struct {
	folder  fs.FS
	kinds   map[string]evidence.Kind
	digests map[string]evidence.Digest
}

// OpenRecords gives the records in a folder, of the kinds that are known. Nothing is read yet.
func OpenRecords(folder fs.FS, kinds []evidence.Kind) *Records {
	r := &Records{folder: folder, kinds: map[string]evidence.Kind{}, digests: map[string]evidence.Digest{}}
	for _, k := range kinds {
		r.kinds[k.Name] = k
	}
	return r
}

// Each streams a kind's records in the order of the file. Errors name file and line.
func (r *Records) Each(kind string, each func(evidence.Record) error) error {
	k, ok := r.kinds[kind]
	if !ok {
		return fmt.Errorf("records: kind %q is not known here", kind)
	}
	digest, err := eachLine(r.folder, "records/", kind+".jsonl", func(line []byte) error {
		rec := k.New()
		if err := decodeRecord(line, rec); err != nil {
			return err
		}
		return each(rec)
	})
	if err != nil {
		return err
	}
	r.digests[kind] = digest
	return nil
}

// eachLine reads a file of lines. within is the folder's name, for errors, which name file and line.
func eachLine(folder fs.FS, within, name string, each func(line []byte) error) (evidence.Digest, error) {
	f, err := folder.Open(name)
	if err != nil {
		return evidence.Digest{}, fmt.Errorf("%s%s: %w", within, name, unwrap(err))
	}
	defer f.Close()
	h := sha256.New()
	in := bufio.NewReaderSize(io.TeeReader(f, h), 1<<20)
	for n := 1; ; n++ {
		line, err := readLine(in)
		if errors.Is(err, io.EOF) {
			return evidence.Digest(h.Sum(nil)), nil
		}
		if err == nil {
			err = each(line)
		}
		if err != nil {
			return evidence.Digest{}, fmt.Errorf("%s%s:%d: %w", within, name, n, err)
		}
	}
}

// OpenHistory gives the states in a folder, history of a pack: a file <kind>.jsonl for each of the kinds whose past was read, one state a
// line. A kind without its file is an error, never an empty past.
func OpenHistory(folder fs.FS, kinds []evidence.Kind) func(kind string, each func(*evidence.State) error) error {
	return func(kind string, each func(*evidence.State) error) error {
		for _, k := range kinds {
			if k.Name != kind {
				continue
			}
			return eachState(folder, kind+".jsonl", k, each)
		}
		return fmt.Errorf("history: the past of %q is not known here", kind)
	}
}

// Digest is the SHA-256 of a kind's file. It is zero until Each has read the file to its end.
func (r *Records) Digest(kind string) evidence.Digest { return r.digests[kind] }

// A batch is some lines of a history file, decoded on their own while those before them are worked on.
type batch struct {
	first  int // number of its first line
	lines  [][]byte
	states []*evidence.State
	err    error // of the line behind the last state
	done   chan struct{}
}

const (
	batchLines = 128
	batchesOut = 4
)

// eachState reads the states of a file, in order. There may be millions of them, and decoding is what takes the time: some batches are
// decoded at once.
func eachState(folder fs.FS, name string, k evidence.Kind, each func(*evidence.State) error) error {
	out, stop := make(chan *batch, batchesOut), make(chan struct{})
	defer close(stop)
	var failed error
	go func() {
		defer close(out)
		b := &batch{first: 1, done: make(chan struct{})}
		next := 1
		send := func() bool {
			go b.decode(k)
			select {
			case out <- b:
			case <-stop:
				return false
			}
			b = &batch{first: next, done: make(chan struct{})}
			return true
		}
		_, err := eachLine(folder, "history/", name, func(line []byte) error {
			b.lines = append(b.lines, line)
			next++
			if len(b.lines) == batchLines && !send() {
				return errStopped
			}
			return nil
		})
		if len(b.lines) > 0 && !errors.Is(err, errStopped) {
			send()
		}
		failed = err // seen once out is closed
	}()
	for b := range out {
		<-b.done
		for i, s := range b.states {
			if err := each(s); err != nil {
				return fmt.Errorf("history/%s:%d: %w", name, b.first+i, err)
			}
		}
		if b.err != nil {
			return fmt.Errorf("history/%s:%d: %w", name, b.first+len(b.states), b.err)
		}
	}
	return failed
}

var errStopped = errors.New("stopped")

// decodeState is evidence.DecodeState at twice the speed. Where the faster decoder finds something wrong, the other one says what.
func decodeState(line []byte, k evidence.Kind) (*evidence.State, error) {
	s := &evidence.State{Record: k.New()}
	if jsonv2.Unmarshal(line, s, jsonv2.RejectUnknownMembers(true)) != nil {
		return evidence.DecodeState(line, k)
	}
	if err := s.Unfold(line, k); err != nil {
		return nil, err
	}
	return s, nil
}

func (b *batch) decode(k evidence.Kind) {
	defer close(b.done)
	for _, line := range b.lines {
		s, err := decodeState(line, k)
		if err != nil {
			b.err = err
			return
		}
		b.states = append(b.states, s)
	}
}

// unwrap takes the path that fs puts into its errors away: it is the machine's, or repeats ours.
func unwrap(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// readLine gives the next line without its end, or io.EOF. A last line without an end was cut off.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxLine:
			return nil, fmt.Errorf("longer than %d bytes", maxLine)
		case err == nil:
			return line[:len(line)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(line) == 0:
			return nil, io.EOF
		case errors.Is(err, io.EOF):
			return nil, errors.New("the last line has no end: the file was cut off")
		default:
			return nil, err
		}
	}
}

// decodeRecord reads one line into rec, whose every member must be known.
func decodeRecord(line []byte, rec evidence.Record) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(rec); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("the line is empty")
		}
		return err
	}
	if d.InputOffset() != int64(len(line)) {
		return errors.New("something stands behind the record")
	}
	if rec.Header().ID == "" {
		return errors.New("the record has no id")
	}
	return nil
}
