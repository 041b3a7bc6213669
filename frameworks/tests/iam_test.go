package tests_test

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/iam"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// rooted is the root user of an account with nothing amiss, changed by the functions.
func rooted(change ...func(*iam.Root)) *iam.Root {
	r := &iam.Root{MFAEnabled: true, VirtualMFADevices: []string{}, PasswordPresent: true, ReportGenerated: days(0)}
	for _, c := range change {
		c(r)
	}
	return r
}

// credential is a user with MFA, a password and one access key, all in use.
func credential(change ...func(*iam.Credential)) *iam.Credential {
	c := &iam.Credential{User: "u", MFAActive: true, Password: iam.Password{Enabled: ptr(true), LastUsed: days(-1), LastChanged: days(-30)},
		AccessKey1: iam.AccessKey{Active: true, LastRotated: days(-20), LastUsed: days(-1)}}
	for _, f := range change {
		f(c)
	}
	return c
}

// bare is a user without password and keys.
func bare(change ...func(*iam.Credential)) *iam.Credential {
	return credential(append([]func(*iam.Credential){func(c *iam.Credential) {
		c.MFAActive, c.Password, c.AccessKey1 = false, iam.Password{Enabled: ptr(false)}, iam.AccessKey{}
	}}, change...)...)
}

// rootLine is the root user's line, as bad as can be: it must not decide anything about users.
func rootLine() *iam.Credential {
	return &iam.Credential{User: "<root_account>", Root: true, AccessKey1: iam.AccessKey{Active: true, LastRotated: days(-900)}, AccessKey2: iam.AccessKey{Active: true, LastRotated: days(-900)}}
}

func passwordPolicy(change ...func(*iam.PasswordPolicy)) *iam.PasswordPolicy {
	p := &iam.PasswordPolicy{MinimumLength: 14, ReusePrevention: 24, RequireUppercase: true, RequireLowercase: true, RequireNumbers: true, RequireSymbols: true, Expires: true, MaxAgeDays: ptr(90)}
	for _, c := range change {
		c(p)
	}
	return p
}

func managed(everything, allBut bool, full ...string) *iam.Policy {
	return &iam.Policy{Name: "p", ManagedBy: "CUSTOMER", AllowsEverything: &everything, AllowsAllBut: &allBut, FullServices: append([]string{}, full...), Attachments: ptr(1)}
}

// awsOwn is a policy of AWS's, of which nothing is read.
func awsOwn(name string, attachments *int) *iam.Policy {
	return &iam.Policy{Name: name, ManagedBy: "AWS", Attachments: attachments}
}

func trusting(change ...func(*iam.Trust)) *iam.Role {
	t := &iam.Trust{OutsideAccounts: []string{}, UnguardedAccounts: []string{}, OIDCProviders: []string{}, UnlimitedOIDC: []string{}}
	for _, c := range change {
		c(t)
	}
	return &iam.Role{Trust: t}
}

