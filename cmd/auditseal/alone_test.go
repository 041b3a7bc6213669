package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/testdata/demo"
)

// An audit that tests one population runs no more collectors than that one needs. What it then reads, and what it says was not read, is
// what an audit of everything reads of it.
func TestAPopulationAloneIsThePopulation(t *testing.T) {
	files, err := demo.Files()
	if err != nil {
		t.Fatal(err)
	}
	from := t.TempDir()
	if err := copyTree(files, ".", from); err != nil {
		t.Fatal(err)
	}
	j, run, err := loadPack(os.DirFS(from))
	if err != nil {
		t.Fatal(err)
	}
	derive := func(cols []collectors.Collector, derivers []collectors.Deriver) string {
		tp, err := tape.Open(os.DirFS(filepath.Join(from, evidenceDir)))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		r := collectors.Run{Scope: run.Scope, Tape: tp, Dir: dir, Collectors: cols, Derivers: derivers,
			Inputs: map[string][]byte{filepath.Base(certificatesFile): j.certificates}}
		if r.Redact, err = j.redactor(); err != nil {
			t.Fatal(err)
		}
		if err := r.Do(context.Background()); err != nil {
			t.Errorf("with %d collectors and %d derivers: %v", len(cols), len(derivers), err)
			return ""
		}
		return dir
	}
	gaps := func(dir string) map[string][]string {
		out := map[string][]string{}
		for l, err := range report.LedgerLines(os.DirFS(dir)) {
			if err != nil {
				t.Fatal(err)
			}
			if l.Gap != nil {
				for _, k := range l.Gap.Kinds {
					out[k] = append(out[k], l.Gap.ID)
				}
			}
		}
		return out
	}
	whole := derive(collectors.All(), collectors.Derivers())
	all := gaps(whole)
	var sets [][]evidence.Kind
	for _, c := range collectors.All() {
		sets = append(sets, c.Kinds())
	}
	for _, d := range collectors.Derivers() {
		sets = append(sets, d.Kinds())
	}
	for _, kinds := range sets {
		var names []string
		for _, k := range kinds {
			names = append(names, k.Name)
		}
		dir := derive(collectors.For(names))
		if dir == "" {
			t.Errorf("%v could not be derived alone", names)
			continue
		}
		alone := gaps(dir)
		for _, k := range names {
			if k == "fips.endpoint" {
				continue // what was asked, in whichever audit
			}
			a, _ := os.ReadFile(filepath.Join(whole, "records", k+".jsonl"))
			b, err := os.ReadFile(filepath.Join(dir, "records", k+".jsonl"))
			if err != nil || !bytes.Equal(a, b) {
				t.Errorf("%s: alone its records are others (%v)", k, err)
			}
			slices.Sort(all[k])
			slices.Sort(alone[k])
			if !slices.Equal(all[k], alone[k]) {
				t.Errorf("%s: alone it has the gaps %v, among all others %v", k, alone[k], all[k])
			}
		}
	}
}
