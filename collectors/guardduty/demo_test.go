package guardduty

import (
	"strings"
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

var meta = cmpopts.IgnoreFields(evidence.Meta{}, "Collected", "Evidence")

func at(y, m, d, h int) *time.Time { return ptr(time.Date(y, time.Month(m), d, h, 0, 0, 0, time.UTC)) }

// all is every protection with one status, but for the older runtime monitoring.
func all(status, older string) *Protection {
	s := &status
	return &Protection{CloudTrail: s, DNSLogs: s, FlowLogs: s, S3DataEvents: s, EKSAuditLogs: s, EBSMalwareProtection: s, RDSLoginEvents: s, LambdaNetworkLogs: s, RuntimeMonitoring: s,
		EKSRuntimeMonitoring: &older, EKSAgent: s, FargateAgent: s, EC2Agent: s}
}

// forMembers is the same without what every detector has.
func forMembers(status, older string) *Protection {
	p := all(status, older)
	p.CloudTrail, p.DNSLogs, p.FlowLogs = nil, nil, nil
	return p
}

func TestAnAdministratorIsReadWhole(t *testing.T) {
	r := demo(t, scenario.DemoLogArchive, ireland)
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	a := celltest.One[Account](t, r, "")
	want := &Account{Meta: evidence.Meta{ID: "012345678901/eu-west-1/guardduty", Account: "012345678901", Region: ireland}, Status: "enabled", Missing: []string{}, Protection: all("ENABLED", "DISABLED"),
		Role: ptr("administrator"), Exporting: ptr(true),
		Detector: &Detector{ID: a.Detector.ID, Status: "ENABLED", Frequency: ptr("FIFTEEN_MINUTES"), Created: at(2023, 4, 3, 10), Updated: at(2026, 7, 22, 6), Features: a.Detector.Features, Tags: map[string]string{}}}
	if d := cmp.Diff(want, a, meta); d != "" {
		t.Error(d)
	}
	// Three that every detector has, five protections, two runtime monitorings with four agents.
	if n := len(a.Detector.Features); n != 14 || cmp.Diff(Feature{"RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT", "ENABLED", a.Detector.Updated}, a.Detector.Features[n-1]) != "" {
		t.Errorf("features %+v", a.Detector.Features)
	}
	if len(a.Evidence) != 7 { // detectors, detector, administrator, organization, two pages of members, destinations
		t.Errorf("read from %v", a.Evidence)
	}
	o := celltest.One[Organization](t, r, "")
	if d := cmp.Diff(&Organization{Meta: evidence.Meta{ID: "012345678901/eu-west-1/guardduty/organization", Account: "012345678901", Region: ireland}, AutoEnable: "ALL", Features: o.Features, Protection: forMembers("ALL", "NONE")}, o, meta); d != "" || len(o.Features) != 11 {
		t.Error(d, len(o.Features))
	}
	members := celltest.Of[Member](r)
	if len(members) != 56 {
		t.Fatalf("%d members", len(members))
	}
	payments := celltest.One[Member](t, r, "/member/444455556666")
	pp := forMembers("ENABLED", "DISABLED")
	pp.RDSLoginEvents, pp.FargateAgent = ptr("DISABLED"), ptr("DISABLED")
	if d := cmp.Diff(&Member{Meta: evidence.Meta{ID: "012345678901/eu-west-1/guardduty/member/444455556666", Account: "012345678901", Region: ireland}, Member: "444455556666", InScope: true, Relationship: "Enabled",
		Detector: payments.Detector, Updated: at(2026, 5, 2, 6), Features: payments.Features, Protection: pp}, payments, meta); d != "" || payments.Detector == nil || len(payments.Features) != 11 {
		t.Error(d)
	}
	gone := celltest.One[Member](t, r, "/member/600000000090")
	if gone.Relationship != "Removed" || gone.InScope || gone.Protection != nil || gone.Features == nil || len(gone.Features) != 0 || gone.Detector != nil || len(gone.Unknown) > 0 {
		t.Errorf("the member that left reads %+v", gone)
	}
	d := celltest.One[Destination](t, r, "")
	arn := "arn:aws:guardduty:eu-west-1:012345678901:detector/" + a.Detector.ID
	if diff := cmp.Diff(&Destination{Meta: evidence.Meta{ID: d.ID, Account: "012345678901", Region: ireland}, Type: "S3", Status: "PUBLISHING", ARN: ptr("arn:aws:s3:::example-corp-guardduty-012345678901"), KMSKey: d.KMSKey, Tags: map[string]string{}}, d, meta); diff != "" {
		t.Error(diff)
	}
	if !strings.HasPrefix(d.ID, arn+"/publishingDestination/") || d.KMSKey == nil || !strings.HasPrefix(*d.KMSKey, "arn:aws:kms:eu-west-1:") {
		t.Errorf("the destination is %s under %v", d.ID, d.KMSKey)
	}
	here := evidence.Meta{Account: "012345678901", Region: ireland}
	named := func(name string) evidence.Meta { m := here; m.ID = arn + "/filter/" + name; return m }
	filters := []*Filter{
		{Meta: named("scanner"), Name: "scanner", Action: "ARCHIVE", Description: ptr("The weekly scan by the security team, ticket SEC-214"), Rank: ptr(1), Tags: map[string]string{},
			Criteria: []string{"resource.instanceDetails.tags.value equals vulnerability-scanner", "type equals Recon:EC2/Portscan"}},
		{Meta: named("payments-view"), Name: "payments-view", Action: "NOOP", Description: ptr("=cmd|' /C calc'!A0 \u202egnp.exe"), Rank: ptr(2), Tags: map[string]string{}, Criteria: []string{"accountId equals 444455556666", "severity is at least 4"}},
		{Meta: named("quiet"), Name: "quiet", Action: "ARCHIVE", Rank: ptr(3), Tags: map[string]string{}, Criteria: []string{"type equals CryptoCurrency:EC2/BitcoinTool.B!DNS, CryptoCurrency:EC2/BitcoinTool.B"}},
	}
	if diff := cmp.Diff(filters, celltest.Of[Filter](r), meta); diff != "" {
		t.Error(diff)
	}
	if r.Outcome(t, "ListFindings") != evidence.Empty || r.Outcome(t, "GetFindings") != evidence.NotCalled {
		t.Error("findings are not as declared")
	}
}

func TestAMemberIsNotAskedForWhatItMayNotSee(t *testing.T) {
	r := demo(t, scenario.DemoPayments, ireland)
	a := celltest.One[Account](t, r, "")
	if a.Status != "partly-enabled" || *a.Role != "member" || *a.Administrator != scenario.DemoLogArchive || *a.Relationship != "Enabled" || *a.Exporting || *a.Protection.RDSLoginEvents != "DISABLED" || *a.Protection.S3DataEvents != "ENABLED" {
		t.Errorf("it reads %+v", a)
	}
	if d := cmp.Diff([]string{"RDS_LOGIN_EVENTS", "RUNTIME_MONITORING/ECS_FARGATE_AGENT_MANAGEMENT"}, a.Missing); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]string{"owner": "payments", "note": "=HYPERLINK(\"http://example.com\")"}, a.Detector.Tags); d != "" {
		t.Error(d)
	}
	for _, op := range []string{"DescribeOrganizationConfiguration", "ListMembers", "GetMemberDetectors", "DescribePublishingDestination", "GetFilter"} {
		if o := r.Outcome(t, op); o != evidence.NotCalled {
			t.Errorf("%s was %s", op, o)
		}
	}
	found := celltest.Of[Finding](r)
	if len(r.Gaps) > 0 || len(found) != 2 || len(celltest.Of[Member](r))+len(celltest.Of[Organization](r)) > 0 {
		t.Fatalf("gaps %v, %d findings", r.Gaps, len(found))
	}
	old := found[1]
	want := &Finding{Meta: evidence.Meta{ID: old.ID, Account: scenario.DemoPayments, Region: ireland}, Type: "CryptoCurrency:EC2/BitcoinTool.B!DNS", Title: old.Title, Severity: 9.2, Created: at(2026, 7, 30, 6), Updated: at(2026, 7, 30, 7), Count: ptr(2), ResourceType: ptr("Instance")}
	if d := cmp.Diff(want, old, meta); d != "" || len(old.Evidence) != 2 || !strings.HasPrefix(*old.Title, "<b>1</b>") {
		t.Error(d, old.Evidence, *old.Title)
	}
}

