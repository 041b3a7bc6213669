package guardduty

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

func tapeText(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(os.DirFS(dir), name)
		b.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const (
	features = `[{"name":"CLOUD_TRAIL","status":"ENABLED"},{"name":"S3_DATA_EVENTS","status":"ENABLED"},{"name":"RUNTIME_MONITORING","status":"ENABLED","additionalConfiguration":[{"name":"EC2_AGENT_MANAGEMENT","status":"ENABLED"}]}]`
	notYours = `{"__type":"BadRequestException","message":"The request failed because you do not have required AWS Organization master permission."}`
	finding  = `"accountId":"111122223333","arn":"arn:f","type":"T","severity":8.0,"createdAt":"2026-09-01T00:00:00.000Z","updatedAt":"2026-09-02T00:00:00Z","service":{"archived":false}`
)

// usual are the answers of an account on its own with one of everything.
var usual = map[string]string{
	"GET /detector":                           `{"detectorIds":["d"]}`,
	"GET /detector/d":                         `{"status":"ENABLED","serviceRole":"r","features":` + features + `}`,
	"GET /detector/d/administrator":           `{}`,
	"GET /detector/d/admin":                   notYours,
	"GET /detector/d/member":                  `{"members":[]}`,
	"POST /detector/d/member/detector/get":    `{"members":[{"accountId":"444455556666","features":` + features + `}],"unprocessedAccounts":[]}`,
	"GET /detector/d/publishingDestination":   `{"destinations":[{"destinationId":"p","destinationType":"S3","status":"PUBLISHING"}]}`,
	"GET /detector/d/publishingDestination/p": `{"destinationId":"p","destinationType":"S3","status":"PUBLISHING","publishingFailureStartTimestamp":0,"destinationProperties":{"destinationArn":"arn:b","kmsKeyArn":"arn:k"}}`,
	"GET /detector/d/filter":                  `{"filterNames":["f"]}`,
	"GET /detector/d/filter/f":                `{"name":"f","action":"ARCHIVE","findingCriteria":{"criterion":{"type":{"equals":["T"]}}}}`,
	"POST /detector/d/findings":               `{"findingIds":["x"]}`,
	"POST /detector/d/findings/get":           `{"findings":[{"id":"x",` + finding + `}]}`,
}

// answers collects with the usual answers, of which some are others. Those that carry an error have its status.
func answers(t *testing.T, odd map[string]string) *celltest.Result {
	t.Helper()
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		body, ok := odd[q.Operation]
		if !ok {
			body = usual[q.Operation]
		}
		a := celltest.Answer{Body: body}
		if strings.HasPrefix(body, `{"__type"`) {
			a.Status = 400
		}
		return a
	})
	return celltest.Run(t, Collector{}, celltest.Options{URL: url})
}

func account(t *testing.T, r *celltest.Result) *Account {
	t.Helper()
	return celltest.Of[Account](r)[0]
}

func TestAnAccountOnItsOwn(t *testing.T) {
	r := answers(t, nil)
	a := account(t, r)
	if len(r.Gaps) > 0 || a.Status != "enabled" || *a.Role != "standalone" || a.Administrator != nil || a.Relationship != nil || !*a.Exporting || len(r.Records) != 4 {
		t.Fatalf("%+v, gaps %v", a, r.Gaps)
	}
	// What AWS does not list is absent, and no gap: not every region has every protection.
	if a.Protection.RDSLoginEvents != nil || *a.Protection.EC2Agent != "ENABLED" || len(a.Missing) != 0 {
		t.Errorf("%+v", a.Protection)
	}
	if len(a.Evidence) != 6 { // with the refusal that says who it is not
		t.Errorf("evidence %v", a.Evidence)
	}
	if f := celltest.Of[Filter](r)[0]; f.Description != nil || f.Rank != nil || len(f.Unknown) > 0 || f.Tags == nil {
		t.Errorf("a filter with the least there is: %+v", f)
	}
}

