package fms

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// An Account is what Firewall Manager lets one account do in one region.
type Account struct {
	evidence.Meta
	Status        string   `json:"status" cel:"status" doc:"enabled where AWS lets this account administer Firewall Manager here, partly-enabled where it does and something is missing, not-enabled where AWS says that the account is no administrator."`
	Missing       []string `json:"missing" cel:"missing" doc:"What keeps partly-enabled from enabled: role_status, where Firewall Manager's role in this account is not READY. Empty for the others."`
	Answer        *string  `json:"answer,omitempty" cel:"answer" doc:"What AWS answered instead of the policies where the account is no administrator; absent where it is one."`
	Administrator *string  `json:"default_administrator,omitempty" cel:"default_administrator" doc:"The account that is the organization's default administrator. Absent where AWS names none, or does not tell this account."`
	RoleStatus    *string  `json:"role_status,omitempty" cel:"role_status" doc:"The state of Firewall Manager's role in the default administrator: READY, CREATING, PENDING_DELETION, DELETING or DELETED. Absent as above."`
	Members       *int     `json:"members,omitempty" cel:"members" doc:"The number of member accounts of the administrator's organization; absent where the account is no administrator."`
	Policies      *int     `json:"policies,omitempty" cel:"policies" doc:"The number of policies in this region; absent where the account is no administrator."`
}

// Kind is fms.account.
func (*Account) Kind() string { return accountKind }

// A Policy is what Firewall Manager demands of resources in many accounts.
type Policy struct {
	evidence.Meta
	PolicyID      string   `json:"policy_id" cel:"policy_id" doc:"The policy's id."`
	Name          string   `json:"name" cel:"name" doc:"The policy's name."`
	Description   *string  `json:"description,omitempty" cel:"description" doc:"The policy's description; absent where it has none."`
	Type          string   `json:"type" cel:"type" doc:"The service that the policy sets up: WAFV2, SHIELD_ADVANCED, SECURITY_GROUPS_COMMON, NETWORK_FIREWALL, DNS_FIREWALL and so on."`
	Status        string   `json:"status" cel:"status" doc:"ACTIVE, or OUT_OF_ADMIN_SCOPE where the administrator may no longer manage it and it is not kept up."`
	Remediation   bool     `json:"remediation" cel:"remediation" doc:"Whether what does not comply is put right automatically."`
	Cleanup       bool     `json:"delete_unused" cel:"delete_unused" doc:"Whether what Firewall Manager made is removed from resources that leave the policy's scope."`
	ResourceTypes []string `json:"resource_types" cel:"resource_types" doc:"The types of resources that the policy is for, sorted."`
	ResourceSets  []string `json:"resource_sets" cel:"resource_sets" doc:"The ids of the sets of resources that the policy is for."`
	ResourceTags  []string `json:"resource_tags" cel:"resource_tags" doc:"The tags that choose resources, as key=value. Empty where tags do not matter."`
	ExcludeTagged bool     `json:"exclude_tagged" cel:"exclude_tagged" doc:"Whether resources with those tags are left out; otherwise only they are meant."`
	Accounts      []string `json:"include_accounts" cel:"include_accounts" doc:"The accounts that the policy is limited to. Where there are neither accounts nor units all of the organization is meant."`
	Units         []string `json:"include_units" cel:"include_units" doc:"The organizational units that the policy is limited to."`
	NotAccounts   []string `json:"exclude_accounts" cel:"exclude_accounts" doc:"The accounts that are left out."`
	NotUnits      []string `json:"exclude_units" cel:"exclude_units" doc:"The organizational units that are left out."`
	Settings      *string  `json:"settings,omitempty" cel:"settings" doc:"What the policy sets up, as AWS gave it (ManagedServiceData); absent for types without settings."`
	Evaluated     *int     `json:"accounts_evaluated,omitempty" cel:"accounts_evaluated" doc:"The number of accounts that AWS tells the compliance of. Zero is shown by a policy that applies to no account, or was not evaluated yet."`
}

// Kind is fms.policy.
func (*Policy) Kind() string { return policyKind }

// A Compliance is how one account complies with one policy.
type Compliance struct {
	evidence.Meta
	Policy        string     `json:"policy" cel:"policy" doc:"The policy's ARN."`
	PolicyName    string     `json:"policy_name" cel:"policy_name" doc:"The policy's name."`
	Member        string     `json:"member" cel:"member" doc:"The account that is told of."`
	Compliance    string     `json:"compliance" cel:"compliance" doc:"COMPLIANT where every evaluation of the account says so, NON_COMPLIANT where one says that. Unknown where there was no evaluation, or where one broke off before it found anything wrong."`
	Violators     int        `json:"violators" cel:"violators" doc:"The number of resources that do not comply. Unknown where an evaluation broke off."`
	LimitExceeded bool       `json:"evaluation_limit_exceeded" cel:"evaluation_limit_exceeded" doc:"Whether AWS stopped counting, which it does at more than 100 resources that do not comply."`
	Issues        []string   `json:"issues" cel:"issues" doc:"What keeps Firewall Manager from knowing or doing its work in the account, as service and words (AWSCONFIG, AWSWAF, AWSSHIELD_ADVANCED, AWSVPC), sorted."`
	Updated       *time.Time `json:"updated,omitempty" cel:"updated" doc:"When the account was last evaluated; absent where AWS did not say."`
}

// Kind is fms.policy_compliance.
func (*Compliance) Kind() string { return complianceKind }
