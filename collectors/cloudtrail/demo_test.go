package cloudtrail

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

const orgTrail = "arn:aws:cloudtrail:us-east-1:111122223333:trail/example-org-trail"

// demo collects one account of the demo organization in both of its regions, and derives coverage from it alone.
func demo(t *testing.T, account string, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	return withCoverage(t, demoIn(t, []string{account}, account, faults...))
}

// demoIn collects one account of several that are read.
func demoIn(t *testing.T, accounts []string, account string, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: faults})
	t.Cleanup(s.Close)
	o := celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: "us-east-1"}
	o.Scope.Regions, o.Scope.AsOf = []string{"eu-west-1", "us-east-1"}, scenario.Now
	o.Scope.Period = evidence.Period{From: scenario.QuarterFrom, To: scenario.QuarterTo}
	o.Scope.Accounts = accounts
	return celltest.Run(t, Collector{}, o)
}

// together collects several accounts, of which the faults break the first, and derives coverage from all of them.
func together(t *testing.T, accounts []string, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	all := &celltest.Result{}
	for i, a := range accounts {
		if i > 0 {
			faults = nil
		}
		r := demoIn(t, accounts, a, faults...)
		all.Records, all.Gaps = append(all.Records, r.Records...), append(all.Gaps, r.Gaps...)
	}
	return withCoverage(t, all)
}

var meta = cmpopts.IgnoreFields(evidence.Meta{}, "Collected", "Evidence", "Unknown")

func at(d time.Duration) *time.Time { return ptr(scenario.Now.Add(-d)) }

func day(y int, m time.Month, d, hour int) *time.Time {
	return ptr(time.Date(y, m, d, hour, 0, 0, 0, time.UTC))
}

// covers finds the coverage of a region.
func covers(t *testing.T, r *celltest.Result, region string) *Coverage {
	t.Helper()
	return celltest.One[Coverage](t, r, "/"+region+"/")
}

func TestTheOrganizationsTrailIsReadWhole(t *testing.T) {
	r := demo(t, scenario.DemoManagement)
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	got := celltest.One[Trail](t, r, "example-org-trail")
	want := &Trail{Meta: evidence.Meta{ID: orgTrail, Account: "111122223333", Region: "us-east-1"}, Name: "example-org-trail", Owner: ptr("111122223333"), OwnerInScope: ptr(true), Organization: ptr(true), MultiRegion: ptr(true),
		GlobalServices: ptr(true), LogFileValidation: ptr(true), KMSKey: got.KMSKey, Bucket: ptr("example-corp-cloudtrail-012345678901"), Prefix: ptr("org"),
		Topic:    ptr("arn:aws:sns:us-east-1:111122223333:trail-deliveries"),
		LogGroup: ptr("arn:aws:logs:us-east-1:111122223333:log-group:aws-cloudtrail-logs-example-org:*"), LogRole: ptr("arn:aws:iam::111122223333:role/CloudTrailToLogs"), CustomSelectors: ptr(true),
		Status:   &Status{Logging: true, Started: day(2023, 4, 18, 9), Delivered: at(4 * time.Minute), Digest: at(38 * time.Minute), Logs: at(3 * time.Minute)},
		Advanced: ptr(true), ManagementEvents: ptr("all"), Excluded: []string{}, DataEvents: []string{"AWS::Lambda::Function", "AWS::S3::Object"}, S3DataEvents: ptr("all"),
		Insights: []string{"ApiCallRateInsight", "ApiErrorRateInsight"}, Tags: map[string]string{"owner": "platform-engineering", "evidence": "yes"}}
	if d := cmp.Diff(want, got, meta); d != "" {
		t.Error(d)
	}
	// The list, status, selectors, insights and tags.
	if len(got.Evidence) != 5 || got.KMSKey == nil {
		t.Errorf("read from %v, key %v", got.Evidence, got.KMSKey)
	}
	for _, region := range []string{"eu-west-1", "us-east-1"} {
		want := &Coverage{Meta: evidence.Meta{ID: "111122223333/" + region + "/cloudtrail", Account: "111122223333", Region: region}, Status: ptr("enabled"), Missing: []string{}, MultiRegion: ptr(true),
			Trails: []string{orgTrail}, S3DataEvents: ptr("all"), Insights: []string{"ApiCallRateInsight", "ApiErrorRateInsight"}}
		if d := cmp.Diff(want, covers(t, r, region), meta); d != "" {
			t.Error(d)
		}
	}
	store := celltest.One[EventDataStore](t, r, "eventdatastore")
	wantStore := &EventDataStore{Meta: evidence.Meta{ID: store.ID, Account: "111122223333", Region: "us-east-1"}, Name: ptr("example-org-lake"), Status: ptr("ENABLED"), TerminationProtection: ptr(true),
		RetentionDays: ptr(2557), MultiRegion: ptr(true), Organization: ptr(true), KMSKey: got.KMSKey, Billing: ptr("EXTENDABLE_RETENTION_PRICING"), Federation: ptr("DISABLED"),
		Categories: []string{"Management"}, ManagementEvents: ptr("all"), Excluded: []string{}, Created: day(2025, 1, 14, 0), Updated: day(2026, 3, 2, 0), Tags: map[string]string{"owner": "platform-engineering"}}
	if d := cmp.Diff(wantStore, store, meta); d != "" {
		t.Error(d)
	}
}

