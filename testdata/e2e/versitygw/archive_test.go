package versitygw

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/audit"
	"github.com/auditseal/auditseal/report/archive"
	"github.com/auditseal/auditseal/report/pack"
)

const (
	packKey    = "audits/2026-Q3.zip"
	receiptKey = "audits/2026-Q3.receipt.json"
)

// file makes the ZIP of a pack with that many bytes besides its manifest.
func file(t *testing.T, name string, previous evidence.Digest, seed int64, size int) archive.File {
	t.Helper()
	p, err := evidence.ParsePeriod(name)
	if err != nil {
		t.Fatal(err)
	}
	filler := make([]byte, size)
	rand.New(rand.NewSource(seed)).Read(filler)
	m := &pack.Manifest{Format: pack.Format, Info: pack.Info{Tool: "auditseal test", Organization: "Example Corp", Period: p, Previous: previous},
		Files: []pack.File{{Path: "report.pdf", Size: int64(size), SHA256: evidence.Sum(filler), Role: pack.Role("report.pdf")}}}
	var manifest, b bytes.Buffer
	if err := m.Encode(&manifest); err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(&b)
	for _, f := range []struct {
		name string
		data []byte
	}{{"manifest.json", manifest.Bytes()}, {"report.pdf", filler}} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		w.Write(f.data)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name+".zip")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return archive.File{Path: path, Tool: m.Tool, Organization: m.Organization, Period: p, Manifest: evidence.Sum(manifest.Bytes()), Previous: previous}
}

