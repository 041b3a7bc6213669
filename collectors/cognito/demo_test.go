package cognito

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// demo collects one account and region of the demo organization.
func demo(t *testing.T, account, region string, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: faults})
	t.Cleanup(s.Close)
	return celltest.Run(t, Collector{}, celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: region})
}

func payments(t *testing.T, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	return demo(t, scenario.DemoPayments, "eu-west-1", faults...)
}

const (
	userPools  = "arn:aws:cognito-idp:eu-west-1:444455556666:userpool/"
	customers  = userPools + "eu-west-1_Cu5t0m3rs"
	merchants  = userPools + "eu-west-1_M3rchants"
	operations = userPools + "eu-west-1_Op3rat1ons"
	hackathon  = userPools + "eu-west-1_H4ckath0n"
)

var (
	meta = cmpopts.IgnoreFields(evidence.Meta{}, "Collected", "Evidence")
	made = time.Date(2024, 4, 9, 10, 0, 0, 0, time.UTC)
	next = made.AddDate(0, 1, 0)
)

func ptr[T any](v T) *T { return &v }

func head(id string) evidence.Meta {
	return evidence.Meta{ID: id, Account: "444455556666", Region: "eu-west-1"}
}

// named finds a client or identity pool by its name.
func named[T any](t *testing.T, r *celltest.Result, name string) *T {
	t.Helper()
	for _, x := range celltest.Of[T](r) {
		switch v := any(x).(type) {
		case *Client:
			if v.Name == name {
				return x
			}
		case *IdentityPool:
			if v.Name == name {
				return x
			}
		}
	}
	t.Fatalf("there is no %s", name)
	return nil
}

func TestAUserPoolIsReadWhole(t *testing.T) {
	r := payments(t)
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	lambda := "arn:aws:lambda:eu-west-1:444455556666:function:"
	want := &UserPool{Meta: head(customers), PoolID: "eu-west-1_Cu5t0m3rs", Name: "customers", Created: &made, Modified: &next, Tier: ptr("PLUS"), MFA: "ON",
		Factors: &Factors{SoftwareToken: true, Email: true, PasskeyFactor: ptr("MULTI_FACTOR_WITH_USER_VERIFICATION"), PasskeyVerifies: ptr("required"), RelyingParty: ptr("login.example.com")},
		Devices: &Devices{ptr(true), ptr(true)}, FirstFactors: []string{"PASSWORD", "WEB_AUTHN"},
		Passwords:        &PasswordPolicy{MinimumLength: 14, Uppercase: true, Lowercase: true, Numbers: true, Symbols: true, TemporaryDays: 1, History: ptr(12)},
		ThreatProtection: "ENFORCED", CustomAuthMode: ptr("ENFORCED"),
		Risk: &Risk{CompromisedCredentials: ptr("BLOCK"), CompromisedEvents: []string{"SIGN_IN", "PASSWORD_CHANGE", "SIGN_UP"}, Low: ptr("NO_ACTION"), Medium: ptr("MFA_IF_CONFIGURED"), High: ptr("BLOCK"),
			SkippedRanges: []string{}, BlockedRanges: []string{}},
		DeletionProtection: "ACTIVE", AutoVerified: []string{"email"}, VerifiedUpdates: []string{"email"}, UsernameAttributes: []string{"email"}, Aliases: []string{}, CaseSensitive: ptr(false),
		Recovery: []string{"verified_email"}, EmailSender: ptr("DEVELOPER"), EmailIdentity: ptr("arn:aws:ses:eu-west-1:444455556666:identity/example.com"),
		Triggers: map[string]string{"PreSignUp": lambda + "check-signup", "DefineAuthChallenge": lambda + "step-up", "PreTokenGeneration": lambda + "claims"},
		KeyType:  ptr("CUSTOMER_MANAGED_KEY"), Domain: ptr("example-shop"), CustomDomain: ptr("login.example.com"), Users: ptr(48213), ReplicaRegions: []string{},
		Logs: []string{"userAuthEvents INFO arn:aws:s3:::example-corp-auth-events-444455556666",
			"userNotification ERROR arn:aws:logs:eu-west-1:444455556666:log-group:/aws/vendedlogs/customers"}, LogsAuthEvents: true,
		Tags: map[string]string{"owner": "payments", "note": "=cmd|' /C calc'!A0"}}
	got := celltest.One[UserPool](t, r, customers)
	if !strings.HasPrefix(*got.Key, "arn:aws:kms:eu-west-1:444455556666:key/") {
		t.Errorf("its key is %s", *got.Key)
	}
	if d := cmp.Diff(want, got, meta, cmpopts.IgnoreFields(UserPool{}, "Key")); d != "" {
		t.Error(d)
	}
	if len(got.Evidence) != 5 {
		t.Errorf("read from %d exchanges", len(got.Evidence))
	}
	// AWS lists four pools on two pages; they come out in its order.
	ids := []string{}
	for _, p := range celltest.Of[UserPool](r) {
		ids = append(ids, p.ID)
	}
	if d := cmp.Diff([]string{customers, merchants, operations, hackathon}, ids); d != "" {
		t.Error(d)
	}
}

