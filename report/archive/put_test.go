package archive_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/audit"
	"github.com/auditseal/auditseal/report/archive"
	"github.com/auditseal/auditseal/report/archive/archivetest"
)

const (
	packKey    = "audits/2026-Q3.zip"
	receiptKey = "audits/2026-Q3.receipt.json"
)

func TestPutArchivesOnceAndLocks(t *testing.T) {
	w := start(t)
	f := w.file("2026-Q3", evidence.Digest{}, 1)
	r := w.put(f)
	packs, receipts := w.Versions(packKey), w.Versions(receiptKey)
	if len(packs) != 1 || len(receipts) != 1 {
		t.Fatalf("%d packs, %d receipts", len(packs), len(receipts))
	}
	// Seven years from 5 October 2026 at 9:30, and to a whole day at least a day later.
	until := time.Date(2033, 10, 7, 0, 0, 0, 0, time.UTC)
	for _, v := range []*archivetest.Version{packs[0], receipts[0]} {
		if v.Mode != "COMPLIANCE" || !v.Until.Equal(until) {
			t.Errorf("%s is locked %s until %s", v.Key, v.Mode, v.Until)
		}
	}
	if r.Was || r.VersionID != packs[0].ID || r.Retention != (archive.Retention{Mode: "COMPLIANCE", Until: until}) || r.Key != packKey || r.ReceiptKey != receiptKey || r.Manifest != f.Manifest || len(r.Forks) != 0 {
		t.Errorf("%+v", r)
	}
	if string(receipts[0].Body) != string(r.Encode()) {
		t.Errorf("the receipt in the bucket is not the one given:\n%s", receipts[0].Body)
	}
	// Days later the same pack is the same object, by the same receipt.
	w.pass(100 * time.Hour)
	again := w.put(f)
	if !again.Was || string(again.Encode()) != string(r.Encode()) || len(w.Versions(packKey))+len(w.Versions(receiptKey)) != 2 {
		t.Errorf("again: %+v", again)
	}
}

func TestAnotherPackForThePeriodIsRefused(t *testing.T) {
	w := start(t)
	first := w.put(w.file("2026-Q3", evidence.Digest{}, 1))
	other := w.file("2026-Q3", evidence.Digest{}, 2)
	_, err := w.archive().Put(context.Background(), other)
	raw, _ := os.ReadFile(other.Path)
	refuses(t, err, "is there already, and is another one", first.SHA256.String(), evidence.Sum(raw).String(), "nothing was overwritten")
	if len(w.Versions(packKey)) != 1 {
		t.Error("it was written all the same")
	}
}

func TestBucketsThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*world, *archive.Archive)
		says  string
	}{
		"versioning off":       {func(w *world, a *archive.Archive) { w.Versioning = "" }, "keeps no versions (versioning is off)"},
		"versioning suspended": {func(w *world, a *archive.Archive) { w.Versioning = "Suspended" }, "keeps no versions (versioning is suspended)"},
		"lock off":             {func(w *world, a *archive.Archive) { w.Lock = false }, "has Object Lock off"},
		"another owner":        {func(w *world, a *archive.Archive) { a.Owner = "999988887777" }, "check that account 999988887777 owns the bucket"},
		"another region":       {func(w *world, a *archive.Archive) { w.Region = "us-east-1" }, "is in us-east-1, and audit.yaml says eu-west-1"},
		"not there":            {func(w *world, a *archive.Archive) { a.Bucket = "nobodys" }, "s3://nobodys is not there"},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			a := w.archive()
			c.spoil(w, a)
			_, err := a.Put(context.Background(), w.file("2026-Q3", evidence.Digest{}, 1))
			refuses(t, err, c.says)
			if err := a.Probe(context.Background(), period(t, "2026-Q3")); err == nil {
				t.Error("the probe let it pass")
			}
			if n := w.Count("PutObject") + w.Count("CreateMultipartUpload"); n != 0 {
				t.Errorf("%d writes were tried", n)
			}
		})
	}
}

