package excel

import (
	"bytes"
	"fmt"
	"io"

	"gopkg.in/yaml.v3"

	"github.com/auditseal/auditseal/templates"
)

// words are templates/workbook/workbook.yaml.
type words struct {
	Readme struct {
		Title        string   `yaml:"title"`
		Heading      string   `yaml:"heading"`
		Lines        []string `yaml:"lines"`
		Facts        string   `yaml:"facts"`
		Sheets       string   `yaml:"sheets"`
		SheetColumns []string `yaml:"sheet-columns"`
		How          string   `yaml:"how"`
		Notes        []string `yaml:"notes"`
		Clocks       string   `yaml:"clocks"`
		Limits       string   `yaml:"limits"`
	} `yaml:"readme"`
	Auditor struct {
		Results []string `yaml:"results"`
	} `yaml:"auditor"`
	Sheets map[string]sheetWords `yaml:"sheets"`
}

type sheetWords struct {
	Title string `yaml:"title"`
	// About says in a sentence what stands on the sheet.
	About   string   `yaml:"about"`
	Columns []column `yaml:"columns"`
}

// A column has a key that the code knows and a title that people read. Width is in characters.
type column struct {
	Key   string  `yaml:"key"`
	Title string  `yaml:"title"`
	Width float64 `yaml:"width"`
	// turned sets the title upright, for a column that is narrower than it.
	turned bool
}

func loadWords() (*words, error) {
	const name = "workbook/workbook.yaml"
	b, err := templates.FS.ReadFile(name)
	if err != nil {
		return nil, err
	}
	w := new(words)
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(w); err != nil {
		return nil, fmt.Errorf("templates/%s: %w", name, err)
	}
	if err := d.Decode(new(any)); err != io.EOF {
		return nil, fmt.Errorf("templates/%s: more than one document", name)
	}
	for key, s := range w.Sheets {
		seen := map[string]bool{}
		for _, c := range s.Columns {
			if c.Key == "" || c.Title == "" || c.Width <= 0 || seen[c.Key] || seen["t:"+c.Title] {
				return nil, fmt.Errorf("templates/%s: sheet %q: column %q needs a key and a title of its own, and a width", name, key, c.Key)
			}
			seen[c.Key], seen["t:"+c.Title] = true, true
		}
		if s.Title == "" || s.About == "" || len(s.Columns) == 0 {
			return nil, fmt.Errorf("templates/%s: sheet %q needs a title, a sentence and columns", name, key)
		}
	}
	return w, nil
}

// looks are the colours of templates/report/looks.yaml that a workbook uses, so that it and the PDF look like one thing.
type looks struct {
	Ink           string `yaml:"ink"`
	Muted         string `yaml:"muted"`
	Line          string `yaml:"line"`
	Panel         string `yaml:"panel"`
	Accent        string `yaml:"accent"`
	Paper         string `yaml:"paper"`
	Exception     string `yaml:"exception"`
	Incomplete    string `yaml:"incomplete"`
	Manual        string `yaml:"manual"`
	NotTested     string `yaml:"not-tested"`
	Met           string `yaml:"met"`
	NotApplicable string `yaml:"not-applicable"`
}

func loadLooks() (looks, error) {
	var l looks
	b, err := templates.FS.ReadFile("report/looks.yaml")
	if err == nil {
		err = yaml.Unmarshal(b, &l)
	}
	for _, c := range []string{l.Ink, l.Muted, l.Line, l.Panel, l.Accent, l.Paper, l.Exception, l.Incomplete, l.Manual, l.NotTested, l.Met, l.NotApplicable} {
		if err == nil && len(c) != 7 {
			err = fmt.Errorf("templates/report/looks.yaml: a colour is missing, or %q is none", c)
		}
	}
	return l, err
}
