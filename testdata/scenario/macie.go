package scenario

import (
	"fmt"
	"time"
)

// macieOff is what Macie answers where it is not enabled: the code of an IAM denial, told apart by its words alone.
var macieOff = Answer{Fail: &Failure{Status: 403, Code: "AccessDeniedException", Message: "Macie is not enabled."}}

func macieService() service {
	pages := paging{token: "nextToken", standard: 3, badToken: "ValidationException"}
	operations := stored(pages, Answers{"*": macieOff}, "GetMacieSession", "GetAdministratorAccount", "ListMembers", "DescribeOrganizationConfiguration",
		"GetAutomatedDiscoveryConfiguration", "ListAutomatedDiscoveryAccounts", "GetClassificationExportConfiguration", "GetFindingsPublicationConfiguration",
		"GetBucketStatistics", "ListClassificationJobs", "ListFindingsFilters", "ListAllowLists")
	tokens := map[string]string{}
	for op := range operations {
		tokens[op] = ""
	}
	for _, op := range []string{"ListMembers", "ListAutomatedDiscoveryAccounts", "ListClassificationJobs", "ListFindingsFilters", "ListAllowLists"} {
		tokens[op] = "nextToken"
	}
	return service{name: "macie2", protocol: restJSON, tokens: tokens, operations: operations,
		routes: map[string]string{
			"GET /macie": "GetMacieSession", "GET /administrator": "GetAdministratorAccount", "GET /members": "ListMembers", "GET /admin/configuration": "DescribeOrganizationConfiguration",
			"GET /automated-discovery/configuration": "GetAutomatedDiscoveryConfiguration", "GET /automated-discovery/accounts": "ListAutomatedDiscoveryAccounts",
			"GET /classification-export-configuration": "GetClassificationExportConfiguration", "GET /findings-publication-configuration": "GetFindingsPublicationConfiguration",
			"POST /datasources/s3/statistics": "GetBucketStatistics", "POST /jobs/list": "ListClassificationJobs", "GET /findingsfilters": "ListFindingsFilters", "GET /allow-lists": "ListAllowLists",
		},
		throttled: func(*query) *Failure {
			return &Failure{Status: 429, Code: "ThrottlingException", Message: "Too Many Requests"}
		},
	}
}

// macieSession is Macie turned on, with everything that an account alone can declare about itself.
func macieSession(a *Account, region, status string, since time.Time) Answers {
	none := Answer{Body: M{}}
	return Answers{
		"GetMacieSession": {Body: M{"status": status, "findingPublishingFrequency": "SIX_HOURS", "createdAt": iso(since), "updatedAt": iso(since.Add(time.Hour)),
			"serviceRole": "arn:aws:iam::" + a.ID + ":role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie"}},
		"GetAdministratorAccount":            none,
		"ListMembers":                        {List: "members"},
		"DescribeOrganizationConfiguration":  notMacieAdministrator,
		"GetAutomatedDiscoveryConfiguration": {Body: M{"status": "DISABLED", "lastUpdatedAt": iso(since), "classificationScopeId": hexID(32, "scope", a.ID, region)}},
		// It is for accounts that are centrally managed.
		"ListAutomatedDiscoveryAccounts":       {List: "items"},
		"GetClassificationExportConfiguration": {Body: M{"configuration": M{}}},
		"GetFindingsPublicationConfiguration":  {Body: M{"securityHubConfiguration": M{"publishPolicyFindings": true, "publishClassificationFindings": false}}},
		"GetBucketStatistics":                  macieBuckets(since, 4, 0, 0),
		"ListClassificationJobs":               {List: "items"},
		"ListFindingsFilters":                  {List: "findingsFilterListItems"},
		"ListAllowLists":                       {List: "allowLists"},
	}
}

var notMacieAdministrator = Answer{Fail: &Failure{Status: 403, Code: "AccessDeniedException",
	Message: "The request failed because you must be a user of the delegated Macie administrator account for your organization."}}

// macieMember makes it a member's: another account administers it.
func macieMember(s Answers, account, administrator, discovery string, since time.Time) Answers {
	s["GetAdministratorAccount"] = Answer{Body: M{"administrator": M{"accountId": administrator, "relationshipStatus": "Enabled", "invitedAt": iso(since)}}}
	s["GetAutomatedDiscoveryConfiguration"] = notMacieAdministrator
	s["ListAutomatedDiscoveryAccounts"] = Answer{By: []string{"accountIds"}, Each: map[string]Answer{account: {List: "items", Items: lists(M{"accountId": account, "status": discovery})}}}
	return s
}

func macieExport(bucket, key string) Answer {
	return Answer{Body: M{"configuration": M{"s3Destination": M{"bucketName": bucket, "keyPrefix": "macie/", "kmsKeyArn": key}}}}
}

func maciePublishes(policy, sensitive bool) Answer {
	return Answer{Body: M{"securityHubConfiguration": M{"publishPolicyFindings": policy, "publishClassificationFindings": sensitive}}}
}

