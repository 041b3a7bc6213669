package accessanalyzer

import (
	"slices"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/organizations"
)

// A Coverage is who looks for access from outside in one account and region, and what they found there. An organization's analyzer is
// listed in one account of it and covers all, so that it takes every account's answers to tell.
type Coverage struct {
	evidence.Meta
	Covered bool `json:"covered" cel:"covered" doc:"Whether an ACTIVE analyzer of external access covers the account in the region: one of its own, or one of its organization that another account of the scope lists."`
	// The lists are never nil: an empty one was derived.
	Analyzers       []string `json:"analyzers" cel:"analyzers" doc:"The ARNs of those analyzers, sorted."`
	PublicActive    *int     `json:"public_active,omitempty" cel:"public_active" doc:"How many active findings of theirs say that everyone has access to a resource of the account in the region. Absent where no analyzer covers it, where those that do were made within a day and have looked at nothing yet, and where not all findings were read."`
	PublicArchived  *int     `json:"public_archived,omitempty" cel:"public_archived" doc:"How many such findings were archived; the access is there all the same. Absent as above."`
	PublicResources []string `json:"public_resources" cel:"public_resources" doc:"The resources that they are about, sorted."`
}

// Kind is accessanalyzer.coverage.
func (*Coverage) Kind() string { return "accessanalyzer.coverage" }

// Coverages derives it from what all accounts answered.
type Coverages struct{}

func (Coverages) Name() string { return "accessanalyzer-coverage" }
func (Coverages) Doc() string {
	return "Which analyzer covers each account and region, its own or its organization's, and what it found open to everyone."
}
func (Coverages) Reach() evidence.Reach { return evidence.WholeScope }
func (Coverages) Needs() []string {
	return []string{"accessanalyzer.account", "accessanalyzer.analyzer", "organizations.membership"}
}
func (Coverages) Uses() []string {
	return []string{"accessanalyzer.finding", "organizations.delegated_administrator"}
}
func (Coverages) Kinds() []evidence.Kind {
	return []evidence.Kind{evidence.KindOf[Coverage]("One record for each account and region: whether anything looks for access from outside there, and what it found open to everyone.")}
}

// Derive needs the few analyzers there are, the organization of each account, and the findings that everyone has access.
func (Coverages) Derive(d evidence.Derivation, emit func(evidence.Record) error) error {
	var analyzers []*Analyzer
	orgs := organizationsOf{id: map[string]string{}, manager: map[string]string{}, open: map[string]*evidence.Unknown{}}
	var open []*Finding
	for _, read := range []struct {
		kind string
		see  func(evidence.Record)
	}{
		{"accessanalyzer.analyzer", func(r evidence.Record) {
			if a, ok := r.(*Analyzer); ok && (external(a.Type) || unknown(&a.Meta, "type") != nil) {
				analyzers = append(analyzers, a)
			}
		}},
		{"organizations.membership", func(r evidence.Record) {
			if m, ok := r.(*organizations.Membership); ok {
				orgs.see(m)
			}
		}},
		{"organizations.delegated_administrator", func(r evidence.Record) {
			if a, ok := r.(*organizations.DelegatedAdministrator); ok && !a.InScope && slices.Contains(a.Services, "access-analyzer.amazonaws.com") {
				orgs.outside = true
			}
		}},
		{"accessanalyzer.finding", func(r evidence.Record) {
			if f, ok := r.(*Finding); ok && (f.Public || unknown(&f.Meta, "public") != nil || unknown(&f.Meta, "owner") != nil) {
				open = append(open, f)
			}
		}},
	} {
		if err := d.Records(read.kind, func(r evidence.Record) error { read.see(r); return nil }); err != nil {
			return err
		}
	}
	gaps := findingGaps(d)
	return d.Records("accessanalyzer.account", func(r evidence.Record) error {
		a, ok := r.(*Account)
		if !ok {
			return nil
		}
		c := &Coverage{Meta: evidence.Meta{ID: a.Account + "/" + a.Region + "/coverage", Account: a.Account, Region: a.Region, Evidence: []string{}}, Analyzers: []string{}, PublicResources: []string{}}
		c.ReadFrom(first(a.Evidence), a.Collected)
		covering, doubt := covers(a, analyzers, orgs)
		if doubt == nil {
			doubt = orgs.unseen(d.Scope, gaps, a)
		}
		c.Covered = len(covering) > 0
		for _, x := range covering {
			c.Analyzers = append(c.Analyzers, x.ID)
			c.ReadFrom(first(x.Evidence), x.Collected)
		}
		slices.Sort(c.Analyzers)
		switch {
		case c.Covered:
			c.found(gaps, covering, open)
		case doubt != nil:
			c.Unknown = append(c.Unknown, evidence.Unknown{Field: "covered", Gap: doubt.Gap, Code: doubt.Code})
		}
		return emit(c)
	})
}

