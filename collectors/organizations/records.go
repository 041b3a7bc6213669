package organizations

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Membership is what an account itself sees of the organization it belongs to.
type Membership struct {
	evidence.Meta
	Status            string   `json:"status" cel:"status" doc:"enabled where the account belongs to an organization with all features, partly-enabled where its organization is for consolidated billing only, not-enabled where the account stands alone."`
	Missing           []string `json:"missing" cel:"missing" doc:"What the organization lacks: ALL_FEATURES. Empty where it lacks nothing, and where there is no organization."`
	Organization      *string  `json:"organization,omitempty" cel:"organization" doc:"The organization's id, o-…; absent where the account stands alone."`
	OrganizationARN   *string  `json:"organization_arn,omitempty" cel:"organization_arn" doc:"The organization's ARN; absent where the account stands alone, or AWS left it out."`
	ManagementAccount *string  `json:"management_account,omitempty" cel:"management_account" doc:"The account that manages the organization, 12 digits; absent where the account stands alone."`
	Management        bool     `json:"management" cel:"management" doc:"Whether this account is the management account; false where it stands alone."`
	FeatureSet        *string  `json:"feature_set,omitempty" cel:"feature_set" doc:"ALL or CONSOLIDATED_BILLING; absent where the account stands alone."`
}

// Kind is organizations.membership.
func (*Membership) Kind() string { return "organizations.membership" }

// An Organization is the organization as the account that lists it sees it.
type Organization struct {
	evidence.Meta
	OrganizationID    string          `json:"organization_id" cel:"organization_id" doc:"The organization's id, o-…. The record's account is the one that was asked."`
	ManagementAccount string          `json:"management_account" cel:"management_account" doc:"The account that manages the organization, 12 digits."`
	FeatureSet        string          `json:"feature_set" cel:"feature_set" doc:"ALL, or CONSOLIDATED_BILLING where the organization has no policies and no trusted services."`
	Accounts          int             `json:"accounts" cel:"accounts" doc:"The number of accounts of the organization, in whichever state, the management account included."`
	ActiveAccounts    int             `json:"active_accounts" cel:"active_accounts" doc:"How many of them are ACTIVE."`
	AccountsInScope   int             `json:"accounts_in_scope" cel:"accounts_in_scope" doc:"How many of them the audit reads."`
	ScopeNotListed    []string        `json:"scope_not_listed" cel:"scope_not_listed" doc:"The accounts that the audit reads and that the organization does not list, sorted."`
	ResourcePolicy    *ResourcePolicy `json:"resource_policy,omitempty" cel:"resource_policy" doc:"The policy by which the management account lets members manage policies of the organization; absent where there is none."`
}

// Kind is organizations.organization.
func (*Organization) Kind() string { return "organizations.organization" }

// ResourcePolicy is the delegation policy of an organization.
type ResourcePolicy struct {
	ARN        *string  `json:"arn,omitempty" cel:"arn" doc:"Its ARN; absent where AWS left it out."`
	Text       string   `json:"text" cel:"text" doc:"The policy document as AWS gave it."`
	Statements int      `json:"statements" cel:"statements" doc:"The number of statements."`
	Everyone   bool     `json:"everyone" cel:"everyone" doc:"Whether an Allow statement admits everyone without a condition that names accounts, organizations or principals. It is our own reading of the document; Deny statements are not weighed."`
	Principals []string `json:"principals" cel:"principals" doc:"Whom Allow statements name, as TYPE:value, sorted; * is everyone."`
	Accounts   []string `json:"accounts" cel:"accounts" doc:"The accounts other than the management account that Allow statements name, sorted."`
}

// A Root is the top of an organization's tree.
type Root struct {
	evidence.Meta
	RootID             string   `json:"root_id" cel:"root_id" doc:"The root's id, r-…."`
	Name               *string  `json:"name,omitempty" cel:"name" doc:"The root's name; absent where AWS left it out."`
	EnabledPolicyTypes []string `json:"enabled_policy_types" cel:"enabled_policy_types" doc:"The policy types that are ENABLED in the root, as SERVICE_CONTROL_POLICY, sorted. Policies of other types are not in force."`
	OtherPolicyTypes   []string `json:"other_policy_types" cel:"other_policy_types" doc:"The policy types in another status, as BACKUP_POLICY PENDING_ENABLE, sorted."`
}

