package awsconfig

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// counts reads how many resources of each type there are. AWS answers with an empty list where nothing records: that is no count.
func (r *reader) counts(ctx context.Context) error {
	p := configservice.NewGetDiscoveredResourceCountsPaginator(r.api, &configservice.GetDiscoveredResourceCountsInput{Limit: 100})
	n, seen := 0, r.c.Once("config.discovered_count")
	r.there = map[string]bool{}
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			if noRecorder(err) {
				r.c.NotEnabled(err, "config.discovered_count")
			} else {
				r.c.Incomplete(err, "config.discovered_count")
			}
			r.there = nil
			return nil
		}
		for _, x := range page.ResourceCounts {
			if !seen.First(string(x.ResourceType), page.ResultMetadata) {
				continue
			}
			n++
			r.there[string(x.ResourceType)] = true
			d := &DiscoveredCount{Meta: r.c.Meta(r.c.Account + "/" + r.c.Region + "/" + string(x.ResourceType)), ResourceType: string(x.ResourceType), Count: x.Count}
			r.c.Read(&d.Meta, page.ResultMetadata)
			if err := r.c.Emit(d); err != nil {
				return err
			}
		}
		if !p.HasMorePages() && !r.region.Recording {
			off, kinds := notEnabled(page.ResultMetadata, "GetDiscoveredResourceCounts", "RecorderOff", "AWS Config discovers nothing while no recorder is on"), []string{listedKind}
			if n == 0 {
				kinds = append(kinds, "config.discovered_count")
			}
			r.c.NotEnabled(off, kinds...)
		}
	}
	return nil
}

// window is how far one call of GetResourceConfigHistory looks: AWS allows seven days. Windows share their border, because AWS does
// not say whether it belongs to one or the other; an item that both give is taken once.
const window = 7*24*time.Hour - time.Second

// A resource is one that was listed, and the page that listed it.
type resource struct {
	types.ResourceIdentifier
	listed middleware.Metadata
}

// A past is what was read of a resource's history.
type past struct {
	resource *DiscoveredResource
	items    []*ConfigurationItem
	// raw are the items as AWS gave them, and the answers that gave them.
	raw   []configitem.Item
	pages []middleware.Metadata
	// listed is the metadata of the page that listed the resource; whole is false where not all of the history could be read.
	listed middleware.Metadata
	whole  bool
	// refused says that AWS Config's API does not know the type, as it may not know that of its own recorder.
	refused bool
}

// historyKinds are the populations of what history reads of a type.
func historyKinds(t string) []string {
	kinds := []string{"config.configuration_item", "config.discovered_resource"}
	if slices.Contains(Reconciled(), t) {
		kinds = append(kinds, listedKind)
	}
	return kinds
}

// history reads the states of the resources of the types in scope. Nothing is read where the scope names no types.
func (r *reader) history(ctx context.Context) error {
	if len(r.c.Scope.History) == 0 {
		r.c.Skipped(middleware.Metadata{}, operationNamed("ListDiscoveredResources"), "NoTypesInScope",
			"the scope names no resource types whose history is read", "config.configuration_item", "config.discovered_resource", recordingKind)
		return nil
	}
	if err := r.recording(ctx); err != nil {
		return err
	}
	if d := r.c.Scope.Delivery; d != nil {
		r.c.Skipped(middleware.Metadata{}, operationNamed("ListDiscoveredResources"), evidence.ReadElsewhere,
			"the history is read from what AWS Config delivers to the bucket "+d.Bucket, "config.configuration_item", "config.discovered_resource")
		return nil
	}
	for _, t := range r.c.Scope.History {
		recorded := !r.asked || r.recorder == nil || covers(r.recorder, r.c.Global(t), t).Code == ""
		if !recorded && r.c.Global(t) {
			continue // one recorder of the account is enough, and this one leaves the type to another
		}
		r.listed = append(r.listed, t)
		if !recorded {
			r.c.HistoryUnread(notEnabled(r.recordersPage, "DescribeConfigurationRecorders", "TypeNotRecorded", "the recorder does not record "+t), evidence.NotEnabled,
				[]string{t}, "config.configuration_item", "config.discovered_resource")
		}
		if err := r.pasts(ctx, t, historyKinds(t), nil); err != nil {
			return err
		}
	}
	if r.asked && r.recorder == nil {
		return nil // nothing can have told AWS's verdicts either
	}
	// AWS's own verdicts over time, where they are recorded. They decide nothing, so that what is missing of them leaves nothing else unread.
	return r.pasts(ctx, complianceType, historyKinds(complianceType), func(id string) bool {
		return slices.ContainsFunc(r.c.Scope.History, func(t string) bool { return strings.HasPrefix(id, t+"/") })
	})
}

