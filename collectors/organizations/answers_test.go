package organizations

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
)

const (
	path1 = `"Paths":["o-1/r-1/ou-1/444455556666/"]`
	kept  = `{"Id":"444455556666","Arn":"arn:kept","State":"ACTIVE",` + path1 + `}`
)

// usual are the answers of a small organization, by operation and, behind a space, by what is asked about: one root with SCPs, the OU
// ou-1 in it, one member in that, and the SCP p-1 on the OU.
var usual = map[string]string{
	"DescribeOrganization":                         `{"Organization":{"Id":"o-1","Arn":"arn:org","FeatureSet":"ALL","MasterAccountId":"111122223333"}}`,
	"ListRoots":                                    `{"Roots":[{"Id":"r-1","Arn":"arn:root","Name":"Root","PolicyTypes":[{"Type":"SERVICE_CONTROL_POLICY","Status":"ENABLED"}]}]}`,
	"ListOrganizationalUnitsForParent r-1":         `{"OrganizationalUnits":[{"Id":"ou-1","Arn":"arn:ou-1","Name":"One"}]}`,
	"ListOrganizationalUnitsForParent ou-1":        `{"OrganizationalUnits":[]}`,
	"ListAccounts":                                 `{"Accounts":[{"Id":"111122223333","Arn":"arn:management","State":"ACTIVE","Paths":["o-1/r-1/111122223333/"]},` + kept + `]}`,
	"ListAccountsForParent r-1":                    `{"Accounts":[{"Id":"111122223333"}]}`,
	"ListAccountsForParent ou-1":                   `{"Accounts":[{"Id":"444455556666"}]}`,
	"ListPolicies SERVICE_CONTROL_POLICY":          `{"Policies":[{"Id":"p-1","Arn":"arn:p-1","Name":"One","Type":"SERVICE_CONTROL_POLICY","AwsManaged":false}]}`,
	"DescribePolicy p-1":                           `{"Policy":{"Content":"{}","PolicySummary":{"Id":"p-1"}}}`,
	"ListTargetsForPolicy p-1":                     `{"Targets":[{"TargetId":"ou-1","Type":"ORGANIZATIONAL_UNIT"}]}`,
	"ListDelegatedAdministrators":                  `{"DelegatedAdministrators":[{"Id":"444455556666","Arn":"arn:kept","State":"ACTIVE"}]}`,
	"ListDelegatedServicesForAccount 444455556666": `{"DelegatedServices":[{"ServicePrincipal":"config.amazonaws.com"}]}`,
	"ListAWSServiceAccessForOrganization":          `{"EnabledServicePrincipals":[{"ServicePrincipal":"config.amazonaws.com"}]}`,
	"DescribeResourcePolicy":                       `{"ResourcePolicy":{"Content":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"444455556666\"}}}","ResourcePolicySummary":{"Arn":"arn:rp"}}}`,
}

const nothingInEffect = `{"__type":"EffectivePolicyNotFoundException","Message":"none"}`

// asked finds the key of a request: a page's token stands behind it.
func asked(q celltest.Request) (key, page string) {
	var in struct{ ParentId, Filter, PolicyId, AccountId, PolicyType, NextToken string }
	json.Unmarshal([]byte(q.Body), &in)
	return strings.TrimSpace(q.Operation + " " + in.ParentId + in.Filter + in.PolicyId + in.AccountId + in.PolicyType), in.NextToken
}

// answersTo collects the management account with the usual answers, of which some are others.
func answersTo(t *testing.T, o celltest.Options, odd map[string]celltest.Answer) (*celltest.Result, []string) {
	t.Helper()
	var mu sync.Mutex
	var calls []string
	o.URL = celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		key, page := asked(q)
		if page != "" {
			key += " page " + page
		}
		mu.Lock()
		calls = append(calls, key)
		mu.Unlock()
		if q.Region != "us-east-1" && o.Partition == "" {
			t.Errorf("%s is asked in %s", key, q.Region)
		}
		if a, ok := odd[key]; ok {
			return a
		}
		if q.Operation == "DescribeEffectivePolicy" {
			return celltest.Answer{Status: 400, Body: nothingInEffect}
		}
		return celltest.Answer{Body: usual[key]}
	})
	return celltest.Run(t, Collector{}, o), calls
}

func answers(t *testing.T, odd map[string]celltest.Answer) *celltest.Result {
	t.Helper()
	r, _ := answersTo(t, celltest.Options{}, odd)
	return r
}

func body(s string) celltest.Answer { return celltest.Answer{Body: s} }

func refuse(code string) celltest.Answer { return celltest.Fail(400, code, "no") }

