package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/frameworks/audit"
	"github.com/auditseal/auditseal/report/archive"
	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/seal"
)

// stalled is how long a connection to S3 may stand still. A pack takes as long as it takes; one byte does not.
const stalled = 3 * time.Minute

// A moving connection ends when nothing has moved on it for a while.
type moving struct {
	net.Conn
	now func() time.Time
}

func (m moving) Read(b []byte) (int, error) {
	if err := m.SetReadDeadline(m.now().Add(stalled)); err != nil {
		return 0, err
	}
	return m.Conn.Read(b)
}

func (m moving) Write(b []byte) (int, error) {
	if err := m.SetWriteDeadline(m.now().Add(stalled)); err != nil {
		return 0, err
	}
	return m.Conn.Write(b)
}

// openArchive speaks to the bucket, with the caller's own credentials or the role that audit.yaml names for it. Without a region it is found.
func (a *app) openArchive(ctx context.Context, to audit.Archive, fips bool) (*archive.Archive, error) {
	opts := []func(*config.LoadOptions) error{
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			dial := t.DialContext
			t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				c, err := dial(ctx, network, address)
				if err != nil {
					return nil, err
				}
				return moving{c, a.now}, nil
			}
		})),
		config.WithRetryer(func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.RateLimiter = attempts, ratelimit.None })
		}),
		config.WithDefaultRegion("us-east-1"),
	}
	if to.Region != "" {
		opts = append(opts, config.WithRegion(to.Region))
	}
	if fips {
		opts = append(opts, config.WithUseFIPSEndpoint(aws.FIPSEndpointStateEnabled))
	}
	cfg, err := config.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return nil, &exitError{code: exitUsage, err: fmt.Errorf("AWS configuration: %w", err), hint: "check AWS_PROFILE and the shared configuration files"}
	}
	hint := "sign in first (aws sso login, or AWS_PROFILE=…), and check with: aws sts get-caller-identity"
	if to.Role != "" {
		cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), to.Role, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName, o.Duration = "auditseal-archive", time.Hour
			if to.ExternalID != "" {
				o.ExternalID = &to.ExternalID
			}
		}), func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow, o.ExpiryWindowJitterFrac = 5*time.Minute, 0.5 })
		hint = "its trust policy must allow who runs this to assume it; archive.role and archive.external-id in audit.yaml"
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		who := "no credentials were found"
		if to.Role != "" {
			who = "the role " + to.Role + " cannot be assumed"
		}
		return nil, &exitError{code: exitUnfinished, err: fmt.Errorf("archive: %s: %w", who, err), hint: hint}
	}
	ar := &archive.Archive{Archive: to, S3: archive.Client(cfg, cmp.Or(to.Region, cfg.Region)), Now: a.now, Say: a.say}
	if to.Region == "" {
		if ar.Region, err = ar.Locate(ctx); err != nil {
			return nil, archiveError(err)
		}
		ar.S3 = archive.Client(cfg, ar.Region)
	}
	return ar, nil
}

// archiveError gives what package archive says its exit code.
func archiveError(err error) error {
	var e *archive.Error
	if !errors.As(err, &e) {
		return err
	}
	code := exitUnfinished
	if e.Broken {
		code = exitBroken
	}
	return &exitError{code: code, err: e, hint: e.Hint}
}

// archived is what became of a pack in the archive.
type archived struct {
	Bucket      string    `json:"bucket"`
	Key         string    `json:"key"`
	VersionID   string    `json:"version_id"`
	RetainUntil time.Time `json:"retain_until"`
	Mode        string    `json:"mode"`
	// Receipt is the receipt's path here. Absence: it is in the bucket alone.
	Receipt string `json:"receipt,omitempty"`
	// Was is set where the same pack was archived before.
	Was bool `json:"was_archived,omitempty"`
}

func archivedOf(r *archive.Receipt) *archived {
	return &archived{Bucket: r.Bucket, Key: r.Key, VersionID: r.VersionID, RetainUntil: r.Retention.Until, Mode: r.Retention.Mode}
}

