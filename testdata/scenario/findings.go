package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

func getFindings(q *query) (any, *Failure) {
	h, f := q.hub()
	if f != nil {
		return nil, f
	}
	filters, _ := q.in["Filters"].(M)
	if len(filters) > 10 {
		return nil, q.invalid("InvalidInputException", "Invalid parameter 'Filters'. A maximum of 10 filter attributes is allowed.")
	}
	var all []M
	for i, fd := range h.Findings {
		m := q.finding(i, fd)
		ok, f := q.selected(filters, m)
		if f != nil {
			return nil, f
		}
		if ok {
			all = append(all, m)
		}
	}
	// Bulk findings differ in nothing that a filter looks at but their status, so two of them tell which are selected.
	var chosen [2]bool
	for i, at := range []int{0, 9} {
		ok, f := q.selected(filters, q.finding(-1, q.bulkFinding(at)))
		if f != nil && h.BulkFindings > 0 {
			return nil, f
		}
		chosen[i] = ok
	}
	bulk, index := tenths(h.BulkFindings, chosen[0], chosen[1])
	if sort, _ := q.in["SortCriteria"].([]any); len(sort) > 0 {
		by, _ := sort[0].(M)
		field, _ := by["Field"].(string)
		slices.SortStableFunc(all, func(a, b M) int {
			x, _ := a[field].(string)
			y, _ := b[field].(string)
			if by["SortOrder"] == "desc" {
				x, y = y, x
			}
			return strings.Compare(x, y)
		})
	}
	from, to, next, f := q.page(hubPages, len(all)+bulk)
	if f != nil {
		return nil, f
	}
	entries := []any{}
	for i := from; i < to; i++ {
		if i < len(all) {
			entries = append(entries, all[i])
			continue
		}
		k := index(i - len(all))
		entries = append(entries, q.finding(len(h.Findings)+k, q.bulkFinding(k)))
	}
	out := M{"Findings": entries}
	put(out, "NextToken", next)
	return out, nil
}

func (q *query) bulkFinding(i int) Finding {
	now := q.place.org.AsOf
	f := Finding{Control: "KMS.4", Standards: []string{fsbp}, Status: "PASSED", Severity: "INFORMATIONAL", Workflow: "RESOLVED", Title: "AWS KMS key rotation should be enabled",
		First: now.AddDate(0, -2, 0), Created: now.AddDate(0, -2, 0), Last: now.Add(-9 * time.Hour), Updated: now.Add(-9 * time.Hour),
		ResourceType: "AwsKmsKey", ResourceID: q.place.keyARN(q.place.bulkID(i))}
	if i%10 == 9 {
		f.Status, f.Severity, f.Workflow = "FAILED", "MEDIUM", "NEW"
	}
	return f
}

