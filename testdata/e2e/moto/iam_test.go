package moto

import (
	"encoding/base64"
	"encoding/csv"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/auditseal/auditseal/collectors/iam"
)

// checkIAM reads everything by the operations that ask about one thing at a time, of which auditseal uses none.
func checkIAM(t *testing.T, s *server, pack string) {
	var all struct {
		accounts     []*iam.Account
		roots        []*iam.Root
		passwords    []*iam.PasswordPolicy
		reports      []*iam.CredentialReport
		credentials  []*iam.Credential
		users        []*iam.User
		groups       []*iam.Group
		roles        []*iam.Role
		policies     []*iam.Policy
		certificates []*iam.ServerCertificate
		saml         []*iam.SAMLProvider
		oidc         []*iam.OIDCProvider
	}
	for _, account := range accounts {
		r := iamReader{t: t, account: account, c: awsiam.NewFromConfig(s.as(t, account, "us-east-1"))}
		users, groups, roles, policies := r.users(), r.groups(), r.roles(), r.policies()
		all.users, all.groups, all.roles, all.policies = append(all.users, users...), append(all.groups, groups...), append(all.roles, roles...), append(all.policies, policies...)
		a, root := r.summary()
		a.UsersRead, a.GroupsRead, a.PoliciesRead = len(users), len(groups), 3
		all.accounts, all.roots, all.passwords = append(all.accounts, a), append(all.roots, root), append(all.passwords, r.passwordPolicy())
		report, lines := r.report()
		all.reports, all.credentials = append(all.reports, report), append(all.credentials, lines...)
		all.certificates, all.saml, all.oidc = append(all.certificates, r.certificates()...), append(all.saml, r.saml()...), append(all.oidc, r.oidc()...)
	}
	agree(t, all.accounts, records[iam.Account](t, pack, "iam.account"))
	agree(t, all.roots, records[iam.Root](t, pack, "iam.root"))
	agree(t, all.passwords, records[iam.PasswordPolicy](t, pack, "iam.password_policy"))
	agree(t, all.reports, records[iam.CredentialReport](t, pack, "iam.credential_report"))
	agree(t, all.credentials, records[iam.Credential](t, pack, "iam.credential"))
	agree(t, all.users, records[iam.User](t, pack, "iam.user"))
	agree(t, all.groups, records[iam.Group](t, pack, "iam.group"))
	roles := records[iam.Role](t, pack, "iam.role")
	for i, r := range by(roles, func(r *iam.Role) string { return r.ID }) {
		// The role that the audit runs as is used on and on: its use that was read was during the run.
		if held := by(all.roles, func(r *iam.Role) string { return r.ID })[i]; held.Name == role && r.Name == role && r.LastUsed != nil && !r.LastUsed.After(*held.LastUsed) && held.LastUsed.Sub(*r.LastUsed) < 10*time.Minute {
			held.LastUsed = r.LastUsed
		}
	}
	agree(t, all.roles, roles)
	agree(t, all.policies, records[iam.Policy](t, pack, "iam.policy"))
	agree(t, all.certificates, records[iam.ServerCertificate](t, pack, "iam.server_certificate"))
	agree(t, all.saml, records[iam.SAMLProvider](t, pack, "iam.saml_provider"))
	agree(t, all.oidc, records[iam.OIDCProvider](t, pack, "iam.oidc_provider"))
}

type iamReader struct {
	t       *testing.T
	account string
	c       *awsiam.Client
}

func tagsOf(in []iamtypes.Tag) map[string]string {
	out := map[string]string{}
	for _, x := range in {
		out[*x.Key] = *x.Value
	}
	return out
}

func arnsOf(in []iamtypes.AttachedPolicy) []string {
	out := []string{}
	for _, x := range in {
		out = append(out, *x.PolicyArn)
	}
	slices.Sort(out)
	return out
}

// administratorBy is what makes somebody an administrator, by what was seeded.
func (r iamReader) administratorBy(name string) []string {
	return map[string][]string{"alice": {"group:admins"}, "carol": {"inline:everything"}, "admins": {administratorAccess}, "Partner": {"arn:aws:iam::" + r.account + ":policy/corp/all"}}[name]
}

