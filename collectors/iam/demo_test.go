package iam

import (
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

// demo collects one account of the demo organization.
func demo(t *testing.T, account string, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: faults})
	t.Cleanup(s.Close)
	o := celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: "eu-west-1"}
	o.Scope.Regions, o.Scope.AsOf = []string{"eu-west-1", "us-east-1"}, scenario.Now
	o.Scope.Accounts = []string{scenario.DemoLogArchive, scenario.DemoManagement, scenario.DemoPayments, scenario.DemoData}
	o.Scope.Period = evidence.Period{From: scenario.QuarterFrom, To: scenario.QuarterTo}
	return celltest.Run(t, Collector{}, o)
}

var meta = cmpopts.IgnoreFields(evidence.Meta{}, "Collected", "Evidence", "Account", "Region")

func ptr[T any](v T) *T { return &v }

func at(y, m, d, h int) *time.Time { return ptr(time.Date(y, time.Month(m), d, h, 0, 0, 0, time.UTC)) }

var made = at(2022, 11, 2, 9)

func differ(t *testing.T, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got, meta); d != "" {
		t.Error(d)
	}
}

func TestAnAccountIsReadWhole(t *testing.T) {
	r := demo(t, scenario.DemoManagement)
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	for _, x := range r.Records {
		if h := x.Header(); h.Region != "us-east-1" || h.Account != scenario.DemoManagement {
			t.Errorf("%s %s stands in %s of %s", x.Kind(), h.ID, h.Region, h.Account)
		}
	}
	id := func(s string) evidence.Meta { return evidence.Meta{ID: s} }
	differ(t, &Account{Meta: id("111122223333/iam"), Aliases: []string{"example-management"}, Users: ptr(2), Groups: ptr(1), Roles: ptr(4), Policies: ptr(0), Providers: ptr(1), ServerCertificates: ptr(0),
		MFADevices: ptr(2), MFADevicesInUse: ptr(2), UsersRead: 2, GroupsRead: 1, SupportAccess: []string{"arn:aws:iam::111122223333:role/incident-support"}, OutboundFederation: true,
		OutboundIssuer: ptr("https://8c1d7a52-0f6b-4b2e-9d43-5e2f1a7c9b60.tokens.sts.global.api.aws")}, celltest.One[Account](t, r, ""))
	generated := ptr(scenario.Now.Add(-50 * time.Minute))
	differ(t, &Root{Meta: id("arn:aws:iam::111122223333:root"), MFAEnabled: true, VirtualMFADevices: []string{}, PasswordPresent: true, LastUsed: at(2025, 11, 12, 10), LastUsedBy: ptr("password"), ReportGenerated: generated},
		celltest.One[Root](t, r, ""))
	differ(t, &PasswordPolicy{Meta: id("111122223333/iam/password-policy"), MinimumLength: 14, RequireUppercase: true, RequireLowercase: true, RequireNumbers: true, RequireSymbols: true, Expires: true,
		MaxAgeDays: ptr(90), ReusePrevention: 24, UsersMayChange: true}, celltest.One[PasswordPolicy](t, r, ""))
	differ(t, &Organization{Meta: id("111122223333/iam/organization"), Answers: true, InOrganization: ptr(true), OrganizationID: ptr("o-exa1mp1ec0"), Features: []string{"RootCredentialsManagement", "RootSessions"},
		RootCredentialsManagement: ptr(true), RootSessions: ptr(true)}, celltest.One[Organization](t, r, ""))
	// The report was still being made when it was first asked for.
	differ(t, &CredentialReport{Meta: id("111122223333/iam/credential-report"), Request: "STARTED", Generated: generated, AgeHours: ptr(0), Users: 2}, celltest.One[CredentialReport](t, r, ""))
	none := AccessKey{LastRotatedValue: "N/A", LastUsedValue: "N/A"}
	differ(t, &Credential{Meta: id("arn:aws:iam::111122223333:user/emergency/break-glass-2"), User: "break-glass-2", Generated: generated, Created: made, MFAActive: true,
		Password:   Password{Enabled: ptr(true), LastUsedValue: "no_information", LastChanged: at(2026, 8, 20, 0), LastChangedValue: "time", NextRotation: at(2026, 11, 18, 0), NextRotationValue: "time"},
		AccessKey1: none, AccessKey2: none, Cert1: Certificate{LastRotatedValue: "N/A"}, Cert2: Certificate{LastRotatedValue: "N/A"}}, celltest.One[Credential](t, r, "break-glass-2"))
	g := celltest.One[Group](t, r, "emergency")
	admin := []string{"arn:aws:iam::aws:policy/AdministratorAccess"}
	differ(t, &Group{Meta: id("arn:aws:iam::111122223333:group/emergency"), Name: "emergency", Path: "/", GroupID: g.GroupID, Created: made, Users: 2,
		Permissions: Permissions{Attached: admin, Inline: []string{}, Administrator: true, AdministratorBy: admin}}, g)
	u := celltest.One[User](t, r, "break-glass-1")
	differ(t, &User{Meta: id("arn:aws:iam::111122223333:user/emergency/break-glass-1"), Name: "break-glass-1", Path: "/emergency/", UserID: u.UserID, Created: made, Groups: []string{"emergency"},
		Permissions: Permissions{Attached: []string{}, Inline: []string{}, Administrator: true, AdministratorBy: []string{"group:emergency"}}, Tags: map[string]string{"kept-in": "safe 1"}}, u)
	sso := "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_AdministratorAccess_7223a1b2c3d4e5f6"
	provider := "arn:aws:iam::111122223333:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"
	o := celltest.One[Role](t, r, "AWSReservedSSO")
	e := []string{}
	differ(t, &Role{Meta: id(sso), Name: "AWSReservedSSO_AdministratorAccess_7223a1b2c3d4e5f6", Path: "/aws-reserved/sso.amazonaws.com/eu-west-1/", RoleID: o.RoleID, Created: made,
		Permissions: Permissions{Attached: admin, Inline: e, Administrator: true, AdministratorBy: admin}, MaxSessionSeconds: ptr(43200), LastUsed: ptr(scenario.Now.Add(-26 * time.Hour)), LastUsedRegion: ptr("eu-west-1"),
		InstanceProfiles: e, Tags: map[string]string{}, Trust: &Trust{Text: o.Trust.Text, Statements: 1, Principals: []string{"Federated:" + provider}, Services: e, OpenServices: e, ExternalAccounts: e, OutsideAccounts: e,
			UnguardedAccounts: e, SAMLProviders: []string{provider}, OIDCProviders: e, UnlimitedOIDC: e}}, o)
	if !strings.HasPrefix(o.Trust.Text, `{"Version":"2012-10-17",`) {
		t.Errorf("the trust policy is not decoded: %s", o.Trust.Text)
	}
	s := celltest.One[SAMLProvider](t, r, "")
	differ(t, &SAMLProvider{Meta: id(provider), Name: "AWSSSO_0123456789abcdef_DO_NOT_DELETE", Created: made, ValidUntil: ptr(made.AddDate(100, 0, 0)), Certificates: 1, EarliestExpiry: at(2029, 2, 20, 0),
		LatestExpiry: at(2029, 2, 20, 0), Roles: []string{sso}}, s)
	// What a record was read from: the list, the answer of its own, the page of the role that trusts it.
	if len(s.Evidence) != 3 || len(u.Evidence) != 1 || len(o.Evidence) != 2 {
		t.Errorf("read from %v, %v, %v", s.Evidence, u.Evidence, o.Evidence)
	}
	if p := celltest.One[Policy](t, r, "policy/AdministratorAccess"); p.ManagedBy != "AWS" || p.AllowsEverything != nil || p.Statements != nil || p.FullServices != nil || *p.Attachments != 2 {
		t.Errorf("AWS's own policy reads %+v", p)
	}
}

