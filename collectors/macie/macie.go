// Package macie reads Amazon Macie: whether it is on, how it looks for sensitive data and where the results go, what it says of the
// buckets as a whole, and, where the account administers Macie for others, its members.
//
// AWS answers "Macie is not enabled" with the error code of an IAM denial, AccessDeniedException: the message alone tells the two apart,
// and whatever does not begin with just those words is a denial. Findings themselves are not read; they quote what they found.
//
// Whose account is administrator: GetAdministratorAccount answers a member with the administrator, and everybody else with nothing.
// An answer without content proves little, so it counts only where another answer agrees: a list of members makes the account an
// administrator, and the configuration of automated discovery, which Macie keeps for administrators and standalone accounts, makes it
// stand alone. Only an account that has members is asked for the organization's configuration: AWS refuses it to everybody but the
// delegated administrator, and that refusal would be a gap in every account. An administrator by invitation is refused too: a gap.
package macie

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// Collector reads Macie in one account and region.
type Collector struct{}

func (Collector) Name() string { return "macie" }
func (Collector) Doc() string {
	return "Macie: whether it is on, automated discovery, where results are kept, bucket statistics, jobs, suppressions, and the members of an administrator."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryRegion }

const (
	accountKind      = "macie.account"
	allowListKind    = "macie.allow_list"
	statisticsKind   = "macie.bucket_statistics"
	jobKind          = "macie.classification_job"
	filterKind       = "macie.findings_filter"
	memberKind       = "macie.member"
	organizationKind = "macie.organization"
)

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Account]("Macie in one account and region: one record whether or not it is on."),
		evidence.KindOf[AllowList]("The allow lists: text that is not reported as sensitive."),
		evidence.KindOf[Statistics]("What Macie says of the account's buckets in the region, in numbers: one record where Macie is on."),
		evidence.KindOf[Job]("The classification jobs, those that have ended included."),
		evidence.KindOf[Filter]("The findings filters, suppression rules among them."),
		evidence.KindOf[Member]("The accounts that an administrator knows of, those that are not its members included."),
		evidence.KindOf[Organization]("How new accounts are enrolled: one record for each region in which the account administers Macie."),
	}
}

// page is the largest page that Macie gives.
const page = 25

func operation(name, member string) evidence.Operation {
	return evidence.Operation{Service: "macie2", API: macie2.ServiceID, Name: name, Action: "macie2:" + name, Member: member}
}

func list(name, member, kind string) evidence.Operation {
	op := operation(name, member)
	op.Lists, op.Page = kind, page
	return op
}

var (
	describeOrganization  = operation("DescribeOrganizationConfiguration", "AutoEnable")
	getAdministrator      = operation("GetAdministratorAccount", "Administrator")
	getDiscovery          = operation("GetAutomatedDiscoveryConfiguration", "Status")
	getStatistics         = operation("GetBucketStatistics", "BucketCount")
	getExport             = operation("GetClassificationExportConfiguration", "Configuration")
	getPublication        = operation("GetFindingsPublicationConfiguration", "SecurityHubConfiguration")
	getSession            = operation("GetMacieSession", "Status")
	listAllowLists        = list("ListAllowLists", "AllowLists", allowListKind)
	listDiscoveryAccounts = operation("ListAutomatedDiscoveryAccounts", "Items")
	listJobs              = list("ListClassificationJobs", "Items", jobKind)
	listFilters           = list("ListFindingsFilters", "FindingsFilterListItems", filterKind)
	listMembers           = named(list("ListMembers", "Members", memberKind))
)

// named marks an answer that names people: a member that was invited has a mail address.
func named(op evidence.Operation) evidence.Operation {
	op.Identity = []string{"email"}
	return op
}

// Operations are all reads. AWS publishes no rates for them.
func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{
		describeOrganization, getAdministrator, getDiscovery, getStatistics, getExport, getPublication, getSession,
		listAllowLists, listDiscoveryAccounts, listJobs, listFilters, listMembers,
	}
}

// A reader is the collector at work.
type reader struct {
	c   *cell.Cell
	api *macie2.Client
	rec *Account
	// refused is why the session could not be read.
	refused error
	// sessionGap and discoveryGap say why the session's or the discovery's status is not known.
	sessionGap, discoveryGap *evidence.Gap
	// discovered is the answer about automated discovery of the account.
	discovered middleware.Metadata
}

// Collect asks whether Macie is on, and the rest unless AWS answers that it is not. What fails is told to the cell and the rest goes on.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	if c.Partition == "aws-us-gov" || c.Partition == "aws-cn" {
		c.Absent(getSession, "NotInPartition", "Macie does not exist in the partition "+c.Partition+", so nothing was asked",
			accountKind, allowListKind, statisticsKind, jobKind, filterKind, memberKind, organizationKind)
		return nil
	}
	r := &reader{c: c, api: macie2.NewFromConfig(c.Config), rec: &Account{Meta: c.Meta(c.Account + "/" + c.Region + "/macie")}}
	if off := r.session(ctx); off {
		return c.Emit(r.rec)
	}
	for _, read := range []func(context.Context) error{r.standing, r.export, r.publication, r.statistics, r.jobs, r.filters, r.allowLists} {
		if err := read(ctx); err != nil {
			return err
		}
	}
	r.conclude()
	if len(r.rec.Evidence) == 0 {
		c.Incomplete(r.refused, accountKind) // nothing was sent, so there is nothing that a record could be read from
		return nil
	}
	return c.Emit(r.rec)
}

// notEnabled tells "Macie is not enabled" from other refusals of the same code. Its words begin the message: what IAM says begins with
// who asked, and may quote anything behind that.
func notEnabled(err error) bool {
	var e *tape.Error
	return errors.As(err, &e) && e.Code == "AccessDeniedException" && strings.HasPrefix(e.Message, "Macie is not enabled")
}

// fail says that populations are not whole, or not there because Macie is off.
func (r *reader) fail(err error, kinds ...string) evidence.Gap {
	if notEnabled(err) {
		return r.c.NotEnabled(err, kinds...)
	}
	return r.c.Incomplete(err, kinds...)
}

// lacks notes that an answer lacks what fields of the account's record are read from.
func (r *reader) lacks(md middleware.Metadata, op evidence.Operation, what string, fields ...string) evidence.Gap {
	return r.c.Half(md, op, "MissingMember", "AWS answered "+op.Name+" without "+what, &r.rec.Meta, fields)
}

// unnamed notes that a list holds something without its id, which cannot be told from the others and is left out.
func (r *reader) unnamed(md middleware.Metadata, op evidence.Operation, what, kind string) {
	r.c.Half(md, op, "MissingMember", what+" was listed without its id", nil, nil, kind)
}

func (r *reader) arn(rest string) string {
	return "arn:" + r.c.Partition + ":macie2:" + r.c.Region + ":" + r.c.Account + ":" + rest
}
