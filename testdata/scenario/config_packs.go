package scenario

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

func packName(p ConformancePack) string { return p.Name }

func (p *place) packID(c ConformancePack) string {
	return cmp.Or(c.ID, "conformance-pack-"+base32ID(9, p.account.ID, p.region.Name, c.Name))
}

func packs(q *query, member string, entry func(ConformancePack) M) (any, *Failure) {
	all, f := named(q, "ConformancePackNames", "NoSuchConformancePackException", q.place.region.Packs, packName)
	if f != nil {
		return nil, f
	}
	from, to, next, f := q.page(configPages(20), len(all))
	if f != nil {
		return nil, f
	}
	entries := []any{}
	for _, c := range all[from:to] {
		entries = append(entries, entry(c))
	}
	out := M{member: entries}
	put(out, "NextToken", next)
	return out, nil
}

func (p *place) packARN(c ConformancePack) string {
	return p.configARN("conformance-pack", c.Name+"/"+p.packID(c))
}

func conformancePacks(q *query) (any, *Failure) {
	return packs(q, "ConformancePackDetails", func(c ConformancePack) M {
		m := M{"ConformancePackName": c.Name, "ConformancePackId": q.place.packID(c), "ConformancePackArn": q.place.packARN(c),
			"ConformancePackInputParameters": tags(c.Parameters, "ParameterName", "ParameterValue")}
		stamp(m, "LastUpdateRequestedTime", c.Requested)
		put(m, "CreatedBy", c.CreatedBy)
		return m
	})
}

func conformancePackStatus(q *query) (any, *Failure) {
	return packs(q, "ConformancePackStatusDetails", func(c ConformancePack) M {
		m := M{"ConformancePackName": c.Name, "ConformancePackId": q.place.packID(c), "ConformancePackArn": q.place.packARN(c),
			"ConformancePackState": cmp.Or(c.State, "CREATE_COMPLETE"), "LastUpdateRequestedTime": epoch(c.Requested),
			"StackArn": fmt.Sprintf("arn:aws:cloudformation:%s:%s:stack/awsconfigconforms-%s-%s/%s", q.Region, q.Account, c.Name, q.place.packID(c), uuid("stack", q.Account, q.Region, c.Name))}
		stamp(m, "LastUpdateCompletedTime", c.Completed)
		put(m, "ConformancePackStatusReason", c.Reason)
		return m
	})
}

func conformancePackCompliance(q *query) (any, *Failure) {
	name := q.str("ConformancePackName")
	i := slices.IndexFunc(q.place.region.Packs, func(c ConformancePack) bool { return c.Name == name })
	if i < 0 {
		return nil, q.invalid("NoSuchConformancePackException", fmt.Sprintf("The conformance pack '%s' does not exist.", name))
	}
	c := q.place.region.Packs[i]
	filters, _ := q.in["Filters"].(M)
	wantNames := stringsOf(filters["ConfigRuleNames"])
	wantKind, _ := filters["ComplianceType"].(string)
	var all []M
	for _, n := range c.Rules {
		j := slices.IndexFunc(q.place.region.Rules, func(r Rule) bool { return r.Name == n })
		if j < 0 {
			panic(fmt.Sprintf("scenario: conformance pack %q names rule %q, which is not declared", c.Name, n))
		}
		kind, _ := q.place.compliance(q.place.region.Rules[j])
		if wantKind != "" && kind != wantKind || len(wantNames) > 0 && !slices.Contains(wantNames, n) {
			continue
		}
		all = append(all, M{"ConfigRuleName": n, "ComplianceType": kind, "Controls": list(c.Controls[n])})
	}
	from, to, next, f := q.page(configPages(1000), len(all))
	if f != nil {
		return nil, f
	}
	out := M{"ConformancePackName": c.Name, "ConformancePackRuleComplianceList": list(all[from:to])}
	put(out, "NextToken", next)
	return out, nil
}

