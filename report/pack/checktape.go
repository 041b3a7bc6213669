package pack

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// A tapeIndex is what the other checks need to know of the tape.
type tapeIndex struct {
	names []string // of its files
	ids   idSet
	calls map[uint64]tapeCalls // by cell
}

// tapeCalls count the exchanges of a cell.
type tapeCalls struct {
	n    int32
	file int32 // among the names of the tape
}

// cellKey is a number for a cell: there are as many as accounts, regions and operations multiply to.
func cellKey(account, region, collector, service, operation string) uint64 {
	return digest64([]byte(account + "\n" + region + "\n" + collector + "\n" + service + "\n" + operation))
}

// A tapeLine is what is taken from one line. Its slices are used again.
type tapeLine struct {
	id, account, region, collector, service, operation, digest []byte
	sequence                                                   []byte
	key                                                        []byte
	seen                                                       uint32
}

// tapeMembers are the members of an exchange in the order in which they are written; those in mayLack may be missing.
var tapeMembers = []string{"id", "account", "region", "collector", "service", "operation", "sequence", "request", "endpoint", "fips",
	"attempts", "status", "request_id", "date", "clock", "header", "body", "encoding", "reduced", "redactions", "failure"}

// requestMembers are those of a request.
var requestMembers = []string{"method", "path", "query", "body", "bucket", "region", "sha256"}

var (
	tapeQuoted, tapeAlways       = memberForms(tapeMembers, "endpoint", "request_id", "clock", "header", "encoding", "reduced", "redactions", "failure")
	requestQuoted, requestAlways = memberForms(requestMembers, "query", "body", "bucket", "region")
)

// memberForms gives names as they stand on a line, and the set of those that always do.
func memberForms(names []string, mayLack ...string) (quoted []string, always uint32) {
	for i, n := range names {
		quoted = append(quoted, `"`+n+`":`)
		if !slices.Contains(mayLack, n) {
			always |= 1 << i
		}
	}
	return quoted, always
}

// nextMember takes the next name of an object whose names are known, and its colon.
func nextMember(s *scanner, names, quoted []string, first int, seen *uint32) (int, error) {
	i := s.expect(quoted, first)
	if i < 0 {
		name, err := s.name()
		if err != nil {
			return 0, err
		}
		if i = slices.Index(names, string(name)); i < 0 {
			return 0, fmt.Errorf("%.40q is a member that this format does not know", name)
		}
	}
	if *seen&(1<<i) != 0 {
		return 0, fmt.Errorf("%q stands twice in one object", names[i])
	}
	*seen |= 1 << i
	return i, nil
}

func (v *verifier) checkTapeFile(r *fileResult, in io.Reader) error {
	where := evidenceForm.FindStringSubmatch(r.path)
	s := newScanner(in)
	defer s.free()
	r.calls = map[string]int{}
	r.ids = make(idSet, 0, v.p.sizes[r.path]/2048)
	var l tapeLine
	var last []byte // the call of the lines before, and how many of them there were: lines of one operation mostly stand together
	n := 0
	counted := func() {
		if n > 0 {
			r.calls[string(last)] += n
		}
		n = 0
	}
	defer counted()
	for s.more() {
		if r.hopeless() {
			return nil
		}
		r.lines++
		id, err := l.read(s)
		if err == nil {
			err = s.endLine()
		}
		if err != nil {
			if s.err != nil && s.err != io.EOF {
				return s.err
			}
			r.fail(CheckEvidence, r.path, r.lines, "%s%s", l.name(), err)
			r.ids = append(r.ids, id)
			s.skipLine()
			continue
		}
		r.ids = append(r.ids, id)
		if string(l.account) != where[1] || string(l.region) != where[2] || string(l.service) != where[3] {
			r.fail(CheckEvidence, r.path, r.lines, "%sis of account %q, region %q, service %q and stands in the wrong file", l.name(), l.account, l.region, l.service)
		}
		l.key = append(append(append(l.key[:0], l.collector...), '\n'), l.operation...)
		if !bytes.Equal(l.key, last) {
			counted()
			last = append(last[:0], l.key...)
		}
		n++
	}
	if s.err != io.EOF {
		return s.err
	}
	return nil
}

func (l *tapeLine) name() string {
	if len(l.id) == 0 {
		return ""
	}
	return fmt.Sprintf("%.40q ", l.id)
}

// read takes a line up to its newline, and gives the number of its id as soon as that was read, error or not.
func (l *tapeLine) read(s *scanner) (id uint64, err error) {
	l.id, l.digest, l.seen = l.id[:0], l.digest[:0], 0
	s.startDigest()
	if err := s.take('{'); err != nil {
		return 0, err
	}
	for next := 0; ; {
		first := l.seen == 0
		i, err := nextMember(s, tapeMembers, tapeQuoted, next, &l.seen)
		if err != nil {
			return id, err
		}
		if first && i != 0 {
			return id, errors.New(`the line does not begin with its "id"`)
		}
		next = i + 1
		if err := l.member(s, i); err != nil {
			return id, err
		}
		if i == 0 {
			var ok bool
			if id, ok = parseID('E', l.id); !ok || id == 0 {
				return 0, errors.New("is not an evidence id")
			}
		}
		end, err := s.endDigest()
		if err != nil {
			return id, err
		}
		if end {
			return id, l.complete(id)
		}
		if s.next() == '}' {
			return id, errors.New(`the line does not end with its "sha256"`)
		}
		if err := s.take(','); err != nil {
			return id, err
		}
	}
}

