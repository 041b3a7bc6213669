package excel

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/report/pack/deflate"
)

type resultOf = assess.Result

// A book is a workbook being made.
type book struct {
	d      *report.Document
	words  *words
	looks  looks
	styles styles
	tables []*table
	// limit is how many rows a sheet takes, its header included.
	limit int
	index index
}

// A table is a list of rows under a header, over as many sheets as it needs.
type table struct {
	title, about string
	columns      []column
	// rows is how many there are. They are counted before they are written, and must come out as many.
	rows int
	fill func(*filler)
	// frozen is how many columns stay when the sheet is scrolled sideways.
	frozen int
	// filtered is how many columns are offered to filter by; 0 is all.
	filtered int
	// wrap breaks lines in cells: for tables that people read, not for those of a hundred thousand rows.
	wrap bool
	// flat breaks no lines at all. Every cell holds something.
	flat bool
	// free is a sheet without a header: the cover.
	free bool
	// open are the columns that people type into, from 1; choices are offered in the first of them.
	open    []int
	choices []string
	guarded bool
	colour  string // of the tab

	parts []part
}

// A part is a sheet of a table: the rows from its first one on.
type part struct {
	title      string
	from, rows int
	path       string
	// head, middle and tail are the sheet's XML around its rows and its links.
	head, middle, tail []byte
}

func newBook(d *report.Document, limit int) (*book, error) {
	w, err := loadWords()
	if err != nil {
		return nil, err
	}
	l, err := loadLooks()
	if err != nil {
		return nil, err
	}
	b := &book{d: d, words: w, looks: l, limit: limit}
	b.plan()
	return b, nil
}

// plan lists the tables in the order of their tabs, and says which sheet holds which rows.
func (b *book) plan() {
	b.tables = append(b.tables, b.readme(), b.summary())
	b.tables = append(b.tables, b.tests()...)
	b.tables = append(b.tables, b.crosswalk(), b.opinions())
	if points := b.points(); points.rows > 0 {
		b.tables = append(b.tables, points)
	}
	b.tables = append(b.tables, b.definitions())
	if over := b.d.OverPeriod(); len(over) > 0 {
		b.tables = append(b.tables, b.calendar(), b.timeline())
	}
	b.tables = append(b.tables, b.exceptions(), b.undecided(), b.accepted(), b.requests(), b.gaps(), b.ledger(), b.populations())
	b.tables = append(b.tables, b.kinds()...)
	b.tables = append(b.tables, b.fields(), b.evidence())
	used := map[string]bool{}
	n := 0
	for _, t := range b.tables {
		room := b.limit - 1
		for from := 0; from == 0 || from < t.rows; from += room {
			suffix := ""
			if from > 0 {
				suffix = fmt.Sprintf(" (%d)", from/room+1)
			}
			n++
			rows := min(room, t.rows-from)
			if t.free {
				rows = maxRows // not counted; it is one page of words
			}
			t.parts = append(t.parts, part{title: sheetTitle(t.title, suffix, used), from: from, rows: rows, path: fmt.Sprintf("xl/worksheets/sheet%d.xml", n)})
		}
	}
}

// sheet starts a table from the template.
func (b *book) sheet(key string) *table {
	s := b.words.Sheets[key]
	return &table{title: s.Title, about: s.About, columns: s.Columns, frozen: 1}
}

// at is the place of a column, from 1; 0 where the template has none.
func (t *table) at(key string) int {
	return 1 + slices.IndexFunc(t.columns, func(c column) bool { return c.Key == key })
}

// parts has the library make everything but the rows.
func (b *book) parts() (map[string][]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	var err error
	if b.styles, err = newStyles(f, b.looks); err != nil {
		return nil, err
	}
	for i, t := range b.tables {
		for j := range t.parts {
			p := &t.parts[j]
			if i+j == 0 {
				err = f.SetSheetName("Sheet1", p.title)
			} else {
				_, err = f.NewSheet(p.title)
			}
			if err == nil {
				err = b.dress(f, t, p)
			}
			if err != nil {
				return nil, fmt.Errorf("sheet %q: %w", p.title, err)
			}
		}
	}
	if err := b.properties(f); err != nil {
		return nil, err
	}
	c := capture{}
	f.SetZipWriter(func(io.Writer) excelize.ZipWriter { return c })
	if err := f.Write(io.Discard); err != nil {
		return nil, err
	}
	for _, t := range b.tables {
		for j := range t.parts {
			p := &t.parts[j]
			xml, ok := c[p.path]
			if !ok {
				return nil, fmt.Errorf("sheet %q: the library wrote no %s", p.title, p.path)
			}
			if err := p.split(xml); err != nil {
				return nil, fmt.Errorf("sheet %q: %w", p.title, err)
			}
			delete(c, p.path)
		}
	}
	for name := range c {
		if strings.HasPrefix(name, "xl/worksheets/sheet") {
			return nil, fmt.Errorf("the library wrote a sheet that nobody asked for: %s", name)
		}
	}
	return c, nil
}

