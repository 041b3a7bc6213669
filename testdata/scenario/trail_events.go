package scenario

import (
	"fmt"
	"slices"
	"time"
)

// A TrailEvent is a management event as CloudTrail's event history has it.
type TrailEvent struct {
	At time.Time
	// Name and Source are the operation and the service: PutBucketPolicy, s3.amazonaws.com.
	Name, Source string
	// Read says that it is a read.
	Read bool
	// Role and Session are who called; both empty is CloudFormation acting by itself.
	Role, Session string
	// Failed is the errorCode of a call that failed.
	Failed string
	// Type and Names are the resource's type and its names, any of which finds the event.
	Type  string
	Names []string
}

// events are what the account did in the region, oldest first: what is declared, and what made keys and buckets change. AWS Config captured
// each change some minutes behind the call that made it.
func (p *place) events() []TrailEvent {
	out := slices.Clone(p.region.Events)
	for _, k := range p.region.Keys {
		names := []string{p.keyARN(k.ID), k.ID}
		for i, c := range k.History {
			if i == 0 || c.Deleted {
				continue
			}
			was, name := k.History[i-1], "TagResource"
			switch {
			case c.State == "PendingDeletion":
				name = "ScheduleKeyDeletion"
			case c.Rotation && !was.Rotation:
				name = "EnableKeyRotation"
			case !c.Rotation && was.Rotation:
				name = "DisableKeyRotation"
			case c.Policy != was.Policy:
				name = "PutKeyPolicy"
			}
			e := TrailEvent{At: c.At.Add(-4 * time.Minute), Name: name, Source: "kms.amazonaws.com", Role: "key-admin", Session: "dana.operator", Type: "AWS::KMS::Key", Names: names}
			refused := e
			refused.At, refused.Failed, refused.Session = c.At.Add(-3*time.Minute), "AccessDenied", "sam.curious"
			out = append(out, e, refused)
			// A key is read all the time, by more than a page of calls behind the one that changed it.
			for n := range 60 {
				out = append(out, TrailEvent{At: e.At.Add(time.Duration(n+1) * 3 * time.Second), Name: "GetKeyRotationStatus", Source: e.Source, Read: true, Role: "config-recorder", Session: "recorder",
					Type: e.Type, Names: names})
			}
		}
	}
	if p.account.S3 != nil {
		for _, b := range p.account.S3.Buckets {
			if b.Region != p.region.Name {
				continue
			}
			was := b
			for _, c := range b.History {
				is := b
				if c.Set != nil {
					c.Set(&is)
				}
				e := TrailEvent{At: c.At.Add(-5 * time.Minute), Name: "PutBucketTagging", Source: "s3.amazonaws.com", Role: "platform-admin", Session: "kim.platform", Type: "AWS::S3::Bucket", Names: []string{b.Name}}
				switch {
				case c.Deleted:
					e.Name = "DeleteBucket"
				case is.Block == nil && was.Block != nil:
					e.Name = "DeleteBucketPublicAccessBlock"
				case is.Block != nil && (was.Block == nil || *is.Block != *was.Block):
					e.Name = "PutBucketPublicAccessBlock"
				case is.Policy != was.Policy:
					e.Name = "PutBucketPolicy"
				}
				was = is
				read := e
				read.At, read.Name, read.Read = e.At.Add(time.Minute), "GetBucketPublicAccessBlock", true
				out = append(out, e, read)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b TrailEvent) int { return a.At.Compare(b.At) })
	return out
}

var eventPages = paging{limit: "MaxResults", token: "NextToken", standard: 50, most: 50, badToken: "InvalidNextTokenException", badLimit: "InvalidMaxResultsException"}

// lookupEvents looks through 90 days by one attribute, newest first.
func lookupEvents(q *query) (any, *Failure) {
	attributes, _ := q.in["LookupAttributes"].([]any)
	if len(attributes) > 1 {
		return nil, q.invalid("InvalidLookupAttributesException", "Currently only one lookup attribute can be specified.")
	}
	key, value := "", ""
	for _, a := range attributes {
		m, _ := a.(M)
		key, _ = m["AttributeKey"].(string)
		value, _ = m["AttributeValue"].(string)
		if key != "ResourceName" && key != "EventName" && key != "EventId" || value == "" {
			return nil, q.invalid("InvalidLookupAttributesException", "scenario: the attribute "+key+" is not modelled; add it to trail_events.go")
		}
	}
	start, end := q.time("StartTime"), q.time("EndTime")
	if !start.IsZero() && !end.IsZero() && start.After(end) {
		return nil, q.invalid("InvalidTimeRangeException", "The start time must be before the end time.")
	}
	oldest := q.place.org.AsOf.Add(-90 * 24 * time.Hour)
	var found []any
	for i, e := range q.place.events() {
		id := uuid("event", q.Account, q.Region, fmt.Sprint(i))
		if e.At.Before(oldest) || !start.IsZero() && e.At.Before(start) || !end.IsZero() && e.At.After(end) {
			continue
		}
		switch {
		case key == "ResourceName" && !slices.Contains(e.Names, value), key == "EventName" && e.Name != value, key == "EventId" && id != value:
			continue
		}
		found = append(found, q.trailEvent(id, e))
	}
	slices.Reverse(found)
	from, to, next, f := q.page(eventPages, len(found))
	if f != nil {
		return nil, f
	}
	out := M{"Events": append([]any{}, found[from:to]...)}
	put(out, "NextToken", next)
	return out, nil
}

func (q *query) trailEvent(id string, e TrailEvent) M {
	who := M{"type": "AWSService", "invokedBy": "cloudformation.amazonaws.com"}
	m := M{"EventId": id, "EventName": e.Name, "EventSource": e.Source, "ReadOnly": fmt.Sprint(e.Read), "Resources": []any{}}
	stamp(m, "EventTime", e.At)
	if e.Role != "" {
		key := "ASIA" + q.Account + "TEMP"
		m["Username"], m["AccessKeyId"] = e.Session, key
		who = M{"type": "AssumedRole", "principalId": "AROAEXAMPLE:" + e.Session, "arn": "arn:aws:sts::" + q.Account + ":assumed-role/" + e.Role + "/" + e.Session, "accountId": q.Account, "accessKeyId": key}
	}
	named := []any{}
	for _, n := range e.Names {
		named = append(named, M{"ResourceType": e.Type, "ResourceName": n})
	}
	m["Resources"] = named
	whole := M{"eventVersion": "1.11", "userIdentity": who, "eventTime": e.At.UTC().Format(time.RFC3339), "eventSource": e.Source, "eventName": e.Name, "awsRegion": q.Region,
		"sourceIPAddress": "203.0.113.24", "userAgent": "aws-cli/2.31.0", "requestParameters": M{"token": "not-for-the-record"}, "eventID": id, "readOnly": e.Read, "eventType": "AwsApiCall",
		"managementEvent": true, "recipientAccountId": q.Account, "eventCategory": "Management"}
	put(whole, "errorCode", e.Failed)
	m["CloudTrailEvent"] = string(marshal(whole))
	return m
}
