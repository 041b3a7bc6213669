package awsconfig

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// An Aggregator gathers AWS Config data of other accounts and regions.
type Aggregator struct {
	evidence.Meta
	Name         string     `json:"name" cel:"name" doc:"The aggregator's name."`
	CreatedBy    *string    `json:"created_by,omitempty" cel:"created_by" doc:"The AWS service that made it. Absent for a customer's own."`
	Created      *time.Time `json:"created,omitempty" cel:"created" doc:"When it was created. Absent where AWS does not say."`
	Updated      *time.Time `json:"updated,omitempty" cel:"updated" doc:"When its settings last changed. Absent where AWS does not say."`
	Organization bool       `json:"organization" cel:"organization" doc:"Whether it gathers from the whole organization rather than from listed accounts."`
	Role         *string    `json:"role,omitempty" cel:"role" doc:"The role that reads the organization. Absent for one with listed accounts."`
	Accounts     []string   `json:"accounts" cel:"accounts" doc:"The listed accounts. Empty for one of the whole organization."`
	AllRegions   bool       `json:"all_regions" cel:"all_regions" doc:"Whether every region is gathered, new ones too."`
	Regions      []string   `json:"regions" cel:"regions" doc:"The listed regions. Empty where all are gathered."`
	Sources      int        `json:"sources" cel:"sources" doc:"How many sources AWS tells the status of."`
}

// Kind is config.aggregator.
func (*Aggregator) Kind() string { return "config.aggregator" }

// An AggregatorSource is an account and region, or an organization, that an aggregator gathers from.
type AggregatorSource struct {
	evidence.Meta
	Aggregator   string     `json:"aggregator" cel:"aggregator" doc:"The aggregator's name."`
	Source       string     `json:"source" cel:"source" doc:"The account, or the id of the organization."`
	SourceType   string     `json:"source_type" cel:"source_type" doc:"ACCOUNT or ORGANIZATION."`
	SourceRegion *string    `json:"source_region,omitempty" cel:"source_region" doc:"The region that is gathered. Absent where AWS names none."`
	Status       *string    `json:"status,omitempty" cel:"status" doc:"SUCCEEDED, FAILED, or OUTDATED where the data is not the newest. Absent where AWS does not say."`
	Updated      *time.Time `json:"updated,omitempty" cel:"updated" doc:"When it was last gathered. Absent where it never was."`
	ErrorCode    *string    `json:"error_code,omitempty" cel:"error_code" doc:"The error code of the last failure. Absent where there was none."`
	ErrorMessage *string    `json:"error_message,omitempty" cel:"error_message" doc:"AWS's words about the last failure. Absent where there was none."`
}

// Kind is config.aggregator_source.
func (*AggregatorSource) Kind() string { return "config.aggregator_source" }

// A DiscoveredCount is how many resources of a type AWS Config knows.
type DiscoveredCount struct {
	evidence.Meta
	ResourceType string `json:"resource_type" cel:"resource_type" doc:"The CloudFormation type."`
	Count        int64  `json:"count" cel:"count" doc:"How many resources of the type exist, as far as AWS Config has discovered them."`
}

// Kind is config.discovered_count.
func (*DiscoveredCount) Kind() string { return "config.discovered_count" }

// A DiscoveredResource is a resource that AWS Config knows, of a type in scope.
type DiscoveredResource struct {
	evidence.Meta
	ResourceType        string     `json:"resource_type" cel:"resource_type" doc:"The CloudFormation type."`
	ResourceID          string     `json:"resource_id" cel:"resource_id" doc:"The resource's id."`
	Name                *string    `json:"name,omitempty" cel:"name" doc:"The resource's name. Absent where AWS gives none."`
	Deleted             *time.Time `json:"deleted,omitempty" cel:"deleted" doc:"When the resource was deleted. Absent where it exists."`
	DeletedBeforePeriod bool       `json:"deleted_before_period" cel:"deleted_before_period" doc:"Whether it was deleted before the period began. Its history was not asked for then."`
	InForceAtStart      bool       `json:"in_force_at_start" cel:"in_force_at_start" doc:"Whether AWS Config has a state of the resource that was in force when the period began. False for one that was made, or first recorded, later."`
	Items               int        `json:"items" cel:"items" doc:"How many states were recorded in the period, the one in force at its beginning not counted."`
}

