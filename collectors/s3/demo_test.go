package s3

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// demo collects one account of the demo organization in both of its regions.
func demo(t *testing.T, account string, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: faults})
	t.Cleanup(s.Close)
	o := celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: "us-east-1"}
	o.Scope.Regions, o.Scope.AsOf = []string{"eu-west-1", "us-east-1"}, scenario.Now
	o.Scope.Period = evidence.Period{From: scenario.QuarterFrom, To: scenario.QuarterTo}
	return celltest.Run(t, Collector{}, o)
}

// bucket finds a bucket of the demo by the middle of its name.
func bucket(t *testing.T, r *celltest.Result, name string) *Bucket {
	t.Helper()
	for _, b := range celltest.Of[Bucket](r) {
		if strings.TrimSuffix(strings.TrimPrefix(b.Name, "example-corp-"), "-"+b.Account) == name {
			return b
		}
	}
	t.Fatalf("there is no bucket %s", name)
	return nil
}

var (
	all  = Effective{true, true, true, true}
	meta = cmpopts.IgnoreFields(evidence.Meta{}, "Collected", "Evidence")
)

func TestABucketIsReadWhole(t *testing.T) {
	r := demo(t, scenario.DemoLogArchive)
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	b := bucket(t, r, "cloudtrail")
	arn := "arn:aws:s3:::example-corp-cloudtrail-012345678901"
	want := &Bucket{Meta: evidence.Meta{ID: arn, Account: "012345678901", Region: "eu-west-1"}, Name: "example-corp-cloudtrail-012345678901", Created: b.Created, InScope: true,
		Block: &Block{true, true, true, true, true}, Effective: &all, PolicyPublic: ptr(false), TLSOnly: ptr(true), LogSources: []string{"cloudtrail.amazonaws.com"},
		Policy: &Policy{Text: b.Policy.Text, Statements: 2, Principals: []string{"Service:cloudtrail.amazonaws.com"}, OtherAccounts: []string{}},
		ACL:    &ACL{Grants: 1, PublicGrants: []string{}}, Ownership: ptr("BucketOwnerEnforced"), ACLsDisabled: ptr(true),
		Encryption: &Encryption{Algorithm: "aws:kms", KMSKey: b.Encryption.KMSKey, BucketKey: true, Blocked: []string{}}, Versioning: &Versioning{"Enabled", "Enabled"},
		ObjectLock: &ObjectLock{Enabled: true, Mode: ptr("COMPLIANCE"), RetentionDays: ptr(2555)},
		Logging:    &Logging{Enabled: true, Bucket: ptr("example-corp-access-logs-012345678901"), Prefix: ptr("example-corp-cloudtrail-012345678901/")},
		Lifecycle:  &Lifecycle{1, 1}, Replication: &Replication{1, 1, []string{"arn:aws:s3:::example-corp-cloudtrail-copy-012345678901"}},
		Tags: map[string]string{"owner": "platform-engineering", "data-classification": "confidential"}}
	if d := cmp.Diff(want, b, meta); d != "" {
		t.Error(d)
	}
	// Twelve answers of its own, the page that lists it; the account's block adds nothing to a bucket that is blocked, but says so.
	if len(b.Evidence) != 14 || b.Created == nil || *b.Encryption.KMSKey == "" {
		t.Errorf("read from %d exchanges, created %v", len(b.Evidence), b.Created)
	}
	if got := *bucket(t, r, "athena-results").ObjectLock; got != (ObjectLock{Enabled: true}) {
		t.Errorf("a lock without a default retention reads %+v", got)
	}
	logs := bucket(t, r, "access-logs")
	if *logs.Logging != (Logging{}) || *logs.Versioning != (Versioning{"Enabled", "Never"}) || *logs.Lifecycle != (Lifecycle{2, 1}) || len(logs.Tags) != 0 || logs.Tags == nil {
		t.Errorf("the bucket of the logs reads %+v %+v %+v %v", logs.Logging, logs.Versioning, logs.Lifecycle, logs.Tags)
	}
	if d := cmp.Diff([]string{"SSE-C"}, bucket(t, r, "vpc-flow-logs").Encryption.Blocked); d != "" {
		t.Error(d)
	}
}