func (r iamReader) permissions(name string, attached []iamtypes.AttachedPolicy, inline []string, boundary *iamtypes.AttachedPermissionsBoundary) iam.Permissions {
	p := iam.Permissions{Attached: arnsOf(attached), Inline: append([]string{}, inline...), AdministratorBy: append([]string{}, r.administratorBy(name)...)}
	slices.Sort(p.Inline)
	p.Administrator = len(p.AdministratorBy) > 0
	if boundary != nil {
		p.Boundary = boundary.PermissionsBoundaryArn
	}
	return p
}

func (r iamReader) users() (out []*iam.User) {
	ctx := r.t.Context()
	list, err := r.c.ListUsers(ctx, &awsiam.ListUsersInput{})
	must(r.t, err)
	for _, l := range list.Users {
		d, err := r.c.GetUser(ctx, &awsiam.GetUserInput{UserName: l.UserName})
		must(r.t, err)
		attached, err := r.c.ListAttachedUserPolicies(ctx, &awsiam.ListAttachedUserPoliciesInput{UserName: l.UserName})
		must(r.t, err)
		inline, err := r.c.ListUserPolicies(ctx, &awsiam.ListUserPoliciesInput{UserName: l.UserName})
		must(r.t, err)
		in, err := r.c.ListGroupsForUser(ctx, &awsiam.ListGroupsForUserInput{UserName: l.UserName})
		must(r.t, err)
		has, err := r.c.ListUserTags(ctx, &awsiam.ListUserTagsInput{UserName: l.UserName})
		must(r.t, err)
		u := &iam.User{Meta: meta(r.account, "us-east-1", *l.Arn), Name: *l.UserName, Path: *l.Path, UserID: l.UserId, Created: utc(l.CreateDate), Groups: []string{}, Tags: tagsOf(has.Tags),
			Permissions: r.permissions(*l.UserName, attached.AttachedPolicies, inline.PolicyNames, d.User.PermissionsBoundary)}
		for _, g := range in.Groups {
			u.Groups = append(u.Groups, *g.GroupName)
		}
		slices.Sort(u.Groups)
		out = append(out, u)
	}
	return out
}

func (r iamReader) groups() (out []*iam.Group) {
	ctx := r.t.Context()
	list, err := r.c.ListGroups(ctx, &awsiam.ListGroupsInput{})
	must(r.t, err)
	for _, l := range list.Groups {
		d, err := r.c.GetGroup(ctx, &awsiam.GetGroupInput{GroupName: l.GroupName})
		must(r.t, err)
		attached, err := r.c.ListAttachedGroupPolicies(ctx, &awsiam.ListAttachedGroupPoliciesInput{GroupName: l.GroupName})
		must(r.t, err)
		inline, err := r.c.ListGroupPolicies(ctx, &awsiam.ListGroupPoliciesInput{GroupName: l.GroupName})
		must(r.t, err)
		out = append(out, &iam.Group{Meta: meta(r.account, "us-east-1", *l.Arn), Name: *l.GroupName, Path: *l.Path, GroupID: l.GroupId, Created: utc(l.CreateDate), Users: len(d.Users),
			Permissions: r.permissions(*l.GroupName, attached.AttachedPolicies, inline.PolicyNames, nil)})
	}
	return out
}

func (r iamReader) roles() (out []*iam.Role) {
	ctx := r.t.Context()
	list, err := r.c.ListRoles(ctx, &awsiam.ListRolesInput{})
	must(r.t, err)
	for _, l := range list.Roles {
		d, err := r.c.GetRole(ctx, &awsiam.GetRoleInput{RoleName: l.RoleName})
		must(r.t, err)
		attached, err := r.c.ListAttachedRolePolicies(ctx, &awsiam.ListAttachedRolePoliciesInput{RoleName: l.RoleName})
		must(r.t, err)
		inline, err := r.c.ListRolePolicies(ctx, &awsiam.ListRolePoliciesInput{RoleName: l.RoleName})
		must(r.t, err)
		profiles, err := r.c.ListInstanceProfilesForRole(ctx, &awsiam.ListInstanceProfilesForRoleInput{RoleName: l.RoleName})
		must(r.t, err)
		o := &iam.Role{Meta: meta(r.account, "us-east-1", *l.Arn), Name: *l.RoleName, Path: *l.Path, RoleID: l.RoleId, Created: utc(l.CreateDate), ServiceLinked: strings.HasPrefix(*l.Path, "/aws-service-role/"),
			Permissions: r.permissions(*l.RoleName, attached.AttachedPolicies, inline.PolicyNames, d.Role.PermissionsBoundary), MaxSessionSeconds: ptr(int(*l.MaxSessionDuration)), InstanceProfiles: []string{}, Tags: tagsOf(d.Role.Tags)}
		if used := d.Role.RoleLastUsed; used != nil {
			o.LastUsed, o.LastUsedRegion = utc(used.LastUsedDate), used.Region
		}
		for _, p := range profiles.InstanceProfiles {
			o.InstanceProfiles = append(o.InstanceProfiles, *p.InstanceProfileName)
		}
		text, err := url.PathUnescape(*d.Role.AssumeRolePolicyDocument)
		must(r.t, err)
		// GetAccountAuthorizationDetails encodes documents at AWS too. moto does not there, so that one encoding too much is taken off.
		text = strings.ReplaceAll(text, "%2F", "/")
		o.Trust = r.trust(*l.RoleName, text)
		out = append(out, o)
	}
	return out
}

