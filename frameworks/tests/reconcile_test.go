package tests_test

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/reconcile"
)

func TestReconcileResults(t *testing.T) {
	comparison := func(compared bool, agrees *bool) *reconcile.Comparison {
		return &reconcile.Comparison{Compared: compared, Agrees: agrees, OnlyHere: []string{}, OnlyThere: []string{}}
	}
	list := func(compared bool, agrees *bool) *reconcile.MemberList {
		return &reconcile.MemberList{Compared: compared, Agrees: agrees, Missing: []string{}, Others: []string{}}
	}
	try(t, []trial{
		{"members-reconciled",
			records{list(true, ptr(true)), list(false, nil)},
			records{list(true, ptr(false))},
			records{unread(list(true, nil), "agrees"), list(true, nil), unread(list(false, nil), "compared")}},
		{"populations-reconciled",
			records{comparison(true, ptr(true)), comparison(false, nil)},
			records{comparison(true, ptr(false))},
			records{unread(comparison(true, nil), "agrees"), comparison(true, nil), unread(comparison(false, nil), "compared")}},
	})
}
