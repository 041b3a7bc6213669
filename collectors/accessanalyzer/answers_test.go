package accessanalyzer

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer/types"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
)

const (
	good    = `{"arn":"arn:a","name":"a","type":"ACCOUNT","status":"ACTIVE"}`
	finding = `"id":"f","status":"ACTIVE","isPublic":true,"resourceType":"AWS::S3::Bucket","resourceOwnerAccount":"111122223333"`
)

// answers collects with the analyzers, archive rules and findings that are given.
func answers(t *testing.T, analyzers, rules, findings string) *celltest.Result {
	t.Helper()
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		switch {
		case q.Operation == "GET /analyzer":
			return celltest.Answer{Body: analyzers}
		case strings.HasSuffix(q.Operation, "/archive-rule"):
			return celltest.Answer{Body: rules}
		case !strings.Contains(q.Body, `"status":{"eq":["ACTIVE","ARCHIVED"]}`):
			t.Errorf("findings are asked for with %s", q.Body)
		}
		return celltest.Answer{Body: findings}
	})
	return celltest.Run(t, Collector{}, celltest.Options{URL: url})
}

func TestOddAnswers(t *testing.T) {
	list := func(analyzers ...string) string { return `{"analyzers":[` + strings.Join(analyzers, ",") + `]}` }
	rule := func(members string) string { return `{"archiveRules":[{` + members + `}]}` }
	found := func(members string) string { return `{"findings":[{` + members + `}]}` }
	const noRules, none = `{"archiveRules":[]}`, `{"findings":[]}`
	all := "accessanalyzer.analyzer accessanalyzer.archive_rule accessanalyzer.finding"
	account := "status missing organization unused_access internal_access"
	cases := []struct{ name, analyzers, rules, findings, status, unknown, kinds string }{
		{"all well", list(good), noRules, found(finding), "enabled", "", ""},
		{"no list", `{}`, noRules, none, "", account, all},
		{"an analyzer without ARN", list(`{"name":"a","type":"ACCOUNT","status":"ACTIVE"}`), noRules, none, "", account, all},
		{"an analyzer without name, beside one that decides", list(`{"arn":"arn:b","type":"ACCOUNT","status":"ACTIVE"}`, good), noRules, none, "enabled", "organization unused_access internal_access", all},
		{"an analyzer without type", list(`{"arn":"arn:a","name":"a","status":"ACTIVE"}`), rule(`"ruleName":"r","filter":{}`), none, "", account + " accessanalyzer.analyzer:type accessanalyzer.archive_rule:analyzer_type", findingKind},
		{"an analyzer without status", list(`{"arn":"arn:a","name":"a","type":"ACCOUNT"}`), noRules, none, "", account + " accessanalyzer.analyzer:status", findingKind},
		{"an analyzer that is listed twice", list(good, good), noRules, none, "enabled", "", analyzerKind},
		{"a status that nobody documented", list(strings.Replace(good, "ACTIVE", "RESTING", 1)), noRules, none, "partly-enabled", "", findingKind},
		{"a type that nobody documented", list(strings.Replace(good, "ACCOUNT", "GALAXY", 1)), noRules, none, "partly-enabled", "", findingKind},
		{"unused access alone", list(strings.Replace(good, "ACCOUNT", "ACCOUNT_UNUSED_ACCESS", 1)), noRules, none, "partly-enabled", "", findingKind},
		{"nothing", list(), noRules, none, "not-enabled", "", findingKind},
		{"no list of rules", list(good), `{}`, none, "enabled", "", ruleKind},
		{"a rule without name", list(good), rule(`"filter":{}`), none, "enabled", "", ruleKind},
		{"a rule without filter", list(good), rule(`"ruleName":"r"`), none, "enabled", "accessanalyzer.archive_rule:criteria accessanalyzer.archive_rule:spares_public", ""},
		{"no list of findings", list(good), noRules, `{}`, "enabled", "", findingKind},
		{"a finding without id", list(good), noRules, found(`"status":"ACTIVE"`), "enabled", "", findingKind},
		{"a finding that is listed twice", list(good), noRules, `{"findings":[{` + finding + `},{` + finding + `}]}`, "enabled", "", findingKind},
		{"a finding without anything", list(good), noRules, found(`"id":"f"`), "enabled", "accessanalyzer.finding:status accessanalyzer.finding:public accessanalyzer.finding:resource_type accessanalyzer.finding:owner accessanalyzer.finding:in_scope", ""},
		{"a finding that does not say who has access", list(good), noRules, found(strings.Replace(finding, `"isPublic":true,`, "", 1)), "enabled", "accessanalyzer.finding:public", ""},
		{"a finding of a resource that could not be analyzed", list(good), noRules, found(strings.Replace(finding, "true", "false", 1) + `,"error":"ACCESS_DENIED"`), "enabled", "accessanalyzer.finding:public", ""},
		{"a public finding with an error", list(good), noRules, found(finding + `,"error":"INTERNAL_ERROR"`), "enabled", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := answers(t, c.analyzers, c.rules, c.findings)
			if got := celltest.Of[Account](r)[0].Status; got != c.status {
				t.Errorf("status %q, want %q", got, c.status)
			}
			unknown, kinds := map[string]bool{}, map[string]bool{}
			for _, x := range r.Records {
				for _, u := range x.Header().Unknown {
					f := u.Field
					if x.Kind() != accountKind {
						f = x.Kind() + ":" + f
					}
					unknown[f] = true
				}
			}
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
			same("unknown fields", c.unknown, unknown)
			same("populations that are not whole", c.kinds, kinds)
		})
	}
}

