package iam

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// An Account is what IAM says of an account as a whole.
type Account struct {
	evidence.Meta
	Aliases            []string `json:"aliases" cel:"aliases" doc:"The account's alias, which is part of its sign-in address; empty where it has none."`
	Users              *int     `json:"users,omitempty" cel:"users" doc:"The number of IAM users as IAM counts them."`
	Groups             *int     `json:"groups,omitempty" cel:"groups" doc:"The number of groups as IAM counts them."`
	Roles              *int     `json:"roles,omitempty" cel:"roles" doc:"The number of roles as IAM counts them."`
	Policies           *int     `json:"policies,omitempty" cel:"policies" doc:"The number of customer managed policies as IAM counts them."`
	Providers          *int     `json:"providers,omitempty" cel:"providers" doc:"The number of SAML and OIDC identity providers as IAM counts them."`
	ServerCertificates *int     `json:"server_certificates,omitempty" cel:"server_certificates" doc:"The number of server certificates as IAM counts them."`
	MFADevices         *int     `json:"mfa_devices,omitempty" cel:"mfa_devices" doc:"The number of MFA devices as IAM counts them."`
	MFADevicesInUse    *int     `json:"mfa_devices_in_use,omitempty" cel:"mfa_devices_in_use" doc:"How many of them are assigned to somebody."`
	UsersRead          int      `json:"users_read" cel:"users_read" doc:"The number of iam.user records."`
	GroupsRead         int      `json:"groups_read" cel:"groups_read" doc:"The number of iam.group records."`
	PoliciesRead       int      `json:"policies_read" cel:"policies_read" doc:"The number of iam.policy records of customer managed policies."`
	SupportAccess      []string `json:"support_access" cel:"support_access" doc:"The ARNs of the users, groups and roles that AWS's policy AWSSupportAccess is attached to, sorted."`
	OutboundFederation bool     `json:"outbound_federation" cel:"outbound_federation" doc:"Whether principals of the account can ask AWS for tokens that other services trust (outbound identity federation)."`
	OutboundIssuer     *string  `json:"outbound_issuer,omitempty" cel:"outbound_issuer" doc:"The issuer of those tokens; absent where the feature is off."`
}

// Kind is iam.account.
func (*Account) Kind() string { return "iam.account" }

// An Organization is what an account may tell of root access in its organization.
type Organization struct {
	evidence.Meta
	Answers                   bool     `json:"answers" cel:"answers" doc:"Whether the account may tell: it manages the organization, or IAM is delegated to it. Where it may not, or is in no organization, the fields below are absent."`
	InOrganization            *bool    `json:"in_organization,omitempty" cel:"in_organization" doc:"Whether the account is in an organization, as IAM says."`
	OrganizationID            *string  `json:"organization_id,omitempty" cel:"organization_id" doc:"The organization's id; absent where AWS did not say."`
	Features                  []string `json:"features" cel:"features" doc:"The features of central root access that are on (RootCredentialsManagement, RootSessions), sorted; empty where none is, which AWS also says by an error about trusted access or about the organization's feature set."`
	RootCredentialsManagement *bool    `json:"root_credentials_management,omitempty" cel:"root_credentials_management" doc:"Whether the root credentials of member accounts are managed centrally, so that members can be without any."`
	RootSessions              *bool    `json:"root_sessions,omitempty" cel:"root_sessions" doc:"Whether privileged tasks in member accounts are done by short sessions instead of by their root user."`
}

// Kind is iam.organization.
func (*Organization) Kind() string { return "iam.organization" }

// A PasswordPolicy is what is asked of the passwords of IAM users.
type PasswordPolicy struct {
	evidence.Meta
	Default          bool `json:"default" cel:"default" doc:"Whether AWS's default policy is in force because the account has none of its own. The fields below then say what AWS documents for it: 8 characters, of three of the four types (which requires none of them), no expiry, no memory."`
	MinimumLength    int  `json:"minimum_length" cel:"minimum_length" doc:"The fewest characters that a password may have."`
	RequireUppercase bool `json:"require_uppercase" cel:"require_uppercase" doc:"Whether a password needs a letter from A to Z."`
	RequireLowercase bool `json:"require_lowercase" cel:"require_lowercase" doc:"Whether a password needs a letter from a to z."`
	RequireNumbers   bool `json:"require_numbers" cel:"require_numbers" doc:"Whether a password needs a digit."`
	RequireSymbols   bool `json:"require_symbols" cel:"require_symbols" doc:"Whether a password needs a character that is neither letter nor digit."`
	Expires          bool `json:"expires" cel:"expires" doc:"Whether passwords expire."`
	MaxAgeDays       *int `json:"max_age_days,omitempty" cel:"max_age_days" doc:"The days after which a password expires; absent where they do not."`
	ReusePrevention  int  `json:"reuse_prevention" cel:"reuse_prevention" doc:"How many former passwords may not be used again; 0 where AWS names no number, which means that any may."`
	HardExpiry       bool `json:"hard_expiry" cel:"hard_expiry" doc:"Whether an expired password can only be reset by an administrator; false where AWS leaves it out."`
	UsersMayChange   bool `json:"users_may_change" cel:"users_may_change" doc:"Whether every user may change their own password."`
}

