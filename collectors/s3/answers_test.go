package s3

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// prolog begins every answer.
const prolog = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

func fail(status int, code string) celltest.Answer {
	return celltest.Answer{Status: status, Body: prolog + "<Error><Code>" + code + "</Code><Message>no</Message><RequestId>r</RequestId></Error>"}
}

func failControl(status int, code string) celltest.Answer {
	return celltest.Answer{Status: status, Body: prolog + "<ErrorResponse><Error><Code>" + code + "</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>"}
}

const fourTrue = "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>"

// usual are the answers of an account with one bucket, b, one access point, ap, and one Multi-Region Access Point, m. Each is found by
// path and query without their values.
var usual = map[string]string{
	"/?max-buckets&x-id":   "<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Name><BucketRegion>eu-west-1</BucketRegion></Bucket></Buckets></ListAllMyBucketsResult>",
	"/b?publicAccessBlock": "<PublicAccessBlockConfiguration>" + fourTrue + "</PublicAccessBlockConfiguration>",
	"/b?policyStatus":      "<PolicyStatus><IsPublic>false</IsPublic></PolicyStatus>",
	"/b?policy":            `{"Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:GetObject","Resource":"*"}}`,
	"/b?acl":               `<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>me</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>`,
	"/b?ownershipControls": "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>",
	"/b?encryption":        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
	"/b?versioning":        "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
	"/b?object-lock":       "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>",
	"/b?logging":           "<BucketLoggingStatus/>",
	"/b?lifecycle":         "<LifecycleConfiguration><Rule><Status>Enabled</Status></Rule></LifecycleConfiguration>",
	"/b?replication":       "<ReplicationConfiguration><Role>r</Role><Rule><Status>Enabled</Status><Destination><Bucket>arn:aws:s3:::c</Bucket></Destination></Rule></ReplicationConfiguration>",
	"/b?tagging":           "<Tagging><TagSet></TagSet></Tagging>",
	"/v20180820/configuration/publicAccessBlock?":      "<PublicAccessBlockConfiguration>" + fourTrue + "</PublicAccessBlockConfiguration>",
	"/v20180820/accesspoint?dataSourceType&maxResults": "<ListAccessPointsResult><AccessPointList><AccessPoint><Name>ap</Name><NetworkOrigin>Internet</NetworkOrigin><Bucket>b</Bucket></AccessPoint></AccessPointList></ListAccessPointsResult>",
	"/v20180820/accesspoint/ap?":                       "<GetAccessPointResult><Name>ap</Name><PublicAccessBlockConfiguration>" + fourTrue + "</PublicAccessBlockConfiguration></GetAccessPointResult>",
	"/v20180820/accesspoint/ap/policyStatus?":          "<GetAccessPointPolicyStatusResult><PolicyStatus><IsPublic>false</IsPublic></PolicyStatus></GetAccessPointPolicyStatusResult>",
	"/v20180820/mrap/instances?":                       "<ListMultiRegionAccessPointsResult><AccessPoints><AccessPoint><Name>m</Name><Alias>m.mrap</Alias><PublicAccessBlock>" + fourTrue + "</PublicAccessBlock><Status>READY</Status><Regions/></AccessPoint></AccessPoints></ListMultiRegionAccessPointsResult>",
	"/v20180820/mrap/instances/m/policystatus?":        "<GetMultiRegionAccessPointPolicyStatusResult><Established><IsPublic>false</IsPublic></Established></GetMultiRegionAccessPointPolicyStatusResult>",
}

// answers collects with the usual answers, of which some are others. A key with a region behind it is for that region alone.
func answers(t *testing.T, o celltest.Options, odd map[string]celltest.Answer) *celltest.Result {
	t.Helper()
	o.URL = celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		var keys []string
		for _, kv := range strings.Split(q.Query, "&") {
			k, _, _ := strings.Cut(kv, "=")
			keys = append(keys, k)
		}
		key := strings.TrimPrefix(q.Operation, "GET ") + "?" + strings.Join(keys, "&")
		if a, ok := odd[key+" "+q.Region]; ok {
			return a
		}
		if a, ok := odd[key]; ok {
			return a
		}
		if strings.HasSuffix(key, "?policy") {
			return celltest.Answer{Body: usual[key]}
		}
		if usual[key] == "" {
			return celltest.Answer{}
		}
		return celltest.Answer{Body: prolog + usual[key]}
	})
	return celltest.Run(t, Collector{}, o)
}

