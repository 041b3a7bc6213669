package collectors

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// States come in whatever order cells end and files are read, from several sources, and some twice. They are put in the order of their key
// with bounded memory: chunks are sorted, written out, and merged.

// keyEnd stands between a spooled state's key and its line, and between the parts of the key. No part of a key holds it.
const keyEnd = '\x1f'

// stateKey orders states: by account, region (not for global types, which belong to none) and resource; then by the moment and AWS's own
// order. What follows tells states of one moment apart, so that the order never depends on which came first.
func stateKey(s *evidence.State, global bool) []byte {
	region := s.Region
	if global {
		region = ""
	}
	b := fmt.Appendf(nil, "%s%c%s%c%s%c%s%c", s.Account, keyEnd, region, keyEnd, strconv.QuoteToASCII(s.Resource), keyEnd, sortable(s.Captured), keyEnd)
	id := strconv.QuoteToASCII(s.StateID)
	return fmt.Appendf(b, "%06d%s%c%s%c%s%c%s", len(id), id, keyEnd, s.SHA256, keyEnd, s.Source, keyEnd, s.Region)
}

func sortable(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }

// emitState appends a state to the spool, with its key before it. Calls come one at a time.
func (s *spool) emitState(global map[string]bool, st *evidence.State) error {
	st.Fold()
	b := &s.line
	b.Reset()
	b.Write(stateKey(st, global[st.Kind]))
	b.WriteByte(keyEnd)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(st); err != nil {
		return fmt.Errorf("%s %q: %w", st.Kind, st.Resource, err)
	}
	return s.append(spooledHistory(st.Kind), b.Bytes())
}

// spooledHistory is the name in a spool of the states of a kind.
func spooledHistory(kind string) string { return kind + ".history" }

// writeHistory writes history/<kind>.jsonl of every kind whose past the run reads: the states of each resource in order, from the one in
// force when the period began.
func (r Run) writeHistory(all []*task, spools string) error {
	for _, k := range r.historyKinds() {
		if err := r.historyOf(all, k, spools, sortChunk); err != nil {
			return err
		}
	}
	return nil
}

// historyOf writes the states of one kind. chunk is how many bytes of them are sorted at once.
func (r Run) historyOf(all []*task, kind, spools string, chunk int) error {
	dir := filepath.Join(r.Dir, "history")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	sorter := &sorter{dir: filepath.Join(spools, "sort"), limit: chunk}
	for _, t := range all {
		if err := t.spool.lines(spooledHistory(kind), sorter.add); err != nil {
			return err
		}
	}
	err := writeFile(filepath.Join(dir, kind+".jsonl"), func(w *bufio.Writer) error {
		trim := &trimmer{from: sortable(r.Scope.Period.From), write: func(line []byte) error {
			_, err := w.Write(line)
			return err
		}}
		if err := sorter.merge(trim.add); err != nil {
			return err
		}
		return trim.flush()
	})
	return errors.Join(err, os.RemoveAll(sorter.dir))
}

// past are the readers of the types whose past the run reads, and of AWS's own timelines of them.
func (r Run) past() []configitem.Reader {
	if len(r.Scope.History) == 0 {
		return nil
	}
	readers := r.Readers
	if readers == nil {
		readers = Past()
	}
	var out []configitem.Reader
	for _, x := range readers {
		if slices.Contains(r.Scope.History, x.Type) || x.Type == "AWS::Config::ResourceCompliance" {
			out = append(out, x)
		}
	}
	return out
}

func (r Run) historyKinds() []string {
	var out []string
	for _, x := range r.past() {
		if !slices.Contains(out, x.Kind) {
			out = append(out, x.Kind)
		}
	}
	slices.Sort(out)
	return out
}

func (r Run) globalKinds() map[string]bool {
	out := map[string]bool{}
	for _, x := range r.past() {
		out[x.Kind] = out[x.Kind] || x.Placeless()
	}
	return out
}

// A trimmer takes spooled states in order. It leaves out those that were no longer in force when the period began, and what was told twice
// by one source.
type trimmer struct {
	from   string
	write  func(line []byte) error
	group  []byte   // account, region and resource
	at     []byte   // the moment of before
	before [][]byte // the lines of the last moment up to the beginning of the period
	last   []byte   // the key of the line before
}

