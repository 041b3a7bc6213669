package inspector

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// usual are the answers to a delegated administrator that has one of everything.
var usual = map[string]string{
	"POST /status/batch/get": `{"accounts":[{"accountId":"111122223333","state":{"status":"ENABLED"},"resourceState":{"ec2":{"status":"ENABLED"},"ecr":{"status":"ENABLED"},"lambda":{"status":"ENABLED"},` +
		`"lambdaCode":{"status":"ENABLED"},"codeRepository":{"status":"ENABLED"}}}],"failedAccounts":[]}`,
	"POST /configuration/get":                  `{"ecrConfiguration":{"rescanDurationState":{"rescanDuration":"DAYS_30"}},"ec2Configuration":{"scanModeState":{"scanMode":"EC2_HYBRID"}}}`,
	"POST /ec2deepinspectionconfiguration/get": `{"status":"ACTIVATED"}`,
	"POST /delegatedadminaccounts/get":         `{"delegatedAdmin":{"accountId":"111122223333","relationshipStatus":"ENABLED"}}`,
	"POST /organizationconfiguration/describe": `{"autoEnable":{"ec2":true,"ecr":true}}`,
	"POST /members/list":                       `{"members":[{"accountId":"444455556666","relationshipStatus":"ENABLED"}]}`,
	"POST /coverage/list":                      `{"coveredResources":[{"accountId":"111122223333","resourceId":"i-1","resourceType":"AWS_EC2_INSTANCE","scanType":"PACKAGE","scanStatus":{"statusCode":"ACTIVE","reason":"SUCCESSFUL"}}]}`,
	"POST /findings/aggregation/list":          `{"aggregationType":"ACCOUNT","responses":[{"accountAggregation":{"accountId":"111122223333","severityCounts":{"all":4,"critical":1,"high":2,"medium":0}}}]}`,
	"POST /findings/list":                      `{"findings":[{"awsAccountId":"111122223333","findingArn":"f","type":"NETWORK_REACHABILITY","severity":"CRITICAL","status":"ACTIVE","firstObservedAt":1790000000,"resources":[{"id":"i-1","type":"AWS_EC2_INSTANCE"}]}]}`,
	"POST /filters/list":                       `{"filters":[{"arn":"a","action":"SUPPRESS"}]}`,
}

func body(s string) celltest.Answer { return celltest.Answer{Body: s} }

var denied = celltest.Fail(403, "AccessDeniedException", "User: x is not authorized")

// answers collects with the usual answers, of which some are others.
func answers(t *testing.T, odd map[string]celltest.Answer) *celltest.Result {
	t.Helper()
	return within(t, []string{"111122223333", "999988887777"}, odd)
}

// within collects for an audit that reads the accounts.
func within(t *testing.T, accounts []string, odd map[string]celltest.Answer) *celltest.Result {
	t.Helper()
	return celltest.Run(t, Collector{}, celltest.Options{Scope: evidence.Scope{Accounts: accounts}, URL: celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		if a, ok := odd[q.Operation+" again"]; ok && strings.Contains(q.Body, "nextToken") {
			return a
		}
		if a, ok := odd[q.Operation]; ok {
			return a
		}
		return body(usual[q.Operation])
	})})
}

func TestTheUsualAnswersLeaveNoGap(t *testing.T) {
	r := answers(t, nil)
	a := the(t, r)
	if len(r.Gaps) > 0 || len(r.Records) != 6 || a.Status != "enabled" || *a.Role != "administrator" || *a.CoveredResources != 1 || *a.Findings != (Counts{4, 1, 2, 0}) || a.DeepInspection.Paths == nil {
		t.Errorf("%d records, %+v, gaps %v", len(r.Records), a, r.Gaps)
	}
	if o := celltest.One[Organization](t, r, ""); o.Lambda != nil || o.LimitReached != nil || len(o.Unknown) > 0 {
		t.Errorf("%+v", o)
	}
	if c := celltest.One[Coverage](t, r, ""); c.ID != "i-1/PACKAGE" || c.ScanMode != nil || c.Tags == nil {
		t.Errorf("%+v", c)
	}
}

