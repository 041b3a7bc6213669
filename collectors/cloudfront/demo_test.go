package cloudfront

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// demo collects one account of the demo organization. The audit reads Ireland alone, and CloudFront is in Virginia.
func demo(t *testing.T, account string, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: faults})
	t.Cleanup(s.Close)
	return celltest.Run(t, Collector{}, options(s, account))
}

func options(s *scenario.Server, account string) celltest.Options {
	o := celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: "eu-west-1"}
	o.Scope.Regions, o.Scope.AsOf = []string{"eu-west-1"}, scenario.Now
	o.Scope.Period = evidence.Period{From: scenario.QuarterFrom, To: scenario.QuarterTo}
	return o
}

var ignored = cmpopts.IgnoreFields(evidence.Meta{}, "Collected", "Evidence")

func ptr[T any](v T) *T { return &v }

func TestADistributionIsReadWhole(t *testing.T) {
	r := demo(t, scenario.DemoPayments)
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	const arn = "arn:aws:cloudfront::444455556666:distribution/E1SHOPEXAMPLE"
	meta := func(id string) evidence.Meta {
		return evidence.Meta{ID: id, Account: "444455556666", Region: "us-east-1"}
	}
	d := celltest.One[Distribution](t, r, arn)
	want := &Distribution{Meta: meta(arn), DistributionID: "E1SHOPEXAMPLE", Domain: ptr("e1shopexample.cloudfront.net"), Status: ptr("Deployed"), Modified: ptr(time.Date(2026, 7, 20, 13, 20, 0, 0, time.UTC)),
		Comment: ptr("Shop"), Enabled: ptr(true), Staging: ptr(false), ConnectionMode: ptr("direct"), Aliases: []string{"shop.example.com", "www.shop.example.com"},
		ViewerProtocolPolicy: ptr("redirect-to-https"), Behaviors: ptr(2), PlainHTTPBehaviors: []string{},
		Certificate: Certificate{Default: ptr(false), Source: ptr("acm"), ARN: d.Certificate.ARN, MinimumProtocol: ptr("TLSv1.2_2021"), Configured: ptr("TLSv1.2_2021"), SSLSupport: ptr("sni-only")},
		WebACL:      d.WebACL, WebACLKind: ptr("wafv2"),
		Logging: Logging{Legacy: ptr(false), V2: ptr(true), Realtime: ptr(false), RealtimeConfigs: []string{}, V2Destinations: []string{"CWL arn:aws:logs:us-east-1:444455556666:delivery-destination:edge-search",
			"S3 arn:aws:logs:us-east-1:012345678901:delivery-destination:edge-archive"}},
		DefaultRootObject: ptr("index.html"), Origins: ptr(3), S3Origins: []string{"assets", "assets-copy"}, FailoverGroups: ptr(1), GeoRestriction: ptr("none"), GeoLocations: []string{}, HTTPVersion: ptr("http2and3")}
	if diff := cmp.Diff(want, d, ignored); diff != "" {
		t.Error(diff)
	}
	if !strings.HasPrefix(*d.WebACL, "arn:aws:wafv2:us-east-1:444455556666:global/webacl/edge-shop/") || !strings.HasPrefix(*d.Certificate.ARN, "arn:aws:acm:us-east-1:") {
		t.Errorf("web ACL %s, certificate %s", *d.WebACL, *d.Certificate.ARN)
	}
	// The list, its configuration, and two pages each of sources and deliveries.
	if len(d.Evidence) != 6 {
		t.Errorf("read from %v", d.Evidence)
	}
	origin := func(id string, change func(*Origin)) *Origin {
		o := &Origin{Meta: meta(arn + "/origin/" + id), Distribution: arn, OriginID: id, FunctionURL: ptr(false), BucketDomain: ptr(id != "api"), SSLProtocols: []string{}, OldProtocols: []string{}, ViewersPlain: ptr(false), CustomHeaders: ptr(0)}
		change(o)
		return o
	}
	bucket := func(domain string) func(*Origin) {
		return func(o *Origin) {
			o.Domain, o.Type, o.AccessControl, o.SigningBehavior = &domain, ptr("s3"), ptr("E2OACALWAYS"), ptr("always")
		}
	}
	wanted := []*Origin{origin("assets", bucket("example-corp-assets.s3.eu-west-1.amazonaws.com")), origin("assets-copy", bucket("example-corp-assets-copy.s3.us-east-1.amazonaws.com")),
		origin("api", func(o *Origin) {
			o.Domain, o.Type, o.ProtocolPolicy, o.SSLProtocols, o.CustomHeaders = ptr("origin.shop.example.com"), ptr("custom"), ptr("https-only"), []string{"TLSv1.2"}, ptr(1)
		})}
	if diff := cmp.Diff(wanted, celltest.Of[Origin](r)[:3], ignored); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsWrongAtExampleCorp(t *testing.T) {
	r := demo(t, scenario.DemoPayments)
	api := celltest.One[Distribution](t, r, "E2PARTNERAPI")
	if diff := cmp.Diff(Logging{Legacy: ptr(true), Bucket: ptr("example-corp-edge-logs.s3.amazonaws.com"), Prefix: ptr("edge/"), V2: ptr(false), V2Destinations: []string{}, Realtime: ptr(true),
		RealtimeConfigs: []string{"arn:aws:cloudfront::444455556666:realtime-log-config/every-request=100"}}, api.Logging); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"/status=allow-all"}, api.PlainHTTPBehaviors); diff != "" || *api.ViewerProtocolPolicy != "redirect-to-https" {
		t.Error(diff, *api.ViewerProtocolPolicy)
	}
	if o := celltest.One[Origin](t, r, "/origin/partners"); !*o.ViewersPlain || *o.ProtocolPolicy != "match-viewer" || cmp.Diff([]string{"TLSv1.1"}, o.OldProtocols) != "" || len(o.SSLProtocols) != 2 {
		t.Errorf("%+v", o)
	}
	checkout := celltest.One[Distribution](t, r, "E3CHECKOUT")
	if *checkout.Logging.Realtime || checkout.Logging.RealtimeConfigs[0] != "arn:aws:cloudfront::444455556666:realtime-log-config/sample=5" || *checkout.GeoRestriction != "whitelist" || cmp.Diff([]string{"DE", "GB", "IE"}, checkout.GeoLocations) != "" {
		t.Errorf("%+v", checkout)
	}
	if o := celltest.One[Origin](t, r, "/origin/pay"); !*o.FunctionURL || *o.SigningBehavior != "always" || *o.Type != "custom" {
		t.Errorf("%+v", o)
	}

	r = demo(t, scenario.DemoData)
	d := celltest.One[Distribution](t, r, "E4DOWNLOADS")
	if diff := cmp.Diff(Certificate{Default: ptr(true), Source: ptr("cloudfront"), MinimumProtocol: ptr("TLSv1"), Configured: ptr("TLSv1"), SSLSupport: ptr("vip")}, d.Certificate); diff != "" {
		t.Error(diff)
	}
	if *d.WebACLKind != "none" || d.WebACL != nil || *d.DefaultRootObject != "" || *d.Logging.Legacy || *d.Logging.V2 || *d.Logging.Realtime || d.PlainHTTPBehaviors[0] != "Default (*)=allow-all" || *d.Comment != "=HYPERLINK(\"https://example.net\",\"downloads\")\u202e" {
		t.Errorf("%+v", d)
	}
	if o := celltest.One[Origin](t, r, "/origin/downloads"); *o.Identity != "origin-access-identity/cloudfront/E1LEGACYOAI" || o.AccessControl != nil || o.SigningBehavior != nil {
		t.Errorf("%+v", o)
	}
	if d := celltest.One[Distribution](t, r, "E5DATASETS"); *d.WebACLKind != "classic" || *d.Certificate.SSLSupport != "vip" || *d.Logging.V2 {
		t.Errorf("a source from which nothing is delivered, and a Classic web ACL: %+v", d)
	}
	if o := celltest.One[Origin](t, r, "/origin/datasets"); *o.SigningBehavior != "no-override" {
		t.Errorf("%+v", o)
	}
	if o := celltest.One[Origin](t, r, "/origin/archive"); *o.ProtocolPolicy != "http-only" || len(o.OldProtocols) != 2 {
		t.Errorf("%+v", o)
	}
	if d := celltest.One[Distribution](t, r, "E6OLDSITE"); *d.Enabled || !*d.Staging {
		t.Errorf("%+v", d)
	}
	if len(r.Gaps) > 0 {
		t.Errorf("gaps %v", r.Gaps)
	}
}

