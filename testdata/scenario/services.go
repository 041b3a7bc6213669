package scenario

// services lists every service that the server knows, each of which stands in a file of its own.
func services() []service {
	return []service{
		accountService(), accessAnalyzerService(), athenaService(), auditManagerService(), cloudFrontService(), cloudHSMService(), cloudTrailService(),
		cognitoIdentityService(), cognitoPoolsService(), configService(), detectiveService(), ec2Service(), firewallManagerService(), guardDutyService(),
		iamService(), identityStoreService(), inspectorService(), kmsService(), logsService(), macieService(), networkFirewallService(),
		organizationsService(), s3Service(), s3ControlService(), securityHubService(), shieldService(), ssmService(), ssoService(), stsService(), wafService(),
	}
}

// The services that a file of several declares.

func stsService() service {
	return service{name: "sts", protocol: awsQuery, namespace: "https://sts.amazonaws.com/doc/2011-06-15/", global: true,
		operations: map[string]handler{"AssumeRole": assumeRole, "GetCallerIdentity": callerIdentity},
	}
}

func accountService() service {
	return service{name: "account", protocol: restJSON, global: true, tokens: map[string]string{"*": "NextToken", "GetAlternateContact": ""},
		routes:     map[string]string{"POST /listRegions": "ListRegions", "POST /getAlternateContact": "GetAlternateContact"},
		operations: map[string]handler{"ListRegions": listRegions, "GetAlternateContact": alternateContacts},
		rates:      map[string]Rate{"GetAlternateContact": {10, 15, "", false}},
	}
}

func kmsService() service {
	return service{name: "kms", protocol: awsJSON, target: "TrentService", tokens: map[string]string{"*": "NextMarker"},
		operations: map[string]handler{
			"ListKeys": listKeys, "DescribeKey": describeKey, "GetKeyRotationStatus": keyRotationStatus, "ListKeyRotations": listKeyRotations,
			"GetKeyPolicy": keyPolicy, "ListGrants": listGrants, "ListAliases": listAliases, "ListResourceTags": listResourceTags,
			"DescribeCustomKeyStores": customKeyStores,
		},
		message: func(_ *query, f *Failure) string {
			if f.Code == "AccessDeniedException" {
				return "Message"
			}
			return "message"
		},
		throttled: func(*query) *Failure {
			return &Failure{Status: 400, Code: "ThrottlingException", Message: "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."}
		},
		rates: map[string]Rate{
			"ListKeys": {500, 500, "", false}, "DescribeKey": {2000, 2000, "", false}, "GetKeyRotationStatus": {1000, 1000, "", false},
			"ListKeyRotations": {100, 100, "", false}, "GetKeyPolicy": {1000, 1000, "", false}, "ListGrants": {100, 100, "", false},
			"ListAliases": {500, 500, "", false}, "ListResourceTags": {2000, 2000, "", false}, "DescribeCustomKeyStores": {5, 5, "", false},
		},
	}
}

func cloudHSMService() service {
	return service{name: "cloudhsm", protocol: awsJSON, target: "BaldrApiService", tokens: map[string]string{"*": "NextToken"}, message: func(*query, *Failure) string { return "Message" },
		operations: map[string]handler{"DescribeClusters": describeClusters, "DescribeBackups": describeBackups, "ListTags": hsmTags},
	}
}

func configService() service {
	return service{name: "config", protocol: awsJSON, target: "StarlingDoveService",
		operations: map[string]handler{
			"DescribeConfigurationRecorders": configurationRecorders, "DescribeConfigurationRecorderStatus": configurationRecorderStatus,
			"DescribeDeliveryChannels": deliveryChannels, "DescribeDeliveryChannelStatus": deliveryChannelStatus,
			"DescribeRetentionConfigurations": retentionConfigurations, "DescribeConfigRules": configRules,
			"DescribeConfigRuleEvaluationStatus": ruleEvaluationStatus, "DescribeComplianceByConfigRule": complianceByRule,
			"GetComplianceDetailsByConfigRule": complianceDetails, "DescribeConformancePacks": conformancePacks,
			"DescribeConformancePackStatus": conformancePackStatus, "DescribeConformancePackCompliance": conformancePackCompliance,
			"DescribeConfigurationAggregators": aggregators, "DescribeConfigurationAggregatorSourcesStatus": aggregatorSources,
			"GetDiscoveredResourceCounts": discoveredCounts, "ListDiscoveredResources": discoveredResources,
			"GetResourceConfigHistory": resourceHistory, "SelectResourceConfig": selectResources,
		},
		tokens: map[string]string{"*": "NextToken", "GetDiscoveredResourceCounts": "nextToken", "ListDiscoveredResources": "nextToken", "GetResourceConfigHistory": "nextToken",
			"DescribeConfigurationRecorders": "", "DescribeConfigurationRecorderStatus": "", "DescribeDeliveryChannels": "", "DescribeDeliveryChannelStatus": ""},
	}
}