// A member sees the organization's trail, of which AWS tells it no more than the list; a trail of its own that is off covers nothing.
func TestAMemberAccount(t *testing.T) {
	r := demo(t, scenario.DemoPayments)
	if len(r.Gaps) != 3 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	for _, g := range r.Gaps {
		if len(g.Kinds) > 0 || g.Code != "CloudTrailARNInvalidException" {
			t.Errorf("%+v", g)
		}
	}
	org := celltest.One[Trail](t, r, "example-org-trail")
	if *org.Owner == org.Account || *org.OwnerInScope || !*org.Organization || !*org.LogFileValidation || org.Tags != nil {
		t.Errorf("%+v", org)
	}
	for _, field := range append([]string{"status", "insights"}, selectorFields...) {
		if celltest.Unknown(org, field) != "CloudTrailARNInvalidException" {
			t.Errorf("%s is known", field)
		}
	}
	old := celltest.One[Trail](t, r, "payments-legacy")
	want := &Trail{Meta: old.Meta, Name: "payments-legacy", Owner: &old.Account, OwnerInScope: ptr(true), Organization: ptr(false), MultiRegion: ptr(false), GlobalServices: ptr(true), LogFileValidation: ptr(false),
		Bucket: ptr("example-corp-payments-trail-444455556666"), LogGroup: old.LogGroup, LogRole: ptr("arn:aws:iam::444455556666:role/gone"), CustomSelectors: ptr(true),
		Status: &Status{Started: day(2021, 2, 3, 10), Stopped: day(2026, 5, 20, 15), Delivered: day(2026, 5, 20, 14), DeliveryError: ptr("AccessDenied"),
			LogsError: ptr("Access denied. Verify in IAM that the role has adequate permissions.")},
		Advanced: ptr(false), ManagementEvents: ptr("write-only"), Excluded: []string{"kms.amazonaws.com"}, DataEvents: []string{"AWS::S3::Object"}, S3DataEvents: ptr("some"), Insights: []string{},
		Tags: map[string]string{"owner": "=HYPERLINK(\"http://203.0.113.7\",\"payments\")", "until": "2024-12-31"}}
	if d := cmp.Diff(want, old); d != "" {
		t.Error(d)
	}
	for region, trails := range map[string]int{"eu-west-1": 2, "us-east-1": 1} {
		c := covers(t, r, region)
		for _, field := range []string{"status", "missing", "multi_region", "s3_data_events", "insights"} {
			if celltest.Unknown(c, field) != "CloudTrailARNInvalidException" {
				t.Errorf("%s: %s of %+v is known", region, field, c)
			}
		}
		if len(c.Trails) != trails || celltest.Unknown(c, "trails") != "" {
			t.Errorf("%+v", c)
		}
	}
}

var everyone = []string{scenario.DemoManagement, scenario.DemoLogArchive, scenario.DemoPayments, scenario.DemoData}

