package scenario

import (
	"encoding/json"
	"fmt"
	"time"
)

func guardDutyService() service {
	pages := paging{limit: "maxResults", token: "nextToken", standard: 50, most: 50, badToken: "BadRequestException", badLimit: "BadRequestException"}
	notYours := Answer{Fail: guardDutyRefusal("The request is rejected because the input detectorId is not owned by the current account.")}
	s := service{name: "guardduty", protocol: restJSON,
		tokens: map[string]string{"*": "nextToken", "GetAdministratorAccount": "", "GetDetector": "", "GetFilter": "", "GetFindings": "", "GetMemberDetectors": "", "DescribePublishingDestination": ""},
		routes: map[string]string{
			"GET /detector": "ListDetectors", "GET /detector/{DetectorId}": "GetDetector", "GET /detector/{DetectorId}/administrator": "GetAdministratorAccount",
			"GET /detector/{DetectorId}/admin": "DescribeOrganizationConfiguration", "GET /detector/{DetectorId}/member": "ListMembers",
			"POST /detector/{DetectorId}/member/detector/get": "GetMemberDetectors", "GET /detector/{DetectorId}/publishingDestination": "ListPublishingDestinations",
			"GET /detector/{DetectorId}/publishingDestination/{DestinationId}": "DescribePublishingDestination", "GET /detector/{DetectorId}/filter": "ListFilters",
			"GET /detector/{DetectorId}/filter/{FilterName}": "GetFilter", "POST /detector/{DetectorId}/findings": "ListFindings", "POST /detector/{DetectorId}/findings/get": "GetFindings",
		},
		operations: stored(pages, Answers{"ListDetectors": {List: "detectorIds"}, "*": notYours}, "ListDetectors", "GetDetector", "GetAdministratorAccount",
			"DescribeOrganizationConfiguration", "ListMembers", "ListPublishingDestinations", "DescribePublishingDestination", "ListFilters", "GetFilter", "ListFindings"),
	}
	s.operations["GetMemberDetectors"], s.operations["GetFindings"] = memberDetectors, guardDutyFindings
	return s
}

func guardDutyRefusal(message string) *Failure {
	return &Failure{Status: 400, Code: "BadRequestException", Message: message}
}

// memberDetectors answers for the members that are declared, and says of the others that they could not be processed.
func memberDetectors(q *query) (any, *Failure) {
	declared := q.place.region.Stored[q.Service][q.Operation].Each
	members, left := []any{}, []any{}
	for _, id := range q.strs("accountIds") {
		if a, ok := declared[id]; ok {
			members = append(members, a.Body)
		} else {
			left = append(left, M{"accountId": id, "result": "The request is rejected because the given account ID has no detector that could be read."})
		}
	}
	return M{"members": members, "unprocessedAccounts": left}, nil
}

// guardDutyFindings answers for the findings that are declared and leaves the others out.
func guardDutyFindings(q *query) (any, *Failure) {
	declared := q.place.region.Stored[q.Service][q.Operation].Each
	out := []any{}
	for _, id := range q.strs("findingIds") {
		if a, ok := declared[id]; ok {
			out = append(out, a.Body)
		}
	}
	return M{"findings": out}, nil
}

var guardDutyAgents = []string{"EKS_ADDON_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EC2_AGENT_MANAGEMENT"}

// guardDutyFeatures lists features as AWS does; setting names the member that carries their status. Those in off have the value none.
func guardDutyFeatures(setting, on, none string, updated json.Number, foundation bool, off ...string) []any {
	isOff := map[string]bool{}
	for _, o := range off {
		isOff[o] = true
	}
	feature := func(name string) M {
		m := M{"name": name, setting: on}
		if isOff[name] {
			m[setting] = none
		}
		if updated != "" {
			m["updatedAt"] = updated
		}
		return m
	}
	out := []any{}
	if foundation {
		out = append(out, feature("CLOUD_TRAIL"), feature("DNS_LOGS"), feature("FLOW_LOGS"))
	}
	for _, name := range []string{"S3_DATA_EVENTS", "EKS_AUDIT_LOGS", "EBS_MALWARE_PROTECTION", "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS"} {
		out = append(out, feature(name))
	}
	eks, runtime := feature("EKS_RUNTIME_MONITORING"), feature("RUNTIME_MONITORING")
	agent := feature("EKS_ADDON_MANAGEMENT")
	eks[setting], agent[setting] = none, none
	eks["additionalConfiguration"] = []any{agent}
	var agents []any
	for _, name := range guardDutyAgents {
		agents = append(agents, feature(name))
	}
	runtime["additionalConfiguration"] = agents
	return append(out, eks, runtime)
}

