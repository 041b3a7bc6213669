package identitycenter

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Presence says how many instances an account sees in a region.
type Presence struct {
	evidence.Meta
	Instances   int `json:"instances" cel:"instances" doc:"How many instances ListInstances shows here, those of other accounts included. 0 means AWS answered in full and there is none."`
	Active      int `json:"active" cel:"active" doc:"How many of them have the status ACTIVE."`
	Owned       int `json:"owned" cel:"owned" doc:"How many of them belong to this account."`
	AccountOnly int `json:"account_only" cel:"account_only" doc:"How many of the active ones AWS says cannot have permission sets: instances of a single account, through which nobody reaches an AWS account."`
}

// Kind is identitycenter.presence.
func (*Presence) Kind() string { return "identitycenter.presence" }

// An Instance is an instance of Identity Center as one account and region sees it.
type Instance struct {
	evidence.Meta
	ARN                   string           `json:"arn" cel:"arn" doc:"The instance's ARN. The id is the same where the instance is at home, and account/region/ARN where it is only seen."`
	Name                  *string          `json:"name,omitempty" cel:"name" doc:"The instance's name. Absent where it has none."`
	OwnerAccount          string           `json:"owner_account" cel:"owner_account" doc:"The account that owns the instance."`
	Home                  bool             `json:"home" cel:"home" doc:"Whether this is the owner's account and the instance's primary region. Details, permission sets, users and groups are read there only."`
	Status                string           `json:"status" cel:"status" doc:"CREATE_IN_PROGRESS, CREATE_FAILED, DELETE_IN_PROGRESS or ACTIVE."`
	StatusReason          *string          `json:"status_reason,omitempty" cel:"status_reason" doc:"AWS's words about a status that is not ACTIVE. Absent otherwise."`
	Created               *time.Time       `json:"created,omitempty" cel:"created" doc:"When the instance was created."`
	IdentityStoreID       string           `json:"identity_store_id" cel:"identity_store_id" doc:"The identity store that holds its users and groups."`
	PrimaryRegion         *string          `json:"primary_region,omitempty" cel:"primary_region" doc:"The region where the instance was enabled first. Absent where AWS names none: the region that was asked then counts as primary."`
	Regions               []InstanceRegion `json:"regions" cel:"regions" doc:"The regions that the instance reaches, as AWS lists them. Empty where AWS lists none."`
	PermissionSetsEnabled *bool            `json:"permission_sets_enabled,omitempty" cel:"permission_sets_enabled" doc:"Whether the instance can have permission sets; those of a single account cannot. Absent where AWS does not say, and where the instance is not at home."`
	Encryption            *Encryption      `json:"encryption,omitempty" cel:"encryption" doc:"How the instance's data is encrypted. Absent where AWS does not say, and where the instance is not at home."`
	ABAC                  *ABAC            `json:"abac,omitempty" cel:"abac" doc:"Attributes for access control. Absent where they are off, and where the instance is not at home."`
	Network               *Network         `json:"network,omitempty" cel:"network" doc:"Network restrictions of the identity store. Absent where AWS names none, and where the instance is not at home."`
}

// Kind is identitycenter.instance.
func (*Instance) Kind() string { return "identitycenter.instance" }

// An InstanceRegion is a region that an instance reaches.
type InstanceRegion struct {
	Name    string     `json:"name" cel:"name" doc:"The region's name."`
	Status  string     `json:"status" cel:"status" doc:"ACTIVE, ADDING or REMOVING."`
	Primary bool       `json:"primary" cel:"primary" doc:"Whether it is the primary region."`
	Added   *time.Time `json:"added,omitempty" cel:"added" doc:"When the region was added. Absent where AWS does not say."`
}

// Encryption is how an instance's data is encrypted.
type Encryption struct {
	KeyType      string  `json:"key_type" cel:"key_type" doc:"AWS_OWNED_KMS_KEY or CUSTOMER_MANAGED_KEY."`
	KeyARN       *string `json:"key_arn,omitempty" cel:"key_arn" doc:"The KMS key. Absent for a key that AWS owns."`
	Status       *string `json:"status,omitempty" cel:"status" doc:"ENABLED, UPDATING or UPDATE_FAILED. Absent where AWS does not say."`
	StatusReason *string `json:"status_reason,omitempty" cel:"status_reason" doc:"AWS's words about the status, mostly about a failed update. Absent otherwise."`
}

