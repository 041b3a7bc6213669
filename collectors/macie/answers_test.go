package macie

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// usual are the answers to a member account that has one of everything.
var usual = map[string]string{
	"GET /macie":                               `{"status":"ENABLED","createdAt":"2024-03-04T09:00:00.000Z"}`,
	"GET /administrator":                       `{"administrator":{"accountId":"999988887777","relationshipStatus":"Enabled"}}`,
	"GET /members":                             `{"members":[]}`,
	"GET /admin/configuration":                 `{"autoEnable":true}`,
	"GET /automated-discovery/configuration":   `{"status":"ENABLED"}`,
	"GET /automated-discovery/accounts":        `{"items":[{"accountId":"111122223333","status":"ENABLED"}]}`,
	"GET /classification-export-configuration": `{"configuration":{"s3Destination":{"bucketName":"b","kmsKeyArn":"k","expectedBucketOwner":"012345678901"}}}`,
	"GET /findings-publication-configuration":  `{"securityHubConfiguration":{"publishPolicyFindings":true,"publishClassificationFindings":true}}`,
	"POST /datasources/s3/statistics": `{"bucketCount":1,"bucketCountByEffectivePermission":{"publiclyAccessible":0,"unknown":0},"bucketCountByEncryptionType":{"unencrypted":0,"unknown":0},` +
		`"bucketCountByObjectEncryptionRequirement":{"allowsUnencryptedObjectUploads":0},"bucketCountBySharedAccessType":{"external":0,"internal":0,"unknown":0}}`,
	"POST /jobs/list":      `{"items":[{"jobId":"j","jobType":"ONE_TIME","jobStatus":"COMPLETE"}]}`,
	"GET /findingsfilters": `{"findingsFilterListItems":[{"id":"f","action":"NOOP"}]}`,
	"GET /allow-lists":     `{"allowLists":[{"id":"l"}]}`,
}

func body(s string) celltest.Answer { return celltest.Answer{Body: s} }

// answers collects with the usual answers, of which some are others.
func answers(t *testing.T, odd map[string]celltest.Answer) *celltest.Result {
	t.Helper()
	return within(t, []string{"111122223333", "999988887777"}, odd)
}

// within collects for an audit that reads the accounts.
func within(t *testing.T, accounts []string, odd map[string]celltest.Answer) *celltest.Result {
	t.Helper()
	return celltest.Run(t, Collector{}, celltest.Options{Scope: evidence.Scope{Accounts: accounts}, URL: celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		if a, ok := odd[q.Operation+" again"]; ok && (strings.Contains(q.Query, "nextToken") || strings.Contains(q.Body, "nextToken")) {
			return a
		}
		if a, ok := odd[q.Operation]; ok {
			return a
		}
		return body(usual[q.Operation])
	})})
}

func TestTheUsualAnswersLeaveNoGap(t *testing.T) {
	r := answers(t, nil)
	a := the(t, r)
	if len(r.Gaps) > 0 || len(r.Records) != 5 || a.Status != "enabled" || *a.Role != "member" || *a.Administrator != "999988887777" || *a.Jobs != 1 || *a.Export.Owner != "012345678901" || a.Export.Prefix != nil {
		t.Errorf("%d records, %+v, gaps %v", len(r.Records), a, r.Gaps)
	}
	if f := celltest.One[Filter](t, r, ""); f.ID != "arn:aws:macie2:eu-west-1:111122223333:findings-filter/f" || f.Tags == nil || f.Name != nil {
		t.Errorf("%+v", f)
	}
	if l := celltest.One[AllowList](t, r, ""); l.ID != "arn:aws:macie2:eu-west-1:111122223333:allow-list/l" {
		t.Errorf("%+v", l)
	}
}

