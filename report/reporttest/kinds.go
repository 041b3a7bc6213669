// Package reporttest makes the packs that the tests of the renderers share: Pack, a small one with every result, outcome and
// hostile text, which stands in report/testdata/pack too, and Large, one of any size. Its kinds look like those of the
// collectors but are its own, so that no renderer's test needs the AWS SDK. It is imported by tests only.
package reporttest

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Key is a record of kms.key.
type Key struct {
	evidence.Meta
	ARN      string            `json:"arn" cel:"arn" doc:"The key's ARN."`
	Manager  string            `json:"manager" cel:"manager" doc:"CUSTOMER or AWS."`
	State    string            `json:"state" cel:"state" doc:"Enabled, Disabled, PendingDeletion, PendingImport or Unavailable."`
	Spec     string            `json:"spec" cel:"spec" doc:"The key spec, such as SYMMETRIC_DEFAULT."`
	Origin   string            `json:"origin" cel:"origin" doc:"Where the key material was made: AWS_KMS, EXTERNAL, AWS_CLOUDHSM or EXTERNAL_KEY_STORE."`
	Created  time.Time         `json:"created" cel:"created" doc:"When the key was created."`
	Deletion *time.Time        `json:"deletion,omitempty" cel:"deletion" doc:"When the key will be deleted; absent unless it is pending deletion."`
	Rotation Rotation          `json:"rotation" cel:"rotation" doc:"Automatic rotation."`
	Aliases  []string          `json:"aliases" cel:"aliases" doc:"The key's aliases; empty where it has none."`
	Tags     map[string]string `json:"tags" cel:"tags" doc:"The key's tags; empty where it has none."`
}

// A Rotation is a key's automatic rotation.
type Rotation struct {
	Enabled    bool `json:"enabled" cel:"enabled" doc:"Whether the key rotates by itself."`
	PeriodDays *int `json:"period_days,omitempty" cel:"period_days" doc:"Days between rotations; absent where rotation is off."`
}

// Kind is kms.key.
func (*Key) Kind() string { return "kms.key" }

// A Cluster is a record of cloudhsm.cluster.
type Cluster struct {
	evidence.Meta
	State   string  `json:"state" cel:"state" doc:"ACTIVE, DEGRADED and others."`
	HSMType string  `json:"hsm_type" cel:"hsm_type" doc:"The hardware: hsm1.medium or hsm2m.medium."`
	Mode    *string `json:"mode,omitempty" cel:"mode" doc:"FIPS or NON_FIPS; absent where AWS does not say."`
}

// Kind is cloudhsm.cluster.
func (*Cluster) Kind() string { return "cloudhsm.cluster" }

// A Recorder is a record of config.recorder.
type Recorder struct {
	evidence.Meta
	Name      string `json:"name" cel:"name" doc:"The configuration recorder's name."`
	Recording bool   `json:"recording" cel:"recording" doc:"Whether it is recording."`
	AllTypes  bool   `json:"all_types" cel:"all_types" doc:"Whether it records every supported resource type."`
}

// Kind is config.recorder.
func (*Recorder) Kind() string { return "config.recorder" }

// A RuleCompliance is a record of config.rule_compliance.
type RuleCompliance struct {
	evidence.Meta
	Rule       string `json:"rule" cel:"rule" doc:"The rule's name."`
	Compliance string `json:"compliance" cel:"compliance" doc:"COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE or INSUFFICIENT_DATA."`
	Resources  int    `json:"resources" cel:"resources" doc:"Non-compliant resources, as AWS counts them, capped at 100."`
}

// Kind is config.rule_compliance.
func (*RuleCompliance) Kind() string { return "config.rule_compliance" }

// An Item is a record of config.configuration_item.
type Item struct {
	evidence.Meta
	ResourceType string    `json:"resource_type" cel:"resource_type" doc:"The CloudFormation type."`
	ResourceID   string    `json:"resource_id" cel:"resource_id" doc:"The resource's id."`
	Status       string    `json:"status" cel:"status" doc:"OK, ResourceDeleted and others."`
	Captured     time.Time `json:"captured" cel:"captured" doc:"When AWS Config captured the state."`
}

// Kind is config.configuration_item.
func (*Item) Kind() string { return "config.configuration_item" }

// A Hub is a record of securityhub.hub.
type Hub struct {
	evidence.Meta
	AutoEnable bool      `json:"auto_enable" cel:"auto_enable" doc:"Whether new controls are enabled by themselves."`
	Since      time.Time `json:"since" cel:"since" doc:"When Security Hub was enabled."`
}

// Kind is securityhub.hub.
func (*Hub) Kind() string { return "securityhub.hub" }

// A PermissionSet is a record of identitycenter.permission_set.
type PermissionSet struct {
	evidence.Meta
	Name     string   `json:"name" cel:"name" doc:"The permission set's name."`
	Session  *string  `json:"session,omitempty" cel:"session" doc:"The session's length as an ISO 8601 duration; absent where AWS's default of one hour holds."`
	Policies []string `json:"policies" cel:"policies" doc:"The attached AWS managed policies; empty where there is none."`
}

// Kind is identitycenter.permission_set.
func (*PermissionSet) Kind() string { return "identitycenter.permission_set" }

// Kinds are the kinds of the fixture, sorted by name.
func Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Cluster]("A CloudHSM cluster."),
		evidence.KindOf[Item]("A state of a resource that AWS Config captured."),
		evidence.KindOf[Recorder]("A configuration recorder of AWS Config."),
		evidence.KindOf[RuleCompliance]("An AWS Config rule and what AWS says of its compliance."),
		evidence.KindOf[PermissionSet]("A permission set of IAM Identity Center."),
		evidence.KindOf[Key]("A KMS key, whoever manages it."),
		evidence.KindOf[Hub]("Security Hub in an account and region."),
	}
}
