// Package guardduty reads Amazon GuardDuty: whether it is on, which protections are, who administers it, what is suppressed, where
// findings go, and which findings of high severity are open.
//
// Who is asked what: every account is asked for its administrator. Where AWS names one the account is a member, and is not asked for
// the organization's configuration and for members, which it may not see. An answer that names none is, by AWS's documentation, that
// of an administrator or of an account on its own; which of the two is told by DescribeOrganizationConfiguration, which only the
// delegated administrator may ask, and where AWS refuses that by ListMembers. ListOrganizationAdminAccounts is asked of nobody: only
// the management account may, and members name their administrator. Where that is not in the scope, what it would tell is left out.
//
// Findings are read of the account itself, never of an administrator's members: those that are read are read where they are. Only
// those of severity 7 and above that are not archived are read, at most a thousand, which takes forty calls; that there are more is
// a gap.
//
// A region without a detector has no filters, destinations and findings, and neither does it find anything: those populations are
// told as not enabled there.
package guardduty

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// Collector reads GuardDuty in one account and region.
type Collector struct{}

func (Collector) Name() string { return "guardduty" }
func (Collector) Doc() string {
	return "GuardDuty: the detector with its protections, its administrator or members, export, suppression, and open findings of high severity."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryRegion }

const (
	accountKind      = "guardduty.account"
	destinationKind  = "guardduty.publishing_destination"
	filterKind       = "guardduty.filter"
	findingKind      = "guardduty.finding"
	memberKind       = "guardduty.member"
	organizationKind = "guardduty.organization"
)

// dependent are the populations that a detector has, sorted.
var dependent = []string{filterKind, findingKind, memberKind, organizationKind, destinationKind}

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Account]("GuardDuty in one account and region: one record whether or not it is on."),
		evidence.KindOf[Filter]("The saved filters of findings, of which those with the action ARCHIVE suppress."),
		evidence.KindOf[Finding]("The findings of severity 7 and above about each account that are not archived, at most a thousand for each account and region. Not whole where GuardDuty is off: nothing is found there."),
		evidence.KindOf[Member]("The accounts that an administrator lists as its members, those that left and those that were never enabled included."),
		evidence.KindOf[Organization]("How the organization's delegated administrator sets GuardDuty up for its members, in each region."),
		evidence.KindOf[Destination]("Where findings are exported to."),
	}
}

func operation(name, member string) evidence.Operation {
	return evidence.Operation{Service: "guardduty", API: guardduty.ServiceID, Name: name, Action: "guardduty:" + name, Member: member}
}

// listing is an operation whose answers list a kind, or describe those of an earlier list, a page at a time.
func listing(name, member, kind string) evidence.Operation {
	op := operation(name, member)
	op.Lists, op.Page = kind, page
	return op
}

func of(name, member, kind string) evidence.Operation {
	op := operation(name, member)
	op.Each = kind
	return op
}

func naming(op evidence.Operation, members ...string) evidence.Operation {
	op.Identity = members
	return op
}

// page is the most that GuardDuty gives or takes at once.
const page = 50

// people are the members of a finding that name who did something: of IAM, of Kubernetes, of a database and of the operating system. AWS's
// title and description name them in the running text, and what was unusual about it by their names.
var people = []string{"additionalInfo", "anomaly", "description", "impersonatedUser", "principalId", "sessionName", "title", "user", "userName", "username"}

var (
	describeOrganizationConfiguration = operation("DescribeOrganizationConfiguration", "MemberAccountLimitReached")
	describePublishingDestination     = of("DescribePublishingDestination", "DestinationProperties", destinationKind)
	getAdministratorAccount           = evidence.Operation{Service: "guardduty", API: guardduty.ServiceID, Name: "GetAdministratorAccount", Action: "guardduty:GetAdministratorAccount", Nothing: true,
		MayLack: "AWS documents that it answers administrators and accounts on their own with success and no content"}
	getDetector                = operation("GetDetector", "Status")
	getFilter                  = of("GetFilter", "FindingCriteria", filterKind)
	getFindings                = naming(listing("GetFindings", "Findings", findingKind), people...)
	getMemberDetectors         = listing("GetMemberDetectors", "MemberDataSourceConfigurations", memberKind)
	listDetectors              = operation("ListDetectors", "DetectorIds")
	listFilters                = listing("ListFilters", "FilterNames", filterKind)
	listFindings               = listing("ListFindings", "FindingIds", findingKind)
	listMembers                = naming(listing("ListMembers", "Members", memberKind), "email")
	listPublishingDestinations = listing("ListPublishingDestinations", "Destinations", destinationKind)
)

// Operations are all reads. Findings and members name people.
func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{describeOrganizationConfiguration, describePublishingDestination, getAdministratorAccount, getDetector, getFilter, getFindings,
		getMemberDetectors, listDetectors, listFilters, listFindings, listMembers, listPublishingDestinations}
}

