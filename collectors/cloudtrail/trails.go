package cloudtrail

import (
	"cmp"
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

// A trail is a trail being read.
type trail struct {
	types.Trail
	rec *Trail
	// page is the first answer that listed it, home its home region; empty where AWS did not say.
	page middleware.Metadata
	home string
}

// A listing is what one region lists.
type listing struct {
	region string
	page   middleware.Metadata
	err    error
	// arns are the trails listed there, each once.
	arns []string
	// nameless is set where a trail was listed without an ARN.
	nameless *evidence.Gap
}

// listTrails lists the trails of every region.
func (r *reader) listTrails(ctx context.Context) ([]listing, error) {
	type answer struct {
		region string
		out    *cloudtrail.DescribeTrailsOutput
		err    error
	}
	ask := func(ctx context.Context, region string) answer {
		out, err := r.in(region).DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: aws.Bool(true)})
		return answer{region, out, err}
	}
	var all []listing
	err := cell.Ordered(ctx, slices.Values(r.regions()), ask, func(a answer) error {
		l := listing{region: a.region, err: a.err}
		if a.err == nil {
			l.page = a.out.ResultMetadata
			r.take(&l, a.out.TrailList)
		}
		all = append(all, l)
		return nil
	})
	return all, err
}

// take notes the trails of one listing, and makes the record of each that is new.
func (r *reader) take(l *listing, trails []types.Trail) {
	seen := r.c.Once(trailKind, regionKind)
	for _, t := range trails {
		arn := aws.ToString(t.TrailARN)
		if arn == "" {
			if l.nameless == nil {
				g := r.c.Half(l.page, describeTrails, "MissingMember", "a trail of "+l.region+" was listed without its ARN", nil, nil, trailKind)
				l.nameless = &g
			}
			continue
		}
		if !seen.First(arn, l.page) {
			continue
		}
		l.arns = append(l.arns, arn)
		if r.trails[arn] == nil {
			r.trails[arn] = r.begin(t, l)
			r.order = append(r.order, arn)
		}
	}
}

// begin makes the record of a trail from the list.
func (r *reader) begin(t types.Trail, l *listing) *trail {
	arn := *t.TrailARN
	x := &trail{Trail: t, page: l.page}
	for _, home := range []string{aws.ToString(t.HomeRegion), part(arn, 3)} {
		if x.home == "" && regionForm.MatchString(home) {
			x.home = home
		}
	}
	rec := &Trail{Meta: r.c.Meta(arn), Name: aws.ToString(t.Name), Owner: cell.Text(part(arn, 4)), Organization: t.IsOrganizationTrail, MultiRegion: t.IsMultiRegionTrail,
		GlobalServices: t.IncludeGlobalServiceEvents, LogFileValidation: t.LogFileValidationEnabled, KMSKey: text(t.KmsKeyId), Bucket: text(t.S3BucketName),
		Prefix: text(t.S3KeyPrefix), Topic: text(t.SnsTopicARN), LogGroup: text(t.CloudWatchLogsLogGroupArn), LogRole: text(t.CloudWatchLogsRoleArn), CustomSelectors: t.HasCustomEventSelectors}
	rec.Region = cmp.Or(x.home, l.region)
	if rec.Owner != nil {
		rec.OwnerInScope = ptr(*rec.Owner == r.c.Account || slices.Contains(r.c.Scope.Accounts, *rec.Owner))
	}
	r.c.Read(&rec.Meta, l.page)
	x.rec = rec
	lacks := func(member, field string) {
		r.c.Half(l.page, describeTrails, "MissingMember", "the trail was listed without "+member, &rec.Meta, []string{field})
	}
	if rec.Name == "" {
		lacks("Name", "name")
	}
	if t.IsOrganizationTrail == nil {
		lacks("IsOrganizationTrail", "organization")
	}
	if t.IsMultiRegionTrail == nil {
		lacks("IsMultiRegionTrail", "multi_region")
	}
	if t.IncludeGlobalServiceEvents == nil {
		lacks("IncludeGlobalServiceEvents", "global_services")
	}
	if t.LogFileValidationEnabled == nil {
		lacks("LogFileValidationEnabled", "log_file_validation")
	}
	return x
}

// region says which trails are made for one region. It is nil where nothing was asked there.
func (r *reader) region(l listing) *Region {
	rec := &Region{Meta: r.c.Meta(r.c.Account + "/" + l.region + "/trails"), GlobalServices: l.region == evidence.GlobalRegion(r.c.Partition)}
	rec.Region = l.region
	if l.err != nil {
		r.c.Unknown(&rec.Meta, l.err, "trails")
		r.c.Incomplete(l.err, trailKind)
		if len(rec.Evidence) == 0 {
			r.c.Incomplete(l.err, regionKind)
			return nil
		}
		return rec
	}
	r.c.Read(&rec.Meta, l.page)
	rec.Trails = []string{}
	for _, arn := range l.arns {
		if x := r.trails[arn]; x.home == l.region || x.rec.MultiRegion == nil || *x.rec.MultiRegion {
			rec.Trails = append(rec.Trails, arn) // the others are made for another region
		}
	}
	if l.nameless != nil {
		rec.UnknownBy(*l.nameless, "trails")
	}
	return rec
}

