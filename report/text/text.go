// Package text stands between strings that AWS sent and whatever shows them. Such strings are hostile: they may be bad UTF-8,
// drive a terminal, turn the direction of a line, hold letters without width, or be 30,000 characters long.
//
// Each function makes what can't be shown visible instead of dropping it: "‹U+202E›" for a character, "‹xFF›" for a byte that is
// no character, "‹U+65E5 U+672C›" for a run. Nothing is ever left out silently, and nothing is added inside an identifier. What
// AWS sent stands unchanged in the evidence.
package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible makes s fit for a page whose font has the glyphs that has reports. Line breaks and tabs are escaped too: a page's
// lines are ours. Characters beyond U+FFFF are escaped whatever has says, because PDF fonts here can't address them.
func Visible(s string, has func(rune) bool) string {
	return escape(s, func(r rune) bool { return r <= 0xFFFF && shown(r) && (r < 0x7F || has(r)) })
}

// Plain makes s fit for a terminal: one line, no escapes that drive it, no character that turns or hides others. Characters of
// every script stay.
func Plain(s string) string { return escape(s, shown) }

// shown reports whether r is seen where it stands: not a control, not a format character, not a space that is none.
func shown(r rune) bool {
	switch {
	case r >= ' ' && r < 0x7F:
		return true
	case r < ' ' || r >= 0x7F && r <= 0xA0 || r == 0xAD:
		return false
	case r == utf8.RuneError, r == 0x2026, r >= 0xA1 && r <= 0x2FF, r >= 0x370 && r <= 0x52F && unicode.IsGraphic(r):
		return true
	}
	return unicode.IsGraphic(r) && !blank(r)
}

// blank reports characters that Unicode calls graphic and that show nothing: spaces other than U+0020, fillers, selectors.
func blank(r rune) bool {
	switch {
	case unicode.Is(unicode.Zs, r), unicode.Is(unicode.Variation_Selector, r), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
		return true
	case r == 0x2800: // a Braille pattern without dots
		return true
	}
	return false
}

// escape writes the runes that ok refuses as ‹U+…›, a run of them in one pair of marks.
func escape(s string, ok func(rune) bool) string {
	clean := true
	for i := 0; i < len(s); i++ {
		if b := s[i]; b < ' ' || b >= 0x7F {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	open := false
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		bad := r == utf8.RuneError && n == 1
		if !bad && ok(r) {
			if open {
				b.WriteString("›")
				open = false
			}
			b.WriteString(s[i : i+n])
			i += n
			continue
		}
		if open {
			b.WriteByte(' ')
		} else {
			b.WriteString("‹")
			open = true
		}
		if bad {
			fmt.Fprintf(&b, "x%02X", s[i])
		} else {
			fmt.Fprintf(&b, "U+%04X", r)
		}
		i += n
	}
	if open {
		b.WriteString("›")
	}
	return b.String()
}

// CellLimit is how many UTF-16 units Excel holds in a cell.
const CellLimit = 32767

// Cell makes s fit for a cell of a workbook: line feeds and tabs stay, as do characters of every script; what XML can't carry and
// what turns or hides other characters is escaped. A text that is longer than a cell holds is cut, and says so, how much, and
// where the whole of it stands: evidence is the id of the exchange, empty where there is none. A leading "=" stays as it is: a
// cell must be written as a string, never as a formula.
func Cell(s, evidence string) string {
	s = escape(s, func(r rune) bool { return r == '\n' || r == '\t' || shown(r) })
	if len(s) <= CellLimit || units(s) <= CellLimit {
		return s
	}
	where := "the evidence"
	if evidence != "" {
		where = "evidence " + evidence
	}
	note := func(cut int) string { return fmt.Sprintf("… (cut, %d characters; whole text in %s)", cut, where) }
	total := utf8.RuneCountInString(s)
	room := CellLimit - units(note(total))
	kept, used, end := 0, 0, 0
	for i, r := range s {
		n := 1
		if r > 0xFFFF {
			n = 2
		}
		if used+n > room {
			break
		}
		used += n
		kept++
		end = i + utf8.RuneLen(r)
	}
	return s[:end] + note(total-kept)
}

// units counts UTF-16 units, as Excel does.
func units(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}