// keep takes a string and stores it.
func keep(s *scanner, to *[]byte) error {
	err := s.string(true)
	*to = append((*to)[:0], s.str...)
	return err
}

// member takes the value of tapeMembers[i].
func (l *tapeLine) member(s *scanner, i int) error {
	switch tapeMembers[i] {
	case "id":
		return keep(s, &l.id)
	case "account":
		return keep(s, &l.account)
	case "region":
		return keep(s, &l.region)
	case "collector":
		return keep(s, &l.collector)
	case "service":
		return keep(s, &l.service)
	case "operation":
		return keep(s, &l.operation)
	case "sequence":
		b, err := s.number()
		l.sequence = append(l.sequence[:0], b...)
		return err
	case "body":
		return s.string(false)
	case "request":
		return l.request(s)
	}
	return s.value(1)
}

func (l *tapeLine) request(s *scanner) error {
	if err := s.take('{'); err != nil {
		return err
	}
	seen := uint32(0)
	for next := 0; ; {
		i, err := nextMember(s, requestMembers, requestQuoted, next, &seen)
		if err != nil {
			return err
		}
		next = i + 1
		if requestMembers[i] == "sha256" {
			err = keep(s, &l.digest)
		} else {
			err = s.string(false)
		}
		if err != nil {
			return err
		}
		if s.next() == '}' {
			s.r++
			if seen&requestAlways != requestAlways {
				return errors.New("the request lacks its method, path or digest")
			}
			return nil
		}
		if err := s.take(','); err != nil {
			return err
		}
	}
}

// complete checks what only the whole line can tell.
func (l *tapeLine) complete(id uint64) error {
	if lack := tapeAlways &^ l.seen; lack != 0 {
		return fmt.Errorf("has no %q", tapeMembers[bits.TrailingZeros32(lack)])
	}
	if len(l.digest) != 64 {
		return fmt.Errorf("the digest of its request is %.80q, which is none", l.digest)
	}
	if string(l.sequence) == "0" {
		// Nearly every question is asked once.
	} else if n, err := strconv.Atoi(string(l.sequence)); err != nil || n < 0 || strconv.Itoa(n) != string(l.sequence) {
		return fmt.Errorf("its sequence is %.40q", l.sequence)
	}
	// As evidence.ExchangeID, which a test holds this to; six hundred thousand times a pack, so without its garbage.
	b := l.key[:0]
	for _, part := range [][]byte{l.account, l.region, l.collector, l.service, l.operation, l.digest, l.sequence} {
		if bytes.IndexByte(part, '\n') >= 0 {
			return errors.New("has a line end in its key")
		}
		b = append(append(b, part...), '\n')
	}
	l.key = b
	sum := sha256.Sum256(b)
	want := binary.BigEndian.Uint64(sum[:])
	if id != want {
		return fmt.Errorf("is not the id of its own question, which would be E-%016x", want)
	}
	return nil
}

// finishTape brings the files of the tape together, and lets go of what only they needed.
func (v *verifier) finishTape(names []string) {
	v.tape.names, v.tape.calls = names, map[uint64]tapeCalls{}
	total := 0
	for _, name := range names {
		total += len(v.files[name].ids)
	}
	v.tape.ids = make(idSet, 0, total)
	for i, name := range names {
		r := v.files[name]
		v.tape.ids = append(v.tape.ids, r.ids...)
		where := evidenceForm.FindStringSubmatch(name)
		for key, n := range r.calls {
			collector, operation, _ := strings.Cut(key, "\n")
			cell := cellKey(where[1], where[2], collector, where[3], operation)
			v.tape.calls[cell] = tapeCalls{v.tape.calls[cell].n + int32(n), int32(i)}
		}
	}
	v.tape.ids.sortHalves()
	if again := idSet(v.tape.ids.duplicates()); len(again) > 0 {
		type place struct{ file, line int }
		first := map[uint64]place{}
		for f, name := range names {
			for i, id := range v.files[name].ids {
				if !again.has(id) {
					continue
				}
				if was, ok := first[id]; ok {
					v.fail(CheckEvidence, name, i+1, "E-%016x stands already at %s:%d", id, names[was.file], was.line)
				} else {
					first[id] = place{f, i + 1}
				}
			}
		}
	}
	v.good[CheckEvidence] = fmt.Sprintf("%d exchanges in %d files carry their own digests and ids", len(v.tape.ids), len(names))
	for _, name := range names {
		v.files[name].ids, v.files[name].calls = nil, nil
	}
}
