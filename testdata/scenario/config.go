package scenario

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

func configPages(most int) paging {
	return paging{limit: "Limit", token: "NextToken", standard: most, most: most, zeroMeansNone: true, badToken: "InvalidNextTokenException", badLimit: "InvalidLimitException"}
}

func (p *place) configARN(kind, id string) string {
	return fmt.Sprintf("arn:aws:config:%s:%s:%s/%s", p.region.Name, p.account.ID, kind, id)
}

// named keeps the elements whose names the request asks for, and refuses names that do not exist.
func named[T any](q *query, member, missing string, all []T, name func(T) string) ([]T, *Failure) {
	want := q.strs(member)
	if len(want) == 0 {
		return all, nil
	}
	var out []T
	for _, w := range want {
		i := slices.IndexFunc(all, func(e T) bool { return name(e) == w })
		if i < 0 {
			return nil, q.invalid(missing, fmt.Sprintf("Cannot find %s with the specified name '%s'.", strings.TrimSuffix(strings.TrimPrefix(missing, "NoSuch"), "Exception"), w))
		}
		out = append(out, all[i])
	}
	return out, nil
}

func (r *Recorder) name() string { return cmp.Or(r.Name, "default") }

func (p *place) recorders() []*Recorder {
	if p.region.Recorder == nil {
		return nil
	}
	return []*Recorder{p.region.Recorder}
}

func configurationRecorders(q *query) (any, *Failure) {
	rs, f := named(q, "ConfigurationRecorderNames", "NoSuchConfigurationRecorderException", q.place.recorders(), (*Recorder).name)
	if f != nil {
		return nil, f
	}
	out := []any{}
	for _, r := range rs {
		group, mode := r.settings()
		out = append(out, M{"name": r.name(), "arn": q.place.configARN("configuration-recorder", r.name()+"/"+base32ID(16, q.Account, q.Region)),
			"roleARN":        fmt.Sprintf("arn:aws:iam::%s:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig", q.Account),
			"recordingGroup": group, "recordingMode": mode, "recordingScope": "PAID"})
	}
	return M{"ConfigurationRecorders": out}, nil
}

// settings are a recorder's group and mode.
func (r *Recorder) settings() (group, mode M) {
	group = M{"allSupported": false, "includeGlobalResourceTypes": r.Global, "resourceTypes": list(r.Types)}
	switch {
	case len(r.Excluded) > 0:
		group["exclusionByResourceTypes"] = M{"resourceTypes": list(r.Excluded)}
		group["recordingStrategy"] = M{"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"}
	case len(r.Types) > 0:
		group["recordingStrategy"] = M{"useOnly": "INCLUSION_BY_RESOURCE_TYPES"}
	default:
		group["allSupported"] = true
		group["recordingStrategy"] = M{"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"}
	}
	mode = M{"recordingFrequency": cmp.Or(r.Frequency, "CONTINUOUS")}
	if len(r.DailyTypes) > 0 {
		mode["recordingModeOverrides"] = []any{M{"description": "daily is enough here", "resourceTypes": list(r.DailyTypes), "recordingFrequency": "DAILY"}}
	}
	return group, mode
}

// recorderType is the type that Config records its own recorder as.
const recorderType = "AWS::Config::ConfigurationRecorder"

