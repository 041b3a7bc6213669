package securityhub

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/testdata/scenario"
)

const (
	ireland  = "eu-west-1"
	virginia = "us-east-1"
)

func read(t *testing.T, o *scenario.Organization, account, region string, redact tape.Redactor, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	return readHistory(t, o, account, region, []string{nobodys}, redact, faults...)
}

func readHistory(t *testing.T, o *scenario.Organization, account, region string, controls []string, redact tape.Redactor, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: o, Faults: faults})
	t.Cleanup(s.Close)
	return celltest.Run(t, Collector{}, celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: region, Redact: redact,
		Scope: evidence.Scope{HistoryControls: controls, Period: evidence.Period{From: scenario.QuarterFrom, To: scenario.QuarterTo}, AsOf: scenario.Now}})
}

func demo(t *testing.T, account, region string, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	return read(t, scenario.Demo(), account, region, tape.Redactor{}, faults...)
}

// statuses gives the computed status of each control; "?" is an unknown one.
func statuses(r *celltest.Result) map[string]string {
	out := map[string]string{}
	for _, c := range celltest.Of[Control](r) {
		out[c.Control] = "?"
		if c.Status != nil {
			out[c.Control] = *c.Status
		}
		if celltest.Unknown(c, "status") != "" && c.Status != nil {
			out[c.Control] += ", although unknown"
		}
		if (c.Passed != nil) != (out[c.Control] == "passed" || out[c.Control] == "failed") || c.Passed != nil && *c.Passed != (*c.Status == "passed") {
			out[c.Control] += fmt.Sprintf(", but passed is %v", c.Passed)
		}
	}
	return out
}

func TestConsolidatedFindings(t *testing.T) {
	r := demo(t, scenario.DemoPayments, ireland)
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %+v", r.Gaps)
	}
	want := map[string]string{"KMS.1": "no-data", "KMS.3": "failed", "KMS.4": "passed", "KMS.5": "no-data", "Config.1": "passed", "IAM.6": "no-data", "EC2.7": "failed",
		"S3.1": "passed", "S3.20": "disabled", "ACM.1": "unknown", "CloudTrail.2": "no-data", "SecretsManager.1": "failed"}
	if d := cmp.Diff(want, statuses(r)); d != "" {
		t.Error(d)
	}
	h := celltest.Of[Hub](r)[0]
	if !h.Enabled || *h.ControlFindingGenerator != "SECURITY_CONTROL" || !*h.AutoEnableControls || h.Standards != 4 || h.Subscribed == nil {
		t.Errorf("hub %+v", h)
	}
	if f := h.Findings; f.Control != len(celltest.Of[Finding](r)) || f.Suppressed != 1 || f.Duplicate != 0 || f.Stale != 1 || f.Unmapped != 0 || f.Unlisted != 0 || f.Elsewhere != 0 {
		t.Errorf("findings %+v", f)
	}

	// The key that was never rotated is suppressed: it does not fail the control, and it is listed with who accepted it.
	kms := celltest.One[Control](t, r, "security-control/KMS.4")
	if kms.Findings.Suppressed != 1 || kms.Findings.Failed != 0 || kms.Findings.Passed == 0 || !kms.ComputedAt.Equal(scenario.Now) {
		t.Errorf("KMS.4 %+v", kms.Findings)
	}
	for _, f := range celltest.Of[Finding](r) {
		if f.Suppressed && (*f.Workflow != "SUPPRESSED" || f.Compliance != "FAILED" || !strings.HasSuffix(*f.Note.UpdatedBy, ":role/security-lead") || f.Note.Updated == nil) {
			t.Errorf("suppressed finding %+v, note %+v", f, f.Note)
		}
	}
	// One finding may name several resources, and one that was last seen long ago says so.
	two := celltest.One[Finding](t, r, "security-control/SecretsManager.1")
	if len(two.Resources) != 2 || two.ResourceTypes[1] != "AwsLambdaFunction" || !*two.Stale || !two.Consolidated || *two.Control != "SecretsManager.1" {
		t.Errorf("finding %+v", two)
	}
	if c := celltest.One[Control](t, r, "security-control/SecretsManager.1"); c.Findings.Failed != 1 || c.Findings.Stale != 1 {
		t.Errorf("SecretsManager.1 %+v", c.Findings)
	}

	mfa := celltest.One[Control](t, r, "security-control/S3.20")
	if *mfa.Enablement != "DISABLED" || len(mfa.DisabledStandards) != 3 || len(mfa.Unjustified) != 0 || *mfa.Associations[0].Reason != "Lifecycle rules need it off" {
		t.Errorf("S3.20 %+v", mfa)
	}
	acm := celltest.One[Control](t, r, "security-control/ACM.1")
	if !cmp.Equal(acm.CustomParameters, []string{"daysToExpiration"}) || *acm.UpdateReason == "" || acm.Findings.NotAvailable != 1 || len(acm.Evidence) < 3 {
		t.Errorf("ACM.1 %+v", acm)
	}
}

