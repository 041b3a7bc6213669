package archive_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report/archive"
	"github.com/auditseal/auditseal/report/archive/archivetest"
)

// year archives four quarters, a day after one another.
func (w *world) year() []*archive.Result {
	var out []*archive.Result
	var before evidence.Digest
	for i, q := range []string{"2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"} {
		r := w.put(w.file(q, before, int64(i)))
		before = r.Manifest
		out = append(out, r)
		w.pass(24 * time.Hour)
	}
	return out
}

func (w *world) custody() (*archive.Walk, []archive.Check) {
	w.t.Helper()
	var checks []archive.Check
	walk, err := w.archive().Custody(context.Background(), nil, func(c archive.Check) { checks = append(checks, c) })
	if err != nil {
		w.t.Fatal(err)
	}
	return walk, checks
}

func TestCustodyOfAWholeYear(t *testing.T) {
	w := start(t)
	w.PageSize = 3
	year := w.year()
	walk, checks := w.custody()
	for _, c := range checks {
		if c.State != archive.OK {
			t.Errorf("%+v", c)
		}
	}
	// One of the bucket, one of the chain, one of the time, and four of each pack.
	if walk.Failed != 0 || len(walk.Receipts) != 4 || walk.Newest != year[3].Manifest || walk.Receipts[0].Manifest != year[3].Manifest || len(walk.Uncovered) != 0 || len(checks) != 3+4*4 {
		t.Errorf("%d failed, %d receipts, %d checks: %+v", walk.Failed, len(walk.Receipts), len(checks), checks)
	}
}

