package identitycenter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/testdata/scenario"
)

var everyone = []string{scenario.DemoLogArchive, scenario.DemoManagement, scenario.DemoPayments, scenario.DemoData}

// demo collects one account and region of the demo organization.
func demo(t *testing.T, account, region string, redact tape.Redactor, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: faults})
	t.Cleanup(s.Close)
	return celltest.Run(t, Collector{}, celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: region, Redact: redact,
		Scope: evidence.Scope{Accounts: everyone, AsOf: scenario.Now}})
}

func home(t *testing.T, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	return demo(t, scenario.DemoManagement, "us-east-1", tape.Redactor{}, faults...)
}

// same compares records without what tells when and from which exchanges they were read.
func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.IgnoreTypes(evidence.Meta{})); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func ptr[T any](v T) *T { return &v }

func TestDemoIsReadInFull(t *testing.T) {
	r := home(t)
	if len(r.Gaps) != 0 {
		t.Fatalf("gaps: %+v", r.Gaps)
	}
	same(t, "presence", []*Presence{{Instances: 1, Active: 1, Owned: 1}}, celltest.Of[Presence](r))
	made := time.Date(2023, 2, 20, 11, 0, 0, 0, time.UTC)
	const instance = "arn:aws:sso:::instance/ssoins-7223a9d1c0e4f58b"
	same(t, "instance", []*Instance{{ARN: instance, Name: ptr("example-corp"), OwnerAccount: scenario.DemoManagement, Home: true, Status: "ACTIVE", Created: &made,
		IdentityStoreID: "d-9067f3c2a1", PrimaryRegion: ptr("us-east-1"), Regions: []InstanceRegion{}, PermissionSetsEnabled: ptr(true),
		Encryption: &Encryption{KeyType: "AWS_OWNED_KMS_KEY", Status: ptr("ENABLED")},
		ABAC:       &ABAC{Status: "ENABLED", Attributes: map[string][]string{"CostCenter": {"${path:enterprise.costCenter}"}, "Department": {"${path:enterprise.department}"}}},
		Network:    &Network{VPCEndpointRequired: ptr(false), AllowSourceIPs: []string{"203.0.113.0/24"}, RestrictSourceVPCs: []string{}, SCIMAllowSourceIPs: []string{}},
	}}, celltest.Of[Instance](r))

	same(t, "AdministratorAccess", &PermissionSet{Instance: instance, Name: "AdministratorAccess", Description: ptr("Full access"), Created: &made, SessionDuration: ptr("PT12H"),
		SessionMinutes: 720, ManagedPolicies: []string{"arn:aws:iam::aws:policy/AdministratorAccess"}, CustomerManagedPolicies: []string{}, Administrator: true,
		AccountsProvisioned: 4, OutdatedAccounts: []string{}, Tags: map[string]string{}}, celltest.One[PermissionSet](t, r, "ps-7223a1b2c3d4e5f6"))
	operator := celltest.One[PermissionSet](t, r, "ps-7223c3d4e5f60718")
	if !operator.HasInline || operator.InlineAllowsAll || operator.InlinePolicySHA256 != evidence.Sum([]byte(operator.InlinePolicy)).String() {
		t.Errorf("the inline policy of PaymentsOperator: %+v", operator)
	}
	same(t, "boundary by name", &Boundary{CustomerManagedPolicy: ptr("/boundaries/payments-boundary")}, operator.Boundary)
	data := celltest.One[PermissionSet](t, r, "ps-7223d4e5f6071829")
	same(t, "customer managed policies", []string{"/data/lake-access", "/glue-jobs"}, data.CustomerManagedPolicies)
	same(t, "outdated", []string{scenario.DemoLogArchive}, data.OutdatedAccounts)
	if data.AccountsProvisioned != 2 || data.AccountsOutdated != 1 {
		t.Errorf("DataEngineer: provisioned in %d, outdated in %d", data.AccountsProvisioned, data.AccountsOutdated)
	}
	glass := celltest.One[PermissionSet](t, r, "ps-7223e5f60718293a")
	same(t, "a boundary that bounds nothing", &Boundary{ManagedPolicy: ptr("arn:aws:iam::aws:policy/AdministratorAccess"), Administrator: true}, glass.Boundary)
	same(t, "tags", map[string]string{"owner": "security"}, celltest.One[PermissionSet](t, r, "ps-7223b2c3d4e5f607").Tags)

	// 4 administrators, 4 auditors, 1 operator, 2 data engineers, 1 user of break glass; one request for each pair and none for others.
	if n := len(celltest.Of[Assignment](r)); n != 12 {
		t.Errorf("%d assignments, want 12", n)
	}
	for _, c := range r.Cells {
		if c.Operation == "ListAccountAssignments" && c.Exchanges != 12 {
			t.Errorf("%d requests for assignments, want one for each of the 12 accounts in which a set is provisioned", c.Exchanges)
		}
	}
	a := celltest.One[Assignment](t, r, "ps-7223e5f60718293a")
	if a.PrincipalType != "USER" || !a.PrincipalExists || a.PrincipalStatus != nil || *a.PrincipalName != "Break.Glass@example.com" || *a.PermissionSetName != "BreakGlass" || a.TargetAccount != scenario.DemoPayments {
		t.Errorf("the break-glass assignment: %+v", a)
	}
	// The list of sets, the set, the assignment and the user: each told a part of it.
	if len(a.Evidence) != 3 {
		t.Errorf("the assignment names %d exchanges, want those of the assignment, the set and the user", len(a.Evidence))
	}

	if n := len(celltest.Of[User](r)); n != 14 {
		t.Errorf("%d users, want 14", n)
	}
	var names []string
	for _, g := range celltest.Of[Group](r) {
		names = append(names, *g.DisplayName)
		if *g.DisplayName == "aws-payments-operators" && g.Members != 3 || *g.DisplayName == "aws-empty" && g.Members != 0 {
			t.Errorf("group %s has %d members", *g.DisplayName, g.Members)
		}
	}
	same(t, "groups in AWS's order", []string{"aws-platform-admins", "aws-payments-operators", "aws-data-engineers", "aws-auditors", "aws-empty"}, names)
	disabled := 0
	for _, m := range celltest.Of[Membership](r) {
		if m.UserStatus != nil && *m.UserStatus == "DISABLED" {
			disabled++
			if !strings.HasPrefix(*m.UserName, "Former.") || *m.GroupName != "aws-payments-operators" || !m.UserExists {
				t.Errorf("the disabled member: %+v", m)
			}
		}
	}
	if disabled != 1 {
		t.Errorf("%d memberships of disabled users, want 1", disabled)
	}
	apps := map[string]bool{}
	for _, a := range celltest.Of[Application](r) {
		apps[*a.Name+" "+a.Status] = *a.AssignmentRequired
		if *a.Name == "Grafana" && a.Assignments != 2 || a.AccountAccessManager {
			t.Errorf("application %+v", a)
		}
	}
	same(t, "applications", map[string]bool{"Grafana ENABLED": true, "Internal-Wiki ENABLED": false, "Old-Ticketing DISABLED": true}, apps)
	same(t, "issuer", []*TrustedTokenIssuer{{Instance: instance, Name: ptr("example-entra"), Type: "OIDC_JWT", IssuerURL: ptr("https://login.example.com/tenant/v2.0"),
		ClaimPath: ptr("email"), AttributePath: ptr("emails.value"), JWKSRetrieval: ptr("OPEN_ID_DISCOVERY")}}, celltest.Of[TrustedTokenIssuer](r))
}

