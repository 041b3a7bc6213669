// Package organizations reads AWS Organizations: which accounts there are and whether the audit reads them, the tree they stand in,
// the policies over them, and who else may act in all of them.
//
// Every account is asked which organization it belongs to, and which management policies are in effect in it. One account is asked for
// the rest: the one that the scope names, or the management account, or, where that is not in the scope, every member that is, each
// of which may be a delegated administrator. A member that need not list is asked nothing more, and that is no gap.
//
// Which SCPs and RCPs lie over an account is computed from what they are attached to; AWS has no operation for it. What they allow or
// deny is not judged.
//
// It does not read the tags of accounts: they take one call an account, and no test of ours needs them. Requests depend on AWS's
// answers and on who lists, and not on which accounts the scope holds, where the scope says who lists.
package organizations

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// Collector reads Organizations.
type Collector struct{}

func (Collector) Name() string { return "organizations" }
func (Collector) Doc() string {
	return "AWS Organizations: the organization, its accounts, roots and OUs, policies of every type with what they are attached to, delegated administrators and trusted services."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryAccount }

const (
	accountKind       = "organizations.account"
	administratorKind = "organizations.delegated_administrator"
	effectiveKind     = "organizations.effective_policy"
	membershipKind    = "organizations.membership"
	organizationKind  = "organizations.organization"
	ouKind            = "organizations.organizational_unit"
	policyKind        = "organizations.policy"
	rootKind          = "organizations.root"
	serviceKind       = "organizations.trusted_service"
)

// listed are the populations that one account lists for the whole organization.
var listed = []string{accountKind, administratorKind, organizationKind, ouKind, policyKind, rootKind, serviceKind}

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Account]("The accounts of the organization, in whichever state, read by the audit or not."),
		evidence.KindOf[DelegatedAdministrator]("The member accounts that administer a service for the organization."),
		evidence.KindOf[EffectivePolicy]("The management policies in effect: one record for each account that is read and belongs to an organization, and each type."),
		evidence.KindOf[Membership]("The organization as each account that is read sees it: one record an account, whether or not it belongs to one."),
		evidence.KindOf[Organization]("The organization as the account that lists it sees it."),
		evidence.KindOf[OrganizationalUnit]("The organizational units, nested ones too."),
		evidence.KindOf[Policy]("The policies of every type that a root has enabled."),
		evidence.KindOf[Root]("The roots of the organization; AWS gives it one."),
		evidence.KindOf[TrustedService]("The AWS services with trusted access to the organization."),
	}
}

// A reader is the collector at work in one account.
type reader struct {
	c      *cell.Cell
	api    *organizations.Client
	region string

	// org is the organization as it was described, at page; noFeatures is why its features are not known.
	org        types.Organization
	page       middleware.Metadata
	noFeatures *evidence.Gap

	tree     tree
	policies policies
}

// Collect asks which organization the account belongs to, lists it where it is this account's turn, and reads the policies in effect.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	r := &reader{c: c, region: cmp.Or(evidence.GlobalRegion(c.Partition), c.Region)}
	r.api = organizations.NewFromConfig(c.Config, func(o *organizations.Options) { o.Region = r.region })
	turn, err := r.membership(ctx)
	if err != nil {
		return err
	}
	if turn.lists {
		if err := r.list(ctx, turn.tries); err != nil {
			return err
		}
	}
	if turn.stranger {
		return nil
	}
	return r.effective(ctx)
}

// meta starts a record; a global service is asked in one region.
func (r *reader) meta(id string) evidence.Meta {
	m := r.c.Meta(id)
	m.Region = r.region
	return m
}

// arn makes the ARN of a thing of the organization, as AWS does.
func (r *reader) arn(rest string) string {
	return "arn:" + r.c.Partition + ":organizations::" + aws.ToString(r.org.MasterAccountId) + ":" + rest
}

// in reports whether the audit reads the account.
func (r *reader) in(account string) bool { return slices.Contains(r.c.Scope.Accounts, account) }

// half says that an answer lacks something, or says something odd.
func (r *reader) half(md middleware.Metadata, op evidence.Operation, code, message string, m *evidence.Meta, fields []string, kinds ...string) *evidence.Gap {
	g := r.c.Half(md, op, code, message, m, fields, kinds...)
	return &g
}

// A turn is what this account has to do.
type turn struct {
	// lists says that it is asked for the whole organization; tries, that it may not be allowed to.
	lists, tries bool
	// stranger says that it belongs to no organization, or that this is not known.
	stranger bool
}

// notInUse is AWS's word for an account that stands alone.
const notInUse = "AWSOrganizationsNotInUseException"

