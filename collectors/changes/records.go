package changes

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Change is what CloudTrail tells of who changed a resource about the moment at which an exception began or ended.
type Change struct {
	evidence.Meta
	Resource     string     `json:"resource" cel:"resource" doc:"The id of the resource's record."`
	ResourceType string     `json:"resource_type" cel:"resource_type" doc:"The CloudFormation type: AWS::S3::Bucket."`
	ResourceID   string     `json:"resource_id" cel:"resource_id" doc:"AWS Config's id of the resource."`
	Item         string     `json:"item" cel:"item" doc:"The id of the config.configuration_item record of the changed state."`
	Captured     time.Time  `json:"captured" cel:"captured" doc:"When AWS Config captured the changed state."`
	AskedIn      *string    `json:"asked_in,omitempty" cel:"asked_in" doc:"The region whose events were looked up: for IAM and CloudFront the one that the partition has for global services. Absent where nothing was asked."`
	From         *time.Time `json:"from,omitempty" cel:"from" doc:"From when on events were looked up: the state before, but no more than 24 hours before the captured one. Absent where nothing was asked."`
	To           *time.Time `json:"to,omitempty" cel:"to" doc:"Until when: 15 minutes after the capture. Absent where nothing was asked."`
	Names        []string   `json:"names" cel:"names" doc:"The names by which the resource was looked up, in order: until one of them had a change. Empty where nothing was asked."`
	Status       *string    `json:"status,omitempty" cel:"status" doc:"found, none (CloudTrail has no change that names the resource), not-available (CloudTrail's event history of 90 days does not reach there, or is not there yet) or not-asked (the audit allows no more look-ups, or more events name the resource than are looked through)."`
	Reason       *string    `json:"reason,omitempty" cel:"reason" doc:"Why the status is not-available or not-asked. Absent otherwise."`
	Events       []Event    `json:"events" cel:"events" doc:"The changes that named the resource, newest first, at most five: calls that succeeded and did more than read. Empty where none was found."`
}

// Kind is cloudtrail.change.
func (*Change) Kind() string { return "cloudtrail.change" }

// Change is what becomes of the edge of an exception. What could not be read was, as far as the edge goes, not asked.
func (r *Change) Change() (string, evidence.Change) {
	c := evidence.Change{Status: evidence.ChangeNotAsked, Evidence: r.Evidence}
	if r.Status != nil {
		c.Status = *r.Status
	}
	for _, e := range r.Events {
		c.Events = append(c.Events, evidence.ChangeEvent{ID: e.ID, Name: e.Name, Time: e.Time, Principal: e.Principal, Source: e.Source})
	}
	return r.Item, c
}

// An Event is one management event of CloudTrail.
type Event struct {
	ID        string    `json:"id" cel:"id" doc:"CloudTrail's id of the event."`
	Name      string    `json:"name" cel:"name" doc:"The API operation."`
	Time      time.Time `json:"time" cel:"time" doc:"When it was called."`
	Principal string    `json:"principal" cel:"principal" doc:"Who called it: the ARN of the user or role session, the service that acted by itself, or the name that CloudTrail gives. Empty where it tells none."`
	Source    string    `json:"source" cel:"source" doc:"The service that was called: s3.amazonaws.com."`
}
