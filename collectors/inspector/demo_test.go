package inspector

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
	return celltest.Run(t, Collector{}, celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: region,
		Scope: evidence.Scope{Accounts: []string{scenario.DemoLogArchive, scenario.DemoManagement, scenario.DemoPayments, scenario.DemoData}}})
}

func the(t *testing.T, r *celltest.Result) *Account { return celltest.One[Account](t, r, "/inspector") }

var meta = cmpopts.IgnoreFields(evidence.Meta{}, "Collected", "Evidence")

func at(account, region, id string) evidence.Meta {
	return evidence.Meta{ID: id, Account: account, Region: region}
}

func on() *ScanType {
	return &ScanType{Status: "ENABLED", ErrorCode: new("ALREADY_ENABLED"), Message: new("Already enabled.")}
}

func TestAnAccountIsReadWhole(t *testing.T) {
	r := demo(t, scenario.DemoPayments, ireland)
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	const id = scenario.DemoPayments
	rec := the(t, r)
	want := &Account{Meta: at(id, ireland, id+"/eu-west-1/inspector"), Status: "enabled", Missing: []string{}, State: "ENABLED", ErrorCode: new("ALREADY_ENABLED"),
		EC2: on(), ECR: on(), Lambda: on(), LambdaCode: on(), CodeRepository: on(), EC2ScanMode: &ScanMode{"EC2_HYBRID", new("SUCCESS")},
		ECRRescan:      &Rescan{Duration: "LIFETIME", PullDuration: new("DAYS_90"), Status: new("SUCCESS")},
		DeepInspection: &DeepInspection{Status: "ACTIVATED", Paths: []string{}, OrgPaths: []string{"/opt/example"}}, Role: new("member"), DelegatedAdmin: new(scenario.DemoManagement), AdminRelation: new("ENABLED"),
		Findings: &Counts{143, 5, 31, 60}, CoveredResources: new(11)}
	if d := cmp.Diff(want, rec, meta); d != "" {
		t.Error(d)
	}
	// Status, configuration, deep inspection, administrator, counts, and three pages of coverage.
	if len(rec.Evidence) != 8 {
		t.Errorf("read from %d exchanges", len(rec.Evidence))
	}

	type row = [4]string
	var rows []row
	all := celltest.Of[Coverage](r)
	for _, c := range all {
		rows = append(rows, row{c.ResourceType, c.ScanType, c.Status, c.Reason})
	}
	if d := cmp.Diff([]row{
		{"AWS_EC2_INSTANCE", "PACKAGE", "ACTIVE", "SUCCESSFUL"}, {"AWS_EC2_INSTANCE", "NETWORK", "ACTIVE", "SUCCESSFUL"}, {"AWS_EC2_INSTANCE", "PACKAGE", "INACTIVE", "UNMANAGED_EC2_INSTANCE"},
		{"AWS_EC2_INSTANCE", "PACKAGE", "ACTIVE", "NO_INVENTORY"}, {"AWS_EC2_INSTANCE", "PACKAGE", "ACTIVE", "STALE_INVENTORY"}, {"AWS_EC2_INSTANCE", "PACKAGE", "INACTIVE", "EC2_INSTANCE_STOPPED"},
		{"AWS_ECR_REPOSITORY", "PACKAGE", "ACTIVE", "SUCCESSFUL"}, {"AWS_ECR_REPOSITORY", "PACKAGE", "INACTIVE", "SCAN_FREQUENCY_MANUAL"},
		{"AWS_LAMBDA_FUNCTION", "PACKAGE", "ACTIVE", "SUCCESSFUL"}, {"AWS_LAMBDA_FUNCTION", "CODE", "ACTIVE", "SUCCESSFUL"}, {"AWS_LAMBDA_FUNCTION", "PACKAGE", "INACTIVE", "UNSUPPORTED_RUNTIME"},
	}, rows); d != "" {
		t.Error(d)
	}
	scanned := new(scenario.Now.Add(-7 * time.Hour))
	ledger := all[0].Resource
	if d := cmp.Diff(&Coverage{Meta: at(id, ireland, ledger+"/PACKAGE/EC2_SSM_AGENT_BASED"), Resource: ledger, ResourceType: "AWS_EC2_INSTANCE", ScanType: "PACKAGE", Status: "ACTIVE", Reason: "SUCCESSFUL",
		ScanMode: new("EC2_SSM_AGENT_BASED"), LastScanned: scanned, Platform: new("LINUX"), AMI: all[0].AMI, Tags: map[string]string{"Name": "ledger"}}, all[0], meta); d != "" || all[0].AMI == nil {
		t.Error(d)
	}
	const repository, function = "arn:aws:ecr:eu-west-1:" + id + ":repository/payments/api", "arn:aws:lambda:eu-west-1:" + id + ":function:settle"
	if d := cmp.Diff(&Coverage{Meta: at(id, ireland, repository+"/PACKAGE"), Resource: repository, ResourceType: "AWS_ECR_REPOSITORY", ScanType: "PACKAGE", Status: "ACTIVE", Reason: "SUCCESSFUL",
		LastScanned: scanned, Name: new("payments/api"), ScanFrequency: new("CONTINUOUS_SCAN"), Tags: map[string]string{}}, all[6], meta); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(&Coverage{Meta: at(id, ireland, function+"/CODE"), Resource: function, ResourceType: "AWS_LAMBDA_FUNCTION", ScanType: "CODE", Status: "ACTIVE", Reason: "SUCCESSFUL",
		LastScanned: scanned, Name: new("settle"), Runtime: new("NODEJS_18_X"), Tags: map[string]string{"team": "payments"}}, all[9], meta); d != "" {
		t.Error(d)
	}
	if all[2].Tags["Name"] != "=1+1|bastion" || all[2].LastScanned != nil {
		t.Errorf("%+v", all[2])
	}

	findings := celltest.Of[Finding](r)
	if d := cmp.Diff(&Finding{Meta: at(id, ireland, findings[4].ID), Title: new("CVE-2026-20990 - <img src=x>"), Type: "PACKAGE_VULNERABILITY", Severity: "CRITICAL", Status: "ACTIVE",
		FirstObserved: new(scenario.Now.AddDate(0, 0, -2)), LastObserved: new(scenario.Now.Add(-6 * time.Hour)), Vulnerability: new("CVE-2026-20990"), Fix: new("YES"), Exploit: new("NO"), Score: new(9.8),
		Resources: []string{ledger}, ResourceTypes: []string{"AWS_EC2_INSTANCE"}}, findings[4], meta); d != "" || len(findings) != 5 {
		t.Error(len(findings), d)
	}
}