// without takes one member, found by its path, out of a usual answer; * is the first element of a list.
func without(t *testing.T, operation, path string) celltest.Answer {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(usual[operation]), &doc); err != nil {
		t.Fatal(err)
	}
	at := doc
	steps := strings.Split(path, ".")
	for _, s := range steps[:len(steps)-1] {
		next := at[s]
		if l, ok := next.([]any); ok {
			next = l[0]
		}
		at, _ = next.(map[string]any)
	}
	last := steps[len(steps)-1]
	if _, ok := at[last]; !ok {
		t.Fatalf("%s has no %s", operation, path)
	}
	delete(at, last)
	b, _ := json.Marshal(doc)
	return body(string(b))
}

// Each member that decides something, left out, leaves exactly what is read from it unknown.
func TestEachMissingMember(t *testing.T) {
	for _, c := range []struct{ operation, path, unknown string }{
		{"POST /status/batch/get", "accounts.state", "state"},
		{"POST /status/batch/get", "accounts.state.status", "status"},
		{"POST /status/batch/get", "accounts.resourceState", "ec2"},
		{"POST /status/batch/get", "accounts.resourceState", "lambda"},
		{"POST /status/batch/get", "accounts.resourceState.ec2", "ec2"},
		{"POST /status/batch/get", "accounts.resourceState.ecr", "missing"},
		{"POST /status/batch/get", "accounts.resourceState.ecr.status", "ecr"},
		{"POST /status/batch/get", "accounts.resourceState.lambda", "status"},
		{"POST /status/batch/get", "accounts.resourceState.lambdaCode.status", "lambda_code"},
		{"POST /status/batch/get", "accounts.accountId", "status"},
		{"POST /status/batch/get", "accounts", "status"},
		{"POST /configuration/get", "ecrConfiguration", "ecr_rescan"},
		{"POST /configuration/get", "ecrConfiguration.rescanDurationState", "ecr_rescan"},
		{"POST /configuration/get", "ecrConfiguration.rescanDurationState.rescanDuration", "ecr_rescan"},
		{"POST /ec2deepinspectionconfiguration/get", "status", "ec2_deep_inspection"},
		{"POST /delegatedadminaccounts/get", "delegatedAdmin", "role"},
		{"POST /delegatedadminaccounts/get", "delegatedAdmin.accountId", "delegated_admin"},
		{"POST /organizationconfiguration/describe", "autoEnable.ec2", "auto_enable_ec2"},
		{"POST /organizationconfiguration/describe", "autoEnable.ecr", "auto_enable_ecr"},
		{"POST /members/list", "members.relationshipStatus", "relationship"},
		{"POST /coverage/list", "coveredResources", "covered_resources"},
		{"POST /coverage/list", "coveredResources.resourceId", "covered_resources"},
		{"POST /coverage/list", "coveredResources.scanType", "covered_resources"},
		{"POST /coverage/list", "coveredResources.resourceType", "resource_type"},
		{"POST /coverage/list", "coveredResources.scanStatus", "scan_status"},
		{"POST /coverage/list", "coveredResources.scanStatus.statusCode", "scan_status"},
		{"POST /coverage/list", "coveredResources.scanStatus.reason", "reason"},
		{"POST /findings/aggregation/list", "responses", "findings"},
		{"POST /findings/aggregation/list", "responses.accountAggregation.severityCounts", "findings"},
		{"POST /findings/aggregation/list", "responses.accountAggregation.severityCounts.critical", "findings"},
		{"POST /findings/list", "findings.severity", "severity"},
		{"POST /findings/list", "findings.status", "finding_status"},
		{"POST /findings/list", "findings.type", "type"},
		{"POST /findings/list", "findings.firstObservedAt", "first_observed"},
		{"POST /findings/list", "findings.resources", "resources"},
		{"POST /filters/list", "filters.action", "action"},
	} {
		r := answers(t, map[string]celltest.Answer{c.operation: without(t, c.operation, c.path)})
		found := false
		for _, rec := range r.Records {
			found = found || celltest.Unknown(rec, c.unknown) == "MissingMember"
		}
		if !found || len(r.Gaps) == 0 {
			t.Errorf("%s without %s: %s is not unknown; gaps %v", c.operation, c.path, c.unknown, r.Gaps)
		}
	}
	for _, c := range []struct{ operation, path, kind string }{
		{"POST /members/list", "members.accountId", "inspector.member"}, {"POST /members/list", "members", "inspector.member"},
		{"POST /coverage/list", "coveredResources.resourceId", "inspector.coverage"}, {"POST /coverage/list", "coveredResources", "inspector.coverage"},
		{"POST /findings/list", "findings.findingArn", "inspector.finding"}, {"POST /findings/list", "findings", "inspector.finding"},
		{"POST /filters/list", "filters.arn", "inspector.filter"}, {"POST /filters/list", "filters", "inspector.filter"},
		{"POST /organizationconfiguration/describe", "autoEnable", "inspector.organization"},
	} {
		r := answers(t, map[string]celltest.Answer{c.operation: without(t, c.operation, c.path)})
		if len(r.Gaps) != 1 || len(r.Gaps[0].Kinds) != 1 || r.Gaps[0].Kinds[0] != c.kind || len(r.Records) != 5 {
			t.Errorf("%s without %s: %d records, gaps %v", c.operation, c.path, len(r.Records), r.Gaps)
		}
	}
	// What AWS does not offer everywhere may be left out.
	for _, path := range []string{"accounts.resourceState.lambdaCode", "accounts.resourceState.codeRepository"} {
		if r := answers(t, map[string]celltest.Answer{"POST /status/batch/get": without(t, "POST /status/batch/get", path)}); the(t, r).Status != "enabled" || len(r.Gaps) > 0 {
			t.Errorf("without %s: %+v", path, the(t, r))
		}
	}
}

