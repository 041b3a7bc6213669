package assess

import (
	"slices"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess/timeline"
)

// shortest is how long AWS Config keeps items at least. It holds where an account's own setting could not be read.
// https://docs.aws.amazon.com/config/latest/APIReference/API_RetentionConfiguration.html
const shortest = 30 * 24 * time.Hour

// global is the region of what belongs to none.
const global = "global"

// A place is an account and region. Region is global for types that belong to no region.
type place struct{ account, region string }

// recordings is what the records of an audit tell of AWS Config's recording in each account and region.
type recordings struct {
	spans map[place][]recorded
	// kept is the oldest moment whose items are there; the zero time where one record does not tell it.
	kept    map[place]time.Time
	covers  map[coverKey]*coverage
	changes map[string]*Change // by configuration item
	// telling are the regions whose recorder wrote items of types that belong to no region. The resource type is empty for the global types,
	// which are recorded together. Nil until they were looked for.
	telling map[coverKey]bool
}

type recorded struct {
	evidence.Recorded
	from, to time.Time
}

type coverKey struct {
	resourceType string
	place
}

// A coverage is the time in which a type was recorded in a place.
type coverage struct {
	timeline.Cover
	// unread says that a gap lies in what was read of the type's past there.
	unread bool
	// told are the records that the cover was made of.
	told []recorded
}

func newRecordings() *recordings {
	return &recordings{spans: map[place][]recorded{}, kept: map[place]time.Time{}, covers: map[coverKey]*coverage{}, changes: map[string]*Change{}}
}

// hear takes in one record.
func (c *recordings) hear(rec evidence.Record) {
	h := rec.Header()
	at := place{h.Account, h.Region}
	switch x := rec.(type) {
	case evidence.Recorded:
		from, to := x.Span()
		c.spans[at] = append(c.spans[at], recorded{x, from, to})
	case evidence.Retained:
		since := x.Keeps()
		if old, ok := c.kept[at]; !ok || !old.IsZero() && (since.IsZero() || since.After(old)) {
			c.kept[at] = since
		}
	case evidence.Changed:
		item, change := x.Change()
		c.changes[item] = &change
	}
}

// turnOf says when the records of a kind are read: first those that tell what the tests over the period on others depend on, last those that tell
// something of what these found.
func turnOf(k evidence.Kind) int {
	switch k.New().(type) {
	case evidence.Recorded, evidence.Retained, evidence.Changed, evidence.Chronicle, evidence.Witness:
		return 0
	}
	if k.Name == itemKind {
		return 2
	}
	return 1
}

// regions lists the regions of an account that are in scope, sorted. Where the scope names none they are those that something was asked of.
func (r *runner) regions(account string) []string {
	if len(r.in.Scope.Regions) > 0 {
		return slices.Sorted(slices.Values(r.in.Scope.Regions))
	}
	var out []string
	add := func(region string) {
		if region != "" && !slices.Contains(out, region) {
			out = append(out, region)
		}
	}
	for _, l := range r.in.Ledger {
		if l.Cell != nil && l.Cell.Account == account {
			add(l.Cell.Region)
		}
	}
	for p := range r.recordings.spans {
		if p.account == account {
			add(p.region)
		}
	}
	slices.Sort(out)
	return out
}

// home is the region that records what the partition's global services have.
func (r *runner) home(account string) string {
	partition := "aws"
	for _, region := range r.regions(account) {
		switch {
		case strings.HasPrefix(region, "us-gov-"):
			partition = "aws-us-gov"
		case strings.HasPrefix(region, "cn-"):
			partition = "aws-cn"
		case strings.HasPrefix(region, "eusc-"):
			partition = "aws-eusc"
		}
	}
	return evidence.GlobalRegion(partition)
}

// places lists the accounts and regions in which resources of a type may be.
func (r *runner) places(p evidence.Past) []place {
	var out []place
	for _, account := range slices.Sorted(slices.Values(r.in.Scope.Accounts)) {
		switch {
		case p.Placeless():
			out = append(out, place{account, global})
		case p.Home:
			out = append(out, place{account, r.home(account)})
		default:
			for _, region := range r.regions(account) {
				out = append(out, place{account, region})
			}
		}
	}
	return out
}

