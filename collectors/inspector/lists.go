package inspector

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/inspector2"
	"github.com/aws/aws-sdk-go-v2/service/inspector2/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
)

// coverage emits the account's own resources with their scans, and counts them.
func (r *reader) coverage(ctx context.Context) error {
	seen := r.c.Once(coverageKind)
	whole := true
	p := inspector2.NewListCoveragePaginator(r.api, &inspector2.ListCoverageInput{MaxResults: aws.Int32(coveragePage), FilterCriteria: &types.CoverageFilterCriteria{
		AccountId:    []types.CoverageStringFilter{{Comparison: types.CoverageStringComparisonEquals, Value: &r.c.Account}},
		ResourceType: []types.CoverageStringFilter{{Comparison: types.CoverageStringComparisonNotEquals, Value: aws.String(string(types.CoverageResourceTypeAwsEcrContainerImage))}}}})
	failed := func(err error) {
		whole = false
		r.rec.UnknownBy(r.c.Incomplete(err, coverageKind), "covered_resources")
	}
	err := cell.Pages(ctx, p, failed, func(out *inspector2.ListCoverageOutput) error {
		r.c.Read(&r.rec.Meta, out.ResultMetadata)
		for _, x := range out.CoveredResources {
			if other(x.AccountId, r.c.Account) {
				continue // it is read in its own account
			}
			id := aws.ToString(x.ResourceId)
			if id == "" || x.ScanType == "" {
				if whole {
					r.rec.UnknownBy(r.c.Half(out.ResultMetadata, listCoverage, "MissingMember", "a covered resource was listed without its id or the type of scan", nil, nil, coverageKind), "covered_resources")
				}
				whole = false
				continue
			}
			rec := r.covered(x, out.ResultMetadata)
			if !seen.First(rec.ID, out.ResultMetadata) {
				continue
			}
			if err := r.c.Emit(rec); err != nil {
				return err
			}
		}
		return nil
	})
	if whole {
		r.rec.CoveredResources = new(seen.Len())
	}
	return err
}

// other reports whether something is said to belong to another account.
func other(owner *string, account string) bool { return aws.ToString(owner) != "" && *owner != account }

// covered makes the record of a resource and one type of scan.
func (r *reader) covered(x types.CoveredResource, md middleware.Metadata) *Coverage {
	rec := &Coverage{Meta: r.c.Meta(*x.ResourceId + "/" + string(x.ScanType)), Resource: *x.ResourceId, ResourceType: string(x.ResourceType), ScanType: string(x.ScanType),
		ScanMode: cell.Text(x.ScanMode), LastScanned: cell.UTC(x.LastScannedAt), Tags: map[string]string{}}
	if x.ScanMode != "" {
		rec.ID += "/" + string(x.ScanMode)
	}
	if x.ScanStatus != nil {
		rec.Status, rec.Reason = string(x.ScanStatus.StatusCode), string(x.ScanStatus.Reason)
	}
	if m := x.ResourceMetadata; m != nil {
		switch {
		case m.Ec2 != nil:
			rec.Platform, rec.AMI = cell.Text(m.Ec2.Platform), cell.Text(aws.ToString(m.Ec2.AmiId))
			copyTags(rec.Tags, m.Ec2.Tags)
		case m.LambdaFunction != nil:
			rec.Name, rec.Runtime = cell.Text(aws.ToString(m.LambdaFunction.FunctionName)), cell.Text(m.LambdaFunction.Runtime)
			copyTags(rec.Tags, m.LambdaFunction.FunctionTags)
		case m.EcrRepository != nil:
			rec.Name, rec.ScanFrequency = cell.Text(aws.ToString(m.EcrRepository.Name)), cell.Text(m.EcrRepository.ScanFrequency)
		case m.CodeRepository != nil:
			rec.Name = cell.Text(aws.ToString(m.CodeRepository.ProjectName))
		}
	}
	r.c.Read(&rec.Meta, md)
	r.required(md, listCoverage, &rec.Meta, field{"resource_type", rec.ResourceType}, field{"scan_status", rec.Status}, field{"reason", rec.Reason})
	return rec
}

func copyTags(to, from map[string]string) {
	for k, v := range from {
		to[k] = v
	}
}