// archivePack puts a sealed pack's ZIP into the archive, and the receipt beside it.
func (a *app) archivePack(ctx context.Context, cfg *audit.Config, zip string) (*archived, evidence.Digest, error) {
	f, err := packFile(zip)
	if err != nil {
		return nil, evidence.Digest{}, err
	}
	if f.Organization != cfg.Organization {
		return nil, f.Manifest, usage("give the audit.yaml that the pack was made with", "%s is a pack of %q, and audit.yaml is of %q", zip, f.Organization, cfg.Organization)
	}
	ar, err := a.openArchive(ctx, *cfg.Archive, cfg.FIPSEndpoints)
	if err != nil {
		return nil, f.Manifest, err
	}
	r, err := ar.Put(ctx, *f)
	if err != nil {
		return nil, f.Manifest, archiveError(err)
	}
	out := archivedOf(r.Receipt)
	out.Was, out.Receipt = r.Was, filepath.Join(filepath.Dir(zip), archive.Period(f.Period)+archive.ReceiptSuffix)
	if err := keepReceipt(out.Receipt, r.Encode()); err != nil {
		return nil, f.Manifest, err
	}
	done := "archived  "
	if r.Was {
		done = "archived   already:"
	}
	a.say("%s %s, version %s, %s until %s; read back whole", done, inert(ar.URL(r.Key)), inert(r.VersionID), r.Retention.Mode, r.Retention.Until.Format(time.RFC3339))
	a.say("receipt    %s", out.Receipt)
	for _, name := range r.Forks {
		a.say("attention  the chain of the archive forks: nothing that came later names the pack of %s; it was archived at the same time as another", name)
	}
	return out, f.Manifest, nil
}

// packFile checks a ZIP as verify does, and reads what its manifest says: what is wrong is not to be kept for years.
func packFile(zip string) (*archive.File, error) {
	if st, err := os.Stat(zip); errors.Is(err, fs.ErrNotExist) {
		return nil, usage("give the ZIP of a sealed pack", "%s is not there", zip)
	} else if err != nil {
		return nil, usage("give the ZIP of a sealed pack", "%w", err)
	} else if st.IsDir() {
		return nil, usage("give its ZIP: "+zipOf(zip), "%s is a folder", zip)
	}
	p, err := pack.Open(zip)
	if err != nil {
		return nil, &exitError{code: exitBroken, err: err, hint: "this is not a pack as auditseal writes them; it was not archived"}
	}
	defer p.Close()
	verdict := pack.Verify(p, func(pack.Check) {})
	if verdict.Failed > 0 {
		return nil, &exitError{code: exitBroken, err: fmt.Errorf("%s is wrong in %s, and was not archived", zip, count(verdict.Failed, "place")), hint: "see them with: auditseal verify " + zip}
	}
	m, err := manifestOf(p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", zip, err)
	}
	return &archive.File{Path: zip, Tool: tool().String(), Organization: m.Organization, Period: m.Period, Manifest: verdict.Identity, Previous: m.Previous}, nil
}

// manifestOf reads the manifest of a pack, or of the folder of one.
func manifestOf(folder fs.FS) (*pack.Manifest, error) {
	b, err := fs.ReadFile(folder, pack.ManifestPath)
	if err != nil {
		return nil, err
	}
	m, errs := pack.ParseManifest(b)
	return m, errors.Join(errs...)
}

// keepReceipt writes the receipt beside the ZIP. One that says something else is left alone, and is an error.
func keepReceipt(name string, b []byte) error {
	have, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return writeFile(name, b)
	case err != nil:
		return err
	case !bytes.Equal(have, b):
		return &exitError{code: exitBroken, err: fmt.Errorf("%s says something else than the receipt in the archive, and was left alone", name), hint: "find out where it comes from, and take it away; then the same command writes the right one"}
	}
	return nil
}

// previous is the identity that a pack sealed in dir names as the one before it: that of the archive's newest, where its audit.yaml has an
// archive. A folder that was closed before keeps what it names.
func (a *app) previous(ctx context.Context, dir string) (evidence.Digest, error) {
	var none evidence.Digest
	folder := os.DirFS(dir)
	if m, err := manifestOf(folder); err == nil {
		return m.Previous, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return none, fmt.Errorf("%s: %w", dir, err)
	}
	raw, err := fs.ReadFile(folder, auditFile)
	if err != nil {
		return none, err
	}
	cfg, err := audit.Load(auditFile, raw)
	if err != nil || cfg.Archive == nil {
		return none, err
	}
	ar, err := a.openArchive(ctx, *cfg.Archive, cfg.FIPSEndpoints)
	if err != nil {
		return none, err
	}
	s, err := ar.Standing(ctx, cfg.Organization, cfg.Period)
	if err != nil {
		return none, archiveError(err)
	}
	if s.Previous.IsZero() {
		a.say("chain      %s is empty: this pack is the first", inert(ar.URL(ar.Prefix)))
	} else {
		a.say("chain      after the pack of %s, whose manifest has the SHA-256 %s", s.PreviousPeriod, s.Previous)
	}
	return s.Previous, nil
}

