package scenario

import (
	"fmt"
	"maps"
	"strconv"
	"time"
)

const auditManager = "auditmanager"

func auditManagerService() service {
	notSetUp := Answer{Fail: &Failure{Status: 403, Code: "AccessDeniedException", Message: "Please complete AWS Audit Manager setup from home page to enable this action in this account."}}
	operations := stored(paging{limit: "maxResults", token: "nextToken", standard: 100, most: 1000, badToken: "ValidationException", badLimit: "ValidationException"},
		Answers{"GetAccountStatus": {Body: M{"status": "INACTIVE"}}, "*": notSetUp},
		"GetAccountStatus", "GetSettings", "ListAssessments", "GetAssessment", "GetEvidenceFoldersByAssessment", "GetEvidenceByEvidenceFolder", "GetAssessmentFramework", "GetControl")
	for _, op := range []string{"ListAssessments", "GetEvidenceFoldersByAssessment", "GetEvidenceByEvidenceFolder"} {
		operations[op] = fewer(operations[op], 4)
	}
	return service{name: auditManager, protocol: restJSON, operations: operations,
		routes: map[string]string{
			"GET /account/status": "GetAccountStatus", "GET /settings/{attribute}": "GetSettings", "GET /assessments": "ListAssessments", "GET /assessments/{assessmentId}": "GetAssessment",
			"GET /assessments/{assessmentId}/evidenceFolders":                                                        "GetEvidenceFoldersByAssessment",
			"GET /assessments/{assessmentId}/controlSets/{controlSetId}/evidenceFolders/{evidenceFolderId}/evidence": "GetEvidenceByEvidenceFolder",
			"GET /assessmentFrameworks/{frameworkId}":                                                                "GetAssessmentFramework", "GET /controls/{controlId}": "GetControl",
		},
		tokens: map[string]string{"ListAssessments": "nextToken", "GetEvidenceFoldersByAssessment": "nextToken", "GetEvidenceByEvidenceFolder": "nextToken"},
	}
}

// fewer answers with at most n items a page, whatever is asked for: maxResults is only the most that the caller takes.
func fewer(h handler, n int) handler {
	return func(q *query) (any, *Failure) {
		if v, ok := q.num("maxResults"); ok && v > n && v <= 1000 {
			query := maps.Clone(q.Query)
			query.Set("maxResults", strconv.Itoa(n))
			asked := q.Query
			q.Query = query
			defer func() { q.Query = asked }()
		}
		return h(q)
	}
}

// DemoFramework is a custom framework of Example Corp's Audit Manager, which stands in DemoManagement in us-east-1.
var DemoFramework = uuid("demo", "auditmanager", "framework")

