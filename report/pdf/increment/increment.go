// Package increment reads the structure of a finished PDF and appends to it: an incremental update (ISO 32000-1, 7.5.6) leaves every
// byte before it as it is. It knows the one form that this program's own PDFs have, and refuses every other: cross-reference tables
// (no streams), one a revision, with a trailer that has /Size, /Root and /Info.
//
// It needs the standard library alone, so that a signature can be checked without what draws a report.
package increment

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf16"
)

// maxRevisions is more than any PDF of ours has: what is drawn, its outline, its signature.
const maxRevisions = 8

// maxObjects is the most that a PDF may have (ISO 32000-1, annex C).
const maxObjects = 8388607

var (
	startForm    = regexp.MustCompile(`startxref\n(0|[1-9][0-9]{0,9})\n%%EOF\s*$`)
	sectionForm  = regexp.MustCompile(`^(0|[1-9][0-9]{0,6}) ([1-9][0-9]{0,6})\n`)
	entryForm    = regexp.MustCompile(`^[0-9]{10} [0-9]{5} [nf] \n$`)
	trailerForm  = regexp.MustCompile(`(?s)^trailer\n<<\n(.*?)\n>>\nstartxref\n`)
	rootForm     = regexp.MustCompile(`(?m)^/Root ([1-9][0-9]{0,6}) 0 R$`)
	infoForm     = regexp.MustCompile(`(?m)^/Info ([1-9][0-9]{0,6}) 0 R$`)
	sizeForm     = regexp.MustCompile(`(?m)^/Size ([1-9][0-9]{0,6})$`)
	previousForm = regexp.MustCompile(`(?m)^/Prev (0|[1-9][0-9]{0,9})$`)
	idForm       = regexp.MustCompile(`(?m)^/ID \[<([0-9a-f]{32})> <([0-9a-f]{32})>\]$`)
)

// A File is a PDF whose structure was read. It keeps the bytes it was read from, which must not change.
type File struct {
	// Root and Info are the numbers of the catalog and of the information dictionary.
	Root, Info int
	// Size is one more than the highest number of an object.
	Size int
	// Start is where the last revision's table begins.
	Start int
	// ID is the file's permanent identifier, 32 hexadecimal digits; empty where it has none.
	ID string

	pdf       []byte
	offsets   map[int]int // of each object's newest version
	revisions []int       // where the objects of each revision begin, the newest first
}

// Read reads the tables and trailers of a PDF. Errors name what is not as this program writes it.
func Read(pdf []byte) (*File, error) {
	m := startForm.FindSubmatch(pdf[max(0, len(pdf)-64):])
	if m == nil {
		return nil, fmt.Errorf("pdf: no startxref at the end")
	}
	f := &File{pdf: pdf, offsets: map[int]int{}}
	at, end := number(m[1]), len(pdf)
	for n := 0; ; n++ {
		if n == maxRevisions {
			return nil, fmt.Errorf("pdf: more than %d revisions", maxRevisions)
		}
		if at >= end {
			return nil, fmt.Errorf("pdf: startxref %d lies outside the %d bytes before", at, end)
		}
		t, err := readTable(pdf, at, end)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			f.Root, f.Info, f.Size, f.Start, f.ID = t.root, t.info, t.size, at, t.id
		}
		first := at
		for object, offset := range t.offsets {
			if object >= f.Size {
				return nil, fmt.Errorf("pdf: object %d is beyond /Size %d", object, f.Size)
			}
			if _, newer := f.offsets[object]; !newer {
				f.offsets[object] = offset
			}
			first = min(first, offset)
		}
		f.revisions = append(f.revisions, first)
		if t.previous < 0 {
			return f, nil
		}
		at, end = t.previous, first // so that a chain cannot go round
	}
}

// A table is one revision's.
type table struct {
	offsets          map[int]int
	root, info, size int
	previous         int // -1: none
	id               string
}

func readTable(pdf []byte, at, end int) (*table, error) {
	text, ok := bytes.CutPrefix(pdf[at:end], []byte("xref\n"))
	if !ok {
		return nil, fmt.Errorf("pdf: no table at %d", at)
	}
	t := &table{offsets: map[int]int{}, previous: -1}
	for !bytes.HasPrefix(text, []byte("trailer\n")) {
		m := sectionForm.FindSubmatch(text[:min(len(text), 32)])
		if m == nil {
			return nil, fmt.Errorf("pdf: the table at %d is not in the form of one", at)
		}
		text = text[len(m[0]):]
		first, count := number(m[1]), number(m[2])
		if first+count > maxObjects || len(text) < 20*count {
			return nil, fmt.Errorf("pdf: the table at %d is cut off", at)
		}
		for n := first; n < first+count; n++ {
			entry := text[:20]
			text = text[20:]
			if !entryForm.Match(entry) {
				return nil, fmt.Errorf("pdf: object %d has no entry in the table at %d", n, at)
			}
			if _, twice := t.offsets[n]; twice {
				return nil, fmt.Errorf("pdf: object %d stands twice in the table at %d", n, at)
			}
			if entry[17] == 'f' {
				if n != 0 {
					return nil, fmt.Errorf("pdf: object %d was deleted", n)
				}
				continue
			}
			offset := number(entry[:10])
			if !bytes.Equal(entry[11:16], []byte("00000")) || offset >= at {
				return nil, fmt.Errorf("pdf: object %d is not before the table at %d", n, at)
			}
			t.offsets[n] = offset
		}
	}
	m := trailerForm.FindSubmatch(text)
	if m == nil {
		return nil, fmt.Errorf("pdf: no trailer after the table at %d", at)
	}
	one := func(form *regexp.Regexp) int {
		if found := form.FindAllSubmatch(m[1], -1); len(found) == 1 {
			return number(found[0][1])
		}
		return -1
	}
	t.root, t.info, t.size, t.previous = one(rootForm), one(infoForm), one(sizeForm), one(previousForm)
	if t.root < 0 || t.info < 0 || t.size < 0 {
		return nil, fmt.Errorf("pdf: the trailer has no root, info or size")
	}
	if id := idForm.FindSubmatch(m[1]); id != nil {
		t.id = string(id[1])
	}
	return t, nil
}

