package guardduty

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// An Account is GuardDuty in one account and region, whether or not it is on.
type Account struct {
	evidence.Meta
	Status        string      `json:"status" cel:"status" doc:"enabled; partly-enabled where a protection that AWS lists is off (see missing); not-enabled where there is no detector or it is suspended."`
	Missing       []string    `json:"missing" cel:"missing" doc:"The protections and agents that AWS lists for the detector and that are not ENABLED, in AWS's words, sorted. EKS_RUNTIME_MONITORING is none of them where RUNTIME_MONITORING, which takes its place, is listed. Empty where there is no detector."`
	Detector      *Detector   `json:"detector,omitempty" cel:"detector" doc:"The detector; absent where there is none."`
	Protection    *Protection `json:"protection,omitempty" cel:"protection" doc:"The protections by name; absent where there is no detector."`
	Role          *string     `json:"role,omitempty" cel:"role" doc:"member where AWS names an administrator account; administrator where the account is the organization's delegated administrator or lists members; standalone where AWS names neither. Absent where there is no detector."`
	Administrator *string     `json:"administrator,omitempty" cel:"administrator" doc:"The administrator account of a member; absent for any other account."`
	Relationship  *string     `json:"relationship,omitempty" cel:"relationship" doc:"A member's relationship to its administrator: Enabled, or Disabled, Removed, Resigned … Absent for any other account."`
	Exporting     *bool       `json:"exporting,omitempty" cel:"exporting" doc:"Whether a publishing destination of the account's own has the status PUBLISHING. Absent where there is no detector."`
}

// Kind is guardduty.account.
func (*Account) Kind() string { return "guardduty.account" }

// A Detector is what GuardDuty works with in a region.
type Detector struct {
	ID        string            `json:"id" cel:"id" doc:"The detector's id."`
	Status    string            `json:"status" cel:"status" doc:"ENABLED, or DISABLED where GuardDuty is suspended."`
	Frequency *string           `json:"publishing_frequency,omitempty" cel:"publishing_frequency" doc:"How often findings that occur again are published: FIFTEEN_MINUTES, ONE_HOUR or SIX_HOURS. Absent where AWS did not say."`
	Created   *time.Time        `json:"created,omitempty" cel:"created" doc:"When it was made; absent where AWS did not say."`
	Updated   *time.Time        `json:"updated,omitempty" cel:"updated" doc:"When it was last changed; absent where AWS did not say."`
	Features  []Feature         `json:"features" cel:"features" doc:"Everything that AWS lists as a feature of the detector, in AWS's order."`
	Tags      map[string]string `json:"tags" cel:"tags" doc:"Its tags; empty where AWS lists none."`
}

// A Feature is a protection or an agent as AWS lists it.
type Feature struct {
	Name    string     `json:"name" cel:"name" doc:"AWS's name: S3_DATA_EVENTS; an agent stands behind its protection: RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT."`
	Status  string     `json:"status" cel:"status" doc:"ENABLED or DISABLED; for an organization ALL, NEW or NONE."`
	Updated *time.Time `json:"updated,omitempty" cel:"updated" doc:"When it was last changed; absent where AWS did not say."`
}

// Protection is the status of each protection by name. One that AWS does not list is absent: not every region offers every one.
type Protection struct {
	CloudTrail           *string `json:"cloud_trail,omitempty" cel:"cloud_trail" doc:"CloudTrail management events (CLOUD_TRAIL): ENABLED or DISABLED; so are the others, and for an organization ALL, NEW or NONE. Absent where AWS does not list it; so are the others."`
	DNSLogs              *string `json:"dns_logs,omitempty" cel:"dns_logs" doc:"DNS logs (DNS_LOGS)."`
	FlowLogs             *string `json:"flow_logs,omitempty" cel:"flow_logs" doc:"VPC flow logs (FLOW_LOGS)."`
	S3DataEvents         *string `json:"s3_data_events,omitempty" cel:"s3_data_events" doc:"S3 Protection (S3_DATA_EVENTS)."`
	EKSAuditLogs         *string `json:"eks_audit_logs,omitempty" cel:"eks_audit_logs" doc:"EKS Protection (EKS_AUDIT_LOGS)."`
	EBSMalwareProtection *string `json:"ebs_malware_protection,omitempty" cel:"ebs_malware_protection" doc:"Malware Protection for EC2 (EBS_MALWARE_PROTECTION)."`
	RDSLoginEvents       *string `json:"rds_login_events,omitempty" cel:"rds_login_events" doc:"RDS Protection (RDS_LOGIN_EVENTS)."`
	LambdaNetworkLogs    *string `json:"lambda_network_logs,omitempty" cel:"lambda_network_logs" doc:"Lambda Protection (LAMBDA_NETWORK_LOGS)."`
	RuntimeMonitoring    *string `json:"runtime_monitoring,omitempty" cel:"runtime_monitoring" doc:"Runtime Monitoring of EC2, ECS on Fargate and EKS (RUNTIME_MONITORING)."`
	EKSRuntimeMonitoring *string `json:"eks_runtime_monitoring,omitempty" cel:"eks_runtime_monitoring" doc:"The older Runtime Monitoring of EKS alone (EKS_RUNTIME_MONITORING), which cannot be on beside the newer one."`
	EKSAgent             *string `json:"eks_agent,omitempty" cel:"eks_agent" doc:"Whether Runtime Monitoring manages its agent on EKS (EKS_ADDON_MANAGEMENT)."`
	FargateAgent         *string `json:"fargate_agent,omitempty" cel:"fargate_agent" doc:"Whether Runtime Monitoring manages its agent on ECS on Fargate (ECS_FARGATE_AGENT_MANAGEMENT)."`
	EC2Agent             *string `json:"ec2_agent,omitempty" cel:"ec2_agent" doc:"Whether Runtime Monitoring manages its agent on EC2 (EC2_AGENT_MANAGEMENT)."`
}

