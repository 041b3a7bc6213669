package accessanalyzer

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

const (
	ireland  = "eu-west-1"
	virginia = "us-east-1"
)

// demo collects one account of the demo organization in one region.
func demo(t *testing.T, account, region string, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: faults})
	t.Cleanup(s.Close)
	o := celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: region}
	o.Scope.AsOf, o.Scope.Accounts = scenario.Now, []string{scenario.DemoLogArchive, scenario.DemoManagement, scenario.DemoPayments, scenario.DemoData}
	o.Scope.Period = evidence.Period{From: scenario.QuarterFrom, To: scenario.QuarterTo}
	return celltest.Run(t, Collector{}, o)
}

func ptr[T any](v T) *T { return &v }

func at(y, m, d, h int) *time.Time { return ptr(time.Date(y, time.Month(m), d, h, 0, 0, 0, time.UTC)) }

var meta = cmpopts.IgnoreFields(evidence.Meta{}, "Collected", "Evidence")

func TestAnOrganizationsAnalyzerIsReadWhole(t *testing.T) {
	r := demo(t, scenario.DemoLogArchive, ireland)
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	here := func(id string) evidence.Meta { return evidence.Meta{ID: id, Account: "012345678901", Region: ireland} }
	arn := "arn:aws:access-analyzer:eu-west-1:012345678901:analyzer/organization"
	a := celltest.Of[Account](r)
	if d := cmp.Diff([]*Account{{Meta: here("012345678901/eu-west-1/accessanalyzer"), Status: "enabled", Missing: []string{}, Organization: true, UnusedAccess: true}}, a, meta); d != "" || len(a[0].Evidence) != 1 {
		t.Error(d)
	}
	z := celltest.One[Analyzer](t, r, "/organization")
	if d := cmp.Diff(&Analyzer{Meta: here(arn), Name: "organization", Type: "ORGANIZATION", Status: "ACTIVE", Created: at(2023, 6, 12, 9), LastAnalyzed: ptr("arn:aws:s3:::example-corp-billing-exports-111122223333"),
		LastAnalyzedAt: at(2026, 10, 2, 3), Tags: map[string]string{"owner": "@SUM(1+1)", "team": "security"}}, z, meta); d != "" {
		t.Error(d)
	}
	rules := []*ArchiveRule{
		{Meta: here(arn + "/archive-rule/partners"), Name: "partners", Analyzer: arn, AnalyzerType: "ORGANIZATION", Criteria: []string{"isPublic equals false", "principal.AWS equals 999988887777"}, SparesPublic: true, Created: at(2023, 6, 12, 9), Updated: at(2024, 6, 12, 9)},
		{Meta: here(arn + "/archive-rule/noise"), Name: "noise", Analyzer: arn, AnalyzerType: "ORGANIZATION", Criteria: []string{"resourceType equals AWS::SQS::Queue"}, Created: at(2023, 6, 12, 9), Updated: at(2024, 6, 12, 9)},
	}
	if d := cmp.Diff(rules, celltest.Of[ArchiveRule](r), meta); d != "" {
		t.Error(d)
	}
	found := celltest.Of[Finding](r)
	if len(found) != 122 {
		t.Fatalf("%d findings", len(found))
	}
	f := found[120]
	if d := cmp.Diff(&Finding{Meta: here(arn + "/finding/" + f.Finding), Finding: f.Finding, Analyzer: arn, AnalyzerType: "ORGANIZATION", Status: "ACTIVE", Public: true, Resource: ptr("arn:aws:s3:::example-corp-open-datasets-777788889999"),
		ResourceType: "AWS::S3::Bucket", Owner: "777788889999", InScope: true, Principals: []string{"AWS:*"}, Actions: []string{"s3:GetObject", "s3:ListBucket"}, Conditions: map[string]string{},
		Created: at(2026, 5, 4, 1), Updated: at(2026, 5, 5, 1), Analyzed: at(2026, 10, 1, 21)}, f, meta); d != "" || len(f.Evidence) != 1 {
		t.Error(d)
	}
	if found[0].Public || found[0].ResourceType != "AWS::IAM::Role" || found[121].InScope || !found[121].Public {
		t.Errorf("%+v %+v", found[0], found[121])
	}
}

