package excel

import (
	"github.com/xuri/excelize/v2"

	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
)

// styles are the library's numbers for the looks of cells.
type styles struct {
	header, wrapped, muted, link int
	flat                         int // text on one line, for rows that are one
	unknown                      int
	count, integer, float        int
	open                         int
	title, heading, body, label  int
	results                      map[assess.Result]int
	turned                       int // the header of a column that is narrower than its title
	moment, hours                int
	days                         map[string]int // by report.DayResults
}

// Number formats of Excel's own: asText keeps what is typed as text.
const (
	general   = 0
	whole     = 1
	thousand  = 3
	hundredth = 4 // #,##0.00
	asText    = 49
)

// Patterns of fills, by the library's numbers.
const (
	mediumGray = 2
	lightUp    = 14
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
		flat:    cell(asText, align(false, "left"), nil),
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
	s.turned = style(excelize.Style{Font: &excelize.Font{Bold: true, Color: l.Paper, Size: 8}, Fill: fill(l.Accent), NumFmt: asText,
		Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "bottom", TextRotation: 90}, Border: []excelize.Border{{Type: "right", Color: l.Muted, Style: 1}}})
	utc := "yyyy-mm-dd hh:mm:ss"
	s.moment = style(excelize.Style{CustomNumFmt: &utc, Alignment: align(false, "left"), Border: rule})
	s.hours = cell(hundredth, align(false, "right"), nil)
	// Fills that differ in grey too: solid dark, ruled, dotted, light, none. The mark in the cell says the same.
	square := []excelize.Border{{Type: "bottom", Color: l.Paper, Style: 1}, {Type: "right", Color: l.Paper, Style: 1}}
	day := func(fill excelize.Fill, font excelize.Font) int {
		return style(excelize.Style{NumFmt: asText, Fill: fill, Font: &font, Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center"}, Border: square})
	}
	pattern := func(n int, colour string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: n, Color: []string{colour}}
	}
	s.days = map[string]int{
		report.DayException:   day(fill(l.Exception), excelize.Font{Bold: true, Color: l.Paper}),
		report.DayUnknown:     day(pattern(lightUp, l.Incomplete), excelize.Font{Bold: true}),
		report.DayTolerated:   day(pattern(mediumGray, l.Exception), excelize.Font{Bold: true}),
		report.DayMet:         day(fill("#d2e1d9"), excelize.Font{Color: l.Met}),
		report.DayNotSelected: day(excelize.Fill{}, excelize.Font{Color: l.Muted}),
		report.DayAbsent:      day(excelize.Fill{}, excelize.Font{Color: l.Muted}),
	}
	colours := map[assess.Result]string{assess.Exception: l.Exception, assess.Incomplete: l.Incomplete, assess.Manual: l.Manual,
		assess.NotTested: l.NotTested, assess.Met: l.Met, assess.NotApplicable: l.NotApplicable}
	for _, r := range assess.Results() {
		s.results[r] = cell(asText, align(false, "left"), &excelize.Font{Bold: true, Color: colours[r]})
	}
	return s, err
}
