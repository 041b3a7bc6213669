package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A tape is the evidence folder of a pack. It is read without collectors/tape, which knows the AWS SDK: the index needs no
// more than where each exchange stands and what it was, so bodies are stepped over and never decoded.
type tape struct {
	fsys  fs.FS
	files []string
	// digests holds the files that were read to their end.
	digests map[string]evidence.Digest
}

func openTape(fsys fs.FS) (*tape, error) {
	t := &tape{fsys: fsys, digests: map[string]evidence.Digest{}}
	err := fs.WalkDir(fsys, "evidence", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if path.Ext(name) != ".jsonl" || strings.Count(name, "/") != 3 {
			return fmt.Errorf("%s: not a file of the tape, evidence/<account>/<region>/<service>.jsonl", name)
		}
		t.files = append(t.files, name)
		return nil
	})
	return t, err
}

// exchanges yields the index. fs.WalkDir gave the files sorted.
func (t *tape) exchanges() iter.Seq2[Exchange, error] {
	return func(yield func(Exchange, error) bool) {
		for _, name := range t.files {
			h := sha256.New()
			for l, err := range lines(t.fsys, name, h) {
				if err != nil {
					yield(Exchange{}, err)
					return
				}
				x, err := indexLine(l.text)
				if err != nil {
					yield(Exchange{}, fmt.Errorf("%s:%d: %w", name, l.number, err))
					return
				}
				x.File, x.Line = name, l.number
				if !yield(x, nil) {
					return
				}
			}
			t.digests[name] = evidence.Digest(h.Sum(nil))
		}
	}
}

func (t *tape) digest(name string) (evidence.Digest, error) {
	if d, ok := t.digests[name]; ok {
		return d, nil
	}
	return fileDigest(t.fsys, name)
}

var seal = []byte(`,"sha256":"`)

// indexLine reads what the index shows of a line, and checks the line against its own digest.
func indexLine(b []byte) (Exchange, error) {
	var x Exchange
	at := bytes.LastIndex(b, seal)
	if at < 0 || len(b) != at+len(seal)+64+2 {
		return x, fmt.Errorf("the line does not end with its sha256")
	}
	var want evidence.Digest
	if err := want.UnmarshalText(b[at+len(seal) : len(b)-2]); err != nil {
		return x, err
	}
	if x.SHA256 = evidence.Sum(b[:at]); x.SHA256 != want {
		return x, fmt.Errorf("the line's bytes have the SHA-256 %s, its own sha256 says %s: it was altered", x.SHA256, want)
	}
	var failure *evidence.Failure
	var redactions []evidence.Redaction
	into := map[string]any{
		"id": &x.ID, "account": &x.Account, "region": &x.Region, "collector": &x.Collector, "service": &x.Service,
		"operation": &x.Operation, "endpoint": &x.Endpoint, "fips": &x.FIPS, "attempts": &x.Attempts, "status": &x.Status,
		"request_id": &x.RequestID, "date": &x.Date, "clock": &x.Clock, "redactions": &redactions, "failure": &failure,
		"sequence": nil, "request": nil, "header": nil, "body": nil, "encoding": nil, "reduced": nil, "sha256": nil,
	}
	err := members(b, func(name string, raw []byte) error {
		p, known := into[name]
		switch p := p.(type) {
		case nil:
			if !known {
				return fmt.Errorf("unknown member %q, or one that stands twice", name)
			}
		case *string:
			// Nearly every string here is plain; the rest go the long way.
			if len(raw) > 1 && raw[0] == '"' && bytes.IndexByte(raw, '\\') < 0 {
				*p = string(raw[1 : len(raw)-1])
			} else if err := json.Unmarshal(raw, p); err != nil {
				return fmt.Errorf("member %q: %w", name, err)
			}
		default:
			if err := json.Unmarshal(raw, p); err != nil {
				return fmt.Errorf("member %q: %w", name, err)
			}
		}
		delete(into, name)
		return nil
	})
	if err != nil {
		return x, err
	}
	if x.ID == "" || x.Date.IsZero() {
		return x, fmt.Errorf("an exchange without id or date")
	}
	if failure != nil {
		x.Failure = failure.Code
	}
	x.Redactions = len(redactions)
	return x, nil
}

// members steps over the members of a JSON object without decoding their values. It is several times as fast as
// encoding/json, which matters where a body of megabytes is only stepped over; it checks no more than it needs to find each end.
func members(b []byte, each func(name string, raw []byte) error) error {
	if len(b) < 2 || b[0] != '{' || b[len(b)-1] != '}' {
		return fmt.Errorf("not a JSON object on one line")
	}
	i := 1
	for i < len(b)-1 {
		end := value(b, i)
		if end < 0 || b[i] != '"' || end >= len(b) || b[end] != ':' {
			return fmt.Errorf("byte %d: not a member of a JSON object", i+1)
		}
		name := string(b[i+1 : end-1])
		from := end + 1
		if end = value(b, from); end < 0 || end >= len(b) {
			return fmt.Errorf("byte %d: member %q has no value", from+1, name)
		}
		if err := each(name, b[from:end]); err != nil {
			return err
		}
		switch {
		case b[end] == ',':
			i = end + 1
		case b[end] == '}' && end == len(b)-1:
			return nil
		default:
			return fmt.Errorf("byte %d: %q stands where a comma belongs", end+1, b[end])
		}
	}
	return fmt.Errorf("the object has no end")
}

// value finds the end of the JSON value that begins at i, or -1.
func value(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return str(b, i)
	case '{', '[':
		depth := 0
		for i < len(b) {
			switch b[i] {
			case '"':
				if i = str(b, i); i < 0 {
					return -1
				}
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
		return -1
	}
	from := i
	for i < len(b) && b[i] != ',' && b[i] != '}' && b[i] != ']' && b[i] != ':' {
		i++
	}
	if i == from {
		return -1
	}
	return i
}

// str finds the end of the JSON string that begins at i, or -1.
func str(b []byte, i int) int {
	for i++; ; {
		q := bytes.IndexByte(b[i:], '"')
		if q < 0 {
			return -1
		}
		i += q
		n := 0
		for b[i-1-n] == '\\' {
			n++
		}
		if i++; n%2 == 0 {
			return i
		}
	}
}