// Every answer that is odd, the fields that it leaves unknown, and the populations that are not whole. The fields of the account come
// first, those of the other records carry their kind.
func TestOddAnswers(t *testing.T) {
	detector := func(members string) string { return `{"serviceRole":"r",` + members + `}` }
	off := "status missing detector.features protection"
	cases := []struct{ name, ask, say, fields, kinds string }{
		{"two detectors", "GET /detector", `{"detectorIds":["d","e"]}`, "status missing detector protection role administrator relationship exporting", strings.Join(dependent, " ")},
		{"a detector without an id", "GET /detector", `{"detectorIds":[""]}`, "status missing detector protection role administrator relationship exporting", strings.Join(dependent, " ")},
		{"no status", "GET /detector/d", detector(`"features":` + features), "status missing detector protection", findingKind},
		{"a status that nobody documented", "GET /detector/d", detector(`"status":"PAUSED","features":` + features), "status", findingKind},
		{"no features", "GET /detector/d", detector(`"status":"ENABLED"`), off, ""},
		{"an empty list of features", "GET /detector/d", detector(`"status":"ENABLED","features":[]`), off, ""},
		{"a feature without status", "GET /detector/d", detector(`"status":"ENABLED","features":[{"name":"S3_DATA_EVENTS"}]`), off, ""},
		{"a feature without name", "GET /detector/d", detector(`"status":"ENABLED","features":[{"status":"ENABLED"}]`), off, ""},
		{"a feature that is listed twice", "GET /detector/d", detector(`"status":"ENABLED","features":[{"name":"S3_DATA_EVENTS","status":"ENABLED"},{"name":"S3_DATA_EVENTS","status":"DISABLED"}]`), off, ""},
		{"an agent without status", "GET /detector/d", detector(`"status":"ENABLED","features":[{"name":"RUNTIME_MONITORING","status":"ENABLED","additionalConfiguration":[{"name":"EC2_AGENT_MANAGEMENT"}]}]`), off, ""},
		{"an agent without name", "GET /detector/d", detector(`"status":"ENABLED","features":[{"name":"RUNTIME_MONITORING","status":"ENABLED","additionalConfiguration":[{"status":"ENABLED"}]}]`), off, ""},
		{"a time that is none", "GET /detector/d", detector(`"status":"ENABLED","createdAt":"yesterday","features":` + features), "detector.created", ""},
		{"an administrator without account", "GET /detector/d/administrator", `{"administrator":{"relationshipStatus":"Enabled"}}`, "role administrator relationship", "guardduty.member guardduty.organization"},
		{"an administrator without relationship", "GET /detector/d/administrator", `{"administrator":{"accountId":"444455556666"}}`, "relationship", ""},
		{"an empty body is not an empty object", "GET /detector/d/administrator", " ", "role administrator relationship", "guardduty.member guardduty.organization"},
		{"a refusal that says something else", "GET /detector/d/admin", `{"__type":"BadRequestException","message":"The request is rejected because the input detectorId is not owned by the current account."}`, "role", "guardduty.organization"},
		{"a refusal for lack of permission", "GET /detector/d/admin", `{"__type":"AccessDeniedException","message":"User: x is not authorized to perform: guardduty:DescribeOrganizationConfiguration because no identity-based policy allows it, delegated administrator or not"}`, "role", "guardduty.organization"},
		{"no auto-enable", "GET /detector/d/admin", `{"memberAccountLimitReached":false,"features":[{"name":"S3_DATA_EVENTS","autoEnable":"ALL"}]}`, "guardduty.organization:auto_enable", ""},
		{"an organization without features", "GET /detector/d/admin", `{"memberAccountLimitReached":false,"autoEnableOrganizationMembers":"ALL"}`, "guardduty.organization:features guardduty.organization:protection", ""},
		{"an organization without its limit", "GET /detector/d/admin", `{"autoEnableOrganizationMembers":"ALL"}`, "role", "guardduty.organization"},
		{"no list of members", "GET /detector/d/member", `{}`, "role", "guardduty.member"},
		{"a member without account", "GET /detector/d/member", `{"members":[{"relationshipStatus":"Enabled"}]}`, "role", "guardduty.member"},
		{"a member without relationship", "GET /detector/d/member", `{"members":[{"accountId":"444455556666"}]}`, "guardduty.member:relationship guardduty.member:features guardduty.member:protection", ""},
		{"a member that is listed twice", "GET /detector/d/member", `{"members":[{"accountId":"444455556666","relationshipStatus":"Removed"},{"accountId":"444455556666","relationshipStatus":"Enabled"}]}`, "", "guardduty.member"},
		{"a destination without id", "GET /detector/d/publishingDestination", `{"destinations":[{"destinationType":"S3","status":"PUBLISHING"}]}`, "exporting", "guardduty.publishing_destination"},
		{"a destination without status", "GET /detector/d/publishingDestination", `{"destinations":[{"destinationId":"p","destinationType":"S3"}]}`, "exporting guardduty.publishing_destination:status", ""},
		{"a destination without type", "GET /detector/d/publishingDestination", `{"destinations":[{"destinationId":"p","status":"PUBLISHING"}]}`, "guardduty.publishing_destination:type", ""},
		{"a destination that could not be described", "GET /detector/d/publishingDestination/p", `{"destinationId":"p"}`, "guardduty.publishing_destination:arn guardduty.publishing_destination:kms_key guardduty.publishing_destination:failing_since guardduty.publishing_destination:tags", ""},
		{"a filter without name", "GET /detector/d/filter", `{"filterNames":[""]}`, "", "guardduty.filter"},
		{"a filter without action", "GET /detector/d/filter/f", `{"name":"f","findingCriteria":{}}`, "guardduty.filter:action", ""},
		{"a filter without criteria", "GET /detector/d/filter/f", `{"name":"f","action":"NOOP"}`, "guardduty.filter:action guardduty.filter:description guardduty.filter:rank guardduty.filter:criteria guardduty.filter:tags", ""},
		{"a finding without id in the list", "POST /detector/d/findings", `{"findingIds":[""]}`, "", "guardduty.finding"},
		{"a finding that is listed twice", "POST /detector/d/findings", `{"findingIds":["x","x"]}`, "", "guardduty.finding"},
		{"a finding that is not given", "POST /detector/d/findings/get", `{"findings":[]}`, "", "guardduty.finding"},
		{"a finding without account", "POST /detector/d/findings/get", `{"findings":[{"id":"x","arn":"arn:f"}]}`, "", "guardduty.finding"},
		{"a finding without anything", "POST /detector/d/findings/get", `{"findings":[{"id":"x","accountId":"111122223333"}]}`, "guardduty.finding:type guardduty.finding:severity guardduty.finding:created guardduty.finding:archived", ""},
		{"a finding with a time that is none", "POST /detector/d/findings/get", `{"findings":[{"id":"x",` + strings.Replace(finding, "2026-09-01T00:00:00.000Z", "long ago", 1) + `}]}`, "guardduty.finding:created", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := answers(t, map[string]string{c.ask: c.say})
			fields := map[string]bool{}
			for _, x := range r.Records {
				for _, u := range x.Header().Unknown {
					f := u.Field
					if x.Kind() != accountKind {
						f = x.Kind() + ":" + f
					}
					fields[f] = true
				}
			}
			kinds := map[string]bool{}
			for _, g := range r.Gaps {
				for _, k := range g.Kinds {
					kinds[k] = true
				}
			}
			same := func(what, want string, got map[string]bool) {
				for _, w := range strings.Fields(want) {
					if !got[w] {
						t.Errorf("%s: %s is not among them", what, w)
					}
					delete(got, w)
				}
				if len(got) > 0 {
					t.Errorf("%s: %v beside them", what, got)
				}
			}
			same("unknown fields", c.fields, fields)
			same("populations that are not whole", c.kinds, kinds)
		})
	}
}

