package cell

import (
	"crypto/sha256"
	"slices"

	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// A Once tells what a list shows for the first time. What AWS lists twice counts once, and leaves a gap: pages that overlap have
// moved while they were read, and what moved may be missing elsewhere. It is for one list, read by one goroutine.
type Once struct {
	cell  *Cell
	kinds []string
	seen  map[[12]byte]struct{}
	told  bool
}

// Once starts a list. The kinds are the populations that are not whole where it shows something twice.
func (c *Cell) Once(kinds ...string) *Once {
	return &Once{cell: c, kinds: slices.Sorted(slices.Values(kinds)), seen: map[[12]byte]struct{}{}}
}

// First reports whether the id is new. md is the ResultMetadata of the page that shows it.
func (o *Once) First(id string, md middleware.Metadata) bool {
	h := sha256.Sum256([]byte(id))
	k := [12]byte(h[:12])
	if _, there := o.seen[k]; !there {
		o.seen[k] = struct{}{}
		return true
	}
	if !o.told {
		o.told = true
		s := tape.StampOf(md)
		o.cell.twice(s, id, o.kinds)
	}
	return false
}

// Len counts the different ids.
func (o *Once) Len() int { return len(o.seen) }

// twice leaves the gap for something that was listed more than once.
func (c *Cell) twice(s tape.Stamp, id string, kinds []string) {
	g := evidence.Gap{Account: c.Account, Region: c.Region, Collector: c.collector, Service: s.Service, Operation: s.Operation, Outcome: evidence.CutShort,
		Code: "SaidTwice", Message: "AWS listed " + id + " more than once: it counts once, and the list may lack what moved while its pages were read",
		Kinds: kinds, Evidence: s.Evidence, Date: s.Date, Status: 200}
	g.Identify()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.addGap(g)
}