func (q *query) finding(i int, f Finding) M {
	product := cmp.Or(f.Product, "securityhub")
	names := map[string]string{"securityhub": "Security Hub", "guardduty": "GuardDuty", "inspector": "Inspector"}
	m := M{
		"SchemaVersion": "2018-10-08", "ProductArn": fmt.Sprintf("arn:aws:securityhub:%s::product/aws/%s", q.Region, product),
		"ProductName": cmp.Or(names[product], product), "CompanyName": "AWS", "Region": q.Region, "AwsAccountId": q.Account, "AwsAccountName": q.place.account.Name,
		"Title": f.Title, "Description": cmp.Or(f.Description, f.Title), "CreatedAt": iso(f.Created), "UpdatedAt": iso(f.Updated),
		"Severity": severity(f), "Workflow": M{"Status": cmp.Or(f.Workflow, "NEW")}, "WorkflowState": "NEW", "RecordState": cmp.Or(f.Record, "ACTIVE"),
		"ProductFields": M{"aws/securityhub/ProductName": names[product], "aws/securityhub/CompanyName": "AWS"},
	}
	for name, t := range map[string]time.Time{"FirstObservedAt": f.First, "LastObservedAt": f.Last, "ProcessedAt": f.Updated} {
		if !t.IsZero() {
			m[name] = iso(t)
		}
	}
	m["Id"] = q.findingID(i, f)
	switch {
	case f.Control == "":
		m["Types"] = []any{"TTPs/Discovery/Recon:EC2-PortProbeUnprotectedPort"}
		m["GeneratorId"] = q.detector(f)
	case f.Standard != "":
		m["Types"] = []any{"Software and Configuration Checks/Industry and Regulatory Standards"}
		m["GeneratorId"] = f.Standard + "/" + f.called()
		m["ProductFields"].(M)["StandardsArn"] = q.standardARN(f.Standard)
		m["ProductFields"].(M)["ControlId"] = f.called()
	default:
		m["Types"] = []any{"Software and Configuration Checks/Industry and Regulatory Standards"}
		m["GeneratorId"] = "security-control/" + f.Control
	}
	if f.Control != "" {
		m["Remediation"] = M{"Recommendation": M{"Text": "For information on how to correct this issue, consult the AWS Security Hub controls documentation.",
			"Url": Control{ID: f.Control}.url()}}
	}
	if f.Status != "" {
		c := M{"Status": f.Status, "SecurityControlId": f.Control, "RelatedRequirements": list(f.Requirements)}
		standards := []any{}
		for _, s := range f.Standards {
			standards = append(standards, M{"StandardsId": standardID(s)})
		}
		c["AssociatedStandards"] = standards
		if len(f.Reasons) > 0 {
			reasons := []any{}
			for _, r := range f.Reasons {
				reasons = append(reasons, M{"ReasonCode": r, "Description": "AWS Config or the service gave no result: " + r})
			}
			c["StatusReasons"] = reasons
		}
		if f.Parameter != "" {
			c["SecurityControlParameters"] = []any{M{"Name": f.Parameter, "Value": list(f.Values)}}
		}
		m["Compliance"] = c
	}
	r := M{"Type": cmp.Or(f.ResourceType, "AwsAccount"), "Id": cmp.Or(f.ResourceID, "AWS::::Account:"+q.Account), "Partition": "aws", "Region": q.Region}
	if len(f.Tags) > 0 {
		t := M{}
		for _, e := range f.Tags {
			t[e.Key] = e.Value
		}
		r["Tags"] = t
	}
	resources := []any{r}
	for _, more := range f.More {
		resources = append(resources, M{"Type": more.Key, "Id": more.Value, "Partition": "aws", "Region": q.Region})
	}
	m["Resources"] = resources
	if f.Note != "" {
		m["Note"] = M{"Text": f.Note, "UpdatedBy": f.NoteBy, "UpdatedAt": iso(f.NoteAt)}
	}
	return m
}

// findingID is the id of the finding at an index.
func (q *query) findingID(i int, f Finding) string {
	id := uuid("finding", q.Account, q.Region, fmt.Sprint(i))
	switch {
	case f.Control == "":
		return q.detector(f) + "/finding/" + hexID(32, id)
	case f.Standard != "":
		return q.hubARN("subscription/" + f.Standard + "/" + f.called() + "/finding/" + id)
	}
	return q.hubARN("security-control/" + f.Control + "/finding/" + id)
}

func (q *query) detector(f Finding) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:detector/%s", cmp.Or(f.Product, "securityhub"), q.Region, q.Account, hexID(32, "detector", q.Account, q.Region))
}

// called is what the control is called in the finding's standard.
func (f Finding) called() string {
	if strings.HasPrefix(f.Standard, "pci-dss") {
		return "PCI." + f.Control
	}
	return f.Control
}

func severity(f Finding) M {
	label := cmp.Or(f.Severity, "MEDIUM")
	normalized := map[string]int{"INFORMATIONAL": 0, "LOW": 1, "MEDIUM": 40, "HIGH": 70, "CRITICAL": 90}[label]
	return M{"Label": label, "Normalized": normalized, "Original": cmp.Or(f.Original, label)}
}

