package organizations

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

var meta = cmpopts.IgnoreFields(evidence.Meta{}, "Collected", "Evidence")

func ptr[T any](v T) *T { return &v }

func on(y, m, d int) *time.Time { return ptr(time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)) }

// read are the accounts of Example Corp's audit.
var read = []string{scenario.DemoLogArchive, scenario.DemoManagement, scenario.DemoPayments, scenario.DemoData}

func scopeOf(accounts ...string) evidence.Scope {
	return evidence.Scope{Accounts: accounts, Regions: []string{"eu-west-1"}, Home: "eu-west-1", AsOf: scenario.Now,
		Excluded: []evidence.Exclusion{{Account: scenario.DemoExcluded, Reason: "training only"}}}
}

func options(url, account string, sc evidence.Scope) celltest.Options {
	return celltest.Options{URL: url, AccessKey: scenario.AccessKey(account), Account: account, Region: "eu-west-1", Scope: sc}
}

// demo collects one account of the demo organization.
func demo(t *testing.T, account string, sc evidence.Scope, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: faults})
	t.Cleanup(s.Close)
	return celltest.Run(t, Collector{}, options(s.URL, account, sc))
}

// counts are how many records there are of each kind.
func counts(r *celltest.Result) map[string]int {
	out := map[string]int{}
	for _, x := range r.Records {
		out[x.Kind()]++
	}
	return out
}

func arn(rest string) string { return "arn:aws:organizations::111122223333:" + rest }

func from(id string) evidence.Meta {
	return evidence.Meta{ID: id, Account: "111122223333", Region: "us-east-1"}
}

func account(t *testing.T, r *celltest.Result, id string) *Account {
	t.Helper()
	return celltest.One[Account](t, r, "/"+id)
}

func TestTheOrganizationIsReadWhole(t *testing.T) {
	r := demo(t, scenario.DemoManagement, scopeOf(read...))
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	want := map[string]int{accountKind: 7, administratorKind: 2, effectiveKind: 12, membershipKind: 1, organizationKind: 1, ouKind: 7, policyKind: 10, rootKind: 1, serviceKind: 7}
	if d := cmp.Diff(want, counts(r)); d != "" {
		t.Error(d)
	}
	for _, c := range r.Cells {
		if c.Outcome != evidence.Collected {
			t.Errorf("%s is %s", c.Operation, c.Outcome)
		}
	}
	same(t, &Membership{Meta: from("111122223333/organizations"), Status: "enabled", Missing: []string{}, Organization: ptr("o-exa1mp1ec0"), OrganizationARN: ptr(arn("organization/o-exa1mp1ec0")),
		ManagementAccount: ptr("111122223333"), Management: true, FeatureSet: ptr("ALL")}, celltest.One[Membership](t, r, ""))
	org := celltest.One[Organization](t, r, "")
	same(t, &Organization{Meta: from(arn("organization/o-exa1mp1ec0")), OrganizationID: "o-exa1mp1ec0", ManagementAccount: "111122223333", FeatureSet: "ALL", Accounts: 7, ActiveAccounts: 6, AccountsInScope: 4,
		ScopeNotListed: []string{}, ResourcePolicy: &ResourcePolicy{ARN: ptr(arn("resourcepolicy/o-exa1mp1ec0/rp-exa1mp1ec0")), Text: org.ResourcePolicy.Text, Statements: 1,
			Principals: []string{"AWS:arn:aws:iam::012345678901:root"}, Accounts: []string{"012345678901"}}}, org)
	same(t, &Root{Meta: from(arn("root/o-exa1mp1ec0/r-ex4m")), RootID: "r-ex4m", Name: ptr("Root"),
		EnabledPolicyTypes: []string{"BACKUP_POLICY", "DECLARATIVE_POLICY_EC2", "RESOURCE_CONTROL_POLICY", "SERVICE_CONTROL_POLICY", "TAG_POLICY"},
		OtherPolicyTypes:   []string{"SECURITYHUB_POLICY PENDING_ENABLE"}}, celltest.One[Root](t, r, ""))
	same(t, &OrganizationalUnit{Meta: from(arn("ou/o-exa1mp1ec0/ou-ex4m-pr0duct1")), OUID: "ou-ex4m-pr0duct1", Name: ptr("Production"), Parent: "ou-ex4m-w0rk1oad",
		Path: []string{"r-ex4m", "ou-ex4m-w0rk1oad", "ou-ex4m-pr0duct1"}, SCP: &Guardrails{true, []string{"p-FullAWSAccess", "p-1eave0rgan", "p-eur0pe0n1y"}, true},
		RCP: &Guardrails{true, []string{"p-RCPFullAWSAccess", "p-0wn0rgan01"}, true}}, celltest.One[OrganizationalUnit](t, r, "pr0duct1"))
	if u := celltest.One[OrganizationalUnit](t, r, "data0001"); *u.Name != "Data \u202egnp.exe\x1b[31m" {
		t.Errorf("a hostile name reads %q", *u.Name)
	}
	same(t, &DelegatedAdministrator{Meta: from(arn("account/o-exa1mp1ec0/012345678901")), AccountID: "012345678901", Name: ptr("example-log-archive"), State: "ACTIVE", Since: on(2023, 5, 8), InScope: true,
		Services: []string{"access-analyzer.amazonaws.com", "config-multiaccountsetup.amazonaws.com", "config.amazonaws.com", "guardduty.amazonaws.com", "securityhub.amazonaws.com"}},
		celltest.One[DelegatedAdministrator](t, r, "012345678901"))
	same(t, &TrustedService{Meta: from("o-exa1mp1ec0/sso.amazonaws.com"), Service: "sso.amazonaws.com", Enabled: on(2023, 2, 20)}, celltest.One[TrustedService](t, r, "/sso"))
}

