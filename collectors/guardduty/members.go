package guardduty

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

const (
	roleMember        = "member"
	roleAdministrator = "administrator"
	roleStandalone    = "standalone"
	// monitored is the relationship of a member that GuardDuty monitors.
	monitored = "Enabled"
)

// relationship reads who administers the account, and what it administers itself.
func (r *reader) relationship(ctx context.Context) error {
	a := r.account
	out, err := r.api.GetAdministratorAccount(ctx, &guardduty.GetAdministratorAccountInput{DetectorId: r.detector})
	if err != nil {
		r.c.Unknown(&a.Meta, err, ofRole...)
		r.c.Incomplete(err, organizationKind, memberKind)
		return ctx.Err()
	}
	r.c.Read(&a.Meta, out.ResultMetadata)
	if out.Administrator == nil {
		return r.administered(ctx)
	}
	if a.Administrator = cell.Text(aws.ToString(out.Administrator.AccountId)); a.Administrator == nil {
		r.c.Half(out.ResultMetadata, getAdministratorAccount, "MissingMember", "AWS answered GetAdministratorAccount with an administrator but without its account", &a.Meta, ofRole, organizationKind, memberKind)
		return nil
	}
	a.Role = aws.String(roleMember)
	if a.Relationship = cell.Text(aws.ToString(out.Administrator.RelationshipStatus)); a.Relationship == nil {
		r.without(&a.Meta, out.ResultMetadata, getAdministratorAccount, "the relationship's status", "relationship")
	}
	if aws.ToString(a.Relationship) == monitored && !slices.Contains(r.c.Scope.Accounts, *a.Administrator) {
		r.c.Skipped(out.ResultMetadata, describeOrganizationConfiguration, "OutOfScope", "GuardDuty is administered in account "+*a.Administrator+", which the audit does not read", organizationKind, memberKind)
	}
	return nil
}

// administered reads what an account without an administrator administers itself: an organization, accounts that it invited, or nothing.
func (r *reader) administered(ctx context.Context) error {
	a := r.account
	delegated, why, err := r.organization(ctx)
	if err != nil {
		return err
	}
	members, broken, err := r.members(ctx)
	switch {
	case err != nil:
		return err
	case delegated || members > 0:
		a.Role = aws.String(roleAdministrator)
	case why != nil:
		a.Meta.UnknownBy(*why, "role")
	case broken != nil:
		a.Meta.UnknownBy(*broken, "role")
	default:
		a.Role = aws.String(roleStandalone)
	}
	return nil
}

// organization reads how members are set up. It reports whether the account is the delegated administrator, and why that is not known.
func (r *reader) organization(ctx context.Context) (delegated bool, unknown *evidence.Gap, err error) {
	o := &Organization{Meta: r.c.Meta(r.c.Account + "/" + r.c.Region + "/guardduty/organization")}
	var features []types.OrganizationFeatureConfigurationResult
	var last middleware.Metadata
	p := guardduty.NewDescribeOrganizationConfigurationPaginator(r.api, &guardduty.DescribeOrganizationConfigurationInput{DetectorId: r.detector})
	broken := false
	err = cell.Pages(ctx, p, func(err error) {
		switch {
		case delegated: // a later page
			broken = true
			r.c.Unknown(&o.Meta, err, "features", "protection")
		case notDelegated(err):
			r.c.Known(&r.account.Meta, err)
		default:
			g := r.c.Incomplete(err, organizationKind)
			unknown = &g
		}
	}, func(out *guardduty.DescribeOrganizationConfigurationOutput) error {
		last = out.ResultMetadata
		r.c.Read(&o.Meta, last)
		r.c.Read(&r.account.Meta, last)
		if !delegated {
			delegated = true
			o.AutoEnable, o.LimitReached = string(out.AutoEnableOrganizationMembers), aws.ToBool(out.MemberAccountLimitReached)
			if o.AutoEnable == "" {
				r.without(&o.Meta, last, describeOrganizationConfiguration, "AutoEnableOrganizationMembers", "auto_enable")
			}
		}
		features = append(features, out.Features...)
		return nil
	})
	if err != nil || !delegated {
		return false, unknown, err
	}
	list, protection, whole := organizationFeatures(features)
	switch {
	case broken:
	case whole:
		o.Features, o.Protection = list, protection
	default:
		r.without(&o.Meta, last, describeOrganizationConfiguration, "features, or a feature without its name or setting", "features", "protection")
	}
	return true, nil, r.c.Emit(o)
}

