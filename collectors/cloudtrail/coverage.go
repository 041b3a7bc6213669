package cloudtrail

import (
	"fmt"
	"slices"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Coverage is what the trails log in one account and region. An organization trail is told to the account that owns it alone, so that it
// takes that account's answers to tell what it logs in the others.
type Coverage struct {
	evidence.Meta
	Status       *string  `json:"status,omitempty" cel:"status" doc:"enabled where trails that are logging take every management event here; partly-enabled where they take some; not-enabled where they take none. It is unknown where a trail that could not be read may decide. Of an organization's trail the answers to the account that owns it count."`
	Missing      []string `json:"missing" cel:"missing" doc:"Which management events are not logged: read, write, global-services, or an event source as kms.amazonaws.com; sorted, and empty where all are logged."`
	MultiRegion  *bool    `json:"multi_region,omitempty" cel:"multi_region" doc:"Whether multi-region trails that are logging take every management event here by themselves, so that a region that is enabled later is logged as well."`
	Trails       []string `json:"trails" cel:"trails" doc:"The ARNs of the trails that are made for this region, logging or not, in AWS's order; empty where there is none."`
	S3DataEvents *string  `json:"s3_data_events,omitempty" cel:"s3_data_events" doc:"Which data events of the objects of every S3 bucket the trails that are logging take together: all, read-only, write-only, some or none."`
	Insights     []string `json:"insights" cel:"insights" doc:"The kinds of unusual activity that a trail that is logging looks for in management events, sorted; empty where none is."`
}

// Kind is cloudtrail.coverage.
func (*Coverage) Kind() string { return "cloudtrail.coverage" }

// coverageFields are what an unread list of trails leaves unknown.
var coverageFields = []string{"status", "missing", "multi_region", "trails", "s3_data_events", "insights"}

// Coverages derives it from what all accounts answered.
type Coverages struct{}

func (Coverages) Name() string { return "cloudtrail-coverage" }
func (Coverages) Doc() string {
	return "What the trails log in each account and region: the account's own, and its organization's by what their owner was told."
}
func (Coverages) Reach() evidence.Reach { return evidence.WholeScope }
func (Coverages) Needs() []string       { return []string{regionKind} }
func (Coverages) Uses() []string        { return []string{trailKind} }
func (Coverages) Kinds() []evidence.Kind {
	return []evidence.Kind{evidence.KindOf[Coverage]("One record an account and region: whether the trails log every management event there.")}
}

// Derive needs the few trails that there are.
func (Coverages) Derive(d evidence.Derivation, emit func(evidence.Record) error) error {
	all := known{records: map[[2]string]*Trail{}, gaps: map[string]*evidence.Unknown{}}
	if err := d.Records(trailKind, func(r evidence.Record) error {
		if t, ok := r.(*Trail); ok {
			all.records[[2]string{t.Account, t.ID}] = t
		}
		return nil
	}); err != nil {
		return err
	}
	for _, g := range d.Gaps {
		if slices.Contains(g.Kinds, trailKind) && all.gaps[g.Account] == nil {
			all.gaps[g.Account] = &evidence.Unknown{Gap: g.ID, Code: g.Code}
		}
	}
	return d.Records(regionKind, func(r evidence.Record) error {
		at, ok := r.(*Region)
		if !ok {
			return nil
		}
		c, err := all.coverage(at)
		if err != nil {
			return err
		}
		return emit(c)
	})
}

// known is what all accounts were told of the trails: the records by account and ARN, and of each account a gap that leaves its trails open.
type known struct {
	records map[[2]string]*Trail
	gaps    map[string]*evidence.Unknown
}

// coverage says what the trails make of one account's region.
func (k known) coverage(at *Region) (*Coverage, error) {
	c := &Coverage{Meta: evidence.Meta{ID: at.Account + "/" + at.Region + "/cloudtrail", Account: at.Account, Region: at.Region, Evidence: []string{}}, Trails: at.Trails}
	c.readFrom(&at.Meta)
	unlisted := unknown(&at.Meta, "trails")
	if at.Trails == nil && unlisted != nil {
		c.leave(unlisted, coverageFields...)
		return c, nil
	}
	if unlisted != nil {
		c.leave(unlisted, "trails")
	}
	var here []reading
	for _, arn := range at.Trails {
		own := k.records[[2]string{at.Account, arn}]
		if own == nil {
			return nil, fmt.Errorf("%s: lists %s, of which there is no record", at.ID, arn)
		}
		x := k.read(own)
		for _, t := range x.told {
			c.readFrom(&t.Meta)
		}
		here = append(here, x)
	}
	c.decide(here, at, unlisted)
	return c, nil
}

// readFrom takes over what another record was read from.
func (c *Coverage) readFrom(m *evidence.Meta) {
	for _, e := range m.Evidence {
		c.ReadFrom(e, m.Collected)
	}
}

// leave notes that fields are unknown.
func (c *Coverage) leave(why *evidence.Unknown, fields ...string) {
	for _, f := range fields {
		c.Unknown = append(c.Unknown, evidence.Unknown{Field: f, Gap: why.Gap, Code: why.Code})
	}
}

// A reading is what is known of one trail in one account.
type reading struct {
	// told are the records that tell of it, the owner's first.
	told []*Trail
	// foreign says that it belongs to another account, open why that account does not tell of it.
	foreign bool
	open    *evidence.Unknown
}

// read gathers who tells of the trail that the account sees.
func (k known) read(own *Trail) reading {
	if own.Owner == nil || *own.Owner == own.Account {
		return reading{told: []*Trail{own}}
	}
	if theirs := k.records[[2]string{*own.Owner, own.ID}]; theirs != nil {
		return reading{told: []*Trail{theirs, own}, foreign: true}
	}
	return reading{told: []*Trail{own}, foreign: true, open: k.gaps[*own.Owner]}
}

// first gives the first record that tells the fields, or why none does: the owner's reason before the account's own.
func (x reading) first(fields ...string) (*Trail, *evidence.Unknown) {
	why := x.open
	for _, t := range x.told {
		u := unknown(&t.Meta, fields...)
		if u == nil {
			return t, nil
		}
		if why == nil {
			why = u
		}
	}
	return nil, why
}

// holds gives whether all that tell the field say that it is so, or why none tells it.
func (x reading) holds(field string, is func(*Trail) bool) (bool, *evidence.Unknown) {
	if _, why := x.first(field); why != nil {
		return false, why
	}
	return !slices.ContainsFunc(x.told, func(t *Trail) bool { return unknown(&t.Meta, field) == nil && !is(t) }), nil
}

// logging gives whether the trail takes anything in the region, or why that is open.
func (x reading) logging(region string) (bool, *evidence.Unknown) {
	on, why := x.holds("status", func(t *Trail) bool { return t.Status != nil && t.Status.Logging })
	if why == nil && !on {
		return false, nil
	}
	if slices.ContainsFunc(x.told, func(t *Trail) bool { return t.Region != region }) {
		many, open := x.many()
		if open == nil && !many {
			return false, nil
		}
		why = or(why, open)
	}
	if x.foreign {
		organization, open := x.holds("organization", func(t *Trail) bool { return t.Organization != nil && *t.Organization })
		if open == nil && !organization {
			return false, nil
		}
		why = or(why, open)
	}
	return why == nil, why
}

func (x reading) many() (bool, *evidence.Unknown) {
	return x.holds("multi_region", func(t *Trail) bool { return t.MultiRegion != nil && *t.MultiRegion })
}

// decide fills in what the trails that are made for the region take together. What a trail that is not wholly known could change is
// unknown; what the others decide without it is not.
func (c *Coverage) decide(here []reading, at *Region, unlisted *evidence.Unknown) {
	all, many := pool{unsure: unlisted}, pool{unsure: unlisted}
	insights, noInsights := []string{}, unlisted
	for _, x := range here {
		on, why := x.logging(at.Region)
		if why == nil && !on {
			continue
		}
		all.add(x, why)
		if wide, open := x.many(); wide || open != nil {
			many.add(x, or(why, open))
		}
		looks, open := x.first("insights")
		if why = or(why, open); why != nil {
			noInsights = or(noInsights, why)
			continue
		}
		insights = append(insights, looks.Insights...)
	}

	missing := all.missing(at.GlobalServices)
	switch {
	case len(missing) == 0:
		c.Status, c.Missing = ptr("enabled"), missing
	case all.unsure != nil:
		c.leave(all.unsure, "status", "missing")
	default:
		c.Status, c.Missing = ptr("partly-enabled"), missing
		if word, _ := all.management.told(); word == "none" {
			c.Status = ptr("not-enabled")
		}
	}
	if ok := len(many.missing(at.GlobalServices)) == 0; ok || many.unsure == nil {
		c.MultiRegion = &ok
	} else {
		c.leave(many.unsure, "multi_region")
	}
	if objects, _ := all.objects.told(); objects == "all" || all.unsure == nil {
		c.S3DataEvents = &objects
	} else {
		c.leave(all.unsure, "s3_data_events")
	}
	if noInsights != nil {
		c.leave(noInsights, "insights")
		return
	}
	slices.Sort(insights)
	c.Insights = slices.Compact(insights)
}

// A pool is what some trails take together.
type pool struct {
	// management and objects are what the trails that are logging take; global what those of them take that log global services too.
	management, global, objects taking
	// unsure is set where a trail may take more than is known, or where its not being read leaves that open.
	unsure *evidence.Unknown
}

// add puts a trail into the pool; why is set where it is open whether it logs here.
func (p *pool) add(x reading, why *evidence.Unknown) {
	t, open := x.first(selectorFields...)
	if why = or(why, open); why != nil || t.ManagementEvents == nil || t.S3DataEvents == nil {
		p.unsure = or(p.unsure, why)
		return
	}
	p.management.hear(*t.ManagementEvents, t.Excluded)
	p.objects.hear(*t.S3DataEvents, nil)
	global, open := x.holds("global_services", func(t *Trail) bool { return t.GlobalServices != nil && *t.GlobalServices })
	switch {
	case open != nil:
		p.unsure = or(p.unsure, open)
	case global:
		p.global.hear(*t.ManagementEvents, t.Excluded)
	}
}

// missing says what of the management events is not taken. Events of global services are told in one region only.
func (p *pool) missing(global bool) []string {
	out := p.management.missing()
	if len(out) == 0 && global && len(p.global.missing()) > 0 {
		return []string{"global-services"}
	}
	return out
}

func (t *taking) missing() []string {
	word, excluded := t.told()
	out := append([]string{}, excluded...)
	if word != "all" && word != "read-only" {
		out = append(out, "read")
	}
	if word != "all" && word != "write-only" {
		out = append(out, "write")
	}
	slices.SortFunc(out, strings.Compare)
	return out
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

// or gives the first reason that is there.
func or(a, b *evidence.Unknown) *evidence.Unknown {
	if a != nil {
		return a
	}
	return b
}
