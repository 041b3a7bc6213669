package scenario

import (
	"fmt"
	"maps"
	"time"
)

const cloudTrail = "cloudtrail"

func cloudTrailService() service {
	unknown := Answer{By: []string{"Name", "TrailName", "EventDataStore"}, Missing: unknownTrail}
	off := Answers{"DescribeTrails": {Body: M{"trailList": []any{}}}, "ListEventDataStores": {List: "EventDataStores"},
		"GetEventDataStore": {By: []string{"EventDataStore"}, Missing: unknownStore}, "*": unknown}
	operations := stored(paging{limit: "MaxResults", token: "NextToken", standard: 1000, most: 1000, badToken: "InvalidNextTokenException", badLimit: "InvalidMaxResultsException"}, off,
		"DescribeTrails", "GetTrailStatus", "GetEventSelectors", "GetInsightSelectors", "ListEventDataStores", "GetEventDataStore")
	operations["ListTags"], operations["LookupEvents"] = trailTags, lookupEvents
	return service{name: cloudTrail, protocol: awsJSON, target: "CloudTrail_20131101",
		operations: operations,
		tokens:     map[string]string{"ListEventDataStores": "NextToken", "ListTags": "NextToken", "LookupEvents": "NextToken"},
		rates:      map[string]Rate{"*": {10, 10, "", false}, "LookupEvents": {2, 2, "", false}},
		message: func(_ *query, f *Failure) string {
			switch f.Code {
			case "TrailNotFoundException", "InsightNotEnabledException", "ResourceNotFoundException", "EventDataStoreNotFoundException":
				return "Message"
			}
			return "message"
		},
	}
}

var (
	unknownTrail = &Failure{Status: 400, Code: "TrailNotFoundException", Message: "Unknown trail for the user"}
	unknownStore = &Failure{Status: 400, Code: "EventDataStoreNotFoundException", Message: "The specified event data store was not found."}
)

// trailTags answers for several ARNs at once, each of which must be there.
func trailTags(q *query) (any, *Failure) {
	all := []any{}
	for _, id := range q.strs("ResourceIdList") {
		a, ok := q.place.region.Stored[cloudTrail]["ListTags"].Each[id]
		if !ok {
			return nil, &Failure{Status: 400, Code: "ResourceNotFoundException", Message: "The resource " + id + " was not found."}
		}
		all = append(all, a.Body)
	}
	return M{"ResourceTagList": all}, nil
}

// A logTrail is a trail with what is said about it.
type logTrail struct {
	arn, home string
	// described is its entry in DescribeTrails; status, selectors and insights are whole answers. nil insights are not enabled.
	described, status, selectors M
	insights                     []any
	tags                         []Tag
	// toAll says that every account that sees it is told its status and selectors. AWS tells them to the owner.
	toAll bool
}

// storeTrails puts trails into an account: each is listed in its home region and, if it logs all regions, in every other; and is asked
// about in its home region. What is more than the list is told to the owner.
func storeTrails(a *Account, trails ...logTrail) {
	for _, r := range a.Regions {
		list := []any{}
		status, selectors, insights, tags := map[string]Answer{}, map[string]Answer{}, map[string]Answer{}, map[string]Answer{}
		for _, t := range trails {
			if multi, _ := t.described["IsMultiRegionTrail"].(bool); multi || t.home == r.Name {
				list = append(list, t.described)
			}
			if t.home != r.Name {
				continue
			}
			status[t.arn], selectors[t.arn], insights[t.arn] = Answer{Body: t.status}, Answer{Body: t.selectors}, Answer{Body: M{"TrailARN": t.arn, "InsightSelectors": t.insights}}
			if t.insights == nil {
				insights[t.arn] = Answer{Fail: &Failure{Status: 400, Code: "InsightNotEnabledException",
					Message: "Trail " + t.arn + " does not have Insights enabled. Edit the trail settings to enable Insights, and then try the operation again."}}
			}
			switch {
			case t.arn == trailARN(t.home, a.ID, t.described["Name"].(string)):
				tags[t.arn] = Answer{Body: M{"ResourceId": t.arn, "TagsList": trailTagList(t.tags)}}
			case !t.toAll:
				refused := Answer{Fail: &Failure{Status: 400, Code: "CloudTrailARNInvalidException", Message: "AccountID in ARN is wrong, you can only access resources with AccountID " + a.ID + "."}}
				status[t.arn], selectors[t.arn], insights[t.arn] = refused, refused, refused
			}
		}
		r.Store(cloudTrail, Answers{
			"DescribeTrails":      {Body: M{"trailList": list}},
			"GetTrailStatus":      {By: []string{"Name"}, Each: status, Missing: unknownTrail},
			"GetEventSelectors":   {By: []string{"TrailName"}, Each: selectors, Missing: unknownTrail},
			"GetInsightSelectors": {By: []string{"TrailName"}, Each: insights, Missing: unknownTrail},
			"ListTags":            {Each: tags},
		})
	}
}