// demoAuditManager declares what Example Corp has of it: one running assessment and a closed one, in the management account.
func demoAuditManager(o *Organization) {
	arn := func(kind, id string) string {
		return "arn:aws:auditmanager:" + virginia + ":" + DemoManagement + ":" + kind + "/" + id
	}
	owner := M{"roleType": "PROCESS_OWNER", "roleArn": "arn:aws:iam::" + DemoManagement + ":role/ComplianceLead"}
	scope := []any{}
	for _, a := range o.Accounts {
		scope = append(scope, M{"id": a.ID, "name": a.Name, "emailAddress": a.Name + "@example.com"})
	}
	items, whole, folders, contents := []M{}, map[string]Answer{}, map[string]Answer{}, map[string]Answer{}
	assess := func(name, compliance, status string, made time.Time, sets ...auditSet) {
		id := uuid("demo", "assessment", name)
		item := M{"id": id, "name": name, "complianceType": compliance, "status": status, "roles": []any{owner}, "delegations": []any{}}
		stamp(item, "creationTime", made)
		stamp(item, "lastUpdated", made.AddDate(0, 2, 11))
		metadata := M{"description": "Evidence for the external audit of " + name, "assessmentReportsDestination": M{"destinationType": "S3", "destination": "s3://example-corp-audit-reports/" + id},
			"scope": M{"awsAccounts": scope, "awsServices": []any{M{"serviceName": "kms"}, M{"serviceName": "s3"}}}}
		maps.Copy(metadata, item)
		controlSets, listed := []any{}, []any{}
		for _, s := range sets {
			controls := []any{}
			all, byHand := 0, 0
			for _, c := range s.controls {
				n := 0
				for _, f := range c.folders {
					folder, inside := f.declare(id, s.name, c)
					listed = append(listed, folder)
					contents[id+" "+s.name+" "+folder["id"].(string)] = Answer{List: "evidence", Items: inside}
					n += len(inside)
					byHand += folder["evidenceByTypeManualCount"].(int)
				}
				all += n
				x := M{"id": c.id(), "name": c.name, "description": c.about, "status": c.status, "response": "AUTOMATE", "comments": c.comments, "evidenceSources": []any{"AWS Config", "AWS Security Hub"},
					"evidenceCount": n, "assessmentReportEvidenceCount": min(n, 1)}
				if c.comments == nil {
					x["comments"] = []any{}
				}
				controls = append(controls, x)
			}
			controlSets = append(controlSets, M{"id": s.name, "description": s.name + " of " + name, "status": s.status, "roles": []any{}, "controls": controls, "delegations": []any{},
				"systemEvidenceCount": all - byHand, "manualEvidenceCount": byHand})
		}
		items = append(items, item)
		whole[id] = Answer{Body: M{"assessment": M{"arn": arn("assessment", id), "awsAccount": M{"id": DemoManagement, "name": "example-management", "emailAddress": "aws@example.com"}, "metadata": metadata,
			"framework": M{"id": DemoFramework, "arn": arn("assessmentFramework", DemoFramework), "metadata": M{"name": "Example cloud baseline", "complianceType": compliance}, "controlSets": controlSets},
			"tags":      M{"owner": "compliance", "note": "=cmd|' /C calc'!A0"}}, "userRole": owner}}
		folders[id] = Answer{List: "evidenceFolders", Items: listed}
	}
	quarter := []auditFolder{
		{at: QuarterFrom.Add(-time.Second), kind: "Compliance check"}, {at: QuarterFrom, kind: "Compliance check"}, {at: day(2026, 8, 15).Add(7 * time.Hour), kind: "Compliance check"},
		{at: day(2026, 9, 28).Add(7 * time.Hour), kind: "Compliance check", items: 6}, {at: QuarterTo, kind: "Compliance check"},
	}
	assess("SOC 2 2026", "SOC 2", "ACTIVE", day(2026, 1, 12),
		auditSet{"Cryptography", "UNDER_REVIEW", []auditControl{
			{name: "1.1 Keys rotate", about: "Customer managed keys rotate at least once a year.", status: "REVIEWED", folders: quarter, source: "AWS Config", event: "CMK_BACKING_KEY_ROTATION_ENABLED",
				comments: []any{M{"authorName": "maria.lopez", "commentBody": "Two keys of the data platform are exceptions; see ticket 4411. \u202e<b>ok</b>", "postedDate": epoch(day(2026, 9, 29))}}},
			{name: "1.2 Keys are not deleted", status: "UNDER_REVIEW", folders: []auditFolder{{at: day(2026, 9, 27).Add(9 * time.Hour), kind: "Compliance check", items: 2}}, source: "AWS Security Hub", event: "KMS.3"},
		}},
		auditSet{"Access", "ACTIVE", []auditControl{
			{name: "2.1 Who changed trails is known", status: "UNDER_REVIEW", folders: []auditFolder{{at: day(2026, 9, 26).Add(9 * time.Hour), kind: "User activity"}, {at: day(2026, 9, 25).Add(9 * time.Hour), kind: "Configuration data"}},
				source: "AWS CloudTrail", event: "StopLogging"},
			{name: "2.2 Access is reviewed", status: "INACTIVE", folders: []auditFolder{{at: day(2026, 9, 30).Add(9 * time.Hour), kind: "Manual"}}, source: "Manual"},
		}})
	assess("PCI 2024", "PCI DSS V3.2.1", "INACTIVE", day(2024, 2, 5),
		auditSet{"Requirement 3", "REVIEWED", []auditControl{{name: "3.6.4 Key changes", status: "REVIEWED", folders: []auditFolder{{at: day(2024, 11, 20), kind: "Compliance check"}}, source: "AWS Config", event: "CMK_BACKING_KEY_ROTATION_ENABLED"}}})
	framework, controls := demoAuditFramework(arn)
	notThere := &Failure{Status: 404, Code: "ResourceNotFoundException", Message: "The resource was not found."}
	o.In(DemoManagement, virginia).Store(auditManager, Answers{
		"GetAccountStatus": {Body: M{"status": "ACTIVE"}},
		"GetSettings": {Body: M{"settings": M{"isAwsOrgEnabled": true, "snsTopic": "audit-manager", "kmsKey": "arn:aws:kms:" + virginia + ":" + DemoManagement + ":key/" + uuid("demo", DemoManagement, virginia, "org-backup-vault"),
			"defaultAssessmentReportsDestination": M{"destinationType": "S3", "destination": "s3://example-corp-audit-reports"}, "defaultExportDestination": M{"destinationType": "S3", "destination": "s3://example-corp-audit-exports"},
			"defaultProcessOwners": []any{owner}, "evidenceFinderEnablement": M{"enablementStatus": "DISABLED"}, "deregistrationPolicy": M{"deleteResources": "ALL"}}}},
		"ListAssessments":                {List: "assessmentMetadata", Items: lists(items...)},
		"GetAssessment":                  {By: []string{"assessmentId"}, Each: whole, Missing: notThere},
		"GetEvidenceFoldersByAssessment": {By: []string{"assessmentId"}, Each: folders, Missing: notThere},
		"GetEvidenceByEvidenceFolder":    {By: []string{"assessmentId", "controlSetId", "evidenceFolderId"}, Each: contents, Missing: notThere},
		"GetAssessmentFramework":         {By: []string{"frameworkId"}, Each: map[string]Answer{DemoFramework: framework}, Missing: notThere},
		"GetControl":                     {By: []string{"controlId"}, Each: controls, Missing: notThere},
	})
}