// What the owner of the organization's trail was told of it counts in every account that sees it.
func TestTheWholeOrganization(t *testing.T) {
	r := together(t, everyone)
	own := 0
	for _, x := range celltest.Of[Trail](r) {
		if !*x.OwnerInScope {
			t.Errorf("%s of %s: the owner is not in the scope", x.ID, x.Account)
		}
		if *x.Owner == x.Account {
			own++
		}
	}
	if all := len(celltest.Of[Trail](r)); own != 3 || all != 6 {
		t.Errorf("%d trails, %d of them of their account", all, own)
	}
	got := celltest.Of[Coverage](r)
	if len(got) != 8 {
		t.Fatalf("%d regions", len(got))
	}
	for _, c := range got {
		if len(c.Unknown) > 0 || *c.Status != "enabled" || !*c.MultiRegion || *c.S3DataEvents != "all" || len(c.Insights) != 2 || len(c.Missing) > 0 || c.Missing == nil || c.Trails[0] != orgTrail {
			t.Errorf("%+v", c)
		}
	}
}

// What the owner was not told is unknown in every account, but for what a trail of the region decides.
func TestWhatTheOwnerWasNotToldIsUnknownEverywhere(t *testing.T) {
	for op, fields := range map[string][]string{"GetTrailStatus": {"status", "missing", "multi_region", "s3_data_events", "insights"}, "GetEventSelectors": {"status", "missing", "multi_region", "s3_data_events"},
		"GetInsightSelectors": {"insights"}, "DescribeTrails": {"status", "missing", "multi_region", "s3_data_events", "insights"}} {
		r := together(t, everyone, &scenario.Fault{Service: "cloudtrail", Operation: op, Kind: scenario.Denied})
		ids := map[string]bool{}
		for _, g := range r.Gaps {
			ids[g.ID] = g.Account == scenario.DemoManagement && g.Code == "AccessDeniedException"
		}
		for _, c := range celltest.Of[Coverage](r) {
			for _, field := range fields {
				if c.Account == scenario.DemoData && c.Region == "eu-west-1" && (field == "status" || field == "missing") {
					if *c.Status != "enabled" || len(c.Missing) > 0 {
						t.Errorf("%s: %+v", op, c)
					}
					continue
				}
				if celltest.Unknown(c, field) != "AccessDeniedException" {
					t.Errorf("%s: %s of %+v is known", op, field, c)
				}
			}
			for _, u := range c.Unknown {
				if !ids[u.Gap] {
					t.Errorf("%s: %s is unknown by %s, which is not the owner's", op, u.Field, u.Gap)
				}
			}
		}
	}
}

func TestAStoreThatNobodyProtects(t *testing.T) {
	r := demo(t, scenario.DemoData)
	if s := celltest.One[EventDataStore](t, r, "eventdatastore"); *s.TerminationProtection || *s.RetentionDays != 90 || *s.ManagementEvents != "write-only" || s.Excluded[0] != "kms.amazonaws.com" || len(s.Tags) != 0 || s.Tags == nil || s.KMSKey != nil {
		t.Errorf("%+v", s)
	}
	// A trail of the region decides what it can; the organization's leaves the rest open where its owner is not read.
	ireland, virginia := covers(t, r, "eu-west-1"), covers(t, r, "us-east-1")
	if *ireland.Status != "enabled" || len(ireland.Missing) != 0 || ireland.Missing == nil || celltest.Unknown(ireland, "multi_region") == "" || ireland.MultiRegion != nil || celltest.Unknown(ireland, "s3_data_events") == "" ||
		virginia.Status != nil || celltest.Unknown(virginia, "status") == "" {
		t.Errorf("%+v %+v", ireland, virginia)
	}
}

// What can't be listed in a region is unknown there, and no region is left out.
func TestAListThatIsRefused(t *testing.T) {
	r := demo(t, scenario.DemoManagement, &scenario.Fault{Service: "cloudtrail", Operation: "DescribeTrails", Region: "eu-west-1", Kind: scenario.Denied})
	ireland, virginia := covers(t, r, "eu-west-1"), covers(t, r, "us-east-1")
	for _, field := range coverageFields {
		if celltest.Unknown(ireland, field) != "AccessDeniedException" {
			t.Errorf("%s is known", field)
		}
	}
	if ireland.Status != nil || ireland.Trails != nil || *virginia.Status != "enabled" || len(celltest.Of[Trail](r)) != 1 {
		t.Errorf("%+v %+v", ireland, virginia)
	}
	whole := false
	for _, g := range r.Gaps {
		whole = whole || len(g.Kinds) == 1 && g.Kinds[0] == trailKind
	}
	if !whole {
		t.Errorf("nothing says that trails are missing: %v", r.Gaps)
	}
}