// states makes an answer of BatchGetAccountStatus: account, ec2, ecr, lambda.
func states(s ...string) celltest.Answer {
	return body(fmt.Sprintf(`{"accounts":[{"accountId":"111122223333","state":{"status":%q},"resourceState":{"ec2":{"status":%q},"ecr":{"status":%q},"lambda":{"status":%q}}}]}`, s[0], s[1], s[2], s[3]))
}

func TestStates(t *testing.T) {
	for _, c := range []struct {
		answer  celltest.Answer
		status  string
		missing string
	}{
		{states("ENABLED", "ENABLED", "ENABLED", "ENABLED"), "enabled", ""},
		{states("ENABLED", "DISABLED", "ENABLED", "ENABLING"), "partly-enabled", "ec2 lambda"},
		{states("ENABLED", "DISABLED", "DISABLED", "DISABLED"), "partly-enabled", "ec2 ecr lambda"},
		{states("ENABLED", "ENABLED", "ENABLED", "SOMETIMES"), "partly-enabled", "lambda"},
		{states("SUSPENDED", "ENABLED", "ENABLED", "ENABLED"), "partly-enabled", "account"},
		{states("ENABLING", "ENABLING", "ENABLING", "ENABLING"), "partly-enabled", "account ec2 ecr lambda"},
		{states("DISABLED", "ENABLED", "DISABLED", "DISABLED"), "partly-enabled", "account ecr lambda"}, // off as a whole, with a scan type on: not off
		{states("DISABLED", "DISABLED", "DISABLING", "DISABLED"), "partly-enabled", "account ec2 ecr lambda"},
		{states("DISABLED", "DISABLED", "DISABLED", "DISABLED"), "not-enabled", ""},
		{states("SLEEPING", "ENABLED", "ENABLED", "ENABLED"), "", ""},
	} {
		r := answers(t, map[string]celltest.Answer{"POST /status/batch/get": c.answer})
		a := the(t, r)
		if a.Status != c.status || strings.Join(a.Missing, " ") != c.missing || (celltest.Unknown(a, "status") != "") != (c.status == "") {
			t.Errorf("%s: %+v", c.answer.Body, a)
		}
	}
}

func TestTheStatusOfAnotherAccountIsNotOurs(t *testing.T) {
	r := answers(t, map[string]celltest.Answer{"POST /status/batch/get": body(strings.ReplaceAll(usual["POST /status/batch/get"], "111122223333", "444455556666"))})
	if a := the(t, r); celltest.Unknown(a, "status") != "MissingMember" || a.State != "" || a.EC2 != nil {
		t.Errorf("%+v", a)
	}
	r = answers(t, map[string]celltest.Answer{"POST /status/batch/get": body(`{"accounts":[],"failedAccounts":[{"accountId":"111122223333"}]}`)})
	if a := the(t, r); celltest.Unknown(a, "status") != "FailedAccount" {
		t.Errorf("%+v", a)
	}
	// Denied is not off, and the rest is asked.
	r = answers(t, map[string]celltest.Answer{"POST /status/batch/get": denied})
	if a := the(t, r); celltest.Unknown(a, "status") != "AccessDeniedException" || len(r.Records) != 6 || len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.Denied {
		t.Errorf("%+v, gaps %v", a, r.Gaps)
	}
}