func (t *trimmer) add(spooled []byte) error {
	group, at, key, line, err := cut(spooled)
	if err != nil {
		return err
	}
	if bytes.Equal(key, t.last) {
		return nil
	}
	t.last = append(t.last[:0], key...)
	if !bytes.Equal(group, t.group) {
		if err := t.flush(); err != nil {
			return err
		}
		t.group = append(t.group[:0], group...)
	}
	if string(at) <= t.from {
		if !bytes.Equal(at, t.at) {
			t.before, t.at = t.before[:0], append(t.at[:0], at...)
		}
		t.before = append(t.before, bytes.Clone(line))
		return nil
	}
	if err := t.flush(); err != nil {
		return err
	}
	return t.write(line)
}

func (t *trimmer) flush() error {
	for _, line := range t.before {
		if err := t.write(line); err != nil {
			return err
		}
	}
	t.before, t.at = t.before[:0], t.at[:0]
	return nil
}

// cut takes a spooled state apart.
func cut(spooled []byte) (group, at, key, line []byte, err error) {
	end := 0
	for n := 1; n <= 8; n++ {
		i := bytes.IndexByte(spooled[end:], keyEnd)
		if i < 0 {
			return nil, nil, nil, nil, errors.New("history: a spooled state without its key")
		}
		switch n {
		case 3:
			group = spooled[:end+i]
		case 4:
			at = spooled[end : end+i]
		case 8:
			key = spooled[:end+i]
		}
		end += i + 1
	}
	return group, at, key, spooled[end:], nil
}

// sortChunk is how many bytes of states are sorted at once.
const sortChunk = 24 << 20

// A sorter puts lines in the order of their bytes.
type sorter struct {
	dir   string
	limit int
	lines [][]byte
	size  int
	runs  []string
}

func (s *sorter) add(line []byte) error {
	s.lines = append(s.lines, bytes.Clone(line))
	s.size += len(line) + 32
	if s.size < s.limit {
		return nil
	}
	return s.spill()
}

func (s *sorter) spill() error {
	slices.SortFunc(s.lines, bytes.Compare)
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return err
	}
	name := filepath.Join(s.dir, fmt.Sprintf("r%06d", len(s.runs)))
	err := writeFile(name, func(w *bufio.Writer) error {
		for _, l := range s.lines {
			if _, err := w.Write(l); err != nil {
				return err
			}
		}
		return nil
	})
	s.runs = append(s.runs, name)
	s.lines, s.size = s.lines[:0], 0
	return err
}

// merge gives every line in order. The line is valid until the function returns.
func (s *sorter) merge(each func(line []byte) error) (err error) {
	if len(s.runs) == 0 {
		slices.SortFunc(s.lines, bytes.Compare)
		for _, l := range s.lines {
			if err := each(l); err != nil {
				return err
			}
		}
		return nil
	}
	if len(s.lines) > 0 {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.lines = nil
	var h runHeap
	defer func() {
		for _, r := range h {
			err = errors.Join(err, r.f.Close())
		}
	}()
	for _, name := range s.runs {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		r := &run{f: f, r: bufio.NewReaderSize(f, 1<<17)}
		switch err := r.next(); {
		case errors.Is(err, io.EOF):
			f.Close()
		case err != nil:
			f.Close()
			return err
		default:
			h = append(h, r)
		}
	}
	heap.Init(&h)
	for len(h) > 0 {
		r := h[0]
		if err := each(r.line); err != nil {
			return err
		}
		switch err := r.next(); {
		case errors.Is(err, io.EOF):
			heap.Pop(&h)
			if err := r.f.Close(); err != nil {
				return err
			}
		case err != nil:
			return err
		default:
			heap.Fix(&h, 0)
		}
	}
	return nil
}

// A run is a sorted file being merged.
type run struct {
	f    *os.File
	r    *bufio.Reader
	line []byte
}

func (r *run) next() error {
	r.line = r.line[:0]
	for {
		part, err := r.r.ReadSlice('\n')
		r.line = append(r.line, part...)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(r.line) > 0:
			return io.ErrUnexpectedEOF
		default:
			return err
		}
	}
}

type runHeap []*run

func (h runHeap) Len() int           { return len(h) }
func (h runHeap) Less(i, j int) bool { return bytes.Compare(h[i].line, h[j].line) < 0 }
func (h runHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *runHeap) Push(x any)        { *h = append(*h, x.(*run)) }
func (h *runHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