// Every call that is refused, each time that it is made, ends in a message of its own, and never in "archived". Whatever was stored
// by then, the same command finishes it when the refusal is over.
func TestEveryRefusalIsAnError(t *testing.T) {
	actions := map[string]string{"HeadBucket": "s3:ListBucket", "GetBucketVersioning": "s3:GetBucketVersioning", "GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
		"ListObjectVersions": "s3:ListBucketVersions", "PutObject": "s3:PutObject", "GetObject": "s3:GetObjectVersion", "GetObjectRetention": "s3:GetObjectRetention"}
	clean := start(t)
	f := clean.file("2026-Q3", evidence.Digest{}, 1)
	clean.put(f)
	for op, action := range actions {
		calls := clean.Count(op)
		if calls == 0 {
			t.Errorf("%s is never called", op)
		}
		for n := range calls {
			for _, fault := range []archivetest.Fault{{Status: http.StatusForbidden, Code: "AccessDenied", Message: "Access Denied"}, {Status: http.StatusServiceUnavailable, Code: "SlowDown", Message: "Please reduce your request rate."},
				{Status: http.StatusInternalServerError, Code: "InternalError"}, {Drop: true}, {Drop: true, Late: true}} {
				t.Run(fmt.Sprintf("%s/%d/%s%t", op, n, fault.Code, fault.Late), func(t *testing.T) {
					w := start(t)
					w.Fail(fails(op, n, 1000, fault))
					r, err := w.archive().Put(context.Background(), f)
					if fault.Late && op == "PutObject" && err == nil {
						return // it was stored, and found by looking
					}
					if err == nil {
						t.Fatalf("archived: %+v", r)
					}
					e := refuses(t, err, action)
					if fault.Status == 403 {
						refuses(t, err, "is refused", "auditseal policy --archive")
					} else if !strings.Contains(e.Hint, "run the same command again") {
						t.Errorf("no next step: %q, %q", e.Reason, e.Hint)
					}
					w.Fail(nil)
					w.put(f)
					if len(w.Versions(packKey)) != 1 || len(w.Versions(receiptKey)) != 1 {
						t.Error("not exactly one of each")
					}
				})
			}
		}
	}
}

// Twice slow, and then well: the SDK's tries are enough.
func TestFaultsThatPass(t *testing.T) {
	for name, fault := range map[string]archivetest.Fault{
		"SlowDown": {Status: 503, Code: "SlowDown"}, "conflict": {Status: 409, Code: "ConditionalRequestConflict", Message: "The conditional request cannot succeed due to a conflicting operation against this resource."},
		"lost answer": {Drop: true, Late: true}, "cut": {Drop: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			w.Fail(fails("PutObject", 0, 2, fault))
			r := w.put(w.file("2026-Q3", evidence.Digest{}, 1))
			if len(w.Versions(packKey)) != 1 || r.VersionID != w.Versions(packKey)[0].ID {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestConflictsWithoutEnd(t *testing.T) {
	w := start(t)
	w.Fail(fails("PutObject", 0, 99, archivetest.Fault{Status: 409, Code: "ConditionalRequestConflict", Message: "conflicting"}))
	_, err := w.archive().Put(context.Background(), w.file("2026-Q3", evidence.Digest{}, 1))
	refuses(t, err, "S3 could not do it now (ConditionalRequestConflict: conflicting)", "run the same command again")
	if w.Count("PutObject") != 3 {
		t.Errorf("%d tries", w.Count("PutObject"))
	}
}

func TestOtherBytesAreNotStored(t *testing.T) {
	w := start(t)
	f := w.file("2026-Q3", evidence.Digest{}, 1)
	w.Fail(func(op string, n int) *archivetest.Fault {
		if op == "ListObjectVersions" && n == 0 { // the file was digested, and is not sent yet
			raw, _ := os.ReadFile(f.Path)
			raw[100] ^= 1
			os.WriteFile(f.Path, raw, 0o644)
		}
		return nil
	})
	_, err := w.archive().Put(context.Background(), f)
	refuses(t, err, "other bytes than those of the file reached S3 (BadDigest)", "were not stored")
	if len(w.Versions(packKey)) != 0 {
		t.Error("they were stored")
	}
}

// What S3 answers after the upload decides, not what was asked.
func TestReadBackDecides(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*world, *archive.Archive)
		says  []string
	}{
		"lock ignored": {func(w *world, a *archive.Archive) { w.IgnoreLock = true }, []string{"it is not locked, and audit.yaml asks for COMPLIANCE until", "not archived", "put-object-retention"}},
		"key ignored":  {func(w *world, a *archive.Archive) { w.IgnoreKMS, a.KMSKey = true, kmsKey }, []string{"encrypted with no key of AWS KMS, and audit.yaml asks for " + kmsKey}},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			a := w.archive()
			c.spoil(w, a)
			_, err := a.Put(context.Background(), w.file("2026-Q3", evidence.Digest{}, 1))
			if e := refuses(t, err, c.says...); !e.Broken {
				t.Error("not called broken")
			}
			if len(w.Versions(receiptKey)) != 0 {
				t.Error("there is a receipt")
			}
		})
	}
	w := start(t)
	a := w.archive()
	a.KMSKey = kmsKey
	if r, err := a.Put(context.Background(), w.file("2026-Q3", evidence.Digest{}, 1)); err != nil || r.KMSKey != kmsKey {
		t.Errorf("%+v, %v", r, err)
	}
}

