package tests_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/awsconfig"
	"github.com/auditseal/auditseal/collectors/cloudfront"
	"github.com/auditseal/auditseal/collectors/cloudtrail"
	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/ec2"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/iam"
	"github.com/auditseal/auditseal/collectors/kms"
	"github.com/auditseal/auditseal/collectors/networkfirewall"
	"github.com/auditseal/auditseal/collectors/s3"
	"github.com/auditseal/auditseal/collectors/ssm"
	"github.com/auditseal/auditseal/frameworks"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// throughRegion is where everything is recorded in these tests: the home of what is global too.
const throughRegion = "us-east-1"

var quarterFrom = asOf.AddDate(0, -3, 0)

// through performs a test over the period on states of resources, which AWS Config recorded all the time.
func through(t *testing.T, id, typ string, states ...*evidence.State) assess.TestResult {
	t.Helper()
	set, err := loaded(id)
	if err != nil {
		t.Fatal(err)
	}
	scope := evidence.Scope{Accounts: []string{"111122223333"}, Regions: []string{throughRegion}, Period: evidence.Period{From: quarterFrom, To: asOf}, AsOf: asOf, History: []string{typ}}
	meta := func(id string) evidence.Meta {
		return evidence.Meta{ID: id, Account: "111122223333", Region: throughRegion, Evidence: []string{"E-0000000000000001"}, Collected: asOf}
	}
	records := []evidence.Record{
		&awsconfig.Recording{Meta: meta("recording"), From: quarterFrom, To: asOf, On: ptr(true), Group: &awsconfig.Group{AllSupported: true, AllTypes: true, GlobalTypes: true}},
		&awsconfig.Retention{Meta: meta("retention"), Days: 2557, KeptSince: asOf.AddDate(-7, 0, 0), HasRecorder: true},
	}
	a, err := assess.Run(assess.Input{Tool: "test", Scope: scope, Set: set, Kinds: kinds(), Pasts: collectors.Pasts(),
		Ledger: []evidence.LedgerLine{{Cell: &evidence.LedgerCell{Account: "111122223333", Region: throughRegion, Outcome: evidence.Collected}}},
		Records: func(kind string, each func(evidence.Record) error) error {
			for _, r := range records {
				if r.Kind() == kind {
					if err := each(r); err != nil {
						return err
					}
				}
			}
			return nil
		},
		History: func(kind string, each func(*evidence.State) error) error {
			for _, s := range states {
				if s.Kind == kind {
					if err := each(s); err != nil {
						return err
					}
				}
			}
			return nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	return a.Tests[0]
}

// stateAt is a state of a resource so many hours after the period began. The record is its own; a nil one is a deletion.
func stateAt(typ, id string, hours float64, r evidence.Record, untold ...string) *evidence.State {
	at := quarterFrom.Add(time.Duration(hours * float64(time.Hour)))
	s := &evidence.State{Kind: r.Kind(), Resource: id, Account: "111122223333", Region: throughRegion, ResourceType: typ, ResourceID: id, Captured: at, StateID: "1", Status: evidence.StatusOK,
		Source: evidence.FromAPI, Item: id + "@" + at.Format(time.RFC3339), Evidence: []string{"E-0000000000000001"}, SHA256: evidence.Sum([]byte(at.String())), Record: r}
	h := r.Header()
	h.ID, h.Account, h.Region, h.Collected, h.Evidence, h.Unknown = id, "111122223333", throughRegion, at, s.Evidence, nil
	for _, f := range untold {
		h.Unknown = append(h.Unknown, evidence.Unknown{Field: f, Code: evidence.NotInItem})
	}
	return s
}

// A pastTrial shows that a test over the period tells what was so throughout from what was not, for longer than it tolerates, and from what
// is not known.
type pastTrial struct {
	test, typ string
	good, bad func() evidence.Record
	untold    string // a field that decides
}

func made[R any](change ...func(*R)) func() *R {
	return func() *R {
		r := new(R)
		for _, c := range change {
			c(r)
		}
		return r
	}
}

func record[R any, P interface {
	*R
	evidence.Record
}](good func(*R), change ...func(*R)) func() evidence.Record {
	f := made(append([]func(*R){good}, change...)...)
	return func() evidence.Record { return P(f()) }
}

func TestThroughout(t *testing.T) {
	goodKey := func(k *kms.Key) {
		*k = kms.Key{Manager: "CUSTOMER", State: "Enabled", Enabled: true, Origin: "AWS_KMS", Spec: "SYMMETRIC_DEFAULT", Rotation: &kms.Rotation{Enabled: true}, Policy: &kms.Policy{Parsed: true}}
	}
	all := s3.Block{Configured: true, BlockPublicACLs: true, IgnorePublicACLs: true, BlockPublicPolicy: true, RestrictPublicBuckets: true}
	goodBucket := func(b *s3.Bucket) {
		block := all
		*b = s3.Bucket{InScope: true, Block: &block, Encryption: &s3.Encryption{Algorithm: "AES256"}, TLSOnly: ptr(true), Versioning: &s3.Versioning{Status: "Enabled"}, Logging: &s3.Logging{Enabled: true}, LogSources: []string{}}
	}
	goodTrail := func(c *cloudtrail.Trail) {
		*c = cloudtrail.Trail{Owner: ptr("111122223333"), MultiRegion: ptr(true), LogFileValidation: ptr(true), KMSKey: ptr("arn:aws:kms:us-east-1:111122223333:key/1")}
	}
	goodUser := func(u *iam.User) { u.Permissions = iam.Permissions{Attached: []string{}, Inline: []string{}} }
	goodPolicy := func(p *iam.Policy) { p.ManagedBy, p.AllowsEverything = "CUSTOMER", ptr(false) }
	goodRole := func(r *iam.Role) {
		r.Trust = &iam.Trust{OIDCProviders: []string{"arn:x"}, UnlimitedOIDC: []string{}}
	}
	goodDistribution := func(d *cloudfront.Distribution) {
		*d = *distribution()
		d.Logging = cloudfront.Logging{Legacy: ptr(true)}
	}
	goodInstance := func(i *ec2.Instance) {
		i.Live, i.Metadata = true, &ec2.Metadata{Endpoint: "enabled", Tokens: "required"}
	}
	goodGroup := func(g *ec2.Group) {
		g.Default, g.Inbound, g.Egress, g.Admin = true, ptr(0), ptr(0), ptr(false)
	}
	trials := []pastTrial{
		{"kms-key-rotation-throughout", "AWS::KMS::Key", record(goodKey), record(goodKey, func(k *kms.Key) { k.Rotation.Enabled = false }), "rotation.enabled"},
		{"kms-no-key-pending-deletion-throughout", "AWS::KMS::Key", record(goodKey), record(goodKey, func(k *kms.Key) { k.State = "PendingDeletion" }), "state"},
		{"kms-policy-not-public-throughout", "AWS::KMS::Key", record(goodKey), record(goodKey, func(k *kms.Key) { k.Policy.Public = true }), "policy"},
		{"s3-account-block-public-access-throughout", "AWS::S3::AccountPublicAccessBlock", record(func(a *s3.Account) { b := all; a.Block = &b }), record(func(a *s3.Account) { a.Block = &s3.Block{} }), "public_access_block.ignore_public_acls"},
		{"s3-bucket-own-block-throughout", "AWS::S3::Bucket", record(goodBucket), record(goodBucket, func(b *s3.Bucket) { b.Block.RestrictPublicBuckets = false }), "public_access_block"},
		{"s3-bucket-encrypted-throughout", "AWS::S3::Bucket", record(goodBucket), record(goodBucket, func(b *s3.Bucket) { b.Encryption.Algorithm = "" }), "encryption"},
		{"s3-bucket-tls-only-throughout", "AWS::S3::Bucket", record(goodBucket), record(goodBucket, func(b *s3.Bucket) { b.TLSOnly = ptr(false) }), "tls_only"},
		{"s3-bucket-versioning-throughout", "AWS::S3::Bucket", record(goodBucket), record(goodBucket, func(b *s3.Bucket) { b.Versioning.Status = "Suspended" }), "versioning"},
		{"s3-bucket-logging-throughout", "AWS::S3::Bucket", record(goodBucket), record(goodBucket, func(b *s3.Bucket) { b.Logging.Enabled = false }), "log_sources"},
		{"cloudtrail-multi-region-trail-throughout", "AWS::CloudTrail::Trail", record(goodTrail), record(goodTrail, func(c *cloudtrail.Trail) { c.MultiRegion = ptr(false) }), "multi_region"},
		{"cloudtrail-log-file-validation-throughout", "AWS::CloudTrail::Trail", record(goodTrail), record(goodTrail, func(c *cloudtrail.Trail) { c.LogFileValidation = ptr(false) }), "log_file_validation"},
		{"cloudtrail-kms-throughout", "AWS::CloudTrail::Trail", record(goodTrail), record(goodTrail, func(c *cloudtrail.Trail) { c.KMSKey = ptr("") }), "kms_key"},
		{"iam-user-policies-by-group-throughout", "AWS::IAM::User", record(goodUser), record(goodUser, func(u *iam.User) { u.Permissions.Inline = []string{"x"} }), "permissions.inline"},
		{"iam-policy-no-full-access-throughout", "AWS::IAM::Policy", record(goodPolicy), record(goodPolicy, func(p *iam.Policy) { p.AllowsEverything = ptr(true) }), "allows_everything"},
		{"iam-role-trust-not-public-throughout", "AWS::IAM::Role", record(goodRole), record(goodRole, func(r *iam.Role) { r.Trust.Public = true }), "trust"},
		{"iam-role-oidc-limited-throughout", "AWS::IAM::Role", record(goodRole), record(goodRole, func(r *iam.Role) { r.Trust.UnlimitedOIDC = []string{"arn:x"} }), "trust.unlimited_oidc"},
		{"cloudfront-viewers-https-throughout", "AWS::CloudFront::Distribution", record(goodDistribution), record(goodDistribution, func(d *cloudfront.Distribution) { d.PlainHTTPBehaviors = []string{"/a=allow-all"} }), "plain_http_behaviors"},
		{"cloudfront-viewer-tls-throughout", "AWS::CloudFront::Distribution", record(goodDistribution), record(goodDistribution, func(d *cloudfront.Distribution) { d.Certificate.MinimumProtocol = ptr("TLSv1") }), "certificate.minimum_protocol"},
		{"cloudfront-web-acl-throughout", "AWS::CloudFront::Distribution", record(goodDistribution), record(goodDistribution, func(d *cloudfront.Distribution) { d.WebACLKind = ptr("none") }), "web_acl_kind"},
		{"cloudfront-logging-throughout", "AWS::CloudFront::Distribution", record(goodDistribution), record(goodDistribution, func(d *cloudfront.Distribution) {
			d.Logging = cloudfront.Logging{Legacy: ptr(false), V2: ptr(false), Realtime: ptr(false)}
		}), "logging"},
		{"ssm-patch-compliance-throughout", "AWS::SSM::PatchCompliance", record(func(c *ssm.Compliance) { c.Type, c.Status = "Patch", "COMPLIANT" }), record(func(c *ssm.Compliance) { c.Type, c.Status = "Patch", "NON_COMPLIANT" }), "status"},
		{"ec2-no-admin-port-open-throughout", "AWS::EC2::SecurityGroup", record(goodGroup), record(goodGroup, func(g *ec2.Group) { g.Admin = ptr(true) }), "admin_ports_open"},
		{"ec2-default-security-group-closed-throughout", "AWS::EC2::SecurityGroup", record(goodGroup), record(goodGroup, func(g *ec2.Group) { g.Inbound = ptr(1) }), "inbound_rules"},
		{"ec2-imdsv2-required-throughout", "AWS::EC2::Instance", record(goodInstance), record(goodInstance, func(i *ec2.Instance) { i.Metadata.Tokens = "optional" }), "metadata"},
		{"networkfirewall-delete-protection-throughout", "AWS::NetworkFirewall::Firewall", record(func(f *networkfirewall.Firewall) { f.DeleteProtection = true }), record(func(f *networkfirewall.Firewall) {}), "delete_protection"},
	}
	tried := map[string]bool{}
	for _, c := range trials {
		tried[c.test] = true
		t.Run(c.test, func(t *testing.T) {
			set, err := loaded(c.test)
			if err != nil {
				t.Fatal(err)
			}
			tolerance := set.Test(c.test).Tolerance.Hours()
			if tolerance <= 0 {
				t.Fatal("it has no tolerance")
			}
			at := func(hours float64, r evidence.Record, untold ...string) *evidence.State {
				return stateAt(c.typ, "r", hours, r, untold...)
			}
			before := at(-240, c.good())
			want(t, through(t, c.test, c.typ, before), assess.Met)
			want(t, through(t, c.test, c.typ, before, at(100, c.bad()), at(100+tolerance/2, c.good())), assess.Met)
			want(t, through(t, c.test, c.typ, before, at(100, c.bad()), at(172, c.good())), assess.Exception)
			want(t, through(t, c.test, c.typ, before, at(100, c.bad())), assess.Exception)
			want(t, through(t, c.test, c.typ, before, at(100, c.good(), c.untold), at(172, c.good())), assess.Incomplete)
			want(t, through(t, c.test, c.typ, at(100, c.good())), assess.Incomplete) // what was before is not known
			past := collectors.Pasts()[slices.IndexFunc(collectors.Pasts(), func(p evidence.Past) bool { return p.Type == c.typ })]
			if !past.Placeless() {
				want(t, through(t, c.test, c.typ), assess.NotTested)
				return
			}
			// Of what belongs to no region the recorder must have written something: not every region can.
			want(t, through(t, c.test, c.typ), assess.Incomplete)
			if past.Global {
				gone := at(-240, c.good())
				gone.Status, gone.Record = evidence.StatusDeleted, nil
				want(t, through(t, c.test, c.typ, gone), assess.NotTested)
			}
		})
	}
	// Every test over the period that ships is tried.
	whole, err := frameworks.Load(frameworks.Shipped(), frameworks.Options{Kinds: kinds(), Pasts: collectors.Pasts()})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range whole.Tests {
		over := x.Over == frameworks.Period
		if over != strings.HasSuffix(x.ID, "-throughout") || over && (!tried[x.ID] || !strings.HasPrefix(x.Statement, "Throughout the period, ") && !strings.HasPrefix(x.Statement, "At every moment of the period ")) {
			t.Errorf("%s over %s is not tried, or not named or worded as a test over the period", x.ID, x.Over)
		}
	}
}

// A bucket's public access block is off for three days in mid-quarter, and on again at its end: read from configuration items, that is one
// exception of three days.
func TestThroughoutOfItems(t *testing.T) {
	var sample struct{ File json.RawMessage }
	b, err := os.ReadFile("../../collectors/configitem/testdata/AWS-S3-Bucket.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &sample); err != nil {
		t.Fatal(err)
	}
	var reader configitem.Reader
	for _, r := range collectors.Past() {
		if r.Type == "AWS::S3::Bucket" {
			reader = r
		}
	}
	item := func(hours int, change func(map[string]json.RawMessage)) *evidence.State {
		f := configitem.Open("history.json", strings.NewReader(`{"configurationItems":[`+string(sample.File)+`]}`))
		raw, err := f.Next()
		if err != nil {
			t.Fatal(err)
		}
		it, err := raw.Item()
		if err != nil {
			t.Fatal(err)
		}
		it.Captured, it.Region = quarterFrom.Add(time.Duration(hours)*time.Hour), throughRegion
		it.Supplementary["PublicAccessBlockConfiguration"] = json.RawMessage(`{"blockPublicAcls":true,"ignorePublicAcls":true,"blockPublicPolicy":true,"restrictPublicBuckets":true}`)
		change(it.Supplementary)
		s, err := reader.State(&it, "111122223333", throughRegion, evidence.FromDelivery, []string{"E-0000000000000001"})
		if err != nil || s.Fault != "" {
			t.Fatal(err, s)
		}
		return s
	}
	on := func(map[string]json.RawMessage) {}
	off := func(m map[string]json.RawMessage) {
		m["PublicAccessBlockConfiguration"] = json.RawMessage(`{"blockPublicAcls":false,"ignorePublicAcls":false,"blockPublicPolicy":false,"restrictPublicBuckets":false}`)
	}
	gone := func(m map[string]json.RawMessage) { delete(m, "PublicAccessBlockConfiguration") }
	const id, typ = "s3-bucket-own-block-throughout", "AWS::S3::Bucket"
	want(t, through(t, id, typ, item(-500, on)), assess.Met)
	r := through(t, id, typ, item(-500, on), item(1000, off), item(1072, on))
	want(t, r, assess.Exception)
	off3 := 0
	for _, d := range r.Period.Days {
		off3 += d.Exception
	}
	if off3 != 4 || len(r.Exceptions) != 1 { // 72 hours that begin within a day touch four
		t.Errorf("%d days, %+v", off3, r.Exceptions)
	}
	// What an item does not carry is unknown, and no exception.
	want(t, through(t, id, typ, item(-500, on), item(1000, gone), item(1072, on)), assess.Incomplete)
}