func securityHubService() service {
	return service{name: "securityhub", protocol: restJSON,
		operations: map[string]handler{
			"DescribeHub": describeHub, "GetEnabledStandards": enabledStandards, "ListSecurityControlDefinitions": controlDefinitions,
			"BatchGetSecurityControls": batchControls, "ListStandardsControlAssociations": controlAssociations,
			"BatchGetStandardsControlAssociations": batchAssociations, "GetFindingHistory": findingHistory, "GetFindings": getFindings,
		},
		routes: map[string]string{
			"GET /accounts": "DescribeHub", "POST /standards/get": "GetEnabledStandards", "GET /securityControls/definitions": "ListSecurityControlDefinitions",
			"POST /securityControls/batchGet": "BatchGetSecurityControls", "GET /associations": "ListStandardsControlAssociations",
			"POST /associations/batchGet": "BatchGetStandardsControlAssociations", "POST /findingHistory/get": "GetFindingHistory", "POST /findings": "GetFindings",
		},
		tokens: map[string]string{"*": "NextToken", "BatchGetSecurityControls": "", "BatchGetStandardsControlAssociations": ""},
		rates:  map[string]Rate{"GetFindings": {3, 6, "", false}, "*": {10, 30, "", false}},
		message: func(_ *query, f *Failure) string {
			if f.Code != "TooManyRequestsException" && f.Code != "ExpiredTokenException" {
				return "Message"
			}
			return "message"
		},
	}
}

func ssoService() service {
	return service{name: "sso", protocol: awsJSON, target: "SWBExternalService", tokens: map[string]string{"*": "NextToken"}, message: func(*query, *Failure) string { return "Message" },
		operations: map[string]handler{
			"ListInstances": listInstances, "DescribeInstance": describeInstance, "ListPermissionSets": listPermissionSets,
			"DescribePermissionSet": describePermissionSet, "ListManagedPoliciesInPermissionSet": managedPolicies,
			"ListCustomerManagedPolicyReferencesInPermissionSet": customerPolicies, "GetInlinePolicyForPermissionSet": inlinePolicy,
			"GetPermissionsBoundaryForPermissionSet": permissionsBoundary, "ListAccountsForProvisionedPermissionSet": provisionedAccounts,
			"ListAccountAssignments": accountAssignments, "ListApplications": listApplications, "DescribeApplication": describeApplication,
			"GetApplicationAssignmentConfiguration": assignmentConfiguration, "ListApplicationAssignments": applicationAssignments,
			"ListTrustedTokenIssuers": tokenIssuers, "DescribeTrustedTokenIssuer": describeTokenIssuer,
			"DescribeInstanceAccessControlAttributeConfiguration": accessControlAttributes, "ListTagsForResource": ssoTags,
		},
		rates: map[string]Rate{"*": {20, 20, "sso", true}},
	}
}

func identityStoreService() service {
	return service{name: "identitystore", protocol: awsJSON, target: "AWSIdentityStore", tokens: map[string]string{"*": "NextToken"}, message: func(*query, *Failure) string { return "Message" },
		operations: map[string]handler{
			"ListUsers": listUsers, "ListGroups": listGroups, "ListGroupMemberships": groupMemberships, "DescribeIdentityStore": describeIdentityStore,
		},
		rates: map[string]Rate{"*": {20, 20, "identitystore", true}},
	}
}
