// Package changes looks up in CloudTrail's event history who changed a resource about the moments at which exceptions over the period began
// or ended. It works after all other collectors, on moments that it is handed, and knows nothing of why they matter.
//
// The history holds the management events of 90 days, is looked up by one attribute at a time, and at two calls a second: so no more is
// asked than the audit allows, the first moments first, and every moment has a record that says what became of it. Events are looked up by
// the resource's name as events have it. CloudTrail's event history lists reads beside changes, and on a resource that is read a lot they
// fill page after page: after some pages the look-up gives up, and says so.
//
// Of the event itself (CloudTrailEvent) no more is written down than who called and whether it failed: request parameters may hold secrets.
package changes

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// Collector looks up changes in one account and region.
type Collector struct{}

func (Collector) Name() string { return "changes" }
func (Collector) Doc() string {
	return "CloudTrail's event history: who changed a resource when an exception over the period began or ended."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryRegion }

// Late says that it works after all others.
func (Collector) Late() {}

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{evidence.KindOf[Change]("One record for each change of a resource's configuration with which an exception over the period began or ended.")}
}

const (
	// page is how many events AWS gives at once.
	page = 50
	// most is how many look-ups one moment may take.
	most = 5
	// listed is how many events a record has.
	listed = 5
	// reach is how far back the event history goes, delay how long CloudTrail takes to deliver an event.
	reach = 90 * 24 * time.Hour
	delay = 15 * time.Minute
	// before is how long before the capture a change is looked for, after how long after it.
	before = 24 * time.Hour
	after  = 15 * time.Minute
)

var lookupEvents = evidence.Operation{Service: "cloudtrail", API: cloudtrail.ServiceID, Name: "LookupEvents", Action: "cloudtrail:LookupEvents", Member: "Events",
	Rate: 2, RateSource: "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html",
	Each: "cloudtrail.change", Secrets: []string{"AccessKeyId"}, Identity: []string{"ResourceName", "Username", "arn"},
	Embedded: map[string][]string{"CloudTrailEvent": {"errorCode", "userIdentity.arn", "userIdentity.invokedBy", "userIdentity.type"}}}

func (Collector) Operations() []evidence.Operation { return []evidence.Operation{lookupEvents} }

// Collect looks up the cell's moments one after the other: which of them are left when the look-ups are used up must not hang on races.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	r := &reader{c: c, left: c.Allowance, clients: map[string]*cloudtrail.Client{}}
	for _, m := range c.Moments {
		rec := r.change(ctx, m)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := c.Emit(rec); err != nil {
			return err
		}
	}
	return nil
}

// openFields are unknown where a look-up failed: the names that would have been tried next, too.
var openFields = []string{"events", "names", "reason", "status"}

type reader struct {
	c *cell.Cell
	// left is how many look-ups may still be made.
	left    int
	clients map[string]*cloudtrail.Client
}

func (r *reader) client(region string) *cloudtrail.Client {
	if r.clients[region] == nil {
		r.clients[region] = cloudtrail.NewFromConfig(r.c.Config, func(o *cloudtrail.Options) { o.Region = region })
	}
	return r.clients[region]
}

// change looks up one moment.
func (r *reader) change(ctx context.Context, m evidence.Moment) *Change {
	rec := &Change{Meta: r.c.Meta(m.Item + "/change"), Resource: m.Resource, ResourceType: m.ResourceType, ResourceID: m.ResourceID, Item: m.Item, Captured: m.At.UTC(),
		Names: []string{}, Events: []Event{}}
	for _, e := range m.Evidence {
		rec.ReadFrom(e, m.Collected)
	}
	end := func(status, reason string) *Change {
		rec.Status, rec.Reason = &status, cell.Text(reason)
		return rec
	}
	oldest := r.c.Scope.AsOf.UTC().Add(-reach)
	if m.At.Before(oldest) {
		return end(evidence.ChangeNotAvailable, "CloudTrail's event history reaches back 90 days")
	}
	names := namesOf(m)
	if len(names) == 0 {
		return end(evidence.ChangeNotAvailable, "AWS Config gives no name by which events could be looked up")
	}
	if r.left <= 0 {
		return end(evidence.ChangeNotAsked, "the audit allows no more look-ups")
	}
	from, to, region := m.At.UTC().Add(-before), m.At.UTC().Add(after), r.regionOf(m)
	for _, t := range []time.Time{m.Since.UTC(), oldest} {
		if t.After(from) {
			from = t
		}
	}
	rec.From, rec.To, rec.AskedIn = &from, &to, &region
	for i, asked := 0, 0; i < len(names); i++ {
		rec.Names = append(rec.Names, names[i])
		for token := (*string)(nil); ; {
			switch {
			case r.left <= 0:
				return end(evidence.ChangeNotAsked, "the audit allows no more look-ups, and not all events that name the resource were looked through")
			case asked == most:
				return end(evidence.ChangeNotAsked, "more events name the resource than are looked through")
			}
			r.left--
			asked++
			out, err := r.client(region).LookupEvents(ctx, &cloudtrail.LookupEventsInput{StartTime: &from, EndTime: &to, MaxResults: aws.Int32(page), NextToken: token,
				LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyResourceName, AttributeValue: &names[i]}}})
			if err != nil {
				r.c.Unknown(&rec.Meta, err, openFields...)
				return rec
			}
			r.c.Read(&rec.Meta, out.ResultMetadata)
			if !r.take(rec, out) {
				return rec
			}
			if len(rec.Events) > 0 {
				return end(evidence.ChangeFound, "")
			}
			// "None" is only what CloudTrail could have told when it was asked.
			answered := tape.StampOf(out.ResultMetadata).Date
			if late := answered.Add(-reach).After(from); late && i == len(names)-1 && aws.ToString(out.NextToken) == "" {
				return end(evidence.ChangeNotAvailable, "CloudTrail's event history reached back 90 days when it was asked, which is not all of the time about the change")
			}
			if early := answered.Add(-delay).Before(m.At); early && i == len(names)-1 && aws.ToString(out.NextToken) == "" {
				return end(evidence.ChangeNotAvailable, "CloudTrail may not have delivered the events of the time when it was asked")
			}
			if token = out.NextToken; aws.ToString(token) == "" {
				break
			}
		}
	}
	return end(evidence.ChangeNone, "")
}

