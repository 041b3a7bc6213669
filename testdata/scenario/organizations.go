package scenario

import (
	"fmt"
	"strings"
	"time"
)

func organizationsService() service {
	operations := map[string]handler{"DescribeEffectivePolicy": effectivePolicy}
	for op, h := range stored(organizationPages, alone, "DescribeOrganization", "ListRoots", "ListOrganizationalUnitsForParent", "ListAccounts", "ListAccountsForParent",
		"ListPolicies", "DescribePolicy", "ListTargetsForPolicy", "ListDelegatedAdministrators", "ListDelegatedServicesForAccount",
		"ListAWSServiceAccessForOrganization", "DescribeResourcePolicy") {
		operations[op] = organizationWide(h, op == "DescribeOrganization")
	}
	for op, h := range map[string]handler{"ListAccounts": largeAccounts, "ListTargetsForPolicy": largeTargets} {
		operations[op] = computedUnlessDeclared(h, operations[op])
	}
	return service{name: "organizations", protocol: awsJSON, target: "AWSOrganizationsV20161128", global: true, operations: operations,
		tokens: map[string]string{"*": "NextToken", "DescribeOrganization": "", "DescribePolicy": "", "DescribeResourcePolicy": "", "DescribeEffectivePolicy": ""},
		message: func(_ *query, f *Failure) string {
			switch f.Code {
			case "ExpiredTokenException", "InternalFailure", "ServiceUnavailable":
				return "message"
			}
			return "Message"
		},
		throttled: func(*query) *Failure {
			return &Failure{Status: 400, Code: "TooManyRequestsException", Message: "You have sent too many requests in too short a period of time. The quota helps protect against denial-of-service attacks. Try again later."}
		},
		rates: map[string]Rate{
			"DescribeOrganization": {1, 2, "", false}, "ListRoots": {1, 2, "", false}, "ListAccounts": {8, 12, "", false}, "ListAccountsForParent": {5, 8, "", false},
			"ListOrganizationalUnitsForParent": {5, 8, "", false}, "ListPolicies": {5, 8, "", false}, "ListTargetsForPolicy": {5, 8, "", false}, "DescribePolicy": {2, 2, "", false},
			"ListDelegatedAdministrators": {5, 8, "", false}, "ListDelegatedServicesForAccount": {1, 3, "", false}, "ListAWSServiceAccessForOrganization": {1, 3, "", false},
		},
	}
}

// organizationPages are shorter than what is asked for, as AWS's may be at any time, so that lists have several.
var organizationPages = paging{token: "NextToken", standard: 4, badToken: "InvalidInputException"}

var alone = Answers{"*": {Fail: &Failure{Status: 400, Code: "AWSOrganizationsNotInUseException", Message: "Your account is not a member of an organization."}}}

// organizationWide answers with what the management account declares: to it and to delegated administrators, and where anyone may ask, to every account.
func organizationWide(h handler, anyone bool) handler {
	return func(q *query) (any, *Failure) {
		o := q.s.cfg.Organization
		if !anyone && q.Account != o.Management && !q.administers() {
			return nil, &Failure{Status: 400, Code: "AccessDeniedException", Message: "You don't have permissions to access this resource."}
		}
		return h(q.as(o.Management))
	}
}

// as is the query as another account would ask it.
func (q *query) as(account string) *query {
	other := *q
	other.Account = account
	return &other
}

// declared is what the management account declares of an operation.
func (q *query) declared(operation string) (a Answer, ok bool) {
	if m := q.s.ids[q.s.cfg.Organization.Management]; m != nil {
		a, ok = m.Stored["organizations"][operation]
	}
	return a, ok
}

// administers reports whether the caller is a delegated administrator.
func (q *query) administers() bool {
	all, _ := q.declared("ListDelegatedAdministrators")
	for _, i := range all.Items {
		if i.(M)["Id"] == q.Account {
			return true
		}
	}
	return false
}

// effectivePolicy answers any account about itself. An account that declares none has what the management account declares.
func effectivePolicy(q *query) (any, *Failure) {
	kind, target := q.str("PolicyType"), q.str("TargetId")
	o := q.s.cfg.Organization
	switch {
	case target == "":
		target = q.Account
	case target != q.Account && q.Account != o.Management:
		return nil, &Failure{Status: 400, Code: "AccessDeniedException", Message: "You don't have permissions to access this resource."}
	}
	effective, ok := q.declared("DescribeEffectivePolicy")
	if !ok {
		return nil, alone["*"].Fail
	}
	if a := q.s.ids[target]; a != nil {
		if own, ok := a.Stored["organizations"]["DescribeEffectivePolicy"]; ok {
			effective = own
		}
	}
	found, ok := effective.Each[kind]
	if !ok {
		return nil, &Failure{Status: 400, Code: "EffectivePolicyNotFoundException", Message: "The account does not have an effective policy of the given type."}
	}
	p := M{"PolicyType": kind, "TargetId": target}
	for k, v := range found.Body {
		p[k] = v
	}
	return M{"EffectivePolicy": p}, nil
}

