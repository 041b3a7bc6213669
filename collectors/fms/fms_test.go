package fms

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

func demo(t *testing.T, account, region string) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo()})
	t.Cleanup(s.Close)
	o := celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: region}
	o.Scope.AsOf, o.Scope.Accounts = scenario.Now, []string{scenario.DemoLogArchive, scenario.DemoManagement, scenario.DemoPayments, scenario.DemoData}
	return celltest.Run(t, Collector{}, o)
}

func ptr[T any](v T) *T { return &v }

var meta = cmpopts.IgnoreFields(evidence.Meta{}, "Collected", "Evidence")

func head(account, region, id string) evidence.Meta {
	return evidence.Meta{ID: "arn:aws:fms:" + region + ":" + account + ":" + id, Account: account, Region: region}
}

func policyNamed(t *testing.T, r *celltest.Result, name string) *Policy {
	t.Helper()
	for _, p := range celltest.Of[Policy](r) {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("there is no policy %q", name)
	return nil
}

func TestTheAdministrator(t *testing.T) {
	r := demo(t, scenario.DemoLogArchive, "eu-west-1")
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	want := &Account{Meta: head(scenario.DemoLogArchive, "eu-west-1", "account"), Status: "enabled", Missing: []string{}, Administrator: ptr("012345678901"), RoleStatus: ptr("READY"), Members: ptr(4), Policies: ptr(3)}
	got := celltest.One[Account](t, r, ":account")
	if d := cmp.Diff(want, got, meta); d != "" || len(got.Evidence) != 5 {
		t.Errorf("read from %d exchanges: %s", len(got.Evidence), d)
	}
	alb := policyNamed(t, r, "load balancers behind WAF")
	wantALB := &Policy{Meta: head(scenario.DemoLogArchive, "eu-west-1", "policy/"+alb.PolicyID), PolicyID: alb.PolicyID, Name: "load balancers behind WAF", Description: ptr("=1+1 @everyone"), Type: "WAFV2",
		Status: "ACTIVE", Remediation: true, Cleanup: true, ResourceTypes: []string{"AWS::ElasticLoadBalancingV2::LoadBalancer"}, ResourceSets: []string{}, ResourceTags: []string{},
		Accounts: []string{}, Units: []string{}, NotAccounts: []string{scenario.DemoManagement}, NotUnits: []string{}, Settings: ptr(`{"type":"WAFV2"}`), Evaluated: ptr(3)}
	if d := cmp.Diff(wantALB, alb, meta); d != "" {
		t.Error(d)
	}
	groups := policyNamed(t, r, "no open security groups")
	if d := cmp.Diff([]string{"AWS::EC2::NetworkInterface", "AWS::EC2::SecurityGroup"}, groups.ResourceTypes); d != "" || groups.Remediation || groups.Units[0] != "ou-exa1-workload" {
		t.Errorf("%s %+v", d, groups)
	}
	if p := policyNamed(t, r, "retired DNS firewall"); p.Status != "OUT_OF_ADMIN_SCOPE" || p.ResourceTags[0] != "dns=filtered" || !p.ExcludeTagged || *p.Evaluated != 0 {
		t.Errorf("%+v", p)
	}
	data := celltest.One[Compliance](t, r, alb.PolicyID+"/"+scenario.DemoData)
	at := scenario.Now.Add(-5 * time.Hour)
	wantData := &Compliance{Meta: evidence.Meta{ID: alb.ID + "/" + scenario.DemoData, Account: scenario.DemoLogArchive, Region: "eu-west-1"}, Policy: alb.ID, PolicyName: alb.Name, Member: scenario.DemoData,
		Compliance: "NON_COMPLIANT", Violators: 2, Issues: []string{}, Updated: &at}
	if d := cmp.Diff(wantData, data, meta); d != "" {
		t.Error(d)
	}
	if c := celltest.One[Compliance](t, r, groups.PolicyID+"/"+scenario.DemoData); c.Compliance != "COMPLIANT" || c.Issues[0] != "AWSCONFIG AWS Config is not enabled in account 777788889999, Region eu-west-1" {
		t.Errorf("%+v", c)
	}
	if n := len(celltest.Of[Compliance](r)); n != 5 {
		t.Errorf("%d accounts", n)
	}
}

// Every other account says that it is no administrator and what AWS said, and makes no noise.
func TestAccountsThatDoNotAdminister(t *testing.T) {
	for account, want := range map[string]*Account{
		scenario.DemoManagement: {Answer: ptr("AccessDeniedException: Operation ListPolicies is only available to AWS Firewall Manager Administrators."), Administrator: ptr("012345678901"), RoleStatus: ptr("READY")},
		scenario.DemoPayments:   {Answer: ptr("AccessDeniedException: Account: 444455556666 is not currently delegated by AWS FM.")},
		scenario.DemoData:       {Answer: ptr("AccessDeniedException: No default admin could be found for account")},
	} {
		want.Meta, want.Status, want.Missing = head(account, "us-east-1", "account"), "not-enabled", []string{}
		r := demo(t, account, "us-east-1")
		if d := cmp.Diff(want, celltest.One[Account](t, r, ":account"), meta); d != "" || len(r.Gaps) > 0 || len(r.Records) != 1 {
			t.Errorf("%s: %s, gaps %v", account, d, r.Gaps)
		}
	}
}

const self = "111122223333"

// usual are the answers to an administrator with one policy for one account.
var usual = map[string]string{
	"GetAdminAccount":      `{"AdminAccount":"111122223333","RoleStatus":"READY"}`,
	"ListMemberAccounts":   `{"MemberAccounts":["444455556666"]}`,
	"ListPolicies":         `{"PolicyList":[{"PolicyArn":"arn:p","PolicyId":"p","PolicyName":"n","SecurityServiceType":"WAFV2","PolicyStatus":"ACTIVE"}]}`,
	"GetPolicy":            `{"Policy":{"PolicyId":"p","RemediationEnabled":true,"DeleteUnusedFMManagedResources":true,"ExcludeResourceTags":false,"ResourceType":"AWS::EC2::VPC"}}`,
	"ListComplianceStatus": `{"PolicyComplianceStatusList":[{"MemberAccount":"444455556666","EvaluationResults":[{"ComplianceStatus":"COMPLIANT","ViolatorCount":0,"EvaluationLimitExceeded":false}],"IssueInfoMap":{}}]}`,
}

func answers(t *testing.T, odd map[string]celltest.Answer) *celltest.Result {
	t.Helper()
	var o celltest.Options
	o.URL = celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		key := q.Operation
		if strings.Contains(q.Body, "NextToken") {
			key += " next"
		}
		if a, ok := odd[key]; ok {
			return a
		}
		return celltest.Answer{Body: usual[key]}
	})
	o.Scope.AsOf, o.Scope.Accounts = scenario.Now, []string{self}
	return celltest.Run(t, Collector{}, o)
}

