package tests_test

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/reconcile"
)

func TestReconcileResults(t *testing.T) {
	comparison := func(compared bool, agrees *bool) *reconcile.Comparison {
		return &reconcile.Comparison{Compared: compared, Agrees: agrees, OnlyHere: []string{}, OnlyThere: []string{}}
	}
	try(t, []trial{
		{"populations-reconciled",
			records{comparison(true, ptr(true)), comparison(false, nil)},
			records{comparison(true, ptr(false))},
			records{unread(comparison(true, nil), "agrees"), comparison(true, nil), unread(comparison(false, nil), "compared")}},
	})
}