// A declaredOrganization is what the answers about an organization are made from.
type declaredOrganization struct {
	org, management, email string
	// root is the id of the root; types are the statuses of policy types in it.
	root     string
	types    []Tag
	units    []declaredUnit
	accounts []declaredMember
	policies []declaredPolicy
	admins   []declaredAdmin
	// services have trusted access.
	services []declaredService
	// delegation is the resource policy.
	delegation string
}

type declaredUnit struct{ id, name, parent string }

type declaredMember struct {
	id, name, state, parent, joined string
	at                              time.Time
	// pathless accounts are listed without their path.
	pathless bool
}

type declaredPolicy struct {
	id, name, description, kind, content string
	aws                                  bool
	targets                              []string
}

type declaredAdmin struct {
	account  string
	at       time.Time
	services []declaredService
}

type declaredService struct {
	name string
	at   time.Time
}

func (d declaredOrganization) arn(rest string) string {
	return "arn:aws:organizations::" + d.management + ":" + rest
}

// path is how AWS writes the way to a unit, with a slash at its end.
func (d declaredOrganization) path(id string) string {
	if id == d.root {
		return d.org + "/" + id + "/"
	}
	for _, u := range d.units {
		if u.id == id {
			return d.path(u.parent) + id + "/"
		}
	}
	panic("scenario: the organization has no unit " + id)
}

func (d declaredOrganization) member(a declaredMember) M {
	m := M{"Id": a.id, "Arn": d.arn("account/" + d.org + "/" + a.id), "Email": d.email + "+" + a.id + "@example.com", "Name": a.name, "State": a.state, "JoinedMethod": a.joined,
		"JoinedTimestamp": epoch(a.at)}
	if !a.pathless {
		m["Paths"] = []any{d.path(a.parent) + a.id + "/"}
	}
	return m
}

// target describes what a policy is attached to.
func (d declaredOrganization) target(id string) M {
	switch {
	case id == d.root:
		return M{"TargetId": id, "Arn": d.arn("root/" + d.org + "/" + id), "Name": "Root", "Type": "ROOT"}
	case strings.HasPrefix(id, "ou-"):
		for _, u := range d.units {
			if u.id == id {
				return M{"TargetId": id, "Arn": d.arn("ou/" + d.org + "/" + id), "Name": u.name, "Type": "ORGANIZATIONAL_UNIT"}
			}
		}
	}
	for _, a := range d.accounts {
		if a.id == id {
			return M{"TargetId": id, "Arn": d.arn("account/" + d.org + "/" + id), "Name": a.name, "Type": "ACCOUNT"}
		}
	}
	panic("scenario: the organization has no " + id)
}

// everything lists the root, the units and the accounts: AWS attaches its own policies to all of them.
func (d declaredOrganization) everything() []string {
	out := []string{d.root}
	for _, u := range d.units {
		out = append(out, u.id)
	}
	for _, a := range d.accounts {
		out = append(out, a.id)
	}
	return out
}

// failing answers that there is no such thing.
func failing(code, message string) *Failure {
	return &Failure{Status: 400, Code: code, Message: message}
}

