package scenario

import "strings"

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
			out = append(out, kept{id: m.at(id).Text, name: m.at(name).Text, arn: arn, created: moment(m.at("CreateDate").Text), state: func() State { return principal(*m) }})
		}
		return out
	}
}

// principal is an entry of GetAccountAuthorizationDetails as AWS Config writes it down: with small letters, null for what there is none of, and
// without when it was last used.
func principal(x X) State {
	c := itemJSON(x, iamItem).(M)
	switch {
	case c["userName"] != nil:
		absent(c, []any{}, "userPolicyList")
		absent(c, nil, "permissionsBoundary")
	case c["roleName"] != nil:
		absent(c, nil, "permissionsBoundary")
	case c["policyName"] != nil:
		absent(c, nil, "description")
	}
	return State{Configuration: c, Tags: itemTags(c)}
}

var iamItem = shape{lists: " UserPolicyList GroupList AttachedManagedPolicies Tags GroupPolicyList RolePolicyList InstanceProfileList Roles PolicyVersionList ",
	numbers: " AttachmentCount PermissionsBoundaryUsageCount ", flags: " IsAttachable IsDefaultVersion ", moments: " CreateDate UpdateDate ", names: map[string]string{"RoleLastUsed": "-"}}
