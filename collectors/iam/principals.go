package iam

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// Permissions are what policies give a user, group or role.
type Permissions struct {
	Attached        []string `json:"attached" cel:"attached" doc:"The ARNs of the managed policies that are attached, sorted."`
	Inline          []string `json:"inline" cel:"inline" doc:"The names of the inline policies, sorted."`
	Boundary        *string  `json:"boundary,omitempty" cel:"boundary" doc:"The ARN of the policy that is the permissions boundary; absent where there is none, and for groups."`
	Administrator   bool     `json:"administrator" cel:"administrator" doc:"Whether AWS's policy AdministratorAccess is attached, or an inline or attached customer managed policy has an Allow statement whose Action is * (or *:*) and whose Resource is * (or whose NotResource leaves only some out); for a user also whether one of its groups is so. Conditions, Deny statements, permissions boundaries and service control policies are not weighed, nor are AWS's other policies, nor ways to become administrator."`
	AdministratorBy []string `json:"administrator_by" cel:"administrator_by" doc:"What makes it so: ARNs of policies, inline:NAME, and group:NAME for a user; sorted."`
}

// A User is an IAM user.
type User struct {
	evidence.Meta
	Name        string            `json:"name" cel:"name" doc:"The user's name."`
	Path        string            `json:"path" cel:"path" doc:"The user's path."`
	UserID      *string           `json:"user_id,omitempty" cel:"user_id" doc:"AWS's unique id, AIDA…; absent where AWS did not say."`
	Created     *time.Time        `json:"created,omitempty" cel:"created" doc:"When the user was made; absent where AWS did not say."`
	Groups      []string          `json:"groups" cel:"groups" doc:"The names of the groups that the user is in, sorted."`
	Permissions Permissions       `json:"permissions" cel:"permissions" doc:"The policies of the user's own. AWS leaves the list of inline policies out where a user has none."`
	Tags        map[string]string `json:"tags" cel:"tags" doc:"The user's tags; null where AWS left them out."`
}

// Kind is iam.user.
func (*User) Kind() string { return "iam.user" }

// A Group is a group of IAM users.
type Group struct {
	evidence.Meta
	Name        string      `json:"name" cel:"name" doc:"The group's name."`
	Path        string      `json:"path" cel:"path" doc:"The group's path."`
	GroupID     *string     `json:"group_id,omitempty" cel:"group_id" doc:"AWS's unique id, AGPA…; absent where AWS did not say."`
	Created     *time.Time  `json:"created,omitempty" cel:"created" doc:"When the group was made; absent where AWS did not say."`
	Users       int         `json:"users" cel:"users" doc:"How many iam.user records are in the group."`
	Permissions Permissions `json:"permissions" cel:"permissions" doc:"The group's policies."`
}

// Kind is iam.group.
func (*Group) Kind() string { return "iam.group" }

// A Role is an IAM role.
type Role struct {
	evidence.Meta
	Name              string            `json:"name" cel:"name" doc:"The role's name."`
	Path              string            `json:"path" cel:"path" doc:"The role's path; /aws-reserved/sso.amazonaws.com/ for those of Identity Center."`
	RoleID            *string           `json:"role_id,omitempty" cel:"role_id" doc:"AWS's unique id, AROA…; absent where AWS did not say."`
	Created           *time.Time        `json:"created,omitempty" cel:"created" doc:"When the role was made; absent where AWS did not say."`
	ServiceLinked     bool              `json:"service_linked" cel:"service_linked" doc:"Whether an AWS service made it for itself (its path begins with /aws-service-role/)."`
	Permissions       Permissions       `json:"permissions" cel:"permissions" doc:"The role's policies."`
	Trust             *Trust            `json:"trust,omitempty" cel:"trust" doc:"The trust policy: who may assume the role."`
	MaxSessionSeconds *int              `json:"max_session_seconds,omitempty" cel:"max_session_seconds" doc:"The longest session in seconds that somebody who assumes the role can ask for."`
	LastUsed          *time.Time        `json:"last_used,omitempty" cel:"last_used" doc:"When it was last used; absent where it was not in the 400 days that AWS keeps track of."`
	LastUsedRegion    *string           `json:"last_used_region,omitempty" cel:"last_used_region" doc:"The region that it was last used in; absent where it was not used, and where AWS did not say."`
	InstanceProfiles  []string          `json:"instance_profiles" cel:"instance_profiles" doc:"The names of the instance profiles that hold it, sorted; null where AWS left them out."`
	Tags              map[string]string `json:"tags" cel:"tags" doc:"The role's tags; null where AWS left them out."`
}

