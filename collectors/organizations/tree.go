package organizations

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// A tree is the roots and OUs that were read.
type tree struct {
	roots map[string]*root
	// page is the last that lists roots.
	page middleware.Metadata
	// nodes are the roots and OUs in the order in which they were found, and the way down to each; the tree holds nothing else.
	nodes []node
	// rootsUnread and unitsUnread are why there may be more of them, nil where they are all known.
	rootsUnread, unitsUnread *evidence.Gap
	// holders tells of each account which node lists it, where that had to be asked.
	holders map[string]holder
}

type node struct {
	id   string
	path []string
}

type root struct {
	rec     *Root
	enabled map[types.PolicyType]bool
	// unread is why it is not known which types are enabled.
	unread *evidence.Gap
	// stamp is of the page that lists it.
	stamp tape.Stamp
}

// A holder is the parent that lists an account.
type holder struct {
	path  []string
	stamp tape.Stamp
	// twice says that another parent lists the account too.
	twice bool
}

// roots reads the roots and the policy types that are enabled in them. It reports whether a member that tries was refused.
func (r *reader) roots(ctx context.Context, tries bool) (refused bool, err error) {
	r.tree = tree{roots: map[string]*root{}, holders: map[string]holder{}}
	var failed error
	seen := r.c.Once(rootKind, ouKind, policyKind)
	p := organizations.NewListRootsPaginator(r.api, &organizations.ListRootsInput{MaxResults: aws.Int32(pageSize)})
	err = cell.Pages(ctx, p, func(err error) { failed = err }, func(page *organizations.ListRootsOutput) error {
		last := page.ResultMetadata
		r.tree.page = last
		for _, x := range page.Roots {
			if aws.ToString(x.Id) == "" {
				r.tree.rootsUnread = r.half(last, listRoots, "MissingMember", "a root was listed without its id", nil, nil, rootKind, ouKind, policyKind)
				continue
			}
			if seen.First(*x.Id, last) {
				r.root(x, last)
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return false, err
	case failed != nil && tries:
		r.c.Incomplete(failed, listed...)
		return true, nil
	case failed != nil:
		g := r.c.Incomplete(failed, rootKind, ouKind, policyKind)
		r.tree.rootsUnread = &g
	case len(r.tree.roots) == 0 && r.tree.rootsUnread == nil:
		r.tree.rootsUnread = r.half(r.tree.page, listRoots, "MissingMember", "AWS listed no root, and every organization has one", nil, nil, rootKind, ouKind, policyKind)
	}
	for _, n := range r.tree.nodes {
		if err := r.c.Emit(r.tree.roots[n.id].rec); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (r *reader) root(x types.Root, md middleware.Metadata) {
	rec := &Root{Meta: r.meta(cmp.Or(aws.ToString(x.Arn), r.arn("root/"+*r.org.Id+"/"+*x.Id))), RootID: *x.Id, Name: cell.Text(aws.ToString(x.Name)),
		EnabledPolicyTypes: []string{}, OtherPolicyTypes: []string{}}
	r.c.Read(&rec.Meta, md)
	t := &root{rec: rec, enabled: map[types.PolicyType]bool{}, stamp: tape.StampOf(md)}
	odd := x.PolicyTypes == nil
	for _, p := range x.PolicyTypes {
		switch {
		case p.Type == "" || p.Status == "":
			odd = true
		case p.Status == types.PolicyTypeStatusEnabled:
			t.enabled[p.Type] = true
			rec.EnabledPolicyTypes = append(rec.EnabledPolicyTypes, string(p.Type))
		default:
			rec.OtherPolicyTypes = append(rec.OtherPolicyTypes, string(p.Type)+" "+string(p.Status))
		}
	}
	slices.Sort(rec.EnabledPolicyTypes)
	slices.Sort(rec.OtherPolicyTypes)
	if odd {
		t.unread = r.half(md, listRoots, "MissingMember", "the root was listed without its policy types, or one of them without type or status", &rec.Meta,
			[]string{"enabled_policy_types", "other_policy_types"}, policyKind)
	}
	r.tree.roots[*x.Id] = t
	r.tree.nodes = append(r.tree.nodes, node{*x.Id, []string{*x.Id}})
}

// units walks down from the roots and emits every OU. An OU that was seen is not entered again, so that no loop can hold it up.
func (r *reader) units(ctx context.Context) error {
	seen := map[string]bool{}
	for i := 0; i < len(r.tree.nodes); i++ { // it grows
		parent := r.tree.nodes[i]
		p := organizations.NewListOrganizationalUnitsForParentPaginator(r.api, &organizations.ListOrganizationalUnitsForParentInput{ParentId: &parent.id, MaxResults: aws.Int32(pageSize)})
		err := cell.Pages(ctx, p, func(err error) {
			g := r.c.Incomplete(err, ouKind)
			r.tree.unitsUnread = &g
		}, func(page *organizations.ListOrganizationalUnitsForParentOutput) error {
			for _, x := range page.OrganizationalUnits {
				id := aws.ToString(x.Id)
				switch {
				case id == "":
					r.tree.unitsUnread = r.half(page.ResultMetadata, listUnits, "MissingMember", "an OU was listed without its id", nil, nil, ouKind)
					continue
				case seen[id]:
					r.tree.unitsUnread = r.half(page.ResultMetadata, listUnits, "SaidTwice", "AWS listed "+id+" more than once: it counts once, and the list may lack what moved while it was read", nil, nil, ouKind)
					continue
				}
				seen[id] = true
				if err := r.unit(x, parent, page.ResultMetadata); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) unit(x types.OrganizationalUnit, parent node, md middleware.Metadata) error {
	u := &OrganizationalUnit{Meta: r.meta(cmp.Or(aws.ToString(x.Arn), r.arn("ou/"+*r.org.Id+"/"+*x.Id))), OUID: *x.Id, Name: cell.Text(aws.ToString(x.Name)),
		Parent: parent.id, Path: append(slices.Clone(parent.path), *x.Id)}
	r.c.Read(&u.Meta, md)
	r.guard(&u.Meta, u.Path, false, &u.SCP, &u.RCP)
	r.tree.nodes = append(r.tree.nodes, node{u.OUID, u.Path})
	return r.c.Emit(u)
}

// holders asks every root and OU which accounts it holds. It gives the errors of those that could not be asked to the end.
func (r *reader) holders(ctx context.Context) (failed []error, err error) {
	for _, parent := range r.tree.nodes {
		p := organizations.NewListAccountsForParentPaginator(r.api, &organizations.ListAccountsForParentInput{ParentId: &parent.id, MaxResults: aws.Int32(pageSize)})
		err := cell.Pages(ctx, p, func(err error) { failed = append(failed, err) }, func(page *organizations.ListAccountsForParentOutput) error {
			for _, x := range page.Accounts {
				id := aws.ToString(x.Id)
				have, there := r.tree.holders[id]
				if !there {
					r.tree.holders[id] = holder{path: parent.path, stamp: tape.StampOf(page.ResultMetadata)}
				} else if !slices.Equal(have.path, parent.path) {
					have.twice = true
					r.tree.holders[id] = have
				}
			}
			return nil
		})
		if err != nil {
			return failed, err
		}
	}
	return failed, nil
}

// pathOf reads an account's path as AWS writes it, o-…/r-…/ou-…/…/123456789012/, and gives the ids from the root down to the parent.
func (r *reader) pathOf(text, account string) ([]string, error) {
	parts := strings.Split(strings.TrimSuffix(text, "/"), "/")
	if last := len(parts) - 1; parts[last] == account {
		parts = parts[:last]
	}
	if len(parts) < 2 || parts[0] != *r.org.Id || !strings.HasPrefix(parts[1], "r-") {
		return nil, fmt.Errorf("the path %q does not lead from the organization and its root to the account", text)
	}
	for _, p := range parts[2:] {
		if !strings.HasPrefix(p, "ou-") {
			return nil, fmt.Errorf("the path %q leads through %q, which is no OU", text, p)
		}
	}
	return parts[1:], nil
}
