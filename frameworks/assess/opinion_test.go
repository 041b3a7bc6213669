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
	if d := cmp.Diff(want, o.of("ssh", Met, whole)); d != "" {
		t.Error(d)
	}
	if got := o.of("other", Exception, whole); got[0].Comparison != Disagrees {
		t.Errorf("an exception that AWS passes everywhere: %+v", got)
	}
	if got := o.of("other", Exception, func(string) bool { return false }); got[0].Comparison != NotCompared {
		t.Errorf("an exception, and not all verdicts read: %+v", got)
	}
	if got := o.of("ssh", Incomplete, whole); got[0].Comparison != NotCompared || got[2].Comparison != NoAnswer {
		t.Errorf("no result to compare with: %+v", got)
	}
}