// The same failure told once for each standard counts once.
func TestFindingsPerStandardCountOnce(t *testing.T) {
	r := demo(t, scenario.DemoData, ireland)
	h := celltest.Of[Hub](r)[0]
	if *h.ControlFindingGenerator != "STANDARD_CONTROL" || h.Findings.Duplicate == 0 || h.Findings.Unmapped != 0 {
		t.Fatalf("hub %+v, findings %+v", h, h.Findings)
	}
	checks := map[string]map[string]bool{} // by control, the resources that failed
	findings := map[string]int{}
	for _, f := range celltest.Of[Finding](r) {
		if f.Consolidated {
			t.Errorf("finding %s of one standard reads as consolidated", f.ID)
		}
		if f.Compliance == "FAILED" && !f.Suppressed {
			findings[*f.Control]++
			if checks[*f.Control] == nil {
				checks[*f.Control] = map[string]bool{}
			}
			checks[*f.Control][strings.Join(f.Resources, " ")] = true
		}
	}
	for control, resources := range checks {
		c := celltest.One[Control](t, r, "security-control/"+control)
		if c.Findings.Failed != len(resources) || *c.Status != "failed" {
			t.Errorf("%s: %d failed checks in %d findings, counted %d, status %s", control, len(resources), findings[control], c.Findings.Failed, *c.Status)
		}
	}
	if findings["S3.1"] != 4 || len(checks["S3.1"]) != 1 {
		t.Errorf("S3.1 failed in %d findings about %d resources, want one bucket told by four standards", findings["S3.1"], len(checks["S3.1"]))
	}
}

// For a day after the switch both forms stand side by side.
func TestBothFormsAtOnce(t *testing.T) {
	o := scenario.Demo()
	hub := o.In(scenario.DemoPayments, ireland).Hub
	for _, f := range slices.Clone(hub.Findings) {
		if f.Control != "" && f.Record == "" {
			f.Standard, f.Standards = hub.Standards[0].Name, []string{hub.Standards[0].Name}
			hub.Findings = append(hub.Findings, f)
		}
	}
	one, both := demo(t, scenario.DemoPayments, ireland), read(t, o, scenario.DemoPayments, ireland, tape.Redactor{})
	if len(celltest.Of[Finding](both)) != 2*len(celltest.Of[Finding](one)) {
		t.Fatalf("%d findings, then %d", len(celltest.Of[Finding](one)), len(celltest.Of[Finding](both)))
	}
	for i, c := range celltest.Of[Control](both) {
		was := *celltest.Of[Control](one)[i].Findings
		is := *c.Findings
		is.Stale, was.Stale = 0, 0 // told of findings, not of checks
		if d := cmp.Diff(was, is); d != "" {
			t.Errorf("%s: %s", c.Control, d)
		}
	}
	if d := cmp.Diff(statuses(one), statuses(both)); d != "" {
		t.Error(d)
	}
}

// Off is an answer about the hub, and "not enabled" for everything in it.
func TestSecurityHubIsOff(t *testing.T) {
	r := demo(t, scenario.DemoLogArchive, ireland)
	h := celltest.Of[Hub](r)[0]
	if h.Enabled || len(h.Unknown) > 0 || len(h.Evidence) != 1 || h.Findings != nil {
		t.Errorf("hub %+v", h)
	}
	if len(r.Records) != 1 || len(r.Gaps) != 1 {
		t.Fatalf("%d records, gaps %+v", len(r.Records), r.Gaps)
	}
	if g := r.Gaps[0]; g.Outcome != evidence.NotEnabled || !cmp.Equal(g.Kinds, []string{"securityhub.control", "securityhub.finding", "securityhub.finding_change", "securityhub.finding_timeline", "securityhub.standard"}) {
		t.Errorf("gap %+v", g)
	}
}

// Neither a denial nor the same code with other words is "off".
func TestADeniedHubIsNotOff(t *testing.T) {
	for _, f := range []scenario.Fault{
		{Kind: scenario.Denied},
		{Kind: scenario.Code, CodeText: "InvalidAccessException", Message: "The account doesn't have permission to perform this action.", Status: 401},
	} {
		f.Operation = "DescribeHub"
		r := demo(t, scenario.DemoPayments, ireland, &f)
		h := celltest.Of[Hub](r)[0]
		if celltest.Unknown(h, "enabled") == "" || len(r.Gaps) != 1 || r.Gaps[0].Outcome == evidence.NotEnabled {
			t.Errorf("hub %+v, gaps %+v", h, r.Gaps)
		}
		if s := statuses(r); s["KMS.4"] != "passed" || s["EC2.7"] != "failed" {
			t.Errorf("the rest was read: %v", s)
		}
	}
}

