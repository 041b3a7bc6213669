package cognito

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// usual are the answers of an account with one of everything. Those that belong to one client, or come on a second page, have a word of
// the request behind the operation.
var usual = map[string]string{
	"ListUserPools": `{"UserPools":[{"Id":"eu-west-1_A","Name":"a"}]}`,
	"DescribeUserPool": `{"UserPool":{"Id":"eu-west-1_A","Name":"a","Policies":{"PasswordPolicy":{"MinimumLength":8,"RequireUppercase":true,"RequireLowercase":true,"RequireNumbers":true,"RequireSymbols":true,"TemporaryPasswordValidityDays":7}},` +
		`"DeletionProtection":"ACTIVE","MfaConfiguration":"ON","AdminCreateUserConfig":{"AllowAdminCreateUserOnly":true},"UserPoolAddOns":{"AdvancedSecurityMode":"ENFORCED"},"EstimatedNumberOfUsers":0,"Domain":"a"}}`,
	"GetUserPoolMfaConfig":             `{"MfaConfiguration":"ON","SoftwareTokenMfaConfiguration":{"Enabled":true}}`,
	"DescribeRiskConfiguration":        `{"RiskConfiguration":{"UserPoolId":"eu-west-1_A","CompromisedCredentialsRiskConfiguration":{"Actions":{"EventAction":"BLOCK"}}}}`,
	"DescribeRiskConfiguration client": `{"RiskConfiguration":{"UserPoolId":"eu-west-1_A","CompromisedCredentialsRiskConfiguration":{"Actions":{"EventAction":"BLOCK"}}}}`,
	"GetLogDeliveryConfiguration":      `{"LogDeliveryConfiguration":{"UserPoolId":"eu-west-1_A","LogConfigurations":[]}}`,
	"ListUserPoolClients":              `{"UserPoolClients":[{"ClientId":"c1","ClientName":"c","UserPoolId":"eu-west-1_A"}]}`,
	"DescribeUserPoolClient": `{"UserPoolClient":{"ClientId":"c1","ExplicitAuthFlows":["ALLOW_USER_SRP_AUTH"],"AllowedOAuthFlows":["code"],"AllowedOAuthFlowsUserPoolClient":true,"CallbackURLs":["https://a.example.com"],` +
		`"PreventUserExistenceErrors":"ENABLED","EnableTokenRevocation":true,"RefreshTokenValidity":30}}`,
	"DescribeUserPoolDomain":   `{"DomainDescription":{"Domain":"a","Status":"ACTIVE"}}`,
	"ListIdentityProviders":    `{"Providers":[{"ProviderName":"p","ProviderType":"OIDC"}]}`,
	"DescribeIdentityProvider": `{"IdentityProvider":{"ProviderName":"p","ProviderType":"OIDC","ProviderDetails":{"client_secret":"s"}}}`,
	"ListIdentityPools":        `{"IdentityPools":[{"IdentityPoolId":"eu-west-1:1","IdentityPoolName":"i"}]}`,
	"DescribeIdentityPool": `{"IdentityPoolId":"eu-west-1:1","IdentityPoolName":"i","AllowUnauthenticatedIdentities":false,"AllowClassicFlow":false,` +
		`"CognitoIdentityProviders":[{"ProviderName":"x","ClientId":"c1","ServerSideTokenCheck":true}]}`,
	"GetIdentityPoolRoles": `{"IdentityPoolId":"eu-west-1:1","Roles":{"authenticated":"arn:aws:iam::1:role/r"}}`,
}

// answers collects with the usual answers, of which some are others.
func answers(t *testing.T, o celltest.Options, odd map[string]celltest.Answer) *celltest.Result {
	t.Helper()
	o.URL = celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		key := q.Operation
		if q.Operation == "DescribeRiskConfiguration" && strings.Contains(q.Body, "ClientId") {
			key += " client"
		}
		if strings.Contains(q.Body, "NextToken") {
			key += " next"
		}
		if a, ok := odd[key]; ok {
			return a
		}
		return celltest.Answer{Body: usual[key]}
	})
	return celltest.Run(t, Collector{}, o)
}

