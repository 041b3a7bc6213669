package collectors

import (
	"slices"
	"testing"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/reconcile"
)

// A question that never left the machine has no exchange, so that a deriver that looks at gaps itself makes no record of it: the derived
// population must not read whole for that.
func TestUnsentQuestionsAreCarriedOver(t *testing.T) {
	for outcome, want := range map[evidence.Outcome]bool{evidence.Failed: true, evidence.Denied: true, evidence.NotAvailable: false, evidence.Skipped: false} {
		for d, kind := range map[Deriver]string{reconcile.Config{}: "config.listed_resource", reconcile.Members{}: "guardduty.organization"} {
			u := task{gaps: []evidence.Gap{{ID: "G-1", Outcome: outcome, Code: "NotSent", Kinds: []string{kind}}}}
			u.carry(d)
			if got := slices.ContainsFunc(u.gaps, func(g evidence.Gap) bool { return slices.Equal(g.Kinds, []string{d.Kinds()[0].Name}) }); got != want {
				t.Errorf("%s, %s: carried over: %v", d.Name(), outcome, got)
			}
		}
	}
	sent := task{gaps: []evidence.Gap{{ID: "G-1", Outcome: evidence.Denied, Evidence: "E-1", Kinds: []string{"guardduty.organization"}}}}
	if sent.carry(reconcile.Members{}); len(sent.gaps) != 1 {
		t.Error("what the deriver shows itself is carried over too")
	}
}