// guardDutyDetector is an enabled detector of which some features are off, changed by the functions.
func guardDutyDetector(account string, made time.Time, off []string, change ...func(M)) Answer {
	updated, _ := epoch(Now.AddDate(0, -2, -11)).(json.Number)
	m := M{"createdAt": iso(made), "updatedAt": iso(Now.AddDate(0, -2, -11)), "findingPublishingFrequency": "FIFTEEN_MINUTES", "status": "ENABLED",
		"serviceRole": "arn:aws:iam::" + account + ":role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty",
		"features":    guardDutyFeatures("status", "ENABLED", "DISABLED", updated, true, off...), "tags": M{}}
	for _, c := range change {
		c(m)
	}
	return Answer{Body: m}
}

// demoGuardDuty declares what Example Corp has of it: the log archive is the delegated administrator.
func demoGuardDuty(o *Organization) {
	made := day(2023, 4, 3).Add(10 * time.Hour)
	for _, a := range o.Accounts {
		for _, r := range a.Regions {
			detector := hexID(32, "detector", a.ID, r.Name)
			var off []string
			var change []func(M)
			switch {
			case a.ID == DemoData && r.Name == virginia:
				continue // never enabled
			case a.ID == DemoManagement && r.Name == virginia: // suspended, and nobody noticed
				change = append(change, func(m M) {
					m["status"] = "DISABLED"
					m["features"] = guardDutyFeatures("status", "ENABLED", "DISABLED", "", true, "CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS", "S3_DATA_EVENTS", "EKS_AUDIT_LOGS", "EBS_MALWARE_PROTECTION",
						"RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS", "RUNTIME_MONITORING", "EKS_ADDON_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EC2_AGENT_MANAGEMENT")
				})
			case a.ID == DemoPayments:
				off = []string{"RDS_LOGIN_EVENTS", "ECS_FARGATE_AGENT_MANAGEMENT"}
				change = append(change, func(m M) { m["tags"] = M{"owner": "payments", "note": "=HYPERLINK(\"http://example.com\")"} })
			case a.ID == DemoData:
				off = []string{"RUNTIME_MONITORING", "EKS_ADDON_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EC2_AGENT_MANAGEMENT"}
			}
			r.Store("guardduty", Answers{
				"ListDetectors":                     {List: "detectorIds", Items: []any{detector}},
				"GetDetector":                       guardDutyDetector(a.ID, made, off, change...),
				"GetAdministratorAccount":           {Body: M{"administrator": M{"accountId": DemoLogArchive, "relationshipStatus": "Enabled", "invitedAt": iso(made)}}},
				"DescribeOrganizationConfiguration": {Fail: guardDutyRefusal("The request failed because you do not have required AWS Organization master permission.")},
				"ListMembers":                       {List: "members"},
				"ListPublishingDestinations":        {List: "destinations"},
				"ListFilters":                       {List: "filterNames"},
				"ListFindings":                      {List: "findingIds"},
			})
		}
	}
	demoGuardDutyAdministrator(o)
	demoGuardDutyFindings(o.In(DemoData, ireland), DemoData, 55)
	demoGuardDutyFindings(o.In(DemoPayments, ireland), DemoPayments, 2)
	demoGuardDutyFindings(o.In(DemoPayments, virginia), DemoPayments, 1)
}

