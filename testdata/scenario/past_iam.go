package scenario

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// keptPrincipals are those of a list of GetAccountAuthorizationDetails, in the regions whose recorder is told to record them.
func keptPrincipals(list, id, name string) func(p *place) []kept {
	return func(p *place) []kept {
		if p.region.Recorder == nil || !p.region.Recorder.Global {
			return nil
		}
		a, ok := p.account.Stored["iam"]["GetAccountAuthorizationDetails"]
		if !ok {
			a = smallIAM(p.account.ID).answer("GetAccountAuthorizationDetails", p.account.ID)
		}
		var out []kept
		for _, i := range a.Items {
			x := i.(X)
			if x.Name != list {
				continue
			}
			m := x.at("member")
			arn := m.at("Arn").Text
			// AWS's own policies are no resources of the account.
			if strings.HasPrefix(arn, "arn:aws:iam::aws:") {
				continue
			}
			out = append(out, kept{id: m.at(id).Text, name: m.at(name).Text, arn: arn, created: iamMoment(m.at("CreateDate").Text), state: func() State { return principal(*m) }})
		}
		return out
	}
}

func iamMoment(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(fmt.Sprintf("scenario: IAM declares the moment %q", text))
	}
	return t
}

// principal is an entry of GetAccountAuthorizationDetails as AWS Config writes it down: with small letters, null for what there is none of, and
// without when it was last used.
func principal(x X) State {
	c := itemJSON(x, iamItem).(M)
	delete(c, "roleLastUsed")
	var tags []Tag
	if list, ok := c["tags"].([]any); ok {
		for _, t := range list {
			tags = append(tags, Tag{t.(M)["key"].(string), t.(M)["value"].(string)})
		}
	}
	switch {
	case c["userName"] != nil:
		absent(c, []any{}, "userPolicyList")
		absent(c, nil, "permissionsBoundary")
	case c["roleName"] != nil:
		absent(c, nil, "permissionsBoundary")
	case c["policyName"] != nil:
		absent(c, nil, "description")
	}
	return State{Configuration: c, Tags: tags}
}

// absent writes members that the service left out.
func absent(c M, as any, members ...string) {
	for _, m := range members {
		if _, ok := c[m]; !ok {
			c[m] = as
		}
	}
}

// A shape says which elements of an XML answer are no text: lists, numbers and flags, by name. Moments get their milliseconds.
type shape struct{ lists, numbers, flags, moments string }

var iamItem = shape{lists: " UserPolicyList GroupList AttachedManagedPolicies Tags GroupPolicyList RolePolicyList InstanceProfileList Roles PolicyVersionList ",
	numbers: " AttachmentCount PermissionsBoundaryUsageCount ", flags: " IsAttachable IsDefaultVersion ", moments: " CreateDate UpdateDate "}

// itemJSON spells an element of an XML answer as items do: the same names, beginning with a small letter.
func itemJSON(x X, s shape) any {
	in := func(names string) bool { return strings.Contains(names, " "+x.Name+" ") }
	switch {
	case in(s.lists):
		out := []any{}
		for _, e := range x.In {
			out = append(out, itemJSON(X{Text: e.Text, In: e.In}, s))
		}
		return out
	case len(x.In) > 0:
		out := M{}
		for _, e := range x.In {
			out[small(e.Name)] = itemJSON(e, s)
		}
		return out
	case in(s.numbers):
		n, err := strconv.Atoi(x.Text)
		if err != nil {
			panic(fmt.Sprintf("scenario: %s is %q and no number", x.Name, x.Text))
		}
		return n
	case in(s.flags):
		return x.Text == "true"
	case in(s.moments):
		return iso(iamMoment(x.Text))
	}
	return x.Text
}

// small spells a name of AWS's with a small letter at its front; initials go together: ARN becomes arn.
func small(name string) string {
	n := 0
	for n < len(name) && name[n] >= 'A' && name[n] <= 'Z' {
		n++
	}
	switch {
	case n == len(name):
		return strings.ToLower(name)
	case n > 1:
		n-- // the last of the capitals begins the next word
	}
	return strings.ToLower(name[:n]) + name[n:]
}