func TestAnAdministratorByInvitation(t *testing.T) {
	r := answers(t, map[string]string{"GET /detector/d/member": `{"members":[{"accountId":"444455556666","relationshipStatus":"Enabled"},{"accountId":"777788889999","relationshipStatus":"Invited"}]}`})
	if a := account(t, r); *a.Role != "administrator" || len(r.Gaps) > 0 {
		t.Errorf("%+v %v", a, r.Gaps)
	}
	if m := celltest.One[Member](t, r, "444455556666"); *m.Protection.S3DataEvents != "ENABLED" || m.InScope || len(m.Evidence) != 2 {
		t.Errorf("%+v", m)
	}
	if m := celltest.One[Member](t, r, "777788889999"); m.Protection != nil || len(m.Evidence) != 1 {
		t.Errorf("%+v", m)
	}
	if n := len(celltest.Of[Organization](r)); n != 0 {
		t.Errorf("%d organizations", n)
	}
}

// One refusal about many members is one gap.
func TestMembersWhoseDetectorsCouldNotBeRead(t *testing.T) {
	two := `{"members":[{"accountId":"444455556666","relationshipStatus":"Enabled"},{"accountId":"777788889999","relationshipStatus":"Enabled"}]}`
	r := answers(t, map[string]string{"GET /detector/d/member": two, "POST /detector/d/member/detector/get": `{"unprocessedAccounts":[]}`})
	for _, m := range celltest.Of[Member](r) {
		if celltest.Unknown(m, "protection") != "MissingMember" || m.Features != nil || m.Protection != nil {
			t.Errorf("%+v", m)
		}
	}
	if len(r.Gaps) != 1 {
		t.Errorf("gaps %v", r.Gaps)
	}
	// The usual answer knows one of them only, and says nothing of the other.
	r = answers(t, map[string]string{"GET /detector/d/member": two})
	if m := celltest.One[Member](t, r, "777788889999"); celltest.Unknown(m, "features") != "MissingMember" {
		t.Errorf("%+v", m)
	}
	if m := celltest.One[Member](t, r, "444455556666"); len(m.Unknown) > 0 {
		t.Errorf("%+v", m)
	}
}