// recorderItems are the recorder's own items: it is recorded whether it is on or off, a little after each start and stop. Members are
// spelt as in AWS's resource schema.
func (p *place) recorderItems() []item {
	r := p.region.Recorder
	if r == nil || r.Unrecorded {
		return nil
	}
	at := func(t time.Time, on bool, status string) item {
		group, mode := r.settings()
		id := p.configARN("configuration-recorder", r.name()+"/"+base32ID(16, p.account.ID, p.region.Name))
		body := M{"version": "1.3", "accountId": p.account.ID, "configurationItemCaptureTime": epoch(t), "configurationItemStatus": status, "configurationStateId": fmt.Sprint(t.UnixMilli()),
			"configurationItemMD5Hash": "", "resourceType": recorderType, "resourceId": r.name(), "resourceName": r.name(), "arn": id, "awsRegion": p.region.Name, "availabilityZone": "Not Applicable",
			"tags": M{}, "relatedEvents": []any{}, "relationships": []any{}, "supplementaryConfiguration": M{},
			"configuration": string(marshal(M{"Id": r.name(), "Name": r.name(), "Recording": on, "RoleARN": fmt.Sprintf("arn:aws:iam::%s:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig", p.account.ID),
				"RecordingGroup": pascal(group), "RecordingMode": pascal(mode)}))}
		return item{at: t, status: status, body: body}
	}
	out := []item{at(r.Started.Add(time.Minute), true, "ResourceDiscovered")}
	for _, off := range r.Off {
		out = append(out, at(off.From.Add(time.Minute), false, "OK"))
		if !off.To.IsZero() {
			out = append(out, at(off.To.Add(time.Minute), true, "OK"))
		}
	}
	return out
}

// selectResources answers the one advanced query that is asked: for the present state of the recorder. AWS answers a query with a string of
// JSON a row.
func selectResources(q *query) (any, *Failure) {
	if !strings.HasSuffix(q.str("Expression"), " WHERE resourceType = '"+recorderType+"'") {
		return nil, q.invalid("InvalidExpressionException", "the stand-in answers no such query")
	}
	rows := []any{}
	if q.place.region.Recorder == nil {
		return M{"Results": rows, "QueryInfo": M{"SelectFields": []any{}}}, nil
	}
	for _, it := range q.place.recorderItems() {
		if q.place.org.AsOf.Before(it.at) {
			break
		}
		row := M{"configurationItemCaptureTime": iso(it.at), "configuration": json.RawMessage(it.body["configuration"].(string))}
		for _, k := range []string{"resourceId", "resourceName", "configurationItemStatus", "configurationStateId"} {
			row[k] = it.body[k]
		}
		rows = []any{string(marshal(row))}
	}
	return M{"Results": rows, "QueryInfo": M{"SelectFields": []any{M{"Name": "resourceId"}, M{"Name": "configuration"}}}}, nil
}

// pascal spells the members of what AWS Config's API names in camel case as CloudFormation does.
func pascal(v any) any {
	switch x := v.(type) {
	case M:
		out := M{}
		for k, v := range x {
			out[strings.ToUpper(k[:1])+k[1:]] = pascal(v)
		}
		return out
	case []any:
		out := []any{}
		for _, v := range x {
			out = append(out, pascal(v))
		}
		return out
	}
	return v
}

func configurationRecorderStatus(q *query) (any, *Failure) {
	rs, f := named(q, "ConfigurationRecorderNames", "NoSuchConfigurationRecorderException", q.place.recorders(), (*Recorder).name)
	if f != nil {
		return nil, f
	}
	out := []any{}
	for _, r := range rs {
		m := M{"name": r.name(), "arn": q.place.configARN("configuration-recorder", r.name()+"/"+base32ID(16, q.Account, q.Region)),
			"recording": true, "lastStartTime": epoch(r.Started), "lastStatus": "Success",
			"lastStatusChangeTime": epoch(q.place.org.AsOf.Add(-11 * time.Minute))}
		if n := len(r.Off); n > 0 {
			last := r.Off[n-1]
			m["lastStopTime"] = epoch(last.From)
			if last.To.IsZero() {
				m["recording"] = false
				m["lastStatusChangeTime"] = epoch(last.From)
				if n > 1 {
					m["lastStartTime"] = epoch(r.Off[n-2].To)
				}
			} else {
				m["lastStartTime"] = epoch(last.To)
			}
		}
		if r.Failure != "" {
			m["lastStatus"], m["lastErrorCode"], m["lastErrorMessage"] = "Failure", r.Failure, r.FailureMessage
		}
		out = append(out, m)
	}
	return M{"ConfigurationRecordersStatus": out}, nil
}

