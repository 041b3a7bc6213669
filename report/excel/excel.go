// Package excel renders a report.Document as a workbook for an auditor to work in. It computes nothing: what it shows stands in the
// Document, in the words of templates/workbook and templates/report. It writes no conclusion; the columns for one are empty.
//
// # What a cell may be
//
// Whatever came from AWS or from a person is text, never a formula, a number or a date by accident: it stands as an inline
// string in a cell formatted as text, so that "=1+1", "1.10" and "000012345678" stay what they are when somebody edits the cell.
// Only values that are numbers or truth values in the record are numbers and truth values here. Dates are text too, in UTC as
// everywhere in the pack ("2026-10-02 06:00:07Z"): they sort and filter as they stand, keep fractions of a second, and no time zone
// or 1904 setting moves them. The two ends of an interval alone are dates of Excel's, in UTC too, so that spans can be computed: their moments
// stand as text in timeline.jsonl. Characters that show nothing stand as ‹U+202E›; a text beyond Excel's 32,767 characters is cut and
// says so, with the place that holds it whole. Absent, empty and unknown read as the Document writes them, in their own styles.
//
// # How it is written
//
// The library makes everything but the rows: sheets, styles, panes, filters, protection. The rows are put between its
// <sheetData> marks while the archive is written, straight from the Document's streams to the compressor. The library's own
// stream writer keeps up to 32 MiB a sheet until the end and then copies the whole file through memory; a workbook of thirty
// populations would need a gigabyte. Here memory does not grow with the rows but for sixteen bytes an exchange, which the links
// from exceptions to the evidence index need.
//
// The same Document gives the same bytes: parts have a fixed order and no times, the properties carry the evidence's own time, and
// protection has no password (whose salt is random).
package excel

import (
	"bufio"
	"errors"
	"io"
	"runtime"

	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/report/pack/deflate"
)

// Excel's limits.
const (
	maxRows  = 1_048_576
	maxTitle = 31
	maxText  = 32_767
	// maxLinks stays clear of the 65,530 a sheet that Excel takes; opening gets slow long before.
	maxLinks = 20_000
	// maxLines is how many lines a cell shows; Excel takes 253 line ends.
	maxLines = 200
)

// Write writes the workbook. The same Document gives the same bytes. Temporary files stand in the system's temporary folder.
func Write(w io.Writer, d *report.Document) error {
	b, err := newBook(d, maxRows)
	if err != nil {
		return err
	}
	return b.write(w)
}

func (b *book) write(w io.Writer) error {
	parts, err := b.parts()
	if err != nil {
		return err
	}
	bw := bufio.NewWriterSize(w, 1<<18)
	zw := deflate.NewZip(bw, "", min(2, runtime.GOMAXPROCS(0)))
	err = b.writeParts(zw, parts)
	return errors.Join(err, zw.Close(), bw.Flush())
}
