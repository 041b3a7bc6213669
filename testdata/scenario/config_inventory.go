package scenario

// What Config has discovered of the services that are declared elsewhere: the same resources that those services list, and those that are gone.

// inventories tell how Config finds the resources of a type in what a region or its account declares.
var inventories = map[string]func(p *place) []kept{
	accountBlockType:                 keptAccountBlock,
	bucketType:                       keptBuckets,
	complianceType:                   keptVerdicts,
	"AWS::CloudFront::Distribution":  keptDistributions,
	"AWS::CloudTrail::Trail":         keptTrails,
	"AWS::EC2::Instance":             keptInstances,
	"AWS::EC2::SecurityGroup":        keptGroups,
	"AWS::IAM::Group":                keptPrincipals("GroupDetailList", "GroupId", "GroupName"),
	"AWS::IAM::Policy":               keptPrincipals("Policies", "PolicyId", "PolicyName"),
	"AWS::IAM::Role":                 keptPrincipals("RoleDetailList", "RoleId", "RoleName"),
	"AWS::IAM::User":                 keptPrincipals("UserDetailList", "UserId", "UserName"),
	"AWS::NetworkFirewall::Firewall": keptFirewalls,
	patchType:                        keptPatches,
	"AWS::WAFv2::WebACL":             keptWebACLs,
}