func (p *place) channels() []*Delivery {
	if p.region.Delivery == nil {
		return nil
	}
	return []*Delivery{p.region.Delivery}
}

func (d *Delivery) name() string { return cmp.Or(d.Name, "default") }

func deliveryChannels(q *query) (any, *Failure) {
	ds, f := named(q, "DeliveryChannelNames", "NoSuchDeliveryChannelException", q.place.channels(), (*Delivery).name)
	if f != nil {
		return nil, f
	}
	out := []any{}
	for _, d := range ds {
		m := M{"name": d.name(), "s3BucketName": d.Bucket}
		put(m, "s3KeyPrefix", d.Prefix)
		put(m, "s3KmsKeyArn", d.KMSKey)
		put(m, "snsTopicARN", d.Topic)
		if d.Frequency != "" {
			m["configSnapshotDeliveryProperties"] = M{"deliveryFrequency": d.Frequency}
		}
		out = append(out, m)
	}
	return M{"DeliveryChannels": out}, nil
}

func deliveryChannelStatus(q *query) (any, *Failure) {
	ds, f := named(q, "DeliveryChannelNames", "NoSuchDeliveryChannelException", q.place.channels(), (*Delivery).name)
	if f != nil {
		return nil, f
	}
	out := []any{}
	for _, d := range ds {
		history := M{"lastStatus": "Success", "lastAttemptTime": epoch(d.Last), "lastSuccessfulTime": epoch(d.Last), "nextDeliveryTime": epoch(d.Last.Add(6 * time.Hour))}
		stream := M{"lastStatus": "Success", "lastStatusChangeTime": epoch(d.Last.Add(40 * time.Minute))}
		if d.Topic == "" {
			stream = M{"lastStatus": "Not_Applicable", "lastStatusChangeTime": epoch(d.Last.Add(40 * time.Minute))}
		}
		snapshot := M{}
		if d.Frequency != "" {
			snapshot = M{"lastStatus": "Success", "lastAttemptTime": epoch(d.Last), "lastSuccessfulTime": epoch(d.Last)}
		}
		if d.Failure != "" {
			history = M{"lastStatus": "Failure", "lastErrorCode": d.Failure, "lastErrorMessage": d.FailureMessage,
				"lastAttemptTime": epoch(q.place.org.AsOf.Add(-2 * time.Hour)), "lastSuccessfulTime": epoch(d.Last)}
		}
		out = append(out, M{"name": d.name(), "configSnapshotDeliveryInfo": snapshot, "configHistoryDeliveryInfo": history, "configStreamDeliveryInfo": stream})
	}
	return M{"DeliveryChannelsStatus": out}, nil
}

func retentionConfigurations(q *query) (any, *Failure) {
	all := []int{}
	if d := q.place.region.RetentionDays; d > 0 {
		all = append(all, d)
	}
	all, f := named(q, "RetentionConfigurationNames", "NoSuchRetentionConfigurationException", all, func(int) string { return "default" })
	if f != nil {
		return nil, f
	}
	out := []any{}
	for _, d := range all {
		out = append(out, M{"Name": "default", "RetentionPeriodInDays": d})
	}
	return M{"RetentionConfigurations": out}, nil
}

func ruleName(r Rule) string { return r.Name }

func (p *place) ruleID(r Rule) string {
	return cmp.Or(r.ID, "config-rule-"+base32ID(6, p.account.ID, p.region.Name, r.Name))
}

