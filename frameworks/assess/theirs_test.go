package assess

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// ruling is AWS Config's verdict on a lock.
type ruling struct {
	evidence.Meta
	Rules map[string]string
}

func (*ruling) Kind() string { return "config.resource_compliance" }
func (r *ruling) About() (resourceType, resourceID string) {
	return "Door::Lock", strings.TrimPrefix(r.ID, "Door::Lock/")
}
func (r *ruling) Opinions() []evidence.Opinion {
	var out []evidence.Opinion
	for name, what := range r.Rules {
		o := evidence.Opinion{Source: evidence.OfConfig, Name: name}
		if yes := what == "COMPLIANT"; yes || what == "NON_COMPLIANT" {
			o.Passed = &yes
		}
		out = append(out, o)
	}
	return out
}

// chronicle is Security Hub's history of a finding.
type chronicle struct {
	evidence.Meta
	Line evidence.Timeline `json:"line" cel:"-"`
}

func (*chronicle) Kind() string                  { return "hub.timeline" }
func (c *chronicle) Timeline() evidence.Timeline { return c.Line }

func (w *world) ruled(id, at string, rules map[string]string) {
	key := "Door::Lock/" + id
	s := &evidence.State{Kind: "config.resource_compliance", Resource: key, Account: "111122223333", Region: "eu-west-1", ResourceType: complianceType, ResourceID: key, Captured: on(at), StateID: "1",
		Status: evidence.StatusOK, Source: evidence.FromAPI, Item: key + "@" + at, Evidence: []string{"E-" + key + at}, SHA256: evidence.Sum([]byte(at)), Record: &ruling{Meta: meta(key), Rules: rules}}
	w.rulings = append(w.rulings, s)
}

func (w *world) hub(control, resource, from, to string, turns ...string) {
	c := &chronicle{Meta: meta("finding"), Line: evidence.Timeline{Source: evidence.OfSecurityHub, ID: control, Resources: []string{resource}, From: on(from), To: on(to)}}
	for i := 0; i < len(turns); i += 2 {
		t := evidence.Turn{At: on(turns[i])}
		if turns[i+1] != "" {
			yes := turns[i+1] == "PASSED"
			t.Passed = &yes
		}
		c.Line.Turns = append(c.Line.Turns, t)
	}
	w.hubs = append(w.hubs, c)
}

// opinions writes AWS's own lines of a test in short.
func (w *world) opinions(test string) []string {
	out, last := []string{}, ""
	for _, e := range w.lines {
		if e.Test != test || e.Opinion == "" {
			continue
		}
		if e.Opinion != last {
			out = append(out, e.Opinion+":")
		}
		last = e.Opinion
		out[len(out)-1] += " " + e.Result + " " + e.From.Format("01-02")
	}
	return out
}

