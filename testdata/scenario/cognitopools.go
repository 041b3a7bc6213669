package scenario

import (
	"fmt"
	"time"
)

// Cognito gives shorter pages than were asked for; so are these, for lists to have more than one.
var cognitoPages = paging{token: "NextToken", standard: 3, badToken: "InvalidParameterException"}

func cognitoThrottled(*query) *Failure {
	return &Failure{Status: 400, Code: "TooManyRequestsException", Message: "Rate exceeded"}
}

func cognitoPoolsService() service {
	read, resource, client := Rate{15, 15, "UserPoolRead", false}, Rate{20, 20, "UserPoolResourceRead", false}, Rate{15, 15, "UserPoolClientRead", false}
	return service{name: "cognito-idp", protocol: awsJSON, target: "AWSCognitoIdentityProviderService", throttled: cognitoThrottled,
		tokens: map[string]string{"ListUserPools": "NextToken", "ListUserPoolClients": "NextToken", "ListIdentityProviders": "NextToken"},
		rates:  map[string]Rate{"ListUserPools": read, "DescribeUserPool": read, "ListUserPoolClients": client, "DescribeUserPoolClient": client, "*": resource},
		operations: stored(cognitoPages, Answers{"ListUserPools": {List: "UserPools"}, "*": {Fail: noUserPool}},
			"DescribeIdentityProvider", "DescribeRiskConfiguration", "DescribeUserPool", "DescribeUserPoolClient", "DescribeUserPoolDomain",
			"GetLogDeliveryConfiguration", "GetUserPoolMfaConfig", "ListIdentityProviders", "ListUserPoolClients", "ListUserPools"),
	}
}

var noUserPool = &Failure{Status: 400, Code: "ResourceNotFoundException", Message: "User pool does not exist."}

// A CognitoPool is a user pool in the form of the wire, with what belongs to it.
type CognitoPool struct {
	ID, Name string
	Created  time.Time
	// Pool is the answer's UserPool beside its id, name, ARN and times; MFA the answer of GetUserPoolMfaConfig.
	Pool, MFA M
	// Risk is the pool's risk configuration and ClientRisk that of clients by id; a pool without threat protection answers with an error.
	Risk       M
	ClientRisk map[string]M
	Logs       []any
	// Clients and Providers are the descriptions, beside the pool's id and the times.
	Clients, Providers []M
	// Domains are the descriptions by domain.
	Domains map[string]M
}

