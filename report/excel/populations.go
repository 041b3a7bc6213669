package excel

import (
	"fmt"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report"
)

// populations says of each population what it is, where it comes from and whether it is whole.
func (b *book) populations() *table {
	t := b.sheet("populations")
	t.rows, t.wrap, t.colour = len(b.d.Populations), true, b.looks.Ink
	t.fill = func(f *filler) {
		for i := range b.d.Populations {
			if !f.next() {
				return
			}
			for _, c := range t.columns {
				b.populationCell(f, c.Key, &b.d.Populations[i])
			}
		}
	}
	return t
}

func (b *book) populationCell(f *filler, key string, p *report.Population) {
	exchanges := 0
	var operations []string
	for _, c := range p.Calls {
		exchanges += c.Exchanges
		operations = append(operations, fmt.Sprintf("%s %s, %d times over accounts and regions; worst outcome: %s", c.Service, c.Operation, c.Cells, b.d.Words.Outcome(c.Worst).Word))
	}
	switch key {
	case "kind":
		f.styled(b.styles.link, plain(p.Kind))
		f.link(quoteTitle(b.kindTitle(p.Kind)) + "!A1")
	case "about":
		f.prose(p.Doc)
	case "size":
		f.count(p.Size)
	case "whole":
		if p.Complete {
			f.text("yes")
			return
		}
		f.styled(b.styles.unknown, "no")
	case "period-resources", "period-created", "period-deleted":
		x := p.Period
		switch {
		case x == nil:
			f.none("–")
		case key == "period-resources":
			f.count(x.Resources)
		case key == "period-created":
			f.count(x.Created)
		default:
			f.count(x.Deleted)
		}
	case "gaps":
		f.count(p.Gaps.Count)
	case "operations":
		if len(operations) == 0 {
			f.none("derived from other records")
			return
		}
		f.lines(operations)
	case "exchanges":
		f.count(exchanges)
	case "first":
		f.date(p.First)
	case "last":
		f.date(p.Last)
	case "file":
		f.text(p.File)
	case "sha256":
		f.text(p.SHA256.String())
	default:
		f.unknownKey(key)
	}
}

// kinds are the populations themselves, a sheet or more each.
func (b *book) kinds() []*table {
	var out []*table
	for i := range b.d.Populations {
		p := &b.d.Populations[i]
		t := &table{title: p.Kind, about: p.Doc, rows: p.Size, frozen: 1, colour: b.looks.Ink}
		for _, c := range p.Columns {
			t.columns = append(t.columns, column{Key: c.Name, Title: c.Name, Width: widthOf(c)})
		}
		t.fill = func(f *filler) {
			for r, err := range p.Rows {
				if err != nil {
					f.fail(err)
					return
				}
				if !f.next() {
					return
				}
				f.wholeFile = fmt.Sprintf("%s line %d", p.File, r.Line)
				for i, c := range r.Cells {
					if p.Columns[i].Name == "evidence" && c.State == report.Present {
						f.text(ids(c))
						continue
					}
					f.cell(c)
				}
			}
		}
		out = append(out, t)
	}
	return out
}

// ids takes the marks of JSON off a list of evidence ids.
func ids(c report.Cell) string {
	s, _ := c.Value.(string)
	if !strings.HasPrefix(s, `["E-`) {
		return c.Text()
	}
	return strings.NewReplacer(`["`, "", `","`, " ", `"]`, "").Replace(s)
}

// widthOf is how wide a field's column is: its name and what usually stands there.
func widthOf(f evidence.Field) float64 {
	w := 26.0
	switch {
	case f.Type == "time":
		w = 21
	case f.Type == "bool":
		w = 9
	case f.Type == "int" || f.Type == "number":
		w = 11
	case f.Name == "id":
		w = 58
	case f.Name == "unknown":
		w = 16
	case f.Name == "account":
		w = 15
	case f.Name == "region":
		w = 14
	case strings.HasSuffix(f.Name, "arn"):
		w = 58
	case strings.HasPrefix(f.Type, "list") || strings.HasPrefix(f.Type, "map"):
		w = 40
	}
	// The button of the filter takes some of the header's room; longer names break.
	longest := 0
	for word := range strings.SplitSeq(strings.NewReplacer(".", " ", "_", " ").Replace(f.Name), " ") {
		longest = max(longest, len(word))
	}
	return max(w, float64(min(len(f.Name), max(longest, 18)))+4)
}

// kindTitle is the title of a population's first sheet.
func (b *book) kindTitle(kind string) string {
	for _, t := range b.tables {
		if t.title == kind && len(t.parts) > 0 {
			return t.parts[0].title
		}
	}
	return kind
}

// fields says what the columns of the populations mean.
func (b *book) fields() *table {
	t := b.sheet("fields")
	t.wrap, t.frozen, t.colour = true, 2, b.looks.Muted
	for _, p := range b.d.Populations {
		t.rows += len(p.Columns)
	}
	t.fill = func(f *filler) {
		for _, p := range b.d.Populations {
			for _, field := range p.Columns {
				if !f.next() {
					return
				}
				for _, c := range t.columns {
					switch c.Key {
					case "kind":
						f.text(p.Kind)
					case "name":
						f.text(field.Name)
					case "type":
						f.text(field.Type)
					case "optional":
						if field.Optional {
							f.text("yes")
							continue
						}
						f.none("no")
					case "doc":
						f.prose(field.Doc)
					default:
						f.unknownKey(c.Key)
					}
				}
			}
		}
	}
	return t
}