// without takes one member, at whatever depth, out of a usual answer.
func without(t *testing.T, operation, member string) celltest.Answer {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(usual[operation]), &doc); err != nil {
		t.Fatal(err)
	}
	found := false
	var drop func(v any)
	drop = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if _, ok := v[member]; ok {
				found = true
				delete(v, member)
			}
			for _, x := range v {
				drop(x)
			}
		case []any:
			for _, x := range v {
				drop(x)
			}
		}
	}
	drop(doc)
	if !found {
		t.Fatalf("%s has no %s", operation, member)
	}
	b, _ := json.Marshal(doc)
	return body(string(b))
}

// Each member that decides something, left out, leaves exactly what is read from it unknown.
func TestEachMissingMember(t *testing.T) {
	for _, c := range []struct{ operation, member, unknown string }{
		{"GET /macie", "status", "session"},
		{"GET /macie", "status", "status"},
		{"GET /administrator", "relationshipStatus", "relationship"},
		{"GET /administrator", "accountId", "role"},
		{"GET /administrator", "accountId", "automated_discovery"},
		{"GET /administrator", "accountId", "status"},
		{"GET /automated-discovery/accounts", "status", "automated_discovery"},
		{"GET /automated-discovery/accounts", "accountId", "automated_discovery"},
		{"GET /automated-discovery/accounts", "items", "automated_discovery"},
		{"GET /classification-export-configuration", "configuration", "results_export"},
		{"GET /classification-export-configuration", "bucketName", "results_export"},
		{"GET /classification-export-configuration", "kmsKeyArn", "results_export"},
		{"GET /findings-publication-configuration", "securityHubConfiguration", "publish_policy_findings"},
		{"GET /findings-publication-configuration", "publishPolicyFindings", "publish_policy_findings"},
		{"GET /findings-publication-configuration", "publishClassificationFindings", "publish_classification_findings"},
		{"POST /datasources/s3/statistics", "publiclyAccessible", "public"},
		{"POST /datasources/s3/statistics", "bucketCountByEffectivePermission", "public_unknown"},
		{"POST /datasources/s3/statistics", "unencrypted", "unencrypted"},
		{"POST /datasources/s3/statistics", "bucketCountByEncryptionType", "encryption_unknown"},
		{"POST /datasources/s3/statistics", "external", "shared_outside"},
		{"POST /datasources/s3/statistics", "bucketCountBySharedAccessType", "shared_inside"},
		{"POST /datasources/s3/statistics", "bucketCountBySharedAccessType", "shared_unknown"},
		{"POST /datasources/s3/statistics", "bucketCountByObjectEncryptionRequirement", "allow_unencrypted_uploads"},
		{"POST /jobs/list", "jobStatus", "status"},
		{"POST /jobs/list", "jobType", "type"},
		{"POST /jobs/list", "jobId", "jobs"},
		{"POST /jobs/list", "items", "jobs"},
		{"GET /findingsfilters", "action", "action"},
	} {
		r := answers(t, map[string]celltest.Answer{c.operation: without(t, c.operation, c.member)})
		found := false
		for _, rec := range r.Records {
			found = found || celltest.Unknown(rec, c.unknown) == "MissingMember"
		}
		if !found || len(r.Gaps) == 0 {
			t.Errorf("%s without %s: %s is not unknown; gaps %v", c.operation, c.member, c.unknown, r.Gaps)
		}
	}
	for operation, c := range map[string]struct{ member, kind string }{
		"POST /jobs/list": {"jobId", "macie.classification_job"}, "GET /findingsfilters": {"id", "macie.findings_filter"}, "GET /allow-lists": {"id", "macie.allow_list"},
		"POST /datasources/s3/statistics": {"bucketCount", "macie.bucket_statistics"},
	} {
		r := answers(t, map[string]celltest.Answer{operation: without(t, operation, c.member)})
		if len(r.Gaps) != 1 || len(r.Gaps[0].Kinds) != 1 || r.Gaps[0].Kinds[0] != c.kind || len(r.Records) != 4 {
			t.Errorf("%s without %s: %d records, gaps %v", operation, c.member, len(r.Records), r.Gaps)
		}
	}
}

