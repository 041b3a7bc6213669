package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/report"
)

func (a *app) merge() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "merge DIR... --out DIR",
		Short: "Make one folder of the shards that collect --shard wrote",
		Long: `Put the shards of an audit together. DIR is a shard's folder, or the folder that holds all of them. AWS is not asked, the
shards are left as they are, and the same shards give the same folder, byte for byte, in whatever order they are named.

Nothing is merged where something could be missing or stand twice: a shard that is not there or has not ended, one that is
there twice, shards of different audits or versions, shards that were listed different accounts, a tape that was altered or
is not whole. auditseal run --out DIR goes on with the folder: what is on the tape is not asked again, but for calls that
nothing had settled; who changed what is asked now; then it assesses, reports and seals.` + exitText,
		Example: `  auditseal merge shards/2026-Q3 --out packs/2026-Q3
  auditseal run --out packs/2026-Q3`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("see "+c.CommandPath()+" --help", "merge takes the folders of shards, and was given none")
			}
			return nil
		},
		RunE: func(c *cobra.Command, dirs []string) error {
			if out != "" {
				release, err := a.lock(out)
				if err != nil {
					return err
				}
				defer release()
			}
			m, err := a.mergeShards(c.Context(), dirs, out)
			if err != nil {
				return err
			}
			a.say("next: auditseal run -c audit.yaml --out %s", out)
			return a.print(m, out+"\n")
		},
	}
	c.Flags().StringVar(&out, "out", "", "the merged folder; auditseal run --out goes on with it")
	return c
}

// merged is the result of merge.
type merged struct {
	OK        bool   `json:"ok"`
	Pack      string `json:"pack"`
	Shards    int    `json:"shards"`
	Accounts  int    `json:"accounts"`
	Exchanges int    `json:"exchanges"`
}

func (a *app) mergeShards(ctx context.Context, dirs []string, out string) (*merged, error) {
	if out == "" {
		return nil, usage("name the merged folder", "--out is empty")
	}
	dirs, err := shardFolders(dirs, out)
	if err != nil {
		return nil, err
	}
	var parts []*part
	for _, dir := range dirs {
		p, err := openPart(dir)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	slices.SortFunc(parts, func(x, y *part) int {
		return 2*(x.run.Shard.Index-y.run.Shard.Index) + strings.Compare(x.dir, y.dir)
	})
	if err := complete(parts); err != nil {
		return nil, err
	}
	if err := agree(parts); err != nil {
		return nil, err
	}
	for _, p := range parts {
		if err := p.follows(ctx); err != nil {
			return nil, err
		}
	}
	if err := sameListing(parts); err != nil {
		return nil, err
	}
	run := mergedRun(parts)
	m := &merged{OK: true, Pack: out, Shards: len(parts), Accounts: len(run.Scope.Accounts)}
	for _, p := range parts {
		m.Exchanges += p.run.Shard.Tape.Exchanges
	}
	switch already, err := mergedAlready(out, run); {
	case err != nil:
		return nil, err
	case already:
		a.say("merged     %s holds these %s already", out, count(len(parts), "shard"))
		return m, nil
	}
	if err := putTogether(ctx, parts, run, out); err != nil {
		return nil, err
	}
	a.say("merged     %s: %s, %s", count(len(parts), "shard"), count(m.Accounts, "account"), count(m.Exchanges, "exchange"))
	return m, nil
}

// shardFolders finds the folders of shards: each is named, or stands with the others in a folder that is named.
func shardFolders(dirs []string, out string) ([]string, error) {
	var found []string
	target, err := filepath.Abs(out)
	if err != nil {
		return nil, err
	}
	for _, dir := range dirs {
		if whole, err := filepath.Abs(dir); err != nil {
			return nil, err
		} else if rel, err := filepath.Rel(whole, target); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return nil, usage("choose a folder beside it with --out", "%s lies in %s, which is merged and left as it is", out, dir)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, usage("give the folders that auditseal collect --shard wrote", "%w", err)
		}
		if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == runFile }) {
			found = append(found, filepath.Clean(dir))
			continue
		}
		if len(entries) == 0 {
			return nil, usage("give the folders that auditseal collect --shard wrote", "%s is empty", dir)
		}
		for _, e := range entries {
			name := filepath.Join(dir, e.Name())
			if !e.IsDir() {
				return nil, usage("take it away, or name the shards' folders one by one", "%s is no folder of a shard", name)
			}
			found = append(found, name)
		}
	}
	return found, nil
}

// mergedRun is run.json of what is merged.
func mergedRun(parts []*part) *report.Run {
	run := *parts[0].run
	run.Shard, run.Callers, run.Resumed = nil, nil, false
	for _, p := range parts {
		r := p.run
		run.Shards = append(run.Shards, report.MergedShard{Index: r.Shard.Index, AsOf: r.Scope.AsOf, Resumed: r.Resumed, Tape: *r.Shard.Tape})
		run.Resumed = run.Resumed || r.Resumed
		// What was read of the accounts of one shard was asked as of its own beginning. As of the first of them all is known: of the time
		// after that, not of every account.
		if r.Scope.AsOf.Before(run.Scope.AsOf) {
			run.Scope.AsOf = r.Scope.AsOf
		}
	}
	return &run
}

// mergedAlready reports whether the folder holds these very shards. It refuses one that holds anything else.
func mergedAlready(out string, run *report.Run) (bool, error) {
	if err := fresh(out); err != nil {
		return false, err
	}
	old, err := report.ReadRun(os.DirFS(out))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, usage("choose another folder with --out", "%s: %w", out, err)
	}
	// Who asked, and that it was interrupted, are written when collection goes on.
	now := *run
	now.Callers, now.Resumed = old.Callers, old.Resumed
	if a, b := encoded(old), encoded(&now); a == "" || a != b {
		return false, usage("choose another folder with --out, or go on with that one: auditseal run --out "+out, "%s holds another run already", out)
	}
	return true, nil
}

func encoded(r *report.Run) string {
	b, err := json.Marshal(r)
	if err != nil {
		return ""
	}
	return string(b)
}

// putTogether writes the merged folder: whole, or not at all.
func putTogether(ctx context.Context, parts []*part, run *report.Run, out string) error {
	out, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	tmp := out + ".merging"
	if err := sweep(tmp); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(tmp, evidenceDir), 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	for _, p := range parts {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := p.copyTape(filepath.Join(tmp, evidenceDir)); err != nil {
			return err
		}
	}
	root, err := os.OpenRoot(parts[0].dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for name, want := range parts[0].given {
		target := filepath.Join(tmp, filepath.FromSlash(name))
		if err := copyFile(root.FS(), name, target); err != nil {
			return err
		}
		if got, err := fileDigest(os.DirFS(tmp), name); err != nil || got != want {
			return errors.Join(err, fmt.Errorf("%s: %s changed while it was read", parts[0], name))
		}
	}
	if err := report.WriteRun(filepath.Join(tmp, runFile), run); err != nil {
		return err
	}
	if err := os.Remove(out); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // an empty folder
	}
	return os.Rename(tmp, out)
}

// sweep removes what a merge that was killed left behind, and nothing else.
func sweep(tmp string) error {
	entries, err := os.ReadDir(tmp)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return usage("take it away", "%s is where the merged folder is made: %w", tmp, err)
	}
	for _, e := range entries {
		if !slices.Contains(shardFiles, e.Name()) && e.Name() != runFile+".tmp" {
			return usage("take it away", "%s is where the merged folder is made, and holds %q, which is not ours", tmp, e.Name())
		}
	}
	return os.RemoveAll(tmp)
}