func TestWhatIsNotThereIsAnAnswer(t *testing.T) {
	r := demo(t, scenario.DemoLogArchive)
	if slices.ContainsFunc(r.Gaps, func(g evidence.Gap) bool { return g.Code != "OldReport" }) {
		t.Fatalf("gaps %v", r.Gaps)
	}
	differ(t, &PasswordPolicy{Meta: evidence.Meta{ID: "012345678901/iam/password-policy"}, Default: true, MinimumLength: 8}, celltest.One[PasswordPolicy](t, r, ""))
	if o := celltest.One[Organization](t, r, ""); o.Answers || o.Features != nil || o.RootSessions != nil || len(o.Evidence) != 1 {
		t.Errorf("a member tells %+v", o)
	}
	// AWS made no new report: the older one is read, says how old it is, and is not taken for how things are.
	if !slices.ContainsFunc(r.Gaps, func(g evidence.Gap) bool { return slices.Equal(g.Kinds, []string{"iam.credential"}) }) || celltest.Unknown(celltest.One[Root](t, r, ""), "last_used") != "OldReport" {
		t.Errorf("an old report reads as if it were new: %v", r.Gaps)
	}
	if p := celltest.One[CredentialReport](t, r, ""); p.Request != "LimitExceeded" || *p.AgeHours != 41 || p.Users != 0 {
		t.Errorf("the report reads %+v", p)
	}
	a := celltest.One[Account](t, r, "")
	if a.OutboundFederation || a.OutboundIssuer != nil || a.Aliases == nil || len(a.Aliases) > 0 || *a.Users != 0 {
		t.Errorf("the account reads %+v", a)
	}
	root := celltest.One[Root](t, r, "")
	if root.MFAEnabled || root.PasswordPresent || root.AccessKeysPresent || root.LastUsed != nil || len(celltest.Of[User](r)) > 0 {
		t.Errorf("a root user without credentials reads %+v", root)
	}
	if c := celltest.One[Credential](t, r, ":root"); !c.Root || *c.Password.Enabled || c.Password.LastUsedValue != "N/A" || c.Password.NextRotationValue != "not_supported" {
		t.Errorf("its line reads %+v", c)
	}
}