// Two pages of findings come out in the order of the list, each read once.
func TestFindingsComeInPages(t *testing.T) {
	r := demo(t, scenario.DemoData, ireland)
	found := celltest.Of[Finding](r)
	if len(found) != 55 || found[0].Severity != 8 || found[54].Severity != 9.2 || len(r.Gaps) > 0 {
		t.Errorf("%d findings, gaps %v", len(found), r.Gaps)
	}
	if a := celltest.One[Account](t, r, ""); a.Status != "partly-enabled" || *a.Protection.RuntimeMonitoring != "DISABLED" || len(a.Missing) != 4 {
		t.Errorf("%+v", a)
	}
}

// Where GuardDuty is off nothing else is asked, and what it would have found is no empty population.
func TestOff(t *testing.T) {
	r := demo(t, scenario.DemoData, virginia)
	a := celltest.One[Account](t, r, "")
	want := &Account{Meta: evidence.Meta{ID: "777788889999/us-east-1/guardduty", Account: scenario.DemoData, Region: virginia}, Status: "not-enabled", Missing: []string{}}
	if d := cmp.Diff(want, a, meta); d != "" {
		t.Error(d)
	}
	if len(r.Records) != 1 || len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.NotEnabled || r.Gaps[0].Code != "NoDetector" || cmp.Diff(dependent, r.Gaps[0].Kinds) != "" || r.Gaps[0].Evidence == "" {
		t.Errorf("%d records, gaps %+v", len(r.Records), r.Gaps)
	}
	if r.Outcome(t, "ListDetectors") != evidence.NotEnabled {
		t.Error(r.Outcome(t, "ListDetectors"))
	}

	r = demo(t, scenario.DemoManagement, virginia)
	a = celltest.One[Account](t, r, "")
	if a.Status != "not-enabled" || a.Detector.Status != "DISABLED" || *a.Protection.FlowLogs != "DISABLED" || *a.Role != "member" || len(a.Unknown) > 0 {
		t.Errorf("suspended: %+v", a)
	}
	if len(r.Gaps) != 1 || r.Gaps[0].Code != "Suspended" || cmp.Diff([]string{findingKind}, r.Gaps[0].Kinds) != "" {
		t.Errorf("suspended: gaps %+v", r.Gaps)
	}
}

