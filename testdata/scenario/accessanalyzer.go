package scenario

import (
	"fmt"
	"time"
)

func accessAnalyzerService() service {
	pages := paging{limit: "maxResults", token: "nextToken", standard: 50, most: 100, badToken: "ValidationException", badLimit: "ValidationException"}
	return service{name: "access-analyzer", protocol: restJSON, tokens: map[string]string{"*": "nextToken"},
		throttled: func(*query) *Failure {
			return &Failure{Status: 429, Code: "ThrottlingException", Message: "Rate exceeded"}
		},
		routes: map[string]string{"GET /analyzer": "ListAnalyzers", "GET /analyzer/{analyzerName}/archive-rule": "ListArchiveRules", "POST /finding": "ListFindings"},
		operations: stored(pages, Answers{"ListAnalyzers": {List: "analyzers"}, "ListArchiveRules": {List: "archiveRules"}, "ListFindings": {List: "findings"}},
			"ListAnalyzers", "ListArchiveRules", "ListFindings"),
	}
}

func analyzerARN(account, region, name string) string {
	return "arn:aws:access-analyzer:" + region + ":" + account + ":analyzer/" + name
}

// analyzer is one as ListAnalyzers gives it, changed by the functions.
func analyzer(account, region, name, kind, status string, made time.Time, change ...func(M)) M {
	m := M{"arn": analyzerARN(account, region, name), "name": name, "type": kind, "status": status, "createdAt": iso(made), "tags": M{}}
	if status == "ACTIVE" {
		m["lastResourceAnalyzed"], m["lastResourceAnalyzedAt"] = "arn:aws:s3:::example-corp-billing-exports-"+DemoManagement, iso(Now.Add(-3*time.Hour))
	}
	for _, c := range change {
		c(m)
	}
	return m
}

// accessFinding is a finding of external access; principal * is everyone.
func accessFinding(owner, resource, kind, status, principal string, n int) M {
	made := day(2026, 5, 4).Add(time.Duration(n) * time.Hour)
	return M{"id": uuid("access", owner, resource, fmt.Sprint(n)), "resource": resource, "resourceType": kind, "resourceOwnerAccount": owner, "status": status, "isPublic": principal == "*",
		"principal": M{"AWS": principal}, "action": []any{"s3:GetObject", "s3:ListBucket"}, "condition": M{}, "createdAt": iso(made), "updatedAt": iso(made.AddDate(0, 0, 1)), "analyzedAt": iso(Now.Add(-9 * time.Hour))}
}

