package reconcile

import (
	"slices"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/guardduty"
	"github.com/auditseal/auditseal/collectors/inspector"
	"github.com/auditseal/auditseal/collectors/macie"
	"github.com/auditseal/auditseal/collectors/organizations"
)

// Members compares the members that a service's administrator lists with the accounts of the organization.
type Members struct{}

func (Members) Name() string { return "reconcile-members" }
func (Members) Doc() string {
	return "The members that the administrators of services list, held against the accounts of the organization."
}
func (Members) Reach() evidence.Reach { return evidence.WholeScope }
func (Members) Needs() []string       { return nil }
func (Members) Uses() []string {
	out := []string{accounts}
	for _, s := range services() {
		out = append(out, s.administrator, s.member)
	}
	return out
}
func (Members) Kinds() []evidence.Kind {
	return []evidence.Kind{evidence.KindOf[MemberList]("One record for each account and region that administers a service for the organization, or where a gap leaves it open whether it does.")}
}

const (
	accounts     = "organizations.account"
	organization = "AWS Organizations " + accounts
)

// A MemberList is what an administrator lists, held against the organization.
type MemberList struct {
	evidence.Meta
	Population string   `json:"population" cel:"population" doc:"The population of members: guardduty.member."`
	Source     string   `json:"source" cel:"source" doc:"The second source: the organization's accounts, as AWS Organizations lists them."`
	Compared   bool     `json:"compared" cel:"compared" doc:"Whether the organization's accounts were listed. False where the audit lists accounts by hand and none of them lists the organization's."`
	Members    int      `json:"members" cel:"members" doc:"How many members the administrator lists, in whichever relationship."`
	Accounts   int      `json:"accounts" cel:"accounts" doc:"How many active accounts the organization has beside the administrator."`
	Missing    []string `json:"missing" cel:"missing" doc:"The active accounts of the organization that the administrator does not list, sorted."`
	Others     []string `json:"others" cel:"others" doc:"The members that are no account of the organization, sorted. Those that are an account of it that is not active are no others, and are not missing where they are not listed."`
	Agrees     *bool    `json:"agrees,omitempty" cel:"agrees" doc:"Whether the administrator lists all of the organization's other active accounts, and none of another organization. Absent where nothing was compared; unknown where one of the lists is not whole."`
}

// Kind is reconciliation.member_list.
func (*MemberList) Kind() string { return "reconciliation.member_list" }

// A service has an administrator with members. Whoever can read the organization's settings of it administers it.
type service struct {
	administrator, member string
	of                    func(evidence.Record) string
}

func services() []service {
	return []service{
		{"guardduty.organization", "guardduty.member", func(r evidence.Record) string { return r.(*guardduty.Member).Member }},
		{"inspector.organization", "inspector.member", func(r evidence.Record) string { return r.(*inspector.Member).Member }},
		{"macie.organization", "macie.member", func(r evidence.Record) string { return r.(*macie.Member).Member }},
	}
}