// cover says how a type was recorded in a place.
func (r *runner) cover(p evidence.Past, at place) *coverage {
	c := r.recordings
	key := coverKey{p.Type, at}
	if out := c.covers[key]; out != nil {
		return out
	}
	q := r.question(0)
	regions := []string{at.region}
	if p.Placeless() {
		regions = r.regions(at.account)
		for have := range c.spans {
			if have.account == at.account && !slices.Contains(regions, have.region) {
				regions = append(regions, have.region)
			}
		}
		slices.Sort(regions)
	}
	out := &coverage{}
	var recorders []timeline.Recorder
	for _, region := range regions {
		here := place{at.account, region}
		kept, told := c.kept[here]
		rec := timeline.Recorder{Kept: kept}
		if kept.IsZero() {
			rec.Kept, told = r.in.Scope.AsOf.Add(-shortest), false
		}
		for _, s := range c.spans[here] {
			x := timeline.Span{From: s.from, To: s.to, Coverage: s.Covers(p)}
			if b, ok := s.Recorded.(evidence.Begun); ok {
				x.Since = b.Begun()
			}
			rec.Spans = append(rec.Spans, x)
			out.told = append(out.told, s)
		}
		// A recorder that is set to record the type and never wrote an item of it may not be able to: regions that AWS has opened since February
		// 2022 do not record the global types, whatever their recorder says. It does not stand in for one that was off.
		// https://docs.aws.amazon.com/config/latest/APIReference/API_RecordingGroup.html
		if !p.Placeless() || c.telling[tellingKey(p, here)] {
			recorders = append(recorders, rec)
		}
		// What was not read of a recorder that never recorded the type would not have told of it.
		if q.Cover(rec).Recorded() && r.unreadPast(p.Type, here, told) {
			out.unread = true
		}
	}
	out.Cover = q.Cover(recorders...)
	c.covers[key] = out
	return out
}

func tellingKey(p evidence.Past, at place) coverKey {
	if p.Global {
		return coverKey{"", at}
	}
	return coverKey{p.Type, at}
}

// tell looks through the states of all types that belong to no region for the regions whose recorders wrote them.
func (r *runner) tell() error {
	c := r.recordings
	if c.telling != nil || r.in.History == nil {
		return nil
	}
	c.telling = map[coverKey]bool{}
	var kinds []string
	for _, p := range r.in.Pasts {
		if !p.Placeless() || !slices.Contains(r.in.Scope.History, p.Type) || slices.Contains(kinds, p.Kind) {
			continue
		}
		kinds = append(kinds, p.Kind)
		err := r.in.History(p.Kind, func(s *evidence.State) error {
			for _, q := range r.in.Pasts {
				if q.Type == s.ResourceType && q.Placeless() {
					c.telling[tellingKey(q, place{s.Account, s.Region})] = true
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// unreadPast reports whether a gap leaves the past of a type unread in an account and region.
func (r *runner) unreadPast(resourceType string, at place, keptTold bool) bool {
	return slices.ContainsFunc(r.pastGaps, func(g *evidence.Gap) bool {
		if g.Code == evidence.RetentionTooShort && keptTold {
			return false // which time that is, the retention itself tells
		}
		if g.OfPast(resourceType, at.account, at.region) {
			return true
		}
		// A gap in the list of resources or in the recorder's time leaves as much open as one in the items.
		if !slices.Contains(g.Kinds, "config.discovered_resource") && !slices.Contains(g.Kinds, "config.recording") {
			return false
		}
		touched := *g
		touched.Kinds = []string{"config.configuration_item"}
		return touched.OfPast(resourceType, at.account, at.region)
	})
}

// ofPast reports whether a gap may leave the past of anything unread.
func ofPast(g *evidence.Gap) bool {
	return len(g.History)+len(g.Places) > 0 || slices.ContainsFunc(g.Kinds, func(k string) bool { return strings.HasPrefix(k, "config.") })
}

// evidenceOf are the exchanges behind what is told of the recorder over some time.
func (c *coverage) evidenceOf(from, to time.Time) []string {
	var out []string
	for _, s := range c.told {
		if s.from.Before(to) && from.Before(s.to) {
			out = append(out, s.Header().Evidence...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// question is what a test with a tolerance asks of each resource.
func (r *runner) question(tolerance time.Duration) timeline.Question {
	return timeline.Question{Period: r.in.Scope.Period, AsOf: r.in.Scope.AsOf, Tolerance: tolerance}
}
