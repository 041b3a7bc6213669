package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// quoteYAML is a text as a YAML scalar in double quotes, whatever is in it: what YAML cannot show is escaped (YAML 1.2, 5.7).
func quoteYAML(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case printable(r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			fmt.Fprintf(&b, `\U%08X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// printable says that a character may stand in YAML as it is, and does nothing to a terminal or to the order of a line.
func printable(r rune) bool {
	return r >= ' ' && unicode.IsPrint(r) && r != utf8.RuneError
}

// literalYAML is a file's text as a literal block indented by n, or in quotes where a block cannot hold it.
func literalYAML(n int, s string) string {
	body := strings.TrimRight(s, "\n")
	for _, r := range s {
		if r != '\n' && !printable(r) {
			return quoteYAML(s)
		}
	}
	if body == "" {
		return quoteYAML(s)
	}
	chomp := map[int]string{0: "-", 1: ""}
	end, ok := chomp[len(s)-len(body)]
	if !ok {
		end = "+"
	}
	// The indentation is said, since the first line may begin with spaces.
	var b strings.Builder
	fmt.Fprintf(&b, "|%d%s", n-2, end)
	for line := range strings.SplitSeq(strings.TrimSuffix(s, "\n"), "\n") {
		b.WriteByte('\n')
		if line != "" {
			b.WriteString(strings.Repeat(" ", n) + line)
		}
	}
	return b.String()
}

// indentRest indents every line but the first.
func indentRest(n int, s string) string {
	return strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n"+strings.Repeat(" ", n))
}

// dedent takes n spaces from the front of every line.
func dedent(n int, s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimPrefix(l, strings.Repeat(" ", n))
	}
	return strings.Join(lines, "\n")
}

// shortText is a name that fits where AWS takes little, on one line.
func shortText(s string) string {
	s = oneLine(s)
	if utf8.RuneCountInString(s) > 120 {
		s = string([]rune(s)[:119]) + "…"
	}
	return s
}

// plainText is a short text in which CloudFormation finds nothing to put another value for: it resolves {{resolve:…}} in any text, and ${…} in some.
func plainText(s string) string {
	s = shortText(s)
	for strings.Contains(s, "{{") {
		s = strings.ReplaceAll(s, "{{", "{ {")
	}
	return strings.ReplaceAll(s, "${", "$ {")
}

func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return !printable(r) || r == ' ' }), " ")
}

// unitText is a text in a systemd unit: % begins a specifier there, and a backslash is an escape or goes on with the next line.
func unitText(s string) string {
	return strings.NewReplacer("%", "%%", `\`, "/").Replace(oneLine(s))
}

// commentText is a text that stays in its comment.
func commentText(s string) string { return oneLine(s) }