// findings emits the account's own active critical findings, the oldest first.
func (r *reader) findings(ctx context.Context) error {
	seen := r.c.Once(findingKind)
	is := func(v string) []types.StringFilter {
		return []types.StringFilter{{Comparison: types.StringComparisonEquals, Value: &v}}
	}
	p := inspector2.NewListFindingsPaginator(r.api, &inspector2.ListFindingsInput{MaxResults: aws.Int32(findingPage),
		FilterCriteria: &types.FilterCriteria{AwsAccountId: is(r.c.Account), Severity: is(string(types.SeverityCritical)), FindingStatus: is(string(types.FindingStatusActive))},
		SortCriteria:   &types.SortCriteria{Field: types.SortFieldFirstObservedAt, SortOrder: types.SortOrderAsc}})
	for pages := 0; p.HasMorePages(); pages++ {
		out, err := p.NextPage(ctx)
		if err != nil {
			r.c.Incomplete(err, findingKind)
			return ctx.Err()
		}
		for _, x := range out.Findings {
			if other(x.AwsAccountId, r.c.Account) {
				continue // it is read in its own account
			}
			id := aws.ToString(x.FindingArn)
			if id == "" {
				r.unnamed(out.ResultMetadata, listFindings, "a finding", findingKind)
				continue
			}
			if !seen.First(id, out.ResultMetadata) {
				continue
			}
			if err := r.c.Emit(r.finding(id, x, out.ResultMetadata)); err != nil {
				return err
			}
		}
		if pages+1 == findingPages && p.HasMorePages() {
			r.c.Half(out.ResultMetadata, listFindings, "ReadLimit", "there are more active critical findings than auditseal reads: the oldest were read", nil, nil, findingKind)
			return nil
		}
	}
	return nil
}

func (r *reader) finding(id string, x types.Finding, md middleware.Metadata) *Finding {
	rec := &Finding{Meta: r.c.Meta(id), Title: cell.Text(aws.ToString(x.Title)), Type: string(x.Type), Severity: string(x.Severity), Status: string(x.Status),
		FirstObserved: cell.UTC(x.FirstObservedAt), LastObserved: cell.UTC(x.LastObservedAt), Fix: cell.Text(x.FixAvailable), Exploit: cell.Text(x.ExploitAvailable), Score: x.InspectorScore,
		Resources: []string{}, ResourceTypes: []string{}}
	if d := x.PackageVulnerabilityDetails; d != nil {
		rec.Vulnerability = cell.Text(aws.ToString(d.VulnerabilityId))
	}
	for _, of := range x.Resources {
		rec.Resources, rec.ResourceTypes = append(rec.Resources, aws.ToString(of.Id)), append(rec.ResourceTypes, string(of.Type))
	}
	r.c.Read(&rec.Meta, md)
	r.required(md, listFindings, &rec.Meta, field{"type", rec.Type}, field{"severity", rec.Severity}, field{"finding_status", rec.Status})
	if rec.FirstObserved == nil {
		r.lacks(md, listFindings, "firstObservedAt", &rec.Meta, "first_observed")
	}
	if len(rec.Resources) == 0 {
		rec.Resources, rec.ResourceTypes = nil, nil
		r.lacks(md, listFindings, "the resources that a finding concerns", &rec.Meta, "resources", "resource_types")
	}
	return rec
}

// filters emits the suppression rules.
func (r *reader) filters(ctx context.Context) error {
	seen := r.c.Once(filterKind)
	p := inspector2.NewListFiltersPaginator(r.api, &inspector2.ListFiltersInput{Action: types.FilterActionSuppress, MaxResults: aws.Int32(filterPage)})
	return cell.Pages(ctx, p, func(err error) { r.c.Incomplete(err, filterKind) }, func(out *inspector2.ListFiltersOutput) error {
		for _, x := range out.Filters {
			id := aws.ToString(x.Arn)
			if id == "" {
				r.unnamed(out.ResultMetadata, listFilters, "a filter", filterKind)
				continue
			}
			if !seen.First(id, out.ResultMetadata) {
				continue
			}
			f := &Filter{Meta: r.c.Meta(id), Name: cell.Text(aws.ToString(x.Name)), Action: string(x.Action), Reason: cell.Text(aws.ToString(x.Reason)), Description: cell.Text(aws.ToString(x.Description)),
				Owner: cell.Text(aws.ToString(x.OwnerId)), Created: cell.UTC(x.CreatedAt), Updated: cell.UTC(x.UpdatedAt), Tags: map[string]string{}}
			copyTags(f.Tags, x.Tags)
			r.c.Read(&f.Meta, out.ResultMetadata)
			r.required(out.ResultMetadata, listFilters, &f.Meta, field{"action", f.Action})
			if err := r.c.Emit(f); err != nil {
				return err
			}
		}
		return nil
	})
}
