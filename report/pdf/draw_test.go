package pdf

import (
	"strings"
	"testing"

	"github.com/johnfercher/maroto/v2/pkg/consts/fontstyle"
	"github.com/johnfercher/maroto/v2/pkg/core"
	"github.com/johnfercher/maroto/v2/pkg/core/entity"
	"github.com/johnfercher/maroto/v2/pkg/props"

	"github.com/auditseal/auditseal/report"
)

// A canvas is a provider that keeps what is drawn: the pages as maroto would draw them, without a PDF to read back.
type canvas struct {
	core.Provider
	faces *faces
	page  int
	lines []canvasLine
}

type canvasLine struct {
	page        int
	text        string
	x, y, width float64
}

func (c *canvas) CreateCol(float64, float64, *entity.Config, *props.Cell) { c.page++ }
func (c *canvas) CreateRow(float64)                                       {}
func (c *canvas) AddLine(*entity.Cell, *props.Line)                       {}
func (c *canvas) AddText(s string, cell *entity.Cell, p *props.Text) {
	f := c.faces.sans
	switch {
	case p.Family == "mono" && p.Style == fontstyle.Bold:
		f = c.faces.monoBold
	case p.Family == "mono":
		f = c.faces.mono
	case p.Style == fontstyle.Bold:
		f = c.faces.bold
	}
	c.lines = append(c.lines, canvasLine{c.page, s, cell.X, cell.Y + p.Size*mmPerPoint, f.measure(s, p.Size)})
}

// text is everything that was drawn, a space between two lines.
func (c *canvas) text() string {
	var b strings.Builder
	for _, l := range c.lines {
		b.WriteString(l.text)
		b.WriteByte(' ')
	}
	return b.String()
}

func canvasOf(t testing.TB, d *report.Document) *canvas {
	t.Helper()
	b, err := compose(d)
	if err != nil {
		t.Fatal(err)
	}
	return draw(b)
}

func draw(b *book) *canvas {
	c := &canvas{faces: b.faces}
	for _, s := range b.sheets {
		s.Render(c, entity.Cell{})
	}
	return c
}
