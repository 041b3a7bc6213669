package identitycenter

import (
	"cmp"
	"encoding/json"
	"strings"
	"testing"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
)

const (
	here     = "111122223333"
	instance = "arn:aws:sso:::instance/ssoins-1111111111111111"
	setARN   = "arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-2222222222222222"
	userID   = "11111111-aaaa-4000-8000-000000000001"
)

// answers are what a small instance says, by operation. A test changes one.
func answers() map[string]celltest.Answer {
	one := func(body string) celltest.Answer { return celltest.Answer{Body: body} }
	return map[string]celltest.Answer{
		"ListInstances": one(`{"Instances":[{"InstanceArn":"` + instance + `","IdentityStoreId":"d-1","OwnerAccountId":"` + here + `","Status":"ACTIVE","PrimaryRegion":"eu-west-1"}]}`),
		"DescribeInstance": one(`{"InstanceArn":"` + instance + `","Status":"ACTIVE","PermissionSetsEnabled":true,"OwnerAccountId":"` + here + `",
			"EncryptionConfigurationDetails":{"KeyType":"CUSTOMER_MANAGED_KEY","KmsKeyArn":"arn:aws:kms:eu-west-1:111122223333:key/1","EncryptionStatus":"ENABLED"}}`),
		"DescribeInstanceAccessControlAttributeConfiguration": celltest.Fail(400, "ResourceNotFoundException", "not configured"),
		"DescribeIdentityStore":                               one(`{"IdentityStoreId":"d-1"}`),
		"ListUsers":                                           one(`{"Users":[{"UserId":"` + userID + `","UserName":"one","UserStatus":"ENABLED"}]}`),
		"ListGroups":                                          one(`{"Groups":[{"GroupId":"g-1","DisplayName":"admins"}]}`),
		"ListGroupMemberships":                                one(`{"GroupMemberships":[{"MembershipId":"m-1","GroupId":"g-1","MemberId":{"UserId":"` + userID + `"}}]}`),
		"ListPermissionSets":                                  one(`{"PermissionSets":["` + setARN + `"]}`),
		"DescribePermissionSet":                               one(`{"PermissionSet":{"Name":"Ops","PermissionSetArn":"` + setARN + `","SessionDuration":"PT1H30M"}}`),
		"ListManagedPoliciesInPermissionSet":                  one(`{"AttachedManagedPolicies":[]}`),
		"ListCustomerManagedPolicyReferencesInPermissionSet":  one(`{"CustomerManagedPolicyReferences":[]}`),
		"GetInlinePolicyForPermissionSet":                     one(`{"InlinePolicy":""}`),
		"GetPermissionsBoundaryForPermissionSet":              celltest.Fail(400, "ResourceNotFoundException", "no boundary"),
		"ListAccountsForProvisionedPermissionSet":             one(`{"AccountIds":["` + here + `"]}`),
		"ListAccountAssignments":                              one(`{"AccountAssignments":[{"AccountId":"` + here + `","PermissionSetArn":"` + setARN + `","PrincipalType":"USER","PrincipalId":"` + userID + `"}]}`),
		"ListTagsForResource":                                 one(`{"Tags":[]}`),
		"ListApplications":                                    one(`{"Applications":[]}`),
		"GetApplicationAssignmentConfiguration":               one(`{"AssignmentRequired":true}`),
		"ListApplicationAssignments":                          one(`{"ApplicationAssignments":[]}`),
		"ListTrustedTokenIssuers":                             one(`{"TrustedTokenIssuers":[]}`),
	}
}

// change runs the collector against the small instance with some answers changed.
func change(t *testing.T, o celltest.Options, changed map[string]string) *celltest.Result {
	t.Helper()
	all := answers()
	for op, body := range changed {
		all[op] = celltest.Answer{Body: body}
		if strings.Contains(body, `"__type"`) {
			all[op] = celltest.Answer{Status: 400, Body: body}
		}
	}
	o.URL = celltest.Serve(t, func(q celltest.Request) celltest.Answer { return all[q.Operation] })
	o.Account = cmp.Or(o.Account, here)
	if o.Scope.Accounts == nil {
		o.Scope.Accounts = []string{here}
	}
	return celltest.Run(t, Collector{}, o)
}

