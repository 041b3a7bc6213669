package auditmanager

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// An Account is AWS Audit Manager in one account and region, whether or not it is on.
type Account struct {
	evidence.Meta
	Status            *string  `json:"status,omitempty" cel:"status" doc:"enabled, not-enabled, or partly-enabled while Audit Manager is being activated."`
	Missing           []string `json:"missing" cel:"missing" doc:"What is off where status is partly-enabled: activation. Empty otherwise."`
	AWSStatus         *string  `json:"aws_status,omitempty" cel:"aws_status" doc:"The status as AWS wrote it: ACTIVE, INACTIVE or PENDING_ACTIVATION. Absent where AWS refused with the words that Audit Manager is not set up."`
	Organization      *bool    `json:"organization,omitempty" cel:"organization" doc:"Whether it is set up for the organization. Absent where Audit Manager is off or AWS does not say; so are the settings below."`
	KMSKey            *string  `json:"kms_key,omitempty" cel:"kms_key" doc:"The ARN of the KMS key that evidence is encrypted with, or DEFAULT for one that AWS owns."`
	Deregistration    *string  `json:"deregistration,omitempty" cel:"deregistration" doc:"What happens to the evidence when Audit Manager is deregistered: ALL of it is deleted within seven days, or by DEFAULT none is before its two years are over."`
	EvidenceFinder    *Finder  `json:"evidence_finder,omitempty" cel:"evidence_finder" doc:"The evidence finder, which keeps evidence in an event data store of CloudTrail Lake."`
	ReportDestination *string  `json:"report_destination,omitempty" cel:"report_destination" doc:"The S3 URI that assessment reports go to; absent where none is set."`
	ExportDestination *string  `json:"export_destination,omitempty" cel:"export_destination" doc:"The S3 URI that the evidence finder exports to; absent where none is set."`
	Topic             *string  `json:"topic,omitempty" cel:"topic" doc:"The SNS topic that is told of changes; absent where none is set."`
	ProcessOwners     []Role   `json:"process_owners" cel:"process_owners" doc:"Who owns the process of a new assessment, in AWS's order."`
}

// Kind is auditmanager.account.
func (*Account) Kind() string { return "auditmanager.account" }

// A Finder is the evidence finder.
type Finder struct {
	Status         *string `json:"status,omitempty" cel:"status" doc:"ENABLED, DISABLED, or a state on the way; absent where AWS does not say."`
	Backfill       *string `json:"backfill,omitempty" cel:"backfill" doc:"How far evidence from before it was enabled was taken over: NOT_STARTED, IN_PROGRESS or COMPLETED; absent where AWS does not say."`
	EventDataStore *string `json:"event_data_store,omitempty" cel:"event_data_store" doc:"The ARN of the event data store; absent where there is none."`
	Error          *string `json:"error,omitempty" cel:"error" doc:"What went wrong when it was enabled or disabled; absent where nothing did."`
}

// A Role is someone with a part in an assessment.
type Role struct {
	Type string `json:"type" cel:"type" doc:"PROCESS_OWNER or RESOURCE_OWNER; empty where AWS does not say."`
	ARN  string `json:"arn" cel:"arn" doc:"The ARN of the IAM role or user; empty where AWS does not say."`
}

// An Assessment is a running or a closed assessment.
type Assessment struct {
	evidence.Meta
	AssessmentID      string            `json:"assessment_id" cel:"assessment_id" doc:"The assessment's id. The record's id is the ARN that AWS makes of it."`
	Name              *string           `json:"name,omitempty" cel:"name" doc:"The assessment's name."`
	Status            *string           `json:"status,omitempty" cel:"status" doc:"ACTIVE while it collects evidence, INACTIVE once it no longer does."`
	ComplianceType    *string           `json:"compliance_type,omitempty" cel:"compliance_type" doc:"The standard that it is said to be about, as text; absent where none is given."`
	Created           *time.Time        `json:"created,omitempty" cel:"created" doc:"When the assessment was made; absent where AWS does not say."`
	Updated           *time.Time        `json:"updated,omitempty" cel:"updated" doc:"When it was last changed; absent where AWS does not say."`
	Roles             []Role            `json:"roles" cel:"roles" doc:"Who owns the process, in AWS's order."`
	Description       *string           `json:"description,omitempty" cel:"description" doc:"What it is for, in its maker's words; absent where none are given."`
	Framework         *Framework        `json:"framework,omitempty" cel:"framework" doc:"The framework that it was made from."`
	ReportDestination *string           `json:"report_destination,omitempty" cel:"report_destination" doc:"The S3 URI that its reports go to; absent where none is set."`
	Accounts          []string          `json:"accounts" cel:"accounts" doc:"The accounts in its scope, sorted."`
	Services          []string          `json:"services" cel:"services" doc:"The AWS services in its scope, sorted; empty where Audit Manager chooses them, as it does for every newer assessment."`
	ControlSets       []ControlSet      `json:"control_sets" cel:"control_sets" doc:"The control sets, in AWS's order."`
	Controls          *int              `json:"controls,omitempty" cel:"controls" doc:"The number of controls in all control sets."`
	Reviewed          *int              `json:"reviewed,omitempty" cel:"reviewed" doc:"How many of the controls have the status REVIEWED."`
	Tags              map[string]string `json:"tags" cel:"tags" doc:"The assessment's tags."`
}

