package pack

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// A scanner walks compact JSON, one value a line, without ever holding a line: an answer of AWS may be as long as it likes.
// It accepts exactly what encoding/json writes without indentation: no blanks, no bad escapes, no bad UTF-8.
//
// encoding/json itself would do, were it not ten times slower than the digests that are the point of reading the file.
type scanner struct {
	src  io.Reader
	buf  []byte
	r, w int   // the unread bytes are buf[r:w]
	err  error // of src, io.EOF at its end

	// While a line is digested, mark is where the bytes begin that still have to be added; it is -1 otherwise. hash covers those before
	// them, if begun says that there are any: most lines lie in the buffer as a whole.
	hash  hash.Hash
	begun bool
	mark  int
	sum   []byte

	str  []byte   // the last string, decoded
	keys []uint64 // digests of the keys seen, a stack over nested objects

	blanks bool // blanks and line ends between values are allowed: a file that is one indented value
	lower  bool // no key may have a capital: readers that ignore case must not see another object
}

const (
	scanBuffer = 256 << 10
	maxString  = 64 << 10 // of a string that is kept; the others may have any length
	maxDepth   = 64
)

var (
	errLineEnd = errors.New("the line ends in the middle")
	errNotJSON = errors.New("not the JSON that auditseal writes")
)

// scanners are used again: a pack has many small files, and each would need a buffer.
var scanners = sync.Pool{New: func() any { return &scanner{buf: make([]byte, scanBuffer), hash: sha256.New()} }}

func newScanner(src io.Reader) *scanner {
	s := scanners.Get().(*scanner)
	s.reset(src)
	s.blanks, s.lower = false, false
	return s
}

// free gives the scanner back.
func (s *scanner) free() {
	s.src = nil
	scanners.Put(s)
}

func (s *scanner) reset(src io.Reader) {
	s.src, s.r, s.w, s.err, s.mark = src, 0, 0, nil, -1
	s.keys = s.keys[:0]
}

// need makes n bytes available, if there are that many; n is far below the buffer's size.
func (s *scanner) need(n int) bool {
	for s.w-s.r < n {
		if s.err != nil {
			return false
		}
		if s.mark >= 0 {
			if !s.begun {
				s.hash.Reset()
				s.begun = true
			}
			s.hash.Write(s.buf[s.mark:s.r])
			s.mark = 0
		}
		copy(s.buf, s.buf[s.r:s.w])
		s.w -= s.r
		s.r = 0
		m, err := s.src.Read(s.buf[s.w:])
		s.w += m
		s.err = err
	}
	return true
}

// next gives the next byte without taking it; 0 at the end, which is no byte of JSON.
func (s *scanner) next() byte {
	if s.r < s.w && !s.blanks {
		return s.buf[s.r]
	}
	return s.nextSlow()
}

func (s *scanner) nextSlow() byte {
	for {
		if s.r == s.w && !s.need(1) {
			return 0
		}
		c := s.buf[s.r]
		if !s.blanks || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
		s.r++
	}
}

func (s *scanner) take(c byte) error {
	if s.r < s.w && s.buf[s.r] == c {
		s.r++
		return nil
	}
	if got := s.next(); got != c {
		if got == '\n' || got == 0 {
			return errLineEnd
		}
		return errNotJSON
	}
	s.r++
	return nil
}

// plain marks the bytes that stand for themselves inside a string.
var plain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// skipText goes on from n to the first byte of a string that needs a closer look: its end, a control, a byte beyond ASCII, an
// escape that is not simple, the end of b. It takes eight bytes at a time, and the simple escapes that an answer inside an answer is
// full of; it reports whether it took any.
func skipText(b []byte, n int) (at int, escaped bool) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for len(b)-n >= 10 {
		x := binary.LittleEndian.Uint64(b[n : n+10])
		quote, slash := x^(ones*'"'), x^(ones*'\\')
		// A byte's high bit is set where the byte is above 0x7f, below 0x20, a quote or a backslash. Bits above the first that is
		// set may be wrong; only the first is used.
		m := (x | (x-ones*' ')&^x | (quote-ones)&^quote | (slash-ones)&^slash) & highs
		if m == 0 {
			n += 8
			continue
		}
		n += bits.TrailingZeros64(m) / 8
		e := binary.LittleEndian.Uint16(b[n:])
		if e != '\\'|'"'<<8 && (byte(e) != '\\' || !simple[byte(e>>8)]) {
			return n, escaped
		}
		n += 2
		escaped = true
	}
	for n < len(b) && plain[b[n]] {
		n++
	}
	return n, escaped
}

// simple marks what may follow a backslash alone.
var simple = func() (t [256]bool) {
	for _, c := range []byte(`"\/bfnrt`) {
		t[c] = true
	}
	return t
}()

