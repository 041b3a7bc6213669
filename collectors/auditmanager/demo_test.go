package auditmanager

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// demo collects one account and region of the demo organization.
func demo(t *testing.T, account, region string, change ...func(*celltest.Options)) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo()})
	t.Cleanup(s.Close)
	o := celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: region}
	o.Scope.AsOf, o.Scope.Period = scenario.Now, evidence.Period{From: scenario.QuarterFrom, To: scenario.QuarterTo}
	for _, f := range change {
		f(&o)
	}
	return celltest.Run(t, Collector{}, o)
}

func ptr[T any](v T) *T { return &v }

var meta = cmpopts.IgnoreFields(evidence.Meta{}, "ID", "Collected", "Evidence")

func named[T any](t *testing.T, all []*T, is func(*T) bool) *T {
	t.Helper()
	for _, x := range all {
		if is(x) {
			return x
		}
	}
	t.Fatalf("there is no such %T", *new(T))
	return nil
}

func TestTheDemoIsReadWhole(t *testing.T) {
	r := demo(t, scenario.DemoManagement, "us-east-1")
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	at := evidence.Meta{Account: "111122223333", Region: "us-east-1"}
	lead := Role{"PROCESS_OWNER", "arn:aws:iam::111122223333:role/ComplianceLead"}
	account := celltest.One[Account](t, r, ":account")
	if d := cmp.Diff(&Account{Meta: at, Status: ptr("enabled"), Missing: []string{}, AWSStatus: ptr("ACTIVE"), Organization: ptr(true), KMSKey: account.KMSKey, Deregistration: ptr("ALL"),
		EvidenceFinder: &Finder{Status: ptr("DISABLED")}, ReportDestination: ptr("s3://example-corp-audit-reports"), ExportDestination: ptr("s3://example-corp-audit-exports"), Topic: ptr("audit-manager"),
		ProcessOwners: []Role{lead}}, account, meta); d != "" {
		t.Error(d)
	}
	if account.ID != "arn:aws:auditmanager:us-east-1:111122223333:account" || account.KMSKey == nil {
		t.Errorf("%+v", account)
	}

	soc := named(t, celltest.Of[Assessment](r), func(a *Assessment) bool { return *a.Status == "ACTIVE" })
	want := &Assessment{Meta: at, AssessmentID: soc.AssessmentID, Name: ptr("SOC 2 2026"), Status: ptr("ACTIVE"), ComplianceType: ptr("SOC 2"), Created: ptr(time.Date(2026, 1, 12, 0, 0, 0, 0, time.UTC)),
		Updated: ptr(time.Date(2026, 3, 23, 0, 0, 0, 0, time.UTC)), Roles: []Role{lead}, Description: ptr("Evidence for the external audit of SOC 2 2026"),
		Framework:         &Framework{ID: &scenario.DemoFramework, ARN: ptr("arn:aws:auditmanager:us-east-1:111122223333:assessmentFramework/" + scenario.DemoFramework), Name: ptr("Example cloud baseline"), ComplianceType: ptr("SOC 2")},
		ReportDestination: ptr("s3://example-corp-audit-reports/" + soc.AssessmentID), Accounts: []string{"012345678901", "111122223333", "444455556666", "777788889999"}, Services: []string{"kms", "s3"},
		ControlSets: []ControlSet{{"Cryptography", ptr("Cryptography of SOC 2 2026"), "UNDER_REVIEW", ptr(12), ptr(0), 0}, {"Access", ptr("Access of SOC 2 2026"), "ACTIVE", ptr(2), ptr(1), 0}},
		Controls:    ptr(4), Reviewed: ptr(1), Tags: map[string]string{"owner": "compliance", "note": "=cmd|' /C calc'!A0"}}
	if d := cmp.Diff(want, soc, meta); d != "" {
		t.Error(d)
	}
	if soc.ID != "arn:aws:auditmanager:us-east-1:111122223333:assessment/"+soc.AssessmentID {
		t.Error(soc.ID)
	}

	if n := len(celltest.Of[Control](r)); n != 5 {
		t.Errorf("%d controls", n)
	}
	keys := named(t, celltest.Of[Control](r), func(c *Control) bool { return *c.Name == "1.1 Keys rotate" })
	if d := cmp.Diff(&Control{Meta: at, Assessment: soc.ID, ControlSet: "Cryptography", ControlID: keys.ControlID, Name: ptr("1.1 Keys rotate"), Description: ptr("Customer managed keys rotate at least once a year."),
		Status: ptr("REVIEWED"), Response: ptr("AUTOMATE"), Evidence: ptr(10), ReportEvidence: ptr(1), Sources: []string{"AWS Config", "AWS Security Hub"},
		Comments: []Comment{{ptr("maria.lopez"), ptr(time.Date(2026, 9, 29, 0, 0, 0, 0, time.UTC)), "Two keys of the data platform are exceptions; see ticket 4411. \u202e<b>ok</b>"}}}, keys, meta); d != "" {
		t.Error(d)
	}

	// Folders at the very ends of the period: its first moment lies in it, its end and what was before do not.
	in, read := 0, 0
	for _, f := range celltest.Of[EvidenceFolder](r) {
		inside := !f.Date.Before(scenario.QuarterFrom) && f.Date.Before(scenario.QuarterTo)
		if *f.InPeriod != inside || inside != (f.EvidenceRead != nil) {
			t.Errorf("%s of %v: in the period %v, read %v", f.ID, f.Date, *f.InPeriod, f.EvidenceRead)
		}
		if inside {
			in++
			read += *f.EvidenceRead
		}
	}
	if in != 7 || read != 13 || len(celltest.Of[Evidence](r)) != read || len(celltest.Of[EvidenceFolder](r)) != 10 {
		t.Errorf("%d folders in the period, %d read, %d items, %d folders", in, read, len(celltest.Of[Evidence](r)), len(celltest.Of[EvidenceFolder](r)))
	}
	six := named(t, celltest.Of[EvidenceFolder](r), func(f *EvidenceFolder) bool { return *f.Total == 6 })
	if d := cmp.Diff(&EvidenceFolder{Meta: at, Assessment: soc.ID, FolderID: six.FolderID, Name: ptr("2026-09-28"), Date: ptr(time.Date(2026, 9, 28, 7, 0, 0, 0, time.UTC)), InPeriod: ptr(true), ControlSet: ptr("Cryptography"),
		ControlID: &keys.ControlID, ControlName: ptr("1.1 Keys rotate"), DataSource: ptr("AWS Config"), Author: ptr("AWS Audit Manager"), Total: ptr(6), ComplianceChecks: ptr(6), Issues: ptr(2), Configuration: ptr(0),
		UserActivity: ptr(0), Manual: ptr(0), Resources: ptr(6), AWSSources: ptr(6), ReportEvidence: ptr(0), EvidenceRead: ptr(6)}, six, meta); d != "" {
		t.Error(d)
	}
	var items []*Evidence
	for _, e := range celltest.Of[Evidence](r) {
		if e.Folder == six.ID {
			items = append(items, e)
		}
	}
	if len(items) != 6 {
		t.Fatalf("%d items", len(items))
	}
	second := items[1]
	if d := cmp.Diff(&Evidence{Meta: at, EvidenceID: second.EvidenceID, Assessment: soc.ID, Folder: six.ID, ControlSet: ptr("Cryptography"), ControlID: &keys.ControlID, Time: ptr(time.Date(2026, 9, 28, 7, 1, 0, 0, time.UTC)),
		DataSource: ptr("AWS Config"), Type: ptr("Compliance check"), ComplianceCheck: ptr("Non-compliant"), EventName: ptr("CMK_BACKING_KEY_ROTATION_ENABLED"), EventSource: ptr("kms.amazonaws.com"),
		EvidenceAccount: ptr("777788889999"), Organization: ptr("o-exa1mp1ec0/r-ex4m/777788889999"), InReport: ptr("No"),
		Attributes: map[string]string{"managedRuleIdentifier": "CMK_BACKING_KEY_ROTATION_ENABLED", "configRuleName": "cmk-backing-key-rotation-enabled"},
		Resources:  []Resource{{second.Resources[0].ARN, ptr("Non-compliant"), ptr(`{"KeyRotationStatus":"Non-compliant"}`)}}}, second, meta); d != "" {
		t.Error(d)
	}
	if !strings.HasPrefix(*second.Resources[0].ARN, "arn:aws:kms:eu-west-1:777788889999:key/") {
		t.Error(*second.Resources[0].ARN)
	}
	manual := named(t, celltest.Of[Evidence](r), func(e *Evidence) bool { return *e.Type == "Manual" })
	if manual.ComplianceCheck != nil || manual.EventName != nil || len(manual.Resources) != 0 || manual.Resources == nil || manual.Attributes["fileName"] != "access-review-2026-Q3.pdf" {
		t.Errorf("%+v", manual)
	}
}

