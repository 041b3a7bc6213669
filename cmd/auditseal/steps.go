package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/frameworks"
	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/frameworks/audit"
	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/report/excel"
	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/pdf"
	"github.com/auditseal/auditseal/report/seal"
	"github.com/auditseal/auditseal/report/seal/pdfsign"
)

// The steps of a run. Each works on a pack's folder, from the files that the one before left there.

// collectLive asks AWS, or goes on where an earlier collect of the same audit was stopped. part is the shard of the accounts that is asked
// about; nil is all of them.
func (a *app) collectLive(ctx context.Context, j *job, dir string, rates float64, part *evidence.Shard) error {
	if !(rates >= 0 && rates <= 1) { // nor is what is no number
		return usage("AWS's published rate is 1; the default is 0.5, because AWS counts every caller of the account", "--rate-share %g is not between 0 and 1", rates)
	}
	if rates == 0 && os.Getenv("AWS_ENDPOINT_URL") == "" {
		return usage("give a share above 0", "--rate-share 0 asks without any limit, and AWS_ENDPOINT_URL names no server of your own: AWS would throttle you and everyone else in the account")
	}
	if err := fresh(dir); err != nil {
		return err
	}
	if _, err := j.redactor(); err != nil {
		return err
	}
	s, sc, err := j.open(ctx)
	if err != nil {
		return err
	}
	if sc.AsOf.IsZero() {
		sc.AsOf = a.now().UTC().Truncate(1e9)
	}
	run := j.describe(sc)
	if part != nil {
		run.Shard = &report.Shard{Shard: *part}
	}
	if err := resume(dir, run); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	// run.json comes first: by it a folder is known as a run of ours that can go on.
	if err := report.WriteRun(filepath.Join(dir, runFile), run); err != nil {
		return err
	}
	if err := j.put(dir); err != nil {
		return err
	}
	tp, err := tape.Create(filepath.Join(dir, evidenceDir))
	if err != nil {
		return err
	}
	if run.Resumed || len(run.Shards) > 0 {
		a.say("going on with %s: %d exchanges are on the tape already", dir, tp.Len())
	}
	if tp, err = a.members(ctx, j, dir, run, tp, s, rates); err != nil {
		return err
	}
	d := &doctor{j: j, s: s, scope: run.Scope}
	d.cols, _ = j.collectors()
	if part != nil {
		d.scope.Accounts = part.Accounts(run.Scope.Accounts)
		a.say("shard      %s holds %d of %s", part, len(d.scope.Accounts), count(len(run.Scope.Accounts), "account"))
	}
	if err := d.before(ctx); err != nil {
		return errors.Join(err, tp.Close())
	}
	for _, f := range d.found {
		if !f.OK {
			a.say("attention  %s: %s", f.Check, inert(f.Detail))
			a.say("           -> %s", f.Hint)
		}
	}
	bar := a.progress()
	err = j.derive(ctx, dir, run, tp, s, rates, bar.tell)
	bar.end()
	if err != nil {
		return errors.Join(err, tp.Close())
	}
	unasked, err := tp.DropUnasked()
	if err != nil {
		return err
	}
	if unasked > 0 {
		a.say("%d exchanges of the interrupted run were not asked for again, and were taken off the tape", unasked)
	}
	if part != nil {
		if err := endShard(dir, run); err != nil {
			return err
		}
	}
	return a.sayCollected(dir)
}

