package awsconfig

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Region is AWS Config in one account and region, whether or not it is set up.
type Region struct {
	evidence.Meta
	HasRecorder        bool    `json:"has_recorder" cel:"has_recorder" doc:"Whether there is a customer managed configuration recorder."`
	RecorderName       *string `json:"recorder_name,omitempty" cel:"recorder_name" doc:"The recorder's name. Absent where there is no recorder."`
	Recording          bool    `json:"recording" cel:"recording" doc:"Whether the recorder was on when AWS was asked. False where there is no recorder."`
	RecorderStatus     *string `json:"recorder_status,omitempty" cel:"recorder_status" doc:"How the recorder's last recording ended: Success, Failure, Pending or NotApplicable (AWS also writes them in capitals). Absent where there is no recorder or AWS tells no status."`
	RecordedThroughout *bool   `json:"recorded_throughout,omitempty" cel:"recorded_throughout" doc:"Whether the recorder was on from the beginning of the period until its end or until AWS was asked, as far as its last start and stop tell. False where there is no recorder. Absent where the two times cannot tell: the last stop and start both lie after the period, or AWS gives none."`
	HasDeliveryChannel bool    `json:"has_delivery_channel" cel:"has_delivery_channel" doc:"Whether there is a delivery channel."`
	HistoryDelivery    *string `json:"history_delivery,omitempty" cel:"history_delivery" doc:"How the last delivery of configuration history to S3 ended: Success, Failure or Not_Applicable (AWS also writes them in capitals). Absent where there is no channel or AWS tells no status."`
	SnapshotDelivery   *string `json:"snapshot_delivery,omitempty" cel:"snapshot_delivery" doc:"How the last delivery of a snapshot to S3 ended. Absent where there is no channel, or where no snapshot was ever asked for; unknown where snapshots are scheduled and AWS tells no status."`
	StreamDelivery     *string `json:"stream_delivery,omitempty" cel:"stream_delivery" doc:"How the last notification to SNS ended; Not_Applicable where the channel has no topic. Absent where there is no channel or AWS tells no status."`
	RetentionDays      int     `json:"retention_days" cel:"retention_days" doc:"How many days configuration items are kept."`
	Rules              int     `json:"rules" cel:"rules" doc:"How many Config rules there are, those of other AWS services included."`
	ConformancePacks   int     `json:"conformance_packs" cel:"conformance_packs" doc:"How many conformance packs there are."`
	Aggregators        int     `json:"aggregators" cel:"aggregators" doc:"How many configuration aggregators there are."`
}

// Kind is config.region.
func (*Region) Kind() string { return "config.region" }

// A Recorder is a customer managed configuration recorder with its status.
type Recorder struct {
	evidence.Meta
	Name             string         `json:"name" cel:"name" doc:"The recorder's name."`
	Role             *string        `json:"role,omitempty" cel:"role" doc:"The ARN of the role that records. Absent where AWS names none."`
	RecordingScope   *string        `json:"recording_scope,omitempty" cel:"recording_scope" doc:"PAID or INTERNAL. Absent where AWS does not say."`
	ServicePrincipal *string        `json:"service_principal,omitempty" cel:"service_principal" doc:"The AWS service that the recorder belongs to. Absent for a customer's own."`
	Group            *Group         `json:"group,omitempty" cel:"group" doc:"Which resource types are recorded. Absent where AWS does not say."`
	Frequency        *string        `json:"frequency,omitempty" cel:"frequency" doc:"How often changes are recorded unless an override says otherwise: CONTINUOUS, or DAILY for the last state of a day only. Absent where AWS does not say."`
	Overrides        []TypeOverride `json:"overrides" cel:"overrides" doc:"The resource types that are recorded at another frequency than the rest."`
	Continuous       *bool          `json:"continuous,omitempty" cel:"continuous" doc:"Whether every type is recorded CONTINUOUS: the frequency, and that of each override. Absent where AWS gives no frequency."`

	Recording        bool       `json:"recording" cel:"recording" doc:"Whether the recorder was on when AWS was asked."`
	Status           *string    `json:"status,omitempty" cel:"status" doc:"How the last recording ended: Success, Failure, Pending or NotApplicable (AWS also writes them in capitals). Absent where AWS does not say."`
	StatusChanged    *time.Time `json:"status_changed,omitempty" cel:"status_changed" doc:"When the status last changed. Absent where AWS does not say."`
	LastStart        *time.Time `json:"last_start,omitempty" cel:"last_start" doc:"When the recorder was last started. Absent where it never was."`
	LastStop         *time.Time `json:"last_stop,omitempty" cel:"last_stop" doc:"When the recorder was last stopped. Absent where it never was. Earlier stops are not told by AWS Config; CloudTrail has them."`
	LastErrorCode    *string    `json:"last_error_code,omitempty" cel:"last_error_code" doc:"The error code of the last failure. Absent where there was none."`
	LastErrorMessage *string    `json:"last_error_message,omitempty" cel:"last_error_message" doc:"AWS's words about the last failure. Absent where there was none."`

	StartedInPeriod    bool  `json:"started_in_period" cel:"started_in_period" doc:"Whether the last start lies in the period."`
	StoppedInPeriod    bool  `json:"stopped_in_period" cel:"stopped_in_period" doc:"Whether the last stop lies in the period."`
	RecordedThroughout *bool `json:"recorded_throughout,omitempty" cel:"recorded_throughout" doc:"Whether the recorder was on from the beginning of the period until its end or until AWS was asked, as far as the last start and stop tell. Absent where they cannot tell."`
}