func put(t *testing.T, a *archive.Archive, f archive.File) *archive.Result {
	t.Helper()
	r, err := a.Put(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func refuses(t *testing.T, err error, texts ...string) {
	t.Helper()
	var e *archive.Error
	if !errors.As(err, &e) {
		t.Errorf("%v, where an error should say %q", err, texts)
		return
	}
	for _, s := range texts {
		if !strings.Contains(e.Reason+" | "+e.Hint, s) {
			t.Errorf("%q, %q\ndo not say %q", e.Reason, e.Hint, s)
		}
	}
}

// whole holds the one version of the pack, and of its receipt, against the file.
func (s *server) whole(t *testing.T, bucket string, f archive.File, r *archive.Result) {
	t.Helper()
	raw, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string][]byte{packKey: raw, receiptKey: r.Encode()} {
		if v, m := s.versions(bucket, key); len(v) != 1 || len(m) != 0 {
			t.Fatalf("%s: versions %q, markers %q", key, v, m)
		}
		out, err := s.client().GetObject(context.Background(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		h := sha256.New()
		if _, err := io.Copy(h, out.Body); err != nil {
			t.Fatal(err)
		}
		if evidence.Digest(h.Sum(nil)) != evidence.Sum(want) {
			t.Errorf("%s has other bytes", key)
		}
		head, err := s.client().HeadObject(context.Background(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		if out := head; out.ObjectLockMode == "" || !aws.ToTime(out.ObjectLockRetainUntilDate).After(time.Now().AddDate(1, 0, 0)) {
			t.Errorf("%s is locked %q until %v", key, out.ObjectLockMode, out.ObjectLockRetainUntilDate)
		}
	}
	if _, err := os.Stat(f.Path + ".upload.json"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the note of the upload is left: %v", err)
	}
}

func TestBucketsThatAreRefused(t *testing.T) {
	s := start(t)
	f := file(t, "2026-Q3", evidence.Digest{}, 1, 10_000)
	versions := s.bucket("versions-alone", false)
	if _, err := s.client().PutBucketVersioning(context.Background(), &s3.PutBucketVersioningInput{Bucket: &versions, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}}); err != nil {
		t.Fatal(err)
	}
	for bucket, says := range map[string]string{s.bucket("plain", false): "keeps no versions (versioning is off)", versions: "has Object Lock off", "nobodys": "s3://nobodys is not there"} {
		_, err := s.archive(bucket, audit.Compliance).Put(context.Background(), f)
		refuses(t, err, says)
	}
	locked := s.bucket("locked", true)
	a := s.archive(locked, audit.Compliance)
	a.Owner = "999988887777"
	_, err := a.Put(context.Background(), f)
	refuses(t, err, "s3:ListBucket is refused", "check that account 999988887777 owns the bucket")
	a = s.archive(locked, audit.Compliance)
	a.Region = "us-east-1"
	_, err = a.Put(context.Background(), f)
	refuses(t, err, "is in eu-west-1, and audit.yaml says us-east-1")
	a = s.archive(locked, audit.Compliance)
	a.KMSKey = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d"
	_, err = a.Put(context.Background(), f)
	refuses(t, err, "is encrypted with no key of AWS KMS, and audit.yaml asks for arn:aws:kms", "correct archive.kms-key")
	if v, _ := s.versions(locked, receiptKey); len(v) != 0 {
		t.Error("there is a receipt of it")
	}
}

// Whoever may do anything tries to shorten, delete and overwrite. In compliance mode nothing is lost; custody names each.
func TestNobodyAltersWhatIsArchived(t *testing.T) {
	s := start(t)
	ctx := context.Background()
	bucket := s.bucket("packs", true)
	a := s.archive(bucket, audit.Compliance)
	f := file(t, "2026-Q3", evidence.Digest{}, 1, 100_000)
	r := put(t, a, f)
	if again := put(t, a, f); !again.Was || string(again.Encode()) != string(r.Encode()) {
		t.Errorf("again: %+v", again)
	}
	_, err := a.Put(ctx, file(t, "2026-Q3", evidence.Digest{}, 2, 100_000))
	refuses(t, err, "is there already, and is another one: its SHA-256 is "+r.SHA256.String(), "nothing was overwritten")
	s.whole(t, bucket, f, r)

	key, id := r.Key, r.VersionID
	soon := time.Now().Add(time.Hour)
	for what, try := range map[string]func() error{
		"shortened": func() error {
			_, err := s.client().PutObjectRetention(ctx, &s3.PutObjectRetentionInput{Bucket: &bucket, Key: &key, VersionId: &id, BypassGovernanceRetention: aws.Bool(true),
				Retention: &types.ObjectLockRetention{Mode: types.ObjectLockRetentionModeCompliance, RetainUntilDate: &soon}})
			return err
		},
		"weakened": func() error {
			_, err := s.client().PutObjectRetention(ctx, &s3.PutObjectRetentionInput{Bucket: &bucket, Key: &key, VersionId: &id, BypassGovernanceRetention: aws.Bool(true),
				Retention: &types.ObjectLockRetention{Mode: types.ObjectLockRetentionModeGovernance, RetainUntilDate: &r.Retention.Until}})
			return err
		},
		"deleted": func() error {
			_, err := s.client().DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &key, VersionId: &id, BypassGovernanceRetention: aws.Bool(true)})
			return err
		},
	} {
		var api smithy.APIError
		if err := try(); !errors.As(err, &api) || api.ErrorCode() != "AccessDenied" {
			t.Errorf("it could be %s: %v", what, err)
		}
	}
	s.whole(t, bucket, f, r)

	// What S3 does allow leaves the version alone, and is seen.
	if _, err := s.client().PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader("another pack")}); err != nil {
		t.Fatal(err)
	}
	custody(t, a, "the pack is doubled: 2 versions stand under s3://packs/audits/2026-Q3.zip")
	_, err = a.Put(ctx, f)
	refuses(t, err, "has 2 versions: what stands on top was put over the first one")
	if _, err := s.client().DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &key}); err != nil {
		t.Fatal(err)
	}
	custody(t, a, "the pack was deleted on", "version "+id+" is still there")
	_, err = a.Put(ctx, f)
	refuses(t, err, "a delete marker stands over it", "is still there")
	var b bytes.Buffer
	if c, err := a.Fetch(ctx, key, id, &b); err != nil || evidence.Sum(b.Bytes()) != r.SHA256 || c.Retention != r.Retention || c.Latest == id {
		t.Errorf("the version itself: %+v, %v", c, err)
	}
}

