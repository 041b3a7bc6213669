package archive_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/audit"
	"github.com/auditseal/auditseal/report/archive"
	"github.com/auditseal/auditseal/report/archive/archivetest"
	"github.com/auditseal/auditseal/report/pack"
)

const (
	owner  = "111122223333"
	region = "eu-west-1"
	bucket = "packs"
	kmsKey = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d"
)

// A clock is what the test's S3 dates its answers by.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }
func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

type world struct {
	*archivetest.S3
	*clock
	t *testing.T
}

func start(t *testing.T) *world {
	c := &clock{at: time.Date(2026, 10, 5, 9, 30, 0, 0, time.UTC)}
	w := &world{archivetest.Start(bucket, owner, region, c.now), c, t}
	t.Cleanup(w.S3.Close)
	return w
}

// archive is what audit.yaml asks for: seven years that nobody can shorten.
func (w *world) archive() *archive.Archive {
	cfg := aws.Config{Region: region, BaseEndpoint: &w.URL, Credentials: credentials.NewStaticCredentialsProvider("AKIA", "x", ""), Retryer: func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.RateLimiter, o.Backoff = 3, ratelimit.None, retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		})
	}}
	return &archive.Archive{Archive: audit.Archive{Bucket: bucket, Prefix: "audits", Owner: owner, Region: region, Mode: audit.Compliance, Years: 7}, S3: archive.Client(cfg, region), Now: w.now}
}

func period(t *testing.T, name string) evidence.Period {
	t.Helper()
	p, err := evidence.ParsePeriod(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// file makes the ZIP of a pack that names another as the one before it. What else is in it follows from seed.
func (w *world) file(name string, previous evidence.Digest, seed int64) archive.File {
	w.t.Helper()
	filler := make([]byte, 40_000)
	rand.New(rand.NewSource(seed)).Read(filler)
	m := &pack.Manifest{Format: pack.Format, Info: pack.Info{Tool: "auditseal test", Organization: "Example Corp", Period: period(w.t, name), Previous: previous},
		Files: []pack.File{{Path: "report.pdf", Size: int64(len(filler)), SHA256: evidence.Sum(filler), Role: pack.Role("report.pdf")}}}
	var manifest, b bytes.Buffer
	if err := m.Encode(&manifest); err != nil {
		w.t.Fatal(err)
	}
	z := zip.NewWriter(&b)
	for _, f := range []struct {
		name string
		data []byte
	}{{"manifest.json", manifest.Bytes()}, {"report.pdf", filler}} {
		out, err := z.Create(f.name)
		if err != nil {
			w.t.Fatal(err)
		}
		out.Write(f.data)
	}
	if err := z.Close(); err != nil {
		w.t.Fatal(err)
	}
	path := filepath.Join(w.t.TempDir(), name+".zip")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		w.t.Fatal(err)
	}
	return archive.File{Path: path, Tool: m.Tool, Organization: m.Organization, Period: m.Period, Manifest: evidence.Sum(manifest.Bytes()), Previous: previous}
}

func (w *world) put(f archive.File) *archive.Result {
	w.t.Helper()
	r, err := w.archive().Put(context.Background(), f)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// refuses wants an error that says all of the texts, and gives it.
func refuses(t *testing.T, err error, texts ...string) *archive.Error {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, where one should say %q", texts)
	}
	var e *archive.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is not one of ours", err)
	}
	for _, s := range texts {
		if !strings.Contains(e.Reason+" | "+e.Hint, s) {
			t.Errorf("%q\n%q\ndo not say %q", e.Reason, e.Hint, s)
		}
	}
	return e
}

func fails(op string, from, to int, f archivetest.Fault) func(string, int) *archivetest.Fault {
	return func(o string, n int) *archivetest.Fault {
		if o == op && n >= from && n < to {
			return &f
		}
		return nil
	}
}