// take adds the changes among the events of a page. It reports false, and leaves the record open, where an event does not say what it was.
func (r *reader) take(rec *Change, out *cloudtrail.LookupEventsOutput) bool {
	for _, x := range out.Events {
		read, err := strconv.ParseBool(aws.ToString(x.ReadOnly))
		if err != nil || aws.ToString(x.EventId) == "" || aws.ToString(x.EventName) == "" || x.EventTime == nil {
			r.half(out.ResultMetadata, "MissingMember", "an event comes without its id, name or time, or does not say whether it was a read", rec)
			return false
		}
		var whole struct {
			ErrorCode    string
			UserIdentity struct{ ARN, InvokedBy string }
		}
		if !read {
			if err := json.Unmarshal([]byte(aws.ToString(x.CloudTrailEvent)), &whole); err != nil {
				r.half(out.ResultMetadata, "UnreadableEvent", "the event "+*x.EventId+" is not in the form that AWS documents, so that it is not known whether the call failed", rec)
				return false
			}
		}
		if read || whole.ErrorCode != "" { // a call that failed changed nothing
			continue
		}
		e := Event{ID: *x.EventId, Name: *x.EventName, Time: x.EventTime.UTC(), Source: aws.ToString(x.EventSource)}
		for _, who := range []string{whole.UserIdentity.ARN, whole.UserIdentity.InvokedBy, aws.ToString(x.Username)} {
			if e.Principal == "" {
				e.Principal = who
			}
		}
		if !slices.ContainsFunc(rec.Events, func(have Event) bool { return have.ID == e.ID }) {
			rec.Events = append(rec.Events, e)
		}
	}
	slices.SortStableFunc(rec.Events, func(a, b Event) int { return b.Time.Compare(a.Time) })
	rec.Events = rec.Events[:min(len(rec.Events), listed)]
	return true
}

func (r *reader) half(md middleware.Metadata, code, message string, rec *Change) {
	rec.Events = []Event{}
	r.c.Half(md, lookupEvents, code, message, &rec.Meta, openFields)
}

// regionOf is where CloudTrail has the events of a resource: global services write theirs in one region of the partition.
func (r *reader) regionOf(m evidence.Moment) string {
	for _, service := range []string{"AWS::IAM::", "AWS::CloudFront::"} {
		if strings.HasPrefix(m.ResourceType, service) {
			if global := evidence.GlobalRegion(r.c.Partition); global != "" {
				return global
			}
		}
	}
	return r.c.Region
}

// namesOf are the names that events give a resource, the likeliest first.
func namesOf(m evidence.Moment) []string {
	var all []string
	switch m.ResourceType {
	case "AWS::IAM::User", "AWS::IAM::Role", "AWS::IAM::Group":
		all = []string{m.ResourceName}
	case "AWS::IAM::Policy", "AWS::KMS::Key", "AWS::WAFv2::WebACL":
		all = []string{m.ARN, m.ResourceID, m.ResourceName}
	case "AWS::S3::Bucket", "AWS::CloudTrail::Trail":
		all = []string{m.ResourceName, m.ResourceID, m.ARN}
	default:
		all = []string{m.ResourceID, m.ARN, m.ResourceName}
	}
	var out []string
	for _, n := range all {
		if n != "" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}
