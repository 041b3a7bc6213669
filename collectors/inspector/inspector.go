// Package inspector reads Amazon Inspector (version 2): whether it is on and for which scans, how it is set up, which resources it
// covers and with what success, the critical findings that are open, what is suppressed, and the members of a delegated administrator.
//
// Each account tells of itself: the filters leave out what an administrator sees of its members, who are read where they are.
//
// Resources are listed with their scans, but for container images, of which there may be a thousand to a repository, and most of them
// old enough not to be scanned any more: their repository is listed. Findings are read if they are critical and active, oldest first,
// and at most findingPages pages of them; where there are more, the population is not whole.
package inspector

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/inspector2"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// Collector reads Inspector in one account and region.
type Collector struct{}

func (Collector) Name() string { return "inspector" }
func (Collector) Doc() string {
	return "Inspector: whether it is on and for which scans, covered resources, open critical findings, suppressions, and the members of a delegated administrator."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryRegion }

const (
	accountKind      = "inspector.account"
	coverageKind     = "inspector.coverage"
	filterKind       = "inspector.filter"
	findingKind      = "inspector.finding"
	memberKind       = "inspector.member"
	organizationKind = "inspector.organization"
)

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Account]("Inspector in one account and region: one record whether or not it is on."),
		evidence.KindOf[Coverage]("The resources that the enabled scan types cover, once for each type of scan. Container images are left out: their repository is listed."),
		evidence.KindOf[Filter]("The suppression rules."),
		evidence.KindOf[Finding]("The active findings of critical severity, the oldest 5,000 of an account and region; suppressed ones are not among them."),
		evidence.KindOf[Member]("The accounts that a delegated administrator knows of, those that are not associated included."),
		evidence.KindOf[Organization]("How new accounts are enrolled: one record for each region of the delegated administrator."),
	}
}

const (
	coveragePage = 200
	findingPage  = 100
	// findingPages bounds the calls for findings in an account and region: ten seconds of them.
	findingPages = 50
	filterPage   = 100
	memberPage   = 50
)

func operation(name, member string) evidence.Operation {
	return evidence.Operation{Service: "inspector2", API: inspector2.ServiceID, Name: name, Action: "inspector2:" + name, Member: member}
}

func list(name, member, kind string, page int) evidence.Operation {
	op := operation(name, member)
	op.Lists, op.Page = kind, page
	return op
}

var (
	accountStatus        = operation("BatchGetAccountStatus", "Accounts")
	describeOrganization = operation("DescribeOrganizationConfiguration", "AutoEnable")
	getConfiguration     = operation("GetConfiguration", "EcrConfiguration")
	getDelegatedAdmin    = operation("GetDelegatedAdminAccount", "DelegatedAdmin")
	getDeepInspection    = operation("GetEc2DeepInspectionConfiguration", "Status")
	listCoverage         = list("ListCoverage", "CoveredResources", coverageKind, coveragePage)
	listFilters          = list("ListFilters", "Filters", filterKind, filterPage)
	listAggregations     = operation("ListFindingAggregations", "Responses")
	listFindings         = list("ListFindings", "Findings", findingKind, findingPage)
	listMembers          = list("ListMembers", "Members", memberKind, memberPage)
)

// Operations are all reads. AWS publishes no rates for them.
func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{
		accountStatus, describeOrganization, getConfiguration, getDelegatedAdmin, getDeepInspection,
		listCoverage, listFilters, listAggregations, listFindings, listMembers,
	}
}

// A reader is the collector at work.
type reader struct {
	c   *cell.Cell
	api *inspector2.Client
	rec *Account
	// refused is why the account's status could not be read.
	refused error
}

// Collect asks whether Inspector is on, and the rest unless AWS answers that it is not. What fails is told to the cell and the rest goes on.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	r := &reader{c: c, api: inspector2.NewFromConfig(c.Config), rec: &Account{Meta: c.Meta(c.Account + "/" + c.Region + "/inspector")}}
	if off := r.status(ctx); off {
		return c.Emit(r.rec)
	}
	for _, read := range []func(context.Context) error{r.configuration, r.deepInspection, r.administrator, r.counts, r.coverage, r.findings, r.filters} {
		if err := read(ctx); err != nil {
			return err
		}
	}
	if len(r.rec.Evidence) == 0 {
		c.Incomplete(r.refused, accountKind) // nothing was sent, so there is nothing that a record could be read from
		return nil
	}
	return c.Emit(r.rec)
}

// lacks notes that an answer lacks what fields of a record are read from.
func (r *reader) lacks(md middleware.Metadata, op evidence.Operation, what string, m *evidence.Meta, fields ...string) {
	r.c.Half(md, op, "MissingMember", "AWS answered "+op.Name+" without "+what, m, fields)
}

// required notes each of a record's fields that must have a value and has none.
func (r *reader) required(md middleware.Metadata, op evidence.Operation, m *evidence.Meta, fields ...field) {
	for _, f := range fields {
		if f.value == "" {
			r.lacks(md, op, "what "+f.name+" is read from", m, f.name)
		}
	}
}

type field struct{ name, value string }

// unnamed notes that a list holds something without its id, which cannot be told from the others and is left out.
func (r *reader) unnamed(md middleware.Metadata, op evidence.Operation, what, kind string) {
	r.c.Half(md, op, "MissingMember", what+" was listed without its id", nil, nil, kind)
}