func TestWhatIsWrongWithAUserPool(t *testing.T) {
	r := payments(t)
	m := celltest.One[UserPool](t, r, merchants)
	if m.MFA != "OPTIONAL" || *m.Factors != (Factors{SMS: true}) || m.ThreatProtection != "AUDIT" || m.CustomAuthMode != nil || m.DeletionProtection != "INACTIVE" ||
		*m.SMSRole != "arn:aws:iam::444455556666:role/service-role/merchants-sms" || len(m.FirstFactors) != 0 || m.FirstFactors == nil || m.Passwords.Uppercase || m.Passwords.Symbols || len(m.Logs) != 0 || m.Logs == nil || m.LogsAuthEvents {
		t.Errorf("merchants: %+v %+v %+v", m, m.Factors, m.Passwords)
	}
	// Nothing is set about risks, which is not the same as threat protection that is off.
	if d := cmp.Diff(&Risk{CompromisedEvents: []string{}, SkippedRanges: []string{}, BlockedRanges: []string{}}, m.Risk); d != "" {
		t.Error(d)
	}
	h := celltest.One[UserPool](t, r, hackathon)
	if h.MFA != "OFF" || *h.Factors != (Factors{}) || h.ThreatProtection != "OFF" || h.Risk != nil || h.AdminCreateUserOnly || len(h.AutoVerified) != 0 || h.Name != "=1+1 hackathon" || h.Tags["name"] != "\u202egpj.exe" ||
		*h.Tier != "LITE" || h.Passwords.MinimumLength != 6 || len(h.Recovery) != 0 || h.Devices != nil || h.Domain != nil {
		t.Errorf("hackathon: %+v", h)
	}
	n := demo(t, scenario.DemoData, "us-east-1")
	if p := celltest.One[UserPool](t, n, "us-east-1_N0teb00ks"); p.ThreatProtection != "OFF" || p.Risk != nil || *p.Users != 64 || len(n.Gaps) > 0 {
		t.Errorf("notebooks: %+v; gaps %v", p, n.Gaps)
	}
	if c := named[Client](t, n, "notebooks"); c.AuthFlows == nil || len(c.AuthFlows) != 0 || len(c.Evidence) != 2 {
		t.Errorf("a client without flows of its own: %+v", c)
	}
}