// ABAC is the configuration of attributes for access control.
type ABAC struct {
	Status     string              `json:"status" cel:"status" doc:"ENABLED, CREATION_IN_PROGRESS or CREATION_FAILED."`
	Attributes map[string][]string `json:"attributes" cel:"attributes" doc:"The sources in the identity store that each attribute is filled from, by the attribute's name."`
}

// Network is what restricts the way to an identity store.
type Network struct {
	VPCEndpointRequired *bool    `json:"vpc_endpoint_required,omitempty" cel:"vpc_endpoint_required" doc:"Whether requests must come through a VPC endpoint. Absent where AWS does not say."`
	AllowSourceIPs      []string `json:"allow_source_ips" cel:"allow_source_ips" doc:"Address ranges from which the API may be called whatever else is restricted. Empty means no such exception."`
	RestrictSourceVPCs  []string `json:"restrict_source_vpcs" cel:"restrict_source_vpcs" doc:"The VPCs from which the API may be called. Empty means that it is not restricted to VPCs."`
	SCIMAllowSourceIPs  []string `json:"scim_allow_source_ips" cel:"scim_allow_source_ips" doc:"Address ranges from which SCIM may be used. Empty means that the other restrictions rule it."`
}

// A PermissionSet is a permission set of an instance.
type PermissionSet struct {
	evidence.Meta
	Instance                string            `json:"instance" cel:"instance" doc:"The ARN of the instance."`
	Name                    string            `json:"name" cel:"name" doc:"The permission set's name."`
	Description             *string           `json:"description,omitempty" cel:"description" doc:"Its description. Absent where it has none."`
	Created                 *time.Time        `json:"created,omitempty" cel:"created" doc:"When it was created."`
	SessionDuration         *string           `json:"session_duration,omitempty" cel:"session_duration" doc:"How long a session lasts, as AWS writes it (ISO 8601: PT8H)."`
	SessionMinutes          int               `json:"session_minutes" cel:"session_minutes" doc:"How long a session lasts, in minutes. Unknown where AWS gives no duration or one that is not whole minutes in ISO 8601."`
	RelayState              *string           `json:"relay_state,omitempty" cel:"relay_state" doc:"Where the console opens. Absent where none is set."`
	ManagedPolicies         []string          `json:"managed_policies" cel:"managed_policies" doc:"The ARNs of the AWS managed policies in it."`
	CustomerManagedPolicies []string          `json:"customer_managed_policies" cel:"customer_managed_policies" doc:"The customer managed policies in it, by path and name (/team/ReadLogs)."`
	Administrator           bool              `json:"administrator" cel:"administrator" doc:"Whether AWS's policy AdministratorAccess is among its managed policies."`
	HasInline               bool              `json:"has_inline" cel:"has_inline" doc:"Whether it has an inline policy."`
	InlinePolicy            string            `json:"inline_policy" cel:"inline_policy" doc:"The inline policy as AWS sent it. Empty where there is none."`
	InlinePolicySHA256      string            `json:"inline_policy_sha256" cel:"inline_policy_sha256" doc:"The SHA-256 of the inline policy's text. Empty where there is none."`
	InlineAllowsAll         bool              `json:"inline_allows_all" cel:"inline_allows_all" doc:"Whether a statement of the inline policy allows every action on every resource (Action * and Resource *), under whatever condition."`
	Boundary                *Boundary         `json:"boundary,omitempty" cel:"boundary" doc:"The permissions boundary. Absent where AWS says there is none."`
	AccountsProvisioned     int               `json:"accounts_provisioned" cel:"accounts_provisioned" doc:"In how many accounts it is provisioned."`
	AccountsOutdated        int               `json:"accounts_outdated" cel:"accounts_outdated" doc:"How many of them have not received its latest version (LATEST_PERMISSION_SET_NOT_PROVISIONED)."`
	OutdatedAccounts        []string          `json:"outdated_accounts" cel:"outdated_accounts" doc:"The accounts that have not received its latest version."`
	Tags                    map[string]string `json:"tags" cel:"tags" doc:"Its tags."`
}

// Kind is identitycenter.permission_set.
func (*PermissionSet) Kind() string { return "identitycenter.permission_set" }

