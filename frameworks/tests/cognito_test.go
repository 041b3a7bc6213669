package tests_test

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/cognito"
)

// userPool is a pool with nothing amiss, changed by the functions.
func userPool(change ...func(*cognito.UserPool)) *cognito.UserPool {
	p := &cognito.UserPool{MFA: "ON", Factors: &cognito.Factors{SoftwareToken: true}, FirstFactors: []string{}, ThreatProtection: "ENFORCED", CustomAuthMode: ptr("ENFORCED"),
		Passwords: &cognito.PasswordPolicy{MinimumLength: 8, Uppercase: true, Lowercase: true, Numbers: true, Symbols: true, TemporaryDays: 7},
		Risk:      &cognito.Risk{CompromisedCredentials: ptr("BLOCK")}, DeletionProtection: "ACTIVE", AdminCreateUserOnly: true, AutoVerified: []string{"email"},
		Triggers: map[string]string{"DefineAuthChallenge": "arn"}, Logs: []string{}, LogsAuthEvents: true}
	for _, c := range change {
		c(p)
	}
	return p
}

func appClient(change ...func(*cognito.Client)) *cognito.Client {
	c := &cognito.Client{AuthFlows: []string{"ALLOW_USER_SRP_AUTH"}, OAuth: true, OAuthFlows: []string{"code"}, InsecureURLs: []string{}, UserExistenceErrors: "ENABLED", TokenRevocation: true}
	for _, f := range change {
		f(c)
	}
	return c
}

func identityPool(change ...func(*cognito.IdentityPool)) *cognito.IdentityPool {
	p := &cognito.IdentityPool{UserPools: []string{"a b"}, ServerSideCheck: ptr(true)}
	for _, f := range change {
		f(p)
	}
	return p
}

