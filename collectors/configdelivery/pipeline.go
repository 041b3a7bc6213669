package configdelivery

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// A pipeline reads the files of one place: one goroutine unzips and splits, some decode, and one emits, in the order of the files and of the
// items in them. No more than a few batches are in hand.
type pipeline struct {
	r               *reader
	account, region string
	// since is the first day whose files are read; end the moment of the snapshot that they are held against.
	since, end time.Time

	jobs  chan *batch
	order chan *batch
	wg    sync.WaitGroup
	done  chan error

	// What follows belongs to the goroutine that emits.
	seed maphash.Seed
	seen map[uint64]bool // items captured since
	big  map[uint64]bool // items whose files of their own were read
	// lost are the items of the last snapshot that no history file brought, by type. said are the faults of the file that was told of: one
	// gap of a sort is enough for a file.
	lost map[string]*missing
	said map[string]bool
	// silent are days on which nothing was delivered; turns are when the recorder was started and stopped, as its own items tell.
	silent []time.Time
	turns  []turn
}

// A missing counts items that were not delivered, and keeps the first.
type missing struct {
	n     int
	first *tape.Error
}

// A batch is some items of a file, or its end.
type batch struct {
	file  *DeliveredFile
	of    fetched
	arena []byte
	raws  []configitem.Raw
	items int
	err   error  // the file's end where it is not whole
	other string // the type of an item that does not belong into the file
	last  bool
	told  chan []told
}

// A told is what an item says.
type told struct {
	item            configitem.Item
	account, region string
	states          []*evidence.State
	faults          []error
	err             error
	foreign, within bool
}

// batchBytes is how much JSON is decoded at once.
const batchBytes = 256 << 10

func (r *reader) pipeline(account, region string, since, end time.Time) *pipeline {
	p := &pipeline{r: r, account: account, region: region, since: since, end: end, jobs: make(chan *batch, 4), order: make(chan *batch, 8), done: make(chan error, 1), seed: maphash.MakeSeed(),
		seen: map[uint64]bool{}, big: map[uint64]bool{}, lost: map[string]*missing{}, said: map[string]bool{}}
	for range 2 {
		p.wg.Go(func() {
			for b := range p.jobs {
				out := make([]told, len(b.raws))
				for i, raw := range b.raws {
					out[i] = p.decode(b.of, raw)
				}
				b.told <- out
			}
		})
	}
	go func() {
		var err error
		for b := range p.order {
			out := <-b.told
			if err == nil {
				err = p.take(b, out)
			}
		}
		p.done <- err
	}()
	return p
}

func (p *pipeline) close() error {
	close(p.order)
	close(p.jobs)
	p.wg.Wait()
	err := <-p.done
	p.interrupted()
	for _, t := range slices.Sorted(maps.Keys(p.lost)) {
		m := p.lost[t]
		if m.n > 1 {
			m.first.Message += fmt.Sprintf(", nor %d more", m.n-1)
		}
		p.r.fail(m.first, p.account+"/"+p.region, t)
	}
	return err
}

// file splits a file into items and hands them on.
func (p *pipeline) file(f fetched) error {
	if f.err != nil {
		b := &batch{of: f, err: f.err, last: true, told: make(chan []told, 1)}
		b.told <- nil
		p.order <- b
		return nil
	}
	rec := p.r.record(f, p.account, p.region)
	next := func() *batch { return &batch{file: rec, of: f, told: make(chan []told, 1)} }
	b := next()
	for in := configitem.Open(f.key, f.content()); ; {
		raw, err := in.Next()
		if err != nil {
			if b.last = true; !errors.Is(err, io.EOF) {
				b.err = err
			}
			p.send(b)
			return nil
		}
		b.items++
		switch {
		case f.sort == history && raw.Type != f.typ:
			b.err = fmt.Errorf("%s: item %d, byte %d, is of %q, and the file's name says %s", f.key, raw.Number, raw.Offset, raw.Type, f.typ)
			b.last, b.other = true, raw.Type
			p.send(b)
			return nil
		case !slices.Contains(p.r.types, raw.Type):
			continue
		}
		if len(b.arena)+len(raw.JSON) > batchBytes && len(b.raws) > 0 {
			p.send(b)
			b = next()
		}
		if b.arena == nil {
			b.arena = make([]byte, 0, max(batchBytes, len(raw.JSON)))
		}
		from := len(b.arena)
		b.arena = append(b.arena, raw.JSON...)
		raw.JSON = b.arena[from:len(b.arena):len(b.arena)]
		b.raws = append(b.raws, raw)
	}
}

func (p *pipeline) send(b *batch) {
	p.order <- b
	p.jobs <- b
}