// A Boundary is a permissions boundary. One of the two policies is set.
type Boundary struct {
	ManagedPolicy         *string `json:"managed_policy,omitempty" cel:"managed_policy" doc:"The ARN of an AWS managed policy. Absent where the boundary is a customer managed one."`
	CustomerManagedPolicy *string `json:"customer_managed_policy,omitempty" cel:"customer_managed_policy" doc:"A customer managed policy by path and name. Absent where the boundary is an AWS managed one."`
	Administrator         bool    `json:"administrator" cel:"administrator" doc:"Whether the boundary is AWS's policy AdministratorAccess, which bounds nothing."`
}

// An Assignment gives a user or a group a permission set in an account.
type Assignment struct {
	evidence.Meta
	Instance          string  `json:"instance" cel:"instance" doc:"The ARN of the instance."`
	TargetAccount     string  `json:"target_account" cel:"target_account" doc:"The account in which the permission set is held; account is the one that was asked."`
	PermissionSet     string  `json:"permission_set" cel:"permission_set" doc:"The ARN of the permission set."`
	PermissionSetName *string `json:"permission_set_name,omitempty" cel:"permission_set_name" doc:"The name of the permission set."`
	PrincipalType     string  `json:"principal_type" cel:"principal_type" doc:"USER or GROUP."`
	PrincipalID       string  `json:"principal_id" cel:"principal_id" doc:"The id of the user or group in the identity store."`
	PrincipalExists   bool    `json:"principal_exists" cel:"principal_exists" doc:"Whether the identity store still holds the user or group."`
	PrincipalName     *string `json:"principal_name,omitempty" cel:"principal_name" doc:"The user's user name or the group's display name. Absent where there is no such principal, or it has no name."`
	PrincipalStatus   *string `json:"principal_status,omitempty" cel:"principal_status" doc:"The user's status, ENABLED or DISABLED. Absent for groups, and where AWS gives none."`
}

// Kind is identitycenter.assignment.
func (*Assignment) Kind() string { return "identitycenter.assignment" }

// An Application is an application of an instance.
type Application struct {
	evidence.Meta
	Instance             string     `json:"instance" cel:"instance" doc:"The ARN of the instance."`
	Name                 *string    `json:"name,omitempty" cel:"name" doc:"The application's name. Absent where it has none."`
	Description          *string    `json:"description,omitempty" cel:"description" doc:"Its description. Absent where it has none."`
	OwnerAccount         *string    `json:"owner_account,omitempty" cel:"owner_account" doc:"The account that the application belongs to. Absent where AWS does not say."`
	Provider             *string    `json:"provider,omitempty" cel:"provider" doc:"The ARN of its application provider. Absent where AWS does not say."`
	Status               string     `json:"status" cel:"status" doc:"ENABLED or DISABLED."`
	Visibility           *string    `json:"visibility,omitempty" cel:"visibility" doc:"Whether the access portal shows it, ENABLED or DISABLED. Absent where AWS does not say."`
	Created              *time.Time `json:"created,omitempty" cel:"created" doc:"When it was created."`
	AssignmentRequired   *bool      `json:"assignment_required,omitempty" cel:"assignment_required" doc:"Whether users need an assignment. Where it is false, every user of the instance may use the application."`
	Assignments          int        `json:"assignments" cel:"assignments" doc:"How many users and groups are assigned."`
	AccountAccessManager bool       `json:"account_access_manager" cel:"account_access_manager" doc:"Whether its provider or name is that of IAM's account access manager, which grants roles outside permission sets. What it grants is not read: no SDK for it was published when this was written."`
}

// Kind is identitycenter.application.
func (*Application) Kind() string { return "identitycenter.application" }

// A TrustedTokenIssuer is an outside issuer whose tokens an instance exchanges for its own.
type TrustedTokenIssuer struct {
	evidence.Meta
	Instance      string  `json:"instance" cel:"instance" doc:"The ARN of the instance."`
	Name          *string `json:"name,omitempty" cel:"name" doc:"The issuer's name. Absent where it has none."`
	Type          string  `json:"type" cel:"type" doc:"The type of issuer; OIDC_JWT is the only one that AWS documents."`
	IssuerURL     *string `json:"issuer_url,omitempty" cel:"issuer_url" doc:"The URL for OpenID Discovery. Absent for a type that has none."`
	ClaimPath     *string `json:"claim_path,omitempty" cel:"claim_path" doc:"The attribute of the token that is compared. Absent for a type that has none."`
	AttributePath *string `json:"attribute_path,omitempty" cel:"attribute_path" doc:"The attribute of the identity store that it is compared with. Absent for a type that has none."`
	JWKSRetrieval *string `json:"jwks_retrieval,omitempty" cel:"jwks_retrieval" doc:"How the issuer's keys are fetched. Absent for a type that has none."`
}

