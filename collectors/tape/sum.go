package tape

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Summary tells one tape from another: how much is on it, and the digest of all of it.
type Summary struct {
	// Files, Exchanges and Bytes count what is on the tape.
	Files     int   `json:"files"`
	Exchanges int   `json:"exchanges"`
	Bytes     int64 `json:"bytes"`
	// SHA256 is the digest of what `sha256sum` prints of the files in the order of their names: a line a file, with its digest, two spaces
	// and its path inside the tape.
	SHA256 evidence.Digest `json:"sha256"`
}

// placeForm is where an exchange stands: <account>/<region>/<service>.jsonl.
var placeForm = regexp.MustCompile(`^([0-9]{12})/([a-z0-9-]{1,64})/([a-z0-9-]{1,64})\.jsonl$`)

// openFiles is how many files are read at once by Sum. What is in memory is a line of each.
const openFiles = 4

// Sum reads a whole tape as a stream and gives its summary, and the accounts that it holds something of, sorted. It refuses anything that Create would not have
// written: another name, a link, a line that was altered or cut off, that stands in the file of another account, region or service, or that
// stands twice. Where to is not empty, the tape is copied to that folder on the way, byte for byte.
func Sum(files fs.FS, to string) (Summary, []string, error) {
	var names []string
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			return fmt.Errorf("%q is a link or a device, which is no part of a tape", name)
		case !placeForm.MatchString(name):
			return fmt.Errorf("%q is no file of a tape, <account>/<region>/<service>.jsonl", name)
		}
		names = append(names, name)
		return nil
	})
	if err != nil {
		return Summary{}, nil, fmt.Errorf("tape: %w", err)
	}
	slices.Sort(names)
	type part struct {
		lines  int
		bytes  int64
		digest evidence.Digest
	}
	parts := make([]part, len(names))
	var g errgroup.Group
	g.SetLimit(openFiles)
	for i, name := range names {
		g.Go(func() (err error) {
			p := &parts[i]
			p.lines, p.bytes, p.digest, err = sumFile(files, name, to)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return Summary{}, nil, fmt.Errorf("tape: %w", err)
	}
	s := Summary{Files: len(names)}
	var accounts []string
	all := sha256.New()
	for i, name := range names {
		s.Exchanges += parts[i].lines
		s.Bytes += parts[i].bytes
		fmt.Fprintf(all, "%s  %s\n", parts[i].digest, name)
		account, _, _ := strings.Cut(name, "/")
		if n := len(accounts); n == 0 || accounts[n-1] != account {
			accounts = append(accounts, account)
		}
	}
	s.SHA256 = evidence.Digest(all.Sum(nil))
	return s, accounts, nil
}

// sumFile reads one file, and copies it where to is not empty.
func sumFile(files fs.FS, name, to string) (lines int, size int64, digest evidence.Digest, err error) {
	var w *bufio.Writer
	if to != "" {
		target := filepath.Join(to, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return 0, 0, digest, err
		}
		f, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if err != nil {
			return 0, 0, digest, err
		}
		w = bufio.NewWriterSize(f, 1<<16)
		defer func() { err = errors.Join(err, w.Flush(), f.Close()) }()
	}
	h := sha256.New()
	seen := map[uint64]bool{}
	err = readLines(files, name, func(l rawLine) error {
		ex, err := Decode(l.raw)
		if err == nil {
			err = belongs(ex, name)
		}
		var id uint64
		if err == nil {
			id, err = idOf(l.raw)
		}
		if err == nil && seen[id] {
			err = fmt.Errorf("evidence id %s stands twice", ex.ID)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", name, l.number, err)
		}
		seen[id] = true
		lines++
		size += int64(len(l.raw))
		h.Write(l.raw)
		if w != nil {
			_, err = w.Write(l.raw)
		}
		return err
	})
	if err == nil && lines == 0 {
		err = fmt.Errorf("%s: the file is empty", name)
	}
	return lines, size, evidence.Digest(h.Sum(nil)), err
}

// belongs holds an exchange against the file that it stands in, and its id against what the id is made of.
func belongs(ex *evidence.Exchange, name string) error {
	if place := path.Join(ex.Account, ex.Region, ex.Service) + ".jsonl"; place != name {
		return fmt.Errorf("%s belongs in %q", ex.ID, place)
	}
	if want := evidence.ExchangeID(ex.Account, ex.Region, ex.Collector, ex.Service, ex.Operation, ex.Request.Digest, ex.Sequence); ex.ID != want {
		return fmt.Errorf("its evidence id is %s, and what it was asked makes %s", ex.ID, want)
	}
	return nil
}