func TestPeopleAreRedactedByName(t *testing.T) {
	r := demo(t, scenario.DemoManagement, "us-east-1", func(o *celltest.Options) { o.Redact = tape.Redactor{Identity: true} })
	for _, x := range r.Records {
		switch x := x.(type) {
		case *Account:
			if x.ProcessOwners[0].ARN != "REDACTED" {
				t.Errorf("%+v", x)
			}
		case *Assessment:
			if x.Roles[0].ARN != "REDACTED" {
				t.Errorf("%+v", x)
			}
		case *Control:
			if len(x.Comments) > 0 && *x.Comments[0].Author != "REDACTED" {
				t.Errorf("%+v", x)
			}
		case *Evidence:
			if x.IAM != nil && *x.IAM != "REDACTED" {
				t.Errorf("%+v", x)
			}
		case *EvidenceFolder:
			if *x.Author != "REDACTED" {
				t.Errorf("%+v", x)
			}
		}
	}
	if len(r.Gaps) > 0 {
		t.Errorf("gaps %v", r.Gaps)
	}
}

// Off is an answer: one record that says so, and populations that are not there.
func TestItIsOff(t *testing.T) {
	r := demo(t, scenario.DemoData, "eu-west-1")
	a := celltest.One[Account](t, r, ":account")
	want := &Account{Meta: a.Meta, Status: ptr("not-enabled"), Missing: []string{}, AWSStatus: ptr("INACTIVE")}
	if d := cmp.Diff(want, a); d != "" || len(r.Records) != 1 {
		t.Errorf("%s%d records", d, len(r.Records))
	}
	if len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.NotEnabled || r.Gaps[0].Code != "INACTIVE" || cmp.Diff(r.Gaps[0].Kinds, dependents) != "" || r.Gaps[0].Evidence != a.Evidence[0] {
		t.Errorf("gaps %+v", r.Gaps)
	}
	if r.Outcome(t, "GetSettings") != evidence.NotCalled {
		t.Errorf("%v", r.Cells)
	}
}

// Where AWS does not offer it, nothing is asked.
func TestItIsNotThere(t *testing.T) {
	for _, c := range []struct{ partition, region, code string }{{"aws-us-gov", "us-gov-west-1", "NotInPartition"}, {"aws-cn", "cn-north-1", "NotInPartition"}, {"aws", "eu-north-1", "NotInRegion"}} {
		r := celltest.Run(t, Collector{}, celltest.Options{URL: "http://nowhere.invalid", Region: c.region, Partition: c.partition})
		if len(r.Records) > 0 || len(r.Gaps) != 1 || r.Gaps[0].Code != c.code || r.Gaps[0].Outcome != evidence.NotAvailable || r.Outcome(t, "GetAccountStatus") != evidence.NotAvailable {
			t.Errorf("%s: %v %v", c.region, r.Gaps, r.Cells)
		}
	}
}
