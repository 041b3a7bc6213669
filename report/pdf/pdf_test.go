package pdf

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/report/reporttest"
)

var out = flag.String("out", "", "write the fixture's report to this file, to look at")

func fixture(t testing.TB) *report.Document {
	t.Helper()
	d, err := report.Load(os.DirFS("../testdata/pack"), reporttest.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func render(t testing.TB, d *report.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFixture(t *testing.T) {
	b := render(t, fixture(t))
	if *out != "" {
		if err := os.WriteFile(*out, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
