package identitycenter

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// A directory is what later records need of the users and groups: names and status by id, and nothing more.
type directory struct {
	users, groups map[string]principal
	// A gap says that a list is not whole: who is not in it may be there all the same.
	usersGap, groupsGap *evidence.Gap
}

type principal struct {
	name, status *string
	page         *tape.Stamp // shared by all of a page
}

func newDirectory() *directory {
	return &directory{users: map[string]principal{}, groups: map[string]principal{}}
}

// directory emits the users, groups and memberships of an identity store, and notes in d what later records need.
func (r reader) directory(ctx context.Context, store string, d *directory) error {
	if err := r.users(ctx, store, d); err != nil {
		return err
	}
	return r.groups(ctx, store, d)
}

func (r reader) users(ctx context.Context, store string, d *directory) error {
	seen := r.Once("identitycenter.user")
	p := identitystore.NewListUsersPaginator(r.store, &identitystore.ListUsersInput{IdentityStoreId: &store, MaxResults: aws.Int32(100)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			g := r.Incomplete(err, "identitycenter.user")
			d.usersGap = &g
			return nil
		}
		stamp := tape.StampOf(page.ResultMetadata)
		for _, x := range page.Users {
			id := aws.ToString(x.UserId)
			if id == "" {
				g := r.Half(page.ResultMetadata, operation("ListUsers"), "MissingMember", "a user came without its UserId", nil, nil, "identitycenter.user")
				d.usersGap = &g
				continue
			}
			if !seen.First(id, page.ResultMetadata) {
				continue
			}
			u := &User{Meta: r.Meta(cmp.Or(aws.ToString(x.UserArn), store+"/user/"+id)), IdentityStoreID: store, UserID: id, UserName: text(x.UserName),
				DisplayName: text(x.DisplayName), Status: cell.Text(x.UserStatus), UserType: text(x.UserType), ExternalIssuers: issuersOf(x.ExternalIds),
				Created: cell.UTC(x.CreatedAt), Updated: cell.UTC(x.UpdatedAt)}
			r.Read(&u.Meta, page.ResultMetadata)
			d.users[id] = principal{u.UserName, u.Status, &stamp}
			if err := r.Emit(u); err != nil {
				return err
			}
		}
	}
	return nil
}

// groups emits each group with its members, in AWS's order. Only as many groups as are asked about at once are held.
func (r reader) groups(ctx context.Context, store string, d *directory) error {
	type listed struct {
		group types.Group
		page  *identitystore.ListGroupsOutput
	}
	type read struct {
		group   *Group
		members []*Membership
	}
	var stopped error
	all := func(yield func(listed) bool) {
		p := identitystore.NewListGroupsPaginator(r.store, &identitystore.ListGroupsInput{IdentityStoreId: &store, MaxResults: aws.Int32(100)})
		for p.HasMorePages() {
			page, err := p.NextPage(ctx)
			if err != nil {
				stopped = err
				return
			}
			for _, g := range page.Groups {
				if !yield(listed{g, page}) {
					return
				}
			}
		}
	}
	work := func(ctx context.Context, l listed) read {
		id := aws.ToString(l.group.GroupId)
		if id == "" {
			return read{}
		}
		g := &Group{Meta: r.Meta(cmp.Or(aws.ToString(l.group.GroupArn), store+"/group/"+id)), IdentityStoreID: store, GroupID: id,
			DisplayName: text(l.group.DisplayName), Description: text(l.group.Description), ExternalIssuers: issuersOf(l.group.ExternalIds),
			Created: cell.UTC(l.group.CreatedAt), Updated: cell.UTC(l.group.UpdatedAt)}
		r.Read(&g.Meta, l.page.ResultMetadata)
		stamp := tape.StampOf(l.page.ResultMetadata)
		return read{g, r.members(ctx, g, &stamp, d)}
	}
	done := func(x read) error {
		if x.group == nil {
			return nil
		}
		if err := r.Emit(x.group); err != nil {
			return err
		}
		for _, m := range x.members {
			if err := r.Emit(m); err != nil {
				return err
			}
		}
		return nil
	}
	// The names are noted while the list is walked, by the one goroutine that walks it.
	named := func(yield func(listed) bool) {
		var last *identitystore.ListGroupsOutput
		var stamp *tape.Stamp
		seen := r.Once("identitycenter.group", "identitycenter.membership")
		for l := range all {
			if l.page != last {
				s := tape.StampOf(l.page.ResultMetadata)
				last, stamp = l.page, &s
			}
			if id := aws.ToString(l.group.GroupId); id != "" {
				if !seen.First(id, l.page.ResultMetadata) {
					continue
				}
				d.groups[id] = principal{text(l.group.DisplayName), nil, stamp}
			} else {
				g := r.Half(l.page.ResultMetadata, operation("ListGroups"), "MissingMember", "a group came without its GroupId", nil, nil, "identitycenter.group", "identitycenter.membership")
				d.groupsGap = &g
			}
			if !yield(l) {
				return
			}
		}
	}
	if err := cell.Ordered(ctx, named, work, done); err != nil {
		return err
	}
	if stopped != nil {
		g := r.Incomplete(stopped, "identitycenter.group", "identitycenter.membership")
		d.groupsGap = &g
	}
	return nil
}