// trust is what the trust policies that were seeded come to.
func (r iamReader) trust(name, text string) *iam.Trust {
	none := []string{}
	x := &iam.Trust{Text: text, Statements: 1, Principals: none, Services: none, OpenServices: none, ExternalAccounts: none, OutsideAccounts: none, UnguardedAccounts: none, SAMLProviders: none, OIDCProviders: none, UnlimitedOIDC: none}
	partner, github := []string{"999988887777"}, []string{"arn:aws:iam::" + r.account + ":oidc-provider/token.actions.githubusercontent.com"}
	switch name {
	case role:
		x.Principals, x.ExternalAccounts, x.ExternalID = []string{"AWS:arn:aws:iam::" + caller + ":root"}, []string{caller}, true
		if r.account == caller {
			x.ExternalAccounts, x.ExternalID = none, false
		}
	case "Partner":
		x.Principals, x.ExternalAccounts, x.OutsideAccounts, x.ExternalID = []string{"AWS:arn:aws:iam::999988887777:root"}, partner, partner, true
	case "Unguarded":
		x.Principals, x.ExternalAccounts, x.OutsideAccounts, x.UnguardedAccounts = []string{"AWS:999988887777", "AWS:arn:aws:iam::" + r.account + ":root"}, partner, partner, partner
	case "Everybody":
		x.Public, x.Principals = true, []string{"*"}
	case "Machine":
		x.Principals, x.Services, x.OpenServices = []string{"Service:ec2.amazonaws.com"}, []string{"ec2.amazonaws.com"}, []string{"ec2.amazonaws.com"}
	case "People":
		x.SAMLProviders = []string{"arn:aws:iam::" + r.account + ":saml-provider/okta"}
		x.Principals = []string{"Federated:" + x.SAMLProviders[0]}
	case "Pipeline":
		x.OIDCProviders, x.Principals = github, []string{"Federated:" + github[0]}
	case "AnyPipeline":
		x.OIDCProviders, x.UnlimitedOIDC, x.Principals = github, github, []string{"Federated:" + github[0]}
	default:
		r.t.Errorf("moto has a role %s that was not seeded", name)
	}
	return x
}

func (r iamReader) policies() (out []*iam.Policy) {
	p := awsiam.NewListPoliciesPaginator(r.c, &awsiam.ListPoliciesInput{Scope: iamtypes.PolicyScopeTypeAll, MaxItems: aws.Int32(1000)})
	for p.HasMorePages() {
		page, err := p.NextPage(r.t.Context())
		must(r.t, err)
		for _, l := range page.Policies {
			// GetAccountAuthorizationDetails names policies and gives their ids at AWS, and leaves out those of AWS's that are attached
			// to nobody; moto does neither.
			x := &iam.Policy{Meta: meta(r.account, "us-east-1", *l.Arn, "name"), ManagedBy: "AWS", Path: *l.Path, Attachments: ptr(int(*l.AttachmentCount)),
				Created: utc(l.CreateDate), Updated: utc(l.UpdateDate), DefaultVersion: l.DefaultVersionId}
			if l.PermissionsBoundaryUsageCount != nil {
				x.BoundaryUses = ptr(int(*l.PermissionsBoundaryUsageCount))
			}
			if !strings.HasPrefix(*l.Arn, "arn:aws:iam::aws:") {
				x.ManagedBy, x.Statements, x.AllowsEverything, x.AllowsAllBut, x.FullServices = "CUSTOMER", ptr(1), ptr(*l.PolicyName == "all"), ptr(*l.PolicyName == "buckets"), []string{}
				if *l.PolicyName == "buckets" {
					x.Statements, x.FullServices = ptr(2), []string{"s3"}
				}
			}
			out = append(out, x)
		}
	}
	return out
}