// value reads the values that a filter attribute looks at.
func value(m M, attribute string) ([]string, bool) {
	at := func(path ...string) []string {
		var v any = m
		for _, p := range path {
			o, _ := v.(M)
			v = o[p]
		}
		if s, ok := v.(string); ok {
			return []string{s}
		}
		return nil
	}
	each := func(list any, member string) []string {
		var out []string
		es, _ := list.([]any)
		for _, e := range es {
			if s, ok := e.(M)[member].(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	switch attribute {
	case "Id", "ProductArn", "AwsAccountId", "GeneratorId", "Region", "Title", "ProductName", "CompanyName", "RecordState", "AwsAccountName",
		"CreatedAt", "UpdatedAt", "FirstObservedAt", "LastObservedAt", "Description", "WorkflowState":
		return at(attribute), true
	case "WorkflowStatus":
		return at("Workflow", "Status"), true
	case "SeverityLabel":
		return at("Severity", "Label"), true
	case "ComplianceStatus":
		return at("Compliance", "Status"), true
	case "ComplianceSecurityControlId":
		return at("Compliance", "SecurityControlId"), true
	case "ComplianceAssociatedStandardsId":
		c, _ := m["Compliance"].(M)
		return each(c["AssociatedStandards"], "StandardsId"), true
	case "ResourceType":
		return each(m["Resources"], "Type"), true
	case "ResourceId":
		return each(m["Resources"], "Id"), true
	case "Type":
		return stringsOf(m["Types"]), true
	}
	return nil, false
}

// selected applies the filters: attributes are joined by AND, the values of one by OR, negative ones by AND.
func (q *query) selected(filters M, m M) (bool, *Failure) {
	for attribute, v := range filters {
		have, known := value(m, attribute)
		if !known {
			return false, q.invalid("InvalidInputException", "scenario: the filter attribute "+attribute+" is not modelled; add it to findings.go")
		}
		conditions, _ := v.([]any)
		if len(conditions) > 20 {
			return false, q.invalid("InvalidInputException", "Invalid parameter 'Filters'. A maximum of 20 values is allowed for each attribute.")
		}
		positive, matched := false, false
		for _, e := range conditions {
			c, _ := e.(M)
			if strings.HasSuffix(attribute, "At") {
				positive = true
				matched = matched || q.dated(c, have)
				continue
			}
			want, _ := c["Value"].(string)
			how, _ := c["Comparison"].(string)
			how, negative := strings.CutPrefix(how, "NOT_")
			if how == "PREFIX_NOT_EQUALS" {
				how, negative = "PREFIX", true
			}
			hit := slices.ContainsFunc(have, func(s string) bool {
				switch how {
				case "PREFIX":
					return strings.HasPrefix(s, want)
				case "CONTAINS":
					return strings.Contains(s, want)
				}
				return s == want
			})
			switch {
			case negative && hit:
				return false, nil
			case !negative:
				positive = true
				matched = matched || hit
			}
		}
		if positive && !matched {
			return false, nil
		}
	}
	return true, nil
}

func (q *query) dated(c M, have []string) bool {
	if len(have) == 0 {
		return false
	}
	at, err := time.Parse(time.RFC3339, have[0])
	if err != nil {
		return false
	}
	if r, ok := c["DateRange"].(M); ok {
		days, _ := r["Value"].(float64)
		return !at.Before(q.place.org.AsOf.AddDate(0, 0, -int(days)))
	}
	start, _ := c["Start"].(string)
	end, _ := c["End"].(string)
	from, err1 := time.Parse(time.RFC3339, start)
	to, err2 := time.Parse(time.RFC3339, end)
	return (err1 != nil || !at.Before(from)) && (err2 != nil || !at.After(to))
}