// What stands there with a weaker lock than is asked for is not called archived, whoever put it there.
func TestAWeakerLockIsNotEnough(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*archivetest.Version)
		ask    func(*archive.Archive)
		says   string // empty: it is enough
	}{
		"unlocked":         {change: func(v *archivetest.Version) { v.Mode, v.Until = "", time.Time{} }, says: "it is not locked"},
		"governance":       {change: func(v *archivetest.Version) { v.Mode = "GOVERNANCE" }, says: "it is locked in GOVERNANCE mode"},
		"shorter":          {change: func(v *archivetest.Version) { v.Until = v.Until.AddDate(0, 0, -3) }, says: "it is retained until 2033-10-04T00:00:00Z"},
		"longer is asked":  {ask: func(a *archive.Archive) { a.Years = 10 }, says: "asks for COMPLIANCE until 2036-10-05T09:30:00Z at least"},
		"longer is there":  {change: func(v *archivetest.Version) { v.Until = v.Until.AddDate(3, 0, 0) }},
		"weaker is asked":  {ask: func(a *archive.Archive) { a.Mode = audit.Governance }},
		"shorter is asked": {ask: func(a *archive.Archive) { a.Years = 1 }},
	} {
		for _, key := range []string{packKey, receiptKey} {
			t.Run(name+"/"+key, func(t *testing.T) {
				w := start(t)
				f := w.file("2026-Q3", evidence.Digest{}, 1)
				w.put(f)
				w.pass(time.Hour)
				a := w.archive()
				if c.change != nil {
					w.Change(key, "", c.change)
				}
				if c.ask != nil {
					c.ask(a)
				}
				_, err := a.Put(context.Background(), f)
				if c.says == "" {
					if err != nil {
						t.Error(err)
					}
					return
				}
				refuses(t, err, c.says, "put-object-retention", "run the same command again")
			})
		}
	}
}

