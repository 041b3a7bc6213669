package changes

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// captured is when AWS Config saw the change in these tests. The servers answer on the first of October.
var captured = time.Date(2026, 8, 4, 12, 0, 0, 0, time.UTC)

func bucket(name string, at, since time.Time) evidence.Moment {
	return evidence.Moment{Account: "111122223333", Region: "eu-west-1", ResourceType: "AWS::S3::Bucket", ResourceID: name, ResourceName: name, ARN: "arn:aws:s3:::" + name, Resource: "arn:aws:s3:::" + name,
		Item: "item/" + name + "@" + at.Format(time.RFC3339), At: at, Since: since, Evidence: []string{"E-00000000000000aa"}, Collected: at}
}

// event is one that changed something, by a role; members replace its own.
func event(id string, at time.Time, members ...string) string {
	m := map[string]json.RawMessage{}
	whole := `{"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/admin/kim","accessKeyId":"ASIAKEY"},"requestParameters":{"token":"secret"},"sourceIPAddress":"203.0.113.9"}`
	quoted, _ := json.Marshal(whole)
	for _, s := range append([]string{fmt.Sprintf(`"EventId":%q,"EventName":"PutBucketPolicy","EventSource":"s3.amazonaws.com","ReadOnly":"false","Username":"kim","AccessKeyId":"ASIAKEY","EventTime":%d,"CloudTrailEvent":%s`, id, at.Unix(), quoted)}, members...) {
		var one map[string]json.RawMessage
		if err := json.Unmarshal([]byte("{"+s+"}"), &one); err != nil {
			panic(s)
		}
		for k, v := range one {
			m[k] = v
		}
	}
	b, _ := json.Marshal(m)
	return string(b)
}

func failed(code string) string {
	b, _ := json.Marshal(`{"errorCode":"` + code + `","userIdentity":{"arn":"arn:aws:iam::111122223333:user/sam"}}`)
	return `"CloudTrailEvent":` + string(b)
}

type lookup struct {
	StartTime, EndTime float64
	MaxResults         int
	NextToken          string
	LookupAttributes   []struct{ AttributeKey, AttributeValue string }
}

func (l lookup) name() string { return l.LookupAttributes[0].AttributeValue }

// look runs the collector over moments; answer gives the body for a look-up.
func look(t *testing.T, allowed int, redact tape.Redactor, moments []evidence.Moment, answer func(lookup) string) (*celltest.Result, []lookup) {
	t.Helper()
	var asked []lookup
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		var l lookup
		if err := json.Unmarshal([]byte(q.Body), &l); err != nil || len(l.LookupAttributes) != 1 || l.LookupAttributes[0].AttributeKey != "ResourceName" || l.MaxResults != 50 {
			t.Errorf("asked %s %s: %v", q.Operation, q.Body, err)
		}
		asked = append(asked, l)
		return celltest.Answer{Body: answer(l)}
	})
	r := celltest.Run(t, Collector{}, celltest.Options{URL: url, Moments: moments, Allowance: allowed, Redact: redact})
	return r, asked
}

func pageOf(token string, events ...string) string {
	body := `{"Events":[` + strings.Join(events, ",") + `]`
	if token != "" {
		body += `,"NextToken":"` + token + `"`
	}
	return body + "}"
}

