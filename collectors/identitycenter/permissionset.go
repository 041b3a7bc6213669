package identitycenter

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// A set is a permission set that was read, with what its assignments need.
type set struct {
	record *PermissionSet
	// accounts are where it is provisioned.
	accounts []string
	// described is the answer that gave the name; nameless the gap where none did.
	described *tape.Stamp
	nameless  *evidence.Gap
}

// permissionSets emits the permission sets of an instance, and after each its assignments.
func (r reader) permissionSets(ctx context.Context, instance string, d *directory) error {
	type listed struct {
		arn  string
		page *ssoadmin.ListPermissionSetsOutput
	}
	var stopped error
	seen := r.Once("identitycenter.assignment", "identitycenter.permission_set")
	all := func(yield func(listed) bool) {
		p := ssoadmin.NewListPermissionSetsPaginator(r.sso, &ssoadmin.ListPermissionSetsInput{InstanceArn: &instance, MaxResults: aws.Int32(100)})
		for p.HasMorePages() {
			page, err := p.NextPage(ctx)
			if err != nil {
				stopped = err
				return
			}
			for _, arn := range page.PermissionSets {
				if arn == "" {
					r.Half(page.ResultMetadata, operation("ListPermissionSets"), "MissingMember", "a permission set came without its ARN", nil, nil,
						"identitycenter.assignment", "identitycenter.permission_set")
					continue
				}
				if !seen.First(arn, page.ResultMetadata) {
					continue
				}
				if !yield(listed{arn, page}) {
					return
				}
			}
		}
	}
	work := func(ctx context.Context, l listed) *set {
		s := &set{record: &PermissionSet{Meta: r.Meta(l.arn), Instance: instance}}
		r.Read(&s.record.Meta, l.page.ResultMetadata)
		r.readSet(ctx, s)
		return s
	}
	done := func(s *set) error {
		if err := r.Emit(s.record); err != nil {
			return err
		}
		return r.assignments(ctx, s, d)
	}
	if err := cell.Ordered(ctx, all, work, done); err != nil {
		return err
	}
	if stopped != nil {
		r.Incomplete(stopped, "identitycenter.assignment", "identitycenter.permission_set")
	}
	return nil
}

// readSet reads everything about a permission set but its assignments. What fails leaves its fields unknown, and the rest is read.
func (r reader) readSet(ctx context.Context, s *set) {
	described := r.describeSet(ctx, s)
	r.managedPolicies(ctx, s.record)
	r.customerPolicies(ctx, s.record)
	r.inlinePolicy(ctx, s.record)
	r.boundary(ctx, s.record, described)
	r.provisioned(ctx, s)
	r.outdated(ctx, s.record)
	r.tags(ctx, s.record)
}

func (r reader) describeSet(ctx context.Context, s *set) bool {
	rec := s.record
	out, err := r.sso.DescribePermissionSet(ctx, &ssoadmin.DescribePermissionSetInput{InstanceArn: &rec.Instance, PermissionSetArn: &rec.ID})
	if err != nil {
		g := r.Unknown(&rec.Meta, err, "name", "description", "created", "session_duration", "session_minutes", "relay_state")
		s.nameless = &g
		return false
	}
	r.Read(&rec.Meta, out.ResultMetadata)
	stamp := tape.StampOf(out.ResultMetadata)
	s.described = &stamp
	x := out.PermissionSet
	rec.Name, rec.Description, rec.Created = aws.ToString(x.Name), text(x.Description), cell.UTC(x.CreatedDate)
	rec.SessionDuration, rec.RelayState = text(x.SessionDuration), text(x.RelayState)
	op := operation("DescribePermissionSet")
	if rec.Name == "" {
		g := r.Half(out.ResultMetadata, op, "MissingMember", "the permission set came without its Name", &rec.Meta, []string{"name"})
		s.nameless = &g
	}
	if rec.SessionDuration == nil {
		r.Half(out.ResultMetadata, op, "MissingMember", "the permission set came without its SessionDuration", &rec.Meta, []string{"session_duration", "session_minutes"})
	} else if rec.SessionMinutes, err = minutes(*rec.SessionDuration); err != nil {
		r.Half(out.ResultMetadata, op, "UnreadableValue", "SessionDuration "+err.Error(), &rec.Meta, []string{"session_minutes"})
	}
	return true
}

func (r reader) managedPolicies(ctx context.Context, rec *PermissionSet) {
	found, administrator := []string{}, false
	p := ssoadmin.NewListManagedPoliciesInPermissionSetPaginator(r.sso, &ssoadmin.ListManagedPoliciesInPermissionSetInput{InstanceArn: &rec.Instance, PermissionSetArn: &rec.ID, MaxResults: aws.Int32(100)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.Unknown(&rec.Meta, err, "managed_policies", "administrator")
			return
		}
		r.Read(&rec.Meta, page.ResultMetadata)
		for _, x := range page.AttachedManagedPolicies {
			arn := aws.ToString(x.Arn)
			if arn == "" {
				r.Half(page.ResultMetadata, operation("ListManagedPoliciesInPermissionSet"), "MissingMember", "a managed policy came without its Arn", &rec.Meta, []string{"managed_policies", "administrator"})
				return
			}
			found = append(found, arn)
			administrator = administrator || arn == r.administrator()
		}
	}
	rec.ManagedPolicies, rec.Administrator = found, administrator
}