// string takes a string; with keep, s.str holds it decoded afterwards, until the next call.
func (s *scanner) string(keep bool) error {
	// Nearly every string lies in the buffer as a whole, without anything that needs a closer look.
	if b := s.buf[s.r:s.w]; len(b) > 0 && b[0] == '"' {
		n, escaped := skipText(b, 1)
		if n < len(b) && b[n] == '"' && !(keep && (escaped || n > maxString)) {
			if keep {
				s.str = append(s.str[:0], b[1:n]...)
			}
			s.r += n + 1
			return nil
		}
	}
	if err := s.take('"'); err != nil {
		return err
	}
	s.str = s.str[:0]
	raw, escaped := s.str, false
	for {
		if s.r == s.w && !s.need(1) {
			return errLineEnd
		}
		b := s.buf[s.r:s.w]
		n, simples := skipText(b, 0)
		escaped = escaped || simples
		if keep {
			if len(raw)+n > maxString {
				return fmt.Errorf("a value is longer than %d bytes", maxString)
			}
			raw = append(raw, b[:n]...)
		}
		s.r += n
		if n == len(b) {
			continue
		}
		var from int
		switch c := b[n]; {
		case c == '"':
			s.r++
			s.str = raw
			if keep && escaped {
				return s.unescape()
			}
			return nil
		case c == '\\':
			escaped = true
			n, err := s.escape()
			if err != nil {
				return err
			}
			// It lies in the buffer as a whole: escape asked for that before it moved on.
			from = s.r - n
		case c < ' ':
			if c == '\n' {
				return errLineEnd
			}
			return errNotJSON
		default:
			s.need(utf8.UTFMax)
			from = s.r
			r, size := utf8.DecodeRune(s.buf[s.r:s.w])
			if r == utf8.RuneError && size == 1 {
				return errors.New("not UTF-8")
			}
			s.r += size
		}
		if keep {
			raw = append(raw, s.buf[from:s.r]...)
		}
	}
}

// escape takes an escape sequence and gives its length.
func (s *scanner) escape() (int, error) {
	if !s.need(2) {
		return 0, errLineEnd
	}
	switch c := s.buf[s.r+1]; {
	case simple[c]:
		s.r += 2
		return 2, nil
	case c == 'u':
		if !s.need(6) {
			return 0, errLineEnd
		}
		for _, c := range s.buf[s.r+2 : s.r+6] {
			if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
				return 0, errNotJSON
			}
		}
		s.r += 6
		return 6, nil
	}
	return 0, errNotJSON
}

func (s *scanner) unescape() error {
	var out string
	if err := json.Unmarshal(append(append([]byte{'"'}, s.str...), '"'), &out); err != nil {
		return err
	}
	s.str = append(s.str[:0], out...)
	return nil
}

// value takes any value.
func (s *scanner) value(depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("nested deeper than %d", maxDepth)
	}
	switch c := s.next(); {
	case c == '"':
		return s.string(false)
	case c == '{':
		return s.object(func([]byte) error { return s.value(depth + 1) })
	case c == '[':
		return s.array(func() error { return s.value(depth + 1) })
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	case c == '-' || c >= '0' && c <= '9':
		_, err := s.number()
		return err
	case c == 0 || c == '\n':
		return errLineEnd
	}
	return errNotJSON
}

func (s *scanner) word(w string) error {
	if !s.need(len(w)) || string(s.buf[s.r:s.r+len(w)]) != w {
		return errNotJSON
	}
	s.r += len(w)
	return nil
}

// number takes a number; what it gives is good until the next call.
func (s *scanner) number() ([]byte, error) {
	s.need(400)
	n := s.r
	for n < s.w && s.buf[n] >= '0' && s.buf[n] <= '9' {
		n++
	}
	if k := n - s.r; k > 0 && k < 18 && n < s.w && (s.buf[n] == ',' || s.buf[n] == '}') && (k == 1 || s.buf[s.r] != '0') {
		b := s.buf[s.r:n]
		s.r = n
		return b, nil
	}
	for n < s.w && strings.IndexByte("+-.0123456789eE", s.buf[n]) >= 0 {
		n++
	}
	b := s.buf[s.r:n]
	if len(b) > 350 || !json.Valid(b) {
		return nil, errNotJSON
	}
	s.r = n
	return b, nil
}

// array takes an array; each must take its element.
func (s *scanner) array(each func() error) error {
	if err := s.take('['); err != nil {
		return err
	}
	if s.next() == ']' {
		s.r++
		return nil
	}
	for {
		if err := each(); err != nil {
			return err
		}
		if s.next() == ']' {
			s.r++
			return nil
		}
		if err := s.take(','); err != nil {
			return err
		}
	}
}

// object takes an object; member must take the value of each key. The key is good until the next string is taken. A key that
// stands twice is an error: two readers of such an object may see different things.
func (s *scanner) object(member func(key []byte) error) error {
	if err := s.take('{'); err != nil {
		return err
	}
	if s.next() == '}' {
		s.r++
		return nil
	}
	k := s.openKeys()
	defer s.closeKeys(k)
	for {
		if err := s.key(&k); err != nil {
			return err
		}
		if err := member(s.str); err != nil {
			return err
		}
		if s.next() == '}' {
			s.r++
			return nil
		}
		if err := s.take(','); err != nil {
			return err
		}
	}
}

