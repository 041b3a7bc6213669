package identitycenter

import (
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// limits is where AWS says that all calls of Identity Center share 20 a second over the organization, and those of the identity
// store another 20.
const limits = "https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html"

func (Collector) Operations() []evidence.Operation {
	store := func(name, member string, identity ...string) evidence.Operation {
		return evidence.Operation{Service: "identitystore", API: identitystore.ServiceID, Name: name, Action: "identitystore:" + name, Member: member,
			Rate: 20, Pool: "identitystore", Organization: true, RateSource: limits, Identity: identity}
	}
	sso := func(name, member string) evidence.Operation {
		return evidence.Operation{Service: "sso", API: ssoadmin.ServiceID, Name: name, Action: "sso:" + name, Member: member,
			Rate: 20, Pool: "sso", Organization: true, RateSource: limits}
	}
	each := func(op evidence.Operation, kind string) evidence.Operation {
		op.Each = kind
		return op
	}
	lists := func(op evidence.Operation, kind string) evidence.Operation {
		op.Lists, op.Page = kind, 100
		return op
	}
	return []evidence.Operation{
		each(store("DescribeIdentityStore", "IdentityStoreId"), "identitycenter.instance"),
		each(store("ListGroupMemberships", "GroupMemberships", "CreatedBy", "UpdatedBy"), "identitycenter.group"),
		// ExternalIds hold Id beside Issuer, and an Id may be a person's address.
		lists(store("ListGroups", "Groups", "CreatedBy", "UpdatedBy", "Id"), "identitycenter.group"),
		lists(store("ListUsers", "Users", "UserName", "DisplayName", "Name", "NickName", "Title", "Emails", "PhoneNumbers", "Addresses", "Photos",
			"Birthdate", "Website", "ProfileUrl", "Locale", "Timezone", "PreferredLanguage", "Roles", "Extensions", "Id", "CreatedBy", "UpdatedBy"), "identitycenter.user"),
		each(sso("DescribeInstance", "InstanceArn"), "identitycenter.instance"),
		each(sso("DescribeInstanceAccessControlAttributeConfiguration", "InstanceAccessControlAttributeConfiguration"), "identitycenter.instance"),
		each(sso("DescribePermissionSet", "PermissionSet"), "identitycenter.permission_set"),
		each(sso("DescribeTrustedTokenIssuer", "TrustedTokenIssuerArn"), "identitycenter.trusted_token_issuer"),
		each(sso("GetApplicationAssignmentConfiguration", "AssignmentRequired"), "identitycenter.application"),
		// A set without an inline policy answers with an empty text, not without the member.
		each(sso("GetInlinePolicyForPermissionSet", "InlinePolicy"), "identitycenter.permission_set"),
		each(sso("GetPermissionsBoundaryForPermissionSet", "PermissionsBoundary"), "identitycenter.permission_set"),
		each(sso("ListAccountAssignments", "AccountAssignments"), "identitycenter.assignment"),
		each(sso("ListAccountsForProvisionedPermissionSet", "AccountIds"), "identitycenter.permission_set"),
		each(sso("ListApplicationAssignments", "ApplicationAssignments"), "identitycenter.application"),
		lists(sso("ListApplications", "Applications"), "identitycenter.application"),
		each(sso("ListCustomerManagedPolicyReferencesInPermissionSet", "CustomerManagedPolicyReferences"), "identitycenter.permission_set"),
		sso("ListInstances", "Instances"),
		each(sso("ListManagedPoliciesInPermissionSet", "AttachedManagedPolicies"), "identitycenter.permission_set"),
		lists(sso("ListPermissionSets", "PermissionSets"), "identitycenter.permission_set"),
		each(sso("ListTagsForResource", "Tags"), "identitycenter.permission_set"),
		lists(sso("ListTrustedTokenIssuers", "TrustedTokenIssuers"), "identitycenter.trusted_token_issuer"),
	}
}

// operation finds a declared operation by its name.
func operation(name string) evidence.Operation {
	for _, op := range (Collector{}).Operations() {
		if op.Name == name {
			return op
		}
	}
	panic("identitycenter: the operation " + name + " is not declared")
}