func refusal(code, reason string) string {
	b, _ := json.Marshal(map[string]string{"__type": code, "message": "no", "Reason": reason})
	return string(b)
}

func TestASmallInstance(t *testing.T) {
	r := change(t, celltest.Options{}, nil)
	if len(r.Gaps) != 0 {
		t.Fatalf("gaps %+v", r.Gaps)
	}
	i := celltest.One[Instance](t, r, instance)
	if i.ABAC != nil || i.Network != nil || !i.Home || *i.Encryption.KeyARN != "arn:aws:kms:eu-west-1:111122223333:key/1" {
		t.Errorf("instance %+v", i)
	}
	p := celltest.One[PermissionSet](t, r, setARN)
	if p.Boundary != nil || p.HasInline || p.SessionMinutes != 90 || p.AccountsProvisioned != 1 || len(p.Unknown) != 0 {
		t.Errorf("permission set %+v", p)
	}
	// That there is no boundary was told by an exchange too: list, set, 2 policy lists, inline, boundary, 2 account lists, tags.
	if len(p.Evidence) != 9 {
		t.Errorf("the set names %d exchanges, want 9", len(p.Evidence))
	}
	if got := r.Outcome(t, "GetPermissionsBoundaryForPermissionSet"); got != evidence.Collected {
		t.Errorf("no boundary is an answer, not %q", got)
	}
}

func TestAMemberAccountRecordsTheInstanceAndReadsNoDetails(t *testing.T) {
	other := map[string]string{"ListInstances": `{"Instances":[{"InstanceArn":"` + instance + `","IdentityStoreId":"d-1","OwnerAccountId":"999900001111","Status":"ACTIVE"}]}`}
	r := change(t, celltest.Options{Scope: evidence.Scope{Accounts: []string{here, "999900001111"}}}, other)
	i := celltest.One[Instance](t, r, here+"/eu-west-1/"+instance)
	if len(r.Gaps) != 0 || len(r.Records) != 2 || i.Home || i.OwnerAccount != "999900001111" {
		t.Errorf("records %v, gaps %+v", r.Records, r.Gaps)
	}
	same(t, "presence", []*Presence{{Instances: 1, Active: 1}}, celltest.Of[Presence](r))

	r = change(t, celltest.Options{}, other)
	wantSkipped(t, r, "999900001111")
}

// wantSkipped asks for gaps that leave out every population of the instance's home, and for nothing that was called.
func wantSkipped(t *testing.T, r *celltest.Result, names string) {
	t.Helper()
	kinds := map[string]bool{}
	for _, g := range r.Gaps {
		if g.Outcome != evidence.Skipped || g.Code != "OutOfScope" || g.Evidence == "" || !strings.Contains(g.Message, names) {
			t.Errorf("gap %+v", g)
		}
		for _, k := range g.Kinds {
			kinds[k] = true
		}
	}
	for _, k := range (Collector{}).Kinds() {
		if want := k.Name != "identitycenter.presence"; kinds[k.Name] != want {
			t.Errorf("%s left out: %v, want %v", k.Name, kinds[k.Name], want)
		}
	}
	for _, c := range r.Cells {
		if c.Operation != "ListInstances" && c.Exchanges != 0 {
			t.Errorf("%s was asked", c.Operation)
		}
	}
}