// answers are what the organization's operations answer.
func (d declaredOrganization) answers() Answers {
	noParent := failing("ParentNotFoundException", "You specified a parent that doesn't exist.")
	noPolicy := failing("PolicyNotFoundException", "We can't find a policy with the PolicyId that you specified.")
	units, held := map[string]Answer{d.root: {List: "OrganizationalUnits"}}, map[string]Answer{d.root: {List: "Accounts"}}
	for _, u := range d.units {
		units[u.id], held[u.id] = Answer{List: "OrganizationalUnits"}, Answer{List: "Accounts"}
	}
	add := func(to map[string]Answer, key string, item M) {
		a := to[key]
		a.Items = append(a.Items, item)
		to[key] = a
	}
	for _, u := range d.units {
		add(units, u.parent, M{"Id": u.id, "Arn": d.arn("ou/" + d.org + "/" + u.id), "Name": u.name, "Path": d.path(u.id)})
	}
	accounts := Answer{List: "Accounts"}
	for _, a := range d.accounts {
		add(held, a.parent, d.member(a))
		accounts.Items = append(accounts.Items, d.member(a))
	}
	var types []any
	byKind, texts, targets := map[string]Answer{}, map[string]Answer{}, map[string]Answer{}
	for _, t := range d.types {
		types = append(types, M{"Type": t.Key, "Status": t.Value})
		byKind[t.Key] = Answer{List: "Policies"}
	}
	for _, p := range d.policies {
		about := M{"Id": p.id, "Arn": d.arn("policy/" + d.org + "/" + strings.ToLower(p.kind) + "/" + p.id), "Name": p.name, "Description": p.description, "Type": p.kind, "AwsManaged": p.aws}
		if p.aws {
			about["Arn"] = "arn:aws:organizations::aws:policy/" + strings.ToLower(p.kind) + "/" + p.id
		}
		add(byKind, p.kind, about)
		texts[p.id] = Answer{Body: M{"Policy": M{"PolicySummary": about, "Content": p.content}}}
		on := Answer{List: "Targets"}
		for _, t := range p.targets {
			on.Items = append(on.Items, d.target(t))
		}
		targets[p.id] = on
	}
	admins, administered := Answer{List: "DelegatedAdministrators"}, map[string]Answer{}
	for _, a := range d.admins {
		for _, m := range d.accounts {
			if m.id == a.account {
				item := d.member(m)
				delete(item, "Paths")
				item["DelegationEnabledDate"] = epoch(a.at)
				admins.Items = append(admins.Items, item)
			}
		}
		administered[a.account] = Answer{List: "DelegatedServices"}
		for _, s := range a.services {
			add(administered, a.account, M{"ServicePrincipal": s.name, "DelegationEnabledDate": epoch(s.at)})
		}
	}
	trusted := Answer{List: "EnabledServicePrincipals"}
	for _, s := range d.services {
		trusted.Items = append(trusted.Items, M{"ServicePrincipal": s.name, "DateEnabled": epoch(s.at)})
	}
	delegation := Answer{Fail: failing("ResourcePolicyNotFoundException", "We can't find a resource policy request with the parameter that you specified.")}
	if d.delegation != "" {
		delegation = Answer{Body: M{"ResourcePolicy": M{"Content": d.delegation, "ResourcePolicySummary": M{"Id": "rp-" + d.org[2:], "Arn": d.arn("resourcepolicy/" + d.org + "/rp-" + d.org[2:])}}}}
	}
	return Answers{
		"DescribeOrganization": {Body: M{"Organization": M{"Id": d.org, "Arn": d.arn("organization/" + d.org), "FeatureSet": "ALL", "MasterAccountId": d.management,
			"MasterAccountArn": d.arn("account/" + d.org + "/" + d.management), "MasterAccountEmail": d.email + "+" + d.management + "@example.com",
			"AvailablePolicyTypes": []any{M{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}}}}},
		"ListRoots":                           {List: "Roots", Items: lists(M{"Id": d.root, "Arn": d.arn("root/" + d.org + "/" + d.root), "Name": "Root", "PolicyTypes": types})},
		"ListOrganizationalUnitsForParent":    {By: []string{"ParentId"}, Each: units, Missing: noParent},
		"ListAccounts":                        accounts,
		"ListAccountsForParent":               {By: []string{"ParentId"}, Each: held, Missing: noParent},
		"ListPolicies":                        {By: []string{"Filter"}, Each: byKind, Missing: failing("InvalidInputException", "You specified an invalid policy type.")},
		"DescribePolicy":                      {By: []string{"PolicyId"}, Each: texts, Missing: noPolicy},
		"ListTargetsForPolicy":                {By: []string{"PolicyId"}, Each: targets, Missing: noPolicy},
		"ListDelegatedAdministrators":         admins,
		"ListDelegatedServicesForAccount":     {By: []string{"AccountId"}, Each: administered, Missing: failing("AccountNotRegisteredException", "The specified account is not a delegated administrator.")},
		"ListAWSServiceAccessForOrganization": trusted,
		"DescribeResourcePolicy":              delegation,
	}
}

// allowAll is the text of AWS's own SCP.
const allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// largeUnits are the OUs that the accounts of a large organization are dealt to; the management account stands in the root.
var largeUnits = []declaredUnit{{"ou-exgr-w0rk1oad", "Workloads", "r-exgr"}, {"ou-exgr-pr0duct1", "Production", "ou-exgr-w0rk1oad"}, {"ou-exgr-5tag1ng0", "Staging", "ou-exgr-w0rk1oad"},
	{"ou-exgr-5ecur1ty", "Security", "r-exgr"}, {"ou-exgr-5andb0x0", "Sandbox", "r-exgr"}}