func TestAMembersFindingIsNotTheAdministrators(t *testing.T) {
	r := answers(t, map[string]string{"POST /detector/d/findings/get": `{"findings":[{"id":"x",` + strings.Replace(finding, "111122223333", "444455556666", 1) + `}]}`})
	if n := len(celltest.Of[Finding](r)); n != 0 || len(r.Gaps) > 0 {
		t.Errorf("%d findings, gaps %v", n, r.Gaps)
	}
}

func TestWhatIsAskedOfFindings(t *testing.T) {
	asked := ""
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		if q.Operation == "POST /detector/d/findings" {
			asked = q.Body
		}
		body := usual[q.Operation]
		if body == notYours {
			return celltest.Answer{Status: 400, Body: body}
		}
		return celltest.Answer{Body: body}
	})
	celltest.Run(t, Collector{}, celltest.Options{URL: url})
	for _, want := range []string{`"accountId":{"equals":["111122223333"]}`, `"service.archived":{"equals":["false"]}`, `"severity":{"greaterThanOrEqual":7}`, `"maxResults":50`} {
		if !strings.Contains(asked, want) {
			t.Errorf("%s does not ask for %s", asked, want)
		}
	}
}

// An account that nobody looks after is read up to a bound, and what lies beyond is a gap.
func TestTooManyFindings(t *testing.T) {
	lists := 0
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		var ids []string
		switch q.Operation {
		case "POST /detector/d/findings":
			for i := range page {
				ids = append(ids, fmt.Sprintf("%q", fmt.Sprintf("%d-%d", lists, i)))
			}
			lists++
			return celltest.Answer{Body: fmt.Sprintf(`{"findingIds":[%s],"nextToken":"%d"}`, strings.Join(ids, ","), lists)}
		case "POST /detector/d/findings/get":
			_, rest, _ := strings.Cut(q.Body, `[`)
			list, _, _ := strings.Cut(rest, `]`)
			for _, id := range strings.Split(list, ",") {
				ids = append(ids, `{"id":`+id+`,`+strings.Replace(finding, `"arn:f"`, id, 1)+`}`)
			}
			slices.Reverse(ids) // AWS promises no order
			return celltest.Answer{Body: `{"findings":[` + strings.Join(ids, ",") + `]}`}
		case "GET /detector/d/admin":
			return celltest.Answer{Status: 400, Body: notYours}
		}
		return celltest.Answer{Body: usual[q.Operation]}
	})
	r := celltest.Run(t, Collector{}, celltest.Options{URL: url})
	found := celltest.Of[Finding](r)
	if len(found) != 1000 || lists != mostPages || found[51].ID != "1-1" {
		t.Errorf("%d findings of %d pages", len(found), lists)
	}
	if len(r.Gaps) != 1 || r.Gaps[0].Code != "TooManyFindings" || r.Gaps[0].Outcome != evidence.CutShort || cmp.Diff([]string{findingKind}, r.Gaps[0].Kinds) != "" {
		t.Errorf("gaps %v", r.Gaps)
	}
}