func body(s string) celltest.Answer { return celltest.Answer{Body: prolog + s} }

func TestTheUsualAnswersLeaveNoGap(t *testing.T) {
	r := answers(t, celltest.Options{}, nil)
	if len(r.Gaps) > 0 || len(r.Records) != 4 {
		t.Errorf("%d records, gaps %v", len(r.Records), r.Gaps)
	}
	b := celltest.One[Bucket](t, r, "arn:aws:s3:::b")
	if *b.Logging != (Logging{}) || b.Tags == nil || *b.ACLsDisabled != true || b.Encryption.Algorithm != "AES256" || b.Created != nil {
		t.Errorf("%+v", b)
	}
}

// Each answer that lacks what decides leaves exactly those fields unknown, in whichever way it lacks it.
func TestHalfAnswers(t *testing.T) {
	lacks := func(s string) celltest.Answer { return body(s) }
	three := strings.Replace(fourTrue, "<IgnorePublicAcls>true</IgnorePublicAcls>", "", 1)
	for _, c := range []struct {
		key     string
		answer  celltest.Answer
		unknown string // of whichever record
		code    string
	}{
		{"/b?publicAccessBlock", lacks("<PublicAccessBlockConfiguration/>"), "public_access_block.block_public_acls", "MissingMember"},
		{"/b?publicAccessBlock", lacks("<PublicAccessBlockConfiguration>" + three + "</PublicAccessBlockConfiguration>"), "public_access_block.ignore_public_acls", "MissingMember"},
		{"/b?publicAccessBlock", fail(404, "NoSuchBucket"), "public_access_block", "NoSuchBucket"},
		{"/b?publicAccessBlock", celltest.Answer{Status: 404, Body: " "}, "public_access_block", "NotFound"},
		{"/b?publicAccessBlock", fail(403, "NoSuchPublicAccessBlock"), "public_access_block", "NoSuchPublicAccessBlock"},
		{"/v20180820/configuration/publicAccessBlock?", failControl(403, "AccessDenied"), "public_access_block", "AccessDenied"},
		{"/v20180820/configuration/publicAccessBlock?", lacks("<PublicAccessBlockConfiguration>" + three + "</PublicAccessBlockConfiguration>"), "public_access_block.ignore_public_acls", "MissingMember"},
		{"/b?policyStatus", lacks("<PolicyStatus/>"), "policy_public", "MissingMember"},
		{"/b?policyStatus", fail(404, noPolicy), "policy_public", "Contradiction"}, // and then it has one
		{"/b?policy", fail(404, noPolicy), "tls_only", "Contradiction"},            // and was judged before
		{"/b?policy", celltest.Answer{Body: `{"Statement":[]}`}, "policy", "UnreadablePolicy"},
		{"/b?policy", celltest.Answer{Body: `{"Statement":[{"Effect":"Maybe","Principal":"*"}]}`}, "log_sources", "UnreadablePolicy"},
		{"/b?acl", lacks("<AccessControlPolicy/>"), "acl", "MissingMember"},
		{"/b?acl", lacks("<AccessControlPolicy><AccessControlList><Grant/></AccessControlList></AccessControlPolicy>"), "acl.public", "UnknownGrantee"},
		{"/b?acl", lacks(strings.Replace(usual["/b?acl"], `"CanonicalUser"><ID>me</ID>`, `"Group"><URI>http://acs.amazonaws.com/groups/global/Everyone</URI>`, 1)), "acl.public", "UnknownGrantee"},
		{"/b?acl", lacks(strings.Replace(usual["/b?acl"], `"CanonicalUser"`, `"Somebody"`, 1)), "acl.public", "UnknownGrantee"},
		{"/b?acl", lacks(strings.Replace(usual["/b?acl"], "<Owner><ID>me</ID></Owner>", "", 1)), "acl.other_grantees", "MissingMember"},
		{"/b?ownershipControls", lacks("<OwnershipControls/>"), "acls_disabled", "MissingMember"},
		{"/b?ownershipControls", fail(403, "AccessDenied"), "acls_disabled", "AccessDenied"},
		{"/b?encryption", lacks("<ServerSideEncryptionConfiguration/>"), "encryption", "MissingMember"},
		{"/b?encryption", lacks("<ServerSideEncryptionConfiguration><Rule/></ServerSideEncryptionConfiguration>"), "encryption.algorithm", "MissingMember"},
		{"/b?versioning", celltest.Answer{Body: " "}, "versioning", "NotAnAnswer"},
		{"/b?versioning", celltest.Answer{Body: prolog}, "versioning", "NotAnAnswer"},
		{"/b?versioning", lacks("<html/>"), "versioning", "NotAnAnswer"},
		{"/b?logging", celltest.Answer{Body: " "}, "logging", "NotAnAnswer"},
		{"/b?logging", lacks("<html/>"), "logging", "NotAnAnswer"},
		{"/b?logging", lacks("<BucketLoggingStatus><LoggingEnabled/></BucketLoggingStatus>"), "logging", "MissingMember"},
		{"/b?object-lock", lacks("<ObjectLockConfiguration/>"), "object_lock", "MissingMember"},
		{"/b?object-lock", lacks("<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode></DefaultRetention></Rule></ObjectLockConfiguration>"), "object_lock.retention_days", "MissingMember"},
		{"/b?object-lock", lacks("<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>0</Days></DefaultRetention></Rule></ObjectLockConfiguration>"), "object_lock.retention_days", "MissingMember"},
		{"/b?object-lock", lacks("<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Days>9</Days></DefaultRetention></Rule></ObjectLockConfiguration>"), "object_lock.mode", "MissingMember"},
		{"/b?lifecycle", lacks("<LifecycleConfiguration/>"), "lifecycle", "MissingMember"},
		{"/b?lifecycle", lacks("<LifecycleConfiguration><Rule/></LifecycleConfiguration>"), "lifecycle", "MissingMember"},
		{"/b?replication", lacks("<ReplicationConfiguration/>"), "replication", "MissingMember"},
		{"/b?replication", lacks("<ReplicationConfiguration><Rule><Status>Enabled</Status></Rule></ReplicationConfiguration>"), "replication", "MissingMember"},
		{"/b?tagging", lacks("<Tagging/>"), "tags", "MissingMember"},
		{"/?max-buckets&x-id", lacks("<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Name></Bucket></Buckets></ListAllMyBucketsResult>"), "in_scope", "MissingMember"},
		{"/v20180820/accesspoint/ap?", lacks("<GetAccessPointResult><Name>ap</Name></GetAccessPointResult>"), "public_access_block", "MissingMember"},
		{"/v20180820/accesspoint/ap?", failControl(403, "AccessDenied"), "public_access_block", "AccessDenied"},
		// S3 Control's client reads a verdict that is not there as "not public".
		{"/v20180820/accesspoint/ap/policyStatus?", lacks("<GetAccessPointPolicyStatusResult><PolicyStatus/></GetAccessPointPolicyStatusResult>"), "policy_public", "MissingMember"},
		{"/v20180820/accesspoint/ap/policyStatus?", lacks("<GetAccessPointPolicyStatusResult><Elsewhere><IsPublic>false</IsPublic></Elsewhere><PolicyStatus/></GetAccessPointPolicyStatusResult>"), "policy_public", "MissingMember"},
		{"/v20180820/accesspoint/ap/policyStatus?", failControl(404, "NoSuchAccessPoint"), "policy_public", "NoSuchAccessPoint"},
		{"/v20180820/accesspoint?dataSourceType&maxResults", lacks("<ListAccessPointsResult><AccessPointList><AccessPoint><Name>ap</Name></AccessPoint></AccessPointList></ListAccessPointsResult>"), "network", "MissingMember"},
		{"/v20180820/mrap/instances/m/policystatus?", lacks("<GetMultiRegionAccessPointPolicyStatusResult><Established/></GetMultiRegionAccessPointPolicyStatusResult>"), "policy_public", "MissingMember"},
		{"/v20180820/mrap/instances?", lacks("<ListMultiRegionAccessPointsResult><AccessPoints><AccessPoint><Name>m</Name><Alias>m.mrap</Alias></AccessPoint></AccessPoints></ListMultiRegionAccessPointsResult>"), "public_access_block", "MissingMember"},
	} {
		r := answers(t, celltest.Options{}, map[string]celltest.Answer{c.key: c.answer})
		found := false
		for _, rec := range r.Records {
			found = found || celltest.Unknown(rec, c.unknown) == c.code
		}
		if !found || len(r.Records) != 4 {
			t.Errorf("%s answered with %s: %s is not unknown by %s; %d records, gaps %v", c.key, c.answer.Body, c.unknown, c.code, len(r.Records), r.Gaps)
		}
	}
}