func body(s string) celltest.Answer { return celltest.Answer{Body: s} }

func fail(code string) celltest.Answer { return celltest.Fail(400, code, "no") }

// changed is a usual answer with one text in it replaced.
func changed(t *testing.T, key, old, new string) map[string]celltest.Answer {
	t.Helper()
	if strings.Count(usual[key], old) != 1 {
		t.Fatalf("%s has %q %d times", key, old, strings.Count(usual[key], old))
	}
	return map[string]celltest.Answer{key: body(strings.Replace(usual[key], old, new, 1))}
}

// unknown gives what is unknown in any record, as kind:field.
func unknown(r *celltest.Result) []string {
	out := []string{}
	for _, x := range r.Records {
		for _, u := range x.Header().Unknown {
			out = append(out, strings.TrimPrefix(x.Kind(), "cognito.")+":"+u.Field)
		}
	}
	slices.Sort(out)
	return out
}

func TestTheUsualAnswersLeaveNoGap(t *testing.T) {
	r := answers(t, celltest.Options{}, nil)
	if len(r.Gaps) > 0 || len(r.Records) != 5 || len(unknown(r)) > 0 {
		t.Errorf("%d records, gaps %v", len(r.Records), r.Gaps)
	}
	if c := celltest.One[Client](t, r, "/client/c1"); c.AccessSeconds != 3600 || c.IDSeconds != 3600 || c.RefreshSeconds != 30*86400 || c.HasSecret || c.Risk != nil {
		t.Errorf("%+v", c)
	}
}

