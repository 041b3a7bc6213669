package pdf

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/auditseal/auditseal/report/pdf/increment"
)

// A link leads from a rectangle of a page to a place on another. Lengths are in mm from the upper left corner.
type link struct {
	page       int
	x, y, w, h float64
	to         int
	toY        float64
}

// outlined appends an outline and links to a finished PDF, as an incremental update: maroto can make neither. It also names the
// document's language and gives it an id made from its content. Every byte of the PDF before stays as it is.
func outlined(pdf []byte, marks []mark, links []link) ([]byte, error) {
	f, err := increment.Read(pdf)
	if err != nil {
		return nil, err
	}
	u := &pdfUpdate{file: f, Update: f.Update()}
	outlines := u.outline(marks)
	err = u.Extend(f.Root, fmt.Sprintf("/Outlines %d 0 R\n/PageMode /UseOutlines\n/Lang (en)\n/ViewerPreferences <</DisplayDocTitle true>>\n", outlines))
	if err != nil {
		return nil, err
	}
	if err := u.links(links); err != nil {
		return nil, err
	}
	tail := u.Bytes()
	return append(append(make([]byte, 0, len(pdf)+len(tail)), pdf...), tail...), nil
}

// A pdfUpdate is the update that gives a report its outline and links.
type pdfUpdate struct {
	*increment.Update
	file *increment.File
}

// pageObject is the number that gofpdf gives a page.
func pageObject(page int) int { return 1 + 2*page }

func point(mm float64) string { return strconv.FormatFloat((pageHeight-mm)/mmPerPoint, 'f', 2, 64) }

// outline makes the outline's objects of two levels and returns the number of its root.
func (u *pdfUpdate) outline(marks []mark) int {
	root := u.New()
	type item struct {
		mark
		number, parent, prev, next, first, last, count int
	}
	items := make([]*item, len(marks))
	tops := []*item{}
	var top *item
	for i, m := range marks {
		it := &item{mark: m, number: u.New(), parent: root}
		items[i] = it
		if m.level == 1 || top == nil {
			if top != nil {
				top.next, it.prev = it.number, top.number
			}
			top = it
			tops = append(tops, it)
			continue
		}
		it.parent = top.number
		top.count++
		if top.first == 0 {
			top.first = it.number
		} else {
			last := items[i-1]
			last.next, it.prev = it.number, last.number
		}
		top.last = it.number
	}
	for _, it := range items {
		s := fmt.Sprintf("<</Title %s\n/Parent %d 0 R\n/Dest [%d 0 R /XYZ 0 %s null]\n", increment.Text(it.title), it.parent, pageObject(it.page), point(max(0, it.y-4)))
		for _, ref := range []struct {
			name string
			n    int
		}{{"Prev", it.prev}, {"Next", it.next}, {"First", it.first}, {"Last", it.last}} {
			if ref.n > 0 {
				s += fmt.Sprintf("/%s %d 0 R\n", ref.name, ref.n)
			}
		}
		if it.count > 0 { // negative: closed
			s += fmt.Sprintf("/Count %d\n", -it.count)
		}
		u.Set(it.number, s+">>\n")
	}
	s := "<</Type /Outlines\n"
	if len(tops) > 0 {
		s += fmt.Sprintf("/First %d 0 R\n/Last %d 0 R\n/Count %d\n", tops[0].number, tops[len(tops)-1].number, len(tops))
	}
	u.Set(root, s+">>\n")
	return root
}

// links gives pages their link annotations. Our own pages have none before.
func (u *pdfUpdate) links(links []link) error {
	byPage := map[int]string{}
	for _, l := range links {
		byPage[l.page] += fmt.Sprintf("<</Type /Annot /Subtype /Link /Rect [%.2f %s %.2f %s] /Border [0 0 0] /Dest [%d 0 R /XYZ 0 %s null]>>\n",
			l.x/mmPerPoint, point(l.y+l.h), (l.x+l.w)/mmPerPoint, point(l.y), pageObject(l.to), point(max(0, l.toY-4)))
	}
	for page, annots := range byPage {
		n := pageObject(page)
		text, err := u.file.Object(n)
		if err != nil {
			return err
		}
		at := bytes.Index([]byte(text), []byte("/Contents"))
		if at < 0 || !bytes.Contains([]byte(text), []byte("/Type /Page\n")) {
			return fmt.Errorf("pdf: object %d is not page %d", n, page)
		}
		u.Set(n, text[:at]+"/Annots [\n"+annots+"]\n"+text[at:])
	}
	return nil
}
