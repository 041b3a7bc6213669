package iam

import (
	"cmp"
	"slices"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/policy"
)

// administratorAccess is how the ARN of AWS's policy ends, in every partition.
const administratorAccess = ":iam::aws:policy/AdministratorAccess"

// settle says of everyone whether they are administrators, now that all policies and groups are known.
func (d *directory) settle() {
	for _, g := range d.groups {
		d.settleOne(d.holders[g.ID], nil)
	}
	members := map[string]int{}
	for _, u := range d.users {
		for _, name := range u.Groups {
			members[name]++
		}
		d.settleOne(d.holders[u.ID], u.Groups)
	}
	for _, o := range d.roles {
		d.settleOne(d.holders[o.ID], nil)
	}
	for _, g := range d.groups {
		g.Users = members[g.Name]
		for _, gap := range compact(slices.Concat(d.broken, d.groupless)) {
			g.UnknownBy(gap, "users")
		}
	}
}

func (d *directory) settleOne(h *holder, groups []string) {
	for _, arn := range h.p.Attached {
		if isAWS(arn) {
			if strings.HasSuffix(arn, administratorAccess) {
				h.by[arn] = true
			}
			continue
		}
		doc, ok := d.byARN[arn]
		d.r.c.Read(h.meta, doc.page)
		switch {
		case ok && doc.gap != nil:
			h.open = append(h.open, *doc.gap)
		case ok && doc.everything:
			h.by[arn] = true
		case !ok:
			h.open = append(h.open, d.missing(h, "the policy "+arn+", which is attached to "+h.meta.ID+", is not in the list")...)
		}
	}
	for _, name := range groups {
		g, ok := d.byName[name]
		if ok {
			d.r.c.Read(h.meta, g.page)
		}
		switch {
		case !ok:
			h.open = append(h.open, d.missing(h, "the group "+name+" of "+h.meta.ID+" is not in the list")...)
		case g.p.Administrator:
			h.by["group:"+name] = true
		default:
			h.open = append(h.open, g.open...)
		}
	}
	h.p.Administrator = len(h.by) > 0
	h.p.AdministratorBy = policy.Sorted(h.by)
	fields := []string{"permissions.administrator", "permissions.administrator_by"}
	if h.p.Administrator {
		fields = fields[1:]
	}
	for _, g := range compact(h.open) {
		also(h.meta, g, fields...)
	}
}

// also leaves fields unknown by a gap that the record may name already.
func also(m *evidence.Meta, g evidence.Gap, fields ...string) {
	for _, f := range fields {
		if !slices.ContainsFunc(m.Unknown, func(u evidence.Unknown) bool { return u.Field == f && u.Gap == g.ID }) {
			m.UnknownBy(g, f)
		}
	}
}

// missing is why something that is named is not listed: the list is not whole, or it moved while it was read.
func (d *directory) missing(h *holder, what string) []evidence.Gap {
	if len(d.broken) > 0 {
		return d.broken
	}
	return []evidence.Gap{d.r.unknown(h.meta, odd(d.last, getDetails, "NotListed", what), "permissions.administrator_by")}
}

// unreported looks for users that the credential report should have and has not: whoever was made before it.
func (d *directory) unreported() {
	rep := d.r.reported
	if !rep.whole || rep.generated.IsZero() {
		return
	}
	for _, u := range d.users {
		if !rep.arns[u.ID] && (u.Created == nil || u.Created.Before(rep.generated)) {
			d.r.incomplete(odd(rep.md, getReport, "NotListed", "the credential report has no line for "+u.ID+", which was made before it"), reportKinds...)
		}
	}
}

// supportAccess is how the ARN of AWS's policy ends, in every partition.
const supportAccess = ":iam::aws:policy/AWSSupportAccess"

// account counts what was read, and looks who may open cases with AWS.
func (d *directory) account() {
	a := d.r.account
	a.UsersRead, a.GroupsRead, a.SupportAccess = len(d.users), len(d.groups), []string{}
	for _, p := range d.policies {
		if p.ManagedBy == "CUSTOMER" {
			a.PoliciesRead++
		}
	}
	for arn, h := range d.holders {
		if slices.ContainsFunc(h.p.Attached, func(p string) bool { return strings.HasSuffix(p, supportAccess) }) {
			a.SupportAccess = append(a.SupportAccess, arn)
		}
	}
	slices.Sort(a.SupportAccess)
	for _, g := range compact(d.broken) {
		a.UnknownBy(g, "users_read", "groups_read", "policies_read", "support_access")
	}
	for _, g := range compact(d.attachless) {
		a.UnknownBy(g, "support_access")
	}
}

// compact takes each gap once.
func compact(gaps []evidence.Gap) []evidence.Gap {
	gaps = slices.Clone(gaps)
	slices.SortStableFunc(gaps, func(a, b evidence.Gap) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(gaps, func(a, b evidence.Gap) bool { return a.ID == b.ID })
}
