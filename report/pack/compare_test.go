package pack

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestCompare(t *testing.T) {
	long := strings.Repeat("0123456789abcde\n", 10_000)
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	a := fstest.MapFS{"same": file(long), "line": file(long + "it is \"met\"\nend\n"), "short": file("a\nb\n"), "only": file("x"), "bin": file("PK\x00\x01"), "é": file("Prüfung")}
	b := fstest.MapFS{"same": file(long), "line": file(long + "it is \"exception\"\nend\n"), "short": file("a\nb\nc\n"), "more": file("x"), "bin": file("PK\x00\x02"), "é": file("Prüfxng")}
	var got []Difference
	if err := Compare(a, b, []string{"same", "line", "short", "only", "more", "none", "bin", "é"}, func(d Difference) { got = append(got, d) }); err != nil {
		t.Fatal(err)
	}
	want := []Difference{
		{Path: "line", Line: 10_001, Offset: 160_007, Detail: `the pack says …"it is \"met\""…, deriving again …"it is \"exception\""…`},
		{Path: "short", Line: 3, Offset: 4, Detail: `the pack says nothing more, deriving again …"c"…`},
		{Path: "only", Detail: "is in the pack and cannot be derived from it"},
		{Path: "more", Detail: "was derived and is not in the pack"},
		{Path: "bin", Offset: 3, Detail: "differs from byte 3 on"},
		{Path: "é", Line: 1, Offset: 5, Detail: `the pack says …"Prüfung"…, deriving again …"Prüfxng"…`},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