func TestWhoAdministers(t *testing.T) {
	r := answers(t, map[string]celltest.Answer{"POST /delegatedadminaccounts/get": celltest.Fail(404, "ResourceNotFoundException", "none")})
	if a := the(t, r); *a.Role != "standalone" || a.DelegatedAdmin != nil || len(r.Gaps) > 0 || r.Outcome(t, "ListMembers") != evidence.NotCalled {
		t.Errorf("%+v, gaps %v", a, r.Gaps)
	}
	r = answers(t, map[string]celltest.Answer{"POST /delegatedadminaccounts/get": body(`{"delegatedAdmin":{"accountId":"999988887777"}}`)})
	if a := the(t, r); *a.Role != "member" || a.AdminRelation != nil || len(r.Gaps) > 0 {
		t.Errorf("%+v, gaps %v", a, r.Gaps)
	}
	r = answers(t, map[string]celltest.Answer{"POST /delegatedadminaccounts/get": denied})
	if a := the(t, r); a.Role != nil || celltest.Unknown(a, "role") != "AccessDeniedException" || len(r.Gaps) != 1 || strings.Join(r.Gaps[0].Kinds, " ") != "inspector.member inspector.organization" {
		t.Errorf("%+v, gaps %v", a, r.Gaps)
	}
}

// What an administrator sees of its members is theirs to tell.
func TestOtherAccountsAreLeftToThemselves(t *testing.T) {
	odd := map[string]celltest.Answer{}
	for _, op := range []string{"POST /coverage/list", "POST /findings/list", "POST /findings/aggregation/list"} {
		odd[op] = body(strings.ReplaceAll(usual[op], "111122223333", "444455556666"))
	}
	r := answers(t, odd)
	if a := the(t, r); len(celltest.Of[Coverage](r))+len(celltest.Of[Finding](r)) > 0 || a.Findings != nil || *a.CoveredResources != 0 || len(r.Gaps) > 0 {
		t.Errorf("%+v, gaps %v", a, r.Gaps)
	}
}

func TestCountsThatAreNotThere(t *testing.T) {
	if a := the(t, answers(t, map[string]celltest.Answer{"POST /findings/aggregation/list": body(`{"aggregationType":"ACCOUNT","responses":[]}`)})); a.Findings != nil || len(a.Unknown) > 0 {
		t.Errorf("%+v", a)
	}
	r := answers(t, map[string]celltest.Answer{"POST /findings/aggregation/list": body(`{"aggregationType":"ACCOUNT","responses":[{"titleAggregation":{"title":"x"}}]}`)})
	if a := the(t, r); celltest.Unknown(a, "findings") != "UnreadableAnswer" || a.Findings != nil {
		t.Errorf("%+v", a)
	}
	r = answers(t, map[string]celltest.Answer{"POST /findings/aggregation/list": body(strings.Replace(usual["POST /findings/aggregation/list"], `"aggregationType"`, `"nextToken":"t","aggregationType"`, 1)), "POST /findings/aggregation/list again": denied})
	if a := the(t, r); celltest.Unknown(a, "findings") != "AccessDeniedException" || a.Findings != nil {
		t.Errorf("%+v", a)
	}
}