// Kind is iam.role.
func (*Role) Kind() string { return "iam.role" }

// A Trust is a role's trust policy. Deny statements are not weighed.
type Trust struct {
	Text              string   `json:"text" cel:"text" doc:"The trust policy, URL-decoded."`
	Statements        int      `json:"statements" cel:"statements" doc:"The number of statements."`
	Public            bool     `json:"public" cel:"public" doc:"Whether an Allow statement admits everyone (a principal with a wildcard, or NotPrincipal) without a condition that names accounts, organizations, principals, source resources or VPCs. An external id alone restricts nobody here."`
	Principals        []string `json:"principals" cel:"principals" doc:"Whom Allow statements name, as TYPE:value, sorted; * is everyone."`
	Services          []string `json:"services" cel:"services" doc:"The AWS services among them, sorted."`
	OpenServices      []string `json:"open_services" cel:"open_services" doc:"Of these, the services that a statement admits without a condition on aws:SourceAccount, aws:SourceArn, aws:SourceOrgID or aws:SourceOrgPaths. Many services cannot carry one."`
	ExternalAccounts  []string `json:"external_accounts" cel:"external_accounts" doc:"The accounts other than the role's own that Allow statements name as principals or in the conditions on everyone, sorted."`
	OutsideAccounts   []string `json:"outside_accounts" cel:"outside_accounts" doc:"Of these, the accounts that this audit does not read, sorted."`
	UnguardedAccounts []string `json:"unguarded_accounts" cel:"unguarded_accounts" doc:"Of the outside accounts, those that a statement admits neither under a condition on sts:ExternalId nor on aws:PrincipalOrgID or aws:PrincipalOrgPaths, sorted."`
	ExternalID        bool     `json:"external_id" cel:"external_id" doc:"Whether every Allow statement that admits external accounts asks for an external id; false where none does admit them."`
	SAMLProviders     []string `json:"saml_providers" cel:"saml_providers" doc:"The ARNs of the SAML providers that it trusts, sorted."`
	OIDCProviders     []string `json:"oidc_providers" cel:"oidc_providers" doc:"The OIDC providers that it trusts, as ARNs, or as names for those that AWS knows itself (accounts.google.com); sorted."`
	UnlimitedOIDC     []string `json:"unlimited_oidc" cel:"unlimited_oidc" doc:"Of these, the providers that a statement trusts without limiting both the audience (aud) and the subject (sub) of the token, sorted. A value with a wildcard limits the subject only where it names the organization, group or namespace before the wildcard (GitHub repo:OWNER/, GitLab project_path:GROUP/, Terraform organization:NAME:, Kubernetes system:serviceaccount:NAMESPACE:). Amazon Cognito's identity pools are limited by the audience alone."`
}