func large(o *Organization) declaredOrganization {
	return declaredOrganization{org: o.ID, management: o.Management, email: "aws", root: "r-exgr", units: largeUnits,
		types: []Tag{{"SERVICE_CONTROL_POLICY", "ENABLED"}, {"TAG_POLICY", "ENABLED"}},
		policies: []declaredPolicy{
			{id: "p-FullAWSAccess", name: "FullAWSAccess", description: "Allows access to every operation", kind: "SERVICE_CONTROL_POLICY", content: allowAll, aws: true},
			{id: "p-guardra1l5", name: "guardrails", description: "What no account may do", kind: "SERVICE_CONTROL_POLICY", content: denying("organizations:LeaveOrganization", "cloudtrail:StopLogging"), targets: []string{"r-exgr"}},
			{id: "p-tagp0l1cy5", name: "cost-centre", description: "Tags for cost", kind: "TAG_POLICY", content: tagPolicy, targets: []string{"r-exgr"}},
		},
		services: []declaredService{{"config.amazonaws.com", day(2024, 1, 9)}, {"sso.amazonaws.com", day(2024, 1, 8)}},
	}
}

// largeOrganizations declares a large organization. Its accounts, and what is attached to all of them, are made a page at a time when
// they are asked for.
func largeOrganizations(o *Organization) {
	a := large(o).answers()
	delete(a, "ListAccounts")
	delete(a, "ListTargetsForPolicy")
	a["DescribeEffectivePolicy"] = Answer{Each: map[string]Answer{"TAG_POLICY": effectively(tagPolicy)}}
	for _, account := range o.Accounts {
		if account.ID == o.Management {
			account.Store("organizations", a)
		}
		account.Store("account", largeContacts)
	}
}

// computedUnlessDeclared computes what an organization leaves undeclared that declares its root.
func computedUnlessDeclared(computed, stored handler) handler {
	computed = organizationWide(computed, false)
	return func(q *query) (any, *Failure) {
		_, rooted := q.declared("ListRoots")
		if _, ok := q.declared(q.Operation); ok || !rooted {
			return stored(q)
		}
		return computed(q)
	}
}

var largePages = paging{limit: "MaxResults", token: "NextToken", standard: 20, most: 20, badToken: "InvalidInputException", badLimit: "InvalidInputException"}

func largeAccounts(q *query) (any, *Failure) {
	o := q.s.cfg.Organization
	from, to, next, f := q.page(largePages, len(o.Accounts))
	if f != nil {
		return nil, f
	}
	d := declaredOrganization{org: o.ID, management: o.Management, email: "aws", root: "r-exgr", units: largeUnits}
	list := make([]any, 0, to-from)
	for i := from; i < to; i++ {
		m := declaredMember{id: o.Accounts[i].ID, name: o.Accounts[i].Name, state: "ACTIVE", parent: "r-exgr", joined: "CREATED", at: day(2024, 1, 8)}
		if m.id != o.Management {
			m.parent = largeUnits[1+i%4].id
		}
		list = append(list, d.member(m))
	}
	out := M{"Accounts": list}
	put(out, "NextToken", next)
	return out, nil
}

// largeTargets attaches AWS's own SCP to everything there is, and the rest to the root.
func largeTargets(q *query) (any, *Failure) {
	o := q.s.cfg.Organization
	d := declaredOrganization{org: o.ID, management: o.Management, root: "r-exgr", units: largeUnits}
	n := 1
	if q.str("PolicyId") == "p-FullAWSAccess" {
		n += len(largeUnits) + len(o.Accounts)
	}
	from, to, next, f := q.page(largePages, n)
	if f != nil {
		return nil, f
	}
	list := make([]any, 0, to-from)
	for i := from; i < to; i++ {
		switch at := i - 1 - len(largeUnits); {
		case i == 0:
			list = append(list, d.target(d.root))
		case at < 0:
			list = append(list, d.target(largeUnits[i-1].id))
		default:
			a := o.Accounts[at]
			list = append(list, M{"TargetId": a.ID, "Arn": d.arn("account/" + d.org + "/" + a.ID), "Name": a.Name, "Type": "ACCOUNT"})
		}
	}
	out := M{"Targets": list}
	put(out, "NextToken", next)
	return out, nil
}

// denying is an SCP that denies actions everywhere.
func denying(actions ...string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"Guardrail","Effect":"Deny","Action":["%s"],"Resource":"*"}]}`, strings.Join(actions, `","`))
}

const tagPolicy = `{"tags":{"costcentre":{"tag_key":{"@@assign":"CostCentre"},"enforced_for":{"@@assign":["ec2:instance"]}}}}`

// effectively is an effective policy of that text.
func effectively(text string) Answer {
	return Answer{Body: M{"PolicyContent": text, "LastUpdatedTimestamp": epoch(day(2026, 4, 14))}}
}