func TestTenants(t *testing.T) {
	r := demo(t, scenario.DemoManagement)
	acl := celltest.One[Distribution](t, r, "E7SITES").WebACL
	got := celltest.Of[Tenant](r)
	tenant := func(id, name string) Tenant {
		return Tenant{Meta: evidence.Meta{ID: "arn:aws:cloudfront::111122223333:distribution-tenant/" + id, Account: "111122223333", Region: "us-east-1"}, Name: &name, DistributionID: ptr("E7SITES"), Enabled: ptr(true), Domains: []string{name + ".example.com"}}
	}
	north, south, west := tenant("dt_2yexampleone", "north"), tenant("dt_2yexampletwo", "south"), tenant("dt_2yexamplethree", "west")
	north.WebACLFrom, north.WebACL, north.WebACLKind = ptr("distribution"), acl, ptr("wafv2")
	south.WebACLFrom, south.WebACL, south.WebACLKind, south.Certificate = ptr("tenant"), got[1].WebACL, ptr("wafv2"), got[1].Certificate
	west.WebACLFrom, west.WebACLKind = ptr("disabled"), ptr("none")
	if diff := cmp.Diff([]*Tenant{&north, &south, &west}, got, ignored); diff != "" {
		t.Error(diff)
	}
	if got[1].Certificate == nil || !strings.Contains(*got[1].WebACL, "/edge-sites-strict/") || len(r.Gaps) > 0 {
		t.Errorf("%+v, gaps %v", got[1], r.Gaps)
	}
	// Where every distribution is a standard one, nobody asks for tenants; where there is no distribution, nobody asks for anything.
	if got := demo(t, scenario.DemoPayments).Outcome(t, "ListDistributionTenants"); got != evidence.NotCalled {
		t.Errorf("tenants of standard distributions: %s", got)
	}
	empty := demo(t, scenario.DemoLogArchive)
	if len(empty.Records) > 0 || len(empty.Gaps) > 0 || empty.Outcome(t, "DescribeDeliverySources") != evidence.NotCalled || empty.Outcome(t, "ListDistributions") != evidence.Collected {
		t.Errorf("an account without distributions: %v, gaps %v", empty.Records, empty.Gaps)
	}
}

