package pdf

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"unicode/utf16"
)

// A link leads from a rectangle of a page to a place on another. Lengths are in mm from the upper left corner.
type link struct {
	page       int
	x, y, w, h float64
	to         int
	toY        float64
}

var (
	startForm = regexp.MustCompile(`startxref\n(\d+)\n%%EOF\s*$`)
	rootForm  = regexp.MustCompile(`/Root (\d+) 0 R`)
	infoForm  = regexp.MustCompile(`/Info (\d+) 0 R`)
	sizeForm  = regexp.MustCompile(`/Size (\d+)`)
)

// outlined appends an outline and links to a finished PDF, as an incremental update: maroto can make neither. It also names the
// document's language and gives it an id made from its content. Every byte of the PDF before stays as it is.
func outlined(pdf []byte, marks []mark, links []link) ([]byte, error) {
	start := startForm.FindSubmatch(pdf)
	if start == nil {
		return nil, fmt.Errorf("pdf: no startxref at the end")
	}
	xref, _ := strconv.Atoi(string(start[1]))
	if xref >= len(pdf) {
		return nil, fmt.Errorf("pdf: startxref %d lies outside", xref)
	}
	number := func(form *regexp.Regexp) int {
		m := form.FindSubmatch(pdf[xref:])
		if m == nil {
			return 0
		}
		n, _ := strconv.Atoi(string(m[1]))
		return n
	}
	root, info, size := number(rootForm), number(infoForm), number(sizeForm)
	if root == 0 || info == 0 || size == 0 {
		return nil, fmt.Errorf("pdf: the trailer has no root, info or size")
	}
	u := &pdfUpdate{old: pdf, xref: xref, objects: map[int]string{}, next: size}
	catalog, err := u.object(root)
	if err != nil {
		return nil, err
	}
	outlines := u.outline(marks)
	end := bytes.LastIndex([]byte(catalog), []byte(">>"))
	if end < 0 {
		return nil, fmt.Errorf("pdf: the catalog is not a dictionary")
	}
	u.objects[root] = fmt.Sprintf("%s/Outlines %d 0 R\n/PageMode /UseOutlines\n/Lang (en)\n/ViewerPreferences <</DisplayDocTitle true>>\n%s", catalog[:end], outlines, catalog[end:])
	if err := u.links(links); err != nil {
		return nil, err
	}
	return u.write(root, info), nil
}

// A pdfUpdate gathers the objects that an incremental update adds or replaces.
type pdfUpdate struct {
	old     []byte
	xref    int
	objects map[int]string
	next    int
}

// object reads an object's text between "obj" and "endobj". gofpdf writes one table of 20 bytes an object.
func (u *pdfUpdate) object(n int) (string, error) {
	line := bytes.IndexByte(u.old[u.xref:], '\n') + 1
	line += bytes.IndexByte(u.old[u.xref+line:], '\n') + 1
	at := u.xref + line + 20*n
	if at+10 > len(u.old) {
		return "", fmt.Errorf("pdf: object %d is not in the table", n)
	}
	offset, err := strconv.Atoi(string(u.old[at : at+10]))
	head := fmt.Sprintf("%d 0 obj\n", n)
	if err != nil || offset >= len(u.old) || !bytes.HasPrefix(u.old[offset:], []byte(head)) {
		return "", fmt.Errorf("pdf: object %d is not where the table says", n)
	}
	body := u.old[offset+len(head):]
	end := bytes.Index(body, []byte("endobj"))
	if end < 0 {
		return "", fmt.Errorf("pdf: object %d has no end", n)
	}
	return string(body[:end]), nil
}

// pageObject is the number that gofpdf gives a page.
func pageObject(page int) int { return 1 + 2*page }

func point(mm float64) string { return strconv.FormatFloat((pageHeight-mm)/mmPerPoint, 'f', 2, 64) }

// outline makes the outline's objects of two levels and returns the number of its root.
func (u *pdfUpdate) outline(marks []mark) int {
	root := u.next
	u.next++
	type item struct {
		mark
		number, parent, prev, next, first, last, count int
	}
	items := make([]*item, len(marks))
	tops := []*item{}
	var top *item
	for i, m := range marks {
		it := &item{mark: m, number: u.next, parent: root}
		u.next++
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
		s := fmt.Sprintf("<</Title %s\n/Parent %d 0 R\n/Dest [%d 0 R /XYZ 0 %s null]\n", pdfString(it.title), it.parent, pageObject(it.page), point(max(0, it.y-4)))
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
		u.objects[it.number] = s + ">>\n"
	}
	s := "<</Type /Outlines\n"
	if len(tops) > 0 {
		s += fmt.Sprintf("/First %d 0 R\n/Last %d 0 R\n/Count %d\n", tops[0].number, tops[len(tops)-1].number, len(tops))
	}
	u.objects[root] = s + ">>\n"
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
		text, err := u.object(n)
		if err != nil {
			return err
		}
		at := bytes.Index([]byte(text), []byte("/Contents"))
		if at < 0 || !bytes.Contains([]byte(text), []byte("/Type /Page\n")) {
			return fmt.Errorf("pdf: object %d is not page %d", n, page)
		}
		u.objects[n] = text[:at] + "/Annots [\n" + annots + "]\n" + text[at:]
	}
	return nil
}

// write appends the objects, a table of them and a trailer.
func (u *pdfUpdate) write(root, info int) []byte {
	numbers := make([]int, 0, len(u.objects))
	for n := range u.objects {
		numbers = append(numbers, n)
	}
	sort.Ints(numbers)
	b := bytes.NewBuffer(append(make([]byte, 0, len(u.old)+len(u.objects)*160), u.old...))
	if !bytes.HasSuffix(u.old, []byte("\n")) {
		b.WriteByte('\n')
	}
	offsets := map[int]int{}
	for _, n := range numbers {
		offsets[n] = b.Len()
		fmt.Fprintf(b, "%d 0 obj\n%sendobj\n", n, u.objects[n])
	}
	id := sha256.Sum256(b.Bytes())
	xref := b.Len()
	b.WriteString("xref\n0 1\n0000000000 65535 f \n")
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		fmt.Fprintf(b, "%d %d\n", numbers[i], j-i+1)
		for ; i <= j; i++ {
			fmt.Fprintf(b, "%010d 00000 n \n", offsets[numbers[i]])
		}
	}
	fmt.Fprintf(b, "trailer\n<<\n/Size %d\n/Root %d 0 R\n/Info %d 0 R\n/Prev %d\n/ID [<%x> <%x>]\n>>\nstartxref\n%d\n%%%%EOF\n",
		u.next, root, info, u.xref, id[:16], id[:16], xref)
	return b.Bytes()
}

// pdfString writes a text string in UTF-16 as hexadecimal digits, which need no escapes.
func pdfString(s string) string {
	var b bytes.Buffer
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	b.WriteString(">")
	return b.String()
}