func aggregators(q *query) (any, *Failure) {
	all, f := named(q, "ConfigurationAggregatorNames", "NoSuchConfigurationAggregatorException", q.place.region.Aggregators, func(a Aggregator) string { return a.Name })
	if f != nil {
		return nil, f
	}
	from, to, next, f := q.page(configPages(100), len(all))
	if f != nil {
		return nil, f
	}
	entries := []any{}
	for _, a := range all[from:to] {
		m := M{"ConfigurationAggregatorName": a.Name, "CreationTime": epoch(a.Created), "LastUpdatedTime": epoch(a.Updated),
			"ConfigurationAggregatorArn": q.place.configARN("config-aggregator", "config-aggregator-"+base32ID(8, q.Account, q.Region, a.Name))}
		source := M{"AllAwsRegions": len(a.Regions) == 0}
		if len(a.Regions) > 0 {
			source["AwsRegions"] = list(a.Regions)
		}
		if len(a.Accounts) > 0 {
			source["AccountIds"] = list(a.Accounts)
			m["AccountAggregationSources"] = []any{source}
		} else {
			source["RoleArn"] = a.Role
			m["OrganizationAggregationSource"] = source
		}
		entries = append(entries, m)
	}
	out := M{"ConfigurationAggregators": entries}
	put(out, "NextToken", next)
	return out, nil
}

func aggregatorSources(q *query) (any, *Failure) {
	name := q.str("ConfigurationAggregatorName")
	i := slices.IndexFunc(q.place.region.Aggregators, func(a Aggregator) bool { return a.Name == name })
	if i < 0 {
		return nil, q.invalid("NoSuchConfigurationAggregatorException", fmt.Sprintf("The configuration aggregator does not exist: %s", name))
	}
	want := q.strs("UpdateStatus")
	all := q.place.region.Aggregators[i].Sources
	if len(want) > 0 {
		all = slices.DeleteFunc(slices.Clone(all), func(s AggregatorSource) bool { return !slices.Contains(want, s.Status) })
	}
	from, to, next, f := q.page(configPages(100), len(all))
	if f != nil {
		return nil, f
	}
	entries := []any{}
	for _, s := range all[from:to] {
		m := M{"SourceId": s.ID, "SourceType": cmp.Or(s.Type, "ACCOUNT"), "LastUpdateStatus": s.Status}
		put(m, "AwsRegion", s.Region)
		stamp(m, "LastUpdateTime", s.Updated)
		put(m, "LastErrorCode", s.Failure)
		put(m, "LastErrorMessage", s.FailureMessage)
		entries = append(entries, m)
	}
	out := M{"AggregatedSourceStatusList": entries}
	put(out, "NextToken", next)
	return out, nil
}

// discovered is one resource that Config knows, and when it was deleted.
type discovered struct {
	id, name string
	deleted  bool
}

// resourcesOf lists what Config has discovered of a type, deleted resources included, in AWS's order: none.
func (p *place) resourcesOf(kind string) (int, func(int) discovered) {
	var some []discovered
	bulk, bulkID := 0, func(int) string { return "" }
	switch kind {
	case recorderType:
		if len(p.recorderItems()) > 0 {
			some = append(some, discovered{id: p.region.Recorder.name(), name: p.region.Recorder.name()})
		}
	case "AWS::KMS::Key":
		for _, k := range p.region.Keys {
			if !k.Undiscovered {
				some = append(some, discovered{id: k.ID, deleted: k.Gone})
			}
		}
		bulk, bulkID = p.region.BulkKeys, p.bulkID
	case "AWS::KMS::Alias":
		for _, k := range p.region.Keys {
			for _, a := range k.Aliases {
				if !k.Undiscovered {
					some = append(some, discovered{id: "alias/" + a, name: "alias/" + a, deleted: k.Gone})
				}
			}
		}
	}
	if list := inventories[kind]; list != nil {
		for _, k := range list(p) {
			some = append(some, discovered{id: k.id, name: k.name, deleted: k.gone})
		}
	}
	for _, r := range p.region.Resources {
		switch {
		case r.Type != kind:
		case r.Count > 0:
			bulk, bulkID = r.Count, func(i int) string { return r.prefix() + hexID(12, p.account.ID, p.region.Name, kind, fmt.Sprint(i)) }
		default:
			gone := len(r.Items) > 0 && strings.HasPrefix(r.Items[len(r.Items)-1].Status, "ResourceDeleted")
			some = append(some, discovered{id: r.ID, name: r.Name, deleted: gone})
		}
	}
	return len(some) + bulk, func(i int) discovered {
		if i < len(some) {
			return some[i]
		}
		return discovered{id: bulkID(i - len(some))}
	}
}

