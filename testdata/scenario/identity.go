package scenario

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
)

var ssoPages = paging{limit: "MaxResults", token: "NextToken", standard: 100, most: 100, badToken: "ValidationException", badLimit: "ValidationException"}

// center is the instance, where this account and region see it.
func (q *query) center() *IdentityCenter {
	c := q.place.org.IdentityCenter
	if c == nil || c.Account != q.Account || c.Region != q.Region {
		return nil
	}
	return c
}

func (c *IdentityCenter) arn() string { return "arn:aws:sso:::instance/" + c.ID }

func (c *IdentityCenter) permissionSetARN(p PermissionSet) string {
	return "arn:aws:sso:::permissionSet/" + c.ID + "/" + p.ID
}

func (c *IdentityCenter) applicationARN(a Application) string {
	return fmt.Sprintf("arn:aws:sso::%s:application/%s/%s", c.Account, c.ID, a.ID)
}

func (c *IdentityCenter) issuerARN(t TokenIssuer) string {
	return fmt.Sprintf("arn:aws:sso::%s:trustedTokenIssuer/%s/%s", c.Account, c.ID, t.ID)
}

func (q *query) missing(what string) *Failure {
	return q.invalid("ResourceNotFoundException", what+" does not exist.")
}

// instance is the instance that the request names.
func (q *query) instance() (*IdentityCenter, *Failure) {
	c := q.center()
	if c == nil || q.str("InstanceArn") != c.arn() {
		return nil, q.invalid("AccessDeniedException", fmt.Sprintf("User: %s is not authorized to perform: sso:%s on resource: %s", q.caller(), q.Operation, q.str("InstanceArn")))
	}
	return c, nil
}

func (q *query) permissionSet() (*IdentityCenter, PermissionSet, *Failure) {
	c, f := q.instance()
	if f != nil {
		return nil, PermissionSet{}, f
	}
	for _, p := range c.PermissionSets {
		if c.permissionSetARN(p) == q.str("PermissionSetArn") {
			return c, p, nil
		}
	}
	return nil, PermissionSet{}, q.missing("PermissionSet with id " + path.Base(q.str("PermissionSetArn")))
}

// ssoList answers a page of n things.
func ssoList(q *query, member string, n int, at func(int) any) (any, *Failure) {
	from, to, next, f := q.page(ssoPages, n)
	if f != nil {
		return nil, f
	}
	entries := []any{}
	for i := from; i < to; i++ {
		entries = append(entries, at(i))
	}
	out := M{member: entries}
	put(out, "NextToken", next)
	return out, nil
}

func (c *IdentityCenter) metadata() M {
	m := M{"InstanceArn": c.arn(), "IdentityStoreId": c.Store, "OwnerAccountId": c.Account, "CreatedDate": epoch(c.Created), "Status": "ACTIVE",
		"PrimaryRegion": c.Region, "IdentityStoreArn": c.storeARN()}
	put(m, "Name", c.Name)
	return m
}

func (c *IdentityCenter) storeARN() string {
	return fmt.Sprintf("arn:aws:identitystore::%s:identitystore/%s", c.Account, c.Store)
}

func listInstances(q *query) (any, *Failure) {
	c := q.center()
	if c == nil {
		return M{"Instances": []any{}}, nil
	}
	return M{"Instances": []any{c.metadata()}}, nil
}

func describeInstance(q *query) (any, *Failure) {
	c, f := q.instance()
	if f != nil {
		return nil, f
	}
	m := c.metadata()
	m["PermissionSetsEnabled"] = true
	m["EncryptionConfigurationDetails"] = M{"KeyType": "AWS_OWNED_KMS_KEY", "EncryptionStatus": "ENABLED"}
	if c.KeyARN != "" {
		m["EncryptionConfigurationDetails"] = M{"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": c.KeyARN, "EncryptionStatus": "ENABLED"}
	}
	return m, nil
}

func listPermissionSets(q *query) (any, *Failure) {
	c, f := q.instance()
	if f != nil {
		return nil, f
	}
	return ssoList(q, "PermissionSets", len(c.PermissionSets), func(i int) any { return c.permissionSetARN(c.PermissionSets[i]) })
}

func describePermissionSet(q *query) (any, *Failure) {
	c, p, f := q.permissionSet()
	if f != nil {
		return nil, f
	}
	m := M{"Name": p.Name, "PermissionSetArn": c.permissionSetARN(p), "CreatedDate": epoch(p.Created), "SessionDuration": cmp.Or(p.Session, "PT1H")}
	put(m, "Description", p.Description)
	put(m, "RelayState", p.RelayState)
	return M{"PermissionSet": m}, nil
}

