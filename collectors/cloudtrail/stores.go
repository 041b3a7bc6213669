package cloudtrail

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// storeFields are what GetEventDataStore tells.
var storeFields = []string{"status", "termination_protection", "retention_days", "multi_region", "organization", "kms_key", "billing", "federation", "categories",
	"management_events", "excluded_sources", "created", "updated"}

// listedStore is one entry of ListEventDataStores.
type listedStore struct {
	region, arn string
	name        *string
	page        middleware.Metadata
}

// stores reads the event data stores of every region.
func (r *reader) stores(ctx context.Context) ([]*EventDataStore, error) {
	var listed []listedStore
	for _, region := range r.regions() {
		seen := r.c.Once(storeKind)
		p := cloudtrail.NewListEventDataStoresPaginator(r.in(region), &cloudtrail.ListEventDataStoresInput{MaxResults: aws.Int32(1000)})
		err := cell.Pages(ctx, p, r.unlisted, func(page *cloudtrail.ListEventDataStoresOutput) error {
			for _, s := range page.EventDataStores {
				arn := aws.ToString(s.EventDataStoreArn)
				if arn == "" {
					r.c.Half(page.ResultMetadata, listEventDataStores, "MissingMember", "an event data store was listed without its ARN", nil, nil, storeKind)
				} else if seen.First(arn, page.ResultMetadata) {
					listed = append(listed, listedStore{region, arn, s.Name, page.ResultMetadata})
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	var all []*EventDataStore
	err := cell.Ordered(ctx, slices.Values(listed), r.store, func(s *EventDataStore) error { all = append(all, s); return nil })
	return all, err
}

// unlisted notes a region whose stores could not be listed. Where AWS says that it has no such operation there, it has no stores.
func (r *reader) unlisted(err error) {
	if tape.Code(err) == "UnsupportedOperationException" {
		r.c.NotAvailable(err, storeKind)
		return
	}
	r.c.Incomplete(err, storeKind)
}

func (r *reader) store(ctx context.Context, l listedStore) *EventDataStore {
	s := &EventDataStore{Meta: r.c.Meta(l.arn), Name: text(l.name)}
	s.Region = l.region
	r.c.Read(&s.Meta, l.page)
	out, err := r.in(l.region).GetEventDataStore(ctx, &cloudtrail.GetEventDataStoreInput{EventDataStore: &l.arn})
	if err != nil {
		r.c.Unknown(&s.Meta, err, storeFields...)
		return s
	}
	r.c.Read(&s.Meta, out.ResultMetadata)
	s.Status, s.TerminationProtection, s.MultiRegion, s.Organization = cell.Text(out.Status), out.TerminationProtectionEnabled, out.MultiRegionEnabled, out.OrganizationEnabled
	s.KMSKey, s.Billing, s.Federation, s.Created, s.Updated = text(out.KmsKeyId), cell.Text(out.BillingMode), cell.Text(out.FederationStatus), cell.UTC(out.CreatedTimestamp), cell.UTC(out.UpdatedTimestamp)
	lacks := func(member string, fields ...string) {
		r.c.Half(out.ResultMetadata, getEventDataStore, "MissingMember", "AWS answered GetEventDataStore without "+member, &s.Meta, fields)
	}
	if days := aws.ToInt32(out.RetentionPeriod); days > 0 {
		s.RetentionDays = ptr(int(days))
	} else {
		lacks("RetentionPeriod", "retention_days")
	}
	if s.Status == nil {
		lacks("Status", "status")
	}
	if s.TerminationProtection == nil {
		lacks("TerminationProtectionEnabled", "termination_protection")
	}
	if s.MultiRegion == nil {
		lacks("MultiRegionEnabled", "multi_region")
	}
	if s.Organization == nil {
		lacks("OrganizationEnabled", "organization")
	}
	selected, lack := advancedSelections(out.AdvancedEventSelectors, r.c.Partition)
	if len(out.AdvancedEventSelectors) == 0 {
		lack = "AdvancedEventSelectors"
	}
	if lack != "" {
		lacks(lack, "categories", "management_events", "excluded_sources")
		return s
	}
	word, excluded := whole(selected, isManagement)
	s.ManagementEvents, s.Excluded, s.Categories = &word, excluded, []string{}
	for _, x := range selected {
		s.Categories = append(s.Categories, x.category)
	}
	slices.Sort(s.Categories)
	s.Categories = slices.Compact(s.Categories)
	return s
}

// A tagging is a record whose tags are asked for.
type tagging struct {
	meta *evidence.Meta
	tags *map[string]string
}

// tags asks for the tags of the account's own trails and stores, twenty at a time.
func (r *reader) tags(ctx context.Context, stores []*EventDataStore) {
	byRegion := map[string][2][]tagging{}
	put := func(region string, at int, t tagging) {
		both := byRegion[region]
		both[at] = append(both[at], t)
		byRegion[region] = both
	}
	for _, arn := range r.order {
		if x := r.trails[arn]; x.home != "" && part(arn, 4) == r.c.Account {
			put(x.home, 0, tagging{&x.rec.Meta, &x.rec.Tags})
		}
	}
	for _, s := range stores {
		if s.Status == nil || *s.Status != string(types.EventDataStoreStatusPendingDeletion) {
			put(s.Region, 1, tagging{&s.Meta, &s.Tags})
		}
	}
	var regions []string
	for region := range byRegion {
		regions = append(regions, region)
	}
	slices.Sort(regions)
	for _, region := range regions {
		for _, of := range byRegion[region] {
			for batch := range slices.Chunk(of, tagged) {
				r.tagBatch(ctx, r.in(region), batch)
			}
		}
	}
}

// tagBatch asks for the tags of a few. One refusal is one gap, to which all of them point.
func (r *reader) tagBatch(ctx context.Context, api *cloudtrail.Client, batch []tagging) {
	ids := []string{}
	for _, t := range batch {
		ids = append(ids, t.meta.ID)
	}
	unknown := func(g evidence.Gap) {
		for _, t := range batch[1:] {
			t.meta.UnknownBy(g, "tags")
		}
	}
	found := map[string]map[string]string{}
	var last middleware.Metadata
	p := cloudtrail.NewListTagsPaginator(api, &cloudtrail.ListTagsInput{ResourceIdList: ids})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			unknown(r.c.Unknown(batch[0].meta, err, "tags"))
			return
		}
		last = page.ResultMetadata
		for _, res := range page.ResourceTagList {
			id := aws.ToString(res.ResourceId)
			if found[id] == nil {
				found[id] = map[string]string{}
			}
			for _, tag := range res.TagsList {
				found[id][aws.ToString(tag.Key)] = aws.ToString(tag.Value)
			}
		}
	}
	for _, t := range batch {
		if *t.tags = found[t.meta.ID]; *t.tags == nil {
			r.c.Half(last, listTags, "MissingMember", "AWS answered ListTags without "+t.meta.ID, t.meta, []string{"tags"})
			continue
		}
		r.c.Read(t.meta, last)
	}
}