func (r reader) customerPolicies(ctx context.Context, rec *PermissionSet) {
	found := []string{}
	p := ssoadmin.NewListCustomerManagedPolicyReferencesInPermissionSetPaginator(r.sso, &ssoadmin.ListCustomerManagedPolicyReferencesInPermissionSetInput{InstanceArn: &rec.Instance, PermissionSetArn: &rec.ID, MaxResults: aws.Int32(100)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.Unknown(&rec.Meta, err, "customer_managed_policies")
			return
		}
		r.Read(&rec.Meta, page.ResultMetadata)
		for _, x := range page.CustomerManagedPolicyReferences {
			found = append(found, policyName(x))
		}
	}
	rec.CustomerManagedPolicies = found
}

// administrator is the ARN of AWS's policy AdministratorAccess in this partition.
func (r reader) administrator() string {
	return "arn:" + r.Partition + ":iam::aws:policy/AdministratorAccess"
}

// policyName is path and name; the path is / where AWS leaves it out.
func policyName(x types.CustomerManagedPolicyReference) string {
	if p := aws.ToString(x.Path); p != "" {
		return p + aws.ToString(x.Name)
	}
	return "/" + aws.ToString(x.Name)
}

func (r reader) inlinePolicy(ctx context.Context, rec *PermissionSet) {
	out, err := r.sso.GetInlinePolicyForPermissionSet(ctx, &ssoadmin.GetInlinePolicyForPermissionSetInput{InstanceArn: &rec.Instance, PermissionSetArn: &rec.ID})
	if err != nil {
		r.Unknown(&rec.Meta, err, "has_inline", "inline_policy", "inline_policy_sha256", "inline_allows_all")
		return
	}
	r.Read(&rec.Meta, out.ResultMetadata)
	rec.InlinePolicy = aws.ToString(out.InlinePolicy)
	if rec.InlinePolicy == "" {
		return
	}
	rec.HasInline = true
	rec.InlinePolicySHA256 = evidence.Sum([]byte(rec.InlinePolicy)).String()
	if rec.InlineAllowsAll, err = allowsAll(rec.InlinePolicy); err != nil {
		r.Half(out.ResultMetadata, operation("GetInlinePolicyForPermissionSet"), "UnreadableValue", err.Error(), &rec.Meta, []string{"inline_allows_all"})
	}
}

// boundary reads the permissions boundary. That there is none is told by an error, which would read the same if the permission
// set itself had gone meanwhile: it counts only where the set was described just before.
func (r reader) boundary(ctx context.Context, rec *PermissionSet, described bool) {
	out, err := r.sso.GetPermissionsBoundaryForPermissionSet(ctx, &ssoadmin.GetPermissionsBoundaryForPermissionSetInput{InstanceArn: &rec.Instance, PermissionSetArn: &rec.ID})
	if described && absent(err) {
		r.Known(&rec.Meta, err)
		return
	}
	if err != nil {
		r.Unknown(&rec.Meta, err, "boundary")
		return
	}
	r.Read(&rec.Meta, out.ResultMetadata)
	b := &Boundary{ManagedPolicy: text(out.PermissionsBoundary.ManagedPolicyArn)}
	if x := out.PermissionsBoundary.CustomerManagedPolicyReference; x != nil && aws.ToString(x.Name) != "" {
		b.CustomerManagedPolicy = aws.String(policyName(*x))
	}
	if b.ManagedPolicy == nil && b.CustomerManagedPolicy == nil {
		r.Half(out.ResultMetadata, operation("GetPermissionsBoundaryForPermissionSet"), "MissingMember", "the permissions boundary names no policy", &rec.Meta, []string{"boundary"})
		return
	}
	b.Administrator = aws.ToString(b.ManagedPolicy) == r.administrator()
	rec.Boundary = b
}

// provisioned reads the accounts that the set is provisioned in: the only ones where it can be assigned.
func (r reader) provisioned(ctx context.Context, s *set) {
	accounts, err := r.accounts(ctx, s.record, "")
	if err != nil {
		r.Unknown(&s.record.Meta, err, "accounts_provisioned")
		r.Incomplete(err, "identitycenter.assignment")
	} else {
		s.record.AccountsProvisioned = len(accounts)
	}
	s.accounts = accounts
}

