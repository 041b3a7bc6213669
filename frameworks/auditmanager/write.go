package auditmanager

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// width is how long lines of text are.
const width = 120

// write makes the file. about says whether what the controls say of themselves stands beside them.
func write(r *Result, fw *framework, controls []*made, about bool) []byte {
	var b strings.Builder
	put := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	comment := func(indent, text string) {
		for _, line := range wrap(text, width-len(indent)-2) {
			put("%s# %s\n", indent, line)
		}
	}
	comment("", "Made of a framework of AWS Audit Manager by auditseal frameworks import audit-manager. Tests are attached where one that ships asks what AWS's check asks. "+
		"Everything else stands as manual, and is listed here with the reason.")
	if d := cut(clean(fw.Description), maxText); d != "" && about {
		put("#\n")
		comment("", d)
	}
	if len(r.Unmapped) > 0 {
		put("#\n# Not taken over as a test:\n")
		for _, u := range r.Unmapped {
			source := u.Source
			if source != "" {
				source += ": "
			}
			comment("", "  "+u.Control+": "+source+u.Reason)
		}
	}
	for i, n := range r.Notes {
		if i == 0 {
			put("#\n# Changed on the way:\n")
		}
		comment("", "  "+clean(n))
	}
	put("framework: %s\ntitle: %s\n", scalar(r.ID), scalar(r.Title))
	if id := cut(clean(fw.ID), 60); id != "" {
		put("source: %s\n", scalar("AWS Audit Manager, framework "+id))
	}
	put("groups:\n")
	var groups []string
	for _, c := range controls {
		if !slices.Contains(groups, c.group) {
			groups = append(groups, c.group)
			put("  - %s\n", scalar(c.group))
		}
	}
	put("\ncontrols:\n")
	for i, c := range controls {
		if i > 0 {
			put("\n")
		}
		if c.about != "" && about {
			comment("  ", c.about)
		}
		put("  - id: %s\n    title: %s\n    group: %s\n", scalar(c.id), scalar(c.title), scalar(c.group))
		for _, l := range []struct {
			key   string
			items []string
		}{{"tests", c.tests}, {"security-hub", c.securityHub}, {"config-rules", c.configRules}} {
			if len(l.items) > 0 {
				put("    %s: [%s]\n", l.key, strings.Join(l.items, ", "))
			}
		}
		for _, v := range c.via {
			comment("    ", v)
		}
		for _, u := range c.unmapped {
			comment("    ", "no test: "+u)
		}
		if c.manual != "" {
			put("    manual: >-\n")
			for _, line := range wrap(c.manual, width-6) {
				put("      %s\n", line)
			}
		}
	}
	return []byte(b.String())
}

// scalar writes a clean text as YAML does between double quotes.
func scalar(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// wrap breaks a clean text at its blanks. Leading blanks stay on the first line.
func wrap(text string, most int) []string {
	lead := text[:len(text)-len(strings.TrimLeft(text, " "))]
	var lines []string
	line := lead
	for _, word := range strings.Fields(text) {
		if strings.TrimSpace(line) != "" {
			if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > most {
				lines = append(lines, line)
				line = lead + word
				continue
			}
			line += " "
		}
		line += word
	}
	if strings.TrimSpace(line) != "" {
		lines = append(lines, line)
	}
	return lines
}