// A keySet holds the keys of one object: the few of an ordinary one on the scanner's stack, the many of a large one in a map.
type keySet struct {
	base int
	many map[uint64]struct{}
}

func (s *scanner) openKeys() keySet   { return keySet{base: len(s.keys)} }
func (s *scanner) closeKeys(k keySet) { s.keys = s.keys[:k.base] }

// key takes a key and its colon, and remembers it.
func (s *scanner) key(set *keySet) error {
	if err := s.string(true); err != nil {
		return err
	}
	// FNV-1a. A forger gains nothing from a collision but an error.
	h := uint64(14695981039346656037)
	for _, c := range s.str {
		if s.lower && c >= 'A' && c <= 'Z' {
			return fmt.Errorf("%q is not a name that auditseal writes", s.str)
		}
		h = (h ^ uint64(c)) * 1099511628211
	}
	_, twice := set.many[h]
	if twice || slices.Contains(s.keys[set.base:], h) {
		return fmt.Errorf("%q stands twice in one object", s.str)
	}
	if len(s.keys)-set.base < 32 {
		s.keys = append(s.keys, h)
	} else {
		if set.many == nil {
			set.many = map[uint64]struct{}{}
		}
		set.many[h] = struct{}{}
	}
	return s.take(':')
}

// more reports whether another line follows.
func (s *scanner) more() bool { return s.next() != 0 || s.r < s.w }

// endLine takes the newline.
func (s *scanner) endLine() error {
	if !s.need(1) {
		return errors.New("the last line has no newline: the file was cut off")
	}
	if s.buf[s.r] != '\n' {
		return errNotJSON
	}
	s.r++
	return nil
}

// skipLine goes to the next line after an error.
func (s *scanner) skipLine() {
	s.mark = -1
	for s.r < s.w || s.need(1) {
		if i := bytes.IndexByte(s.buf[s.r:s.w], '\n'); i >= 0 {
			s.r += i + 1
			return
		}
		s.r = s.w
	}
}

// lineTail is the length of the end of an evidence line: ,"sha256":"<64>"}
const lineTail = len(sealKey) + 64 + 2

const sealKey = `,"sha256":"`

// startDigest begins the digest of a line; the scanner stands at its start.
func (s *scanner) startDigest() {
	s.mark, s.begun = s.r, false
}

// expect takes the next of some names and its colon, if it stands here, and gives its place; -1 if it is none of those from
// first on. Members stand in the order in which they are written, so the first tried is nearly always right.
func (s *scanner) expect(quoted []string, first int) int {
	if s.w-s.r < maxName+3 {
		s.need(maxName + 3)
	}
	b := s.buf[s.r:s.w]
	for i := first; i < len(quoted); i++ {
		if q := quoted[i]; len(b) >= len(q) && string(b[:len(q)]) == q {
			s.r += len(q)
			return i
		}
	}
	return -1
}

// name takes a key and its colon, for objects whose names are all known: such a name has no escapes and is short. It is
// good until anything else is taken.
func (s *scanner) name() ([]byte, error) {
	if !s.need(maxName+3) && s.r == s.w {
		return nil, errLineEnd
	}
	b := s.buf[s.r:s.w]
	if b[0] != '"' {
		return nil, errNotJSON
	}
	n := bytes.IndexByte(b[1:min(len(b), maxName+2)], '"')
	if n < 0 || n+2 >= len(b) || b[n+2] != ':' {
		return nil, errNotJSON
	}
	s.r += n + 3
	return b[1 : n+1], nil
}

const maxName = 32

// endDigest takes the end of a line from where the scanner stands, if the line's own digest follows there, and says whether the
// digest is right.
func (s *scanner) endDigest() (end bool, err error) {
	if s.w-s.r < lineTail {
		s.need(lineTail)
	}
	b := s.buf[s.r:s.w]
	if len(b) < len(sealKey) || string(b[:len(sealKey)]) != sealKey {
		return false, nil
	}
	line := s.buf[s.mark:s.r]
	s.mark = -1
	if len(b) < lineTail || b[lineTail-2] != '"' || b[lineTail-1] != '}' {
		return true, errors.New(`the line does not end with its "sha256"`)
	}
	if s.begun {
		s.hash.Write(line)
		s.sum = s.hash.Sum(s.sum[:0])
	} else {
		sum := sha256.Sum256(line)
		s.sum = append(s.sum[:0], sum[:]...)
	}
	s.str = hex.AppendEncode(s.str[:0], s.sum)
	if said := b[len(sealKey) : lineTail-2]; !bytes.Equal(s.str, said) {
		return true, fmt.Errorf("was altered: the line has the SHA-256 %s and says %q", s.str, said)
	}
	s.r += lineTail
	return true, nil
}