// Each answer that lacks what decides, or tells it in a way that nobody documented, leaves exactly those fields unknown.
func TestWhatAnAnswerLacksIsUnknown(t *testing.T) {
	for _, c := range []struct {
		key, old, new string
		want          string // kind:field, separated by blanks
	}{
		{"ListUserPools", `,"Name":"a"`, ``, "user_pool:name"},
		{"DescribeUserPool", `"MfaConfiguration":"ON",`, ``, "user_pool:mfa"},
		{"DescribeUserPool", `"MfaConfiguration":"ON"`, `"MfaConfiguration":"OPTIONAL"`, "user_pool:mfa"}, // GetUserPoolMfaConfig says ON
		{"DescribeUserPool", `"DeletionProtection":"ACTIVE",`, ``, "user_pool:deletion_protection"},
		{"DescribeUserPool", `"AllowAdminCreateUserOnly":true`, ``, "user_pool:admin_create_user_only"},
		{"DescribeUserPool", `"AllowAdminCreateUserOnly":true`, `"AllowAdminCreateUserOnly":null`, "user_pool:admin_create_user_only"},
		{"DescribeUserPool", `"AdminCreateUserConfig":{"AllowAdminCreateUserOnly":true},`, ``, "user_pool:admin_create_user_only"},
		{"DescribeUserPool", `"AdvancedSecurityMode":"ENFORCED"`, ``, "user_pool:threat_protection"},
		{"DescribeUserPool", `"MinimumLength":8,`, ``, "user_pool:password_policy.minimum_length"},
		{"DescribeUserPool", `"RequireUppercase":true,`, ``, "user_pool:password_policy.uppercase"},
		{"DescribeUserPool", `"RequireLowercase":true,`, ``, "user_pool:password_policy.lowercase"},
		{"DescribeUserPool", `"RequireNumbers":true,`, ``, "user_pool:password_policy.numbers"},
		{"DescribeUserPool", `"RequireSymbols":true,`, ``, "user_pool:password_policy.symbols"},
		{"DescribeUserPool", `,"TemporaryPasswordValidityDays":7`, ``, "user_pool:password_policy.temporary_days"},
		{"DescribeUserPool", `"PasswordPolicy"`, `"OtherPolicy"`, "user_pool:password_policy"},
		{"DescribeUserPool", `"Policies"`, `"NoPolicies"`, "user_pool:password_policy"},
		{"DescribeUserPool", `"Policies":{`, `"Policies":{"SignInPolicy":{"AllowedFirstAuthFactors":["PASSWORD","SOMEHOW"]},`, "user_pool:first_factors"},
		{"GetUserPoolMfaConfig", `"MfaConfiguration":"ON",`, ``, "user_pool:factors"},
		{"GetUserPoolMfaConfig", `"Enabled":true`, ``, "user_pool:factors.software_token"},
		{"GetLogDeliveryConfiguration", `,"LogConfigurations":[]`, ``, "user_pool:logs user_pool:logs_auth_events"},
		{"GetLogDeliveryConfiguration", `[]`, `[{"EventSource":"userAuthEvents","LogLevel":"INFO"}]`, "user_pool:logs user_pool:logs_auth_events"},
		{"GetLogDeliveryConfiguration", `[]`, `[{"LogLevel":"INFO","S3Configuration":{"BucketArn":"arn:aws:s3:::b"}}]`, "user_pool:logs user_pool:logs_auth_events"},
		{"GetLogDeliveryConfiguration", `[]`, `[{"EventSource":"userAuthEvents","S3Configuration":{}}]`, "user_pool:logs user_pool:logs_auth_events"},
		{"ListUserPoolClients", `"ClientName":"c",`, ``, "user_pool_client:name"},
		{"DescribeUserPoolClient", `"AllowedOAuthFlowsUserPoolClient":true,`, ``, "user_pool_client:oauth"},
		{"DescribeUserPoolClient", `"PreventUserExistenceErrors":"ENABLED",`, ``, "user_pool_client:prevent_user_existence_errors"},
		{"DescribeUserPoolClient", `"EnableTokenRevocation":true,`, ``, "user_pool_client:token_revocation"},
		{"DescribeUserPoolClient", `"ALLOW_USER_SRP_AUTH"`, `"ALLOW_SOMETHING_NEW"`, "user_pool_client:auth_flows"},
		{"DescribeUserPoolClient", `"code"`, `"code","Implicit"`, "user_pool_client:oauth_flows"},
		{"DescribeUserPoolClient", `"RefreshTokenValidity":30`, `"RefreshTokenValidity":30,"TokenValidityUnits":{"RefreshToken":"fortnights"}`, "user_pool_client:refresh_token_seconds"},
		{"DescribeUserPoolClient", `"RefreshTokenValidity":30`, `"AccessTokenValidity":-1`, "user_pool_client:access_token_seconds"},
		{"DescribeUserPoolDomain", `,"Status":"ACTIVE"`, ``, "user_pool_domain:status"},
		{"ListIdentityProviders", `,"ProviderType":"OIDC"`, ``, "identity_provider:type"},
		{"DescribeIdentityProvider", `,"ProviderDetails":{"client_secret":"s"}`, ``, "identity_provider:details"},
		{"ListIdentityPools", `,"IdentityPoolName":"i"`, ``, "identity_pool:name"},
		{"DescribeIdentityPool", `"AllowUnauthenticatedIdentities":false,`, ``, "identity_pool:allow_unauthenticated"},
		{"DescribeIdentityPool", `"AllowUnauthenticatedIdentities":false`, `"AllowUnauthenticatedIdentities":null`, "identity_pool:allow_unauthenticated"},
		{"DescribeIdentityPool", `"AllowClassicFlow":false,`, ``, "identity_pool:allow_classic_flow"},
		{"DescribeIdentityPool", `,"ServerSideTokenCheck":true`, ``, "identity_pool:server_side_token_check"},
	} {
		r := answers(t, celltest.Options{}, changed(t, c.key, c.old, c.new))
		if got := strings.Join(unknown(r), " "); got != c.want || len(r.Gaps) != 1 || len(r.Records) != 5 {
			t.Errorf("%s without %s: unknown %s, want %s; %d records, gaps %v", c.key, c.old, got, c.want, len(r.Records), r.Gaps)
		}
	}
}

