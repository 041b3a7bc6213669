package ssm

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

const (
	anInstance = `{"InstanceId":"i-1","PingStatus":"Online","LastPingDateTime":1790000000,"IsLatestVersion":true,"ResourceType":"EC2Instance"}`
	aState     = `{"InstanceId":"i-1","BaselineId":"pb-own","PatchGroup":"","Operation":"Scan","OperationStartTime":1790000000,"OperationEndTime":1790000001,"InstalledCount":1,"InstalledOtherCount":2,"InstalledPendingRebootCount":0,"InstalledRejectedCount":0,"MissingCount":0,"FailedCount":0,"NotApplicableCount":3,"CriticalNonCompliantCount":0,"SecurityNonCompliantCount":0,"OtherNonCompliantCount":0}`
	anIdentity = `{"BaselineId":"pb-own","OperatingSystem":"WINDOWS","DefaultBaseline":true}`
	aBaseline  = `{"BaselineId":"pb-own","GlobalFilters":{"PatchFilters":[]},"ApprovalRules":{"PatchRules":[{"PatchFilterGroup":{"PatchFilters":[{"Key":"CLASSIFICATION","Values":["SecurityUpdates"]}]},"ApproveAfterDays":7}]},"ApprovedPatches":[],"RejectedPatches":[],"Sources":[]}`
	aWindow    = `{"WindowId":"mw-1","Enabled":true,"Schedule":"rate(1 days)","Duration":2}`
	aRun       = `{"WindowId":"mw-1","WindowExecutionId":"run-1","Status":"SUCCESS","StartTime":1790000000}`
	anItem     = `{"ComplianceType":"Patch","ResourceType":"ManagedInstance","ResourceId":"i-1","Status":"COMPLIANT","ExecutionSummary":{"ExecutionTime":1790000000},"CompliantSummary":{"CompliantCount":1},"NonCompliantSummary":{"NonCompliantCount":0}}`
	aSummary   = `{"ComplianceType":"Patch","CompliantSummary":{"CompliantCount":1},"NonCompliantSummary":{"NonCompliantCount":0}}`
)

// lists are the members that the answers of lists are made of; usual what stands in them, or the whole answer of the others.
var members = map[string]string{"DescribeInstanceInformation": "InstanceInformationList", "DescribeInstancePatchStates": "InstancePatchStates", "DescribePatchGroups": "Mappings", "DescribePatchBaselines": "BaselineIdentities",
	"DescribeMaintenanceWindows": "WindowIdentities", "DescribeMaintenanceWindowTargets": "Targets", "DescribeMaintenanceWindowTasks": "Tasks", "DescribeMaintenanceWindowExecutions": "WindowExecutions",
	"ListResourceComplianceSummaries": "ResourceComplianceSummaryItems", "ListComplianceSummaries": "ComplianceSummaryItems"}

var usual = map[string]string{
	"DescribeInstanceInformation": anInstance, "DescribeInstancePatchStates": aState, "DescribePatchGroups": "", "DescribePatchBaselines": anIdentity, "GetPatchBaseline": aBaseline,
	"DescribeMaintenanceWindows": aWindow, "DescribeMaintenanceWindowTargets": `{"WindowTargetId":"t"}`, "DescribeMaintenanceWindowTasks": `{"TaskArn":"arn:aws:ssm:eu-west-1::document/AWS-RunPatchBaseline","Type":"RUN_COMMAND"}`,
	"DescribeMaintenanceWindowExecutions": aRun, "ListResourceComplianceSummaries": anItem, "ListComplianceSummaries": aSummary, "GetServiceSetting": `{"ServiceSetting":{"SettingValue":"Disable"}}`,
}

// in puts elements into the list of an operation's answer; what follows a | stands beside it.
func in(op, elements string) string {
	elements, beside, _ := strings.Cut(elements, "|")
	if members[op] == "" {
		return elements
	}
	return fmt.Sprintf(`{"%s":[%s]%s}`, members[op], elements, beside)
}