func managedPolicies(q *query) (any, *Failure) {
	_, p, f := q.permissionSet()
	if f != nil {
		return nil, f
	}
	return ssoList(q, "AttachedManagedPolicies", len(p.Managed), func(i int) any { return M{"Name": path.Base(p.Managed[i]), "Arn": p.Managed[i]} })
}

func customerPolicies(q *query) (any, *Failure) {
	_, p, f := q.permissionSet()
	if f != nil {
		return nil, f
	}
	return ssoList(q, "CustomerManagedPolicyReferences", len(p.Customer), func(i int) any { return policyReference(p.Customer[i]) })
}

func policyReference(name string) M {
	dir, base := path.Split(name)
	return M{"Name": base, "Path": cmp.Or(dir, "/")}
}

// inlinePolicy answers with an empty string where there is none, as Identity Center does.
func inlinePolicy(q *query) (any, *Failure) {
	_, p, f := q.permissionSet()
	if f != nil {
		return nil, f
	}
	return M{"InlinePolicy": p.Inline}, nil
}

func permissionsBoundary(q *query) (any, *Failure) {
	_, p, f := q.permissionSet()
	switch {
	case f != nil:
		return nil, f
	case p.BoundaryARN != "":
		return M{"PermissionsBoundary": M{"ManagedPolicyArn": p.BoundaryARN}}, nil
	case p.BoundaryName != "":
		return M{"PermissionsBoundary": M{"CustomerManagedPolicyReference": policyReference(p.BoundaryName)}}, nil
	}
	return nil, q.missing("Permissions boundary for PermissionSet " + p.ID)
}

func provisionedAccounts(q *query) (any, *Failure) {
	_, p, f := q.permissionSet()
	if f != nil {
		return nil, f
	}
	all := p.Accounts
	if want := q.str("ProvisioningStatus"); want != "" {
		stale := want == "LATEST_PERMISSION_SET_NOT_PROVISIONED"
		all = slices.DeleteFunc(slices.Clone(all), func(a Provisioned) bool { return a.Stale != stale })
	}
	return ssoList(q, "AccountIds", len(all), func(i int) any { return all[i].Account })
}

// principals are ids of users and groups, in that order.
func (c *IdentityCenter) principals(users, groups []string) []M {
	var out []M
	for _, g := range groups {
		out = append(out, M{"PrincipalType": "GROUP", "PrincipalId": c.group(g).ID})
	}
	for _, u := range users {
		out = append(out, M{"PrincipalType": "USER", "PrincipalId": c.user(u).ID})
	}
	return out
}

func (c *IdentityCenter) user(name string) User {
	for _, u := range c.Users {
		if u.Name == name {
			u.ID = cmp.Or(u.ID, c.member("user", name))
			return u
		}
	}
	panic(fmt.Sprintf("scenario: user %q is not declared", name))
}

func (c *IdentityCenter) group(name string) Group {
	for _, g := range c.Groups {
		if g.Name == name {
			g.ID = cmp.Or(g.ID, c.member("group", name))
			return g
		}
	}
	panic(fmt.Sprintf("scenario: group %q is not declared", name))
}

// member is an id as the identity store makes them.
func (c *IdentityCenter) member(kind, name string) string {
	return strings.TrimPrefix(c.Store, "d-") + "-" + uuid(kind, c.Store, name)
}

func accountAssignments(q *query) (any, *Failure) {
	c, p, f := q.permissionSet()
	if f != nil {
		return nil, f
	}
	var all []M
	for _, a := range p.Accounts {
		if a.Account == q.str("AccountId") {
			all = c.principals(a.Users, a.Groups)
		}
	}
	return ssoList(q, "AccountAssignments", len(all), func(i int) any {
		all[i]["AccountId"], all[i]["PermissionSetArn"] = q.str("AccountId"), c.permissionSetARN(p)
		return all[i]
	})
}

func (c *IdentityCenter) application(a Application) M {
	m := M{"ApplicationArn": c.applicationARN(a), "ApplicationAccount": cmp.Or(a.Account, c.Account), "InstanceArn": c.arn(), "Name": a.Name,
		"ApplicationProviderArn": "arn:aws:sso::aws:applicationProvider/" + cmp.Or(a.Provider, "custom"), "Status": "ENABLED", "CreatedDate": epoch(a.Created)}
	if a.Disabled {
		m["Status"] = "DISABLED"
	}
	put(m, "Description", a.Description)
	options := M{"Visibility": "ENABLED", "SignInOptions": M{"Origin": "IDENTITY_CENTER"}}
	if a.URL != "" {
		options["SignInOptions"] = M{"Origin": "APPLICATION", "ApplicationUrl": a.URL}
	}
	m["PortalOptions"] = options
	return m
}