// rules answers a page of the rules that the request names.
func rules(q *query, pages paging, member string, entry func(Rule) (M, bool)) (any, *Failure) {
	all, f := named(q, "ConfigRuleNames", "NoSuchConfigRuleException", q.place.region.Rules, ruleName)
	if f != nil {
		return nil, f
	}
	from, to, next, f := q.page(pages, len(all))
	if f != nil {
		return nil, f
	}
	entries := []any{}
	for _, r := range all[from:to] {
		if m, ok := entry(r); ok {
			entries = append(entries, m)
		}
	}
	out := M{member: entries}
	put(out, "NextToken", next)
	return out, nil
}

func configRules(q *query) (any, *Failure) {
	p := configPages(25)
	p.limit = ""
	return rules(q, p, "ConfigRules", func(r Rule) (M, bool) {
		source := M{"Owner": cmp.Or(r.Owner, "AWS")}
		put(source, "SourceIdentifier", r.Identifier)
		switch r.Owner {
		case "CUSTOM_LAMBDA":
			d := M{"EventSource": "aws.config", "MessageType": "ConfigurationItemChangeNotification"}
			if r.Frequency != "" {
				d["MessageType"], d["MaximumExecutionFrequency"] = "ScheduledNotification", r.Frequency
			}
			source["SourceDetails"] = []any{d}
		case "CUSTOM_POLICY":
			source["SourceDetails"] = []any{M{"EventSource": "aws.config", "MessageType": "ConfigurationItemChangeNotification"}}
			source["CustomPolicyDetails"] = M{"PolicyRuntime": "guard-2.x.x", "PolicyText": "", "EnableDebugLogDelivery": false}
		}
		m := M{"ConfigRuleName": r.Name, "ConfigRuleId": q.place.ruleID(r), "ConfigRuleArn": q.place.configARN("config-rule", q.place.ruleID(r)),
			"Source": source, "ConfigRuleState": cmp.Or(r.State, "ACTIVE"), "EvaluationModes": []any{M{"Mode": "DETECTIVE"}}}
		put(m, "Description", r.Description)
		put(m, "InputParameters", r.Parameters)
		put(m, "CreatedBy", r.CreatedBy)
		if r.Owner == "" || r.Owner == "AWS" {
			put(m, "MaximumExecutionFrequency", r.Frequency)
		}
		if len(r.Types) > 0 {
			m["Scope"] = M{"ComplianceResourceTypes": list(r.Types)}
		}
		return m, true
	})
}

func ruleEvaluationStatus(q *query) (any, *Failure) {
	return rules(q, configPages(50), "ConfigRulesEvaluationStatus", func(r Rule) (M, bool) {
		m := M{"ConfigRuleName": r.Name, "ConfigRuleId": q.place.ruleID(r), "ConfigRuleArn": q.place.configARN("config-rule", q.place.ruleID(r)),
			"FirstEvaluationStarted": !r.Activated.IsZero()}
		stamp(m, "FirstActivatedTime", r.Activated)
		stamp(m, "LastSuccessfulEvaluationTime", r.Evaluated)
		stamp(m, "LastSuccessfulInvocationTime", r.Evaluated)
		stamp(m, "LastFailedEvaluationTime", r.Failed)
		put(m, "LastErrorCode", r.Failure)
		put(m, "LastErrorMessage", r.FailureMessage)
		return m, true
	})
}

// compliance rolls a rule's results up as Config does: NOT_APPLICABLE never shows, and nothing else than that is INSUFFICIENT_DATA.
func (p *place) compliance(r Rule) (kind string, bad int) {
	kind = "INSUFFICIENT_DATA"
	if r.EveryKey && p.region.BulkKeys > 0 {
		if bad = p.region.BulkKeys / 10; bad > 0 {
			kind = "NON_COMPLIANT"
		} else {
			kind = "COMPLIANT"
		}
	}
	for _, e := range r.Results {
		switch e.Compliance {
		case "NON_COMPLIANT":
			kind = "NON_COMPLIANT"
			bad++
		case "COMPLIANT":
			if kind == "INSUFFICIENT_DATA" {
				kind = "COMPLIANT"
			}
		}
	}
	return kind, bad
}