// CognitoPools declares the user pools of a region.
func (r *Region) CognitoPools(account string, pools ...CognitoPool) {
	list := []any{}
	each := map[string]map[string]Answer{}
	put := func(op, key string, a Answer) {
		if each[op] == nil {
			each[op] = map[string]Answer{}
		}
		each[op][key] = a
	}
	for _, op := range []string{"DescribeIdentityProvider", "DescribeRiskConfiguration", "DescribeUserPool", "DescribeUserPoolClient", "DescribeUserPoolDomain",
		"GetLogDeliveryConfiguration", "GetUserPoolMfaConfig", "ListIdentityProviders", "ListUserPoolClients"} {
		each[op] = map[string]Answer{}
	}
	for _, p := range pools {
		dated := func(m, more M) M {
			out := M{"CreationDate": epoch(p.Created), "LastModifiedDate": epoch(p.Created.AddDate(0, 1, 0))}
			for k, v := range m {
				out[k] = v
			}
			for k, v := range more {
				out[k] = v
			}
			return out
		}
		entry := M{"Id": p.ID, "Name": p.Name}
		if l := p.Pool["LambdaConfig"]; l != nil {
			entry["LambdaConfig"] = l
		}
		list = append(list, dated(entry, nil))
		put("DescribeUserPool", p.ID, Answer{Body: M{"UserPool": dated(p.Pool, M{"Id": p.ID, "Name": p.Name, "Arn": fmt.Sprintf("arn:aws:cognito-idp:%s:%s:userpool/%s", r.Name, account, p.ID)})}})
		put("GetUserPoolMfaConfig", p.ID, Answer{Body: p.MFA})
		put("GetLogDeliveryConfiguration", p.ID, Answer{Body: M{"LogDeliveryConfiguration": M{"UserPoolId": p.ID, "LogConfigurations": append([]any{}, p.Logs...)}}})
		riskOf := func(m, of M) Answer {
			out := dated(m, of)
			delete(out, "CreationDate")
			return Answer{Body: M{"RiskConfiguration": out}}
		}
		risk := Answer{Fail: &Failure{Status: 400, Code: "UserPoolAddOnNotEnabledException", Message: "User pool " + p.ID + " does not have threat protection enabled."}}
		if p.Risk != nil {
			risk = riskOf(p.Risk, M{"UserPoolId": p.ID})
		}
		put("DescribeRiskConfiguration", p.ID+" ", risk)
		clients, providers := Answer{List: "UserPoolClients"}, Answer{List: "Providers"}
		for _, c := range p.Clients {
			id := c["ClientId"].(string)
			clients.Items = append(clients.Items, M{"ClientId": id, "ClientName": c["ClientName"], "UserPoolId": p.ID})
			put("DescribeUserPoolClient", p.ID+" "+id, Answer{Body: M{"UserPoolClient": dated(c, M{"UserPoolId": p.ID})}})
			own := risk
			if m := p.ClientRisk[id]; m != nil {
				own = riskOf(m, M{"UserPoolId": p.ID, "ClientId": id})
			}
			put("DescribeRiskConfiguration", p.ID+" "+id, own)
		}
		for _, x := range p.Providers {
			name := x["ProviderName"].(string)
			providers.Items = append(providers.Items, dated(M{"ProviderName": name, "ProviderType": x["ProviderType"]}, nil))
			put("DescribeIdentityProvider", p.ID+" "+name, Answer{Body: M{"IdentityProvider": dated(x, M{"UserPoolId": p.ID})}})
		}
		put("ListUserPoolClients", p.ID, clients)
		put("ListIdentityProviders", p.ID, providers)
		for name, d := range p.Domains {
			m := M{"UserPoolId": p.ID, "AWSAccountId": account, "Domain": name}
			for k, v := range d {
				m[k] = v
			}
			put("DescribeUserPoolDomain", name, Answer{Body: M{"DomainDescription": m}})
		}
	}
	answers := Answers{"ListUserPools": {List: "UserPools", Items: list}}
	for op, by := range map[string][]string{
		"DescribeUserPool": {"UserPoolId"}, "GetUserPoolMfaConfig": {"UserPoolId"}, "GetLogDeliveryConfiguration": {"UserPoolId"}, "DescribeRiskConfiguration": {"UserPoolId", "ClientId"},
		"ListUserPoolClients": {"UserPoolId"}, "DescribeUserPoolClient": {"UserPoolId", "ClientId"}, "ListIdentityProviders": {"UserPoolId"},
		"DescribeIdentityProvider": {"UserPoolId", "ProviderName"}, "DescribeUserPoolDomain": {"Domain"},
	} {
		answers[op] = Answer{By: by, Each: each[op], Missing: noUserPool}
	}
	r.Store("cognito-idp", answers)
}

// cognitoPool is a sound user pool, with more of it changed or added.
func cognitoPool(more M) M {
	m := M{"Policies": M{"PasswordPolicy": cognitoPasswords(14, true), "SignInPolicy": M{"AllowedFirstAuthFactors": []any{"PASSWORD"}}}, "DeletionProtection": "ACTIVE", "LambdaConfig": M{},
		"SchemaAttributes":       lists(M{"Name": "sub", "AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": false, "Required": true, "StringAttributeConstraints": M{"MinLength": "1", "MaxLength": "2048"}}),
		"AutoVerifiedAttributes": []any{"email"}, "UsernameAttributes": []any{"email"}, "UserAttributeUpdateSettings": M{"AttributesRequireVerificationBeforeUpdate": []any{"email"}},
		"VerificationMessageTemplate": M{"DefaultEmailOption": "CONFIRM_WITH_CODE"}, "MfaConfiguration": "ON", "EstimatedNumberOfUsers": 0,
		"EmailConfiguration":    M{"EmailSendingAccount": "COGNITO_DEFAULT"},
		"AdminCreateUserConfig": M{"AllowAdminCreateUserOnly": true, "UnusedAccountValidityDays": 7}, "UserPoolAddOns": M{"AdvancedSecurityMode": "ENFORCED"},
		"UsernameConfiguration": M{"CaseSensitive": false}, "AccountRecoverySetting": M{"RecoveryMechanisms": lists(M{"Priority": 1, "Name": "verified_email"})},
		"UserPoolTier": "PLUS", "UserPoolTags": M{}}
	for k, v := range more {
		if m[k] = v; v == nil {
			delete(m, k)
		}
	}
	return m
}

