package cloudtrail

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
)

const (
	mine  = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/mine"
	store = "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/s"

	entry    = `"Name":"mine","TrailARN":"` + mine + `","HomeRegion":"eu-west-1","IncludeGlobalServiceEvents":true,"IsMultiRegionTrail":true,"IsOrganizationTrail":false,"LogFileValidationEnabled":true`
	allBasic = `{"ReadWriteType":"All","IncludeManagementEvents":true,"DataResources":[],"ExcludeManagementEventSources":[]}`
	wholeEDS = `"EventDataStoreArn":"` + store + `","Name":"s","Status":"ENABLED","MultiRegionEnabled":true,"OrganizationEnabled":false,"RetentionPeriod":365,"TerminationProtectionEnabled":true,` +
		`"AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]`
)

// usual are the answers of an account with one trail and one store.
var usual = map[string]string{
	"DescribeTrails":      `{"trailList":[{` + entry + `}]}`,
	"GetTrailStatus":      `{"IsLogging":true}`,
	"GetEventSelectors":   `{"TrailARN":"` + mine + `","EventSelectors":[` + allBasic + `]}`,
	"GetInsightSelectors": `{"TrailARN":"` + mine + `","InsightSelectors":[{"InsightType":"ApiErrorRateInsight"},{"InsightType":"ApiCallRateInsight","EventCategories":["Management","Data"]}]}`,
	"ListEventDataStores": `{"EventDataStores":[{"EventDataStoreArn":"` + store + `","Name":"s"}]}`,
	"GetEventDataStore":   `{` + wholeEDS + `}`,
	"ListTags":            `{"ResourceTagList":[{"ResourceId":"` + mine + `","TagsList":[{"Key":"k","Value":"v"}]},{"ResourceId":"` + store + `","TagsList":[]}]}`,
}

// answers collects one region with the usual answers, of which some are others. A key may have a region behind it.
func answers(t *testing.T, odd map[string]celltest.Answer) *celltest.Result {
	t.Helper()
	return answersIn(t, celltest.Options{}, odd)
}

func answersIn(t *testing.T, o celltest.Options, odd map[string]celltest.Answer) *celltest.Result {
	t.Helper()
	o.URL = celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		if a, ok := odd[q.Operation+" "+q.Region]; ok {
			return a
		}
		if a, ok := odd[q.Operation]; ok {
			return a
		}
		return celltest.Answer{Body: usual[q.Operation]}
	})
	return withCoverage(t, celltest.Run(t, Collector{}, o))
}

func body(s string) celltest.Answer { return celltest.Answer{Body: s} }

func one(op, body string) map[string]celltest.Answer {
	return map[string]celltest.Answer{op: {Body: body}}
}

func TestTheUsualAnswersLeaveNoGap(t *testing.T) {
	r := answers(t, nil)
	if len(r.Gaps) > 0 || len(r.Records) != 4 {
		t.Fatalf("%d records, gaps %v", len(r.Records), r.Gaps)
	}
	x := celltest.One[Trail](t, r, "trail/mine")
	if x.Status.Delivered != nil || x.KMSKey != nil || x.LogGroup != nil || x.CustomSelectors != nil || *x.Advanced || x.Tags["k"] != "v" || len(x.Insights) != 2 || x.DataEvents == nil {
		t.Errorf("%+v", x)
	}
	if s := celltest.One[EventDataStore](t, r, "eventdatastore"); s.Billing != nil || s.Created != nil || s.Tags == nil {
		t.Errorf("%+v", s)
	}
}

func TestNothingThere(t *testing.T) {
	r := answers(t, map[string]celltest.Answer{"DescribeTrails": body(`{"trailList":[]}`), "ListEventDataStores": body(`{"EventDataStores":[]}`)})
	c := celltest.One[Coverage](t, r, "/cloudtrail")
	want := &Coverage{Meta: c.Meta, Status: ptr("not-enabled"), Missing: []string{"read", "write"}, MultiRegion: ptr(false), Trails: []string{}, S3DataEvents: ptr("none"), Insights: []string{}}
	if d := cmp.Diff(want, c); d != "" || len(r.Records) != 2 || len(r.Gaps) > 0 {
		t.Errorf("%s%d records, gaps %v", d, len(r.Records), r.Gaps)
	}
	if r.Outcome(t, "DescribeTrails") != evidence.Empty || r.Outcome(t, "GetTrailStatus") != evidence.NotCalled {
		t.Errorf("%v", r.Cells)
	}
}