func TestTheAdministratorTellsOfTheOrganization(t *testing.T) {
	r := demo(t, scenario.DemoManagement, ireland)
	const id = scenario.DemoManagement
	if a := the(t, r); *a.Role != "administrator" || len(r.Gaps) > 0 {
		t.Errorf("%+v, gaps %v", a, r.Gaps)
	}
	known := func(member, relationship string) *Member {
		return &Member{Meta: at(id, ireland, id+"/eu-west-1/inspector/member/"+member), Member: member, Relationship: relationship, Administrator: new(id), Updated: new(time.Date(2024, 5, 6, 0, 0, 0, 0, time.UTC))}
	}
	if d := cmp.Diff([]*Member{known("012345678901", "ENABLED"), known("444455556666", "ENABLED"), known("777788889999", "ENABLED"), known("555566667777", "REMOVED"), known("666677778888", "CREATED")}, celltest.Of[Member](r), meta); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]*Organization{{Meta: at(id, ireland, id+"/eu-west-1/inspector/organization"), EC2: true, ECR: true, Lambda: new(true), LambdaCode: new(false), CodeRepository: new(false), LimitReached: new(false)}},
		celltest.Of[Organization](r), meta); d != "" {
		t.Error(d)
	}
	filters := celltest.Of[Filter](r)
	made := time.Date(2024, 6, 3, 0, 0, 0, 0, time.UTC)
	if d := cmp.Diff(&Filter{Meta: at(id, ireland, filters[0].ID), Name: new("low-severity"), Action: "SUPPRESS", Reason: new("Low findings are handled by the monthly patch run"), Owner: new(id), Created: &made,
		Updated: new(made.AddDate(0, 1, 0)), Tags: map[string]string{}}, filters[0], meta); d != "" || len(filters) != 5 || *filters[1].Name != "+1-555-0100" || filters[1].Reason != nil {
		t.Error(d, len(filters), filters[1])
	}
	// A member is not asked what AWS would refuse it.
	if r := demo(t, scenario.DemoLogArchive, ireland); r.Outcome(t, "ListMembers") != evidence.NotCalled || r.Outcome(t, "DescribeOrganizationConfiguration") != evidence.NotCalled || len(r.Gaps) > 0 {
		t.Errorf("gaps %v", r.Gaps)
	}
}