func cognitoPasswords(length int, strong bool) M {
	return M{"MinimumLength": length, "RequireUppercase": strong, "RequireLowercase": true, "RequireNumbers": true, "RequireSymbols": strong, "TemporaryPasswordValidityDays": 7}
}

// cognitoRisk blocks what is compromised and asks for a second factor at a high risk.
func cognitoRisk(compromised string) M {
	return M{"CompromisedCredentialsRiskConfiguration": M{"EventFilter": []any{"SIGN_IN", "PASSWORD_CHANGE", "SIGN_UP"}, "Actions": M{"EventAction": compromised}},
		"AccountTakeoverRiskConfiguration": M{"Actions": M{"LowAction": M{"Notify": false, "EventAction": "NO_ACTION"}, "MediumAction": M{"Notify": true, "EventAction": "MFA_IF_CONFIGURED"},
			"HighAction": M{"Notify": true, "EventAction": "BLOCK"}}}}
}

// cognitoClient is a sound app client that uses the authorization code grant.
func cognitoClient(name string, more M) M {
	m := M{"ClientId": base32ID(26, "cognito-client", name), "ClientName": name, "RefreshTokenValidity": 1, "AccessTokenValidity": 60, "IdTokenValidity": 60,
		"TokenValidityUnits": M{"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days"}, "ExplicitAuthFlows": []any{"ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"},
		"SupportedIdentityProviders": []any{"COGNITO"}, "CallbackURLs": []any{"https://" + name + ".example.com/callback"}, "LogoutURLs": []any{"https://" + name + ".example.com/"},
		"AllowedOAuthFlows": []any{"code"}, "AllowedOAuthScopes": []any{"openid", "email"}, "AllowedOAuthFlowsUserPoolClient": true, "PreventUserExistenceErrors": "ENABLED",
		"EnableTokenRevocation": true, "EnablePropagateAdditionalUserContextData": false, "AuthSessionValidity": 3}
	for k, v := range more {
		if m[k] = v; v == nil {
			delete(m, k)
		}
	}
	return m
}