// members reads the accounts that the account administers, a page at a time with what their detectors have. It counts them, and says
// why they are not whole.
func (r *reader) members(ctx context.Context) (n int, broken *evidence.Gap, err error) {
	seen := r.c.Once(memberKind)
	p := guardduty.NewListMembersPaginator(r.api, &guardduty.ListMembersInput{DetectorId: r.detector, OnlyAssociated: aws.String("false"), MaxResults: aws.Int32(page)})
	err = cell.Pages(ctx, p, func(err error) {
		g := r.c.Incomplete(err, memberKind)
		broken = &g
	}, func(out *guardduty.ListMembersOutput) error {
		r.c.Read(&r.account.Meta, out.ResultMetadata)
		var here []*Member
		for _, x := range out.Members {
			id := aws.ToString(x.AccountId)
			if id == "" {
				g := r.c.Half(out.ResultMetadata, listMembers, "MissingMember", "AWS listed a member without its account", nil, nil, memberKind)
				broken = &g
				continue
			}
			if !seen.First(id, out.ResultMetadata) {
				continue
			}
			n++
			m := &Member{Meta: r.c.Meta(r.c.Account + "/" + r.c.Region + "/guardduty/member/" + id), Member: id, InScope: slices.Contains(r.c.Scope.Accounts, id),
				Relationship: aws.ToString(x.RelationshipStatus), Detector: cell.Text(aws.ToString(x.DetectorId)), Features: []Feature{}}
			r.c.Read(&m.Meta, out.ResultMetadata)
			m.Updated = r.moment(&m.Meta, out.ResultMetadata, listMembers, x.UpdatedAt, "updated")
			if m.Relationship == "" {
				r.without(&m.Meta, out.ResultMetadata, listMembers, "the relationship's status", "relationship", "features", "protection")
			}
			here = append(here, m)
		}
		r.memberDetectors(ctx, here)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for _, m := range here {
			if err := r.c.Emit(m); err != nil {
				return err
			}
		}
		return nil
	})
	return n, broken, err
}

// memberDetectors reads the features of a page of members. Only those that are monitored have any that can be asked for.
func (r *reader) memberDetectors(ctx context.Context, members []*Member) {
	byID := map[string]*Member{}
	var ids []string
	for _, m := range members {
		if m.Relationship == monitored {
			byID[m.Member] = m
			ids = append(ids, m.Member)
		}
	}
	if len(ids) == 0 {
		return
	}
	out, err := r.api.GetMemberDetectors(ctx, &guardduty.GetMemberDetectorsInput{DetectorId: r.detector, AccountIds: ids})
	fields := []string{"features", "protection"}
	if err != nil {
		g := r.c.Unknown(&byID[ids[0]].Meta, err, fields...)
		for _, id := range ids[1:] {
			byID[id].Meta.UnknownBy(g, fields...)
		}
		for _, id := range ids {
			byID[id].Features = nil
		}
		return
	}
	md := out.ResultMetadata
	told := map[string]bool{}
	for _, x := range out.MemberDataSourceConfigurations {
		m := byID[aws.ToString(x.AccountId)]
		if m == nil || told[m.Member] {
			continue
		}
		told[m.Member] = true
		r.c.Read(&m.Meta, md)
		features, protection, whole := memberFeatures(x.Features)
		if m.Features = nil; whole {
			m.Features, m.Protection = features, protection
		} else {
			r.without(&m.Meta, md, getMemberDetectors, "the features of "+m.Member+", or a feature without its name or status", fields...)
		}
	}
	for _, x := range out.UnprocessedAccounts {
		if m := byID[aws.ToString(x.AccountId)]; m != nil && !told[m.Member] {
			told[m.Member] = true
			m.Features = nil
			r.c.Half(md, getMemberDetectors, "Unprocessed", aws.ToString(x.Result), &m.Meta, fields)
		}
	}
	for _, id := range ids {
		if m := byID[id]; !told[id] {
			m.Features = nil
			r.without(&m.Meta, md, getMemberDetectors, "a word about "+id, fields...)
		}
	}
}
