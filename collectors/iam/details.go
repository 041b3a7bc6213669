package iam

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// A session is how long a role's sessions may be, and the page of ListRoles that said so.
type session struct {
	seconds *int32
	md      middleware.Metadata
}

// sessions reads how long sessions of each role may be, which the authorization details do not tell.
func (r *reader) sessions(ctx context.Context) error {
	p := iam.NewListRolesPaginator(r.iam, &iam.ListRolesInput{MaxItems: &pageSize})
	why, err := pages(ctx, listRoles, p, func(page *iam.ListRolesOutput) (paged, error) {
		for _, x := range page.Roles {
			r.maxSession[aws.ToString(x.Arn)] = session{x.MaxSessionDuration, page.ResultMetadata}
		}
		return paged{page.IsTruncated, page.Marker, page.ResultMetadata}, nil
	})
	r.sessionsBroken = why
	return err
}

// A trusting is who trusts an identity provider, and the pages that say so.
type trusting struct {
	roles, unlimited map[string]bool
	pages            []middleware.Metadata
}

// A holder is a user, group or role whose permissions are settled once the whole list was read.
type holder struct {
	meta *evidence.Meta
	p    *Permissions
	by   map[string]bool
	page middleware.Metadata
	// open are why it may be an administrator all the same.
	open []evidence.Gap
}

// A document is what is known of a customer managed policy; gap is why nothing is.
type document struct {
	everything bool
	page       middleware.Metadata
	gap        *evidence.Gap
}

// directory is everything that the authorization details hold.
type directory struct {
	r        *reader
	policies []*Policy
	groups   []*Group
	users    []*User
	roles    []*Role
	holders  map[string]*holder    // by ARN
	byName   map[string]*holder    // groups
	byARN    map[string]document   // customer managed policies
	once     map[string]*cell.Once // by kind
	last     middleware.Metadata   // of the last page
	// broken is why the list may not be whole; groupless and attachless why it is not known of somebody what they are in or have.
	broken, groupless, attachless []evidence.Gap
}

// details reads users, groups, roles and policies, settles who is administrator, and emits them.
func (r *reader) details(ctx context.Context) error {
	d := &directory{r: r, holders: map[string]*holder{}, byName: map[string]*holder{}, byARN: map[string]document{}, once: map[string]*cell.Once{}}
	for _, k := range detailKinds {
		d.once[k] = r.c.Once(k)
	}
	p := iam.NewGetAccountAuthorizationDetailsPaginator(r.iam, &iam.GetAccountAuthorizationDetailsInput{MaxItems: &pageSize,
		Filter: []types.EntityType{types.EntityTypeUser, types.EntityTypeGroup, types.EntityTypeRole, types.EntityTypeLocalManagedPolicy, types.EntityTypeAWSManagedPolicy}})
	why, err := pages(ctx, getDetails, p, func(page *iam.GetAccountAuthorizationDetailsOutput) (paged, error) {
		d.page(page)
		return paged{page.IsTruncated, page.Marker, page.ResultMetadata}, nil
	})
	if err != nil {
		return err
	}
	if why != nil {
		d.broken = append(d.broken, r.incomplete(why, detailKinds...))
	}
	r.rolesBroken = append(r.rolesBroken, d.broken...)
	if r.sessionsBroken != nil && len(d.roles) == 0 {
		r.incomplete(r.sessionsBroken, "iam.role")
	}
	d.settle()
	d.unreported()
	d.account()
	return d.emit()
}

