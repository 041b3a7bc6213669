package guardduty

//lint:file-ignore SA1019 AWS answers with the old spellings of criteria beside the new ones, or with either.

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// destinations reads where findings go. There are never many.
func (r *reader) destinations(ctx context.Context) error {
	a := r.account
	exporting := false
	var why *evidence.Gap
	seen := r.c.Once(destinationKind)
	p := guardduty.NewListPublishingDestinationsPaginator(r.api, &guardduty.ListPublishingDestinationsInput{DetectorId: r.detector, MaxResults: aws.Int32(page)})
	err := cell.Pages(ctx, p, func(err error) {
		g := r.c.Incomplete(err, destinationKind)
		why = &g
	}, func(out *guardduty.ListPublishingDestinationsOutput) error {
		r.c.Read(&a.Meta, out.ResultMetadata)
		for _, x := range out.Destinations {
			id := aws.ToString(x.DestinationId)
			if id == "" {
				g := r.c.Half(out.ResultMetadata, listPublishingDestinations, "MissingMember", "AWS listed a publishing destination without its id", nil, nil, destinationKind)
				why = &g
				continue
			}
			if !seen.First(id, out.ResultMetadata) {
				continue
			}
			d := &Destination{Meta: r.c.Meta(r.arn("/publishingDestination/" + id)), Type: string(x.DestinationType), Status: string(x.Status), Tags: map[string]string{}}
			r.c.Read(&d.Meta, out.ResultMetadata)
			if d.Type == "" {
				r.without(&d.Meta, out.ResultMetadata, listPublishingDestinations, "the type of a destination", "type")
			}
			if d.Status == "" {
				g := r.c.Half(out.ResultMetadata, listPublishingDestinations, "MissingMember", "AWS answered ListPublishingDestinations without the status of a destination", &d.Meta, []string{"status"})
				why = &g
			}
			exporting = exporting || x.Status == types.PublishingStatusPublishing
			r.destination(ctx, d, id)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := r.c.Emit(d); err != nil {
				return err
			}
		}
		return nil
	})
	if a.Exporting = &exporting; !exporting && why != nil {
		a.Exporting = nil
		a.Meta.UnknownBy(*why, "exporting")
	}
	return err
}

// destination reads the bucket and key of a destination.
func (r *reader) destination(ctx context.Context, d *Destination, id string) {
	out, err := r.api.DescribePublishingDestination(ctx, &guardduty.DescribePublishingDestinationInput{DetectorId: r.detector, DestinationId: &id})
	if err != nil {
		d.Tags = nil
		r.c.Unknown(&d.Meta, err, "arn", "kms_key", "failing_since", "tags")
		return
	}
	r.c.Read(&d.Meta, out.ResultMetadata)
	d.Tags = tags(out.Tags)
	d.ARN, d.KMSKey = cell.Text(aws.ToString(out.DestinationProperties.DestinationArn)), cell.Text(aws.ToString(out.DestinationProperties.KmsKeyArn))
	if ms := aws.ToInt64(out.PublishingFailureStartTimestamp); ms > 0 {
		t := time.UnixMilli(ms).UTC()
		d.Failing = &t
	}
}

// listedFilter is a filter's name and the page it stood on.
type listedFilter struct {
	name string
	page middleware.Metadata
}

// filters reads every filter: which of them suppress is only told one by one.
func (r *reader) filters(ctx context.Context) error {
	var all []listedFilter
	seen := r.c.Once(filterKind)
	p := guardduty.NewListFiltersPaginator(r.api, &guardduty.ListFiltersInput{DetectorId: r.detector, MaxResults: aws.Int32(page)})
	err := cell.Pages(ctx, p, func(err error) { r.c.Incomplete(err, filterKind) }, func(out *guardduty.ListFiltersOutput) error {
		for _, name := range out.FilterNames {
			if name == "" {
				r.c.Half(out.ResultMetadata, listFilters, "MissingMember", "AWS listed a filter without its name", nil, nil, filterKind)
				continue
			}
			if seen.First(name, out.ResultMetadata) {
				all = append(all, listedFilter{name, out.ResultMetadata})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return cell.Ordered(ctx, slices.Values(all), r.filter, func(f *Filter) error { return r.c.Emit(f) })
}

func (r *reader) filter(ctx context.Context, l listedFilter) *Filter {
	f := &Filter{Meta: r.c.Meta(r.arn("/filter/" + l.name)), Name: l.name}
	r.c.Read(&f.Meta, l.page)
	out, err := r.api.GetFilter(ctx, &guardduty.GetFilterInput{DetectorId: r.detector, FilterName: &l.name})
	if err != nil {
		r.c.Unknown(&f.Meta, err, "action", "description", "rank", "criteria", "tags")
		return f
	}
	r.c.Read(&f.Meta, out.ResultMetadata)
	f.Action, f.Description, f.Tags = string(out.Action), cell.Text(aws.ToString(out.Description)), tags(out.Tags)
	if out.Rank != nil {
		n := int(*out.Rank)
		f.Rank = &n
	}
	f.Criteria = criteria(out.FindingCriteria.Criterion)
	if f.Action == "" {
		r.without(&f.Meta, out.ResultMetadata, getFilter, "the filter's action", "action")
	}
	return f
}

// criteria puts what findings must match into words.
func criteria(in map[string]types.Condition) []string {
	out := []string{}
	for field, c := range in {
		say := func(verb string, what any) { out = append(out, fmt.Sprintf("%s %s %v", field, verb, what)) }
		list := func(verb string, values ...[]string) {
			if all := slices.Concat(values...); len(all) > 0 {
				say(verb, strings.Join(all, ", "))
			}
		}
		number := func(verb string, n *int64, old *int32) {
			if n != nil {
				say(verb, *n)
			} else if old != nil {
				say(verb, *old)
			}
		}
		before := len(out)
		// AWS answers with the old spellings beside the new ones, or with either.
		if len(c.Equals) > 0 {
			c.Eq = nil
		}
		if len(c.NotEquals) > 0 {
			c.Neq = nil
		}
		list("equals", c.Equals, c.Eq)
		list("does not equal", c.NotEquals, c.Neq)
		list("matches", c.Matches)
		list("does not match", c.NotMatches)
		number("is greater than", c.GreaterThan, c.Gt)
		number("is at least", c.GreaterThanOrEqual, c.Gte)
		number("is less than", c.LessThan, c.Lt)
		number("is at most", c.LessThanOrEqual, c.Lte)
		if len(out) == before {
			out = append(out, field)
		}
	}
	slices.Sort(out)
	return out
}
