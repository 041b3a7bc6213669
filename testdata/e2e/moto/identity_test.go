package moto

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	storetypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/identitycenter"
)

// A permissionSet is what moto and the records must agree on.
type permissionSet struct {
	ARN, Name, Description, Session, RelayState, Inline string
	Managed, Customer, Accounts                         []string
	Holders                                             []string // type and id, over all accounts
}

// A person is a user, a group, or a membership in it.
type person struct{ ID, Name, Display, Group string }

func checkIdentityCenter(t *testing.T, s *server, pack string) {
	presence, instances := records[identitycenter.Presence](t, pack, "identitycenter.presence"), records[identitycenter.Instance](t, pack, "identitycenter.instance")
	for _, account := range accounts {
		for _, region := range regions {
			// moto has an instance everywhere.
			if p := at(presence, account, region); len(p) != 1 || p[0].Instances != 1 || p[0].Active != 1 || p[0].Owned != 1 {
				t.Errorf("%s/%s: presence %+v", account, region, p)
			}
			i := at(instances, account, region)
			if len(i) != 1 {
				t.Errorf("%s/%s: %d instances", account, region, len(i))
				continue
			}
			list, err := ssoadmin.NewFromConfig(s.as(t, account, region)).ListInstances(t.Context(), &ssoadmin.ListInstancesInput{})
			must(t, err)
			held := list.Instances[0]
			if i[0].ARN != *held.InstanceArn || i[0].IdentityStoreID != *held.IdentityStoreId || i[0].OwnerAccount != account || i[0].Status != string(held.Status) || !i[0].Home {
				t.Errorf("%s/%s: instance %+v, moto has %+v", account, region, i[0], held)
			}
			unknown(t, i[0], "abac", "encryption", "network", "permission_sets_enabled")
		}
	}
	sets, held := recordedSets(t, pack), setsOf(t, s)
	if d := cmp.Diff(held, sets); d != "" {
		t.Errorf("permission sets and their assignments (-moto +records):\n%s", d)
	}
	if len(held) != 3 || len(held[1].Holders) != 2 {
		t.Errorf("moto holds %+v, which is not what was seeded", held)
	}
	for _, r := range records[identitycenter.PermissionSet](t, pack, "identitycenter.permission_set") {
		unknown(t, r, "boundary", "tags")
		if minutes := map[string]int{"Admin": 720, "Audit": 60, "Unused": 240}[r.Name]; r.SessionMinutes != minutes || r.Administrator != (r.Name == "Admin") || r.HasInline != (r.Name == "Audit") || r.InlineAllowsAll {
			t.Errorf("permission set %+v", r)
		}
	}
	for _, a := range records[identitycenter.Assignment](t, pack, "identitycenter.assignment") {
		name, gone := aws.ToString(a.PrincipalName), a.PrincipalID == "00000000-0000-4000-8000-00000000dead"
		want := map[string]string{"GROUP": "admins", "USER": "security"}[a.PrincipalType]
		if gone {
			want = ""
		}
		if a.PrincipalExists == gone || name != want || a.PrincipalStatus != nil || len(a.Unknown) > 0 {
			t.Errorf("assignment %+v", a)
		}
	}
	users, groups, members := peopleOf(t, s)
	compare(t, "users", users, pick(records[identitycenter.User](t, pack, "identitycenter.user"), func(u *identitycenter.User) person {
		return person{ID: u.UserID, Name: aws.ToString(u.UserName), Display: aws.ToString(u.DisplayName)}
	}))
	compare(t, "groups", groups, pick(records[identitycenter.Group](t, pack, "identitycenter.group"), func(g *identitycenter.Group) person {
		return person{ID: g.GroupID, Name: aws.ToString(g.DisplayName)}
	}))
	compare(t, "memberships", members, pick(records[identitycenter.Membership](t, pack, "identitycenter.membership"), func(m *identitycenter.Membership) person {
		return person{ID: m.UserID, Name: aws.ToString(m.UserName), Group: aws.ToString(m.GroupName)}
	}))
	if len(users) != 107 || len(groups) != 2 || len(members) != 2 {
		t.Errorf("moto holds %d users, %d groups, %d memberships, which is not what was seeded", len(users), len(groups), len(members))
	}
}

// unknown asks that exactly these fields could not be read.
func unknown(t *testing.T, r evidence.Record, fields ...string) {
	t.Helper()
	var got []string
	for _, u := range r.Header().Unknown {
		got = append(got, u.Field)
	}
	if d := cmp.Diff(fields, by(got, func(s string) string { return s }), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s %s: unknown fields (-want +got):\n%s", r.Kind(), r.Header().ID, d)
	}
}

func compare(t *testing.T, what string, held, recorded []person) {
	t.Helper()
	if d := cmp.Diff(held, recorded); d != "" {
		t.Errorf("%s (-moto +records):\n%s", what, d)
	}
}

func pick[T, P any](in []T, as func(T) P) []P {
	var out []P
	for _, x := range in {
		out = append(out, as(x))
	}
	return out
}

