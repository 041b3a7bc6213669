package iam

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/policy"
)

// Past lists what configuration items tell of the kinds of this package. All four types are global: every recorder that is set to records
// them, and each item is in the region "global" or in that of its recorder.
//
// The configuration of AWS::IAM::User, AWS::IAM::Group, AWS::IAM::Role and AWS::IAM::Policy is what GetAccountAuthorizationDetails gives of
// them, spelt with small letters, policy documents URL-encoded as there (https://github.com/awslabs/aws-config-resource-schema names all but
// the documents). So an item tells which policies are attached and inline, whom a role trusts, and what the version in force of a managed policy
// allows. It does not carry passwords, access keys and MFA devices, when something was last used, how long sessions are, nor what is in the
// customer managed policies and groups that it names: whether somebody is an administrator is told only where that does not hang on these. Of AWS's
// own policies AWS Config has no items.
func Past() []configitem.Reader {
	return []configitem.Reader{
		configitem.For("AWS::IAM::Group", true, pastARN, pastGroup),
		configitem.For("AWS::IAM::Policy", true, pastARN, pastPolicy),
		configitem.For("AWS::IAM::Role", true, pastARN, pastRole),
		configitem.For("AWS::IAM::User", true, pastARN, pastUser),
	}
}

// NeverRecorded reports whether the policy is AWS's own: of these AWS Config has no items, whatever it is set to record.
func (p *Policy) NeverRecorded() bool { return p.ManagedBy == "AWS" && isAWS(p.ID) }

// Born is when the user was made.
func (x *User) Born() time.Time { return born(x.Created) }

// Born is when the group was made.
func (x *Group) Born() time.Time { return born(x.Created) }

// Born is when the role was made.
func (x *Role) Born() time.Time { return born(x.Created) }

// Born is when the policy was made.
func (p *Policy) Born() time.Time { return born(p.Created) }

