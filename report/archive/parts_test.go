package archive_test

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report/archive"
	"github.com/auditseal/auditseal/report/archive/archivetest"
)

// pieces makes an archive send everything in parts of 8 KiB: the test's packs have five.
func (w *world) pieces() *archive.Archive {
	a := w.archive()
	a.Single, a.Part = 1, 8<<10
	w.Set(func(s *archivetest.S3) { s.PageSize = 2 })
	return a
}

func noState(t *testing.T, f archive.File) {
	t.Helper()
	if _, err := os.Stat(f.Path + ".upload.json"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the note of the upload is still there: %v", err)
	}
}

func TestPartsGoOnWhereTheyStopped(t *testing.T) {
	w := start(t)
	f := w.file("2026-Q3", evidence.Digest{}, 1)
	w.Fail(fails("UploadPart", 3, 1000, archivetest.Fault{Drop: true}))
	_, err := w.pieces().Put(context.Background(), f)
	refuses(t, err, "s3:PutObject", "goes on where it stopped")
	// Parts that were on their way when another failed arrive, or do not, before anything is counted.
	for n := -1; n != w.Count("UploadPart")+w.Parts(); {
		n = w.Count("UploadPart") + w.Parts()
		time.Sleep(50 * time.Millisecond)
	}
	before, kept := w.Count("UploadPart"), w.Parts()
	w.Fail(nil)
	w.pass(20 * time.Hour)
	r, err := w.pieces().Put(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	if n := w.Count("UploadPart") - before; kept == 0 || n != 5-kept || w.Count("CreateMultipartUpload") != 1 {
		t.Errorf("S3 had %d parts, and %d were sent again, in %d uploads", kept, n, w.Count("CreateMultipartUpload"))
	}
	raw, _ := os.ReadFile(f.Path)
	if v := w.Versions(packKey); len(v) != 1 || string(v[0].Body) != string(raw) || v[0].Mode != "COMPLIANCE" || r.SHA256 != evidence.Sum(raw) {
		t.Errorf("%+v", r)
	}
	noState(t, f)
	if again, err := w.pieces().Put(context.Background(), f); err != nil || !again.Was {
		t.Errorf("again: %v", err)
	}
	other := w.file("2026-Q3", evidence.Digest{}, 2)
	_, err = w.pieces().Put(context.Background(), other)
	refuses(t, err, "is another one")
	noState(t, other)
}

// An upload that was begun days ago would be retained for less than is asked: ours is given up, and begun again. One that is not ours stays.
func TestOldUploadsOfOursAreGivenUp(t *testing.T) {
	w := start(t)
	f := w.file("2026-Q3", evidence.Digest{}, 1)
	stranger := w.file("2026-Q3", evidence.Digest{}, 9)
	w.Fail(fails("CompleteMultipartUpload", 0, 6, archivetest.Fault{Status: 503, Code: "SlowDown"}))
	for _, f := range []archive.File{stranger, f} {
		_, err := w.pieces().Put(context.Background(), f)
		refuses(t, err, "S3 could not do it now (SlowDown", "goes on where it stopped")
	}
	w.pass(72 * time.Hour)
	w.put2(w.pieces(), f)
	if w.Uploads() != 1 || w.Count("AbortMultipartUpload") != 1 {
		t.Errorf("%d uploads are left, %d were given up", w.Uploads(), w.Count("AbortMultipartUpload"))
	}
}

func (w *world) put2(a *archive.Archive, f archive.File) *archive.Result {
	w.t.Helper()
	r, err := a.Put(context.Background(), f)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func TestPartsFaults(t *testing.T) {
	for name, c := range map[string]struct {
		fault func(string, int) *archivetest.Fault
		says  string // empty: it gets through
	}{
		"answer of the end lost":       {fails("CompleteMultipartUpload", 0, 1, archivetest.Fault{Drop: true, Late: true}), ""},
		"error in an answer of 200":    {fails("CompleteMultipartUpload", 0, 1, archivetest.Fault{Status: 200, Code: "InternalError"}), ""},
		"conflict: once more":          {fails("CompleteMultipartUpload", 0, 2, archivetest.Fault{Status: 409, Code: "ConditionalRequestConflict"}), ""},
		"conflicts without end":        {fails("CompleteMultipartUpload", 0, 99, archivetest.Fault{Status: 409, Code: "ConditionalRequestConflict"}), "S3 could not do it now (ConditionalRequestConflict"},
		"upload gone at a part":        {fails("UploadPart", 2, 3, archivetest.Fault{Status: 404, Code: "NoSuchUpload"}), ""},
		"part gone":                    {fails("CompleteMultipartUpload", 0, 1, archivetest.Fault{Status: 400, Code: "InvalidPart"}), ""},
		"part not as sent":             {fails("UploadPart", 1, 99, archivetest.Fault{Status: 400, Code: "BadDigest"}), "other bytes than those of the file reached S3"},
		"begin refused":                {fails("CreateMultipartUpload", 0, 99, archivetest.Fault{Status: 403, Code: "AccessDenied"}), "s3:PutObject is refused"},
		"part refused":                 {fails("UploadPart", 0, 99, archivetest.Fault{Status: 403, Code: "AccessDenied"}), "s3:PutObject is refused"},
		"list refused":                 {fails("ListParts", 0, 99, archivetest.Fault{Status: 403, Code: "AccessDenied"}), "s3:ListMultipartUploadParts is refused"},
		"end refused":                  {fails("CompleteMultipartUpload", 0, 99, archivetest.Fault{Status: 403, Code: "AccessDenied"}), "s3:PutObject is refused"},
		"parts slow":                   {fails("UploadPart", 0, 2, archivetest.Fault{Status: 503, Code: "SlowDown"}), ""},
		"taken, and nothing is listed": {fails("CompleteMultipartUpload", 0, 99, archivetest.Fault{Status: http.StatusPreconditionFailed, Code: "PreconditionFailed"}), "S3 says that something is there (PreconditionFailed), and lists nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			w.Fail(c.fault)
			f := w.file("2026-Q3", evidence.Digest{}, 1)
			_, err := w.pieces().Put(context.Background(), f)
			if c.says == "" {
				if err != nil {
					t.Fatal(err)
				}
			} else {
				refuses(t, err, c.says)
				w.Fail(nil)
				w.put2(w.pieces(), f)
			}
			noState(t, f)
			if len(w.Versions(packKey)) != 1 || w.Uploads() != 0 {
				t.Errorf("%d packs, %d uploads are left", len(w.Versions(packKey)), w.Uploads())
			}
		})
	}
}

func TestSixteenInPartsAtOnce(t *testing.T) {
	for _, same := range []bool{true, false} {
		w := start(t)
		errs := make([]error, 16)
		var wg sync.WaitGroup
		a := w.pieces()
		for i := range errs {
			f := w.file("2026-Q3", evidence.Digest{}, map[bool]int64{false: int64(i)}[same])
			wg.Go(func() { _, errs[i] = a.Put(context.Background(), f) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				refuses(t, err, "is another one")
			}
		}
		if won != map[bool]int{true: 16, false: 1}[same] || len(w.Versions(packKey)) != 1 || w.Uploads() != 0 {
			t.Errorf("same=%t: %d won, %d packs, %d uploads left", same, won, len(w.Versions(packKey)), w.Uploads())
		}
	}
}

// A part that S3 has with other bytes is sent again, and no other.
func TestPartsOfOtherBytesAreSentAgain(t *testing.T) {
	w := start(t)
	f := w.file("2026-Q3", evidence.Digest{}, 1)
	w.Fail(fails("CompleteMultipartUpload", 0, 3, archivetest.Fault{Status: 503, Code: "SlowDown"}))
	_, err := w.pieces().Put(context.Background(), f)
	refuses(t, err, "S3 could not do it now")
	w.SpoilPart(2)
	before := w.Count("UploadPart")
	r := w.put2(w.pieces(), f)
	if w.Count("UploadPart")-before != 1 || w.Count("CreateMultipartUpload") != 1 || evidence.Sum(w.Versions(packKey)[0].Body) != r.SHA256 {
		t.Errorf("%d parts were sent again, in %d uploads", w.Count("UploadPart")-before, w.Count("CreateMultipartUpload"))
	}
}