// An Organization is how the organization's delegated administrator sets GuardDuty up for its members in a region.
type Organization struct {
	evidence.Meta
	AutoEnable   string      `json:"auto_enable" cel:"auto_enable" doc:"For whom GuardDuty is enabled without anybody's doing: ALL accounts of the organization, NEW ones, or NONE."`
	LimitReached bool        `json:"limit_reached" cel:"limit_reached" doc:"Whether the administrator has as many members as it may have, so that no further account is enabled."`
	Features     []Feature   `json:"features" cel:"features" doc:"What AWS lists as enabled for members without anybody's doing, in AWS's order."`
	Protection   *Protection `json:"protection,omitempty" cel:"protection" doc:"The same by name."`
}

// Kind is guardduty.organization.
func (*Organization) Kind() string { return "guardduty.organization" }

// A Member is an account that an administrator lists, whether or not it is monitored. The record's account is the administrator.
type Member struct {
	evidence.Meta
	Member       string      `json:"member" cel:"member" doc:"The member account."`
	InScope      bool        `json:"in_scope" cel:"in_scope" doc:"Whether the audit reads the member account too."`
	Relationship string      `json:"relationship" cel:"relationship" doc:"Enabled where GuardDuty monitors it; Created, Invited, Disabled, EmailVerificationInProgress, EmailVerificationFailed, Removed, Resigned, AccountSuspended or RegionDisabled where it does not."`
	Detector     *string     `json:"detector,omitempty" cel:"detector" doc:"The member's detector; absent where AWS names none."`
	Updated      *time.Time  `json:"updated,omitempty" cel:"updated" doc:"When the relationship last changed; absent where AWS did not say."`
	Features     []Feature   `json:"features" cel:"features" doc:"What AWS lists as a feature of the member's detector. It is asked for members with the relationship Enabled only; empty for the others."`
	Protection   *Protection `json:"protection,omitempty" cel:"protection" doc:"The same by name; absent where the relationship is not Enabled."`
}

// Kind is guardduty.member.
func (*Member) Kind() string { return "guardduty.member" }

// A Destination is where findings are exported to. An administrator's takes the findings of its members too.
type Destination struct {
	evidence.Meta
	Type    string            `json:"type" cel:"type" doc:"S3."`
	Status  string            `json:"status" cel:"status" doc:"PUBLISHING; PENDING_VERIFICATION, UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY or STOPPED where findings do not arrive."`
	ARN     *string           `json:"arn,omitempty" cel:"arn" doc:"The bucket, with a prefix where there is one; absent where AWS did not say."`
	KMSKey  *string           `json:"kms_key,omitempty" cel:"kms_key" doc:"The KMS key that findings are encrypted with; absent where AWS names none."`
	Failing *time.Time        `json:"failing_since,omitempty" cel:"failing_since" doc:"Since when GuardDuty could not publish; absent where AWS gives no time, or the time 0."`
	Tags    map[string]string `json:"tags" cel:"tags" doc:"Its tags; empty where AWS lists none."`
}

// Kind is guardduty.publishing_destination.
func (*Destination) Kind() string { return "guardduty.publishing_destination" }

// A Filter is a saved filter of findings. One whose action is ARCHIVE suppresses them.
type Filter struct {
	evidence.Meta
	Name        string            `json:"name" cel:"name" doc:"The filter's name."`
	Action      string            `json:"action" cel:"action" doc:"ARCHIVE where findings that match are archived as they come (a suppression rule); NOOP where nothing happens to them."`
	Description *string           `json:"description,omitempty" cel:"description" doc:"What somebody wrote about it; absent where nothing was."`
	Rank        *int              `json:"rank,omitempty" cel:"rank" doc:"Its place in the order of filters; absent where AWS did not say."`
	Criteria    []string          `json:"criteria" cel:"criteria" doc:"What findings must match, all of it, as: type equals A, B. Sorted."`
	Tags        map[string]string `json:"tags" cel:"tags" doc:"Its tags; empty where AWS lists none."`
}

// Kind is guardduty.filter.
func (*Filter) Kind() string { return "guardduty.filter" }

// A Finding is one of high or critical severity (7 and above) that is not archived, about this account.
type Finding struct {
	evidence.Meta
	Type         string     `json:"type" cel:"type" doc:"AWS's type: CryptoCurrency:EC2/BitcoinTool.B."`
	Title        *string    `json:"title,omitempty" cel:"title" doc:"AWS's title. Samples begin with [SAMPLE]. Absent where there is none."`
	Severity     float64    `json:"severity" cel:"severity" doc:"AWS's number: 7.0 to 8.9 is high, 9.0 and above critical."`
	Archived     bool       `json:"archived" cel:"archived" doc:"Whether it is archived. Findings that are not were asked for."`
	Created      *time.Time `json:"created,omitempty" cel:"created" doc:"When GuardDuty made it."`
	Updated      *time.Time `json:"updated,omitempty" cel:"updated" doc:"When what it tells of was last seen; absent where AWS did not say."`
	Count        *int       `json:"count,omitempty" cel:"count" doc:"How often it has occurred; absent where AWS did not say."`
	ResourceType *string    `json:"resource_type,omitempty" cel:"resource_type" doc:"What kind of resource it is about: Instance, AccessKey, S3Bucket … Absent where AWS did not say."`
}

// Kind is guardduty.finding.
func (*Finding) Kind() string { return "guardduty.finding" }