func (d *directory) page(page *iam.GetAccountAuthorizationDetailsOutput) {
	md := page.ResultMetadata
	d.last = md
	d.r.c.Read(&d.r.account.Meta, md)
	for _, l := range []struct {
		member, kind string
		lacks        bool
	}{
		{"UserDetailList", "iam.user", page.UserDetailList == nil}, {"GroupDetailList", "iam.group", page.GroupDetailList == nil}, {"Policies", "iam.policy", page.Policies == nil},
	} {
		if l.lacks {
			d.broken = append(d.broken, d.r.incomplete(without(md, getDetails, l.member), l.kind))
		}
	}
	for _, x := range page.Policies {
		if d.first("iam.policy", x.Arn, md) {
			d.policy(x, md)
		}
	}
	for _, x := range page.GroupDetailList {
		if d.first("iam.group", x.Arn, md) {
			d.group(x, md)
		}
	}
	for _, x := range page.UserDetailList {
		if d.first("iam.user", x.Arn, md) {
			d.user(x, md)
		}
	}
	for _, x := range page.RoleDetailList {
		if d.first("iam.role", x.Arn, md) {
			d.role(x, md)
		}
	}
}

// first reports whether something was listed with an ARN, and for the first time.
func (d *directory) first(kind string, arn *string, md middleware.Metadata) bool {
	if aws.ToString(arn) == "" {
		d.broken = append(d.broken, d.r.incomplete(without(md, getDetails, "the ARN of a "+kind), kind))
		return false
	}
	return d.once[kind].First(*arn, md)
}

// isAWS reports whether a policy is one of AWS's own.
func isAWS(arn string) bool {
	parts := strings.SplitN(arn, ":", 6)
	return len(parts) == 6 && parts[4] == "aws"
}

func (d *directory) policy(x types.ManagedPolicyDetail, md middleware.Metadata) {
	r := d.r
	p := &Policy{Meta: r.meta(*x.Arn), Name: aws.ToString(x.PolicyName), ManagedBy: "CUSTOMER", Path: aws.ToString(x.Path), PolicyID: cell.Text(aws.ToString(x.PolicyId)),
		Attachments: number(x.AttachmentCount), BoundaryUses: number(x.PermissionsBoundaryUsageCount), Created: cell.UTC(x.CreateDate), Updated: cell.UTC(x.UpdateDate),
		DefaultVersion: cell.Text(aws.ToString(x.DefaultVersionId))}
	m := &p.Meta
	r.c.Read(m, md)
	r.need(m, md, getDetails, needed{p.Name == "", "name"}, needed{p.Path == "", "path"})
	d.policies = append(d.policies, p)
	if isAWS(p.ID) {
		p.ManagedBy = "AWS"
		return
	}
	g, why := defaultGrant(x, md)
	if why != nil {
		gap := r.unknown(m, why, "statements", "allows_everything", "allows_all_but", "full_services")
		d.byARN[p.ID] = document{page: md, gap: &gap}
		return
	}
	p.Statements, p.AllowsEverything, p.AllowsAllBut, p.FullServices = &g.statements, &g.everything, &g.allBut, g.full
	d.byARN[p.ID] = document{everything: g.everything, page: md}
}

// defaultGrant reads the version that is in force.
func defaultGrant(x types.ManagedPolicyDetail, md middleware.Metadata) (grant, *reason) {
	var found []types.PolicyVersion
	for _, v := range x.PolicyVersionList {
		if id := aws.ToString(v.VersionId); id != "" && id == aws.ToString(x.DefaultVersionId) {
			found = append(found, v)
		}
	}
	if len(found) != 1 {
		return grant{}, without(md, getDetails, "the default version of "+*x.Arn)
	}
	g, err := granted(found[0].Document)
	if err != nil {
		return grant{}, odd(md, getDetails, "UnreadablePolicy", "the policy "+*x.Arn+" can't be read as a policy: "+err.Error())
	}
	return g, nil
}