// Each answer that lacks something leaves exactly what depends on it unknown.
func TestHalfAnswers(t *testing.T) {
	without := func(from, member string) string {
		i := strings.Index(from, `"`+member+`":`)
		if i < 0 {
			t.Fatalf("no %s in %s", member, from)
		}
		rest := from[i+len(member)+3:]
		end := strings.IndexByte(rest, ',')
		if end < 0 {
			return strings.TrimSuffix(from[:i], ",")
		}
		return from[:i] + rest[end+1:]
	}
	trailOf := func(entry string) string { return `{"trailList":[{` + entry + `}]}` }
	selectors := func(s string) string { return `{"TrailARN":"` + mine + `","EventSelectors":[` + s + `]}` }
	advanced := func(s string) string { return `{"TrailARN":"` + mine + `","AdvancedEventSelectors":[` + s + `]}` }
	for _, c := range []struct {
		op, body string
		unknown  []string // of whichever record
		known    []string
	}{
		{"DescribeTrails", trailOf(without(entry, "Name")), []string{"name"}, []string{"status"}},
		{"DescribeTrails", trailOf(without(entry, "IsOrganizationTrail")), []string{"organization"}, []string{"status", "multi_region"}},
		{"DescribeTrails", trailOf(without(entry, "IsMultiRegionTrail")), []string{"multi_region"}, []string{"missing"}},
		{"DescribeTrails", trailOf(without(entry, "IncludeGlobalServiceEvents")), []string{"global_services"}, []string{"status"}},
		{"DescribeTrails", `{"trailList":[{` + strings.TrimSuffix(entry, `,"LogFileValidationEnabled":true`) + `}]}`, []string{"log_file_validation"}, []string{"status"}},
		{"GetTrailStatus", `{}`, []string{"status", "missing", "multi_region", "s3_data_events", "insights"}, []string{"management_events", "trails"}},
		{"GetEventSelectors", `{"TrailARN":"x"}`, append([]string{"status", "missing", "multi_region", "s3_data_events"}, selectorFields...), []string{"trails", "insights"}},
		{"GetEventSelectors", `{"EventSelectors":[` + allBasic + `]}`, append([]string{"status", "missing"}, selectorFields...), []string{"insights"}},
		{"GetEventSelectors", selectors(""), selectorFields, nil},
		{"GetEventSelectors", advanced(""), selectorFields, nil},
		{"GetEventSelectors", selectors(`{"ReadWriteType":"All","DataResources":[]}`), append([]string{"status"}, selectorFields...), nil},
		{"GetEventSelectors", selectors(`{"IncludeManagementEvents":true}`), append([]string{"status"}, selectorFields...), nil},
		{"GetEventSelectors", selectors(`{"ReadWriteType":"All","IncludeManagementEvents":true,"DataResources":[{"Values":["arn:aws:s3"]}]}`), selectorFields, nil},
		{"GetEventSelectors", advanced(`{"Name":"n"}`), append([]string{"status"}, selectorFields...), nil},
		{"GetEventSelectors", advanced(`{"FieldSelectors":[{"Equals":["Management"]}]}`), selectorFields, nil},
		{"GetEventSelectors", advanced(`{"FieldSelectors":[{"Field":"readOnly","Equals":["true"]}]}`), selectorFields, nil},
		{"GetEventSelectors", advanced(`{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]}]}`), selectorFields, nil},
		{"GetInsightSelectors", `{"TrailARN":"x"}`, []string{"insights"}, []string{"status", "multi_region"}},
		{"GetInsightSelectors", `{"InsightSelectors":[{}]}`, []string{"insights"}, []string{"status"}},
		{"ListTags", `{"ResourceTagList":[]}`, []string{"tags"}, []string{"status"}},
		{"ListTags", `{}`, []string{"tags"}, []string{"status"}},
		{"GetEventDataStore", `{"EventDataStoreArn":"` + store + `"}`, []string{"status", "termination_protection", "retention_days", "multi_region", "organization", "categories", "management_events", "excluded_sources"}, []string{"missing"}},
		{"GetEventDataStore", `{}`, storeFields, []string{"tags"}},
		{"GetEventDataStore", `{` + strings.Replace(wholeEDS, "365", "0", 1) + `}`, []string{"retention_days"}, []string{"termination_protection"}},
		{"GetEventDataStore", `{` + strings.Replace(wholeEDS, `"Status":"ENABLED",`, "", 1) + `}`, []string{"status"}, []string{"retention_days"}},
	} {
		r := answers(t, one(c.op, c.body))
		unknown := func(field string) bool {
			for _, rec := range r.Records {
				if celltest.Unknown(rec, field) == "MissingMember" {
					return true
				}
			}
			return false
		}
		for _, f := range c.unknown {
			if !unknown(f) {
				t.Errorf("%s answered %s: %s is known", c.op, c.body, f)
			}
		}
		for _, f := range c.known {
			if unknown(f) {
				t.Errorf("%s answered %s: %s is unknown", c.op, c.body, f)
			}
		}
		if len(r.Records) != 4 || len(r.Gaps) == 0 {
			t.Errorf("%s answered %s: %d records, gaps %v", c.op, c.body, len(r.Records), r.Gaps)
		}
	}
}