// prefix begins the ids of counted resources.
func (r Resource) prefix() string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(r.Type, "AWS::"), "::", "-")) + "-"
}

// resourceTypes lists the types that have been discovered here, sorted.
func (p *place) resourceTypes() []string {
	types := []string{}
	for _, t := range slices.Concat([]string{"AWS::KMS::Alias", "AWS::KMS::Key"}, slices.Sorted(maps.Keys(inventories))) {
		if n, _ := p.resourcesOf(t); n > 0 {
			types = append(types, t)
		}
	}
	for _, r := range p.region.Resources {
		if !slices.Contains(types, r.Type) {
			types = append(types, r.Type)
		}
	}
	slices.Sort(types)
	return types
}

func lowerPages() paging {
	return paging{limit: "limit", token: "nextToken", standard: 100, most: 100, zeroMeansNone: true, badToken: "InvalidNextTokenException", badLimit: "InvalidLimitException"}
}

func discoveredCounts(q *query) (any, *Failure) {
	if q.place.region.Recorder == nil {
		return M{"totalDiscoveredResources": 0, "resourceCounts": []any{}}, nil
	}
	types := q.place.resourceTypes()
	if want := q.strs("resourceTypes"); len(want) > 0 {
		types = slices.DeleteFunc(types, func(t string) bool { return !slices.Contains(want, t) })
	}
	total, counts := 0, []any{}
	for _, t := range types {
		n, at := q.place.resourcesOf(t)
		c := 0
		for i := range n {
			if !at(i).deleted {
				c++
			}
		}
		if c > 0 {
			counts = append(counts, M{"resourceType": t, "count": c})
			total += c
		}
	}
	from, to, next, f := q.page(lowerPages(), len(counts))
	if f != nil {
		return nil, f
	}
	out := M{"totalDiscoveredResources": total, "resourceCounts": counts[from:to]}
	put(out, "nextToken", next)
	return out, nil
}

func discoveredResources(q *query) (any, *Failure) {
	if q.place.region.Recorder == nil {
		return nil, q.noRecorder()
	}
	kind := q.str("resourceType")
	ids, name := q.strs("resourceIds"), q.str("resourceName")
	deletedToo, _ := q.in["includeDeletedResources"].(bool)
	n, at := q.place.resourcesOf(kind)
	from, to, next, f := q.page(lowerPages(), n)
	if f != nil {
		return nil, f
	}
	entries := []any{}
	for i := from; i < to; i++ {
		d := at(i)
		if d.deleted && !deletedToo || len(ids) > 0 && !slices.Contains(ids, d.id) || name != "" && name != d.name {
			continue
		}
		m := M{"resourceType": kind, "resourceId": d.id}
		put(m, "resourceName", d.name)
		if d.deleted {
			items := q.place.items(kind, d.id)
			m["resourceDeletionTime"] = epoch(items[len(items)-1].at)
		}
		entries = append(entries, m)
	}
	out := M{"resourceIdentifiers": entries}
	put(out, "nextToken", next)
	return out, nil
}

func (q *query) noRecorder() *Failure {
	return q.invalid("NoAvailableConfigurationRecorderException", "There are no configuration recorders available to record resource configurations.")
}