// resume takes over the moment that an interrupted collect began at, and refuses to mix two audits.
func resume(dir string, run *report.Run) error {
	old, err := report.ReadRun(os.DirFS(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return usage("choose another folder with --out", "%s: %w", dir, err)
	}
	same := old.Organization == run.Organization && old.Role == run.Role && old.Scope.Period == run.Scope.Period &&
		sameAccounts(old.Scope, run.Scope) && slices.Equal(old.Scope.Regions, run.Scope.Regions) &&
		slices.Equal(old.Scope.History, run.Scope.History) && slices.Equal(old.Scope.HistoryControls, run.Scope.HistoryControls) && old.Scope.Changes == run.Scope.Changes && sameDelivery(old.Scope.Delivery, run.Scope.Delivery) && old.FIPSEndpoints == run.FIPSEndpoints && slices.Equal(old.Redact, run.Redact)
	if !sameShard(old.Shard, run.Shard) {
		return usage("choose another folder with --out", "%s holds %s, where %s is meant", dir, whichShard(old.Shard), whichShard(run.Shard))
	}
	if !same {
		return usage("choose another folder with --out, or run the audit that it was begun with", "%s was begun with another scope", dir)
	}
	run.Scope.AsOf, run.Scope.Home, run.Shards, run.Resumed = old.Scope.AsOf, old.Scope.Home, old.Shards, true
	// A folder that was just merged was not interrupted, unless a shard was.
	if _, err := os.Stat(filepath.Join(dir, recordsDir)); len(old.Shards) > 0 && errors.Is(err, fs.ErrNotExist) {
		run.Resumed = old.Resumed
	}
	return nil
}

// sameAccounts compares what was asked for: a list of accounts, or an organization as one account lists it.
func sameAccounts(old, now evidence.Scope) bool {
	if (old.Organization == nil) != (now.Organization == nil) {
		return false
	}
	if now.Organization != nil {
		return *old.Organization == *now.Organization
	}
	return slices.Equal(old.Accounts, now.Accounts)
}

// sameDelivery compares where the history is read.
func sameDelivery(old, now *evidence.Delivery) bool {
	return reflect.DeepEqual(old, now)
}

// members fills in the accounts where the scope is an organization, and writes them into run.json. It gives the tape, opened anew: what
// listing the accounts asked is on it.
func (a *app) members(ctx context.Context, j *job, dir string, run *report.Run, tp *tape.Tape, s *session, rates float64) (*tape.Tape, error) {
	if run.Scope.Organization == nil {
		return tp, nil
	}
	redact, err := j.redactor()
	if err != nil {
		return tp, err
	}
	r := collectors.Run{Scope: run.Scope, Begun: run.Began, Tape: tp, Session: s.account, Redact: redact, Limits: tape.NewLimits(rates)}
	if run.Shard != nil {
		// All shards list at once, and in one account.
		r.Limits = tape.NewLimits(rates / float64(run.Shard.Of))
		if !run.Shard.Holds(run.Scope.Organization.Lister) {
			// What another shard holds is no part of this one's tape.
			return tp, a.listed(ctx, dir, run, r)
		}
	}
	sc, err := discover(ctx, r)
	if err = errors.Join(err, tp.Close()); err != nil {
		return nil, err
	}
	if err := a.found(dir, run, sc); err != nil {
		return nil, err
	}
	return tape.Create(filepath.Join(dir, evidenceDir))
}

// discover lists the accounts, and says what to do where that can't be done.
func discover(ctx context.Context, r collectors.Run) (evidence.Scope, error) {
	sc, err := r.Discover(ctx)
	switch {
	case ctx.Err() != nil:
		return sc, ctx.Err()
	case err != nil:
		return sc, &exitError{code: exitUnfinished, err: err, hint: noMembers}
	}
	return sc, nil
}

// found writes the organization's accounts into run.json.
func (a *app) found(dir string, run *report.Run, sc evidence.Scope) error {
	run.Scope = sc
	a.say("accounts   %s of the organization, as account %s lists them; %d are not read", count(len(sc.Accounts), "account"), sc.Organization.Lister, len(sc.Excluded))
	return report.WriteRun(filepath.Join(dir, runFile), run)
}

// sayCollected tells how much was read, and how much was not.
func (a *app) sayCollected(dir string) error {
	cells, exchanges, gaps := 0, 0, 0
	for l, err := range report.LedgerLines(os.DirFS(dir)) {
		switch {
		case err != nil:
			return err
		case l.Cell != nil:
			cells++
			exchanges += l.Cell.Exchanges
		default:
			gaps++
		}
	}
	a.counted(cells, exchanges, gaps)
	a.say("collected  %d exchanges for %d planned calls; %d gaps", exchanges, cells, gaps)
	return nil
}

// assessPack runs the tests and writes assessment.json.
func (a *app) assessPack(dir string) (*assess.Assessment, error) {
	folder := os.DirFS(dir)
	j, run, err := loadPack(folder)
	if err != nil {
		return nil, err
	}
	in, err := j.input(folder, run)
	if err != nil {
		return nil, err
	}
	as, err := performed(in, filepath.Join(dir, report.TimelineFile))
	if err != nil {
		return nil, err
	}
	if err := fill(filepath.Join(dir, "assessment.json"), func(w io.Writer) error { return assess.Encode(w, as) }); err != nil {
		return nil, err
	}
	a.say("assessed   %s", countText(as))
	return as, nil
}

// pastKinds are the kinds whose past can be read.
func pastKinds() []evidence.Kind {
	var out []evidence.Kind
	for _, r := range collectors.Past() {
		if !slices.ContainsFunc(out, func(k evidence.Kind) bool { return k.Name == r.Kind }) {
			out = append(out, r.Records)
		}
	}
	return out
}

// performed runs the tests, and writes what those over the period found into timeline. Without such a test there is no such file.
func performed(in assess.Input, timeline string) (*assess.Assessment, error) {
	if !slices.ContainsFunc(in.Set.Tests, func(t *frameworks.Test) bool { return t.Over == frameworks.Period }) {
		if err := os.Remove(timeline); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		return assess.Run(in)
	}
	var as *assess.Assessment
	err := fill(timeline, func(w io.Writer) (err error) {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		in.Timeline = func(e assess.TimelineEntry) error { return enc.Encode(e) }
		as, err = assess.Run(in)
		return err
	})
	return as, err
}

// countText is how many controls came to each result.
func countText(as *assess.Assessment) string {
	n := map[assess.Result]int{}
	total := 0
	for _, f := range as.Frameworks {
		for _, c := range f.Controls {
			n[c.Result]++
			total++
		}
	}
	text := fmt.Sprintf("%d controls:", total)
	for i, r := range assess.Results() {
		if i > 0 {
			text += ","
		}
		text += fmt.Sprintf(" %d %s", n[r], r)
	}
	return text
}

// reportPack writes report.pdf and workbook.xlsx.
func (a *app) reportPack(dir string) error {
	doc, err := report.Load(os.DirFS(dir), collectors.Kinds())
	if err != nil {
		return err
	}
	if err := fill(filepath.Join(dir, "report.pdf"), func(w io.Writer) error { return pdf.Write(w, doc) }); err != nil {
		return err
	}
	if err := fill(filepath.Join(dir, "workbook.xlsx"), func(w io.Writer) error { return excel.Write(w, doc) }); err != nil {
		return err
	}
	a.say("reported   report.pdf, workbook.xlsx")
	return nil
}

// createdBy is who asked, in the first account where that could be read.
func createdBy(run *report.Run) string {
	for _, c := range run.Callers {
		if c.ARN != "" {
			return c.ARN
		}
	}
	return ""
}

// A sealed pack is the result of demo, run and seal.
type sealed struct {
	OK       bool   `json:"ok"`
	Pack     string `json:"pack"`
	Zip      string `json:"zip"`
	Manifest string `json:"manifest_sha256"`
	// SignedBy is the id of the key that signed: the SHA-256 of the public key. Absence: the pack is not signed.
	SignedBy string `json:"signed_by,omitempty"`
	// Timestamp is the authority's word. Absence: there is no timestamp.
	Timestamp *stamped `json:"timestamp,omitempty"`
	// Controls counts results over all controls. Absence: they were counted by an earlier call.
	Controls map[assess.Result]int `json:"controls,omitempty"`
	// Archive is where the pack is kept. Absence: audit.yaml names no archive.
	Archive *archived `json:"archive,omitempty"`
}

// stamped is when an authority saw the pack, and which.
type stamped struct {
	Time      time.Time `json:"time"`
	Authority string    `json:"authority"`
}

// sealPack signs the report, closes the folder (README.txt, manifest.json, SHA256SUMS), writes seal/, checks everything that was written with
// the code of verify, and makes the ZIP beside the folder. A folder in which an earlier call was stopped is gone on with.
func (a *app) sealPack(ctx context.Context, dir string, how *sealing) (*sealed, error) {
	run, err := report.ReadRun(os.DirFS(dir))
	if err != nil {
		return nil, err
	}
	certificates, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(certificatesFile)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	key, err := a.openKey(ctx, how, certificates)
	if err != nil {
		return nil, err
	}
	began := unzipped(dir)
	if began {
		if err := os.RemoveAll(filepath.Join(dir, pack.SealTemp)); err != nil {
			return nil, err
		}
		if _, err := holds(dir, "was sealed and is no longer as it was"); err != nil {
			return nil, err
		}
	}
	if !began || key != nil && !hasSeal(dir) {
		before, err := a.previous(ctx, dir)
		if err != nil {
			return nil, err
		}
		info := pack.Info{Tool: run.Tool.String(), Organization: run.Organization, Period: run.Scope.Period, CreatedBy: createdBy(run), Previous: before, Signing: key.signing()}
		mask, err := a.masking(dir)
		if err != nil {
			return nil, err
		}
		// The report may get another signature: a folder that is stopped from here on is not closed.
		for _, name := range []string{pack.ManifestPath, pack.SumsPath} {
			if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
		}
		if err := a.signReport(ctx, dir, run, key); err != nil {
			return nil, err
		}
		if _, err := pack.Seal(dir, info, mask); err != nil {
			return nil, err
		}
	}
	// Nothing is signed that contradicts itself.
	id, err := holds(dir, "does not hold together, and was not sealed")
	if err != nil {
		return nil, err
	}
	if key != nil {
		v, err := key.writeSeal(ctx, dir, tool().String(), a.random)
		if err != nil {
			return nil, err
		}
		a.say("signed     %s", inert(v.Signed.Detail))
		a.say("timed      %s", inert(v.Timed.Detail))
	}
	return a.zipSealed(dir, id, key)
}

// unzipped reports whether the folder is closed and has no ZIP beside it: the process was stopped between the two.
func unzipped(dir string) bool {
	_, sealed := os.Stat(filepath.Join(dir, pack.ManifestPath))
	_, zipped := os.Lstat(zipOf(dir))
	return sealed == nil && errors.Is(zipped, fs.ErrNotExist)
}

// hasSeal reports whether the folder was signed.
func hasSeal(dir string) bool {
	list, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(pack.SealDir)))
	return err == nil && len(list) > 0
}