// organizationsOf tells of each account which organization it belongs to.
type organizationsOf struct {
	// id and manager are the organization and its management account; open is why they are not known.
	id, manager map[string]string
	open        map[string]*evidence.Unknown
	// outside says that an account that the audit does not read administers IAM Access Analyzer for an organization.
	outside bool
}

func (o organizationsOf) see(m *organizations.Membership) {
	if m.Organization != nil {
		o.id[m.Account] = *m.Organization
	}
	if m.ManagementAccount != nil {
		o.manager[m.Account] = *m.ManagementAccount
	}
	if why := unknown(&m.Meta, "organization"); why != nil {
		o.open[m.Account] = why
	}
}

// unseen tells why an analyzer of the account's organization may be one that the audit does not see: the account that would list it, the
// management account or a delegated administrator, is not in the scope. Nil where that cannot be.
func (o organizationsOf) unseen(scope evidence.Scope, gaps gapsAt, a *Account) *evidence.Unknown {
	if o.id[a.Account] == "" || !o.outside && slices.Contains(scope.Accounts, o.manager[a.Account]) {
		return nil
	}
	for _, g := range gaps[[2]string{a.Account, a.Region}] {
		if g.Code == noActiveAnalyzer {
			return &evidence.Unknown{Field: "covered", Gap: g.ID, Code: g.Code}
		}
	}
	return nil
}

// gapsAt are the gaps in the findings of each account and region.
type gapsAt map[[2]string][]evidence.Gap

func findingGaps(d evidence.Derivation) gapsAt {
	out := gapsAt{}
	for _, g := range d.Gaps {
		if slices.Contains(g.Kinds, findingKind) {
			at := [2]string{g.Account, g.Region}
			out[at] = append(out[at], g)
		}
	}
	return out
}

// covers finds the active analyzers that cover the account in its region, and where there is none, what leaves that open.
func covers(a *Account, all []*Analyzer, orgs organizationsOf) (covering []*Analyzer, doubt *evidence.Unknown) {
	doubt = unknown(&a.Meta, "status")
	for _, x := range all {
		own := x.Account == a.Account
		if x.Region != a.Region || !own && x.Type == "ACCOUNT" {
			continue
		}
		why := unknown(&x.Meta, "type", "status")
		switch {
		case own:
		case orgs.open[a.Account] != nil:
			why = orgs.open[a.Account]
		case orgs.open[x.Account] != nil:
			why = orgs.open[x.Account]
		case orgs.id[a.Account] == "" || orgs.id[a.Account] != orgs.id[x.Account]:
			continue
		}
		if why != nil {
			doubt = why
			continue
		}
		if x.Status == "ACTIVE" {
			covering = append(covering, x)
		}
	}
	return covering, doubt
}

// unstarted reports whether an analyzer is new and has looked at nothing yet, so that it has found nothing either.
func unstarted(x *Analyzer) bool {
	return x.LastAnalyzedAt == nil && (x.Created == nil || x.Collected.Sub(*x.Created) < 24*time.Hour)
}

// found counts what the analyzers found open to everyone. Where one of them could not tell all of its findings nothing is counted.
func (c *Coverage) found(gaps gapsAt, covering []*Analyzer, open []*Finding) {
	if !slices.ContainsFunc(covering, func(x *Analyzer) bool { return !unstarted(x) }) {
		return
	}
	now, aside := 0, 0
	for _, x := range covering {
		if all := gaps[[2]string{x.Account, x.Region}]; len(all) > 0 {
			c.UnknownBy(all[0], "public_active", "public_archived", "public_resources")
			return
		}
		for _, f := range open {
			if f.Analyzer != x.ID || f.Region != c.Region || f.Owner != c.Account && unknown(&f.Meta, "owner") == nil {
				continue
			}
			if why := unknown(&f.Meta, "public", "owner", "status"); why != nil {
				for _, field := range []string{"public_active", "public_archived", "public_resources"} {
					c.Unknown = append(c.Unknown, evidence.Unknown{Field: field, Gap: why.Gap, Code: why.Code})
				}
				return
			}
			if f.Status == "ARCHIVED" {
				aside++
			} else {
				now++
			}
			c.ReadFrom(first(f.Evidence), f.Collected)
			if f.Resource != nil && !slices.Contains(c.PublicResources, *f.Resource) {
				c.PublicResources = append(c.PublicResources, *f.Resource)
			}
		}
	}
	slices.Sort(c.PublicResources)
	c.PublicActive, c.PublicArchived = &now, &aside
}

// unknown gives why one of the fields of a record is unknown, nil where all are known.
func unknown(m *evidence.Meta, fields ...string) *evidence.Unknown {
	for i, u := range m.Unknown {
		if slices.Contains(fields, u.Field) {
			return &m.Unknown[i]
		}
	}
	return nil
}

func first(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ids[0]
}
