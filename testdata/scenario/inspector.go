package scenario

import (
	"strings"
	"time"
)

func inspectorService() service {
	pages := paging{token: "nextToken", standard: 4, badToken: "ValidationException"}
	routes := map[string]string{
		"POST /status/batch/get": "BatchGetAccountStatus", "POST /configuration/get": "GetConfiguration", "POST /ec2deepinspectionconfiguration/get": "GetEc2DeepInspectionConfiguration",
		"POST /delegatedadminaccounts/get": "GetDelegatedAdminAccount", "POST /organizationconfiguration/describe": "DescribeOrganizationConfiguration", "POST /members/list": "ListMembers",
		"POST /coverage/list": "ListCoverage", "POST /findings/aggregation/list": "ListFindingAggregations", "POST /findings/list": "ListFindings", "POST /filters/list": "ListFilters",
	}
	var operations []string
	tokens := map[string]string{}
	for _, op := range routes {
		operations = append(operations, op)
		tokens[op] = ""
		if strings.HasPrefix(op, "List") {
			tokens[op] = "nextToken"
		}
	}
	off := Answers{"*": {Fail: &Failure{Status: 403, Code: "AccessDeniedException", Message: "Invoking account does not have access to this operation because Amazon Inspector is not enabled."}}}
	return service{name: "inspector2", protocol: restJSON, operations: stored(pages, off, operations...), routes: routes, tokens: tokens,
		throttled: func(*query) *Failure {
			return &Failure{Status: 429, Code: "ThrottlingException", Message: "Rate exceeded"}
		},
	}
}

// inspectorState is the state of an account or of a scan type. AWS's model demands a code and a message, whatever there is to say.
func inspectorState(status string) M {
	switch status {
	case "ENABLED":
		return M{"status": status, "errorCode": "ALREADY_ENABLED", "errorMessage": "Already enabled."}
	case "BLOCKED":
		return M{"status": "DISABLED", "errorCode": "BLOCKED_BY_ORGANIZATION_POLICY", "errorMessage": "A policy of AWS Organizations keeps this scan type disabled."}
	}
	return M{"status": status, "errorCode": "RESOURCE_NOT_FOUND", "errorMessage": "Not enabled."}
}

// inspectorStatus is what BatchGetAccountStatus answers: the states of account, ec2, ecr, lambda, lambdaCode and codeRepository, of which
// the last may be left out.
func inspectorStatus(account string, states ...string) Answer {
	resources := M{}
	for i, name := range []string{"ec2", "ecr", "lambda", "lambdaCode", "codeRepository"} {
		if i+1 < len(states) {
			resources[name] = inspectorState(states[i+1])
		}
	}
	return Answer{Body: M{"accounts": []any{M{"accountId": account, "state": inspectorState(states[0]), "resourceState": resources}}, "failedAccounts": []any{}}}
}

// inspectorOn is Inspector turned on, with nothing found.
func inspectorOn(account, administrator string) Answers {
	return Answers{
		"BatchGetAccountStatus": inspectorStatus(account, "ENABLED", "ENABLED", "ENABLED", "ENABLED", "ENABLED"),
		"GetConfiguration": {Body: M{"ec2Configuration": M{"scanModeState": M{"scanMode": "EC2_HYBRID", "scanModeStatus": "SUCCESS"}},
			"ecrConfiguration": M{"rescanDurationState": M{"rescanDuration": "LIFETIME", "pullDateRescanDuration": "DAYS_90", "status": "SUCCESS", "updatedAt": epoch(day(2025, 2, 3))}}}},
		"GetEc2DeepInspectionConfiguration": {Body: M{"status": "ACTIVATED", "packagePaths": []string{}, "orgPackagePaths": []string{"/opt/example"}}},
		"GetDelegatedAdminAccount":          {Body: M{"delegatedAdmin": M{"accountId": administrator, "relationshipStatus": "ENABLED"}}},
		"DescribeOrganizationConfiguration": {Fail: &Failure{Status: 403, Code: "AccessDeniedException", Message: "Invoking account does not have access to describe the organization configuration."}},
		"ListMembers":                       {List: "members"},
		"ListCoverage":                      {List: "coveredResources"},
		"ListFindingAggregations":           inspectorCounts(account, 0, 0, 0, 0),
		"ListFindings":                      {List: "findings"},
		"ListFilters":                       {List: "filters"},
	}
}

