package excel

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/auditseal/auditseal/report/text"
)

// plain makes one line of text from outside fit for a cell.
func plain(s string) string { return text.Plain(s) }

// prose makes text of several lines fit for a cell, keeping its lines.
func prose(s string) string {
	if !strings.Contains(s, "\n") {
		return text.Plain(s)
	}
	return lines(strings.Split(strings.TrimRight(s, "\n"), "\n"))
}

// lines puts each text on a line of its own. Beyond what Excel takes it says how many more there are.
func lines(list []string) string {
	var b strings.Builder
	for i, s := range list {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i == maxLines-1 && len(list) > maxLines {
			fmt.Fprintf(&b, "… and %d more", len(list)-i)
			break
		}
		b.WriteString(text.Plain(s))
	}
	return b.String()
}

// fit cuts text that is longer than a cell takes, and says where it stands whole. Excel counts in UTF-16.
func fit(s, whole string) string {
	if len(s) <= maxText {
		return s
	}
	n := units(s)
	if n <= maxText {
		return s
	}
	note := fmt.Sprintf(" … [cut: %d characters; whole in %s]", utf8.RuneCountInString(s), whole)
	room, used := maxText-units(note), 0
	for i, r := range s {
		if used += unitsOf(r); used > room {
			return s[:i] + note
		}
	}
	return s
}

func units(s string) int {
	n := 0
	for _, r := range s {
		n += unitsOf(r)
	}
	return n
}

func unitsOf(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// appendText appends s as the content of an XML element, in the form in which Excel gives back exactly s. Controls but the line
// end were taken out before. Excel reads _x000D_ as a character, so a text that holds that by itself has its line escaped.
func appendText(b []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		var esc string
		switch s[i] {
		case '&':
			esc = "&amp;"
		case '<':
			esc = "&lt;"
		case '>':
			esc = "&gt;"
		case '_':
			if !isEscape(s[i:]) {
				continue
			}
			esc = "_x005F_"
		default:
			continue
		}
		b = append(append(b, s[from:i]...), esc...)
		from = i + 1
	}
	return append(b, s[from:]...)
}

// isEscape reports whether s begins with _xHHHH_.
func isEscape(s string) bool {
	if len(s) < 7 || s[1] != 'x' && s[1] != 'X' || s[6] != '_' {
		return false
	}
	for _, c := range []byte(s[2:6]) {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
			return false
		}
	}
	return true
}

// spaced reports whether XML readers would take blanks off s without being told.
func spaced(s string) bool {
	return s != "" && (s[0] == ' ' || s[len(s)-1] == ' ' || strings.IndexByte(s, '\n') >= 0)
}

// sheetTitle makes a title that Excel takes and that no other sheet has. used holds folded titles.
func sheetTitle(s, suffix string, used map[string]bool) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) {
			return '-'
		}
		return r
	}, text.Plain(s))
	s = strings.Trim(s, "' ")
	if s == "" || strings.EqualFold(s, "History") { // Excel keeps that one for itself
		s += "-"
	}
	for n := 1; ; n++ {
		tail := suffix
		if n > 1 {
			tail = fmt.Sprintf("~%d%s", n, suffix)
		}
		title := strings.TrimRight(cutUnits(s, maxTitle-units(tail)), "' ") + tail
		if fold := strings.ToLower(title); !used[fold] {
			used[fold] = true
			return title
		}
	}
}

func cutUnits(s string, n int) string {
	for i, r := range s {
		if n -= unitsOf(r); n < 0 {
			return s[:i]
		}
	}
	return s
}

// quoteTitle is a sheet's title as references spell it.
func quoteTitle(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// letters is the name of a column, from 1.
func letters(n int) string {
	s := ""
	for ; n > 0; n = (n - 1) / 26 {
		s = string(rune('A'+(n-1)%26)) + s
	}
	return s
}
