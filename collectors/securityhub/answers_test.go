package securityhub

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

const (
	here = "111122223333"
	fsbp = "arn:aws:securityhub:eu-west-1::standards/aws-foundational-security-best-practices/v/1.0.0"
	pci  = "arn:aws:securityhub:eu-west-1::standards/pci-dss/v/3.2.1"
	cis  = "arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0"
)

// nobodys is a control that no finding is of, so that no history is asked for and none is left out by the scope.
const nobodys = "Nobody.1"

// hub answers for a region with three standards and the controls KMS.4, S3.1 and S3.3, whose names in PCI DSS and CIS are others.
type hub struct {
	findings string
	own      map[string]string
	asked    []string
	// history are the controls whose history is read; nil is nobody's.
	history []string
	redact  tape.Redactor
}

func (h *hub) run(t *testing.T) *celltest.Result {
	t.Helper()
	control := func(id string) string {
		return `{"SecurityControlId":"` + id + `","Title":"t","Description":"d","RemediationUrl":"u","SeverityRating":"CRITICAL","CurrentRegionAvailability":"AVAILABLE"}`
	}
	enabled := func(id string) string {
		return `{"SecurityControlId":"` + id + `","SecurityControlArn":"arn:aws:securityhub:eu-west-1:111122223333:security-control/` + id + `","SecurityControlStatus":"ENABLED","UpdateStatus":"READY"}`
	}
	tie := func(id, standard, called string) string {
		return `{"SecurityControlId":"` + id + `","StandardsArn":"` + standard + `","AssociationStatus":"ENABLED","StandardsControlArns":["arn:aws:securityhub:eu-west-1:111122223333:control/` + called + `"]}`
	}
	answers := map[string]string{
		"GET /accounts": `{"HubArn":"arn:aws:securityhub:eu-west-1:111122223333:hub/default","SubscribedAt":"2023-06-01T12:30:00.000Z","ControlFindingGenerator":"STANDARD_CONTROL","AutoEnableControls":true}`,
		"POST /standards/get": `{"StandardsSubscriptions":[{"StandardsSubscriptionArn":"arn:s1","StandardsArn":"` + fsbp + `","StandardsStatus":"READY"},
			{"StandardsSubscriptionArn":"arn:s2","StandardsArn":"` + pci + `","StandardsStatus":"READY"},{"StandardsSubscriptionArn":"arn:s3","StandardsArn":"` + cis + `","StandardsStatus":"READY"}]}`,
		"GET /securityControls/definitions": `{"SecurityControlDefinitions":[` + control("KMS.4") + "," + control("S3.1") + "," + control("S3.3") + `]}`,
		"POST /securityControls/batchGet":   `{"SecurityControls":[` + enabled("KMS.4") + "," + enabled("S3.1") + "," + enabled("S3.3") + `],"UnprocessedIds":[]}`,
		"POST /associations/batchGet": `{"StandardsControlAssociationDetails":[` + strings.Join([]string{
			tie("KMS.4", fsbp, "aws-foundational-security-best-practices/v/1.0.0/KMS.4"), tie("S3.1", fsbp, "aws-foundational-security-best-practices/v/1.0.0/S3.1"), tie("S3.3", fsbp, "aws-foundational-security-best-practices/v/1.0.0/S3.3"),
			tie("KMS.4", pci, "pci-dss/v/3.2.1/PCI.KMS.1"), tie("S3.1", pci, "pci-dss/v/3.2.1/PCI.S3.6"), tie("S3.3", pci, "pci-dss/v/3.2.1/PCI.S3.1"),
			tie("KMS.4", cis, "cis-aws-foundations-benchmark/v/1.2.0/2.8"), tie("S3.1", cis, "cis-aws-foundations-benchmark/v/1.2.0/2.1"), tie("S3.3", cis, "cis-aws-foundations-benchmark/v/1.2.0/2.3")}, ",") + `],"UnprocessedAssociations":[]}`,
		"POST /findings": `{"Findings":[` + h.findings + `]}`,
	}
	for k, v := range h.own {
		answers[k] = v
	}
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		if q.Operation == "POST /findings" {
			h.asked = append(h.asked, q.Body)
		}
		return celltest.Answer{Body: answers[q.Operation]}
	})
	if h.history == nil {
		h.history = []string{nobodys}
	}
	quarter, _ := evidence.ParsePeriod("2026-Q3")
	return celltest.Run(t, Collector{}, celltest.Options{URL: url, Redact: h.redact,
		Scope: evidence.Scope{HistoryControls: h.history, Period: quarter, AsOf: time.Date(2026, 10, 1, 6, 0, 0, 0, time.UTC)}})
}