func TestAChangeIsFound(t *testing.T) {
	at := captured.Add(-5 * time.Minute)
	var many []string
	for i := range 7 {
		many = append(many, event(fmt.Sprintf("m%d", i), at.Add(time.Duration(i)*time.Second)))
	}
	read := event("r", at, `"ReadOnly":"true","EventName":"GetBucketPolicy"`)
	for _, c := range []struct {
		what   string
		pages  []string
		status string
		events string
	}{
		{"one change", []string{pageOf("", event("a", at))}, "found", "a"},
		{"the newest five of seven, newest first", []string{pageOf("", many...)}, "found", "m6 m5 m4 m3 m2"},
		{"none at all", []string{pageOf("")}, "none", ""},
		{"reads alone", []string{pageOf("", read)}, "none", ""},
		{"a call that failed", []string{pageOf("", event("a", at, failed("AccessDenied")))}, "none", ""},
		{"a change behind a page of reads", []string{pageOf("t1", read), pageOf("", event("a", at))}, "found", "a"},
		{"an event that is told twice", []string{pageOf("", event("a", at), event("a", at))}, "found", "a"},
		{"empty pages before it", []string{pageOf("t1"), pageOf("t2"), pageOf("", event("a", at))}, "found", "a"},
		{"reads without end", []string{pageOf("t1", read), pageOf("t2", read), pageOf("t3", read), pageOf("t4", read), pageOf("t5", read), pageOf("", event("a", at))}, "not-asked", ""},
		{"no change on as many pages as are looked through", []string{pageOf("t1", read), pageOf("t2", read), pageOf("t3", read), pageOf("t4", read), pageOf("", read)}, "not-asked", ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			i := 0
			r, asked := look(t, 100, tape.Redactor{}, []evidence.Moment{bucket("b", captured, time.Time{})}, func(l lookup) string {
				if l.name() != "b" {
					return pageOf("")
				}
				i++
				return c.pages[i-1]
			})
			x := celltest.Of[Change](r)[0]
			var ids []string
			for _, e := range x.Events {
				ids = append(ids, e.ID)
			}
			if len(r.Gaps) > 0 || x.Status == nil || *x.Status != c.status || strings.Join(ids, " ") != c.events || (x.Reason != nil) != (c.status == "not-asked") {
				t.Errorf("%+v, events %v, gaps %+v", x, ids, r.Gaps)
			}
			if len(asked) > most {
				t.Errorf("%d look-ups for one moment", len(asked))
			}
			if l := asked[0]; int64(l.StartTime) != captured.Add(-24*time.Hour).Unix() || int64(l.EndTime) != captured.Add(15*time.Minute).Unix() {
				t.Errorf("looked from %v to %v", l.StartTime, l.EndTime)
			}
			item, change := x.Change()
			if item != "item/b@2026-08-04T12:00:00Z" || change.Status != c.status || len(change.Events) != len(ids) || len(change.Evidence) != len(x.Evidence) {
				t.Errorf("item %s, change %+v", item, change)
			}
			if slices.Contains(ids, "a") && (x.Events[0].Principal != "arn:aws:sts::111122223333:assumed-role/admin/kim" || x.Events[0].Source != "s3.amazonaws.com") {
				t.Errorf("event %+v", x.Events[0])
			}
		})
	}
}

// Who acted is the ARN, else the service that acted by itself, else the name that CloudTrail gives.
func TestWhoActed(t *testing.T) {
	at := captured.Add(-time.Minute)
	for whole, want := range map[string]string{
		`{"userIdentity":{"type":"AWSService","invokedBy":"cloudformation.amazonaws.com"}}`: "cloudformation.amazonaws.com",
		`{"userIdentity":{"type":"Unknown"}}`:                                               "kim",
		`{}`:                                                                                "kim",
	} {
		b, _ := json.Marshal(whole)
		r, _ := look(t, 10, tape.Redactor{}, []evidence.Moment{bucket("b", captured, time.Time{})}, func(lookup) string { return pageOf("", event("a", at, `"CloudTrailEvent":`+string(b))) })
		if x := celltest.Of[Change](r)[0]; *x.Status != "found" || x.Events[0].Principal != want {
			t.Errorf("%s: %+v", whole, x)
		}
	}
}