// An answer about something else than was asked for tells nothing.
func TestAnAnswerAboutSomethingElse(t *testing.T) {
	for _, c := range []struct {
		key, old, new string
		kind          string
		fields        []string
	}{
		{"DescribeUserPoolClient", `"ClientId":"c1"`, `"ClientId":"c2"`, "user_pool_client", clientFields},
		{"DescribeUserPoolClient", `"ClientId":"c1",`, ``, "user_pool_client", clientFields},
		{"DescribeUserPoolDomain", `"Domain":"a","Status":"ACTIVE"`, ``, "user_pool_domain", []string{"status", "certificate", "cloudfront", "managed_login_version", "version"}},
		{"DescribeIdentityProvider", `"ProviderName":"p"`, `"ProviderName":"q"`, "identity_provider", []string{"details", "attributes", "identifiers"}},
		{"DescribeIdentityPool", `"eu-west-1:1"`, `"eu-west-1:2"`, "identity_pool", identityPoolFields},
		{"GetIdentityPoolRoles", `"eu-west-1:1"`, `"eu-west-1:2"`, "identity_pool", []string{"authenticated_role", "unauthenticated_role", "role_mappings", "mapped_roles"}},
	} {
		want := []string{}
		for _, f := range c.fields {
			want = append(want, c.kind+":"+f)
		}
		slices.Sort(want)
		r := answers(t, celltest.Options{}, changed(t, c.key, c.old, c.new))
		if d := cmp.Diff(want, unknown(r)); d != "" || len(r.Gaps) != 1 {
			t.Errorf("%s: %s gaps %v", c.key, d, r.Gaps)
		}
	}
	// About the pool itself: its domains are not known either.
	r := answers(t, celltest.Options{}, changed(t, "DescribeUserPool", `"Id":"eu-west-1_A"`, `"Id":"eu-west-1_B"`))
	p := celltest.One[UserPool](t, r, "userpool/eu-west-1_A")
	if celltest.Unknown(p, "mfa") != "MissingMember" || celltest.Unknown(p, "risk") != "MissingMember" || p.Factors == nil || len(celltest.Of[Domain](r)) != 0 ||
		!slices.ContainsFunc(r.Gaps, func(g evidence.Gap) bool { return slices.Contains(g.Kinds, domainKind) }) {
		t.Errorf("%+v; gaps %v", p, r.Gaps)
	}
}