// A bucket of another region is known of, and nothing is asked about it.
func TestABucketOutOfScopeIsOnlyNamed(t *testing.T) {
	r := demo(t, scenario.DemoManagement)
	b := bucket(t, r, "disaster-recovery")
	if b.InScope || b.Region != "us-west-2" || len(b.Evidence) != 1 || len(b.Unknown) > 0 || b.Block != nil || b.Effective != nil || b.TLSOnly != nil || b.Tags != nil || b.LogSources != nil {
		t.Errorf("it reads %+v", b)
	}
	if len(r.Gaps) > 0 || len(celltest.Of[Bucket](r)) != 5 {
		t.Errorf("%d buckets, gaps %v", len(celltest.Of[Bucket](r)), r.Gaps)
	}
}

func TestWhatIsPublic(t *testing.T) {
	r := demo(t, scenario.DemoData)
	if a := celltest.One[Account](t, r, "/s3"); *a.Block != (Block{}) || len(a.Evidence) != 1 {
		t.Errorf("the account without a block reads %+v from %v", a.Block, a.Evidence)
	}
	open := bucket(t, r, "open-datasets")
	if !*open.PolicyPublic || !open.Policy.Everyone || !*open.TLSOnly || *open.Effective != (Effective{true, true, false, false}) {
		t.Errorf("public by policy: %v %+v %v %+v", *open.PolicyPublic, open.Policy, *open.TLSOnly, open.Effective)
	}
	legacy := bucket(t, r, "legacy-downloads")
	want := &ACL{Grants: 4, Public: true, PublicGrants: []string{"AllUsers READ", "AuthenticatedUsers READ_ACP"}, OtherGrantees: 1}
	if d := cmp.Diff(want, legacy.ACL); d != "" {
		t.Error(d)
	}
	if *legacy.Effective != (Effective{}) || *legacy.Block != (Block{}) || *legacy.ACLsDisabled || legacy.Ownership != nil || *legacy.PolicyPublic || legacy.Policy != nil || *legacy.TLSOnly || *legacy.Versioning != (Versioning{"Never", "Never"}) {
		t.Errorf("public by ACL: %+v", legacy)
	}
	if store := bucket(t, r, "feature-store"); !store.ACL.Public || !store.Effective.IgnorePublicACLs || store.LogSources[0] != accessLogs {
		t.Errorf("a public grant that is ignored: %+v %+v %v", store.ACL, store.Effective, store.LogSources)
	}
	if p := celltest.One[AccessPoint](t, r, "/open-datasets-public"); !*p.PolicyPublic || p.Region != "eu-west-1" || *p.Effective != (Effective{true, true, false, false}) || p.Network != "Internet" {
		t.Errorf("the access point reads %+v", p)
	}
	if len(r.Gaps) > 0 {
		t.Errorf("gaps %v", r.Gaps)
	}
}

