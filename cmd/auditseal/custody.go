package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/audit"
	"github.com/auditseal/auditseal/report/archive"
	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/seal"
	"github.com/auditseal/auditseal/report/text"
)

// placeFlags say of a bucket what audit.yaml would.
type placeFlags struct{ owner, region string }

func (f *placeFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.owner, "owner", "", "the account that must own the bucket of s3://…")
	c.Flags().StringVar(&f.region, "region", "", "the bucket's region; S3 is asked where it is not given")
}

// place reads s3://bucket/key, with what the flags say of it.
func (f *placeFlags) place(url string) (to audit.Archive, key, version string, err error) {
	to = audit.Archive{Owner: f.owner, Region: f.region}
	if to.Bucket, key, version, err = archive.ParseURL(url); err != nil {
		err = usage("write it as s3://bucket/key, with ?versionId=… for one version", "%w", err)
	}
	return to, key, version, err
}

// custodian is the result of custody.
type custodian struct {
	OK bool `json:"ok"`
	// Newest is the identity of the pack that no other names: compare it with one from a source you trust. Absence: there is none.
	Newest evidence.Digest    `json:"newest_manifest_sha256,omitzero"`
	Packs  []*archive.Receipt `json:"packs"`
	// Uncovered are the times between the first and the last period that no pack is about.
	Uncovered []evidence.Period `json:"uncovered,omitempty"`
	Checks    []archive.Check   `json:"checks"`
	// NeverShown is what the chain cannot show.
	NeverShown []string `json:"never_shown"`
}

// chainNever is what walking a chain cannot show.
func chainNever() []string {
	return []string{
		"that nothing newer was removed: no pack names the newest; compare its SHA-256 with one from a source you trust",
		"that S3 told the truth about locks: Object Lock is AWS's word",
	}
}

func (a *app) custody() *cobra.Command {
	var file, tsaCA string
	var keys []string
	var deep bool
	var f placeFlags
	c := &cobra.Command{
		Use:   "custody [s3://bucket/prefix] [-c audit.yaml]",
		Short: "Walk the chain of archived packs, and name what is missing, swapped or unlocked",
		Long: `Walk from the newest archived pack to the first: every receipt names the pack before it, and so does the manifest in its ZIP. Of
each it reads version, size, checksum, retention, delete markers and later versions, and the manifest inside the ZIP, and holds them
against the receipt. What is missing, swapped, doubled, deleted, unlocked, shortened or expired is named, as is time that no pack
is about. Nothing is written.

Where no bucket is given it is the one of audit.yaml, with its owner and role. With --deep each ZIP is fetched, one at a time, and
verified like auditseal verify does; with --key or --tsa-ca so is its signature, which needs --deep.` + exitText,
		Example: `  auditseal custody s3://evidence-archive/audits --owner 111122223333
  auditseal custody -c audit.yaml --deep --key audit.pub.pem --tsa-ca tsa-ca.pem`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if !deep && (len(keys) > 0 || tsaCA != "") {
				return usage("add --deep", "--key and --tsa-ca check what is in the ZIPs, and those are fetched with --deep alone")
			}
			o, err := verifyOptions(keys, tsaCA)
			if err != nil {
				return err
			}
			var to audit.Archive
			fips := false
			if len(args) == 1 {
				if c.Flags().Changed("config") {
					return usage("give one of the two", "s3://… and -c both say where the archive is")
				}
				var prefix, version string
				if to, prefix, version, err = f.place(args[0]); err != nil {
					return err
				}
				if version != "" {
					return usage("leave ?versionId=… out", "%s names one version, where the prefix of an archive is meant", args[0])
				}
				to.Prefix = strings.Trim(prefix, "/")
			} else {
				j, err := a.load(file)
				if err != nil {
					return err
				}
				if j.audit.Archive == nil {
					return usage("give the bucket: auditseal custody s3://bucket/prefix", "%s names no archive", file)
				}
				to, fips = *j.audit.Archive, j.audit.FIPSEndpoints
			}
			ar, err := a.openArchive(c.Context(), to, fips)
			if err != nil {
				return err
			}
			out := custodian{Packs: []*archive.Receipt{}, NeverShown: chainNever()}
			more := 0
			show := func(ck archive.Check) {
				out.Checks = append(out.Checks, ck)
				if !a.json {
					fmt.Fprintln(a.out, custodyText(ck))
				}
			}
			var each func(*archive.Receipt) error
			if deep {
				each = func(r *archive.Receipt) error { return a.deep(c.Context(), ar, r, o, show, &more) }
			}
			w, err := ar.Custody(c.Context(), each, show)
			if err != nil {
				return archiveError(err)
			}
			failed := w.Failed + more
			out.OK, out.Newest, out.Uncovered = failed == 0, w.Newest, w.Uncovered
			out.Packs = append(out.Packs, w.Receipts...)
			b := "\n"
			for _, s := range out.NeverShown {
				b += fmt.Sprintf("%-12s %s\n", "never shown", s)
			}
			if to.Owner == "" {
				b += fmt.Sprintf("%-12s whose bucket it is: give --owner\n", "not checked")
			}
			if !w.Newest.IsZero() {
				b += fmt.Sprintf("\nthe newest pack's manifest.json has the SHA-256 %s\n", w.Newest)
			}
			if err := a.print(out, b); err != nil {
				return err
			}
			if failed > 0 {
				return a.quiet(&exitError{code: exitBroken, err: fmt.Errorf("%s: wrong in %s", ar.URL(ar.Prefix), count(failed, "place")), hint: "AWS CloudTrail keeps who did what to the bucket, where its data events are on"})
			}
			return nil
		},
	}
	auditFlag(c, &file)
	f.add(c)
	c.Flags().BoolVar(&deep, "deep", false, "fetch each ZIP, and verify it")
	c.Flags().StringArrayVar(&keys, "key", nil, "the public key that must have signed (PEM, or its certificate); one of several where it is given more than once")
	c.Flags().StringVar(&tsaCA, "tsa-ca", "", "the root that the timestamp authority must lead to (PEM)")
	return c
}