func body(s string) celltest.Answer { return celltest.Answer{Body: s} }

func denied(message string) celltest.Answer {
	return celltest.Fail(400, "AccessDeniedException", message)
}

// iam is a refusal that is none of Firewall Manager's.
var iam = denied("User: arn:aws:iam::111122223333:user/u is not authorized to perform: fms:ListPolicies")

func unknown(r *celltest.Result) string {
	out := []string{}
	for _, x := range r.Records {
		for _, u := range x.Header().Unknown {
			out = append(out, strings.TrimPrefix(x.Kind(), "fms.")+":"+u.Field)
		}
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " ")
}

func TestTheUsualAnswersLeaveNoGap(t *testing.T) {
	r := answers(t, nil)
	if len(r.Gaps) > 0 || len(r.Records) != 3 || celltest.One[Account](t, r, ":account").Status != "enabled" || celltest.One[Compliance](t, r, "arn:p/4").Compliance != "COMPLIANT" {
		t.Errorf("%d records, gaps %v", len(r.Records), r.Gaps)
	}
}

// Who administers is told by answers; a refusal of IAM, and answers that contradict each other, tell nothing.
func TestWhoAdministers(t *testing.T) {
	none := celltest.Fail(400, "ResourceNotFoundException", "The referenced item does not exist.")
	refused := denied("Account: 111122223333 is not currently delegated by AWS FM.")
	other := body(`{"AdminAccount":"444455556666","RoleStatus":"READY"}`)
	const all = "account:answer account:members account:missing account:policies account:status"
	for name, c := range map[string]struct {
		odd     map[string]celltest.Answer
		status  string
		unknown string
		gaps    int
		records int
	}{
		"no organization":             {map[string]celltest.Answer{"GetAdminAccount": none, "ListPolicies": denied("No default admin could be found for account 111122223333 in Region eu-west-1")}, "not-enabled", "", 0, 1},
		"another administrator too":   {map[string]celltest.Answer{"GetAdminAccount": refused}, "enabled", "", 0, 3},
		"its role is not ready":       {map[string]celltest.Answer{"GetAdminAccount": body(`{"AdminAccount":"111122223333","RoleStatus":"CREATING"}`)}, "partly-enabled", "", 0, 3},
		"no state of its role":        {map[string]celltest.Answer{"GetAdminAccount": body(`{"AdminAccount":"111122223333"}`)}, "", "account:missing account:role_status account:status", 1, 3},
		"IAM denies the first":        {map[string]celltest.Answer{"GetAdminAccount": iam}, "", "account:default_administrator account:missing account:role_status account:status", 1, 3},
		"IAM denies the first of two": {map[string]celltest.Answer{"GetAdminAccount": iam, "ListPolicies": refused}, "not-enabled", "account:default_administrator account:role_status", 1, 1},
		"IAM denies the second":       {map[string]celltest.Answer{"ListPolicies": iam}, "", all, 1, 1},
		"IAM denies both":             {map[string]celltest.Answer{"GetAdminAccount": iam, "ListPolicies": iam}, "", "account:answer account:default_administrator account:members account:missing account:policies account:role_status account:status", 2, 1},
		"it is, and is refused":       {map[string]celltest.Answer{"ListPolicies": refused}, "", all, 1, 1},
		"another code, same words":    {map[string]celltest.Answer{"GetAdminAccount": none, "ListPolicies": celltest.Fail(500, "InternalErrorException", "No default admin could be found")}, "", all, 1, 1},
		"a region that is off":        {map[string]celltest.Answer{"GetAdminAccount": none, "ListPolicies": celltest.Fail(400, "InvalidOperationException", "The Region is disabled.")}, "", all, 1, 1},
		"in the older words":          {map[string]celltest.Answer{"GetAdminAccount": none, "ListPolicies": denied("Operation: ListPolicies is only available to Administration account in AWS Firewall Manager.")}, "not-enabled", "", 0, 1},
		// The one that administers is not read, so nobody sees its policies.
		"out of scope": {map[string]celltest.Answer{"GetAdminAccount": other, "ListPolicies": refused}, "not-enabled", "", 1, 1},
	} {
		r := answers(t, c.odd)
		a := celltest.One[Account](t, r, ":account")
		if a.Status != c.status || unknown(r) != c.unknown || len(r.Gaps) != c.gaps || len(r.Records) != c.records || (a.Answer != nil) != (a.Status == "not-enabled") {
			t.Errorf("%s: status %q, answer %v, unknown %s; %d records, gaps %v", name, a.Status, a.Answer, unknown(r), len(r.Records), r.Gaps)
		}
		if name == "its role is not ready" && !slices.Equal(a.Missing, []string{"role_status"}) {
			t.Errorf("missing %q", a.Missing)
		}
		if name == "out of scope" && (r.Gaps[0].Outcome != evidence.Skipped || !slices.Equal(r.Gaps[0].Kinds, []string{policyKind, complianceKind})) {
			t.Errorf("%+v", r.Gaps)
		}
		if strings.Contains(c.unknown, "policies") && !slices.ContainsFunc(r.Gaps, func(g evidence.Gap) bool { return slices.Equal(g.Kinds, []string{policyKind, complianceKind}) }) {
			t.Errorf("%s: the policies pass for whole: %v", name, r.Gaps)
		}
	}
}

