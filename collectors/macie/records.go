package macie

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// What an account is in Macie.
const (
	administrator = "administrator"
	member        = "member"
	standalone    = "standalone"
)

// An Account is Macie in one account and region, whether or not it is on. Where it is off, everything below status and missing is absent.
type Account struct {
	evidence.Meta
	Status              string     `json:"status" cel:"status" doc:"enabled where Macie and its automated discovery of sensitive data are on; partly-enabled where something of it is off, which missing names; not-enabled where AWS answers that Macie is not enabled."`
	Missing             []string   `json:"missing" cel:"missing" doc:"What is off where the status is partly-enabled: activities (Macie is paused), automated-discovery. Empty for every other status."`
	Session             *string    `json:"session,omitempty" cel:"session" doc:"AWS's own status: ENABLED, or PAUSED where Macie is on but does nothing."`
	PublishingFrequency *string    `json:"finding_publishing_frequency,omitempty" cel:"finding_publishing_frequency" doc:"How often updates to policy findings are published: FIFTEEN_MINUTES, ONE_HOUR or SIX_HOURS. Absent where AWS does not say."`
	ServiceRole         *string    `json:"service_role,omitempty" cel:"service_role" doc:"The ARN of the service-linked role that Macie reads S3 with. Absent where AWS does not say."`
	Created             *time.Time `json:"created,omitempty" cel:"created" doc:"When Macie was turned on. Absent where AWS does not say."`
	Updated             *time.Time `json:"updated,omitempty" cel:"updated" doc:"When Macie's status or settings were last changed. Absent where AWS does not say."`
	Role                *string    `json:"role,omitempty" cel:"role" doc:"member where another account administers Macie here; administrator where this account has member accounts; standalone where neither is so."`
	Administrator       *string    `json:"administrator,omitempty" cel:"administrator" doc:"The account that administers Macie here, 12 digits. Absent where there is none."`
	Relationship        *string    `json:"relationship,omitempty" cel:"relationship" doc:"The status of the relationship to that account: Enabled, Paused, Invited, Created, Removed, Resigned, RegionDisabled, AccountSuspended. Absent where there is none."`
	Discovery           *Discovery `json:"automated_discovery,omitempty" cel:"automated_discovery" doc:"Automated discovery of sensitive data, which samples the objects of all buckets."`
	Export              *Export    `json:"results_export,omitempty" cel:"results_export" doc:"The bucket that discovery results are kept in. Absent where none is set: Macie then keeps them for 90 days. What an administrator's discovery finds in a member's buckets goes to the administrator's bucket."`
	PublishPolicy       *bool      `json:"publish_policy_findings,omitempty" cel:"publish_policy_findings" doc:"Whether policy findings (public, shared and unencrypted buckets) are published to Security Hub."`
	PublishSensitive    *bool      `json:"publish_classification_findings,omitempty" cel:"publish_classification_findings" doc:"Whether findings of sensitive data are published to Security Hub."`
	Jobs                *int       `json:"jobs,omitempty" cel:"jobs" doc:"How many classification jobs the account has, of whatever status."`
}

// Kind is macie.account.
func (*Account) Kind() string { return "macie.account" }

// Discovery is the automated discovery of sensitive data.
type Discovery struct {
	Status       string     `json:"status" cel:"status" doc:"ENABLED or DISABLED: for this account where it is a member or stands alone. Where it administers Macie it is that of the organization, and where that is ENABLED and AWS lists the account itself, its own."`
	AutoEnable   *string    `json:"auto_enable_members,omitempty" cel:"auto_enable_members" doc:"For which member accounts it is turned on by itself: ALL, NEW or NONE. Absent in a member account, and where AWS does not say."`
	FirstEnabled *time.Time `json:"first_enabled,omitempty" cel:"first_enabled" doc:"When it was first turned on. Absent in a member account, and where it never was."`
	Updated      *time.Time `json:"updated,omitempty" cel:"updated" doc:"When its settings or status were last changed. Absent in a member account, and where AWS does not say."`
	Disabled     *time.Time `json:"disabled,omitempty" cel:"disabled" doc:"When it was last turned off. Absent in a member account, and where it is on."`
}

// Export is where discovery results are kept.
type Export struct {
	Bucket string  `json:"bucket" cel:"bucket" doc:"The bucket's name."`
	Prefix *string `json:"prefix,omitempty" cel:"prefix" doc:"What the names of the results begin with. Absent where there is no prefix."`
	KMSKey string  `json:"kms_key" cel:"kms_key" doc:"The ARN of the KMS key that encrypts them."`
	Owner  *string `json:"bucket_owner,omitempty" cel:"bucket_owner" doc:"The account that must own the bucket. Absent where none is demanded."`
}

// An Organization is how the account's organization enrolls new accounts. Only the delegated administrator can ask.
type Organization struct {
	evidence.Meta
	AutoEnable   bool    `json:"auto_enable" cel:"auto_enable" doc:"Whether Macie is turned on by itself in accounts that join the organization."`
	LimitReached *bool   `json:"max_account_limit_reached,omitempty" cel:"max_account_limit_reached" doc:"Whether there are as many member accounts as Macie allows, so that no more can be added. Absent where AWS does not say."`
	Discovery    *string `json:"discovery_auto_enable,omitempty" cel:"discovery_auto_enable" doc:"For which member accounts automated discovery is turned on by itself: ALL, NEW or NONE. Absent where AWS does not say."`
}

// Kind is macie.organization.
func (*Organization) Kind() string { return "macie.organization" }