// Threat protection that is off is an answer; answers that contradict each other are none.
func TestThreatProtection(t *testing.T) {
	off := fail(notProtected)
	described := func(mode string) celltest.Answer {
		return body(strings.Replace(usual["DescribeUserPool"], `"UserPoolAddOns":{"AdvancedSecurityMode":"ENFORCED"},`, mode, 1))
	}
	nothing := body(`{"RiskConfiguration":{"UserPoolId":"eu-west-1_A"}}`)
	none, explicit := described(""), described(`"UserPoolAddOns":{"AdvancedSecurityMode":"OFF"},`)
	custom := described(`"UserPoolAddOns":{"AdvancedSecurityMode":"OFF","AdvancedSecurityAdditionalFlows":{"CustomAuthMode":"AUDIT"}},`)
	for name, c := range map[string]struct {
		odd     map[string]celltest.Answer
		mode    string
		risk    bool
		unknown string
		gaps    int
	}{
		"never had it":                  {map[string]celltest.Answer{"DescribeUserPool": none, "DescribeRiskConfiguration": off}, "OFF", false, "", 0},
		"off":                           {map[string]celltest.Answer{"DescribeUserPool": explicit, "DescribeRiskConfiguration": off}, "OFF", false, "", 0},
		"off, and nothing is set":       {map[string]celltest.Answer{"DescribeUserPool": explicit, "DescribeRiskConfiguration": nothing}, "OFF", false, "", 0},
		"for custom sign-in alone":      {map[string]celltest.Answer{"DescribeUserPool": custom, "DescribeRiskConfiguration": nothing}, "OFF", true, "", 0},
		"enforced, and nothing set":     {map[string]celltest.Answer{"DescribeRiskConfiguration": nothing}, "ENFORCED", true, "", 0},
		"off, and yet it blocks":        {map[string]celltest.Answer{"DescribeUserPool": none}, "OFF", false, "user_pool:custom_auth_threat_protection user_pool:risk user_pool:threat_protection", 1},
		"enforced, and yet off":         {map[string]celltest.Answer{"DescribeRiskConfiguration": off}, "ENFORCED", false, "user_pool:custom_auth_threat_protection user_pool:risk user_pool:threat_protection", 1},
		"what it does is denied":        {map[string]celltest.Answer{"DescribeRiskConfiguration": fail("AccessDeniedException")}, "ENFORCED", false, "user_pool:risk", 1},
		"of a client is denied":         {map[string]celltest.Answer{"DescribeRiskConfiguration client": fail("AccessDeniedException")}, "ENFORCED", true, "user_pool_client:risk", 1},
		"enforced, off for a client":    {map[string]celltest.Answer{"DescribeRiskConfiguration client": off}, "ENFORCED", true, "user_pool_client:risk", 1},
		"off, its risks are denied":     {map[string]celltest.Answer{"DescribeUserPool": none, "DescribeRiskConfiguration": fail("AccessDeniedException")}, "OFF", false, "user_pool:risk", 1},
		"of a client, of another one":   {map[string]celltest.Answer{"DescribeRiskConfiguration client": body(`{"RiskConfiguration":{"ClientId":"c1","CompromisedCredentialsRiskConfiguration":{"Actions":{"EventAction":"NO_ACTION"}}}}`)}, "ENFORCED", true, "", 0},
		"of a client, of its addresses": {map[string]celltest.Answer{"DescribeRiskConfiguration client": body(`{"RiskConfiguration":{"ClientId":"c1","RiskExceptionConfiguration":{"SkippedIPRangeList":["192.0.2.0/24"]}}}`)}, "ENFORCED", true, "", 0},
		"that a client has none of":     {map[string]celltest.Answer{"DescribeRiskConfiguration client": body(`{"RiskConfiguration":{"UserPoolId":"eu-west-1_A","ClientId":"c1"}}`)}, "ENFORCED", true, "", 0},
	} {
		r := answers(t, celltest.Options{}, c.odd)
		p := celltest.One[UserPool](t, r, "eu-west-1_A")
		if len(celltest.Of[UserPool](r)) != 1 || p.ThreatProtection != c.mode || (p.Risk != nil) != c.risk || strings.Join(unknown(r), " ") != c.unknown || len(r.Gaps) != c.gaps {
			t.Errorf("%s: %s, risk %v, unknown %v, gaps %v", name, p.ThreatProtection, p.Risk, unknown(r), r.Gaps)
		}
		if own := celltest.One[Client](t, r, "/client/c1").Risk; (own != nil) != strings.HasPrefix(name, "of a client, of") {
			t.Errorf("%s: the client has %v", name, own)
		}
	}
}

// An undescribed pool without threat protection: its clients need no settings of their own.
func TestAnUndescribedPool(t *testing.T) {
	r := answers(t, celltest.Options{}, map[string]celltest.Answer{"DescribeUserPool": fail("AccessDeniedException"), "DescribeRiskConfiguration": fail("AccessDeniedException"),
		"DescribeRiskConfiguration client": fail(notProtected)})
	p := celltest.One[UserPool](t, r, "eu-west-1_A")
	for _, f := range described {
		if celltest.Unknown(p, f) != "AccessDeniedException" {
			t.Errorf("%s is known", f)
		}
	}
	if c := celltest.One[Client](t, r, "c1"); c.Risk != nil || len(c.Unknown) > 0 {
		t.Errorf("%+v", c)
	}
	if g := r.GapsOf("DescribeUserPool"); len(g) != 2 || len(r.Gaps) != 3 {
		t.Errorf("gaps %v", r.Gaps)
	}
}

func TestWhatIsGoneIsLeftOut(t *testing.T) {
	for key, left := range map[string]int{"DescribeUserPool": 1, "DescribeUserPoolClient": 4, "DescribeIdentityProvider": 4, "DescribeIdentityPool": 4} {
		r := answers(t, celltest.Options{}, map[string]celltest.Answer{key: fail(gone)})
		if len(r.Gaps) > 0 || len(r.Records) != left {
			t.Errorf("%s: %d records, gaps %v", key, len(r.Records), r.Gaps)
		}
	}
	// What belongs to it is another matter: it was listed and described.
	for _, key := range []string{"GetUserPoolMfaConfig", "GetLogDeliveryConfiguration", "DescribeRiskConfiguration", "DescribeUserPoolDomain", "GetIdentityPoolRoles", "ListUserPoolClients", "ListIdentityProviders"} {
		if r := answers(t, celltest.Options{}, map[string]celltest.Answer{key: fail(gone)}); len(r.Gaps) == 0 {
			t.Errorf("%s: no gap", key)
		}
	}
}

