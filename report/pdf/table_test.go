package pdf

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/auditseal/auditseal/report/text"
)

func newTestBook(t testing.TB) *book {
	t.Helper()
	b, err := newBook(fixture(t))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// column drawn: the lines of a table's column i over all pages, without the repeated heads.
func columnText(b *book, i int) string {
	var out []string
	for _, s := range b.sheets {
		for _, r := range s.rows {
			tr, ok := r.row.(*tableRow)
			if !ok || tr.head {
				continue
			}
			for _, l := range tr.cells[i] {
				if l.text != continued {
					out = append(out, l.text)
				}
			}
		}
	}
	return squash(strings.Join(out, " "))
}

// A cell of 3,000 words is taller than a page: maroto alone loses two thirds of it and numbers pages wrongly.
func TestTallCell(t *testing.T) {
	var words []string
	for i := range 3000 {
		words = append(words, fmt.Sprintf("word-%04d", i))
	}
	for _, width := range []float64{20, 60, 120} {
		b := newTestBook(t)
		b.page()
		tb := b.table(b.s, column{title: "A", width: 40, style: b.s.cell}, column{title: "B", width: width, style: b.s.cellMono})
		tb.row(cell{{text: "first"}}, cell{{text: strings.Join(words, " ")}})
		tb.row(cell{{text: "second"}}, cell{{text: "after"}})
		if got, want := columnText(b, 1), squash(strings.Join(words, " "))+"after"; got != want {
			t.Errorf("%.0f mm: %d letters of %d are on the pages", width, len(got), len(want))
		}
		if got := columnText(b, 0); got != "firstsecond" {
			t.Errorf("%.0f mm: the first column has %q", width, got)
		}
		for i, s := range b.sheets {
			parts := 0
			for _, r := range s.rows {
				if tr := r.row.(*tableRow); !tr.head && tr.cells[0][0].text == continued {
					parts++
				}
				if r.y+r.row.height() > bottom+1e-6 {
					t.Errorf("%.0f mm: a row runs off page %d", width, i+1)
				}
			}
			if i > 0 && parts != 1 {
				t.Errorf("%.0f mm: page %d has %d parts that say they go on", width, i+1, parts)
			}
			if !s.rows[0].row.(*tableRow).head {
				t.Errorf("%.0f mm: page %d does not repeat the head", width, i+1)
			}
		}
	}
}

// Whatever the cells hold, and however the rows fall on the pages, every word is there, in order, and on its page.
func TestTablesLoseNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	alphabet := []string{"a", "B", "é", "日", "🔑", "\x00", "\u202e", "\xff", ":", "/", "-", " ", " ", "W", "i", "\n", "0123456789"}
	for round := range 60 {
		b := newTestBook(t)
		b.page()
		b.y += r.Float64() * 200
		tb := b.table(b.s, column{title: "A", width: 12 + r.Float64()*60, style: b.s.cellMono}, column{title: "B", width: 12 + r.Float64()*60, style: b.s.cell})
		var want [2]strings.Builder
		for range 1 + r.IntN(12) {
			var cells [2]cell
			for i := range cells {
				var s strings.Builder
				for range r.IntN([]int{3, 40, 400, 6000}[r.IntN(4)]) {
					s.WriteString(alphabet[r.IntN(len(alphabet))])
				}
				cells[i] = cell{{text: s.String()}}
				want[i].WriteString(text.Visible(s.String(), tb.columns[i].style.face.has))
			}
			tb.row(cells[0], cells[1])
		}
		for i := range want {
			if got, want := columnText(b, i), squash(want[i].String()); got != want {
				t.Fatalf("round %d, column %d: %d letters of %d are on the pages", round, i, len(got), len(want))
			}
		}
		for _, s := range b.sheets {
			for _, row := range s.rows {
				if row.y+row.row.height() > bottom+1e-6 {
					t.Fatalf("round %d: a row runs off page %d", round, s.number)
				}
			}
		}
	}
}

// The widths that lines are broken by are those that gofpdf draws by: both come from the same font.
func TestWidthsOfFaces(t *testing.T) {
	b := newTestBook(t)
	for _, f := range []*face{b.faces.mono, b.faces.monoBold} {
		for r := rune(' '); r < 0x7F; r++ {
			if f.width(r) != 600 {
				t.Errorf("%s %q is %d wide", f.family, r, f.width(r))
			}
		}
	}
	for r, want := range map[rune]int{' ': 260, 'W': 930, 'i': 258, 'é': 564, '–': 500} {
		if got := b.faces.sans.width(r); got != want {
			t.Errorf("sans %q is %d wide, the font says %d", r, got, want)
		}
	}
	for _, r := range []rune{'日', '🔑', 0x10FFFF, 0xFFFF, -1} {
		if b.faces.sans.has(r) {
			t.Errorf("the font is said to have %U", r)
		}
	}
}
