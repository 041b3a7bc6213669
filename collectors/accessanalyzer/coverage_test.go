package accessanalyzer

import (
	"slices"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/organizations"
)

const here = "eu-west-1"

func by(account, id string) evidence.Meta {
	return evidence.Meta{ID: id, Account: account, Region: here, Collected: time.Date(2026, 10, 1, 6, 0, 0, 0, time.UTC), Evidence: []string{"E-" + id}}
}

func looked(account string) *Account { return &Account{Meta: by(account, account), Status: "enabled"} }

func analyzerIn(account, kind, status string) *Analyzer {
	made := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	return &Analyzer{Meta: by(account, "arn:"+account+":"+kind), Type: kind, Status: status, Created: &made}
}

func belongs(account, organization string) *organizations.Membership {
	m := &organizations.Membership{Meta: by(account, "m"+account)}
	if organization != "" {
		m.Organization = &organization
	}
	return m
}

func openTo(analyzer *Analyzer, owner, status, resource string) *Finding {
	return &Finding{Meta: by(analyzer.Account, analyzer.ID+resource), Analyzer: analyzer.ID, Owner: owner, Status: status, Public: true, Resource: &resource}
}

func notKnown(r evidence.Record, field string) evidence.Record {
	r.Header().Unknown = append(r.Header().Unknown, evidence.Unknown{Field: field, Gap: "G-unknown", Code: "MissingMember"})
	return r
}

// coverage derives, and gives the record of one account.
func coverage(t *testing.T, of string, gaps []evidence.Gap, have ...evidence.Record) *Coverage {
	t.Helper()
	var out *Coverage
	err := Coverages{}.Derive(evidence.Derivation{Gaps: gaps, Scope: evidence.Scope{Accounts: []string{"1", "2"}}, Has: func(string) bool { return true }, Records: func(kind string, each func(evidence.Record) error) error {
		for _, r := range have {
			if r.Kind() == kind {
				if err := each(r); err != nil {
					return err
				}
			}
		}
		return nil
	}}, func(r evidence.Record) error {
		if c := r.(*Coverage); c.Account == of {
			out = c
		}
		return nil
	})
	if err != nil || out == nil {
		t.Fatal(out, err)
	}
	return out
}

