package moto

import "github.com/auditseal/auditseal/collectors/evidence"

// A lack is an operation that leaves something unread, and how it must stand in the ledger.
type lack struct {
	operation string
	outcome   evidence.Outcome
	code      string
	// once is for operations with one answer an account, asked in the first region. only and not name account/region.
	once bool
	only string
	not  string
}

const (
	hub      = third + "/us-east-1"  // where Security Hub is on
	cluster  = zero + "/eu-west-1"   // where the CloudHSM cluster is
	recorder = caller + "/eu-west-1" // where Config records
	center   = caller + "/us-east-1" // where Identity Center has permission sets
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
	// moto has no regions in S3 Control, and lists an access point in each.
	{operation: "s3-control:ListAccessPoints", outcome: evidence.CutShort, code: "SaidTwice", only: recorder},
	// What moto implements, and answers in a form that is not AWS's: times as text, and a key without its usage.
	{operation: "cloudhsm:DescribeBackups", outcome: evidence.CutShort, code: "UnreadableAnswer", only: cluster},
	{operation: "cloudhsm:DescribeClusters", outcome: evidence.CutShort, code: "UnreadableAnswer", only: cluster},
	{operation: "kms:DescribeKey", outcome: evidence.CutShort, code: "MissingMember"},
	// What moto answers as AWS does: Security Hub is off there.
	{operation: "securityhub:DescribeHub", outcome: evidence.NotEnabled, code: "InvalidAccessException", not: hub},
}
