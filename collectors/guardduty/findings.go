package guardduty

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
)

// mostPages bounds what is read of an account that nobody looks after: twenty pages of fifty findings.
const mostPages = 20

// high is where AWS's high severity begins.
const high = 7

var errEnough = errors.New("enough findings were read")

// findings reads the findings about this account that are of high or critical severity and not archived.
func (r *reader) findings(ctx context.Context) error {
	pages := 0
	seen := r.c.Once(findingKind)
	p := guardduty.NewListFindingsPaginator(r.api, &guardduty.ListFindingsInput{DetectorId: r.detector, MaxResults: aws.Int32(page),
		FindingCriteria: &types.FindingCriteria{Criterion: map[string]types.Condition{
			"accountId":        {Equals: []string{r.c.Account}},
			"service.archived": {Equals: []string{"false"}},
			"severity":         {GreaterThanOrEqual: aws.Int64(high)},
		}}})
	err := cell.Pages(ctx, p, func(err error) { r.c.Incomplete(err, findingKind) }, func(out *guardduty.ListFindingsOutput) error {
		var ids []string
		for _, id := range out.FindingIds {
			if id == "" {
				r.c.Half(out.ResultMetadata, listFindings, "MissingMember", "AWS listed a finding without its id", nil, nil, findingKind)
			} else if seen.First(id, out.ResultMetadata) {
				ids = append(ids, id)
			}
		}
		if err := r.details(ctx, ids, out.ResultMetadata); err != nil {
			return err
		}
		if pages++; pages == mostPages && p.HasMorePages() {
			r.c.Half(out.ResultMetadata, listFindings, "TooManyFindings", "there are more than a thousand findings of high severity that are not archived; the rest was not read", nil, nil, findingKind)
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// details reads a page of findings and emits them in the order of the list.
func (r *reader) details(ctx context.Context, ids []string, list middleware.Metadata) error {
	if len(ids) == 0 {
		return nil
	}
	out, err := r.api.GetFindings(ctx, &guardduty.GetFindingsInput{DetectorId: r.detector, FindingIds: ids})
	if err != nil {
		r.c.Incomplete(err, findingKind)
		return ctx.Err()
	}
	byID := map[string]*types.Finding{}
	for i := range out.Findings {
		byID[aws.ToString(out.Findings[i].Id)] = &out.Findings[i]
	}
	left := false
	for _, id := range ids {
		x := byID[id]
		if x == nil {
			left = true
			continue
		}
		if err := r.finding(x, out.ResultMetadata, list); err != nil {
			return err
		}
	}
	if left {
		// It may have gone since it was listed, but AWS does not say so.
		r.c.Half(out.ResultMetadata, getFindings, "Unprocessed", "AWS answered GetFindings without a finding that it had listed", nil, nil, findingKind)
	}
	return nil
}

func (r *reader) finding(x *types.Finding, md, list middleware.Metadata) error {
	whose := aws.ToString(x.AccountId)
	if whose == "" {
		r.c.Half(md, getFindings, "MissingMember", "AWS gave a finding without its account, so that it is not known whose it is", nil, nil, findingKind)
		return nil
	}
	if whose != r.c.Account {
		return nil // a member's, which was not asked for and is read there
	}
	id := aws.ToString(x.Arn)
	if id == "" {
		id = r.arn("/finding/" + *x.Id)
	}
	f := &Finding{Meta: r.c.Meta(id), Type: aws.ToString(x.Type), Title: cell.Text(aws.ToString(x.Title)), Severity: aws.ToFloat64(x.Severity)}
	r.c.Read(&f.Meta, list)
	r.c.Read(&f.Meta, md)
	f.Created = r.moment(&f.Meta, md, getFindings, x.CreatedAt, "created")
	f.Updated = r.moment(&f.Meta, md, getFindings, x.UpdatedAt, "updated")
	lacks := func(there bool, what, field string) {
		if !there {
			r.without(&f.Meta, md, getFindings, what+" of a finding", field)
		}
	}
	lacks(f.Type != "", "the type", "type")
	lacks(x.Severity != nil, "the severity", "severity")
	lacks(aws.ToString(x.CreatedAt) != "", "the time of creation", "created")
	if s := x.Service; s == nil || s.Archived == nil {
		lacks(false, "whether it is archived", "archived")
	} else {
		f.Archived = *s.Archived
	}
	if s := x.Service; s != nil && s.Count != nil {
		n := int(*s.Count)
		f.Count = &n
	}
	if x.Resource != nil {
		f.ResourceType = cell.Text(aws.ToString(x.Resource.ResourceType))
	}
	return r.c.Emit(f)
}
