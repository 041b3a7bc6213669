package reconcile

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/guardduty"
	"github.com/auditseal/auditseal/collectors/organizations"
)

func in(account, region, id string) evidence.Meta {
	m := meta(region, id)
	m.Account = account
	return m
}

// org is an account as account 1 lists it.
func org(id, state string) evidence.Record {
	return &organizations.Account{Meta: in("1", virginia, "a"+id), AccountID: id, State: state}
}

func administers(account string) evidence.Record {
	return &guardduty.Organization{Meta: in(account, ireland, "admin")}
}

func memberOf(account, id string) evidence.Record {
	return &guardduty.Member{Meta: in(account, ireland, "m"+id), Member: id}
}

// list derives, and gives the one record there is.
func list(t *testing.T, gaps []evidence.Gap, have ...evidence.Record) *MemberList {
	t.Helper()
	out := lists(t, gaps, have...)
	if len(out) != 1 {
		t.Fatal(out)
	}
	return out[0]
}

func lists(t *testing.T, gaps []evidence.Gap, have ...evidence.Record) []*MemberList {
	t.Helper()
	var out []*MemberList
	err := Members{}.Derive(evidence.Derivation{Gaps: gaps, Has: func(string) bool { return true }, Records: func(kind string, each func(evidence.Record) error) error {
		for _, r := range have {
			if r.Kind() == kind {
				if err := each(r); err != nil {
					return err
				}
			}
		}
		return nil
	}}, func(r evidence.Record) error { out = append(out, r.(*MemberList)); return nil })
	if err != nil || slices.ContainsFunc(out, func(l *MemberList) bool { return len(l.Evidence) == 0 }) {
		t.Fatal(out, err)
	}
	return out
}

func TestMembers(t *testing.T) {
	have := []evidence.Record{org("1", "ACTIVE"), org("2", "ACTIVE"), org("3", "ACTIVE"), org("4", "SUSPENDED"), org("5", "CLOSED"), administers("2")}
	l := list(t, nil, append(have, memberOf("2", "1"), memberOf("2", "4"), memberOf("2", "8"), memberOf("9", "3"))...)
	if !l.Compared || l.Agrees == nil || *l.Agrees || l.Members != 3 || l.Accounts != 2 || l.Account != "2" || l.Region != ireland {
		t.Errorf("%+v", l)
	}
	if d := cmp.Diff([]string{"3"}, l.Missing) + cmp.Diff([]string{"8"}, l.Others); d != "" {
		t.Error(d)
	}
	// An account that was suspended or closed may be listed or not.
	for _, also := range [][]evidence.Record{nil, {memberOf("2", "4")}} {
		if l := list(t, nil, append(append(have, memberOf("2", "1"), memberOf("2", "3")), also...)...); l.Agrees == nil || !*l.Agrees {
			t.Errorf("%+v", l)
		}
	}
	// An administrator without members is compared too.
	if l := list(t, nil, have...); l.Agrees == nil || *l.Agrees || len(l.Missing) != 2 {
		t.Errorf("%+v", l)
	}
	// Without the organization's list there is nothing to compare with.
	if l := list(t, nil, administers("2"), memberOf("2", "1")); l.Compared || l.Agrees != nil || len(l.Others) != 0 || len(l.Unknown) != 0 {
		t.Errorf("%+v", l)
	}
}

func TestMembersThatAreNotWhole(t *testing.T) {
	have := []evidence.Record{org("1", "ACTIVE"), org("2", "ACTIVE"), administers("2"), memberOf("2", "1")}
	open := func(l *MemberList) bool {
		return l.Agrees == nil && slices.ContainsFunc(l.Unknown, func(u evidence.Unknown) bool { return u.Field == "agrees" })
	}
	for name, c := range map[string]struct {
		gap  evidence.Gap
		open bool
	}{
		"the members":                  {evidence.Gap{ID: "G-1", Account: "2", Region: ireland, Kinds: []string{"guardduty.member"}}, true},
		"another region's":             {evidence.Gap{ID: "G-1", Account: "2", Region: virginia, Kinds: []string{"guardduty.member"}}, false},
		"the organization's":           {evidence.Gap{ID: "G-1", Account: "1", Region: virginia, Kinds: []string{accounts}}, true},
		"one that may not list at all": {evidence.Gap{ID: "G-1", Account: "7", Region: virginia, Kinds: []string{accounts}}, false},
	} {
		if l := list(t, []evidence.Gap{c.gap}, have...); open(l) != c.open {
			t.Errorf("%s: %+v", name, l)
		}
	}
	state := org("5", "")
	state.Header().Unknown = []evidence.Unknown{{Field: "state", Gap: "G-2", Code: "MissingMember"}}
	if l := list(t, nil, append(have, state)...); !open(l) {
		t.Errorf("%+v", l)
	}
	// Nobody could list the organization: it is not known whether there is one, nor that there is nothing to compare with.
	for _, g := range []evidence.Gap{{ID: "G-1", Account: "7", Region: virginia, Kinds: []string{accounts}}, {ID: "G-1", Account: "2", Region: ireland, Kinds: []string{"guardduty.member"}}} {
		l := list(t, []evidence.Gap{g}, administers("2"), memberOf("2", "1"))
		if !open(l) || !slices.ContainsFunc(l.Unknown, func(u evidence.Unknown) bool { return u.Field == "compared" }) {
			t.Errorf("%+v", l)
		}
	}
}

// Where an administrator could not be asked for its organization there is no record of it: its list is open, beside those that agree.
func TestAdministratorsThatAreNotKnown(t *testing.T) {
	of := func(outcome evidence.Outcome, account string) evidence.Gap {
		return evidence.Gap{ID: "G-" + account, Account: account, Region: ireland, Outcome: outcome, Evidence: "E-" + account, Kinds: []string{"guardduty.member", "guardduty.organization"}}
	}
	here := []evidence.Record{org("1", "ACTIVE"), org("2", "ACTIVE"), administers("2"), memberOf("2", "1")}
	for name, c := range map[string]struct {
		gaps []evidence.Gap
		want []string // the accounts whose list is open
	}{
		"denied":                 {[]evidence.Gap{of(evidence.Denied, "3"), of(evidence.Denied, "3"), of(evidence.Failed, "4")}, []string{"3", "4"}},
		"out of scope, for all":  {[]evidence.Gap{of(evidence.Skipped, "3"), of(evidence.Skipped, "4")}, []string{"3"}},
		"off, or not there":      {[]evidence.Gap{of(evidence.NotEnabled, "3"), of(evidence.NotAvailable, "4")}, nil},
		"of a known one":         {[]evidence.Gap{of(evidence.NotEnabled, "2")}, nil},
		"nothing was asked":      {[]evidence.Gap{{ID: "G-3", Account: "3", Region: ireland, Outcome: evidence.Failed, Kinds: []string{"guardduty.organization"}}}, nil},
		"another service's kind": {[]evidence.Gap{{ID: "G-3", Account: "3", Region: ireland, Outcome: evidence.Denied, Evidence: "E-3", Kinds: []string{"guardduty.filter"}}}, nil},
	} {
		var open []string
		for _, l := range lists(t, c.gaps, here...) {
			if slices.ContainsFunc(l.Unknown, func(u evidence.Unknown) bool { return u.Field == "compared" }) {
				open = append(open, l.Account)
			}
		}
		if d := cmp.Diff(c.want, open); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}