func TestAMemberThatCouldNotBeProcessedIsUnknown(t *testing.T) {
	r := demo(t, scenario.DemoLogArchive, virginia)
	m := celltest.One[Member](t, r, "/member/600000000001")
	if m.Relationship != "Enabled" || m.Features != nil || m.Protection != nil || celltest.Unknown(m, "protection.s3_data_events") != "Unprocessed" || celltest.Unknown(m, "features") != "Unprocessed" {
		t.Errorf("it reads %+v", m)
	}
	if m := celltest.One[Member](t, r, "/member/600000000002"); len(m.Unknown) > 0 || *m.Protection.S3DataEvents != "ENABLED" {
		t.Errorf("its neighbour reads %+v", m)
	}
	if m := celltest.One[Member](t, r, "/member/111122223333"); m.Relationship != "Disabled" || !m.InScope || len(m.Unknown) > 0 {
		t.Errorf("the suspended member reads %+v", m)
	}
	if len(r.Gaps) != 1 {
		t.Errorf("gaps %v", r.Gaps)
	}
	o := celltest.One[Organization](t, r, "")
	if o.AutoEnable != "NEW" || *o.Protection.LambdaNetworkLogs != "NONE" || *o.Protection.S3DataEvents != "NEW" {
		t.Errorf("%+v", o)
	}
	d := celltest.One[Destination](t, r, "")
	if d.Status != "UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY" || !d.Failing.Equal(*at(2026, 9, 2, 6)) || *celltest.One[Account](t, r, "/guardduty").Exporting {
		t.Errorf("%+v", d)
	}
}

func TestARefusalLeavesExactlyItsFieldsUnknown(t *testing.T) {
	for op, fields := range map[string][]string{
		"ListDetectors":              {"status", "missing", "detector", "protection", "role", "administrator", "relationship", "exporting"},
		"GetDetector":                {"status", "missing", "detector", "protection"},
		"GetAdministratorAccount":    {"role", "administrator", "relationship"},
		"ListPublishingDestinations": {"exporting"},
		"ListFilters":                nil, "ListFindings": nil, "GetFindings": nil,
	} {
		r := demo(t, scenario.DemoPayments, ireland, &scenario.Fault{Service: "guardduty", Operation: op, Kind: scenario.Denied})
		a := celltest.One[Account](t, r, "")
		got := []string{}
		for _, u := range a.Unknown {
			got = append(got, u.Field)
			if u.Code != "AccessDeniedException" {
				t.Errorf("%s: %+v", op, u)
			}
		}
		if d := cmp.Diff(fields, got, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: %s", op, d)
		}
		if len(r.GapsOf(op)) == 0 || r.Outcome(t, op) != evidence.Denied {
			t.Errorf("%s: no gap, or outcome %s", op, r.Outcome(t, op))
		}
	}
}

func TestIdentityIsTakenOut(t *testing.T) {
	s := scenario.Start(scenario.Config{Organization: scenario.Demo()})
	t.Cleanup(s.Close)
	o := celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(scenario.DemoLogArchive), Account: scenario.DemoLogArchive, Region: virginia}
	o.Redact.Identity = true
	r := celltest.Run(t, Collector{}, o)
	if strings.Contains(tapeText(t, r.Tape), "aws+111122223333@example.com") || len(celltest.Of[Member](r)) == 0 {
		t.Error("the tape holds an e-mail address")
	}
}