// one is a single odd answer.
func one(key string, a celltest.Answer) map[string]celltest.Answer {
	return map[string]celltest.Answer{key: a}
}

func TestTheUsualAnswersLeaveNoGap(t *testing.T) {
	r := answers(t, nil)
	if len(r.Gaps) > 0 || len(celltest.Of[Account](r)) != 2 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	a := celltest.One[Account](t, r, "kept")
	if !a.SCP.Limited || !slices.Equal(a.SCP.Policies, []string{"p-1"}) || a.RCP.Applies || a.RCP.Limited || len(a.RCP.Policies) != 0 || *a.NotRead != "not-named" {
		t.Errorf("the member reads %+v %+v %+v", a, a.SCP, a.RCP)
	}
	if slices.Contains(nothingListed(r), "ListAccountsForParent") == false {
		t.Error("the accounts of each parent were asked for, and AWS told every path")
	}
}

// nothingListed are the operations that were not called.
func nothingListed(r *celltest.Result) []string {
	var out []string
	for _, c := range r.Cells {
		if c.Outcome == evidence.NotCalled {
			out = append(out, c.Operation)
		}
	}
	return out
}

func TestAnAccountThatStandsAlone(t *testing.T) {
	r, calls := answersTo(t, celltest.Options{}, one("DescribeOrganization", refuse(notInUse)))
	m := celltest.One[Membership](t, r, "")
	if m.Status != "not-enabled" || m.Organization != nil || m.Management || len(m.Unknown) > 0 || len(r.Records) != 1 || len(r.Gaps) > 0 || len(calls) != 1 {
		t.Errorf("%+v, gaps %v, calls %v", m, r.Gaps, calls)
	}
	if r.Outcome(t, "DescribeOrganization") != evidence.Collected {
		t.Error("an answer is not taken for one")
	}
	// The one that is to list cannot be without an organization: what it should list is not there to be read.
	o := celltest.Options{Scope: scopeOf("111122223333")}
	o.Scope.Organization = &evidence.Organization{Lister: "111122223333"}
	r, _ = answersTo(t, o, one("DescribeOrganization", refuse(notInUse)))
	if len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.NotEnabled || !slices.Equal(r.Gaps[0].Kinds, listed) || celltest.One[Membership](t, r, "").Status != "not-enabled" {
		t.Errorf("gaps %+v", r.Gaps)
	}
}

// Whose turn it is cannot be known without knowing the organization.
func TestTheOrganizationCannotBeTold(t *testing.T) {
	elsewhere := celltest.Options{Scope: scopeOf("111122223333", "444455556666")}
	elsewhere.Scope.Organization = &evidence.Organization{Lister: "444455556666"}
	all := append(slices.Clone(listed), effectiveKind)
	slices.Sort(all)
	for _, c := range []struct {
		name   string
		o      celltest.Options
		answer celltest.Answer
		kinds  []string
		fields []string
	}{
		{"denied", celltest.Options{}, refuse("AccessDeniedException"), all, []string{"status", "organization", "management_account", "management", "feature_set"}},
		{"denied where another account lists", elsewhere, refuse("AccessDeniedException"), []string{effectiveKind}, []string{"status", "organization"}},
		{"without a management account", celltest.Options{}, body(`{"Organization":{"Id":"o-1","FeatureSet":"ALL"}}`), listed, []string{"management", "management_account"}},
		{"without an id", celltest.Options{}, body(`{"Organization":{"MasterAccountId":"111122223333","FeatureSet":"ALL"}}`), listed, []string{"organization"}},
		{"without anything", elsewhere, body(`{"Organization":{}}`), nil, []string{"status", "organization", "management"}},
		{"without the member", celltest.Options{}, body(`{}`), all, []string{"status"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := answersTo(t, c.o, one("DescribeOrganization", c.answer))
			m := celltest.One[Membership](t, r, "")
			for _, f := range c.fields {
				if celltest.Unknown(m, f) == "" {
					t.Errorf("%s is known: %+v", f, m)
				}
			}
			blamed := map[string]bool{}
			for _, g := range r.Gaps {
				for _, k := range g.Kinds {
					blamed[k] = true
				}
			}
			if got := sorted(blamed); !slices.Equal(got, c.kinds) && len(got)+len(c.kinds) > 0 {
				t.Errorf("not whole are %v, want %v", got, c.kinds)
			}
			if len(celltest.Of[Account](r)) > 0 || len(celltest.Of[Organization](r)) > 0 {
				t.Error("it listed all the same")
			}
		})
	}
}