func TestWhatHasGrown(t *testing.T) {
	r := demo(t, scenario.DemoPayments)
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	if d := celltest.One[Root](t, r, ""); !slices.Equal(d.VirtualMFADevices, []string{"arn:aws:iam::444455556666:mfa/root-account-mfa-device"}) {
		t.Errorf("virtual devices of the root user %v", d.VirtualMFADevices)
	}
	admin := celltest.One[User](t, r, "legacy.admin")
	differ(t, map[string]string{"note": "=1+1@SUM", "path": "../../etc/passwd", "numeric": "0012345"}, admin.Tags)
	if d := celltest.One[User](t, r, "payments-deployer"); !d.Permissions.Administrator || !slices.Equal(d.Permissions.AdministratorBy, []string{"inline:deploy+everything@all"}) {
		t.Errorf("an inline policy that allows everything: %+v", d.Permissions)
	}
	if d := celltest.One[User](t, r, "ops.two"); d.Permissions.Administrator || *d.Permissions.Boundary != "arn:aws:iam::aws:policy/PowerUserAccess" {
		t.Errorf("an operator: %+v", d.Permissions)
	}
	d := celltest.One[Credential](t, r, "payments-deployer")
	differ(t, AccessKey{Active: true, LastRotated: at(2024, 3, 4, 0), LastRotatedValue: "time", LastUsed: ptr(scenario.Now.Add(-4 * time.Hour)), LastUsedValue: "time", LastUsedRegion: ptr("eu-west-1"), LastUsedService: ptr("ecs")}, d.AccessKey1)
	differ(t, AccessKey{Active: true, LastRotated: at(2026, 4, 1, 0), LastRotatedValue: "time", LastUsedValue: "N/A"}, d.AccessKey2)
	if *d.Password.Enabled || d.Password.LastUsedValue != "N/A" {
		t.Errorf("no password: %+v", d.Password)
	}
	if k := celltest.One[Credential](t, r, "ops.two").AccessKey1; k.Active || k.LastRotated == nil {
		t.Errorf("an inactive key reads %+v", k)
	}
	// A user that was made after the report has a record, and is in no line.
	if celltest.One[User](t, r, "new.starter"); slices.ContainsFunc(celltest.Of[Credential](r), func(c *Credential) bool { return c.User == "new.starter" }) {
		t.Error("a line for a user that came later")
	}
	github := "arn:aws:iam::444455556666:oidc-provider/token.actions.githubusercontent.com"
	role := func(name string) string { return "arn:aws:iam::444455556666:role/" + name }
	o := celltest.One[OIDCProvider](t, r, "")
	differ(t, &OIDCProvider{Meta: evidence.Meta{ID: github}, URL: "token.actions.githubusercontent.com", Created: made, ClientIDs: []string{"sts.amazonaws.com"}, Thumbprints: o.Thumbprints,
		Roles: []string{role("github-deploy"), role("github-tests")}, UnlimitedRoles: []string{role("github-deploy")}, Tags: map[string]string{"owner": "platform"}}, o)
	differ(t, []string{github}, celltest.One[Role](t, r, "github-deploy").Trust.UnlimitedOIDC)
	monitoring, cost := celltest.One[Role](t, r, "monitoring-vendor").Trust, celltest.One[Role](t, r, "cost-vendor").Trust
	if !slices.Equal(monitoring.UnguardedAccounts, []string{"222233334444"}) || monitoring.ExternalID || !slices.Equal(cost.OutsideAccounts, []string{"333344445555"}) || len(cost.UnguardedAccounts) > 0 || !cost.ExternalID {
		t.Errorf("vendors: %+v %+v", monitoring, cost)
	}
	if a := celltest.One[Role](t, r, "AuditsealReadOnly").Trust; !slices.Equal(a.ExternalAccounts, []string{scenario.DemoManagement}) || len(a.OutsideAccounts) > 0 {
		t.Errorf("an account of the audit's own: %+v", a)
	}
	task := celltest.One[Role](t, r, "ecs-task")
	if !slices.Equal(task.Trust.Services, []string{"ec2.amazonaws.com", "ecs-tasks.amazonaws.com"}) || len(task.Trust.OpenServices) > 0 || !slices.Equal(task.InstanceProfiles, []string{"ecs-task"}) || *task.MaxSessionSeconds != 3600 {
		t.Errorf("the task's role: %+v %+v", task, task.Trust)
	}
	entra := celltest.One[SAMLProvider](t, r, "entra")
	if entra.Certificates != 2 || !entra.EarliestExpiry.Equal(*at(2026, 10, 20, 0)) || !entra.LatestExpiry.Equal(*at(2028, 5, 1, 0)) || *entra.AssertionEncryption != "Allowed" || len(entra.Roles) > 0 || entra.Roles == nil {
		t.Errorf("SAML: %+v", entra)
	}
	c := celltest.One[ServerCertificate](t, r, "old-load-balancer")
	differ(t, &ServerCertificate{Meta: evidence.Meta{ID: "arn:aws:iam::444455556666:server-certificate/old-load-balancer"}, Name: "old-load-balancer", Path: "/", Uploaded: at(2023, 5, 2, 0), Expiration: at(2026, 6, 2, 0)}, c)
	if len(celltest.Of[ServerCertificate](r)) != 2 {
		t.Error("want two server certificates")
	}
	// Two pages: a group on one, its users on the other.
	if g := celltest.One[Group](t, r, "payments-operators"); g.Users != 3 {
		t.Errorf("%d users", g.Users)
	}
}

