package reporttest

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write report/testdata/pack anew")

// The pack on disk is what Pack makes: people and other packages read it there.
func TestPackOnDisk(t *testing.T) {
	const dir = "../testdata/pack"
	made := map[string][]byte{}
	pack := Pack()
	err := fs.WalkDir(pack, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		made[name], err = fs.ReadFile(pack, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		for name, b := range made {
			p := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(p, b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	n := 0
	err = fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		b, err := os.ReadFile(filepath.Join(dir, name))
		if want, ok := made[name]; !ok || !bytes.Equal(b, want) {
			t.Errorf("%s on disk is not what Pack makes; run go test ./report/reporttest -update", name)
		}
		return err
	})
	if err != nil || n != len(made) {
		t.Errorf("%d files on disk, Pack makes %d (%v)", n, len(made), err)
	}
}
