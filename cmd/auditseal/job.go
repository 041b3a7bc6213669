package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/account"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/fips"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/frameworks"
	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/frameworks/audit"
	"github.com/auditseal/auditseal/frameworks/strict"
	"github.com/auditseal/auditseal/report"
)

// defaultShare is how much of a published rate is used: AWS counts every caller of the account, its own services among them.
const defaultShare = 0.5

// Where a pack keeps what it was derived from, beside the tape.
const (
	auditFile        = "audit.yaml"
	runFile          = "run.json"
	evidenceDir      = "evidence"
	recordsDir       = "records"
	historyDir       = "history"
	manualDir        = "manual"
	exceptionsFile   = "inputs/exceptions.yaml"
	certificatesFile = "inputs/cmvp_certificates.csv"
)

// A job is an audit with its mappings and tables, loaded and checked whole.
type job struct {
	audit        *audit.Config
	raw          []byte // audit.yaml as it was read
	set          *frameworks.Set
	exceptions   []byte // nil where the audit names none
	accepted     []audit.Exception
	certificates []byte
	manual       string // the folder, empty where the audit names none
	dir          string // where audit.yaml stands: what it names is relative to it
}

func auditFlag(c *cobra.Command, file *string) {
	c.Flags().StringVarP(file, "config", "c", auditFile, "the audit: its scope, period and frameworks")
}

// load reads audit.yaml and everything that it names, relative to its folder.
func (a *app) load(file string) (*job, error) { return a.loadOver(file, "") }

// loadOver is load with another period in place of the file's, where one is given: the file is then used as if it said that.
func (a *app) loadOver(file, period string) (*job, error) {
	raw, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usage("write one with: auditseal init", "%s is not there", file)
	}
	if err != nil {
		return nil, usage("give the path of an audit.yaml with -c", "%w", err)
	}
	if period != "" {
		name, err := namedPeriod(period, a.now())
		if err != nil {
			return nil, err
		}
		if raw, err = audit.WithPeriod(file, raw, name); err != nil {
			return nil, mappingError(err)
		}
		a.say("period     %s; the pack's audit.yaml says so", name)
	}
	dir := filepath.Dir(file)
	read := func(name string) ([]byte, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		return os.ReadFile(name)
	}
	j := &job{raw: raw, certificates: fips.EmbeddedCertificates(), dir: dir}
	if j.audit, err = audit.Load(file, raw); err != nil {
		return nil, mappingError(err)
	}
	if j.set, err = frameworks.Load(j.audit.Frameworks, frameworks.Options{Kinds: collectors.Kinds(), Pasts: collectors.Pasts(), Read: read}); err != nil {
		return nil, mappingError(err)
	}
	if name := j.audit.Exceptions; name != "" {
		if j.exceptions, err = read(name); err != nil {
			return nil, usage("write the file, or take the line out", "%s: exceptions: %w", file, err)
		}
		if j.accepted, err = audit.LoadExceptions(name, j.exceptions); err != nil {
			return nil, mappingError(err)
		}
	}
	if name := j.audit.FIPSCertificates; name != "" {
		if j.certificates, err = read(name); err != nil {
			return nil, usage("write the file, or take the line out", "%s: fips-certificates: %w", file, err)
		}
		if _, err := fips.ParseCertificates(name, j.certificates); err != nil {
			return nil, usage("", "%w", err)
		}
	}
	if name := j.audit.Manual; name != "" {
		j.manual = name
		if !filepath.IsAbs(name) {
			j.manual = filepath.Join(dir, name)
		}
		if info, err := os.Stat(j.manual); err != nil || !info.IsDir() {
			return nil, usage("make the folder, or take the line out", "%s: manual: %q is not a folder", file, name)
		}
	}
	return j, nil
}