func TestWhoMayDoEverything(t *testing.T) {
	r := demo(t, scenario.DemoData)
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	root := celltest.One[Root](t, r, "")
	if root.MFAEnabled || !root.AccessKeysPresent || *root.LastUsedBy != "access_key_1" || !root.LastUsed.Equal(*at(2026, 9, 9, 3)) {
		t.Errorf("root: %+v", root)
	}
	notebooks := celltest.One[Policy](t, r, "/notebooks")
	differ(t, &Policy{Meta: evidence.Meta{ID: "arn:aws:iam::777788889999:policy/notebooks"}, Name: "notebooks", ManagedBy: "CUSTOMER", Path: "/", PolicyID: notebooks.PolicyID, Attachments: ptr(1), BoundaryUses: ptr(0),
		Created: made, Updated: made, DefaultVersion: ptr("v2"), Statements: ptr(1), AllowsEverything: ptr(true), AllowsAllBut: ptr(false), FullServices: []string{}}, notebooks)
	// The version in force counts, and not one that is kept.
	if p := celltest.One[Policy](t, r, "/lake-access"); len(p.FullServices) > 0 || *p.AllowsEverything {
		t.Errorf("an older version counts: %+v", p)
	}
	if p := celltest.One[Policy](t, r, "/all-but-iam"); *p.AllowsEverything || !*p.AllowsAllBut || !slices.Equal(p.FullServices, []string{"athena", "glue"}) || *p.BoundaryUses != 1 {
		t.Errorf("NotAction: %+v", p)
	}
	u := celltest.One[User](t, r, "scientist").Permissions
	if !u.Administrator || !slices.Equal(u.AdministratorBy, []string{"group:data-scientists"}) {
		t.Errorf("by a group: %+v", u)
	}
	open, partners, spark := celltest.One[Role](t, r, "open-data").Trust, celltest.One[Role](t, r, "partners").Trust, celltest.One[Role](t, r, "spark").Trust
	if !open.Public || !slices.Equal(open.Principals, []string{"*"}) || partners.Public || len(spark.OIDCProviders) != 1 || len(spark.UnlimitedOIDC) > 0 {
		t.Errorf("trust: %+v %+v %+v", open, partners, spark)
	}
}