// readTrails asks each trail, in its home region.
func (r *reader) readTrails(ctx context.Context) error {
	return cell.Ordered(ctx, slices.Values(r.order), func(ctx context.Context, arn string) error {
		x := r.trails[arn]
		if x.home == "" {
			r.c.Half(x.page, describeTrails, "MissingMember", "the trail was listed without its home region, so it is not known whom to ask about it", &x.rec.Meta,
				append([]string{"status", "insights", "tags"}, selectorFields...))
			return nil
		}
		api := r.in(x.home)
		r.status(ctx, api, x)
		r.selectors(ctx, api, x)
		r.insights(ctx, api, x)
		return nil
	}, func(error) error { return nil })
}

func (r *reader) status(ctx context.Context, api *cloudtrail.Client, x *trail) {
	out, err := api.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: x.TrailARN})
	if err != nil {
		r.c.Unknown(&x.rec.Meta, err, "status")
		return
	}
	r.c.Read(&x.rec.Meta, out.ResultMetadata)
	x.rec.Status = &Status{Logging: *out.IsLogging, Started: cell.UTC(out.StartLoggingTime), Stopped: cell.UTC(out.StopLoggingTime),
		Delivered: cell.UTC(out.LatestDeliveryTime), DeliveryError: text(out.LatestDeliveryError), Digest: cell.UTC(out.LatestDigestDeliveryTime), DigestError: text(out.LatestDigestDeliveryError),
		Logs: cell.UTC(out.LatestCloudWatchLogsDeliveryTime), LogsError: text(out.LatestCloudWatchLogsDeliveryError), NotificationError: text(out.LatestNotificationError)}
}

// selectorFields are the fields that are read from the event selectors.
var selectorFields = []string{"advanced_selectors", "management_events", "excluded_sources", "data_events", "s3_data_events"}

func (r *reader) selectors(ctx context.Context, api *cloudtrail.Client, x *trail) {
	out, err := api.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: x.TrailARN})
	if err != nil {
		r.c.Unknown(&x.rec.Meta, err, selectorFields...)
		return
	}
	advanced := len(out.AdvancedEventSelectors) > 0
	var selected []selection
	lack := "EventSelectors and AdvancedEventSelectors"
	switch {
	case advanced:
		selected, lack = advancedSelections(out.AdvancedEventSelectors, r.c.Partition)
	case len(out.EventSelectors) > 0:
		selected, lack = basicSelections(out.EventSelectors, r.c.Partition)
	}
	if lack != "" {
		r.c.Half(out.ResultMetadata, getEventSelectors, "MissingMember", "AWS answered GetEventSelectors without "+lack, &x.rec.Meta, selectorFields)
		return
	}
	r.c.Read(&x.rec.Meta, out.ResultMetadata)
	management, excluded := whole(selected, isManagement)
	objects, _ := whole(selected, isS3Object)
	x.rec.Advanced, x.rec.ManagementEvents, x.rec.Excluded, x.rec.S3DataEvents = &advanced, &management, excluded, &objects
	x.rec.DataEvents = dataTypes(selected)
}

func (r *reader) insights(ctx context.Context, api *cloudtrail.Client, x *trail) {
	out, err := api.GetInsightSelectors(ctx, &cloudtrail.GetInsightSelectorsInput{TrailName: x.TrailARN})
	if tape.Code(err) == "InsightNotEnabledException" {
		r.c.Known(&x.rec.Meta, err)
		x.rec.Insights = []string{}
		return
	}
	if err != nil {
		r.c.Unknown(&x.rec.Meta, err, "insights")
		return
	}
	kinds := []string{}
	for _, s := range out.InsightSelectors {
		if s.InsightType == "" {
			r.c.Half(out.ResultMetadata, getInsightSelectors, "MissingMember", "an insight selector came without its type", &x.rec.Meta, []string{"insights"})
			return
		}
		// Where no category is named, the type is of management events.
		if len(s.EventCategories) == 0 || slices.Contains(s.EventCategories, types.SourceEventCategoryManagement) {
			kinds = append(kinds, string(s.InsightType))
		}
	}
	r.c.Read(&x.rec.Meta, out.ResultMetadata)
	slices.Sort(kinds)
	x.rec.Insights = slices.Compact(kinds)
}

func ptr[T any](v T) *T { return &v }

func text(s *string) *string { return cell.Text(aws.ToString(s)) }