// archiveFirst looks at the archive before AWS is asked for anything else, so that no quarter is collected for a bucket that will not take it.
// It reports that all is done where the period is archived already, or where the pack was sealed here before and only had to be archived.
func (a *app) archiveFirst(ctx context.Context, j *job, dir string, how *sealing, strict bool) (done bool, err error) {
	cfg := j.audit
	if cfg.Archive == nil {
		if _, err := os.Stat(filepath.Join(dir, pack.ManifestPath)); err != nil {
			return false, nil // collecting says what else is wrong with the folder
		}
		return true, a.again(ctx, j, dir, how, strict)
	}
	ar, err := a.openArchive(ctx, *cfg.Archive, cfg.FIPSEndpoints)
	if err != nil {
		return false, err
	}
	if _, err := ar.Check(ctx); err != nil {
		return false, archiveError(err)
	}
	s, err := ar.Standing(ctx, cfg.Organization, cfg.Period)
	if err != nil {
		return false, archiveError(err)
	}
	where := inert(ar.URL(ar.PackKey(cfg.Period)))
	here, err := closed(dir)
	switch {
	case err != nil:
		return false, err
	case s.Receipt != nil && !s.Pack:
		return false, &exitError{code: exitBroken, err: fmt.Errorf("%s is gone, and its receipt is there: the pack was deleted after it was archived", where), hint: "see what else is wrong with: auditseal custody " + ar.URL(ar.Prefix)}
	case s.Receipt != nil:
		a.say("archived   already: %s, version %s, %s until %s; nothing is collected", where, inert(s.Receipt.VersionID), s.Receipt.Retention.Mode, s.Receipt.Retention.Until.Format(time.RFC3339))
		out := &sealed{OK: true, Manifest: s.Receipt.Manifest.String(), Archive: archivedOf(s.Receipt)}
		out.Archive.Was = true
		a.already()
		if here {
			out.Pack, out.Zip = dir, zipOf(dir)
		}
		a.packed(out)
		return true, a.print(out, out.Archive.line(s.Receipt.Manifest))
	case here:
		return true, a.again(ctx, j, dir, how, strict)
	case s.Pack:
		if err := a.fetchUnfinished(ctx, ar, j, s.PackVersion, dir, how); err != nil {
			return false, err
		}
		return true, a.again(ctx, j, dir, how, strict)
	}
	return false, archiveError(ar.Probe(ctx, cfg.Period))
}

// fetchUnfinished fetches a pack whose archiving was stopped before its receipt was written, by a run whose disk is gone: the ZIP is then
// beside dir as if it had been made here. Where a key signs packs, it must have signed this one.
func (a *app) fetchUnfinished(ctx context.Context, ar *archive.Archive, j *job, version, dir string, how *sealing) error {
	where := ar.URL(ar.PackKey(j.audit.Period))
	a.say("going on with %s, which is there and has no receipt", inert(where))
	hint := "it was put there by something else, or by another audit.yaml; nothing was collected, and nothing can be archived for this period but that object"
	kept, err := a.fetch(ctx, ar, ar.PackKey(j.audit.Period), version)
	if err != nil {
		return err
	}
	defer kept.remove()
	if _, err := packFile(kept.path); err != nil {
		return &exitError{code: exitBroken, err: fmt.Errorf("%s has no receipt, and is no pack: %s", where, strings.ReplaceAll(err.Error(), kept.path, "it")), hint: hint}
	}
	p, err := pack.Open(kept.path)
	if err != nil {
		return err
	}
	defer p.Close()
	if raw, err := fs.ReadFile(p, auditFile); err != nil || !bytes.Equal(raw, j.raw) {
		return &exitError{code: exitBroken, err: fmt.Errorf("%s has no receipt, and is a pack of another audit.yaml", where), hint: "finish it with auditseal archive, that audit.yaml and its ZIP or a copy of that object; nothing was collected"}
	}
	key, err := a.openKey(ctx, how, j.certificates)
	if err != nil {
		return err
	}
	if key != nil {
		if v := seal.Verify(p, seal.Options{Keys: []*seal.PublicKey{key.public}}, func(pack.Check) {}); v.Failed > 0 {
			return &exitError{code: exitBroken, err: fmt.Errorf("%s has no receipt, and was not signed by the key that signs here: %s", where, v.Signed.Detail), hint: hint}
		}
	}
	zip := zipOf(dir)
	if err := copyFile(os.DirFS(filepath.Dir(kept.path)), filepath.Base(kept.path), zip+".tmp"); err != nil {
		return err
	}
	return os.Rename(zip+".tmp", zip)
}

