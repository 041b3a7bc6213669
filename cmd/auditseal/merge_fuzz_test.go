package main

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/auditseal/auditseal/testdata/scenario"
)

// Whatever stands in one file of one shard, merge ends with an error and writes nothing, or writes what the sound shards make.
func FuzzMerge(f *testing.F) {
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Spread: 7 * time.Minute, Settled: true})
	defer s.Close()
	asks(f, s)
	base := f.TempDir()
	sound := filepath.Join(base, "sound")
	shards(f, few(f, base), sound, 2, rand.New(rand.NewSource(1)))
	whole := filepath.Join(base, "whole")
	done(f, "merge", sound, "--out", whole)
	want := contents(f, whole)
	first, err := filepath.Glob(filepath.Join(sound, "*"))
	if err != nil || len(first) == 0 {
		f.Fatal("no shards", err)
	}
	files := contents(f, first[0])
	// Each merge takes a moment, so the seeds are few.
	names := slices.Sorted(maps.Keys(files))
	for i := 0; i < len(names); i += 1 + len(names)/5 {
		f.Add(names[i], []byte(files[names[i]]))
	}
	f.Add(runFile, []byte(files[runFile]))
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		was, ok := files[name]
		if !ok {
			return
		}
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(sound)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(first[0]), filepath.FromSlash(name)), b, 0o644); err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), "out")
		code, said := here(t, "merge", dir, "--out", out)
		if !slices.Contains([]int{exitDone, exitUnfinished, exitUsage, exitBroken}, code) || said == "" {
			t.Fatalf("exit code %d: %s", code, said)
		}
		if code != exitDone {
			if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
				t.Fatalf("exit code %d, and something was written: %s", code, said)
			}
			return
		}
		if bytes.Equal(b, []byte(was)) {
			sameFiles(t, "the sound shards", want, contents(t, out))
			return
		}
		for file, content := range contents(t, out) {
			if filepath.Dir(file) != "." && content != want[file] && file != name {
				t.Fatalf("%s was changed, and merge made another %s of it", name, file)
			}
		}
	})
}
