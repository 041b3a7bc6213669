package cloudtrail

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Trail is a trail as one account sees it. An organization trail is one record in each account of the organization, and AWS tells most of
// it to the account that owns it alone: in the records of the others the rest is unknown.
type Trail struct {
	evidence.Meta
	Name              string            `json:"name" cel:"name" doc:"The trail's name. The record's region is the trail's home region, where it was asked."`
	Owner             *string           `json:"owner,omitempty" cel:"owner" doc:"The account that the trail belongs to, by its ARN. For an organization trail seen in a member account it is another account than the record's. Absent where the ARN is not of the documented form."`
	OwnerInScope      *bool             `json:"owner_in_scope,omitempty" cel:"owner_in_scope" doc:"Whether the audit reads the account that the trail belongs to, so that the trail stands among that account's records too. Absent where the owner is."`
	Organization      *bool             `json:"organization,omitempty" cel:"organization" doc:"Whether it logs every account of the organization."`
	MultiRegion       *bool             `json:"multi_region,omitempty" cel:"multi_region" doc:"Whether it logs every region that is enabled in the account, and not its home region alone."`
	GlobalServices    *bool             `json:"global_services,omitempty" cel:"global_services" doc:"Whether it logs the events of global services such as IAM."`
	LogFileValidation *bool             `json:"log_file_validation,omitempty" cel:"log_file_validation" doc:"Whether digest files are delivered, by which a change of a log file is seen."`
	KMSKey            *string           `json:"kms_key,omitempty" cel:"kms_key" doc:"The KMS key that log files are encrypted with. Absent where they are encrypted with keys of S3 (SSE-S3)."`
	Bucket            *string           `json:"bucket,omitempty" cel:"bucket" doc:"The S3 bucket that log files are delivered to; absent where AWS names none."`
	Prefix            *string           `json:"prefix,omitempty" cel:"prefix" doc:"What the names of the log files begin with; absent where there is none."`
	Topic             *string           `json:"topic,omitempty" cel:"topic" doc:"The ARN of the SNS topic that is told of each delivery; absent where there is none."`
	LogGroup          *string           `json:"log_group,omitempty" cel:"log_group" doc:"The ARN of the CloudWatch Logs group that events are delivered to as well; absent where there is none."`
	LogRole           *string           `json:"log_role,omitempty" cel:"log_role" doc:"The ARN of the role that delivers to the log group; absent where there is none."`
	CustomSelectors   *bool             `json:"custom_selectors,omitempty" cel:"custom_selectors" doc:"Whether the trail has event selectors of its own, as AWS says in the list of trails; absent where it does not say."`
	Status            *Status           `json:"status,omitempty" cel:"status" doc:"Whether the trail is logging, and its last deliveries, as its home region tells."`
	Advanced          *bool             `json:"advanced_selectors,omitempty" cel:"advanced_selectors" doc:"Whether the events are selected by advanced event selectors, which take the place of the basic ones."`
	ManagementEvents  *string           `json:"management_events,omitempty" cel:"management_events" doc:"Which management events the selectors take: all, read-only, write-only, some (none of these whole, but a selection), or none. Sources that are excluded stand in excluded_sources."`
	Excluded          []string          `json:"excluded_sources" cel:"excluded_sources" doc:"The event sources whose management events are not taken although others are, as kms.amazonaws.com and rdsdata.amazonaws.com, sorted; empty where none is excluded."`
	DataEvents        []string          `json:"data_events" cel:"data_events" doc:"The resource types of which data events are taken, all of them or a selection, as AWS::S3::Object, sorted; empty where none are."`
	S3DataEvents      *string           `json:"s3_data_events,omitempty" cel:"s3_data_events" doc:"Which data events of the objects of every S3 bucket are taken: all, read-only, write-only, some (those of named buckets, or a selection), or none."`
	Insights          []string          `json:"insights" cel:"insights" doc:"The kinds of unusual activity that are looked for in management events: ApiCallRateInsight, ApiErrorRateInsight, sorted; empty where none is."`
	Tags              map[string]string `json:"tags" cel:"tags" doc:"The trail's tags. Null for a trail of another account, which AWS tells its owner only."`
}

// Kind is cloudtrail.trail.
func (*Trail) Kind() string { return "cloudtrail.trail" }

