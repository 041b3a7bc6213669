package moto

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	identitytypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	idptypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/auditseal/auditseal/collectors/cognito"
)

// providerSecret is what another identity provider knows the pool by.
const providerSecret = "provider-secret-0123456789"

// seedCognito makes a pool with everything and one with nothing in the caller's eu-west-1, and an identity pool for either.
func seedCognito(t *testing.T, s *server) {
	t.Helper()
	cfg, ctx := s.as(t, caller, "eu-west-1"), t.Context()
	c := idp.NewFromConfig(cfg)
	full, err := c.CreateUserPool(ctx, &idp.CreateUserPoolInput{PoolName: aws.String("customers"), MfaConfiguration: idptypes.UserPoolMfaTypeOn, DeletionProtection: idptypes.DeletionProtectionTypeActive, UserPoolTier: idptypes.UserPoolTierTypePlus,
		Policies: &idptypes.UserPoolPolicyType{PasswordPolicy: &idptypes.PasswordPolicyType{MinimumLength: aws.Int32(12), RequireUppercase: true, RequireNumbers: true, TemporaryPasswordValidityDays: 1, PasswordHistorySize: aws.Int32(5)},
			SignInPolicy: &idptypes.SignInPolicyType{AllowedFirstAuthFactors: []idptypes.AuthFactorType{idptypes.AuthFactorTypePassword, idptypes.AuthFactorTypeWebAuthn}}},
		AdminCreateUserConfig: &idptypes.AdminCreateUserConfigType{AllowAdminCreateUserOnly: true}, AutoVerifiedAttributes: []idptypes.VerifiedAttributeType{idptypes.VerifiedAttributeTypeEmail},
		AliasAttributes:             []idptypes.AliasAttributeType{idptypes.AliasAttributeTypeEmail},
		UserAttributeUpdateSettings: &idptypes.UserAttributeUpdateSettingsType{AttributesRequireVerificationBeforeUpdate: []idptypes.VerifiedAttributeType{idptypes.VerifiedAttributeTypeEmail}},
		UserPoolAddOns:              &idptypes.UserPoolAddOnsType{AdvancedSecurityMode: idptypes.AdvancedSecurityModeTypeEnforced}, UsernameConfiguration: &idptypes.UsernameConfigurationType{CaseSensitive: aws.Bool(false)},
		DeviceConfiguration: &idptypes.DeviceConfigurationType{ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true},
		AccountRecoverySetting: &idptypes.AccountRecoverySettingType{RecoveryMechanisms: []idptypes.RecoveryOptionType{{Name: idptypes.RecoveryOptionNameTypeVerifiedPhoneNumber, Priority: aws.Int32(2)},
			{Name: idptypes.RecoveryOptionNameTypeVerifiedEmail, Priority: aws.Int32(1)}}},
		EmailConfiguration: &idptypes.EmailConfigurationType{EmailSendingAccount: idptypes.EmailSendingAccountTypeDeveloper, SourceArn: aws.String("arn:aws:ses:eu-west-1:" + caller + ":identity/example.com")},
		LambdaConfig:       &idptypes.LambdaConfigType{PreSignUp: aws.String("arn:aws:lambda:eu-west-1:" + caller + ":function:vet")},
		UserPoolTags:       map[string]string{"owner": "=1+1"}})
	must(t, err)
	pool := full.UserPool.Id
	_, err = c.SetUserPoolMfaConfig(ctx, &idp.SetUserPoolMfaConfigInput{UserPoolId: pool, MfaConfiguration: idptypes.UserPoolMfaTypeOn, SoftwareTokenMfaConfiguration: &idptypes.SoftwareTokenMfaConfigType{Enabled: true},
		SmsMfaConfiguration: &idptypes.SmsMfaConfigType{SmsAuthenticationMessage: aws.String("{####}"), SmsConfiguration: &idptypes.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::" + caller + ":role/sms")}}})
	must(t, err)
	_, err = c.CreateUserPoolDomain(ctx, &idp.CreateUserPoolDomainInput{UserPoolId: pool, Domain: aws.String("example-corp-customers")})
	must(t, err)
	for _, name := range []string{"Partner", "Google"} {
		in := &idp.CreateIdentityProviderInput{UserPoolId: pool, ProviderName: &name, ProviderType: idptypes.IdentityProviderTypeTypeOidc, IdpIdentifiers: []string{name + ".example"}, AttributeMapping: map[string]string{"email": "mail"},
			ProviderDetails: map[string]string{"client_id": "corp", "client_secret": providerSecret, "authorize_scopes": "openid", "oidc_issuer": "https://idp.example.com", "attributes_request_method": "GET"}}
		if name == "Google" {
			in.ProviderType, in.ProviderDetails = idptypes.IdentityProviderTypeTypeGoogle, map[string]string{"client_id": "corp", "client_secret": providerSecret, "authorize_scopes": "email"}
		}
		_, err = c.CreateIdentityProvider(ctx, in)
		must(t, err)
	}
	_, err = c.CreateUserPoolClient(ctx, &idp.CreateUserPoolClientInput{UserPoolId: pool, ClientName: aws.String("shop"), GenerateSecret: true, ExplicitAuthFlows: []idptypes.ExplicitAuthFlowsType{"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
		AllowedOAuthFlowsUserPoolClient: true, AllowedOAuthFlows: []idptypes.OAuthFlowType{idptypes.OAuthFlowTypeCode}, AllowedOAuthScopes: []string{"openid"}, SupportedIdentityProviders: []string{"COGNITO", "Partner"},
		CallbackURLs: []string{"https://shop.example.com/in", "http://shop.example.com/in", "http://localhost:3000/in", "shop:/in"}, LogoutURLs: []string{"https://shop.example.com/out"},
		PreventUserExistenceErrors: idptypes.PreventUserExistenceErrorTypesEnabled, EnableTokenRevocation: aws.Bool(true), AccessTokenValidity: aws.Int32(15), IdTokenValidity: aws.Int32(1), RefreshTokenValidity: 7,
		TokenValidityUnits: &idptypes.TokenValidityUnitsType{AccessToken: idptypes.TimeUnitsTypeMinutes, RefreshToken: idptypes.TimeUnitsTypeDays}})
	must(t, err)
	_, err = c.CreateUserPoolClient(ctx, &idp.CreateUserPoolClientInput{UserPoolId: pool, ClientName: aws.String("plain")})
	must(t, err)
	_, err = c.CreateUserPool(ctx, &idp.CreateUserPoolInput{PoolName: aws.String("bare")})
	must(t, err)

	ids := cognitoidentity.NewFromConfig(cfg)
	_, err = ids.CreateIdentityPool(ctx, &cognitoidentity.CreateIdentityPoolInput{IdentityPoolName: aws.String("shoppers"), AllowUnauthenticatedIdentities: true, DeveloperProviderName: aws.String("login.example"),
		CognitoIdentityProviders:  []identitytypes.CognitoIdentityProvider{{ProviderName: aws.String("cognito-idp.eu-west-1.amazonaws.com/" + *pool), ClientId: aws.String("c1"), ServerSideTokenCheck: aws.Bool(true)}},
		SupportedLoginProviders:   map[string]string{"accounts.google.com": "app"},
		SamlProviderARNs:          []string{"arn:aws:iam::" + caller + ":saml-provider/okta"},
		OpenIdConnectProviderARNs: []string{"arn:aws:iam::" + caller + ":oidc-provider/token.actions.githubusercontent.com"}})
	must(t, err)
}

func checkCognito(t *testing.T, s *server, pack string) {
	cfg, ctx := s.as(t, caller, "eu-west-1"), t.Context()
	c := idp.NewFromConfig(cfg)
	var pools []*cognito.UserPool
	var clients []*cognito.Client
	var domains []*cognito.Domain
	var providers []*cognito.Provider
	list, err := c.ListUserPools(ctx, &idp.ListUserPoolsInput{MaxResults: aws.Int32(60)})
	must(t, err)
	for _, l := range list.UserPools {
		d, err := c.DescribeUserPool(ctx, &idp.DescribeUserPoolInput{UserPoolId: l.Id})
		must(t, err)
		pool := poolOf(t, c, d.UserPool)
		pools = append(pools, pool)
		if pool.Domain != nil {
			x, err := c.DescribeUserPoolDomain(ctx, &idp.DescribeUserPoolDomainInput{Domain: pool.Domain})
			must(t, err)
			domain := &cognito.Domain{Meta: meta(caller, "eu-west-1", pool.ID+"/domain/"+*pool.Domain), Pool: pool.ID, Domain: *pool.Domain, Status: string(x.DomainDescription.Status), Distribution: x.DomainDescription.CloudFrontDistribution, Version: x.DomainDescription.Version}
			if v := x.DomainDescription.ManagedLoginVersion; v != nil {
				domain.LoginVersion = ptr(int(*v))
			}
			domains = append(domains, domain)
		}
		in, err := c.ListUserPoolClients(ctx, &idp.ListUserPoolClientsInput{UserPoolId: l.Id})
		must(t, err)
		for _, x := range in.UserPoolClients {
			clients = append(clients, clientOf(t, c, pool, x.ClientId))
		}
		others, err := c.ListIdentityProviders(ctx, &idp.ListIdentityProvidersInput{UserPoolId: l.Id})
		must(t, err)
		for _, x := range others.Providers {
			d, err := c.DescribeIdentityProvider(ctx, &idp.DescribeIdentityProviderInput{UserPoolId: l.Id, ProviderName: x.ProviderName})
			must(t, err)
			p := &cognito.Provider{Meta: meta(caller, "eu-west-1", pool.ID+"/provider/"+*x.ProviderName), Pool: pool.ID, Name: *x.ProviderName, Type: string(x.ProviderType), Created: utc(x.CreationDate), Modified: utc(x.LastModifiedDate),
				Details: []string{}, Attributes: d.IdentityProvider.AttributeMapping, Identifiers: d.IdentityProvider.IdpIdentifiers}
			for name := range d.IdentityProvider.ProviderDetails {
				p.Details = append(p.Details, name)
			}
			slices.Sort(p.Details)
			providers = append(providers, p)
		}
	}
	agree(t, pools, records[cognito.UserPool](t, pack, "cognito.user_pool"))
	agree(t, clients, records[cognito.Client](t, pack, "cognito.user_pool_client"))
	agree(t, domains, records[cognito.Domain](t, pack, "cognito.user_pool_domain"))
	agree(t, providers, records[cognito.Provider](t, pack, "cognito.identity_provider"))

	ids := cognitoidentity.NewFromConfig(cfg)
	all, err := ids.ListIdentityPools(ctx, &cognitoidentity.ListIdentityPoolsInput{MaxResults: aws.Int32(60)})
	must(t, err)
	var identities []*cognito.IdentityPool
	for _, l := range all.IdentityPools {
		d, err := ids.DescribeIdentityPool(ctx, &cognitoidentity.DescribeIdentityPoolInput{IdentityPoolId: l.IdentityPoolId})
		must(t, err)
		id := "arn:aws:cognito-identity:eu-west-1:" + caller + ":identitypool/" + *l.IdentityPoolId
		p := &cognito.IdentityPool{Meta: meta(caller, "eu-west-1", id), PoolID: *l.IdentityPoolId, Name: *l.IdentityPoolName, Unauthenticated: d.AllowUnauthenticatedIdentities, ClassicFlow: aws.ToBool(d.AllowClassicFlow), UserPools: []string{},
			SAMLProviders: d.SamlProviderARNs, OIDCProviders: d.OpenIdConnectProviderARNs, LoginProviders: []string{}, DeveloperProvider: d.DeveloperProviderName, Tags: map[string]string{}}
		for _, x := range d.CognitoIdentityProviders {
			p.UserPools, p.ServerSideCheck = append(p.UserPools, *x.ProviderName+" "+*x.ClientId), x.ServerSideTokenCheck
		}
		for name := range d.SupportedLoginProviders {
			p.LoginProviders = append(p.LoginProviders, name)
		}
		// moto has no roles, and does not say whether the classic flow is allowed.
		p.Meta = meta(caller, "eu-west-1", id, "allow_classic_flow", "authenticated_role", "unauthenticated_role", "role_mappings", "mapped_roles")
		identities = append(identities, p)
	}
	agree(t, identities, records[cognito.IdentityPool](t, pack, "cognito.identity_pool"))
}

func poolOf(t *testing.T, c *idp.Client, u *idptypes.UserPoolType) *cognito.UserPool {
	t.Helper()
	words := func(n int, at func(int) string) []string {
		out := []string{}
		for i := range n {
			out = append(out, at(i))
		}
		return out
	}
	// moto knows of no logs and risks, and leaves out what nobody set, where AWS answers false and INACTIVE.
	unread := []string{"logs", "logs_auth_events", "risk"}
	switch *u.Name {
	case "customers":
		unread = append(unread, "password_policy.lowercase", "password_policy.symbols")
	case "bare":
		unread = append(unread, "deletion_protection")
	}
	p := &cognito.UserPool{Meta: meta(caller, "eu-west-1", *u.Arn, unread...), PoolID: *u.Id, Name: *u.Name, Created: utc(u.CreationDate), Modified: utc(u.LastModifiedDate), Tier: text(u.UserPoolTier), MFA: string(u.MfaConfiguration),
		ThreatProtection: "OFF", DeletionProtection: string(u.DeletionProtection), FirstFactors: []string{}, VerifiedUpdates: []string{}, Recovery: []string{}, Triggers: map[string]string{}, ReplicaRegions: []string{}, Users: ptr(int(u.EstimatedNumberOfUsers)),
		Tags: map[string]string{}, Domain: u.Domain, CustomDomain: u.CustomDomain,
		AutoVerified:       words(len(u.AutoVerifiedAttributes), func(i int) string { return string(u.AutoVerifiedAttributes[i]) }),
		UsernameAttributes: words(len(u.UsernameAttributes), func(i int) string { return string(u.UsernameAttributes[i]) }),
		Aliases:            words(len(u.AliasAttributes), func(i int) string { return string(u.AliasAttributes[i]) })}
	for k, v := range u.UserPoolTags {
		p.Tags[k] = v
	}
	if a := u.AdminCreateUserConfig; a != nil {
		p.AdminCreateUserOnly = a.AllowAdminCreateUserOnly
	}
	if x := u.Policies.PasswordPolicy; x != nil {
		p.Passwords = &cognito.PasswordPolicy{MinimumLength: int(*x.MinimumLength), Uppercase: x.RequireUppercase, Lowercase: x.RequireLowercase, Numbers: x.RequireNumbers, Symbols: x.RequireSymbols, TemporaryDays: int(x.TemporaryPasswordValidityDays)}
		if x.PasswordHistorySize != nil {
			p.Passwords.History = ptr(int(*x.PasswordHistorySize))
		}
	}
	if x := u.Policies.SignInPolicy; x != nil {
		p.FirstFactors = words(len(x.AllowedFirstAuthFactors), func(i int) string { return string(x.AllowedFirstAuthFactors[i]) })
	}
	if u.UserPoolAddOns != nil {
		p.ThreatProtection = string(u.UserPoolAddOns.AdvancedSecurityMode)
	}
	if s := u.UserAttributeUpdateSettings; s != nil {
		p.VerifiedUpdates = words(len(s.AttributesRequireVerificationBeforeUpdate), func(i int) string { return string(s.AttributesRequireVerificationBeforeUpdate[i]) })
	}
	if u.UsernameConfiguration != nil {
		p.CaseSensitive = u.UsernameConfiguration.CaseSensitive
	}
	if d := u.DeviceConfiguration; d != nil {
		p.Devices = &cognito.Devices{ChallengeNewOnly: &d.ChallengeRequiredOnNewDevice, OnPromptOnly: &d.DeviceOnlyRememberedOnUserPrompt}
	}
	if u.AccountRecoverySetting != nil {
		for _, m := range by(u.AccountRecoverySetting.RecoveryMechanisms, func(m idptypes.RecoveryOptionType) string { return string(rune('0' + *m.Priority)) }) {
			p.Recovery = append(p.Recovery, string(m.Name))
		}
	}
	if e := u.EmailConfiguration; e != nil {
		p.EmailSender, p.EmailIdentity = text(e.EmailSendingAccount), e.SourceArn
	}
	if u.SmsConfiguration != nil {
		p.SMSRole = u.SmsConfiguration.SnsCallerArn
	}
	if u.LambdaConfig != nil && u.LambdaConfig.PreSignUp != nil {
		p.Triggers["PreSignUp"] = *u.LambdaConfig.PreSignUp
	}
	factors, err := c.GetUserPoolMfaConfig(t.Context(), &idp.GetUserPoolMfaConfigInput{UserPoolId: u.Id})
	must(t, err)
	p.Factors = &cognito.Factors{SoftwareToken: factors.SoftwareTokenMfaConfiguration != nil && factors.SoftwareTokenMfaConfiguration.Enabled, SMS: factors.SmsMfaConfiguration != nil, Email: factors.EmailMfaConfiguration != nil}
	return p
}

func clientOf(t *testing.T, c *idp.Client, pool *cognito.UserPool, id *string) *cognito.Client {
	t.Helper()
	d, err := c.DescribeUserPoolClient(t.Context(), &idp.DescribeUserPoolClientInput{UserPoolId: &pool.PoolID, ClientId: id})
	must(t, err)
	u := d.UserPoolClient
	x := &cognito.Client{Meta: meta(caller, "eu-west-1", pool.ID+"/client/"+*id, "risk"), Pool: pool.ID, ClientID: *id, Name: *u.ClientName, Created: utc(u.CreationDate), Modified: utc(u.LastModifiedDate), HasSecret: u.ClientSecret != nil, AuthFlows: []string{},
		OAuth: *u.AllowedOAuthFlowsUserPoolClient, OAuthFlows: []string{}, OAuthScopes: append([]string{}, u.AllowedOAuthScopes...), IdentityProviders: append([]string{}, u.SupportedIdentityProviders...), CallbackURLs: append([]string{}, u.CallbackURLs...),
		LogoutURLs: append([]string{}, u.LogoutURLs...), InsecureURLs: []string{}, UserExistenceErrors: string(u.PreventUserExistenceErrors), TokenRevocation: *u.EnableTokenRevocation, AccessSeconds: 3600, IDSeconds: 3600, RefreshSeconds: int(u.RefreshTokenValidity) * 86400}
	switch *u.ClientName {
	case "shop":
		x.InsecureURLs = []string{"http://shop.example.com/in"}
	case "plain": // moto leaves PreventUserExistenceErrors out where nobody set it, and knows of no threat protection
		x.Meta = meta(caller, "eu-west-1", x.ID, "prevent_user_existence_errors", "risk")
	}
	for _, f := range u.ExplicitAuthFlows {
		x.AuthFlows = append(x.AuthFlows, string(f))
	}
	for _, f := range u.AllowedOAuthFlows {
		x.OAuthFlows = append(x.OAuthFlows, string(f))
	}
	if u.AccessTokenValidity != nil {
		x.AccessSeconds = int(*u.AccessTokenValidity) * 60 // in minutes, as seeded
	}
	if u.AuthSessionValidity != nil {
		x.SessionMinutes = ptr(int(*u.AuthSessionValidity))
	}
	return x
}

// checkSecrets asks that nothing that gives access to anything is in the pack.
func checkSecrets(t *testing.T, s *server, pack string) {
	ctx, c := t.Context(), idp.NewFromConfig(s.as(t, caller, "eu-west-1"))
	secrets := map[string]string{"a provider's secret": providerSecret, "the value of an origin's header": headerSecret}
	pools, err := c.ListUserPools(ctx, &idp.ListUserPoolsInput{MaxResults: aws.Int32(60)})
	must(t, err)
	for _, p := range pools.UserPools {
		clients, err := c.ListUserPoolClients(ctx, &idp.ListUserPoolClientsInput{UserPoolId: p.Id})
		must(t, err)
		for _, l := range clients.UserPoolClients {
			d, err := c.DescribeUserPoolClient(ctx, &idp.DescribeUserPoolClientInput{UserPoolId: p.Id, ClientId: l.ClientId})
			must(t, err)
			if d.UserPoolClient.ClientSecret != nil {
				secrets["the secret of the client "+*l.ClientId] = *d.UserPoolClient.ClientSecret
			}
		}
	}
	for what, seed := range seedsOf(t, s) {
		secrets[what] = seed
	}
	if len(secrets) < 3 {
		t.Errorf("moto has these secrets only: %q", secrets)
	}
	everyFile(t, pack, func(file string, content []byte) {
		for what, secret := range secrets {
			if strings.Contains(string(content), secret) {
				t.Errorf("%s holds %s", file, what)
			}
		}
	})
}