// An auditSet, with its controls and their folders, is what an assessment holds.
type auditSet struct {
	name, status string
	controls     []auditControl
}

type auditControl struct {
	name, about, status, source, event string
	comments                           []any
	folders                            []auditFolder
}

func (c auditControl) id() string { return uuid("demo", "audit control", c.name) }

// An auditFolder is one day's evidence of a control. items is one where it is 0.
type auditFolder struct {
	at    time.Time
	kind  string
	items int
}

// declare makes the folder and what is in it.
func (f auditFolder) declare(assessment, set string, c auditControl) (M, []any) {
	id := uuid("demo", "audit folder", assessment, c.name, iso(f.at))
	inside, issues := []any{}, 0
	for i := range max(f.items, 1) {
		e := M{"id": uuid("demo", "audit evidence", id, fmt.Sprint(i)), "evidenceFolderId": id, "dataSource": c.source, "evidenceAwsAccountId": DemoData, "awsAccountId": DemoManagement,
			"evidenceByType": f.kind, "awsOrganization": "o-exa1mp1ec0/r-ex4m/" + DemoData, "assessmentReportSelection": "No"}
		stamp(e, "time", f.at.Add(time.Duration(i)*time.Minute))
		put(e, "eventName", c.event)
		switch f.kind {
		case "Compliance check":
			check := "Compliant"
			if i%3 == 1 {
				check = "Non-compliant"
				issues++
			}
			e["eventSource"], e["complianceCheck"] = "kms.amazonaws.com", check
			e["resourcesIncluded"] = lists(M{"arn": fmt.Sprintf("arn:aws:kms:%s:%s:key/%s", ireland, DemoData, uuid("demo", DemoData, ireland, fmt.Sprint(i))), "value": `{"KeyRotationStatus":"` + check + `"}`, "complianceCheck": check})
			e["attributes"] = M{"managedRuleIdentifier": c.event, "configRuleName": "cmk-backing-key-rotation-enabled"}
		case "User activity":
			e["eventSource"], e["iamId"] = "cloudtrail.amazonaws.com", "arn:aws:iam::"+DemoData+":user/m.lopez"
			e["attributes"] = M{"sourceIPAddress": "203.0.113.7", "requestParameters": `{"name":"data-lake-audit"}`}
			e["resourcesIncluded"] = []any{}
		case "Manual":
			e["attributes"] = M{"fileName": "access-review-2026-Q3.pdf", "s3ResourcePath": "s3://example-corp-audit-uploads/access-review-2026-Q3.pdf"}
			e["resourcesIncluded"] = []any{}
		default:
			e["eventSource"] = "iam.amazonaws.com"
			e["attributes"] = M{"allowUsersToChangePassword": "true"}
			e["resourcesIncluded"] = []any{}
		}
		inside = append(inside, e)
	}
	n := len(inside)
	count := func(kind string) int {
		if f.kind == kind {
			return n
		}
		return 0
	}
	m := M{"id": id, "name": f.at.Format("2006-01-02"), "assessmentId": assessment, "controlSetId": set, "controlId": c.id(), "controlName": c.name, "dataSource": c.source, "author": "AWS Audit Manager",
		"totalEvidence": n, "assessmentReportSelectionCount": 0, "evidenceResourcesIncludedCount": n, "evidenceByTypeConfigurationDataCount": count("Configuration data"),
		"evidenceByTypeManualCount": count("Manual"), "evidenceByTypeComplianceCheckCount": count("Compliance check"), "evidenceByTypeComplianceCheckIssuesCount": issues,
		"evidenceByTypeUserActivityCount": count("User activity"), "evidenceAwsServiceSourceCount": n}
	stamp(m, "date", f.at)
	return m, inside
}

