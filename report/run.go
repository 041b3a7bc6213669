package report

import (
	"fmt"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// RunFormat is the version of run.json. A reader refuses one it does not know.
const RunFormat = 1

// A Run is run.json: everything about a run that deriving and reporting need beside the tape and the mappings. The command
// writes it when collection ends; nothing in it is read from the machine's clock but Scope.AsOf.
type Run struct {
	Format int  `json:"format"`
	Tool   Tool `json:"tool"`
	// Organization is the name in audit.yaml.
	Organization string `json:"organization"`
	// Title is the period as audit.yaml spells it, "2026-Q3"; empty where it gives from and to.
	PeriodName string         `json:"period_name,omitempty"`
	Scope      evidence.Scope `json:"scope"`
	// Role is the role assumed in each account; empty where the caller's own credentials were used.
	Role string `json:"role,omitempty"`
	// FIPSEndpoints says that FIPS endpoints were asked for. Which endpoint answered stands on each exchange.
	FIPSEndpoints bool `json:"fips_endpoints"`
	// Redact are the sets and JSON pointers that audit.yaml names.
	Redact []string `json:"redact,omitempty"`
	// Frameworks are the ids of the frameworks, in the order of audit.yaml.
	Frameworks []string `json:"frameworks,omitempty"`
	// Collectors are the names of those that ran, sorted.
	Collectors []string `json:"collectors"`
	// Callers are the identities that asked, one an account, sorted by account.
	Callers []Caller `json:"callers"`
	// Resumed says that part of the tape was recorded by an earlier, interrupted run.
	Resumed bool `json:"resumed,omitempty"`
	// Shard is set where the folder is a part of a run: one shard's. It can be neither assessed nor sealed.
	Shard *Shard `json:"shard,omitempty"`
	// Shards are those that the tape was merged from, in order of index; nil where one process collected all. Scope.AsOf is then the
	// moment that the earliest of them began at.
	Shards []MergedShard `json:"shards,omitempty"`
}

// A Shard says which part of the scope's accounts a folder holds.
type Shard struct {
	evidence.Shard
	// Tape is what is on the tape of a shard that has ended; nil where it has not.
	Tape *Tape `json:"tape,omitempty"`
}

// A MergedShard is a shard that was merged: the accounts with evidence.ShardOf(account, number of shards) == Index.
type MergedShard struct {
	Index int `json:"index"`
	// AsOf is the moment at which this shard began. What its accounts were asked hangs on it.
	AsOf time.Time `json:"as_of"`
	// Resumed says that this shard was interrupted.
	Resumed bool `json:"resumed,omitempty"`
	// Tape is what its tape held. It stands in the pack's evidence folder, among what was asked after the merge.
	Tape Tape `json:"tape"`
}

// A Tape tells one tape from another.
type Tape struct {
	Files     int   `json:"files"`
	Exchanges int   `json:"exchanges"`
	Bytes     int64 `json:"bytes"`
	// SHA256 is the digest of what `sha256sum` prints of the tape's files in the order of their names, with paths inside the evidence folder.
	SHA256 evidence.Digest `json:"sha256"`
}

// Began is when collection began in an account.
func (r Run) Began(account string) time.Time {
	if n := len(r.Shards); n > 0 {
		return r.Shards[evidence.ShardOf(account, n)-1].AsOf
	}
	return r.Scope.AsOf
}

// A Tool is the program that ran.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Go      string `json:"go"`
}

func (t Tool) String() string { return t.Name + " " + t.Version }

// A Caller is who asked in an account, as sts:GetCallerIdentity answered.
type Caller struct {
	Account string `json:"account"`
	// ARN is empty where the identity could not be read; Failure then says why.
	ARN     string `json:"arn"`
	UserID  string `json:"user_id,omitempty"`
	Failure string `json:"failure,omitempty"`
}

// Check reports what makes a run unusable.
func (r Run) Check() error {
	switch {
	case r.Format != RunFormat:
		return fmt.Errorf("format %d is not one this build knows (%d); use the release that made the pack", r.Format, RunFormat)
	case r.Organization == "":
		return fmt.Errorf("organization is empty")
	case r.Tool.Name == "" || r.Tool.Version == "":
		return fmt.Errorf("tool has no name or version")
	case r.Scope.Period.IsZero() || !r.Scope.Period.From.Before(r.Scope.Period.To):
		return fmt.Errorf("scope has no period, or one that ends before it begins: %s", r.Scope.Period)
	case r.Scope.AsOf.IsZero():
		return fmt.Errorf("scope has no as_of")
	case r.Shard != nil && len(r.Shards) > 0:
		return fmt.Errorf("it is a shard, and merged from shards: it can't be both")
	case r.Shard != nil:
		return r.Shard.Check()
	case len(r.Shards) > evidence.MaxShards:
		return fmt.Errorf("it is merged from %d shards, where no more than %d can be", len(r.Shards), evidence.MaxShards)
	}
	var first time.Time
	for i, s := range r.Shards {
		if s.Index != i+1 || s.AsOf.IsZero() {
			return fmt.Errorf("shards: entry %d is of shard %d, or has no as_of", i+1, s.Index)
		}
		if first.IsZero() || s.AsOf.Before(first) {
			first = s.AsOf
		}
	}
	if len(r.Shards) > 0 && !first.Equal(r.Scope.AsOf) {
		return fmt.Errorf("scope.as_of is %s, and the first of its shards began at %s", r.Scope.AsOf.Format(time.RFC3339), first.Format(time.RFC3339))
	}
	return nil
}