func TestElementsWithoutAName(t *testing.T) {
	for key, c := range map[string]struct{ body, kind string }{
		"/?max-buckets&x-id": {"<ListAllMyBucketsResult><Buckets><Bucket><BucketRegion>eu-west-1</BucketRegion></Bucket></Buckets></ListAllMyBucketsResult>", "s3.bucket"},
		"/v20180820/accesspoint?dataSourceType&maxResults": {"<ListAccessPointsResult><AccessPointList><AccessPoint/></AccessPointList></ListAccessPointsResult>", "s3.access_point"},
		"/v20180820/mrap/instances?":                       {"<ListMultiRegionAccessPointsResult><AccessPoints><AccessPoint><Name>m</Name></AccessPoint></AccessPoints></ListMultiRegionAccessPointsResult>", "s3.multi_region_access_point"},
	} {
		r := answers(t, celltest.Options{}, map[string]celltest.Answer{key: body(c.body)})
		if len(r.Gaps) != 1 || len(r.Gaps[0].Kinds) != 1 || r.Gaps[0].Kinds[0] != c.kind || len(r.Records) != 3 {
			t.Errorf("%s: %d records, gaps %v", key, len(r.Records), r.Gaps)
		}
	}
}

// pages is a list of buckets of which one stands on two pages.
func pages(second celltest.Answer) map[string]celltest.Answer {
	return map[string]celltest.Answer{
		"/?max-buckets&x-id": body("<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Name><BucketRegion>eu-west-1</BucketRegion></Bucket><Bucket><Name>far</Name><BucketRegion>sa-east-1</BucketRegion></Bucket></Buckets>" +
			"<ContinuationToken>next</ContinuationToken></ListAllMyBucketsResult>"),
		"/?continuation-token&max-buckets&x-id": second,
	}
}