// answers collects with the usual answers, of which some are others: elements of a list, a whole answer, or a celltest.Answer. A key
// is an operation, with the page's token behind it.
func answers(t *testing.T, odd map[string]any) *celltest.Result {
	t.Helper()
	return celltest.Run(t, Collector{}, celltest.Options{URL: celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		var page struct{ NextToken string }
		json.Unmarshal([]byte(q.Body), &page)
		a, ok := odd[strings.TrimSpace(q.Operation+" "+page.NextToken)]
		if !ok {
			a = usual[q.Operation]
		}
		if whole, ok := a.(celltest.Answer); ok {
			return whole
		}
		return celltest.Answer{Body: in(q.Operation, a.(string))}
	})})
}

func refuse(code string) celltest.Answer { return celltest.Fail(400, code, "no") }

// without takes a member out of a JSON object, wherever it stands.
func without(t *testing.T, object string, path ...string) string {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &m); err != nil || m[path[0]] == nil {
		t.Fatalf("%s has no %s", object, path[0])
	}
	if len(path) > 1 {
		m[path[0]] = json.RawMessage(without(t, string(m[path[0]]), path[1:]...))
	} else {
		delete(m, path[0])
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTheUsualAnswersLeaveNoGap(t *testing.T) {
	r := answers(t, nil)
	if len(r.Gaps) > 0 || len(r.Records) != 9 {
		t.Errorf("%d records, gaps %v", len(r.Records), r.Gaps)
	}
	w := celltest.One[Window](t, r, "mw-1")
	if !*w.Patches || *w.Tasks != 1 || *w.LastStatus != "SUCCESS" {
		t.Errorf("%+v", w)
	}
	if b := celltest.One[Baseline](t, r, "pb-own"); !*b.InUse || *b.SecurityRules != 1 {
		t.Errorf("%+v", b)
	}
}

// Each answer that lacks what decides leaves exactly those fields unknown. The SDK would read the lack as zero or false.
func TestHalfAnswers(t *testing.T) {
	rules := func(r string) string {
		return strings.Replace(aBaseline, `[{"PatchFilterGroup":{"PatchFilters":[{"Key":"CLASSIFICATION","Values":["SecurityUpdates"]}]},"ApproveAfterDays":7}]`, "["+r+"]", 1)
	}
	type half struct {
		op, answer, unknown string
	}
	cases := []half{
		{"DescribeInstanceInformation", without(t, anInstance, "PingStatus"), "ping_status"},
		{"DescribeInstanceInformation", without(t, anInstance, "LastPingDateTime"), "last_ping"},
		{"DescribeInstanceInformation", without(t, anInstance, "IsLatestVersion"), "agent_latest"},
		{"DescribeInstanceInformation", without(t, anInstance, "ResourceType"), "resource_type"},
		{"DescribeInstancePatchStates", strings.Replace(aState, `"MissingCount":0`, `"MissingCount":null`, 1), "patch.missing"},
		{"DescribePatchBaselines", without(t, anIdentity, "DefaultBaseline"), "default"},
		{"DescribePatchBaselines", without(t, anIdentity, "DefaultBaseline"), "defaults"},
		{"DescribePatchBaselines", without(t, anIdentity, "OperatingSystem"), "operating_system"},
		{"GetPatchBaseline", without(t, aBaseline, "GlobalFilters"), "global_filters"},
		{"GetPatchBaseline", without(t, aBaseline, "GlobalFilters"), "critical_security"},
		{"GetPatchBaseline", without(t, aBaseline, "GlobalFilters"), "security_rules"},
		{"GetPatchBaseline", strings.Replace(aBaseline, `"GlobalFilters":{"PatchFilters":[]}`, `"GlobalFilters":{"PatchFilters":[{"Key":"SEVERITY"}]}`, 1), "critical_security"},
		{"GetPatchBaseline", without(t, aBaseline, "ApprovalRules"), "security_rules"},
		{"GetPatchBaseline", without(t, aBaseline, "ApprovalRules", "PatchRules"), "rules"},
		{"GetPatchBaseline", without(t, aBaseline, "ApprovedPatches"), "approved_patches"},
		{"GetPatchBaseline", without(t, aBaseline, "RejectedPatches"), "rejected_patches"},
		{"GetPatchBaseline", without(t, aBaseline, "Sources"), "sources"},
		{"GetPatchBaseline", rules(`{"PatchFilterGroup":{"PatchFilters":[]}}`), "approve_after_days"},
		{"GetPatchBaseline", rules(`{"ApproveAfterDays":7}`), "critical_security"},
		{"GetPatchBaseline", rules(`{"ApproveAfterDays":7,"PatchFilterGroup":{}}`), "classifications"},
		{"GetPatchBaseline", rules(`{"ApproveAfterDays":7,"PatchFilterGroup":{"PatchFilters":[{"Key":"CLASSIFICATION","Values":[]}]}}`), "critical_security"},
		{"GetPatchBaseline", rules(`{"ApproveAfterDays":7,"PatchFilterGroup":{"PatchFilters":[{"Values":["Security"]}]}}`), "critical_security"},
		{"DescribeMaintenanceWindows", without(t, aWindow, "Enabled"), "enabled"},
		{"DescribeMaintenanceWindows", without(t, aWindow, "Enabled"), "window_enabled"},
		{"DescribeMaintenanceWindows", without(t, aWindow, "Schedule"), "schedule"},
		{"DescribeMaintenanceWindows", without(t, aWindow, "Duration"), "duration_hours"},
		{"DescribeMaintenanceWindowTasks", `{"Type":"LAMBDA"}`, "patches"},
		{"DescribeMaintenanceWindowTasks", `{"Type":"LAMBDA"}`, "tasks_needing_targets"},
		{"DescribeMaintenanceWindowTasks", `{"TaskArn":"f"}`, "tasks_needing_targets"},
		{"DescribeMaintenanceWindowExecutions", without(t, aRun, "Status"), "status"},
		{"DescribeMaintenanceWindowExecutions", without(t, aRun, "Status"), "last_status"},
		{"DescribeMaintenanceWindowExecutions", without(t, aRun, "StartTime"), "last_start"},
		{"ListResourceComplianceSummaries", without(t, anItem, "Status"), "status"},
		{"ListResourceComplianceSummaries", without(t, anItem, "ExecutionSummary"), "reported"},
		{"ListResourceComplianceSummaries", without(t, anItem, "ExecutionSummary", "ExecutionTime"), "reported"},
		{"ListResourceComplianceSummaries", without(t, anItem, "NonCompliantSummary"), "non_compliant"},
		{"ListResourceComplianceSummaries", without(t, anItem, "NonCompliantSummary", "NonCompliantCount"), "non_compliant"},
		{"ListResourceComplianceSummaries", without(t, anItem, "CompliantSummary", "CompliantCount"), "compliant"},
		{"ListComplianceSummaries", without(t, aSummary, "NonCompliantSummary", "NonCompliantCount"), "non_compliant"},
		{"ListComplianceSummaries", without(t, aSummary, "CompliantSummary"), "compliant"},
		{"GetServiceSetting", `{"ServiceSetting":{}}`, "document_public_sharing"},
		{"GetServiceSetting", `{"ServiceSetting":{"SettingValue":""}}`, "document_public_sharing"},
		{"GetServiceSetting", `{}`, "document_public_sharing"},
	}
	for member, field := range map[string]string{"BaselineId": "baseline", "Operation": "operation", "OperationStartTime": "started", "OperationEndTime": "ended", "InstalledCount": "installed", "InstalledOtherCount": "installed_other",
		"InstalledPendingRebootCount": "installed_pending_reboot", "InstalledRejectedCount": "installed_rejected", "MissingCount": "missing", "FailedCount": "failed", "NotApplicableCount": "not_applicable",
		"CriticalNonCompliantCount": "critical_non_compliant", "SecurityNonCompliantCount": "security_non_compliant", "OtherNonCompliantCount": "other_non_compliant"} {
		cases = append(cases, half{"DescribeInstancePatchStates", without(t, aState, member), "patch." + field})
	}
	for _, c := range cases {
		r := answers(t, map[string]any{c.op: c.answer})
		found := false
		for _, rec := range r.Records {
			found = found || celltest.Unknown(rec, c.unknown) == "MissingMember"
		}
		if !found {
			t.Errorf("%s answered with %s: %s is not unknown; gaps %v", c.op, c.answer, c.unknown, r.Gaps)
		}
	}
}

// What could have been in a list that is not whole makes exactly the populations incomplete that depend on it.
func TestListsThatAreNotWhole(t *testing.T) {
	for _, c := range []struct {
		odd   map[string]any
		code  string
		kinds string
	}{
		{map[string]any{"DescribeInstanceInformation": `{"PingStatus":"Online"}`}, "UnreliableList", "ssm.managed_instance ssm.patch_rule"},
		{map[string]any{"DescribeInstanceInformation": anInstance + `|,"NextToken":"n"`, "DescribeInstanceInformation n": strings.Replace(anInstance, "i-1", "i-1", 1)}, "UnreliableList", "ssm.managed_instance ssm.patch_rule"},
		{map[string]any{"DescribeInstanceInformation": anInstance + `|,"NextToken":"n"`, "DescribeInstanceInformation n": refuse("InternalServerError")}, "InternalServerError", "ssm.managed_instance ssm.patch_rule"},
		{map[string]any{"DescribeInstancePatchStates": strings.Replace(aState, "i-1", "i-9", 1)}, "UnreliableList", "ssm.patch_rule"},
		{map[string]any{"DescribeInstancePatchStates": aState + "," + aState}, "UnreliableList", "ssm.patch_rule"},
		{map[string]any{"DescribeInstancePatchStates": refuse("AccessDeniedException")}, "AccessDeniedException", "ssm.patch_rule"},
		{map[string]any{"DescribeInstancePatchStates": without(t, aState, "BaselineId")}, "MissingMember", "ssm.patch_rule"},
		{map[string]any{"DescribePatchGroups": `{"PatchGroup":"g"}`}, "UnreliableList", "ssm.patch_group ssm.patch_rule"},
		{map[string]any{"DescribePatchGroups": `{"PatchGroup":"g","BaselineIdentity":{}}`}, "UnreliableList", "ssm.patch_group ssm.patch_rule"},
		{map[string]any{"DescribePatchBaselines": `{"OperatingSystem":"WINDOWS"}`}, "UnreliableList", "ssm.operating_system ssm.patch_baseline ssm.patch_rule"},
		{map[string]any{"DescribePatchBaselines": anIdentity + "," + anIdentity}, "UnreliableList", "ssm.operating_system ssm.patch_baseline ssm.patch_rule"},
		{map[string]any{"DescribePatchBaselines": without(t, anIdentity, "OperatingSystem")}, "MissingMember", "ssm.operating_system"},
		{map[string]any{"GetPatchBaseline": refuse("AccessDeniedException")}, "AccessDeniedException", "ssm.patch_rule"},
		{map[string]any{"GetPatchBaseline": without(t, aBaseline, "ApprovalRules")}, "MissingMember", "ssm.patch_rule"},
		{map[string]any{"DescribeMaintenanceWindows": `{"Enabled":true}`}, "MissingMember", "ssm.maintenance_window ssm.maintenance_window_execution"},
		{map[string]any{"DescribeMaintenanceWindowExecutions": refuse("AccessDeniedException")}, "AccessDeniedException", "ssm.maintenance_window_execution"},
		{map[string]any{"DescribeMaintenanceWindowExecutions": `{"Status":"SUCCESS"}`}, "UnreliableList", "ssm.maintenance_window_execution"},
		{map[string]any{"ListResourceComplianceSummaries": `{"ComplianceType":"Patch"}`}, "MissingMember", "ssm.compliance"},
		{map[string]any{"ListResourceComplianceSummaries": anItem + "," + anItem}, "SaidTwice", "ssm.compliance"},
		{map[string]any{"ListComplianceSummaries": `{}`}, "MissingMember", "ssm.compliance_summary"},
	} {
		r := answers(t, c.odd)
		found := false
		for _, g := range r.Gaps {
			found = found || g.Code == c.code && strings.Join(g.Kinds, " ") == c.kinds
		}
		if !found {
			t.Errorf("%v leaves %v", c.odd, r.Gaps)
		}
	}
}

// A baseline that instances or groups name and that is not listed was made elsewhere, or is gone: what is in use is not known whole.
func TestBaselinesInUseThatAreNotListed(t *testing.T) {
	for name, odd := range map[string]map[string]any{
		"an instance's": {"DescribeInstancePatchStates": strings.Replace(aState, "pb-own", "arn:aws:ssm:eu-west-1:999988887777:patchbaseline/pb-theirs", 1)},
		"a group's":     {"DescribePatchGroups": `{"PatchGroup":"g","BaselineIdentity":{"BaselineId":"pb-theirs","OperatingSystem":"WINDOWS"}}`},
		"both, of many": {"DescribeInstancePatchStates": strings.Replace(aState, "pb-own", "pb-theirs", 1), "DescribePatchGroups": `{"PatchGroup":"g","BaselineIdentity":{"BaselineId":"pb-zz"}}`},
	} {
		r := answers(t, odd)
		if len(r.Gaps) != 1 || r.Gaps[0].Code != "UnlistedBaseline" || !slices.Equal(r.Gaps[0].Kinds, []string{"ssm.patch_baseline", "ssm.patch_rule"}) || !strings.Contains(r.Gaps[0].Message, "pb-theirs") {
			t.Errorf("%s: gaps %+v", name, r.Gaps)
		}
	}
	// AWS's own go by their ARN in the list and by their id elsewhere.
	r := answers(t, map[string]any{"DescribePatchBaselines": strings.Replace(anIdentity, "pb-own", "arn:aws:ssm:eu-west-1:075727635805:patchbaseline/pb-own", 1)})
	if len(r.Gaps) > 0 {
		t.Errorf("gaps %+v", r.Gaps)
	}
}

// Where it is not known what uses a baseline, none is said to be idle, and AWS's own are not said to have no rules.
func TestBaselinesOfWhichUseIsNotKnown(t *testing.T) {
	for _, f := range []*scenario.Fault{
		{Operation: "DescribeInstancePatchStates", Kind: scenario.Denied},
		{Operation: "DescribeInstanceInformation", Kind: scenario.Denied},
		{Operation: "DescribePatchGroups", Kind: scenario.Denied},
	} {
		r := demo(t, scenario.DemoPayments, "eu-west-1", f)
		idle := celltest.One[Baseline](t, r, "pb-0cbb3a633de00f07c")
		for _, field := range []string{"in_use", "rules", "security_rules", "rejected_patches"} {
			if celltest.Unknown(idle, field) != "AccessDeniedException" {
				t.Errorf("%s: %s of %+v", f.Operation, field, idle)
			}
		}
		if idle.InUse != nil || celltest.Unknown(celltest.One[Rule](t, r, "pb-0aaaaaaaaaaaaaa02/rule/1"), "in_use") == "" {
			t.Errorf("%s: %+v", f.Operation, idle)
		}
		// A patch group is use enough where the instances are not known, and the other way round.
		if own := celltest.One[Baseline](t, r, "pb-0aaaaaaaaaaaaaa01"); !*own.InUse || celltest.Unknown(own, "in_use") != "" || *own.Rules != 1 {
			t.Errorf("%s: %+v", f.Operation, own)
		}
	}
}

// A page of patch states that is refused leaves its own instances unknown, and not never scanned.
func TestPatchStatesThatWereNotRead(t *testing.T) {
	r := demo(t, scenario.DemoPayments, "us-east-1", &scenario.Fault{Operation: "DescribeInstancePatchStates", Kind: scenario.Denied, Body: `i-`, From: 1, Times: 1})
	unknown := 0
	for _, i := range celltest.Of[Instance](r) {
		if i.Scanned == nil {
			unknown++
			if celltest.Unknown(i, "scanned") != "AccessDeniedException" || celltest.Unknown(i, "patch.missing") != "AccessDeniedException" || i.Patch != nil {
				t.Errorf("%+v", i)
			}
		} else if !*i.Scanned || i.Patch == nil {
			t.Errorf("%+v", i)
		}
	}
	if unknown != 50 && unknown != 2 || len(r.Gaps) != 1 {
		t.Errorf("%d of %d instances are unknown, gaps %v", unknown, len(celltest.Of[Instance](r)), r.Gaps)
	}
}

func TestPatchStatesOnTwoPages(t *testing.T) {
	both := anInstance + "," + strings.Replace(anInstance, "i-1", "i-2", 1) + "," + strings.Replace(anInstance, "i-1", "i-3", 1)
	second := strings.Replace(aState, "i-1", "i-2", 1)
	r := answers(t, map[string]any{"DescribeInstanceInformation": both, "DescribeInstancePatchStates": aState + `|,"NextToken":"n"`, "DescribeInstancePatchStates n": second})
	if *celltest.One[Instance](t, r, "/i-1").Scanned != true || *celltest.One[Instance](t, r, "/i-2").Scanned != true || *celltest.One[Instance](t, r, "/i-3").Scanned || len(r.Gaps) > 0 {
		t.Errorf("gaps %v", r.Gaps)
	}
	r = answers(t, map[string]any{"DescribeInstanceInformation": both, "DescribeInstancePatchStates": aState + `|,"NextToken":"n"`, "DescribeInstancePatchStates n": refuse("InvalidNextToken")})
	if i := celltest.One[Instance](t, r, "/i-1"); !*i.Scanned || len(i.Unknown) > 0 {
		t.Errorf("%+v", i)
	}
	if i := celltest.One[Instance](t, r, "/i-3"); i.Scanned != nil || celltest.Unknown(i, "scanned") != "InvalidNextToken" {
		t.Errorf("%+v", i)
	}
}

func TestFilters(t *testing.T) {
	rule := func(global string, filters ...string) *bool {
		b := strings.Replace(aBaseline, `"GlobalFilters":{"PatchFilters":[]}`, `"GlobalFilters":{"PatchFilters":[`+global+`]}`, 1)
		b = strings.Replace(b, `[{"Key":"CLASSIFICATION","Values":["SecurityUpdates"]}]`, "["+strings.Join(filters, ",")+"]", 1)
		r := answers(t, map[string]any{"GetPatchBaseline": b})
		return celltest.One[Rule](t, r, "rule/1").CriticalSecurity
	}
	filter := func(key string, values ...string) string {
		v, _ := json.Marshal(values)
		return fmt.Sprintf(`{"Key":%q,"Values":%s}`, key, v)
	}
	for _, c := range []struct {
		want    bool
		global  string
		filters []string
	}{
		{true, "", nil},
		{true, "", []string{filter("CLASSIFICATION", "*"), filter("SEVERITY", "*")}},
		{true, "", []string{filter("CLASSIFICATION", "Bugfix", "Security"), filter("SEVERITY", "Critical", "Low")}},
		{true, "", []string{filter("CLASSIFICATION", "CriticalUpdates", "SecurityUpdates"), filter("MSRC_SEVERITY", "Critical")}},
		{false, "", []string{filter("CLASSIFICATION", "CriticalUpdates"), filter("MSRC_SEVERITY", "Critical")}},
		{true, "", []string{filter("PRODUCT", "WindowsServer2022"), filter("PRIORITY", "Required")}},
		{false, "", []string{filter("CLASSIFICATION", "Bugfix")}},
		{false, "", []string{filter("CLASSIFICATION", "Security"), filter("SEVERITY", "Important")}},
		{false, "", []string{filter("CLASSIFICATION", "SecurityUpdates"), filter("MSRC_SEVERITY", "Low")}},
		{false, "", []string{filter("CLASSIFICATION", "security")}}, // no word of AWS's
		{false, filter("SEVERITY", "Low"), nil},
		{false, filter("CLASSIFICATION", "Bugfix"), []string{filter("CLASSIFICATION", "Security")}},
		{true, filter("PRODUCT", "WindowsServer2022"), nil},
	} {
		if got := rule(c.global, c.filters...); got == nil || *got != c.want {
			t.Errorf("%q %v: %v", c.global, c.filters, got)
		}
	}
}

// Runs that have not ended are not the last that did, in whichever order AWS lists them; a status nobody documented counts as an end.
func TestTheLastRun(t *testing.T) {
	run := func(id, status string, at int) string {
		return fmt.Sprintf(`{"WindowExecutionId":%q,"Status":%q,"StartTime":%d}`, id, status, at)
	}
	for want, runs := range map[string][]string{
		"SUCCESS":   {run("a", "FAILED", 10), run("b", "SUCCESS", 20), run("c", "IN_PROGRESS", 30), run("d", "PENDING", 40), run("e", "CANCELLING", 50)},
		"TIMED_OUT": {run("a", "TIMED_OUT", 30), run("b", "SUCCESS", 20)},
		"VANISHED":  {run("a", "SUCCESS", 30), run("b", "VANISHED", 40)},
	} {
		w := celltest.One[Window](t, answers(t, map[string]any{"DescribeMaintenanceWindowExecutions": strings.Join(runs, ",")}), "mw-1")
		if *w.LastStatus != want || *w.Executions != len(runs) {
			t.Errorf("%s: %+v", want, w)
		}
	}
	none := celltest.One[Window](t, answers(t, map[string]any{"DescribeMaintenanceWindowExecutions": ""}), "mw-1")
	if *none.Executions != 0 || none.LastStatus != nil || len(none.Unknown) > 0 {
		t.Errorf("%+v", none)
	}
	gone := answers(t, map[string]any{"DescribeMaintenanceWindowTargets": refuse("DoesNotExistException"), "DescribeMaintenanceWindowTasks": refuse("DoesNotExistException")})
	if w := celltest.One[Window](t, gone, "mw-1"); w.Targets != nil || w.Tasks != nil || w.Patches != nil || celltest.Unknown(w, "targets") == "" || celltest.Unknown(w, "patches") == "" {
		t.Errorf("%+v", w)
	}
}

// Only the runs since the period began are asked for, by AWS's own filter.
func TestRunsOfThePeriodAreAskedFor(t *testing.T) {
	asked := ""
	celltest.Run(t, Collector{}, celltest.Options{URL: celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		if q.Operation == "DescribeMaintenanceWindowExecutions" {
			asked = q.Body
		}
		return celltest.Answer{Body: in(q.Operation, usual[q.Operation])}
	})})
	if !strings.Contains(asked, `"Key":"ExecutedAfter"`) || !strings.Contains(asked, `"2026-07-01T00:00:00Z"`) {
		t.Errorf("it asks %s", asked)
	}
}

