package assess

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks"
)

// verdict is a record that carries AWS's verdict.
type verdict struct {
	evidence.Meta
	o evidence.Opinion
}

func (*verdict) Kind() string                { return "door.verdict" }
func (v *verdict) Opinion() evidence.Opinion { return v.o }

func TestSecondOpinions(t *testing.T) {
	yes, no := true, false
	tests := []*frameworks.Test{{ID: "ssh", SecurityHub: []string{"EC2.13"}, ConfigRules: []string{"restricted-ssh", "a-rule-of-tomorrow"}}, {ID: "other", SecurityHub: []string{"EC2.13"}}}
	o := newOpinions(tests)
	for i, op := range []evidence.Opinion{
		{Source: evidence.OfSecurityHub, ID: "EC2.13", Passed: &yes},
		{Source: evidence.OfSecurityHub, ID: "EC2.14", Passed: &no},
		{Source: evidence.OfConfig, ID: "INCOMING_SSH_DISABLED", Name: "what-the-customer-calls-it", Passed: &no},
		{Source: evidence.OfConfig, Name: "restricted-ssh", Passed: &yes}, // a customer's own rule under AWS's name
		{Source: evidence.OfConfig, ID: "SOMETHING_NEW", Name: "securityhub-a-rule-of-tomorrow-1a2b3c4d", Passed: nil},
	} {
		o.hear(&verdict{meta(string(rune('a' + i))), op})
	}
	whole := func(source string) bool { return source == evidence.OfSecurityHub }
	want := []SecondOpinion{
		{Source: "security-hub", ID: "EC2.13", Passed: 1, Whole: true, Comparison: Agrees},
		{Source: "config", ID: "restricted-ssh", Failed: 1, Comparison: Disagrees, Failing: []string{"c"}},
		{Source: "config", ID: "a-rule-of-tomorrow", Unevaluated: 1, Comparison: NoAnswer},
	}
	if d := cmp.Diff(want, o.of("ssh", Met, false, whole)); d != "" {
		t.Error(d)
	}
	if got := o.of("other", Exception, false, whole); got[0].Comparison != Disagrees {
		t.Errorf("an exception that AWS passes everywhere: %+v", got)
	}
	if got := o.of("other", Exception, false, func(string) bool { return false }); got[0].Comparison != NotCompared {
		t.Errorf("an exception, and not all verdicts read: %+v", got)
	}
	if got := o.of("ssh", Incomplete, false, whole); got[0].Comparison != NotCompared || got[2].Comparison != NoAnswer {
		t.Errorf("no result to compare with: %+v", got)
	}
}

// Of controls that ask a test's question together, one that passes says nothing about an exception that another one finds, or would.
func TestOpinionsInParts(t *testing.T) {
	yes, no := true, false
	for _, c := range []struct {
		name     string
		result   Result
		ssh, rdp *bool
		want     []string
	}{
		{"both pass", Met, &yes, &yes, []string{Agrees, Agrees}},
		{"one fails what is met", Met, &yes, &no, []string{Agrees, Disagrees}},
		{"one finds the exception", Exception, &no, &yes, []string{Agrees, NotCompared}},
		{"neither finds it", Exception, &yes, &yes, []string{Disagrees, Disagrees}},
		{"one was not evaluated", Exception, nil, &yes, []string{NoAnswer, NotCompared}},
	} {
		o := newOpinions([]*frameworks.Test{{ID: "ports", SecurityHub: []string{"EC2.13", "EC2.14"}, ConfigRules: []string{"restricted-ssh"}}})
		o.hear(&verdict{meta("a"), evidence.Opinion{Source: evidence.OfSecurityHub, ID: "EC2.13", Passed: c.ssh}})
		o.hear(&verdict{meta("b"), evidence.Opinion{Source: evidence.OfSecurityHub, ID: "EC2.14", Passed: c.rdp}})
		o.hear(&verdict{meta("c"), evidence.Opinion{Source: evidence.OfConfig, ID: "INCOMING_SSH_DISABLED", Passed: &yes}})
		got := o.of("ports", c.result, false, func(string) bool { return true })
		if got[0].Comparison != c.want[0] || got[1].Comparison != c.want[1] {
			t.Errorf("%s: %+v", c.name, got)
		}
		// The rules of AWS Config are another source: what Security Hub finds doesn't excuse them.
		if want := map[Result]string{Met: Agrees, Exception: Disagrees}[c.result]; got[2].Comparison != want {
			t.Errorf("%s: config %s, want %s", c.name, got[2].Comparison, want)
		}
	}
}