// Derive compares every administrator's list.
func (Members) Derive(d evidence.Derivation, emit func(evidence.Record) error) error {
	if !d.Has(accounts) {
		return nil
	}
	active := newSide()
	var unsure *evidence.Unknown
	err := d.Records(accounts, func(r evidence.Record) error {
		a, ok := r.(*organizations.Account)
		if !ok {
			return nil
		}
		for i, u := range a.Unknown {
			if u.Field == "state" {
				unsure = &a.Unknown[i]
			}
		}
		// Services go on listing accounts that were suspended or closed: they are expected of nobody, and strangers to nobody.
		active.ids[a.AccountID] = a.State == "ACTIVE"
		active.show(&a.Meta)
		if !slices.Contains(active.from, a.Account) {
			active.from = append(active.from, a.Account)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, s := range services() {
		if !d.Has(s.administrator) || !d.Has(s.member) {
			continue
		}
		listed := map[[2]string]*side{}
		err := d.Records(s.member, func(r evidence.Record) error {
			k := [2]string{r.Header().Account, r.Header().Region}
			if listed[k] == nil {
				listed[k] = newSide()
			}
			listed[k].ids[s.of(r)] = true
			listed[k].show(r.Header())
			return nil
		})
		if err != nil {
			return err
		}
		administers := map[[2]string]bool{}
		err = d.Records(s.administrator, func(r evidence.Record) error {
			m := r.Header()
			administers[[2]string{m.Account, m.Region}] = true
			theirs := listed[[2]string{m.Account, m.Region}]
			if theirs == nil {
				theirs = newSide()
			}
			theirs.show(m)
			return emit(members(d, s, m, active, theirs, unsure))
		})
		if err != nil {
			return err
		}
		for _, g := range hidden(d, s, administers) {
			if err := emit(open(g, s)); err != nil {
				return err
			}
		}
	}
	return nil
}

// hidden gives the gaps that may hide an administrator: one for each account and region, and one for all that the scope leaves out. An
// account in which the service is off, or does not exist, administers it for nobody.
func hidden(d evidence.Derivation, s service, administers map[[2]string]bool) []evidence.Gap {
	var out []evidence.Gap
	outside := false
	for _, g := range d.Gaps {
		at := [2]string{g.Account, g.Region}
		if !slices.Contains(g.Kinds, s.administrator) || administers[at] || g.Evidence == "" {
			continue // where nothing was asked the gap itself is carried over
		}
		switch g.Outcome {
		case evidence.NotEnabled, evidence.NotAvailable:
			continue
		case evidence.Skipped:
			if outside {
				continue
			}
			outside = true
		}
		administers[at] = true
		out = append(out, g)
	}
	return out
}

// open is the record where it is not known whether the account administers the service, or what the administrator lists.
func open(g evidence.Gap, s service) *MemberList {
	l := &MemberList{Meta: evidence.Meta{ID: g.Account + "/" + g.Region + "/" + s.member, Account: g.Account, Region: g.Region, Evidence: []string{}},
		Population: s.member, Source: organization}
	l.UnknownBy(g, "compared", "members", "accounts", "missing", "others", "agrees")
	return l
}

func members(d evidence.Derivation, s service, at *evidence.Meta, active, theirs *side, unsure *evidence.Unknown) *MemberList {
	l := &MemberList{Meta: evidence.Meta{ID: at.Account + "/" + at.Region + "/" + s.member, Account: at.Account, Region: at.Region, Evidence: []string{}},
		Population: s.member, Source: organization, Compared: len(active.ids) > 0, Members: len(theirs.ids), Missing: []string{}, Others: []string{}}
	for _, side := range []*side{theirs, active} {
		for _, e := range side.meta.Evidence {
			l.ReadFrom(e, side.meta.Collected)
		}
	}
	for id, expected := range active.ids {
		if id == at.Account || !expected {
			continue // whoever administers is no member of its own
		}
		l.Accounts++
		if !theirs.ids[id] {
			l.Missing = append(l.Missing, id)
		}
	}
	for id := range theirs.ids {
		if _, known := active.ids[id]; !known {
			l.Others = append(l.Others, id)
		}
	}
	slices.Sort(l.Missing)
	slices.Sort(l.Others)
	fields := []string{"agrees", "missing", "others"}
	for _, g := range d.Gaps {
		ours := slices.Contains(g.Kinds, s.member) && g.Account == at.Account && g.Region == at.Region
		// Of accounts that try to list the organization, those that may not are no gap of the list of one that may.
		theirs := slices.Contains(g.Kinds, accounts) && (len(active.ids) == 0 || slices.Contains(active.from, g.Account))
		if ours || theirs {
			if !l.Compared {
				fields = append(fields, "compared") // it is not known whether there is an organization to compare with
			}
			l.UnknownBy(g, fields...)
			return l
		}
	}
	switch {
	case !l.Compared:
		l.Missing, l.Others = []string{}, []string{}
	case unsure != nil:
		for _, f := range fields {
			l.Unknown = append(l.Unknown, evidence.Unknown{Field: f, Gap: unsure.Gap, Code: unsure.Code})
		}
	default:
		agrees := len(l.Missing)+len(l.Others) == 0
		l.Agrees = &agrees
	}
	return l
}
