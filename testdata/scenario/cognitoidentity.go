package scenario

func cognitoIdentityService() service {
	return service{name: "cognito-identity", protocol: awsJSON, target: "AWSCognitoIdentityService", throttled: cognitoThrottled,
		tokens: map[string]string{"ListIdentityPools": "NextToken"},
		operations: stored(cognitoPages, Answers{"ListIdentityPools": {List: "IdentityPools"}, "*": {Fail: noIdentityPool}},
			"DescribeIdentityPool", "GetIdentityPoolRoles", "ListIdentityPools"),
	}
}

var noIdentityPool = &Failure{Status: 400, Code: "ResourceNotFoundException", Message: "IdentityPool not found."}

// identityPools declares the identity pools of a region: each is an answer of DescribeIdentityPool, and one of GetIdentityPoolRoles.
func (r *Region) identityPools(pools ...[2]M) {
	list := []any{}
	described, roles := map[string]Answer{}, map[string]Answer{}
	for _, p := range pools {
		id := p[0]["IdentityPoolId"].(string)
		list = append(list, M{"IdentityPoolId": id, "IdentityPoolName": p[0]["IdentityPoolName"]})
		described[id] = Answer{Body: p[0]}
		m := M{"IdentityPoolId": id}
		for k, v := range p[1] {
			m[k] = v
		}
		roles[id] = Answer{Body: m}
	}
	by := []string{"IdentityPoolId"}
	r.Store("cognito-identity", Answers{"ListIdentityPools": {List: "IdentityPools", Items: list},
		"DescribeIdentityPool": {By: by, Each: described, Missing: noIdentityPool}, "GetIdentityPoolRoles": {By: by, Each: roles, Missing: noIdentityPool}})
}

// identityPool is a sound identity pool for the users of one user pool.
func identityPool(region, name, userPool string, more M) M {
	m := M{"IdentityPoolId": region + ":" + uuid("identity-pool", name), "IdentityPoolName": name, "AllowUnauthenticatedIdentities": false, "AllowClassicFlow": false, "IdentityPoolTags": M{},
		"CognitoIdentityProviders": lists(M{"ProviderName": "cognito-idp." + region + ".amazonaws.com/" + userPool, "ClientId": base32ID(26, "cognito-client", "shop-web"), "ServerSideTokenCheck": true})}
	for k, v := range more {
		if m[k] = v; v == nil {
			delete(m, k)
		}
	}
	return m
}

// demoCognitoIdentity declares what Example Corp has of it.
func demoCognitoIdentity(o *Organization) {
	role := func(account, name string) string { return "arn:aws:iam::" + account + ":role/" + name }
	shop := "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Cu5t0m3rs"
	o.In(DemoPayments, ireland).identityPools(
		[2]M{identityPool(ireland, "customer uploads", "eu-west-1_Cu5t0m3rs", M{"IdentityPoolTags": M{"owner": "payments"}}),
			{"Roles": M{"authenticated": role(DemoPayments, "customer-uploads")},
				"RoleMappings": M{shop + ":" + base32ID(26, "cognito-client", "shop-web"): M{"Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": M{"Rules": lists(
					M{"Claim": "cognito:groups", "MatchType": "Contains", "Value": "merchants", "RoleARN": role(DemoPayments, "merchant-uploads")},
					M{"Claim": "cognito:groups", "MatchType": "Contains", "Value": "auditors", "RoleARN": role(DemoPayments, "auditor-uploads")})}},
					"accounts.google.com": M{"Type": "Token", "AmbiguousRoleResolution": "AuthenticatedRole"}}}},
		// Anyone gets credentials of AWS, and chooses the role.
		[2]M{identityPool(ireland, "kiosk", "eu-west-1_M3rchants", M{"AllowUnauthenticatedIdentities": true, "AllowClassicFlow": true,
			"CognitoIdentityProviders": lists(M{"ProviderName": "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_M3rchants", "ClientId": base32ID(26, "cognito-client", "merchant-desk"), "ServerSideTokenCheck": false},
				M{"ProviderName": shop, "ClientId": base32ID(26, "cognito-client", "shop-web"), "ServerSideTokenCheck": true}),
			"SupportedLoginProviders": M{"accounts.google.com": "1234.apps.googleusercontent.com"}}),
			{"Roles": M{"authenticated": role(DemoPayments, "kiosk"), "unauthenticated": role(DemoPayments, "kiosk-guest")}}},
		[2]M{identityPool(ireland, "partner files", "", M{"CognitoIdentityProviders": nil, "SamlProviderARNs": []any{"arn:aws:iam::444455556666:saml-provider/partner"},
			"OpenIdConnectProviderARNs": []any{"arn:aws:iam::444455556666:oidc-provider/partner.example.net"}, "DeveloperProviderName": "login.example.partner"}),
			{"Roles": M{"authenticated": role(DemoPayments, "partner-files")}}},
		// Without any role nobody gets anything.
		[2]M{identityPool(ireland, "unused", "eu-west-1_Op3rat1ons", nil), {}})
	o.In(DemoData, virginia).identityPools([2]M{identityPool(virginia, "notebooks", "us-east-1_N0teb00ks", M{"IdentityPoolTags": M{"note": "=1+1@SUM"}}),
		{"Roles": M{"authenticated": role(DemoData, "notebook-users")}}})
}

// largeCognitoIdentity declares what each account of a large organization has of it.
func largeCognitoIdentity(o *Organization) {
	for _, a := range o.Accounts {
		for _, r := range a.Regions[:min(1, len(a.Regions))] {
			r.identityPools([2]M{identityPool(r.Name, "portal", r.Name+"_Portal001", nil), {"Roles": M{"authenticated": "arn:aws:iam::" + a.ID + ":role/portal"}}})
		}
	}
}