func trailTagList(tags []Tag) []any {
	out := []any{}
	for _, t := range tags {
		out = append(out, M{"Key": t.Key, "Value": t.Value})
	}
	return out
}

func trailARN(region, account, name string) string {
	return fmt.Sprintf("arn:aws:cloudtrail:%s:%s:trail/%s", region, account, name)
}

// describedTrail is a trail's entry in DescribeTrails.
func describedTrail(home, account, name, bucket string, more M) M {
	m := M{"Name": name, "TrailARN": trailARN(home, account, name), "HomeRegion": home, "S3BucketName": bucket, "IncludeGlobalServiceEvents": true, "IsMultiRegionTrail": true,
		"IsOrganizationTrail": false, "LogFileValidationEnabled": true, "HasCustomEventSelectors": true, "HasInsightSelectors": false}
	maps.Copy(m, more)
	return m
}

// fieldSelector is one field of an advanced event selector.
func fieldSelector(field, operator string, values ...any) M {
	return M{"Field": field, operator: values}
}

func trailSelectors(arn, member string, selectors ...M) M {
	return M{"TrailARN": arn, member: lists(selectors...)}
}

// organizationTrail is the trail that every account of Example Corp sees: all management events, all data events of S3.
func organizationTrail() logTrail {
	const name = "example-org-trail"
	arn := trailARN(virginia, DemoManagement, name)
	key := "arn:aws:kms:" + virginia + ":" + DemoManagement + ":key/" + uuid("demo", DemoManagement, virginia, "cloudtrail")
	group := "arn:aws:logs:" + virginia + ":" + DemoManagement + ":log-group:aws-cloudtrail-logs-example-org:*"
	status := M{"IsLogging": true, "LatestDeliveryAttemptTime": "", "LatestDeliveryAttemptSucceeded": "", "LatestNotificationAttemptTime": "", "LatestNotificationAttemptSucceeded": "",
		"TimeLoggingStarted": iso(day(2023, 4, 18)), "TimeLoggingStopped": ""}
	stamp(status, "StartLoggingTime", day(2023, 4, 18).Add(9*time.Hour))
	stamp(status, "LatestDeliveryTime", Now.Add(-4*time.Minute))
	stamp(status, "LatestDigestDeliveryTime", Now.Add(-38*time.Minute))
	stamp(status, "LatestCloudWatchLogsDeliveryTime", Now.Add(-3*time.Minute))
	return logTrail{arn: arn, home: virginia, status: status,
		described: describedTrail(virginia, DemoManagement, name, "example-corp-cloudtrail-"+DemoLogArchive, M{"IsOrganizationTrail": true, "KmsKeyId": key, "S3KeyPrefix": "org",
			"CloudWatchLogsLogGroupArn": group, "CloudWatchLogsRoleArn": "arn:aws:iam::" + DemoManagement + ":role/CloudTrailToLogs", "HasInsightSelectors": true,
			"SnsTopicARN": "arn:aws:sns:" + virginia + ":" + DemoManagement + ":trail-deliveries", "SnsTopicName": "arn:aws:sns:" + virginia + ":" + DemoManagement + ":trail-deliveries"}),
		selectors: trailSelectors(arn, "AdvancedEventSelectors",
			M{"Name": "Management events", "FieldSelectors": lists(fieldSelector("eventCategory", "Equals", "Management"))},
			M{"Name": "All objects", "FieldSelectors": lists(fieldSelector("eventCategory", "Equals", "Data"), fieldSelector("resources.type", "Equals", "AWS::S3::Object"))},
			M{"Name": "Invocations", "FieldSelectors": lists(fieldSelector("eventCategory", "Equals", "Data"), fieldSelector("resources.type", "Equals", "AWS::Lambda::Function"),
				fieldSelector("readOnly", "Equals", "false"))}),
		insights: lists(M{"InsightType": "ApiCallRateInsight"}, M{"InsightType": "ApiErrorRateInsight"}),
		tags:     []Tag{{"owner", "platform-engineering"}, {"evidence", "yes"}},
	}
}