// Kind is auditmanager.assessment.
func (*Assessment) Kind() string { return "auditmanager.assessment" }

// A Framework is what an assessment was made from.
type Framework struct {
	ID             *string `json:"id,omitempty" cel:"id" doc:"The framework's id; absent where AWS does not say."`
	ARN            *string `json:"arn,omitempty" cel:"arn" doc:"The framework's ARN; absent where AWS does not say."`
	Name           *string `json:"name,omitempty" cel:"name" doc:"The framework's name; absent where AWS does not say."`
	ComplianceType *string `json:"compliance_type,omitempty" cel:"compliance_type" doc:"The standard that it is about, as text; absent where none is given."`
}

// A ControlSet is a group of controls of an assessment.
type ControlSet struct {
	ID             string  `json:"id" cel:"id" doc:"The control set's name, which is its id."`
	Description    *string `json:"description,omitempty" cel:"description" doc:"What it is about; absent where nothing is said."`
	Status         string  `json:"status" cel:"status" doc:"ACTIVE, UNDER_REVIEW or REVIEWED; empty where AWS does not say."`
	SystemEvidence *int    `json:"system_evidence,omitempty" cel:"system_evidence" doc:"How many items of evidence were collected by Audit Manager; absent where AWS does not say."`
	ManualEvidence *int    `json:"manual_evidence,omitempty" cel:"manual_evidence" doc:"How many were added by people; absent where AWS does not say."`
	Delegations    int     `json:"delegations" cel:"delegations" doc:"How often its review was given to someone."`
}

// A Control is a control of one assessment.
type Control struct {
	evidence.Meta
	Assessment     string    `json:"assessment" cel:"assessment" doc:"The id of the assessment's record."`
	ControlSet     string    `json:"control_set" cel:"control_set" doc:"The control set that it stands in."`
	ControlID      string    `json:"control_id" cel:"control_id" doc:"The control's id."`
	Name           *string   `json:"name,omitempty" cel:"name" doc:"The control's name."`
	Description    *string   `json:"description,omitempty" cel:"description" doc:"What it demands; absent where nothing is said."`
	Status         *string   `json:"status,omitempty" cel:"status" doc:"UNDER_REVIEW, REVIEWED or INACTIVE."`
	Response       *string   `json:"response,omitempty" cel:"response" doc:"MANUAL, AUTOMATE, DEFER or IGNORE; absent where none is given."`
	Evidence       *int      `json:"evidence_count,omitempty" cel:"evidence_count" doc:"How many items of evidence it has, by AWS's count; absent where AWS does not say."`
	ReportEvidence *int      `json:"report_evidence_count,omitempty" cel:"report_evidence_count" doc:"How many of them are chosen for the assessment report; absent where AWS does not say."`
	Sources        []string  `json:"sources" cel:"sources" doc:"Where its evidence comes from, in AWS's words and order."`
	Comments       []Comment `json:"comments" cel:"comments" doc:"What reviewers wrote, in AWS's order."`
}

// Kind is auditmanager.control.
func (*Control) Kind() string { return "auditmanager.control" }

// A Comment is what a reviewer wrote about a control.
type Comment struct {
	Author *string    `json:"author,omitempty" cel:"author" doc:"Who wrote it; absent where AWS does not say."`
	Posted *time.Time `json:"posted,omitempty" cel:"posted" doc:"When it was written; absent where AWS does not say."`
	Text   string     `json:"text" cel:"text" doc:"The text."`
}

