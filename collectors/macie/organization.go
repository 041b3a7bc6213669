package macie

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// standingFields are what follows from who administers Macie in the account.
var standingFields = []string{"role", "administrator", "relationship"}

// standing reads who administers Macie in the account, the members where the account itself does, and automated discovery, which is
// asked for in another way in a member account.
func (r *reader) standing(ctx context.Context) error {
	out, refused := r.api.GetAdministratorAccount(ctx, &macie2.GetAdministratorAccountInput{})
	if refused == nil {
		r.c.Read(&r.rec.Meta, out.ResultMetadata)
		a := out.Administrator
		if aws.ToString(a.AccountId) == "" {
			g := r.c.Half(out.ResultMetadata, getAdministrator, "MissingMember", "AWS answered with an administrator account without its id", &r.rec.Meta, standingFields, memberKind, organizationKind)
			r.undiscovered(g)
			return nil
		}
		r.rec.Role, r.rec.Administrator, r.rec.Relationship = new(member), a.AccountId, cell.Text(a.RelationshipStatus)
		if a.RelationshipStatus == "" {
			r.lacks(out.ResultMetadata, getAdministrator, "the status of the relationship", "relationship")
		}
		if a.RelationshipStatus == types.RelationshipStatusEnabled && !slices.Contains(r.c.Scope.Accounts, *a.AccountId) {
			r.c.Skipped(out.ResultMetadata, describeOrganization, "OutOfScope", "Macie is administered in account "+*a.AccountId+", which the audit does not read", memberKind, organizationKind)
		}
		return r.discoveryOfAccount(ctx, true)
	}
	// Nobody administers Macie here, or it was not told. That AWS names none by a 404 or by leaving everything out is settled below.
	code := tape.Code(refused)
	said, nothing := code == "ResourceNotFoundException", code == "MissingMember"
	count, gap, err := r.members(ctx)
	if err != nil {
		return err
	}
	switch {
	case count > 0:
		r.rec.Role = new(administrator)
		if said || nothing {
			r.c.Known(&r.rec.Meta, refused) // an administrator is nobody's member
		} else {
			r.c.Unknown(&r.rec.Meta, refused, "administrator", "relationship")
		}
		if err := r.discovery(ctx); err != nil {
			return err
		}
		if err := r.organization(ctx); err != nil || r.discoveryGap != nil || r.rec.Discovery.Status != "ENABLED" {
			return err
		}
		// It is on in the organization. An administrator can turn it off in each account, its own among them.
		return r.discoveryOfAccount(ctx, false)
	case !said && !nothing:
		r.undiscovered(r.c.Unknown(&r.rec.Meta, refused, standingFields...))
		return nil
	}
	if err := r.discovery(ctx); err != nil {
		return err
	}
	switch {
	case nothing && r.discoveryGap != nil:
		r.c.Unknown(&r.rec.Meta, refused, standingFields...)
	case gap != nil:
		r.c.Known(&r.rec.Meta, refused)
		r.rec.UnknownBy(*gap, "role")
	default:
		r.c.Known(&r.rec.Meta, refused)
		r.rec.Role = new(standalone)
	}
	return nil
}

// undiscovered notes that automated discovery was not asked for, because of a gap.
func (r *reader) undiscovered(g evidence.Gap) {
	r.rec.UnknownBy(g, "automated_discovery")
	r.discoveryGap = &g
}

// discovery reads automated discovery where the account administers Macie or stands alone.
func (r *reader) discovery(ctx context.Context) error {
	out, err := r.api.GetAutomatedDiscoveryConfiguration(ctx, &macie2.GetAutomatedDiscoveryConfigurationInput{})
	switch {
	case err != nil:
		r.discoveryGap = new(r.c.Unknown(&r.rec.Meta, err, "automated_discovery"))
	case out.Status == "":
		r.discoveryGap = new(r.lacks(out.ResultMetadata, getDiscovery, "a status", "automated_discovery"))
	default:
		r.c.Read(&r.rec.Meta, out.ResultMetadata)
		r.discovered = out.ResultMetadata
		r.rec.Discovery = &Discovery{Status: string(out.Status), AutoEnable: cell.Text(out.AutoEnableOrganizationMembers), FirstEnabled: cell.UTC(out.FirstEnabledAt),
			Updated: cell.UTC(out.LastUpdatedAt), Disabled: cell.UTC(out.DisabledAt)}
	}
	return nil
}

