package pdfsign

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/auditseal/auditseal/report/pdf/increment"
)

// A dictionary is what a signature dictionary says (ISO 32000-1, 12.8.1).
type dictionary struct {
	name, reason, location string
	at                     time.Time
	// chain is the SHA-256 of the certificates that the signature brings. CMS leaves all but the signer's uncovered.
	chain    [sha256.Size]byte
	contents []byte // the signature as DER, and zeros to the end of the room for it
	offset   int    // where contents begin in the revision
}

// revisionBytes are what signing appends. The signature's hexadecimal digits stand between angle brackets, the first of which is at contents.
type revisionBytes struct {
	bytes          []byte
	contents, room int
}

const (
	dateForm = "20060102150405Z"
	// rangeBlank holds the place of the byte range, which is known last.
	rangeBlank = "/ByteRange [0 0000000000 0000000000 0000000000]"
	// maxText is the longest of the signer's words, in bytes.
	maxText = 1024
)

var (
	signatureForm = regexp.MustCompile(`^([1-9][0-9]*) 0 obj\n<<\n/Type /Sig\n/Filter /Adobe\.PPKLite\n/SubFilter /ETSI\.CAdES\.detached\n` +
		`/ByteRange \[[0-9 ]+\] *\n/Contents <([0-9a-f]+)>\n/M \(D:([0-9]{14}Z)\)\n/XXChain <([0-9a-f]{64})>\n(?:/Name <FEFF([0-9A-F]+)>\n)?(?:/Reason <FEFF([0-9A-F]+)>\n)?(?:/Location <FEFF([0-9A-F]+)>\n)?>>\nendobj\n`)
	pagesForm = regexp.MustCompile(`/Pages ([1-9][0-9]*) 0 R\n`)
	kidsForm  = regexp.MustCompile(`/Kids \[([1-9][0-9]*) 0 R `)
)

// text writes the dictionary, with zeros for the signature and a byte range that is filled in later.
func (d *dictionary) text() (string, error) {
	var b strings.Builder
	b.WriteString("<<\n/Type /Sig\n/Filter /Adobe.PPKLite\n/SubFilter /ETSI.CAdES.detached\n" + rangeBlank + "\n/Contents <")
	b.WriteString(strings.Repeat("00", len(d.contents)))
	if d.at.Year() < 1900 || d.at.Year() > 9999 {
		return "", fmt.Errorf("pdfsign: %s cannot be written as a time of signing", d.at)
	}
	b.WriteString(">\n/M (D:" + d.at.UTC().Format(dateForm) + ")\n")
	fmt.Fprintf(&b, "/XXChain <%x>\n", d.chain) // names for private use begin with XX (annex E)
	for _, w := range []struct{ key, text string }{{"Name", d.name}, {"Reason", d.reason}, {"Location", d.location}} {
		if w.text == "" {
			continue
		}
		if len(w.text) > maxText || !utf8.ValidString(w.text) {
			return "", fmt.Errorf("pdfsign: %s of the signature has %d bytes or is not UTF-8; at most %d", w.key, len(w.text), maxText)
		}
		b.WriteString("/" + w.key + " " + increment.Text(w.text) + "\n")
	}
	return b.String() + ">>\n", nil
}