func TestThingsWithoutAName(t *testing.T) {
	r := answers(t, one("DescribeTrails", `{"trailList":[{"Name":"mine"},{`+entry+`},{}]}`))
	c := celltest.One[Coverage](t, r, "/cloudtrail")
	// What is known to be there decides what it can.
	if len(r.Gaps) != 1 || r.Gaps[0].Kinds[0] != trailKind || *c.Status != "enabled" || celltest.Unknown(c, "trails") == "" || celltest.Unknown(c, "insights") == "" {
		t.Errorf("gaps %v, %+v", r.Gaps, c)
	}
	r = answers(t, one("DescribeTrails", `{"trailList":[{"Name":"mine"}]}`))
	if c := celltest.One[Coverage](t, r, "/cloudtrail"); c.Status != nil || celltest.Unknown(c, "status") == "" || celltest.Unknown(c, "multi_region") == "" {
		t.Errorf("%+v", c)
	}
	r = answers(t, one("ListEventDataStores", `{"EventDataStores":[{"Name":"s"}]}`))
	if len(r.Gaps) != 1 || r.Gaps[0].Kinds[0] != storeKind {
		t.Errorf("gaps %v", r.Gaps)
	}
	r = answers(t, one("DescribeTrails", `{"trailList":[{`+entry+`},{`+entry+`}]}`))
	if len(r.Gaps) != 1 || r.Gaps[0].Code != "SaidTwice" || len(celltest.Of[Trail](r)) != 1 {
		t.Errorf("gaps %v", r.Gaps)
	}
}

// Insights that are off are an answer; so is a refusal of nothing else.
func TestInsights(t *testing.T) {
	for code, want := range map[string]string{"InsightNotEnabledException": "", "TrailNotFoundException": "TrailNotFoundException", "AccessDeniedException": "AccessDeniedException",
		"UnsupportedOperationException": "UnsupportedOperationException"} {
		r := answers(t, map[string]celltest.Answer{"GetInsightSelectors": celltest.Fail(400, code, "no")})
		x, c := celltest.One[Trail](t, r, "trail/mine"), celltest.One[Coverage](t, r, "/cloudtrail")
		if celltest.Unknown(x, "insights") != want || celltest.Unknown(c, "insights") != want || want == "" && (x.Insights == nil || len(x.Insights) > 0 || c.Insights == nil || len(c.Insights) > 0) {
			t.Errorf("%s: %+v %+v", code, x, c)
		}
	}
	// Those of data events alone are not those of management events.
	r := answers(t, one("GetInsightSelectors", `{"InsightSelectors":[{"InsightType":"ApiCallRateInsight","EventCategories":["Data"]}]}`))
	if x := celltest.One[Trail](t, r, "trail/mine"); len(x.Insights) != 0 || x.Insights == nil {
		t.Errorf("%+v", x)
	}
}

