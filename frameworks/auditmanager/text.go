package auditmanager

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes a text one line that shows what it says: no control, invisible or direction-changing characters, single blanks.
func clean(s string) string {
	var b strings.Builder
	blank := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			blank = b.Len() > 0
			continue
		case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), r == utf8.RuneError, r&0xfffe == 0xfffe, r >= 0xfdd0 && r <= 0xfdef, r >= 0xfff0 && r <= 0xfffb:
			continue
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// cut shortens a text to that many characters.
func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return strings.TrimRight(string(r[:most-1]), " ") + "…"
	}
	return s
}

// text takes over a text of AWS's, and notes where it is too long to be taken over whole.
func (t *translation) text(s string, most int) string {
	c := clean(s)
	short := cut(c, most)
	if short != c {
		t.note("a text of %d characters was cut: %s", utf8.RuneCountInString(c), cut(c, 60))
	}
	return short
}

var (
	// controlForm is how the loader wants a control's id.
	controlForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._():/ -]{0,38}[A-Za-z0-9)])?$`)
	digit       = regexp.MustCompile(`[0-9]`)
)

// ownID is the id that a control's name begins with, as in "AC-2(1) Automated account management" or "1.1: Keys rotate"; empty where it
// begins with none.
func ownID(name string) string {
	word, _, _ := strings.Cut(name, " ")
	word = strings.TrimRight(word, ".:,;-")
	if digit.MatchString(word) && controlForm.MatchString(word) {
		return word
	}
	return ""
}

// controlID chooses a control's id: the one that its name begins with, if no other control's does; else AWS's id; else one of our own.
func (t *translation) controlID(c *control, title string, wanted map[string]int) string {
	own := ownID(title)
	id := own
	switch {
	case own != "" && wanted[own] == 1 && !t.used[own]:
	case own != "":
		id = ""
	}
	if id == "" && controlForm.MatchString(c.ID) {
		id = c.ID
		if own != "" {
			t.note("several controls are called %s: one of them has the id %s", own, id)
		}
	}
	if id == "" || t.used[id] {
		was := id
		for n := len(t.used) + 1; id == "" || t.used[id]; n++ {
			id = fmt.Sprintf("control-%d", n)
		}
		switch {
		case was != "":
			t.note("the control %s is listed more than once: here it has the id %s", was, id)
		default:
			t.note("the control %q has no id that can be used: it has the id %s", cut(title, 60), id)
		}
	}
	t.used[id] = true
	return id
}
