package scenario

import "time"

// A Recorder is the configuration recorder of one region.
type Recorder struct {
	// Name is "default" where empty.
	Name string
	// Started is when the recorder was set up.
	Started time.Time
	// Off are the spans in which it did not record, oldest first. A span without an end lasts until now.
	Off []Span
	// Frequency is CONTINUOUS (also where empty) or DAILY.
	Frequency string
	// Types are the recorded types; empty means all supported.
	Types []string
	// Excluded are the types left out under EXCLUSION_BY_RESOURCE_TYPES.
	Excluded []string
	// Global is includeGlobalResourceTypes.
	Global bool
	// DailyTypes are recorded DAILY although Frequency is CONTINUOUS.
	DailyTypes []string
	// Unrecorded leaves the recorder's own states out. Untyped has the API refuse its type, so that only the last of them is told.
	Unrecorded, Untyped bool
	// Failure is the lastErrorCode of a recorder whose deliveries fail; empty means Success.
	Failure, FailureMessage string
	// Within is an account under whose keys the files lie, where it is another's: one folder then holds the items of several accounts.
	Within string
}

// A Span is a half-open interval; a zero To has no end.
type Span struct{ From, To time.Time }

// Delivery is the delivery channel of one region.
type Delivery struct {
	Name, Bucket, Prefix, KMSKey, Topic string
	// Frequency is the snapshots' frequency, empty where there are none.
	Frequency string
	// Last is the last successful delivery.
	Last time.Time
	// Failure is the error code of the last delivery; empty means it succeeded.
	Failure, FailureMessage string
	// Within is an account under whose keys the files lie, where it is another's: one folder then holds the items of several accounts.
	Within string
}

// A Rule is a Config rule with its results.
type Rule struct {
	Name, ID, Description string
	// Owner is AWS, CUSTOM_LAMBDA or CUSTOM_POLICY; Identifier the managed rule or the function's ARN.
	Owner, Identifier string
	Parameters        string
	Types             []string
	// Frequency is set for periodic rules.
	Frequency string
	CreatedBy string
	// State is ACTIVE where empty.
	State string
	// Activated is when the rule first ran; zero means it never did.
	Activated time.Time
	// Evaluated is its last successful evaluation; Failed the last failed one.
	Evaluated, Failed       time.Time
	Failure, FailureMessage string
	Results                 []Result
	// EveryKey adds a result for each of the region's bulk keys, made when asked for: every tenth is NON_COMPLIANT.
	EveryKey bool
}

// A Result is what a rule found on one resource.
type Result struct {
	Type, ID, Compliance, Annotation string
	// Recorded is when the result was recorded; Ordered the time of the configuration it is about, Recorded where zero.
	Recorded, Ordered time.Time
}

// A ConformancePack is a named set of rules.
type ConformancePack struct {
	Name, ID string
	// State is CREATE_COMPLETE where empty.
	State, Reason string
	// Rules are the names of rules in Region.Rules.
	Rules []string
	// Controls are control ids by rule name.
	Controls   map[string][]string
	Requested  time.Time
	Completed  time.Time
	CreatedBy  string
	Parameters []Tag
}

// An Aggregator collects Config data from other accounts.
type Aggregator struct {
	Name string
	// Accounts are account sources; empty means the organization is the source.
	Accounts []string
	// Regions are the source regions; empty means all.
	Regions []string
	Role    string
	Created time.Time
	Updated time.Time
	Sources []AggregatorSource
}

// An AggregatorSource is one source's last update.
type AggregatorSource struct {
	ID, Type, Region, Status string
	Updated                  time.Time
	Failure, FailureMessage  string
}

// A Resource is something Config has discovered, with the states it has seen.
type Resource struct {
	Type, ID, Name, ARN string
	// Count stands for that many resources of the type, made by index; ID, Name and Items are not used then.
	Count   int
	Created time.Time
	Tags    []Tag
	// Items are its states, oldest first.
	Items []Item
}

// An Item is one state of a Resource.
type Item struct {
	At time.Time
	// Status is OK where empty.
	Status string
	// Configuration is a JSON document, sent as a string. Empty for deleted resources.
	Configuration string
	// Supplementary values are JSON documents or plain text, sent as strings.
	Supplementary map[string]string
	// Related are relationships.
	Related []Relationship
	// Oversized says that AWS Config delivers the item in a file of its own, and without its configuration among the others.
	Oversized bool
}

// A Relationship ties a configuration item to another resource.
type Relationship struct{ Type, ID, Name, Relation string }