// Kind is identitycenter.trusted_token_issuer.
func (*TrustedTokenIssuer) Kind() string { return "identitycenter.trusted_token_issuer" }

// A User is a user of an identity store. No other personal data than the two names is taken from AWS's answer.
type User struct {
	evidence.Meta
	IdentityStoreID string     `json:"identity_store_id" cel:"identity_store_id" doc:"The identity store."`
	UserID          string     `json:"user_id" cel:"user_id" doc:"The user's id in it."`
	UserName        *string    `json:"user_name,omitempty" cel:"user_name" doc:"The user name. Absent where the user has none."`
	DisplayName     *string    `json:"display_name,omitempty" cel:"display_name" doc:"The display name. Absent where the user has none."`
	Status          *string    `json:"status,omitempty" cel:"status" doc:"ENABLED or DISABLED. Absent where AWS gives none."`
	UserType        *string    `json:"user_type,omitempty" cel:"user_type" doc:"The directory's own word for the type of user. Absent where there is none."`
	ExternalIssuers []string   `json:"external_issuers" cel:"external_issuers" doc:"The issuers of the user's ids in outside directories. Empty for a user that no outside directory is known to have sent."`
	Created         *time.Time `json:"created,omitempty" cel:"created" doc:"When the user was created. Absent where AWS does not say."`
	Updated         *time.Time `json:"updated,omitempty" cel:"updated" doc:"When the user was last changed. Absent where AWS does not say."`
}

// Kind is identitycenter.user.
func (*User) Kind() string { return "identitycenter.user" }

// A Group is a group of an identity store.
type Group struct {
	evidence.Meta
	IdentityStoreID string     `json:"identity_store_id" cel:"identity_store_id" doc:"The identity store."`
	GroupID         string     `json:"group_id" cel:"group_id" doc:"The group's id in it."`
	DisplayName     *string    `json:"display_name,omitempty" cel:"display_name" doc:"The group's name. Absent where it has none."`
	Description     *string    `json:"description,omitempty" cel:"description" doc:"Its description. Absent where it has none."`
	ExternalIssuers []string   `json:"external_issuers" cel:"external_issuers" doc:"The issuers of the group's ids in outside directories. Empty for a group that no outside directory is known to have sent."`
	Members         int        `json:"members" cel:"members" doc:"How many members it has."`
	Created         *time.Time `json:"created,omitempty" cel:"created" doc:"When the group was created. Absent where AWS does not say."`
	Updated         *time.Time `json:"updated,omitempty" cel:"updated" doc:"When the group was last changed. Absent where AWS does not say."`
}

// Kind is identitycenter.group.
func (*Group) Kind() string { return "identitycenter.group" }

// A Membership puts a user into a group.
type Membership struct {
	evidence.Meta
	IdentityStoreID string     `json:"identity_store_id" cel:"identity_store_id" doc:"The identity store."`
	GroupID         string     `json:"group_id" cel:"group_id" doc:"The group."`
	GroupName       *string    `json:"group_name,omitempty" cel:"group_name" doc:"The group's name. Absent where it has none."`
	UserID          string     `json:"user_id" cel:"user_id" doc:"The user."`
	UserExists      bool       `json:"user_exists" cel:"user_exists" doc:"Whether the identity store still holds the user."`
	UserName        *string    `json:"user_name,omitempty" cel:"user_name" doc:"The user's name. Absent where there is no such user, or it has no name."`
	UserStatus      *string    `json:"user_status,omitempty" cel:"user_status" doc:"The user's status, ENABLED or DISABLED. Absent where AWS gives none."`
	Created         *time.Time `json:"created,omitempty" cel:"created" doc:"When the membership was created. Absent where AWS does not say."`
}

// Kind is identitycenter.membership.
func (*Membership) Kind() string { return "identitycenter.membership" }