func TestOneResourceWithSeveralScans(t *testing.T) {
	one := func(scan, mode string) string {
		return fmt.Sprintf(`{"accountId":"111122223333","resourceId":"i-1","resourceType":"AWS_EC2_INSTANCE","scanType":%q,"scanMode":%q,"scanStatus":{"statusCode":"ACTIVE","reason":"SUCCESSFUL"}}`, scan, mode)
	}
	r := answers(t, map[string]celltest.Answer{"POST /coverage/list": body(`{"coveredResources":[` + one("PACKAGE", "EC2_SSM_AGENT_BASED") + "," + one("PACKAGE", "EC2_AGENTLESS") + "," + one("NETWORK", "") + "]}")})
	if c := celltest.Of[Coverage](r); len(c) != 3 || len(r.Gaps) > 0 || *the(t, r).CoveredResources != 3 {
		t.Errorf("%d, gaps %v", len(c), r.Gaps)
	}
	r = answers(t, map[string]celltest.Answer{"POST /coverage/list": body(`{"coveredResources":[` + one("PACKAGE", "") + "," + one("PACKAGE", "") + "]}")})
	if c := celltest.Of[Coverage](r); len(c) != 1 || len(r.Gaps) != 1 || r.Gaps[0].Code != "SaidTwice" {
		t.Errorf("%d, gaps %v", len(c), r.Gaps)
	}
	// Of several without an id there is one gap, and one unknown field.
	r = answers(t, map[string]celltest.Answer{"POST /coverage/list": body(`{"coveredResources":[{"scanType":"CODE"},{"scanType":"CODE"}]}`)})
	if a := the(t, r); len(r.Gaps) != 1 || len(a.Unknown) != 1 || a.CoveredResources != nil {
		t.Errorf("%+v, gaps %v", a, r.Gaps)
	}
}

// The code repositories' name is the project's.
func TestCodeRepository(t *testing.T) {
	r := answers(t, map[string]celltest.Answer{"POST /coverage/list": body(`{"coveredResources":[{"accountId":"111122223333","resourceId":"arn:repo","resourceType":"CODE_REPOSITORY","scanType":"CODE",` +
		`"scanStatus":{"statusCode":"ACTIVE","reason":"NO_SCAN_CONFIGURATION_ASSOCIATED"},"resourceMetadata":{"codeRepository":{"projectName":"\u001b[31mred","providerType":"GITHUB","providerTypeVisibility":"PRIVATE"}}}]}`)})
	if c := celltest.One[Coverage](t, r, "arn:repo"); *c.Name != "\x1b[31mred" || c.ResourceType != "CODE_REPOSITORY" || c.Reason != "NO_SCAN_CONFIGURATION_ASSOCIATED" {
		t.Errorf("%+v", c)
	}
}

// The calls for findings are bounded, and what is beyond them is a gap.
func TestMoreFindingsThanAreRead(t *testing.T) {
	var calls atomic.Int64
	serve := func(pages int64) *celltest.Result {
		calls.Store(0)
		return celltest.Run(t, Collector{}, celltest.Options{URL: celltest.Serve(t, func(q celltest.Request) celltest.Answer {
			if q.Operation != "POST /findings/list" {
				return body(usual[q.Operation])
			}
			n := calls.Add(1)
			for _, want := range []string{`"severity":[{"comparison":"EQUALS","value":"CRITICAL"}]`, `"findingStatus":[{"comparison":"EQUALS","value":"ACTIVE"}]`, `"awsAccountId":[{"comparison":"EQUALS","value":"111122223333"}]`, `"field":"FIRST_OBSERVED_AT"`, `"sortOrder":"ASC"`} {
				if !strings.Contains(q.Body, want) {
					t.Errorf("%s is not asked with %s", q.Body, want)
				}
			}
			next := ""
			if n < pages {
				next = fmt.Sprintf(`,"nextToken":"t%d"`, n)
			}
			return body(strings.Replace(strings.Replace(usual["POST /findings/list"], `"findingArn":"f"`, fmt.Sprintf(`"findingArn":"f%d"`, n), 1), `]}]}`, `]}]`+next+`}`, 1))
		})})
	}
	r := serve(1000)
	if n := len(celltest.Of[Finding](r)); n != findingPages || calls.Load() != findingPages || len(r.Gaps) != 1 || r.Gaps[0].Code != "ReadLimit" || r.Gaps[0].Outcome != evidence.CutShort || r.Gaps[0].Kinds[0] != "inspector.finding" {
		t.Errorf("%d findings in %d calls, gaps %v", n, calls.Load(), r.Gaps)
	}
	r = serve(findingPages)
	if n := len(celltest.Of[Finding](r)); n != findingPages || len(r.Gaps) > 0 {
		t.Errorf("%d findings, gaps %v", n, r.Gaps)
	}
}

