// Package accessanalyzer reads IAM Access Analyzer: the analyzers of every type, what their archive rules put aside, and the access
// from outside that they have found.
//
// Each account tells of the analyzers that are listed to it. An organization's analyzer is listed only in the account that made it,
// the management account or the delegated administrator; its findings are read there, whoever owns the resources. AWS does not tell
// the accounts that it covers, so in them no analyzer is known of: their record says not-enabled, and their findings are told as not
// enabled and not as none.
//
// Findings come from ListFindings and not from ListFindingsV2: only it says whether access is public. It knows external access alone;
// findings of unused and of internal access are not read.
package accessanalyzer

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// Collector reads IAM Access Analyzer in one account and region.
type Collector struct{}

func (Collector) Name() string { return "accessanalyzer" }
func (Collector) Doc() string {
	return "IAM Access Analyzer: analyzers, archive rules, and access from outside that was found."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryRegion }

const (
	accountKind  = "accessanalyzer.account"
	analyzerKind = "accessanalyzer.analyzer"
	findingKind  = "accessanalyzer.finding"
	ruleKind     = "accessanalyzer.archive_rule"
)

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Account]("IAM Access Analyzer in one account and region: one record whether or not anything is analyzed."),
		evidence.KindOf[Analyzer]("The analyzers of every type that are listed in each account and region."),
		evidence.KindOf[ArchiveRule]("The archive rules of every analyzer."),
		evidence.KindOf[Finding]("The findings of external access, active and archived, of every active analyzer of external access. Not whole where there is no such analyzer: nothing is known to look there."),
	}
}

func operation(name, member string) evidence.Operation {
	return evidence.Operation{Service: "access-analyzer", API: accessanalyzer.ServiceID, Name: name, Action: "access-analyzer:" + name, Member: member}
}

// pageSize is what is asked for; AWS documents no bound.
const pageSize = 100

var (
	listAnalyzers    = operation("ListAnalyzers", "Analyzers")
	listArchiveRules = func() evidence.Operation {
		op := operation("ListArchiveRules", "ArchiveRules")
		op.Each = analyzerKind
		return op
	}()
	listFindings = func() evidence.Operation {
		op := operation("ListFindings", "Findings")
		op.Lists, op.Page = findingKind, pageSize
		return op
	}()
)

// Operations are all reads.
func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{listAnalyzers, listArchiveRules, listFindings}
}

// reader is one cell at work.
type reader struct {
	c       *cell.Cell
	api     *accessanalyzer.Client
	account *Account
}

// ofAnalyzers are the fields of the account that its analyzers tell.
var ofAnalyzers = []string{"status", "missing", "organization", "unused_access", "internal_access"}

// Collect reads the analyzers, and what each has.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	r := &reader{c: c, api: accessanalyzer.NewFromConfig(c.Config), account: &Account{Meta: c.Meta(c.Account + "/" + c.Region + "/accessanalyzer"), Missing: []string{}}}
	analyzers, err := r.analyzers(ctx)
	if err != nil {
		return err
	}
	for _, a := range analyzers {
		if err := r.rules(ctx, a); err != nil {
			return err
		}
		if external(a.Type) && a.Status == active {
			if err := r.findings(ctx, a); err != nil {
				return err
			}
		}
	}
	if len(r.account.Evidence) == 0 {
		return ctx.Err() // nothing was answered, and analyzers has said so
	}
	return c.Emit(r.account)
}

// noActiveAnalyzer is the code of the gap in the findings of an account that lists no analyzer of external access.
const noActiveAnalyzer = "NoActiveAnalyzer"

const active = string(types.AnalyzerStatusActive)

// external reports whether analyzers of the type look for access from outside.
func external(t string) bool {
	return t == string(types.TypeAccount) || t == string(types.TypeOrganization)
}