// finding is one of Security Hub about this account and region; members replace its own.
func finding(id string, members ...string) string {
	m := map[string]json.RawMessage{}
	for _, s := range append([]string{`"Id":"` + id + `"`, `"ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/securityhub"`, `"AwsAccountId":"` + here + `"`, `"Region":"eu-west-1"`,
		`"RecordState":"ACTIVE"`, `"UpdatedAt":"2026-09-30T22:00:00.000Z"`, `"Workflow":{"Status":"NEW"}`, `"GeneratorId":"security-control/KMS.4"`,
		`"Compliance":{"Status":"PASSED","SecurityControlId":"KMS.4"}`, `"Resources":[{"Id":"r-` + id + `","Type":"AwsKmsKey"}]`}, members...) {
		var one map[string]json.RawMessage
		if err := json.Unmarshal([]byte("{"+s+"}"), &one); err != nil {
			panic(s)
		}
		for k, v := range one {
			m[k] = v
		}
	}
	b, _ := json.Marshal(m)
	return string(b)
}

func TestTheFiltersAreAPureFunctionOfTheCell(t *testing.T) {
	h := &hub{}
	h.run(t)
	var in struct {
		Filters map[string][]map[string]string
	}
	if err := json.Unmarshal([]byte(h.asked[0]), &in); err != nil {
		t.Fatal(err)
	}
	equals := func(v string) []map[string]string { return []map[string]string{{"Comparison": "EQUALS", "Value": v}} }
	want := map[string][]map[string]string{"AwsAccountId": equals(here), "Region": equals("eu-west-1"), "ProductName": equals("Security Hub"), "RecordState": equals("ACTIVE")}
	if d := cmp.Diff(want, in.Filters); d != "" {
		t.Error(d)
	}
}

// A standard has names of its own for controls: PCI.S3.1 is S3.3 and not S3.1.
func TestNamesOfStandardsAreMappedByTheirAssociations(t *testing.T) {
	none := `"Compliance":{"Status":"FAILED"}`
	h := &hub{findings: strings.Join([]string{
		finding("a", none, `"GeneratorId":"pci-dss/v/3.2.1/PCI.S3.1"`),
		finding("b", none, `"GeneratorId":"pci-dss/v/3.2.1/something-else"`, `"ProductFields":{"StandardsControlArn":"arn:aws:securityhub:eu-west-1:111122223333:control/pci-dss/v/3.2.1/PCI.S3.6"}`),
		finding("c", none, `"GeneratorId":"arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0/rule/2.8"`),
		finding("d", none, `"GeneratorId":"aws-foundational-security-best-practices/v/1.0.0/S3.1"`),
		finding("e", `"Compliance":{"Status":"FAILED","SecurityControlId":"PCI.S3.1"}`, `"GeneratorId":"x"`),
		finding("f", none, `"GeneratorId":"y"`, `"ProductFields":{"ControlId":"PCI.KMS.1"}`),
		finding("g", none, `"GeneratorId":"security-control/S3.3"`),
	}, ",")}
	r := h.run(t)
	got := map[string]string{}
	for _, f := range celltest.Of[Finding](r) {
		got[f.ID] = *f.Control
	}
	if d := cmp.Diff(map[string]string{"a": "S3.3", "b": "S3.1", "c": "KMS.4", "d": "S3.1", "e": "S3.3", "f": "KMS.4", "g": "S3.3"}, got); d != "" {
		t.Error(d)
	}
	if len(r.Gaps) > 0 {
		t.Errorf("gaps %+v", r.Gaps)
	}
}