// In governance mode whoever may bypass it can do all of that; the chain tells.
func TestGovernanceCanBeBypassedAndIsSeen(t *testing.T) {
	s := start(t)
	ctx := context.Background()
	bucket := s.bucket("packs", true)
	a := s.archive(bucket, audit.Governance)
	var before evidence.Digest
	var year []*archive.Result
	for i, name := range []string{"2026-Q1", "2026-Q2", "2026-Q3"} {
		r := put(t, a, file(t, name, before, int64(i), 50_000))
		before = r.Manifest
		year = append(year, r)
		time.Sleep(1100 * time.Millisecond) // receipts are in order by seconds
	}
	custody(t, a)
	q2 := year[1]
	soon := time.Now().Add(time.Hour).Truncate(time.Second)
	retain := func(until time.Time, bypass bool) error {
		_, err := s.client().PutObjectRetention(ctx, &s3.PutObjectRetentionInput{Bucket: &bucket, Key: &q2.Key, VersionId: &q2.VersionID, BypassGovernanceRetention: &bypass,
			Retention: &types.ObjectLockRetention{Mode: types.ObjectLockRetentionModeGovernance, RetainUntilDate: &until}})
		return err
	}
	if err := retain(soon, false); err == nil {
		t.Error("it was shortened without a bypass")
	}
	if err := retain(soon, true); err != nil {
		t.Fatal(err)
	}
	custody(t, a, "the retention of the pack was shortened: it ends on "+soon.UTC().Format(time.RFC3339))
	if err := retain(q2.Retention.Until, true); err != nil {
		t.Fatal(err)
	}
	custody(t, a)
	remove := func(key, id string) {
		if _, err := s.client().DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &key, VersionId: &id, BypassGovernanceRetention: aws.Bool(true)}); err != nil {
			t.Fatal(err)
		}
	}
	remove(q2.Key, q2.VersionID)
	custody(t, a, "it is missing: s3://packs/audits/2026-Q2.zip, version "+q2.VersionID+", was deleted after it was archived")
	v, _ := s.versions(bucket, q2.ReceiptKey)
	remove(q2.ReceiptKey, v[0])
	custody(t, a, "the pack before it is missing: it names "+q2.Manifest.String())
}

