// Package fms reads AWS Firewall Manager: which account administers it, its policies, and how accounts comply with them.
//
// Only an administrator can be asked. Every other account answers with a refusal in Firewall Manager's own words, which is an answer and
// not a gap: a record says so, and what AWS said. A refusal in IAM's words is a gap. An administrator that the audit does not read
// leaves a gap where AWS names it, because its policies are then seen by nobody.
//
// Policies are of a region; those for CloudFront and other global resources stand in the region of the partition's global services.
package fms

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/fms"
	"github.com/aws/aws-sdk-go-v2/service/fms/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// Collector reads Firewall Manager in one account and region.
type Collector struct{}

func (Collector) Name() string { return "fms" }
func (Collector) Doc() string {
	return "Firewall Manager: which account administers it, its policies, and how accounts comply with them."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryRegion }

const (
	accountKind    = "fms.account"
	policyKind     = "fms.policy"
	complianceKind = "fms.policy_compliance"
)

func operation(name, member string) evidence.Operation {
	return evidence.Operation{Service: "fms", API: fms.ServiceID, Name: name, Action: "fms:" + name, Member: member}
}

func ofPolicy(op evidence.Operation) evidence.Operation {
	op.Each = policyKind
	return op
}

func lists(op evidence.Operation, kind string) evidence.Operation {
	op.Lists, op.Page = kind, 100
	return op
}

// AWS publishes no rates.
var (
	getAdminAccount      = operation("GetAdminAccount", "AdminAccount")
	getPolicy            = ofPolicy(operation("GetPolicy", "Policy"))
	listComplianceStatus = lists(ofPolicy(operation("ListComplianceStatus", "PolicyComplianceStatusList")), complianceKind)
	listMemberAccounts   = operation("ListMemberAccounts", "MemberAccounts")
	listPolicies         = lists(operation("ListPolicies", "PolicyList"), policyKind)
)

func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{getAdminAccount, getPolicy, listComplianceStatus, listMemberAccounts, listPolicies}
}

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Account]("Firewall Manager in one account and region: one record whether or not the account administers it."),
		evidence.KindOf[Policy]("The policies of every account that administers Firewall Manager."),
		evidence.KindOf[Compliance]("How every account complies with every policy, as its administrator is told; accounts that are not in scope are among them."),
	}
}

// reader is one cell at work.
type reader struct {
	c   *cell.Cell
	api *fms.Client
	rec *Account
	// unasked is why nothing is known of the default administrator; nil where AWS answered.
	unasked *evidence.Gap
	// first is the first error about the account that was no answer.
	first error
}

// Collect asks who administers, then for the policies, which only an administrator gets.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	r := &reader{c: c, api: fms.NewFromConfig(c.Config)}
	r.rec = &Account{Meta: c.Meta("arn:" + c.Partition + ":fms:" + c.Region + ":" + c.Account + ":account"), Missing: []string{}}
	r.administrator(ctx)
	if err := r.policies(ctx); err != nil {
		return err
	}
	if len(r.rec.Evidence) == 0 {
		c.Incomplete(r.first, accountKind) // nothing was answered at all
		return nil
	}
	return c.Emit(r.rec)
}

// administrator asks for the default administrator. What it may not be told, an account is told in words of Firewall Manager.
func (r *reader) administrator(ctx context.Context) {
	out, err := r.api.GetAdminAccount(ctx, &fms.GetAdminAccountInput{})
	switch {
	case err == nil:
		r.c.Read(&r.rec.Meta, out.ResultMetadata)
		r.rec.Administrator, r.rec.RoleStatus = out.AdminAccount, cell.Text(out.RoleStatus)
		if out.RoleStatus == "" {
			g := r.c.Half(out.ResultMetadata, getAdminAccount, "MissingMember", "AWS answered GetAdminAccount without RoleStatus", &r.rec.Meta, []string{"role_status"})
			r.unasked = &g
		}
		if id := *out.AdminAccount; id != r.c.Account && len(r.c.Scope.Accounts) > 0 && !slices.Contains(r.c.Scope.Accounts, id) {
			r.c.Skipped(out.ResultMetadata, listPolicies, "AdministratorNotInScope", "Firewall Manager is administered by account "+id+", which the audit does not read", policyKind, complianceKind)
		}
	case tape.Code(err) == "ResourceNotFoundException" || notAdministrator(err):
		r.c.Known(&r.rec.Meta, err)
	default:
		r.first = err
		g := r.c.Unknown(&r.rec.Meta, err, "default_administrator", "role_status")
		r.unasked = &g
	}
}