// hold reads the policies of a user, group or role. inline is nil where AWS gave no list.
func (d *directory) hold(m *evidence.Meta, p *Permissions, attached []types.AttachedPolicy, inline []types.PolicyDetail, boundary *types.AttachedPermissionsBoundary, md middleware.Metadata) *holder {
	r := d.r
	h := &holder{meta: m, p: p, by: map[string]bool{}, page: md}
	d.holders[m.ID] = h
	open := func(why *reason, fields ...string) { h.open = append(h.open, r.unknown(m, why, fields...)) }
	p.Attached, p.Inline = []string{}, []string{}
	if attached == nil {
		open(without(md, getDetails, "AttachedManagedPolicies of "+m.ID), "permissions.attached")
		d.attachless = append(d.attachless, h.open...)
	}
	for _, a := range attached {
		if aws.ToString(a.PolicyArn) == "" {
			open(without(md, getDetails, "the ARN of a policy that is attached to "+m.ID), "permissions.attached")
			d.attachless = append(d.attachless, h.open...)
			continue
		}
		p.Attached = append(p.Attached, *a.PolicyArn)
	}
	if inline == nil {
		open(without(md, getDetails, "the inline policies of "+m.ID), "permissions.inline")
	}
	for _, x := range inline {
		name := aws.ToString(x.PolicyName)
		if name == "" {
			open(without(md, getDetails, "the name of an inline policy of "+m.ID), "permissions.inline")
		}
		p.Inline = append(p.Inline, name)
		g, err := granted(x.PolicyDocument)
		switch {
		case err != nil:
			open(odd(md, getDetails, "UnreadablePolicy", fmt.Sprintf("the inline policy %q of %s can't be read as a policy: %v", name, m.ID, err)), "permissions.administrator_by")
		case g.everything:
			h.by["inline:"+name] = true
		}
	}
	slices.Sort(p.Attached)
	slices.Sort(p.Inline)
	if boundary != nil {
		p.Boundary = cell.Text(aws.ToString(boundary.PermissionsBoundaryArn))
		if p.Boundary == nil {
			r.unknown(m, without(md, getDetails, "the ARN of the permissions boundary of "+m.ID), "permissions.boundary")
		}
	}
	return h
}

func (d *directory) group(x types.GroupDetail, md middleware.Metadata) {
	g := &Group{Meta: d.r.meta(*x.Arn), Name: aws.ToString(x.GroupName), Path: aws.ToString(x.Path), GroupID: cell.Text(aws.ToString(x.GroupId)), Created: cell.UTC(x.CreateDate)}
	d.r.c.Read(&g.Meta, md)
	d.r.need(&g.Meta, md, getDetails, needed{g.Name == "", "name"}, needed{g.Path == "", "path"})
	d.byName[g.Name] = d.hold(&g.Meta, &g.Permissions, x.AttachedManagedPolicies, x.GroupPolicyList, nil, md)
	d.groups = append(d.groups, g)
}

func (d *directory) user(x types.UserDetail, md middleware.Metadata) {
	r := d.r
	u := &User{Meta: r.meta(*x.Arn), Name: aws.ToString(x.UserName), Path: aws.ToString(x.Path), UserID: cell.Text(aws.ToString(x.UserId)), Created: cell.UTC(x.CreateDate),
		Groups: cell.List(x.GroupList), Tags: tags(x.Tags)}
	r.c.Read(&u.Meta, md)
	r.need(&u.Meta, md, getDetails, needed{u.Name == "", "name"}, needed{u.Path == "", "path"})
	inline := x.UserPolicyList
	if inline == nil {
		inline = []types.PolicyDetail{} // AWS leaves it out where there is none
	}
	h := d.hold(&u.Meta, &u.Permissions, x.AttachedManagedPolicies, inline, x.PermissionsBoundary, md)
	if x.GroupList == nil {
		gap := r.unknown(&u.Meta, without(md, getDetails, "GroupList of "+u.ID), "groups")
		h.open, d.groupless = append(h.open, gap), append(d.groupless, gap)
	}
	slices.Sort(u.Groups)
	d.users = append(d.users, u)
}

// serviceLinked begins the paths of roles that AWS services made for themselves.
const serviceLinked = "/aws-service-role/"