// A refusal of any of the questions about a trail is unknown, never "not logging".
func TestRefusals(t *testing.T) {
	for op, fields := range map[string][]string{"GetTrailStatus": {"status"}, "GetEventSelectors": selectorFields, "GetInsightSelectors": {"insights"}, "ListTags": {"tags"}} {
		for _, code := range []string{"AccessDeniedException", "TrailNotFoundException", "CloudTrailARNInvalidException", "ThrottlingException"} {
			r := answers(t, map[string]celltest.Answer{op: celltest.Fail(400, code, "no")})
			x := celltest.One[Trail](t, r, "trail/mine")
			for _, f := range fields {
				if celltest.Unknown(x, f) != code {
					t.Errorf("%s %s: %s is known: %+v", op, code, f, x)
				}
			}
			if c := celltest.One[Coverage](t, r, "/cloudtrail"); c.Status == nil != (op == "GetTrailStatus" || op == "GetEventSelectors") {
				t.Errorf("%s %s: %+v", op, code, c)
			}
		}
	}
	r := answers(t, map[string]celltest.Answer{"ListEventDataStores": celltest.Fail(400, "UnsupportedOperationException", "no")})
	if len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.NotAvailable || r.Gaps[0].Kinds[0] != storeKind {
		t.Errorf("%v", r.Gaps)
	}
	r = answers(t, map[string]celltest.Answer{"GetEventDataStore": celltest.Fail(400, "EventDataStoreNotFoundException", "no")})
	if s := celltest.One[EventDataStore](t, r, "eventdatastore"); celltest.Unknown(s, "termination_protection") == "" || s.TerminationProtection != nil || *s.Name != "s" {
		t.Errorf("%+v", s)
	}
}

// The tags of a store that waits for its deletion are not asked for: AWS would refuse the others too.
func TestAStoreThatWaitsForItsDeletion(t *testing.T) {
	r := answers(t, one("GetEventDataStore", `{`+strings.Replace(wholeEDS, "ENABLED", "PENDING_DELETION", 1)+`}`))
	if s := celltest.One[EventDataStore](t, r, "eventdatastore"); s.Tags != nil || *s.Status != "PENDING_DELETION" || len(r.Gaps) > 0 {
		t.Errorf("%+v, gaps %v", s, r.Gaps)
	}
}

// logs makes the answers of one trail that is home here, with these selectors.
func logs(entry, status, selectors string) map[string]celltest.Answer {
	return map[string]celltest.Answer{"DescribeTrails": body(`{"trailList":[{` + entry + `}]}`), "GetTrailStatus": body(status), "GetEventSelectors": body(`{"TrailARN":"x",` + selectors + `}`)}
}