func TestFeatures(t *testing.T) {
	features := func(s string) celltest.Answer {
		return body(`{"Organization":{"Id":"o-1",` + s + `"MasterAccountId":"111122223333"}}`)
	}
	for given, want := range map[string]string{`"FeatureSet":"ALL",`: "enabled", `"FeatureSet":"CONSOLIDATED_BILLING",`: "partly-enabled", `"FeatureSet":"SOME",`: "partly-enabled"} {
		m := celltest.One[Membership](t, answers(t, one("DescribeOrganization", features(given))), "")
		if m.Status != want || len(m.Unknown) > 0 || (want == "partly-enabled") != slices.Equal(m.Missing, []string{"ALL_FEATURES"}) {
			t.Errorf("%s reads %+v", given, m)
		}
	}
	r := answers(t, one("DescribeOrganization", features("")))
	if celltest.Unknown(celltest.One[Membership](t, r, ""), "status") != "MissingMember" || celltest.Unknown(celltest.One[Organization](t, r, ""), "feature_set") != "MissingMember" {
		t.Error("features that AWS does not tell are known")
	}
}

// guards are the fields that tell what lies over an account.
var guards = []string{"service_control_policies", "resource_control_policies"}

// What leaves the policies over an account open: each is a gap, and each leaves them unknown and not absent.
func TestWhatLiesOverAnAccountIsNotKnown(t *testing.T) {
	scps := guards[:1]
	types := func(s string) celltest.Answer {
		return body(`{"Roots":[{"Id":"r-1","Arn":"arn:root"` + s + `}]}`)
	}
	for _, c := range []struct {
		name   string
		odd    map[string]celltest.Answer
		fields []string
		kinds  []string
	}{
		{"roots denied", one("ListRoots", refuse("AccessDeniedException")), guards, []string{ouKind, policyKind, rootKind}},
		{"no root", one("ListRoots", body(`{"Roots":[]}`)), guards, []string{ouKind, policyKind, rootKind}},
		{"a root without its id", one("ListRoots", body(`{"Roots":[{"Name":"Root"}]}`)), guards, []string{ouKind, policyKind, rootKind}},
		{"another root", map[string]celltest.Answer{"ListRoots": body(`{"Roots":[{"Id":"r-2","PolicyTypes":[]}]}`), "ListOrganizationalUnitsForParent r-2": body(`{"OrganizationalUnits":[]}`)}, guards, nil},
		{"a root without policy types", one("ListRoots", types("")), guards, []string{policyKind}},
		{"a type without status", one("ListRoots", types(`,"PolicyTypes":[{"Type":"SERVICE_CONTROL_POLICY"}]`)), guards, []string{policyKind}},
		{"a nameless type", one("ListRoots", types(`,"PolicyTypes":[{"Status":"ENABLED"}]`)), guards, []string{policyKind}},
		{"policies denied", one("ListPolicies SERVICE_CONTROL_POLICY", refuse("AccessDeniedException")), scps, []string{policyKind}},
		{"a nameless policy", one("ListPolicies SERVICE_CONTROL_POLICY", body(`{"Policies":[{"Type":"SERVICE_CONTROL_POLICY"}]}`)), scps, []string{policyKind}},
		{"a policy of another type", one("ListPolicies SERVICE_CONTROL_POLICY", body(`{"Policies":[{"Id":"p-1","Type":"TAG_POLICY"}]}`)), scps, []string{policyKind}},
		{"a policy twice", one("ListPolicies SERVICE_CONTROL_POLICY", body(`{"Policies":[{"Id":"p-1","Type":"SERVICE_CONTROL_POLICY"},{"Id":"p-1","Type":"SERVICE_CONTROL_POLICY"}]}`)), scps, []string{policyKind}},
		{"targets denied", one("ListTargetsForPolicy p-1", refuse("AccessDeniedException")), scps, nil},
		{"a target without its type", one("ListTargetsForPolicy p-1", body(`{"Targets":[{"TargetId":"ou-1"}]}`)), scps, nil},
		{"a nameless target", one("ListTargetsForPolicy p-1", body(`{"Targets":[{"Type":"ROOT"}]}`)), scps, nil},
		{"a target twice", one("ListTargetsForPolicy p-1", body(`{"Targets":[{"TargetId":"ou-1","Type":"ORGANIZATIONAL_UNIT"},{"TargetId":"ou-1","Type":"ORGANIZATIONAL_UNIT"}]}`)), scps, nil},
		{"targets cut off", map[string]celltest.Answer{"ListTargetsForPolicy p-1": body(`{"Targets":[{"TargetId":"ou-1","Type":"ORGANIZATIONAL_UNIT"}],"NextToken":"2"}`),
			"ListTargetsForPolicy p-1 page 2": body(`{}`)}, scps, nil},
		{"two paths", one("ListAccounts", body(`{"Accounts":[{"Id":"444455556666","Arn":"arn:kept","State":"ACTIVE","Paths":["o-1/r-1/444455556666/","o-1/r-1/ou-1/444455556666/"]}]}`)), placed, nil},
		{"a path of another organization", one("ListAccounts", body(strings.Replace(`{"Accounts":[`+kept+`]}`, "o-1/", "o-2/", 1))), placed, nil},
		{"a path to another account", one("ListAccounts", body(strings.Replace(`{"Accounts":[`+kept+`]}`, "/444455556666/", "/777788889999/", 1))), placed, nil},
		{"a path without a root", one("ListAccounts", body(strings.Replace(`{"Accounts":[`+kept+`]}`, "r-1/", "", 1))), placed, nil},
		{"an empty path", one("ListAccounts", body(strings.Replace(`{"Accounts":[`+kept+`]}`, "o-1/r-1/ou-1/444455556666/", "", 1))), placed, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := answers(t, c.odd)
			a := celltest.One[Account](t, r, "kept")
			for _, f := range []string{"parent", "path", "service_control_policies", "resource_control_policies"} {
				if got := celltest.Unknown(a, f) != ""; got != slices.Contains(c.fields, f) {
					t.Errorf("%s is unknown: %v", f, got)
				}
			}
			if a.SCP != nil {
				t.Errorf("the SCPs over it read %+v", a.SCP)
			}
			blamed := map[string]bool{}
			for _, g := range r.Gaps {
				for _, k := range g.Kinds {
					blamed[k] = true
				}
			}
			if got := sorted(blamed); !slices.Equal(got, c.kinds) && len(got)+len(c.kinds) > 0 {
				t.Errorf("not whole are %v, want %v", got, c.kinds)
			}
			for _, u := range celltest.Of[OrganizationalUnit](r) {
				if !slices.Equal(c.fields, placed) && celltest.Unknown(u, "service_control_policies") == "" {
					t.Errorf("what lies over the OU reads %+v", u.SCP)
				}
			}
			if p := celltest.Of[Policy](r); len(p) > 0 && strings.Contains(c.name, "target") && (p[0].Targets != nil || celltest.Unknown(p[0], "targets") == "") {
				t.Errorf("the policy's targets read %v", p[0].Targets)
			}
		})
	}
}