func (r reader) outdated(ctx context.Context, rec *PermissionSet) {
	accounts, err := r.accounts(ctx, rec, types.ProvisioningStatusLatestPermissionSetNotProvisioned)
	if err != nil {
		r.Unknown(&rec.Meta, err, "accounts_outdated", "outdated_accounts")
		return
	}
	rec.AccountsOutdated, rec.OutdatedAccounts = len(accounts), accounts
}

// accounts gives the accounts that could be read, and the error that ended the list.
func (r reader) accounts(ctx context.Context, rec *PermissionSet, status types.ProvisioningStatus) ([]string, error) {
	out, seen := []string{}, r.Once("identitycenter.assignment", "identitycenter.permission_set")
	p := ssoadmin.NewListAccountsForProvisionedPermissionSetPaginator(r.sso, &ssoadmin.ListAccountsForProvisionedPermissionSetInput{
		InstanceArn: &rec.Instance, PermissionSetArn: &rec.ID, ProvisioningStatus: status, MaxResults: aws.Int32(100)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			return out, err
		}
		r.Read(&rec.Meta, page.ResultMetadata)
		for _, a := range page.AccountIds {
			if seen.First(a, page.ResultMetadata) {
				out = append(out, a)
			}
		}
	}
	return out, nil
}

func (r reader) tags(ctx context.Context, rec *PermissionSet) {
	found := map[string]string{}
	p := ssoadmin.NewListTagsForResourcePaginator(r.sso, &ssoadmin.ListTagsForResourceInput{InstanceArn: &rec.Instance, ResourceArn: &rec.ID})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.Unknown(&rec.Meta, err, "tags")
			return
		}
		r.Read(&rec.Meta, page.ResultMetadata)
		for _, x := range page.Tags {
			found[aws.ToString(x.Key)] = aws.ToString(x.Value)
		}
	}
	rec.Tags = found
}

// assignments emits who holds the set, in each account where it is provisioned.
func (r reader) assignments(ctx context.Context, s *set, d *directory) error {
	work := func(ctx context.Context, account string) (found []*Assignment) {
		seen := r.Once("identitycenter.assignment", "identitycenter.permission_set")
		p := ssoadmin.NewListAccountAssignmentsPaginator(r.sso, &ssoadmin.ListAccountAssignmentsInput{
			InstanceArn: &s.record.Instance, PermissionSetArn: &s.record.ID, AccountId: &account, MaxResults: aws.Int32(100)})
		for p.HasMorePages() {
			page, err := p.NextPage(ctx)
			if err != nil {
				r.Incomplete(err, "identitycenter.assignment")
				return found
			}
			for _, x := range page.AccountAssignments {
				if x.PrincipalType == "" || aws.ToString(x.PrincipalId) == "" {
					r.Half(page.ResultMetadata, operation("ListAccountAssignments"), "MissingMember",
						fmt.Sprintf("an assignment of %s in account %s came without its principal", s.record.ID, account), nil, nil, "identitycenter.assignment")
					continue
				}
				if seen.First(string(x.PrincipalType)+"/"+*x.PrincipalId, page.ResultMetadata) {
					found = append(found, r.assignment(s, account, x, page, d))
				}
			}
		}
		return found
	}
	return cell.Ordered(ctx, slices.Values(s.accounts), work, func(found []*Assignment) error {
		for _, rec := range found {
			if err := r.Emit(rec); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r reader) assignment(s *set, account string, x types.AccountAssignment, page *ssoadmin.ListAccountAssignmentsOutput, d *directory) *Assignment {
	id := aws.ToString(x.PrincipalId)
	rec := &Assignment{Meta: r.Meta(s.record.ID + "/" + account + "/" + string(x.PrincipalType) + "/" + id), Instance: s.record.Instance, TargetAccount: account,
		PermissionSet: s.record.ID, PrincipalType: string(x.PrincipalType), PrincipalID: id}
	r.Read(&rec.Meta, page.ResultMetadata)
	if s.nameless != nil {
		rec.Meta.UnknownBy(*s.nameless, "permission_set_name")
	} else {
		rec.PermissionSetName = &s.record.Name
		if s.described != nil {
			rec.ReadFrom(s.described.Evidence, s.described.Date)
		}
	}
	switch x.PrincipalType {
	case types.PrincipalTypeUser:
		rec.PrincipalName, rec.PrincipalStatus, rec.PrincipalExists = d.user(&rec.Meta, id, "principal_exists", "principal_name", "principal_status")
	case types.PrincipalTypeGroup:
		rec.PrincipalName, rec.PrincipalExists = d.group(&rec.Meta, id, "principal_exists", "principal_name")
	default:
		r.Half(page.ResultMetadata, operation("ListAccountAssignments"), "UnknownValue", fmt.Sprintf("the principal type %q is not one that AWS documents, so it is not known where to look for it", x.PrincipalType),
			&rec.Meta, []string{"principal_exists", "principal_name", "principal_status"})
	}
	return rec
}