func TestNothingButSilence(t *testing.T) {
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: []*scenario.Fault{{Service: "fms", Kind: scenario.Reset}}})
	defer s.Close()
	r := celltest.Run(t, Collector{}, celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(scenario.DemoLogArchive), Account: scenario.DemoLogArchive})
	for _, kind := range []string{accountKind, policyKind, complianceKind} {
		covered := len(celltest.Of[Account](r)) == 1 && kind == accountKind
		for _, g := range r.Gaps {
			covered = covered || slices.Contains(g.Kinds, kind)
		}
		if !covered {
			t.Errorf("%s passes for whole: gaps %v", kind, r.Gaps)
		}
	}
}

func TestWhatAnAnswerLacksIsUnknown(t *testing.T) {
	for _, c := range []struct{ key, old, new, want string }{
		{"ListPolicies", `"PolicyName":"n",`, ``, "policy:name"},
		{"ListPolicies", `"SecurityServiceType":"WAFV2",`, ``, "policy:type"},
		{"ListPolicies", `,"PolicyStatus":"ACTIVE"`, ``, "policy:status"},
		{"GetPolicy", `"RemediationEnabled":true,`, ``, "policy:remediation"},
		{"GetPolicy", `"DeleteUnusedFMManagedResources":true,`, ``, "policy:delete_unused"},
		{"GetPolicy", `"ExcludeResourceTags":false,`, ``, "policy:exclude_tagged"},
		{"ListMemberAccounts", `"MemberAccounts":["444455556666"]`, ``, "account:members"},
		{"ListComplianceStatus", `"PolicyComplianceStatusList"`, `"Other"`, "policy:accounts_evaluated"},
		{"ListComplianceStatus", `{"MemberAccount":"444455556666",`, `{},{"MemberAccount":"444455556666",`, "policy:accounts_evaluated"},
		{"ListComplianceStatus", `,"IssueInfoMap":{}`, ``, "policy_compliance:issues"},
		{"ListComplianceStatus", `"IssueInfoMap":{}`, `"IssueInfoMap":null`, "policy_compliance:issues"},
		{"ListPolicies", `[{`, `[{"PolicyName":"nameless"},{`, "account:policies"},
	} {
		if strings.Count(usual[c.key], c.old) != 1 {
			t.Fatalf("%s has %q %d times", c.key, c.old, strings.Count(usual[c.key], c.old))
		}
		r := answers(t, map[string]celltest.Answer{c.key: body(strings.Replace(usual[c.key], c.old, c.new, 1))})
		if unknown(r) != c.want || len(r.Gaps) != 1 {
			t.Errorf("%s without %s: unknown %s, want %s; gaps %v", c.key, c.old, unknown(r), c.want, r.Gaps)
		}
	}
	// Of a policy that is another than was asked for nothing is known.
	r := answers(t, map[string]celltest.Answer{"GetPolicy": body(strings.Replace(usual["GetPolicy"], `"p"`, `"q"`, 1))})
	if p := celltest.One[Policy](t, r, "arn:p"); celltest.Unknown(p, "remediation") == "" || p.Remediation || p.ResourceTypes != nil {
		t.Errorf("%+v", p)
	}
}