// Kind is organizations.root.
func (*Root) Kind() string { return "organizations.root" }

// Guardrails are the policies of one authorization type (SCPs or RCPs) that lie over an account or OU. What they allow or deny is not judged.
type Guardrails struct {
	Applies  bool     `json:"applies" cel:"applies" doc:"Whether policies of the type have an effect here: the type is enabled in the root, and this is not the management account, which neither SCPs nor RCPs limit."`
	Policies []string `json:"policies" cel:"policies" doc:"The ids of the policies attached on the way from the root down to here, each once, in that order and sorted within a level; empty where the type is not enabled."`
	Limited  bool     `json:"limited" cel:"limited" doc:"Whether they apply and one of them is another than AWS's own p-FullAWSAccess or p-RCPFullAWSAccess, which limit nothing."`
}

// An OrganizationalUnit is an OU.
type OrganizationalUnit struct {
	evidence.Meta
	OUID   string      `json:"ou_id" cel:"ou_id" doc:"The OU's id, ou-…."`
	Name   *string     `json:"name,omitempty" cel:"name" doc:"The OU's name; absent where AWS left it out."`
	Parent string      `json:"parent" cel:"parent" doc:"The id of the root or OU that holds it."`
	Path   []string    `json:"path" cel:"path" doc:"The ids on the way from the root down to the OU, both included."`
	SCP    *Guardrails `json:"service_control_policies,omitempty" cel:"service_control_policies" doc:"The service control policies over the OU, which every account below it inherits."`
	RCP    *Guardrails `json:"resource_control_policies,omitempty" cel:"resource_control_policies" doc:"The resource control policies over the OU, which every account below it inherits."`
}

// Kind is organizations.organizational_unit.
func (*OrganizationalUnit) Kind() string { return "organizations.organizational_unit" }

// An Account is an account of the organization, read by the audit or not.
type Account struct {
	evidence.Meta
	AccountID       string      `json:"account_id" cel:"account_id" doc:"The account, 12 digits. The record's own account is the one that listed it."`
	Name            *string     `json:"name,omitempty" cel:"name" doc:"The account's name; absent where AWS left it out."`
	Email           *string     `json:"email,omitempty" cel:"email" doc:"The address of the account's root user; absent where AWS left it out."`
	State           string      `json:"state" cel:"state" doc:"PENDING_ACTIVATION, ACTIVE, SUSPENDED, PENDING_CLOSURE or CLOSED. Where AWS tells no State it is the older Status."`
	JoinedMethod    *string     `json:"joined_method,omitempty" cel:"joined_method" doc:"CREATED in the organization, or INVITED into it; absent where AWS left it out."`
	Joined          *time.Time  `json:"joined,omitempty" cel:"joined" doc:"When it joined the organization; absent where AWS left it out."`
	Management      bool        `json:"management" cel:"management" doc:"Whether it is the management account."`
	Parent          *string     `json:"parent,omitempty" cel:"parent" doc:"The id of the root or OU that holds it."`
	Path            []string    `json:"path" cel:"path" doc:"The ids on the way from the root down to its parent, both included."`
	InScope         bool        `json:"in_scope" cel:"in_scope" doc:"Whether the audit reads the account."`
	NotRead         *string     `json:"not_read,omitempty" cel:"not_read" doc:"Why the audit does not read it: excluded (audit.yaml leaves it out by name), not-active (its state is not ACTIVE, and audit.yaml does not name it), not-named (neither). Absent where it is read."`
	ExclusionReason *string     `json:"exclusion_reason,omitempty" cel:"exclusion_reason" doc:"The reason that audit.yaml gives for leaving it out; absent where it is not excluded, or no reason is given."`
	SCP             *Guardrails `json:"service_control_policies,omitempty" cel:"service_control_policies" doc:"The service control policies over the account: its own and inherited ones."`
	RCP             *Guardrails `json:"resource_control_policies,omitempty" cel:"resource_control_policies" doc:"The resource control policies over the account: its own and inherited ones."`
}