func TestCognitoResults(t *testing.T) {
	mfa := func(s string) func(*cognito.UserPool) { return func(p *cognito.UserPool) { p.MFA = s } }
	factors := func(f cognito.Factors) func(*cognito.UserPool) {
		return func(p *cognito.UserPool) { p.Factors = &f }
	}
	passkeys := cognito.Factors{PasskeyFactor: ptr("MULTI_FACTOR_WITH_USER_VERIFICATION"), PasskeyVerifies: ptr("required")}
	allows := func(first ...string) func(*cognito.UserPool) {
		return func(p *cognito.UserPool) { p.FirstFactors = first }
	}
	mode := func(s string) func(*cognito.UserPool) { return func(p *cognito.UserPool) { p.ThreatProtection = s } }
	passwords := func(change func(*cognito.PasswordPolicy)) *cognito.UserPool {
		return userPool(func(p *cognito.UserPool) { change(p.Passwords) })
	}
	compromised := func(s *string) func(*cognito.UserPool) {
		return func(p *cognito.UserPool) { p.Risk.CompromisedCredentials = s }
	}
	events := func(s ...string) func(*cognito.UserPool) {
		return func(p *cognito.UserPool) { p.Risk.CompromisedEvents = s }
	}
	own := func(s *string) func(*cognito.Client) {
		return func(c *cognito.Client) { c.Risk = &cognito.Risk{CompromisedCredentials: s} }
	}
	open := func(verified ...string) *cognito.UserPool {
		return userPool(func(p *cognito.UserPool) { p.AdminCreateUserOnly, p.AutoVerified = false, verified })
	}
	flows := func(s ...string) *cognito.Client { return appClient(func(c *cognito.Client) { c.AuthFlows = s }) }
	grants := func(oauth bool, s ...string) *cognito.Client {
		return appClient(func(c *cognito.Client) { c.OAuth, c.OAuthFlows = oauth, s })
	}
	off := func(p *cognito.UserPool) { p.ThreatProtection, p.Risk, p.LogsAuthEvents = "OFF", nil, false }
	try(t, []trial{
		{"cognito-mfa-required",
			records{userPool()},
			records{userPool(mfa("OPTIONAL")), userPool(mfa("OFF")), userPool(mfa("")), userPool(mfa("ON_ISH"))},
			records{unread(userPool(), "mfa")}},
		{"cognito-mfa-strong-factor",
			records{userPool(), userPool(mfa("OFF"), factors(cognito.Factors{})), userPool(factors(passkeys), allows("PASSWORD", "WEB_AUTHN"))},
			records{userPool(factors(cognito.Factors{SMS: true, Email: true})), userPool(mfa("OPTIONAL"), factors(cognito.Factors{})), userPool(mfa("SOMEHOW"), factors(cognito.Factors{})),
				userPool(factors(cognito.Factors{PasskeyFactor: ptr("SINGLE_FACTOR"), PasskeyVerifies: ptr("required")}), allows("PASSWORD", "WEB_AUTHN")),
				userPool(factors(passkeys)), userPool(factors(passkeys), allows("PASSWORD", "EMAIL_OTP"))},
			records{unread(userPool(), "factors"), unread(userPool(factors(passkeys), allows("PASSWORD")), "first_factors"), unread(userPool(mfa("OFF"), factors(cognito.Factors{})), "mfa"), unread(userPool(factors(cognito.Factors{})), "factors.software_token")}},
		{"cognito-password-policy",
			records{userPool(), passwords(func(p *cognito.PasswordPolicy) { p.MinimumLength, p.TemporaryDays = 99, 1 })},
			records{passwords(func(p *cognito.PasswordPolicy) { p.MinimumLength = 7 }), passwords(func(p *cognito.PasswordPolicy) { p.Uppercase = false }),
				passwords(func(p *cognito.PasswordPolicy) { p.Lowercase = false }), passwords(func(p *cognito.PasswordPolicy) { p.Numbers = false }),
				passwords(func(p *cognito.PasswordPolicy) { p.Symbols = false }), passwords(func(p *cognito.PasswordPolicy) { p.TemporaryDays = 8 }),
				passwords(func(p *cognito.PasswordPolicy) { p.TemporaryDays = 0 })},
			records{unread(userPool(), "password_policy"), unread(userPool(), "password_policy.symbols"), unread(userPool(), "password_policy.minimum_length"),
				unread(userPool(), "password_policy.temporary_days"), userPool(func(p *cognito.UserPool) { p.Passwords = nil })}},
		{"cognito-threat-protection",
			records{userPool()},
			records{userPool(mode("AUDIT")), userPool(mode("OFF")), userPool(mode("ENFORCED_ISH"))},
			records{unread(userPool(), "threat_protection")}},
		{"cognito-custom-auth-threat-protection",
			records{userPool(), userPool(func(p *cognito.UserPool) { p.CustomAuthMode, p.Triggers = nil, map[string]string{"PreSignUp": "arn"} })},
			records{userPool(func(p *cognito.UserPool) { p.CustomAuthMode = nil }), userPool(func(p *cognito.UserPool) { p.CustomAuthMode = ptr("AUDIT") })},
			records{unread(userPool(), "custom_auth_threat_protection"), unread(userPool(func(p *cognito.UserPool) { p.CustomAuthMode = nil }), "triggers")}},
		{"cognito-compromised-credentials-blocked",
			records{userPool(), userPool(off), userPool(events("SIGN_IN", "SIGN_UP", "PASSWORD_CHANGE"))},
			records{userPool(compromised(ptr("NO_ACTION"))), userPool(compromised(nil)), userPool(mode("AUDIT")), userPool(mode("SOMEHOW")), userPool(events("SIGN_IN")), userPool(events("SIGN_IN", "SIGN_UP")),
				userPool(events("PASSWORD_CHANGE", "SIGN_UP")), userPool(events("PASSWORD_CHANGE", "SIGN_IN"))},
			records{unread(userPool(func(p *cognito.UserPool) { p.Risk = nil }), "risk"), unread(userPool(off), "threat_protection", "risk"), userPool(func(p *cognito.UserPool) { p.Risk = nil })}},
		{"cognito-client-compromised-credentials-blocked",
			records{appClient(own(ptr("BLOCK"))), appClient()},
			records{appClient(own(ptr("NO_ACTION"))), appClient(own(nil)), appClient(own(ptr("BLOCK")), func(c *cognito.Client) { c.Risk.CompromisedEvents = []string{"SIGN_IN", "SIGN_UP"} })},
			records{unread(appClient(), "risk"), unread(appClient(own(nil)), "risk.compromised_credentials")}},
		{"cognito-user-activity-logged",
			records{userPool(), userPool(off)},
			records{userPool(func(p *cognito.UserPool) { p.LogsAuthEvents = false }), userPool(mode("AUDIT"), func(p *cognito.UserPool) { p.LogsAuthEvents = false })},
			records{unread(userPool(), "logs", "logs_auth_events"), unread(userPool(off), "threat_protection")}},
		{"cognito-deletion-protection",
			records{userPool()},
			records{userPool(func(p *cognito.UserPool) { p.DeletionProtection = "INACTIVE" }), userPool(func(p *cognito.UserPool) { p.DeletionProtection = "ACTIVE_ISH" })},
			records{unread(userPool(), "deletion_protection")}},
		{"cognito-self-registration-verified",
			records{open("email"), open("phone_number"), userPool(func(p *cognito.UserPool) { p.AutoVerified = []string{} })},
			records{open(), open("nothing")},
			records{unread(userPool(func(p *cognito.UserPool) { p.AutoVerified = []string{} }), "admin_create_user_only"), unread(open("email"), "auto_verified")}},
		{"cognito-client-no-implicit-grant",
			records{grants(true, "code"), grants(true, "client_credentials"), grants(false, "implicit")},
			records{grants(true, "code", "implicit")},
			records{unread(grants(true), "oauth_flows"), unread(grants(false, "implicit"), "oauth")}},
		{"cognito-client-no-password-flow",
			records{flows("ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"), flows(), flows("ALLOW_ADMIN_USER_PASSWORD_AUTH")},
			records{flows("ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH"), flows("USER_PASSWORD_AUTH")},
			records{unread(flows(), "auth_flows")}},
		{"cognito-client-hides-user-existence",
			records{appClient()},
			records{appClient(func(c *cognito.Client) { c.UserExistenceErrors = "LEGACY" }), appClient(func(c *cognito.Client) { c.UserExistenceErrors = "" })},
			records{unread(appClient(), "prevent_user_existence_errors")}},
		{"cognito-client-token-revocation",
			records{appClient()},
			records{appClient(func(c *cognito.Client) { c.TokenRevocation = false })},
			records{unread(appClient(), "token_revocation")}},
		{"cognito-client-callback-tls",
			records{appClient(), appClient(func(c *cognito.Client) { c.OAuth, c.InsecureURLs = false, []string{"http://a"} })},
			records{appClient(func(c *cognito.Client) { c.InsecureURLs = []string{"http://a"} })},
			records{unread(appClient(), "insecure_callback_urls"), unread(appClient(func(c *cognito.Client) { c.OAuth, c.InsecureURLs = false, []string{"http://a"} }), "oauth")}},
		{"cognito-identity-pool-no-guests",
			records{identityPool()},
			records{identityPool(func(p *cognito.IdentityPool) { p.Unauthenticated = true })},
			records{unread(identityPool(), "allow_unauthenticated")}},
		{"cognito-identity-pool-no-classic-flow",
			records{identityPool()},
			records{identityPool(func(p *cognito.IdentityPool) { p.ClassicFlow = true })},
			records{unread(identityPool(), "allow_classic_flow")}},
		{"cognito-identity-pool-token-check",
			records{identityPool(), identityPool(func(p *cognito.IdentityPool) { p.UserPools, p.ServerSideCheck = []string{}, nil })},
			records{identityPool(func(p *cognito.IdentityPool) { p.ServerSideCheck = ptr(false) })},
			records{unread(identityPool(), "server_side_token_check"), unread(identityPool(func(p *cognito.IdentityPool) { p.UserPools = []string{} }), "user_pools"), identityPool(func(p *cognito.IdentityPool) { p.ServerSideCheck = nil })}},
	})
}