func inspectorCounts(account string, all, critical, high, medium int) Answer {
	return Answer{Body: M{"aggregationType": "ACCOUNT"}, List: "responses", Items: lists(M{"accountAggregation": M{"accountId": account,
		"severityCounts": M{"all": all, "critical": critical, "high": high, "medium": medium}}})}
}

// inspectorCovered is a resource with one type of scan; what it is follows from its id.
func inspectorCovered(account, id, scan, status, reason string, more M) M {
	c := M{"accountId": account, "resourceId": id, "scanType": scan, "scanStatus": M{"statusCode": status, "reason": reason}}
	switch {
	case strings.HasPrefix(id, "i-"):
		c["resourceType"], c["scanMode"] = "AWS_EC2_INSTANCE", "EC2_SSM_AGENT_BASED"
		c["resourceMetadata"] = M{"ec2": more}
	case strings.Contains(id, ":ecr:"):
		_, name, _ := strings.Cut(id, "repository/")
		c["resourceType"] = "AWS_ECR_REPOSITORY"
		more["name"] = name
		c["resourceMetadata"] = M{"ecrRepository": more}
	default:
		c["resourceType"] = "AWS_LAMBDA_FUNCTION"
		more["functionName"] = id[strings.LastIndex(id, ":")+1:]
		c["resourceMetadata"] = M{"lambdaFunction": more}
	}
	if status == "ACTIVE" {
		c["lastScannedAt"] = epoch(Now.Add(-7 * time.Hour))
	}
	return c
}

// inspectorFinding is a critical finding that is active.
func inspectorFinding(account, region, cve, title, kind, resource string, seen time.Time, fix string) M {
	return M{"findingArn": "arn:aws:inspector2:" + region + ":" + account + ":finding/" + hexID(32, account, region, cve, resource), "awsAccountId": account, "type": "PACKAGE_VULNERABILITY",
		"severity": "CRITICAL", "status": "ACTIVE", "title": cve + " - " + title, "description": "A flaw in " + title, "firstObservedAt": epoch(seen), "lastObservedAt": epoch(Now.Add(-6 * time.Hour)), "updatedAt": epoch(Now.Add(-6 * time.Hour)),
		"inspectorScore": 9.8, "fixAvailable": fix, "exploitAvailable": "NO", "remediation": M{"recommendation": M{"text": "None Provided"}},
		"resources":                   []any{M{"id": resource, "type": kind, "partition": "aws", "region": region, "tags": M{"owner": "payments"}}},
		"packageVulnerabilityDetails": M{"vulnerabilityId": cve, "source": "NVD", "vulnerablePackages": []any{M{"name": title, "version": "1.0.2"}}}}
}

func inspectorFilter(account, region, name, reason string, made time.Time) M {
	f := M{"arn": "arn:aws:inspector2:" + region + ":" + account + ":owner/" + account + "/filter/" + hexID(16, account, region, name), "name": name, "action": "SUPPRESS", "ownerId": account,
		"createdAt": epoch(made), "updatedAt": epoch(made.AddDate(0, 1, 0)), "criteria": M{"severity": []any{M{"comparison": "EQUALS", "value": "LOW"}}}, "tags": M{}}
	put(f, "reason", reason)
	return f
}

