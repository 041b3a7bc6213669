package pdf

import (
	"github.com/johnfercher/go-tree/node"
	"github.com/johnfercher/maroto/v2/pkg/components/col"
	"github.com/johnfercher/maroto/v2/pkg/consts/align"
	"github.com/johnfercher/maroto/v2/pkg/consts/linestyle"
	"github.com/johnfercher/maroto/v2/pkg/consts/orientation"
	"github.com/johnfercher/maroto/v2/pkg/core"
	"github.com/johnfercher/maroto/v2/pkg/core/entity"
	"github.com/johnfercher/maroto/v2/pkg/props"
)

// A4, in mm.
const (
	pageWidth, pageHeight = 210.0, 297.0
	left, right           = 18.0, 192.0
	top, bottom           = 24.0, 279.0
	textWidth             = right - left
)

// A row is a piece of a page that is never broken. It is drawn with its upper edge at y.
type row interface {
	height() float64
	draw(p *painter, y float64)
}

// A placed row stands on a page.
type placed struct {
	row row
	y   float64
}

// A sheet is a page. It is the one core.Row of its maroto page, so that maroto lays out nothing and measures nothing: rows were
// measured once, when they were placed, and are drawn once.
type sheet struct {
	rows   []placed
	number int
	// bare is a page without header and footer: the cover.
	bare bool
	flow *flow
	cfg  *entity.Config
}

// A flow places rows on pages, one below the other.
type flow struct {
	looks  *looks
	faces  *faces
	sheets []*sheet
	y      float64
	// edges draws header and footer of every page that is not bare, once all pages are known.
	edges func(p *painter, number, total int)
	// marks are the outline's entries and the anchors of the contents.
	marks []mark
}

// A mark is a place in the document that the outline names.
type mark struct {
	level int
	title string
	page  int // from 1
	y     float64
}

func (f *flow) page() {
	f.sheets = append(f.sheets, &sheet{number: len(f.sheets) + 1, flow: f})
	f.y = top
}

func (f *flow) current() *sheet { return f.sheets[len(f.sheets)-1] }

// room is the height that is left on the page.
func (f *flow) room() float64 { return bottom - f.y }

// need begins a new page where less than h is left.
func (f *flow) need(h float64) {
	if h > bottom-top {
		h = bottom - top
	}
	if f.room() < h-1e-6 {
		f.page()
	}
}

// gap leaves h empty, but not at the top of a page.
func (f *flow) gap(h float64) {
	if f.y > top {
		f.y += h
	}
}

// put places a row, on a new page where it does not fit.
func (f *flow) put(r row) {
	h := r.height()
	f.need(h)
	s := f.current()
	s.rows = append(s.rows, placed{r, f.y})
	f.y += h
}

// mark notes the place where the next row will stand. Call need first.
func (f *flow) mark(level int, title string) {
	f.marks = append(f.marks, mark{level, title, len(f.sheets), f.y})
}

// sheet is a core.Row.

var oneColumn = []core.Col{col.New()}

func (s *sheet) SetConfig(c *entity.Config) { s.cfg = c }
func (s *sheet) GetStructure() *node.Node[core.Structure] {
	return node.New(core.Structure{Type: "sheet", Value: s.number})
}
func (s *sheet) Add(...core.Col) core.Row                      { return s }
func (s *sheet) GetHeight(core.Provider, *entity.Cell) float64 { return sheetHeight }
func (s *sheet) GetColumns() []core.Col                        { return oneColumn }
func (s *sheet) WithStyle(*props.Cell) core.Row                { return s }

// sheetHeight is a hair less than the page's, so that rounding never makes maroto begin another page.
const sheetHeight = pageHeight - 0.01

// Render draws the page. The empty cell makes gofpdf begin the page; everything else is placed by us.
func (s *sheet) Render(provider core.Provider, cell entity.Cell) {
	provider.CreateCol(pageWidth, sheetHeight, s.cfg, nil)
	p := &painter{provider: provider, looks: s.flow.looks, faces: s.flow.faces}
	for _, r := range s.rows {
		r.row.draw(p, r.y)
	}
	if !s.bare {
		s.flow.edges(p, s.number, len(s.flow.sheets))
	}
	provider.CreateRow(sheetHeight)
	s.rows = nil // drawn once, and needed no more: gofpdf holds all pages until the end, we need not too
}

// A painter draws text and rectangles at places in mm from the page's upper left corner.
type painter struct {
	provider core.Provider
	looks    *looks
	faces    *faces
	cell     entity.Cell
	text     props.Text
	line     props.Line
}

// A style is how text looks.
type style struct {
	face   *face
	size   float64 // points
	colour *props.Color
	lead   float64 // mm from line to line
}

// put draws one line with its baseline at y. The line must have gone through text.Visible.
func (p *painter) put(s string, st style, x, y float64) {
	if s == "" {
		return
	}
	p.cell = entity.Cell{X: x, Y: y - st.size*mmPerPoint, Width: 10 * pageWidth, Height: 10}
	p.text = props.Text{Family: st.face.family, Style: st.face.style, Size: st.size, Color: st.colour, Align: align.Left}
	if st.colour != nil && *st.colour == (props.Color{}) {
		p.text.Color = nil // black is what gofpdf draws in anyway; saying so would cost a third more bytes a line
	}
	p.provider.AddText(s, &p.cell, &p.text)
}

// mark draws a mark beside text of a size. Round marks are small in their font and are drawn larger, about the text's middle.
func (p *painter) mark(m string, size float64, c *props.Color, x, y float64) {
	switch m {
	case "●", "◐", "○":
		big := size * 1.75
		p.put(m, style{face: p.faces.mono, size: big, colour: c}, x-0.045*big, y+0.042*big)
	case "▲", "□":
		big := size * 1.4
		p.put(m, style{face: p.faces.mono, size: big, colour: c}, x-0.02*big, y+0.01*big)
	default:
		p.put(m, style{face: p.faces.mono, size: size * 1.12, colour: c}, x, y)
	}
}

// putRight draws one line that ends at x.
func (p *painter) putRight(s string, st style, x, y float64) {
	p.put(s, st, x-st.face.measure(s, st.size), y)
}

// rect fills a rectangle. It is drawn as a line as thick as the rectangle's shorter side; gofpdf's lines have flat ends.
func (p *painter) rect(x, y, w, h float64, c *props.Color) {
	if w <= 0 || h <= 0 {
		return
	}
	p.line = props.Line{Color: c, SizePercent: 100, Style: linestyle.Solid}
	if w >= h {
		p.line.Orientation, p.line.Thickness = orientation.Horizontal, h
		p.cell = entity.Cell{X: x, Y: y + h/2, Width: w}
	} else {
		p.line.Orientation, p.line.Thickness = orientation.Vertical, w
		p.cell = entity.Cell{X: x + w/2, Y: y, Height: h}
	}
	p.provider.AddLine(&p.cell, &p.line)
}

// rule draws a hairline.
func (p *painter) rule(x, y, w float64, c *props.Color) { p.rect(x, y-hair/2, w, hair, c) }

const hair = 0.15

// frame draws a rectangle's four sides.
func (p *painter) frame(x, y, w, h float64, c *props.Color) {
	p.rect(x, y, w, hair, c)
	p.rect(x, y+h-hair, w, hair, c)
	p.rect(x, y, hair, h, c)
	p.rect(x+w-hair, y, hair, h, c)
}
