package report_test

import (
	"os"
	"runtime"
	"testing"

	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/report/reporttest"
)

// What a Document holds does not grow with the population: twenty times the keys are held in the same memory.
func TestMemoryDoesNotGrow(t *testing.T) {
	held := func(n int) (*report.Document, int64) {
		dir := t.TempDir()
		if err := reporttest.Large(dir, n); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		d, err := report.Load(os.DirFS(dir), reporttest.Kinds())
		if err != nil {
			t.Fatal(err)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		return d, int64(after.HeapAlloc) - int64(before.HeapAlloc)
	}
	_, small := held(1000)
	d, large := held(20000)
	if test := d.Tests[0]; test.Exceptions.Count != 10000 || test.Unknowns.Count != 200 || len(test.Exceptions.First) != report.Shown || d.Evidence.Count != 40000 || d.Ledger.GapCount != 200 {
		t.Fatalf("%d exceptions, %d unknowns, %d exchanges, %d gaps", test.Exceptions.Count, test.Unknowns.Count, d.Evidence.Count, d.Ledger.GapCount)
	}
	// Beside the streams only the ids of gaps are held; a record would cost a kilobyte.
	if large-small > 1<<20 {
		t.Errorf("a document of 20,000 keys holds %d bytes more than one of 1,000", large-small)
	}
	n := 0
	for _, err := range d.Tests[0].Exceptions.All {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	for _, p := range d.Populations {
		for _, err := range p.Rows {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if n != 10000 {
		t.Errorf("the stream yields %d exceptions", n)
	}
	runtime.KeepAlive(d)
}