// number reads digits that a form has limited.
func number(digits []byte) int {
	n, _ := strconv.Atoi(string(digits))
	return n
}

// Revisions gives where the objects of each revision begin, the newest first. What is before the newest is the PDF before its last update.
func (f *File) Revisions() []int { return slices.Clone(f.revisions) }

// Object gives the newest text of an object, between "obj" and "endobj".
func (f *File) Object(n int) (string, error) {
	offset, ok := f.offsets[n]
	if !ok {
		return "", fmt.Errorf("pdf: object %d is not in the table", n)
	}
	body, ok := bytes.CutPrefix(f.pdf[offset:], fmt.Appendf(nil, "%d 0 obj\n", n))
	if !ok {
		return "", fmt.Errorf("pdf: object %d is not where the table says", n)
	}
	end := bytes.Index(body, []byte("endobj"))
	if end < 0 {
		return "", fmt.Errorf("pdf: object %d has no end", n)
	}
	return string(body[:end]), nil
}

// An Update gathers the objects that an incremental update adds or replaces.
type Update struct {
	file    *File
	objects map[int]string
	next    int
}

// Update begins an update of the PDF.
func (f *File) Update() *Update {
	return &Update{file: f, objects: map[int]string{}, next: f.Size}
}

// New gives the number of an object that is not in the PDF yet. It must be Set.
func (u *Update) New() int {
	u.next++
	return u.next - 1
}

// Set gives an object its text, which ends with a line feed.
func (u *Update) Set(n int, text string) { u.objects[n] = text }

// Extend writes an object anew with more entries, at the end of its dictionary.
func (u *Update) Extend(n int, entries string) error {
	text, err := u.text(n)
	if err != nil {
		return err
	}
	end := len(text) - len(">>\n")
	if end < 0 || text[end:] != ">>\n" {
		return fmt.Errorf("pdf: object %d does not end as a dictionary", n)
	}
	u.objects[n] = text[:end] + entries + text[end:]
	return nil
}

// text is an object as this update has it, or the PDF.
func (u *Update) text(n int) (string, error) {
	if text, ok := u.objects[n]; ok {
		return text, nil
	}
	return u.file.Object(n)
}

// Bytes gives what to append to the PDF: the objects by number, those in first before all others, a table and a trailer. The same update gives the
// same bytes. The file's identifier is made of everything before the table; where the PDF had one, its first half stays.
func (u *Update) Bytes(first ...int) []byte {
	numbers := make([]int, 0, len(u.objects))
	size := 0
	for n, text := range u.objects {
		numbers = append(numbers, n)
		size += len(text) + 48
	}
	slices.Sort(numbers)
	old := u.file.pdf
	b := bytes.NewBuffer(make([]byte, 0, size+256))
	if !bytes.HasSuffix(old, []byte("\n")) {
		b.WriteByte('\n')
	}
	offsets := map[int]int{}
	for _, n := range append(slices.Clone(first), numbers...) {
		if _, written := offsets[n]; written {
			continue
		}
		offsets[n] = len(old) + b.Len()
		fmt.Fprintf(b, "%d 0 obj\n%sendobj\n", n, u.objects[n])
	}
	h := sha256.New()
	h.Write(old)
	h.Write(b.Bytes())
	id := fmt.Sprintf("%x", h.Sum(nil)[:16])
	permanent := u.file.ID
	if permanent == "" {
		permanent = id
	}
	xref := len(old) + b.Len()
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
	fmt.Fprintf(b, "trailer\n<<\n/Size %d\n/Root %d 0 R\n/Info %d 0 R\n/Prev %d\n/ID [<%s> <%s>]\n>>\nstartxref\n%d\n%%%%EOF\n",
		u.next, u.file.Root, u.file.Info, u.file.Start, permanent, id, xref)
	return b.Bytes()
}

// Text writes a text string in UTF-16 as hexadecimal digits, which need no escapes.
func Text(s string) string {
	var b bytes.Buffer
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	b.WriteString(">")
	return b.String()
}