// That everything complies is said only where every evaluation was made to its end and says so.
func TestEvaluations(t *testing.T) {
	one := func(status, count, limit string) string {
		return strings.NewReplacer("S", status, "C", count, "L", limit).Replace(`{SCL}`)
	}
	const good, bad, zero, three, whole, broken = `"ComplianceStatus":"COMPLIANT"`, `"ComplianceStatus":"NON_COMPLIANT"`, `,"ViolatorCount":0`, `,"ViolatorCount":3`, `,"EvaluationLimitExceeded":false`, `,"EvaluationLimitExceeded":true`
	for _, c := range []struct{ results, compliance, unknown string }{
		{one(good, zero, whole), "COMPLIANT", ""},
		{one(good, zero, whole) + "," + one(good, zero, whole), "COMPLIANT", ""},
		{one(bad, three, whole), "NON_COMPLIANT", ""},
		{one(good, zero, whole) + "," + one(bad, three, whole), "NON_COMPLIANT", ""},
		{one(bad, three, broken), "NON_COMPLIANT", "violators"},
		{one(bad, "", whole), "NON_COMPLIANT", "violators"},
		{one(bad, three, ""), "NON_COMPLIANT", "evaluation_limit_exceeded violators"},
		{one(good, zero, broken), "", "compliance violators"},
		{one(good, zero, ""), "", "compliance evaluation_limit_exceeded violators"},
		{one(good, "", whole), "", "compliance violators"},
		{one(good, three, whole), "", "compliance violators"},
		{one(`"ComplianceStatus":"SOMEHOW"`, zero, whole), "", "compliance violators"},
		{one(`"X":1`, zero, whole), "", "compliance violators"},
		{one(good, zero, whole) + "," + one(`"ComplianceStatus":"SOMEHOW"`, zero, whole), "", "compliance violators"},
		{one(good, zero, whole) + "," + one(good, zero, broken), "", "compliance violators"},
		{"", "", "compliance evaluation_limit_exceeded violators"},
	} {
		r := answers(t, map[string]celltest.Answer{"ListComplianceStatus": body(`{"PolicyComplianceStatusList":[{"MemberAccount":"444455556666","EvaluationResults":[` + c.results + `],"IssueInfoMap":{"AWSVPC":"x"}}]}`)})
		got := celltest.One[Compliance](t, r, "arn:p/")
		if got.Compliance != c.compliance || strings.ReplaceAll(unknown(r), "policy_compliance:", "") != c.unknown || got.Issues[0] != "AWSVPC x" || (len(r.Gaps) == 0) != (c.unknown == "") {
			t.Errorf("%s: %s, unknown %s, gaps %v", c.results, got.Compliance, unknown(r), r.Gaps)
		}
	}
}