// decode reads an item, and whose it is. It is safe for concurrent use.
func (p *pipeline) decode(f fetched, raw configitem.Raw) (t told) {
	it, err := raw.Item()
	switch {
	case err != nil:
		t.err = fmt.Errorf("%s: %w", f.key, err)
		return t
	case it.Account == "" || it.Region == "":
		t.err = fmt.Errorf("%s: item %d, byte %d, of %s %q says not of which account and region it is", f.key, raw.Number, raw.Offset, it.ResourceType, it.ResourceID)
		return t
	}
	t.item, t.account, t.region = it, it.Account, it.Region
	if t.region == global {
		t.region = p.region // whose recorder wrote it
	}
	t.foreign = t.account != p.account || t.region != p.region
	if t.region == global {
		t.region = evidence.GlobalRegion(p.r.c.Partition)
	}
	sc := p.r.c.Scope
	t.within = slices.Contains(sc.Accounts, t.account) && (len(sc.Regions) == 0 || slices.Contains(sc.Regions, t.region) || p.region == global)
	if !t.within || !it.Captured.IsZero() && !it.Captured.Before(sc.Period.To) {
		return t
	}
	t.states, t.faults = p.r.c.States(&t.item, t.account, t.region, evidence.FromDelivery, f.metadata())
	return t
}

// take emits what a batch told.
func (p *pipeline) take(b *batch, items []told) error {
	r, here := p.r, p.account+"/"+p.region
	if b.file != nil && b.file.Whole {
		b.file.Items += b.items
	}
	for i := range items {
		t := &items[i]
		if t.err != nil {
			if p.once("item") {
				r.fail(half(b.of.metadata(), getObject, "UnreadableItem", "%v", t.err), here, typesOf(b.of.typ)...)
			}
			continue
		}
		if t.foreign {
			r.mixed = true
			r.told[t.account+"/"+t.region] = true
		}
		if !t.within {
			b.file.OutOfScope++
			continue
		}
		if !t.item.Captured.IsZero() && !t.item.Captured.Before(r.c.Scope.Period.To) {
			continue
		}
		id := maphash.String(p.seed, t.item.ID(t.account, t.item.Region))
		switch b.of.sort {
		case oversized:
			p.big[id] = true
		case history:
			if t.item.Configuration == nil && !t.item.Gone() && p.big[id] {
				continue // it is in the file of its own, with its configuration
			}
		case snapshot:
			if b.of.at.Equal(p.end) {
				p.hold(b, t, id)
			}
		}
		if !t.item.Captured.Before(p.since) && !b.of.at.Equal(p.end) {
			p.seen[id] = true
		}
		if t.item.ResourceType == recorderType {
			if turn, ok := turnOf(&t.item); ok {
				p.turns = append(p.turns, turn)
			}
		}
		for _, err := range t.faults {
			if p.once("nothing " + t.account + "/" + t.region + t.item.ResourceType) {
				r.fail(half(b.of.metadata(), getObject, "ItemOfNothing", "%s: %v", b.of.key, err), t.account+"/"+t.region, t.item.ResourceType)
			}
		}
		for _, s := range t.states {
			if err := r.c.EmitState(s); err != nil {
				return err
			}
		}
		b.file.use(t.item.Captured)
	}
	if !b.last {
		return nil
	}
	clear(p.said)
	switch {
	case b.of.err != nil:
		r.fail(b.of.err, here, typesOf(b.of.typ)...)
		return nil
	case b.err != nil:
		types := typesOf(b.of.typ)
		if slices.Contains(r.types, b.other) {
			types = append(types, b.other)
		}
		r.fail(half(b.of.metadata(), getObject, "UnreadableFile", "%v", b.err), here, types...)
		return nil
	}
	return r.c.Emit(b.file)
}

// hold holds an item of the last snapshot against what the history files brought.
func (p *pipeline) hold(b *batch, t *told, id uint64) {
	if t.item.Captured.Before(p.since) || p.seen[id] {
		return
	}
	typ := t.item.ResourceType
	if p.lost[typ] == nil {
		p.lost[typ] = &missing{first: half(b.of.metadata(), getObject, "DeliveryMissing", "%s: %s %q was captured at %s and is in force there, and no history file brought it", b.of.key, typ, t.item.ResourceID,
			t.item.Captured.Format(time.RFC3339))}
	}
	p.lost[typ].n++
}

// once notes a fault of the file in hand, and reports whether it is the first of its sort.
func (p *pipeline) once(fault string) bool {
	if p.said[fault] {
		return false
	}
	p.said[fault] = true
	return true
}

// typesOf are the types that a file tells of: that of its name, or all.
func typesOf(typ string) []string {
	if typ == "" {
		return nil
	}
	return []string{typ}
}

// use counts an item that the history was read from.
func (d *DeliveredFile) use(captured time.Time) {
	d.Used++
	if captured.IsZero() {
		return
	}
	if d.FirstCaptured == nil || captured.Before(*d.FirstCaptured) {
		d.FirstCaptured = &captured
	}
	if d.LastCaptured == nil || captured.After(*d.LastCaptured) {
		d.LastCaptured = &captured
	}
}
