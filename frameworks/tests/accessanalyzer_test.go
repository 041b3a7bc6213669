package tests_test

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/accessanalyzer"
)

func TestAccessAnalyzerResults(t *testing.T) {
	account := func(status string) *accessanalyzer.Account {
		return &accessanalyzer.Account{Status: status, Missing: []string{}}
	}
	analyzer := func(status string) *accessanalyzer.Analyzer { return &accessanalyzer.Analyzer{Status: status} }
	finding := func(status string, public, inScope bool) *accessanalyzer.Finding {
		return &accessanalyzer.Finding{Status: status, Public: public, InScope: inScope}
	}
	rule := func(kind string, spares bool) *accessanalyzer.ArchiveRule {
		return &accessanalyzer.ArchiveRule{AnalyzerType: kind, SparesPublic: spares}
	}
	try(t, []trial{
		{"accessanalyzer-external-access",
			records{account("enabled")},
			records{account("partly-enabled"), account("not-enabled"), account("enabled-somehow"), account("")},
			records{unread(account(""), "status")}},
		{"accessanalyzer-analyzers-active",
			records{analyzer("ACTIVE")},
			records{analyzer("CREATING"), analyzer("DISABLED"), analyzer("FAILED"), analyzer("ACTIVE_SOMEHOW"), analyzer("")},
			records{unread(analyzer(""), "status")}},
		{"accessanalyzer-no-public-access",
			records{finding("ACTIVE", false, true), finding("ACTIVE", true, false), finding("ARCHIVED", true, true)},
			records{finding("ACTIVE", true, true), finding("AWAKE", true, true)},
			records{unread(finding("ACTIVE", false, true), "public"), unread(finding("", true, true), "status"), unread(finding("ACTIVE", true, false), "in_scope")}},
		{"accessanalyzer-no-archived-public-access",
			records{finding("ARCHIVED", false, true), finding("ARCHIVED", true, false), finding("ACTIVE", true, true)},
			records{finding("ARCHIVED", true, true)},
			records{unread(finding("ARCHIVED", false, true), "public"), unread(finding("", true, true), "status"), unread(finding("ARCHIVED", true, false), "in_scope")}},
		{"accessanalyzer-archive-rules-spare-public",
			records{rule("ACCOUNT", true), rule("ORGANIZATION", true), rule("ACCOUNT_UNUSED_ACCESS", false), rule("ORGANIZATION_INTERNAL_ACCESS", false)},
			records{rule("ACCOUNT", false), rule("ORGANIZATION", false), rule("GALAXY", false)},
			records{unread(rule("ACCOUNT", false), "spares_public"), unread(rule("", false), "analyzer_type")}},
	})
}
