package scenario

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

var hubPages = paging{limit: "MaxResults", token: "NextToken", standard: 100, most: 100, badToken: "InvalidInputException", badLimit: "InvalidInputException"}

// hub refuses where Security Hub is off.
func (q *query) hub() (*Hub, *Failure) {
	if h := q.place.region.Hub; h != nil {
		return h, nil
	}
	return nil, &Failure{Status: 401, Code: "InvalidAccessException", Message: fmt.Sprintf("Account %s is not subscribed to AWS Security Hub", q.Account)}
}

func (q *query) hubARN(rest string) string {
	return fmt.Sprintf("arn:aws:securityhub:%s:%s:%s", q.Region, q.Account, rest)
}

// standardARN is the ARN of the standard itself. CIS 1.2.0 alone is a ruleset.
func (q *query) standardARN(name string) string {
	if strings.HasPrefix(name, "cis-aws-foundations-benchmark/v/1.2.0") {
		return "arn:aws:securityhub:::ruleset/" + name
	}
	return "arn:aws:securityhub:" + q.Region + "::standards/" + name
}

func standardID(name string) string {
	if strings.HasPrefix(name, "cis-aws-foundations-benchmark/v/1.2.0") {
		return "ruleset/" + name
	}
	return "standards/" + name
}

func describeHub(q *query) (any, *Failure) {
	h, f := q.hub()
	if f != nil {
		return nil, f
	}
	return M{"HubArn": q.hubARN("hub/default"), "SubscribedAt": iso(h.Subscribed), "AutoEnableControls": h.AutoEnable,
		"ControlFindingGenerator": cmp.Or(h.Generator, "SECURITY_CONTROL")}, nil
}

func enabledStandards(q *query) (any, *Failure) {
	h, f := q.hub()
	if f != nil {
		return nil, f
	}
	all := h.Standards
	if want := q.strs("StandardsSubscriptionArns"); len(want) > 0 {
		all = slices.DeleteFunc(slices.Clone(all), func(s Standard) bool { return !slices.Contains(want, q.hubARN("subscription/"+s.Name)) })
	}
	from, to, next, f := q.page(hubPages, len(all))
	if f != nil {
		return nil, f
	}
	entries := []any{}
	for _, s := range all[from:to] {
		m := M{"StandardsSubscriptionArn": q.hubARN("subscription/" + s.Name), "StandardsArn": q.standardARN(s.Name), "StandardsInput": M{},
			"StandardsStatus": cmp.Or(s.Status, "READY"), "StandardsControlsUpdatable": cmp.Or(s.Updatable, "READY_FOR_UPDATES")}
		if s.Reason != "" {
			m["StandardsStatusReason"] = M{"StatusReasonCode": s.Reason}
		}
		entries = append(entries, m)
	}
	out := M{"StandardsSubscriptions": entries}
	put(out, "NextToken", next)
	return out, nil
}

func (c Control) url() string {
	return "https://docs.aws.amazon.com/console/securityhub/" + url.PathEscape(c.ID) + "/remediation"
}

func (c Control) description() string {
	return cmp.Or(c.Description, "This control checks the following: "+c.Title)
}

func controlDefinitions(q *query) (any, *Failure) {
	h, f := q.hub()
	if f != nil {
		return nil, f
	}
	all := h.Controls
	if want := q.str("StandardsArn"); want != "" {
		all = slices.DeleteFunc(slices.Clone(all), func(c Control) bool {
			return !slices.ContainsFunc(c.Standards, func(a Association) bool { return q.standardARN(a.Standard) == want })
		})
	}
	from, to, next, f := q.page(hubPages, len(all))
	if f != nil {
		return nil, f
	}
	entries := []any{}
	for _, c := range all[from:to] {
		m := M{"SecurityControlId": c.ID, "Title": c.Title, "Description": c.description(), "RemediationUrl": c.url(),
			"SeverityRating": c.Severity, "CurrentRegionAvailability": cmp.Or(c.Availability, "AVAILABLE")}
		if c.Parameter != "" {
			m["CustomizableProperties"] = []any{"Parameters"}
			m["ParameterDefinitions"] = M{c.Parameter: M{"Description": "The number that the control compares with.",
				"ConfigurationOptions": M{"Integer": M{"DefaultValue": c.Default, "Min": 1, "Max": 365}}}}
		}
		entries = append(entries, m)
	}
	out := M{"SecurityControlDefinitions": entries}
	put(out, "NextToken", next)
	return out, nil
}

func (q *query) controlARN(id string) string { return q.hubARN("security-control/" + id) }