// "None" is only said of time that CloudTrail could tell of when it was asked.
func TestOutOfReach(t *testing.T) {
	asOf := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC) // celltest's, and the servers' Date is not before it
	day := 24 * time.Hour
	for _, c := range []struct {
		what   string
		at     time.Time
		status string
		asked  int
	}{
		{"91 days back", asOf.Add(-91 * day), "not-available", 0},
		{"half of the day before lies 90 days back", asOf.Add(-90*day + 12*time.Hour), "not-available", 3},
		{"all of it within reach", asOf.Add(-88 * day), "none", 3},
		{"not delivered yet", asOf.Add(8 * time.Hour), "not-available", 3},
	} {
		t.Run(c.what, func(t *testing.T) {
			m := bucket("b", c.at, time.Time{})
			m.ResourceID = "other"
			r, asked := look(t, 10, tape.Redactor{}, []evidence.Moment{m}, func(lookup) string { return pageOf("") })
			x := celltest.Of[Change](r)[0]
			if *x.Status != c.status || len(asked) != c.asked || (x.Reason == nil) != (c.status == "none") || (x.From == nil) != (c.asked == 0) {
				t.Errorf("%d look-ups, %+v", len(asked), x)
			}
			if x.From != nil && x.From.Before(asOf.Add(-90*day)) {
				t.Errorf("looked from %s", x.From)
			}
			if len(x.Evidence) == 0 || x.Evidence[0] != "E-00000000000000aa" {
				t.Errorf("evidence %v", x.Evidence)
			}
		})
	}
}

// Names are tried in order until one has a change, and global services are asked where they write their events.
func TestNamesAndRegions(t *testing.T) {
	key := evidence.Moment{ResourceType: "AWS::KMS::Key", ResourceID: "k", ARN: "arn:k"}
	for _, c := range []struct {
		m      evidence.Moment
		names  []string
		region string
	}{
		{bucket("b", captured, captured), []string{"b", "arn:aws:s3:::b"}, "eu-west-1"},
		{key, []string{"arn:k", "k"}, "eu-west-1"},
		{evidence.Moment{ResourceType: "AWS::IAM::Role", ResourceID: "AROA1", ResourceName: "admin", ARN: "arn:r"}, []string{"admin"}, "us-east-1"},
		{evidence.Moment{ResourceType: "AWS::IAM::Policy", ResourceID: "ANPA1", ResourceName: "p", ARN: "arn:p"}, []string{"arn:p", "ANPA1", "p"}, "us-east-1"},
		{evidence.Moment{ResourceType: "AWS::CloudFront::Distribution", ResourceID: "E1", ARN: "arn:d"}, []string{"E1", "arn:d"}, "us-east-1"},
		{evidence.Moment{ResourceType: "AWS::EC2::SecurityGroup", ResourceID: "sg-1", ResourceName: "web", ARN: "arn:sg"}, []string{"sg-1", "arn:sg", "web"}, "eu-west-1"},
	} {
		c.m.Item, c.m.Resource, c.m.At, c.m.Since, c.m.Evidence = "i", "r", captured, captured.Add(-time.Hour), []string{"E-00000000000000aa"}
		r, asked := look(t, 10, tape.Redactor{}, []evidence.Moment{c.m}, func(lookup) string { return pageOf("") })
		x := celltest.Of[Change](r)[0]
		var names []string
		for _, l := range asked {
			names = append(names, l.name())
			if int64(l.StartTime) != captured.Add(-time.Hour).Unix() {
				t.Errorf("looked from before the state before: %v", l.StartTime)
			}
		}
		if d := cmp.Diff(c.names, names); d != "" || !slices.Equal(x.Names, names) || *x.AskedIn != c.region {
			t.Errorf("%s: %s%+v", c.m.ResourceType, d, x)
		}
	}
	m := evidence.Moment{ResourceType: "AWS::IAM::User", Item: "i", Resource: "r", At: captured, Evidence: []string{"E-00000000000000aa"}, Collected: captured}
	r, asked := look(t, 10, tape.Redactor{}, []evidence.Moment{m}, func(lookup) string { return pageOf("") })
	if x := celltest.Of[Change](r)[0]; *x.Status != "not-available" || x.Reason == nil || len(asked) != 0 {
		t.Errorf("without a name: %+v", x)
	}
}