// split cuts a sheet's XML where its rows and its links belong.
func (p *part) split(xml []byte) error {
	// The library says that rows are hidden by a filter wherever there is one to choose from.
	xml = bytes.Replace(xml, []byte(` filterMode="true"`), nil, 1)
	head, rest, ok := bytes.Cut(xml, []byte("<sheetData></sheetData>"))
	at := bytes.Index(rest, []byte("<pageMargins"))
	if !ok || at < 0 || bytes.Contains(rest, []byte("<hyperlinks")) {
		return fmt.Errorf("the library's XML has no place for rows and links")
	}
	p.head, p.middle, p.tail = head, rest[:at], rest[at:]
	return nil
}

// capture keeps the parts that the library writes. All are small: the rows are not in them.
type capture map[string][]byte

func (c capture) Create(name string) (io.Writer, error) { return captured{c, name}, nil }
func (c capture) AddFS(fs.FS) error                     { return fmt.Errorf("a workbook takes no folders") }
func (c capture) Close() error                          { return nil }

type captured struct {
	c    capture
	name string
}

func (w captured) Write(b []byte) (int, error) {
	w.c[w.name] = append(w.c[w.name], b...)
	return len(b), nil
}

// writeParts writes the archive: the small parts in the order of their names, then the sheets. The evidence index comes first among
// these, so that the others can lead to its rows.
func (b *book) writeParts(zw *deflate.Zip, small map[string][]byte) error {
	names := make([]string, 0, len(small))
	for name := range small {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		w, err := zw.Create(name)
		if err != nil {
			return err
		}
		xml := small[name]
		if name == "[Content_Types].xml" {
			xml = sortDefaults(xml)
		}
		if _, err := w.Write(xml); err != nil {
			return err
		}
	}
	order := append([]*table{b.tables[len(b.tables)-1]}, b.tables[:len(b.tables)-1]...)
	for _, t := range order {
		f := newFiller(b, t, func(i int) (io.Writer, error) { return zw.Create(t.parts[i].path) })
		t.fill(f)
		if err := f.finish(); err != nil {
			return err
		}
	}
	return nil
}

// sortDefaults puts the <Default> elements of the content types in order: the library takes those of pictures from a map.
func sortDefaults(xml []byte) []byte {
	const open = "<Default "
	var defaults []string
	var rest strings.Builder
	first := -1
	for s := string(xml); s != ""; {
		i := strings.Index(s, open)
		if i < 0 {
			rest.WriteString(s)
			break
		}
		end := strings.Index(s[i:], "</Default>")
		size := len("</Default>")
		if self := strings.Index(s[i:], "/>"); self >= 0 && (end < 0 || self < end) {
			end, size = self, len("/>")
		}
		if end < 0 {
			return xml
		}
		rest.WriteString(s[:i])
		if first < 0 {
			first = rest.Len()
		}
		defaults = append(defaults, s[i:i+end+size])
		s = s[i+end+size:]
	}
	if first < 0 {
		return xml
	}
	sort.Strings(defaults)
	return []byte(rest.String()[:first] + strings.Join(defaults, "") + rest.String()[first:])
}

// Paper sizes of Excel's.
const (
	a3 = 8
	a4 = 9
)

// flatRow is the height in points of the rows of a table that does not wrap.
var flatRow = 13.0