// demoCloudTrail declares what Example Corp has of it: the organization's trail, and what accounts made for themselves.
func demoCloudTrail(o *Organization) {
	org := organizationTrail()
	for _, a := range o.Accounts {
		switch a.ID {
		case DemoManagement:
			storeTrails(a, org)
		case DemoLogArchive:
			storeTrails(a, org)
		case DemoPayments:
			// Made before there was an organization, off since, and never looked at again.
			arn := trailARN(ireland, a.ID, "payments-legacy")
			status := M{"IsLogging": false, "LatestDeliveryError": "AccessDenied", "LatestCloudWatchLogsDeliveryError": "Access denied. Verify in IAM that the role has adequate permissions.",
				"LatestDeliveryAttemptTime": "", "LatestDeliveryAttemptSucceeded": "", "LatestNotificationAttemptTime": "", "LatestNotificationAttemptSucceeded": "",
				"TimeLoggingStarted": "2021-02-03T10:00:00Z", "TimeLoggingStopped": "2026-05-20T15:00:00Z"}
			stamp(status, "StartLoggingTime", day(2021, 2, 3).Add(10*time.Hour))
			stamp(status, "StopLoggingTime", day(2026, 5, 20).Add(15*time.Hour))
			stamp(status, "LatestDeliveryTime", day(2026, 5, 20).Add(14*time.Hour))
			storeTrails(a, org, logTrail{arn: arn, home: ireland, status: status,
				described: describedTrail(ireland, a.ID, "payments-legacy", "example-corp-payments-trail-"+a.ID, M{"IsMultiRegionTrail": false, "LogFileValidationEnabled": false,
					"CloudWatchLogsLogGroupArn": "arn:aws:logs:" + ireland + ":" + a.ID + ":log-group:payments-trail:*", "CloudWatchLogsRoleArn": "arn:aws:iam::" + a.ID + ":role/gone"}),
				selectors: trailSelectors(arn, "EventSelectors", M{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": true,
					"DataResources": lists(M{"Type": "AWS::S3::Object", "Values": []any{"arn:aws:s3:::example-corp-receipts-" + a.ID + "/"}}), "ExcludeManagementEventSources": []any{"kms.amazonaws.com"}}),
				tags: []Tag{{"owner", "=HYPERLINK(\"http://203.0.113.7\",\"payments\")"}, {"until", "2024-12-31"}}})
		case DemoData:
			// Ireland has a trail of its own beside the organization's.
			arn := trailARN(ireland, a.ID, "data-lake-audit")
			status := M{"IsLogging": true, "LatestDeliveryAttemptTime": "", "LatestDeliveryAttemptSucceeded": "", "LatestNotificationAttemptTime": "", "LatestNotificationAttemptSucceeded": "",
				"TimeLoggingStarted": "2025-03-11T08:00:00Z", "TimeLoggingStopped": ""}
			stamp(status, "StartLoggingTime", day(2025, 3, 11).Add(8*time.Hour))
			stamp(status, "LatestDeliveryTime", Now.Add(-9*time.Minute))
			stamp(status, "LatestDigestDeliveryTime", Now.Add(-51*time.Minute))
			storeTrails(a, org, logTrail{arn: arn, home: ireland, status: status,
				described: describedTrail(ireland, a.ID, "data-lake-audit", "example-corp-lake-audit-"+a.ID, M{"IsMultiRegionTrail": false}),
				selectors: trailSelectors(arn, "EventSelectors", M{"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": []any{}, "ExcludeManagementEventSources": []any{}})})
		}
	}
	demoEventDataStores(o)
}