func TestTypesThatAreNotEnabledLimitNobody(t *testing.T) {
	for _, types := range []string{`[]`, `[{"Type":"SERVICE_CONTROL_POLICY","Status":"PENDING_ENABLE"}]`, `[{"Type":"SERVICE_CONTROL_POLICY","Status":"ENABLED_SOMEHOW"}]`} {
		r := answers(t, one("ListRoots", body(`{"Roots":[{"Id":"r-1","Arn":"arn:root","PolicyTypes":`+types+`}]}`)))
		a := celltest.One[Account](t, r, "kept")
		if len(r.Gaps) > 0 || a.SCP == nil || a.SCP.Applies || a.SCP.Limited || a.SCP.Policies == nil || len(celltest.Of[Policy](r)) > 0 {
			t.Errorf("%s: %+v, gaps %v", types, a.SCP, r.Gaps)
		}
		if got := celltest.One[Root](t, r, ""); len(got.EnabledPolicyTypes) > 0 || (types == "[]") != (len(got.OtherPolicyTypes) == 0) {
			t.Errorf("the root reads %+v", got)
		}
	}
	// A type that the SDK does not know is asked for all the same.
	r, calls := answersTo(t, celltest.Options{}, map[string]celltest.Answer{
		"ListRoots":               body(`{"Roots":[{"Id":"r-1","Arn":"arn:root","PolicyTypes":[{"Type":"NEW_POLICY","Status":"ENABLED"}]}]}`),
		"ListPolicies NEW_POLICY": body(`{"Policies":[]}`)})
	if len(r.Gaps) > 0 || !slices.Contains(calls, "ListPolicies NEW_POLICY") {
		t.Errorf("gaps %v, calls %v", r.Gaps, calls)
	}
}

// AWS's own policies limit nothing, whatever else says that AWS manages it; and they are told by their id.
func TestWhatLimits(t *testing.T) {
	for id, limited := range map[string]bool{"p-FullAWSAccess": false, "p-RCPFullAWSAccess": false, "p-OtherOfAWS": true, "p-FullAWSAccess2": true} {
		r := answers(t, map[string]celltest.Answer{
			"ListPolicies SERVICE_CONTROL_POLICY": body(`{"Policies":[{"Id":"` + id + `","Type":"SERVICE_CONTROL_POLICY","AwsManaged":true}]}`),
			"DescribePolicy " + id:                body(`{"Policy":{"Content":"{}"}}`),
			"ListTargetsForPolicy " + id:          body(`{"Targets":[{"TargetId":"r-1","Type":"ROOT"},{"TargetId":"444455556666","Type":"ACCOUNT"}]}`)})
		if a := celltest.One[Account](t, r, "kept"); a.SCP.Limited != limited || !slices.Equal(a.SCP.Policies, []string{id}) || len(r.Gaps) > 0 {
			t.Errorf("%s: %+v, gaps %v", id, a.SCP, r.Gaps)
		}
		if m := celltest.One[Account](t, r, "management"); m.SCP.Limited || m.SCP.Applies {
			t.Errorf("the management account reads %+v", m.SCP)
		}
	}
}