func TestARegionThatIsNotThePrimaryReadsNoDetails(t *testing.T) {
	replica := map[string]string{"ListInstances": `{"Instances":[{"InstanceArn":"` + instance + `","IdentityStoreId":"d-1","OwnerAccountId":"` + here + `","Status":"ACTIVE",
		"Regions":[{"RegionName":"us-east-1","IsPrimaryRegion":true,"Status":"ACTIVE"},{"RegionName":"eu-west-1","IsPrimaryRegion":false,"Status":"ACTIVE"}]}]}`}
	r := change(t, celltest.Options{}, replica)
	i := celltest.One[Instance](t, r, here+"/eu-west-1/"+instance)
	if len(r.Gaps) != 0 || len(r.Records) != 2 || i.Home || *i.PrimaryRegion != "us-east-1" {
		t.Errorf("instance %+v, gaps %+v", i, r.Gaps)
	}
	same(t, "regions", []InstanceRegion{{Name: "us-east-1", Status: "ACTIVE", Primary: true}, {Name: "eu-west-1", Status: "ACTIVE"}}, i.Regions)

	wantSkipped(t, change(t, celltest.Options{Scope: evidence.Scope{Accounts: []string{here}, Regions: []string{"eu-west-1"}}}, replica), "us-east-1")
}

func TestAnInstanceWithoutOwnerHasNoKnownHome(t *testing.T) {
	r := change(t, celltest.Options{}, map[string]string{"ListInstances": `{"Instances":[{"InstanceArn":"` + instance + `","IdentityStoreId":"d-1","Status":"ACTIVE"}]}`})
	i := celltest.One[Instance](t, r, instance)
	if celltest.Unknown(i, "home") == "" || celltest.Unknown(i, "owner_account") == "" || len(r.Gaps) != 1 || len(r.Gaps[0].Kinds) != 8 {
		t.Errorf("unknown %+v, gaps %+v", i.Unknown, r.Gaps)
	}
}

func TestAnInstanceOfOneAccount(t *testing.T) {
	r := change(t, celltest.Options{}, map[string]string{
		"DescribeInstance":   `{"InstanceArn":"` + instance + `","Status":"ACTIVE","PermissionSetsEnabled":false,"OwnerAccountId":"` + here + `"}`,
		"ListPermissionSets": refusal("ValidationException", ""),
	})
	if len(r.Gaps) != 0 || r.Outcome(t, "ListPermissionSets") != evidence.NotCalled || len(celltest.Of[User](r)) != 1 {
		t.Errorf("an instance that AWS says has no permission sets is not asked for them: gaps %+v", r.Gaps)
	}
	if i := celltest.One[Instance](t, r, instance); i.Encryption != nil || *i.PermissionSetsEnabled {
		t.Errorf("instance %+v", i)
	}
	same(t, "presence", []*Presence{{Instances: 1, Active: 1, Owned: 1, AccountOnly: 1}}, celltest.Of[Presence](r))

	// Where AWS does not say so, its refusal is a gap and not an empty population.
	r = change(t, celltest.Options{}, map[string]string{
		"DescribeInstance":   refusal("AccessDeniedException", ""),
		"ListPermissionSets": refusal("ValidationException", ""),
	})
	if g := r.GapsOf("ListPermissionSets"); len(g) != 1 || len(g[0].Kinds) != 2 {
		t.Errorf("gaps %+v", r.Gaps)
	}
	if i := celltest.One[Instance](t, r, instance); celltest.Unknown(i, "encryption.key_type") != "AccessDeniedException" || celltest.Unknown(i, "permission_sets_enabled") == "" {
		t.Errorf("unknown %+v", i.Unknown)
	}
	if p := celltest.Of[Presence](r)[0]; celltest.Unknown(p, "account_only") != "AccessDeniedException" {
		t.Errorf("unknown %+v", p.Unknown)
	}
}

