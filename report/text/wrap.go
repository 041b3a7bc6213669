package text

import "unicode/utf8"

// Wrap breaks s into lines no wider than width, where measure gives a character's width in the same unit. It breaks at spaces; a
// word that is wider than a line is broken after : / - _ . , ; = & ? | # or a closing bracket, and where none of them fits,
// anywhere. It adds nothing, and leaves out nothing but the spaces at which it broke. The lines are parts of s: nothing is copied.
// A character wider than the line stands on a line of its own. An empty or blank s is one empty line.
func Wrap(s string, width int, measure func(rune) int) []string {
	return AppendWrap(nil, s, width, measure)
}

// AppendWrap is Wrap that appends to lines.
func AppendWrap(lines []string, s string, width int, measure func(rune) int) []string {
	before := len(lines)
	space := measure(' ')
	start, end := -1, 0 // the line so far is s[start:end]
	used := 0
	flush := func() {
		if start >= 0 {
			lines = append(lines, s[start:end])
		}
		start, used = -1, 0
	}
	for i := 0; i < len(s); {
		if s[i] == ' ' {
			i++
			continue
		}
		from, w := i, 0
		for i < len(s) && s[i] != ' ' {
			r, n := utf8.DecodeRuneInString(s[i:])
			w += measure(r)
			i += n
		}
		gap := 0
		if start >= 0 {
			gap = (from - end) * space
		}
		if start >= 0 && used+gap+w <= width {
			end, used = i, used+gap+w
			continue
		}
		if w <= width {
			flush()
			start, end, used = from, i, w
			continue
		}
		// The word is wider than a line: fill the rest of this one only where a good part of it is left.
		if start >= 0 && used+gap > width/2 {
			flush()
			gap = 0
		}
		for from < i {
			cut, cw := breakAt(s[from:i], width-used-gap, measure)
			if cut == 0 && start >= 0 {
				flush()
				gap = 0
				continue
			}
			if cut == 0 { // not even one character fits
				_, cut = utf8.DecodeRuneInString(s[from:i])
				cw = width
			}
			if start < 0 {
				start = from
			}
			from += cut
			end, used = from, used+gap+cw
			gap = 0
			if from < i {
				flush()
			}
		}
	}
	flush()
	if len(lines) == before {
		lines = append(lines, "")
	}
	return lines
}

// breakAt finds how much of a word fits into room: up to the last good place to break, or else as many characters as fit.
func breakAt(word string, room int, measure func(rune) int) (cut, width int) {
	w, good, goodWidth := 0, 0, 0
	for i, r := range word {
		m := measure(r)
		if w+m > room {
			if good > 0 {
				return good, goodWidth
			}
			return i, w
		}
		w += m
		if breaksAfter(r) {
			good, goodWidth = i+utf8.RuneLen(r), w
		}
	}
	return len(word), w
}

func breaksAfter(r rune) bool {
	switch r {
	case ':', '/', '-', '_', '.', ',', ';', '=', '&', '?', '|', '#', ')', ']', '}', '›':
		return true
	}
	return false
}

// Parts cuts lines into parts of at most n, for a cell that is taller than a page: each part becomes a row of its own.
func Parts(lines []string, n int) [][]string {
	if n < 1 {
		n = 1
	}
	var out [][]string
	for len(lines) > n {
		out = append(out, lines[:n])
		lines = lines[n:]
	}
	return append(out, lines)
}
