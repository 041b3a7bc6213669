package extract_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/pack/extract"
)

// A bit of the ZIP of an extract does not change unseen, whether or not a reader looks at it.
func TestBitsOfTheArchiveCount(t *testing.T) {
	whole, err := os.ReadFile("../../../testdata/packs/v1/extract.zip")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.zip")
	failed := func(b []byte) bool {
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		p, err := pack.Open(path)
		if err != nil {
			return true
		}
		defer p.Close()
		return extract.Verify(p, func(pack.Check) {}).Failed > 0
	}
	if failed(whole) {
		t.Fatal("the extract as it is fails")
	}
	// All of the directory is looked at, and a sample of the rest.
	directory := 8 * bytes.Index(whole, []byte("PK\x01\x02"))
	b := bytes.Clone(whole)
	for at := 0; at < 8*len(whole); at++ {
		if at < directory && at%1999 != 0 || at%7 != 0 {
			continue
		}
		b[at/8] ^= 1 << (at % 8)
		if !failed(b) {
			t.Errorf("bit %d of byte %d changes nothing that verify sees", at%8, at/8)
		}
		b[at/8] = whole[at/8]
	}
}