func same[T any](t *testing.T, want, got *T) {
	t.Helper()
	if d := cmp.Diff(want, got, meta); d != "" {
		t.Error(d)
	}
}

func TestAccountsAndWhatLiesOverThem(t *testing.T) {
	r := demo(t, scenario.DemoManagement, scopeOf(read...))
	payments := account(t, r, scenario.DemoPayments)
	same(t, &Account{Meta: from(arn("account/o-exa1mp1ec0/444455556666")), AccountID: "444455556666", Name: ptr("example-payments-prod"), Email: ptr("aws+444455556666@example.com"), State: "ACTIVE",
		JoinedMethod: ptr("CREATED"), Joined: on(2022, 11, 1), Parent: ptr("ou-ex4m-pr0duct1"), Path: []string{"r-ex4m", "ou-ex4m-w0rk1oad", "ou-ex4m-pr0duct1"}, InScope: true,
		SCP: &Guardrails{true, []string{"p-FullAWSAccess", "p-1eave0rgan", "p-eur0pe0n1y", "p-keep0keys0"}, true},
		RCP: &Guardrails{true, []string{"p-RCPFullAWSAccess", "p-0wn0rgan01"}, true}}, payments)
	// Its own page, the root, and each answer that shows a policy on its way down: those of AWS's own two policies fill pages.
	if len(payments.Evidence) < 8 {
		t.Errorf("read from %v", payments.Evidence)
	}
	if m := account(t, r, scenario.DemoManagement); !m.Management || m.SCP.Applies || m.SCP.Limited || !slices.Equal(m.SCP.Policies, []string{"p-FullAWSAccess"}) || m.RCP.Applies || !slices.Equal(m.Path, []string{"r-ex4m"}) {
		t.Errorf("the management account reads %+v %+v", m, m.SCP)
	}
	if x := account(t, r, scenario.DemoExcluded); x.InScope || *x.NotRead != "excluded" || *x.ExclusionReason != "training only" || x.SCP.Limited || !x.SCP.Applies {
		t.Errorf("the excluded account reads %+v", x)
	}
	if x := account(t, r, scenario.DemoForgotten); x.InScope || *x.NotRead != "not-named" || x.ExclusionReason != nil || *x.Name != `=cmd|'/C calc'!A1` {
		t.Errorf("the account that nobody named reads %+v", x)
	}
	if x := account(t, r, scenario.DemoClosed); x.InScope || *x.NotRead != "not-active" || x.State != "SUSPENDED" || !slices.Equal(x.Path, []string{"r-ex4m", "ou-ex4m-5u5pende"}) || *x.Parent != "ou-ex4m-5u5pende" || x.SCP.Limited {
		t.Errorf("the suspended account, listed without a path, reads %+v", x)
	}
}

func TestPoliciesAndWhatTheyAreAttachedTo(t *testing.T) {
	r := demo(t, scenario.DemoManagement, scopeOf(read...))
	p := celltest.One[Policy](t, r, "p-eur0pe0n1y")
	same(t, &Policy{Meta: from(arn("policy/o-exa1mp1ec0/service_control_policy/p-eur0pe0n1y")), PolicyID: "p-eur0pe0n1y", Name: ptr("europe-only"), Description: ptr("</td><script>alert(1)</script>"),
		Type: "SERVICE_CONTROL_POLICY", Content: p.Content, Targets: []string{"ORGANIZATIONAL_UNIT/ou-ex4m-pr0duct1"}}, p)
	if p.Content == nil || len(*p.Content) < 100 {
		t.Errorf("its content is %v", p.Content)
	}
	full := celltest.One[Policy](t, r, "/p-FullAWSAccess")
	if full.ID != "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess" || !full.AWSManaged || len(full.Targets) != 15 || full.Targets[14] != "ROOT/r-ex4m" {
		t.Errorf("FullAWSAccess reads %+v", full)
	}
	if d := celltest.One[Policy](t, r, "p-draft"); d.Targets == nil || len(d.Targets) != 0 {
		t.Errorf("the draft is attached to %v", d.Targets)
	}
}