func listApplications(q *query) (any, *Failure) {
	c, f := q.instance()
	if f != nil {
		return nil, f
	}
	return ssoList(q, "Applications", len(c.Applications), func(i int) any { return c.application(c.Applications[i]) })
}

func (q *query) wantApplication() (*IdentityCenter, Application, *Failure) {
	if c := q.center(); c != nil {
		for _, a := range c.Applications {
			if c.applicationARN(a) == q.str("ApplicationArn") {
				return c, a, nil
			}
		}
	}
	return nil, Application{}, q.missing("Application")
}

func describeApplication(q *query) (any, *Failure) {
	c, a, f := q.wantApplication()
	if f != nil {
		return nil, f
	}
	return c.application(a), nil
}

func assignmentConfiguration(q *query) (any, *Failure) {
	_, a, f := q.wantApplication()
	if f != nil {
		return nil, f
	}
	return M{"AssignmentRequired": !a.Open}, nil
}

func applicationAssignments(q *query) (any, *Failure) {
	c, a, f := q.wantApplication()
	if f != nil {
		return nil, f
	}
	all := c.principals(a.Users, a.Groups)
	return ssoList(q, "ApplicationAssignments", len(all), func(i int) any {
		all[i]["ApplicationArn"] = c.applicationARN(a)
		return all[i]
	})
}

func tokenIssuers(q *query) (any, *Failure) {
	c, f := q.instance()
	if f != nil {
		return nil, f
	}
	return ssoList(q, "TrustedTokenIssuers", len(c.Issuers), func(i int) any {
		return M{"Name": c.Issuers[i].Name, "TrustedTokenIssuerArn": c.issuerARN(c.Issuers[i]), "TrustedTokenIssuerType": "OIDC_JWT"}
	})
}

func describeTokenIssuer(q *query) (any, *Failure) {
	if c := q.center(); c != nil {
		for _, t := range c.Issuers {
			if c.issuerARN(t) == q.str("TrustedTokenIssuerArn") {
				return M{"Name": t.Name, "TrustedTokenIssuerArn": c.issuerARN(t), "TrustedTokenIssuerType": "OIDC_JWT",
					"TrustedTokenIssuerConfiguration": M{"OidcJwtConfiguration": M{"IssuerUrl": t.URL, "ClaimAttributePath": t.Claim,
						"IdentityStoreAttributePath": t.Attribute, "JwksRetrievalOption": "OPEN_ID_DISCOVERY"}}}, nil
			}
		}
	}
	return nil, q.missing("TrustedTokenIssuer")
}

func accessControlAttributes(q *query) (any, *Failure) {
	c, f := q.instance()
	if f != nil {
		return nil, f
	}
	if c.Attributes == nil {
		return nil, q.missing("Access control attribute configuration for instance " + c.ID)
	}
	attributes := []any{}
	for _, a := range c.Attributes {
		attributes = append(attributes, M{"Key": a.Key, "Value": M{"Source": []any{a.Value}}})
	}
	return M{"Status": "ENABLED", "InstanceAccessControlAttributeConfiguration": M{"AccessControlAttributes": attributes}}, nil
}

func ssoTags(q *query) (any, *Failure) {
	c := q.center()
	if c == nil {
		return nil, q.missing("Resource")
	}
	arn := q.str("ResourceArn")
	var t []Tag
	found := arn == c.arn()
	for _, p := range c.PermissionSets {
		if c.permissionSetARN(p) == arn {
			t, found = p.Tags, true
		}
	}
	for _, a := range c.Applications {
		if c.applicationARN(a) == arn {
			t, found = a.Tags, true
		}
	}
	for _, i := range c.Issuers {
		found = found || c.issuerARN(i) == arn
	}
	if !found {
		return nil, q.missing("Resource")
	}
	all := tags(t, "Key", "Value")
	p := ssoPages
	p.limit = ""
	from, to, next, f := q.page(p, len(all))
	if f != nil {
		return nil, f
	}
	out := M{"Tags": all[from:to]}
	put(out, "NextToken", next)
	return out, nil
}