// macieBuckets counts the buckets of an account: n, of which some are public and of some Macie could not tell.
func macieBuckets(read time.Time, n, public, unknown int) Answer {
	return Answer{Body: M{"bucketCount": n, "objectCount": 1204 * n, "classifiableObjectCount": 903 * n, "sizeInBytes": 81_000_000 * n, "lastUpdated": iso(read),
		"bucketCountByEffectivePermission":         M{"publiclyAccessible": public, "publiclyReadable": public, "publiclyWritable": 0, "unknown": unknown},
		"bucketCountByEncryptionType":              M{"kmsManaged": n - 1, "s3Managed": 1, "unencrypted": 0, "unknown": 0},
		"bucketCountByObjectEncryptionRequirement": M{"allowsUnencryptedObjectUploads": n, "deniesUnencryptedObjectUploads": 0, "unknown": 0},
		"bucketCountBySharedAccessType":            M{"external": public, "internal": 1, "notShared": n - 1 - public, "unknown": 0}}}
}

func macieJob(id, name, kind, status, last string, made time.Time, more M) M {
	j := M{"jobId": id, "name": name, "jobType": kind, "jobStatus": status, "createdAt": iso(made)}
	if last != "" {
		j["lastRunErrorStatus"] = M{"code": last}
	}
	for k, v := range more {
		j[k] = v
	}
	return j
}

func macieFilter(account, region, name, action string, tags M) M {
	id := uuid("filter", account, region, name)
	return M{"id": id, "arn": "arn:aws:macie2:" + region + ":" + account + ":findings-filter/" + id, "name": name, "action": action, "tags": tags}
}

// demoMacie declares what Example Corp has of it: the management account administers the others. It keeps results and enrolls new
// accounts in Ireland only; payments has paused it in Virginia; the data platform left the organization's Macie in Ireland, has nothing
// looked for there, and never turned it on in Virginia.
func demoMacie(o *Organization) {
	since, looked := day(2024, 3, 4).Add(9*time.Hour), Now.Add(-5*time.Hour)
	for _, a := range o.Accounts {
		for _, r := range a.Regions {
			s := macieSession(a, r.Name, "ENABLED", since)
			s["GetBucketStatistics"] = macieBuckets(looked, 6, 0, 0)
			switch {
			case a.ID == DemoManagement:
				demoMacieAdministrator(o, s, r, since)
			case a.ID == DemoLogArchive:
				macieMember(s, a.ID, DemoManagement, "ENABLED", since)
				s["GetFindingsPublicationConfiguration"] = maciePublishes(true, true)
			case a.ID == DemoPayments && r.Name == ireland:
				macieMember(s, a.ID, DemoManagement, "ENABLED", since)
				s["GetFindingsPublicationConfiguration"] = maciePublishes(true, true)
				// A job of its own, whose results are kept nowhere.
				s["ListClassificationJobs"] = Answer{List: "items", Items: lists(macieJob(hexID(32, "own", a.ID), "receipts", "ONE_TIME", "COMPLETE", "NONE", since,
					M{"bucketDefinitions": []any{M{"accountId": a.ID, "buckets": []string{"example-corp-receipts-" + a.ID}}}}))}
			case a.ID == DemoPayments:
				s = macieMember(macieSession(a, r.Name, "PAUSED", since), a.ID, DemoManagement, "DISABLED", since)
			case r.Name == ireland:
				s["GetBucketStatistics"] = macieBuckets(looked, 5, 1, 1)
			default:
				continue
			}
			r.Store("macie2", s)
		}
	}
}

