package detective

import (
	"strings"
	"testing"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// usual are the answers of an administrator; with an empty list of graphs they are those of a member.
var usual = map[string]string{
	"POST /graphs/list":                            `{"GraphList":[{"Arn":"arn:g"}]}`,
	"POST /graph/datasources/list":                 `{"DatasourcePackages":{"DETECTIVE_CORE":{"DatasourcePackageIngestState":"STARTED"}}}`,
	"POST /orgs/describeOrganizationConfiguration": `{"AutoEnable":true}`,
	"POST /graph/members/list":                     `{"MemberDetails":[{"AccountId":"444455556666","Status":"ENABLED"}]}`,
	"POST /invitations/list":                       `{"Invitations":[{"GraphArn":"arn:h","Status":"ENABLED"}]}`,
}

func answers(t *testing.T, odd map[string]string) *celltest.Result {
	t.Helper()
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		body, ok := odd[q.Operation]
		if !ok {
			body = usual[q.Operation]
		}
		return celltest.Answer{Body: body}
	})
	return celltest.Run(t, Collector{}, celltest.Options{URL: url})
}

func TestOddAnswers(t *testing.T) {
	const graphs, sources, configuration, members, invitations = "POST /graphs/list", "POST /graph/datasources/list", "POST /orgs/describeOrganizationConfiguration", "POST /graph/members/list", "POST /invitations/list"
	none := `{"GraphList":[]}`
	account := "status missing contributes administrator graphs"
	invited := func(one string) map[string]string {
		return map[string]string{graphs: none, invitations: `{"Invitations":[` + one + `]}`}
	}
	cases := []struct {
		name                   string
		odd                    map[string]string
		status, unknown, kinds string
	}{
		{"all well", nil, "enabled", "", ""},
		{"a member", map[string]string{graphs: none}, "enabled", "", ""},
		{"no list of graphs", map[string]string{graphs: `{}`}, "", account, "detective.graph detective.member detective.membership"},
		{"a graph without ARN", map[string]string{graphs: `{"GraphList":[{}]}`}, "", account, "detective.graph detective.member detective.membership"},
		{"a graph that is listed twice", map[string]string{graphs: `{"GraphList":[{"Arn":"arn:g"},{"Arn":"arn:g"}]}`}, "enabled", "", "detective.graph"},
		{"no data sources", map[string]string{sources: `{"DatasourcePackages":{}}`}, "", "status missing contributes detective.graph:sources detective.graph:core", ""},
		{"a data source without state", map[string]string{sources: `{"DatasourcePackages":{"DETECTIVE_CORE":{}}}`}, "", "status missing contributes detective.graph:sources detective.graph:core", ""},
		{"the core is not among the data sources", map[string]string{sources: `{"DatasourcePackages":{"EKS_AUDIT":{"DatasourcePackageIngestState":"STARTED"}}}`}, "partly-enabled", "", ""},
		{"a state that nobody documented", map[string]string{sources: `{"DatasourcePackages":{"DETECTIVE_CORE":{"DatasourcePackageIngestState":"STARTED_SOMEHOW"}}}`}, "partly-enabled", "", ""},
		{"no word on new accounts", map[string]string{configuration: `{}`}, "enabled", "detective.graph:auto_enable", ""},
		{"null for new accounts", map[string]string{configuration: `{"AutoEnable":null}`}, "enabled", "detective.graph:auto_enable", ""},
		{"no list of members", map[string]string{members: `{}`}, "enabled", "", "detective.member"},
		{"a member without account", map[string]string{members: `{"MemberDetails":[{"Status":"ENABLED"}]}`}, "enabled", "", "detective.member"},
		{"a member without status", map[string]string{members: `{"MemberDetails":[{"AccountId":"444455556666"}]}`}, "enabled", "detective.member:status", ""},
		{"a member that is listed twice", map[string]string{members: `{"MemberDetails":[{"AccountId":"444455556666","Status":"ENABLED"},{"AccountId":"444455556666","Status":"INVITED"}]}`}, "enabled", "", "detective.member"},
		{"no list of memberships", map[string]string{graphs: none, invitations: `{}`}, "", "status missing contributes graphs", "detective.membership"},
		{"a membership without graph", invited(`{"Status":"ENABLED"}`), "", "status missing contributes graphs", "detective.membership"},
		{"a membership without status", invited(`{"GraphArn":"arn:h"}`), "", "status missing contributes graphs detective.membership:status", ""},
		{"a membership without status beside one that is enabled", invited(`{"GraphArn":"arn:h"},{"GraphArn":"arn:i","Status":"ENABLED"}`), "", "status missing graphs detective.membership:status", ""},
		{"a membership with a status that nobody documented", invited(`{"GraphArn":"arn:h","Status":"RESTING"}`), "partly-enabled", "", ""},
		{"a disabled membership beside one that is enabled", invited(`{"GraphArn":"arn:h","Status":"ACCEPTED_BUT_DISABLED"},{"GraphArn":"arn:i","Status":"ENABLED"}`), "enabled", "", ""},
		{"a membership whose source has stopped", invited(`{"GraphArn":"arn:i","Status":"ENABLED","DatasourcePackageIngestStates":{"DETECTIVE_CORE":"STARTED","EKS_AUDIT":"STOPPED"}}`), "partly-enabled", "", ""},
		{"a membership whose core has stopped", invited(`{"GraphArn":"arn:i","Status":"ENABLED","DatasourcePackageIngestStates":{"DETECTIVE_CORE":"STOPPED"}}`), "partly-enabled", "", ""},
		{"a membership that failed", invited(`{"GraphArn":"arn:h","Status":"VERIFICATION_FAILED"}`), "not-enabled", "", "detective.graph detective.member"},
		{"nothing", invited(``), "not-enabled", "", "detective.graph detective.member"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := answers(t, c.odd)
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

// A membership contributes by AWS's word, but not where its core is not STARTED.
func TestAMembershipWhoseCoreHasStopped(t *testing.T) {
	for sources, want := range map[string]bool{`{}`: true, `{"EKS_AUDIT":"STOPPED"}`: true, `{"DETECTIVE_CORE":"STARTED"}`: true, `{"DETECTIVE_CORE":"STOPPED"}`: false, `{"DETECTIVE_CORE":"DISABLED"}`: false} {
		r := answers(t, map[string]string{"POST /graphs/list": `{"GraphList":[]}`, "POST /invitations/list": `{"Invitations":[{"GraphArn":"arn:i","Status":"ENABLED","DatasourcePackageIngestStates":` + sources + `}]}`})
		if a := celltest.Of[Account](r)[0]; a.Contributes != want {
			t.Errorf("%s: contributes %v", sources, a.Contributes)
		}
	}
}

// What an administrator that is not read would have told is left out, and not none.
func TestAnAdministratorOutsideTheScope(t *testing.T) {
	r := answers(t, map[string]string{"POST /graphs/list": `{"GraphList":[]}`, "POST /invitations/list": `{"Invitations":[{"GraphArn":"arn:i","Status":"ENABLED","AdministratorId":"999988887777"}]}`})
	if len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.Skipped || r.Gaps[0].Code != "OutOfScope" || strings.Join(r.Gaps[0].Kinds, " ") != graphKind+" "+memberKind {
		t.Errorf("gaps %v", r.Gaps)
	}
}

func TestNoDetectiveInChina(t *testing.T) {
	url := celltest.Serve(t, func(celltest.Request) celltest.Answer { return celltest.Answer{} })
	r := celltest.Run(t, Collector{}, celltest.Options{URL: url, Region: "cn-north-1", Partition: "aws-cn"})
	if len(r.Records) != 0 || len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.NotAvailable || len(r.Gaps[0].Kinds) != 4 {
		t.Errorf("%d records, gaps %+v", len(r.Records), r.Gaps)
	}
}

func TestNothingIsKnownWhereNothingWasAsked(t *testing.T) {
	r := celltest.Run(t, Collector{}, celltest.Options{URL: "http://127.0.0.1:1"})
	if a := celltest.Of[Account](r)[0]; celltest.Unknown(a, "contributes") != "ConnectionRefused" {
		t.Errorf("%+v", a)
	}
}
