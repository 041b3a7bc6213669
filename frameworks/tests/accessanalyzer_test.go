package tests_test

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/accessanalyzer"
)

func TestAccessAnalyzerResults(t *testing.T) {
	coverage := func(covered bool, active, archived *int) *accessanalyzer.Coverage {
		return &accessanalyzer.Coverage{Covered: covered, Analyzers: []string{}, PublicActive: active, PublicArchived: archived, PublicResources: []string{}}
	}
	none, some := ptr(0), ptr(2)
	analyzer := func(status string) *accessanalyzer.Analyzer { return &accessanalyzer.Analyzer{Status: status} }
	rule := func(kind string, spares bool) *accessanalyzer.ArchiveRule {
		return &accessanalyzer.ArchiveRule{AnalyzerType: kind, SparesPublic: spares}
	}
	try(t, []trial{
		{"accessanalyzer-external-access",
			records{coverage(true, none, none), coverage(true, some, some)},
			records{coverage(false, nil, nil)},
			records{unread(coverage(false, nil, nil), "covered")}},
		{"accessanalyzer-analyzers-active",
			records{analyzer("ACTIVE")},
			records{analyzer("CREATING"), analyzer("DISABLED"), analyzer("FAILED"), analyzer("ACTIVE_SOMEHOW"), analyzer("")},
			records{unread(analyzer(""), "status")}},
		{"accessanalyzer-no-public-access",
			records{coverage(true, none, some)},
			records{coverage(true, some, none)},
			records{coverage(false, nil, nil), unread(coverage(true, nil, nil), "public_active"), unread(coverage(true, none, none), "public_active")}},
		{"accessanalyzer-no-archived-public-access",
			records{coverage(true, some, none)},
			records{coverage(true, none, some)},
			records{coverage(false, nil, nil), unread(coverage(true, nil, nil), "public_archived")}},
		{"accessanalyzer-archive-rules-spare-public",
			records{rule("ACCOUNT", true), rule("ORGANIZATION", true), rule("ACCOUNT_UNUSED_ACCESS", false), rule("ORGANIZATION_INTERNAL_ACCESS", false)},
			records{rule("ACCOUNT", false), rule("ORGANIZATION", false), rule("GALAXY", false)},
			records{unread(rule("ACCOUNT", false), "spares_public"), unread(rule("", false), "analyzer_type")}},
	})
}