// membership reads which organization the account belongs to, and tells whose turn it is to list it.
func (r *reader) membership(ctx context.Context) (turn, error) {
	m := &Membership{Meta: r.meta(r.c.Account + "/organizations"), Missing: []string{}}
	out, err := r.api.DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	if err != nil {
		return turn{stranger: true}, r.noMembership(ctx, m, err)
	}
	r.page, r.org = out.ResultMetadata, *out.Organization
	r.c.Read(&m.Meta, r.page)
	m.Organization, m.OrganizationARN = cell.Text(aws.ToString(r.org.Id)), cell.Text(aws.ToString(r.org.Arn))
	m.ManagementAccount, m.FeatureSet = cell.Text(aws.ToString(r.org.MasterAccountId)), cell.Text(r.org.FeatureSet)
	m.Management = m.ManagementAccount != nil && *m.ManagementAccount == r.c.Account
	switch r.org.FeatureSet {
	case types.OrganizationFeatureSetAll:
		m.Status = "enabled"
	case "":
		r.noFeatures = r.half(r.page, describeOrganization, "MissingMember", "AWS described the organization without FeatureSet", &m.Meta, []string{"status", "missing", "feature_set"})
	default:
		m.Status, m.Missing = "partly-enabled", []string{"ALL_FEATURES"}
	}
	var t turn
	if m.Organization == nil || m.ManagementAccount == nil {
		// Without them it is not known whose turn it is, and what is listed belongs to nobody.
		r.half(r.page, describeOrganization, "MissingMember", "AWS described the organization without its id or its management account", &m.Meta,
			[]string{"organization", "management_account", "management"}, r.mine()...)
	} else {
		t = r.turn(*m.ManagementAccount)
	}
	return t, r.c.Emit(m)
}

// noMembership tells of an account that stands alone, and of one that could not be asked.
func (r *reader) noMembership(ctx context.Context, m *Membership, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if tape.Code(err) == notInUse {
		r.c.Known(&m.Meta, err)
		m.Status = "not-enabled"
		if o := r.c.Scope.Organization; o != nil && o.Lister == r.c.Account {
			r.c.NotEnabled(err, listed...) // the scope says that it lists an organization, and it is in none
		}
		return r.c.Emit(m)
	}
	r.c.Incomplete(err, append(r.mine(), effectiveKind)...)
	r.c.Unknown(&m.Meta, err, "status", "missing", "organization", "organization_arn", "management_account", "management", "feature_set")
	if len(m.Evidence) == 0 {
		r.c.Incomplete(err, membershipKind) // nothing was asked, so there is nothing to point to
		return nil
	}
	return r.c.Emit(m)
}

// mine are the populations that are not whole where this account's organization is not known: none where another account lists them.
func (r *reader) mine() []string {
	if o := r.c.Scope.Organization; o != nil && o.Lister != r.c.Account && r.in(o.Lister) {
		return []string{}
	}
	return slices.Clone(listed)
}

// turn tells whether this account lists the organization that management manages.
func (r *reader) turn(management string) turn {
	o := r.c.Scope.Organization
	switch {
	case o != nil && o.Lister == r.c.Account:
		return turn{lists: true}
	case o != nil && !r.in(o.Lister):
		r.c.Skipped(r.page, listAccounts, "OutOfScope", "the organization is listed in account "+o.Lister+", which the audit does not read", listed...)
		return turn{}
	case o != nil:
		return turn{}
	case management == r.c.Account:
		return turn{lists: true}
	}
	tries := !r.in(management)
	return turn{lists: tries, tries: tries}
}

// list reads the whole organization. What fails is told to the cell and the rest goes on, but a member that tries and is refused has its answer.
func (r *reader) list(ctx context.Context, tries bool) error {
	if refused, err := r.roots(ctx, tries); refused || err != nil {
		return err
	}
	o := r.organization()
	for _, read := range []func(context.Context) error{r.allPolicies, r.units, func(ctx context.Context) error { return r.accounts(ctx, o) },
		r.administrators, r.trustedServices, func(ctx context.Context) error { return r.resourcePolicy(ctx, o) }} {
		if err := read(ctx); err != nil {
			return err
		}
	}
	return r.c.Emit(o)
}

// organization starts the record of the organization.
func (r *reader) organization() *Organization {
	o := &Organization{Meta: r.meta(cmp.Or(aws.ToString(r.org.Arn), r.arn("organization/"+*r.org.Id))), OrganizationID: *r.org.Id,
		ManagementAccount: *r.org.MasterAccountId, FeatureSet: string(r.org.FeatureSet), ScopeNotListed: []string{}}
	r.c.Read(&o.Meta, r.page)
	if r.noFeatures != nil {
		o.UnknownBy(*r.noFeatures, "feature_set")
	}
	return o
}
