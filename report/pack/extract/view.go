package extract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"unicode"

	"github.com/auditseal/auditseal/templates"
)

// viewName is the readable form of a file, by its number in the tree.
func viewName(n uint32) string { return fmt.Sprintf("%s%05d.txt", ReadableDir, n) }

// printable keeps a text from driving a terminal: what is no character of a line is shown as U+FFFD.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029') {
			return '\uFFFD'
		}
		return r
	}, s)
}

// encodeSummary writes the one form of extract.json: two spaces of indentation, HTML characters not escaped.
func encodeSummary(s *Summary) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(s)
	return b.Bytes(), err
}

// parseSummary reads extract.json strictly.
func parseSummary(b []byte) (*Summary, error) {
	var version struct {
		Format int `json:"extract"`
	}
	if err := json.Unmarshal(b, &version); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if version.Format != Format {
		return nil, fmt.Errorf("format %d of extracts is not known here, only %d: verify it with a later auditseal", version.Format, Format)
	}
	s := new(Summary)
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(s); err != nil {
		return nil, err
	}
	again, err := encodeSummary(s)
	if err != nil {
		return nil, err
	}
	mask, err := ParseMask(s.Hidden)
	switch {
	case err != nil:
		return nil, err
	case !bytes.Equal(again, b):
		return nil, errors.New("it does not stand as auditseal writes it")
	case !slices.Equal(s.Hidden, maskNames(mask)) || s.Hidden == nil || s.Withheld == nil:
		return nil, errors.New("the sets of hidden values are not sorted, or not told")
	case s.Tree.Size == 0 || s.Tree.Size > 1<<31 || s.Tree.Root.IsZero() || s.Manifest.IsZero():
		return nil, errors.New("it names no pack and no root")
	case !slices.IsSorted(s.Controls) || len(s.Controls) == 0:
		return nil, errors.New("the controls are not sorted, or there is none")
	case strings.TrimSpace(s.Tool) == "":
		return nil, errors.New("it names no tool")
	}
	return s, nil
}

// readme fills in templates/EXTRACT.txt.tmpl.
func readme(s *Summary, head string, index []fileIndex) []byte {
	t := template.Must(template.New("EXTRACT.txt.tmpl").Option("missingkey=error").ParseFS(templates.FS, "EXTRACT.txt.tmpl"))
	type row struct {
		View, Path    string
		Pieces, Count uint64
	}
	var rows []row
	for _, x := range index {
		rows = append(rows, row{viewName(x.number), oneLine(x.path), x.pieces, x.count})
	}
	withheld := make([]string, 0, len(s.Withheld))
	for why, n := range s.Withheld {
		withheld = append(withheld, fmt.Sprintf("%d: %s", n, oneLine(why)))
	}
	slices.Sort(withheld)
	if head == "" {
		head = "(withheld)"
	}
	var controls []string
	for _, c := range s.Controls {
		controls = append(controls, oneLine(c))
	}
	var b bytes.Buffer
	err := t.Execute(&b, map[string]any{
		"S": s, "Tool": oneLine(s.Tool), "Statement": oneLine(s.Statement), "Head": oneLine(head), "Controls": controls,
		"Hidden": strings.Join(s.Hidden, ", "), "Withheld": withheld, "Files": rows, "Root": s.Tree.Root.String(), "Manifest": s.Manifest.String(),
	})
	if err != nil {
		panic(err) // the template ships with the program, and a test runs it
	}
	return b.Bytes()
}

func oneLine(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(printable(s), "\n", "\uFFFD"), "\t", " "))
}