// The look-ups go to the first moments. What is left without one says so, and none is asked beyond what is allowed.
func TestTheAllowance(t *testing.T) {
	moments := []evidence.Moment{bucket("a", captured, time.Time{}), bucket("b", captured, time.Time{}), bucket("c", captured, time.Time{}), bucket("d", captured, time.Time{})}
	for allowed, want := range map[int]string{0: "not-asked not-asked not-asked not-asked", 1: "found not-asked not-asked not-asked", 2: "found not-asked not-asked not-asked",
		3: "found none not-asked not-asked", 4: "found none found not-asked", 9: "found none found found"} {
		r, asked := look(t, allowed, tape.Redactor{}, moments, func(l lookup) string {
			if strings.HasSuffix(l.name(), "b") {
				return pageOf("")
			}
			return pageOf("", event("e", captured))
		})
		var got []string
		for _, x := range celltest.Of[Change](r) {
			got = append(got, *x.Status)
		}
		if strings.Join(got, " ") != want || len(asked) > allowed || len(r.Gaps) > 0 {
			t.Errorf("%d allowed: %v with %d look-ups, gaps %+v", allowed, got, len(asked), r.Gaps)
		}
	}
}

// An event that leaves out what tells a change from a read, or from a call that failed, leaves open who changed it.
func TestEventsThatAreNotWhole(t *testing.T) {
	good := event("a", captured)
	for what, body := range map[string]string{
		"no list":              `{}`,
		"no id":                pageOf("", good, event("b", captured, `"EventId":""`)),
		"no name":              pageOf("", good, event("b", captured, `"EventName":""`)),
		"no time":              pageOf("", good, event("b", captured, `"EventTime":null`)),
		"no word of reading":   pageOf("", good, event("b", captured, `"ReadOnly":null`)),
		"another word for it":  pageOf("", good, event("b", captured, `"ReadOnly":"maybe"`)),
		"no event in it":       pageOf("", good, event("b", captured, `"CloudTrailEvent":null`)),
		"no JSON in the event": pageOf("", good, event("b", captured, `"CloudTrailEvent":"{"`)),
		"half a page":          `{"Events":[` + good,
	} {
		t.Run(what, func(t *testing.T) {
			r, _ := look(t, 10, tape.Redactor{}, []evidence.Moment{bucket("b", captured, time.Time{})}, func(lookup) string { return body })
			x := celltest.Of[Change](r)[0]
			if celltest.Unknown(x, "status") == "" || celltest.Unknown(x, "events") == "" || x.Status != nil || len(x.Events) > 0 || len(r.Gaps) != 1 {
				t.Errorf("%+v, gaps %+v", x, r.Gaps)
			}
			if _, change := x.Change(); change.Status != evidence.ChangeNotAsked || len(change.Events) > 0 {
				t.Errorf("at the edge: %+v", change)
			}
		})
	}
}

// Parameters, addresses and keys are never written down, and who acted is not where the audit redacts what names people.
func TestEventsAreNotWrittenDownWhole(t *testing.T) {
	for _, identity := range []bool{false, true} {
		named := event("a", captured, `"Resources":[{"ResourceType":"AWS::IAM::User","ResourceName":"kim.person"}]`)
		r, _ := look(t, 10, tape.Redactor{Identity: identity}, []evidence.Moment{bucket("b", captured, time.Time{})}, func(lookup) string { return pageOf("", named) })
		x := celltest.Of[Change](r)[0]
		want := "arn:aws:sts::111122223333:assumed-role/admin/kim"
		if identity {
			want = "REDACTED"
		}
		if *x.Status != "found" || x.Events[0].Principal != want {
			t.Errorf("%+v", x)
		}
		files, err := filepath.Glob(filepath.Join(r.Tape, "*", "*", "cloudtrail.jsonl"))
		if err != nil || len(files) != 1 {
			t.Fatal(err, files)
		}
		text, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"ASIAKEY", "requestParameters", "203.0.113.9", "secret\\"} {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s is written down", secret)
			}
		}
		if kept := strings.Contains(string(text), "kim"); kept == identity {
			t.Errorf("identity redacted: %v, and the name is kept: %v", identity, kept)
		}
	}
}