func TestThePolicyItself(t *testing.T) {
	for _, a := range []celltest.Answer{refuse("AccessDeniedException"), body(`{"Policy":{}}`), body(`{"Policy":{"Content":""}}`), body(`{"Policy":{"Content":"{}","PolicySummary":{"Id":"p-2"}}}`), body(`{}`)} {
		r := answers(t, one("DescribePolicy p-1", a))
		p := celltest.One[Policy](t, r, "p-1")
		if celltest.Unknown(p, "content") == "" || p.Content != nil || celltest.Unknown(p, "targets") != "" || len(p.Targets) != 1 || len(r.Gaps) != 1 {
			t.Errorf("%s: %+v, gaps %v", a.Body, p, r.Gaps)
		}
	}
}

func TestTheTree(t *testing.T) {
	r := answers(t, one("ListOrganizationalUnitsForParent ou-1", refuse("AccessDeniedException")))
	if len(r.Gaps) != 1 || !slices.Equal(r.Gaps[0].Kinds, []string{ouKind}) || celltest.One[Account](t, r, "kept").SCP == nil {
		t.Errorf("a branch that can't be read: gaps %+v", r.Gaps)
	}
	r = answers(t, one("ListOrganizationalUnitsForParent ou-1", body(`{"OrganizationalUnits":[{"Name":"x"}]}`)))
	if len(r.Gaps) != 1 || r.Gaps[0].Code != "MissingMember" || !slices.Equal(r.Gaps[0].Kinds, []string{ouKind}) {
		t.Errorf("a nameless OU: gaps %+v", r.Gaps)
	}
	// ou-1 lies in ou-1: it is not entered again.
	r, calls := answersTo(t, celltest.Options{}, one("ListOrganizationalUnitsForParent ou-1", body(`{"OrganizationalUnits":[{"Id":"ou-1"}]}`)))
	if len(r.Gaps) != 1 || r.Gaps[0].Code != "SaidTwice" || len(celltest.Of[OrganizationalUnit](r)) != 1 || len(calls) > 40 {
		t.Errorf("a loop: gaps %+v, %d calls", r.Gaps, len(calls))
	}
	// An empty page with a token is no end.
	r = answers(t, map[string]celltest.Answer{"ListOrganizationalUnitsForParent r-1": body(`{"OrganizationalUnits":[],"NextToken":"2"}`),
		"ListOrganizationalUnitsForParent r-1 page 2": body(`{"OrganizationalUnits":[{"Id":"ou-1","Arn":"arn:ou-1"}]}`)})
	if u := celltest.One[OrganizationalUnit](t, r, "ou-1"); len(r.Gaps) > 0 || u.Name != nil || !u.SCP.Limited {
		t.Errorf("an empty page: %+v, gaps %v", u, r.Gaps)
	}
}

// homeless is an account of which AWS tells no path.
const homeless = `{"Id":"444455556666","Arn":"arn:kept","State":"ACTIVE"}`