// Whichever region the cell is in, CloudFront and the deliveries of its logs are asked in the one that has them.
func TestOneRegionAnswersForAll(t *testing.T) {
	var mu sync.Mutex
	regions := map[string]int{}
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Check: func(c *scenario.Call) error {
		mu.Lock()
		defer mu.Unlock()
		regions[c.Region]++
		return nil
	}})
	defer s.Close()
	celltest.Run(t, Collector{}, options(s, scenario.DemoPayments))
	if regions["us-east-1"] == 0 || len(regions) != 1 {
		t.Errorf("asked in %v", regions)
	}
}

// The header by which an origin knows CloudFront stands in the list of distributions and in the configuration of each.
func TestSecretHeadersAreNotWrittenDown(t *testing.T) {
	r := demo(t, scenario.DemoPayments)
	found := 0
	filepath.WalkDir(r.Tape, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), "correct-horse") {
			t.Errorf("%s holds the header's value", path)
		}
		found += strings.Count(string(b), "X-Origin-Verify")
		return err
	})
	if found != 2 {
		t.Errorf("the header's name stands on the tape %d times, want 2", found)
	}
}

// What only the configuration tells is unknown without it, and nothing else is.
func TestADeniedConfiguration(t *testing.T) {
	r := demo(t, scenario.DemoPayments, &scenario.Fault{Operation: "GetDistributionConfig", Kind: scenario.Denied})
	if len(r.Gaps) != 3 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	for _, d := range celltest.Of[Distribution](r) {
		for _, f := range onlyInConfig {
			if celltest.Unknown(d, f) != "AccessDenied" {
				t.Errorf("%s of %s is not unknown", f, d.ID)
			}
		}
		if len(d.Unknown) != len(onlyInConfig) || d.Logging.V2 == nil || d.WebACLKind == nil || d.PlainHTTPBehaviors == nil || d.Logging.Legacy != nil || d.Logging.Realtime != nil {
			t.Errorf("%+v", d)
		}
	}
	if r.Outcome(t, "ListRealtimeLogConfigs") != evidence.NotCalled {
		t.Error("real-time logs are asked for though no distribution is known to have them")
	}
}