func TestMoreThanOnePage(t *testing.T) {
	var o celltest.Options
	o.Scope.Regions = []string{"eu-west-1"}
	last := body("<ListAllMyBucketsResult><Buckets><Bucket><Name>further</Name><BucketRegion>ap-south-2</BucketRegion></Bucket></Buckets></ListAllMyBucketsResult>")
	if r := answers(t, o, pages(last)); len(celltest.Of[Bucket](r)) != 3 || len(r.Gaps) > 0 {
		t.Errorf("%d buckets, gaps %v", len(celltest.Of[Bucket](r)), r.Gaps)
	}
	twice := body("<ListAllMyBucketsResult><Buckets><Bucket><Name>far</Name><BucketRegion>sa-east-1</BucketRegion></Bucket></Buckets></ListAllMyBucketsResult>")
	for code, second := range map[string]celltest.Answer{"SaidTwice": twice, "AccessDenied": fail(403, "AccessDenied"), "MissingMember": body("<ListAllMyBucketsResult/>")} {
		r := answers(t, o, pages(second))
		if len(celltest.Of[Bucket](r)) != 2 || len(r.Gaps) != 1 || r.Gaps[0].Code != code || r.Gaps[0].Kinds[0] != "s3.bucket" {
			t.Errorf("%s: %d buckets, gaps %v", code, len(celltest.Of[Bucket](r)), r.Gaps)
		}
	}
}