// loadPack reads the same things from a pack's folder, as it was used.
func loadPack(pack fs.FS) (*job, *report.Run, error) {
	run, err := report.ReadRun(pack)
	if err != nil {
		return nil, nil, err
	}
	j := &job{}
	if j.raw, err = fs.ReadFile(pack, auditFile); err != nil {
		return nil, nil, err
	}
	if j.audit, err = audit.Load(auditFile, j.raw); err != nil {
		return nil, nil, err
	}
	folder, err := fs.Sub(pack, frameworks.Folder)
	if err != nil {
		return nil, nil, err
	}
	if j.set, err = frameworks.LoadPack(folder, run.Frameworks, collectors.Kinds(), collectors.Pasts()...); err != nil {
		return nil, nil, err
	}
	if j.audit.Exceptions != "" {
		if j.exceptions, err = fs.ReadFile(pack, exceptionsFile); err != nil {
			return nil, nil, err
		}
		if j.accepted, err = audit.LoadExceptions(exceptionsFile, j.exceptions); err != nil {
			return nil, nil, err
		}
	}
	j.certificates, err = fs.ReadFile(pack, certificatesFile)
	return j, run, err
}

// scope is the audit's scope, but for the moment it is as of.
func (j *job) scope() evidence.Scope {
	s := j.audit.Scope(time.Time{})
	s.History, s.Delivery, s.HistoryControls, s.Changes = j.history(), j.audit.Delivery, j.historyControls(), j.changes()
	s.AsOf = time.Time{}
	if len(s.Regions) > 0 {
		s.Home = s.Regions[0]
	}
	return s
}