// Kind is config.recorder.
func (*Recorder) Kind() string { return "config.recorder" }

// A Group is what a recorder records.
type Group struct {
	AllSupported  bool     `json:"all_supported" cel:"all_supported" doc:"Whether all supported regional types are recorded, new ones as AWS adds them."`
	Strategy      *string  `json:"strategy,omitempty" cel:"strategy" doc:"ALL_SUPPORTED_RESOURCE_TYPES, INCLUSION_BY_RESOURCE_TYPES or EXCLUSION_BY_RESOURCE_TYPES. Absent where AWS names none."`
	AllTypes      bool     `json:"all_types" cel:"all_types" doc:"Whether no regional type is left out: all supported types, or an exclusion of none."`
	GlobalTypes   bool     `json:"global_types" cel:"global_types" doc:"Whether the setting includes the global IAM types (users, groups, roles, customer managed policies). They need recording in one region only, regions opened since February 2022 cannot record them, and under EXCLUSION_BY_RESOURCE_TYPES the setting has no effect."`
	Types         []string `json:"types" cel:"types" doc:"The types that are recorded under INCLUSION_BY_RESOURCE_TYPES, else empty."`
	ExcludedTypes []string `json:"excluded_types" cel:"excluded_types" doc:"The types that are left out under EXCLUSION_BY_RESOURCE_TYPES, else empty."`
}

// A TypeOverride is a recording frequency of some resource types.
type TypeOverride struct {
	Frequency string   `json:"frequency" cel:"frequency" doc:"CONTINUOUS or DAILY."`
	Types     []string `json:"types" cel:"types" doc:"The resource types."`
}

// A DeliveryChannel is where configuration history goes.
type DeliveryChannel struct {
	evidence.Meta
	Name              string    `json:"name" cel:"name" doc:"The channel's name."`
	Bucket            *string   `json:"bucket,omitempty" cel:"bucket" doc:"The S3 bucket. Absent where AWS names none."`
	Prefix            *string   `json:"prefix,omitempty" cel:"prefix" doc:"The prefix in the bucket. Absent where there is none."`
	KMSKey            *string   `json:"kms_key,omitempty" cel:"kms_key" doc:"The KMS key that encrypts what is delivered. Absent where the bucket's own encryption is used."`
	Topic             *string   `json:"topic,omitempty" cel:"topic" doc:"The SNS topic that is told of changes. Absent where there is none."`
	SnapshotFrequency *string   `json:"snapshot_frequency,omitempty" cel:"snapshot_frequency" doc:"How often snapshots are delivered: One_Hour, Three_Hours, Six_Hours, Twelve_Hours or TwentyFour_Hours. Absent where none are scheduled."`
	History           *Delivery `json:"history,omitempty" cel:"history" doc:"Delivery of configuration history to S3, every six hours where something changed. Absent where AWS tells nothing."`
	Snapshot          *Delivery `json:"snapshot,omitempty" cel:"snapshot" doc:"Delivery of snapshots to S3. Absent where AWS tells nothing."`
	Stream            *Delivery `json:"stream,omitempty" cel:"stream" doc:"Notification to SNS. Absent where AWS tells nothing."`
}

// Kind is config.delivery_channel.
func (*DeliveryChannel) Kind() string { return "config.delivery_channel" }

// A Delivery is how the last delivery of one sort went.
type Delivery struct {
	Status       *string    `json:"status,omitempty" cel:"status" doc:"Success, Failure or Not_Applicable (AWS also writes them in capitals). Absent where nothing was ever delivered."`
	LastAttempt  *time.Time `json:"last_attempt,omitempty" cel:"last_attempt" doc:"When it was last tried. Absent where it never was, and for notifications."`
	LastSuccess  *time.Time `json:"last_success,omitempty" cel:"last_success" doc:"When it last succeeded. Absent where it never did, and for notifications."`
	Next         *time.Time `json:"next,omitempty" cel:"next" doc:"When it is tried next. Absent where AWS does not say."`
	Changed      *time.Time `json:"changed,omitempty" cel:"changed" doc:"When the status last changed. Told for notifications only."`
	ErrorCode    *string    `json:"error_code,omitempty" cel:"error_code" doc:"The error code of the last attempt. Absent where it did not fail."`
	ErrorMessage *string    `json:"error_message,omitempty" cel:"error_message" doc:"AWS's words about the last failure. Absent where there was none."`
}

// A Retention is how long configuration items are kept.
type Retention struct {
	evidence.Meta
	Name        *string   `json:"name,omitempty" cel:"name" doc:"The name of the retention configuration. Absent where the default holds."`
	Days        int       `json:"days" cel:"days" doc:"How many days configuration items are kept: 30 to 2557."`
	Default     bool      `json:"default" cel:"default" doc:"Whether nothing is configured, so that AWS's default of 2557 days (seven years) holds."`
	KeptSince   time.Time `json:"kept_since" cel:"kept_since" doc:"The oldest moment whose items are still kept, counted back from the moment of the audit. What was recorded earlier is deleted."`
	HasRecorder bool      `json:"has_recorder" cel:"has_recorder" doc:"Whether there is a customer managed recorder. Where there is none nothing is kept, whatever the days."`
}

// Kind is config.retention_configuration.
func (*Retention) Kind() string { return "config.retention_configuration" }

// Keeps is when the oldest items that are still there were captured; zero where that could not be read.
func (r *Retention) Keeps() time.Time {
	if len(r.Unknown) > 0 {
		return time.Time{}
	}
	return r.KeptSince
}