// control finds a control by id or ARN.
func (q *query) control(h *Hub, id string) (Control, bool) {
	id = strings.TrimPrefix(id, q.controlARN(""))
	i := slices.IndexFunc(h.Controls, func(c Control) bool { return c.ID == id })
	if i < 0 {
		return Control{}, false
	}
	return h.Controls[i], true
}

func batchControls(q *query) (any, *Failure) {
	h, f := q.hub()
	if f != nil {
		return nil, f
	}
	ids := q.strs("SecurityControlIds")
	if len(ids) == 0 || len(ids) > 100 {
		return nil, q.invalid("InvalidInputException", "Invalid parameter 'SecurityControlIds'. It must have between 1 and 100 elements.")
	}
	found, missing := []any{}, []any{}
	for _, id := range ids {
		c, ok := q.control(h, id)
		if !ok {
			missing = append(missing, M{"SecurityControlId": id, "ErrorCode": "NOT_FOUND", "ErrorReason": "The security control is not found in this Region."})
			continue
		}
		m := M{"SecurityControlId": c.ID, "SecurityControlArn": q.controlARN(c.ID), "Title": c.Title, "Description": c.description(),
			"RemediationUrl": c.url(), "SeverityRating": c.Severity, "SecurityControlStatus": cmp.Or(c.Status, "ENABLED"), "UpdateStatus": "READY", "Parameters": M{}}
		if c.Updating {
			m["UpdateStatus"] = "UPDATING"
		}
		put(m, "LastUpdateReason", c.Reason)
		if c.Parameter != "" {
			v := M{"ValueType": "DEFAULT", "Value": M{"Integer": c.Default}}
			if c.Custom != 0 {
				v = M{"ValueType": "CUSTOM", "Value": M{"Integer": c.Custom}}
			}
			m["Parameters"] = M{c.Parameter: v}
		}
		found = append(found, m)
	}
	return M{"SecurityControls": found, "UnprocessedIds": missing}, nil
}

func (q *query) association(c Control, a Association) M {
	m := M{"StandardsArn": q.standardARN(a.Standard), "SecurityControlId": c.ID, "SecurityControlArn": q.controlARN(c.ID), "AssociationStatus": "ENABLED",
		"RelatedRequirements": list(a.Requirements), "StandardsControlTitle": c.Title, "StandardsControlDescription": c.description()}
	if a.Disabled {
		m["AssociationStatus"] = "DISABLED"
	}
	put(m, "UpdatedReason", a.Reason)
	if !a.Updated.IsZero() {
		m["UpdatedAt"] = iso(a.Updated)
	}
	return m
}

func controlAssociations(q *query) (any, *Failure) {
	h, f := q.hub()
	if f != nil {
		return nil, f
	}
	c, ok := q.control(h, q.str("SecurityControlId"))
	if !ok {
		return nil, q.invalid("InvalidInputException", fmt.Sprintf("Invalid parameter 'SecurityControlId'. Security control %s does not exist.", q.str("SecurityControlId")))
	}
	from, to, next, f := q.page(hubPages, len(c.Standards))
	if f != nil {
		return nil, f
	}
	entries := []any{}
	for _, a := range c.Standards[from:to] {
		entries = append(entries, q.association(c, a))
	}
	out := M{"StandardsControlAssociationSummaries": entries}
	put(out, "NextToken", next)
	return out, nil
}

func batchAssociations(q *query) (any, *Failure) {
	h, f := q.hub()
	if f != nil {
		return nil, f
	}
	ids, _ := q.in["StandardsControlAssociationIds"].([]any)
	if len(ids) == 0 || len(ids) > 100 {
		return nil, q.invalid("InvalidInputException", "Invalid parameter 'StandardsControlAssociationIds'. It must have between 1 and 100 elements.")
	}
	found, missing := []any{}, []any{}
	for _, e := range ids {
		id, _ := e.(M)
		control, _ := id["SecurityControlId"].(string)
		standard, _ := id["StandardsArn"].(string)
		c, ok := q.control(h, control)
		i := slices.IndexFunc(c.Standards, func(a Association) bool { return q.standardARN(a.Standard) == standard })
		if !ok || i < 0 {
			missing = append(missing, M{"StandardsControlAssociationId": id, "ErrorCode": "NOT_FOUND", "ErrorReason": "The security control is not part of the standard."})
			continue
		}
		m := q.association(c, c.Standards[i])
		m["StandardsControlArns"] = []any{q.hubARN("control/" + c.Standards[i].Standard + "/" + c.ID)}
		found = append(found, m)
	}
	return M{"StandardsControlAssociationDetails": found, "UnprocessedAssociations": missing}, nil
}