func TestPagesDeniedInTheMiddle(t *testing.T) {
	for op, kind := range map[string]string{"POST /coverage/list": "inspector.coverage", "POST /findings/list": "inspector.finding", "POST /filters/list": "inspector.filter", "POST /members/list": "inspector.member"} {
		first := body(strings.Replace(usual[op], "{", `{"nextToken":"t",`, 1))
		r := answers(t, map[string]celltest.Answer{op: first, op + " again": denied})
		if len(r.Records) != 6 || len(r.Gaps) != 1 || r.Gaps[0].Kinds[0] != kind || r.Gaps[0].Outcome != evidence.Denied {
			t.Errorf("%s: %d records, gaps %v", op, len(r.Records), r.Gaps)
		}
	}
}

// Where EC2 is not scanned nobody asks for deep inspection of it; where that is not known, it is asked.
func TestDeepInspectionIsAskedWhereItCanBe(t *testing.T) {
	r := answers(t, map[string]celltest.Answer{"POST /status/batch/get": states("ENABLED", "DISABLED", "ENABLED", "ENABLED")})
	if a := the(t, r); a.DeepInspection != nil || len(a.Unknown) > 0 || r.Outcome(t, "GetEc2DeepInspectionConfiguration") != evidence.NotCalled {
		t.Errorf("%+v", a)
	}
	r = answers(t, map[string]celltest.Answer{"POST /status/batch/get": denied, "POST /ec2deepinspectionconfiguration/get": denied})
	if a := the(t, r); celltest.Unknown(a, "ec2_deep_inspection") != "AccessDeniedException" {
		t.Errorf("%+v", a)
	}
}

// Where it is not known that the account is looked at, that nothing was found there shows nothing: coverage and findings are not whole.
func TestNothingFoundWhereNobodyLooks(t *testing.T) {
	state := func(s string) celltest.Answer {
		return body(strings.Replace(usual["POST /status/batch/get"], `"state":{"status":"ENABLED"}`, `"state":{"status":"`+s+`"}`, 1))
	}
	none := map[string]celltest.Answer{"POST /coverage/list": body(`{"coveredResources":[]}`), "POST /findings/list": body(`{"findings":[]}`)}
	for name, c := range map[string]struct {
		answer  celltest.Answer
		outcome evidence.Outcome
	}{
		"denied":           {denied, evidence.Denied},
		"failed account":   {body(`{"accounts":[],"failedAccounts":[{"accountId":"111122223333","errorCode":"ACCESS_DENIED"}]}`), evidence.CutShort},
		"another account":  {body(`{"accounts":[{"accountId":"444455556666"}]}`), evidence.CutShort},
		"without a state":  {without(t, "POST /status/batch/get", "accounts.state"), evidence.CutShort},
		"a state of ours":  {state("DREAMING"), evidence.CutShort},
		"suspended":        {state("SUSPENDED"), evidence.NotEnabled},
		"still being made": {state("ENABLING"), evidence.NotEnabled},
	} {
		odd := map[string]celltest.Answer{"POST /status/batch/get": c.answer}
		for k, v := range none {
			odd[k] = v
		}
		for _, kind := range []string{coverageKind, findingKind} {
			found := false
			for _, g := range answers(t, odd).Gaps {
				found = found || g.Outcome == c.outcome && strings.Contains(strings.Join(g.Kinds, " "), kind)
			}
			if !found {
				t.Errorf("%s: %s reads whole", name, kind)
			}
		}
	}
	if r := answers(t, none); len(r.Gaps) > 0 {
		t.Errorf("it is on, and nothing was found: %v", r.Gaps)
	}
}

// What an administrator that is not read would have told is left out, and not none.
func TestAnAdministratorOutsideTheScope(t *testing.T) {
	theirs := map[string]celltest.Answer{"POST /delegatedadminaccounts/get": body(`{"delegatedAdmin":{"accountId":"999988887777","relationshipStatus":"ENABLED"}}`)}
	r := within(t, []string{"111122223333"}, theirs)
	if len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.Skipped || r.Gaps[0].Code != "OutOfScope" || strings.Join(r.Gaps[0].Kinds, " ") != memberKind+" "+organizationKind {
		t.Errorf("gaps %v", r.Gaps)
	}
	if r := answers(t, theirs); len(r.Gaps) > 0 {
		t.Errorf("it is read: gaps %v", r.Gaps)
	}
}