// demoCognitoPools declares what Example Corp has of it.
func demoCognitoPools(o *Organization) {
	made := day(2024, 4, 9).Add(10 * time.Hour)
	fn := func(region, account, name string) string {
		return fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", region, account, name)
	}
	totp := M{"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": M{"Enabled": true}}
	// The secrets here must be seen nowhere.
	web := cognitoClient("shop-web", M{"ClientSecret": "1s3cr3tOfTheShopThatNobodyMaySee5hallN0tBeWritten", "SupportedIdentityProviders": []any{"COGNITO", "ExampleCorpSSO", "Google"},
		"RefreshTokenRotation": M{"Feature": "ENABLED", "RetryGracePeriodSeconds": 10}})
	mobile := cognitoClient("shop-app", M{"CallbackURLs": []any{"com.example.shop:/signed-in", "http://localhost:8080/callback"}, "RefreshTokenValidity": 30,
		"ExplicitAuthFlows": []any{"ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_AUTH"}})
	ledger := cognitoClient("ledger-sync", M{"ClientSecret": "An0therSecretOfTheLedger", "AllowedOAuthFlows": []any{"client_credentials"}, "CallbackURLs": nil, "LogoutURLs": nil})
	// A portal from before anyone looked: tokens in URLs, without TLS, passwords sent as they are.
	portal := cognitoClient("legacy-portal", M{"CallbackURLs": []any{"http://portal.example.com/cb", "https://portal.example.com/cb"}, "AllowedOAuthFlows": []any{"code", "implicit"},
		"ExplicitAuthFlows": []any{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}, "PreventUserExistenceErrors": "LEGACY", "EnableTokenRevocation": false,
		"TokenValidityUnits": nil, "AccessTokenValidity": nil, "IdTokenValidity": nil, "RefreshTokenValidity": 3650})

	o.In(DemoPayments, ireland).CognitoPools(DemoPayments,
		CognitoPool{ID: "eu-west-1_Cu5t0m3rs", Name: "customers", Created: made,
			Pool: cognitoPool(M{"AdminCreateUserConfig": M{"AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7}, "EstimatedNumberOfUsers": 48213,
				"Policies": M{"PasswordPolicy": M{"MinimumLength": 14, "RequireUppercase": true, "RequireLowercase": true, "RequireNumbers": true, "RequireSymbols": true,
					"TemporaryPasswordValidityDays": 1, "PasswordHistorySize": 12}, "SignInPolicy": M{"AllowedFirstAuthFactors": []any{"PASSWORD", "WEB_AUTHN"}}},
				"UserPoolAddOns": M{"AdvancedSecurityMode": "ENFORCED", "AdvancedSecurityAdditionalFlows": M{"CustomAuthMode": "ENFORCED"}},
				"LambdaConfig": M{"PreSignUp": fn(ireland, DemoPayments, "check-signup"), "DefineAuthChallenge": fn(ireland, DemoPayments, "step-up"),
					"PreTokenGeneration": fn(ireland, DemoPayments, "claims"), "PreTokenGenerationConfig": M{"LambdaVersion": "V2_0", "LambdaArn": fn(ireland, DemoPayments, "claims")}},
				"EmailConfiguration": M{"EmailSendingAccount": "DEVELOPER", "SourceArn": "arn:aws:ses:eu-west-1:444455556666:identity/example.com", "From": "Example Shop <no-reply@example.com>",
					"ReplyToEmailAddress": "help@example.com"},
				"DeviceConfiguration": M{"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": true},
				"KeyConfiguration":    M{"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": "arn:aws:kms:eu-west-1:444455556666:key/" + uuid("demo", DemoPayments, ireland, "payment-secrets")},
				"Domain":              "example-shop", "CustomDomain": "login.example.com",
				"UserPoolTags": M{"owner": "payments", "note": "=cmd|' /C calc'!A0"}}),
			MFA:        M{"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": M{"Enabled": true}, "EmailMfaConfiguration": M{}, "WebAuthnConfiguration": M{"RelyingPartyId": "login.example.com", "UserVerification": "required", "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}},
			Risk:       cognitoRisk("BLOCK"),
			ClientRisk: map[string]M{mobile["ClientId"].(string): cognitoRisk("NO_ACTION")},
			Logs: lists(M{"LogLevel": "INFO", "EventSource": "userAuthEvents", "S3Configuration": M{"BucketArn": "arn:aws:s3:::example-corp-auth-events-444455556666"}},
				M{"LogLevel": "ERROR", "EventSource": "userNotification", "CloudWatchLogsConfiguration": M{"LogGroupArn": "arn:aws:logs:eu-west-1:444455556666:log-group:/aws/vendedlogs/customers"}}),
			Clients: []M{web, mobile, ledger, portal},
			Providers: []M{
				{"ProviderName": "ExampleCorpSSO", "ProviderType": "SAML", "IdpIdentifiers": []any{"example.com"}, "AttributeMapping": M{"email": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"},
					"ProviderDetails": M{"MetadataURL": "https://sso.example.com/metadata?key=m3tadataKey", "IDPSignout": "true", "RequestSigningAlgorithm": "rsa-sha256", "EncryptedResponses": "true"}},
				{"ProviderName": "Google", "ProviderType": "Google", "AttributeMapping": M{"email": "email", "username": "sub"},
					"ProviderDetails": M{"client_id": "1234.apps.googleusercontent.com", "client_secret": "GOCSPX-g00gleSecret", "authorize_scopes": "openid email"}},
				{"ProviderName": "PartnerOIDC", "ProviderType": "OIDC",
					"ProviderDetails": M{"client_id": "example", "client_secret": "0idcSecret", "attributes_request_method": "GET", "oidc_issuer": "https://partner.example.net", "authorize_scopes": "openid"}},
				{"ProviderName": "SignInWithApple", "ProviderType": "SignInWithApple",
					"ProviderDetails": M{"client_id": "com.example.shop", "team_id": "A1B2C3D4E5", "key_id": "F6G7H8I9J0", "private_key": "MIGTAgEApplePr1vateKey", "authorize_scopes": "email"}},
			},
			Domains: map[string]M{
				"example-shop":      {"S3Bucket": "aws-cognito-prod-dub-assets", "CloudFrontDistribution": "d1111111111111.cloudfront.net", "Version": "20240409100000", "Status": "ACTIVE", "ManagedLoginVersion": 2},
				"login.example.com": {"S3Bucket": "aws-cognito-prod-dub-assets", "CloudFrontDistribution": "d2222222222222.cloudfront.net", "Version": "20240409100101", "Status": "ACTIVE", "ManagedLoginVersion": 2, "CustomDomainConfig": M{"CertificateArn": "arn:aws:acm:us-east-1:444455556666:certificate/" + uuid("login.example.com")}},
			}},
		// MFA is left to each merchant and is SMS only; threat protection only watches; it can be deleted.
		CognitoPool{ID: "eu-west-1_M3rchants", Name: "merchants", Created: made.AddDate(-1, 0, 0),
			Pool: cognitoPool(M{"MfaConfiguration": "OPTIONAL", "UserPoolAddOns": M{"AdvancedSecurityMode": "AUDIT"}, "DeletionProtection": "INACTIVE", "EstimatedNumberOfUsers": 1187,
				"Policies":         M{"PasswordPolicy": cognitoPasswords(8, false)},
				"SmsConfiguration": M{"SnsCallerArn": "arn:aws:iam::444455556666:role/service-role/merchants-sms", "ExternalId": "merchants-sms", "SnsRegion": ireland}}),
			MFA:     M{"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": M{"Enabled": false}, "SmsMfaConfiguration": M{"SmsConfiguration": M{"SnsCallerArn": "arn:aws:iam::444455556666:role/service-role/merchants-sms", "ExternalId": "merchants-sms", "SnsRegion": ireland}}},
			Risk:    M{},
			Clients: []M{cognitoClient("merchant-desk", nil)}},
		CognitoPool{ID: "eu-west-1_Op3rat1ons", Name: "operations", Created: made.AddDate(0, 3, 0), Pool: cognitoPool(nil), MFA: totp, Risk: cognitoRisk("BLOCK"),
			Logs:    lists(M{"LogLevel": "INFO", "EventSource": "userAuthEvents", "FirehoseConfiguration": M{"StreamArn": "arn:aws:firehose:eu-west-1:444455556666:deliverystream/auth"}}),
			Clients: []M{cognitoClient("operations-console", nil)}},
		// Anyone signs up, nothing is verified, and nobody ever set threat protection.
		CognitoPool{ID: "eu-west-1_H4ckath0n", Name: "=1+1 hackathon", Created: made.AddDate(0, 5, 0),
			Pool: cognitoPool(M{"MfaConfiguration": "OFF", "UserPoolAddOns": nil, "UserPoolTier": "LITE", "DeletionProtection": "INACTIVE", "AutoVerifiedAttributes": nil, "UserAttributeUpdateSettings": nil,
				"AdminCreateUserConfig": M{"AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7}, "Policies": M{"PasswordPolicy": cognitoPasswords(6, false)},
				"AccountRecoverySetting": nil, "UserPoolTags": M{"name": "\u202egpj.exe"}}),
			MFA: M{"MfaConfiguration": "OFF"}})
	o.In(DemoData, virginia).CognitoPools(DemoData, CognitoPool{ID: "us-east-1_N0teb00ks", Name: "notebooks", Created: made.AddDate(-2, 0, 0),
		Pool: cognitoPool(M{"UserPoolAddOns": M{"AdvancedSecurityMode": "OFF"}, "UserPoolTier": "ESSENTIALS", "EstimatedNumberOfUsers": 64}), MFA: totp,
		Clients: []M{cognitoClient("notebooks", M{"ExplicitAuthFlows": nil})}})
}

// largeCognitoPools declares what each account of a large organization has of it.
func largeCognitoPools(o *Organization) {
	made := o.AsOf.AddDate(-1, 0, 0)
	pool, client := cognitoPool(nil), cognitoClient("portal", nil)
	for _, a := range o.Accounts {
		for _, r := range a.Regions[:min(1, len(a.Regions))] {
			r.CognitoPools(a.ID, CognitoPool{ID: r.Name + "_Portal001", Name: "portal", Created: made, Pool: pool,
				MFA: M{"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": M{"Enabled": true}}, Risk: cognitoRisk("BLOCK"), Clients: []M{client}})
		}
	}
}