func TestCustodyNamesWhatIsWrong(t *testing.T) {
	const q2, q2r = "audits/2026-Q2.zip", "audits/2026-Q2.receipt.json"
	first := func(w *world, key string) string { return w.Versions(key)[0].ID }
	for name, c := range map[string]struct {
		spoil func(*world)
		pack  string
		says  []string // each is in a failed check of the pack
	}{
		"missing pack":    {func(w *world) { w.Remove(q2, first(w, q2)) }, "2026-Q2", []string{"it is missing: s3://packs/audits/2026-Q2.zip, version", "was deleted after it was archived"}},
		"missing quarter": {func(w *world) { w.Remove(q2, first(w, q2)); w.Remove(q2r, first(w, q2r)) }, "2026-Q3", []string{"the pack before it is missing: it names"}},
		"missing receipt": {func(w *world) { w.Remove(q2r, first(w, q2r)) }, "2026-Q2", []string{"has no receipt"}},
		"hidden":          {func(w *world) { w.S3.Put(archivetest.Version{Key: q2, Marker: true}) }, "2026-Q2", []string{"the pack was deleted on 2026-10-09: a delete marker (version v0009) hides it", "is still there"}},
		"receipt hidden":  {func(w *world) { w.S3.Put(archivetest.Version{Key: q2r, Marker: true}) }, "2026-Q2", []string{"the receipt was deleted on"}},
		"doubled":         {func(w *world) { w.S3.Put(archivetest.Version{Key: q2, Body: []byte("x")}) }, "2026-Q2", []string{"the pack is doubled: 2 versions", "version v0009 was put over it on 2026-10-09"}},
		"receipt doubled": {func(w *world) { w.S3.Put(archivetest.Version{Key: q2r, Body: []byte("x")}) }, "2026-Q2", []string{"the receipt is doubled: 2 versions"}},
		"swapped": {func(w *world) {
			w.S3.Put(archivetest.Version{Key: q2, Body: []byte("x")})
			w.Remove(q2, first(w, q2))
		}, "2026-Q2", []string{"it was swapped: version v0003, which the receipt names, is gone, and 1 other"}},
		"other bytes": {func(w *world) {
			w.Change(q2, "", func(v *archivetest.Version) { v.Body[200] ^= 1; v.Checksum = "c3dhcHBlZA==" })
		}, "2026-Q2", []string{"it was swapped: S3's SHA-256 of version v0003 is c3dhcHBlZA=="}},
		"other size": {func(w *world) { w.Change(q2, "", func(v *archivetest.Version) { v.Body = append(v.Body, 0) }) }, "2026-Q2", []string{"it was swapped: version v0003 has"}},
		"sent in parts, other metadata": {func(w *world) {
			w.Change(q2, "", func(v *archivetest.Version) { v.Checksum = "x-2"; v.Meta = http.Header{} })
		}, "2026-Q2", []string{"was put there as SHA-256 none"}},
		"unlocked":         {func(w *world) { w.Change(q2, "", func(v *archivetest.Version) { v.Mode = "" }) }, "2026-Q2", []string{"the pack is unlocked: nothing keeps version v0003 from being deleted"}},
		"receipt unlocked": {func(w *world) { w.Change(q2r, "", func(v *archivetest.Version) { v.Mode = "" }) }, "2026-Q2", []string{"the receipt is unlocked"}},
		"weakened":         {func(w *world) { w.Change(q2, "", func(v *archivetest.Version) { v.Mode = "GOVERNANCE" }) }, "2026-Q2", []string{"the lock of the pack was weakened from COMPLIANCE to GOVERNANCE"}},
		"shortened": {func(w *world) {
			w.Change(q2, "", func(v *archivetest.Version) { v.Until = v.Until.AddDate(-1, 0, 0) })
		}, "2026-Q2", []string{"the retention of the pack was shortened: it ends on 2032-10-08T00:00:00Z, and was to end on 2033-10-08T00:00:00Z"}},
		"expired": {func(w *world) { w.pass(7 * 366 * 24 * time.Hour) }, "2026-Q2", []string{"the retention of the pack has expired on 2033-10-08T00:00:00Z"}},
		"no receipt of ours": {func(w *world) {
			w.Change(q2r, "", func(v *archivetest.Version) { v.Body = []byte("{}") })
		}, "2026-Q2", []string{"is no receipt of auditseal"}},
		"receipt of another": {func(w *world) {
			other := w.Versions("audits/2026-Q1.receipt.json")[0].Body
			w.Change(q2r, "", func(v *archivetest.Version) { v.Body = other })
		}, "2026-Q2", []string{"is the receipt of audits/2026-Q1.zip in bucket packs, put under another's key"}},
		"receipt with another manifest": {func(w *world) { w.forge(q2r, func(r *archive.Receipt) { r.Manifest = evidence.Sum([]byte("x")) }) }, "2026-Q2", []string{"it was swapped: the manifest in the ZIP has the SHA-256"}},
		"receipt with another before it": {func(w *world) { w.forge(q2r, func(r *archive.Receipt) { r.Previous = evidence.Digest{} }) }, "2026-Q2",
			[]string{"the manifest names", "as the pack before it, and the receipt"}},
		"another organization": {func(w *world) { w.forge(q2r, func(r *archive.Receipt) { r.Organization = "Other" }) }, "2026-Q2", []string{`the manifest is of "Example Corp", and the receipt of "Other"`}},
		"no ZIP":               {func(w *world) { w.body(q2, []byte("no zip at all")) }, "2026-Q2", []string{"is no ZIP"}},
		"two beginnings":       {func(w *world) { w.forge(q2r, func(r *archive.Receipt) { r.Previous = evidence.Digest{} }) }, "", []string{"several beginnings: 2026-Q1 and 2026-Q2"}},
		"fork":                 {func(w *world) { w.forked() }, "2026-Q1", []string{"the chain forks after it: 2026-Q2 and 2027-Q1"}},
		"versioning off":       {func(w *world) { w.Set(func(s *archivetest.S3) { s.Versioning = "Suspended" }) }, "", []string{"keeps no versions (versioning is suspended)"}},
		"unfinished":           {func(w *world) { w.S3.Put(archivetest.Version{Key: "audits/2027-Q1.zip", Body: []byte("x")}) }, "2027-Q1", []string{"has no receipt: archiving it was never finished"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			w.year()
			c.spoil(w)
			walk, checks := w.custody()
			said := ""
			failed := 0
			for _, ck := range checks {
				if ck.State != archive.Failed {
					continue
				}
				failed++
				if ck.Pack == c.pack {
					said += ck.Detail + "\n"
				}
			}
			for _, s := range c.says {
				if !strings.Contains(said, s) {
					t.Errorf("of %q nothing says %q:\n%s", c.pack, s, said)
				}
			}
			if walk.Failed != failed || failed == 0 {
				t.Errorf("%d failed, and %d are counted", failed, walk.Failed)
			}
		})
	}
}

