package cloudtrail

import (
	"slices"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// coverageFields are what an unread list of trails leaves unknown.
var coverageFields = []string{"status", "missing", "multi_region", "trails", "s3_data_events", "insights"}

// coverage says what the trails make of one region. It is nil where nothing was asked there.
func (r *reader) coverage(l listing) *Coverage {
	cov := &Coverage{Meta: r.c.Meta(r.c.Account + "/" + l.region + "/cloudtrail")}
	cov.Region = l.region
	if l.err != nil {
		r.c.Unknown(&cov.Meta, l.err, coverageFields...)
		r.c.Incomplete(l.err, trailKind)
		if len(cov.Evidence) == 0 {
			r.c.Incomplete(l.err, coverageKind)
			return nil
		}
		return cov
	}
	r.c.Read(&cov.Meta, l.page)
	cov.Trails = []string{}
	var here []*trail
	for _, arn := range l.arns {
		x := r.trails[arn]
		if x.home != l.region && x.noReach == nil && !*x.rec.MultiRegion {
			continue // it is made for another region
		}
		here = append(here, x)
		cov.Trails = append(cov.Trails, arn)
		for _, e := range x.rec.Evidence {
			cov.ReadFrom(e, x.rec.Collected)
		}
	}
	if l.nameless != nil {
		cov.UnknownBy(*l.nameless, "trails")
	}
	r.decide(cov, here, l)
	return cov
}

// decide fills in what the trails that are made for the region take together. What a trail that is not wholly known could change is
// unknown; what the others decide without it is not.
func (r *reader) decide(cov *Coverage, here []*trail, l listing) {
	global := l.region == evidence.GlobalRegion(r.c.Partition)
	var all, many pool
	all.unsure, many.unsure = l.nameless, l.nameless
	insights, noInsights := []string{}, l.nameless
	for _, x := range here {
		all.add(x, x.home != l.region)
		if x.noReach != nil || *x.rec.MultiRegion {
			many.add(x, true)
		}
		switch {
		case x.noStatus == nil && !x.rec.Status.Logging:
		case x.noStatus != nil || x.noReach != nil && x.home != l.region:
			noInsights = first(noInsights, x.noStatus, x.noReach)
		case x.noInsights != nil:
			noInsights = first(noInsights, x.noInsights)
		default:
			insights = append(insights, x.rec.Insights...)
		}
	}

	missing := all.missing(global)
	switch {
	case len(missing) == 0:
		cov.Status, cov.Missing = ptr("enabled"), missing
	case all.unsure != nil:
		cov.UnknownBy(*all.unsure, "status", "missing")
	default:
		cov.Status, cov.Missing = ptr("partly-enabled"), missing
		if word, _ := whole(all.selected, isManagement); word == "none" {
			cov.Status = ptr("not-enabled")
		}
	}
	if ok := len(many.missing(global)) == 0; ok || many.unsure == nil {
		cov.MultiRegion = &ok
	} else {
		cov.UnknownBy(*many.unsure, "multi_region")
	}
	if objects, _ := whole(all.selected, isS3Object); objects == "all" || all.unsure == nil {
		cov.S3DataEvents = &objects
	} else {
		cov.UnknownBy(*all.unsure, "s3_data_events")
	}
	if noInsights != nil {
		cov.UnknownBy(*noInsights, "insights")
		return
	}
	slices.Sort(insights)
	cov.Insights = slices.Compact(insights)
}

// A pool is what some trails take together.
type pool struct {
	// selected are the selections of the trails that are logging; global those of them that log global services too.
	selected, global []selection
	// unsure is set where a trail may take more than is known, or where its not being read leaves that open.
	unsure *evidence.Gap
}

// add puts a trail into the pool. reaches says that it is there only if it is a multi-region trail.
func (p *pool) add(x *trail, reaches bool) {
	if x.noStatus == nil && !x.rec.Status.Logging {
		return
	}
	if why := first(x.noStatus, x.noSelectors); why != nil || reaches && x.noReach != nil {
		p.unsure = first(p.unsure, why, x.noReach)
		return
	}
	p.selected = append(p.selected, x.selected...)
	switch {
	case x.noGlobal != nil:
		p.unsure = first(p.unsure, x.noGlobal)
	case *x.rec.GlobalServices:
		p.global = append(p.global, x.selected...)
	}
}

// missing says what of the management events is not taken. Events of global services are told in one region only.
func (p *pool) missing(global bool) []string {
	out := untaken(p.selected)
	if len(out) == 0 && global && len(untaken(p.global)) > 0 {
		return []string{"global-services"}
	}
	return out
}

func untaken(selected []selection) []string {
	word, excluded := whole(selected, isManagement)
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

// first gives the first gap that is there.
func first(gaps ...*evidence.Gap) *evidence.Gap {
	for _, g := range gaps {
		if g != nil {
			return g
		}
	}
	return nil
}

func ptr[T any](v T) *T { return &v }
