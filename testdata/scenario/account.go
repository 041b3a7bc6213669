package scenario

import "slices"

var accountPages = paging{limit: "MaxResults", token: "NextToken", standard: 20, most: 50, badToken: "ValidationException", badLimit: "ValidationException"}

// defaultOn are regions that cannot be switched off.
var defaultOn = []string{"ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
	"ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"}

func listRegions(q *query) (any, *Failure) {
	account := q.Account
	if id := q.str("AccountId"); id != "" {
		if q.Account != q.s.cfg.Organization.Management || q.s.ids[id] == nil {
			return nil, q.denied()
		}
		account = id
	}
	a := q.s.ids[account]
	type region struct{ name, status string }
	var all []region
	for _, r := range a.Regions {
		status := "ENABLED"
		if slices.Contains(defaultOn, r.Name) {
			status = "ENABLED_BY_DEFAULT"
		}
		all = append(all, region{r.Name, status})
	}
	for _, r := range a.Disabled {
		all = append(all, region{r, "DISABLED"})
	}
	want := q.strs("RegionOptStatusContains")
	if len(want) > 0 {
		all = slices.DeleteFunc(all, func(r region) bool { return !slices.Contains(want, r.status) })
	}
	from, to, next, f := q.page(accountPages, len(all))
	if f != nil {
		return nil, f
	}
	list := []any{}
	for _, r := range all[from:to] {
		list = append(list, M{"RegionName": r.name, "RegionOptStatus": r.status})
	}
	out := M{"Regions": list}
	put(out, "NextToken", next)
	return out, nil
}

var noContact = &Failure{Status: 404, Code: "ResourceNotFoundException", Message: "No contact of the inputted alternate contact type found."}

// alternateContacts answers with the contacts that an account declares, by their type.
var alternateContacts = stored(accountPages, Answers{"GetAlternateContact": {Fail: noContact}}, "GetAlternateContact")["GetAlternateContact"]

func contacts(all ...M) Answers {
	each := map[string]Answer{}
	for _, c := range all {
		each[c["AlternateContactType"].(string)] = Answer{Body: M{"AlternateContact": c}}
	}
	return Answers{"GetAlternateContact": {By: []string{"AlternateContactType"}, Each: each, Missing: noContact}}
}

func contact(kind, name, title, mail, phone string) M {
	return M{"AlternateContactType": kind, "Name": name, "Title": title, "EmailAddress": mail, "PhoneNumber": phone}
}

// demoContacts gives every account of Example Corp someone to reach about security, but for the data platform.
func demoContacts(o *Organization) {
	security := contact("SECURITY", "Security Lead", "Head of Security", "security@example.com", "+353 1 555 0100")
	billing := contact("BILLING", "Finance Lead", `=HYPERLINK("http://x")`, "finance@example.com", "+353 1 555 0101")
	operations := contact("OPERATIONS", "Platform Lead", "Head of Platform", "platform@example.com", "+353 1 555 0102")
	for _, a := range o.Accounts {
		switch a.ID {
		case DemoManagement:
			a.Store("account", contacts(security, billing, operations))
		case DemoData:
			a.Store("account", contacts(billing))
		default:
			a.Store("account", contacts(security, operations))
		}
	}
}

var largeContacts = contacts(contact("SECURITY", "Security Lead", "Head of Security", "security@example.com", "+353 1 555 0100"))