// A bucket that moved since the list was made is a gap, and not asked for ever.
func TestRedirectsAreNotFollowed(t *testing.T) {
	r := answers(t, celltest.Options{}, map[string]celltest.Answer{"/b?versioning": fail(301, "PermanentRedirect"), "/b?acl": fail(307, "TemporaryRedirect")})
	b := celltest.One[Bucket](t, r, "arn:aws:s3:::b")
	if celltest.Unknown(b, "versioning") != "PermanentRedirect" || celltest.Unknown(b, "acl") == "" || b.Logging == nil {
		t.Errorf("%+v; gaps %v", b, r.Gaps)
	}
}

// Access points of one name may stand in many regions; each region is asked, and each by its own name.
func TestAccessPointsOfEveryRegionInScope(t *testing.T) {
	var o celltest.Options
	o.Scope.Regions = []string{"eu-west-1", "us-east-1", "sa-east-1"}
	r := answers(t, o, map[string]celltest.Answer{"/v20180820/accesspoint?dataSourceType&maxResults sa-east-1": failControl(403, "AccessDenied")})
	for _, region := range o.Scope.Regions[:2] {
		if a := celltest.One[AccessPoint](t, r, "arn:aws:s3:"+region+":111122223333:accesspoint/ap"); a.Region != region || !a.Effective.BlockPublicACLs {
			t.Errorf("%+v", a)
		}
	}
	if len(celltest.Of[AccessPoint](r)) != 2 || len(r.Gaps) != 1 || r.Gaps[0].Kinds[0] != "s3.access_point" || r.Gaps[0].Outcome != evidence.Denied {
		t.Errorf("%d access points, gaps %v", len(celltest.Of[AccessPoint](r)), r.Gaps)
	}
}

// One ARN in two regions' lists is one access point, and a gap of the operation that said it twice.
func TestAccessPointThatTwoRegionsList(t *testing.T) {
	var o celltest.Options
	o.Scope.Regions = []string{"eu-west-1", "us-east-1"}
	const arn = "arn:aws:s3:us-east-1:111122223333:accesspoint/ap"
	r := answers(t, o, map[string]celltest.Answer{"/v20180820/accesspoint?dataSourceType&maxResults": body("<ListAccessPointsResult><AccessPointList><AccessPoint><Name>ap</Name><NetworkOrigin>Internet</NetworkOrigin><AccessPointArn>" + arn + "</AccessPointArn></AccessPoint></AccessPointList></ListAccessPointsResult>")})
	celltest.One[AccessPoint](t, r, arn)
	if len(celltest.Of[AccessPoint](r)) != 1 || len(r.Gaps) != 1 || r.Gaps[0].Code != "SaidTwice" || r.Gaps[0].Operation != "ListAccessPoints" || r.Gaps[0].Kinds[0] != "s3.access_point" {
		t.Errorf("%d access points, gaps %+v", len(celltest.Of[AccessPoint](r)), r.Gaps)
	}
}

func TestOtherPartitionsHaveNoMultiRegionAccessPoints(t *testing.T) {
	r := answers(t, celltest.Options{Partition: "aws-us-gov", Region: "us-gov-west-1"}, map[string]celltest.Answer{
		"/?max-buckets&x-id": body("<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Name><BucketRegion>us-gov-west-1</BucketRegion></Bucket></Buckets></ListAllMyBucketsResult>")})
	if len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.NotAvailable || r.Gaps[0].Kinds[0] != "s3.multi_region_access_point" || r.Gaps[0].Evidence != "" {
		t.Errorf("gaps %v", r.Gaps)
	}
	if b := celltest.One[Bucket](t, r, ":b"); b.ID != "arn:aws-us-gov:s3:::b" {
		t.Errorf("its id is %s", b.ID)
	}
}

// A bucket of that name may be another account's by now. S3 refuses then, because every request names the owner.
func TestEveryRequestNamesTheOwner(t *testing.T) {
	o := scenario.Demo()
	var mu sync.Mutex
	unnamed := 0
	s := scenario.Start(scenario.Config{Organization: o, Check: func(c *scenario.Call) error {
		mu.Lock()
		defer mu.Unlock()
		if c.Service == "s3" && c.Operation != "ListBuckets" && c.RequestHeader.Get("X-Amz-Expected-Bucket-Owner") != c.Account ||
			c.Service == "s3-control" && c.RequestHeader.Get("X-Amz-Account-Id") != c.Account {
			unnamed++
		}
		return nil
	}})
	defer s.Close()
	opt := celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(o.Accounts[0].ID), Account: o.Accounts[0].ID}
	opt.Scope.Regions, opt.Scope.AsOf = []string{"eu-west-1", "us-east-1"}, scenario.Now
	if r := celltest.Run(t, Collector{}, opt); len(r.Gaps) > 0 || unnamed > 0 {
		t.Errorf("%d requests name no owner; gaps %v", unnamed, r.Gaps)
	}
}