func (r iamReader) summary() (*iam.Account, *iam.Root) {
	out, err := r.c.GetAccountSummary(r.t.Context(), &awsiam.GetAccountSummaryInput{})
	must(r.t, err)
	n := func(key string) *int {
		v, there := out.SummaryMap[key]
		if !there {
			r.t.Errorf("moto's summary has no %s", key)
		}
		return ptr(int(v))
	}
	a := &iam.Account{Meta: meta(r.account, "us-east-1", r.account+"/iam", "aliases", "outbound_federation", "outbound_issuer"), Users: n("Users"), Groups: n("Groups"), Roles: n("Roles"), Policies: n("Policies"),
		Providers: n("Providers"), ServerCertificates: n("ServerCertificates"), MFADevices: n("MFADevices"), MFADevicesInUse: n("MFADevicesInUse"), Aliases: []string{}, SupportAccess: []string{"arn:aws:iam::" + r.account + ":user/people/dave"}}
	aliases, err := r.c.ListAccountAliases(r.t.Context(), &awsiam.ListAccountAliasesInput{})
	must(r.t, err)
	a.Aliases = append(a.Aliases, aliases.AccountAliases...)
	root := &iam.Root{Meta: meta(r.account, "us-east-1", "arn:aws:iam::"+r.account+":root", "last_used", "last_used_by", "password_present"), MFAEnabled: *n("AccountMFAEnabled") > 0, VirtualMFADevices: []string{},
		AccessKeysPresent: *n("AccountAccessKeysPresent") > 0, SigningCertificatesPresent: *n("AccountSigningCertificatesPresent") > 0}
	report, err := r.c.GetCredentialReport(r.t.Context(), &awsiam.GetCredentialReportInput{})
	must(r.t, err)
	root.ReportGenerated = utc(report.GeneratedTime)
	return a, root
}

func (r iamReader) passwordPolicy() *iam.PasswordPolicy {
	p := &iam.PasswordPolicy{Meta: meta(r.account, "us-east-1", r.account+"/iam/password-policy"), Default: true, MinimumLength: 8}
	out, err := r.c.GetAccountPasswordPolicy(r.t.Context(), &awsiam.GetAccountPasswordPolicyInput{})
	if gives(r.t, err, "NoSuchEntity") {
		x := out.PasswordPolicy
		p.Default, p.MinimumLength, p.RequireUppercase, p.RequireLowercase = false, int(*x.MinimumPasswordLength), x.RequireUppercaseCharacters, x.RequireLowercaseCharacters
		p.RequireNumbers, p.RequireSymbols, p.Expires, p.UsersMayChange = x.RequireNumbers, x.RequireSymbols, x.ExpirePasswords, x.AllowUsersToChangePassword
		p.MaxAgeDays, p.ReusePrevention, p.HardExpiry = ptr(int(*x.MaxPasswordAge)), int(*x.PasswordReusePrevention), *x.HardExpiry
	}
	return p
}

// report reads the credential report line by line.
func (r iamReader) report() (*iam.CredentialReport, []*iam.Credential) {
	out, err := r.c.GetCredentialReport(r.t.Context(), &awsiam.GetCredentialReportInput{})
	must(r.t, err)
	rows, err := csv.NewReader(strings.NewReader(string(out.Content))).ReadAll()
	must(r.t, err)
	// moto has made every report on the same day of 2015, so that its age says nothing; it makes them when they are asked for.
	made := utc(out.GeneratedTime)
	p := &iam.CredentialReport{Meta: meta(r.account, "us-east-1", r.account+"/iam/credential-report"), Request: "STARTED", Generated: made, AgeHours: ptr(int(time.Since(*made) / time.Hour)), Users: len(rows) - 1}
	var lines []*iam.Credential
	for _, row := range rows[1:] {
		v := map[string]string{}
		for i, name := range rows[0] {
			v[name] = row[i]
		}
		at := func(column string) (*time.Time, string) {
			x, err := time.Parse(time.RFC3339, v[column])
			if err != nil {
				return nil, v[column]
			}
			return utc(&x), "time"
		}
		x := &iam.Credential{Meta: meta(r.account, "us-east-1", v["arn"]), User: v["user"], Generated: made, MFAActive: v["mfa_active"] == "true"}
		x.Created, _ = at("user_creation_time")
		x.Password.Enabled = ptr(v["password_enabled"] == "true")
		x.Password.LastUsed, x.Password.LastUsedValue = at("password_last_used")
		x.Password.LastChanged, x.Password.LastChangedValue = at("password_last_changed")
		x.Password.NextRotation, x.Password.NextRotationValue = at("password_next_rotation")
		for column, k := range map[string]*iam.AccessKey{"access_key_1": &x.AccessKey1, "access_key_2": &x.AccessKey2} {
			k.Active = v[column+"_active"] == "true"
			k.LastRotated, k.LastRotatedValue = at(column + "_last_rotated")
			k.LastUsed, k.LastUsedValue = at(column + "_last_used_date")
			// AWS writes N/A here; moto writes not_supported.
			k.LastUsedRegion, k.LastUsedService = text(v[column+"_last_used_region"]), text(v[column+"_last_used_service"])
		}
		for column, k := range map[string]*iam.Certificate{"cert_1": &x.Cert1, "cert_2": &x.Cert2} {
			k.Active = v[column+"_active"] == "true"
			k.LastRotated, k.LastRotatedValue = at(column + "_last_rotated")
		}
		lines = append(lines, x)
	}
	return p, lines
}