// A finding of an unknown control may be any control's failure: nothing has passed then.
func TestAnUnmappedFindingLeavesNothingPassed(t *testing.T) {
	h := &hub{findings: strings.Join([]string{
		finding("a"), finding("b", `"Compliance":{"Status":"FAILED","SecurityControlId":"S3.1"}`),
		finding("c", `"Compliance":{"Status":"FAILED"}`, `"GeneratorId":"pci-dss/v/3.2.1/PCI.Lambda.9"`), finding("d", `"Compliance":{"Status":"FAILED"}`, `"GeneratorId":"?"`),
	}, ",")}
	r := h.run(t)
	if d := cmp.Diff(map[string]string{"KMS.4": "?", "S3.1": "failed", "S3.3": "?"}, statuses(r)); d != "" {
		t.Error(d)
	}
	if g := r.GapsOf("GetFindings"); len(g) != 1 || g[0].Code != "UnmappedFinding" {
		t.Errorf("gaps %+v", g)
	}
	f := celltest.One[Finding](t, r, "d")
	if f.Control != nil || celltest.Unknown(f, "control") != "UnmappedFinding" || celltest.Of[Hub](r)[0].Findings.Unmapped != 2 {
		t.Errorf("finding %+v", f)
	}
}

func TestSeverityOriginalMayBeANumber(t *testing.T) {
	h := &hub{findings: finding("a", `"Severity":{"Label":"HIGH","Original":7.5,"Normalized":70}`, `"Description":"says \"Original\": 12 in words"`,
		`"FindingProviderFields":{"Severity":{"Label":"HIGH","Original":8}}`) + "," + finding("b", `"Severity":{"Label":"LOW","Original":"LOW"}`)}
	r := h.run(t)
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %+v", r.Gaps)
	}
	if a, b := celltest.One[Finding](t, r, "a"), celltest.One[Finding](t, r, "b"); *a.SeverityOriginal != "7.5" || *a.Severity != "HIGH" || *b.SeverityOriginal != "LOW" {
		t.Errorf("findings %+v, %+v", a, b)
	}
	// The tape keeps the number that AWS sent.
	raw, err := os.ReadFile(filepath.Join(r.Tape, here, "eu-west-1", "securityhub.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), `\"Original\":7.5`) {
		t.Error("the tape does not hold what AWS sent")
	}
}

// What is not control evidence about this account and region is counted and set aside.
func TestWhatIsSetAside(t *testing.T) {
	failed := `"Compliance":{"Status":"FAILED","SecurityControlId":"KMS.4"}`
	none := []string{
		finding("other-account", failed, `"AwsAccountId":"444455556666"`), finding("other-region", failed, `"Region":"us-east-1"`),
		finding("guardduty", failed, `"ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/guardduty"`), finding("archived", failed, `"RecordState":"ARCHIVED"`),
		finding("sample", failed, `"Sample":true`), strings.Replace(finding("no-compliance"), `"Compliance":{"Status":"PASSED","SecurityControlId":"KMS.4"},`, "", 1),
		finding("good"), finding("unlisted", `"Compliance":{"Status":"FAILED","SecurityControlId":"RDS.3"}`),
	}
	r := (&hub{findings: strings.Join(none, ",")}).run(t)
	want := &Reading{Control: 2, WithoutCompliance: 1, Unlisted: 1, Elsewhere: 2, Other: 3}
	if d := cmp.Diff(want, celltest.Of[Hub](r)[0].Findings); d != "" {
		t.Error(d)
	}
	if s := statuses(r); s["KMS.4"] != "passed" {
		t.Errorf("statuses %v", s)
	}
}