// holds checks a closed folder as a verifier would, and gives its identity; wrong is what to say of one that does not hold together.
func holds(dir, wrong string) (evidence.Digest, error) {
	p, err := pack.Open(dir)
	if err != nil {
		return evidence.Digest{}, err
	}
	defer p.Close()
	var first pack.Check
	verdict := pack.Verify(p, func(c pack.Check) {
		if !c.OK && first.Name == "" {
			first = c
		}
	})
	if verdict.Failed > 0 {
		err = &exitError{code: exitBroken, err: fmt.Errorf("%s %s: %s, first %s", dir, wrong, count(verdict.Failed, "place"), checkText(first)), hint: "see all with: auditseal verify " + dir}
	}
	return verdict.Identity, err
}

// zipSealed checks the seal of a folder, and writes its ZIP.
func (a *app) zipSealed(dir string, id evidence.Digest, key *sealingKey) (*sealed, error) {
	var o seal.Options
	if key != nil {
		o.Keys = []*seal.PublicKey{key.public}
		if key.authority != nil {
			o.Roots = key.authority.Roots
		}
	}
	var wrong *pack.Check
	see := func(c pack.Check) {
		if !c.OK && wrong == nil {
			wrong = &c
		}
	}
	v := seal.Verify(os.DirFS(dir), o, see)
	pdfsign.VerifyReport(os.DirFS(dir), o, see)
	if wrong != nil {
		return nil, &exitError{code: exitBroken, err: fmt.Errorf("%s: its seal is not good: %s", dir, checkText(*wrong)), hint: "see all with: auditseal verify " + dir}
	}
	zip := zipOf(dir)
	if err := pack.Zip(dir, zip); err != nil {
		return nil, err
	}
	a.say("sealed     %s", zip)
	return sealedAs(dir, id, v), nil
}