// Not found is an answer about boundaries and attributes, unless it is the instance's KMS key that was not found.
func TestAMissingKMSKeyIsNotAnAnswer(t *testing.T) {
	r := change(t, celltest.Options{}, map[string]string{
		"GetPermissionsBoundaryForPermissionSet":              refusal("ResourceNotFoundException", "KMS_NotFoundException"),
		"DescribeInstanceAccessControlAttributeConfiguration": refusal("ResourceNotFoundException", "KMS_NotFoundException"),
	})
	if celltest.Unknown(celltest.One[PermissionSet](t, r, setARN), "boundary") != "ResourceNotFoundException" {
		t.Error("the boundary is not unknown")
	}
	if celltest.Unknown(celltest.One[Instance](t, r, instance), "abac") != "ResourceNotFoundException" {
		t.Error("the attributes are not unknown")
	}
}

func TestOddAnswersLeaveFieldsUnknown(t *testing.T) {
	for _, x := range []struct {
		name, operation, body string
		record                evidence.Record
		fields                []string
	}{
		{"a duration that is no duration", "DescribePermissionSet", `{"PermissionSet":{"Name":"Ops","SessionDuration":"8 hours"}}`, &PermissionSet{}, []string{"session_minutes"}},
		{"no duration", "DescribePermissionSet", `{"PermissionSet":{"Name":"Ops"}}`, &PermissionSet{}, []string{"session_duration", "session_minutes"}},
		{"no permission set", "DescribePermissionSet", `{}`, &PermissionSet{}, []string{"name", "session_minutes", "boundary"}},
		{"no inline member", "GetInlinePolicyForPermissionSet", `{}`, &PermissionSet{}, []string{"has_inline", "inline_policy", "inline_allows_all"}},
		{"an inline policy that is URL-encoded", "GetInlinePolicyForPermissionSet", `{"InlinePolicy":"%7B%22Statement%22%3A%5B%5D%7D"}`, &PermissionSet{}, []string{"inline_allows_all"}},
		{"a boundary without a policy", "GetPermissionsBoundaryForPermissionSet", `{"PermissionsBoundary":{}}`, &PermissionSet{}, []string{"boundary"}},
		{"policies denied", "ListManagedPoliciesInPermissionSet", refusal("AccessDeniedException", ""), &PermissionSet{}, []string{"managed_policies", "administrator"}},
		{"policies missing", "ListManagedPoliciesInPermissionSet", `{}`, &PermissionSet{}, []string{"managed_policies", "administrator"}},
		{"a policy without its ARN", "ListManagedPoliciesInPermissionSet", `{"AttachedManagedPolicies":[{"Name":"AdministratorAccess"}]}`, &PermissionSet{}, []string{"managed_policies", "administrator"}},
		{"tags denied", "ListTagsForResource", refusal("AccessDeniedException", ""), &PermissionSet{}, []string{"tags"}},
		{"accounts denied", "ListAccountsForProvisionedPermissionSet", refusal("AccessDeniedException", ""), &PermissionSet{}, []string{"accounts_provisioned", "accounts_outdated", "outdated_accounts"}},
		{"a principal type that AWS does not document", "ListAccountAssignments", `{"AccountAssignments":[{"PrincipalType":"MACHINE","PrincipalId":"m"}]}`, &Assignment{}, []string{"principal_exists", "principal_name", "principal_status"}},
		{"encryption without a key type", "DescribeInstance", `{"InstanceArn":"x","EncryptionConfigurationDetails":{}}`, &Instance{}, []string{"encryption.key_type"}},
		{"attributes without a status", "DescribeInstanceAccessControlAttributeConfiguration", `{"InstanceAccessControlAttributeConfiguration":{"AccessControlAttributes":[]}}`, &Instance{}, []string{"abac.status"}},
		{"attributes missing", "DescribeInstanceAccessControlAttributeConfiguration", `{"Status":"ENABLED"}`, &Instance{}, []string{"abac"}},
		{"members denied", "ListGroupMemberships", refusal("AccessDeniedException", ""), &Group{}, []string{"members"}},
		{"users missing", "ListUsers", `{}`, &Assignment{}, []string{"principal_exists", "principal_name", "principal_status"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := change(t, celltest.Options{}, map[string]string{x.operation: x.body})
			found := false
			for _, rec := range r.Records {
				if rec.Kind() != x.record.Kind() {
					continue
				}
				found = true
				for _, f := range x.fields {
					if celltest.Unknown(rec, f) == "" {
						t.Errorf("%s is not unknown: %+v", f, rec.Header().Unknown)
					}
				}
			}
			if !found || len(r.Gaps) == 0 {
				t.Errorf("record found: %v, gaps %+v", found, r.Gaps)
			}
		})
	}
}