// reader is one cell at work.
type reader struct {
	c       *cell.Cell
	api     *guardduty.Client
	account *Account
	// detector is the id of the detector.
	detector *string
}

// ofDetector are the fields of the account that the detector has.
var ofDetector = []string{"status", "missing", "detector", "protection"}

// ofRole are those that tell who administers it.
var ofRole = []string{"role", "administrator", "relationship"}

// Collect reads everything once. What fails is told to the cell and the rest goes on.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	r := &reader{c: c, api: guardduty.NewFromConfig(c.Config)}
	r.account = &Account{Meta: c.Meta(c.Account + "/" + c.Region + "/guardduty"), Missing: []string{}}
	found, err := r.find(ctx)
	if err != nil {
		return err
	}
	if found {
		r.describe(ctx)
		for _, read := range []func(context.Context) error{r.relationship, r.destinations, r.filters, r.findings} {
			if err := read(ctx); err != nil {
				return err
			}
		}
	}
	if len(r.account.Evidence) == 0 {
		return ctx.Err() // nothing was answered, and find has said so
	}
	return c.Emit(r.account)
}

// find looks for the detector, of which there is one at most in a region.
func (r *reader) find(ctx context.Context) (bool, error) {
	everything := append(append(ofDetector[:len(ofDetector):len(ofDetector)], ofRole...), "exporting")
	var ids []string
	var last middleware.Metadata
	broken := false
	p := guardduty.NewListDetectorsPaginator(r.api, &guardduty.ListDetectorsInput{MaxResults: aws.Int32(page)})
	err := cell.Pages(ctx, p, func(err error) {
		broken = true
		r.c.Unknown(&r.account.Meta, err, everything...)
		kinds := dependent
		if len(r.account.Evidence) == 0 {
			kinds = append(kinds[:len(kinds):len(kinds)], accountKind)
		}
		r.c.Incomplete(err, kinds...)
	}, func(out *guardduty.ListDetectorsOutput) error {
		last = out.ResultMetadata
		r.c.Read(&r.account.Meta, last)
		ids = append(ids, out.DetectorIds...)
		return nil
	})
	switch {
	case broken || err != nil:
		return false, err
	case len(ids) == 0:
		r.account.Status = "not-enabled"
		r.off(last, listDetectors, "NoDetector", "GuardDuty has no detector in this account and region", dependent...)
		return false, nil
	case len(ids) > 1 || ids[0] == "":
		r.c.Half(last, listDetectors, "OddDetectors", fmt.Sprintf("AWS listed %d detectors where a region has one, or one without an id", len(ids)), &r.account.Meta, everything, dependent...)
		return false, nil
	}
	r.detector = &ids[0]
	return true, nil
}

// off says that GuardDuty's own answer means that it is off, so that the populations are not there to be read.
func (r *reader) off(md middleware.Metadata, op evidence.Operation, code, why string, kinds ...string) {
	r.c.NotEnabled(&tape.Error{Stamp: tape.StampOf(md), Operation: op, Outcome: evidence.NotEnabled, Code: code, Message: why, Status: 200}, kinds...)
}

// arn makes the ARN of a thing of the detector.
func (r *reader) arn(rest string) string {
	return "arn:" + r.c.Partition + ":guardduty:" + r.c.Region + ":" + r.c.Account + ":detector/" + *r.detector + rest
}

// without makes fields unknown that AWS's answer left out.
func (r *reader) without(m *evidence.Meta, md middleware.Metadata, op evidence.Operation, what string, fields ...string) {
	r.c.Half(md, op, "MissingMember", "AWS answered "+op.Name+" without "+what, m, fields)
}

// moment reads a time that AWS writes as text. What is not there is absent; what is no time leaves the field unknown.
func (r *reader) moment(m *evidence.Meta, md middleware.Metadata, op evidence.Operation, s *string, field string) *time.Time {
	if aws.ToString(s) == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339, *s)
	if err != nil {
		r.c.Half(md, op, "UnreadableTime", "AWS answered "+op.Name+" with a time that is none", m, []string{field})
		return nil
	}
	return cell.UTC(&t)
}

func tags(in map[string]string) map[string]string {
	if in == nil {
		return map[string]string{}
	}
	return in
}

// notDelegated tells "this account is not the delegated administrator" from other refusals. BadRequestException stands for nearly
// everything that GuardDuty refuses, so its words decide: an organization's or an administrator's permission is asked for.
func notDelegated(err error) bool {
	var e *tape.Error
	if tape.Code(err) != "BadRequestException" || !errors.As(err, &e) {
		return false
	}
	words := strings.ToLower(e.Message)
	return strings.Contains(words, "organization master") || strings.Contains(words, "delegated administrator") || strings.Contains(words, "organization management") ||
		strings.Contains(words, "administrator account")
}
