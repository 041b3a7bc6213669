// Package reconcile holds each population that has a second source against it: what a service lists of its own resources against what
// AWS Config has discovered of them, resource by resource. It asks nobody and judges nothing: it derives records from records.
//
// A comparison is only as good as both lists. Where a gap leaves one of them not whole, whether they agree is unknown, by that gap. Where
// AWS Config does not record a type, there is no second source, and the comparison says so instead of finding everything missing.
package reconcile

import (
	"cmp"
	"maps"
	"slices"

	"github.com/auditseal/auditseal/collectors/awsconfig"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// Config compares populations with AWS Config's list of the same resources.
type Config struct{}

func (Config) Name() string { return "reconcile" }
func (Config) Doc() string {
	return "Populations held against what AWS Config has discovered of the same resources, differences named one by one."
}
func (Config) Reach() evidence.Reach { return evidence.EveryAccount }
func (Config) Needs() []string       { return nil }
func (Config) Uses() []string {
	out := []string{listed, recorders}
	for _, s := range sources() {
		out = append(out, s.kind)
	}
	return out
}
func (Config) Kinds() []evidence.Kind {
	return []evidence.Kind{evidence.KindOf[Comparison]("One record for each population, account and (where it is regional) region that has a second source.")}
}

const (
	listed    = "config.listed_resource"
	recorders = "config.recorder"
)

// A Comparison is a population held against its second source.
type Comparison struct {
	evidence.Meta
	Population string `json:"population" cel:"population" doc:"The population: kms.key."`
	Source     string `json:"source" cel:"source" doc:"The second source, and what it calls the resources: AWS Config AWS::KMS::Key."`
	Compared   bool   `json:"compared" cel:"compared" doc:"Whether there is a second source here. False where AWS Config has no recorder or does not record the type."`
	WithoutID  int    `json:"without_id" cel:"without_id" doc:"How many records have no id that the second source would know them by: with one of them it is not known whether the two agree."`
	Here       int    `json:"here" cel:"here" doc:"How many records of the population the second source should know of. KMS keys of AWS are not among them, nor instances that are terminated."`
	There      int    `json:"there" cel:"there" doc:"How many resources the second source lists."`
	// The lists are never nil: an empty one was compared.
	OnlyHere  []string `json:"only_here" cel:"only_here" doc:"The ids that the population has and the second source has not, sorted. AWS Config discovers what is new within minutes to hours."`
	OnlyThere []string `json:"only_there" cel:"only_there" doc:"The ids that the second source has and the population has not, sorted."`
	Agrees    *bool    `json:"agrees,omitempty" cel:"agrees" doc:"Whether both list the same resources. Absent where nothing was compared, or a record has no id; unknown where one of the lists is not whole."`
}

// Kind is reconciliation.comparison.
func (*Comparison) Kind() string { return "reconciliation.comparison" }

// A source is a population with what AWS Config calls its resources.
type source struct {
	kind, resourceType string
	// global populations are listed once in an account; AWS Config records them in whichever region it is told to.
	global bool
	// only says that AWS Config records the type in the partition's global region alone.
	only bool
	// iam marks the types that a recorder records only where it is told to include global types.
	iam bool
	// id gives what AWS Config knows the resource by, and whether it should know it at all. Empty where AWS did not tell it.
	id func(evidence.Record) (id string, expected bool)
	// expects is the field that this is read from: where it is unknown, so is whether AWS Config should know the resource. Empty where
	// every resource is expected.
	expects string
}

// A side is one of the two lists.
type side struct {
	ids map[string]bool // by id: whether it is expected on the other side
	// open are the ids of which that is unknown, and why.
	open map[string]evidence.Unknown
	// evidence shows it: the exchanges of the first record and of each page, as far as they are few.
	meta evidence.Meta
	// nameless counts records without an id.
	nameless int
	// from are the accounts that listed it, where that is told.
	from []string
}

func newSide() *side { return &side{ids: map[string]bool{}, open: map[string]evidence.Unknown{}} }

// show notes an exchange that the side was read from; eight are enough to find the others by.
func (s *side) show(m *evidence.Meta) {
	if len(s.meta.Evidence) < 8 && len(m.Evidence) > 0 {
		s.meta.ReadFrom(m.Evidence[0], m.Collected)
	}
	if m.Collected.After(s.meta.Collected) {
		s.meta.Collected = m.Collected
	}
}

// Derive compares every source of an account.
func (Config) Derive(d evidence.Derivation, emit func(evidence.Record) error) error {
	if !d.Has(listed) {
		return nil
	}
	theirs, regions, err := discovered(d)
	if err != nil {
		return err
	}
	records, err := recording(d)
	if err != nil {
		return err
	}
	for _, s := range sources() {
		if !d.Has(s.kind) {
			continue
		}
		ours := map[string]*side{}
		err := d.Records(s.kind, func(r evidence.Record) error {
			id, expected := s.id(r)
			at := r.Header().Region
			if s.global {
				at = d.Region
			}
			if ours[at] == nil {
				ours[at] = newSide()
			}
			if id == "" {
				ours[at].nameless++
				ours[at].show(r.Header())
				return nil
			}
			ours[at].ids[id] = expected
			for _, u := range r.Header().Unknown {
				if s.expects != "" && u.Field == s.expects {
					ours[at].open[id] = u
				}
			}
			ours[at].show(r.Header())
			return nil
		})
		if err != nil {
			return err
		}
		where := regions
		if s.global {
			where = []string{d.Region}
		}
		for _, region := range where {
			here, there := ours[region], theirs[[2]string{s.resourceType, region}]
			if s.global {
				there = together(theirs, s.resourceType, regions)
			}
			recorded := records.has(s, d, region, regions)
			c := compare(d, s, region, cmp.Or(here, newSide()), cmp.Or(there, newSide()), recorded)
			if c == nil {
				continue
			}
			if err := emit(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// compare makes the record of one comparison; nil where neither side has anything and nothing is amiss.
func compare(d evidence.Derivation, s source, region string, here, there *side, recorded bool) *Comparison {
	c := &Comparison{Meta: evidence.Meta{ID: d.Account + "/" + region + "/" + s.kind, Account: d.Account, Region: region, Evidence: []string{}},
		Population: s.kind, Source: "AWS Config " + s.resourceType, Compared: recorded, WithoutID: here.nameless, There: len(there.ids), OnlyHere: []string{}, OnlyThere: []string{}}
	for _, m := range []evidence.Meta{here.meta, there.meta} {
		for _, e := range m.Evidence {
			c.ReadFrom(e, m.Collected)
		}
	}
	for id, expected := range here.ids {
		if expected {
			c.Here++
			if _, ok := there.ids[id]; !ok {
				c.OnlyHere = append(c.OnlyHere, id)
			}
		}
	}
	for id := range there.ids {
		if _, ok := here.ids[id]; !ok {
			c.OnlyThere = append(c.OnlyThere, id)
		}
	}
	slices.Sort(c.OnlyHere)
	slices.Sort(c.OnlyThere)
	gap, off := gapOf(d, s, region)
	switch {
	case gap != nil:
		c.UnknownBy(*gap, "compared", "agrees", "only_here", "only_there")
	case len(c.Evidence) == 0:
		return nil // nothing here, nothing there, and no gap
	case off || !recorded:
		c.Compared, c.OnlyHere, c.OnlyThere = false, []string{}, []string{}
	case here.nameless > 0:
	case here.doubt(there) != nil:
		u := here.doubt(there)
		for _, f := range []string{"here", "agrees", "only_here"} {
			c.Unknown = append(c.Unknown, evidence.Unknown{Field: f, Gap: u.Gap, Code: u.Code})
		}
	default:
		agrees := len(c.OnlyHere)+len(c.OnlyThere) == 0
		c.Agrees = &agrees
	}
	if len(c.Evidence) == 0 {
		return nil // nothing was asked: the cells that could not be worked on have said so of this population too
	}
	return c
}

// doubt gives why it is unknown whether something that the other side lacks should be there; nil where there is no such thing.
func (s *side) doubt(there *side) *evidence.Unknown {
	for _, id := range slices.Sorted(maps.Keys(s.open)) {
		if _, ok := there.ids[id]; !ok {
			u := s.open[id]
			return &u
		}
	}
	return nil
}

// gapOf finds why one of the lists is not whole, or what AWS Config records; nil where all that was read. off says that AWS Config does not
// record here, which is no gap of a comparison: there is nothing to compare with.
func gapOf(d evidence.Derivation, s source, region string) (why *evidence.Gap, off bool) {
	for i, g := range d.Gaps {
		elsewhere := g.Region != region && !s.global
		switch {
		case (slices.Contains(g.Kinds, listed) || slices.Contains(g.Kinds, recorders)) && !elsewhere:
			if g.Outcome == evidence.NotEnabled {
				off = off || !s.global // a global type may be recorded in another region
				continue
			}
		case slices.Contains(g.Kinds, s.kind) && (!elsewhere || s.atHome()):
		default:
			continue
		}
		if why == nil {
			why = &d.Gaps[i]
		}
	}
	return why, off
}

// atHome reports whether the population is read in the home region's cell, whichever region its records are of.
func (s source) atHome() bool { return s.kind == "s3.bucket" }

// discovered reads what AWS Config lists, by type and region, and the regions in which the account was read.
func discovered(d evidence.Derivation) (map[[2]string]*side, []string, error) {
	out := map[[2]string]*side{}
	var regions []string
	see := func(region string) {
		if !slices.Contains(regions, region) {
			regions = append(regions, region)
		}
	}
	err := d.Records(listed, func(r evidence.Record) error {
		l, ok := r.(*awsconfig.ListedResource)
		if !ok {
			return nil
		}
		k := [2]string{l.ResourceType, l.Region}
		if out[k] == nil {
			out[k] = newSide()
		}
		out[k].ids[l.ResourceID] = true
		out[k].show(&l.Meta)
		see(l.Region)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	for _, g := range d.Gaps {
		if slices.Contains(g.Kinds, listed) {
			see(g.Region)
		}
	}
	if err := d.Records("config.region", func(r evidence.Record) error { see(r.Header().Region); return nil }); err != nil {
		return nil, nil, err
	}
	slices.Sort(regions)
	return out, regions, nil
}

// together is what all regions list of a global type: recorded in two of them, a resource is still one.
func together(theirs map[[2]string]*side, resourceType string, regions []string) *side {
	out := newSide()
	for _, r := range regions {
		if s := theirs[[2]string{resourceType, r}]; s != nil {
			for id := range s.ids {
				out.ids[id] = true
			}
			for _, e := range s.meta.Evidence {
				out.meta.ReadFrom(e, s.meta.Collected)
			}
		}
	}
	return out
}

// A recorder knows which types are recorded in each region.
type recorder map[string]*awsconfig.Recorder

func recording(d evidence.Derivation) (recorder, error) {
	out := recorder{}
	err := d.Records(recorders, func(r evidence.Record) error {
		// Beside the customer's own recorder there may be those of AWS services, which record for themselves.
		if x, ok := r.(*awsconfig.Recorder); ok && x.ServicePrincipal == nil {
			out[x.Region] = x
		}
		return nil
	})
	return out, err
}

// has reports whether AWS Config is told to record the type in the region, or for a global type in any region. A recorder whose setting
// could not be read is taken to record: what it then fails to list shows as a difference or as unknown, and not as agreement.
func (r recorder) has(s source, d evidence.Derivation, region string, regions []string) bool {
	if !s.global {
		return r.records(s, region)
	}
	if s.only {
		return r.records(s, evidence.GlobalRegion(d.Partition))
	}
	return slices.ContainsFunc(regions, func(at string) bool { return r.records(s, at) })
}

func (r recorder) records(s source, region string) bool {
	x := r[region]
	switch {
	case x == nil:
		return false
	case x.Group == nil:
		return true
	case len(x.Group.Types) > 0:
		return slices.Contains(x.Group.Types, s.resourceType)
	case slices.Contains(x.Group.ExcludedTypes, s.resourceType):
		return false
	case s.iam && !x.Group.GlobalTypes:
		return false
	}
	return true
}