func TestNoInstanceIsARowAndNoGap(t *testing.T) {
	r := demo(t, scenario.DemoPayments, "eu-west-1", tape.Redactor{})
	same(t, "presence", []*Presence{{}}, celltest.Of[Presence](r))
	if len(r.Records) != 1 || len(r.Gaps) != 0 {
		t.Errorf("records %v, gaps %v", r.Records, r.Gaps)
	}
	if got := r.Outcome(t, "ListUsers"); got != evidence.NotCalled {
		t.Errorf("ListUsers: %q", got)
	}
}

func TestIdentityIsRedacted(t *testing.T) {
	r := demo(t, scenario.DemoManagement, "us-east-1", tape.Redactor{Identity: true})
	text := ""
	files, _ := filepath.Glob(filepath.Join(r.Tape, "*", "*", "*.jsonl"))
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text += string(b)
	}
	for _, name := range []string{"Break.Glass", "Platform Engineer", "@example.com", "Head of", "Emergency access"} {
		if strings.Contains(text, name) {
			t.Errorf("%q stands on the tape", name)
		}
	}
	u := celltest.Of[User](r)[0]
	if *u.UserName != "REDACTED" || *u.DisplayName != "REDACTED" || len(u.ExternalIssuers) != 1 || !strings.HasPrefix(u.ExternalIssuers[0], "https://") || *u.Status != "ENABLED" {
		t.Errorf("user %+v", u)
	}
	if a := celltest.One[Assignment](t, r, "ps-7223e5f60718293a"); *a.PrincipalName != "REDACTED" || !a.PrincipalExists {
		t.Errorf("assignment %+v", a)
	}
	if len(r.Gaps) != 0 {
		t.Errorf("gaps %v", r.Gaps)
	}
}