// custody wants exactly the failures that say the texts; none, where there are none.
func custody(t *testing.T, a *archive.Archive, says ...string) {
	t.Helper()
	failed := ""
	w, err := a.Custody(context.Background(), nil, func(c archive.Check) {
		if c.State == archive.Failed {
			failed += c.Detail + "\n"
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range says {
		if !strings.Contains(failed, s) {
			t.Errorf("nothing says %q:\n%s", s, failed)
		}
	}
	if (w.Failed > 0) != (len(says) > 0) {
		t.Errorf("%d failed:\n%s", w.Failed, failed)
	}
}

func TestSixteenAtOnce(t *testing.T) {
	s := start(t)
	for _, parts := range []bool{false, true} {
		for _, same := range []bool{true, false} {
			t.Run(fmt.Sprintf("parts=%t,same=%t", parts, same), func(t *testing.T) {
				bucket := s.bucket(fmt.Sprintf("race-%t-%t", parts, same), true)
				size := 300_000
				if parts {
					size = 6 << 20
				}
				files := make([]archive.File, 16)
				for i := range files {
					files[i] = file(t, "2026-Q3", evidence.Digest{}, map[bool]int64{false: int64(i)}[same], size)
				}
				results, errs := make([]*archive.Result, 16), make([]error, 16)
				var wg sync.WaitGroup
				for i, f := range files {
					wg.Go(func() {
						a := s.archive(bucket, audit.Compliance)
						if parts {
							a.Single, a.Part = 1, 5<<20
						}
						results[i], errs[i] = a.Put(context.Background(), f)
					})
				}
				wg.Wait()
				won := 0
				for i, err := range errs {
					if err != nil {
						refuses(t, err, "is another one", "nothing was overwritten")
						continue
					}
					won++
					s.whole(t, bucket, files[i], results[i])
				}
				if want := map[bool]int{true: 16, false: 1}[same]; won != want {
					t.Errorf("%d of 16 won, not %d", won, want)
				}
				out, err := s.client().ListMultipartUploads(context.Background(), &s3.ListMultipartUploadsInput{Bucket: &bucket})
				if err != nil || len(out.Uploads) != 0 {
					t.Errorf("%d uploads are left, %v", len(out.Uploads), err)
				}
			})
		}
	}
}

// Bytes that change on the way are not stored.
func TestWrongChecksum(t *testing.T) {
	s := start(t)
	bucket := s.bucket("packs", true)
	p := before(t, s)
	f := file(t, "2026-Q3", evidence.Digest{}, 1, 500_000)
	p.set(0, 0, 250_000)
	_, err := s.through(p.addr, bucket, audit.Compliance, 1).Put(context.Background(), f)
	refuses(t, err, "other bytes than those of the file reached S3", "were not stored")
	if v, _ := s.versions(bucket, packKey); len(v) != 0 {
		t.Error("they were stored")
	}
	s.whole(t, bucket, f, put(t, s.archive(bucket, audit.Compliance), f))
}

// The connection is cut after any number of bytes, towards the server or back: also when it has stored everything and its answer is on the
// way. The same call then finishes, and nothing stands there twice.
func TestCutAtAnyMoment(t *testing.T) {
	s := start(t)
	for _, parts := range []bool{false, true} {
		size, cuts := 400_000, 60
		if parts {
			size, cuts = 12<<20, 24
		}
		f := file(t, "2026-Q3", evidence.Digest{}, 1, size)
		p := before(t, s)
		archiveOf := func(addr, bucket string, attempts int) *archive.Archive {
			a := s.through(addr, bucket, audit.Compliance, attempts)
			if parts {
				a.Single, a.Part = 1, 5<<20
			}
			return a
		}
		// How much goes through where nothing is cut.
		p.set(0, 0, 0)
		put(t, archiveOf(p.addr, s.bucket(fmt.Sprintf("whole-%t", parts), true), 1), f)
		up, down := p.through()
		rng := rand.New(rand.NewSource(7))
		failed, stored := 0, 0
		for n := range cuts {
			bucket := s.bucket(fmt.Sprintf("cut-%t-%d", parts, n), true)
			var cutUp, cutDown int64
			switch n % 3 {
			case 0:
				cutUp = 1 + rng.Int63n(up)
			case 1: // the answers are a few thousand bytes, and then the pack
				cutDown = 1 + rng.Int63n(min(down, 6000))
			default:
				cutDown = 1 + rng.Int63n(down)
			}
			p.set(cutUp, cutDown, 0)
			_, err := archiveOf(p.addr, bucket, 1+n%2).Put(context.Background(), f)
			if err != nil {
				failed++
				refuses(t, err, "run the same command again")
			}
			if v, _ := s.versions(bucket, packKey); err != nil && len(v) == 1 {
				stored++
			}
			p.set(0, 0, 0)
			s.whole(t, bucket, f, put(t, archiveOf(p.addr, bucket, 1), f))
		}
		t.Logf("parts=%t: %d of %d were cut off, %d of them when the pack was stored already", parts, failed, cuts, stored)
		if failed < cuts/2 || stored == 0 {
			t.Errorf("parts=%t: only %d of %d were cut off, %d of them when the pack was stored already", parts, failed, cuts, stored)
		}
	}
}