// Many buckets come out in the order of the list, whichever answers first, and every one of them is asked.
func TestManyBuckets(t *testing.T) {
	o := scenario.Demo()
	a := o.Accounts[0]
	a.S3.Buckets = nil
	const n = 300
	for i := range n {
		a.S3.Buckets = append(a.S3.Buckets, scenario.Bucket{Name: fmt.Sprintf("many-%05d", i), Region: []string{"eu-west-1", "us-east-1"}[i%2], Created: scenario.Now})
	}
	s := scenario.Start(scenario.Config{Organization: o})
	defer s.Close()
	opt := celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(a.ID), Account: a.ID}
	opt.Scope.Regions, opt.Scope.AsOf = []string{"eu-west-1", "us-east-1"}, scenario.Now
	r := celltest.Run(t, Collector{}, opt)
	all := celltest.Of[Bucket](r)
	if len(all) != n || len(r.Gaps) > 0 || s.Count("s3", "GetBucketVersioning") != n || s.Count("s3", "ListBuckets") != 1 {
		t.Fatalf("%d buckets, %d asked, gaps %v", len(all), s.Count("s3", "GetBucketVersioning"), r.Gaps)
	}
	for i, b := range all {
		if b.Name != fmt.Sprintf("many-%05d", i) {
			t.Fatalf("bucket %d is %s", i, b.Name)
		}
	}
}

// CloudFront delivers its older logs by a grant of the ACL.
func TestLogsOfCloudFront(t *testing.T) {
	grant := func(id, permission string) celltest.Answer {
		return body(strings.Replace(usual["/b?acl"], "</AccessControlList>", `<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>`+id+`</ID></Grantee><Permission>`+permission+`</Permission></Grant></AccessControlList>`, 1))
	}
	for _, c := range []struct {
		acl  celltest.Answer
		want int
	}{
		{grant(edges[0], "FULL_CONTROL"), 1},
		{grant(edges[1], "WRITE"), 1},
		{grant(edges[0], "READ"), 0},
		{grant("somebody", "FULL_CONTROL"), 0},
	} {
		r := answers(t, celltest.Options{}, map[string]celltest.Answer{"/b?acl": c.acl})
		if b := celltest.One[Bucket](t, r, "arn:aws:s3:::b"); len(b.LogSources) != c.want || b.ACL.OtherGrantees != 1 || len(r.Gaps) > 0 {
			t.Errorf("%s: logs of %v, other grantees %d, gaps %v", c.acl.Body, b.LogSources, b.ACL.OtherGrantees, r.Gaps)
		}
	}
}

// A bucket that serves a website may know CloudFront by a header, whose value stands in the policy.
func TestWhatABucketKnowsCloudFrontByIsNotWrittenDown(t *testing.T) {
	for _, key := range []string{"aws:Referer", "aws:referer", "aws:UserAgent"} {
		policy := `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{"StringLike":{"` + key + `":["correct-horse","correct-horse-2"]}}}]}`
		r := answers(t, celltest.Options{}, map[string]celltest.Answer{"/b?policy": {Body: policy}})
		if b := celltest.One[Bucket](t, r, "arn:aws:s3:::b"); !b.Policy.Everyone || b.Policy.Statements != 1 || strings.Contains(b.Policy.Text, "correct-horse") || len(r.Gaps) > 0 {
			t.Errorf("%s: %+v, gaps %v", key, b.Policy, r.Gaps)
		}
		filepath.WalkDir(r.Tape, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			if strings.Contains(string(b), "correct-horse") {
				t.Errorf("%s: %s holds it", key, path)
			}
			return err
		})
	}
}
