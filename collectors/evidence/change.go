package evidence

import "time"

// A Moment is an edge of an exception over the period: a resource changed between Since and At. Who changed it is looked up about that time.
type Moment struct {
	Account string
	// Region is the region whose recorder saw the change.
	Region string
	// ResourceType is the CloudFormation type, ResourceID and ResourceName are AWS Config's names of the resource and ARN its ARN; the last
	// three may be empty. Resource is the id of the record.
	ResourceType string
	ResourceID   string
	ResourceName string
	ARN          string
	Resource     string
	// Item is the id of the config.configuration_item record that made the edge.
	Item string
	// At is when AWS Config captured the change. Since is when it captured the state before it, zero where it has none.
	At    time.Time
	Since time.Time
	// Evidence are the exchanges that the item was read from, and Collected is when AWS answered the last of them.
	Evidence  []string
	Collected time.Time
}

// A Changed is a record that tells who changed a resource about a moment.
type Changed interface {
	Record
	// Change gives the id of the configuration item that made the edge, and what was found.
	Change() (item string, change Change)
}

// A Change is what CloudTrail tells of who changed a resource about a moment.
type Change struct {
	// Status is one of ChangeFound and its fellows.
	Status string `json:"status"`
	// Events are those that named the resource, newest first; at most five.
	Events []ChangeEvent `json:"events,omitempty"`
	// Evidence are the exchanges that were looked up.
	Evidence []string `json:"evidence,omitempty"`
}

// What became of looking up who changed a resource.
const (
	// ChangeFound: CloudTrail has at least one event of the time that names the resource and changed something.
	ChangeFound = "found"
	// ChangeNone: CloudTrail was asked, and has no such event.
	ChangeNone = "none"
	// ChangeNotAvailable: the moment lies more than 90 days back, where CloudTrail's event history ends.
	ChangeNotAvailable = "not-available"
	// ChangeNotAsked: the audit allows no more look-ups, or the look-up failed.
	ChangeNotAsked = "not-asked"
)

// A ChangeEvent is one management event of CloudTrail.
type ChangeEvent struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	Time time.Time `json:"time"`
	// Principal is who acted: an ARN where CloudTrail gives one, or the name that it gives.
	Principal string `json:"principal"`
	// Source is the service that was asked: s3.amazonaws.com.
	Source string `json:"source"`
}
