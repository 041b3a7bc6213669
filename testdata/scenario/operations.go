package scenario

import "slices"

// restOperations finds the operation of a rest-json request: signing name, method, path.
var restOperations = map[string]string{
	"account POST /listRegions":                     "ListRegions",
	"securityhub GET /accounts":                     "DescribeHub",
	"securityhub POST /standards/get":               "GetEnabledStandards",
	"securityhub GET /securityControls/definitions": "ListSecurityControlDefinitions",
	"securityhub POST /securityControls/batchGet":   "BatchGetSecurityControls",
	"securityhub GET /associations":                 "ListStandardsControlAssociations",
	"securityhub POST /associations/batchGet":       "BatchGetStandardsControlAssociations",
	"securityhub POST /findings":                    "GetFindings",
}

// operations is every operation that is modelled, by signing name.
var operations = map[string]map[string]handler{
	"sts":     {"AssumeRole": assumeRole, "GetCallerIdentity": callerIdentity},
	"account": {"ListRegions": listRegions},
	"kms": {
		"ListKeys": listKeys, "DescribeKey": describeKey, "GetKeyRotationStatus": keyRotationStatus, "ListKeyRotations": listKeyRotations,
		"GetKeyPolicy": keyPolicy, "ListGrants": listGrants, "ListAliases": listAliases, "ListResourceTags": listResourceTags,
		"DescribeCustomKeyStores": customKeyStores,
	},
	"cloudhsm": {"DescribeClusters": describeClusters, "DescribeBackups": describeBackups, "ListTags": hsmTags},
	"config": {
		"DescribeConfigurationRecorders": configurationRecorders, "DescribeConfigurationRecorderStatus": configurationRecorderStatus,
		"DescribeDeliveryChannels": deliveryChannels, "DescribeDeliveryChannelStatus": deliveryChannelStatus,
		"DescribeRetentionConfigurations": retentionConfigurations, "DescribeConfigRules": configRules,
		"DescribeConfigRuleEvaluationStatus": ruleEvaluationStatus, "DescribeComplianceByConfigRule": complianceByRule,
		"GetComplianceDetailsByConfigRule": complianceDetails, "DescribeConformancePacks": conformancePacks,
		"DescribeConformancePackStatus": conformancePackStatus, "DescribeConformancePackCompliance": conformancePackCompliance,
		"DescribeConfigurationAggregators": aggregators, "DescribeConfigurationAggregatorSourcesStatus": aggregatorSources,
		"GetDiscoveredResourceCounts": discoveredCounts, "ListDiscoveredResources": discoveredResources,
		"GetResourceConfigHistory": resourceHistory,
	},
	"securityhub": {
		"DescribeHub": describeHub, "GetEnabledStandards": enabledStandards, "ListSecurityControlDefinitions": controlDefinitions,
		"BatchGetSecurityControls": batchControls, "ListStandardsControlAssociations": controlAssociations,
		"BatchGetStandardsControlAssociations": batchAssociations, "GetFindings": getFindings,
	},
	"sso": {
		"ListInstances": listInstances, "DescribeInstance": describeInstance, "ListPermissionSets": listPermissionSets,
		"DescribePermissionSet": describePermissionSet, "ListManagedPoliciesInPermissionSet": managedPolicies,
		"ListCustomerManagedPolicyReferencesInPermissionSet": customerPolicies, "GetInlinePolicyForPermissionSet": inlinePolicy,
		"GetPermissionsBoundaryForPermissionSet": permissionsBoundary, "ListAccountsForProvisionedPermissionSet": provisionedAccounts,
		"ListAccountAssignments": accountAssignments, "ListApplications": listApplications, "DescribeApplication": describeApplication,
		"GetApplicationAssignmentConfiguration": assignmentConfiguration, "ListApplicationAssignments": applicationAssignments,
		"ListTrustedTokenIssuers": tokenIssuers, "DescribeTrustedTokenIssuer": describeTokenIssuer,
		"DescribeInstanceAccessControlAttributeConfiguration": accessControlAttributes, "ListTagsForResource": ssoTags,
	},
	"identitystore": {
		"ListUsers": listUsers, "ListGroups": listGroups, "ListGroupMemberships": groupMemberships, "DescribeIdentityStore": describeIdentityStore,
	},
}

// Operations lists what is modelled as "service:Operation", sorted.
func Operations() []string {
	var out []string
	for service, ops := range operations {
		for op := range ops {
			out = append(out, service+":"+op)
		}
	}
	slices.Sort(out)
	return out
}