// An EvidenceFolder holds the evidence of one control of one day. Its counts are AWS's, and absent where AWS does not give them.
type EvidenceFolder struct {
	evidence.Meta
	Assessment       string     `json:"assessment" cel:"assessment" doc:"The id of the assessment's record."`
	FolderID         string     `json:"folder_id" cel:"folder_id" doc:"The folder's id."`
	Name             *string    `json:"name,omitempty" cel:"name" doc:"The folder's name; absent where it has none."`
	Date             *time.Time `json:"date,omitempty" cel:"date" doc:"When the first evidence came into it."`
	InPeriod         *bool      `json:"in_period,omitempty" cel:"in_period" doc:"Whether that lies in the period of the audit. The evidence of other folders is not read."`
	ControlSet       *string    `json:"control_set,omitempty" cel:"control_set" doc:"The control set of its control."`
	ControlID        *string    `json:"control_id,omitempty" cel:"control_id" doc:"The id of its control; absent where AWS does not say."`
	ControlName      *string    `json:"control_name,omitempty" cel:"control_name" doc:"The name of its control; absent where AWS does not say."`
	DataSource       *string    `json:"data_source,omitempty" cel:"data_source" doc:"The AWS service that the evidence came from, as AWS wrote it; absent where AWS does not say."`
	Author           *string    `json:"author,omitempty" cel:"author" doc:"Who made the folder; absent where AWS does not say."`
	Total            *int       `json:"total,omitempty" cel:"total" doc:"The number of items of evidence in it."`
	ComplianceChecks *int       `json:"compliance_checks,omitempty" cel:"compliance_checks" doc:"How many are checks of AWS Config or Security Hub."`
	Issues           *int       `json:"issues,omitempty" cel:"issues" doc:"How many issues these checks reported."`
	Configuration    *int       `json:"configuration,omitempty" cel:"configuration" doc:"How many are snapshots of configuration."`
	UserActivity     *int       `json:"user_activity,omitempty" cel:"user_activity" doc:"How many are user activity from CloudTrail."`
	Manual           *int       `json:"manual,omitempty" cel:"manual" doc:"How many were added by people."`
	Resources        *int       `json:"resources,omitempty" cel:"resources" doc:"How many resources they are about."`
	AWSSources       *int       `json:"aws_sources,omitempty" cel:"aws_sources" doc:"How many AWS resources were looked at for them."`
	ReportEvidence   *int       `json:"report_evidence_count,omitempty" cel:"report_evidence_count" doc:"How many are chosen for the assessment report."`
	EvidenceRead     *int       `json:"evidence_read,omitempty" cel:"evidence_read" doc:"How many of them were read into the population auditmanager.evidence. Absent for a folder outside the period."`
}

// Kind is auditmanager.evidence_folder.
func (*EvidenceFolder) Kind() string { return "auditmanager.evidence_folder" }

// An Evidence is one item of evidence as Audit Manager kept it. Nothing in it is judged here.
type Evidence struct {
	evidence.Meta
	EvidenceID      string            `json:"evidence_id" cel:"evidence_id" doc:"The item's id."`
	Assessment      string            `json:"assessment" cel:"assessment" doc:"The id of the assessment's record."`
	Folder          string            `json:"folder" cel:"folder" doc:"The id of the folder's record."`
	ControlSet      *string           `json:"control_set,omitempty" cel:"control_set" doc:"The control set of the folder's control."`
	ControlID       *string           `json:"control_id,omitempty" cel:"control_id" doc:"The id of the folder's control; absent where AWS does not say."`
	Time            *time.Time        `json:"time,omitempty" cel:"time" doc:"When Audit Manager collected it."`
	DataSource      *string           `json:"data_source,omitempty" cel:"data_source" doc:"Where it was collected, as AWS wrote it: AWS Config, AWS Security Hub, AWS CloudTrail, AWS API calls, Manual … Absent where AWS does not say."`
	Type            *string           `json:"evidence_by_type,omitempty" cel:"evidence_by_type" doc:"The type of evidence as AWS wrote it: Compliance check, Configuration data, User activity, Manual … Absent where AWS does not say."`
	ComplianceCheck *string           `json:"compliance_check,omitempty" cel:"compliance_check" doc:"What the check found, as AWS wrote it. Absent where there is none: the type of evidence has none, or AWS Config or Security Hub was off."`
	EventName       *string           `json:"event_name,omitempty" cel:"event_name" doc:"The event, API call, rule or control; absent where AWS names none."`
	EventSource     *string           `json:"event_source,omitempty" cel:"event_source" doc:"The AWS service that it was collected from; absent where AWS names none."`
	EvidenceAccount *string           `json:"evidence_account,omitempty" cel:"evidence_account" doc:"The account that it is about; absent where AWS does not say."`
	Organization    *string           `json:"organization,omitempty" cel:"organization" doc:"The path of that account in the organization, as AWS wrote it; absent where AWS does not say."`
	IAM             *string           `json:"iam_id,omitempty" cel:"iam_id" doc:"The ARN of the user or role that it is about; absent where there is none."`
	InReport        *string           `json:"report_selection,omitempty" cel:"report_selection" doc:"Whether it is chosen for the assessment report, as AWS wrote it; absent where AWS does not say."`
	Attributes      map[string]string `json:"attributes" cel:"attributes" doc:"The names and values that come with the event. Null where AWS gave none."`
	Resources       []Resource        `json:"resources" cel:"resources" doc:"The resources that it is about, in AWS's order; empty where there are none."`
}

// Kind is auditmanager.evidence.
func (*Evidence) Kind() string { return "auditmanager.evidence" }

// A Resource is a resource that an item of evidence is about.
type Resource struct {
	ARN             *string `json:"arn,omitempty" cel:"arn" doc:"The resource's ARN; absent where AWS gave none."`
	ComplianceCheck *string `json:"compliance_check,omitempty" cel:"compliance_check" doc:"What the check found for it, as AWS wrote it; absent where there is none."`
	Value           *string `json:"value,omitempty" cel:"value" doc:"What was read of the resource, as AWS wrote it, which often is JSON; absent where nothing was."`
}