// What somebody reported of a resource of another kind is a record of its own, as is each execution's finding.
func TestOtherCompliance(t *testing.T) {
	custom := `{"ComplianceType":"Custom:=1+1","ResourceType":"Elsewhere","ResourceId":"i-1","Status":"SOMEHOW","ExecutionSummary":{"ExecutionTime":1790000000,"ExecutionId":"x"},"CompliantSummary":{"CompliantCount":0},"NonCompliantSummary":{"NonCompliantCount":0}}`
	r := answers(t, map[string]any{"ListResourceComplianceSummaries": anItem + "," + custom})
	c := celltest.One[Compliance](t, r, "i-1/Elsewhere/compliance/Custom:=1+1/x")
	if c.Status != "SOMEHOW" || c.Severity != nil || len(celltest.Of[Compliance](r)) != 2 || len(r.Gaps) > 0 {
		t.Errorf("%+v, gaps %v", c, r.Gaps)
	}
}

func TestNothingThere(t *testing.T) {
	odd := map[string]any{}
	for op := range members {
		odd[op] = ""
	}
	r := answers(t, odd)
	if len(r.Gaps) > 0 || len(r.Records) != 1 || *celltest.One[Region](t, r, "/ssm").Instances != 0 {
		t.Errorf("%d records, gaps %v", len(r.Records), r.Gaps)
	}
	if got := r.Outcome(t, "DescribeInstancePatchStates"); got != evidence.NotCalled {
		t.Errorf("without instances their patch states are %s", got)
	}
}