func TestStatusFollowsAWS(t *testing.T) {
	status := func(word string) string { return `"Compliance":{"Status":"` + word + `","SecurityControlId":"KMS.4"}` }
	for _, c := range []struct {
		findings []string
		want     string
	}{
		{nil, "no-data"},
		{[]string{finding("a", status("PASSED"))}, "passed"},
		{[]string{finding("a", status("PASSED")), finding("b", status("FAILED"))}, "failed"},
		{[]string{finding("a", status("PASSED")), finding("b", status("WARNING"))}, "unknown"},
		{[]string{finding("a", status("PASSED")), finding("b", status("NOT_AVAILABLE"))}, "unknown"},
		{[]string{finding("a", status("PASSED")), finding("b", status("MOSTLY_PASSED"))}, "unknown"},
		{[]string{finding("a", `"Compliance":{"SecurityControlId":"KMS.4"}`)}, "unknown"},
		{[]string{finding("a", status("WARNING")), finding("b", status("FAILED"))}, "failed"},
		{[]string{finding("a", status("PASSED")), finding("b", status("FAILED"), `"Workflow":{"Status":"SUPPRESSED"}`)}, "passed"},
		{[]string{finding("a", status("FAILED"), `"Workflow":{"Status":"SUPPRESSED"}`)}, "no-data"},
		{[]string{finding("a", status("FAILED"), `"Workflow":{"Status":"RESOLVED"}`)}, "failed"},
		// One check, told twice with different results while it is being updated: the worse one counts, once.
		{[]string{finding("a", status("PASSED"), `"Resources":[{"Id":"x"},{"Id":"y"}]`), finding("b", status("FAILED"), `"Resources":[{"Id":"y"},{"Id":"x"}]`)}, "failed"},
	} {
		r := (&hub{findings: strings.Join(c.findings, ",")}).run(t)
		if got := statuses(r)["KMS.4"]; got != c.want {
			t.Errorf("%v: %s, want %s", c.findings, got, c.want)
		}
	}
	r := (&hub{findings: finding("a", status("PASSED"), `"Resources":[{"Id":"x"},{"Id":"y"}]`) + "," + finding("b", status("FAILED"), `"Resources":[{"Id":"y"},{"Id":"x"}]`) + "," +
		finding("c", status("FAILED"), `"Resources":[]`) + "," + finding("d", status("FAILED"), `"Resources":[]`)}).run(t)
	if d := cmp.Diff(&Tally{Failed: 3}, celltest.One[Control](t, r, "KMS.4").Findings); d != "" {
		t.Errorf("findings without resources are checks of their own: %s", d)
	}
}

func TestWhatABatchLeavesOut(t *testing.T) {
	h := &hub{own: map[string]string{
		"POST /securityControls/batchGet": `{"SecurityControls":[{"SecurityControlId":"KMS.4","SecurityControlStatus":"ENABLED"}],
			"UnprocessedIds":[{"SecurityControlId":"arn:aws:securityhub:eu-west-1:111122223333:security-control/S3.1","ErrorCode":"ACCESS_DENIED","ErrorReason":"no"}]}`,
		"POST /associations/batchGet": `{"StandardsControlAssociationDetails":[{"SecurityControlId":"KMS.4","StandardsArn":"` + fsbp + `","AssociationStatus":"DISABLED","UpdatedReason":"  "},
			{"SecurityControlId":"KMS.4","StandardsArn":"` + pci + `","AssociationStatus":"DISABLED","UpdatedReason":"out of scope"},{"SecurityControlId":"KMS.4","StandardsArn":"` + cis + `","AssociationStatus":"ENABLED"}],
			"UnprocessedAssociations":[{"StandardsControlAssociationId":{"SecurityControlId":"S3.1","StandardsArn":"` + pci + `"},"ErrorCode":"RESOURCE_NOT_FOUND","ErrorReason":"not ready"}]}`,
	}}
	r := h.run(t)
	for field, code := range map[string]string{"S3.1 enablement": "ACCESS_DENIED", "S3.1 status": "ACCESS_DENIED", "S3.3 enablement": "MissingControl", "S3.3 passed": "MissingControl",
		"S3.3 associations": "MissingAssociation", "KMS.4 associations": "", "KMS.4 enablement": ""} {
		control, name, _ := strings.Cut(field, " ")
		if got := celltest.Unknown(celltest.One[Control](t, r, "security-control/"+control), name); got != code {
			t.Errorf("%s is unknown by %q, want %q", field, got, code)
		}
	}
	if celltest.Unknown(celltest.One[Control](t, r, "security-control/S3.1"), "associations") == "" {
		t.Error("an association that AWS did not process is not unknown")
	}
	kms := celltest.One[Control](t, r, "security-control/KMS.4")
	if len(kms.DisabledStandards) != 2 || !cmp.Equal(kms.Unjustified, []string{"aws-foundational-security-best-practices/v/1.0.0"}) {
		t.Errorf("a reason of blanks is none: %+v", kms)
	}
}