// Kind is iam.password_policy.
func (*PasswordPolicy) Kind() string { return "iam.password_policy" }

// A Root is the root user of an account.
type Root struct {
	evidence.Meta
	MFAEnabled                 bool       `json:"mfa_enabled" cel:"mfa_enabled" doc:"Whether signing in as the root user takes an MFA device."`
	VirtualMFADevices          []string   `json:"virtual_mfa_devices" cel:"virtual_mfa_devices" doc:"The serial numbers of the root user's virtual MFA devices, sorted. AWS lists no others: with MFA and without a virtual device, the device is a hardware token, security key or passkey."`
	PasswordPresent            bool       `json:"password_present" cel:"password_present" doc:"Whether the root user has a password. Members whose root credentials are managed centrally need none."`
	AccessKeysPresent          bool       `json:"access_keys_present" cel:"access_keys_present" doc:"Whether the root user has access keys, active or not."`
	SigningCertificatesPresent bool       `json:"signing_certificates_present" cel:"signing_certificates_present" doc:"Whether the root user has X.509 signing certificates."`
	LastUsed                   *time.Time `json:"last_used,omitempty" cel:"last_used" doc:"When the root user's password or an access key of theirs was last used, by the credential report, to within 15 minutes. Absent where the report knows of no use since AWS began to keep track (passwords October 2014, access keys April 2015). Privileged sessions that the management account opens are not counted."`
	LastUsedBy                 *string    `json:"last_used_by,omitempty" cel:"last_used_by" doc:"What was used then: password, access_key_1 or access_key_2; absent where nothing was."`
	ReportGenerated            *time.Time `json:"report_generated,omitempty" cel:"report_generated" doc:"The moment that last_used holds for: when AWS made the credential report."`
}

// Kind is iam.root.
func (*Root) Kind() string { return "iam.root" }

// A CredentialReport is the credential report of an account as a whole.
type CredentialReport struct {
	evidence.Meta
	Request   string     `json:"request" cel:"request" doc:"What AWS answered when it was asked to make a report: STARTED or INPROGRESS for a new one, COMPLETE where one of the last four hours is there, LimitExceeded where it would not make one now, so that the older one was read."`
	Generated *time.Time `json:"generated,omitempty" cel:"generated" doc:"When AWS made the report: the moment that it holds for."`
	AgeHours  *int       `json:"age_hours,omitempty" cel:"age_hours" doc:"The whole hours from then to when AWS gave the report."`
	Users     int        `json:"users" cel:"users" doc:"The number of users in it, without the root user."`
}

// Kind is iam.credential_report.
func (*CredentialReport) Kind() string { return "iam.credential_report" }

// A Credential is one line of the credential report: the credentials of one user or of the root user.
type Credential struct {
	evidence.Meta
	User       string      `json:"user" cel:"user" doc:"The user's name; <root_account> for the root user."`
	Root       bool        `json:"root" cel:"root" doc:"Whether it is the root user."`
	Generated  *time.Time  `json:"generated,omitempty" cel:"generated" doc:"When AWS made the report: the moment that the record holds for."`
	Created    *time.Time  `json:"created,omitempty" cel:"created" doc:"When the user was made; for the root user, the account."`
	Password   Password    `json:"password" cel:"password" doc:"The user's console password."`
	MFAActive  bool        `json:"mfa_active" cel:"mfa_active" doc:"Whether an MFA device, of whichever kind, is enabled for the user."`
	AccessKey1 AccessKey   `json:"access_key_1" cel:"access_key_1" doc:"The user's first access key."`
	AccessKey2 AccessKey   `json:"access_key_2" cel:"access_key_2" doc:"The user's second access key."`
	Cert1      Certificate `json:"cert_1" cel:"cert_1" doc:"The user's first X.509 signing certificate."`
	Cert2      Certificate `json:"cert_2" cel:"cert_2" doc:"The user's second X.509 signing certificate."`
	Unlisted   *string     `json:"unlisted,omitempty" cel:"unlisted" doc:"What the report says of access keys and certificates beyond the two of each that it lists; absent where it speaks of none. Service-specific credentials and SSH keys are in no report."`
}