// discoveryOfAccount reads automated discovery of the account alone, where it is one of an organization. A member must be listed; of an
// administrator that is not, what is so of the organization holds.
func (r *reader) discoveryOfAccount(ctx context.Context, listed bool) error {
	found := false
	p := macie2.NewListAutomatedDiscoveryAccountsPaginator(r.api, &macie2.ListAutomatedDiscoveryAccountsInput{AccountIds: []string{r.c.Account}, MaxResults: aws.Int32(page)})
	failed := func(err error) {
		r.rec.Discovery = nil
		r.discoveryGap = new(r.c.Unknown(&r.rec.Meta, err, "automated_discovery"))
	}
	var last *macie2.ListAutomatedDiscoveryAccountsOutput
	err := cell.Pages(ctx, p, failed, func(out *macie2.ListAutomatedDiscoveryAccountsOutput) error {
		last = out
		r.c.Read(&r.rec.Meta, out.ResultMetadata)
		for _, a := range out.Items {
			if aws.ToString(a.AccountId) != r.c.Account {
				continue
			}
			if listed = true; a.Status == "" {
				continue
			}
			if found = true; r.rec.Discovery == nil {
				r.rec.Discovery = &Discovery{}
			}
			r.rec.Discovery.Status = string(a.Status)
		}
		return nil
	})
	if err == nil && r.discoveryGap == nil && listed && !found {
		r.rec.Discovery = nil
		r.discoveryGap = new(r.lacks(last.ResultMetadata, listDiscoveryAccounts, "the status of this account", "automated_discovery"))
	}
	return err
}

// members emits the accounts that this one knows of as an administrator, and counts them. gap says why there may be more.
func (r *reader) members(ctx context.Context) (count int, gap *evidence.Gap, err error) {
	seen := r.c.Once(memberKind)
	// Those that are not members of Macie, or no longer, are listed with the others: that they are not is what an auditor asks.
	p := macie2.NewListMembersPaginator(r.api, &macie2.ListMembersInput{OnlyAssociated: aws.String("false"), MaxResults: aws.Int32(page)})
	failed := func(err error) { gap = new(r.fail(err, memberKind, organizationKind)) }
	err = cell.Pages(ctx, p, failed, func(out *macie2.ListMembersOutput) error {
		for _, m := range out.Members {
			id := aws.ToString(m.AccountId)
			if id == "" {
				gap = new(r.c.Half(out.ResultMetadata, listMembers, "MissingMember", "a member was listed without its id", nil, nil, memberKind, organizationKind))
				continue
			}
			if !seen.First(id, out.ResultMetadata) {
				continue
			}
			rec := &Member{Meta: r.c.Meta(r.arn("member/" + id)), Member: id, Relationship: string(m.RelationshipStatus), Administrator: cell.Text(aws.ToString(m.AdministratorAccountId)), Updated: cell.UTC(m.UpdatedAt)}
			r.c.Read(&rec.Meta, out.ResultMetadata)
			if rec.Relationship == "" {
				r.c.Half(out.ResultMetadata, listMembers, "MissingMember", "a member was listed without the status of the relationship", &rec.Meta, []string{"relationship"})
			}
			if err := r.c.Emit(rec); err != nil {
				return err
			}
		}
		return nil
	})
	return seen.Len(), gap, err
}

// organization reads how new accounts are enrolled. Automated discovery was asked for before.
func (r *reader) organization(ctx context.Context) error {
	out, err := r.api.DescribeOrganizationConfiguration(ctx, &macie2.DescribeOrganizationConfigurationInput{})
	if err != nil {
		r.fail(err, organizationKind)
		return nil
	}
	o := &Organization{Meta: r.c.Meta(r.c.Account + "/" + r.c.Region + "/macie/organization"), AutoEnable: *out.AutoEnable, LimitReached: out.MaxAccountLimitReached}
	r.c.Read(&o.Meta, out.ResultMetadata)
	if r.discoveryGap != nil {
		o.UnknownBy(*r.discoveryGap, "discovery_auto_enable")
		return r.c.Emit(o)
	}
	r.c.Read(&o.Meta, r.discovered)
	o.Discovery = r.rec.Discovery.AutoEnable
	return r.c.Emit(o)
}