func TestWhoseFinding(t *testing.T) {
	r := answers(t, `{"analyzers":[`+good+`]}`, `{"archiveRules":[]}`, `{"findings":[{`+finding+`},{`+strings.NewReplacer(`"f"`, `"g"`, "111122223333", "444455556666").Replace(finding)+`}]}`)
	found := celltest.Of[Finding](r)
	if len(found) != 2 || !found[0].InScope || found[1].InScope || found[1].Account != "111122223333" || found[1].Owner != "444455556666" {
		t.Errorf("%+v", found)
	}
}

func TestWhatSparesPublicAccess(t *testing.T) {
	eq := func(v ...string) types.Criterion { return types.Criterion{Eq: v} }
	yes := true
	for _, c := range []struct {
		filter map[string]types.Criterion
		want   bool
	}{
		{map[string]types.Criterion{"isPublic": eq("false")}, true},
		{map[string]types.Criterion{"isPublic": eq("false"), "resourceType": eq("AWS::S3::Bucket")}, true},
		{map[string]types.Criterion{"isPublic": {Neq: []string{"true"}}}, true},
		{map[string]types.Criterion{}, false},
		{map[string]types.Criterion{"isPublic": eq("true")}, false},
		{map[string]types.Criterion{"isPublic": eq("false", "true")}, false},
		{map[string]types.Criterion{"isPublic": {}}, false},
		{map[string]types.Criterion{"isPublic": {Neq: []string{"false"}}}, false},
		{map[string]types.Criterion{"isPublic": {Exists: &yes}}, false},
		{map[string]types.Criterion{"isPublic": {Contains: []string{"false"}}}, false},
		{map[string]types.Criterion{"resource": eq("arn:x")}, false},
	} {
		if got := sparesPublic(c.filter); got != c.want {
			t.Errorf("%+v: %t", c.filter, got)
		}
	}
	if got := strings.Join(criteria(map[string]types.Criterion{"a": {Contains: []string{"x", "y"}, Exists: &yes}, "b": {}}), "; "); got != "a contains x, y; a exists true; b" {
		t.Error(got)
	}
}

func TestNothingIsKnownWhereNothingWasAsked(t *testing.T) {
	r := celltest.Run(t, Collector{}, celltest.Options{URL: "http://127.0.0.1:1"})
	if a := celltest.Of[Account](r)[0]; celltest.Unknown(a, "status") != "ConnectionRefused" || r.Outcome(t, "ListAnalyzers") != evidence.Failed {
		t.Errorf("%+v", a)
	}
}