func TestTheirTimelines(t *testing.T) {
	const arn = "arn:aws:door:eu-west-1:111122223333:lock/a"
	type rules = map[string]string
	for _, c := range []struct {
		name     string
		names    string // what the test names
		require  string // every where empty
		within   string // the tolerance, 24h where empty
		past     func(w *world)
		lines    []string
		differ   []string
		compared int
	}{
		{"a rule that agrees", "    config-rules: [lock-closed]\n", "", "", func(w *world) {
			w.ruled("a", "06-01", rules{"lock-closed": "COMPLIANT"})
			w.ruled("a", "08-11", rules{"lock-closed": "NON_COMPLIANT"})
			w.ruled("a", "08-14", rules{"lock-closed": "COMPLIANT"})
		}, []string{"config-rule lock-closed: met 07-01 exception 08-11 met 08-14"}, nil, 1},
		{"a rule that never saw it", "    config-rules: [lock-closed]\n", "", "", func(w *world) {
			w.ruled("a", "06-01", rules{"lock-closed": "COMPLIANT"})
		}, []string{"config-rule lock-closed: met 07-01"}, []string{"config-rule lock-closed 08-11 08-14 exception met"}, 1},
		{"a rule that saw what was not there", "    config-rules: [lock-closed]\n", "", "", func(w *world) {
			w.ruled("a", "06-01", rules{"lock-closed": "COMPLIANT"})
			w.ruled("a", "08-01", rules{"lock-closed": "NON_COMPLIANT"})
			w.ruled("a", "08-14", rules{"lock-closed": "COMPLIANT"})
		}, []string{"config-rule lock-closed: met 07-01 exception 08-01 met 08-14"}, []string{"config-rule lock-closed 08-01 08-11 met exception"}, 1},
		{"a rule that was a day late", "    config-rules: [lock-closed]\n", "", "", func(w *world) {
			w.ruled("a", "06-01", rules{"lock-closed": "COMPLIANT"})
			w.ruled("a", "08-12", rules{"lock-closed": "NON_COMPLIANT"})
			w.ruled("a", "08-15", rules{"lock-closed": "COMPLIANT"})
		}, []string{"config-rule lock-closed: met 07-01 exception 08-12 met 08-15"}, nil, 1},
		{"a rule that Security Hub made, and others", "    config-rules: [lock-closed]\n", "", "", func(w *world) {
			w.ruled("a", "06-01", rules{"securityhub-lock-closed-0a1b2c": "NON_COMPLIANT", "other": "COMPLIANT"})
		}, []string{"config-rule securityhub-lock-closed-0a1b2c: exception 07-01"}, []string{"config-rule securityhub-lock-closed-0a1b2c 07-01 08-11 met exception", "config-rule securityhub-lock-closed-0a1b2c 08-14 10-01 met exception"}, 1},
		{"a rule that did not evaluate it", "    config-rules: [lock-closed]\n", "", "", func(w *world) {
			w.ruled("a", "06-01", rules{"lock-closed": "INSUFFICIENT_DATA"})
		}, []string{}, nil, 0},
		{"one of two rules fails: the other asks a part", "    config-rules: [lock-closed, lock-bolted]\n", "", "", func(w *world) {
			w.ruled("a", "06-01", rules{"lock-closed": "COMPLIANT", "lock-bolted": "COMPLIANT"})
			w.ruled("a", "08-11", rules{"lock-closed": "COMPLIANT", "lock-bolted": "NON_COMPLIANT"})
			w.ruled("a", "08-14", rules{"lock-closed": "COMPLIANT", "lock-bolted": "COMPLIANT"})
		}, []string{"config-rule lock-bolted: met 07-01 exception 08-11 met 08-14", "config-rule lock-closed: met 07-01"}, nil, 1},
		{"one of two rules is not known", "    config-rules: [lock-closed, lock-bolted]\n", "", "", func(w *world) {
			w.ruled("a", "06-01", rules{"lock-closed": "COMPLIANT"})
		}, []string{"config-rule lock-closed: met 07-01"}, nil, 1},
		{"verdicts are not stretched over a stopped recorder", "    config-rules: [lock-closed]\n", "", "", func(w *world) {
			w.recording = nil
			w.record("07-01", "08-13", "", false)
			w.record("08-13", "08-20", evidence.RecorderStopped, false)
			w.record("08-20", "10-01", "", false)
			w.ruled("a", "06-01", rules{"lock-closed": "COMPLIANT"})
		}, []string{"config-rule lock-closed: met 07-01 unknown 08-13 met 08-21"}, []string{"config-rule lock-closed 08-11 08-13 exception met"}, 1},
		{"a control, as far back as Security Hub tells", "    security-hub: [Door.1]\n", "", "", func(w *world) {
			w.hub("Door.1", arn, "07-04", "09-20", "07-04", "PASSED", "08-13", "FAILED", "08-15", "", "08-17", "PASSED")
			w.hub("Door.2", arn, "07-04", "09-20", "07-04", "FAILED")
		}, []string{"security-hub Door.1: unknown 07-01 met 07-04 exception 08-13 unknown 08-15 met 08-17 unknown 09-20"}, []string{"security-hub Door.1 08-11 08-13 exception met"}, 1},
		{"a control that two findings say different things of", "    security-hub: [Door.1]\n", "", "", func(w *world) {
			w.hub("Door.1", arn, "07-04", "09-20", "07-04", "FAILED")
			w.hub("Door.1", arn, "07-01", "10-01", "07-01", "PASSED")
		}, []string{"security-hub Door.1: met 07-01 unknown 07-04 met 09-20"}, nil, 1},
		{"a rule that was late by less than a day, and nothing is tolerated", "    config-rules: [lock-closed]\n", "", "1s", func(w *world) {
			w.ruled("a", "06-01", rules{"lock-closed": "COMPLIANT"})
			w.ruled("a", "08-11 20:00", rules{"lock-closed": "NON_COMPLIANT"})
			w.ruled("a", "08-14 20:00", rules{"lock-closed": "COMPLIANT"})
		}, []string{"config-rule lock-closed: met 07-01 exception 08-11 met 08-14"}, nil, 1},
		{"a rule that was late by less than what is tolerated", "    config-rules: [lock-closed]\n", "", "48h", func(w *world) {
			w.ruled("a", "06-01", rules{"lock-closed": "COMPLIANT"})
			w.ruled("a", "08-12 12:00", rules{"lock-closed": "NON_COMPLIANT"})
			w.ruled("a", "08-15 12:00", rules{"lock-closed": "COMPLIANT"})
		}, []string{"config-rule lock-closed: met 07-01 exception 08-12 met 08-15"}, nil, 1},
		{"of one that must meet it no verdict on a single lock says anything", "    config-rules: [lock-closed]\n    security-hub: [Door.1]\n", atLeastOne, "", func(w *world) {
			w.ruled("a", "06-01", rules{"lock-closed": "COMPLIANT"})
			w.hub("Door.1", arn, "07-04", "09-20", "07-04", "FAILED")
		}, []string{}, nil, 0},
		{"a control, as the account tells that administers Security Hub", "    security-hub: [Door.1]\n", "", "", func(w *world) {
			w.hub("Door.1", arn, "07-01", "10-01", "07-01", "PASSED")
			w.hubs[0].Header().Account = "999900001111"
		}, []string{"security-hub Door.1: met 07-01"}, []string{"security-hub Door.1 08-11 08-14 exception met"}, 1},
		{"a lock of the same id in another account", "    security-hub: [Door.1]\n", "", "", func(w *world) {
			w.hub("Door.1", "a", "07-01", "10-01", "07-01", "PASSED")
			w.hubs[0].Header().Account = "999900001111"
		}, []string{}, nil, 0},
		{"a lock by AWS Config's id", "    security-hub: [Door.1]\n", "", "", func(w *world) {
			w.hub("Door.1", "a", "07-01", "10-01", "07-01", "PASSED")
		}, []string{"security-hub Door.1: met 07-01"}, []string{"security-hub Door.1 08-11 08-14 exception met"}, 1},
		{"a control of another lock", "    security-hub: [Door.1]\n", "", "", func(w *world) {
			w.hub("Door.1", arn+"b", "07-04", "09-20", "07-04", "FAILED")
		}, []string{}, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.state("a", "05-01", "closed")
			w.state("a", "08-11", "open")
			w.state("a", "08-14", "closed")
			c.past(w)
			test := overYAML("closed", "it.closed", or(c.require, every), or(c.within, "24h"))
			a := w.run(t, test+c.names)
			if diff := cmp.Diff(c.lines, w.opinions("closed")); diff != "" {
				t.Error(diff)
			}
			p := a.Tests[0].Period
			var differ []string
			for _, d := range p.Disagreements {
				differ = append(differ, strings.Join([]string{d.Source, d.ID, d.From.Format("01-02"), d.To.Format("01-02"), d.Ours, d.Theirs}, " "))
				if d.Record != arn || d.Account == "" || len(d.Evidence) == 0 {
					t.Errorf("%+v", d)
				}
			}
			if diff := cmp.Diff(c.differ, differ); diff != "" {
				t.Error(diff)
			}
			if p.Compared != c.compared {
				t.Errorf("%d compared, want %d", p.Compared, c.compared)
			}
			// They never change a result.
			w.rulings, w.hubs = nil, nil
			b := w.run(t, test)
			if a.Tests[0].Result != b.Tests[0].Result || a.Tests[0].Reason != b.Tests[0].Reason || !cmp.Equal(a.Tests[0].Exceptions, b.Tests[0].Exceptions) {
				t.Errorf("%s: %s\nwithout: %s: %s", a.Tests[0].Result, a.Tests[0].Reason, b.Tests[0].Result, b.Tests[0].Reason)
			}
		})
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// AWS's verdict of now neither agrees nor disagrees with a test over a period that is past.
func TestVerdictOfNowIsNotComparedWithThePast(t *testing.T) {
	o := SecondOpinion{Source: evidence.OfSecurityHub, ID: "Door.1", Passed: 1}
	ops := &opinions{byTest: map[string][]*SecondOpinion{"t": {&o}}}
	whole := func(string) bool { return true }
	if got := ops.of("t", Exception, false, whole)[0].Comparison; got != Disagrees {
		t.Errorf("at a moment: %s", got)
	}
	if got := ops.of("t", Exception, true, whole)[0].Comparison; got != NotCompared {
		t.Errorf("over the period: %s", got)
	}
}