func (d *directory) role(x types.RoleDetail, md middleware.Metadata) {
	r := d.r
	o := &Role{Meta: r.meta(*x.Arn), Name: aws.ToString(x.RoleName), Path: aws.ToString(x.Path), RoleID: cell.Text(aws.ToString(x.RoleId)), Created: cell.UTC(x.CreateDate), Tags: tags(x.Tags)}
	m := &o.Meta
	r.c.Read(m, md)
	o.ServiceLinked = strings.HasPrefix(o.Path, serviceLinked)
	r.need(m, md, getDetails, needed{o.Name == "", "name"}, needed{o.Path == "", "path"}, needed{o.Path == "", "service_linked"}, needed{x.RoleLastUsed == nil, "last_used"})
	if x.RoleLastUsed != nil {
		o.LastUsed, o.LastUsedRegion = cell.UTC(x.RoleLastUsed.LastUsedDate), cell.Text(aws.ToString(x.RoleLastUsed.Region))
	}
	if x.InstanceProfileList != nil {
		o.InstanceProfiles = []string{}
		for _, i := range x.InstanceProfileList {
			o.InstanceProfiles = append(o.InstanceProfiles, aws.ToString(i.InstanceProfileName))
		}
		slices.Sort(o.InstanceProfiles)
	}
	d.hold(m, &o.Permissions, x.AttachedManagedPolicies, x.RolePolicyList, x.PermissionsBoundary, md)
	switch s, ok := r.maxSession[o.ID]; {
	case ok && s.seconds != nil:
		r.c.Read(m, s.md)
		o.MaxSessionSeconds = number(s.seconds)
	case ok:
		r.unknown(m, without(s.md, listRoles, "MaxSessionDuration of "+o.ID), "max_session_seconds")
	case r.sessionsBroken != nil:
		r.unknown(m, r.sessionsBroken, "max_session_seconds")
	default:
		r.unknown(m, odd(md, getDetails, "UnknownRole", "ListRoles did not list "+o.ID+", which may have been made since"), "max_session_seconds")
	}
	trust, err := trustOf(x.AssumeRolePolicyDocument, r.c.Account, r.c.Scope.Accounts)
	if err != nil {
		gap := r.unknown(m, odd(md, getDetails, "UnreadablePolicy", "the trust policy of "+o.ID+" can't be read as one: "+err.Error()), "trust")
		r.rolesBroken = append(r.rolesBroken, gap)
	} else {
		o.Trust = trust
		for _, p := range slices.Concat(trust.SAMLProviders, trust.OIDCProviders) {
			r.trusts(p, o.ID, slices.Contains(trust.UnlimitedOIDC, p), md)
		}
	}
	d.roles = append(d.roles, o)
}

// trusts notes that a role trusts a provider.
func (r *reader) trusts(provider, role string, unlimited bool, page middleware.Metadata) {
	t := r.trusting[provider]
	if t == nil {
		t = &trusting{roles: map[string]bool{}, unlimited: map[string]bool{}}
		r.trusting[provider] = t
	}
	t.roles[role] = true
	t.pages = append(t.pages, page)
	if unlimited {
		t.unlimited[role] = true
	}
}

func (d *directory) emit() error {
	return errors.Join(emitAll(d.r.c, d.policies), emitAll(d.r.c, d.groups), emitAll(d.r.c, d.users), emitAll(d.r.c, d.roles))
}

func emitAll[R evidence.Record](c *cell.Cell, all []R) error {
	for _, x := range all {
		if err := c.Emit(x); err != nil {
			return err
		}
	}
	return nil
}

func number(n *int32) *int {
	if n == nil {
		return nil
	}
	return aws.Int(int(*n))
}

// tags are nil where AWS left them out.
func tags(in []types.Tag) map[string]string {
	if in == nil {
		return nil
	}
	out := map[string]string{}
	for _, t := range in {
		out[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return out
}
