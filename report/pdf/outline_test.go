package pdf

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"os"

	"github.com/auditseal/auditseal/report/pdf/increment"
)

func TestOutlineAppendsOnly(t *testing.T) {
	b, err := compose(fixture(t))
	if err != nil {
		t.Fatal(err)
	}
	before, err := b.render()
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(before, []byte("<</Type /Page\n")); n != len(b.sheets) {
		t.Fatalf("%d pages were made of %d sheets", n, len(b.sheets))
	}
	after, err := outlined(before, b.marks, b.links)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(after, before) {
		t.Fatal("the PDF before the update was changed")
	}
	tail := after[len(before):]
	if n := bytes.Count(tail, []byte("/Title <FEFF")); n != len(b.marks) {
		t.Errorf("%d entries for %d marks", n, len(b.marks))
	}
	// Each offset of the new table leads to its object.
	start := bytes.LastIndex(tail, []byte("\nxref\n")) + 1
	table := tail[start:]
	section := regexp.MustCompile(`(?m)^(\d+) (\d+)\n((?:\d{10} 00000 n \n)+)`)
	n := 0
	for _, m := range section.FindAllSubmatch(table, -1) {
		first, _ := strconv.Atoi(string(m[1]))
		for i := 0; i*20 < len(m[3]); i++ {
			offset, _ := strconv.Atoi(string(m[3][i*20 : i*20+10]))
			if head := fmt.Sprintf("%d 0 obj\n", first+i); !bytes.HasPrefix(after[offset:], []byte(head)) {
				t.Errorf("object %d is not at %d", first+i, offset)
			}
			n++
		}
	}
	if n < len(b.marks)+2 {
		t.Errorf("the table has %d objects", n)
	}
	if f, err := increment.Read(after); err != nil || f.Start != len(before)+start {
		t.Errorf("startxref is read as %+v, %v; the table stands at %d", f, err, len(before)+start)
	}
	// Every link of the contents leads to the page of its section.
	if len(b.links) != tocLines {
		t.Errorf("the contents have %d links, want %d", len(b.links), tocLines)
	}
	for i, l := range b.links {
		if l.to < 1 || l.to > len(b.sheets) || i > 0 && l.to < b.links[i-1].to {
			t.Errorf("link %d leads to page %d of %d", i, l.to, len(b.sheets))
		}
	}
}

func TestOutlineRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, s := range []string{"", "%PDF-1.3\n", "startxref\n999999\n%%EOF\n", "startxref\n0\n%%EOF\n"} {
		if _, err := outlined([]byte(s), nil, nil); err == nil {
			t.Errorf("%q is taken for a PDF", s)
		}
	}
}

// A second opinion where it is installed.
func TestQpdf(t *testing.T) {
	bin, err := exec.LookPath("qpdf")
	if err != nil {
		t.Skip("qpdf is not installed; the table's offsets are tested without it")
	}
	name := filepath.Join(t.TempDir(), "report.pdf")
	if err := os.WriteFile(name, render(t, fixture(t)), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(bin, "--check", name).CombinedOutput(); err != nil {
		t.Errorf("qpdf: %v\n%s", err, out)
	}
}
