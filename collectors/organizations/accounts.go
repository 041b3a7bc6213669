package organizations

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// placed are the fields that follow from where an account stands.
var placed = []string{"parent", "path", "service_control_policies", "resource_control_policies"}

const (
	// noReason is what the scope says of an account that audit.yaml excludes without a reason.
	noReason = "no reason given"
	// stateReason begins what the scope says of an account that nobody excludes, and that is not ACTIVE where the whole organization is read.
	stateReason = "its state in AWS Organizations is "
)

// A found account is one whose place is not known from the list alone.
type found struct {
	rec  *Account
	page middleware.Metadata
}

// accounts reads every account of the organization. Those of which AWS tells no path come last, when every parent was asked.
func (r *reader) accounts(ctx context.Context, o *Organization) error {
	var homeless []found
	var unread *evidence.Gap
	outside := map[string]bool{}
	for _, id := range r.c.Scope.Accounts {
		outside[id] = true
	}
	seen := r.c.Once(accountKind, organizationKind)
	p := organizations.NewListAccountsPaginator(r.api, &organizations.ListAccountsInput{MaxResults: aws.Int32(pageSize)})
	err := cell.Pages(ctx, p, func(err error) {
		g := r.c.Incomplete(err, accountKind)
		unread = &g
	}, func(page *organizations.ListAccountsOutput) error {
		r.c.Read(&o.Meta, page.ResultMetadata)
		for _, x := range page.Accounts {
			if aws.ToString(x.Id) == "" {
				unread = r.half(page.ResultMetadata, listAccounts, "MissingMember", "an account was listed without its id", nil, nil, accountKind)
				continue
			}
			if !seen.First(*x.Id, page.ResultMetadata) {
				continue
			}
			a := r.account(x, page.ResultMetadata)
			delete(outside, a.AccountID)
			o.count(a)
			if len(x.Paths) == 0 {
				homeless = append(homeless, found{a, page.ResultMetadata})
				continue
			}
			if err := r.byPath(a, x.Paths, page.ResultMetadata); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	o.ScopeNotListed = append(o.ScopeNotListed, sorted(outside)...)
	if unread != nil {
		o.UnknownBy(*unread, "accounts", "active_accounts", "accounts_in_scope", "scope_not_listed")
	}
	return r.byParent(ctx, homeless)
}

// count adds an account to the organization's numbers.
func (o *Organization) count(a *Account) {
	o.Accounts++
	if a.State == string(types.AccountStateActive) {
		o.ActiveAccounts++
	}
	if a.InScope {
		o.AccountsInScope++
	}
}

// account reads what the list says of an account, and whether the audit reads it.
func (r *reader) account(x types.Account, md middleware.Metadata) *Account {
	id := *x.Id
	a := &Account{Meta: r.meta(cmp.Or(aws.ToString(x.Arn), r.arn("account/"+*r.org.Id+"/"+id))), AccountID: id, Name: cell.Text(aws.ToString(x.Name)),
		Email: cell.Text(aws.ToString(x.Email)), State: cmp.Or(string(x.State), string(x.Status)), JoinedMethod: cell.Text(x.JoinedMethod), Joined: cell.UTC(x.JoinedTimestamp),
		Management: id == *r.org.MasterAccountId, InScope: r.in(id)}
	r.c.Read(&a.Meta, md)
	excluded := slices.IndexFunc(r.c.Scope.Excluded, func(e evidence.Exclusion) bool { return e.Account == id && !strings.HasPrefix(e.Reason, stateReason) })
	switch {
	case a.InScope:
	case excluded >= 0:
		a.NotRead = aws.String("excluded")
		if why := r.c.Scope.Excluded[excluded].Reason; why != noReason {
			a.ExclusionReason = cell.Text(why)
		}
	case a.State == string(types.AccountStateActive):
		a.NotRead = aws.String("not-named")
	default:
		a.NotRead = aws.String("not-active")
	}
	if a.State == "" {
		fields := []string{"state"}
		if !a.InScope && excluded < 0 {
			a.NotRead, fields = nil, append(fields, "not_read")
		}
		r.half(md, listAccounts, "MissingMember", "the account was listed without State or Status", &a.Meta, fields)
	}
	return a
}

// byPath places an account by the path that the list tells.
func (r *reader) byPath(a *Account, paths []string, md middleware.Metadata) error {
	path, err := r.pathOf(paths[0], a.AccountID)
	switch {
	case len(paths) > 1:
		r.half(md, listAccounts, "UnreadablePath", "AWS tells more than one path of the account", &a.Meta, placed)
	case err != nil:
		r.half(md, listAccounts, "UnreadablePath", err.Error(), &a.Meta, placed)
	default:
		r.place(a, path)
	}
	return r.c.Emit(a)
}

// byParent places accounts by the root or OU that lists them.
func (r *reader) byParent(ctx context.Context, homeless []found) error {
	if len(homeless) == 0 {
		return nil
	}
	failed, err := r.holders(ctx)
	if err != nil {
		return err
	}
	var lost []found
	for _, f := range homeless {
		h, there := r.tree.holders[f.rec.AccountID]
		switch {
		case !there:
			lost = append(lost, f)
		case h.twice:
			r.half(f.page, listAccountsForParent, "Contradiction", "more than one root or OU lists the account", &f.rec.Meta, placed)
		default:
			f.rec.ReadFrom(h.stamp.Evidence, h.stamp.Date)
			r.place(f.rec, h.path)
		}
	}
	r.lost(lost, failed)
	for _, f := range homeless {
		if err := r.c.Emit(f.rec); err != nil {
			return err
		}
	}
	return nil
}

// lost says why accounts have no place: a parent that could not be asked may hold any of them.
func (r *reader) lost(all []found, failed []error) {
	for _, err := range failed {
		if len(all) == 0 {
			r.c.Incomplete(err, accountKind)
			continue
		}
		g := r.c.Unknown(&all[0].rec.Meta, err, placed...)
		for _, f := range all[1:] {
			f.rec.UnknownBy(g, placed...)
		}
	}
	for _, f := range all {
		known := len(failed) == 0
		for _, g := range []*evidence.Gap{r.tree.rootsUnread, r.tree.unitsUnread} {
			if g != nil {
				known = false
				f.rec.UnknownBy(*g, placed...)
			}
		}
		if known {
			r.half(f.page, listAccounts, "MissingMember", "the account was listed without Paths, and no root or OU lists it", &f.rec.Meta, placed)
		}
	}
}

// place notes where an account stands and what lies over it.
func (r *reader) place(a *Account, path []string) {
	a.Path, a.Parent = path, &path[len(path)-1]
	r.guard(&a.Meta, append(slices.Clone(path), a.AccountID), a.Management, &a.SCP, &a.RCP)
}

func sorted(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for v := range set {
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}
