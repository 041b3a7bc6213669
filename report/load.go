package report

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// Load reads a pack's folder: run.json, assessment.json, gaps.jsonl, records/, evidence/ and, where there are any, timeline.jsonl and manual/.
// kinds are those of every collector. Each population's file is read once and must be as long, and have the digest, that the
// assessment says. The Document reads the folder again whenever a renderer ranges over a stream.
func Load(fsys fs.FS, kinds []evidence.Kind) (*Document, error) {
	in := Input{Kinds: kinds}
	if err := readStrict(fsys, "run.json", &in.Run); err != nil {
		return nil, err
	}
	a, err := readAssessment(fsys)
	if err != nil {
		return nil, err
	}
	in.Assessment, in.Assessed, in.Findings = a.Assessment, a.digest, a.of
	for _, p := range a.Populations {
		if err := checkRecords(fsys, p.Kind, p.Size, p.SHA256); err != nil {
			return nil, err
		}
	}
	in.Records = func(k evidence.Kind) iter.Seq2[evidence.Record, error] { return records(fsys, k) }
	if in.Timeline, err = readTimeline(fsys, a.Tests); err != nil {
		return nil, err
	}
	in.Ledger = ledgerLines(fsys)
	t, err := openTape(fsys)
	if err != nil {
		return nil, err
	}
	in.Exchanges, in.FileDigest = t.exchanges(), t.digest
	if in.Supplied, err = readSupplied(fsys); err != nil {
		return nil, err
	}
	return New(in)
}

func ledgerLines(fsys fs.FS) iter.Seq2[evidence.LedgerLine, error] {
	const name = "gaps.jsonl"
	return func(yield func(evidence.LedgerLine, error) bool) {
		for l, err := range lines(fsys, name, nil) {
			var x evidence.LedgerLine
			if err == nil {
				if err = decodeStrict(l.text, &x); err != nil {
					err = fmt.Errorf("%s:%d: %w", name, l.number, err)
				}
			}
			if err != nil {
				yield(evidence.LedgerLine{}, err)
				return
			}
			if !yield(x, nil) {
				return
			}
		}
	}
}

func records(fsys fs.FS, k evidence.Kind) iter.Seq2[evidence.Record, error] {
	name := "records/" + k.Name + ".jsonl"
	return func(yield func(evidence.Record, error) bool) {
		for l, err := range lines(fsys, name, nil) {
			r := k.New()
			if err == nil {
				if err = decodeStrict(l.text, r); err != nil {
					err = fmt.Errorf("%s:%d: %w", name, l.number, err)
				}
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// checkRecords holds a population's file to what the assessment says of it: counts must reconcile.
func checkRecords(fsys fs.FS, kind string, size int, want evidence.Digest) error {
	name := "records/" + kind + ".jsonl"
	h := sha256.New()
	n := 0
	for _, err := range lines(fsys, name, h) {
		if err != nil {
			return err
		}
		n++
	}
	if n != size {
		return fmt.Errorf("%s has %d records, assessment.json counts %d", name, n, size)
	}
	if got := evidence.Digest(h.Sum(nil)); got != want {
		return fmt.Errorf("%s has the SHA-256 %s, assessment.json says %s", name, got, want)
	}
	return nil
}

func fileDigest(fsys fs.FS, name string) (evidence.Digest, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return evidence.Digest{}, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return evidence.Digest{}, err
	}
	return evidence.Digest(h.Sum(nil)), nil
}

// ManualIndex is the file under manual/ in which people say what they supplied. It may be missing: each file is then listed
// without an owner.
const ManualIndex = "manual/manual.yaml"

// readSupplied lists the files under manual/ with what manual.yaml says of them. An entry without its file is an error: a
// report must not name evidence that is not there.
func readSupplied(fsys fs.FS) ([]Supplied, error) {
	var index struct {
		Files []struct {
			File      string   `yaml:"file"`
			Answers   []string `yaml:"answers"`
			Owner     string   `yaml:"owner"`
			Effective string   `yaml:"effective"`
			Expires   string   `yaml:"expires"`
			Note      string   `yaml:"note"`
		} `yaml:"files"`
	}
	b, err := fs.ReadFile(fsys, ManualIndex)
	if err == nil {
		d := yaml.NewDecoder(bytes.NewReader(b))
		d.KnownFields(true)
		if err := d.Decode(&index); err != nil && err != io.EOF {
			return nil, fmt.Errorf("%s: %w", ManualIndex, err)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	at := map[string]int{}
	for i, f := range index.Files {
		name := path.Join("manual", f.File)
		if f.File == "" || !strings.HasPrefix(name, "manual/") || !fs.ValidPath(name) {
			return nil, fmt.Errorf("%s: entry %d: %q is not a file below manual/", ManualIndex, i+1, f.File)
		}
		if _, twice := at[name]; twice {
			return nil, fmt.Errorf("%s: entry %d: %q stands twice", ManualIndex, i+1, f.File)
		}
		at[name] = i
	}
	var out []Supplied
	err = fs.WalkDir(fsys, "manual", func(name string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == "manual" {
			return fs.SkipAll
		}
		if err != nil || e.IsDir() || name == ManualIndex {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		s := Supplied{File: name, Size: info.Size()}
		if s.SHA256, err = fileDigest(fsys, name); err != nil {
			return err
		}
		if i, ok := at[name]; ok {
			f := index.Files[i]
			s.Answers, s.Owner, s.Effective, s.Expires, s.Note = f.Answers, f.Owner, f.Effective, f.Expires, f.Note
			delete(at, name)
		}
		out = append(out, s)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var lost []string
	for name := range at {
		lost = append(lost, name)
	}
	if sort.Strings(lost); len(lost) > 0 {
		return nil, fmt.Errorf("%s names %q, which is not there", ManualIndex, lost[0])
	}
	return out, nil
}