// demoAuditFramework is the custom framework, with a source of each kind. One control comes without its sources, as those of standard
// frameworks do: they are read control by control.
func demoAuditFramework(arn func(kind, id string) string) (Answer, map[string]Answer) {
	by := map[string]Answer{}
	source := func(kind, input, keyword, name string) M {
		m := M{"sourceId": uuid("demo", "audit source", kind, keyword, name), "sourceName": name, "sourceType": kind, "sourceSetUpOption": "System_Controls_Mapping", "sourceFrequency": "DAILY",
			"sourceKeyword": M{"keywordInputType": input, "keywordValue": keyword}}
		if kind == "MANUAL" {
			m["sourceSetUpOption"], m["sourceKeyword"] = "Procedural_Controls_Mapping", M{"keywordInputType": input}
			delete(m, "sourceFrequency")
		}
		if kind == "AWS_Config" || kind == "AWS_Security_Hub" {
			delete(m, "sourceFrequency")
		}
		return m
	}
	control := func(name, about, testing string, bare bool, sources ...M) M {
		id := uuid("demo", "framework control", name)
		c := M{"arn": arn("control", id), "id": id, "type": "Custom", "name": name, "description": about, "testingInformation": testing, "controlSources": "AWS Config", "createdBy": "compliance",
			"lastUpdatedBy": "compliance", "tags": M{}, "state": "ACTIVE"}
		stamp(c, "createdAt", day(2024, 6, 3))
		stamp(c, "lastUpdatedAt", day(2025, 2, 4))
		full := maps.Clone(c)
		full["controlMappingSources"] = lists(sources...)
		by[id] = Answer{Body: M{"control": full}}
		if bare {
			return c
		}
		return full
	}
	pick := "SELECT_FROM_LIST"
	crypto := lists(
		control("1.1 Keys rotate", "Customer managed keys rotate at least once a year.", "Inspect the rotation of every key.", false, source("AWS_Config", pick, "CMK_BACKING_KEY_ROTATION_ENABLED", "Rotation")),
		control("1.2 Keys are not deleted", "No key is about to be deleted.", "", true, source("AWS_Security_Hub", pick, "KMS.3", "Deletion"), source("AWS_Config", pick, "Custom_example-key-owner", "Owner")))
	access := lists(
		control("2.1 Who changed trails is known", "Changes to trails are seen.", "", false, source("AWS_Cloudtrail", pick, "cloudtrail_StopLogging", "Stopping"), source("AWS_API_Call", pick, "iam_ListUsers", "Users")),
		control("2.2 Access is reviewed", "Access is reviewed each quarter.", "Obtain the review, signed by the owner of each account.", false, source("MANUAL", "UPLOAD_FILE", "", "Review")))
	framework := M{"arn": arn("assessmentFramework", DemoFramework), "id": DemoFramework, "name": "Example cloud baseline", "type": "Custom", "complianceType": "Internal", "description": "What Example Corp asks of its accounts.",
		"controlSources": "AWS Config, AWS Security Hub", "createdBy": "compliance", "lastUpdatedBy": "compliance", "tags": M{},
		"controlSets": lists(M{"id": uuid("demo", "set", "Cryptography"), "name": "Cryptography", "controls": crypto}, M{"id": uuid("demo", "set", "Access"), "name": "Access", "controls": access})}
	stamp(framework, "createdAt", day(2024, 6, 3))
	stamp(framework, "lastUpdatedAt", day(2025, 2, 4))
	return Answer{Body: M{"framework": framework}}, by
}

// largeAuditManager declares nothing: a large organization never had it.
func largeAuditManager(o *Organization) {}