func custodyText(c archive.Check) string {
	mark := map[string]string{archive.OK: "ok", archive.Note: "note", archive.Failed: "FAILED"}[c.State]
	return fmt.Sprintf("%-7s%-10s %-8s %s", mark, c.Name, text.Plain(c.Pack), text.Plain(c.Detail))
}

// checkDeep is the check that only --deep makes.
const checkDeep = "deep"

// deep fetches a pack and verifies it.
func (a *app) deep(ctx context.Context, ar *archive.Archive, r *archive.Receipt, o seal.Options, show func(archive.Check), failed *int) error {
	name := archive.Period(r.Period)
	fail := func(format string, args ...any) {
		*failed++
		show(archive.Check{Name: checkDeep, State: archive.Failed, Pack: name, Detail: fmt.Sprintf(format, args...)})
	}
	kept, err := a.fetch(ctx, ar, r.Key, r.VersionID)
	if err != nil {
		return err
	}
	defer kept.remove()
	if kept.sha != r.SHA256 {
		fail("it was swapped: all of the ZIP was read, and its SHA-256 is %s; the receipt says %s", kept.sha, r.SHA256)
		return nil
	}
	p, err := pack.Open(kept.path)
	if err != nil {
		fail("it is no pack as auditseal writes them: %v", err)
		return nil
	}
	defer p.Close()
	before := *failed
	wrong := func(ck pack.Check) {
		if !ck.OK {
			fail("%s", strings.TrimSpace(checkText(ck)))
		}
	}
	v := pack.Verify(p, wrong)
	s := seal.Verify(p, o, wrong)
	if v.Identity != r.Manifest {
		fail("it was swapped: its manifest has the SHA-256 %s, and the receipt says %s", v.Identity, r.Manifest)
	}
	if *failed == before {
		says := []string{"all of it was read, and holds together"}
		for _, l := range []seal.Level{s.Signed, s.Timed} {
			if l.Outcome == seal.Proved {
				says = append(says, l.Level+": "+l.Detail)
			}
		}
		show(archive.Check{Name: checkDeep, State: archive.OK, Pack: name, Detail: strings.Join(says, "; ")})
	}
	return nil
}

// A fetched is an object of the archive in a file of its own.
type fetched struct {
	*archive.Copy
	path string
	sha  evidence.Digest
	url  string
}

func (f *fetched) remove() { os.Remove(f.path) }

// fetch reads one version of an object to a temporary file: a pack is read in no order, and S3 asks money and time for each place. The caller
// removes it.
func (a *app) fetch(ctx context.Context, ar *archive.Archive, key, version string) (*fetched, error) {
	tmp, err := os.CreateTemp("", "auditseal-*.zip")
	if err != nil {
		return nil, err
	}
	f := &fetched{path: tmp.Name(), url: ar.URL(key)}
	h := sha256.New()
	f.Copy, err = ar.Fetch(ctx, key, version, io.MultiWriter(tmp, h))
	f.sha = evidence.Digest(h.Sum(nil))
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		f.remove()
		return nil, archiveError(err)
	}
	return f, nil
}

// level is what S3 says of the lock.
func (f *fetched) level() seal.Level {
	l := seal.Level{Level: "archived", Outcome: seal.Failed}
	r := f.Retention
	switch {
	case r.Mode == "":
		l.Detail = fmt.Sprintf("%s, version %s, is not locked: nothing keeps it from being deleted", f.url, f.VersionID)
	case !r.Until.After(f.At):
		l.Detail = fmt.Sprintf("%s, version %s: its retention ended on %s", f.url, f.VersionID, r.Until.Format(time.RFC3339))
	default:
		l.Outcome = seal.Proved
		l.Detail = fmt.Sprintf("S3 says that %s, version %s, is locked in %s mode until %s", f.url, f.VersionID, r.Mode, r.Until.Format(time.RFC3339))
	}
	if f.Latest != f.VersionID {
		l.Detail += "; it is not what stands on top: something was put over it, or a delete marker"
	}
	return l
}

// inPlace fetches what verify is to check in the archive.
func (a *app) inPlace(ctx context.Context, url string, f placeFlags) (*fetched, error) {
	to, key, version, err := f.place(url)
	if err != nil {
		return nil, err
	}
	if key == "" || strings.HasSuffix(key, "/") {
		return nil, usage("give the pack's own key; auditseal custody walks all of a prefix", "%s names no object", url)
	}
	ar, err := a.openArchive(ctx, to, false)
	if err != nil {
		return nil, err
	}
	return a.fetch(ctx, ar, key, version)
}
