package accessanalyzer

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// An Account is what IAM Access Analyzer looks for in one account and region, whether or not it does.
type Account struct {
	evidence.Meta
	Status         string   `json:"status" cel:"status" doc:"enabled where an analyzer of the account's own looks for access from outside and is ACTIVE; partly-enabled where there are analyzers but none such; not-enabled where there is none. An organization's analyzer covers all of its accounts and is listed in one of them only: an account that is covered from there and has no analyzer of its own is not-enabled here, because AWS does not tell it."`
	Missing        []string `json:"missing" cel:"missing" doc:"external-access where the status is partly-enabled; otherwise empty."`
	Organization   bool     `json:"organization" cel:"organization" doc:"Whether an ACTIVE analyzer listed here looks for access from outside the organization, and so covers every account of the organization in this region."`
	UnusedAccess   bool     `json:"unused_access" cel:"unused_access" doc:"Whether an ACTIVE analyzer of unused access is listed here. One in any region is enough for an account."`
	InternalAccess bool     `json:"internal_access" cel:"internal_access" doc:"Whether an ACTIVE analyzer of access from within is listed here."`
}

// Kind is accessanalyzer.account.
func (*Account) Kind() string { return "accessanalyzer.account" }

// An Analyzer looks for access of one sort.
type Analyzer struct {
	evidence.Meta
	Name           string            `json:"name" cel:"name" doc:"The analyzer's name."`
	Type           string            `json:"type" cel:"type" doc:"ACCOUNT or ORGANIZATION, which look for access from outside the account or organization; ACCOUNT_UNUSED_ACCESS, ORGANIZATION_UNUSED_ACCESS, ACCOUNT_INTERNAL_ACCESS or ORGANIZATION_INTERNAL_ACCESS."`
	Status         string            `json:"status" cel:"status" doc:"ACTIVE; CREATING, DISABLED or FAILED where it finds nothing new."`
	Reason         *string           `json:"reason,omitempty" cel:"reason" doc:"Why the status is so: AWS_SERVICE_ACCESS_DISABLED, DELEGATED_ADMINISTRATOR_DEREGISTERED, ORGANIZATION_DELETED or SERVICE_LINKED_ROLE_CREATION_FAILED. Absent where AWS gives none."`
	Created        *time.Time        `json:"created,omitempty" cel:"created" doc:"When it was made; absent where AWS did not say."`
	LastAnalyzed   *string           `json:"last_analyzed,omitempty" cel:"last_analyzed" doc:"The resource that was analyzed last; absent where none was yet."`
	LastAnalyzedAt *time.Time        `json:"last_analyzed_at,omitempty" cel:"last_analyzed_at" doc:"When that was; absent where none was yet."`
	ManagedBy      *string           `json:"managed_by,omitempty" cel:"managed_by" doc:"The AWS service that made it and manages it; absent for one of the customer's own."`
	Tags           map[string]string `json:"tags" cel:"tags" doc:"Its tags; empty where AWS lists none."`
}

// Kind is accessanalyzer.analyzer.
func (*Analyzer) Kind() string { return "accessanalyzer.analyzer" }

// An ArchiveRule archives findings as they come, so that they are active no more.
type ArchiveRule struct {
	evidence.Meta
	Name         string     `json:"name" cel:"name" doc:"The rule's name."`
	Analyzer     string     `json:"analyzer" cel:"analyzer" doc:"The ARN of the analyzer whose findings it archives."`
	AnalyzerType string     `json:"analyzer_type" cel:"analyzer_type" doc:"The analyzer's type: ACCOUNT, ORGANIZATION …"`
	Criteria     []string   `json:"criteria" cel:"criteria" doc:"What findings must match, all of it, as: resourceType equals AWS::S3::Bucket. Sorted."`
	SparesPublic bool       `json:"spares_public" cel:"spares_public" doc:"Whether the rule names isPublic false among its criteria, so that it never archives a finding of access for everyone."`
	Created      *time.Time `json:"created,omitempty" cel:"created" doc:"When it was made; absent where AWS did not say."`
	Updated      *time.Time `json:"updated,omitempty" cel:"updated" doc:"When it was last changed; absent where AWS did not say."`
}

// Kind is accessanalyzer.archive_rule.
func (*ArchiveRule) Kind() string { return "accessanalyzer.archive_rule" }

// A Finding is access from outside the account or organization that an analyzer found and that still is.
type Finding struct {
	evidence.Meta
	Finding      string            `json:"finding" cel:"finding" doc:"The finding's id."`
	Analyzer     string            `json:"analyzer" cel:"analyzer" doc:"The ARN of the analyzer that found it."`
	AnalyzerType string            `json:"analyzer_type" cel:"analyzer_type" doc:"ACCOUNT or ORGANIZATION: outside of what the access comes from."`
	Status       string            `json:"status" cel:"status" doc:"ACTIVE, or ARCHIVED where somebody, or an archive rule, put it aside. The access is there all the same."`
	Public       bool              `json:"public" cel:"public" doc:"Whether everyone has access."`
	Resource     *string           `json:"resource,omitempty" cel:"resource" doc:"The ARN of the resource; absent where AWS did not say."`
	ResourceType string            `json:"resource_type" cel:"resource_type" doc:"The resource's type: AWS::S3::Bucket."`
	Owner        string            `json:"owner" cel:"owner" doc:"The account that the resource belongs to. An organization's analyzer finds access to resources of every account of it."`
	InScope      bool              `json:"in_scope" cel:"in_scope" doc:"Whether the owner is an account that the audit reads."`
	Principals   []string          `json:"principals" cel:"principals" doc:"Who has access, as TYPE:value, sorted; AWS:* is everyone."`
	Actions      []string          `json:"actions" cel:"actions" doc:"What they may do, sorted."`
	Conditions   map[string]string `json:"conditions" cel:"conditions" doc:"The conditions of the statement that gives the access."`
	Error        *string           `json:"error,omitempty" cel:"error" doc:"Why the resource could not be analyzed; absent where it could."`
	Created      *time.Time        `json:"created,omitempty" cel:"created" doc:"When the finding was made; absent where AWS did not say."`
	Updated      *time.Time        `json:"updated,omitempty" cel:"updated" doc:"When it was last changed; absent where AWS did not say."`
	Analyzed     *time.Time        `json:"analyzed,omitempty" cel:"analyzed" doc:"When the resource was last analyzed; absent where AWS did not say."`
}

// Kind is accessanalyzer.finding.
func (*Finding) Kind() string { return "accessanalyzer.finding" }