// What selectors make of the coverage of the region that global services are told in.
func TestCoverage(t *testing.T) {
	home := strings.ReplaceAll(entry, "eu-west-1", "us-east-1")
	regional := strings.Replace(home, `"IsMultiRegionTrail":true`, `"IsMultiRegionTrail":false`, 1)
	local := strings.Replace(regional, `"IncludeGlobalServiceEvents":true`, `"IncludeGlobalServiceEvents":false`, 1)
	basic := func(rw string, management bool, excluded, data string) string {
		return fmt.Sprintf(`{"ReadWriteType":%q,"IncludeManagementEvents":%v,"ExcludeManagementEventSources":[%s],"DataResources":[%s]}`, rw, management, excluded, data)
	}
	field := func(name, op, values string) string {
		return fmt.Sprintf(`{"Field":%q,%q:[%s]}`, name, op, values)
	}
	adv := func(fields ...string) string { return `{"FieldSelectors":[` + strings.Join(fields, ",") + `]}` }
	manage, dataEvents, objects := field("eventCategory", "Equals", `"Management"`), field("eventCategory", "Equals", `"Data"`), field("resources.type", "Equals", `"AWS::S3::Object"`)
	s3 := func(values string) string { return `{"Type":"AWS::S3::Object","Values":[` + values + `]}` }
	on, off := `{"IsLogging":true}`, `{"IsLogging":false}`
	for _, c := range []struct {
		name, entry, status string
		basic, advanced     []string
		word, missing       string // the status and what is missing of it
		many                bool
		s3                  string
	}{
		{"all of it", home, on, []string{allBasic}, nil, "enabled", "", true, "none"},
		{"one region", regional, on, []string{allBasic}, nil, "enabled", "", false, "none"},
		{"one region without global services", local, on, []string{allBasic}, nil, "partly-enabled", "global-services", false, "none"},
		{"another region", strings.ReplaceAll(regional, "us-east-1", "eu-central-1"), on, []string{allBasic}, nil, "not-enabled", "read write", false, "none"},
		{"off", home, off, []string{allBasic}, nil, "not-enabled", "read write", false, "none"},
		{"reads", home, on, []string{basic("ReadOnly", true, "", "")}, nil, "partly-enabled", "write", false, "none"},
		{"writes", home, on, []string{basic("WriteOnly", true, "", "")}, nil, "partly-enabled", "read", false, "none"},
		{"both by two selectors", home, on, []string{basic("WriteOnly", true, "", ""), basic("ReadOnly", true, "", "")}, nil, "enabled", "", true, "none"},
		{"undocumented", home, on, []string{basic("Everything", true, "", "")}, nil, "partly-enabled", "read write", false, "none"},
		{"data alone", home, on, []string{basic("All", false, "", s3(`"arn:aws:s3"`))}, nil, "not-enabled", "read write", false, "all"},
		{"without kms", home, on, []string{basic("All", true, `"kms.amazonaws.com"`, "")}, nil, "partly-enabled", "kms.amazonaws.com", false, "none"},
		{"without both", home, on, []string{basic("All", true, `"rdsdata.amazonaws.com","kms.amazonaws.com"`, "")}, nil, "partly-enabled", "kms.amazonaws.com rdsdata.amazonaws.com", false, "none"},
		{"kms by another selector", home, on, []string{basic("All", true, `"kms.amazonaws.com"`, ""), basic("WriteOnly", true, "", "")}, nil, "partly-enabled", "kms.amazonaws.com", false, "none"},
		{"kms by other selectors", home, on, []string{basic("All", true, `"kms.amazonaws.com"`, ""), basic("All", true, `"rdsdata.amazonaws.com"`, "")}, nil, "enabled", "", true, "none"},
		{"objects of a bucket", home, on, []string{basic("All", true, "", s3(`"arn:aws:s3:::b/"`))}, nil, "enabled", "", true, "some"},
		{"objects of all buckets", home, on, []string{basic("All", true, "", s3(`"arn:aws:s3:::b/","arn:aws:s3:::"`))}, nil, "enabled", "", true, "all"},
		{"writes of objects", home, on, []string{allBasic, basic("WriteOnly", false, "", s3(`"arn:aws:s3"`))}, nil, "enabled", "", true, "write-only"},
		{"objects of another partition", home, on, []string{basic("All", true, "", s3(`"arn:aws-cn:s3"`))}, nil, "enabled", "", true, "some"},
		{"functions", home, on, []string{basic("All", true, "", `{"Type":"AWS::Lambda::Function","Values":["arn:aws:lambda"]}`)}, nil, "enabled", "", true, "none"},
		{"advanced", home, on, nil, []string{adv(manage)}, "enabled", "", true, "none"},
		{"advanced wins", home, on, []string{allBasic}, []string{adv(dataEvents, objects)}, "not-enabled", "read write", false, "all"},
		{"advanced reads", home, on, nil, []string{adv(manage, field("readOnly", "Equals", `"true"`))}, "partly-enabled", "write", false, "none"},
		{"advanced writes", home, on, nil, []string{adv(field("readOnly", "Equals", `"false"`), manage)}, "partly-enabled", "read", false, "none"},
		{"advanced, either", home, on, nil, []string{adv(manage, field("readOnly", "Equals", `"true","false"`))}, "enabled", "", true, "none"},
		{"advanced, neither", home, on, nil, []string{adv(manage, field("readOnly", "Equals", `"perhaps"`))}, "partly-enabled", "read write", false, "none"},
		{"advanced, contradicting", home, on, nil, []string{adv(manage, field("readOnly", "Equals", `"true"`), field("readOnly", "Equals", `"false"`))}, "partly-enabled", "read write", false, "none"},
		{"advanced without kms", home, on, nil, []string{adv(field("eventSource", "NotEquals", `"kms.amazonaws.com"`), manage)}, "partly-enabled", "kms.amazonaws.com", false, "none"},
		{"advanced, one source", home, on, nil, []string{adv(manage, field("eventSource", "Equals", `"kms.amazonaws.com"`))}, "partly-enabled", "read write", false, "none"},
		{"advanced, not a prefix", home, on, nil, []string{adv(manage, field("eventSource", "NotStartsWith", `"kms"`))}, "partly-enabled", "read write", false, "none"},
		{"advanced, an unknown field", home, on, nil, []string{adv(manage, field("userIdentity.arn", "NotEquals", `"x"`))}, "partly-enabled", "read write", false, "none"},
		{"advanced, a name", home, on, nil, []string{adv(manage, field("eventName", "Equals", `"DeleteTrail"`))}, "partly-enabled", "read write", false, "none"},
		{"advanced, two operators", home, on, nil, []string{adv(manage, `{"Field":"eventSource","NotEquals":["a"],"NotStartsWith":["b"]}`)}, "partly-enabled", "read write", false, "none"},
		{"advanced, another category", home, on, nil, []string{adv(field("eventCategory", "Equals", `"NetworkActivity"`), field("eventSource", "Equals", `"kms.amazonaws.com"`))}, "not-enabled", "read write", false, "none"},
		{"advanced, categories that contradict", home, on, nil, []string{adv(manage, dataEvents, objects)}, "partly-enabled", "read write", false, "none"},
		{"advanced objects", home, on, nil, []string{adv(manage), adv(dataEvents, objects)}, "enabled", "", true, "all"},
		{"advanced objects by prefix", home, on, nil, []string{adv(manage), adv(dataEvents, objects, field("resources.ARN", "StartsWith", `"arn:aws:s3:::"`))}, "enabled", "", true, "all"},
		{"advanced objects but some", home, on, nil, []string{adv(manage), adv(dataEvents, objects, field("resources.ARN", "NotStartsWith", `"arn:aws:s3:::b/"`))}, "enabled", "", true, "some"},
		{"advanced objects written", home, on, nil, []string{adv(manage), adv(dataEvents, objects, field("readOnly", "Equals", `"false"`))}, "enabled", "", true, "write-only"},
		{"advanced objects by source", home, on, nil, []string{adv(manage), adv(dataEvents, objects, field("eventSource", "NotEquals", `"s3.amazonaws.com"`))}, "enabled", "", true, "some"},
	} {
		t.Run(c.name, func(t *testing.T) {
			selectors := `"EventSelectors":[` + strings.Join(c.basic, ",") + `],"AdvancedEventSelectors":[` + strings.Join(c.advanced, ",") + `]`
			odd := logs(c.entry, c.status, selectors)
			odd["ListTags"] = body(strings.ReplaceAll(strings.ReplaceAll(usual["ListTags"], mine, strings.SplitN(strings.SplitN(c.entry, `"TrailARN":"`, 2)[1], `"`, 2)[0]), "x", "x"))
			r := answersIn(t, celltest.Options{Region: "us-east-1"}, odd)
			got := celltest.One[Coverage](t, r, "/cloudtrail")
			if len(got.Unknown) > 0 || got.Status == nil {
				t.Fatalf("%+v, gaps %v", got, r.Gaps)
			}
			if *got.Status != c.word || strings.Join(got.Missing, " ") != c.missing || *got.MultiRegion != c.many || *got.S3DataEvents != c.s3 {
				t.Errorf("%s %v, multi-region %v, objects %s", *got.Status, got.Missing, *got.MultiRegion, *got.S3DataEvents)
			}
		})
	}
}