// Every list: denied, without an entry's name, on the second page.
func TestLists(t *testing.T) {
	ofPools := []string{poolKind, clientKind, domainKind, providerKind}
	slices.Sort(ofPools)
	for _, c := range []struct {
		key, list, entry string
		kinds            []string
	}{
		{"ListUserPools", "UserPools", `{"Id":"eu-west-1_A","Name":"a"}`, ofPools},
		{"ListUserPoolClients", "UserPoolClients", `{"ClientId":"c1","ClientName":"c"}`, []string{clientKind}},
		{"ListIdentityProviders", "Providers", `{"ProviderName":"p","ProviderType":"OIDC"}`, []string{providerKind}},
		{"ListIdentityPools", "IdentityPools", `{"IdentityPoolId":"eu-west-1:1","IdentityPoolName":"i"}`, []string{identityPoolKind}},
	} {
		first := body(fmt.Sprintf(`{%q:[%s],"NextToken":"n"}`, c.list, c.entry))
		for code, odd := range map[string]map[string]celltest.Answer{
			"AccessDeniedException":  {c.key: fail("AccessDeniedException")},
			"MissingMember":          {c.key: body(`{}`)},
			"MissingMember ":         {c.key: body(fmt.Sprintf(`{%q:[%s,{}]}`, c.list, c.entry))},
			"SaidTwice":              {c.key: first, c.key + " next": body(fmt.Sprintf(`{%q:[%s]}`, c.list, c.entry))},
			"RepeatedRequest":        {c.key: first, c.key + " next": first},
			"InternalErrorException": {c.key: first, c.key + " next": fail("InternalErrorException")},
			"MissingMember  ":        {c.key: first, c.key + " next": body(`{}`)},
		} {
			r := answers(t, celltest.Options{}, odd)
			if !slices.ContainsFunc(r.Gaps, func(g evidence.Gap) bool { return g.Code == strings.TrimSpace(code) && slices.Equal(g.Kinds, c.kinds) }) {
				t.Errorf("%s %s: gaps %v", c.key, code, r.Gaps)
			}
			want := 5
			if len(odd) == 1 && code != "MissingMember " {
				want = 5 - len(c.kinds)
			}
			if len(r.Records) != want {
				t.Errorf("%s %s: %d records, want %d", c.key, code, len(r.Records), want)
			}
		}
		// And nothing at all is an answer.
		r := answers(t, celltest.Options{}, map[string]celltest.Answer{c.key: body(fmt.Sprintf(`{%q:[]}`, c.list))})
		if len(r.Gaps) > 0 || len(r.Records) != 5-len(c.kinds) || r.Outcome(t, c.key) != evidence.Empty {
			t.Errorf("%s empty: %d records, %s, gaps %v", c.key, len(r.Records), r.Outcome(t, c.key), r.Gaps)
		}
	}
}

func TestChinaHasNoUserPools(t *testing.T) {
	r := answers(t, celltest.Options{Partition: "aws-cn", Region: "cn-north-1"}, nil)
	if len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.NotAvailable || len(r.Gaps[0].Kinds) != 4 || len(r.Records) != 1 {
		t.Errorf("%d records, gaps %v", len(r.Records), r.Gaps)
	}
	if p := celltest.One[IdentityPool](t, r, ""); p.ID != "arn:aws-cn:cognito-identity:cn-north-1:111122223333:identitypool/eu-west-1:1" {
		t.Error(p.ID)
	}
}