func TestAccountsWithoutAPath(t *testing.T) {
	list := body(`{"Accounts":[` + homeless + `,{"Id":"111122223333","Arn":"arn:management","State":"ACTIVE","Paths":["o-1/r-1/111122223333/"]}]}`)
	r := answers(t, one("ListAccounts", list))
	if a := celltest.One[Account](t, r, "kept"); len(r.Gaps) > 0 || *a.Parent != "ou-1" || !slices.Equal(a.Path, []string{"r-1", "ou-1"}) || !a.SCP.Limited {
		t.Errorf("%+v, gaps %v", a, r.Gaps)
	}
	for _, c := range []struct {
		name string
		odd  map[string]celltest.Answer
		code string
	}{
		{"its parent denied", one("ListAccountsForParent ou-1", refuse("AccessDeniedException")), "AccessDeniedException"},
		{"no parent holds it", one("ListAccountsForParent ou-1", body(`{"Accounts":[]}`)), "MissingMember"},
		{"two parents hold it", one("ListAccountsForParent r-1", body(`{"Accounts":[{"Id":"444455556666"}]}`)), "Contradiction"},
		{"a part of the tree denied", map[string]celltest.Answer{"ListOrganizationalUnitsForParent ou-1": refuse("AccessDeniedException"), "ListAccountsForParent ou-1": body(`{"Accounts":[]}`)}, "AccessDeniedException"},
		{"the roots denied", one("ListRoots", refuse("AccessDeniedException")), "AccessDeniedException"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.odd["ListAccounts"] = list
			r := answers(t, c.odd)
			a := celltest.One[Account](t, r, "kept")
			for _, f := range placed {
				if celltest.Unknown(a, f) != c.code {
					t.Errorf("%s is unknown by %q", f, celltest.Unknown(a, f))
				}
			}
			if a.SCP != nil || a.Path != nil || a.Parent != nil || a.State != "ACTIVE" {
				t.Errorf("it reads %+v", a)
			}
		})
	}
	// A parent that could not be asked, and nobody missing: the failure is still told.
	r = answers(t, map[string]celltest.Answer{"ListAccounts": list, "ListAccountsForParent r-1": refuse("AccessDeniedException")})
	if a := celltest.One[Account](t, r, "kept"); len(r.Gaps) != 1 || !slices.Equal(r.Gaps[0].Kinds, []string{accountKind}) || !a.SCP.Limited {
		t.Errorf("gaps %+v", r.Gaps)
	}
	// Two that one failure leaves without a place share its gap.
	two := body(`{"Accounts":[` + homeless + `,{"Id":"777788889999","Arn":"arn:other","State":"ACTIVE"}]}`)
	r = answers(t, map[string]celltest.Answer{"ListAccounts": two, "ListAccountsForParent ou-1": refuse("AccessDeniedException")})
	if len(r.Gaps) != 1 || celltest.Unknown(celltest.One[Account](t, r, "kept"), "path") == "" || celltest.Unknown(celltest.One[Account](t, r, "other"), "path") == "" {
		t.Errorf("gaps %+v", r.Gaps)
	}
}

func TestTheListOfAccounts(t *testing.T) {
	sc := scopeOf("111122223333", "777788889999")
	sc.Excluded = []evidence.Exclusion{{Account: "444455556666", Reason: "no reason given"}}
	o := celltest.Options{Scope: sc}
	r, _ := answersTo(t, o, nil)
	org := celltest.One[Organization](t, r, "")
	if !slices.Equal(org.ScopeNotListed, []string{"777788889999"}) || org.Accounts != 2 || org.ActiveAccounts != 2 || org.AccountsInScope != 1 {
		t.Errorf("the organization reads %+v", org)
	}
	if a := celltest.One[Account](t, r, "kept"); *a.NotRead != "excluded" || a.ExclusionReason != nil {
		t.Errorf("an account excluded without a reason reads %v", a.ExclusionReason)
	}
	// A reason that only tells the state is nobody's.
	sc.Excluded[0].Reason = "its state in AWS Organizations is SUSPENDED"
	r, _ = answersTo(t, celltest.Options{Scope: sc}, one("ListAccounts", body(`{"Accounts":[`+strings.Replace(kept, "ACTIVE", "SUSPENDED", 1)+`]}`)))
	a := celltest.One[Account](t, r, "kept")
	if *a.NotRead != "not-active" || a.ExclusionReason != nil {
		t.Errorf("a suspended account that nobody excluded reads %q %v", *a.NotRead, a.ExclusionReason)
	}
	if id, state := a.Member(); id != "444455556666" || state != "SUSPENDED" {
		t.Errorf("the member is %s, %s", id, state)
	}
	// Half a list names nobody as missing, and counts nothing.
	for name, odd := range map[string]map[string]celltest.Answer{
		"denied":   one("ListAccounts", refuse("AccessDeniedException")),
		"cut off":  {"ListAccounts": body(`{"Accounts":[` + kept + `],"NextToken":"2"}`), "ListAccounts page 2": refuse("AccessDeniedException")},
		"nameless": one("ListAccounts", body(`{"Accounts":[`+kept+`,{"State":"ACTIVE"}]}`)),
		"repeated": {"ListAccounts": body(`{"Accounts":[` + kept + `],"NextToken":"2"}`), "ListAccounts page 2": body(`{"Accounts":[],"NextToken":"2"}`)},
	} {
		r, _ := answersTo(t, o, odd)
		org := celltest.One[Organization](t, r, "")
		for _, f := range []string{"accounts", "active_accounts", "accounts_in_scope", "scope_not_listed"} {
			if celltest.Unknown(org, f) == "" {
				t.Errorf("%s: %s is known", name, f)
			}
		}
		if g := r.GapsOf("ListAccounts"); len(g) != 1 || !slices.Equal(g[0].Kinds, []string{accountKind}) {
			t.Errorf("%s: gaps %+v", name, g)
		}
	}
	r, _ = answersTo(t, o, one("ListAccounts", body(`{"Accounts":[`+kept+`,`+kept+`]}`)))
	if g := r.GapsOf("ListAccounts"); len(g) != 1 || g[0].Code != "SaidTwice" || !slices.Contains(g[0].Kinds, organizationKind) || len(celltest.Of[Account](r)) != 1 {
		t.Errorf("an account listed twice: gaps %+v", g)
	}
}

