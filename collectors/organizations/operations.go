package organizations

import (
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// limits is where AWS publishes how often each operation may be asked in an account.
const limits = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"

// operation has AWS's rate and burst; rate 0 is one that AWS does not publish.
func operation(name, member string, rate float64, burst int) evidence.Operation {
	op := evidence.Operation{Service: "organizations", API: organizations.ServiceID, Name: name, Action: "organizations:" + name, Member: member, Rate: rate, Burst: burst}
	if rate > 0 {
		op.RateSource = limits
	}
	return op
}

func named(op evidence.Operation, members ...string) evidence.Operation {
	op.Identity = members
	return op
}

func each(op evidence.Operation, kind string) evidence.Operation {
	op.Each = kind
	return op
}

func lists(op evidence.Operation, kind string) evidence.Operation {
	op.Lists, op.Page = kind, pageSize
	return op
}

// pageSize is the most that AWS puts on a page of any list.
const pageSize = 20

var (
	describeEffectivePolicy = each(operation("DescribeEffectivePolicy", "EffectivePolicy", 0, 0), effectiveKind)
	describeOrganization    = named(operation("DescribeOrganization", "Organization", 1, 2), "MasterAccountEmail")
	describePolicy          = each(operation("DescribePolicy", "Policy", 2, 2), policyKind)
	describeResourcePolicy  = operation("DescribeResourcePolicy", "ResourcePolicy", 0, 0)
	listServiceAccess       = lists(operation("ListAWSServiceAccessForOrganization", "EnabledServicePrincipals", 1, 3), serviceKind)
	listAccounts            = named(lists(operation("ListAccounts", "Accounts", 8, 12), accountKind), "Email")
	// The accounts of each parent are asked for only where AWS tells no path of an account.
	listAccountsForParent    = each(named(operation("ListAccountsForParent", "Accounts", 5, 8), "Email"), ouKind)
	listAdministrators       = named(lists(operation("ListDelegatedAdministrators", "DelegatedAdministrators", 5, 8), administratorKind), "Email")
	listAdministeredServices = each(operation("ListDelegatedServicesForAccount", "DelegatedServices", 1, 3), administratorKind)
	listUnits                = each(operation("ListOrganizationalUnitsForParent", "OrganizationalUnits", 5, 8), ouKind)
	listPolicies             = lists(operation("ListPolicies", "Policies", 5, 8), policyKind)
	listRoots                = operation("ListRoots", "Roots", 1, 2)
	listTargets              = each(operation("ListTargetsForPolicy", "Targets", 5, 8), policyKind)
)

// Operations are all reads.
func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{
		describeEffectivePolicy, describeOrganization, describePolicy, describeResourcePolicy, listServiceAccess, listAccounts, listAccountsForParent,
		listAdministrators, listAdministeredServices, listUnits, listPolicies, listRoots, listTargets,
	}
}