func TestInsecureURLs(t *testing.T) {
	good := []string{"https://a.example.com/cb", "HTTPS://A.example.com", "http://localhost", "http://localhost:3000/cb", "http://127.0.0.1/cb", "http://[::1]:8080", "myapp://cb", "com.example.app:/cb"}
	bad := []string{"http://a.example.com", "HTTP://a.example.com", "http://localhost.example.com", "http://localhost@a.example.com/", "http://127.0.0.2", "javascript:alert(1)", "data:text/html,x", "a.example.com/cb",
		"//a.example.com", "", "http://a b", "ftp://localhost", "https://[::1", "\x7f:"}
	if got := insecure(good); len(got) > 0 || got == nil {
		t.Errorf("%q", got)
	}
	for _, u := range bad {
		if got := insecure(append([]string{u}, good...)); len(got) != 1 || got[0] != u {
			t.Errorf("%q: %q", u, got)
		}
	}
	if got := insecure([]string{"http://b", "http://a", "http://b"}); !slices.Equal(got, []string{"http://a", "http://b"}) {
		t.Errorf("%q", got)
	}
}

// Many clients of one pool come out in AWS's order, and each is asked once.
func TestManyClients(t *testing.T) {
	const n = 200
	var clients []scenario.M
	for i := range n {
		clients = append(clients, scenario.M{"ClientId": fmt.Sprintf("c%05d", i), "ClientName": fmt.Sprintf("client-%05d", i)})
	}
	o := scenario.Demo()
	o.In(scenario.DemoPayments, "eu-west-1").CognitoPools(scenario.DemoPayments, scenario.CognitoPool{ID: "eu-west-1_Many", Name: "many", Created: made, Pool: scenario.M{}, MFA: scenario.M{"MfaConfiguration": "ON"}, Clients: clients})
	s := scenario.Start(scenario.Config{Organization: o})
	defer s.Close()
	r := celltest.Run(t, Collector{}, celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(scenario.DemoPayments), Account: scenario.DemoPayments})
	all := celltest.Of[Client](r)
	if len(all) != n || s.Count("cognito-idp", "DescribeUserPoolClient") != n || s.Count("cognito-idp", "DescribeUserPool") != 1 {
		t.Fatalf("%d clients, %d asked", len(all), s.Count("cognito-idp", "DescribeUserPoolClient"))
	}
	for i, c := range all {
		if c.ClientID != fmt.Sprintf("c%05d", i) {
			t.Fatalf("client %d is %s", i, c.ClientID)
		}
	}
}

// What an identity pool knows Twitter by is a key and a secret.
func TestLoginProvidersAreNamedAndNoMore(t *testing.T) {
	r := answers(t, celltest.Options{}, changed(t, "DescribeIdentityPool", `"AllowClassicFlow":false,`, `"AllowClassicFlow":false,"SupportedLoginProviders":{"graph.facebook.com":"7346241598935555","api.twitter.com":"k3y;c0nsumerSecret"},`))
	if p := celltest.One[IdentityPool](t, r, "eu-west-1:1"); !slices.Equal(p.LoginProviders, []string{"api.twitter.com", "graph.facebook.com"}) || len(r.Gaps) > 0 {
		t.Errorf("%+v, gaps %v", p, r.Gaps)
	}
	filepath.WalkDir(r.Tape, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), "c0nsumerSecret") {
			t.Errorf("%s holds it", path)
		}
		return err
	})
}

// Whose address mail is sent from stands in the ARN of the sender too.
func TestSendersAreTakenOutWhereAsked(t *testing.T) {
	for _, asked := range []bool{true, false} {
		var o celltest.Options
		o.Redact.Identity = asked
		r := answers(t, o, changed(t, "DescribeUserPool", `"Domain":"a"`, `"Domain":"a","EmailConfiguration":{"EmailSendingAccount":"DEVELOPER","SourceArn":"arn:aws:ses:eu-west-1:111122223333:identity/jane@example.com"}`))
		if p := celltest.One[UserPool](t, r, "eu-west-1_A"); strings.Contains(*p.EmailIdentity, "jane") == asked || *p.EmailSender != "DEVELOPER" || len(r.Gaps) > 0 {
			t.Errorf("asked %v: %s, gaps %v", asked, *p.EmailIdentity, r.Gaps)
		}
	}
}