// A Policy is a managed policy.
type Policy struct {
	evidence.Meta
	Name             string     `json:"name" cel:"name" doc:"The policy's name."`
	ManagedBy        string     `json:"managed_by" cel:"managed_by" doc:"CUSTOMER, or AWS for AWS's own policies that are attached to something here."`
	Path             string     `json:"path" cel:"path" doc:"The policy's path."`
	PolicyID         *string    `json:"policy_id,omitempty" cel:"policy_id" doc:"AWS's unique id, ANPA…; absent where AWS did not say."`
	Attachments      *int       `json:"attachments,omitempty" cel:"attachments" doc:"How many users, groups and roles it is attached to; absent where AWS did not say."`
	BoundaryUses     *int       `json:"boundary_uses,omitempty" cel:"boundary_uses" doc:"How many users and roles it is the permissions boundary of; absent where AWS did not say."`
	Created          *time.Time `json:"created,omitempty" cel:"created" doc:"When it was made; absent where AWS did not say."`
	Updated          *time.Time `json:"updated,omitempty" cel:"updated" doc:"When it was last changed; absent where AWS did not say."`
	DefaultVersion   *string    `json:"default_version,omitempty" cel:"default_version" doc:"The version that is in force; absent where AWS did not say."`
	Statements       *int       `json:"statements,omitempty" cel:"statements" doc:"The number of statements of that version. Absent for AWS's policies, whose documents are not read; so are the next three."`
	AllowsEverything *bool      `json:"allows_everything,omitempty" cel:"allows_everything" doc:"Whether an Allow statement's Action is * (or *:*) and its Resource is * (or an ARN that comes to the same, or its NotResource leaves only some out). Conditions and Deny statements are not weighed."`
	AllowsAllBut     *bool      `json:"allows_all_but,omitempty" cel:"allows_all_but" doc:"Whether an Allow statement has a NotAction, and its Resource is * (or its NotResource leaves only some out): everything is allowed but what is named."`
	FullServices     []string   `json:"full_services" cel:"full_services" doc:"The services of which an Allow statement allows every action (s3:*), on whichever resources, sorted; * where one allows every action, or every action but those it names, on some resources only, whose services it does not name. Null for AWS's policies."`
}

// Kind is iam.policy.
func (*Policy) Kind() string { return "iam.policy" }

// A SAMLProvider is an identity provider that signs people in by SAML.
type SAMLProvider struct {
	evidence.Meta
	Name                string            `json:"name" cel:"name" doc:"The provider's name."`
	Created             *time.Time        `json:"created,omitempty" cel:"created" doc:"When it was made; absent where AWS did not say."`
	ValidUntil          *time.Time        `json:"valid_until,omitempty" cel:"valid_until" doc:"Until when IAM takes the metadata for valid; absent where AWS did not say."`
	Certificates        int               `json:"certificates" cel:"certificates" doc:"The number of signing certificates in its metadata."`
	EarliestExpiry      *time.Time        `json:"earliest_expiry,omitempty" cel:"earliest_expiry" doc:"When the first of them expires. IAM goes on accepting signatures by an expired certificate."`
	LatestExpiry        *time.Time        `json:"latest_expiry,omitempty" cel:"latest_expiry" doc:"When the last of them expires."`
	AssertionEncryption *string           `json:"assertion_encryption,omitempty" cel:"assertion_encryption" doc:"Required where assertions must be encrypted, Allowed where they may be; absent where AWS names no mode, because no key to decrypt them was ever given."`
	Roles               []string          `json:"roles" cel:"roles" doc:"The ARNs of the roles that trust it, sorted."`
	Tags                map[string]string `json:"tags" cel:"tags" doc:"The provider's tags; null where AWS left them out."`
}

// Kind is iam.saml_provider.
func (*SAMLProvider) Kind() string { return "iam.saml_provider" }

// An OIDCProvider is an identity provider whose tokens roles can be assumed with.
type OIDCProvider struct {
	evidence.Meta
	URL            string            `json:"url" cel:"url" doc:"The issuer, as AWS writes it: without https://."`
	Created        *time.Time        `json:"created,omitempty" cel:"created" doc:"When it was made; absent where AWS did not say."`
	ClientIDs      []string          `json:"client_ids" cel:"client_ids" doc:"The audiences that are accepted, sorted."`
	Thumbprints    []string          `json:"thumbprints" cel:"thumbprints" doc:"The thumbprints of certificates that the issuer's keys are fetched under, sorted. AWS uses them only where it does not trust the certificate by itself; empty where there are none, null where AWS left them out."`
	Roles          []string          `json:"roles" cel:"roles" doc:"The ARNs of the roles that trust it, sorted."`
	UnlimitedRoles []string          `json:"unlimited_roles" cel:"unlimited_roles" doc:"Of these, the roles that do not limit both the audience and the subject of the token, as iam.role trust.unlimited_oidc has it, sorted."`
	Tags           map[string]string `json:"tags" cel:"tags" doc:"The provider's tags; null where AWS left them out."`
}

// Kind is iam.oidc_provider.
func (*OIDCProvider) Kind() string { return "iam.oidc_provider" }
