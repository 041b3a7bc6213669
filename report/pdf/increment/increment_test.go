package increment

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// small is a PDF of one page in the form that gofpdf writes.
func small() []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.3\n")
	var offsets []int
	for i, text := range []string{"<</Type /Pages\n/Kids [2 0 R ]\n/Count 1\n>>\n", "<</Type /Page\n/Parent 1 0 R>>\n", "<<\n/Title (x)\n>>\n", "<<\n/Type /Catalog\n/Pages 1 0 R\n>>\n"} {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%sendobj\n", i+1, text)
	}
	at := b.Len()
	b.WriteString("xref\n0 5\n0000000000 65535 f \n")
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<<\n/Size 5\n/Root 4 0 R\n/Info 3 0 R\n>>\nstartxref\n%d\n%%%%EOF\n", at)
	return b.Bytes()
}

func read(t *testing.T, pdf []byte) *File {
	t.Helper()
	f, err := Read(pdf)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestUpdates(t *testing.T) {
	pdf := small()
	for n := 1; n < maxRevisions; n++ {
		f := read(t, pdf)
		if f.Root != 4 || f.Info != 3 || f.Size != 4+n || len(f.Revisions()) != n {
			t.Fatalf("%d: %+v", n, f)
		}
		u := f.Update()
		u.Set(u.New(), fmt.Sprintf("<</N %d>>\n", n))
		if err := u.Extend(4, fmt.Sprintf("/N%d true\n", n)); err != nil {
			t.Fatal(err)
		}
		tail := u.Bytes()
		if !bytes.Equal(tail, u.Bytes()) {
			t.Fatal("writing twice gives other bytes")
		}
		before, old := len(pdf), f.ID
		pdf = append(bytes.Clone(pdf), tail...)
		f = read(t, pdf)
		if f.Revisions()[0] != before {
			t.Errorf("%d: the revision begins at %d, not %d", n, f.Revisions()[0], before)
		}
		if old != "" && f.ID != old {
			t.Errorf("%d: the permanent identifier changed", n)
		}
		text, err := f.Object(4)
		if want := fmt.Sprintf("/N%d true\n>>\n", n); err != nil || !strings.HasSuffix(text, want) || !strings.HasPrefix(text, "<<\n/Type /Catalog") {
			t.Errorf("%d: the catalog is %q, %v", n, text, err)
		}
		if text, err := f.Object(2); err != nil || !strings.HasPrefix(text, "<</Type /Page\n") {
			t.Errorf("%d: an object of the first revision is %q, %v", n, text, err)
		}
		if _, err := f.Object(99); err == nil {
			t.Error("an object that is not there is read")
		}
	}
	f := read(t, pdf)
	if _, err := Read(append(bytes.Clone(pdf), f.Update().Bytes()...)); err == nil {
		t.Errorf("more than %d revisions are read", maxRevisions)
	}
}

func TestOrderOfObjects(t *testing.T) {
	f := read(t, small())
	u := f.Update()
	n := u.New()
	u.Set(n, "<<>>\n")
	u.Set(2, "<</Type /Page\n>>\n")
	if tail := u.Bytes(n); !bytes.HasPrefix(tail, fmt.Appendf(nil, "%d 0 obj\n", n)) {
		t.Errorf("%s", tail)
	}
	if tail := u.Bytes(); !bytes.HasPrefix(tail, []byte("2 0 obj\n")) {
		t.Errorf("%s", tail)
	}
}

func TestWhatIsNotInTheForm(t *testing.T) {
	pdf := string(small())
	start := strings.Index(pdf, "xref\n0 5")
	for name, change := range map[string]func(string) string{
		"empty":        func(string) string { return "" },
		"no end":       func(s string) string { return s[:len(s)-7] },
		"outside":      func(string) string { return "startxref\n999999\n%%EOF\n" },
		"itself":       func(string) string { return "startxref\n0\n%%EOF\n" },
		"leading zero": func(s string) string { return strings.Replace(s, "startxref\n", "startxref\n0", 1) },
		"a stream":     func(s string) string { return strings.Replace(s, "xref\n0 5", "9 0 obj\n", 1) },
		"a count":      func(s string) string { return strings.Replace(s, "xref\n0 5", "xref\n0 6", 1) },
		"a huge count": func(s string) string { return strings.Replace(s, "xref\n0 5", "xref\n0 9999999", 1) },
		"no count":     func(s string) string { return strings.Replace(s, "xref\n0 5", "xref\n0 0", 1) },
		"an entry":     func(s string) string { return s[:start+31] + "x" + s[start+32:] },
		"beyond":       func(s string) string { return s[:start+29] + "9" + s[start+30:] },
		"a generation": func(s string) string { return strings.Replace(s, "00000 n", "00001 n", 1) },
		"deleted":      func(s string) string { return strings.Replace(s, "00000 n", "00000 f", 1) },
		"no root":      func(s string) string { return strings.Replace(s, "/Root", "/Toor", 1) },
		"two roots":    func(s string) string { return strings.Replace(s, "/Info 3", "/Root 1 0 R\n/Info 3", 1) },
		"a small size": func(s string) string { return strings.Replace(s, "/Size 5", "/Size 4", 1) },
		"a loop": func(s string) string {
			return strings.Replace(s, "/Info 3", fmt.Sprintf("/Prev %d\n/Info 3", start), 1)
		},
		"before nothing": func(s string) string { return strings.Replace(s, "/Info 3", "/Prev 0\n/Info 3", 1) },
	} {
		if f, err := Read([]byte(change(pdf))); err == nil {
			t.Errorf("%s: read as %+v", name, f)
		}
	}
	moved := strings.Replace(pdf, "2 0 obj\n", "7 0 obj\n", 1)
	if _, err := read(t, []byte(moved)).Object(2); err == nil {
		t.Error("an object is read that is another")
	}
	u := read(t, []byte(pdf)).Update()
	u.Set(2, "no dictionary\n")
	if err := u.Extend(2, "/A 1\n"); err == nil {
		t.Error("what is no dictionary is extended")
	}
}
