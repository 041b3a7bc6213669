package cell_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

type thing struct{ evidence.Meta }

func (*thing) Kind() string { return "a.thing" }

// A record that comes hundreds of times is one record and one gap.
func TestEmitOnce(t *testing.T) {
	tp, err := tape.Open(fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	c := cell.Open(cell.Opening{Account: "111122223333", Region: "eu-west-1", Collector: "a", Tape: tp, Kinds: []evidence.Kind{evidence.KindOf[thing]("Things.")},
		Emit: func(evidence.Record) error { n++; return nil }})
	for range 600 {
		r := &thing{c.Meta("one")}
		r.Evidence = []string{"E-" + strings.Repeat("0", 16)}
		if err := c.Emit(r); err != nil {
			t.Fatal(err)
		}
	}
	if _, gaps := c.Close(nil); n != 1 || len(gaps) != 1 {
		t.Errorf("%d records and %d gaps", n, len(gaps))
	}
}