// Kind is organizations.account.
func (*Account) Kind() string { return "organizations.account" }

// Member gives the account's id and state, for whoever looks for the accounts to read.
func (a *Account) Member() (account, state string) { return a.AccountID, a.State }

// A Policy is a policy of the organization, of whichever type.
type Policy struct {
	evidence.Meta
	PolicyID    string   `json:"policy_id" cel:"policy_id" doc:"The policy's id, p-…."`
	Name        *string  `json:"name,omitempty" cel:"name" doc:"The policy's name; absent where AWS left it out."`
	Description *string  `json:"description,omitempty" cel:"description" doc:"Its description; absent where there is none."`
	Type        string   `json:"type" cel:"type" doc:"SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY, TAG_POLICY, BACKUP_POLICY, DECLARATIVE_POLICY_EC2 …"`
	AWSManaged  bool     `json:"aws_managed" cel:"aws_managed" doc:"Whether AWS says that it manages the policy."`
	Content     *string  `json:"content,omitempty" cel:"content" doc:"The policy document as AWS gave it."`
	Targets     []string `json:"targets" cel:"targets" doc:"What it is attached to, as ROOT/r-…, ORGANIZATIONAL_UNIT/ou-… or ACCOUNT/12 digits, sorted; empty where it is attached to nothing and so has no effect."`
}

// Kind is organizations.policy.
func (*Policy) Kind() string { return "organizations.policy" }

// An EffectivePolicy is what the management policies of one type come to in one account.
type EffectivePolicy struct {
	evidence.Meta
	Type    string     `json:"type" cel:"type" doc:"The type of management policy: TAG_POLICY, BACKUP_POLICY, DECLARATIVE_POLICY_EC2 … Service and resource control policies have no effective policy."`
	Present bool       `json:"present" cel:"present" doc:"Whether there is an effective policy of the type in the account; false where AWS says that there is none, or that the type is not enabled."`
	Content *string    `json:"content,omitempty" cel:"content" doc:"The effective policy document as AWS gave it; absent where there is none."`
	Updated *time.Time `json:"updated,omitempty" cel:"updated" doc:"When it last changed; absent where there is none, or AWS left it out."`
}

// Kind is organizations.effective_policy.
func (*EffectivePolicy) Kind() string { return "organizations.effective_policy" }

// A DelegatedAdministrator is a member account that administers services for the whole organization.
type DelegatedAdministrator struct {
	evidence.Meta
	AccountID string     `json:"account_id" cel:"account_id" doc:"The account, 12 digits."`
	Name      *string    `json:"name,omitempty" cel:"name" doc:"The account's name; absent where AWS left it out."`
	State     string     `json:"state" cel:"state" doc:"The account's state, as in organizations.account."`
	Since     *time.Time `json:"since,omitempty" cel:"since" doc:"When it became a delegated administrator; absent where AWS left it out."`
	Services  []string   `json:"services" cel:"services" doc:"The service principals that it administers, as config.amazonaws.com, sorted."`
	InScope   bool       `json:"in_scope" cel:"in_scope" doc:"Whether the audit reads the account."`
}

// Kind is organizations.delegated_administrator.
func (*DelegatedAdministrator) Kind() string { return "organizations.delegated_administrator" }

// A TrustedService is an AWS service that may act in all accounts of the organization.
type TrustedService struct {
	evidence.Meta
	Service string     `json:"service" cel:"service" doc:"The service principal, as config.amazonaws.com."`
	Enabled *time.Time `json:"enabled,omitempty" cel:"enabled" doc:"When trusted access was enabled; absent where AWS left it out."`
}

// Kind is organizations.trusted_service.
func (*TrustedService) Kind() string { return "organizations.trusted_service" }
