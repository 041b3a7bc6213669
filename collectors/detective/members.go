package detective

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/detective"
	"github.com/aws/aws-sdk-go-v2/service/detective/types"

	"github.com/auditseal/auditseal/collectors/cell"
)

// members reads the accounts that a graph takes in.
func (r *reader) members(ctx context.Context, g *Graph) error {
	seen := r.c.Once(memberKind)
	p := detective.NewListMembersPaginator(r.api, &detective.ListMembersInput{GraphArn: &g.ID, MaxResults: aws.Int32(pageSize)})
	return cell.Pages(ctx, p, func(err error) { r.c.Incomplete(err, memberKind) }, func(out *detective.ListMembersOutput) error {
		for _, x := range out.MemberDetails {
			id := aws.ToString(x.AccountId)
			if id == "" {
				r.c.Half(out.ResultMetadata, listMembers, "MissingMember", "AWS listed a member without its account", nil, nil, memberKind)
				continue
			}
			if !seen.First(id, out.ResultMetadata) {
				continue
			}
			m := &Member{Meta: r.c.Meta(g.ID + "/member/" + id), Graph: g.ID, Member: id, InScope: slices.Contains(r.c.Scope.Accounts, id), Status: string(x.Status),
				DisabledReason: cell.Text(x.DisabledReason), Type: cell.Text(x.InvitationType), Sources: states(x.DatasourcePackageIngestStates), Updated: cell.UTC(x.UpdatedTime)}
			r.c.Read(&m.Meta, out.ResultMetadata)
			if m.Status == "" {
				r.c.Half(out.ResultMetadata, listMembers, "MissingMember", "AWS listed a member without its status", &m.Meta, []string{"status"})
			}
			if err := r.c.Emit(m); err != nil {
				return err
			}
		}
		return nil
	})
}

func states(in map[string]types.DatasourcePackageIngestState) map[string]string {
	out := map[string]string{}
	for name, state := range in {
		out[name] = string(state)
	}
	return out
}

// memberships reads the graphs of others that the account was invited to or taken into.
func (r *reader) memberships(ctx context.Context) error {
	a := r.account
	seen := r.c.Once(membershipKind)
	var off []string
	p := detective.NewListInvitationsPaginator(r.api, &detective.ListInvitationsInput{MaxResults: aws.Int32(pageSize)})
	err := cell.Pages(ctx, p, func(err error) {
		r.doubt(r.c.Incomplete(err, membershipKind), "contributes", "graphs")
	}, func(out *detective.ListInvitationsOutput) error {
		md := out.ResultMetadata
		r.c.Read(&a.Meta, md)
		for _, x := range out.Invitations {
			arn := aws.ToString(x.GraphArn)
			if arn == "" {
				r.doubt(r.c.Half(md, listInvitations, "MissingMember", "AWS listed a membership without the ARN of its graph", nil, nil, membershipKind), "contributes", "graphs")
				continue
			}
			if !seen.First(arn, md) {
				continue
			}
			m := &Membership{Meta: r.c.Meta(r.c.Account + "/" + arn), Graph: arn, Administrator: cell.Text(aws.ToString(x.AdministratorId)), Status: string(x.Status),
				DisabledReason: cell.Text(x.DisabledReason), Type: cell.Text(x.InvitationType), Sources: states(x.DatasourcePackageIngestStates), Updated: cell.UTC(x.UpdatedTime)}
			r.c.Read(&m.Meta, md)
			switch x.Status {
			case types.MemberStatusEnabled:
				// By AWS's word it contributes, unless AWS says of the core that it does not.
				if state := m.Sources[core]; state == "" || state == started {
					a.Contributes = true
				}
				a.Graphs = append(a.Graphs, arn)
				r.lacks(m.Sources)
				if who := aws.ToString(x.AdministratorId); who != "" && !slices.Contains(r.c.Scope.Accounts, who) {
					r.c.Skipped(md, listMembers, "OutOfScope", "a graph that takes this account in is administered in account "+who+", which the audit does not read", graphKind, memberKind)
				}
			case types.MemberStatusInvited, types.MemberStatusVerificationInProgress, types.MemberStatusVerificationFailed:
				// Nobody took it up, so nothing is on.
			case "":
				r.doubt(r.c.Half(md, listInvitations, "MissingMember", "AWS listed a membership without its status", &m.Meta, []string{"status"}), "contributes", "graphs")
			default:
				a.Graphs = append(a.Graphs, arn)
				off = append(off, "membership:"+m.Status)
			}
			if err := r.c.Emit(m); err != nil {
				return err
			}
		}
		return nil
	})
	if !a.Contributes {
		r.missing = append(r.missing, off...)
	}
	return err
}
