package scenario

import (
	"slices"
	"time"
)

// ssmPages is how most of SSM pages; lists of instances hold fifty at most.
var (
	ssmPages      = paging{limit: "MaxResults", token: "NextToken", standard: 50, most: 100, badToken: "InvalidNextToken", badLimit: "ValidationException"}
	ssmSmallPages = paging{limit: "MaxResults", token: "NextToken", standard: 10, most: 50, badToken: "InvalidNextToken", badLimit: "ValidationException"}
)

func ssmService() service {
	s := service{name: "ssm", protocol: awsJSON, target: "AmazonSSM", tokens: map[string]string{"*": "NextToken", "GetPatchBaseline": "", "GetServiceSetting": ""},
		operations: stored(ssmPages, ssmUntouched(), "DescribePatchBaselines", "DescribePatchGroups", "DescribeMaintenanceWindows", "DescribeMaintenanceWindowTargets",
			"DescribeMaintenanceWindowTasks", "GetPatchBaseline", "GetServiceSetting"),
	}
	for op, h := range stored(ssmSmallPages, ssmUntouched(), "DescribeInstanceInformation", "ListComplianceSummaries", "ListResourceComplianceSummaries") {
		s.operations[op] = h
	}
	s.operations["DescribeInstancePatchStates"] = patchStates
	s.operations["DescribeMaintenanceWindowExecutions"] = windowExecutions
	return s
}

// ssmUntouched is what a region answers that nobody ever set up.
func ssmUntouched() Answers {
	lists := Answers{"DescribeInstanceInformation": {List: "InstanceInformationList"}, "DescribePatchGroups": {List: "Mappings"}, "DescribeMaintenanceWindows": {List: "WindowIdentities"},
		"DescribeMaintenanceWindowTargets": {List: "Targets"}, "DescribeMaintenanceWindowTasks": {List: "Tasks"},
		"ListComplianceSummaries": {List: "ComplianceSummaryItems"}, "ListResourceComplianceSummaries": {List: "ResourceComplianceSummaryItems"}}
	baselines(lists, ireland, nil)
	lists["GetServiceSetting"] = publicSharing("Enable")
	return lists
}

// patchStates answers of the instances that are asked for; what SSM never scanned is not there.
func patchStates(q *query) (any, *Failure) {
	a := Answer{List: "InstancePatchStates"}
	for _, i := range q.place.region.Stored["ssm"]["DescribeInstancePatchStates"].Items {
		if slices.Contains(q.strs("InstanceIds"), i.(M)["InstanceId"].(string)) {
			a.Items = append(a.Items, i)
		}
	}
	return a.answer(q, ssmPages)
}

// windowExecutions answers of one window, and of what ran after the time that is asked for.
func windowExecutions(q *query) (any, *Failure) {
	a := Answer{List: "WindowExecutions"}
	var after time.Time
	filters, _ := q.in["Filters"].([]any)
	for _, f := range filters {
		m, _ := f.(M)
		values := stringsOf(m["Values"])
		at, err := time.Parse(time.RFC3339, append(values, "")[0])
		if m["Key"] != "ExecutedAfter" || err != nil {
			return nil, q.invalid("ValidationException", "scenario: the only filter is ExecutedAfter with one time")
		}
		after = at
	}
	for _, i := range q.place.region.Stored["ssm"]["DescribeMaintenanceWindowExecutions"].Each[q.str("WindowId")].Items {
		r := i.(windowRun)
		if r.started.After(after) {
			a.Items = append(a.Items, r.execution(q.str("WindowId")))
		}
	}
	return a.answer(q, ssmPages)
}