// dress gives a sheet everything that is not a row.
func (b *book) dress(f *excelize.File, t *table, p *part) error {
	yes, zero := true, 0
	paper, landscape := a4, "landscape"
	wide := 0.0
	for _, c := range t.columns {
		wide += c.Width
	}
	across := 1
	if wide > 200 {
		paper = a3 // on A4 it would be too small to read
		across = int(math.Ceil(wide / 300))
	}
	last := letters(len(t.columns))
	all := fmt.Sprintf("A1:%s%d", last, p.rows+1)
	if t.free {
		all = "" // not known; readers that stream believe a range that is too small
	}
	if err := f.SetSheetDimension(p.title, all); err != nil {
		return err
	}
	for i, c := range t.columns {
		if err := f.SetColWidth(p.title, letters(i+1), letters(i+1), c.Width); err != nil {
			return err
		}
	}
	if err := f.SetPageLayout(p.title, &excelize.PageLayoutOptions{Size: &paper, Orientation: &landscape, FitToWidth: &across, FitToHeight: &zero}); err != nil {
		return err
	}
	side, end, edge := 0.4, 0.6, 0.3
	if err := f.SetPageMargins(p.title, &excelize.PageLayoutMarginsOptions{Left: &side, Right: &side, Top: &end, Bottom: &end, Header: &edge, Footer: &edge}); err != nil {
		return err
	}
	if err := f.SetHeaderFooter(p.title, &excelize.HeaderFooterOptions{
		OddHeader: "&L&8" + headerText(b.d.Run.Organization, 60) + " · " + headerText(b.d.PeriodText(), 60) + "&R&8" + headerText(p.title, 60),
		OddFooter: "&L&8" + headerText(b.d.Run.Tool.String()+" · pack "+b.d.ID, 80) + "&R&8&P / &N",
	}); err != nil {
		return err
	}
	if t.free {
		no := false
		if err := f.SetSheetView(p.title, 0, &excelize.ViewOptions{ShowGridLines: &no}); err != nil {
			return err
		}
	} else if err := b.dressTable(f, t, p, all); err != nil {
		return err
	}
	tab := "FF" + strings.ToUpper(strings.TrimPrefix(t.colour, "#"))
	// Last, because AutoFilter throws away what was set before it.
	props := &excelize.SheetPropsOptions{FitToPage: &yes, TabColorRGB: &tab}
	if !t.wrap && !t.free {
		// One line a row, however long the text: a row grows when somebody asks for it.
		props.CustomHeight, props.DefaultRowHeight = &yes, &flatRow
	}
	return f.SetSheetProps(p.title, props)
}

func (b *book) dressTable(f *excelize.File, t *table, p *part, all string) error {
	panes := &excelize.Panes{Freeze: true, YSplit: 1, XSplit: t.frozen, ActivePane: "bottomRight", TopLeftCell: letters(t.frozen+1) + "2"}
	if t.frozen == 0 {
		panes.ActivePane = "bottomLeft"
	}
	if err := f.SetPanes(p.title, panes); err != nil {
		return err
	}
	filtered := all
	if t.filtered > 0 {
		filtered = fmt.Sprintf("A1:%s%d", letters(t.filtered), p.rows+1)
	}
	if err := f.AutoFilter(p.title, filtered, nil); err != nil {
		return err
	}
	sheet := quoteTitle(p.title) + "!"
	for _, n := range []excelize.DefinedName{
		{Name: "_xlnm.Print_Titles", RefersTo: sheet + "$A:$A," + sheet + "$1:$1", Scope: p.title},
		// Without it, long text in the last column makes the page wider.
		{Name: "_xlnm.Print_Area", RefersTo: fmt.Sprintf("%s$A$1:$%s$%d", sheet, letters(len(t.columns)), p.rows+1), Scope: p.title},
	} {
		if err := f.SetDefinedName(&n); err != nil {
			return err
		}
	}
	if len(t.choices) > 0 && p.rows > 0 {
		v := excelize.NewDataValidation(true)
		col := letters(t.open[0])
		v.Sqref = fmt.Sprintf("%s2:%s%d", col, col, p.rows+1)
		if err := v.SetDropList(t.choices); err != nil {
			return err
		}
		// Offered, not imposed: the words are the auditor's.
		v.ShowErrorMessage = false
		if err := f.AddDataValidation(p.title, v); err != nil {
			return err
		}
	}
	if t.guarded {
		return f.ProtectSheet(p.title, &excelize.SheetProtectionOptions{SelectLockedCells: true, SelectUnlockedCells: true,
			AutoFilter: true, Sort: true, FormatCells: true, FormatColumns: true, FormatRows: true})
	}
	return nil
}

// headerText makes text fit for a page's header, where & begins a code and 255 characters are all.
func headerText(s string, n int) string {
	s = plain(s)
	if cut := cutUnits(s, n); cut != s {
		s = cut + "…"
	}
	return strings.ReplaceAll(s, "&", "&&")
}

// properties describe the file. Its times are the evidence's.
func (b *book) properties(f *excelize.File) error {
	at := b.d.Time.UTC().Format(time.RFC3339)
	f.SetActiveSheet(0)
	if err := f.SetDocProps(&excelize.DocProperties{
		Created: at, Modified: at, Creator: b.d.Run.Tool.String(), LastModifiedBy: b.d.Run.Tool.String(),
		Title: plain(b.d.Words.Title), Subject: plain(b.d.Run.Organization + ", " + b.d.PeriodText()), Identifier: b.d.ID, Language: "en", Version: b.d.Run.Tool.Version,
	}); err != nil {
		return err
	}
	return f.SetAppProps(&excelize.AppProperties{Application: b.d.Run.Tool.Name})
}