// demoGuardDutyAdministrator declares the administrator's view. It lists sandbox accounts that the audit does not read.
func demoGuardDutyAdministrator(o *Organization) {
	for _, name := range []string{ireland, virginia} {
		r := o.In(DemoLogArchive, name)
		sandboxes, auto, off := 52, "ALL", []string(nil)
		if name == virginia {
			// Only new accounts are enabled, and Lambda is left out.
			sandboxes, auto, off = 3, "NEW", []string{"LAMBDA_NETWORK_LOGS"}
		}
		var members []M
		each := map[string]Answer{}
		add := func(id, relationship string, off ...string) {
			m := M{"accountId": id, "email": "aws+" + id + "@example.com", "masterId": DemoLogArchive, "administratorId": DemoLogArchive, "relationshipStatus": relationship, "updatedAt": iso(Now.AddDate(0, -5, 0))}
			if relationship == "Enabled" {
				m["detectorId"] = hexID(32, "detector", id, name)
				each[id] = Answer{Body: M{"accountId": id, "features": guardDutyFeatures("status", "ENABLED", "DISABLED", "", false, off...)}}
			}
			members = append(members, m)
		}
		for _, a := range o.Accounts {
			switch {
			case a.ID == DemoLogArchive || a.ID == DemoData && name == virginia:
			case a.ID == DemoManagement && name == virginia:
				add(a.ID, "Disabled")
			case a.ID == DemoPayments:
				add(a.ID, "Enabled", "RDS_LOGIN_EVENTS", "ECS_FARGATE_AGENT_MANAGEMENT")
			default:
				add(a.ID, "Enabled")
			}
		}
		for i := range sandboxes {
			add(fmt.Sprintf("6000000000%02d", i), "Enabled")
		}
		add("600000000090", "Removed")
		if name == virginia {
			delete(each, "600000000001") // could not be processed
		}
		destination := hexID(32, "destination", name)
		status := M{"destinationId": destination, "destinationType": "S3", "status": "PUBLISHING"}
		described := M{"destinationId": destination, "destinationType": "S3", "status": "PUBLISHING", "publishingFailureStartTimestamp": 0,
			"destinationProperties": M{"destinationArn": "arn:aws:s3:::example-corp-guardduty-" + DemoLogArchive, "kmsKeyArn": "arn:aws:kms:" + name + ":" + DemoLogArchive + ":key/" + uuid("demo", DemoLogArchive, name, "log-archive")}}
		if name == virginia {
			status["status"], described["status"] = "UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY", "UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY"
			described["publishingFailureStartTimestamp"] = Now.AddDate(0, -1, 0).UnixMilli()
		}
		filter := func(name, action, description string, rank int, criterion M) Answer {
			m := M{"name": name, "action": action, "rank": rank, "findingCriteria": M{"criterion": criterion}, "tags": M{}}
			put(m, "description", description)
			return Answer{Body: m}
		}
		r.Store("guardduty", Answers{
			"GetAdministratorAccount":           {Body: M{}},
			"DescribeOrganizationConfiguration": {Body: M{"memberAccountLimitReached": false, "autoEnable": true, "autoEnableOrganizationMembers": auto, "features": guardDutyFeatures("autoEnable", auto, "NONE", "", false, off...)}},
			"ListMembers":                       {List: "members", Items: lists(members...)},
			"GetMemberDetectors":                {Each: each},
			"ListPublishingDestinations":        {List: "destinations", Items: lists(status)},
			"DescribePublishingDestination":     {By: []string{"DestinationId"}, Each: map[string]Answer{destination: {Body: described}}},
			"ListFilters":                       {List: "filterNames", Items: []any{"scanner", "payments-view", "quiet"}},
			"GetFilter": {By: []string{"FilterName"}, Each: map[string]Answer{
				"scanner": filter("scanner", "ARCHIVE", "The weekly scan by the security team, ticket SEC-214", 1, M{"type": M{"eq": []any{"Recon:EC2/Portscan"}, "equals": []any{"Recon:EC2/Portscan"}},
					"resource.instanceDetails.tags.value": M{"equals": []any{"vulnerability-scanner"}}}),
				"payments-view": filter("payments-view", "NOOP", "=cmd|' /C calc'!A0 \u202egnp.exe", 2, M{"accountId": M{"equals": []any{DemoPayments}}, "severity": M{"gte": 4, "greaterThanOrEqual": 4}}),
				"quiet":         filter("quiet", "ARCHIVE", "", 3, M{"type": M{"equals": []any{"CryptoCurrency:EC2/BitcoinTool.B!DNS", "CryptoCurrency:EC2/BitcoinTool.B"}}}), // nobody wrote down why
			}},
		})
	}
}

