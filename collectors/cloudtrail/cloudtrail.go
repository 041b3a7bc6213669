// Package cloudtrail reads which API calls CloudTrail logs: the trails with their status and what they select, the event data stores of
// CloudTrail Lake, and which trails each account and region lists. From what all accounts were told it derives whether the trails together
// take every management event in each account and region.
//
// A trail that logs many regions is listed in each of them, and an organization's trail in each account too; each is one record an
// account, and is asked about in its home region, whether or not the audit reads that region: what it logs lies in the regions that the
// audit does read. AWS tells the status and the selectors of an organization's trail to the account that owns it and refuses them to the
// others (CloudTrailARNInvalidException, TrailNotFoundException). Then they are unknown in the records of those, and coverage takes them
// from the owner's record.
//
// What an event data store holds does not count as coverage. No event is read, and nothing is looked up.
package cloudtrail

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// Collector reads CloudTrail.
type Collector struct{}

func (Collector) Name() string { return "cloudtrail" }
func (Collector) Doc() string {
	return "CloudTrail trails with their status, event and insight selectors; event data stores; and which trails each region lists."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryAccount }

const (
	trailKind  = "cloudtrail.trail"
	regionKind = "cloudtrail.region"
	storeKind  = "cloudtrail.event_data_store"

	rates = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html"
	// tagged is how many ARNs ListTags takes.
	tagged = 20
)

func operation(name, member string) evidence.Operation {
	return evidence.Operation{Service: "cloudtrail", API: cloudtrail.ServiceID, Name: name, Action: "cloudtrail:" + name, Member: member, Rate: 10, RateSource: rates}
}

func each(op evidence.Operation, kind string) evidence.Operation {
	op.Each = kind
	return op
}

func lists(op evidence.Operation, kind string, page int) evidence.Operation {
	op.Lists, op.Page = kind, page
	return op
}

var (
	describeTrails      = lists(each(operation("DescribeTrails", "TrailList"), regionKind), trailKind, 0)
	getEventDataStore   = each(operation("GetEventDataStore", "EventDataStoreArn"), storeKind)
	getEventSelectors   = each(operation("GetEventSelectors", "TrailARN"), trailKind)
	getInsightSelectors = each(operation("GetInsightSelectors", "InsightSelectors"), trailKind)
	getTrailStatus      = each(operation("GetTrailStatus", "IsLogging"), trailKind)
	listEventDataStores = lists(each(operation("ListEventDataStores", "EventDataStores"), regionKind), storeKind, 1000)
	listTags            = lists(operation("ListTags", "ResourceTagList"), trailKind, tagged)
)

func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{describeTrails, getEventDataStore, getEventSelectors, getInsightSelectors, getTrailStatus, listEventDataStores, listTags}
}

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[EventDataStore]("The event data stores of CloudTrail Lake in the regions in scope. An organization's store is seen in the account that owns it."),
		evidence.KindOf[Region]("One record an account and region: which trails are made for it."),
		evidence.KindOf[Trail]("The trails that log the regions in scope, each of them once an account, whichever region it was made in."),
	}
}

// Collect lists the trails of every region, asks and each trail once.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	r := &reader{c: c, clients: map[string]*cloudtrail.Client{}, trails: map[string]*trail{}}
	listings, err := r.listTrails(ctx)
	if err != nil {
		return err
	}
	if err := r.readTrails(ctx); err != nil {
		return err
	}
	for _, l := range listings {
		if rec := r.region(l); rec != nil {
			if err := c.Emit(rec); err != nil {
				return err
			}
		}
	}
	stores, err := r.stores(ctx)
	if err != nil {
		return err
	}
	r.tags(ctx, stores)
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, arn := range r.order {
		if err := c.Emit(r.trails[arn].rec); err != nil {
			return err
		}
	}
	for _, s := range stores {
		if err := c.Emit(s); err != nil {
			return err
		}
	}
	return nil
}

// reader is one cell at work.
type reader struct {
	c *cell.Cell
	// trails are all that were listed, by ARN; order is the order in which they were met.
	trails map[string]*trail
	order  []string

	mu      sync.Mutex
	clients map[string]*cloudtrail.Client // by region
}

// in gives the client that asks a region.
func (r *reader) in(region string) *cloudtrail.Client {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.clients[region] == nil {
		r.clients[region] = cloudtrail.NewFromConfig(r.c.Config, func(o *cloudtrail.Options) { o.Region = region })
	}
	return r.clients[region]
}

// regions are those that the audit reads, sorted.
func (r *reader) regions() []string { return slices.Sorted(slices.Values(r.c.Planned)) }

// regionForm keeps what is no region's name out of host names.
var regionForm = regexp.MustCompile(`^[a-z]{2,5}(-[a-z0-9]+){1,4}$`)

// part gives the nth part of an ARN, from 0, and "" where it has none.
func part(arn string, n int) string {
	if p := strings.SplitN(arn, ":", 6); len(p) == 6 && p[0] == "arn" {
		return p[n]
	}
	return ""
}
