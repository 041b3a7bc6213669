package reconcile

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/awsconfig"
	"github.com/auditseal/auditseal/collectors/cloudfront"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/iam"
	"github.com/auditseal/auditseal/collectors/kms"
	"github.com/auditseal/auditseal/collectors/s3"
)

const (
	ireland  = "eu-west-1"
	virginia = "us-east-1"
)

func meta(region, id string) evidence.Meta {
	return evidence.Meta{ID: id, Account: "111122223333", Region: region, Collected: time.Date(2026, 10, 1, 6, 0, 0, 0, time.UTC), Evidence: []string{"E-" + id}}
}

func key(region, id, manager string) evidence.Record {
	return &kms.Key{Meta: meta(region, id), KeyID: id, Manager: manager}
}

func bucket(region, name string, inScope bool) evidence.Record {
	return &s3.Bucket{Meta: meta(region, name), Name: name, InScope: inScope}
}

func known(region, resourceType, id string) evidence.Record {
	return &awsconfig.ListedResource{Meta: meta(region, "listed-"+id), ResourceType: resourceType, ResourceID: id}
}

func records(region string, g *awsconfig.Group) evidence.Record {
	return &awsconfig.Recorder{Meta: meta(region, "recorder"), Group: g}
}

var everything = &awsconfig.Group{AllSupported: true, AllTypes: true, GlobalTypes: true}