func (r iamReader) certificates() (out []*iam.ServerCertificate) {
	list, err := r.c.ListServerCertificates(r.t.Context(), &awsiam.ListServerCertificatesInput{})
	must(r.t, err)
	for _, x := range list.ServerCertificateMetadataList {
		out = append(out, &iam.ServerCertificate{Meta: meta(r.account, "us-east-1", *x.Arn), Name: *x.ServerCertificateName, Path: *x.Path, Uploaded: utc(x.UploadDate), Expiration: utc(x.Expiration)})
	}
	return out
}

func (r iamReader) saml() (out []*iam.SAMLProvider) {
	list, err := r.c.ListSAMLProviders(r.t.Context(), &awsiam.ListSAMLProvidersInput{})
	must(r.t, err)
	for _, l := range list.SAMLProviderList {
		d, err := r.c.GetSAMLProvider(r.t.Context(), &awsiam.GetSAMLProviderInput{SAMLProviderArn: l.Arn})
		must(r.t, err)
		out = append(out, &iam.SAMLProvider{Meta: meta(r.account, "us-east-1", *l.Arn), Name: "okta", Created: utc(d.CreateDate), ValidUntil: utc(d.ValidUntil), Certificates: 1, EarliestExpiry: &expires, LatestExpiry: &expires,
			Roles: []string{"arn:aws:iam::" + r.account + ":role/corp/People"}})
	}
	return out
}

func (r iamReader) oidc() (out []*iam.OIDCProvider) {
	list, err := r.c.ListOpenIDConnectProviders(r.t.Context(), &awsiam.ListOpenIDConnectProvidersInput{})
	must(r.t, err)
	for _, l := range list.OpenIDConnectProviderList {
		d, err := r.c.GetOpenIDConnectProvider(r.t.Context(), &awsiam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: l.Arn})
		must(r.t, err)
		x := &iam.OIDCProvider{Meta: meta(r.account, "us-east-1", *l.Arn), URL: *d.Url, Created: utc(d.CreateDate), ClientIDs: d.ClientIDList, Thumbprints: d.ThumbprintList, Tags: tagsOf(d.Tags),
			Roles: []string{"arn:aws:iam::" + r.account + ":role/corp/AnyPipeline", "arn:aws:iam::" + r.account + ":role/corp/Pipeline"}, UnlimitedRoles: []string{"arn:aws:iam::" + r.account + ":role/corp/AnyPipeline"}}
		slices.Sort(x.ClientIDs)
		out = append(out, x)
	}
	return out
}

// seedsOf are the seeds of virtual MFA devices, by which anyone can make their codes.
func seedsOf(t *testing.T, s *server) map[string]string {
	t.Helper()
	list, err := awsiam.NewFromConfig(s.as(t, caller, "us-east-1")).ListVirtualMFADevices(t.Context(), &awsiam.ListVirtualMFADevicesInput{})
	must(t, err)
	out := map[string]string{}
	for _, d := range list.VirtualMFADevices {
		if len(d.Base32StringSeed) > 0 {
			out["the seed of "+*d.SerialNumber] = string(d.Base32StringSeed)
			out["the seed as it is on the wire of "+*d.SerialNumber] = base64.StdEncoding.EncodeToString(d.Base32StringSeed)
		}
	}
	return out
}