func TestPoliciesInEffect(t *testing.T) {
	r := demo(t, scenario.DemoPayments, scopeOf(read...))
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	present := []string{}
	for _, p := range celltest.Of[EffectivePolicy](r) {
		if p.Present {
			present = append(present, p.Type)
		} else if p.Content != nil || p.Updated != nil || len(p.Evidence) != 1 {
			t.Errorf("a policy that is not there reads %+v", p)
		}
	}
	if d := cmp.Diff([]string{"BACKUP_POLICY", "DECLARATIVE_POLICY_EC2", "TAG_POLICY"}, present); d != "" {
		t.Error(d)
	}
	tags := celltest.One[EffectivePolicy](t, r, "TAG_POLICY")
	m := from("444455556666/TAG_POLICY")
	m.Account = "444455556666"
	same(t, &EffectivePolicy{Meta: m, Type: "TAG_POLICY", Present: true, Content: tags.Content, Updated: on(2026, 4, 14)}, tags)
}

// A member whose management account is read asks nothing more, and lacks nothing.
func TestAMemberAsksForItself(t *testing.T) {
	r := demo(t, scenario.DemoPayments, scopeOf(read...))
	if d := cmp.Diff(map[string]int{effectiveKind: 12, membershipKind: 1}, counts(r)); d != "" || len(r.Gaps) > 0 {
		t.Errorf("%s, gaps %v", d, r.Gaps)
	}
	for _, c := range r.Cells {
		if asked := c.Operation == "DescribeOrganization" || c.Operation == "DescribeEffectivePolicy"; asked != (c.Outcome == evidence.Collected) || !asked && c.Outcome != evidence.NotCalled {
			t.Errorf("%s is %s", c.Operation, c.Outcome)
		}
	}
	m := celltest.One[Membership](t, r, "")
	if m.Management || m.ID != "444455556666/organizations" || *m.ManagementAccount != "111122223333" || *m.Organization != "o-exa1mp1ec0" || m.Status != "enabled" {
		t.Errorf("it sees %+v", m)
	}
}

// A member whose management account is not read tries: a delegated administrator may list, another is refused once.
func TestAMemberTriesToList(t *testing.T) {
	r := demo(t, scenario.DemoLogArchive, scopeOf(scenario.DemoLogArchive))
	if n := counts(r); len(r.Gaps) > 0 || n[accountKind] != 7 || n[policyKind] != 10 {
		t.Errorf("the delegated administrator lists %v, gaps %v", n, r.Gaps)
	}
	r = demo(t, scenario.DemoPayments, scopeOf(scenario.DemoPayments))
	if d := cmp.Diff(map[string]int{effectiveKind: 12, membershipKind: 1}, counts(r)); d != "" {
		t.Error(d)
	}
	if len(r.Gaps) != 1 || r.Gaps[0].Operation != "ListRoots" || r.Gaps[0].Outcome != evidence.Denied || !slices.Equal(r.Gaps[0].Kinds, listed) {
		t.Errorf("gaps %+v", r.Gaps)
	}
}

// Where the scope names who lists, nobody else does, not even the management account.
func TestTheScopeNamesWhoLists(t *testing.T) {
	sc := scopeOf(read...)
	sc.Organization = &evidence.Organization{Lister: scenario.DemoLogArchive}
	if r := demo(t, scenario.DemoManagement, sc); len(r.Gaps) > 0 || counts(r)[accountKind] != 0 {
		t.Errorf("the management account lists %v, gaps %v", counts(r), r.Gaps)
	}
	if r := demo(t, scenario.DemoLogArchive, sc); len(r.Gaps) > 0 || counts(r)[accountKind] != 7 {
		t.Errorf("the lister lists %v, gaps %v", counts(r), r.Gaps)
	}
	sc.Organization.Lister = "999900001111"
	for _, account := range []string{scenario.DemoManagement, scenario.DemoPayments} {
		r := demo(t, account, sc)
		if len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.Skipped || !slices.Equal(r.Gaps[0].Kinds, listed) || r.Gaps[0].Evidence == "" || counts(r)[accountKind] != 0 {
			t.Errorf("with a lister that is not read %s has gaps %+v", account, r.Gaps)
		}
	}
	// A lister that is refused has not listed: each population says so.
	sc.Organization.Lister = scenario.DemoPayments
	r := demo(t, scenario.DemoPayments, sc)
	blamed := map[string]bool{}
	for _, g := range r.Gaps {
		for _, k := range g.Kinds {
			blamed[k] = true
		}
	}
	for _, k := range listed {
		if !blamed[k] && k != organizationKind {
			t.Errorf("the lister is refused, and no gap says that %s is not whole", k)
		}
	}
	if o := celltest.One[Organization](t, r, ""); celltest.Unknown(o, "scope_not_listed") == "" || celltest.Unknown(o, "accounts") == "" || celltest.Unknown(o, "resource_policy") == "" || celltest.Unknown(o, "feature_set") != "" {
		t.Errorf("the organization that nobody could list reads %+v", o)
	}
}