func TestAStatusThatNobodyDocumented(t *testing.T) {
	r := answers(t, map[string]celltest.Answer{"GET /macie": body(`{"status":"DREAMING"}`)})
	if a := the(t, r); celltest.Unknown(a, "status") != "UnknownValue" || celltest.Unknown(a, "missing") != "UnknownValue" || *a.Session != "DREAMING" || a.Status != "" || len(r.Gaps) != 1 {
		t.Errorf("%+v, gaps %v", a, r.Gaps)
	}
	r = answers(t, map[string]celltest.Answer{"GET /automated-discovery/accounts": body(`{"items":[{"accountId":"111122223333","status":"SOMETIMES"}]}`)})
	if a := the(t, r); a.Status != "partly-enabled" || a.Missing[0] != "automated-discovery" || a.Discovery.Status != "SOMETIMES" {
		t.Errorf("%+v", a)
	}
}

// What is unknown of automated discovery leaves the status unknown, unless Macie is paused anyway.
func TestDiscoveryThatCouldNotBeRead(t *testing.T) {
	denied := celltest.Fail(403, "AccessDeniedException", "User: x is not authorized")
	r := answers(t, map[string]celltest.Answer{"GET /automated-discovery/accounts": denied})
	if a := the(t, r); celltest.Unknown(a, "status") != "AccessDeniedException" || celltest.Unknown(a, "missing") == "" || celltest.Unknown(a, "automated_discovery") == "" || a.Status != "" || *a.Session != "ENABLED" || len(r.Gaps) != 1 {
		t.Errorf("%+v, gaps %v", a, r.Gaps)
	}
	r = answers(t, map[string]celltest.Answer{"GET /automated-discovery/accounts": denied, "GET /macie": body(`{"status":"PAUSED"}`)})
	if a := the(t, r); a.Status != "partly-enabled" || celltest.Unknown(a, "status") != "" || celltest.Unknown(a, "missing") != "AccessDeniedException" {
		t.Errorf("%+v", a)
	}
	// Both not read: each field is unknown once.
	r = answers(t, map[string]celltest.Answer{"GET /automated-discovery/accounts": denied, "GET /macie": celltest.Fail(500, "InternalServerException", "no")})
	seen := map[string]int{}
	for _, u := range the(t, r).Unknown {
		if seen[u.Field]++; seen[u.Field] > 1 {
			t.Errorf("%s is unknown twice", u.Field)
		}
	}
	// A second page that fails takes back what the first one said.
	r = answers(t, map[string]celltest.Answer{"GET /automated-discovery/accounts": body(`{"items":[{"accountId":"111122223333","status":"ENABLED"}],"nextToken":"t"}`), "GET /automated-discovery/accounts again": denied})
	if a := the(t, r); a.Discovery != nil || celltest.Unknown(a, "automated_discovery") == "" {
		t.Errorf("%+v", a)
	}
	// Another account's status is not this one's.
	r = answers(t, map[string]celltest.Answer{"GET /automated-discovery/accounts": body(`{"items":[{"accountId":"444455556666","status":"ENABLED"}]}`)})
	if a := the(t, r); a.Discovery != nil || celltest.Unknown(a, "automated_discovery") != "MissingMember" {
		t.Errorf("%+v", a)
	}
}