func TestClients(t *testing.T) {
	r := payments(t)
	web := named[Client](t, r, "shop-web")
	want := &Client{Meta: head(customers + "/client/" + web.ClientID), Pool: customers, ClientID: web.ClientID, Name: "shop-web", Created: &made, Modified: &next, HasSecret: true,
		AuthFlows: []string{"ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"}, OAuth: true, OAuthFlows: []string{"code"}, OAuthScopes: []string{"openid", "email"},
		IdentityProviders: []string{"COGNITO", "ExampleCorpSSO", "Google"}, CallbackURLs: []string{"https://shop-web.example.com/callback"}, LogoutURLs: []string{"https://shop-web.example.com/"},
		InsecureURLs: []string{}, UserExistenceErrors: "ENABLED", TokenRevocation: true, RefreshRotation: ptr("ENABLED"), AccessSeconds: 3600, IDSeconds: 3600, RefreshSeconds: 86400, SessionMinutes: ptr(3)}
	if d := cmp.Diff(want, web, meta); d != "" {
		t.Error(d)
	}
	portal := named[Client](t, r, "legacy-portal")
	if d := cmp.Diff([]string{"http://portal.example.com/cb"}, portal.InsecureURLs); d != "" || portal.HasSecret || portal.UserExistenceErrors != "LEGACY" || portal.TokenRevocation ||
		portal.AuthFlows[0] != "ALLOW_USER_PASSWORD_AUTH" || portal.OAuthFlows[1] != "implicit" || portal.AccessSeconds != 3600 || portal.RefreshSeconds != 3650*86400 || portal.Risk != nil {
		t.Errorf("%s %+v", d, portal)
	}
	app := named[Client](t, r, "shop-app")
	if len(app.InsecureURLs) != 0 || app.HasSecret || *app.Risk.CompromisedCredentials != "NO_ACTION" || app.RefreshRotation != nil {
		t.Errorf("the app: %+v %+v", app, app.Risk)
	}
	if sync := named[Client](t, r, "ledger-sync"); !sync.HasSecret || sync.OAuthFlows[0] != "client_credentials" || sync.CallbackURLs == nil || len(sync.CallbackURLs) != 0 {
		t.Errorf("between machines: %+v", sync)
	}
	if len(celltest.Of[Client](r)) != 6 {
		t.Errorf("%d clients", len(celltest.Of[Client](r)))
	}
}