// Kind is config.discovered_resource.
func (*DiscoveredResource) Kind() string { return "config.discovered_resource" }

// A ListedResource is a resource that exists, as far as AWS Config has discovered it, of a type that another collector lists too.
type ListedResource struct {
	evidence.Meta
	ResourceType string  `json:"resource_type" cel:"resource_type" doc:"The CloudFormation type."`
	ResourceID   string  `json:"resource_id" cel:"resource_id" doc:"The resource's id as AWS Config knows it."`
	Name         *string `json:"name,omitempty" cel:"name" doc:"The resource's name. Absent where AWS gives none."`
}

// Kind is config.listed_resource.
func (*ListedResource) Kind() string { return listedKind }

// A ConfigurationItem is a state of a resource, as AWS Config recorded it. What it holds is on the tape; the record keeps its digest.
type ConfigurationItem struct {
	evidence.Meta
	ResourceType       string         `json:"resource_type" cel:"resource_type" doc:"The CloudFormation type."`
	ResourceID         string         `json:"resource_id" cel:"resource_id" doc:"The resource's id."`
	ResourceName       *string        `json:"resource_name,omitempty" cel:"resource_name" doc:"The resource's name. Absent where AWS gives none."`
	ARN                *string        `json:"arn,omitempty" cel:"arn" doc:"The resource's ARN. Absent where AWS gives none."`
	Status             string         `json:"status" cel:"status" doc:"OK, ResourceDiscovered, ResourceDeleted, or ResourceNotRecorded and ResourceDeletedNotRecorded, where AWS Config saw the resource but not its configuration."`
	Captured           *time.Time     `json:"captured,omitempty" cel:"captured" doc:"When AWS Config captured the state: the state holds from then until the next item."`
	InForceAtStart     bool           `json:"in_force_at_start" cel:"in_force_at_start" doc:"Whether this is the state that was in force when the period began: the last one captured by then."`
	StateID            *string        `json:"state_id,omitempty" cel:"state_id" doc:"AWS's identifier that orders the items of a resource. Absent where AWS gives none."`
	Version            *string        `json:"version,omitempty" cel:"version" doc:"The version of the item's form. Absent where AWS gives none."`
	ResourceCreated    *time.Time     `json:"resource_created,omitempty" cel:"resource_created" doc:"When the resource was made. Absent where AWS does not say."`
	RecordingFrequency *string        `json:"recording_frequency,omitempty" cel:"recording_frequency" doc:"DAILY where only the last state of a day was recorded. Absent means CONTINUOUS."`
	Delivered          *time.Time     `json:"delivered,omitempty" cel:"delivered" doc:"When the item was delivered. Told for DAILY recording only."`
	Configuration      *Configuration `json:"configuration,omitempty" cel:"configuration" doc:"What the state was, by digest. Absent where AWS Config gives none, as for deleted resources."`
	Supplementary      []string       `json:"supplementary" cel:"supplementary" doc:"The names of the supplementary parts of the configuration, sorted."`
}

// Kind is config.configuration_item.
func (*ConfigurationItem) Kind() string { return "config.configuration_item" }

// A Configuration is the digest of a configuration as AWS Config gave it: JSON in a string.
type Configuration struct {
	SHA256 string `json:"sha256" cel:"sha256" doc:"The SHA-256 of the configuration's text."`
	Bytes  int    `json:"bytes" cel:"bytes" doc:"The length of the text in bytes."`
}
