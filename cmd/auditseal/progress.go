package main

import (
	"fmt"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/auditseal/auditseal/collectors"
)

// progress shows how far collection has come: a bar on a terminal, a line for each quarter of the way elsewhere.
type progress struct {
	app     *app
	pool    *mpb.Progress
	bar     *mpb.Bar
	last    string
	gaps    int
	quarter int
}

func (a *app) progress() *progress {
	p := &progress{app: a}
	if a.live == nil || a.json {
		return p
	}
	p.pool = mpb.New(mpb.WithOutput(a.live), mpb.WithWidth(40))
	p.bar = p.pool.AddBar(0,
		mpb.PrependDecorators(decor.Name("collecting "), decor.CountersNoUnit("%d/%d ")),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return fmt.Sprintf(" %d gaps  %s", p.gaps, p.last) })),
		mpb.BarRemoveOnComplete())
	return p
}

// tell is called once for each cell that ends, one call at a time.
func (p *progress) tell(e collectors.Progress) {
	p.gaps += e.Gaps
	if p.bar == nil {
		if q := e.Done * 4 / max(e.Planned, 1); q > p.quarter && e.Done < e.Planned {
			p.quarter = q
			p.app.say("collecting %d of %d, %d gaps", e.Done, e.Planned, p.gaps)
		}
		return
	}
	p.last = e.Account + " " + e.Region + " " + e.Collector
	p.bar.SetTotal(int64(e.Planned), false)
	p.bar.SetCurrent(int64(e.Done))
}

// end takes the bar away.
func (p *progress) end() {
	if p.bar == nil {
		return
	}
	p.bar.Abort(true)
	p.pool.Wait()
}
