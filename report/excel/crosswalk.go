package excel

import (
	"fmt"
	"strings"

	"github.com/auditseal/auditseal/report"
)

// crosswalk shows each test under the controls of every framework: one row a test, one column a framework.
func (b *book) crosswalk() *table {
	t := b.sheet("crosswalk")
	t.rows, t.wrap, t.colour = len(b.d.Tests), true, b.looks.Accent
	// The template's columns are its own; the frameworks' stand behind them.
	columns := append([]column{}, t.columns...)
	for _, fw := range b.d.Frameworks {
		columns = append(columns, column{Key: "framework:" + fw.ID, Title: fw.ID, Width: 30})
	}
	t.columns = columns
	t.fill = func(f *filler) {
		for i := range b.d.Tests {
			if !f.next() {
				return
			}
			for _, c := range t.columns {
				if fw, ok := strings.CutPrefix(c.Key, "framework:"); ok {
					f.lines(controlsOf(b.d.Tests[i].Controls, fw))
					continue
				}
				b.definitionCell(f, c.Key, &b.d.Tests[i])
			}
		}
	}
	return t
}

func controlsOf(refs []report.ControlRef, framework string) []string {
	var out []string
	for _, r := range refs {
		if r.Framework == framework {
			out = append(out, r.Control+"  "+r.Title)
		}
	}
	return out
}

// opinions lists what AWS itself says where one of its controls or rules asks the same as a test.
func (b *book) opinions() *table {
	t := b.sheet("opinions")
	t.wrap, t.colour = true, b.looks.Accent
	for i := range b.d.Tests {
		t.rows += len(b.d.Tests[i].Opinions)
	}
	t.fill = func(f *filler) {
		for i := range b.d.Tests {
			test := &b.d.Tests[i]
			for _, o := range test.Opinions {
				if !f.next() {
					return
				}
				for _, c := range t.columns {
					switch c.Key {
					case "source":
						f.text(b.d.Words.Source(o.Source))
					case "id":
						f.text(o.ID)
					case "passed":
						f.count(o.Passed)
					case "failed":
						f.count(o.Failed)
					case "unevaluated":
						f.count(o.Unevaluated)
					case "whole":
						f.boolean(o.Whole)
					case "comparison":
						f.text(b.d.Words.Comparison(o.Comparison))
					case "failing":
						f.lines(few(o.Failing))
					default:
						b.definitionCell(f, c.Key, test)
					}
				}
			}
		}
	}
	return t
}

// few cuts a long list, and says how much is left.
func few(list []string) []string {
	const shown = 50
	if len(list) <= shown {
		return list
	}
	return append(append([]string{}, list[:shown]...), fmt.Sprintf("and %d more, on the sheet of the population", len(list)-shown))
}

// points lists the points of focus of the frameworks that have any.
func (b *book) points() *table {
	t := b.sheet("points")
	t.wrap, t.colour = true, b.looks.Accent
	results := map[string]string{}
	for i := range b.d.Tests {
		results[b.d.Tests[i].ID] = b.d.Words.Result(b.d.Tests[i].Result).Word
	}
	each := func(use func(fw report.Framework, c report.Control, p int) bool) {
		for _, fw := range b.d.Frameworks {
			for _, g := range fw.Groups {
				for _, c := range g.Controls {
					for p := range c.Points {
						if !use(fw, c, p) {
							return
						}
					}
				}
			}
		}
	}
	each(func(report.Framework, report.Control, int) bool { t.rows++; return true })
	t.fill = func(f *filler) {
		each(func(fw report.Framework, c report.Control, n int) bool {
			if !f.next() {
				return false
			}
			p := c.Points[n]
			for _, col := range t.columns {
				switch col.Key {
				case "framework":
					f.text(fw.ID)
				case "control":
					f.text(c.ID)
				case "point":
					f.text(p.ID)
				case "text":
					f.prose(p.Text)
				case "tests":
					var lines []string
					for _, id := range p.Tests {
						lines = append(lines, id+" — "+results[id])
					}
					if len(lines) == 0 {
						f.none("none")
						continue
					}
					f.lines(lines)
				default:
					f.unknownKey(col.Key)
				}
			}
			return true
		})
	}
	return t
}
