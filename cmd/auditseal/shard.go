package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/report"
)

// listingDir is the tape of what a shard asked to list the organization's accounts, where another shard holds the account that lists them: it
// is no part of the evidence that is merged, and shows that all shards read the same accounts.
const listingDir = "listing"

// shardFlags say which shard is meant.
type shardFlags struct {
	shard, from string
	shards      int
}

func (f *shardFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.shard, "shard", "", "collect one shard of the accounts: I/N, I counted from 1")
	c.Flags().IntVar(&f.shards, "shards", 0, "how many shards there are, where --shard-index-from tells which of them is meant")
	c.Flags().StringVar(&f.from, "shard-index-from", "", "the environment variable that holds the shard's index, counted from 0: AWS_BATCH_JOB_ARRAY_INDEX, JOB_COMPLETION_INDEX")
}

// given is the shard that is meant, nil where none is.
func (f *shardFlags) given(getenv func(string) string) (*evidence.Shard, error) {
	const both = "give --shard 1/4, or --shards 4 --shard-index-from NAME"
	switch {
	case f.shard != "" && (f.shards != 0 || f.from != ""):
		return nil, usage(both, "--shard stands beside --shards or --shard-index-from")
	case f.shard != "":
		s, err := evidence.ParseShard(f.shard)
		if err != nil {
			return nil, usage("", "--shard %w", err)
		}
		return &s, nil
	case f.from == "" && f.shards == 0:
		return nil, nil
	case f.from == "" || f.shards == 0:
		return nil, usage(both, "--shards and --shard-index-from go together, and one is missing")
	}
	text := getenv(f.from)
	i, err := strconv.Atoi(text)
	s := evidence.Shard{Index: i + 1, Of: f.shards}
	if err != nil || strconv.Itoa(i) != text || s.Check() != nil {
		return nil, usage("the variable holds the index counted from 0: 0 to one less than --shards, which is at most "+strconv.Itoa(evidence.MaxShards),
			"the environment variable %s is %q, which is no index of %s", f.from, text, count(f.shards, "shard"))
	}
	return &s, nil
}

// shardDir is the folder that collect writes to. Shards share --out, because one command line starts them all: each has a folder in it.
func shardDir(asked string, j *job, s *evidence.Shard) string {
	if s == nil {
		return outDir(asked, j)
	}
	if asked == "" {
		asked = outDir("", j) + ".shards"
	}
	return filepath.Join(asked, s.Folder())
}

func sameShard(a, b *report.Shard) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Shard == b.Shard
}

func whichShard(s *report.Shard) string {
	if s == nil {
		return "a whole audit"
	}
	return s.String()
}

// listed fills in the accounts of an organization that another shard's account lists. What is asked is kept apart.
func (a *app) listed(ctx context.Context, dir string, run *report.Run, r collectors.Run) error {
	tp, err := tape.Create(filepath.Join(dir, listingDir))
	if err != nil {
		return err
	}
	r.Tape = tp
	sc, err := discover(ctx, r)
	if err != nil {
		return errors.Join(err, tp.Close())
	}
	if _, err := tp.DropUnasked(); err != nil {
		return err
	}
	return a.found(dir, run, sc)
}

// endShard writes into run.json that the shard has ended, and what is on its tape.
func endShard(dir string, run *report.Run) error {
	sum, err := shardTape(dir, "")
	if err != nil {
		return err
	}
	run.Shard.Tape = &sum.tape
	return report.WriteRun(filepath.Join(dir, runFile), run)
}

type shardSum struct {
	tape     report.Tape
	accounts []string
}

// shardTape reads the whole tape of a shard, and copies it where to is not empty.
func shardTape(dir, to string) (shardSum, error) {
	root, err := os.OpenRoot(filepath.Join(dir, evidenceDir))
	if err != nil {
		return shardSum{}, err
	}
	defer root.Close()
	s, accounts, err := tape.Sum(root.FS(), to)
	if err != nil {
		return shardSum{}, fmt.Errorf("%s: %w", dir, err)
	}
	return shardSum{report.Tape(s), accounts}, nil
}