// Clip shortens a text to what Options.Name, Reason and Location hold, in whole characters; what is no UTF-8 is replaced.
func Clip(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	for len(s) > maxText {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}

// revision makes what signing appends to a PDF, with zeros for the signature.
func (d *dictionary) revision(pdf []byte) (*revisionBytes, error) {
	f, err := increment.Read(pdf)
	if err != nil {
		return nil, fmt.Errorf("pdfsign: %w", err)
	}
	if !bytes.HasSuffix(pdf, []byte("%%EOF\n")) {
		return nil, errors.New("pdfsign: the PDF does not end as auditseal's end")
	}
	catalog, err := f.Object(f.Root)
	if err != nil {
		return nil, fmt.Errorf("pdfsign: %w", err)
	}
	for _, key := range []string{"/AcroForm", "/Version", "/Extensions", "/Perms", "/DSS", "/OpenAction", "/AA"} {
		if strings.Contains(catalog, key) {
			return nil, fmt.Errorf("pdfsign: the PDF's catalog has %s already; auditseal's have none", key)
		}
	}
	page, err := firstPage(f, catalog)
	if err != nil {
		return nil, err
	}
	text, err := d.text()
	if err != nil {
		return nil, err
	}
	u := f.Update()
	signature, field := u.New(), u.New()
	u.Set(signature, text)
	// An invisible field has an empty rectangle (12.7.4.5). Its flags: print, locked.
	u.Set(field, fmt.Sprintf("<<\n/Type /Annot\n/Subtype /Widget\n/FT /Sig\n/T (auditseal)\n/V %d 0 R\n/P %d 0 R\n/Rect [0 0 0 0]\n/F 132\n>>\n", signature, page))
	if err := annotate(u, f, page, field); err != nil {
		return nil, err
	}
	// Signatures exist, and the file must only be appended to (12.7.2). The form of signature is an extension of PDF 1.7 (ETSI EN 319 142-1).
	err = u.Extend(f.Root, fmt.Sprintf("/Version /1.7\n/Extensions <</ESIC <</BaseVersion /1.7 /ExtensionLevel 2>>>>\n/AcroForm <</Fields [%d 0 R] /SigFlags 3>>\n", field))
	if err != nil {
		return nil, fmt.Errorf("pdfsign: %w", err)
	}
	// The signature comes first: where it begins, the PDF before ends.
	r := &revisionBytes{bytes: u.Bytes(signature), room: len(d.contents)}
	r.contents = bytes.Index(r.bytes, []byte("/Contents <")) + len("/Contents ")
	before := len(pdf) + r.contents
	after := before + 2*r.room + 2
	covered := fmt.Sprintf("/ByteRange [0 %d %d %d]", before, after, len(pdf)+len(r.bytes)-after)
	at := bytes.Index(r.bytes, []byte(rangeBlank))
	if len(covered) > len(rangeBlank) {
		return nil, errors.New("pdfsign: the PDF is too large to be signed")
	}
	copy(r.bytes[at:], covered+strings.Repeat(" ", len(rangeBlank)-len(covered)))
	return r, nil
}

// firstPage gives the number of the first page's object.
func firstPage(f *increment.File, catalog string) (int, error) {
	of := func(text string, form *regexp.Regexp) int {
		m := form.FindStringSubmatch(text)
		if m == nil {
			return 0
		}
		n, _ := strconv.Atoi(m[1])
		return n
	}
	pages, err := f.Object(of(catalog, pagesForm))
	if err != nil {
		return 0, fmt.Errorf("pdfsign: its pages: %w", err)
	}
	page := of(pages, kidsForm)
	text, err := f.Object(page)
	if err != nil {
		return 0, fmt.Errorf("pdfsign: its first page: %w", err)
	}
	if !strings.HasPrefix(text, "<</Type /Page\n") {
		return 0, fmt.Errorf("pdfsign: object %d is not the first page", page)
	}
	return page, nil
}

// annotate puts the field among the page's annotations.
func annotate(u *increment.Update, f *increment.File, page, field int) error {
	text, err := f.Object(page)
	if err != nil {
		return fmt.Errorf("pdfsign: %w", err)
	}
	const list = "\n/Annots ["
	switch at := strings.Index(text, list); {
	case at >= 0:
		at += len(list)
		u.Set(page, text[:at]+fmt.Sprintf("%d 0 R ", field)+text[at:])
		return nil
	case strings.Contains(text, "/Annots"):
		return errors.New("pdfsign: the first page's annotations are not written as auditseal writes them")
	}
	if err := u.Extend(page, fmt.Sprintf("\n/Annots [%d 0 R]\n", field)); err != nil {
		return fmt.Errorf("pdfsign: %w", err)
	}
	return nil
}

// split finds the last revision, reads what its signature dictionary says, makes the revision of that again, and compares.
func split(pdf []byte) (original, revision []byte, d *dictionary, err error) {
	other := func(err error) error {
		if bytes.Contains(pdf, []byte("/ByteRange")) || bytes.Contains(pdf, []byte("/AcroForm")) {
			// Not wrapped: it is anything but unsigned.
			return fmt.Errorf("the PDF has a signature or a form that auditseal did not put there, or was changed since: %v", err)
		}
		return err
	}
	f, err := increment.Read(pdf)
	if err != nil {
		return nil, nil, nil, other(err)
	}
	at := f.Revisions()[0]
	original, revision = pdf[:at:at], pdf[at:]
	m := signatureForm.FindSubmatch(revision)
	if m == nil || at == 0 {
		return nil, nil, nil, other(ErrUnsigned)
	}
	if len(m[2])%2 != 0 || len(m[2])/2 > maxContents || len(m[2])/2%roomStep != 0 {
		return nil, nil, nil, fmt.Errorf("the signature's room has %d digits, which auditseal does not leave", len(m[2]))
	}
	d = &dictionary{contents: make([]byte, len(m[2])/2), offset: bytes.Index(revision, []byte("/Contents <")) + len("/Contents ")}
	if _, err := hex.Decode(d.contents, m[2]); err != nil {
		return nil, nil, nil, err
	}
	if d.at, err = time.Parse(dateForm, string(m[3])); err != nil {
		return nil, nil, nil, fmt.Errorf("the signature's time %q is none", m[3])
	}
	_, _ = hex.Decode(d.chain[:], m[4])
	d.name, d.reason, d.location = words(m[5]), words(m[6]), words(m[7])
	again, err := d.revision(original)
	if err != nil {
		return nil, nil, nil, other(err)
	}
	copy(again.bytes[again.contents+1:], m[2])
	if !bytes.Equal(again.bytes, revision) {
		return nil, nil, nil, fmt.Errorf("the report was changed after it was signed, or what stands behind it is not exactly the signature that auditseal appends (%s)", place(again.bytes, revision, at))
	}
	return original, revision, d, nil
}

// place says where two revisions begin to differ.
func place(want, have []byte, at int) string {
	n := 0
	for n < len(want) && n < len(have) && want[n] == have[n] {
		n++
	}
	return fmt.Sprintf("from byte %d on", at+n)
}

// words reads hexadecimal UTF-16. What is not well-formed comes out other than it went in, and the comparison finds it.
func words(digits []byte) string {
	raw, err := hex.DecodeString(string(digits))
	if err != nil {
		return ""
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
	}
	return string(utf16.Decode(units))
}
