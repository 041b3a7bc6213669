package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/report/pack"
)

// A part is one shard's folder.
type part struct {
	dir string
	run *report.Run
	// given are the files that the audit was loaded from, by name, with their digests.
	given map[string]evidence.Digest
}

// String names the shard and where it stands.
func (p *part) String() string { return fmt.Sprintf("%s (%s)", p.run.Shard, p.dir) }

// again is the command that collects the shard.
func again(s evidence.Shard) string {
	return fmt.Sprintf("auditseal collect --shard %d/%d", s.Index, s.Of)
}

// shardFiles are what a shard's folder may hold: files and folders.
var shardFiles = []string{auditFile, evidenceDir, "frameworks", "gaps.jsonl", "inputs", listingDir, manualDir, recordsDir, runFile}

// openPart reads what a shard's folder says of itself. Its tape is not read yet.
func openPart(dir string) (*part, error) {
	const hint = "give the folders that auditseal collect --shard wrote"
	if _, err := os.Lstat(filepath.Join(dir, pack.ManifestPath)); err == nil {
		return nil, usage(hint, "%s is a sealed pack, and no shard", dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, usage(hint, "%w", err)
	}
	defer root.Close()
	if _, err := root.Lstat(runFile); err != nil {
		return nil, usage(hint, "%s is no folder of a shard: there is no %s in it", dir, runFile)
	}
	p := &part{dir: dir, given: map[string]evidence.Digest{}}
	files := root.FS()
	if p.run, err = report.ReadRun(files); err != nil {
		return nil, usage(hint, "%s: %w", dir, err)
	}
	s := p.run.Shard
	if s == nil {
		return nil, usage(hint, "%s holds a whole audit, and no shard", dir)
	}
	if s.Tape == nil {
		return nil, &exitError{code: exitUnfinished, err: fmt.Errorf("%s has not ended", p), hint: "let it end with: " + again(s.Shard)}
	}
	if p.run.Tool != tool() {
		return nil, usage("merge them with the program that collected them", "%s was collected by %s (%s), and this is %s (%s)", p, p.run.Tool, p.run.Tool.Go, tool(), tool().Go)
	}
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		top, _, below := strings.Cut(name, "/")
		switch {
		case name == ".":
			return nil
		case !below && !slices.Contains(shardFiles, top):
			return fmt.Errorf("%q is nothing that collect wrote", name)
		case d.IsDir() && slices.Contains([]string{evidenceDir, listingDir, recordsDir}, name):
			return fs.SkipDir // the tape is looked through when it is read, records are made again
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			return fmt.Errorf("%q is a link or a device", name)
		case given(name) && name != runFile:
			p.given[name], err = fileDigest(files, name)
			return err
		}
		return nil
	})
	if err != nil {
		return nil, usage("take it away, or collect the shard again", "%s: %w", p, err)
	}
	return p, nil
}