func TestDeniedIsNotAbsent(t *testing.T) {
	r := demo(t, scenario.DemoPayments)
	if len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.Denied {
		t.Fatalf("gaps %v", r.Gaps)
	}
	exports, inbox := bucket(t, r, "card-vault-exports"), bucket(t, r, "chargeback-inbox")
	if celltest.Unknown(exports, "policy_public") != "AccessDenied" || exports.PolicyPublic != nil || exports.Policy == nil || !*exports.TLSOnly {
		t.Errorf("denied: %+v", exports)
	}
	if len(inbox.Unknown) > 0 || *inbox.PolicyPublic || inbox.Policy != nil || *inbox.TLSOnly || !inbox.Block.Configured || *inbox.Effective != (Effective{true, true, false, false}) {
		t.Errorf("without a policy: %+v", inbox)
	}
	if half := bucket(t, r, "settlements"); *half.TLSOnly {
		t.Error("a Deny on the objects alone is taken for one on the bucket")
	}
	if d := cmp.Diff(map[string]string{"owner": "payments", "note": "=1+1@SUM", "path": "../../etc/passwd", "phone": "+44 20 7946 0000", "numeric": "0012345", "formula": "-2+3"}, bucket(t, r, "receipts").Tags); d != "" {
		t.Error(d)
	}
	if p := celltest.One[AccessPoint](t, r, "receipts-etl"); p.Network != "VPC" || *p.VPC == "" || *p.PolicyPublic || *p.Effective != all || p.Created == nil || *p.BucketAccount != r.Records[0].Header().Account {
		t.Errorf("%+v", p)
	}
	if p := celltest.One[AccessPoint](t, r, "settlement-readers"); p.Region != "us-east-1" || *p.PolicyPublic {
		t.Errorf("an access point without a policy: %+v", p)
	}
	m := celltest.One[MultiRegionAccessPoint](t, r, ".mrap")
	if m.Region != controlHome || *m.PolicyPublic || *m.Effective != all || len(m.Buckets) != 2 || m.Status != "READY" {
		t.Errorf("%+v", m)
	}
}

// What the account blocks is unknown, and so is what that leaves open; what a bucket blocks itself is blocked.
func TestAnUnreadAccountBlockLeavesOpenOnlyWhatItCouldDecide(t *testing.T) {
	r := demo(t, scenario.DemoData, &scenario.Fault{Service: "s3-control", Operation: "GetPublicAccessBlock", Kind: scenario.Denied})
	if a := celltest.One[Account](t, r, "/s3"); a.Block != nil || celltest.Unknown(a, "public_access_block") != "AccessDenied" {
		t.Errorf("the account reads %+v", a)
	}
	open := bucket(t, r, "open-datasets")
	for i, field := range blockFields {
		want := ""
		if i > 1 {
			want = "AccessDenied"
		}
		if got := celltest.Unknown(open, "effective."+field); got != want {
			t.Errorf("effective.%s is unknown by %q, want %q", field, got, want)
		}
	}
	if curated := bucket(t, r, "lake-curated"); len(curated.Unknown) > 0 || *curated.Effective != all {
		t.Errorf("a bucket that blocks everything itself: %+v", curated)
	}
	if len(r.Gaps) != 1 {
		t.Errorf("one refusal is %d gaps", len(r.Gaps))
	}
}

// And the other way: an unread block of a bucket matters only where the account does not block.
func TestAnUnreadBucketBlock(t *testing.T) {
	fault := &scenario.Fault{Service: "s3", Operation: "GetPublicAccessBlock", Kind: scenario.Denied}
	for account, want := range map[string]string{scenario.DemoLogArchive: "", scenario.DemoData: "AccessDenied"} {
		b := bucket(t, demo(t, account, fault), "access-logs")
		if b.Block != nil || celltest.Unknown(b, "public_access_block") != "AccessDenied" || celltest.Unknown(b, "effective.block_public_acls") != want {
			t.Errorf("%s: %+v", account, b)
		}
	}
}

func TestNoListIsWholeThatIsNot(t *testing.T) {
	for op, kind := range map[string]string{"ListBuckets": "s3.bucket", "ListAccessPoints": "s3.access_point", "ListMultiRegionAccessPoints": "s3.multi_region_access_point"} {
		for _, f := range []scenario.FaultKind{scenario.Denied, scenario.EmptyBody, scenario.EmptyObject, scenario.RepeatedToken} {
			if op == "ListMultiRegionAccessPoints" && f == scenario.RepeatedToken {
				continue // it has no pages
			}
			r := demo(t, scenario.DemoPayments, &scenario.Fault{Operation: op, Kind: f})
			for _, g := range r.GapsOf(op) {
				if len(g.Kinds) != 1 || g.Kinds[0] != kind {
					t.Errorf("%s %s: %+v", op, f, g)
				}
			}
			if len(r.GapsOf(op)) == 0 {
				t.Errorf("%s %s leaves no gap", op, f)
			}
		}
	}
}