// demoInspector declares what Example Corp has of it: the management account administers it. Payments has instances that are not
// looked at and critical findings that are old, and may not scan Lambda in Virginia; what the data platform's state is in Ireland AWS
// could not tell, and in Virginia Inspector is off.
func demoInspector(o *Organization) {
	for _, a := range o.Accounts {
		for _, r := range a.Regions {
			s := inspectorOn(a.ID, DemoManagement)
			s["ListCoverage"] = Answer{List: "coveredResources", Items: lists(
				inspectorCovered(a.ID, "i-0"+hexID(16, a.ID, r.Name), "PACKAGE", "ACTIVE", "SUCCESSFUL", M{"platform": "LINUX", "amiId": "ami-0" + hexID(16, "ami"), "tags": M{"owner": "platform"}}),
				inspectorCovered(a.ID, "arn:aws:lambda:"+r.Name+":"+a.ID+":function:rotate-logs", "PACKAGE", "ACTIVE", "SUCCESSFUL", M{"runtime": "PYTHON_3_10", "functionTags": M{}}))}
			s["ListFindingAggregations"] = inspectorCounts(a.ID, 21, 0, 2, 11)
			switch {
			case a.ID == DemoManagement:
				demoInspectorAdministrator(s, r)
			case a.ID == DemoLogArchive && r.Name == virginia:
				s["BatchGetAccountStatus"] = inspectorStatus(a.ID, "ENABLED", "ENABLED", "ENABLED", "ENABLED", "DISABLED")
			case a.ID == DemoPayments && r.Name == ireland:
				demoInspectorPayments(s, a.ID, r.Name)
			case a.ID == DemoPayments:
				s["BatchGetAccountStatus"] = inspectorStatus(a.ID, "ENABLED", "ENABLED", "ENABLED", "BLOCKED", "DISABLED")
				s["GetEc2DeepInspectionConfiguration"] = Answer{Body: M{"status": "DEACTIVATED", "packagePaths": []string{}, "orgPackagePaths": []string{}}}
			case a.ID == DemoData && r.Name == ireland:
				s["BatchGetAccountStatus"] = Answer{Body: M{"accounts": []any{}, "failedAccounts": []any{M{"accountId": a.ID, "errorCode": "SSM_THROTTLED", "errorMessage": "Systems Manager refused the request."}}}}
			case a.ID == DemoData:
				s = Answers{"BatchGetAccountStatus": inspectorStatus(a.ID, "DISABLED", "DISABLED", "DISABLED", "DISABLED", "DISABLED", "DISABLED")}
			}
			r.Store("inspector2", s)
		}
	}
}

// demoInspectorAdministrator makes it the delegated administrator's.
func demoInspectorAdministrator(s Answers, r *Region) {
	known := func(id, status string) M {
		return M{"accountId": id, "delegatedAdminAccountId": DemoManagement, "relationshipStatus": status, "updatedAt": epoch(day(2024, 5, 6))}
	}
	s["BatchGetAccountStatus"] = inspectorStatus(DemoManagement, "ENABLED", "ENABLED", "ENABLED", "ENABLED", "ENABLED", "ENABLED")
	s["ListMembers"] = Answer{List: "members", Items: lists(known(DemoLogArchive, "ENABLED"), known(DemoPayments, "ENABLED"), known(DemoData, "ENABLED"), known("555566667777", "REMOVED"), known("666677778888", "CREATED"))}
	s["DescribeOrganizationConfiguration"] = Answer{Body: M{"autoEnable": M{"ec2": true, "ecr": true, "lambda": r.Name == ireland, "lambdaCode": false, "codeRepository": false}, "maxAccountLimitReached": false}}
	if r.Name == ireland {
		s["ListFilters"] = Answer{List: "filters", Items: lists(
			inspectorFilter(DemoManagement, r.Name, "low-severity", "Low findings are handled by the monthly patch run", day(2024, 6, 3)),
			inspectorFilter(DemoManagement, r.Name, "+1-555-0100", "", day(2025, 1, 20)),
			inspectorFilter(DemoManagement, r.Name, "base-image", "Fixed upstream, rebuilt nightly", day(2025, 3, 3)),
			inspectorFilter(DemoManagement, r.Name, "sandbox", "No customer data", day(2025, 4, 7)),
			inspectorFilter(DemoManagement, r.Name, "legacy", "Accepted by the CISO until 2026-12-31", day(2025, 9, 1)))}
	}
}