// analyzers emits the analyzers, of which there are never many, and concludes what the account has.
func (r *reader) analyzers(ctx context.Context) ([]*Analyzer, error) {
	a := r.account
	var all []*Analyzer
	var last middleware.Metadata
	var odd *evidence.Gap
	broken := false
	seen := r.c.Once(analyzerKind)
	p := accessanalyzer.NewListAnalyzersPaginator(r.api, &accessanalyzer.ListAnalyzersInput{})
	err := cell.Pages(ctx, p, func(err error) {
		broken = true
		r.c.Unknown(&a.Meta, err, ofAnalyzers...)
		kinds := []string{analyzerKind, findingKind, ruleKind}
		if len(a.Evidence) == 0 {
			kinds = append(kinds, accountKind)
		}
		r.c.Incomplete(err, kinds...)
	}, func(out *accessanalyzer.ListAnalyzersOutput) error {
		last = out.ResultMetadata
		r.c.Read(&a.Meta, last)
		for _, x := range out.Analyzers {
			arn, name := aws.ToString(x.Arn), aws.ToString(x.Name)
			if arn == "" || name == "" {
				g := r.c.Half(last, listAnalyzers, "MissingMember", "an analyzer was listed without its ARN or name", nil, nil, analyzerKind, findingKind, ruleKind)
				odd = &g
				continue
			}
			if !seen.First(arn, last) {
				continue
			}
			z := &Analyzer{Meta: r.c.Meta(arn), Name: name, Type: string(x.Type), Status: string(x.Status), Created: cell.UTC(x.CreatedAt), LastAnalyzed: cell.Text(aws.ToString(x.LastResourceAnalyzed)),
				LastAnalyzedAt: cell.UTC(x.LastResourceAnalyzedAt), ManagedBy: cell.Text(aws.ToString(x.ManagedBy)), Tags: x.Tags}
			if z.Tags == nil {
				z.Tags = map[string]string{}
			}
			if x.StatusReason != nil {
				z.Reason = cell.Text(x.StatusReason.Code)
			}
			r.c.Read(&z.Meta, last)
			var lacks []string
			if z.Type == "" {
				lacks = append(lacks, "type")
			}
			if z.Status == "" {
				lacks = append(lacks, "status")
			}
			if lacks != nil {
				g := r.c.Half(last, listAnalyzers, "MissingMember", "an analyzer was listed without its type or status, so that it is not known what it finds", &z.Meta, lacks, findingKind)
				odd = &g
			}
			all = append(all, z)
			if err := r.c.Emit(z); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && !broken {
		r.conclude(all, odd, last)
	}
	return all, err
}

// conclude says what the account has. What an odd analyzer leaves open is unknown, unless another one decides it.
func (r *reader) conclude(all []*Analyzer, odd *evidence.Gap, last middleware.Metadata) {
	a := r.account
	found := false
	for _, z := range all {
		if z.Status != active {
			continue
		}
		switch types.Type(z.Type) {
		case types.TypeAccount:
			found = true
		case types.TypeOrganization:
			found, a.Organization = true, true
		case types.TypeAccountUnusedAccess, types.TypeOrganizationUnusedAccess:
			a.UnusedAccess = true
		case types.TypeAccountInternalAccess, types.TypeOrganizationInternalAccess:
			a.InternalAccess = true
		}
	}
	open := func(known bool, fields ...string) {
		if !known && odd != nil {
			a.Meta.UnknownBy(*odd, fields...)
		}
	}
	open(a.Organization, "organization")
	open(a.UnusedAccess, "unused_access")
	open(a.InternalAccess, "internal_access")
	switch {
	case found:
		a.Status = "enabled"
		return
	case odd != nil:
		a.Meta.UnknownBy(*odd, "status", "missing")
		return
	case len(all) == 0:
		a.Status = "not-enabled"
	default:
		a.Status, a.Missing = "partly-enabled", []string{"external-access"}
	}
	r.c.NotEnabled(&tape.Error{Stamp: tape.StampOf(last), Operation: listAnalyzers, Outcome: evidence.NotEnabled, Code: noActiveAnalyzer, Status: 200,
		Message: "no active analyzer of external access is listed in this account and region; one of the organization may cover it from another account"}, findingKind)
}