// pasts reads the history of every resource of a type. kinds are the populations that are not whole where their list is not; only, where it
// is given, chooses resources by their id.
func (r *reader) pasts(ctx context.Context, t string, kinds []string, only func(id string) bool) error {
	return cell.Ordered(ctx, r.discovered(ctx, t, true, only, kinds...), r.past, func(h *past) error {
		for _, item := range h.items {
			if err := r.c.Emit(item); err != nil {
				return err
			}
		}
		for i := range h.raw {
			if err := r.c.Past(&h.raw[i], r.c.Account, r.c.Region, evidence.FromAPI, h.pages[i]); err != nil {
				return err
			}
		}
		if err := r.list(h.resource.ResourceType, h.resource.ResourceID, h.resource.Name, h.resource.Deleted, h.listed); err != nil {
			return err
		}
		return r.c.Emit(h.resource)
	})
}

// Reconciled are the types that other collectors list too, sorted: what AWS Config has discovered of them is their second source.
func Reconciled() []string {
	return []string{"AWS::CloudFront::Distribution", "AWS::EC2::Instance", "AWS::EC2::SecurityGroup", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::User", "AWS::KMS::Key", "AWS::S3::Bucket"}
}

// inventory lists the resources of the reconciled types whose history is not read; of the others history has told already. A type of
// which AWS Config counts none is not listed.
func (r *reader) inventory(ctx context.Context) error {
	for _, t := range Reconciled() {
		if slices.Contains(r.listed, t) || r.there != nil && !r.there[t] {
			continue
		}
		for x := range r.discovered(ctx, t, false, nil, listedKind) {
			if err := r.list(t, aws.ToString(x.ResourceId), x.ResourceName, x.ResourceDeletionTime, x.listed); err != nil {
				return err
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// list emits a resource that exists, of a reconciled type.
func (r *reader) list(resourceType, id string, name *string, deleted *time.Time, md middleware.Metadata) error {
	if deleted != nil || !slices.Contains(Reconciled(), resourceType) {
		return nil
	}
	l := &ListedResource{Meta: r.c.Meta(r.c.Account + "/" + r.c.Region + "/" + resourceType + "/" + id), ResourceType: resourceType, ResourceID: id, Name: name}
	r.c.Read(&l.Meta, md)
	return r.c.Emit(l)
}

// discovered lists the resources of a type, or those whose id only chooses; the kinds are those that are not whole where the list is not. With
// deleted ones it is the past that is read.
func (r *reader) discovered(ctx context.Context, resourceType string, deleted bool, only func(id string) bool, kinds ...string) iter.Seq[resource] {
	var history []string
	if deleted {
		history = []string{resourceType}
	}
	return func(yield func(resource) bool) {
		p := configservice.NewListDiscoveredResourcesPaginator(r.api,
			&configservice.ListDiscoveredResourcesInput{ResourceType: types.ResourceType(resourceType), IncludeDeletedResources: deleted, Limit: 100})
		seen := r.c.Once(kinds...)
		for p.HasMorePages() {
			page, err := p.NextPage(ctx)
			if err != nil {
				r.listUnread(resourceType, r.c.HistoryUnread(err, offOr(err), history, kinds...))
				return
			}
			for _, x := range page.ResourceIdentifiers {
				if aws.ToString(x.ResourceId) == "" {
					why := cutShort(page.ResultMetadata, "ListDiscoveredResources", "MissingMember", "AWS listed a resource of "+resourceType+" without its id")
					r.listUnread(resourceType, r.c.HistoryUnread(why, "", history, kinds...))
					continue
				}
				if string(x.ResourceType) != resourceType {
					why := cutShort(page.ResultMetadata, "ListDiscoveredResources", "WrongType", "asked for "+resourceType+", AWS listed a resource of "+string(x.ResourceType))
					r.listUnread(resourceType, r.c.HistoryUnread(why, "", history, kinds...))
					continue
				}
				if only != nil && !only(aws.ToString(x.ResourceId)) {
					continue
				}
				if seen.First(aws.ToString(x.ResourceId), page.ResultMetadata) && !yield(resource{x, page.ResultMetadata}) {
					return
				}
			}
		}
	}
}

// past reads one resource's history: the state in force when the period began, then each window of the period in turn. The first
// failure ends it: what was read stays, and both the resource and the population say that there is more.
func (r *reader) past(ctx context.Context, x resource) *past {
	t, id := string(x.ResourceType), aws.ToString(x.ResourceId)
	d := &DiscoveredResource{Meta: r.c.Meta(r.c.Account + "/" + r.c.Region + "/" + t + "/" + id), ResourceType: t, ResourceID: id, Name: x.ResourceName, Deleted: cell.UTC(x.ResourceDeletionTime)}
	r.c.Read(&d.Meta, x.listed)
	h := &past{resource: d, listed: x.listed, whole: true}
	from, to := r.c.Period.From.UTC(), r.c.Period.To.UTC()
	if asOf := r.c.Scope.AsOf.UTC(); asOf.Before(to) {
		to = asOf // AWS has nothing later
	}
	if d.Deleted != nil && d.Deleted.Before(from) {
		d.DeletedBeforePeriod = true
		return h
	}
	seen := map[string]bool{}
	if !r.inForce(ctx, h, from, seen) {
		h.whole = false
		return h
	}
	for at := from; at.Before(to); {
		end := at.Add(window)
		if end.After(to) {
			end = to
		}
		if !r.span(ctx, h, at, end, seen) {
			h.whole = false
			return h
		}
		at = end
	}
	return h
}

// inForce reads the last state captured by the moment. AWS may answer with any number of empty pages before it.
func (r *reader) inForce(ctx context.Context, h *past, at time.Time, seen map[string]bool) bool {
	d := h.resource
	p := configservice.NewGetResourceConfigHistoryPaginator(r.api, &configservice.GetResourceConfigHistoryInput{ResourceType: types.ResourceType(d.ResourceType),
		ResourceId: &d.ResourceID, LaterTime: &at, ChronologicalOrder: types.ChronologicalOrderReverse, Limit: 1})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.broken(err, h, "in_force_at_start", "items")
			return false
		}
		r.c.Read(&d.Meta, page.ResultMetadata)
		for _, x := range page.ConfigurationItems {
			if x.ConfigurationItemCaptureTime != nil && x.ConfigurationItemCaptureTime.After(at) {
				continue
			}
			item := r.itemOf(d, x, page)
			item.InForceAtStart = true
			d.InForceAtStart = true
			seen[item.ID] = true
			h.add(item, x, page)
			return true
		}
	}
	return true
}

// span reads the states captured in [from, to].
func (r *reader) span(ctx context.Context, h *past, from, to time.Time, seen map[string]bool) bool {
	d := h.resource
	p := configservice.NewGetResourceConfigHistoryPaginator(r.api, &configservice.GetResourceConfigHistoryInput{ResourceType: types.ResourceType(d.ResourceType),
		ResourceId: &d.ResourceID, EarlierTime: &from, LaterTime: &to, ChronologicalOrder: types.ChronologicalOrderForward, Limit: 100})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.broken(err, h, "items")
			return false
		}
		r.c.Read(&d.Meta, page.ResultMetadata)
		for _, x := range page.ConfigurationItems {
			item := r.itemOf(d, x, page)
			if seen[item.ID] || item.Captured != nil && !r.c.Period.Contains(*item.Captured) {
				continue // told twice, or at the moment when the next period begins
			}
			seen[item.ID] = true
			d.Items++
			h.add(item, x, page)
		}
	}
	return true
}

// broken says that a resource's history could not be read to its end: the population is not whole, nor is what the resource's record
// tells. A resource that AWS Config listed and then does not know is no different.
func (r *reader) broken(err error, h *past, fields ...string) {
	d := h.resource
	if d.ResourceType == recorderType && tape.Code(err) == "ValidationException" {
		h.refused = true
		r.c.Known(&d.Meta, err)
		return
	}
	kinds := []string{"config.configuration_item"}
	if d.ResourceType == recorderType {
		kinds = append(kinds, recordingKind)
	}
	r.listUnread(d.ResourceType, r.c.HistoryUnread(err, offOr(err), []string{d.ResourceType}, kinds...))
	r.c.Unknown(&d.Meta, err, fields...)
}

// listUnread notes a gap in what was read of a type: of the recorder's own it leaves untold how it recorded.
func (r *reader) listUnread(resourceType string, g evidence.Gap) {
	if resourceType == recorderType {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.untold = &g
	}
}

// offOr is the outcome of an error that says that AWS Config was never set up here; empty for every other, which tells its own.
func offOr(err error) evidence.Outcome {
	if noRecorder(err) {
		return evidence.NotEnabled
	}
	return ""
}

func (h *past) add(item *ConfigurationItem, x types.ConfigurationItem, page *configservice.GetResourceConfigHistoryOutput) {
	h.items = append(h.items, item)
	it := configitem.FromAPI(x)
	it.ResourceType, it.ResourceID = h.resource.ResourceType, h.resource.ResourceID
	h.raw, h.pages = append(h.raw, it), append(h.pages, page.ResultMetadata)
}

func (r *reader) itemOf(d *DiscoveredResource, x types.ConfigurationItem, page *configservice.GetResourceConfigHistoryOutput) *ConfigurationItem {
	item := &ConfigurationItem{ResourceType: d.ResourceType, ResourceID: d.ResourceID, ResourceName: x.ResourceName, ARN: x.Arn, Status: string(x.ConfigurationItemStatus),
		Captured: cell.UTC(x.ConfigurationItemCaptureTime), StateID: x.ConfigurationStateId, Version: x.Version, ResourceCreated: cell.UTC(x.ResourceCreationTime),
		RecordingFrequency: cell.Text(x.RecordingFrequency), Delivered: cell.UTC(x.ConfigurationItemDeliveryTime),
		Supplementary: slices.AppendSeq([]string{}, maps.Keys(x.SupplementaryConfiguration))}
	slices.Sort(item.Supplementary)
	if text := aws.ToString(x.Configuration); text != "" {
		item.Configuration = &Configuration{SHA256: evidence.Sum([]byte(text)).String(), Bytes: len(text)}
	}
	at := "?"
	if item.Captured != nil {
		at = item.Captured.Format("2006-01-02T15:04:05.000Z")
	}
	item.Meta = r.c.Meta(d.ID + "@" + at + "/" + aws.ToString(x.ConfigurationStateId))
	r.c.Read(&item.Meta, page.ResultMetadata)
	if item.Captured == nil {
		why := cutShort(page.ResultMetadata, "GetResourceConfigHistory", "MissingCaptureTime", "a configuration item of "+d.ResourceType+" "+d.ResourceID+" says not when it was captured")
		r.c.PastUnknown(&item.Meta, why, []string{"captured", "in_force_at_start"}, []string{d.ResourceType}, "config.configuration_item")
	}
	return item
}