// demoInspectorPayments declares what the payments account has in Ireland.
func demoInspectorPayments(s Answers, account, region string) {
	s["BatchGetAccountStatus"] = inspectorStatus(account, "ENABLED", "ENABLED", "ENABLED", "ENABLED", "ENABLED", "ENABLED")
	instance := func(n string) string { return "i-0" + hexID(16, account, region, n) }
	repository := func(n string) string { return "arn:aws:ecr:" + region + ":" + account + ":repository/payments/" + n }
	function := func(n string) string { return "arn:aws:lambda:" + region + ":" + account + ":function:" + n }
	linux := func(name string) M {
		return M{"platform": "LINUX", "amiId": "ami-0" + hexID(16, "ami"), "tags": M{"Name": name}}
	}
	node := func() M { return M{"runtime": "NODEJS_18_X", "functionTags": M{"team": "payments"}} }
	s["ListCoverage"] = Answer{List: "coveredResources", Items: lists(
		inspectorCovered(account, instance("ledger"), "PACKAGE", "ACTIVE", "SUCCESSFUL", linux("ledger")),
		inspectorCovered(account, instance("ledger"), "NETWORK", "ACTIVE", "SUCCESSFUL", linux("ledger")),
		inspectorCovered(account, instance("bastion"), "PACKAGE", "INACTIVE", "UNMANAGED_EC2_INSTANCE", linux("=1+1|bastion")),
		inspectorCovered(account, instance("gateway"), "PACKAGE", "ACTIVE", "NO_INVENTORY", linux("gateway")),
		inspectorCovered(account, instance("batch"), "PACKAGE", "ACTIVE", "STALE_INVENTORY", linux("batch")),
		inspectorCovered(account, instance("spare"), "PACKAGE", "INACTIVE", "EC2_INSTANCE_STOPPED", linux("spare")),
		inspectorCovered(account, repository("api"), "PACKAGE", "ACTIVE", "SUCCESSFUL", M{"scanFrequency": "CONTINUOUS_SCAN"}),
		inspectorCovered(account, repository("legacy"), "PACKAGE", "INACTIVE", "SCAN_FREQUENCY_MANUAL", M{"scanFrequency": "MANUAL"}),
		inspectorCovered(account, function("settle"), "PACKAGE", "ACTIVE", "SUCCESSFUL", node()),
		inspectorCovered(account, function("settle"), "CODE", "ACTIVE", "SUCCESSFUL", node()),
		inspectorCovered(account, function("old-report"), "PACKAGE", "INACTIVE", "UNSUPPORTED_RUNTIME", M{"runtime": "UNSUPPORTED", "functionTags": M{}}),
	)}
	s["ListFindingAggregations"] = inspectorCounts(account, 143, 5, 31, 60)
	finding := func(n, title, kind, resource string, days int, fix string) M {
		return inspectorFinding(account, region, "CVE-2026-"+n, title, kind, resource, Now.AddDate(0, 0, -days), fix)
	}
	s["ListFindings"] = Answer{List: "findings", Items: lists(
		finding("10001", "openssl", "AWS_EC2_INSTANCE", instance("ledger"), 140, "YES"),
		finding("10044", "log4j-core", "AWS_LAMBDA_FUNCTION", function("settle"), 45, "YES"),
		finding("20417", "libxml2", "AWS_EC2_INSTANCE", instance("ledger"), 12, "NO"),
		finding("20418", "curl", "AWS_ECR_CONTAINER_IMAGE", repository("api")+"/sha256:"+strings.Repeat("0a", 32), 9, "PARTIAL"),
		finding("20990", "<img src=x>", "AWS_EC2_INSTANCE", instance("ledger"), 2, "YES"),
	)}
}

// largeInspector declares what each account of a large organization has of it: the first administers the others.
func largeInspector(o *Organization) {
	members := []any{}
	for _, a := range o.Accounts[1:] {
		members = append(members, M{"accountId": a.ID, "delegatedAdminAccountId": o.Management, "relationshipStatus": "ENABLED", "updatedAt": epoch(o.AsOf.AddDate(-1, 0, 0))})
	}
	for _, a := range o.Accounts {
		for _, r := range a.Regions {
			s := inspectorOn(a.ID, o.Management)
			if a.ID == o.Management {
				s["ListMembers"] = Answer{List: "members", Items: members}
				s["DescribeOrganizationConfiguration"] = Answer{Body: M{"autoEnable": M{"ec2": true, "ecr": true, "lambda": true, "lambdaCode": true}, "maxAccountLimitReached": false}}
			}
			r.Store("inspector2", s)
		}
	}
}
