package moto

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// records reads one population of a pack.
func records[T any](t *testing.T, pack, kind string) []*T {
	t.Helper()
	var out []*T
	lines(t, filepath.Join(pack, "records", kind+".jsonl"), func(line []byte) {
		v := new(T)
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(v); err != nil {
			t.Fatalf("%s: %v\n%s", kind, err, line)
		}
		out = append(out, v)
	})
	return out
}

// at keeps the records of one account and region, in order.
func at[T any, P interface {
	*T
	evidence.Record
}](all []*T, account, region string) []*T {
	var out []*T
	for _, r := range all {
		if h := P(r).Header(); h.Account == account && h.Region == region {
			out = append(out, r)
		}
	}
	return out
}

// ledger reads gaps.jsonl.
func ledger(t *testing.T, pack string) (cells []evidence.LedgerCell, gaps []evidence.Gap) {
	t.Helper()
	lines(t, filepath.Join(pack, "gaps.jsonl"), func(line []byte) {
		var l evidence.LedgerLine
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatal(err)
		}
		if l.Cell != nil {
			cells = append(cells, *l.Cell)
		} else {
			gaps = append(gaps, *l.Gap)
		}
	})
	return cells, gaps
}

// everyFile reads every file of a pack.
func everyFile(t *testing.T, pack string, each func(file string, content []byte)) {
	t.Helper()
	n := 0
	must(t, filepath.WalkDir(pack, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		n++
		each(path, content)
		return err
	}))
	if n < 50 {
		t.Errorf("the pack has %d files", n)
	}
}

func lines(t *testing.T, file string, each func([]byte)) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<24)
	for s.Scan() {
		each(s.Bytes())
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
}
