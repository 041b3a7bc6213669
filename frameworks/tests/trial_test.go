package tests_test

import (
	"slices"
	"testing"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// A trial shows that a test can tell its results apart.
type trial struct {
	test string
	// met are records that meet it together. Each of the others is put beside them and must not be hidden by them.
	met, exception, incomplete []evidence.Record
}

type records = []evidence.Record

// try performs every trial, and each test on populations that are not whole and on one that is empty.
func try(t *testing.T, trials []trial) {
	for _, c := range trials {
		t.Run(c.test, func(t *testing.T) {
			want(t, perform(t, c.test, nil, c.met...), assess.Met)
			for _, r := range c.exception {
				want(t, perform(t, c.test, nil, append(slices.Clone(c.met), r)...), assess.Exception)
			}
			for _, r := range c.incomplete {
				want(t, perform(t, c.test, nil, append(slices.Clone(c.met), r)...), assess.Incomplete)
			}
			for _, outcome := range []evidence.Outcome{evidence.CutShort, evidence.NotEnabled, evidence.Denied, evidence.Skipped} {
				gap := evidence.Gap{ID: "G-00000000000000ff", Account: "111122223333", Region: "eu-west-1", Outcome: outcome, Code: "x", Kinds: []string{c.met[0].Kind()}}
				want(t, perform(t, c.test, []evidence.Gap{gap}, c.met...), assess.Incomplete)
				want(t, perform(t, c.test, []evidence.Gap{gap}), assess.Incomplete)
			}
			if r := perform(t, c.test, nil); r.Result == assess.Met || r.Result != r.IfEmpty {
				t.Errorf("an empty population gives %q, its if-empty is %q", r.Result, r.IfEmpty)
			}
		})
	}
}