func complianceByRule(q *query) (any, *Failure) {
	want := q.strs("ComplianceTypes")
	p := configPages(25)
	p.limit = ""
	return rules(q, p, "ComplianceByConfigRules", func(r Rule) (M, bool) {
		kind, bad := q.place.compliance(r)
		if len(want) > 0 && !slices.Contains(want, kind) {
			return nil, false
		}
		c := M{"ComplianceType": kind}
		if bad > 0 {
			c["ComplianceContributorCount"] = M{"CappedCount": min(bad, 100), "CapExceeded": bad > 100}
		}
		return M{"ConfigRuleName": r.Name, "Compliance": c}, true
	})
}

func complianceDetails(q *query) (any, *Failure) {
	name := q.str("ConfigRuleName")
	i := slices.IndexFunc(q.place.region.Rules, func(r Rule) bool { return r.Name == name })
	if i < 0 {
		return nil, q.invalid("NoSuchConfigRuleException", fmt.Sprintf("The ConfigRule '%s' provided in the request is invalid. Please check the configRule name.", name))
	}
	want := q.strs("ComplianceTypes")
	if slices.Contains(want, "INSUFFICIENT_DATA") {
		return nil, q.invalid("InvalidParameterValueException", "INSUFFICIENT_DATA is not a valid ComplianceType for filtering.")
	}
	r := q.place.region.Rules[i]
	n, at := q.place.results(r, want)
	p := configPages(100)
	p.standard = 10
	from, to, next, f := q.page(p, n)
	if f != nil {
		return nil, f
	}
	entries := []any{}
	for i := from; i < to; i++ {
		e := at(i)
		ordered := e.Ordered
		if ordered.IsZero() {
			ordered = e.Recorded
		}
		m := M{"ComplianceType": e.Compliance, "ResultRecordedTime": epoch(e.Recorded), "ConfigRuleInvokedTime": epoch(e.Recorded.Add(-1200 * time.Millisecond)),
			"EvaluationResultIdentifier": M{"OrderingTimestamp": epoch(ordered),
				"EvaluationResultQualifier": M{"ConfigRuleName": r.Name, "ResourceType": e.Type, "ResourceId": e.ID, "EvaluationMode": "DETECTIVE"}}}
		put(m, "Annotation", e.Annotation)
		entries = append(entries, m)
	}
	out := M{"EvaluationResults": entries}
	put(out, "NextToken", next)
	return out, nil
}

// results are a rule's results of the wanted kinds; no kinds means all.
func (p *place) results(r Rule, want []string) (int, func(int) Result) {
	all := r.Results
	if len(want) > 0 {
		all = slices.DeleteFunc(slices.Clone(all), func(e Result) bool { return !slices.Contains(want, e.Compliance) })
	}
	if !r.EveryKey {
		return len(all), func(i int) Result { return all[i] }
	}
	n, index := tenths(p.region.BulkKeys, len(want) == 0 || slices.Contains(want, "COMPLIANT"), len(want) == 0 || slices.Contains(want, "NON_COMPLIANT"))
	return len(all) + n, func(i int) Result {
		if i < len(all) {
			return all[i]
		}
		k := index(i - len(all))
		kind := "COMPLIANT"
		if k%10 == 9 {
			kind = "NON_COMPLIANT"
		}
		return Result{Type: "AWS::KMS::Key", ID: p.bulkID(k), Compliance: kind, Recorded: r.Evaluated}
	}
}

// tenths numbers n things of which every tenth is bad, with only the good or only the bad where asked: how many there
// are, and which one stands at a position.
func tenths(n int, good, bad bool) (int, func(int) int) {
	switch {
	case good && bad:
		return n, func(i int) int { return i }
	case good:
		return n - n/10, func(i int) int { return i + i/9 }
	case bad:
		return n / 10, func(i int) int { return 10*i + 9 }
	}
	return 0, nil
}