func TestEveryStatus(t *testing.T) {
	for _, c := range []struct {
		account, region, status string
		missing                 []string
	}{
		{scenario.DemoManagement, virginia, "enabled", []string{}},
		{scenario.DemoLogArchive, ireland, "enabled", []string{}}, // AWS does not name code repositories there
		{scenario.DemoLogArchive, virginia, "partly-enabled", []string{"lambda_code"}},
		{scenario.DemoPayments, virginia, "partly-enabled", []string{"lambda", "lambda_code"}},
	} {
		r := demo(t, c.account, c.region)
		if a := the(t, r); a.Status != c.status || !cmp.Equal(a.Missing, c.missing) || len(r.Gaps) > 0 {
			t.Errorf("%s %s: %+v, gaps %v", c.account, c.region, a, r.Gaps)
		}
	}
	if a := the(t, demo(t, scenario.DemoLogArchive, ireland)); a.CodeRepository != nil || a.Unknown != nil {
		t.Errorf("%+v", a)
	}
	if a := the(t, demo(t, scenario.DemoPayments, virginia)); *a.Lambda.ErrorCode != "BLOCKED_BY_ORGANIZATION_POLICY" || a.DeepInspection.Status != "DEACTIVATED" {
		t.Errorf("%+v", a)
	}
}

func TestDisabledIsARecord(t *testing.T) {
	r := demo(t, scenario.DemoData, virginia)
	a := the(t, r)
	if a.Status != "not-enabled" || a.State != "DISABLED" || a.EC2.Status != "DISABLED" || a.Missing == nil || len(a.Missing) > 0 || len(a.Unknown) > 0 || len(r.Records) != 1 || a.Findings != nil || a.CoveredResources != nil {
		t.Errorf("%+v", a)
	}
	if len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.NotEnabled || r.Gaps[0].Code != "DISABLED" || r.Gaps[0].Evidence == "" || !cmp.Equal(r.Gaps[0].Kinds, []string{"inspector.coverage", "inspector.filter", "inspector.finding"}) {
		t.Errorf("gaps %v", r.Gaps)
	}
	for _, c := range r.Cells {
		if c.Operation != "BatchGetAccountStatus" && c.Outcome != evidence.NotCalled {
			t.Errorf("%s was asked", c.Operation)
		}
	}
}

// A partial failure is neither off nor on.
func TestAFailedAccountIsUnknown(t *testing.T) {
	r := demo(t, scenario.DemoData, ireland)
	a := the(t, r)
	for _, f := range stateFields {
		if celltest.Unknown(a, f) != "SSM_THROTTLED" {
			t.Errorf("%s is unknown by %q", f, celltest.Unknown(a, f))
		}
	}
	if len(r.Gaps) != 1 || r.Gaps[0].Message != "Systems Manager refused the request." || a.Status != "" || a.CoveredResources == nil || a.DeepInspection == nil {
		t.Errorf("%+v, gaps %v", a, r.Gaps)
	}
}
