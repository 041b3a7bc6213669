package scenario

// store is the identity store that the request names. Identity store ids are known in every account of the
// organization, but only the account and region of the instance answer here.
func (q *query) store() (*IdentityCenter, *Failure) {
	c := q.center()
	if c == nil || c.Store != q.str("IdentityStoreId") {
		return nil, q.missing("IdentityStore " + q.str("IdentityStoreId"))
	}
	return c, nil
}

func listUsers(q *query) (any, *Failure) {
	c, f := q.store()
	if f != nil {
		return nil, f
	}
	return ssoList(q, "Users", len(c.Users), func(i int) any {
		u := c.user(c.Users[i].Name)
		m := M{"UserId": u.ID, "UserArn": "arn:aws:identitystore:::user/" + u.ID, "IdentityStoreId": c.Store, "UserName": u.Name,
			"DisplayName": u.Display, "Name": M{"GivenName": u.Given, "FamilyName": u.Family}, "Revision": "1",
			"Emails": []any{M{"Value": u.Email, "Type": "work", "Primary": true}}}
		put(m, "Title", u.Title)
		if !u.NoStatus {
			m["UserStatus"] = "ENABLED"
			if u.Disabled {
				m["UserStatus"] = "DISABLED"
			}
		}
		if u.Issuer != "" {
			m["ExternalIds"] = []any{M{"Issuer": u.Issuer, "Id": u.External}}
		}
		stamp(m, "CreatedAt", u.Created)
		stamp(m, "UpdatedAt", u.Updated)
		return m
	})
}

func listGroups(q *query) (any, *Failure) {
	c, f := q.store()
	if f != nil {
		return nil, f
	}
	return ssoList(q, "Groups", len(c.Groups), func(i int) any {
		g := c.group(c.Groups[i].Name)
		m := M{"GroupId": g.ID, "GroupArn": "arn:aws:identitystore:::group/" + g.ID, "IdentityStoreId": c.Store, "DisplayName": g.Name, "Revision": "1"}
		put(m, "Description", g.Description)
		if g.Issuer != "" {
			m["ExternalIds"] = []any{M{"Issuer": g.Issuer, "Id": g.External}}
		}
		stamp(m, "CreatedAt", g.Created)
		return m
	})
}

func groupMemberships(q *query) (any, *Failure) {
	c, f := q.store()
	if f != nil {
		return nil, f
	}
	for i := range c.Groups {
		g := c.group(c.Groups[i].Name)
		if g.ID != q.str("GroupId") {
			continue
		}
		return ssoList(q, "GroupMemberships", len(g.Members), func(j int) any {
			u := c.user(g.Members[j])
			id := c.member("membership", g.Name+"/"+u.Name)
			m := M{"MembershipId": id, "MembershipArn": "arn:aws:identitystore:::membership/" + id, "GroupId": g.ID, "IdentityStoreId": c.Store,
				"MemberId": M{"UserId": u.ID}}
			stamp(m, "CreatedAt", g.Created)
			return m
		})
	}
	return nil, q.missing("GROUP " + q.str("GroupId"))
}

func describeIdentityStore(q *query) (any, *Failure) {
	c, f := q.store()
	if f != nil {
		return nil, f
	}
	network := M{"VpceAccessRequired": false, "ApiAllowSourceIps": list(c.AllowSourceIPs)}
	return M{"IdentityStoreId": c.Store, "IdentityStoreArn": c.storeARN(), "NetworkConfiguration": network}, nil
}