// A finding list that breaks off leaves every status open: what comes next may be the failure.
func TestFindingsDeniedMidway(t *testing.T) {
	o := scenario.Demo()
	hub := o.In(scenario.DemoPayments, ireland).Hub
	for i := range 250 {
		hub.Findings = append(hub.Findings, scenario.Finding{Control: "S3.1", Status: "PASSED", Standards: []string{hub.Standards[0].Name}, Severity: "INFORMATIONAL", Workflow: "RESOLVED",
			Title: "t", ResourceType: "AwsS3Bucket", ResourceID: fmt.Sprintf("arn:aws:s3:::b%03d", i), Created: scenario.Now, Updated: scenario.Now})
	}
	for _, f := range []scenario.Fault{
		{Kind: scenario.Denied, Continued: true, From: 2}, {Kind: scenario.HalfJSON, Continued: true, From: 2}, {Kind: scenario.EmptyObject, Continued: true}, {Kind: scenario.RepeatedToken, From: 2}, {Kind: scenario.Throttled},
	} {
		f.Operation = "GetFindings"
		r := read(t, o, scenario.DemoPayments, ireland, tape.Redactor{}, &f)
		for _, c := range celltest.Of[Control](r) {
			if *c.Enablement == "DISABLED" {
				if *c.Status != "disabled" || celltest.Unknown(c, "status") != "" {
					t.Errorf("%s: %s is off whatever the findings say", f.Kind, c.Control)
				}
			} else if c.Status != nil || c.Passed != nil || celltest.Unknown(c, "status") == "" || celltest.Unknown(c, "passed") == "" {
				t.Errorf("%s: %s has a status: %+v", f.Kind, c.Control, c)
			}
			if c.Findings != nil || celltest.Unknown(c, "findings.failed") == "" {
				t.Errorf("%s: %s counts findings that were not read", f.Kind, c.Control)
			}
		}
		h := celltest.Of[Hub](r)[0]
		if h.Findings != nil || celltest.Unknown(h, "findings") == "" {
			t.Errorf("%s: the hub counts findings: %+v", f.Kind, h.Findings)
		}
		if g := r.GapsOf("GetFindings"); len(g) != 1 || !slices.Contains(g[0].Kinds, "securityhub.finding") {
			t.Errorf("%s: gaps %+v", f.Kind, g)
		}
	}
}

func TestControlsThatCannotBeDescribed(t *testing.T) {
	r := demo(t, scenario.DemoPayments, ireland, &scenario.Fault{Operation: "BatchGetSecurityControls", Kind: scenario.Denied})
	for _, c := range celltest.Of[Control](r) {
		if c.Status != nil || c.Passed != nil || celltest.Unknown(c, "enablement") == "" || celltest.Unknown(c, "status") == "" {
			t.Errorf("whether %s is enabled is not known, but its status is: %+v", c.Control, c)
		}
	}
	r = demo(t, scenario.DemoPayments, ireland, &scenario.Fault{Operation: "BatchGetStandardsControlAssociations", Kind: scenario.Throttled})
	for _, c := range celltest.Of[Control](r) {
		if celltest.Unknown(c, "disabled_standards") == "" || celltest.Unknown(c, "status") != "" {
			t.Errorf("%s %+v", c.Control, c)
		}
	}
	r = demo(t, scenario.DemoPayments, ireland, &scenario.Fault{Operation: "ListSecurityControlDefinitions", Kind: scenario.Denied, From: 2, Times: 1})
	for _, c := range celltest.Of[Control](r) {
		if celltest.Unknown(c, "associations") == "" {
			t.Errorf("%s may be in the standard whose controls were not listed", c.Control)
		}
	}
	if g := r.GapsOf("ListSecurityControlDefinitions"); len(g) != 1 || g[0].Kinds[0] != "securityhub.control" {
		t.Errorf("gaps %+v", g)
	}
}

func TestIncompleteStandards(t *testing.T) {
	r := demo(t, scenario.DemoData, virginia)
	for _, s := range celltest.Of[Standard](r) {
		if s.Name == "nist-800-53/v/5.0.0" {
			if s.Status != "INCOMPLETE" || *s.Reason != "NO_AVAILABLE_CONFIGURATION_RECORDER" {
				t.Errorf("standard %+v", s)
			}
		} else if s.Status != "READY" || s.Reason != nil || *s.ControlsUpdatable != "READY_FOR_UPDATES" {
			t.Errorf("standard %+v", s)
		}
	}
}

// Who wrote a note is a person, and is taken out where the audit asks for it.
func TestNotesAreRedacted(t *testing.T) {
	r := read(t, scenario.Demo(), scenario.DemoPayments, ireland, tape.Redactor{Identity: true})
	found := false
	for _, f := range celltest.Of[Finding](r) {
		if f.Note != nil {
			found = true
			if *f.Note.UpdatedBy != "REDACTED" {
				t.Errorf("note %+v", f.Note)
			}
		}
	}
	if !found {
		t.Error("no note was read")
	}
}