// forge changes a receipt in the bucket.
func (w *world) forge(key string, how func(*archive.Receipt)) {
	w.t.Helper()
	r, err := archive.ParseReceipt(w.Versions(key)[0].Body)
	if err != nil {
		w.t.Fatal(err)
	}
	how(r)
	w.Change(key, "", func(v *archivetest.Version) { v.Body = r.Encode() })
}

// body puts other bytes into a pack, and makes S3 and the receipt agree with them.
func (w *world) body(key string, b []byte) {
	w.Change(key, "", func(v *archivetest.Version) {
		v.Body = b
		v.Checksum = base64SHA256(b)
	})
	w.forge(strings.TrimSuffix(key, ".zip")+".receipt.json", func(r *archive.Receipt) { r.Size, r.SHA256 = int64(len(b)), evidence.Sum(b) })
}

// forked adds a pack that names the first one as the one before it.
func (w *world) forked() {
	q1, err := archive.ParseReceipt(w.Versions("audits/2026-Q1.receipt.json")[0].Body)
	if err != nil {
		w.t.Fatal(err)
	}
	q4, err := archive.ParseReceipt(w.Versions("audits/2026-Q4.receipt.json")[0].Body)
	if err != nil {
		w.t.Fatal(err)
	}
	r := w.put(w.file("2027-Q1", q4.Manifest, 9))
	other := w.file("2027-Q1", q1.Manifest, 10)
	raw, _ := os.ReadFile(other.Path)
	w.body(r.Key, raw)
	w.forge(r.ReceiptKey, func(r *archive.Receipt) { r.Previous, r.Manifest = q1.Manifest, other.Manifest })
}

func TestCustodyNotesUncoveredTime(t *testing.T) {
	w := start(t)
	q1 := w.put(w.file("2026-Q1", evidence.Digest{}, 1))
	w.pass(time.Hour)
	w.put(w.file("2026-Q3", q1.Manifest, 3))
	w.S3.Put(archivetest.Version{Key: "audits/notes.txt", Body: []byte("x")})
	w.S3.Put(archivetest.Version{Key: "audits/other/2026-Q1.zip", Body: []byte("x")})
	walk, checks := w.custody()
	said := ""
	for _, c := range checks {
		if c.State == archive.Note {
			said += c.Detail + "\n"
		}
	}
	if walk.Failed != 0 || len(walk.Uncovered) != 1 || !strings.Contains(said, "no pack is about the time from 2026-04-01 to 2026-06-30") || !strings.Contains(said, "1 of the keys") {
		t.Errorf("%d failed\n%s", walk.Failed, said)
	}
}

func TestCustodyOfNothing(t *testing.T) {
	w := start(t)
	if walk, checks := w.custody(); walk.Failed != 1 || !strings.Contains(checks[len(checks)-1].Detail, "holds no pack") {
		t.Errorf("%+v", checks)
	}
}

// A call that S3 refuses ends the walk with an error: what was not read is not well.
func TestCustodyWithoutRights(t *testing.T) {
	for op, action := range map[string]string{"HeadBucket": "s3:ListBucket", "GetBucketVersioning": "s3:GetBucketVersioning", "GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
		"ListObjectVersions": "s3:ListBucketVersions", "GetObject": "s3:GetObjectVersion", "HeadObject": "s3:GetObjectVersion", "GetObjectRetention": "s3:GetObjectRetention"} {
		for _, n := range []int{0, 5} {
			w := start(t)
			w.year()
			before := w.Count(op)
			w.Fail(fails(op, before+n, 1000, archivetest.Fault{Status: 403, Code: "AccessDenied"}))
			walk, err := w.archive().Custody(context.Background(), nil, func(archive.Check) {})
			if err == nil && w.Count(op) > before+n {
				t.Errorf("%s: %+v", op, walk)
			} else if err != nil {
				refuses(t, err, action, "is refused")
			}
		}
	}
}