// A Member is an account that the asking account administers Macie for, or could.
type Member struct {
	evidence.Meta
	Member        string     `json:"member" cel:"member" doc:"The other account, 12 digits."`
	Relationship  string     `json:"relationship" cel:"relationship" doc:"Enabled where Macie is on there and administered from here; otherwise Paused, Invited, Created, Removed, Resigned, EmailVerificationInProgress, EmailVerificationFailed, RegionDisabled or AccountSuspended."`
	Administrator *string    `json:"administrator,omitempty" cel:"administrator" doc:"The account that AWS names as its administrator. Absent where it names none."`
	Updated       *time.Time `json:"updated,omitempty" cel:"updated" doc:"When the relationship last changed. Absent where AWS does not say."`
}

// Kind is macie.member.
func (*Member) Kind() string { return "macie.member" }

// Statistics count the account's buckets in the region, as Macie sees them.
type Statistics struct {
	evidence.Meta
	Buckets             int        `json:"buckets" cel:"buckets" doc:"The number of general purpose buckets that Macie monitors."`
	Public              int        `json:"public" cel:"public" doc:"How many the general public can read or write."`
	PublicUnknown       int        `json:"public_unknown" cel:"public_unknown" doc:"For how many Macie could not tell whether they are public."`
	Unencrypted         int        `json:"unencrypted" cel:"unencrypted" doc:"How many have no default encryption."`
	EncryptionUnknown   int        `json:"encryption_unknown" cel:"encryption_unknown" doc:"For how many Macie could not read the default encryption."`
	SharedOutside       int        `json:"shared_outside" cel:"shared_outside" doc:"How many are shared with CloudFront or with an account outside the Macie organization."`
	SharedInside        int        `json:"shared_inside" cel:"shared_inside" doc:"How many are shared with accounts of the same Macie organization only."`
	SharedUnknown       int        `json:"shared_unknown" cel:"shared_unknown" doc:"For how many Macie could not tell whether they are shared."`
	UnencryptedUploads  int        `json:"allow_unencrypted_uploads" cel:"allow_unencrypted_uploads" doc:"How many have no policy that demands a server-side encryption header of every upload."`
	Objects             *int       `json:"objects,omitempty" cel:"objects" doc:"The number of objects in them. Absent where AWS does not say."`
	ClassifiableObjects *int       `json:"classifiable_objects,omitempty" cel:"classifiable_objects" doc:"How many of the objects Macie can analyze. Absent where AWS does not say."`
	Updated             *time.Time `json:"updated,omitempty" cel:"updated" doc:"When Macie last read the metadata of the buckets. Absent where it never did."`
}

// Kind is macie.bucket_statistics.
func (*Statistics) Kind() string { return "macie.bucket_statistics" }

// A Job is a classification job: a search for sensitive data in chosen buckets.
type Job struct {
	evidence.Meta
	Job         string     `json:"job" cel:"job" doc:"The job's id."`
	Name        *string    `json:"name,omitempty" cel:"name" doc:"The job's name. Absent where it has none."`
	Type        string     `json:"type" cel:"type" doc:"ONE_TIME or SCHEDULED."`
	Status      string     `json:"status" cel:"status" doc:"RUNNING, IDLE (between two runs), COMPLETE, PAUSED (a quota of Macie stops it), USER_PAUSED or CANCELLED."`
	LastRun     *string    `json:"last_run_errors,omitempty" cel:"last_run_errors" doc:"NONE where the last run had no access errors, ERROR where it had. Absent where AWS does not say, as before the first run."`
	Created     *time.Time `json:"created,omitempty" cel:"created" doc:"When the job was made. Absent where AWS does not say."`
	ByCriteria  bool       `json:"by_criteria" cel:"by_criteria" doc:"Whether the buckets are chosen by criteria each time it runs, and not listed by name."`
	Buckets     int        `json:"buckets" cel:"buckets" doc:"How many buckets are listed by name; 0 where criteria choose them."`
	PausedSince *time.Time `json:"paused_since,omitempty" cel:"paused_since" doc:"Since when a user has paused it. Absent for every other status."`
}

// Kind is macie.classification_job.
func (*Job) Kind() string { return "macie.classification_job" }

// A Filter is a findings filter: with the action ARCHIVE it suppresses findings before anyone sees them.
type Filter struct {
	evidence.Meta
	Filter string            `json:"filter" cel:"filter" doc:"The filter's id."`
	Name   *string           `json:"name,omitempty" cel:"name" doc:"The filter's name. Absent where AWS does not say."`
	Action string            `json:"action" cel:"action" doc:"ARCHIVE where findings that match are suppressed, NOOP where the filter is for looking only."`
	Tags   map[string]string `json:"tags" cel:"tags" doc:"The filter's tags."`
}

// Kind is macie.findings_filter.
func (*Filter) Kind() string { return "macie.findings_filter" }

// An AllowList is text that Macie does not report as sensitive.
type AllowList struct {
	evidence.Meta
	Name        *string    `json:"name,omitempty" cel:"name" doc:"The list's name. Absent where AWS does not say."`
	Description *string    `json:"description,omitempty" cel:"description" doc:"What somebody wrote about it. Absent where nobody did."`
	Created     *time.Time `json:"created,omitempty" cel:"created" doc:"When it was made. Absent where AWS does not say."`
	Updated     *time.Time `json:"updated,omitempty" cel:"updated" doc:"When it was last changed. Absent where AWS does not say."`
}

// Kind is macie.allow_list.
func (*AllowList) Kind() string { return "macie.allow_list" }