// derive compares the records of one account.
func derive(t *testing.T, gaps []evidence.Gap, have ...evidence.Record) map[string]*Comparison {
	t.Helper()
	out := map[string]*Comparison{}
	err := Config{}.Derive(evidence.Derivation{Account: "111122223333", Region: virginia, Partition: "aws", Gaps: gaps, Has: func(string) bool { return true },
		Records: func(kind string, each func(evidence.Record) error) error {
			for _, r := range have {
				if r.Kind() == kind {
					if err := each(r); err != nil {
						return err
					}
				}
			}
			return nil
		}}, func(r evidence.Record) error {
		c := r.(*Comparison)
		if len(c.Evidence) == 0 {
			t.Errorf("%s has no evidence", c.ID)
		}
		out[c.Population+" "+c.Region] = c
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDifferencesAreNamed(t *testing.T) {
	got := derive(t, nil, records(ireland, everything), records(virginia, everything),
		key(ireland, "k1", "CUSTOMER"), key(ireland, "k2", "CUSTOMER"), key(ireland, "managed", "AWS"), key(ireland, "unread", ""), key(virginia, "k3", "CUSTOMER"),
		known(ireland, "AWS::KMS::Key", "k1"), known(ireland, "AWS::KMS::Key", "managed"), known(ireland, "AWS::KMS::Key", "k9"), known(ireland, "AWS::KMS::Key", "unread"), known(virginia, "AWS::KMS::Key", "k3"),
		bucket(virginia, "b", true), bucket("us-west-2", "elsewhere", false), known(virginia, "AWS::S3::Bucket", "b"))
	keys := got["kms.key eu-west-1"]
	if keys == nil || !keys.Compared || keys.Here != 2 || keys.There != 4 || keys.Agrees == nil || *keys.Agrees {
		t.Fatalf("%+v", keys)
	}
	if d := cmp.Diff([]string{"k2"}, keys.OnlyHere) + cmp.Diff([]string{"k9"}, keys.OnlyThere); d != "" {
		t.Error(d)
	}
	for _, at := range []string{"kms.key us-east-1", "s3.bucket us-east-1"} {
		if c := got[at]; c == nil || c.Agrees == nil || !*c.Agrees || c.Here != 1 {
			t.Errorf("%s: %+v", at, c)
		}
	}
	if len(got) != 3 {
		t.Errorf("%d comparisons", len(got))
	}
}

// Without a second source nothing is found missing, and nothing agrees.
func TestNoSecondSource(t *testing.T) {
	off := evidence.Gap{ID: "G-1", Region: ireland, Outcome: evidence.NotEnabled, Code: "RecorderOff", Kinds: []string{listed}, Evidence: "E-counts"}
	for name, c := range map[string]struct {
		gaps []evidence.Gap
		rec  evidence.Record
	}{
		"no recorder":  {[]evidence.Gap{off}, records(virginia, everything)},
		"recorder off": {[]evidence.Gap{off}, records(ireland, everything)},
		"other types":  {nil, records(ireland, &awsconfig.Group{Types: []string{"AWS::S3::Bucket"}})},
		"excluded":     {nil, records(ireland, &awsconfig.Group{ExcludedTypes: []string{"AWS::KMS::Key"}})},
	} {
		got := derive(t, c.gaps, c.rec, key(ireland, "k1", "CUSTOMER"), known(ireland, "AWS::S3::Bucket", "x"))["kms.key eu-west-1"]
		if got == nil || got.Compared || got.Agrees != nil || len(got.OnlyHere) != 0 || len(got.Unknown) != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A key of which nobody knows whose it is may be one that AWS Config should list.
func TestWhatMayBeExpected(t *testing.T) {
	unread := key(ireland, "k2", "")
	unread.Header().Unknown = []evidence.Unknown{{Field: "manager", Gap: "G-1", Code: "AccessDenied"}}
	have := []evidence.Record{records(ireland, everything), key(ireland, "k1", "CUSTOMER"), unread, known(ireland, "AWS::KMS::Key", "k1")}
	if c := derive(t, nil, have...)["kms.key eu-west-1"]; c.Agrees != nil || len(c.Unknown) != 3 || c.Unknown[0].Gap != "G-1" {
		t.Errorf("%+v", c)
	}
	if c := derive(t, nil, append(have, known(ireland, "AWS::KMS::Key", "k2"))...)["kms.key eu-west-1"]; c.Agrees == nil || !*c.Agrees {
		t.Errorf("AWS Config lists it: %+v", c)
	}
}

// A service's own recorder says nothing of what the customer's records.
func TestRecordersOfServices(t *testing.T) {
	service := records(ireland, &awsconfig.Group{Types: []string{"AWS::EC2::Instance"}}).(*awsconfig.Recorder)
	service.ServicePrincipal = new("ssm.amazonaws.com")
	for _, recorders := range [][]evidence.Record{{records(ireland, everything), service}, {service, records(ireland, everything)}} {
		got := derive(t, nil, append(recorders, key(ireland, "k1", "CUSTOMER"), known(ireland, "AWS::KMS::Key", "k2"))...)["kms.key eu-west-1"]
		if got == nil || !got.Compared || got.Agrees == nil || *got.Agrees {
			t.Errorf("%+v", got)
		}
	}
	got := derive(t, nil, service, key(ireland, "k1", "CUSTOMER"), known(ireland, "AWS::S3::Bucket", "x"))["kms.key eu-west-1"]
	if got == nil || got.Compared {
		t.Errorf("%+v", got)
	}
}

// A list that is not whole leaves open whether the two agree, even where what was read of them does.
func TestAGapLeavesItOpen(t *testing.T) {
	for name, g := range map[string]evidence.Gap{
		"theirs":       {ID: "G-1", Region: ireland, Outcome: evidence.Denied, Kinds: []string{listed}},
		"ours":         {ID: "G-1", Region: ireland, Outcome: evidence.CutShort, Kinds: []string{"kms.grant", "kms.key"}},
		"the recorder": {ID: "G-1", Region: ireland, Outcome: evidence.Denied, Kinds: []string{recorders}},
	} {
		for _, there := range []string{"k1", "k2"} {
			got := derive(t, []evidence.Gap{g}, records(ireland, everything), key(ireland, "k1", "CUSTOMER"), known(ireland, "AWS::KMS::Key", there))["kms.key eu-west-1"]
			if got == nil || got.Agrees != nil || !slices.ContainsFunc(got.Unknown, func(u evidence.Unknown) bool { return u.Field == "agrees" && u.Gap == "G-1" }) {
				t.Errorf("%s, %s: %+v", name, there, got)
			}
		}
	}
	// A gap in another region is no gap here; one of the buckets, which are listed at home, is one everywhere.
	other := evidence.Gap{ID: "G-1", Region: virginia, Outcome: evidence.Denied, Kinds: []string{"kms.key", "s3.bucket"}}
	got := derive(t, []evidence.Gap{other}, records(ireland, everything), key(ireland, "k1", "CUSTOMER"), known(ireland, "AWS::KMS::Key", "k1"), bucket(ireland, "b", true), known(ireland, "AWS::S3::Bucket", "b"))
	if c := got["kms.key eu-west-1"]; c.Agrees == nil || !*c.Agrees {
		t.Errorf("%+v", c)
	}
	if c := got["s3.bucket eu-west-1"]; c.Agrees != nil || len(c.Unknown) == 0 {
		t.Errorf("%+v", c)
	}
	// A gap alone, with nothing read on either side, is a comparison too.
	alone := evidence.Gap{ID: "G-1", Region: ireland, Outcome: evidence.Denied, Kinds: []string{listed}, Evidence: "E-denied"}
	if c := derive(t, []evidence.Gap{alone}, records(ireland, everything))["kms.key eu-west-1"]; c == nil || len(c.Unknown) == 0 {
		t.Errorf("%+v", c)
	}
}

// IAM is recorded in whichever region a recorder is told to, CloudFront in one; they are compared once an account.
func TestGlobalTypes(t *testing.T) {
	user := func(id string) evidence.Record {
		u := &iam.User{Meta: meta(virginia, "u"+id)}
		if id != "" {
			u.UserID = &id
		}
		return u
	}
	distribution := &cloudfront.Distribution{Meta: meta(virginia, "d"), DistributionID: "E1"}
	without := &awsconfig.Group{AllSupported: true, AllTypes: true}
	got := derive(t, nil, records(ireland, everything), records(virginia, without), user("AIDA1"), known(ireland, "AWS::IAM::User", "AIDA1"), distribution, known(virginia, "AWS::CloudFront::Distribution", "E1"))
	for _, at := range []string{"iam.user us-east-1", "cloudfront.distribution us-east-1"} {
		if c := got[at]; c == nil || !c.Compared || c.Agrees == nil || !*c.Agrees {
			t.Errorf("%s: %+v", at, c)
		}
	}
	got = derive(t, nil, records(ireland, without), user("AIDA1"), distribution)
	for _, at := range []string{"iam.user us-east-1", "cloudfront.distribution us-east-1"} {
		if c := got[at]; c == nil || c.Compared || c.Agrees != nil || len(c.OnlyHere) > 0 {
			t.Errorf("nothing records it, and %s: %+v", at, c)
		}
	}
	// Whoever has no id might be the one that is listed.
	c := derive(t, nil, records(ireland, everything), user("AIDA1"), user(""), known(ireland, "AWS::IAM::User", "AIDA1"))["iam.user us-east-1"]
	if c.WithoutID != 1 || c.Agrees != nil {
		t.Errorf("%+v", c)
	}
	// A region's recorder that is off is no gap of what another one records.
	off := evidence.Gap{ID: "G-1", Region: virginia, Outcome: evidence.NotEnabled, Kinds: []string{listed}}
	if c := derive(t, []evidence.Gap{off}, records(ireland, everything), user("AIDA1"), known(ireland, "AWS::IAM::User", "AIDA1"))["iam.user us-east-1"]; c.Agrees == nil || !*c.Agrees {
		t.Errorf("%+v", c)
	}
	// One that could not be asked is.
	denied := evidence.Gap{ID: "G-1", Region: virginia, Outcome: evidence.Denied, Kinds: []string{listed}}
	if c := derive(t, []evidence.Gap{denied}, records(ireland, everything), user("AIDA1"), known(ireland, "AWS::IAM::User", "AIDA1"))["iam.user us-east-1"]; c.Agrees != nil || len(c.Unknown) == 0 {
		t.Errorf("%+v", c)
	}
}

// Every type that is compared is one that AWS Config is asked to list.
func TestSourcesAreListed(t *testing.T) {
	var types []string
	for _, s := range sources() {
		if !slices.Contains(awsconfig.Reconciled(), s.resourceType) {
			t.Errorf("%s: AWS Config is not asked for %s", s.kind, s.resourceType)
		}
		types = append(types, s.resourceType)
	}
	for _, r := range awsconfig.Reconciled() {
		if !slices.Contains(types, r) {
			t.Errorf("AWS Config is asked for %s, and nothing is compared with it", r)
		}
	}
}
