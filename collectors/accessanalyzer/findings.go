package accessanalyzer

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
)

// rules reads the archive rules of one analyzer.
func (r *reader) rules(ctx context.Context, a *Analyzer) error {
	seen := r.c.Once(ruleKind)
	p := accessanalyzer.NewListArchiveRulesPaginator(r.api, &accessanalyzer.ListArchiveRulesInput{AnalyzerName: &a.Name})
	return cell.Pages(ctx, p, func(err error) { r.c.Incomplete(err, ruleKind) }, func(out *accessanalyzer.ListArchiveRulesOutput) error {
		md := out.ResultMetadata
		for _, x := range out.ArchiveRules {
			name := aws.ToString(x.RuleName)
			if name == "" {
				r.c.Half(md, listArchiveRules, "MissingMember", "an archive rule was listed without its name", nil, nil, ruleKind)
				continue
			}
			if !seen.First(name, md) {
				continue
			}
			rule := &ArchiveRule{Meta: r.c.Meta(a.ID + "/archive-rule/" + name), Name: name, Analyzer: a.ID, AnalyzerType: a.Type, Criteria: criteria(x.Filter), SparesPublic: sparesPublic(x.Filter),
				Created: cell.UTC(x.CreatedAt), Updated: cell.UTC(x.UpdatedAt)}
			r.c.Read(&rule.Meta, md)
			if x.Filter == nil {
				rule.Criteria = nil
				r.c.Half(md, listArchiveRules, "MissingMember", "an archive rule was listed without its filter", &rule.Meta, []string{"criteria", "spares_public"})
			}
			for _, u := range a.Unknown {
				if u.Field == "type" {
					u.Field = "analyzer_type"
					rule.Unknown = append(rule.Unknown, u)
				}
			}
			if err := r.c.Emit(rule); err != nil {
				return err
			}
		}
		return nil
	})
}

// sparesPublic reports whether findings of public access never match: all criteria of a filter must.
func sparesPublic(filter map[string]types.Criterion) bool {
	c := filter["isPublic"]
	return len(c.Eq) > 0 && !slices.ContainsFunc(c.Eq, func(v string) bool { return v != "false" }) || slices.Contains(c.Neq, "true")
}

// criteria puts what findings must match into words.
func criteria(filter map[string]types.Criterion) []string {
	out := []string{}
	for field, c := range filter {
		before := len(out)
		list := func(verb string, values []string) {
			if len(values) > 0 {
				out = append(out, field+" "+verb+" "+strings.Join(values, ", "))
			}
		}
		list("equals", c.Eq)
		list("does not equal", c.Neq)
		list("contains", c.Contains)
		if c.Exists != nil {
			out = append(out, fmt.Sprintf("%s exists %t", field, *c.Exists))
		}
		if len(out) == before {
			out = append(out, field)
		}
	}
	slices.Sort(out)
	return out
}

// findings reads what an analyzer of external access has found and that still is.
func (r *reader) findings(ctx context.Context, a *Analyzer) error {
	seen := r.c.Once(findingKind)
	p := accessanalyzer.NewListFindingsPaginator(r.api, &accessanalyzer.ListFindingsInput{AnalyzerArn: &a.ID, MaxResults: aws.Int32(pageSize),
		Filter: map[string]types.Criterion{"status": {Eq: []string{string(types.FindingStatusActive), string(types.FindingStatusArchived)}}}})
	return cell.Pages(ctx, p, func(err error) { r.c.Incomplete(err, findingKind) }, func(out *accessanalyzer.ListFindingsOutput) error {
		for i := range out.Findings {
			x := &out.Findings[i]
			if aws.ToString(x.Id) == "" {
				r.c.Half(out.ResultMetadata, listFindings, "MissingMember", "a finding was listed without its id", nil, nil, findingKind)
				continue
			}
			if !seen.First(*x.Id, out.ResultMetadata) {
				continue
			}
			if err := r.c.Emit(r.finding(a, x, out.ResultMetadata)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *reader) finding(a *Analyzer, x *types.FindingSummary, md middleware.Metadata) *Finding {
	f := &Finding{Meta: r.c.Meta(a.ID + "/finding/" + *x.Id), Finding: *x.Id, Analyzer: a.ID, AnalyzerType: a.Type, Status: string(x.Status), Public: aws.ToBool(x.IsPublic),
		Resource: cell.Text(aws.ToString(x.Resource)), ResourceType: string(x.ResourceType), Owner: aws.ToString(x.ResourceOwnerAccount), Principals: []string{},
		Actions: slices.Sorted(slices.Values(append([]string{}, x.Action...))), Conditions: x.Condition, Error: cell.Text(aws.ToString(x.Error)),
		Created: cell.UTC(x.CreatedAt), Updated: cell.UTC(x.UpdatedAt), Analyzed: cell.UTC(x.AnalyzedAt)}
	r.c.Read(&f.Meta, md)
	f.InScope = f.Owner == r.c.Account || slices.Contains(r.c.Scope.Accounts, f.Owner)
	for kind, who := range x.Principal {
		f.Principals = append(f.Principals, kind+":"+who)
	}
	slices.Sort(f.Principals)
	if f.Actions == nil {
		f.Actions = []string{}
	}
	if f.Conditions == nil {
		f.Conditions = map[string]string{}
	}
	var lacks []string
	if f.Status == "" {
		lacks = append(lacks, "status")
	}
	if x.IsPublic == nil || f.Error != nil && !f.Public { // what could not be analyzed is not shown to be closed
		lacks = append(lacks, "public")
	}
	if f.ResourceType == "" {
		lacks = append(lacks, "resource_type")
	}
	if f.Owner == "" {
		lacks = append(lacks, "owner", "in_scope")
	}
	if lacks != nil {
		r.c.Half(md, listFindings, "MissingMember", "AWS gave a finding without all that it is made of; of a resource that could not be analyzed it does not say who has access", &f.Meta, lacks)
	}
	return f
}