// demoAccessAnalyzer declares what Example Corp has of it: the log archive looks for the organization in Ireland, two accounts for
// themselves, and Virginia is patchy.
func demoAccessAnalyzer(o *Organization) {
	made := day(2023, 6, 12).Add(9 * time.Hour)
	has := func(account, region string, analyzers ...M) *Region {
		r := o.In(account, region)
		r.Store("access-analyzer", Answers{"ListAnalyzers": {List: "analyzers", Items: lists(analyzers...)}})
		return r
	}
	finds := func(r *Region, findings map[string]Answer, rules map[string]Answer) {
		r.Store("access-analyzer", Answers{"ListFindings": {By: []string{"analyzerArn"}, Each: findings}, "ListArchiveRules": {By: []string{"analyzerName"}, Each: rules}})
	}
	rule := func(name string, filter M) M {
		return M{"ruleName": name, "filter": filter, "createdAt": iso(made), "updatedAt": iso(made.AddDate(1, 0, 0))}
	}
	none := Answer{List: "archiveRules"}

	// One analyzer for the organization, with findings about every account, of which some pages are needed.
	r := has(DemoLogArchive, ireland, analyzer(DemoLogArchive, ireland, "organization", "ORGANIZATION", "ACTIVE", made, func(m M) { m["tags"] = M{"owner": "@SUM(1+1)", "team": "security"} }),
		analyzer(DemoLogArchive, ireland, "unused", "ORGANIZATION_UNUSED_ACCESS", "ACTIVE", made))
	var shared []M
	for i := range 120 {
		shared = append(shared, accessFinding(DemoPayments, fmt.Sprintf("arn:aws:iam::%s:role/partner-%03d", DemoPayments, i), "AWS::IAM::Role", "ACTIVE", "arn:aws:iam::999988887777:root", i))
	}
	shared = append(shared, accessFinding(DemoData, "arn:aws:s3:::example-corp-open-datasets-"+DemoData, "AWS::S3::Bucket", "ACTIVE", "*", 1),
		accessFinding("600000000000", "arn:aws:sqs:eu-west-1:600000000000:sandbox", "AWS::SQS::Queue", "ACTIVE", "*", 2))
	finds(r, map[string]Answer{analyzerARN(DemoLogArchive, ireland, "organization"): {List: "findings", Items: lists(shared...)}}, map[string]Answer{
		"organization": {List: "archiveRules", Items: lists(rule("partners", M{"principal.AWS": M{"eq": []any{"999988887777"}}, "isPublic": M{"eq": []any{"false"}}}), rule("noise", M{"resourceType": M{"eq": []any{"AWS::SQS::Queue"}}}))},
		"unused":       none})

	r = has(DemoData, ireland, analyzer(DemoData, ireland, "account", "ACCOUNT", "ACTIVE", made))
	// Put aside, and still open to everyone; and one that could not be analyzed.
	unread := accessFinding(DemoData, "arn:aws:kms:eu-west-1:"+DemoData+":key/"+uuid("demo", DemoData, ireland, "warehouse"), "AWS::KMS::Key", "ACTIVE", "", 5)
	delete(unread, "isPublic")
	delete(unread, "principal")
	delete(unread, "action")
	unread["error"] = "ACCESS_DENIED"
	finds(r, map[string]Answer{analyzerARN(DemoData, ireland, "account"): {List: "findings", Items: lists(
		accessFinding(DemoData, "arn:aws:s3:::example-corp-open-datasets-"+DemoData, "AWS::S3::Bucket", "ARCHIVED", "*", 3), unread)}}, map[string]Answer{"account": none})

	r = has(DemoPayments, ireland, analyzer(DemoPayments, ireland, "account", "ACCOUNT", "ACTIVE", made))
	finds(r, map[string]Answer{analyzerARN(DemoPayments, ireland, "account"): {List: "findings"}}, map[string]Answer{"account": none})
	r = has(DemoPayments, virginia, analyzer(DemoPayments, virginia, "account", "ACCOUNT", "ACTIVE", made), analyzer(DemoPayments, virginia, "new", "ACCOUNT_UNUSED_ACCESS", "CREATING", Now.AddDate(0, 0, -1)))
	finds(r, map[string]Answer{analyzerARN(DemoPayments, virginia, "account"): {List: "findings", Items: lists(
		accessFinding(DemoPayments, "arn:aws:s3:::example-corp-settlements-"+DemoPayments, "AWS::S3::Bucket", "ACTIVE", "arn:aws:iam::"+DemoData+":root", 4))}}, map[string]Answer{"account": none, "new": none})
	// It stopped when trusted access was withdrawn.
	r = has(DemoLogArchive, virginia, analyzer(DemoLogArchive, virginia, "organization", "ORGANIZATION", "DISABLED", made, func(m M) { m["statusReason"] = M{"code": "AWS_SERVICE_ACCESS_DISABLED"} }))
	finds(r, nil, map[string]Answer{"organization": none})
}

// largeAccessAnalyzer declares what each account of a large organization has of it.
func largeAccessAnalyzer(o *Organization) {
	made := o.AsOf.AddDate(-2, 0, 0)
	for _, a := range o.Accounts {
		for _, r := range a.Regions {
			r.Store("access-analyzer", Answers{"ListAnalyzers": {List: "analyzers", Items: lists(analyzer(a.ID, r.Name, "account", "ACCOUNT", "ACTIVE", made))}})
		}
	}
}