func TestStates(t *testing.T) {
	for given, want := range map[string][2]string{
		`"State":"CLOSED","Status":"SUSPENDED",`: {"CLOSED", "not-active"}, `"Status":"PENDING_CLOSURE",`: {"PENDING_CLOSURE", "not-active"}, `"Status":"ACTIVE",`: {"ACTIVE", "not-named"},
		`"State":"ASLEEP",`: {"ASLEEP", "not-active"}, ``: {"", ""},
	} {
		r := answers(t, one("ListAccounts", body(`{"Accounts":[{"Id":"444455556666","Arn":"arn:kept",`+given+path1+`}]}`)))
		a := celltest.One[Account](t, r, "kept")
		if want[0] == "" {
			if celltest.Unknown(a, "state") != "MissingMember" || celltest.Unknown(a, "not_read") != "MissingMember" || a.NotRead != nil {
				t.Errorf("an account without a state reads %+v", a)
			}
			continue
		}
		if a.State != want[0] || a.NotRead == nil || *a.NotRead != want[1] || len(a.Unknown) > 0 {
			t.Errorf("%s reads %q %v", given, a.State, a.NotRead)
		}
	}
	// Read or excluded, that is known whatever its state.
	o := celltest.Options{Scope: scopeOf("111122223333", "444455556666")}
	r, _ := answersTo(t, o, one("ListAccounts", body(`{"Accounts":[{"Id":"444455556666","Arn":"arn:kept",`+path1+`}]}`)))
	if a := celltest.One[Account](t, r, "kept"); !a.InScope || celltest.Unknown(a, "not_read") != "" || celltest.Unknown(a, "state") == "" || a.Joined != nil || a.Name != nil {
		t.Errorf("it reads %+v", a)
	}
}

func TestDelegation(t *testing.T) {
	r := answers(t, nil)
	if d := celltest.One[DelegatedAdministrator](t, r, "kept"); !slices.Equal(d.Services, []string{"config.amazonaws.com"}) || d.InScope || d.Since != nil {
		t.Errorf("the administrator reads %+v", d)
	}
	const services = "ListDelegatedServicesForAccount 444455556666"
	for _, a := range []celltest.Answer{refuse("AccessDeniedException"), body(`{"DelegatedServices":[{}]}`), body(`{}`), body(`{"DelegatedServices":[{"ServicePrincipal":"a"},{"ServicePrincipal":"a"}]}`)} {
		r := answers(t, one(services, a))
		if d := celltest.One[DelegatedAdministrator](t, r, "kept"); d.Services != nil || celltest.Unknown(d, "services") == "" || len(r.Gaps) != 1 {
			t.Errorf("%s: %+v", a.Body, d)
		}
	}
	for _, c := range []struct{ key, answer, kind string }{
		{"ListDelegatedAdministrators", `{"DelegatedAdministrators":[{"State":"ACTIVE"}]}`, administratorKind},
		{"ListDelegatedAdministrators", `{"__type":"AccessDeniedException"}`, administratorKind},
		{"ListAWSServiceAccessForOrganization", `{"EnabledServicePrincipals":[{"DateEnabled":1}]}`, serviceKind},
		{"ListAWSServiceAccessForOrganization", `{"__type":"UnsupportedAPIEndpointException"}`, serviceKind},
		{"ListAWSServiceAccessForOrganization", `{"EnabledServicePrincipals":[{"ServicePrincipal":"a"},{"ServicePrincipal":"a"}]}`, serviceKind},
	} {
		a := body(c.answer)
		if strings.Contains(c.answer, "__type") {
			a.Status = 400
		}
		r := answers(t, one(c.key, a))
		if len(r.Gaps) != 1 || !slices.Equal(r.Gaps[0].Kinds, []string{c.kind}) {
			t.Errorf("%s %s: gaps %+v", c.key, c.answer, r.Gaps)
		}
	}
	r = answers(t, one("ListDelegatedAdministrators", body(`{"DelegatedAdministrators":[{"Id":"444455556666","Arn":"arn:kept"}]}`)))
	if celltest.Unknown(celltest.One[DelegatedAdministrator](t, r, "kept"), "state") != "MissingMember" {
		t.Error("a state that AWS does not tell is known")
	}
}