// The older runtime monitoring counts only where the newer one is not offered.
func TestOlderRuntimeMonitoring(t *testing.T) {
	older := `{"name":"EKS_RUNTIME_MONITORING","status":"DISABLED","additionalConfiguration":[{"name":"EKS_ADDON_MANAGEMENT","status":"DISABLED"}]}`
	r := answers(t, map[string]string{"GET /detector/d": `{"status":"ENABLED","serviceRole":"r","features":[{"name":"S3_DATA_EVENTS","status":"ENABLED"},` + older + `]}`})
	a := account(t, r)
	if d := cmp.Diff([]string{"EKS_RUNTIME_MONITORING", "EKS_RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT"}, a.Missing); d != "" || a.Status != "partly-enabled" || a.Protection.EKSAgent != nil {
		t.Error(d, a.Status)
	}
	// A feature that is younger than this program is listed, and is missing where it is off.
	r = answers(t, map[string]string{"GET /detector/d": `{"status":"ENABLED","serviceRole":"r","features":[{"name":"AI_PROTECTION","status":"PENDING"}]}`})
	if a = account(t, r); a.Status != "partly-enabled" || a.Missing[0] != "AI_PROTECTION" || a.Detector.Features[0] != (Feature{"AI_PROTECTION", "PENDING", nil}) {
		t.Errorf("%+v", a)
	}
}

func TestNothingIsKnownWhereNothingWasAsked(t *testing.T) {
	r := celltest.Run(t, Collector{}, celltest.Options{URL: "http://127.0.0.1:1"})
	if a := account(t, r); celltest.Unknown(a, "status") != "ConnectionRefused" {
		t.Errorf("%+v", a)
	}
	for _, k := range dependent {
		if !slices.ContainsFunc(r.Gaps, func(g evidence.Gap) bool { return slices.Contains(g.Kinds, k) }) {
			t.Errorf("%s is whole", k)
		}
	}
}

// Who did something stands in many places of a finding, and in AWS's own sentences too.
func TestNobodyIsNamedInAFinding(t *testing.T) {
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		if q.Operation != "POST /detector/d/findings/get" {
			a := celltest.Answer{Body: usual[q.Operation]}
			if a.Body == notYours {
				a.Status = 400
			}
			return a
		}
		return celltest.Answer{Body: `{"findings":[{"id":"x","title":"The user alice is anomalously invoking APIs.","description":"APIs were invoked by alice.",` +
			`"resource":{"resourceType":"EKSCluster","accessKeyDetails":{"userName":"alice","principalId":"AIDA:alice"},"rdsDbUserDetails":{"user":"alice"},` +
			`"kubernetesDetails":{"kubernetesUserDetails":{"username":"alice","sessionName":["alice"],"impersonatedUser":{"username":"alice","groups":["alice"]}}}},` +
			`"accountId":"111122223333","arn":"arn:f","type":"T","severity":8.0,"createdAt":"2026-09-01T00:00:00.000Z","updatedAt":"2026-09-02T00:00:00Z",` +
			`"service":{"archived":false,"runtimeDetails":{"process":{"user":"alice","lineage":[{"user":"alice"}]}},"additionalInfo":{"value":"{\"name\":\"alice\"}","type":"default"}}}]}`}
	})
	r := celltest.Run(t, Collector{}, celltest.Options{URL: url, Redact: tape.Redactor{Identity: true}})
	if strings.Contains(tapeText(t, r.Tape), "alice") {
		t.Error("the tape names her")
	}
	if f := celltest.Of[Finding](r); len(f) != 1 || f[0].Title == nil || strings.Contains(*f[0].Title, "alice") || f[0].Type != "T" || *f[0].ResourceType != "EKSCluster" {
		t.Errorf("%+v", f)
	}
}

// What an administrator that is not read would have told is left out, and not none. One that does not monitor the account administers nothing.
func TestAnAdministratorOutsideTheScope(t *testing.T) {
	for relationship, want := range map[string]int{"Enabled": 1, "Resigned": 0} {
		odd := map[string]string{"GET /detector/d/administrator": `{"administrator":{"accountId":"999988887777","relationshipStatus":"` + relationship + `"}}`}
		r := answers(t, odd)
		if len(r.Gaps) != want {
			t.Errorf("%s: gaps %v", relationship, r.Gaps)
			continue
		}
		if want == 1 && (r.Gaps[0].Outcome != evidence.Skipped || r.Gaps[0].Code != "OutOfScope" || strings.Join(r.Gaps[0].Kinds, " ") != memberKind+" "+organizationKind) {
			t.Errorf("%s: %v", relationship, r.Gaps)
		}
	}
}
