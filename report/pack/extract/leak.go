package extract

import (
	"bytes"
	"encoding/base64"
	"html"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/auditseal/auditseal/report/pack/tree"
)

// A leaks finds values that are to be hidden and stand in a text in a form in which they were not fixed. It finds too much rather than too
// little: what it finds is withheld.
type leaks struct {
	mask   tree.Class
	finder *tree.Finder
	// accounts are those that are hidden anywhere in the extract.
	accounts map[string]bool
	// phrases are identities of more than one word, folded: they may stand inside other words too. By their first four bytes.
	phrases map[string][]string
}

func newLeaks(mask tree.Class, finder *tree.Finder, identities []string) *leaks {
	l := &leaks{mask: mask, finder: finder, accounts: map[string]bool{}, phrases: map[string][]string{}}
	if mask&tree.Identity != 0 {
		for _, id := range identities {
			for _, s := range tree.Spellings(id) {
				if len(s) >= 6 && strings.ContainsFunc(s, func(r rune) bool { return r < 0x80 && !isAlnum(byte(r)) }) {
					s = strings.ToLower(s)
					l.phrases[s[:4]] = append(l.phrases[s[:4]], s)
				}
			}
		}
	}
	return l
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// The reasons for withholding a piece.
const (
	leakPlain  = "a value that is to be hidden stands in it inside something longer"
	leakCoded  = "a value that is to be hidden stands in it in another encoding"
	leakPacked = "it holds packed data, which cannot be searched for what is to be hidden"
	tooLarge   = "it is too long to be handed over in an extract"
	notText    = "it is not UTF-8 text"
)

// find says why a text cannot be handed over; empty where it can. Hidden values were replaced by a zero byte.
func (l *leaks) find(t []byte) string {
	if l.mask == 0 {
		return ""
	}
	if l.plain(t) {
		return leakPlain
	}
	if l.packed(t) {
		return leakPacked
	}
	seen := t
	for range 3 {
		next := unescape(seen)
		if bytes.Equal(next, seen) {
			break
		}
		if l.plain(next) {
			return leakCoded
		}
		seen = next
	}
	for _, s := range []string{string(t), string(seen)} {
		if u := html.UnescapeString(s); u != s && l.plain([]byte(u)) {
			return leakCoded
		}
		for range 2 {
			u := percent(s)
			if u == s {
				break
			}
			if l.plain([]byte(u)) {
				return leakCoded
			}
			s = u
		}
	}
	return l.base64(seen, 0)
}

// plain reports whether something that is to be hidden stands in the text as it is.
func (l *leaks) plain(t []byte) bool {
	// What the finder finds now was not found before, or it would not be here.
	for _, s := range l.finder.Find(t, nil) {
		if s.Class&l.mask != 0 {
			return true
		}
	}
	if l.mask&tree.Account != 0 {
		for i := 0; i < len(t); {
			n := 0
			for i+n < len(t) && t[i+n] >= '0' && t[i+n] <= '9' {
				n++
			}
			for k := i; k+12 <= i+n; k++ {
				if l.accounts[string(t[k:k+12])] {
					return true
				}
			}
			i += n + 1
		}
	}
	if len(l.phrases) > 0 {
		low := bytes.ToLower(t)
		for i := 0; i+4 <= len(low); i++ {
			for _, p := range l.phrases[string(low[i:i+4])] {
				if bytes.HasPrefix(low[i:], []byte(p)) {
					return true
				}
			}
		}
	}
	return false
}

// packed reports whether the exchange in the text has a body that is no text.
func (l *leaks) packed(t []byte) bool { return bytes.Contains(t, []byte(`,"encoding":"base64"`)) }

const minBase64 = 16

// base64 looks into what may be base64, and into what is in that.
func (l *leaks) base64(t []byte, depth int) string {
	isDigit := func(c byte) bool { return isAlnum(c) || c == '+' || c == '/' || c == '-' || c == '_' }
	// Lines of base64 may be broken.
	t = bytes.ReplaceAll(bytes.ReplaceAll(t, []byte("\r"), nil), []byte("\n"), nil)
	for i := 0; i < len(t); {
		n := 0
		for i+n < len(t) && isDigit(t[i+n]) {
			n++
		}
		if n >= minBase64 {
			run := bytes.Map(func(r rune) rune {
				switch r {
				case '-':
					return '+'
				case '_':
					return '/'
				}
				return r
			}, t[i:i+n])
			for skip := range 4 {
				part := run[skip:]
				out := make([]byte, base64.RawStdEncoding.DecodedLen(len(part)))
				m, err := base64.RawStdEncoding.Decode(out, part[:len(part)/4*4])
				if rest := part[len(part)/4*4:]; err == nil && len(rest) > 1 {
					k, _ := base64.RawStdEncoding.Decode(out[m:], rest)
					m += k
				}
				out = out[:m]
				if skip == 0 && n >= 40 && (bytes.HasPrefix(out, []byte{0x1f, 0x8b}) || bytes.HasPrefix(out, []byte("PK\x03\x04"))) {
					return leakPacked
				}
				if l.plain(toText(out)) {
					return leakCoded
				}
				if depth < 2 {
					if why := l.base64(out, depth+1); why != "" {
						return why
					}
				}
			}
		}
		i += n + 1
	}
	return ""
}

// toText makes UTF-8 of anything, since the finder takes what is none for one value as a whole.
func toText(b []byte) []byte { return bytes.ToValidUTF8(b, []byte{0}) }

// unescape takes the escapes of one string of JSON away, wherever they stand.
func unescape(t []byte) []byte {
	if bytes.IndexByte(t, '\\') < 0 {
		return t
	}
	out := make([]byte, 0, len(t))
	for i := 0; i < len(t); i++ {
		if t[i] != '\\' || i+1 >= len(t) {
			out = append(out, t[i])
			continue
		}
		i++
		switch c := t[i]; c {
		case 'n', 'r', 't', 'b', 'f':
			out = append(out, '\n')
		case 'u':
			r, ok := unit(t[i:])
			if !ok {
				out = append(out, 'u')
				continue
			}
			i += 4
			if utf16.IsSurrogate(r) && i+2 < len(t) && t[i+1] == '\\' {
				if low, ok := unit(t[i+2:]); ok {
					r = utf16.DecodeRune(r, low)
					i += 6
				}
			}
			out = append(out, string(r)...)
		default:
			out = append(out, c)
		}
	}
	return out
}

func unit(b []byte) (rune, bool) {
	if len(b) < 5 || b[0] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[1:5]), 16, 16)
	return rune(n), err == nil
}

// percent takes the escapes of a URL away, wherever they stand.
func percent(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if u, err := url.PathUnescape(s[i : i+3]); err == nil {
				b.WriteString(u)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return string(toText([]byte(b.String())))
}