func TestTheResourcePolicy(t *testing.T) {
	const op = "DescribeResourcePolicy"
	document := func(text string) celltest.Answer {
		b, _ := json.Marshal(map[string]any{"ResourcePolicy": map[string]any{"Content": text}})
		return body(string(b))
	}
	p := celltest.One[Organization](t, answers(t, nil), "").ResourcePolicy
	if p == nil || *p.ARN != "arn:rp" || p.Everyone || !slices.Equal(p.Accounts, []string{"444455556666"}) || p.Statements != 1 {
		t.Errorf("it reads %+v", p)
	}
	r := answers(t, one(op, refuse("ResourcePolicyNotFoundException")))
	if o := celltest.One[Organization](t, r, ""); o.ResourcePolicy != nil || len(o.Unknown) > 0 || len(r.Gaps) > 0 {
		t.Errorf("where there is none: %+v, gaps %v", o, r.Gaps)
	}
	r = answers(t, one(op, document(`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"organizations:*"}]}`)))
	if o := celltest.One[Organization](t, r, ""); !o.ResourcePolicy.Everyone || !slices.Equal(o.ResourcePolicy.Principals, []string{"*"}) {
		t.Errorf("one that admits everyone reads %+v", o.ResourcePolicy)
	}
	for _, a := range []celltest.Answer{refuse("AccessDeniedException"), body(`{"ResourcePolicy":{}}`), body(`{}`), document(""), document("{"), document(`{"Statement":[{"Effect":"Permit","Principal":"*"}]}`)} {
		r := answers(t, one(op, a))
		if o := celltest.One[Organization](t, r, ""); o.ResourcePolicy != nil || celltest.Unknown(o, "resource_policy") == "" || len(r.Gaps) != 1 || o.Accounts != 2 {
			t.Errorf("%s: %+v, gaps %v", a.Body, o, r.Gaps)
		}
	}
}

func TestEffectivePolicies(t *testing.T) {
	const op = "DescribeEffectivePolicy TAG_POLICY"
	r := answers(t, one(op, body(`{"EffectivePolicy":{"PolicyContent":"{}"}}`)))
	if p := celltest.One[EffectivePolicy](t, r, "TAG_POLICY"); !p.Present || *p.Content != "{}" || p.Updated != nil || len(r.Gaps) > 0 {
		t.Errorf("it reads %+v", p)
	}
	for _, a := range []celltest.Answer{refuse("AccessDeniedException"), refuse("UnsupportedAPIEndpointException"), refuse("InvalidInputException"), refuse(notInUse), body(`{}`), body(`{"EffectivePolicy":{}}`),
		body(`{"EffectivePolicy":{"PolicyContent":""}}`), body(`{"EffectivePolicy":{"PolicyContent":"{}","PolicyType":"BACKUP_POLICY"}}`), body(`{"EffectivePolicy":{"PolicyContent":"{}","TargetId":"444455556666"}}`)} {
		r := answers(t, one(op, a))
		p := celltest.One[EffectivePolicy](t, r, "TAG_POLICY")
		if p.Present || p.Content != nil || celltest.Unknown(p, "present") == "" || celltest.Unknown(p, "content") == "" || len(r.Gaps) != 1 || len(r.Gaps[0].Kinds) > 0 {
			t.Errorf("%s: %+v, gaps %+v", a.Body, p, r.Gaps)
		}
		if b := celltest.One[EffectivePolicy](t, r, "BACKUP_POLICY"); b.Present || len(b.Unknown) > 0 {
			t.Errorf("the other types read %+v", b)
		}
	}
	if g := answers(t, one(op, refuse("UnsupportedAPIEndpointException"))).Gaps[0]; g.Outcome != evidence.NotAvailable {
		t.Errorf("a type that the partition does not have is %s", g.Outcome)
	}
}

// Each partition has one region that answers for the whole organization.
func TestPartitions(t *testing.T) {
	for partition, region := range map[string]string{"aws-us-gov": "us-gov-west-1", "aws-cn": "cn-northwest-1", "aws-iso": "us-iso-east-1"} {
		o := celltest.Options{Partition: partition, Region: "us-iso-east-1"}
		o.URL = celltest.Serve(t, func(q celltest.Request) celltest.Answer {
			if q.Region != region {
				t.Errorf("%s is asked in %s", partition, q.Region)
			}
			return refuse(notInUse)
		})
		if m := celltest.One[Membership](t, celltest.Run(t, Collector{}, o), ""); m.Region != region {
			t.Errorf("%s reads %+v", partition, m)
		}
	}
}
