package shield

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// demo collects one account of the demo organization. The cell stands in another region than the one that is asked.
func demo(t *testing.T, account string, change ...func(*celltest.Options)) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo()})
	t.Cleanup(s.Close)
	o := celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: "eu-west-1"}
	for _, c := range change {
		c(&o)
	}
	return celltest.Run(t, Collector{}, o)
}

func the(t *testing.T, r *celltest.Result) *Account {
	return celltest.One[Account](t, r, "/shield")
}

var meta = cmpopts.IgnoreFields(evidence.Meta{}, "Collected", "Evidence")

func at(account, id string) evidence.Meta {
	return evidence.Meta{ID: id, Account: account, Region: "us-east-1"}
}

func TestASubscribedAccountIsReadWhole(t *testing.T) {
	r := demo(t, scenario.DemoPayments)
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	const id = scenario.DemoPayments
	start := time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	rec := the(t, r)
	if d := cmp.Diff(&Account{Meta: at(id, id+"/shield"), Status: "enabled", State: "ACTIVE", AutoRenew: new("ENABLED"), ProactiveEngagement: new("ENABLED"), Start: &start, End: new(start.AddDate(2, 0, 0)),
		CommitmentDays: new(365), Limits: map[string]int{"ELASTIC_IP_ADDRESS": 100, "APPLICATION_LOAD_BALANCER": 1000},
		ResponseTeam: &ResponseTeam{Role: new("arn:aws:iam::" + id + ":role/shield-response-team"), LogBuckets: []string{"aws-waf-logs-example-corp-" + id}},
		Contacts:     &Contacts{Total: 2, WithPhone: 1}, Protections: new(5)}, rec, meta); d != "" {
		t.Error(d)
	}
	// State, subscription, access, contacts, and two pages of protections.
	if len(rec.Evidence) != 6 {
		t.Errorf("read from %d exchanges", len(rec.Evidence))
	}
	all := celltest.Of[Protection](r)
	check := all[0].HealthChecks
	protection := func(n int, name, kind string, checks []string, response, action *string) *Protection {
		return &Protection{Meta: at(id, "arn:aws:shield::"+id+":protection/"+all[n].Protection), Protection: all[n].Protection, Name: &name, Resource: all[n].Resource, ResourceType: kind, HealthChecks: checks,
			AutomaticResponse: response, AutomaticAction: action}
	}
	if d := cmp.Diff([]*Protection{
		protection(0, "checkout", "CLOUDFRONT_DISTRIBUTION", check, new("ENABLED"), new("BLOCK")), protection(1, "api", "APPLICATION_LOAD_BALANCER", check, new("ENABLED"), new("COUNT")),
		protection(2, "partners", "APPLICATION_LOAD_BALANCER", []string{}, nil, nil), protection(3, "example.com", "ROUTE_53_HOSTED_ZONE", []string{}, nil, nil), protection(4, "vpn", "ELASTIC_IP_ALLOCATION", check, nil, nil),
	}, all, meta); d != "" || len(check) != 1 || all[0].Resource != "arn:aws:cloudfront::"+id+":distribution/E1EXAMPLE2PAYM" {
		t.Error(d, check)
	}
	group := func(name, pattern, aggregation string, kind *string, members ...string) *Group {
		return &Group{Meta: at(id, "arn:aws:shield::"+id+":protection-group/"+name), Group: name, Pattern: pattern, Aggregation: aggregation, ResourceType: kind, Members: append([]string{}, members...)}
	}
	if d := cmp.Diff([]*Group{group("everything", "ALL", "SUM", nil), group("balancers", "BY_RESOURCE_TYPE", "MEAN", new("APPLICATION_LOAD_BALANCER")),
		group("front", "ARBITRARY", "MAX", nil, all[1].Resource, all[2].Resource), group("addresses", "BY_RESOURCE_TYPE", "SUM", new("ELASTIC_IP_ALLOCATION"))}, celltest.Of[Group](r), meta); d != "" {
		t.Error(d)
	}
	for _, e := range r.Endpoints {
		if e.Service != "shield" {
			t.Errorf("%+v", e)
		}
	}
}

func TestSubscribedAndUnprepared(t *testing.T) {
	r := demo(t, scenario.DemoData)
	a := the(t, r)
	if len(r.Gaps) > 0 || a.Status != "enabled" || *a.AutoRenew != "DISABLED" || *a.ProactiveEngagement != "DISABLED" || a.ResponseTeam.Role != nil || a.ResponseTeam.LogBuckets == nil || *a.Contacts != (Contacts{}) || *a.Protections != 1 {
		t.Errorf("%+v, gaps %v", a, r.Gaps)
	}
	if p := celltest.One[Protection](t, r, ""); *p.AutomaticResponse != "DISABLED" || *p.AutomaticAction != "COUNT" || p.HealthChecks == nil || len(celltest.Of[Group](r)) != 0 {
		t.Errorf("%+v", p)
	}
}

// Not subscribed is an answer: there is nothing else to read, and nothing is missing.
func TestStandardIsARecord(t *testing.T) {
	r := demo(t, scenario.DemoManagement)
	if d := cmp.Diff([]*Account{{Meta: at(scenario.DemoManagement, scenario.DemoManagement+"/shield"), Status: "not-enabled", State: "INACTIVE"}}, celltest.Of[Account](r), meta); d != "" || len(r.Records) != 1 || len(r.Gaps) > 0 {
		t.Errorf("%s gaps %v", d, r.Gaps)
	}
	for _, c := range r.Cells {
		if c.Operation != "GetSubscriptionState" && c.Outcome != evidence.NotCalled {
			t.Errorf("%s was asked", c.Operation)
		}
	}
}

func TestOtherPartitionsHaveNoShield(t *testing.T) {
	for _, p := range []string{"aws-us-gov", "aws-cn", "aws-eusc"} {
		r := celltest.Run(t, Collector{}, celltest.Options{URL: "http://nobody.invalid", Partition: p})
		if len(r.Records) > 0 || len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.NotAvailable || len(r.Gaps[0].Kinds) != 3 {
			t.Errorf("%s: %d records, gaps %v", p, len(r.Records), r.Gaps)
		}
	}
}

// Contacts are people: their addresses and numbers leave the answer where that is asked for, and are in no record anyway. What is counted
// stays the same.
func TestContactsAreCountedAndNotNamed(t *testing.T) {
	for _, redact := range []bool{false, true} {
		r := demo(t, scenario.DemoPayments, func(o *celltest.Options) { o.Redact = tape.Redactor{Identity: redact} })
		if a := the(t, r); *a.Contacts != (Contacts{2, 1}) {
			t.Errorf("%+v", a.Contacts)
		}
		text := lines(t, r.Tape)
		for _, s := range []string{"soc@example.com", "ciso@example.com", "+442079460000", "24 hours"} {
			if strings.Contains(text, s) == redact {
				t.Errorf("redact %v: the tape holds %s: %v", redact, s, !redact)
			}
		}
	}
}