// An answer that names no administrator proves something only where another one agrees.
func TestWhoAdministers(t *testing.T) {
	denied := celltest.Fail(403, "AccessDeniedException", "User: x is not authorized")
	nobody, gone := body(`{}`), celltest.Fail(404, "ResourceNotFoundException", "no")
	members := body(`{"members":[{"accountId":"444455556666","relationshipStatus":"Enabled"}]}`)
	for _, c := range []struct {
		name                      string
		odd                       map[string]celltest.Answer
		role                      string // unknown where empty
		administrator, discovered bool   // whether they are known
		gaps                      int
	}{
		{"standalone", map[string]celltest.Answer{"GET /administrator": nobody}, "standalone", true, true, 0},
		{"standalone by a 404", map[string]celltest.Answer{"GET /administrator": gone}, "standalone", true, true, 0},
		{"administrator", map[string]celltest.Answer{"GET /administrator": nobody, "GET /members": members}, "administrator", true, true, 0},
		{"administrator by a 404", map[string]celltest.Answer{"GET /administrator": gone, "GET /members": members}, "administrator", true, true, 0},
		{"denied, but there are members", map[string]celltest.Answer{"GET /administrator": denied, "GET /members": members}, "administrator", false, true, 1},
		{"denied", map[string]celltest.Answer{"GET /administrator": denied}, "", false, false, 1},
		{"nobody named, and nothing agrees", map[string]celltest.Answer{"GET /administrator": nobody, "GET /automated-discovery/configuration": denied}, "", false, false, 2},
		{"a 404, and discovery denied", map[string]celltest.Answer{"GET /administrator": gone, "GET /automated-discovery/configuration": denied}, "standalone", true, false, 1},
		{"nobody named, and members denied", map[string]celltest.Answer{"GET /administrator": nobody, "GET /members": denied}, "", true, true, 1},
		{"nobody named, and members without their list", map[string]celltest.Answer{"GET /administrator": nobody, "GET /members": body(`{}`)}, "", true, true, 1},
		{"nobody named, and half the members", map[string]celltest.Answer{"GET /administrator": nobody, "GET /members": body(`{"members":[{"accountId":"444455556666","relationshipStatus":"Enabled"}],"nextToken":"t"}`), "GET /members again": denied}, "administrator", true, true, 1},
	} {
		r := answers(t, c.odd)
		a := the(t, r)
		role := ""
		if a.Role != nil {
			role = *a.Role
		}
		if role != c.role || (celltest.Unknown(a, "role") == "") != (c.role != "") || (celltest.Unknown(a, "administrator") == "") != c.administrator || (celltest.Unknown(a, "automated_discovery") == "") != c.discovered || (a.Discovery != nil) != c.discovered {
			t.Errorf("%s: %+v", c.name, a)
		}
		if len(r.Gaps) != c.gaps || (r.Outcome(t, "DescribeOrganizationConfiguration") != evidence.NotCalled) != (c.role == "administrator") {
			t.Errorf("%s: gaps %v", c.name, r.Gaps)
		}
	}
}

func TestMembersThatAreOddlyListed(t *testing.T) {
	r := answers(t, map[string]celltest.Answer{"GET /administrator": body(`{}`), "GET /members": body(`{"members":[{"accountId":"444455556666"},{"relationshipStatus":"Enabled"},{"accountId":"444455556666","relationshipStatus":"Enabled"}]}`)})
	m := celltest.Of[Member](r)
	if len(m) != 1 || celltest.Unknown(m[0], "relationship") != "MissingMember" || len(r.Gaps) != 3 {
		t.Errorf("%d members, gaps %v", len(m), r.Gaps)
	}
	if celltest.Of[Organization](r)[0].LimitReached != nil {
		t.Error("a limit that AWS does not tell of is reached or not")
	}
}

// No export is an answer; an answer without the configuration is none.
func TestNoExport(t *testing.T) {
	for answer, known := range map[string]bool{`{"configuration":{}}`: true, `{"configuration":null}`: false, `{}`: false} {
		a := the(t, answers(t, map[string]celltest.Answer{"GET /classification-export-configuration": body(answer)}))
		if a.Export != nil || (celltest.Unknown(a, "results_export") == "") != known {
			t.Errorf("%s: %+v", answer, a)
		}
	}
}