func fileDigest(files fs.FS, name string) (evidence.Digest, error) {
	f, err := files.Open(name)
	if err != nil {
		return evidence.Digest{}, err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return evidence.Digest(h.Sum(nil)), err
}

// complete refuses shards that are missing, and those that are there twice.
func complete(parts []*part) error {
	n := parts[0].run.Shard.Of
	seen := map[int]*part{}
	for _, p := range parts {
		s := p.run.Shard
		if s.Of != n {
			return usage("merge the shards of one audit: all of them have the same number", "%s and %s are not of one audit", parts[0], p)
		}
		if other := seen[s.Index]; other != nil {
			return usage("name one of the two", "%s is there twice: in %s and in %s", s, other.dir, p.dir)
		}
		seen[s.Index] = p
	}
	var lost []string
	first := ""
	for i := 1; i <= n; i++ {
		if seen[i] == nil {
			s := evidence.Shard{Index: i, Of: n}
			if first == "" {
				first = again(s)
			}
			if len(lost) < 20 {
				held := s.Accounts(parts[0].run.Scope.Accounts)
				line := fmt.Sprintf("shard %d, which holds %s", i, count(len(held), "account"))
				if len(held) > 0 {
					line += ": " + some(held)
				}
				lost = append(lost, line)
			}
		}
	}
	if len(lost) == 0 {
		return nil
	}
	return &exitError{code: exitUnfinished, err: fmt.Errorf("%d of %d shards are missing:\n  %s", n-len(seen), n, strings.Join(lost, "\n  ")), hint: "collect them with the same audit.yaml: " + first}
}

// agree refuses shards that were not collected for the same audit.
func agree(parts []*part) error {
	one := parts[0]
	for _, p := range parts[1:] {
		if what := differs(reflect.ValueOf(common(one.run)), reflect.ValueOf(common(p.run)), ""); what != "" {
			return &exitError{code: exitUnfinished, err: fmt.Errorf("%s and %s are not of one audit: %s differs in %s", one, p, what, runFile),
				hint: "remove the one that is wrong, and collect it again with the same audit.yaml, role and home region"}
		}
		var names []string
		for name := range one.given {
			names = append(names, name)
		}
		for name := range p.given {
			if _, ok := one.given[name]; !ok {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		for _, name := range names {
			if one.given[name] != p.given[name] {
				return &exitError{code: exitUnfinished, err: fmt.Errorf("%s and %s are not of one audit: %s differs", one, p, name),
					hint: "remove the one that is wrong, and collect it again with the same audit.yaml, frameworks and files"}
			}
		}
	}
	return nil
}

// common is what all shards of an audit share in run.json: all but which shard it is, when it began, and what it was told of accounts.
func common(r *report.Run) report.Run {
	c := *r
	c.Shard, c.Callers, c.Resumed = nil, nil, false
	c.Scope.AsOf, c.Scope.Accounts, c.Scope.Excluded = c.Scope.Period.From, nil, nil
	if r.Scope.Organization == nil {
		c.Scope.Accounts, c.Scope.Excluded = r.Scope.Accounts, r.Scope.Excluded
	}
	return c
}

// differs names the first field in which two structs differ, by its name in JSON; "" where none does.
func differs(a, b reflect.Value, in string) string {
	for i := range a.NumField() {
		if reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			continue
		}
		name, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("json"), ",")
		if name == "scope" {
			return differs(a.Field(i), b.Field(i), "scope.")
		}
		return in + name
	}
	return ""
}

// follows holds what the shard says of its scope against audit.yaml, and the accounts against the list of the organization that it was given:
// both stand in its folder.
func (p *part) follows(ctx context.Context) error {
	broken := func(err error) error {
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		return &exitError{code: exitBroken, err: fmt.Errorf("%s: %w", p, err), hint: "it is not as it was collected: remove it, and collect it again: " + again(p.run.Shard.Shard)}
	}
	root, err := os.OpenRoot(p.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	j, _, err := loadPack(root.FS())
	if err != nil {
		return broken(err)
	}
	redact, err := j.redactor()
	if err != nil {
		return broken(err)
	}
	r := collectors.Run{Scope: p.run.Scope, Redact: redact}
	if o := p.run.Scope.Organization; o != nil {
		from := listingDir
		if p.run.Shard.Holds(o.Lister) {
			from = evidenceDir + "/" + o.Lister // no more is opened than what can hold the list
		}
		sub, err := fs.Sub(root.FS(), from)
		if err != nil {
			return broken(err)
		}
		if r.Tape, err = tape.Open(sub); err != nil {
			return broken(err)
		}
	}
	if err := j.follows(ctx, p.run, r); err != nil {
		return broken(err)
	}
	var asked []string
	for _, c := range p.run.Callers {
		asked = append(asked, c.Account)
	}
	if held := p.run.Shard.Accounts(p.run.Scope.Accounts); !slices.Equal(asked, held) {
		return broken(fmt.Errorf("%s says who asked in %s, and the shard holds %d", runFile, count(len(asked), "account"), len(held)))
	}
	return nil
}

// sameListing refuses shards that were told of different accounts: the organization changed between their starts, and an account that one of
// them does not know of would be missing in silence, or stand there without those that look at all accounts having looked at it. The newest
// list is the one to follow.
func sameListing(parts []*part) error {
	newest := parts[0]
	for _, p := range parts {
		if p.run.Scope.AsOf.After(newest.run.Scope.AsOf) {
			newest = p
		}
	}
	var lines []string
	var redo []string
	for _, p := range parts {
		missing, more := apart(newest.run.Scope.Accounts, p.run.Scope.Accounts)
		if len(missing)+len(more) == 0 && slices.Equal(newest.run.Scope.Excluded, p.run.Scope.Excluded) {
			continue
		}
		redo = append(redo, again(p.run.Shard.Shard))
		line := p.String() + " "
		switch {
		case len(missing) > 0 && len(more) > 0:
			line += "does not read " + some(missing) + ", and reads " + some(more)
		case len(missing) > 0:
			line += "does not read " + some(missing)
		case len(more) > 0:
			line += "reads " + some(more)
		default:
			line += "was told of other accounts to leave out"
		}
		lines = append(lines, line)
	}
	if len(redo) == 0 {
		return nil
	}
	return &exitError{code: exitUnfinished, err: fmt.Errorf("the organization changed while the shards were collected; unlike %s, whose list is the newest:\n  %s", newest, strings.Join(lines, "\n  ")),
		hint: "remove these folders, and collect them again: " + strings.Join(redo, "; ")}
}

// apart gives what stands in one list only. Both are sorted.
func apart(a, b []string) (inA, inB []string) {
	only := func(x, y []string) (out []string) {
		for _, v := range x {
			if _, ok := slices.BinarySearch(y, v); !ok {
				out = append(out, v)
			}
		}
		return out
	}
	return only(a, b), only(b, a)
}

// copyTape adds the shard's tape to the merged one. It has to be what the shard ended with, of all accounts that the shard holds, and of no
// other: so no file of two shards can meet.
func (p *part) copyTape(to string) error {
	wrong := func(format string, args ...any) error {
		return &exitError{code: exitBroken, err: fmt.Errorf("%s: %w", p, fmt.Errorf(format, args...)),
			hint: "it is not as it was collected: copy it again, or remove it and collect it again: " + again(p.run.Shard.Shard)}
	}
	entries, err := os.ReadDir(filepath.Join(p.dir, evidenceDir))
	if err != nil {
		return wrong("%w", err)
	}
	s := p.run.Shard
	for _, e := range entries {
		if !s.Holds(e.Name()) || !slices.Contains(p.run.Scope.Accounts, e.Name()) {
			return wrong("its evidence holds %q, which is no account of this shard", e.Name())
		}
	}
	sum, err := shardTape(p.dir, to)
	var system *fs.PathError
	if errors.As(err, &system) {
		return err // a full disk says nothing of the shard
	}
	if err != nil {
		return wrong("%w", err)
	}
	if held := s.Accounts(p.run.Scope.Accounts); !slices.Equal(sum.accounts, held) {
		lost, _ := apart(held, sum.accounts)
		return wrong("its tape holds nothing of %s: %s", count(len(lost), "account"), some(lost))
	}
	if sum.tape != *s.Tape {
		return wrong("its tape holds %s in %s (%d bytes, SHA-256 %s), and it ended with %s in %s (%d bytes, SHA-256 %s)", count(sum.tape.Exchanges, "exchange"), count(sum.tape.Files, "file"),
			sum.tape.Bytes, sum.tape.SHA256, count(s.Tape.Exchanges, "exchange"), count(s.Tape.Files, "file"), s.Tape.Bytes, s.Tape.SHA256)
	}
	return nil
}