// demoMacieAdministrator makes it the administrator's.
func demoMacieAdministrator(o *Organization, s Answers, r *Region, since time.Time) {
	known := func(id, status string) M {
		m := M{"accountId": id, "arn": "arn:aws:macie2:" + r.Name + ":" + DemoManagement + ":member/" + id, "administratorAccountId": DemoManagement, "masterAccountId": DemoManagement,
			"relationshipStatus": status, "updatedAt": iso(since.AddDate(0, 1, 0))}
		if id == "555566667777" {
			m["email"], m["invitedAt"] = "aws-acquired@example.com", iso(since)
			delete(m, "masterAccountId")
		}
		return m
	}
	data := "Resigned"
	if r.Name == virginia {
		data = "Removed"
	}
	s["ListMembers"] = Answer{List: "members", Items: lists(known(DemoLogArchive, "Enabled"), known(DemoPayments, map[string]string{ireland: "Enabled", virginia: "Paused"}[r.Name]), known(DemoData, data), known("555566667777", "Invited"))}
	s["DescribeOrganizationConfiguration"] = Answer{Body: M{"autoEnable": r.Name == ireland, "maxAccountLimitReached": false}}
	s["GetAutomatedDiscoveryConfiguration"] = Answer{Body: M{"status": "ENABLED", "autoEnableOrganizationMembers": map[string]string{ireland: "ALL", virginia: "NEW"}[r.Name],
		"firstEnabledAt": iso(since), "lastUpdatedAt": iso(since.AddDate(0, 2, 0)), "classificationScopeId": hexID(32, "scope", r.Name), "sensitivityInspectionTemplateId": hexID(32, "template", r.Name)}}
	s["GetFindingsPublicationConfiguration"] = maciePublishes(true, true)
	if r.Name == virginia {
		return
	}
	s["GetClassificationExportConfiguration"] = macieExport("example-corp-macie-results-"+DemoLogArchive, fmt.Sprintf("arn:aws:kms:%s:%s:key/%s", ireland, DemoLogArchive, uuid("demo", "macie")))
	bucket := func(account string, names ...string) M {
		return M{"bucketDefinitions": []any{M{"accountId": account, "buckets": names}}}
	}
	byTag := M{"bucketCriteria": M{"includes": M{"and": []any{M{"tagCriterion": M{"comparator": "EQ", "tagValues": []any{M{"key": "data-classification", "value": "confidential"}}}}}}}}
	paused := bucket(DemoData, "example-corp-lake-curated-"+DemoData)
	paused["userPausedDetails"] = M{"jobPausedAt": iso(Now.AddDate(0, 0, -12)), "jobExpiresAt": iso(Now.AddDate(0, 0, 18))}
	job := func(n int) string { return hexID(32, "job", fmt.Sprint(n)) }
	s["ListClassificationJobs"] = Answer{List: "items", Items: lists(
		macieJob(job(1), "confidential-weekly", "SCHEDULED", "IDLE", "NONE", since, byTag),
		macieJob(job(2), "=cmd|' /C calc'!A0", "ONE_TIME", "COMPLETE", "ERROR", since.AddDate(0, 3, 0), bucket(DemoPayments, "example-corp-receipts-"+DemoPayments, "example-corp-settlements-"+DemoPayments)),
		macieJob(job(3), "lake-monthly", "SCHEDULED", "USER_PAUSED", "NONE", since.AddDate(1, 0, 0), paused),
		macieJob(job(4), "first-look", "ONE_TIME", "CANCELLED", "", since, bucket(DemoData, "example-corp-open-datasets-"+DemoData)),
	)}
	s["ListFindingsFilters"] = Answer{List: "findingsFilterListItems", Items: lists(
		macieFilter(DemoManagement, r.Name, "open-datasets-are-public", "ARCHIVE", M{"approved-by": "ciso", "note": "<script>alert(1)</script>"}),
		macieFilter(DemoManagement, r.Name, "high-severity", "NOOP", M{}),
		macieFilter(DemoManagement, r.Name, "payments", "NOOP", M{}),
		macieFilter(DemoManagement, r.Name, "test-card-numbers", "ARCHIVE", M{}),
	)}
	allow := func(name, description string) M {
		id := hexID(22, "allow", name)
		l := M{"id": id, "arn": "arn:aws:macie2:" + r.Name + ":" + DemoManagement + ":allow-list/" + id, "name": name, "createdAt": iso(since), "updatedAt": iso(since.AddDate(0, 5, 0))}
		put(l, "description", description)
		return l
	}
	s["ListAllowLists"] = Answer{List: "allowLists", Items: lists(allow("test-cards", "Card numbers that the schemes publish for tests"), allow("offices", ""), allow("phones", "Numbers on our website"), allow("mails", "Shared mailboxes"))}
}

// largeMacie declares what each account of a large organization has of it: the first administers the others.
func largeMacie(o *Organization) {
	since := o.AsOf.AddDate(-2, 0, 0)
	members := []any{}
	for _, a := range o.Accounts[1:] {
		members = append(members, M{"accountId": a.ID, "administratorAccountId": o.Management, "relationshipStatus": "Enabled", "updatedAt": iso(since)})
	}
	for _, a := range o.Accounts {
		for _, r := range a.Regions {
			s := macieSession(a, r.Name, "ENABLED", since)
			s["GetFindingsPublicationConfiguration"] = maciePublishes(true, true)
			if a.ID == o.Management {
				s["ListMembers"] = Answer{List: "members", Items: members}
				s["DescribeOrganizationConfiguration"] = Answer{Body: M{"autoEnable": true, "maxAccountLimitReached": false}}
				s["GetAutomatedDiscoveryConfiguration"] = Answer{Body: M{"status": "ENABLED", "autoEnableOrganizationMembers": "ALL", "firstEnabledAt": iso(since), "lastUpdatedAt": iso(since)}}
				s["GetClassificationExportConfiguration"] = macieExport("example-group-macie", "arn:aws:kms:"+r.Name+":"+a.ID+":key/"+uuid("macie", r.Name))
			} else {
				macieMember(s, a.ID, o.Management, "ENABLED", since)
			}
			r.Store("macie2", s)
		}
	}
}
