package inspector

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/inspector2"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/tape"
)

// administrator reads who administers Inspector for the organization, and what only that account is told where it is this one. AWS
// refuses that to everybody else, which would be a gap in every member account, so nobody else is asked.
func (r *reader) administrator(ctx context.Context) error {
	fields := []string{"role", "delegated_admin", "delegated_admin_status"}
	out, err := r.api.GetDelegatedAdminAccount(ctx, &inspector2.GetDelegatedAdminAccountInput{})
	switch {
	case tape.Code(err) == "ResourceNotFoundException":
		r.c.Known(&r.rec.Meta, err)
		r.rec.Role = new("standalone")
		return nil
	case err != nil:
		r.rec.UnknownBy(r.c.Incomplete(err, memberKind, organizationKind), fields...)
		return nil
	}
	r.c.Read(&r.rec.Meta, out.ResultMetadata)
	id := aws.ToString(out.DelegatedAdmin.AccountId)
	if id == "" {
		r.c.Half(out.ResultMetadata, getDelegatedAdmin, "MissingMember", "AWS answered with a delegated administrator without its id", &r.rec.Meta, fields, memberKind, organizationKind)
		return nil
	}
	r.rec.DelegatedAdmin, r.rec.AdminRelation, r.rec.Role = &id, cell.Text(out.DelegatedAdmin.RelationshipStatus), new("member")
	if id != r.c.Account {
		if !slices.Contains(r.c.Scope.Accounts, id) {
			r.c.Skipped(out.ResultMetadata, describeOrganization, "OutOfScope", "Inspector is administered in account "+id+", which the audit does not read", memberKind, organizationKind)
		}
		return nil
	}
	r.rec.Role = new("administrator")
	if err := r.organization(ctx); err != nil {
		return err
	}
	return r.members(ctx)
}

// organization reads how new accounts are enrolled.
func (r *reader) organization(ctx context.Context) error {
	out, err := r.api.DescribeOrganizationConfiguration(ctx, &inspector2.DescribeOrganizationConfigurationInput{})
	if err != nil {
		r.c.Incomplete(err, organizationKind)
		return nil
	}
	a := out.AutoEnable
	o := &Organization{Meta: r.c.Meta(r.c.Account + "/" + r.c.Region + "/inspector/organization"), EC2: aws.ToBool(a.Ec2), ECR: aws.ToBool(a.Ecr), Lambda: a.Lambda, LambdaCode: a.LambdaCode,
		CodeRepository: a.CodeRepository, LimitReached: out.MaxAccountLimitReached}
	r.c.Read(&o.Meta, out.ResultMetadata)
	if a.Ec2 == nil {
		r.lacks(out.ResultMetadata, describeOrganization, "ec2", &o.Meta, "auto_enable_ec2")
	}
	if a.Ecr == nil {
		r.lacks(out.ResultMetadata, describeOrganization, "ecr", &o.Meta, "auto_enable_ecr")
	}
	return r.c.Emit(o)
}

// members emits the accounts of the organization, those that are not associated included.
func (r *reader) members(ctx context.Context) error {
	seen := r.c.Once(memberKind)
	p := inspector2.NewListMembersPaginator(r.api, &inspector2.ListMembersInput{OnlyAssociated: aws.Bool(false), MaxResults: aws.Int32(memberPage)})
	return cell.Pages(ctx, p, func(err error) { r.c.Incomplete(err, memberKind) }, func(out *inspector2.ListMembersOutput) error {
		for _, m := range out.Members {
			id := aws.ToString(m.AccountId)
			if id == "" {
				r.unnamed(out.ResultMetadata, listMembers, "a member", memberKind)
				continue
			}
			if !seen.First(id, out.ResultMetadata) {
				continue
			}
			rec := &Member{Meta: r.c.Meta(r.c.Account + "/" + r.c.Region + "/inspector/member/" + id), Member: id, Relationship: string(m.RelationshipStatus),
				Administrator: cell.Text(aws.ToString(m.DelegatedAdminAccountId)), Updated: cell.UTC(m.UpdatedAt)}
			r.c.Read(&rec.Meta, out.ResultMetadata)
			r.required(out.ResultMetadata, listMembers, &rec.Meta, field{"relationship", rec.Relationship})
			if err := r.c.Emit(rec); err != nil {
				return err
			}
		}
		return nil
	})
}