func TestIAMResults(t *testing.T) {
	noMFA := func(r *iam.Root) { r.MFAEnabled = false }
	virtual := func(r *iam.Root) { r.VirtualMFADevices = []string{"v"} }
	noPassword := func(r *iam.Root) { r.PasswordPresent = false }
	used := func(n int) func(*iam.Root) { return func(r *iam.Root) { r.LastUsed = days(n) } }
	key1 := func(k iam.AccessKey) func(*iam.Credential) { return func(c *iam.Credential) { c.AccessKey1 = k } }
	key2 := func(k iam.AccessKey) func(*iam.Credential) { return func(c *iam.Credential) { c.AccessKey2 = k } }
	password := func(p iam.Password) func(*iam.Credential) { return func(c *iam.Credential) { c.Password = p } }
	more := func(c *iam.Credential) { c.Unlisted = ptr("1 more") }
	user := func(p iam.Permissions) *iam.User {
		p.Attached, p.Inline = append([]string{}, p.Attached...), append([]string{}, p.Inline...)
		return &iam.User{Permissions: p}
	}
	report := func(n int) *iam.CredentialReport { return &iam.CredentialReport{Generated: days(n)} }
	features := func(credentials, sessions bool) *iam.CentralRootAccess {
		return &iam.CentralRootAccess{Told: true, RootCredentialsManagement: &credentials, RootSessions: &sessions}
	}
	counted := func(users, groups, policies, usersRead, groupsRead, policiesRead int) *iam.Account {
		return &iam.Account{Users: &users, Groups: &groups, Policies: &policies, UsersRead: usersRead, GroupsRead: groupsRead, PoliciesRead: policiesRead}
	}
	outside := func(unguarded ...string) func(*iam.Trust) {
		return func(t *iam.Trust) {
			t.OutsideAccounts, t.UnguardedAccounts = []string{"999988887777"}, append([]string{}, unguarded...)
		}
	}
	oidc := func(unlimited ...string) func(*iam.Trust) {
		return func(t *iam.Trust) {
			t.OIDCProviders, t.UnlimitedOIDC = []string{"arn"}, append([]string{}, unlimited...)
		}
	}
	saml := func(certificate, metadata int) *iam.SAMLProvider {
		return &iam.SAMLProvider{EarliestExpiry: days(certificate), ValidUntil: days(metadata), LatestExpiry: days(3000)}
	}
	try(t, []trial{
		{"iam-root-mfa",
			records{rooted(), rooted(virtual), rooted(noMFA, noPassword), unread(rooted(), "password_present"), unread(rooted(noPassword), "mfa_enabled")},
			records{rooted(noMFA)},
			records{unread(rooted(), "mfa_enabled"), unread(rooted(noMFA), "password_present")}},
		{"iam-root-hardware-mfa",
			records{rooted(), rooted(noMFA, noPassword), rooted(virtual, noPassword), unread(rooted(noPassword), "virtual_mfa_devices")},
			records{rooted(noMFA), rooted(virtual), unread(rooted(noMFA), "virtual_mfa_devices")},
			records{unread(rooted(), "virtual_mfa_devices"), unread(rooted(), "mfa_enabled"), unread(rooted(virtual), "password_present")}},
		{"iam-root-no-access-keys",
			records{rooted()},
			records{rooted(func(r *iam.Root) { r.AccessKeysPresent = true })},
			records{unread(rooted(), "access_keys_present")}},
		{"iam-root-no-signing-certificates",
			records{rooted()},
			records{rooted(func(r *iam.Root) { r.SigningCertificatesPresent = true })},
			records{unread(rooted(), "signing_certificates_present")}},
		{"iam-root-not-used",
			records{rooted(), rooted(used(-400))},
			records{rooted(used(-1)), rooted(used(-80)), rooted(used(1))},
			records{unread(rooted(), "last_used", "last_used_by"), unread(rooted(used(-400)), "last_used")}},
		{"iam-central-root-access",
			records{features(true, true)},
			records{features(true, false), features(false, true), features(false, false)},
			records{unread(&iam.CentralRootAccess{}, "told", "root_credentials_management", "root_sessions"), unread(features(true, true), "root_sessions"), &iam.CentralRootAccess{Told: true}, &iam.CentralRootAccess{}}},
		{"iam-credential-report-fresh",
			records{report(0), report(-1), report(1)},
			records{report(-2)},
			records{unread(&iam.CredentialReport{}, "generated"), &iam.CredentialReport{}}},
		{"iam-password-length",
			records{passwordPolicy(), passwordPolicy(func(p *iam.PasswordPolicy) { p.MinimumLength = 32 })},
			records{passwordPolicy(func(p *iam.PasswordPolicy) { p.MinimumLength = 13 }), &iam.PasswordPolicy{Default: true, MinimumLength: 8}},
			records{unread(passwordPolicy(), "minimum_length")}},
		{"iam-password-reuse",
			records{passwordPolicy()},
			records{passwordPolicy(func(p *iam.PasswordPolicy) { p.ReusePrevention = 23 }), &iam.PasswordPolicy{Default: true, MinimumLength: 8}},
			records{unread(passwordPolicy(), "reuse_prevention")}},
		{"iam-password-characters",
			records{passwordPolicy()},
			records{passwordPolicy(func(p *iam.PasswordPolicy) { p.RequireUppercase = false }), passwordPolicy(func(p *iam.PasswordPolicy) { p.RequireLowercase = false }),
				passwordPolicy(func(p *iam.PasswordPolicy) { p.RequireNumbers = false }), passwordPolicy(func(p *iam.PasswordPolicy) { p.RequireSymbols = false }), &iam.PasswordPolicy{Default: true}},
			records{unread(passwordPolicy(), "require_uppercase"), unread(passwordPolicy(), "require_lowercase"), unread(passwordPolicy(), "require_numbers"), unread(passwordPolicy(), "require_symbols")}},
		{"iam-password-expiry",
			records{passwordPolicy(), passwordPolicy(func(p *iam.PasswordPolicy) { p.MaxAgeDays = ptr(30) })},
			records{passwordPolicy(func(p *iam.PasswordPolicy) { p.MaxAgeDays = ptr(91) }), &iam.PasswordPolicy{Default: true}},
			records{unread(passwordPolicy(), "expires"), unread(passwordPolicy(), "max_age_days"), passwordPolicy(func(p *iam.PasswordPolicy) { p.MaxAgeDays = nil })}},
		{"iam-user-mfa",
			records{credential(), bare(), rootLine()},
			records{credential(func(c *iam.Credential) { c.MFAActive = false })},
			records{unread(credential(), "mfa_active"), unread(bare(), "password.enabled"), credential(password(iam.Password{}))}},
		{"iam-access-keys-rotated",
			records{credential(), bare(), rootLine(), credential(key1(iam.AccessKey{LastRotated: days(-900)})), credential(key2(iam.AccessKey{Active: true, LastRotated: days(-90)}))},
			records{credential(key1(iam.AccessKey{Active: true, LastRotated: days(-91)})), credential(key2(iam.AccessKey{Active: true, LastRotated: days(-91)})), credential(more), bare(more)},
			records{unread(credential(), "access_key_1.active"), unread(credential(), "access_key_1.last_rotated"), unread(bare(), "access_key_2.active"), credential(key2(iam.AccessKey{Active: true}))}},
		{"iam-unused-credentials",
			records{credential(), bare(), rootLine(), credential(key1(iam.AccessKey{LastRotated: days(-900), LastUsed: days(-800)})), credential(key1(iam.AccessKey{Active: true, LastRotated: days(-10)})),
				credential(password(iam.Password{Enabled: ptr(true), LastChanged: days(-45)})), unread(bare(), "password.last_used", "access_key_1.last_used"),
				unread(credential(), "password.enabled")}, // whether or not there is one, it was used
			records{credential(password(iam.Password{Enabled: ptr(true), LastUsed: days(-46), LastChanged: days(-1)})), credential(password(iam.Password{Enabled: ptr(true), LastChanged: days(-46)})),
				credential(key1(iam.AccessKey{Active: true, LastRotated: days(-1), LastUsed: days(-46)})), credential(key1(iam.AccessKey{Active: true, LastRotated: days(-46)})),
				credential(key2(iam.AccessKey{Active: true, LastRotated: days(-46)})), bare(more)},
			records{unread(credential(password(iam.Password{Enabled: ptr(false), LastUsed: days(-46)})), "password.enabled"), unread(credential(), "password.last_used"), unread(credential(), "access_key_1.last_used"),
				unread(bare(), "access_key_2.active"),
				credential(key1(iam.AccessKey{Active: true})), credential(password(iam.Password{Enabled: ptr(true)}))}},
		{"iam-user-one-access-key",
			records{credential(), bare(), rootLine()},
			records{credential(key2(iam.AccessKey{Active: true})), credential(more)},
			records{unread(credential(), "access_key_2.active"), unread(credential(key2(iam.AccessKey{Active: true})), "access_key_1")}},
		{"iam-user-no-access-keys",
			records{bare(), rootLine(), bare(key1(iam.AccessKey{LastRotated: days(-3)}))},
			records{credential(), bare(key2(iam.AccessKey{Active: true})), bare(more)},
			records{unread(bare(), "access_key_1.active"), unread(bare(), "access_key_2")}},
		{"iam-user-no-console-password",
			records{bare(), rootLine()},
			records{credential()},
			records{unread(bare(), "password.enabled"), bare(password(iam.Password{}))}},
		{"iam-user-policies-by-group",
			records{user(iam.Permissions{}), user(iam.Permissions{Boundary: ptr("b")})},
			records{user(iam.Permissions{Attached: []string{"a"}}), user(iam.Permissions{Inline: []string{"i"}})},
			records{unread(user(iam.Permissions{}), "permissions.attached"), unread(user(iam.Permissions{}), "permissions.inline")}},
		{"iam-user-not-administrator",
			records{user(iam.Permissions{}), user(iam.Permissions{Attached: []string{"a"}})},
			records{user(iam.Permissions{Administrator: true}), unread(user(iam.Permissions{Administrator: true}), "permissions.administrator_by")},
			records{unread(user(iam.Permissions{}), "permissions.administrator")}},
		{"iam-policy-no-full-access",
			records{managed(false, false), managed(false, true, "s3"), awsOwn("AdministratorAccess", ptr(1))},
			records{managed(true, false)},
			records{unread(managed(false, false), "allows_everything"), &iam.Policy{ManagedBy: "CUSTOMER"}}},
		{"iam-policy-no-allow-all-but",
			records{managed(false, false), managed(true, false), awsOwn("PowerUserAccess", ptr(1))},
			records{managed(false, true)},
			records{unread(managed(false, false), "allows_all_but"), &iam.Policy{ManagedBy: "CUSTOMER"}}},
		{"iam-policy-no-full-service",
			records{managed(false, false), awsOwn("AmazonS3FullAccess", ptr(1))},
			records{managed(false, false, "s3"), managed(true, false), managed(false, true)},
			records{unread(managed(false, false), "full_services"), unread(managed(false, false), "statements", "allows_everything", "allows_all_but", "full_services"), &iam.Policy{ManagedBy: "CUSTOMER"}}},
		{"iam-no-cloudshell-full-access",
			records{managed(false, false), awsOwn("ReadOnlyAccess", ptr(3)), awsOwn("AWSCloudShellFullAccess", ptr(0))},
			records{awsOwn("AWSCloudShellFullAccess", ptr(1))},
			records{awsOwn("AWSCloudShellFullAccess", nil), unread(awsOwn("", ptr(1)), "name")}},
		{"iam-population-complete",
			records{counted(2, 1, 0, 2, 1, 0)},
			records{counted(3, 1, 0, 2, 1, 0), counted(2, 2, 0, 2, 1, 0), counted(2, 1, 1, 2, 1, 0), counted(1, 1, 0, 2, 1, 0)},
			records{unread(counted(2, 1, 0, 2, 1, 0), "users"), unread(counted(2, 1, 0, 2, 1, 0), "groups_read"), &iam.Account{}}},
		{"iam-support-access",
			records{&iam.Account{SupportAccess: []string{"arn"}}},
			records{&iam.Account{SupportAccess: []string{}}},
			records{unread(&iam.Account{SupportAccess: []string{}}, "support_access")}},
		{"iam-role-trust-not-public",
			records{trusting(), trusting(outside("999988887777"))},
			records{trusting(func(t *iam.Trust) { t.Public = true })},
			records{unread(&iam.Role{}, "trust"), &iam.Role{}}},
		{"iam-role-external-accounts-guarded",
			records{trusting(), trusting(outside())},
			records{trusting(outside("999988887777"))},
			records{unread(&iam.Role{}, "trust"), &iam.Role{}}},
		{"iam-role-oidc-limited",
			records{trusting(), trusting(oidc())},
			records{trusting(oidc("arn"))},
			records{unread(&iam.Role{}, "trust"), &iam.Role{}}},
		{"iam-saml-valid",
			records{saml(30, 30), saml(400, 9000)},
			records{saml(29, 400), saml(-1, 400), saml(400, 29)},
			records{unread(saml(400, 400), "earliest_expiry"), unread(saml(400, 400), "valid_until"), &iam.SAMLProvider{EarliestExpiry: days(400)}}},
		{"iam-server-certificate-valid",
			records{&iam.ServerCertificate{Expiration: days(1)}},
			records{&iam.ServerCertificate{Expiration: days(0)}, &iam.ServerCertificate{Expiration: days(-1)}},
			records{unread(&iam.ServerCertificate{}, "expiration"), &iam.ServerCertificate{}}},
	})
}

// What is asked of users says nothing where there is none, and the root user's line is not one.
func TestTheRootUsersLineDecidesNothingOfUsers(t *testing.T) {
	for _, id := range []string{"iam-user-mfa", "iam-access-keys-rotated", "iam-unused-credentials", "iam-user-one-access-key", "iam-user-no-access-keys", "iam-user-no-console-password"} {
		want(t, perform(t, id, nil, rootLine()), assess.NotApplicable)
	}
	want(t, perform(t, "iam-central-root-access", nil, &iam.CentralRootAccess{}), assess.Incomplete)
}