// historyControls are the Security Hub controls of tests over the period: AWS's own timeline of their findings is shown beside ours.
func (j *job) historyControls() []string {
	var out []string
	for _, t := range j.set.Tests {
		if t.Over == frameworks.Period {
			out = append(out, t.SecurityHub...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// history are the types whose past is read: those that audit.yaml names, or those that the tests over the period are about. Sorted.
func (j *job) history() []string {
	if !j.audit.HistoryOfTests {
		return j.audit.History
	}
	var out []string
	for _, p := range collectors.Pasts() {
		about := func(t *frameworks.Test) bool { return t.Over == frameworks.Period && t.Population == p.Kind }
		if slices.ContainsFunc(j.set.Tests, about) && !slices.Contains(out, p.Type) {
			out = append(out, p.Type)
		}
	}
	slices.Sort(out)
	return out
}

// open finds the caller's credentials, and the scope as of AWS's first answer: zero where the endpoint gave no date.
func (j *job) open(ctx context.Context) (*session, evidence.Scope, error) {
	sc := j.scope()
	s, err := openSession(ctx, sc.Home, j.audit.FIPSEndpoints, j.audit.Role, j.audit.ExternalID)
	if err != nil {
		return nil, sc, err
	}
	regions := sc.Regions
	if sc.Delivery != nil {
		regions = append(slices.Clone(regions), sc.Delivery.Region)
		if sc.Delivery.Athena != nil {
			regions = append(regions, sc.Delivery.Athena.Region)
		}
	}
	for _, r := range regions {
		if p := partitionOf(r); p != s.partition {
			return nil, sc, usage("one audit reads one partition: give the other one an audit.yaml of its own", "region %q lies in the partition %s, and the caller's credentials are of %s", r, p, s.partition)
		}
	}
	cols, _ := j.collectors()
	if s.policies, err = sessionPolicies(cols); err != nil {
		return nil, sc, err
	}
	sc.Home, sc.AsOf = s.home(sc.Home), s.began
	if j.audit.WholeOrganization {
		sc.Organization = &evidence.Organization{Lister: cmp.Or(j.audit.Lister, s.caller)}
	}
	return s, sc, nil
}

// describe starts run.json: everything about the run that is known before AWS is asked.
func (j *job) describe(sc evidence.Scope) *report.Run {
	r := &report.Run{Format: report.RunFormat, Tool: tool(), Organization: j.audit.Organization, PeriodName: j.audit.Period.Name(), Scope: sc,
		Role: j.audit.Role, FIPSEndpoints: j.audit.FIPSEndpoints, Redact: j.redactions()}
	for _, f := range j.set.Frameworks {
		r.Frameworks = append(r.Frameworks, f.ID)
	}
	cols, _ := j.collectors()
	for _, c := range cols {
		r.Collectors = append(r.Collectors, c.Name())
	}
	slices.Sort(r.Collectors)
	return r
}

// redactions are the sets and pointers as audit.yaml spells them.
func (j *job) redactions() []string {
	var out []string
	if j.audit.RedactIdentity {
		out = append(out, "identity")
	}
	return append(out, j.audit.RedactPointers...)
}

// redactor is what audit.yaml asks to be taken out at capture.
func (j *job) redactor() (tape.Redactor, error) {
	r := tape.Redactor{Identity: j.audit.RedactIdentity}
	for _, s := range j.audit.RedactPointers {
		p, err := tape.ParsePointer(s)
		if err != nil {
			return r, usage("", "%s: %w", auditFile, err)
		}
		// A pointer into an operation that is never called would redact nothing, and nobody would know.
		if asked := calledOperations(); !slices.Contains(asked, p.Service+":"+p.Operation) {
			return r, usage("", "%s: redact %q: no collector calls %s:%s; %s", auditFile, s, p.Service, p.Operation, strict.DidYouMean(p.Service+":"+p.Operation, asked))
		}
		r.Pointers = append(r.Pointers, p)
	}
	return r, nil
}

// collectors are those that the audit's frameworks need: whatever makes the populations of their tests and the verdicts that stand
// beside them, the history that the audit names, and the organization where it is what is audited.
func (j *job) collectors() ([]collectors.Collector, []collectors.Deriver) {
	var kinds []string
	for _, t := range j.set.Tests {
		if t.Population != "" {
			kinds = append(kinds, t.Population)
		}
		if len(t.SecurityHub)+len(t.ConfigRules) > 0 {
			kinds = append(kinds, "securityhub.control", "config.rule_compliance")
		}
	}
	if len(j.history()) > 0 {
		kinds = append(kinds, "config.configuration_item", "config.recording")
		switch d := j.audit.Delivery; {
		case d != nil && d.Athena != nil:
			kinds = append(kinds, queryKind)
		case d != nil:
			kinds = append(kinds, fileKind)
		}
	}
	if j.changes() > 0 {
		kinds = append(kinds, changeKind)
	}
	if j.audit.WholeOrganization {
		kinds = append(kinds, "organizations.account")
	}
	return collectors.For(kinds)
}

// kinds are the populations of those.
func (j *job) kinds() []evidence.Kind { return collectors.KindsOf(j.collectors()) }

// calledOperations are all that the collectors may call, as service:Operation.
func calledOperations() []string {
	var out []string
	for _, c := range collectors.All() {
		for _, op := range c.Operations() {
			out = append(out, op.Service+":"+op.Name)
		}
	}
	return out
}

// put writes what the job was loaded from into the pack's folder, exactly as it is used.
func (j *job) put(dir string) error {
	files := map[string][]byte{auditFile: j.raw, certificatesFile: j.certificates}
	if j.exceptions != nil {
		files[exceptionsFile] = j.exceptions
	}
	for _, f := range j.set.Files {
		files[f.Path] = f.Data
	}
	for name, data := range files {
		if err := writeFile(filepath.Join(dir, filepath.FromSlash(name)), data); err != nil {
			return err
		}
	}
	if j.manual == "" {
		return nil
	}
	if err := os.RemoveAll(filepath.Join(dir, manualDir)); err != nil {
		return err
	}
	return copyTree(os.DirFS(j.manual), ".", filepath.Join(dir, manualDir))
}

func writeFile(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o644)
}

// derive runs the collectors over the tape, live or replayed, and ends run.json with who was seen to ask.
func (j *job) derive(ctx context.Context, dir string, run *report.Run, tp *tape.Tape, s *session, share float64, tell func(collectors.Progress)) error {
	redact, err := j.redactor()
	if err != nil {
		return err
	}
	r := collectors.Run{Scope: run.Scope, Begun: run.Began, Tape: tp, Redact: redact, Limits: tape.NewLimits(share), Dir: dir, Progress: tell,
		Inputs: map[string][]byte{filepath.Base(certificatesFile): j.certificates}}
	r.Collectors, r.Derivers = j.collectors()
	if run.Shard != nil {
		r.Shard, r.Limits.Shards = &run.Shard.Shard, run.Shard.Of
	}
	if run.Scope.Changes > 0 {
		r.Moments = func() ([]evidence.Moment, error) { return j.moments(dir, run) }
	}
	if s != nil {
		r.Session = s.account
	} else if err := j.follows(ctx, run, r); err != nil {
		return err
	}
	if err := r.Do(ctx); err != nil {
		return err
	}
	if s == nil {
		if err := dated(dir, run); err != nil {
			return err
		}
	}
	accounts := run.Scope.Accounts
	if run.Shard != nil {
		accounts = run.Shard.Accounts(accounts)
	}
	if run.Callers, err = callers(dir, accounts); err != nil {
		return err
	}
	return report.WriteRun(filepath.Join(dir, runFile), run)
}

// follows holds run.json against audit.yaml, and the accounts in it against the list of the organization's accounts on the tape that they
// were taken from: a scope that shrank on the way would leave out in silence what was to be read.
func (j *job) follows(ctx context.Context, run *report.Run, r collectors.Run) error {
	asked := j.scope()
	want, got := j.describe(asked), run.Scope
	for _, x := range []struct {
		what string
		same bool
	}{
		{"organization", run.Organization == want.Organization},
		{"period", got.Period == asked.Period && run.PeriodName == want.PeriodName},
		{"frameworks", slices.EqualFunc(run.Frameworks, j.audit.Frameworks, func(id, ref string) bool {
			ext := path.Ext(ref)
			return id == ref || ext == ".yaml" || ext == ".yml" // a file of one's own tells its id itself
		})},
		{"collectors", slices.Equal(run.Collectors, want.Collectors)},
		{"scope.organization", (got.Organization != nil) == j.audit.WholeOrganization},
		{"scope.lister", got.Organization == nil || j.audit.Lister == "" || got.Organization.Lister == j.audit.Lister},
		{"scope.accounts", got.Organization != nil || slices.Equal(got.Accounts, asked.Accounts)},
		{"scope.exclude", got.Organization != nil || slices.Equal(got.Excluded, asked.Excluded)},
		{"scope.regions", slices.Equal(got.Regions, asked.Regions) && (asked.Home == "" || got.Home == asked.Home)},
		{"scope.role", run.Role == want.Role},
		{"history", slices.Equal(got.History, asked.History)},
		{"changes", got.Changes == asked.Changes},
		{"scope.history_controls", slices.Equal(got.HistoryControls, asked.HistoryControls)},
		{"history-from", sameDelivery(got.Delivery, asked.Delivery)},
		{"fips-endpoints", run.FIPSEndpoints == want.FIPSEndpoints},
		{"redact", slices.Equal(run.Redact, want.Redact)},
	} {
		if !x.same {
			return fmt.Errorf("%s: %s is not what %s asks for", runFile, x.what, auditFile)
		}
	}
	if got.Organization == nil {
		return nil
	}
	// Those whose state kept them out are found again.
	r.Scope.Excluded = asked.Excluded
	sc, err := r.Discover(ctx)
	if err != nil {
		return err
	}
	if !slices.Equal(sc.Accounts, got.Accounts) || !slices.Equal(sc.Excluded, got.Excluded) {
		return fmt.Errorf("%s: the accounts are not those that follow from the organization's list on the tape: %d to be read and %d left out, where the tape gives %d and %d", runFile,
			len(got.Accounts), len(got.Excluded), len(sc.Accounts), len(sc.Excluded))
	}
	return nil
}

// dated holds the moments in run.json that ages are counted to, and that questions to AWS hang on, against the first account's answer of who
// asks: one, or one a shard. A run begins with that moment; one that was gone on with may have lost the answers of its first days.
func dated(dir string, run *report.Run) error {
	kind := evidence.KindOf[account.Caller]("")
	first := map[int]time.Time{} // by shard
	of := func(account string) int { return evidence.ShardOf(account, max(len(run.Shards), 1)) }
	err := assess.OpenRecords(os.DirFS(filepath.Join(dir, recordsDir)), []evidence.Kind{kind}).Each(kind.Name, func(r evidence.Record) error {
		shard, at := of(r.Header().Account), r.Header().Collected
		if have := first[shard]; have.IsZero() || at.Before(have) {
			first[shard] = at
		}
		return nil
	})
	if err != nil {
		return err
	}
	check := func(what string, asOf, first time.Time, resumed bool) error {
		const day = 24 * time.Hour
		if !first.IsZero() && (asOf.After(first.Add(day)) || !resumed && asOf.Before(first.Add(-day))) {
			return fmt.Errorf("%s: %s is %s, and AWS's first answer on the tape is of %s", runFile, what, asOf.Format(time.RFC3339), first.Format(time.RFC3339))
		}
		return nil
	}
	if len(run.Shards) == 0 {
		return check("scope.as_of", run.Scope.AsOf, first[1], run.Resumed)
	}
	for _, s := range run.Shards {
		if err := check(fmt.Sprintf("as_of of shard %d", s.Index), s.AsOf, first[s.Index], s.Resumed || run.Resumed); err != nil {
			return err
		}
	}
	return nil
}

// zipOf is the ZIP of a pack's folder, beside it.
func zipOf(dir string) string {
	dir = filepath.Clean(dir)
	if base := filepath.Base(dir); base == "." || base == ".." {
		if whole, err := filepath.Abs(dir); err == nil {
			dir = whole
		}
	}
	return dir + ".zip"
}

// fresh refuses a folder that holds a sealed pack, or files that are not ours.
func fresh(dir string) error {
	if dir == "" {
		return usage("name the pack's folder", "--out is empty")
	}
	if _, err := os.Stat(filepath.Join(dir, "manifest.json")); err == nil {
		return usage("choose another folder with --out", "%s holds a sealed pack, which is never changed", dir)
	}
	// The ZIP may be all that is left of a pack that someone relies on.
	if _, err := os.Lstat(zipOf(dir)); err == nil {
		return usage("choose another folder with --out, or move the file away", "%s is there already, and was left alone", zipOf(dir))
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return usage("choose another folder with --out", "%s is a file, where the pack's folder is meant", dir)
	}
	entries, err := os.ReadDir(dir)
	// A run that was killed at its very beginning leaves no more than half of its first file.
	if errors.Is(err, fs.ErrNotExist) || err == nil && (len(entries) == 0 || len(entries) == 1 && entries[0].Name() == runFile+".tmp") {
		return nil
	}
	if err != nil {
		return usage("choose another folder with --out", "%w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, runFile)); err != nil {
		return usage("choose an empty folder with --out", "%s holds files that are not a pack of ours", dir)
	}
	return nil
}

// copyTree copies a folder of a file system to disk. Links and devices are refused: a pack holds files.
func copyTree(from fs.FS, root, to string) error {
	return fs.WalkDir(from, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(filepath.FromSlash(root), filepath.FromSlash(name))
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		if !d.Type().IsRegular() {
			return fmt.Errorf("%s is a link or a device; put the file itself there", name)
		}
		return copyFile(from, name, target)
	})
}