func TestManyFilters(t *testing.T) {
	var items []string
	for i := range 2000 {
		items = append(items, fmt.Sprintf(`{"id":"f%d","action":"ARCHIVE","name":"\u202e=1+1","tags":{"k":"v"}}`, i))
	}
	r := answers(t, map[string]celltest.Answer{"GET /findingsfilters": body(`{"findingsFilterListItems":[` + strings.Join(items, ",") + `]}`)})
	if f := celltest.Of[Filter](r); len(f) != 2000 || f[1999].Filter != "f1999" || *f[0].Name != "\u202e=1+1" || len(r.Gaps) > 0 {
		t.Errorf("%d filters, gaps %v", len(f), r.Gaps)
	}
}

func TestOtherPartitionsHaveNoMacie(t *testing.T) {
	for partition, region := range map[string]string{"aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1"} {
		r := celltest.Run(t, Collector{}, celltest.Options{URL: "http://nobody.invalid", Partition: partition, Region: region})
		if len(r.Records) > 0 || len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.NotAvailable || len(r.Gaps[0].Kinds) != len(Collector{}.Kinds()) {
			t.Errorf("%s: %d records, gaps %v", partition, len(r.Records), r.Gaps)
		}
	}
}

// An administrator's own account can be left out of the organization's discovery: what AWS lists of it decides.
func TestDiscoveryOfTheAdministratorItself(t *testing.T) {
	for name, c := range map[string]struct {
		accounts celltest.Answer
		status   string // empty is unknown
	}{
		"off":            {body(`{"items":[{"accountId":"111122223333","status":"DISABLED"}]}`), "DISABLED"},
		"on":             {body(`{"items":[{"accountId":"111122223333","status":"ENABLED"}]}`), "ENABLED"},
		"not listed":     {body(`{"items":[]}`), "ENABLED"},
		"without status": {body(`{"items":[{"accountId":"111122223333"}]}`), ""},
		"denied":         {celltest.Fail(403, "AccessDeniedException", "no"), ""},
		"an empty 200":   {body(`{}`), ""},
	} {
		r := answers(t, map[string]celltest.Answer{"GET /administrator": body(`{}`), "GET /members": body(`{"members":[{"accountId":"999988887777","relationshipStatus":"Enabled"}]}`),
			"GET /automated-discovery/configuration": body(`{"status":"ENABLED","autoEnableOrganizationMembers":"ALL"}`), "GET /automated-discovery/accounts": c.accounts})
		a := the(t, r)
		switch {
		case c.status == "" && (a.Discovery != nil || celltest.Unknown(a, "automated_discovery") == ""):
			t.Errorf("%s: %+v", name, a)
		case c.status != "" && (a.Discovery == nil || a.Discovery.Status != c.status || *a.Discovery.AutoEnable != "ALL"):
			t.Errorf("%s: %+v", name, a.Discovery)
		}
	}
}

// What an administrator that is not read would have told is left out, and not none. Who only invited administers nothing.
func TestAnAdministratorOutsideTheScope(t *testing.T) {
	r := within(t, []string{"111122223333"}, nil)
	if len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.Skipped || r.Gaps[0].Code != "OutOfScope" || strings.Join(r.Gaps[0].Kinds, " ") != memberKind+" "+organizationKind {
		t.Errorf("gaps %v", r.Gaps)
	}
	r = within(t, []string{"111122223333"}, map[string]celltest.Answer{"GET /administrator": body(`{"administrator":{"accountId":"999988887777","relationshipStatus":"Invited"}}`)})
	if len(r.Gaps) > 0 {
		t.Errorf("invited: gaps %v", r.Gaps)
	}
}

// A member without its account is a member: whoever lists it does not stand alone.
func TestAMemberWithoutItsAccount(t *testing.T) {
	r := answers(t, map[string]celltest.Answer{"GET /administrator": body(`{}`), "GET /members": body(`{"members":[{"relationshipStatus":"Enabled"}]}`)})
	if a := the(t, r); a.Role != nil || celltest.Unknown(a, "role") != "MissingMember" || len(r.Gaps) != 1 || strings.Join(r.Gaps[0].Kinds, " ") != memberKind+" "+organizationKind {
		t.Errorf("%+v, gaps %v", a, r.Gaps)
	}
}