// A standard whose controls AWS cannot list yet is not a standard without controls.
func TestAStandardWithoutControls(t *testing.T) {
	r := (&hub{own: map[string]string{"GET /securityControls/definitions": `{"SecurityControlDefinitions":[]}`}}).run(t)
	g := r.GapsOf("ListSecurityControlDefinitions")
	if len(g) != 3 || g[0].Code != "NoControls" || g[0].Kinds[0] != "securityhub.control" {
		t.Errorf("gaps %+v", g)
	}
}

func TestFindingsWithoutTimesAreNotFresh(t *testing.T) {
	r := (&hub{findings: finding("a", `"UpdatedAt":"yesterday"`) + "," + finding("b", `"UpdatedAt":"2026-09-29T05:59:59Z"`) + "," + finding("c", `"UpdatedAt":"2026-09-29T06:00:00Z"`)}).run(t)
	if a, b, c := celltest.One[Finding](t, r, "a"), celltest.One[Finding](t, r, "b"), celltest.One[Finding](t, r, "c"); a.Stale != nil || a.Updated != nil || !*b.Stale || *c.Stale {
		t.Errorf("%v %v %v", a.Stale, b.Stale, c.Stale)
	}
}

// A control that passed in findings of long ago, or of nobody knows when, is not shown to pass; a fresh finding of the same check is.
func TestAPassOfLongAgoIsNoPass(t *testing.T) {
	const same = `"Resources":[{"Id":"same","Type":"AwsKmsKey"}]`
	for _, c := range []struct {
		findings, status string
		outdated         int
	}{
		{finding("a", `"UpdatedAt":"2026-09-01T00:00:00Z"`), "unknown", 1},
		{finding("a", `"UpdatedAt":"yesterday"`) + "," + finding("b"), "unknown", 1},
		{finding("a", same) + "," + finding("b", same, `"UpdatedAt":"2026-09-01T00:00:00Z"`), "passed", 0},
		{finding("a", same, `"UpdatedAt":"2026-09-01T00:00:00Z"`) + "," + finding("b", same), "passed", 0},
		{finding("a", `"UpdatedAt":"2026-09-01T00:00:00Z"`, `"Compliance":{"Status":"FAILED","SecurityControlId":"KMS.4"}`), "failed", 0},
	} {
		r := (&hub{findings: c.findings}).run(t)
		k := celltest.One[Control](t, r, "security-control/KMS.4")
		if *k.Status != c.status || k.Findings.Outdated != c.outdated || (k.Passed != nil && *k.Passed) != (c.status == "passed") {
			t.Errorf("%s: status %s, %+v", c.findings, *k.Status, k.Findings)
		}
	}
}

// A finding that does not say whose it is may be a failure here.
func TestAFindingOfNobodyIsAGap(t *testing.T) {
	for _, lacks := range []string{`"AwsAccountId":""`, `"ProductArn":""`} {
		r := (&hub{findings: finding("a") + "," + finding("b", lacks, `"Compliance":{"Status":"FAILED","SecurityControlId":"KMS.4"}`)}).run(t)
		if g := r.GapsOf("GetFindings"); len(g) != 1 || !cmp.Equal(g[0].Kinds, []string{"securityhub.control", "securityhub.finding", "securityhub.finding_change", "securityhub.finding_timeline"}) {
			t.Errorf("%s: gaps %+v", lacks, g)
		}
	}
}

// A control without a severity is not one that is not critical.
func TestControlsThatLackWhatDecides(t *testing.T) {
	r := (&hub{own: map[string]string{"GET /securityControls/definitions": `{"SecurityControlDefinitions":[{"SecurityControlId":"KMS.4"},{"SeverityRating":"CRITICAL"}]}`}}).run(t)
	k := celltest.One[Control](t, r, "security-control/KMS.4")
	if celltest.Unknown(k, "severity") != "MissingMember" || celltest.Unknown(k, "availability") != "MissingMember" || len(celltest.Of[Control](r)) != 1 {
		t.Errorf("%+v", k)
	}
	for _, g := range r.GapsOf("ListSecurityControlDefinitions") {
		if g.Resource == "" && cmp.Equal(g.Kinds, []string{"securityhub.control"}) {
			return
		}
	}
	t.Error("a control without an id is no gap")
}