func TestRecordsCarryNoMorePersonalDataThanNames(t *testing.T) {
	r := home(t)
	for _, u := range celltest.Of[User](r) {
		for _, f := range evidence.KindOf[User]("").Fields() {
			switch f.Name {
			case "id", "account", "region", "collected", "evidence", "unknown", "identity_store_id", "user_id", "user_name", "display_name", "status", "user_type", "external_issuers", "created", "updated":
			default:
				t.Fatalf("%s: the field %s is new; is it personal data?", u.UserID, f.Name)
			}
		}
	}
}

func TestUsersThatCannotBeReadLeaveNamesUnknownByOneGap(t *testing.T) {
	r := home(t, &scenario.Fault{Service: "identitystore", Operation: "ListUsers", Kind: scenario.Denied})
	if g := r.GapsOf("ListUsers"); len(g) != 1 || len(r.Gaps) != 1 || g[0].Outcome != evidence.Denied || g[0].Kinds[0] != "identitycenter.user" {
		t.Fatalf("gaps %+v", r.Gaps)
	}
	a := celltest.One[Assignment](t, r, "ps-7223e5f60718293a")
	for _, f := range []string{"principal_exists", "principal_name", "principal_status"} {
		if celltest.Unknown(a, f) != "AccessDeniedException" {
			t.Errorf("%s is not unknown", f)
		}
	}
	for _, m := range celltest.Of[Membership](r) {
		if celltest.Unknown(m, "user_status") == "" || celltest.Unknown(m, "group_name") != "" {
			t.Errorf("membership %+v", m)
		}
	}
	if a := celltest.One[Assignment](t, r, "ps-7223a1b2c3d4e5f6/"+scenario.DemoData); celltest.Unknown(a, "principal_name") != "" || *a.PrincipalName != "aws-platform-admins" {
		t.Errorf("an assignment to a group needs no users: %+v", a)
	}
}

func TestAssignmentsThatCannotBeReadAreAGapAndTheOthersStay(t *testing.T) {
	r := home(t, &scenario.Fault{Service: "sso", Operation: "ListAccountAssignments", Body: scenario.DemoData, Kind: scenario.Denied})
	if n := len(celltest.Of[Assignment](r)); n != 9 {
		t.Errorf("%d assignments, want the 9 of the other accounts", n)
	}
	for _, g := range r.Gaps {
		if g.Operation != "ListAccountAssignments" || len(g.Kinds) != 1 || g.Kinds[0] != "identitycenter.assignment" {
			t.Errorf("gap %+v", g)
		}
	}
	if len(r.Gaps) != 3 {
		t.Errorf("%d gaps, want one for each of the three sets in that account", len(r.Gaps))
	}
}

func TestAPermissionSetThatCannotBeDescribedHasNoKnownBoundary(t *testing.T) {
	// ResourceNotFoundException from GetPermissionsBoundary would also be the answer if the set were gone.
	r := home(t, &scenario.Fault{Service: "sso", Operation: "DescribePermissionSet", Kind: scenario.Code, CodeText: "ResourceNotFoundException", Message: "PermissionSet does not exist."})
	p := celltest.One[PermissionSet](t, r, "ps-7223a1b2c3d4e5f6")
	for _, f := range []string{"name", "session_minutes", "boundary"} {
		if celltest.Unknown(p, f) != "ResourceNotFoundException" {
			t.Errorf("%s is not unknown: %+v", f, p.Unknown)
		}
	}
	if a := celltest.One[Assignment](t, r, "ps-7223e5f60718293a"); celltest.Unknown(a, "permission_set_name") == "" {
		t.Errorf("the name of the set is not known, but the assignment has %v", a.PermissionSetName)
	}
}
