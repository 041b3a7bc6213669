package shield

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// lines is everything that the tape holds.
func lines(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		b.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// usual are the answers to a subscribed account that has one of everything.
var usual = map[string]string{
	"GetSubscriptionState":             `{"SubscriptionState":"ACTIVE"}`,
	"DescribeSubscription":             `{"Subscription":{"AutoRenew":"ENABLED","SubscriptionLimits":{"ProtectionLimits":{"ProtectedResourceTypeLimits":[{"Type":"ELASTIC_IP_ADDRESS","Max":5}]}}}}`,
	"DescribeDRTAccess":                `{"RoleArn":"r","LogBucketList":[]}`,
	"DescribeEmergencyContactSettings": `{"EmergencyContactList":[{"EmailAddress":"a@example.com"}]}`,
	"ListProtections":                  `{"Protections":[{"Id":"p","ResourceArn":"arn:aws:cloudfront::111122223333:distribution/E","HealthCheckIds":[],"ApplicationLayerAutomaticResponseConfiguration":{"Status":"ENABLED","Action":{"Block":{}}}}]}`,
	"ListProtectionGroups":             `{"ProtectionGroups":[{"ProtectionGroupId":"g","Pattern":"ALL","Aggregation":"SUM","Members":[]}]}`,
}

func body(s string) celltest.Answer { return celltest.Answer{Body: s} }

var (
	denied = celltest.Fail(400, "AccessDeniedException", "User: x is not authorized")
	gone   = celltest.Fail(400, "ResourceNotFoundException", "The subscription does not exist.")
)

// answers collects with the usual answers, of which some are others.
func answers(t *testing.T, odd map[string]celltest.Answer) *celltest.Result {
	t.Helper()
	return celltest.Run(t, Collector{}, celltest.Options{URL: celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		if q.Region != "us-east-1" {
			t.Errorf("%s is asked in %s", q.Operation, q.Region)
		}
		if a, ok := odd[q.Operation+" again"]; ok && strings.Contains(q.Body, "NextToken") {
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
	if len(r.Gaps) > 0 || len(r.Records) != 3 || a.CommitmentDays != nil || a.ProactiveEngagement != nil || a.Start != nil || a.Limits["ELASTIC_IP_ADDRESS"] != 5 || *a.Contacts != (Contacts{1, 0}) {
		t.Errorf("%d records, %+v, gaps %v", len(r.Records), a, r.Gaps)
	}
	if p := celltest.One[Protection](t, r, ""); p.ID != "arn:aws:shield::111122223333:protection/p" || p.Name != nil {
		t.Errorf("%+v", p)
	}
	if g := celltest.One[Group](t, r, ""); g.ID != "arn:aws:shield::111122223333:protection-group/g" {
		t.Errorf("%+v", g)
	}
}

// without takes one member, found by its path, out of a usual answer; lists are entered at their first element.
func without(t *testing.T, operation, path string) celltest.Answer {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(usual[operation]), &doc); err != nil {
		t.Fatal(err)
	}
	at := doc
	steps := strings.Split(path, ".")
	for _, s := range steps[:len(steps)-1] {
		next := at[s]
		if l, ok := next.([]any); ok {
			next = l[0]
		}
		at, _ = next.(map[string]any)
	}
	last := steps[len(steps)-1]
	if _, ok := at[last]; !ok {
		t.Fatalf("%s has no %s", operation, path)
	}
	delete(at, last)
	b, _ := json.Marshal(doc)
	return body(string(b))
}

// Each member that decides something, left out, leaves exactly what is read from it unknown.
func TestEachMissingMember(t *testing.T) {
	for _, c := range []struct{ operation, path, unknown string }{
		{"GetSubscriptionState", "SubscriptionState", "status"},
		{"DescribeSubscription", "Subscription", "auto_renew"},
		{"DescribeSubscription", "Subscription.AutoRenew", "auto_renew"},
		{"DescribeSubscription", "Subscription.SubscriptionLimits", "protection_limits"},
		{"DescribeSubscription", "Subscription.SubscriptionLimits.ProtectionLimits", "protection_limits"},
		{"DescribeSubscription", "Subscription.SubscriptionLimits.ProtectionLimits.ProtectedResourceTypeLimits", "protection_limits"},
		{"DescribeDRTAccess", "LogBucketList", "response_team.log_buckets"},
		{"DescribeEmergencyContactSettings", "EmergencyContactList", "emergency_contacts"},
		{"DescribeEmergencyContactSettings", "EmergencyContactList.EmailAddress", "emergency_contacts"},
		{"ListProtections", "Protections", "protections"},
		{"ListProtections", "Protections.Id", "protections"},
		{"ListProtections", "Protections.ResourceArn", "resource_type"},
		{"ListProtections", "Protections.HealthCheckIds", "health_checks"},
		{"ListProtections", "Protections.ApplicationLayerAutomaticResponseConfiguration.Status", "automatic_response"},
		{"ListProtections", "Protections.ApplicationLayerAutomaticResponseConfiguration.Action", "automatic_action"},
		{"ListProtections", "Protections.ApplicationLayerAutomaticResponseConfiguration.Action.Block", "automatic_action"},
		{"ListProtectionGroups", "ProtectionGroups.Pattern", "pattern"},
		{"ListProtectionGroups", "ProtectionGroups.Aggregation", "aggregation"},
		{"ListProtectionGroups", "ProtectionGroups.Members", "members"},
	} {
		r := answers(t, map[string]celltest.Answer{c.operation: without(t, c.operation, c.path)})
		found := false
		for _, rec := range r.Records {
			found = found || celltest.Unknown(rec, c.unknown) == "MissingMember"
		}
		if !found || len(r.Gaps) != 1 {
			t.Errorf("%s without %s: %s is not unknown; gaps %v", c.operation, c.path, c.unknown, r.Gaps)
		}
	}
	for operation, c := range map[string]struct{ path, kind string }{"ListProtections": {"Protections.Id", "shield.protection"}, "ListProtectionGroups": {"ProtectionGroups.ProtectionGroupId", "shield.protection_group"}} {
		r := answers(t, map[string]celltest.Answer{operation: without(t, operation, c.path)})
		if len(r.Gaps) != 1 || len(r.Gaps[0].Kinds) != 1 || r.Gaps[0].Kinds[0] != c.kind || len(r.Records) != 2 {
			t.Errorf("%s without %s: %d records, gaps %v", operation, c.path, len(r.Records), r.Gaps)
		}
	}
}

func TestStates(t *testing.T) {
	for _, c := range []struct {
		answer                celltest.Answer
		status, state, reason string
		records               int
	}{
		{body(`{"SubscriptionState":"ACTIVE"}`), "enabled", "ACTIVE", "", 3},
		{body(`{"SubscriptionState":"INACTIVE"}`), "not-enabled", "INACTIVE", "", 1},
		{body(`{"SubscriptionState":"LAPSING"}`), "", "LAPSING", "UnknownValue", 3},
		{body(`{}`), "", "", "MissingMember", 3},
		{denied, "", "", "AccessDeniedException", 3},
		{celltest.Fail(400, "ResourceNotFoundException", "The subscription does not exist."), "", "", "ResourceNotFoundException", 3},
	} {
		r := answers(t, map[string]celltest.Answer{"GetSubscriptionState": c.answer})
		if a := the(t, r); a.Status != c.status || a.State != c.state || celltest.Unknown(a, "status") != c.reason || len(r.Records) != c.records || len(r.Gaps) > 0 != (c.reason != "") {
			t.Errorf("%s: %+v, gaps %v", c.answer.Body, a, r.Gaps)
		}
	}
}

// "No such subscription" contradicts an active one; where nothing says that there is one, the populations are not there.
func TestTheSubscriptionDoesNotExist(t *testing.T) {
	odd := map[string]celltest.Answer{"DescribeSubscription": gone, "DescribeDRTAccess": gone, "DescribeEmergencyContactSettings": gone, "ListProtections": gone, "ListProtectionGroups": gone}
	for state, outcome := range map[string]evidence.Outcome{"active": evidence.Failed, "denied": evidence.NotEnabled} {
		delete(odd, "GetSubscriptionState")
		if state == "denied" {
			odd["GetSubscriptionState"] = denied
		}
		r := answers(t, odd)
		a := the(t, r)
		for _, f := range []string{"auto_renew", "response_team", "emergency_contacts", "protections"} {
			if celltest.Unknown(a, f) != "ResourceNotFoundException" {
				t.Errorf("%s: %s is unknown by %q", state, f, celltest.Unknown(a, f))
			}
		}
		for _, op := range []string{"ListProtections", "ListProtectionGroups"} {
			if g := r.GapsOf(op); len(g) != 1 || g[0].Outcome != outcome || len(g[0].Kinds) != 1 {
				t.Errorf("%s: gaps of %s %v", state, op, g)
			}
		}
	}
}

func TestAccess(t *testing.T) {
	for answer, c := range map[string]struct {
		role    string
		unknown string
	}{
		`{"RoleArn":"r","LogBucketList":["b"]}`: {"r", ""},
		`{"LogBucketList":[]}`:                  {"", ""},
		`{"LogBucketList":["b"]}`:               {"", ""},
		`{"RoleArn":"r"}`:                       {"r", "response_team.log_buckets"},
		`{}`:                                    {"", "response_team"},
		`{"RoleArn":""}`:                        {"", "response_team"},
	} {
		a := the(t, answers(t, map[string]celltest.Answer{"DescribeDRTAccess": body(answer)}))
		role := ""
		if a.ResponseTeam != nil && a.ResponseTeam.Role != nil {
			role = *a.ResponseTeam.Role
		}
		unknown := ""
		for _, u := range a.Unknown {
			unknown += u.Field
		}
		if role != c.role || unknown != c.unknown || (a.ResponseTeam == nil) != (c.unknown == "response_team") {
			t.Errorf("%s: %+v %v", answer, a.ResponseTeam, a.Unknown)
		}
	}
}

func TestAnActionThatIsNone(t *testing.T) {
	for action, want := range map[string]string{`{"Block":{}}`: "BLOCK", `{"Count":{}}`: "COUNT", `{}`: "", `{"Block":{},"Count":{}}`: "", `{"Challenge":{}}`: ""} {
		p := celltest.One[Protection](t, answers(t, map[string]celltest.Answer{"ListProtections": body(strings.Replace(usual["ListProtections"], `{"Block":{}}`, action, 1))}), "")
		got := ""
		if p.AutomaticAction != nil {
			got = *p.AutomaticAction
		}
		if got != want || (celltest.Unknown(p, "automatic_action") == "") != (want != "") || *p.AutomaticResponse != "ENABLED" {
			t.Errorf("%s: %+v", action, p)
		}
	}
}

func TestResourceTypes(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:cloudfront::111122223333:distribution/E":                              "CLOUDFRONT_DISTRIBUTION",
		"arn:aws:route53:::hostedzone/Z":                                               "ROUTE_53_HOSTED_ZONE",
		"arn:aws:ec2:eu-west-1:111122223333:eip-allocation/eipalloc-0":                 "ELASTIC_IP_ALLOCATION",
		"arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/front/0": "APPLICATION_LOAD_BALANCER",
		"arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/classic":     "CLASSIC_LOAD_BALANCER",
		"arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/front/0": "OTHER",
		"arn:aws:globalaccelerator::111122223333:accelerator/a":                        "GLOBAL_ACCELERATOR",
		"arn:aws:s3:::distribution/E":                                                  "OTHER",
		"arn:aws:ec2:eu-west-1:111122223333:instance/eip-allocation/":                  "OTHER",
		"cloudfront": "OTHER",
		"":           "OTHER",
		"arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/loadbalancer/app/": "OTHER",
	} {
		if got := resourceType(arn); got != want {
			t.Errorf("%s: %s, want %s", arn, got, want)
		}
	}
}

func TestPages(t *testing.T) {
	for op, kind := range map[string]string{"ListProtections": "shield.protection", "ListProtectionGroups": "shield.protection_group"} {
		first := body(strings.Replace(usual[op], "{", `{"NextToken":"t",`, 1))
		for code, second := range map[string]celltest.Answer{"AccessDeniedException": denied, "MissingMember": body(`{}`), "SaidTwice": body(usual[op])} {
			r := answers(t, map[string]celltest.Answer{op: first, op + " again": second})
			if len(r.Records) != 3 || len(r.Gaps) != 1 || r.Gaps[0].Code != code || r.Gaps[0].Kinds[0] != kind {
				t.Errorf("%s %s: %d records, gaps %v", op, code, len(r.Records), r.Gaps)
			}
		}
	}
	// One without an id, and then a page that is denied: one unknown field, two gaps.
	r := answers(t, map[string]celltest.Answer{"ListProtections": body(`{"Protections":[{"Name":"x"}],"NextToken":"t"}`), "ListProtections again": denied})
	if a := the(t, r); len(a.Unknown) != 1 || a.Protections != nil || len(r.Gaps) != 2 {
		t.Errorf("%+v, gaps %v", a, r.Gaps)
	}
}

func TestManyProtections(t *testing.T) {
	var items []string
	for i := range 3000 {
		items = append(items, fmt.Sprintf(`{"Id":"p%d","Name":"\u202e=cmd","ResourceArn":"arn:aws:ec2:eu-west-1:111122223333:eip-allocation/e%d","HealthCheckIds":[]}`, i, i))
	}
	r := answers(t, map[string]celltest.Answer{"ListProtections": body(`{"Protections":[` + strings.Join(items, ",") + `]}`)})
	if p := celltest.Of[Protection](r); len(p) != 3000 || p[2999].Protection != "p2999" || *p[0].Name != "\u202e=cmd" || *the(t, r).Protections != 3000 || len(r.Gaps) > 0 {
		t.Errorf("%d, gaps %v", len(p), r.Gaps)
	}
}