func TestListsThatAreNotWholeAreGaps(t *testing.T) {
	for _, x := range []struct{ name, operation, body, kind string }{
		{"instances missing", "ListInstances", `{}`, "identitycenter.presence"},
		{"an instance without ARN", "ListInstances", `{"Instances":[{"Status":"ACTIVE"}]}`, "identitycenter.instance"},
		{"instances denied", "ListInstances", refusal("AccessDeniedException", ""), "identitycenter.assignment"},
		{"an instance without store", "ListInstances", `{"Instances":[{"InstanceArn":"` + instance + `","OwnerAccountId":"` + here + `","Status":"ACTIVE"}]}`, "identitycenter.user"},
		{"a user without id", "ListUsers", `{"Users":[{"UserName":"x"}]}`, "identitycenter.user"},
		{"a group without id", "ListGroups", `{"Groups":[{"DisplayName":"x"}]}`, "identitycenter.membership"},
		{"groups missing", "ListGroups", `{}`, "identitycenter.group"},
		{"a member that is no user", "ListGroupMemberships", `{"GroupMemberships":[{"MembershipId":"m","MemberId":{"GroupId":"g-2"}}]}`, "identitycenter.membership"},
		{"sets missing", "ListPermissionSets", `{}`, "identitycenter.assignment"},
		{"a set without ARN", "ListPermissionSets", `{"PermissionSets":[""]}`, "identitycenter.permission_set"},
		{"accounts missing", "ListAccountsForProvisionedPermissionSet", `{}`, "identitycenter.assignment"},
		{"assignments missing", "ListAccountAssignments", `{}`, "identitycenter.assignment"},
		{"an assignment without principal", "ListAccountAssignments", `{"AccountAssignments":[{"PrincipalType":"USER"}]}`, "identitycenter.assignment"},
		{"applications missing", "ListApplications", `{}`, "identitycenter.application"},
		{"an application without ARN", "ListApplications", `{"Applications":[{"Name":"x"}]}`, "identitycenter.application"},
		{"issuers missing", "ListTrustedTokenIssuers", `{}`, "identitycenter.trusted_token_issuer"},
		{"an issuer without ARN", "ListTrustedTokenIssuers", `{"TrustedTokenIssuers":[{"Name":"x"}]}`, "identitycenter.trusted_token_issuer"},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := change(t, celltest.Options{}, map[string]string{x.operation: x.body})
			for _, g := range r.Gaps {
				for _, k := range g.Kinds {
					if k == x.kind {
						return
					}
				}
			}
			t.Errorf("no gap says that %s is not whole: %+v", x.kind, r.Gaps)
		})
	}
}

func TestAnAssignmentOfSomebodyWhoIsGone(t *testing.T) {
	r := change(t, celltest.Options{}, map[string]string{"ListUsers": `{"Users":[]}`})
	a := celltest.One[Assignment](t, r, setARN)
	if a.PrincipalExists || a.PrincipalName != nil || len(a.Unknown) != 0 || len(r.Gaps) != 0 {
		t.Errorf("assignment %+v, gaps %+v", a, r.Gaps)
	}
}

func TestAnInlinePolicyMayAllowEverything(t *testing.T) {
	r := change(t, celltest.Options{}, map[string]string{"GetInlinePolicyForPermissionSet": `{"InlinePolicy":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"}`})
	if p := celltest.One[PermissionSet](t, r, setARN); !p.HasInline || !p.InlineAllowsAll || p.Administrator {
		t.Errorf("permission set %+v", p)
	}
}

