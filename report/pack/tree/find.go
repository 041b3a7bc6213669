package tree

import (
	"bytes"
	"encoding/json"
	"math/bits"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Class says what a value is. One value may be of several.
type Class uint8

const (
	// Account is the number of an AWS account.
	Account Class = 1 << iota
	// ID is a digest or an id that could be guessed from an account or a name.
	ID
	// Identity names a person.
	Identity
	// Opaque is a piece that is not UTF-8.
	Opaque
)

// A Span is a value that can be hidden, by its place.
type Span struct {
	From, To int
	Class    Class
}

// A Finder finds the values that can be hidden. It may be used by several goroutines.
type Finder struct {
	// begins has a bit for each two bytes that an identity begins with: small enough to stay close to the processor.
	begins [1 << 16 / 64]uint64
	first  [1 << 16 / 64]uint64 // and one for a digest of its four bytes
	short  map[uint16][]string  // identities of 2 and 3 bytes, by two bytes
	long   map[uint32][]string  // longer ones, by four
	some   bool
}

// The kinds of bytes.
const (
	digit = 1 << iota
	hexa  // a hexadecimal digit
	lower // a lower-case hexadecimal digit
	upper // a capital letter or digit
	word  // part of a word: an ASCII letter or digit, or what is beyond ASCII
	alnum // an ASCII letter or digit
)

var kinds = func() (t [256]uint8) {
	for c := range 256 {
		switch {
		case c >= '0' && c <= '9':
			t[c] = digit | hexa | lower | upper | word | alnum
		case c >= 'a' && c <= 'f':
			t[c] = hexa | lower | word | alnum
		case c >= 'A' && c <= 'F':
			t[c] = hexa | upper | word | alnum
		case c >= 'A' && c <= 'Z':
			t[c] = upper | word | alnum
		case c >= 'a' && c <= 'z':
			t[c] = word | alnum
		case c >= utf8.RuneSelf:
			t[c] = word
		}
	}
	return t
}()

// NewFinder makes a finder for the identities of a pack.
func NewFinder(identities []string) *Finder {
	f := &Finder{short: map[uint16][]string{}, long: map[uint32][]string{}}
	for _, id := range identities {
		for _, s := range Spellings(id) {
			f.some = true
			k := key2(s)
			f.begins[k/64] |= 1 << (k % 64)
			if len(s) < 4 {
				f.short[k] = append(f.short[k], s)
				continue
			}
			k4 := key4(s)
			f.first[mix(k4)/64] |= 1 << (mix(k4) % 64)
			f.long[k4] = append(f.long[k4], s)
		}
	}
	longest := func(l []string) []string {
		slices.SortFunc(l, func(a, b string) int {
			if len(a) != len(b) {
				return len(b) - len(a)
			}
			return strings.Compare(a, b)
		})
		return slices.Compact(l)
	}
	for k, l := range f.short {
		f.short[k] = longest(l)
	}
	for k, l := range f.long {
		f.long[k] = longest(l)
	}
	return f
}

func key2[T string | []byte](s T) uint16 { return uint16(s[0]|0x20)<<8 | uint16(s[1]|0x20) }
func key4[T string | []byte](s T) uint32 {
	return uint32(s[0]|0x20)<<24 | uint32(s[1]|0x20)<<16 | uint32(s[2]|0x20)<<8 | uint32(s[3]|0x20)
}
func mix(k uint32) uint16 { return uint16(k * 2654435761 >> 16) }

// MinIdentity is the length below which an identity is none, in bytes and without what Core takes off: single letters are initials.
const MinIdentity = 2

// Core takes from both ends of an identity what is neither an ASCII letter or digit nor beyond ASCII.
func Core(identity string) string {
	return strings.TrimFunc(identity, func(r rune) bool { return r < utf8.RuneSelf && kinds[r]&word == 0 })
}

// Spellings lists how an identity may stand in a piece: as it is; as JSON, with and without the escapes of HTML and of all that is beyond
// ASCII, once, twice and three times over; in a URL; in XML. Each is without what Core takes off. An identity of less than MinIdentity bytes,
// or one that is not UTF-8, has none.
func Spellings(identity string) []string {
	core := Core(identity)
	if len(core) < MinIdentity || !utf8.ValidString(core) {
		return nil
	}
	out := []string{core, url.QueryEscape(core), url.PathEscape(core)}
	for _, x := range []*strings.Replacer{
		strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;"),
		strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;"),
		strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;"),
	} {
		out = append(out, x.Replace(core))
	}
	for _, form := range []func(string) string{quoted(false), quoted(true), ascii} {
		s := core
		for range 3 {
			s = form(s)
			out = append(out, s)
		}
	}
	for i, s := range out {
		out[i] = Core(s)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// quoted gives how encoding/json writes a string, without the quotes.
func quoted(html bool) func(string) string {
	return func(s string) string {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(html)
		if err := e.Encode(s); err != nil {
			return s
		}
		return string(b.Bytes()[1 : b.Len()-2])
	}
}

// ascii gives how a writer does that escapes all that is beyond ASCII.
func ascii(s string) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	unit := func(u rune) {
		b.WriteString(`\u`)
		for shift := 12; shift >= 0; shift -= 4 {
			b.WriteByte(digits[u>>shift&15])
		}
	}
	for _, r := range quoted(false)(s) {
		switch {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case r > 0xFFFF:
			r -= 0x10000
			unit(0xD800 + r>>10)
			unit(0xDC00 + r&0x3FF)
		default:
			unit(r)
		}
	}
	return b.String()
}

// Find appends the values of a piece, from left to right.
func (f *Finder) Find(text []byte, out []Span) []Span {
	if !utf8.Valid(text) {
		return append(out, Span{0, len(text), Account | ID | Identity | Opaque})
	}
	return f.find(text, out, f.some)
}

func (f *Finder) find(text []byte, out []Span, names bool) []Span {
	n := len(text)
	done := 0          // the end of the last span: where a word ends, or inside one that was looked at
	carry := uint64(0) // 1 where the block before ends in a word
	// Words are found sixty-four bytes at a time: a bit for each byte of a word.
	for base := 0; base < n; base += 64 {
		words := wordBits(text[base:])
		starts := words &^ (words<<1 | carry)
		carry = words >> 63
		for ; starts != 0; starts &= starts - 1 {
			k := bits.TrailingZeros64(starts)
			from := base + k
			if from < done {
				continue // a name of several words
			}
			i := from + bits.TrailingZeros64(^(words >> k))
			if i == base+64 {
				for i < n && kinds[text[i]]&word != 0 {
					i++
				}
			}
			// A word stands from here up to i.
			if i-from < 12 && !(names && f.may(text, from)) {
				continue
			}
			first := len(out)
			switch l := i - from; {
			case l < 12:
			case l < 20:
				// Too short for all but an account, whose twelve digits would stand at these places wherever they begin.
				if kinds[text[i-12]]&kinds[text[from+11]]&digit == 0 {
					break
				}
				fallthrough
			default:
				out = lexical(text, from, i, out)
			}
			if i-from == 16 && from >= 2 && text[from-1] == '-' && (text[from-2] == 'E' || text[from-2] == 'G') && from-2 >= done && all(text[from:i], lower) {
				out = append(out[:first], Span{from - 2, i, ID})
			}
			if names {
				if s, ok := f.name(text, from); ok {
					out = f.place(text, out, first, s)
				}
			}
			if len(out) > first {
				done = out[len(out)-1].To
			}
		}
	}
	return out
}

// wordBits has a bit for each of the first sixty-four bytes that is part of a word, from the lowest.
func wordBits(text []byte) (w uint64) {
	if len(text) >= 64 {
		b := (*[64]byte)(text)
		for k := 0; k < 64; k += 8 {
			w |= (uint64(inWord[b[k]]) | uint64(inWord[b[k+1]])<<1 | uint64(inWord[b[k+2]])<<2 | uint64(inWord[b[k+3]])<<3 |
				uint64(inWord[b[k+4]])<<4 | uint64(inWord[b[k+5]])<<5 | uint64(inWord[b[k+6]])<<6 | uint64(inWord[b[k+7]])<<7) << k
		}
		return w
	}
	for k, c := range text {
		w |= uint64(inWord[c]) << k
	}
	return w
}

// inWord is 1 for the bytes of words.
var inWord = func() (t [256]uint8) {
	for c, k := range kinds {
		if k&word != 0 {
			t[c] = 1
		}
	}
	return t
}()

// may reports whether a name may begin with the word that begins here, or behind its escape.
func (f *Finder) may(text []byte, from int) bool {
	if from > 0 && (text[from-1] == '\\' || text[from-1] == '%') {
		return true
	}
	if from+1 >= len(text) {
		return false
	}
	two := key2(text[from:])
	return f.begins[two/64]>>(two%64)&1 != 0
}

// place adds a name to the values found in the same word. What begins inside the name gives way, and so does the name to what begins
// before it or is longer.
func (f *Finder) place(text []byte, out []Span, first int, s Span) []Span {
	for _, o := range out[first:] {
		if o.From < s.From && o.To > s.From || o.From == s.From && o.To > s.To {
			return out
		}
	}
	keep := out[:first]
	for _, o := range slices.Clone(out[first:]) {
		if o.To <= s.From {
			keep = append(keep, o)
		}
	}
	for _, inside := range f.find(text[s.From:s.To], nil, false) {
		s.Class |= inside.Class
	}
	// What stood behind the name in the same word cannot be: a name ends where the word does, or later.
	return append(keep, s)
}

// name finds the longest identity that begins where a word does, or behind the escape that the word begins with.
func (f *Finder) name(text []byte, from int) (Span, bool) {
	if s, ok := f.at(text, from); ok {
		return s, true
	}
	if from == 0 {
		return Span{}, false
	}
	skip := 0
	switch c := text[from]; {
	case text[from-1] == '%':
		skip = 2
	case text[from-1] != '\\':
	case c == 'u':
		skip = 5
	case c == 'n' || c == 'r' || c == 't' || c == 'b' || c == 'f':
		skip = 1
	}
	if skip == 0 || from+skip >= len(text) || !all(text[from:from+skip], alnum) {
		return Span{}, false
	}
	return f.at(text, from+skip)
}

func (f *Finder) at(text []byte, from int) (Span, bool) {
	rest := text[from:]
	if len(rest) < MinIdentity {
		return Span{}, false
	}
	two := key2(rest)
	if f.begins[two/64]>>(two%64)&1 == 0 {
		return Span{}, false
	}
	if len(rest) >= 4 {
		if k := key4(rest); f.first[mix(k)/64]>>(mix(k)%64)&1 != 0 {
			for _, s := range f.long[k] {
				if stands(rest, s) {
					return Span{from, from + len(s), Identity}, true
				}
			}
		}
	}
	for _, s := range f.short[two] {
		if stands(rest, s) {
			return Span{from, from + len(s), Identity}, true
		}
	}
	return Span{}, false
}

// stands reports whether an identity stands here as a word. A single word of ASCII letters stands in its own case only: names are often words
// ("Data", "Lead") that would take half of every text with them. All others stand in any ASCII case.
func stands(text []byte, s string) bool {
	if len(text) < len(s) || len(text) > len(s) && kinds[text[len(s)]]&word != 0 {
		return false
	}
	letters, same := true, true
	for i := range len(s) {
		if fold(text[i]) != fold(s[i]) {
			return false
		}
		letters = letters && fold(s[i]) >= 'a' && fold(s[i]) <= 'z'
		same = same && text[i] == s[i]
	}
	return same || !letters
}

func fold(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func all(b []byte, kind uint8) bool {
	for _, c := range b {
		if kinds[c]&kind == 0 {
			return false
		}
	}
	return true
}

// lexical finds accounts, digests and AWS's unique ids in the word from from up to end.
func lexical(text []byte, from, end int, out []Span) []Span {
	for i := from; i < end; {
		k := kinds[text[i]]
		if k&(hexa|upper) == 0 {
			i++
			continue
		}
		// The longest of what begins here. A run begins where the byte before is none of it.
		var best Span
		before := uint8(0)
		if i > 0 {
			before = kinds[text[i-1]]
		}
		if k&hexa != 0 && before&hexa == 0 {
			switch to := run(text, i, end, hexa); to - i {
			case 32, 40, 64, 96, 128:
				best = Span{i, to, ID}
			}
		}
		if best.To == 0 && k&upper != 0 && before&upper == 0 {
			if to := run(text, i, end, upper); (to-i == 20 || to-i == 21) && isUnique(text[i:i+4]) {
				best = Span{i, to, ID}
			}
		}
		if best.To == 0 && k&digit != 0 && before&digit == 0 {
			to := run(text, i, end, digit)
			if to-i == 12 {
				best = Span{i, to, Account}
			} else if to > i+1 {
				i = to - 1 // no run of digits begins inside this one, and no other either but behind it
			}
		}
		if best.To == 0 {
			i++
			continue
		}
		out = append(out, best)
		i = best.To
	}
	return out
}

func run(text []byte, from, end int, kind uint8) int {
	for from < end && kinds[text[from]]&kind != 0 {
		from++
	}
	return from
}

func isUnique(b []byte) bool {
	switch string(b) {
	case "AKIA", "ASIA", "AIDA", "AROA", "AGPA", "AIPA", "ANPA", "ANVA", "APKA", "ABIA", "ACCA", "ASCA":
		return true
	}
	return false
}
