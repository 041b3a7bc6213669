package moto

import "github.com/auditseal/auditseal/collectors/evidence"

// A lack is an operation that leaves something unread, and how it must stand in the ledger.
type lack struct {
	operation string
	outcome   evidence.Outcome
	code      string
	// once is for operations with one answer an account, asked in the first region. only and not name places as account/region, with
	// spaces between.
	once bool
	only string
	not  string
}

const (
	hub      = third + "/us-east-1"  // where Security Hub is on
	cluster  = zero + "/eu-west-1"   // where the CloudHSM cluster is
	recorder = caller + "/eu-west-1" // where Config records
	center   = caller + "/us-east-1" // where Identity Center has permission sets
	member   = zero + "/eu-west-1"   // where GuardDuty and Macie are administered by another account
	pending  = third + "/eu-west-1"  // where Inspector was turned off
)

// unread is everything that may be a gap, and all of it must be. moto answers an operation that it does not implement with a page
// of HTML and status 500, or 404 for services of the REST kind.
var unread = []lack{
	{operation: "account:ListRegions", outcome: evidence.CutShort, code: "UnreadableAnswer", once: true},
	{operation: "config:DescribeConformancePacks", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "config:DescribeDeliveryChannelStatus", outcome: evidence.Failed, code: "UnreadableAnswer", only: recorder},
	{operation: "config:DescribeConfigRuleEvaluationStatus", outcome: evidence.Failed, code: "UnreadableAnswer", only: recorder},
	{operation: "config:GetComplianceDetailsByConfigRule", outcome: evidence.Failed, code: "UnreadableAnswer", only: recorder},
	{operation: "config:DescribeComplianceByConfigRule", outcome: evidence.Failed, code: "UnreadableAnswer", only: recorder},
	// moto knows a few types, and of these not how they were in the past.
	{operation: "config:GetResourceConfigHistory", outcome: evidence.CutShort, code: "UnreadableAnswer"},
	{operation: "config:GetResourceConfigHistory", outcome: evidence.Failed, code: "UnreadableAnswer", only: zero + "/us-east-1 " + caller + "/us-east-1 " + third + "/us-east-1"},
	{operation: "securityhub:GetFindingHistory", outcome: evidence.CutShort, code: "UnreadableAnswer", only: hub},
	{operation: "config:GetDiscoveredResourceCounts", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "identitystore:DescribeIdentityStore", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "kms:DescribeCustomKeyStores", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "securityhub:GetEnabledStandards", outcome: evidence.CutShort, code: "UnreadableAnswer", only: hub},
	{operation: "sso:DescribeInstance", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "sso:DescribeInstanceAccessControlAttributeConfiguration", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "sso:GetPermissionsBoundaryForPermissionSet", outcome: evidence.Failed, code: "UnreadableAnswer", only: center},
	{operation: "sso:ListApplications", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "sso:ListTagsForResource", outcome: evidence.Failed, code: "UnreadableAnswer", only: center},
	{operation: "sso:ListTrustedTokenIssuers", outcome: evidence.Failed, code: "UnreadableAnswer"},
	// Services that moto has nothing of.
	{operation: "access-analyzer:ListAnalyzers", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "detective:ListGraphs", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "auditmanager:GetAccountStatus", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "auditmanager:GetSettings", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "auditmanager:ListAssessments", outcome: evidence.Failed, code: "UnreadableAnswer"},
	// Without a ConnectionMode in moto's list, distributions may have tenants, and moto has none of these.
	{operation: "cloudfront:ListDistributionTenants", outcome: evidence.CutShort, code: "UnreadableAnswer", once: true, only: recorder},
	{operation: "cloudtrail:ListEventDataStores", outcome: evidence.Failed, code: "UnreadableAnswer", once: true},
	{operation: "cognito-identity:GetIdentityPoolRoles", outcome: evidence.Failed, code: "UnreadableAnswer", only: recorder},
	{operation: "cognito-idp:DescribeRiskConfiguration", outcome: evidence.Failed, code: "UnreadableAnswer", only: recorder},
	{operation: "cognito-idp:GetLogDeliveryConfiguration", outcome: evidence.Failed, code: "UnreadableAnswer", only: recorder},
	{operation: "ec2:GetImageBlockPublicAccessState", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "ec2:GetInstanceMetadataDefaults", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "ec2:GetSnapshotBlockPublicAccessState", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "fms:GetAdminAccount", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "fms:ListPolicies", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "guardduty:DescribeOrganizationConfiguration", outcome: evidence.CutShort, code: "UnreadableAnswer", only: recorder + " " + hub},
	{operation: "guardduty:ListFilters", outcome: evidence.Failed, code: "UnreadableAnswer", only: recorder + " " + member + " " + hub},
	{operation: "guardduty:ListFindings", outcome: evidence.CutShort, code: "UnreadableAnswer", only: recorder + " " + member + " " + hub},
	{operation: "guardduty:ListMembers", outcome: evidence.CutShort, code: "UnreadableAnswer", only: recorder + " " + hub},
	{operation: "guardduty:ListPublishingDestinations", outcome: evidence.CutShort, code: "UnreadableAnswer", only: recorder + " " + member + " " + hub},
	{operation: "iam:GetOutboundWebIdentityFederationInfo", outcome: evidence.Failed, code: "UnreadableAnswer", once: true},
	{operation: "iam:ListOrganizationsFeatures", outcome: evidence.Failed, code: "UnreadableAnswer", once: true},
	{operation: "inspector2:GetConfiguration", outcome: evidence.CutShort, code: "UnreadableAnswer", not: pending},
	{operation: "inspector2:GetDelegatedAdminAccount", outcome: evidence.CutShort, code: "UnreadableAnswer", not: pending},
	{operation: "inspector2:GetEc2DeepInspectionConfiguration", outcome: evidence.CutShort, code: "UnreadableAnswer", not: pending + " " + member},
	{operation: "inspector2:ListCoverage", outcome: evidence.CutShort, code: "UnreadableAnswer", not: pending},
	{operation: "inspector2:ListFindingAggregations", outcome: evidence.CutShort, code: "UnreadableAnswer", not: pending},
	{operation: "macie2:DescribeOrganizationConfiguration", outcome: evidence.CutShort, code: "UnreadableAnswer", only: recorder},
	{operation: "macie2:GetAutomatedDiscoveryConfiguration", outcome: evidence.CutShort, code: "UnreadableAnswer", not: member},
	{operation: "macie2:GetBucketStatistics", outcome: evidence.CutShort, code: "UnreadableAnswer"},
	{operation: "macie2:GetClassificationExportConfiguration", outcome: evidence.CutShort, code: "UnreadableAnswer"},
	{operation: "macie2:GetFindingsPublicationConfiguration", outcome: evidence.CutShort, code: "UnreadableAnswer"},
	{operation: "macie2:ListAllowLists", outcome: evidence.CutShort, code: "UnreadableAnswer"},
	{operation: "macie2:ListAutomatedDiscoveryAccounts", outcome: evidence.CutShort, code: "UnreadableAnswer", only: member},
	{operation: "macie2:ListClassificationJobs", outcome: evidence.CutShort, code: "UnreadableAnswer"},
	{operation: "macie2:ListFindingsFilters", outcome: evidence.CutShort, code: "UnreadableAnswer"},
	{operation: "network-firewall:DescribeFirewallPolicy", outcome: evidence.Failed, code: "UnreadableAnswer", only: recorder},
	{operation: "organizations:DescribeEffectivePolicy", outcome: evidence.Failed, code: "UnreadableAnswer", once: true, only: recorder},
	{operation: "organizations:DescribeResourcePolicy", outcome: evidence.Failed, code: "UnreadableAnswer", once: true, only: recorder},
	{operation: "shield:DescribeDRTAccess", outcome: evidence.Failed, code: "UnreadableAnswer", once: true},
	{operation: "shield:DescribeEmergencyContactSettings", outcome: evidence.Failed, code: "UnreadableAnswer", once: true},
	{operation: "shield:GetSubscriptionState", outcome: evidence.Failed, code: "UnreadableAnswer", once: true},
	{operation: "shield:ListProtectionGroups", outcome: evidence.Failed, code: "UnreadableAnswer", once: true},
	{operation: "ssm:DescribeInstanceInformation", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "ssm:DescribeMaintenanceWindowExecutions", outcome: evidence.Failed, code: "UnreadableAnswer", only: recorder},
	{operation: "ssm:DescribeMaintenanceWindowTasks", outcome: evidence.CutShort, code: "MissingMember", only: recorder}, // no Type
	{operation: "ssm:GetPatchBaseline", outcome: evidence.Failed, code: "UnreadableAnswer", only: recorder},
	{operation: "ssm:DescribePatchGroups", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "ssm:GetServiceSetting", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "ssm:ListComplianceSummaries", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "ssm:ListResourceComplianceSummaries", outcome: evidence.Failed, code: "UnreadableAnswer"},
	{operation: "wafv2:ListResourcesForWebACL", outcome: evidence.Failed, code: "UnreadableAnswer", only: member + " " + center},
	// moto has no regions in S3 Control, and lists an access point in each.
	{operation: "s3-control:ListAccessPoints", outcome: evidence.CutShort, code: "SaidTwice", only: recorder},
	// What moto implements, and answers in a form that is not AWS's: times as text, and a key without its usage.
	{operation: "cloudhsm:DescribeBackups", outcome: evidence.CutShort, code: "UnreadableAnswer", only: cluster},
	{operation: "cloudhsm:DescribeClusters", outcome: evidence.CutShort, code: "UnreadableAnswer", only: cluster},
	{operation: "kms:DescribeKey", outcome: evidence.CutShort, code: "MissingMember"},
	// A subscription's times are text too. Without GetSubscriptionState it is not known that the others have none.
	{operation: "shield:DescribeSubscription", outcome: evidence.CutShort, code: "UnreadableAnswer", once: true, only: third + "/eu-west-1"},
	{operation: "shield:DescribeSubscription", outcome: evidence.Failed, code: "ResourceNotFoundException", once: true, not: third + "/eu-west-1"},
	// moto leaves out what is empty: AWS documents HealthCheckIds as optional, and not what its absence means.
	{operation: "shield:ListProtections", outcome: evidence.CutShort, code: "MissingMember", once: true, only: third + "/eu-west-1"},
	// The names and ids of policies are missing in moto's details, AccountPasswordPresent in its summary, IsTruncated in its aliases.
	{operation: "iam:GetAccountAuthorizationDetails", outcome: evidence.CutShort, code: "MissingMember", once: true},
	{operation: "iam:GetAccountSummary", outcome: evidence.CutShort, code: "MissingMember", once: true},
	{operation: "iam:ListAccountAliases", outcome: evidence.CutShort, code: "MissingMember", once: true},
	// Every report of moto's was made in February 2015, and none has a line for the root user.
	{operation: "iam:GetCredentialReport", outcome: evidence.CutShort, code: "OldReport", once: true},
	{operation: "iam:GetCredentialReport", outcome: evidence.CutShort, code: "UnreadableReport", once: true},
	// moto has no selectors where nobody put any, and leaves insight selectors out; AWS has default ones, and an error of its own.
	{operation: "cloudtrail:GetEventSelectors", outcome: evidence.CutShort, code: "MissingMember", only: pending},
	{operation: "cloudtrail:GetInsightSelectors", outcome: evidence.CutShort, code: "MissingMember", only: member + " " + pending},
	// moto's list has neither Staging nor the buckets of origins.
	{operation: "cloudfront:ListDistributions", outcome: evidence.CutShort, code: "MissingMember", once: true, only: recorder},
	// moto gives back what was set, and leaves out what was not; it knows of no zones either.
	{operation: "network-firewall:DescribeFirewall", outcome: evidence.CutShort, code: "MissingMember", only: recorder},
	{operation: "network-firewall:DescribeLoggingConfiguration", outcome: evidence.CutShort, code: "MissingMember", only: recorder},
	{operation: "cognito-identity:DescribeIdentityPool", outcome: evidence.CutShort, code: "MissingMember", only: recorder},
	{operation: "cognito-idp:DescribeUserPool", outcome: evidence.CutShort, code: "MissingMember", only: recorder},
	{operation: "cognito-idp:DescribeUserPoolClient", outcome: evidence.CutShort, code: "MissingMember", only: recorder},
	// A suspended detector lists its features at AWS; moto lists those that somebody asked for.
	{operation: "guardduty:GetDetector", outcome: evidence.CutShort, code: "MissingMember", only: hub},
	// moto tells accounts on their own and administrators apart by nothing: no administrator, and no content. AWS answers 404.
	{operation: "macie2:GetAdministratorAccount", outcome: evidence.CutShort, code: "MissingMember", not: recorder + " " + member},
	// AWS says AccessDeniedException, "Macie is not enabled", and not that there is no such resource.
	{operation: "macie2:GetMacieSession", outcome: evidence.Failed, code: "ResourceNotFoundException", only: hub},
	// moto says nothing of accounts that never turned Inspector on; AWS answers DISABLED.
	{operation: "inspector2:BatchGetAccountStatus", outcome: evidence.CutShort, code: "MissingMember", not: recorder + " " + member + " " + pending},
	// What moto answers as AWS does: the service is off there.
	{operation: "guardduty:GetDetector", outcome: evidence.NotEnabled, code: "Suspended", only: hub},
	{operation: "guardduty:ListDetectors", outcome: evidence.NotEnabled, code: "NoDetector", not: recorder + " " + member + " " + hub},
	{operation: "inspector2:BatchGetAccountStatus", outcome: evidence.NotEnabled, code: "DISABLED", only: pending},
	{operation: "securityhub:DescribeHub", outcome: evidence.NotEnabled, code: "InvalidAccessException", not: hub},
}