// Kind is iam.credential.
func (*Credential) Kind() string { return "iam.credential" }

// The words that stand in the report where a time could. They are three different things.
const (
	aTime         = "time"
	notApplicable = "N/A"
	noInformation = "no_information"
	notSupported  = "not_supported"
)

// A Password is a console password in the credential report.
type Password struct {
	Enabled           *bool      `json:"enabled,omitempty" cel:"enabled" doc:"Whether there is a password; absent where the report says not_supported, as older ones do of the root user."`
	LastUsed          *time.Time `json:"last_used,omitempty" cel:"last_used" doc:"When it was last used to sign in, to within 5 minutes; absent where the report names no time."`
	LastUsedValue     string     `json:"last_used_value" cel:"last_used_value" doc:"time where last_used says when, no_information where it was never used since October 2014, N/A where there is no password, not_supported."`
	LastChanged       *time.Time `json:"last_changed,omitempty" cel:"last_changed" doc:"When it was last set; absent where the report names no time."`
	LastChangedValue  string     `json:"last_changed_value" cel:"last_changed_value" doc:"time where last_changed says when, N/A where there is no password, no_information, not_supported."`
	NextRotation      *time.Time `json:"next_rotation,omitempty" cel:"next_rotation" doc:"When a new one must be set; absent where the report names no time."`
	NextRotationValue string     `json:"next_rotation_value" cel:"next_rotation_value" doc:"time where next_rotation says when, N/A where passwords do not expire or there is none, no_information, not_supported."`
}

// An AccessKey is one of a user's access keys in the credential report.
type AccessKey struct {
	Active           bool       `json:"active" cel:"active" doc:"Whether there is such a key and it is active. Inactive where last_rotated says when it was made, otherwise there is none."`
	LastRotated      *time.Time `json:"last_rotated,omitempty" cel:"last_rotated" doc:"When it was made or last changed; absent where there is no such key."`
	LastRotatedValue string     `json:"last_rotated_value" cel:"last_rotated_value" doc:"time where last_rotated says when, N/A where there is no such key, no_information, not_supported."`
	LastUsed         *time.Time `json:"last_used,omitempty" cel:"last_used" doc:"When it last signed a request, to within 15 minutes; absent where it never did since April 2015, and where there is no such key."`
	LastUsedValue    string     `json:"last_used_value" cel:"last_used_value" doc:"time where last_used says when, N/A where it was never used or there is no such key, no_information, not_supported."`
	LastUsedRegion   *string    `json:"last_used_region,omitempty" cel:"last_used_region" doc:"The region that it was last used in; absent where the report says N/A: it was not used, or the service has no regions."`
	LastUsedService  *string    `json:"last_used_service,omitempty" cel:"last_used_service" doc:"The service that it was last used for, by its namespace; absent where the report says N/A."`
}

// A Certificate is one of a user's X.509 signing certificates in the credential report.
type Certificate struct {
	Active           bool       `json:"active" cel:"active" doc:"Whether there is such a certificate and it is active."`
	LastRotated      *time.Time `json:"last_rotated,omitempty" cel:"last_rotated" doc:"When it was made or last changed; absent where there is none."`
	LastRotatedValue string     `json:"last_rotated_value" cel:"last_rotated_value" doc:"time where last_rotated says when, N/A where there is no such certificate, no_information, not_supported."`
}

// A ServerCertificate is a TLS certificate that is kept in IAM.
type ServerCertificate struct {
	evidence.Meta
	Name       string     `json:"name" cel:"name" doc:"The certificate's name."`
	Path       string     `json:"path" cel:"path" doc:"Its path; /cloudfront/ is where CloudFront looks for certificates."`
	Uploaded   *time.Time `json:"uploaded,omitempty" cel:"uploaded" doc:"When it was uploaded; absent where AWS did not say."`
	Expiration *time.Time `json:"expiration,omitempty" cel:"expiration" doc:"When it expires."`
}

// Kind is iam.server_certificate.
func (*ServerCertificate) Kind() string { return "iam.server_certificate" }