// notAdministrator tells Firewall Manager's own refusals from those of IAM, which have the same code.
func notAdministrator(err error) bool {
	var e *tape.Error
	if !errors.As(err, &e) || !slices.Contains([]string{"AccessDeniedException", "InvalidOperationException", "ResourceNotFoundException"}, e.Code) {
		return false
	}
	for _, words := range []string{"No default admin could be found", "is not currently delegated by AWS FM", "only available to AWS Firewall Manager Administrators",
		"only available to Administration account in AWS Firewall Manager"} {
		if strings.Contains(e.Message, words) {
			return true
		}
	}
	return false
}

// listed is one entry of ListPolicies and the page it stood on.
type listed struct {
	types.PolicySummary
	page middleware.Metadata
}

// policies reads every policy, and from whether AWS lists them whether this account administers.
func (r *reader) policies(ctx context.Context) error {
	var all []listed
	seen := r.c.Once(policyKind, complianceKind)
	p := fms.NewListPoliciesPaginator(r.api, &fms.ListPoliciesInput{MaxResults: aws.Int32(100)})
	admitted, whole := false, true
	err := cell.Pages(ctx, p, func(err error) {
		whole = false
		if !admitted && notAdministrator(err) {
			r.refused(err)
			return
		}
		r.first = err
		g := r.c.Incomplete(err, policyKind, complianceKind)
		r.rec.UnknownBy(g, "policies")
		if !admitted {
			r.rec.UnknownBy(g, "status", "missing", "answer", "members")
		}
	}, func(page *fms.ListPoliciesOutput) error {
		admitted = true
		r.c.Read(&r.rec.Meta, page.ResultMetadata)
		nameless := false
		for _, x := range page.PolicyList {
			if aws.ToString(x.PolicyId) == "" {
				nameless = true
			} else if seen.First(*x.PolicyId, page.ResultMetadata) {
				all = append(all, listed{x, page.ResultMetadata})
			}
		}
		if nameless {
			g := r.c.Half(page.ResultMetadata, listPolicies, "MissingMember", "a policy was listed without its id", nil, nil, policyKind, complianceKind)
			r.rec.UnknownBy(g, "policies")
		}
		return nil
	})
	if err != nil || !admitted {
		return err
	}
	if whole {
		n := len(all)
		r.rec.Policies = &n
	}
	r.admitted()
	r.members(ctx)
	return cell.Ordered(ctx, slices.Values(all), r.policy, r.emit)
}

// refused notes that the account is no administrator, unless AWS has just said that it is.
func (r *reader) refused(err error) {
	if r.rec.Administrator != nil && *r.rec.Administrator == r.c.Account {
		g := r.c.Incomplete(err, policyKind, complianceKind)
		r.rec.UnknownBy(g, "status", "missing", "answer", "members", "policies")
		return
	}
	r.c.Known(&r.rec.Meta, err)
	var e *tape.Error
	errors.As(err, &e)
	answer := e.Code + ": " + e.Message
	r.rec.Status, r.rec.Answer = "not-enabled", &answer
}

// admitted notes that AWS lets the account administer. The role matters where it is this account's own.
func (r *reader) admitted() {
	if r.unasked != nil {
		r.rec.UnknownBy(*r.unasked, "status", "missing")
		return
	}
	r.rec.Status = "enabled"
	if r.rec.Administrator != nil && *r.rec.Administrator == r.c.Account && *r.rec.RoleStatus != string(types.AccountRoleStatusReady) {
		r.rec.Status, r.rec.Missing = "partly-enabled", []string{"role_status"}
	}
}

// members counts the organization's member accounts.
func (r *reader) members(ctx context.Context) {
	seen := map[string]bool{}
	whole := true
	p := fms.NewListMemberAccountsPaginator(r.api, &fms.ListMemberAccountsInput{MaxResults: aws.Int32(100)})
	cell.Pages(ctx, p, func(err error) {
		whole = false
		r.c.Unknown(&r.rec.Meta, err, "members")
	}, func(page *fms.ListMemberAccountsOutput) error {
		r.c.Read(&r.rec.Meta, page.ResultMetadata)
		for _, id := range page.MemberAccounts {
			seen[id] = true
		}
		return nil
	})
	if n := len(seen); whole {
		r.rec.Members = &n
	}
}