func TestWhoCovers(t *testing.T) {
	own, theirs := analyzerIn("1", "ACCOUNT", "ACTIVE"), analyzerIn("2", "ORGANIZATION", "ACTIVE")
	for name, c := range map[string]struct {
		have []evidence.Record
		want bool
	}{
		"its own":                           {[]evidence.Record{own}, true},
		"its own, not active":               {[]evidence.Record{analyzerIn("1", "ACCOUNT", "FAILED")}, false},
		"its own, of an odd status":         {[]evidence.Record{analyzerIn("1", "ACCOUNT", "ACTIVE_SOMEHOW")}, false},
		"unused access":                     {[]evidence.Record{analyzerIn("1", "ACCOUNT_UNUSED_ACCESS", "ACTIVE")}, false},
		"its organization's":                {[]evidence.Record{theirs, belongs("1", "o-a"), belongs("2", "o-a")}, true},
		"another organization's":            {[]evidence.Record{theirs, belongs("1", "o-a"), belongs("2", "o-b")}, false},
		"an organization's, standing alone": {[]evidence.Record{theirs, belongs("1", ""), belongs("2", "")}, false},
		"another account's own":             {[]evidence.Record{analyzerIn("2", "ACCOUNT", "ACTIVE"), belongs("1", "o-a"), belongs("2", "o-a")}, false},
		"none":                              {nil, false},
	} {
		got := coverage(t, "1", nil, append(c.have, looked("1"))...)
		if got.Covered != c.want || len(got.Unknown) != 0 || (got.PublicActive != nil) != c.want || len(got.Evidence) == 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	elsewhere := analyzerIn("1", "ACCOUNT", "ACTIVE")
	elsewhere.Region = "us-east-1"
	if coverage(t, "1", nil, looked("1"), elsewhere).Covered {
		t.Error("an analyzer of another region covers")
	}
}

// What leaves open whether anything looks is unknown, unless something known does.
func TestCoverageThatIsOpen(t *testing.T) {
	for name, doubt := range map[string]evidence.Record{
		"its own analyzer's status": notKnown(analyzerIn("1", "ACCOUNT", ""), "status"), "its own analyzer's type": notKnown(analyzerIn("1", "", "ACTIVE"), "type"),
		"its organization's": notKnown(analyzerIn("2", "ORGANIZATION", ""), "status"),
	} {
		have := []evidence.Record{looked("1"), doubt, belongs("1", "o-a"), belongs("2", "o-a")}
		if c := coverage(t, "1", nil, have...); c.Covered || len(c.Unknown) != 1 || c.Unknown[0].Field != "covered" {
			t.Errorf("%s: %+v", name, c)
		}
		if c := coverage(t, "1", nil, append(have, analyzerIn("1", "ACCOUNT", "ACTIVE"))...); !c.Covered || len(c.Unknown) != 0 {
			t.Errorf("%s, and one that is active: %+v", name, c)
		}
	}
	if c := coverage(t, "1", nil, notKnown(looked("1"), "status")); c.Covered || len(c.Unknown) != 1 {
		t.Errorf("%+v", c)
	}
}

// That an account could not say which organization it belongs to does not take it out of one.
func TestCoverageByAnOrganizationThatIsNotKnown(t *testing.T) {
	theirs := analyzerIn("2", "ORGANIZATION", "ACTIVE")
	for name, members := range map[string][]evidence.Record{
		"the account's":  {notKnown(belongs("1", ""), "organization"), belongs("2", "o-a")},
		"the analyzer's": {belongs("1", "o-a"), notKnown(belongs("2", ""), "organization")},
	} {
		if c := coverage(t, "1", nil, append(members, looked("1"), theirs)...); c.Covered || len(c.Unknown) != 1 || c.Unknown[0].Field != "covered" {
			t.Errorf("%s: %+v", name, c)
		}
		if c := coverage(t, "1", nil, append(members, looked("1"), theirs, analyzerIn("1", "ACCOUNT", "ACTIVE"))...); !c.Covered || len(c.Unknown) != 0 {
			t.Errorf("%s, and one of its own: %+v", name, c)
		}
	}
}

// Where the account that would list the organization's analyzer is not read, nobody can say that there is none.
func TestCoverageFromOutsideTheScope(t *testing.T) {
	off := []evidence.Gap{{ID: "G-2", Account: "1", Region: here, Kinds: []string{"accessanalyzer.finding"}, Outcome: evidence.NotEnabled, Code: "NoActiveAnalyzer"}}
	of := func(manager string) evidence.Record {
		m := belongs("1", "o-a")
		m.ManagementAccount = &manager
		return m
	}
	administers := func(account, service string, read bool) evidence.Record {
		return &organizations.DelegatedAdministrator{Meta: by("2", "d"+account), AccountID: account, Services: []string{service}, InScope: read}
	}
	for name, c := range map[string]struct {
		have []evidence.Record
		open bool
	}{
		"the management account is not read": {[]evidence.Record{of("9")}, true},
		"the management account is read":     {[]evidence.Record{of("2")}, false},
		"an administrator is not read":       {[]evidence.Record{of("2"), administers("9", "access-analyzer.amazonaws.com", false)}, true},
		"an administrator is read":           {[]evidence.Record{of("2"), administers("2", "access-analyzer.amazonaws.com", true)}, false},
		"one of another service is not":      {[]evidence.Record{of("2"), administers("9", "config.amazonaws.com", false)}, false},
		"the account stands alone":           {[]evidence.Record{belongs("1", "")}, false},
	} {
		got := coverage(t, "1", off, append(c.have, looked("1"))...)
		if got.Covered || (len(got.Unknown) > 0) != c.open || c.open && got.Unknown[0] != (evidence.Unknown{Field: "covered", Gap: "G-2", Code: "NoActiveAnalyzer"}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// An analyzer that was just made and has looked at nothing has found nothing, which is not a count of none.
func TestAnAnalyzerThatHasNotBegun(t *testing.T) {
	at := func(made, looked time.Duration) *Analyzer {
		x := analyzerIn("1", "ACCOUNT", "ACTIVE")
		if x.Created = nil; made > 0 {
			x.Created = new(x.Collected.Add(-made))
		}
		if looked > 0 {
			x.LastAnalyzedAt = new(x.Collected.Add(-looked))
		}
		return x
	}
	for _, c := range []struct {
		x       *Analyzer
		counted bool
	}{{at(time.Hour, 0), false}, {at(0, 0), false}, {at(time.Hour, time.Minute), true}, {at(0, time.Minute), true}, {at(48*time.Hour, 0), true}} {
		if got := coverage(t, "1", nil, looked("1"), c.x); !got.Covered || (got.PublicActive != nil) != c.counted {
			t.Errorf("%+v: %+v", c.x, got)
		}
	}
}

func TestPublicFindingsAreCounted(t *testing.T) {
	own, theirs := analyzerIn("1", "ACCOUNT", "ACTIVE"), analyzerIn("2", "ORGANIZATION", "ACTIVE")
	have := []evidence.Record{looked("1"), looked("2"), own, theirs, belongs("1", "o-a"), belongs("2", "o-a"),
		openTo(own, "1", "ACTIVE", "b"), openTo(theirs, "1", "ACTIVE", "a"), openTo(theirs, "1", "ARCHIVED", "c"), openTo(theirs, "2", "ACTIVE", "other account's")}
	c := coverage(t, "1", nil, have...)
	if *c.PublicActive != 2 || *c.PublicArchived != 1 || !slices.Equal(c.PublicResources, []string{"a", "b", "c"}) {
		t.Errorf("%+v", c)
	}
	for name, more := range map[string]evidence.Record{
		"public": notKnown(openTo(theirs, "1", "ACTIVE", "x"), "public"), "owner": notKnown(openTo(theirs, "", "ACTIVE", "x"), "owner"), "status": notKnown(openTo(theirs, "1", "", "x"), "status"),
	} {
		if c := coverage(t, "1", nil, append(have, more)...); c.PublicActive != nil || len(c.Unknown) != 3 || !c.Covered {
			t.Errorf("%s unknown: %+v", name, c)
		}
	}
	// The organization's findings could not all be read; those of account 1 alone would not be the whole.
	gap := evidence.Gap{ID: "G-1", Account: "2", Region: here, Kinds: []string{"accessanalyzer.finding"}, Outcome: evidence.Denied, Code: "AccessDenied"}
	if c := coverage(t, "1", []evidence.Gap{gap}, have...); c.PublicActive != nil || len(c.Unknown) != 3 || c.Unknown[0].Gap != "G-1" {
		t.Errorf("%+v", c)
	}
	// That account 1 has none of its own is no gap where its organization's covers it.
	off := evidence.Gap{ID: "G-2", Account: "1", Region: here, Kinds: []string{"accessanalyzer.finding"}, Outcome: evidence.NotEnabled, Code: "NoActiveAnalyzer"}
	if c := coverage(t, "1", []evidence.Gap{off}, looked("1"), theirs, belongs("1", "o-a"), belongs("2", "o-a")); c.PublicActive == nil || *c.PublicActive != 0 {
		t.Errorf("%+v", c)
	}
}