// members reads one group's members and counts them.
func (r reader) members(ctx context.Context, g *Group, listed *tape.Stamp, d *directory) []*Membership {
	var out []*Membership
	seen := r.Once("identitycenter.membership")
	p := identitystore.NewListGroupMembershipsPaginator(r.store, &identitystore.ListGroupMembershipsInput{IdentityStoreId: &g.IdentityStoreID, GroupId: &g.GroupID, MaxResults: aws.Int32(100)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.Unknown(&g.Meta, err, "members")
			r.Incomplete(err, "identitycenter.membership")
			return out
		}
		r.Read(&g.Meta, page.ResultMetadata)
		for _, x := range page.GroupMemberships {
			if !seen.First(aws.ToString(x.MembershipId)+"/"+memberOf(x), page.ResultMetadata) {
				continue
			}
			user := memberOf(x)
			if user == "" {
				r.Half(page.ResultMetadata, operation("ListGroupMemberships"), "UnknownMember", "a member of group "+g.GroupID+" is not a user with an id", nil, nil, "identitycenter.membership")
				continue
			}
			id := cmp.Or(aws.ToString(x.MembershipArn), g.IdentityStoreID+"/membership/"+cmp.Or(aws.ToString(x.MembershipId), g.GroupID+"/"+user))
			m := &Membership{Meta: r.Meta(id), IdentityStoreID: g.IdentityStoreID, GroupID: g.GroupID, GroupName: g.DisplayName, UserID: user, Created: cell.UTC(x.CreatedAt)}
			r.Read(&m.Meta, page.ResultMetadata)
			m.ReadFrom(listed.Evidence, listed.Date)
			m.UserName, m.UserStatus, m.UserExists = d.user(&m.Meta, user, "user_name", "user_status", "user_exists")
			out = append(out, m)
		}
	}
	g.Members = seen.Len()
	return out
}

// memberOf is the user's id, empty where the member is not a user.
func memberOf(x types.GroupMembership) string {
	if u, ok := x.MemberId.(*types.MemberIdMemberUserId); ok {
		return u.Value
	}
	return ""
}

// user looks a user up for another record. Where it is not found in a list that is not whole, the fields are unknown.
func (d *directory) user(m *evidence.Meta, id string, fields ...string) (name, status *string, exists bool) {
	return look(d.users, d.usersGap, m, id, fields)
}

// group looks a group up.
func (d *directory) group(m *evidence.Meta, id string, fields ...string) (name *string, exists bool) {
	name, _, exists = look(d.groups, d.groupsGap, m, id, fields)
	return name, exists
}

func look(in map[string]principal, gap *evidence.Gap, m *evidence.Meta, id string, fields []string) (name, status *string, exists bool) {
	p, ok := in[id]
	switch {
	case ok:
		m.ReadFrom(p.page.Evidence, p.page.Date)
	case gap != nil:
		m.UnknownBy(*gap, fields...)
	}
	return p.name, p.status, ok
}

// issuersOf gives the outside issuers, once each, in order.
func issuersOf(ids []types.ExternalId) []string {
	out := []string{}
	for _, x := range ids {
		if s := aws.ToString(x.Issuer); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