// A list that many records are read from fails once, and leaves one gap that they share.
func TestSharedListsThatFail(t *testing.T) {
	for _, c := range []struct {
		op, field string
		records   int
	}{
		{"DescribeDeliverySources", "logging.v2", 3},
		{"DescribeDeliveries", "logging.v2", 3},
		{"ListRealtimeLogConfigs", "logging.realtime", 2},
		{"ListOriginAccessControls", "signing_behavior", 3},
	} {
		for _, f := range []scenario.Fault{{Kind: scenario.Denied}, {Kind: scenario.EmptyBody}, {Kind: scenario.EmptyObject}, {Kind: scenario.RepeatedToken}, {Kind: scenario.Denied, Continued: true}} {
			if f.Continued && !strings.HasPrefix(c.op, "Describe") {
				continue // one page
			}
			f.Operation = c.op
			r := demo(t, scenario.DemoPayments, &f)
			n := 0
			for _, x := range r.Records {
				if celltest.Unknown(x, c.field) != "" {
					n++
				}
			}
			if n != c.records || len(r.Gaps) != 1 || r.Gaps[0].Operation != c.op || len(r.Gaps[0].Kinds) > 0 {
				t.Errorf("%s %s: unknown in %d records, gaps %+v", c.op, f.Kind, n, r.Gaps)
			}
		}
	}
}

func TestNoListIsWholeThatIsNot(t *testing.T) {
	for _, f := range []scenario.FaultKind{scenario.Denied, scenario.EmptyBody, scenario.EmptyObject, scenario.RepeatedToken, scenario.HTMLPage} {
		r := demo(t, scenario.DemoManagement, &scenario.Fault{Operation: "ListDistributions", Kind: f, Status: map[scenario.FaultKind]int{scenario.HTMLPage: 200}[f]})
		if g := r.GapsOf("ListDistributions"); len(g) == 0 || cmp.Diff([]string{distributionKind, originKind}, g[0].Kinds) != "" {
			t.Errorf("ListDistributions %s: gaps %+v", f, r.Gaps)
		}
		if f != scenario.RepeatedToken {
			for _, tenant := range celltest.Of[Tenant](r)[:1] {
				if celltest.Unknown(tenant, "web_acl_kind") != "Contradiction" {
					t.Errorf("%s: the web ACL of a distribution that was not listed: %+v", f, tenant)
				}
			}
		}
		r = demo(t, scenario.DemoManagement, &scenario.Fault{Operation: "ListDistributionTenants", Kind: f, Status: map[scenario.FaultKind]int{scenario.HTMLPage: 200}[f]})
		if g := r.GapsOf("ListDistributionTenants"); len(g) == 0 || cmp.Diff([]string{tenantKind}, g[0].Kinds) != "" || len(celltest.Of[Distribution](r)) != 1 {
			t.Errorf("ListDistributionTenants %s: gaps %+v", f, r.Gaps)
		}
	}
}

func TestManyDistributions(t *testing.T) {
	o := scenario.Demo()
	const n = 250
	o.ManyDistributions(scenario.DemoPayments, n)
	s := scenario.Start(scenario.Config{Organization: o})
	defer s.Close()
	r := celltest.Run(t, Collector{}, options(s, scenario.DemoPayments))
	all := celltest.Of[Distribution](r)
	if len(all) != n || len(r.Gaps) > 0 || s.Count("cloudfront", "ListDistributions") != 3 || s.Count("cloudfront", "GetDistributionConfig") != n || s.Count("logs", "DescribeDeliveries") != 2 {
		t.Fatalf("%d distributions, asked %d times, gaps %v", len(all), s.Count("cloudfront", "ListDistributions"), r.Gaps)
	}
	for i, d := range all {
		if want := scenario.DistributionARN(scenario.DemoPayments, scenario.NthDistribution(i)); d.ID != want {
			t.Fatalf("distribution %d is %s, want %s", i, d.ID, want)
		}
	}
}