func TestAdministratorAccessOfThePartition(t *testing.T) {
	body := `{"AttachedManagedPolicies":[{"Name":"AdministratorAccess","Arn":"arn:aws-us-gov:iam::aws:policy/AdministratorAccess"}]}`
	for partition, want := range map[string]bool{"aws-us-gov": true, "aws": false} {
		r := change(t, celltest.Options{Partition: partition}, map[string]string{"ListManagedPoliciesInPermissionSet": body})
		if p := celltest.One[PermissionSet](t, r, setARN); p.Administrator != want {
			t.Errorf("partition %s: administrator is %v", partition, p.Administrator)
		}
	}
}

func TestTheAccountAccessManagerIsFlagged(t *testing.T) {
	for provider, want := range map[string]bool{"applicationProvider/account-access": true, "applicationProvider/sso": false, "applicationProvider/catalog/aam-tools-inc": false} {
		r := change(t, celltest.Options{}, map[string]string{"ListApplications": `{"Applications":[{"ApplicationArn":"arn:aws:sso::111122223333:application/i/apl-1","Status":"ENABLED",
			"ApplicationProviderArn":"arn:aws:sso::aws:` + provider + `"}]}`})
		if a := celltest.One[Application](t, r, "apl-1"); a.AccountAccessManager != want {
			t.Errorf("%s: flagged %v", provider, a.AccountAccessManager)
		}
	}
}

func TestAListThatShowsAThingTwiceHasItOnce(t *testing.T) {
	const (
		user  = `{"UserId":"` + userID + `","UserName":"one","UserStatus":"ENABLED"}`
		group = `{"GroupId":"g-1","DisplayName":"admins"}`
		app   = `{"ApplicationArn":"arn:aws:sso::111122223333:application/i/apl-1","Status":"ENABLED"}`
		give  = `{"PrincipalType":"USER","PrincipalId":"` + userID + `"}`
		in    = `{"MembershipId":"m-1","GroupId":"g-1","MemberId":{"UserId":"` + userID + `"}}`
	)
	twice := func(member, x string) string { return `{"` + member + `":[` + x + `,` + x + `]}` }
	r := change(t, celltest.Options{}, map[string]string{
		"ListUsers": twice("Users", user), "ListGroups": twice("Groups", group), "ListGroupMemberships": twice("GroupMemberships", in),
		"ListPermissionSets": twice("PermissionSets", `"`+setARN+`"`), "ListAccountsForProvisionedPermissionSet": twice("AccountIds", `"`+here+`"`),
		"ListAccountAssignments": twice("AccountAssignments", give), "ListApplications": twice("Applications", app),
		"ListApplicationAssignments": twice("ApplicationAssignments", give),
	})
	count := map[string]int{}
	for _, x := range r.Records {
		count[x.Kind()]++
	}
	for kind, n := range count {
		if n != 1 {
			t.Errorf("%d records of %s, want 1", n, kind)
		}
	}
	told := map[string]bool{}
	for _, g := range r.Gaps {
		told[g.Operation] = g.Code == "SaidTwice" && len(g.Kinds) > 0
	}
	for _, op := range []string{"ListUsers", "ListGroups", "ListGroupMemberships", "ListPermissionSets", "ListAccountsForProvisionedPermissionSet",
		"ListAccountAssignments", "ListApplications", "ListApplicationAssignments"} {
		if !told[op] {
			t.Errorf("%s listed a thing twice, and no gap says so", op)
		}
	}
	if celltest.Of[Application](r)[0].Assignments != 1 || celltest.Of[Group](r)[0].Members != 1 || celltest.Of[PermissionSet](r)[0].AccountsProvisioned != 1 {
		t.Errorf("records %+v, gaps %+v", count, r.Gaps)
	}
}