// Two trails may cover together what neither covers alone; and one that is not known only matters where the other leaves something open.
func TestTrailsTogether(t *testing.T) {
	other := strings.ReplaceAll(entry, "mine", "other")
	two := body(`{"trailList":[{` + entry + `},{` + other + `}]}`)
	r := answers(t, map[string]celltest.Answer{"DescribeTrails": two, "ListTags": body(`{"ResourceTagList":[{"ResourceId":"` + mine + `"},{"ResourceId":"` + strings.Replace(mine, "mine", "other", 1) +
		`"},{"ResourceId":"` + store + `"}]}`)})
	if c := celltest.One[Coverage](t, r, "/cloudtrail"); *c.Status != "enabled" || len(c.Trails) != 2 || len(r.Gaps) > 0 || len(c.Evidence) != 8 {
		t.Errorf("%+v, gaps %v", c, r.Gaps)
	}
}

// Trails are asked in their home region, once, whichever regions list them; and a home that is no region's name is not asked.
func TestHomes(t *testing.T) {
	var o celltest.Options
	o.Scope.Regions = []string{"us-east-1", "eu-west-1", "eu-north-1"}
	far := strings.ReplaceAll(entry, "eu-west-1", "ap-south-2")
	asked := map[string]int{}
	o.URL = celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		asked[q.Operation+" "+q.Region]++
		switch q.Operation {
		case "DescribeTrails":
			return body(`{"trailList":[{` + far + `}]}`)
		case "ListEventDataStores":
			return body(`{"EventDataStores":[]}`)
		case "ListTags":
			return body(strings.ReplaceAll(usual["ListTags"], "eu-west-1", "ap-south-2"))
		}
		return body(usual[q.Operation])
	})
	r := withCoverage(t, celltest.Run(t, Collector{}, o))
	x := celltest.One[Trail](t, r, "trail/mine")
	if len(r.Gaps) > 0 || x.Region != "ap-south-2" || len(celltest.Of[Coverage](r)) != 3 {
		t.Errorf("%+v, gaps %v", x, r.Gaps)
	}
	if d := cmp.Diff(map[string]int{"DescribeTrails us-east-1": 1, "DescribeTrails eu-west-1": 1, "DescribeTrails eu-north-1": 1, "ListEventDataStores us-east-1": 1, "ListEventDataStores eu-west-1": 1,
		"ListEventDataStores eu-north-1": 1, "GetTrailStatus ap-south-2": 1, "GetEventSelectors ap-south-2": 1, "GetInsightSelectors ap-south-2": 1, "ListTags ap-south-2": 1}, asked); d != "" {
		t.Error(d)
	}

	for _, home := range []string{"203.0.113.7/#", "", "eu-west-1.example.com", "x"} {
		r := answers(t, one("DescribeTrails", `{"trailList":[{`+strings.NewReplacer(`"HomeRegion":"eu-west-1"`, `"HomeRegion":"`+home+`"`, "cloudtrail:eu-west-1", "cloudtrail:"+home).Replace(entry)+`}]}`))
		x := celltest.Of[Trail](r)[0]
		if celltest.Unknown(x, "status") == "" || celltest.Unknown(x, "tags") == "" || x.Region != "eu-west-1" || r.Outcome(t, "GetTrailStatus") != evidence.NotCalled {
			t.Errorf("home %q: %+v", home, x)
		}
	}
}

