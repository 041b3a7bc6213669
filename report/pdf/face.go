package pdf

import (
	"fmt"

	"github.com/johnfercher/maroto/v2/pkg/consts/fontstyle"
	"github.com/johnfercher/maroto/v2/pkg/core/entity"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"github.com/auditseal/auditseal/report/text"
	"github.com/auditseal/auditseal/templates"
)

// A face is a font of the report: always an embedded one. The fonts that every PDF reader brings would drop letters that they
// don't have, and cost maroto 35 times the time.
type face struct {
	family string
	style  fontstyle.Type
	bytes  []byte
	font   *sfnt.Font
	buffer sfnt.Buffer
	// widths are in thousandths of the size; 0 is not looked up yet, missing is a glyph that the font has not.
	widths [1 << 16]uint16
}

const missing = 0xFFFF

// faces are the fonts of one document. They look glyphs up as they go, so two documents don't share them.
type faces struct{ sans, bold, mono, monoBold *face }

func loadFaces() (*faces, error) {
	var fs faces
	for _, f := range []struct {
		into   **face
		file   string
		family string
		style  fontstyle.Type
	}{
		{&fs.sans, "NotoSans-Regular.ttf", "sans", fontstyle.Normal},
		{&fs.bold, "NotoSans-Bold.ttf", "sans", fontstyle.Bold},
		{&fs.mono, "NotoSansMono-Regular.ttf", "mono", fontstyle.Normal},
		{&fs.monoBold, "NotoSansMono-Bold.ttf", "mono", fontstyle.Bold},
	} {
		b, err := templates.FS.ReadFile("fonts/" + f.file)
		if err != nil {
			return nil, err
		}
		parsed, err := sfnt.Parse(b)
		if err != nil {
			return nil, fmt.Errorf("templates/fonts/%s: %w", f.file, err)
		}
		*f.into = &face{family: f.family, style: f.style, bytes: b, font: parsed}
	}
	return &fs, nil
}

func (fs *faces) custom() []*entity.CustomFont {
	var out []*entity.CustomFont
	for _, f := range []*face{fs.sans, fs.bold, fs.mono, fs.monoBold} {
		out = append(out, &entity.CustomFont{Family: f.family, Style: f.style, Bytes: f.bytes})
	}
	return out
}

// has reports whether the font draws r.
func (f *face) has(r rune) bool { return f.lookup(r) != missing }

// width is r's advance in thousandths of the size. A glyph that the font has not is as wide as the font's empty box; text.Visible
// sees to it that none is drawn.
func (f *face) width(r rune) int {
	w := f.lookup(r)
	if w == missing {
		return 600
	}
	return int(w)
}

func (f *face) lookup(r rune) uint16 {
	if r < 0 || r > 0xFFFF {
		return missing
	}
	if w := f.widths[r]; w != 0 {
		return w
	}
	w := uint16(missing)
	if i, err := f.font.GlyphIndex(&f.buffer, r); err == nil && i != 0 {
		if a, err := f.font.GlyphAdvance(&f.buffer, i, fixed.I(1000), font.HintingNone); err == nil && a >= 0 {
			// A mark without width is drawn over its letter; 1 keeps it apart from 0, not looked up.
			w = uint16(max(1, a.Round()))
		}
	}
	f.widths[r] = w
	return w
}

// measure is the width of s in mm at a size in points.
func (f *face) measure(s string, size float64) float64 {
	n := 0
	for _, r := range s {
		n += f.width(r)
	}
	return float64(n) * size / 1000 * mmPerPoint
}

// units turns a width in mm at a size into the unit of width.
func units(mm, size float64) int { return int(mm / mmPerPoint / size * 1000) }

// wrap makes s visible and breaks it into lines of at most mm.
func (f *face) wrap(s string, size, mm float64) []string {
	return text.Wrap(text.Visible(s, f.has), units(mm, size), f.width)
}

const mmPerPoint = 25.4 / 72
