package main

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/auditseal/auditseal/collectors/account"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
)

func copyFile(from fs.FS, name, target string) error {
	in, err := from.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	out, err := os.Create(target)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// callers are the identities that asked, from the records; an account whose identity could not be read says why.
func callers(dir string, accounts []string) ([]report.Caller, error) {
	found := map[string]report.Caller{}
	pack := os.DirFS(dir)
	kind := evidence.KindOf[account.Caller]("")
	folder, err := fs.Sub(pack, "records")
	if err != nil {
		return nil, err
	}
	err = assess.OpenRecords(folder, []evidence.Kind{kind}).Each(kind.Name, func(r evidence.Record) error {
		c := r.(*account.Caller)
		found[c.Account] = report.Caller{Account: c.Account, ARN: c.ARN, UserID: c.UserID}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for l, err := range report.LedgerLines(pack) {
		if err != nil {
			return nil, err
		}
		if g := l.Gap; g != nil && g.Collector == "account" && found[g.Account].ARN == "" && found[g.Account].Failure == "" {
			found[g.Account] = report.Caller{Account: g.Account, Failure: g.Service + ":" + g.Operation + " " + g.Code}
		}
	}
	var out []report.Caller
	for _, a := range accounts {
		c, ok := found[a]
		if !ok {
			c = report.Caller{Account: a, Failure: "not asked"}
		}
		out = append(out, c)
	}
	return out, nil
}

// fill writes a file whole or not at all. What a killed process left of it is written over.
func fill(name string, with func(io.Writer) error) error {
	f, err := os.Create(name + ".tmp")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	w := bufio.NewWriterSize(f, 1<<16)
	if err := errors.Join(with(w), w.Flush(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