func recordedSets(t *testing.T, pack string) []permissionSet {
	t.Helper()
	holders := map[string][]string{}
	for _, a := range records[identitycenter.Assignment](t, pack, "identitycenter.assignment") {
		holders[a.PermissionSet] = append(holders[a.PermissionSet], a.TargetAccount+" "+a.PrincipalType+" "+a.PrincipalID)
	}
	var out []permissionSet
	for _, p := range records[identitycenter.PermissionSet](t, pack, "identitycenter.permission_set") {
		x := permissionSet{ARN: p.ID, Name: p.Name, Description: aws.ToString(p.Description), Session: aws.ToString(p.SessionDuration), RelayState: aws.ToString(p.RelayState),
			Inline: p.InlinePolicy, Managed: p.ManagedPolicies, Customer: p.CustomerManagedPolicies, Holders: holders[p.ID]}
		// moto ignores the filter for outdated accounts, and so gives every account twice: the records say what was answered.
		x.Accounts = p.OutdatedAccounts
		if p.AccountsProvisioned != len(x.Accounts) || p.AccountsOutdated != len(x.Accounts) {
			t.Errorf("%s: provisioned in %d accounts, outdated in %d", p.Name, p.AccountsProvisioned, p.AccountsOutdated)
		}
		out = append(out, x)
	}
	return out
}

// setsOf asks moto itself.
func setsOf(t *testing.T, s *server) []permissionSet {
	t.Helper()
	c, ctx := ssoadmin.NewFromConfig(s.as(t, caller, "us-east-1")), t.Context()
	list, err := c.ListInstances(ctx, &ssoadmin.ListInstancesInput{})
	must(t, err)
	instance := list.Instances[0].InstanceArn
	sets, err := c.ListPermissionSets(ctx, &ssoadmin.ListPermissionSetsInput{InstanceArn: instance})
	must(t, err)
	var out []permissionSet
	for _, arn := range sets.PermissionSets {
		d, err := c.DescribePermissionSet(ctx, &ssoadmin.DescribePermissionSetInput{InstanceArn: instance, PermissionSetArn: &arn})
		must(t, err)
		x := d.PermissionSet
		p := permissionSet{ARN: arn, Name: *x.Name, Description: *x.Description, Session: *x.SessionDuration, RelayState: *x.RelayState, Managed: []string{}, Customer: []string{}, Accounts: []string{}}
		managed, err := c.ListManagedPoliciesInPermissionSet(ctx, &ssoadmin.ListManagedPoliciesInPermissionSetInput{InstanceArn: instance, PermissionSetArn: &arn})
		must(t, err)
		for _, m := range managed.AttachedManagedPolicies {
			p.Managed = append(p.Managed, *m.Arn)
		}
		customer, err := c.ListCustomerManagedPolicyReferencesInPermissionSet(ctx, &ssoadmin.ListCustomerManagedPolicyReferencesInPermissionSetInput{InstanceArn: instance, PermissionSetArn: &arn})
		must(t, err)
		for _, m := range customer.CustomerManagedPolicyReferences {
			p.Customer = append(p.Customer, *m.Path+*m.Name)
		}
		inline, err := c.GetInlinePolicyForPermissionSet(ctx, &ssoadmin.GetInlinePolicyForPermissionSetInput{InstanceArn: instance, PermissionSetArn: &arn})
		must(t, err)
		p.Inline = aws.ToString(inline.InlinePolicy)
		in, err := c.ListAccountsForProvisionedPermissionSet(ctx, &ssoadmin.ListAccountsForProvisionedPermissionSetInput{InstanceArn: instance, PermissionSetArn: &arn})
		must(t, err)
		p.Accounts = append(p.Accounts, in.AccountIds...)
		for _, account := range in.AccountIds {
			given, err := c.ListAccountAssignments(ctx, &ssoadmin.ListAccountAssignmentsInput{InstanceArn: instance, PermissionSetArn: &arn, AccountId: &account})
			must(t, err)
			for _, a := range given.AccountAssignments {
				p.Holders = append(p.Holders, account+" "+string(a.PrincipalType)+" "+*a.PrincipalId)
			}
		}
		out = append(out, p)
	}
	return out
}

// peopleOf asks moto itself.
func peopleOf(t *testing.T, s *server) (users, groups, members []person) {
	t.Helper()
	cfg, ctx := s.as(t, caller, "us-east-1"), t.Context()
	list, err := ssoadmin.NewFromConfig(cfg).ListInstances(ctx, &ssoadmin.ListInstancesInput{})
	must(t, err)
	id, c := list.Instances[0].IdentityStoreId, identitystore.NewFromConfig(cfg)
	names := map[string]string{}
	var token *string
	for {
		page, err := c.ListUsers(ctx, &identitystore.ListUsersInput{IdentityStoreId: id, NextToken: token})
		must(t, err)
		for _, u := range page.Users {
			names[*u.UserId] = *u.UserName
			users = append(users, person{ID: *u.UserId, Name: *u.UserName, Display: *u.DisplayName})
		}
		if token = page.NextToken; token == nil {
			break
		}
	}
	page, err := c.ListGroups(ctx, &identitystore.ListGroupsInput{IdentityStoreId: id})
	must(t, err)
	for _, g := range page.Groups {
		groups = append(groups, person{ID: *g.GroupId, Name: *g.DisplayName})
		in, err := c.ListGroupMemberships(ctx, &identitystore.ListGroupMembershipsInput{IdentityStoreId: id, GroupId: g.GroupId})
		must(t, err)
		for _, m := range in.GroupMemberships {
			user := m.MemberId.(*storetypes.MemberIdMemberUserId).Value
			members = append(members, person{ID: user, Name: names[user], Group: *g.DisplayName})
		}
	}
	return users, groups, members
}
