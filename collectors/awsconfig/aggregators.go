package awsconfig

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
)

// aggregators reads the aggregators and the status of their sources.
func (r *reader) aggregators(ctx context.Context) error {
	seen := r.c.Once("config.aggregator", "config.aggregator_source")
	p := configservice.NewDescribeConfigurationAggregatorsPaginator(r.api, &configservice.DescribeConfigurationAggregatorsInput{Limit: 100})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.unread(err, []string{"config.aggregator", "config.aggregator_source"}, "aggregators")
			return nil
		}
		r.c.Read(&r.region.Meta, page.ResultMetadata)
		for _, x := range page.ConfigurationAggregators {
			if !seen.First(aws.ToString(x.ConfigurationAggregatorName), page.ResultMetadata) {
				continue
			}
			a := r.aggregatorOf(x)
			r.c.Read(&a.Meta, page.ResultMetadata)
			r.region.Aggregators++
			if err := r.sources(ctx, a); err != nil {
				return err
			}
			if err := r.c.Emit(a); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reader) aggregatorOf(x types.ConfigurationAggregator) *Aggregator {
	name := aws.ToString(x.ConfigurationAggregatorName)
	id := aws.ToString(x.ConfigurationAggregatorArn)
	if id == "" {
		id = r.c.Account + "/" + r.c.Region + "/" + name
	}
	a := &Aggregator{Meta: r.c.Meta(id), Name: name, CreatedBy: x.CreatedBy, Created: cell.UTC(x.CreationTime), Updated: cell.UTC(x.LastUpdatedTime), Accounts: []string{}, Regions: []string{}}
	if o := x.OrganizationAggregationSource; o != nil {
		a.Organization, a.Role, a.AllRegions = true, o.RoleArn, o.AllAwsRegions
		a.Regions = append(a.Regions, o.AwsRegions...)
	}
	for _, s := range x.AccountAggregationSources {
		a.Accounts = append(a.Accounts, s.AccountIds...)
		a.AllRegions = s.AllAwsRegions
		a.Regions = append(a.Regions, s.AwsRegions...)
	}
	return a
}

// sources emits the sources of an aggregator and counts them on its record.
func (r *reader) sources(ctx context.Context, a *Aggregator) error {
	seen := r.c.Once("config.aggregator_source")
	var last middleware.Metadata
	p := configservice.NewDescribeConfigurationAggregatorSourcesStatusPaginator(r.api,
		&configservice.DescribeConfigurationAggregatorSourcesStatusInput{ConfigurationAggregatorName: &a.Name, Limit: 100})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			g := r.c.Incomplete(err, "config.aggregator_source")
			a.Meta.UnknownBy(g, "sources")
			return nil
		}
		last = page.ResultMetadata
		r.c.Read(&a.Meta, last)
		for _, x := range page.AggregatedSourceStatusList {
			s := &AggregatorSource{Meta: r.c.Meta(a.ID + "/" + aws.ToString(x.SourceId) + "/" + aws.ToString(x.AwsRegion)), Aggregator: a.Name,
				Source: aws.ToString(x.SourceId), SourceType: string(x.SourceType), SourceRegion: x.AwsRegion, Status: cell.Text(x.LastUpdateStatus),
				Updated: cell.UTC(x.LastUpdateTime), ErrorCode: x.LastErrorCode, ErrorMessage: x.LastErrorMessage}
			if !seen.First(s.ID, page.ResultMetadata) {
				continue
			}
			a.Sources++
			r.c.Read(&s.Meta, page.ResultMetadata)
			if err := r.c.Emit(s); err != nil {
				return err
			}
		}
	}
	if a.Sources == 0 {
		g := r.half(last, "DescribeConfigurationAggregatorSourcesStatus", "NoSources", "AWS lists no sources for the aggregator "+a.Name, nil, nil, "config.aggregator_source")
		a.Meta.UnknownBy(g, "sources")
	}
	return nil
}