// demoEventDataStores declares the stores: a good one for the organization, and one that nobody protects.
func demoEventDataStores(o *Organization) {
	put := func(account, region string, tags []Tag, name string, more M) {
		id := uuid("event-data-store", account, region, name)
		arn := fmt.Sprintf("arn:aws:cloudtrail:%s:%s:eventdatastore/%s", region, account, id)
		whole := M{"EventDataStoreArn": arn, "Name": name}
		maps.Copy(whole, more)
		stamp(whole, "CreatedTimestamp", day(2025, 1, 14))
		stamp(whole, "UpdatedTimestamp", day(2026, 3, 2))
		r := o.In(account, region)
		known := r.Stored[cloudTrail]["ListTags"].Each
		known[arn] = Answer{Body: M{"ResourceId": arn, "TagsList": trailTagList(tags)}}
		r.Store(cloudTrail, Answers{"ListEventDataStores": {List: "EventDataStores", Items: lists(M{"EventDataStoreArn": arn, "Name": name})},
			"GetEventDataStore": {By: []string{"EventDataStore"}, Each: map[string]Answer{arn: {Body: whole}}, Missing: unknownStore}})
	}
	management := M{"Name": "Management events", "FieldSelectors": lists(fieldSelector("eventCategory", "Equals", "Management"))}
	put(DemoManagement, virginia, []Tag{{"owner", "platform-engineering"}}, "example-org-lake", M{"Status": "ENABLED", "MultiRegionEnabled": true, "OrganizationEnabled": true, "RetentionPeriod": 2557,
		"TerminationProtectionEnabled": true, "KmsKeyId": "arn:aws:kms:" + virginia + ":" + DemoManagement + ":key/" + uuid("demo", DemoManagement, virginia, "cloudtrail"),
		"BillingMode": "EXTENDABLE_RETENTION_PRICING", "FederationStatus": "DISABLED", "AdvancedEventSelectors": lists(management)})
	put(DemoData, ireland, nil, "lake-investigation", M{"Status": "STOPPED_INGESTION", "MultiRegionEnabled": false, "OrganizationEnabled": false, "RetentionPeriod": 90,
		"TerminationProtectionEnabled": false, "BillingMode": "FIXED_RETENTION_PRICING", "FederationStatus": "DISABLED",
		"AdvancedEventSelectors": lists(M{"Name": "Writes", "FieldSelectors": lists(fieldSelector("eventCategory", "Equals", "Management"), fieldSelector("readOnly", "Equals", "false"),
			fieldSelector("eventSource", "NotEquals", "kms.amazonaws.com"))})})
}

// largeCloudTrail declares what each account of a large organization has of it: the organization's trail, and nothing else.
func largeCloudTrail(o *Organization) {
	const name = "example-group-trail"
	home := regionNames[0]
	arn := trailARN(home, o.Management, name)
	status := M{"IsLogging": true}
	stamp(status, "StartLoggingTime", day(2024, 2, 1))
	stamp(status, "LatestDeliveryTime", Now.Add(-5*time.Minute))
	stamp(status, "LatestDigestDeliveryTime", Now.Add(-40*time.Minute))
	stamp(status, "LatestCloudWatchLogsDeliveryTime", Now.Add(-5*time.Minute))
	// Told to all, so that no account has a fault.
	t := logTrail{arn: arn, home: home, status: status, toAll: true,
		described: describedTrail(home, o.Management, name, "example-group-cloudtrail", M{"IsOrganizationTrail": true, "KmsKeyId": "arn:aws:kms:" + home + ":" + o.Management + ":key/" + uuid("group", "cloudtrail"),
			"CloudWatchLogsLogGroupArn": "arn:aws:logs:" + home + ":" + o.Management + ":log-group:group-trail:*"}),
		selectors: trailSelectors(arn, "AdvancedEventSelectors", M{"Name": "Management events", "FieldSelectors": lists(fieldSelector("eventCategory", "Equals", "Management"))}),
		insights:  lists(M{"InsightType": "ApiCallRateInsight"}, M{"InsightType": "ApiErrorRateInsight"})}
	for _, a := range o.Accounts {
		storeTrails(a, t)
	}
}
