package report

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// addEvidence reads the tape's index once.
func (d *Document) addEvidence(in Input) error {
	e := &d.Evidence
	e.All = in.Exchanges
	cited := d.cited()
	endpoints := map[string]bool{}
	for x, err := range in.Exchanges {
		if err != nil {
			return err
		}
		e.Count++
		e.Redactions += x.Redactions
		if x.Clock == "local" {
			e.LocalClock++
		}
		if x.FIPS {
			e.FIPS++
		}
		if x.Endpoint != "" && !endpoints[x.Endpoint] {
			endpoints[strings.Clone(x.Endpoint)] = true
		}
		if n := len(e.Files); n == 0 || e.Files[n-1].Path != x.File {
			if n > 0 && e.Files[n-1].Path > x.File {
				return fmt.Errorf("%s: the tape's files are not in order", x.File)
			}
			e.Files = append(e.Files, File{Path: x.File, Account: x.Account, Region: x.Region, Service: x.Service})
		}
		f := &e.Files[len(e.Files)-1]
		f.Exchanges++
		f.First, f.Last = earlier(f.First, x.Date), later(f.Last, x.Date)
		if found, want := cited[x.ID]; want {
			if found {
				return fmt.Errorf("%s:%d: exchange %s stands twice on the tape", x.File, x.Line, x.ID)
			}
			cited[x.ID] = true
			e.Cited = append(e.Cited, x)
		}
		d.First, d.Last = earlier(d.First, x.Date), later(d.Last, x.Date)
	}
	for i := range e.Files {
		digest, err := in.FileDigest(e.Files[i].Path)
		if err != nil {
			return err
		}
		e.Files[i].SHA256 = digest
	}
	for ep := range endpoints {
		e.Endpoints = append(e.Endpoints, ep)
	}
	sort.Strings(e.Endpoints)
	sort.Slice(e.Cited, func(i, j int) bool { return e.Cited[i].ID < e.Cited[j].ID })
	for id, found := range cited {
		if !found {
			e.Missing = append(e.Missing, id)
		}
	}
	sort.Strings(e.Missing)
	if d.Time = d.Last.UTC(); d.Last.IsZero() {
		d.Time = d.Run.Scope.AsOf.UTC()
	}
	return nil
}

// cited gathers the evidence ids that what this Document holds points to.
func (d *Document) cited() map[string]bool {
	ids := map[string]bool{}
	cite := func(list ...string) {
		for _, id := range list {
			if id != "" {
				ids[id] = false
			}
		}
	}
	gaps := func(list []evidence.Gap) {
		for _, g := range list {
			cite(g.Evidence)
		}
	}
	findings := func(list []assess.Finding) {
		for _, f := range list {
			cite(f.Evidence...)
			if i := f.Interval; i != nil {
				for _, e := range []assess.Edge{i.Begins, i.Ends} {
					if e.Change != nil {
						cite(e.Change.Evidence...)
					}
				}
			}
		}
	}
	for _, t := range d.Tests {
		findings(t.Exceptions.First)
		findings(t.Unknowns.First)
		gaps(t.Gaps.First)
		if t.Period != nil {
			for _, x := range t.Period.Disagreements[:min(len(t.Period.Disagreements), Shown)] {
				cite(x.Evidence...)
			}
		}
	}
	for _, p := range d.Populations {
		gaps(p.Gaps.First)
	}
	gaps(d.Ledger.First)
	return ids
}

// Locate finds an exchange that this Document points to.
func (d *Document) Locate(id string) (Exchange, bool) {
	i, ok := slices.BinarySearchFunc(d.Evidence.Cited, id, func(x Exchange, id string) int { return strings.Compare(x.ID, id) })
	if !ok {
		return Exchange{}, false
	}
	return d.Evidence.Cited[i], true
}