// A member does not see the organization's analyzer, and so nothing is claimed of it.
func TestNoAnalyzerOfItsOwn(t *testing.T) {
	r := demo(t, scenario.DemoManagement, ireland)
	if d := cmp.Diff([]*Account{{Meta: evidence.Meta{ID: "111122223333/eu-west-1/accessanalyzer", Account: "111122223333", Region: ireland}, Status: "not-enabled", Missing: []string{}}}, celltest.Of[Account](r), meta); d != "" {
		t.Error(d)
	}
	if len(r.Records) != 1 || len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.NotEnabled || cmp.Diff([]string{findingKind}, r.Gaps[0].Kinds) != "" {
		t.Errorf("gaps %+v", r.Gaps)
	}

	r = demo(t, scenario.DemoLogArchive, virginia)
	a := celltest.Of[Account](r)[0]
	if a.Status != "partly-enabled" || a.Missing[0] != "external-access" || a.Organization {
		t.Errorf("a disabled analyzer: %+v", a)
	}
	if z := celltest.Of[Analyzer](r)[0]; z.Status != "DISABLED" || *z.Reason != "AWS_SERVICE_ACCESS_DISABLED" || z.LastAnalyzed != nil {
		t.Errorf("%+v", z)
	}
	if len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.NotEnabled || r.Outcome(t, "ListFindings") != evidence.NotCalled {
		t.Errorf("gaps %+v", r.Gaps)
	}
}

func TestWhatCouldNotBeAnalyzedIsUnknown(t *testing.T) {
	r := demo(t, scenario.DemoData, ireland)
	found := celltest.Of[Finding](r)
	if len(found) != 2 || found[0].Status != "ARCHIVED" || !found[0].Public {
		t.Fatalf("%+v", found)
	}
	if f := found[1]; celltest.Unknown(f, "public") != "MissingMember" || *f.Error != "ACCESS_DENIED" || len(f.Principals) != 0 || f.Principals == nil || f.Actions == nil || len(f.Unknown) != 1 {
		t.Errorf("%+v", f)
	}
	if len(r.Gaps) != 1 {
		t.Errorf("gaps %+v", r.Gaps)
	}
}

func TestASecondAnalyzerIsNoFindingsSource(t *testing.T) {
	r := demo(t, scenario.DemoPayments, virginia)
	a := celltest.Of[Account](r)[0]
	if a.Status != "enabled" || a.UnusedAccess || len(celltest.Of[Analyzer](r)) != 2 || len(celltest.Of[Finding](r)) != 1 || len(r.Gaps) > 0 {
		t.Errorf("%+v, gaps %v", a, r.Gaps)
	}
	if f := celltest.Of[Finding](r)[0]; f.Public || f.Principals[0] != "AWS:arn:aws:iam::777788889999:root" {
		t.Errorf("%+v", f)
	}
}

func TestARefusalIsNoAnswer(t *testing.T) {
	for op, kinds := range map[string][]string{"ListAnalyzers": {analyzerKind, ruleKind, findingKind}, "ListArchiveRules": {ruleKind}, "ListFindings": {findingKind}} {
		r := demo(t, scenario.DemoPayments, virginia, &scenario.Fault{Service: "access-analyzer", Operation: op, Kind: scenario.Denied})
		a := celltest.Of[Account](r)[0]
		if unknown := celltest.Unknown(a, "status") != ""; unknown != (op == "ListAnalyzers") || celltest.Unknown(a, "unused_access") != celltest.Unknown(a, "status") {
			t.Errorf("%s: %+v", op, a)
		}
		for _, k := range kinds {
			there := false
			for _, g := range r.GapsOf(op) {
				for _, have := range g.Kinds {
					there = there || have == k
				}
			}
			if !there {
				t.Errorf("%s: %s is whole", op, k)
			}
		}
	}
}