func TestLists(t *testing.T) {
	for _, c := range []struct {
		key, list, entry string
		kinds            []string
		fields           string
	}{
		{"ListPolicies", "PolicyList", `{"PolicyArn":"arn:p","PolicyId":"p","PolicyName":"n","SecurityServiceType":"WAFV2","PolicyStatus":"ACTIVE"}`, []string{policyKind, complianceKind}, "account:policies"},
		{"ListComplianceStatus", "PolicyComplianceStatusList", `{"MemberAccount":"444455556666","EvaluationResults":[{"ComplianceStatus":"COMPLIANT","ViolatorCount":0,"EvaluationLimitExceeded":false}],"IssueInfoMap":{}}`, []string{complianceKind}, "policy:accounts_evaluated"},
		{"ListMemberAccounts", "MemberAccounts", `"444455556666"`, nil, "account:members"},
	} {
		first := body(fmt.Sprintf(`{%q:[%s],"NextToken":"n"}`, c.list, c.entry))
		for code, second := range map[string]celltest.Answer{"AccessDeniedException": denied("No default admin could be found for account"), "MissingMember": body(`{}`), "RepeatedRequest": first} {
			r := answers(t, map[string]celltest.Answer{c.key: first, c.key + " next": second})
			if !slices.ContainsFunc(r.Gaps, func(g evidence.Gap) bool { return g.Code == code && slices.Equal(g.Kinds, c.kinds) }) || unknown(r) != c.fields || len(r.Records) != 3 {
				t.Errorf("%s %s: unknown %s, %d records, gaps %v", c.key, code, unknown(r), len(r.Records), r.Gaps)
			}
		}
		if c.kinds != nil {
			r := answers(t, map[string]celltest.Answer{c.key: first, c.key + " next": body(fmt.Sprintf(`{%q:[%s]}`, c.list, c.entry))})
			if len(r.Gaps) != 1 || r.Gaps[0].Code != "SaidTwice" || len(r.Records) != 3 {
				t.Errorf("%s twice: gaps %v", c.key, r.Gaps)
			}
		}
	}
	r := answers(t, map[string]celltest.Answer{"ListPolicies": body(`{"PolicyList":[]}`)})
	if a := celltest.One[Account](t, r, ":account"); len(r.Gaps) > 0 || a.Status != "enabled" || *a.Policies != 0 || r.Outcome(t, "GetPolicy") != evidence.NotCalled {
		t.Errorf("an administrator without policies: %+v, gaps %v", a, r.Gaps)
	}
}