// closed reports whether dir is, or was, a pack's folder that was closed by seal.
func closed(dir string) (bool, error) {
	for _, name := range []string{filepath.Join(dir, pack.ManifestPath), zipOf(dir)} {
		if _, err := os.Lstat(name); err == nil {
			return true, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	return false, nil
}

// again goes on with a pack that was sealed, or was being sealed, when an earlier run of the same audit ended: with all done it checks the pack
// and says once more where it is.
func (a *app) again(ctx context.Context, j *job, dir string, how *sealing, strict bool) error {
	name := dir
	if !unzipped(dir) {
		name = zipOf(dir)
	}
	p, err := pack.Open(name)
	if err != nil {
		return &exitError{code: exitBroken, err: err, hint: "choose another folder with --out"}
	}
	defer p.Close()
	cfg := j.audit
	m, err := manifestOf(p)
	if err != nil {
		return &exitError{code: exitBroken, err: fmt.Errorf("%s: %w", name, err), hint: "choose another folder with --out"}
	}
	if m.Organization != cfg.Organization || !m.Period.From.Equal(cfg.Period.From) || !m.Period.To.Equal(cfg.Period.To) {
		return usage("choose another folder with --out", "%s is a sealed pack of %q over %s, which is never changed", name, m.Organization, m.Period)
	}
	if raw, err := fs.ReadFile(p, auditFile); err != nil || !bytes.Equal(raw, j.raw) {
		return usage("choose another folder with --out", "%s is a sealed pack of another audit.yaml, and is never changed", name)
	}
	in, err := p.Open("assessment.json")
	var as *assess.Assessment
	if err == nil {
		as, err = assess.Decode(in)
		in.Close()
	}
	if err != nil {
		return &exitError{code: exitBroken, err: fmt.Errorf("%s: %w", name, err), hint: "choose another folder with --out"}
	}
	a.say("going on with %s, which is sealed already", name)
	_, zipped := os.Lstat(zipOf(dir))
	var s *sealed
	if unzipped(dir) {
		s, err = a.sealPack(ctx, dir, how)
	} else {
		var id evidence.Digest
		if id, err = holds(name, "was sealed and is no longer as it was"); err == nil {
			s = sealedAs(dir, id, seal.Verify(p, seal.Options{}, func(pack.Check) {}))
		}
	}
	if err != nil {
		return err
	}
	if err := a.handOver(ctx, s, as, cfg, strict); err != nil {
		return err
	}
	if zipped == nil && (s.Archive == nil || s.Archive.Was) {
		a.already()
	}
	return nil
}

func (a *app) archive() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use:   "archive PACK.zip [-c audit.yaml]",
		Short: "Put a sealed pack into S3 under Object Lock, and read it back",
		Long: `Put the ZIP of a sealed pack into the bucket that audit.yaml names under archive, locked for as long as it says, and its receipt
beside it. run does this itself. The keys follow from the pack's period: PREFIX/2026-Q3.zip and PREFIX/2026-Q3.receipt.json. The
receipt is also written beside the ZIP.

Nothing is written to a bucket whose versioning or Object Lock is off or cannot be read, that lies in another region, or that
another account owns. Nothing is ever overwritten: the same pack again is success, another pack for the period an error. A pack is
called archived when all of it was read back and compared, with its retention and its encryption. After a cut connection the same
command goes on where it stopped.

The retention is counted from the upload by S3's date, and ends at the end of the day after: never earlier than was asked.` + exitText,
		Example: `  auditseal archive packs/2026-Q3.zip
  auditseal custody s3://evidence-archive/audits`,
		Args: exactly("the ZIP of one sealed pack"),
		RunE: func(c *cobra.Command, args []string) error {
			j, err := a.load(file)
			if err != nil {
				return err
			}
			if j.audit.Archive == nil {
				return usage("say under archive where packs are kept: see auditseal init", "%s names no archive", file)
			}
			r, id, err := a.archivePack(c.Context(), j.audit, args[0])
			if err != nil {
				return err
			}
			return a.print(struct {
				OK       bool            `json:"ok"`
				Manifest evidence.Digest `json:"manifest_sha256"`
				Archive  *archived       `json:"archive"`
			}{true, id, r}, r.line(id))
		},
	}
	auditFlag(c, &file)
	return c
}

// line is the result as text.
func (r *archived) line(id evidence.Digest) string {
	return fmt.Sprintf("s3://%s/%s?versionId=%s %s\n", r.Bucket, r.Key, r.VersionID, id)
}