func born(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// pastARN is the ARN, which an item that gives none does not let anybody make: the path stands in it.
func pastARN(it *configitem.Item) string { return it.ARN }

// pastText reads members that are text.
func pastText(r *configitem.Reading, c configitem.Object, member, field string, to *string) {
	if v, ok := r.Text(c, member); ok {
		*to = v
		r.Tell(field)
	}
}

func pastOptional(r *configitem.Reading, c configitem.Object, member, field string, to **string) {
	if v, ok := r.Text(c, member); ok {
		*to = &v
		r.Tell(field)
	}
}

// pastDocument gives a policy document as it stands on the wire: URL-encoded. One that is given as JSON, or as its text, is encoded.
func pastDocument(r *configitem.Reading, o configitem.Object, member string) (string, bool) {
	text, ok := r.Document(o, member)
	if ok && strings.HasPrefix(strings.TrimSpace(text), "{") {
		text = url.PathEscape(text)
	}
	return text, ok
}

// pastPermissions reads the policies of a user, group or role. inline is the member that lists the inline ones.
func pastPermissions(r *configitem.Reading, c configitem.Object, inline string, p *Permissions) (closed bool) {
	p.Attached, p.Inline, p.AdministratorBy = []string{}, []string{}, []string{}
	by := map[string]bool{}
	closed = true
	attached, ok := r.Objects(c, "attachedManagedPolicies")
	for _, a := range attached {
		arn, named := r.Text(a, "policyArn")
		if !named {
			r.Fail("a policy is attached without its ARN")
			return false
		}
		p.Attached = append(p.Attached, arn)
		switch {
		case !isAWS(arn):
			closed = false // what it allows is in another item
		case strings.HasSuffix(arn, administratorAccess):
			by[arn] = true
		}
	}
	if closed = closed && ok; ok {
		slices.Sort(p.Attached)
		r.Tell("permissions.attached")
	}
	list, ok := r.Objects(c, inline)
	if inline == "userPolicyList" && c.Null(inline) {
		ok = true // AWS leaves the list out where a user has none, and items have null for what it leaves out
	}
	for _, x := range list {
		name, named := r.Text(x, "policyName")
		if !named {
			r.Fail("an inline policy has no name")
			return false
		}
		p.Inline = append(p.Inline, name)
		text, there := pastDocument(r, x, "policyDocument")
		if !there {
			closed = false
			continue
		}
		g, err := granted(&text)
		if err != nil {
			r.Fail("the inline policy %q can't be read as a policy: %w", name, err)
			return false
		}
		if g.everything {
			by["inline:"+name] = true
		}
	}
	if closed = closed && ok; ok {
		slices.Sort(p.Inline)
		r.Tell("permissions.inline")
	}
	if b, ok := r.Object(c, "permissionsBoundary"); ok {
		pastOptional(r, b, "permissionsBoundaryArn", "permissions.boundary", &p.Boundary)
	}
	p.Administrator, p.AdministratorBy = len(by) > 0, policy.Sorted(by)
	return closed
}

// settlePast tells whether somebody is an administrator: what makes somebody one is enough, and that somebody is none takes all of it.
func settlePast(r *configitem.Reading, p *Permissions, closed bool) {
	if p.Administrator || closed {
		r.Tell("permissions.administrator")
	}
	if closed {
		r.Tell("permissions.administrator_by")
	}
}

// same refuses an item whose configuration is of another resource than the item.
func same(r *configitem.Reading, it *configitem.Item, c configitem.Object) {
	if arn, ok := r.Text(c, "arn"); ok && it.ARN != "" && arn != it.ARN {
		r.Fail("the item of %s is of %s", it.ARN, arn)
	}
}

func pastUser(it *configitem.Item) (*User, []string, error) {
	var r configitem.Reading
	c := r.Configuration(it)
	same(&r, it, c)
	u := &User{Groups: []string{}, Tags: it.Tags}
	pastText(&r, c, "userName", "name", &u.Name)
	pastText(&r, c, "path", "path", &u.Path)
	pastOptional(&r, c, "userId", "user_id", &u.UserID)
	if t, ok := r.Time(c, "createDate"); ok {
		u.Created = &t
		r.Tell("created")
	}
	closed := pastPermissions(&r, c, "userPolicyList", &u.Permissions)
	groups, ok := r.Texts(c, "groupList")
	if ok {
		u.Groups = groups
		slices.Sort(u.Groups)
		r.Tell("groups")
	}
	settlePast(&r, &u.Permissions, closed && ok && len(groups) == 0)
	if it.Tags != nil {
		r.Tell("tags")
	}
	return u, r.Told, r.Err
}

func pastGroup(it *configitem.Item) (*Group, []string, error) {
	var r configitem.Reading
	c := r.Configuration(it)
	same(&r, it, c)
	g := &Group{}
	pastText(&r, c, "groupName", "name", &g.Name)
	pastText(&r, c, "path", "path", &g.Path)
	pastOptional(&r, c, "groupId", "group_id", &g.GroupID)
	if t, ok := r.Time(c, "createDate"); ok {
		g.Created = &t
		r.Tell("created")
	}
	settlePast(&r, &g.Permissions, pastPermissions(&r, c, "groupPolicyList", &g.Permissions))
	return g, r.Told, r.Err
}

func pastRole(it *configitem.Item) (*Role, []string, error) {
	var r configitem.Reading
	c := r.Configuration(it)
	same(&r, it, c)
	o := &Role{InstanceProfiles: []string{}, Tags: it.Tags}
	pastText(&r, c, "roleName", "name", &o.Name)
	pastText(&r, c, "path", "path", &o.Path)
	pastOptional(&r, c, "roleId", "role_id", &o.RoleID)
	if o.Path != "" {
		o.ServiceLinked = strings.HasPrefix(o.Path, serviceLinked)
		r.Tell("service_linked")
	}
	if t, ok := r.Time(c, "createDate"); ok {
		o.Created = &t
		r.Tell("created")
	}
	settlePast(&r, &o.Permissions, pastPermissions(&r, c, "rolePolicyList", &o.Permissions))
	if list, ok := r.Objects(c, "instanceProfileList"); ok {
		for _, x := range list {
			name, named := r.Text(x, "instanceProfileName")
			if !named {
				r.Fail("an instance profile has no name")
			}
			o.InstanceProfiles = append(o.InstanceProfiles, name)
		}
		slices.Sort(o.InstanceProfiles)
		r.Tell("instance_profiles")
	}
	if text, ok := pastDocument(&r, c, "assumeRolePolicyDocument"); ok {
		trust, err := trustOf(&text, it.Account, nil)
		if err != nil {
			r.Fail("the trust policy can't be read as one: %w", err)
			return o, nil, r.Err
		}
		// Which of the accounts are outside hangs on which the audit reads, and no item knows that.
		trust.OutsideAccounts, trust.UnguardedAccounts = []string{}, []string{}
		o.Trust = trust
		for _, f := range []string{"text", "statements", "public", "principals", "services", "open_services", "external_accounts", "external_id", "saml_providers",
			"oidc_providers", "unlimited_oidc"} {
			r.Tell("trust." + f)
		}
	}
	if it.Tags != nil {
		r.Tell("tags")
	}
	return o, r.Told, r.Err
}

func pastPolicy(it *configitem.Item) (*Policy, []string, error) {
	var r configitem.Reading
	c := r.Configuration(it)
	same(&r, it, c)
	p := &Policy{ManagedBy: "CUSTOMER"}
	if isAWS(it.ARN) {
		p.ManagedBy = "AWS"
	}
	r.Tell("managed_by")
	pastText(&r, c, "policyName", "name", &p.Name)
	pastText(&r, c, "path", "path", &p.Path)
	pastOptional(&r, c, "policyId", "policy_id", &p.PolicyID)
	pastOptional(&r, c, "defaultVersionId", "default_version", &p.DefaultVersion)
	for _, f := range []struct {
		member, field string
		to            **int
	}{{"attachmentCount", "attachments", &p.Attachments}, {"permissionsBoundaryUsageCount", "boundary_uses", &p.BoundaryUses}} {
		if n, ok := r.Int(c, f.member); ok {
			*f.to = &n
			r.Tell(f.field)
		}
	}
	if t, ok := r.Time(c, "createDate"); ok {
		p.Created = &t
		r.Tell("created")
	}
	if t, ok := r.Time(c, "updateDate"); ok {
		p.Updated = &t
		r.Tell("updated")
	}
	p.pastVersion(&r, c)
	return p, r.Told, r.Err
}

// pastVersion reads the version that is in force, which is the one that defaultVersionId names.
func (p *Policy) pastVersion(r *configitem.Reading, c configitem.Object) {
	versions, ok := r.Objects(c, "policyVersionList")
	if !ok || p.DefaultVersion == nil || p.ManagedBy == "AWS" {
		return
	}
	var found []configitem.Object
	for _, v := range versions {
		id, _ := r.Text(v, "versionId")
		on, said := r.Bool(v, "isDefaultVersion")
		if said && on != (id == *p.DefaultVersion) {
			r.Fail("defaultVersionId %q and isDefaultVersion of %q contradict each other", *p.DefaultVersion, id)
			return
		}
		if id == *p.DefaultVersion {
			found = append(found, v)
		}
	}
	if len(found) != 1 {
		return
	}
	text, ok := pastDocument(r, found[0], "document")
	if !ok {
		return
	}
	g, err := granted(&text)
	if err != nil {
		r.Fail("the version in force can't be read as a policy: %w", err)
		return
	}
	p.Statements, p.AllowsEverything, p.AllowsAllBut, p.FullServices = &g.statements, &g.everything, &g.allBut, g.full
	r.Tell("statements", "allows_everything", "allows_all_but", "full_services")
}