func TestDomainsAndProviders(t *testing.T) {
	r := payments(t)
	own := celltest.One[Domain](t, r, "/domain/login.example.com")
	want := &Domain{Meta: head(customers + "/domain/login.example.com"), Pool: customers, Domain: "login.example.com", Custom: true, Status: "ACTIVE", Certificate: own.Certificate,
		Distribution: ptr("d2222222222222.cloudfront.net"), LoginVersion: ptr(2), Version: ptr("20240409100101")}
	if d := cmp.Diff(want, own, meta); d != "" || !strings.HasPrefix(*own.Certificate, "arn:aws:acm:us-east-1:444455556666:certificate/") {
		t.Error(d)
	}
	if p := celltest.One[Domain](t, r, "/domain/example-shop"); p.Custom || p.Certificate != nil || p.Status != "ACTIVE" || len(p.Evidence) != 2 {
		t.Errorf("%+v", p)
	}
	saml := celltest.One[Provider](t, r, "/provider/ExampleCorpSSO")
	wantSAML := &Provider{Meta: head(customers + "/provider/ExampleCorpSSO"), Pool: customers, Name: "ExampleCorpSSO", Type: "SAML", Created: &made, Modified: &next,
		Details:    []string{"EncryptedResponses", "IDPSignout", "MetadataURL", "RequestSigningAlgorithm"},
		Attributes: map[string]string{"email": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"}, Identifiers: []string{"example.com"}}
	if d := cmp.Diff(wantSAML, saml, meta); d != "" {
		t.Error(d)
	}
	if n := len(celltest.Of[Provider](r)); n != 4 || len(celltest.Of[Domain](r)) != 2 {
		t.Errorf("%d providers", n)
	}
}

func TestIdentityPools(t *testing.T) {
	r := payments(t)
	up := named[IdentityPool](t, r, "customer uploads")
	client := named[Client](t, r, "shop-web").ClientID
	want := &IdentityPool{Meta: head("arn:aws:cognito-identity:eu-west-1:444455556666:identitypool/" + up.PoolID), PoolID: up.PoolID, Name: "customer uploads",
		UserPools: []string{"cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Cu5t0m3rs " + client}, ServerSideCheck: ptr(true), SAMLProviders: []string{}, OIDCProviders: []string{}, LoginProviders: []string{},
		AuthenticatedRole: ptr("arn:aws:iam::444455556666:role/customer-uploads"),
		RoleMappings:      []string{"accounts.google.com Token AuthenticatedRole", "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Cu5t0m3rs:" + client + " Rules Deny"},
		MappedRoles:       []string{"arn:aws:iam::444455556666:role/auditor-uploads", "arn:aws:iam::444455556666:role/merchant-uploads"}, Tags: map[string]string{"owner": "payments"}}
	if d := cmp.Diff(want, up, meta); d != "" || !strings.HasPrefix(up.PoolID, "eu-west-1:") {
		t.Error(d)
	}
	kiosk := named[IdentityPool](t, r, "kiosk")
	if !kiosk.Unauthenticated || !kiosk.ClassicFlow || *kiosk.ServerSideCheck || *kiosk.UnauthenticatedRole != "arn:aws:iam::444455556666:role/kiosk-guest" || kiosk.LoginProviders[0] != "accounts.google.com" {
		t.Errorf("kiosk: %+v", kiosk)
	}
	partner := named[IdentityPool](t, r, "partner files")
	if partner.ServerSideCheck != nil || partner.UserPools == nil || *partner.DeveloperProvider != "login.example.partner" || len(partner.SAMLProviders) != 1 || len(partner.OIDCProviders) != 1 {
		t.Errorf("partner files: %+v", partner)
	}
	if u := named[IdentityPool](t, r, "unused"); u.AuthenticatedRole != nil || u.RoleMappings == nil || u.MappedRoles == nil {
		t.Errorf("without roles: %+v", u)
	}
}

// No secret of the demo is on the tape or in a record, and the operation that tells secrets can't be asked.
func TestSecretsAreNeverWrittenDown(t *testing.T) {
	o := scenario.Demo()
	s := scenario.Start(scenario.Config{Organization: o})
	defer s.Close()
	r := celltest.Run(t, Collector{}, celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(scenario.DemoPayments), Account: scenario.DemoPayments})
	secrets := []string{"1s3cr3tOfTheShop", "An0therSecretOfTheLedger", "GOCSPX-g00gleSecret", "0idcSecret", "MIGTAgEApplePr1vateKey", "m3tadataKey"}
	if s.Count("cognito-idp", "DescribeUserPoolClient") != 6 || s.Count("cognito-idp", "DescribeIdentityProvider") != 4 {
		t.Fatal("the secrets were not asked for, so nothing is shown")
	}
	var all strings.Builder
	err := filepath.WalkDir(r.Tape, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all.Write(b)
		return err
	})
	if err != nil || !strings.Contains(all.String(), "shop-web") || !strings.Contains(all.String(), "REDACTED") {
		t.Fatalf("the tape in %s can't be searched: %v", r.Tape, err)
	}
	for _, x := range r.Records {
		b, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	for _, secret := range secrets {
		if strings.Contains(all.String(), secret) {
			t.Errorf("%s was written down", secret)
		}
	}
	if !strings.Contains(all.String(), "no-reply@example.com") {
		t.Error("the sender's address is taken out although nobody asked for it")
	}
	for _, op := range (Collector{}).Operations() {
		if op.Name == "ListUserPoolClientSecrets" {
			t.Error("the operation that tells secrets is declared")
		}
	}
}

func TestIdentityIsTakenOutWhereAsked(t *testing.T) {
	s := scenario.Start(scenario.Config{Organization: scenario.Demo()})
	defer s.Close()
	o := celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(scenario.DemoPayments), Account: scenario.DemoPayments}
	o.Redact.Identity = true
	r := celltest.Run(t, Collector{}, o)
	b, err := os.ReadFile(filepath.Join(r.Tape, scenario.DemoPayments, "eu-west-1", "cognito-idp.jsonl"))
	if err != nil || strings.Contains(string(b), "no-reply@example.com") || strings.Contains(string(b), "help@example.com") {
		t.Errorf("%v: addresses are on the tape", err)
	}
}