// What an administrator is hangs on policies that may stand on a page that could not be read.
func TestAHalfListLeavesOpenWhatItCouldDecide(t *testing.T) {
	r := demo(t, scenario.DemoData, &scenario.Fault{Service: "iam", Operation: "GetAccountAuthorizationDetails", Continued: true, Kind: scenario.Denied})
	if len(r.GapsOf("GetAccountAuthorizationDetails")) != 1 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	u, g := celltest.One[User](t, r, "scientist"), celltest.One[Group](t, r, "data-scientists")
	if celltest.Unknown(u, "permissions.administrator") != "AccessDenied" || celltest.Unknown(g, "permissions.administrator") != "AccessDenied" || celltest.Unknown(g, "users") != "AccessDenied" || celltest.Unknown(u, "groups") != "" {
		t.Errorf("%+v %+v", u, g)
	}
	a := celltest.One[Account](t, r, "")
	if celltest.Unknown(a, "users_read") == "" || celltest.Unknown(a, "support_access") == "" || celltest.Unknown(a, "users") != "" {
		t.Errorf("%+v", a)
	}
	if sso := celltest.One[Role](t, r, "AWSReservedSSO"); !sso.Permissions.Administrator || celltest.Unknown(sso, "permissions.administrator") != "" {
		t.Errorf("what is known is known: %+v", sso.Permissions)
	}
	if o := celltest.One[OIDCProvider](t, r, ""); celltest.Unknown(o, "roles") == "" || celltest.Unknown(o, "unlimited_roles") == "" || celltest.Unknown(o, "url") != "" {
		t.Errorf("%+v", o)
	}
}

func TestRedactingIdentityTakesNothingOut(t *testing.T) {
	s := scenario.Start(scenario.Config{Organization: scenario.Demo()})
	defer s.Close()
	o := celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(scenario.DemoPayments), Account: scenario.DemoPayments}
	o.Redact.Identity = true
	r := celltest.Run(t, Collector{}, o)
	if u := celltest.One[User](t, r, "ops.one"); u.Name != "ops.one" || celltest.One[Credential](t, r, "ops.one").User != "ops.one" || len(r.Gaps) > 0 {
		t.Errorf("%+v, gaps %v", u, r.Gaps)
	}
}
