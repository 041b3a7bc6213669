package archive_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/audit"
	"github.com/auditseal/auditseal/report/archive"
)

func base64SHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return base64.StdEncoding.EncodeToString(sum[:])
}

func aReceipt() *archive.Receipt {
	p, _ := evidence.ParsePeriod("2026-Q3")
	return &archive.Receipt{Format: 1, Tool: "auditseal 0.5", Organization: "Example & Sons", Period: p, Bucket: bucket, Key: packKey, VersionID: "v1", Owner: owner, Size: 7, SHA256: evidence.Sum([]byte("a")),
		Manifest: evidence.Sum([]byte("b")), Previous: evidence.Sum([]byte("c")), Retention: archive.Retention{Mode: "COMPLIANCE", Until: p.To.AddDate(7, 0, 0)}, Archived: p.To}
}

func TestReceiptsHaveOneForm(t *testing.T) {
	b := aReceipt().Encode()
	if r, err := archive.ParseReceipt(b); err != nil || *r != *aReceipt() {
		t.Fatalf("%+v, %v", r, err)
	}
	for name, c := range map[string]struct{ old, new, says string }{
		"newer":            {`"format": 1`, `"format": 2`, "format 2 is newer than this release knows"},
		"no format":        {`"format": 1`, `"format": 0`, "format is missing"},
		"unknown member":   {`"format": 1,`, `"format": 1, "x": 1,`, "unknown field"},
		"spacing":          {`"format": 1,`, `"format":  1,`, "not as auditseal writes it"},
		"twice":            {`"format": 1,`, `"format": 1, "format": 1,`, "not as auditseal writes it"},
		"after it":         {"\n}\n", "\n}\n ", "not as auditseal writes it"},
		"no version":       {`"version_id": "v1"`, `"version_id": ""`, "version_id is missing"},
		"no mode":          {"COMPLIANCE", "compliance", "retention.mode"},
		"another's key":    {"2026-Q3.zip", "2026-Q2.zip", "key is missing or wrong"},
		"names itself":     {evidence.Sum([]byte("c")).String(), evidence.Sum([]byte("b")).String(), "manifest_sha256"},
		"no digest":        {evidence.Sum([]byte("a")).String(), "", "sha256 is missing"},
		"no organization":  {"Example & Sons", " ", "organization"},
		"negative size":    {`"size": 7`, `"size": -7`, "size"},
		"no JSON":          {"{", "", "not JSON"},
		"backward period":  {`"to": "2026-10-01`, `"to": "2025-10-01`, "period"},
		"nothing archived": {`"archived": "2026-10-01T00:00:00Z"`, `"archived": "0001-01-01T00:00:00Z"`, "archived"},
	} {
		s := strings.Replace(string(b), c.old, c.new, 1)
		if s == string(b) {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, err := archive.ParseReceipt([]byte(s)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseReceipt(f *testing.F) {
	f.Add(aReceipt().Encode())
	f.Add([]byte(`{"format":1}`))
	f.Add([]byte(strings.Replace(string(aReceipt().Encode()), "2026-07-01T00:00:00Z", "2026-07-01T02:00:00+02:00", 1)))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := archive.ParseReceipt(b)
		if err == nil && string(r.Encode()) != string(b) {
			t.Errorf("%q is read as %q", b, r.Encode())
		}
	})
}

func TestPeriodsAndURLs(t *testing.T) {
	day := func(s string) time.Time { at, _ := time.Parse("2006-01-02", s); return at }
	for want, p := range map[string]evidence.Period{
		"2026-Q3":               {From: day("2026-07-01"), To: day("2026-10-01")},
		"2026-07_not":           {},
		"2026":                  {From: day("2026-01-01"), To: day("2027-01-01")},
		"2026-07-01_2026-08-15": {From: day("2026-07-01"), To: day("2026-08-16")},
	} {
		if got := archive.Period(p); got != want && want != "2026-07_not" {
			t.Errorf("%s is named %s", want, got)
		}
	}
	for s, want := range map[string][3]string{"s3://b": {"b", "", ""}, "s3://b/a/k.zip": {"b", "a/k.zip", ""}, "s3://b/k?versionId=v%2F": {"b", "k", "v%2F"}} {
		b, k, v, err := archive.ParseURL(s)
		if err != nil || [3]string{b, k, v} != want {
			t.Errorf("%s: %q %q %q %v", s, b, k, v, err)
		}
	}
	for _, s := range []string{"", "s3://", "s3:///k", "b/k", "s3://b/k?version=1", "s3://b/k?versionId=", "https://b/k"} {
		if _, _, _, err := archive.ParseURL(s); err == nil {
			t.Errorf("%q was read", s)
		}
	}
}

func TestPolicies(t *testing.T) {
	a := &archive.Archive{Archive: audit.Archive{Bucket: bucket, Prefix: "audits", Region: region, KMSKey: kmsKey}}
	b, err := json.Marshal(a.Policy("aws-us-gov"))
	for _, s := range []string{`"Resource":["arn:aws-us-gov:s3:::packs"]`, `"Resource":["arn:aws-us-gov:s3:::packs/audits/*"]`, `"s3:PutObjectRetention"`, `{"Sid":"AuditsealArchiveNever","Effect":"Deny","Action":["s3:BypassGovernanceRetention","s3:DeleteObject","s3:DeleteObjectVersion"]`,
		`"s3:PutBucketObjectLockConfiguration"`, `"kms:GenerateDataKey"`, `"kms:ViaService":"s3.eu-west-1.*"`} {
		if err != nil || !strings.Contains(string(b), s) {
			t.Errorf("%v: no %s in %s", err, s, b)
		}
	}
	a.Prefix, a.KMSKey = "", ""
	if b, _ = json.Marshal(a.Policy("aws")); !strings.Contains(string(b), `"arn:aws:s3:::packs/*"`) || strings.Contains(string(b), "kms") {
		t.Errorf("%s", b)
	}
	b, err = json.Marshal(a.BucketPolicy("aws"))
	for _, s := range []string{`"aws:SecureTransport":"false"`, `"Null":{"s3:if-none-match":"true"}`, `"Bool":{"s3:ObjectCreationOperation":"true"}`, `"s3:BypassGovernanceRetention"`, `"s3:DeleteObjectVersion"`, `"s3:PutBucketObjectLockConfiguration"`} {
		if err != nil || !strings.Contains(string(b), s) {
			t.Errorf("%v: no %s in %s", err, s, b)
		}
	}
}