func TestWhatHidesOrStandsOverAPack(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*world)
		says  []string
	}{
		"marker":         {func(w *world) { w.S3.Put(archivetest.Version{Key: packKey, Marker: true}) }, []string{"was deleted on 2026-10-05: a delete marker stands over it", "is still there", "aws s3api delete-object"}},
		"receipt marker": {func(w *world) { w.S3.Put(archivetest.Version{Key: receiptKey, Marker: true}) }, []string{receiptKey, "a delete marker stands over it"}},
		"over the pack":  {func(w *world) { w.S3.Put(archivetest.Version{Key: packKey, Body: []byte("x")}) }, []string{"has 2 versions", "put over the first one"}},
		"pack gone":      {func(w *world) { w.Remove(packKey, w.Versions(packKey)[0].ID) }, []string{"is gone, and its receipt is there: the pack was deleted after it was archived on 2026-10-05"}},
		"receipt forged": {func(w *world) {
			w.Change(receiptKey, "", func(v *archivetest.Version) { v.Body = []byte(`{"format":1}`) })
		}, []string{"is no receipt"}},
		"pack swapped": {func(w *world) { w.Change(packKey, "", func(v *archivetest.Version) { v.Body[50] ^= 1 }) }, []string{"read back, its SHA-256 is"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			f := w.file("2026-Q3", evidence.Digest{}, 1)
			w.put(f)
			c.spoil(w)
			_, err := w.archive().Put(context.Background(), f)
			if e := refuses(t, err, c.says...); !e.Broken {
				t.Error("not called broken")
			}
		})
	}
	// A marker over nothing hides nothing.
	w := start(t)
	w.S3.Put(archivetest.Version{Key: packKey, Marker: true})
	f := w.file("2026-Q3", evidence.Digest{}, 1)
	w.put(f)
	w.put(f)
}

