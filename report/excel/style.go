package excel

import (
	"github.com/xuri/excelize/v2"

	"github.com/auditseal/auditseal/frameworks/assess"
)

// styles are the library's numbers for the looks of cells.
type styles struct {
	header, wrapped, muted, link int
	unknown                      int
	count, integer, float        int
	open                         int
	title, heading, body, label  int
	results                      map[assess.Result]int
}

// Number formats of Excel's own: asText keeps what is typed as text.
const (
	general  = 0
	whole    = 1
	thousand = 3
	asText   = 49
)

func newStyles(f *excelize.File, l looks) (styles, error) {
	var err error
	style := func(s excelize.Style) int {
		if s.Font == nil {
			s.Font = &excelize.Font{}
		}
		if s.Font.Size == 0 {
			s.Font.Size = 9
		}
		if s.Font.Color == "" {
			s.Font.Color = l.Ink
		}
		s.Font.Family = "Calibri"
		id, e := f.NewStyle(&s)
		if err == nil {
			err = e
		}
		return id
	}
	align := func(wrap bool, h string) *excelize.Alignment {
		a := &excelize.Alignment{Vertical: "top", Horizontal: h, WrapText: wrap}
		if h == "right" {
			a.Indent = 1 // clear of the text in the next column
		}
		return a
	}
	rule := []excelize.Border{{Type: "bottom", Color: l.Line, Style: 1}}
	frame := []excelize.Border{{Type: "bottom", Color: l.Line, Style: 1}, {Type: "left", Color: l.Line, Style: 1}, {Type: "right", Color: l.Line, Style: 1}}
	fill := func(c string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{c}}
	}
	cell := func(num int, a *excelize.Alignment, font *excelize.Font) int {
		return style(excelize.Style{NumFmt: num, Alignment: a, Font: font, Border: rule})
	}
	s := styles{
		header: style(excelize.Style{Font: &excelize.Font{Bold: true, Color: l.Paper}, Fill: fill(l.Accent), NumFmt: asText,
			Alignment: &excelize.Alignment{Vertical: "center", WrapText: true}, Border: []excelize.Border{{Type: "right", Color: l.Muted, Style: 1}}}),
		wrapped: cell(asText, align(true, "left"), nil),
		muted:   cell(asText, align(false, "left"), &excelize.Font{Color: l.Muted, Italic: true}),
		unknown: cell(asText, align(true, "left"), &excelize.Font{Color: l.Incomplete}),
		link:    cell(asText, align(false, "left"), &excelize.Font{Color: l.Accent, Underline: "single"}),
		count:   cell(thousand, align(false, "right"), nil),
		integer: cell(whole, align(false, "right"), nil),
		float:   cell(general, align(false, "right"), nil),
		open: style(excelize.Style{NumFmt: asText, Alignment: align(true, "left"), Border: frame, Fill: fill(l.Panel),
			Protection: &excelize.Protection{Locked: false}}),
		title:   style(excelize.Style{Font: &excelize.Font{Bold: true, Size: 16, Color: l.Accent}, NumFmt: asText}),
		heading: style(excelize.Style{Font: &excelize.Font{Bold: true, Size: 11, Color: l.Accent}, NumFmt: asText}),
		body:    style(excelize.Style{Font: &excelize.Font{Size: 10}, NumFmt: asText, Alignment: align(true, "left")}),
		label:   style(excelize.Style{Font: &excelize.Font{Size: 10, Color: l.Muted}, NumFmt: asText, Alignment: align(true, "left")}),
		results: map[assess.Result]int{},
	}
	colours := map[assess.Result]string{assess.Exception: l.Exception, assess.Incomplete: l.Incomplete, assess.Manual: l.Manual,
		assess.NotTested: l.NotTested, assess.Met: l.Met, assess.NotApplicable: l.NotApplicable}
	for _, r := range assess.Results() {
		s.results[r] = cell(asText, align(false, "left"), &excelize.Font{Bold: true, Color: colours[r]})
	}
	return s, err
}