// What a ZIP holds twice is read by some as the one, by others as the other.
func TestCustodyOfTwoManifests(t *testing.T) {
	w := start(t)
	r := w.put(w.file("2026-Q1", evidence.Digest{}, 1))
	z, err := zip.NewReader(bytes.NewReader(w.Versions(r.Key)[0].Body), r.Size)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, f := range append(z.File, z.File[0]) {
		if err := out.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	out.Close()
	w.body(r.Key, b.Bytes())
	if walk, checks := w.custody(); walk.Failed != 1 {
		t.Errorf("%+v", checks)
	}
}

// Reading goes on at the byte where it was cut off, and ends where it gets no further.
func TestReadingGoesOn(t *testing.T) {
	w := start(t)
	r := w.put(w.file("2026-Q3", evidence.Digest{}, 1))
	before := w.Count("GetObject")
	w.Fail(fails("GetObject", before, before+4, archivetest.Fault{Short: 9_000}))
	var b bytes.Buffer
	if _, err := w.archive().Fetch(context.Background(), r.Key, r.VersionID, &b); err != nil || evidence.Sum(b.Bytes()) != r.SHA256 || w.Count("GetObject")-before != 5 {
		t.Errorf("%v after %d reads", err, w.Count("GetObject")-before)
	}
	w.Fail(fails("GetObject", 0, 1000, archivetest.Fault{Short: 9_000}))
	_, err := w.archive().Custody(context.Background(), nil, func(archive.Check) {})
	refuses(t, err, "reading it was cut off", "run the same command again")
	n := 0
	w.Fail(func(op string, _ int) *archivetest.Fault {
		if op != "GetObject" {
			return nil
		}
		if n++; n == 1 {
			return &archivetest.Fault{Short: 9_000}
		}
		return &archivetest.Fault{Status: 403, Code: "AccessDenied"}
	})
	_, err = w.archive().Fetch(context.Background(), r.Key, r.VersionID, io.Discard)
	refuses(t, err, "s3:GetObjectVersion is refused")
}

func TestFetch(t *testing.T) {
	w := start(t)
	r := w.put(w.file("2026-Q3", evidence.Digest{}, 1))
	fetch := func(key, id string) (*archive.Copy, []byte, error) {
		f, err := os.Create(filepath.Join(t.TempDir(), "x"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		c, err := w.archive().Fetch(context.Background(), key, id, f)
		raw, _ := os.ReadFile(f.Name())
		return c, raw, err
	}
	c, raw, err := fetch(r.Key, "")
	if err != nil || c.VersionID != r.VersionID || c.Latest != r.VersionID || c.Retention != r.Retention || evidence.Sum(raw) != r.SHA256 {
		t.Errorf("%+v, %v", c, err)
	}
	over := w.S3.Put(archivetest.Version{Key: r.Key, Body: []byte("x")})
	if c, raw, err = fetch(r.Key, r.VersionID); err != nil || c.Latest != over || evidence.Sum(raw) != r.SHA256 {
		t.Errorf("%+v, %v", c, err)
	}
	if c, _, err = fetch(r.Key, ""); err != nil || c.Retention.Mode != "" || c.VersionID != over {
		t.Errorf("unlocked: %+v, %v", c, err)
	}
	_, _, err = fetch("audits/nothing.zip", "")
	refuses(t, err, "s3://packs/audits/nothing.zip", "NoSuchKey")
	w.Fail(fails("GetObject", 0, 99, archivetest.Fault{Status: 403, Code: "AccessDenied"}))
	_, _, err = fetch(r.Key, "")
	refuses(t, err, "s3:GetObjectVersion is refused")
}