// The accounts can be discovered before the scope is known: the requests are the same, so that the recording answers the real run.
func TestRequestsDoNotDependOnTheScope(t *testing.T) {
	s := scenario.Start(scenario.Config{Organization: scenario.Demo()})
	t.Cleanup(s.Close)
	narrow, wide := scopeOf(scenario.DemoLogArchive), scopeOf(read...)
	narrow.Excluded = nil
	narrow.Organization = &evidence.Organization{Lister: scenario.DemoLogArchive}
	wide.Organization = narrow.Organization
	first := celltest.Run(t, Collector{}, options(s.URL, scenario.DemoLogArchive, narrow))
	asked := s.Count("organizations", "")
	again := celltest.Replay(t, Collector{}, options(s.URL, scenario.DemoLogArchive, wide), first.Tape)
	if len(first.Gaps)+len(again.Gaps) > 0 {
		t.Errorf("gaps %v, then %v", first.Gaps, again.Gaps)
	}
	exchanges := 0
	for _, c := range again.Cells {
		exchanges += c.Exchanges
	}
	if exchanges != asked {
		t.Errorf("%d requests were recorded, %d of them answered again", asked, exchanges)
	}
	if a, b := account(t, first, scenario.DemoPayments), account(t, again, scenario.DemoPayments); a.InScope || !b.InScope || *a.NotRead != "not-named" || b.NotRead != nil {
		t.Errorf("payments is in scope: %v, then %v", a.InScope, b.InScope)
	}
	if o := celltest.One[Organization](t, again, ""); o.AccountsInScope != 4 {
		t.Errorf("%d accounts are read", o.AccountsInScope)
	}
}

// Names of people go where audit.yaml asks for it.
func TestMailAddressesAreRedacted(t *testing.T) {
	s := scenario.Start(scenario.Config{Organization: scenario.Demo()})
	t.Cleanup(s.Close)
	o := options(s.URL, scenario.DemoManagement, scopeOf(read...))
	o.Redact.Identity = true
	r := celltest.Run(t, Collector{}, o)
	for _, a := range celltest.Of[Account](r) {
		if *a.Email != "REDACTED" || *a.Name == "REDACTED" {
			t.Errorf("%s has the address %s", *a.Name, *a.Email)
		}
	}
	for _, op := range []string{"DescribeOrganization", "ListAccounts", "ListAccountsForParent", "ListDelegatedAdministrators"} {
		if r.Outcome(t, op) != evidence.Collected {
			t.Errorf("%s is %s", op, r.Outcome(t, op))
		}
	}
}

// Two hundred accounts are ten pages, and what AWS's own policy is attached to is eleven.
func TestALargeOrganization(t *testing.T) {
	o := scenario.LargeOrganization(200, 1)
	s := scenario.Start(scenario.Config{Organization: o})
	t.Cleanup(s.Close)
	sc := evidence.Scope{AsOf: scenario.Now}
	for _, a := range o.Accounts {
		sc.Accounts = append(sc.Accounts, a.ID)
	}
	r := celltest.Run(t, Collector{}, options(s.URL, o.Management, sc))
	if n := counts(r); len(r.Gaps) > 0 || n[accountKind] != 200 || n[ouKind] != 5 || n[policyKind] != 3 {
		t.Errorf("%v, gaps %v", n, r.Gaps)
	}
	if n := s.Count("organizations", "ListAccounts"); n != 10 || s.Count("organizations", "ListAccountsForParent") != 0 || s.Count("organizations", "ListTargetsForPolicy") != 13 {
		t.Errorf("%d calls of ListAccounts, %d of ListTargetsForPolicy", n, s.Count("organizations", "ListTargetsForPolicy"))
	}
	for _, a := range celltest.Of[Account](r) {
		if !a.InScope || a.State != "ACTIVE" || a.SCP.Limited == a.Management {
			t.Fatalf("%s reads %+v", a.AccountID, a)
		}
	}
	r = celltest.Run(t, Collector{}, options(s.URL, o.Accounts[9].ID, sc))
	if n := counts(r); len(r.Gaps) > 0 || n[effectiveKind] != 12 || len(n) != 2 {
		t.Errorf("a member: %v, gaps %v", n, r.Gaps)
	}
}
