package report

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
)

const assessmentFile = "assessment.json"

// An assessmentRead is assessment.json without the findings: a test may have as many of them as there are records, so they are
// counted, the first Shown are kept, and the rest is read again from where it stands.
type assessmentRead struct {
	assess.Assessment
	digest   evidence.Digest
	findings map[string][2]Findings // by test: exceptions, unknowns
}

func (a *assessmentRead) of(test string) (exceptions, unknowns Findings) {
	f := a.findings[test]
	for i := range f {
		if f[i].All == nil {
			f[i] = findingsOf(nil)
		}
	}
	return f[0], f[1]
}

func readAssessment(fsys fs.FS) (*assessmentRead, error) {
	f, err := fsys.Open(assessmentFile)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	r := io.TeeReader(bufio.NewReaderSize(f, 1<<18), h)
	a := &assessmentRead{findings: map[string][2]Findings{}}
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	err = a.read(fsys, d)
	if err == nil {
		if _, err = d.Token(); err == io.EOF {
			err = nil
		} else if err == nil {
			err = errors.New("more follows the value")
		}
	}
	if err != nil {
		at := d.InputOffset()
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			at = syntax.Offset
		}
		return nil, fmt.Errorf("%s:%d: %w", assessmentFile, lineAt(fsys, assessmentFile, at), err)
	}
	a.digest = evidence.Digest(h.Sum(nil))
	return a, nil
}

// lineAt counts the lines up to an offset; it is called once something is wrong.
func lineAt(fsys fs.FS, name string, offset int64) int {
	f, err := fsys.Open(name)
	if err != nil {
		return 0
	}
	defer f.Close()
	n, r := 1, bufio.NewReader(io.LimitReader(f, offset))
	for {
		b, err := r.ReadByte()
		if err != nil {
			return n
		}
		if b == '\n' {
			n++
		}
	}
}

func (a *assessmentRead) read(fsys fs.FS, d *json.Decoder) error {
	var rest bytes.Buffer
	var tests []assess.TestResult
	err := object(d, &rest, map[string]func() error{"tests": func() error {
		return array(d, func() error {
			t, err := a.readTest(fsys, d)
			tests = append(tests, t)
			return err
		})
	}})
	if err != nil {
		return err
	}
	if err := decodeStrict(rest.Bytes(), &a.Assessment); err != nil {
		return err
	}
	if a.Tests != nil {
		return errors.New("tests under a misspelt name")
	}
	a.Tests = tests
	return nil
}

func (a *assessmentRead) readTest(fsys fs.FS, d *json.Decoder) (assess.TestResult, error) {
	var rest bytes.Buffer
	var found [2]Findings
	list := func(f *Findings) func() error {
		return func() error {
			offset := d.InputOffset()
			f.All = findingsAt(fsys, offset)
			return array(d, func() error {
				var x assess.Finding
				if err := d.Decode(&x); err != nil {
					return err
				}
				f.Count++
				f.tally(x)
				if len(f.First) < Shown {
					f.First = append(f.First, x)
				}
				return nil
			})
		}
	}
	var t assess.TestResult
	err := object(d, &rest, map[string]func() error{"exceptions": list(&found[0]), "unknowns": list(&found[1])})
	if err != nil {
		return t, err
	}
	if err := decodeStrict(rest.Bytes(), &t); err != nil {
		return t, err
	}
	if t.Exceptions != nil || t.Unknowns != nil {
		return t, fmt.Errorf("test %q: findings under a misspelt name", t.ID)
	}
	for i := range found {
		if found[i].All == nil {
			found[i] = findingsOf(nil)
		}
	}
	a.findings[t.ID] = found
	return t, nil
}

// findingsAt reads a list of findings again. The file may lie in a ZIP, so it is read up to the offset where it can't seek.
func findingsAt(fsys fs.FS, offset int64) iter.Seq2[assess.Finding, error] {
	return func(yield func(assess.Finding, error) bool) {
		fail := func(err error) { yield(assess.Finding{}, fmt.Errorf("%s: %w", assessmentFile, err)) }
		f, err := fsys.Open(assessmentFile)
		if err != nil {
			fail(err)
			return
		}
		defer f.Close()
		if s, ok := f.(io.Seeker); ok {
			_, err = s.Seek(offset, io.SeekStart)
		} else {
			_, err = io.CopyN(io.Discard, f, offset)
		}
		r := bufio.NewReaderSize(f, 1<<16)
		for b := byte(0); err == nil && b != ':'; {
			b, err = r.ReadByte()
		}
		if err != nil {
			fail(err)
			return
		}
		d := json.NewDecoder(r)
		d.DisallowUnknownFields()
		stop := errors.New("stop")
		err = array(d, func() error {
			var x assess.Finding
			if err := d.Decode(&x); err != nil {
				return err
			}
			if !yield(x, nil) {
				return stop
			}
			return nil
		})
		if err != nil && err != stop {
			fail(err)
		}
	}
}

// object reads an object whose members with a handler are read by it; the others are put together again in rest.
func object(d *json.Decoder, rest *bytes.Buffer, handlers map[string]func() error) error {
	if err := delim(d, '{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	rest.WriteByte('{')
	for d.More() {
		tok, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := tok.(string)
		if seen[name] {
			return fmt.Errorf("member %q stands twice", name)
		}
		seen[name] = true
		if handle := handlers[name]; handle != nil {
			if err := handle(); err != nil {
				return err
			}
			continue
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		if rest.Len() > 1 {
			rest.WriteByte(',')
		}
		key, err := json.Marshal(name)
		if err != nil {
			return err
		}
		rest.Write(key)
		rest.WriteByte(':')
		rest.Write(raw)
	}
	rest.WriteByte('}')
	return delim(d, '}')
}

// array reads an array, or null, whose members are read by each.
func array(d *json.Decoder, each func() error) error {
	tok, err := d.Token()
	if err != nil || tok == nil {
		return err
	}
	if tok != json.Delim('[') {
		return fmt.Errorf("%v stands where a list belongs", tok)
	}
	for d.More() {
		if err := each(); err != nil {
			return err
		}
	}
	return delim(d, ']')
}

func delim(d *json.Decoder, want json.Delim) error {
	tok, err := d.Token()
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	if tok != want {
		return fmt.Errorf("%v stands where %q belongs", tok, want.String())
	}
	return nil
}
