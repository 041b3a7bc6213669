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
	return []evidence.Operation{
		store("DescribeIdentityStore", "IdentityStoreId"),
		store("ListGroupMemberships", "GroupMemberships", "CreatedBy", "UpdatedBy"),
		// ExternalIds hold Id beside Issuer, and an Id may be a person's address.
		store("ListGroups", "Groups", "CreatedBy", "UpdatedBy", "Id"),
		store("ListUsers", "Users", "UserName", "DisplayName", "Name", "NickName", "Title", "Emails", "PhoneNumbers", "Addresses", "Photos",
			"Birthdate", "Website", "ProfileUrl", "Locale", "Timezone", "PreferredLanguage", "Roles", "Extensions", "Id", "CreatedBy", "UpdatedBy"),
		sso("DescribeInstance", "InstanceArn"),
		sso("DescribeInstanceAccessControlAttributeConfiguration", "InstanceAccessControlAttributeConfiguration"),
		sso("DescribePermissionSet", "PermissionSet"),
		sso("DescribeTrustedTokenIssuer", "TrustedTokenIssuerArn"),
		sso("GetApplicationAssignmentConfiguration", "AssignmentRequired"),
		// A set without an inline policy answers with an empty text, not without the member.
		sso("GetInlinePolicyForPermissionSet", "InlinePolicy"),
		sso("GetPermissionsBoundaryForPermissionSet", "PermissionsBoundary"),
		sso("ListAccountAssignments", "AccountAssignments"),
		sso("ListAccountsForProvisionedPermissionSet", "AccountIds"),
		sso("ListApplicationAssignments", "ApplicationAssignments"),
		sso("ListApplications", "Applications"),
		sso("ListCustomerManagedPolicyReferencesInPermissionSet", "CustomerManagedPolicyReferences"),
		sso("ListInstances", "Instances"),
		sso("ListManagedPoliciesInPermissionSet", "AttachedManagedPolicies"),
		sso("ListPermissionSets", "PermissionSets"),
		sso("ListTagsForResource", "Tags"),
		sso("ListTrustedTokenIssuers", "TrustedTokenIssuers"),
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