// sealedAs is what is told of a sealed pack.
func sealedAs(dir string, id evidence.Digest, v seal.Verdict) *sealed {
	out := &sealed{OK: true, Pack: dir, Zip: zipOf(dir), Manifest: id.String()}
	if v.Statement != nil {
		out.SignedBy = v.Statement.Predicate.Key.ID.String()
	}
	if v.Token != nil {
		out.Timestamp = &stamped{Time: v.Token.Time, Authority: v.Token.Authority}
	}
	return out
}

// finish assesses, reports and seals a collected folder, archives the pack where cfg has an archive, and prints where it is. cfg is nil in the demo.
func (a *app) finish(ctx context.Context, dir string, how *sealing, cfg *audit.Config, strict bool) error {
	as, err := a.assessPack(dir)
	if err != nil {
		return err
	}
	if err := a.reportPack(dir); err != nil {
		return err
	}
	s, err := a.sealPack(ctx, dir, how)
	if err != nil {
		return err
	}
	return a.handOver(ctx, s, as, cfg, strict)
}

// handOver archives a sealed pack where the audit has an archive, and prints where it is.
func (a *app) handOver(ctx context.Context, s *sealed, as *assess.Assessment, cfg *audit.Config, strict bool) error {
	s.Controls = map[assess.Result]int{}
	for _, f := range as.Frameworks {
		for _, c := range f.Controls {
			s.Controls[c.Result]++
		}
	}
	if cfg != nil && cfg.Archive != nil {
		var err error
		if s.Archive, _, err = a.archivePack(ctx, cfg, s.Zip); err != nil {
			return err
		}
	}
	a.packed(s)
	dir := s.Pack
	a.say("")
	a.say("next: open %s", filepath.Join(dir, "report.pdf"))
	a.say("      open %s", filepath.Join(dir, "workbook.xlsx"))
	a.say("      auditseal verify %s --rederive", s.Zip)
	if err := a.print(s, s.Zip+" "+s.Manifest+"\n"); err != nil {
		return err
	}
	if strict && s.Controls[assess.Exception]+s.Controls[assess.Incomplete] > 0 {
		return a.quiet(&exitError{code: exitFindings, err: fmt.Errorf("%d controls have exceptions, %d are incomplete", s.Controls[assess.Exception], s.Controls[assess.Incomplete])})
	}
	return nil
}