func TestTheChainIsThatOfArchiving(t *testing.T) {
	w := start(t)
	ctx := context.Background()
	standing := func(name string) *archive.Standing {
		t.Helper()
		s, err := w.archive().Standing(ctx, "Example Corp", period(t, name))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if s := standing("2026-Q2"); !s.Previous.IsZero() || s.PreviousPeriod != "" || s.Receipt != nil || s.Pack {
		t.Errorf("empty: %+v", s)
	}
	q2 := w.put(w.file("2026-Q2", evidence.Digest{}, 2))
	w.pass(time.Hour)
	if s := standing("2026-Q3"); s.Previous != q2.Manifest || s.PreviousPeriod != "2026-Q2" {
		t.Errorf("after the first: %+v", s)
	}
	q3 := w.put(w.file("2026-Q3", q2.Manifest, 3))
	w.pass(time.Hour)
	// The older quarter, audited late, comes after the newer one.
	s := standing("2026-Q1")
	if s.Previous != q3.Manifest {
		t.Errorf("late: %+v", s)
	}
	q1 := w.put(w.file("2026-Q1", s.Previous, 1))
	if s := standing("2026-Q4"); s.Previous != q1.Manifest || len(s.Forks) != 0 {
		t.Errorf("%+v", s)
	}
	if s := standing("2026-Q2"); s.Receipt == nil || s.Receipt.Manifest != q2.Manifest || !s.Pack {
		t.Errorf("of one that is there: %+v", s)
	}
	// A pack that was sealed before the last one came is not the next.
	_, err := w.archive().Put(ctx, w.file("2026-Q4", q3.Manifest, 4))
	refuses(t, err, q3.Manifest.String(), q1.Manifest.String()+" (2026-Q1)", "auditseal seal and auditseal archive again")
	if len(w.Versions("audits/2026-Q4.zip")) != 0 {
		t.Error("it was written all the same")
	}
	if _, err := w.archive().Standing(ctx, "Other Corp", period(t, "2026-Q4")); err == nil || !strings.Contains(err.Error(), `is of "Example Corp", and this audit is of "Other Corp"`) {
		t.Errorf("%v", err)
	}
}

// A pack whose receipt was never written stops the next one: that would name the same predecessor.
func TestAnUnfinishedPackStopsTheNext(t *testing.T) {
	w := start(t)
	f := w.file("2026-Q2", evidence.Digest{}, 1)
	w.Fail(fails("PutObject", 1, 99, archivetest.Fault{Drop: true}))
	if _, err := w.archive().Put(context.Background(), f); err == nil {
		t.Fatal("no error")
	}
	w.Fail(nil)
	_, err := w.archive().Put(context.Background(), w.file("2026-Q3", evidence.Digest{}, 2))
	refuses(t, err, "audits/2026-Q2.zip has no receipt: archiving it was never finished", "finish it first")
	w.put(f)
}

// Two periods archived in the same moments fork the chain: both are kept, and it is said.
func TestAForkIsSaid(t *testing.T) {
	w := start(t)
	first := w.put(w.file("2026-Q1", evidence.Digest{}, 1))
	w.pass(time.Hour)
	q2, q3 := w.file("2026-Q2", first.Manifest, 2), w.file("2026-Q3", first.Manifest, 3)
	done := false
	w.Fail(func(op string, n int) *archivetest.Fault {
		if op == "PutObject" && !done {
			done = true
			w.put(q2)
		}
		return nil
	})
	r := w.put(q3)
	if len(r.Forks) != 1 || len(w.Versions("audits/2026-Q2.zip")) != 1 || len(w.Versions(packKey)) != 1 {
		t.Errorf("forks %q", r.Forks)
	}
}

func TestSixteenAtOnce(t *testing.T) {
	for _, same := range []bool{true, false} {
		t.Run(fmt.Sprintf("same=%t", same), func(t *testing.T) {
			w := start(t)
			files := make([]archive.File, 16)
			for i := range files {
				seed := int64(i)
				if same {
					seed = 0
				}
				files[i] = w.file("2026-Q3", evidence.Digest{}, seed)
			}
			results, errs := make([]*archive.Result, 16), make([]error, 16)
			var wg sync.WaitGroup
			for i, f := range files {
				wg.Go(func() { results[i], errs[i] = w.archive().Put(context.Background(), f) })
			}
			wg.Wait()
			won := 0
			for i, err := range errs {
				if err == nil {
					won++
				} else {
					refuses(t, err, "is another one")
				}
				if same && (err != nil || string(results[i].Encode()) != string(results[0].Encode())) {
					t.Errorf("%d: %v", i, err)
				}
			}
			if !same && won != 1 || len(w.Versions(packKey)) != 1 || len(w.Versions(receiptKey)) != 1 {
				t.Errorf("%d won; %d packs, %d receipts", won, len(w.Versions(packKey)), len(w.Versions(receiptKey)))
			}
		})
	}
}

func TestProbeLeavesNothing(t *testing.T) {
	w := start(t)
	if err := w.archive().Probe(context.Background(), period(t, "2026-Q3")); err != nil || w.Uploads() != 0 || len(w.Versions(packKey)) != 0 {
		t.Errorf("%v, %d uploads", err, w.Uploads())
	}
	w.Fail(fails("CreateMultipartUpload", 0, 99, archivetest.Fault{Status: 403, Code: "AccessDenied", Message: "no identity-based policy allows the s3:PutObject action"}))
	refuses(t, w.archive().Probe(context.Background(), period(t, "2026-Q3")), "s3:PutObject is refused", "no identity-based policy")
	w.Fail(fails("AbortMultipartUpload", 0, 99, archivetest.Fault{Status: 403, Code: "AccessDenied"}))
	refuses(t, w.archive().Probe(context.Background(), period(t, "2026-Q3")), "s3:AbortMultipartUpload is refused")
}

func TestInterrupted(t *testing.T) {
	w := start(t)
	ctx, stop := context.WithCancel(context.Background())
	w.Fail(func(op string, n int) *archivetest.Fault {
		if op == "PutObject" {
			stop()
			return &archivetest.Fault{Drop: true}
		}
		return nil
	})
	if _, err := w.archive().Put(ctx, w.file("2026-Q3", evidence.Digest{}, 1)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// An answer that begins well and is cut off is none.
func TestAnswersCutOff(t *testing.T) {
	w := start(t)
	w.Fail(fails("ListObjectVersions", 0, 99, archivetest.Fault{Status: 200, Half: "<ListVersionsResult><IsTrunc"}))
	_, err := w.archive().Put(context.Background(), w.file("2026-Q3", evidence.Digest{}, 1))
	refuses(t, err, "s3:ListBucketVersions: S3's answer was cut off", "run the same command again")
}