// An ARN stands for a home region that AWS left out.
func TestTheHomeRegionOfTheARN(t *testing.T) {
	r := answers(t, one("DescribeTrails", `{"trailList":[{`+strings.Replace(entry, `"HomeRegion":"eu-west-1",`, "", 1)+`}]}`))
	if len(r.Gaps) > 0 || !celltest.One[Trail](t, r, "trail/mine").Status.Logging {
		t.Errorf("gaps %v", r.Gaps)
	}
}

// A long list of trails is tagged in batches of what AWS takes.
func TestManyTrails(t *testing.T) {
	var list, tags []string
	for i := range 45 {
		list = append(list, `{`+strings.ReplaceAll(entry, "mine", fmt.Sprintf("mine-%02d", i))+`}`)
	}
	batches := 0
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		switch q.Operation {
		case "DescribeTrails":
			return body(`{"trailList":[` + strings.Join(list, ",") + `]}`)
		case "ListEventDataStores":
			return body(`{"EventDataStores":[]}`)
		case "ListTags":
			batches++
			tags = tags[:0]
			if n := strings.Count(q.Body, mine); n > tagged {
				t.Errorf("%d at once", n)
			}
			for i := range 45 {
				if arn := fmt.Sprintf("%s-%02d", mine, i); strings.Contains(q.Body, arn) {
					tags = append(tags, `{"ResourceId":"`+arn+`","TagsList":[{"Key":"n","Value":"`+fmt.Sprint(i)+`"}]}`)
				}
			}
			return body(`{"ResourceTagList":[` + strings.Join(tags, ",") + `]}`)
		}
		return body(usual[q.Operation])
	})
	r := celltest.Run(t, Collector{}, celltest.Options{URL: url})
	if len(celltest.Of[Trail](r)) != 45 || batches != 3 || len(r.Gaps) > 0 {
		t.Errorf("%d trails, %d batches, gaps %v", len(celltest.Of[Trail](r)), batches, r.Gaps)
	}
	for i, x := range celltest.Of[Trail](r) {
		if x.Tags["n"] != fmt.Sprint(i) {
			t.Errorf("trail %d has %v", i, x.Tags)
		}
	}
}
