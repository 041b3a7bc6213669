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