// Status is whether a trail is logging, and its last deliveries in its home region.
type Status struct {
	Logging           bool       `json:"logging" cel:"logging" doc:"Whether the trail is logging."`
	Started           *time.Time `json:"started,omitempty" cel:"started" doc:"When it last began to log; absent where it never did."`
	Stopped           *time.Time `json:"stopped,omitempty" cel:"stopped" doc:"When it last ceased to log; absent where it never did."`
	Delivered         *time.Time `json:"delivered,omitempty" cel:"delivered" doc:"When log files were last delivered to the bucket; absent where none were."`
	DeliveryError     *string    `json:"delivery_error,omitempty" cel:"delivery_error" doc:"The error of S3 at the last delivery of log files; absent where there was none."`
	Digest            *time.Time `json:"digest,omitempty" cel:"digest" doc:"When a digest file was last delivered to the bucket; absent where none was."`
	DigestError       *string    `json:"digest_error,omitempty" cel:"digest_error" doc:"The error of S3 at the last delivery of a digest file; absent where there was none."`
	Logs              *time.Time `json:"logs,omitempty" cel:"logs" doc:"When events were last delivered to CloudWatch Logs; absent where none were."`
	LogsError         *string    `json:"logs_error,omitempty" cel:"logs_error" doc:"The error of the last delivery to CloudWatch Logs; absent where there was none."`
	NotificationError *string    `json:"notification_error,omitempty" cel:"notification_error" doc:"The error of SNS at the last notification; absent where there was none."`
}

// A Region is what one region lists to one account.
type Region struct {
	evidence.Meta
	Trails         []string `json:"trails" cel:"trails" doc:"The ARNs of the trails that are made for this region, logging or not, in AWS's order; empty where there is none."`
	GlobalServices bool     `json:"global_services" cel:"global_services" doc:"Whether this is the region in which the events of global services such as IAM are logged."`
}

// Kind is cloudtrail.region.
func (*Region) Kind() string { return "cloudtrail.region" }

// An EventDataStore is a store of CloudTrail Lake.
type EventDataStore struct {
	evidence.Meta
	Name                  *string           `json:"name,omitempty" cel:"name" doc:"The store's name; absent where AWS gave none."`
	Status                *string           `json:"status,omitempty" cel:"status" doc:"ENABLED, CREATED, STARTING_INGESTION, STOPPING_INGESTION, STOPPED_INGESTION or PENDING_DELETION."`
	TerminationProtection *bool             `json:"termination_protection,omitempty" cel:"termination_protection" doc:"Whether the store cannot be deleted before this is turned off."`
	RetentionDays         *int              `json:"retention_days,omitempty" cel:"retention_days" doc:"For how many days events are kept."`
	MultiRegion           *bool             `json:"multi_region,omitempty" cel:"multi_region" doc:"Whether it holds events of all regions, and not those of its own alone."`
	Organization          *bool             `json:"organization,omitempty" cel:"organization" doc:"Whether it holds the events of every account of the organization."`
	KMSKey                *string           `json:"kms_key,omitempty" cel:"kms_key" doc:"The KMS key that events are encrypted with; absent where it is a key that AWS owns."`
	Billing               *string           `json:"billing,omitempty" cel:"billing" doc:"EXTENDABLE_RETENTION_PRICING or FIXED_RETENTION_PRICING; absent where AWS does not say."`
	Federation            *string           `json:"federation,omitempty" cel:"federation" doc:"ENABLED where the store can be queried from Athena, DISABLED, or a state on the way; absent where AWS does not say."`
	Categories            []string          `json:"categories" cel:"categories" doc:"The categories of events that its selectors name: Management, Data, NetworkActivity, Insight, ConfigurationItem, Evidence, ActivityAuditLog; sorted."`
	ManagementEvents      *string           `json:"management_events,omitempty" cel:"management_events" doc:"Which management events the selectors take: all, read-only, write-only, some or none."`
	Excluded              []string          `json:"excluded_sources" cel:"excluded_sources" doc:"The event sources whose management events are not taken although others are, sorted; empty where none is excluded."`
	Created               *time.Time        `json:"created,omitempty" cel:"created" doc:"When the store was made; absent where AWS does not say."`
	Updated               *time.Time        `json:"updated,omitempty" cel:"updated" doc:"When the store was last changed; absent where AWS does not say."`
	Tags                  map[string]string `json:"tags" cel:"tags" doc:"The store's tags. Null for a store that waits for its deletion, whose tags AWS does not tell."`
}

// Kind is cloudtrail.event_data_store.
func (*EventDataStore) Kind() string { return "cloudtrail.event_data_store" }
