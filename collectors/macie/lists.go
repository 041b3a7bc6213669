package macie

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/macie2"

	"github.com/auditseal/auditseal/collectors/cell"
)

// jobs emits the classification jobs and counts them.
func (r *reader) jobs(ctx context.Context) error {
	seen := r.c.Once(jobKind)
	whole := true
	p := macie2.NewListClassificationJobsPaginator(r.api, &macie2.ListClassificationJobsInput{MaxResults: aws.Int32(page)})
	failed := func(err error) {
		whole = false
		r.rec.UnknownBy(r.fail(err, jobKind), "jobs")
	}
	err := cell.Pages(ctx, p, failed, func(out *macie2.ListClassificationJobsOutput) error {
		r.c.Read(&r.rec.Meta, out.ResultMetadata)
		for _, x := range out.Items {
			id := aws.ToString(x.JobId)
			if id == "" {
				whole = false
				r.rec.UnknownBy(r.c.Half(out.ResultMetadata, listJobs, "MissingMember", "a classification job was listed without its id", nil, nil, jobKind), "jobs")
				continue
			}
			if !seen.First(id, out.ResultMetadata) {
				continue
			}
			j := &Job{Meta: r.c.Meta(r.arn("classification-job/" + id)), Job: id, Name: cell.Text(aws.ToString(x.Name)), Type: string(x.JobType), Status: string(x.JobStatus),
				Created: cell.UTC(x.CreatedAt), ByCriteria: x.BucketCriteria != nil}
			for _, d := range x.BucketDefinitions {
				j.Buckets += len(d.Buckets)
			}
			if x.LastRunErrorStatus != nil {
				j.LastRun = cell.Text(x.LastRunErrorStatus.Code)
			}
			if x.UserPausedDetails != nil {
				j.PausedSince = cell.UTC(x.UserPausedDetails.JobPausedAt)
			}
			r.c.Read(&j.Meta, out.ResultMetadata)
			for _, f := range [][2]string{{"type", j.Type}, {"status", j.Status}} {
				if f[1] == "" {
					r.c.Half(out.ResultMetadata, listJobs, "MissingMember", "a classification job was listed without its "+f[0], &j.Meta, []string{f[0]})
				}
			}
			if err := r.c.Emit(j); err != nil {
				return err
			}
		}
		return nil
	})
	if whole {
		r.rec.Jobs = new(seen.Len())
	}
	return err
}

// filters emits the findings filters.
func (r *reader) filters(ctx context.Context) error {
	seen := r.c.Once(filterKind)
	p := macie2.NewListFindingsFiltersPaginator(r.api, &macie2.ListFindingsFiltersInput{MaxResults: aws.Int32(page)})
	return cell.Pages(ctx, p, func(err error) { r.fail(err, filterKind) }, func(out *macie2.ListFindingsFiltersOutput) error {
		for _, x := range out.FindingsFilterListItems {
			id := aws.ToString(x.Id)
			if id == "" {
				r.unnamed(out.ResultMetadata, listFilters, "a findings filter", filterKind)
				continue
			}
			if !seen.First(id, out.ResultMetadata) {
				continue
			}
			f := &Filter{Meta: r.c.Meta(aws.ToString(x.Arn)), Filter: id, Name: cell.Text(aws.ToString(x.Name)), Action: string(x.Action), Tags: map[string]string{}}
			if f.ID == "" {
				f.ID = r.arn("findings-filter/" + id)
			}
			for k, v := range x.Tags {
				f.Tags[k] = v
			}
			r.c.Read(&f.Meta, out.ResultMetadata)
			if f.Action == "" {
				r.c.Half(out.ResultMetadata, listFilters, "MissingMember", "a findings filter was listed without its action", &f.Meta, []string{"action"})
			}
			if err := r.c.Emit(f); err != nil {
				return err
			}
		}
		return nil
	})
}

// allowLists emits the allow lists.
func (r *reader) allowLists(ctx context.Context) error {
	seen := r.c.Once(allowListKind)
	p := macie2.NewListAllowListsPaginator(r.api, &macie2.ListAllowListsInput{MaxResults: aws.Int32(page)})
	return cell.Pages(ctx, p, func(err error) { r.fail(err, allowListKind) }, func(out *macie2.ListAllowListsOutput) error {
		for _, x := range out.AllowLists {
			id := aws.ToString(x.Arn)
			if id == "" && aws.ToString(x.Id) != "" {
				id = r.arn("allow-list/" + *x.Id)
			}
			if id == "" {
				r.unnamed(out.ResultMetadata, listAllowLists, "an allow list", allowListKind)
				continue
			}
			if !seen.First(id, out.ResultMetadata) {
				continue
			}
			l := &AllowList{Meta: r.c.Meta(id), Name: cell.Text(aws.ToString(x.Name)), Description: cell.Text(aws.ToString(x.Description)), Created: cell.UTC(x.CreatedAt), Updated: cell.UTC(x.UpdatedAt)}
			r.c.Read(&l.Meta, out.ResultMetadata)
			if err := r.c.Emit(l); err != nil {
				return err
			}
		}
		return nil
	})
}
