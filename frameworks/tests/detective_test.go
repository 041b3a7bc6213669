package tests_test

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/detective"
)

func TestDetectiveResults(t *testing.T) {
	account := func(contributes bool) *detective.Account { return &detective.Account{Contributes: contributes} }
	graph := func(core *string, auto bool) *detective.Graph { return &detective.Graph{Core: core, AutoEnable: auto} }
	member := func(status string) *detective.Member { return &detective.Member{Status: status} }
	with := func(source, state string) *detective.Member {
		return &detective.Member{Status: "ENABLED", Sources: map[string]string{source: state}}
	}
	started := ptr("STARTED")
	try(t, []trial{
		{"detective-enabled",
			records{account(true), unread(account(true), "status", "missing")},
			records{account(false)},
			records{unread(account(false), "contributes")}},
		{"detective-graph-core-started",
			records{graph(started, false)},
			records{graph(ptr("STOPPED"), true), graph(ptr("DISABLED"), true), graph(ptr("STARTED_SOMEHOW"), true)},
			records{graph(nil, true), unread(graph(nil, true), "sources", "core")}},
		{"detective-new-accounts-enabled",
			records{graph(started, true)},
			records{graph(started, false)},
			records{unread(graph(started, false), "auto_enable")}},
		{"detective-members-enabled",
			records{member("ENABLED"), with("EKS_AUDIT", "STOPPED"), with("DETECTIVE_CORE", "STARTED")},
			records{with("DETECTIVE_CORE", "STOPPED"), member("ACCEPTED_BUT_DISABLED"), member("INVITED"), member("VERIFICATION_IN_PROGRESS"), member("ENABLED_SOMEHOW"), member("")},
			records{unread(member(""), "status"), unread(member("ENABLED"), "sources")}},
	})
}
