package tests_test

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/identitycenter"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// set is a permission set with nothing amiss, changed by the functions.
func set(change ...func(*identitycenter.PermissionSet)) *identitycenter.PermissionSet {
	p := &identitycenter.PermissionSet{SessionMinutes: 240, AccountsProvisioned: 2}
	for _, c := range change {
		c(p)
	}
	return p
}

func admin(minutes int, b *identitycenter.Boundary) *identitycenter.PermissionSet {
	return set(func(p *identitycenter.PermissionSet) {
		p.Administrator, p.SessionMinutes, p.Boundary = true, minutes, b
	})
}

func lasting(minutes int) *identitycenter.PermissionSet {
	return set(func(p *identitycenter.PermissionSet) { p.SessionMinutes = minutes })
}

func outdated(provisioned, outdated int) *identitycenter.PermissionSet {
	return set(func(p *identitycenter.PermissionSet) {
		p.AccountsProvisioned, p.AccountsOutdated = provisioned, outdated
	})
}

// held is an assignment to a user or group that exists.
func held(kind string, status *string) *identitycenter.Assignment {
	return &identitycenter.Assignment{PrincipalType: kind, PrincipalExists: true, PrincipalStatus: status}
}

func encrypted(kind string, status *string) *identitycenter.Instance {
	return &identitycenter.Instance{Home: true, Encryption: &identitycenter.Encryption{KeyType: kind, Status: status}}
}

func application(status string, required *bool) *identitycenter.Application {
	return &identitycenter.Application{Status: status, AssignmentRequired: required}
}

func TestIdentityCenterResults(t *testing.T) {
	try(t, []trial{
		{"identity-center-session-duration",
			records{lasting(60), lasting(480)},
			records{lasting(481), lasting(720)},
			records{unread(lasting(0), "session_minutes")}},
		{"identity-center-admin-bounded",
			records{admin(60, nil), admin(720, &identitycenter.Boundary{ManagedPolicy: ptr("arn:aws:iam::aws:policy/PowerUserAccess")}),
				set(func(p *identitycenter.PermissionSet) { p.InlineAllowsAll, p.SessionMinutes = true, 30 }),
				lasting(720)}, // no administrator, so not selected
			records{admin(61, nil), admin(720, &identitycenter.Boundary{ManagedPolicy: ptr("arn:aws:iam::aws:policy/AdministratorAccess"), Administrator: true}),
				set(func(p *identitycenter.PermissionSet) { p.InlineAllowsAll = true })},
			records{unread(admin(720, nil), "boundary"), unread(admin(0, nil), "session_minutes"), unread(set(), "administrator"), unread(set(), "inline_allows_all"),
				unread(admin(0, nil), "session_minutes", "boundary")}},
		{"identity-center-no-direct-user-assignment",
			records{held("GROUP", nil)},
			records{held("USER", ptr("ENABLED")), held("MACHINE", nil), held("", nil)},
			records{unread(held("", nil), "principal_type")}},
		{"identity-center-provisioned",
			records{outdated(4, 0), outdated(0, 0)},
			records{outdated(4, 1)},
			records{unread(outdated(4, 0), "accounts_outdated"), unread(outdated(0, 0), "accounts_provisioned", "accounts_outdated")}},
		{"identity-center-applications-require-assignment",
			records{application("ENABLED", ptr(true)), application("DISABLED", ptr(false))},
			records{application("ENABLED", ptr(false)), application("ENABLED_SOMEHOW", ptr(false)), application("", ptr(false))},
			records{application("ENABLED", nil), unread(application("ENABLED", nil), "assignment_required"), unread(application("", ptr(false)), "status")}},
		{"identity-center-no-disabled-user-assigned",
			records{held("USER", ptr("ENABLED")), held("GROUP", nil)},
			records{held("USER", ptr("DISABLED")), held("USER", ptr("ENABLED_SOMEHOW")), &identitycenter.Assignment{PrincipalType: "USER"}},
			records{held("USER", nil), unread(&identitycenter.Assignment{PrincipalType: "USER"}, "principal_exists", "principal_name", "principal_status"),
				unread(&identitycenter.Assignment{PrincipalType: "MACHINE"}, "principal_exists", "principal_name", "principal_status")}},
		{"identity-center-encryption",
			records{encrypted("CUSTOMER_MANAGED_KEY", ptr("ENABLED")), &identitycenter.Instance{}}, // seen from elsewhere, so not selected
			records{encrypted("AWS_OWNED_KMS_KEY", ptr("ENABLED")), encrypted("CUSTOMER_MANAGED_KEY", ptr("UPDATE_FAILED")), encrypted("CUSTOMER_MANAGED_KEY", ptr("UPDATING"))},
			records{unread(&identitycenter.Instance{Home: true}, "encryption"), &identitycenter.Instance{Home: true}, encrypted("CUSTOMER_MANAGED_KEY", nil), unread(&identitycenter.Instance{}, "owner_account", "home")}},
	})
}

// One active instance is enough, and none anywhere is an exception only where every account and region answered.
func TestIdentityCenterPresent(t *testing.T) {
	const id = "identity-center-present"
	none, one := &identitycenter.Presence{}, &identitycenter.Presence{Instances: 1, Active: 1}
	denied := evidence.Gap{ID: "G-00000000000000ff", Account: "111122223333", Region: "us-east-1", Outcome: evidence.Denied, Code: "AccessDeniedException", Kinds: []string{none.Kind()}}
	want(t, perform(t, id, nil, none, one), assess.Met)
	want(t, perform(t, id, nil, none), assess.Exception)
	want(t, perform(t, id, nil, none, &identitycenter.Presence{Instances: 1}), assess.Exception)
	want(t, perform(t, id, nil, none, &identitycenter.Presence{Instances: 1, Active: 1, AccountOnly: 1}), assess.Exception)
	want(t, perform(t, id, nil, none, unread(&identitycenter.Presence{Instances: 1, Active: 1}, "account_only")), assess.Incomplete)
	want(t, perform(t, id, nil, none, unread(&identitycenter.Presence{Instances: 1}, "active")), assess.Incomplete)
	want(t, perform(t, id, []evidence.Gap{denied}, none), assess.Incomplete)
	want(t, perform(t, id, nil), assess.Incomplete)
}

func TestWhatNoAPITellsIsManual(t *testing.T) {
	for _, id := range []string{"identity-center-mfa", "identity-center-identity-source", "identity-center-scim-tokens", "identity-center-portal-session"} {
		if r := perform(t, id, nil); r.Result != assess.Manual || r.Manual == "" {
			t.Errorf("%s: %q, %q", id, r.Result, r.Manual)
		}
	}
}