// demoGuardDutyFindings declares findings of high severity, most of them some days old and one that nobody looked at for months.
func demoGuardDutyFindings(r *Region, account string, n int) {
	var ids []any
	each := map[string]Answer{}
	for i := range n {
		id := hexID(32, "finding", account, r.Name, fmt.Sprint(i))
		made := Now.Add(-time.Duration(i+1) * 7 * time.Hour / 4)
		kind, severity := "UnauthorizedAccess:EC2/SSHBruteForce", json.Number("8")
		if i == n-1 {
			kind, severity, made = "CryptoCurrency:EC2/BitcoinTool.B!DNS", "9.2", Now.AddDate(0, -2, -3)
		}
		ids = append(ids, id)
		each[id] = Answer{Body: M{"schemaVersion": "2.0", "accountId": account, "region": r.Name, "partition": "aws", "id": id, "type": kind, "severity": severity,
			"arn":       "arn:aws:guardduty:" + r.Name + ":" + account + ":detector/" + hexID(32, "detector", account, r.Name) + "/finding/" + id,
			"createdAt": iso(made), "updatedAt": iso(made.Add(time.Hour)), "title": fmt.Sprintf("<b>%d</b> SSH brute force attacks against i-%s", i, hexID(17, id)), "description": "See the title.",
			"resource": M{"resourceType": "Instance", "instanceDetails": M{"instanceId": "i-" + hexID(17, id)}}, "service": M{"serviceName": "guardduty", "archived": false, "count": i + 1, "resourceRole": "TARGET"}}}
	}
	r.Store("guardduty", Answers{"ListFindings": {List: "findingIds", Items: ids}, "GetFindings": {Each: each}})
}

// largeGuardDuty declares what each account of a large organization has of it.
func largeGuardDuty(o *Organization) {
	made := o.AsOf.AddDate(-2, 0, 0)
	none := Answers{"ListPublishingDestinations": {List: "destinations"}, "ListFilters": {List: "filterNames"}, "ListFindings": {List: "findingIds"},
		"GetAdministratorAccount": {Body: M{"administrator": M{"accountId": o.Management, "relationshipStatus": "Enabled"}}}, "GetDetector": guardDutyDetector(o.Management, made, nil)}
	var members []M
	each := map[string]Answer{}
	features := guardDutyFeatures("status", "ENABLED", "DISABLED", "", false)
	for _, a := range o.Accounts {
		if a.ID != o.Management {
			members = append(members, M{"accountId": a.ID, "email": "aws+" + a.ID + "@example.com", "masterId": o.Management, "relationshipStatus": "Enabled", "updatedAt": iso(made)})
			each[a.ID] = Answer{Body: M{"accountId": a.ID, "features": features}}
		}
		for _, r := range a.Regions {
			r.Store("guardduty", none)
			r.Store("guardduty", Answers{"ListDetectors": {List: "detectorIds", Items: []any{hexID(32, "detector", a.ID, r.Name)}}})
		}
	}
	for _, a := range o.Accounts {
		for _, r := range a.Regions {
			if a.ID == o.Management {
				r.Store("guardduty", Answers{"GetAdministratorAccount": {Body: M{}}, "ListMembers": {List: "members", Items: lists(members...)}, "GetMemberDetectors": {Each: each},
					"DescribeOrganizationConfiguration": {Body: M{"memberAccountLimitReached": false, "autoEnable": true, "autoEnableOrganizationMembers": "ALL", "features": guardDutyFeatures("autoEnable", "ALL", "NONE", "", false)}}})
			}
		}
	}
}
