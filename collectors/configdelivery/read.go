package configdelivery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"
	"golang.org/x/sync/semaphore"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// mostKept is the most bytes that are kept of a file, whole or reduced; inHand the most that files which wait to be read take together.
const (
	mostKept = 32 << 20
	inHand   = 32 << 20
)

// A fetched is a file's content, or why there is none.
type fetched struct {
	delivered
	weight int64
	body   []byte
	out    *s3.GetObjectOutput
	err    error
}

// read reads the files of a place: those of oversized items, the snapshot in force at the beginning, each history file in turn, and the
// snapshot that all of it is held against.
func (r *reader) read(ctx context.Context, account, region string, all []folder, start time.Time) error {
	here := account + "/" + region
	end := r.lastSnapshot(all, start)
	files, any := choose(all, start, end)
	if !any {
		if region != global {
			r.empty = append(r.empty, here)
		}
		return nil
	}
	p := r.pipeline(account, region, all[0].day, end)
	p.silent = r.silentDays(all)
	budget := semaphore.NewWeighted(inHand)
	err := cell.Ordered(ctx, func(yield func(fetched) bool) {
		for _, d := range files {
			// Places are taken in the order in which files are read, so that the next one always has one.
			f := fetched{delivered: d, weight: min(max(d.size, 1), inHand)}
			if d.sort == snapshot {
				f.weight = inHand / 2
			}
			if budget.Acquire(ctx, f.weight) != nil || !yield(f) {
				return
			}
		}
	}, r.fetch, func(f fetched) error {
		defer budget.Release(f.weight)
		return p.file(f)
	})
	return errors.Join(err, p.close())
}

// lastSnapshot gives the moment of the snapshot that the history is held against: the first at or after the period's end, or the last one
// behind the first. It is zero where there is none.
func (r *reader) lastSnapshot(all []folder, start time.Time) (end time.Time) {
	to := r.c.Period.To
	for _, f := range all {
		for _, d := range f.files {
			if d.sort != snapshot || !d.at.After(start) {
				continue
			}
			if end.IsZero() || end.Before(to) && d.at.After(end) {
				end = d.at
			}
		}
	}
	return end
}

// choose puts the files that are read in their order, and reports whether anything was delivered at all.
func choose(all []folder, start, end time.Time) (files []delivered, any bool) {
	take := func(sort string, at time.Time) {
		for _, f := range all {
			any = any || f.any
			for _, d := range f.files {
				if d.sort == sort && (sort != snapshot || d.at.Equal(at) && !at.IsZero()) {
					files = append(files, d)
				}
			}
		}
	}
	take(oversized, time.Time{})
	take(snapshot, start)
	take(history, time.Time{})
	take(snapshot, end)
	return files, any
}

// silentDays are those of the period on which nothing was delivered, where snapshots are delivered on most days: what came and went then may
// be in no file.
func (r *reader) silentDays(all []folder) (silent []time.Time) {
	days, beats := 0, 0
	for _, f := range all {
		if f.day.Before(midnight(r.c.Period.From)) || !f.day.Before(r.c.Period.To) || !f.day.Before(midnight(r.c.Scope.AsOf)) {
			continue
		}
		days++
		if slices.ContainsFunc(f.files, func(d delivered) bool { return d.sort == snapshot }) {
			beats++
		}
		if !f.any {
			silent = append(silent, f.day)
		}
	}
	if beats*2 <= days {
		return nil
	}
	return silent
}

// A turn is a moment from which on the recorder was on or off.
type turn struct {
	at time.Time
	on bool
}

// turnOf reads an item of the recorder itself.
func turnOf(it *configitem.Item) (turn, bool) {
	var x struct{ Recording *bool }
	if ok, err := configitem.Decode(it.Configuration, &x); !ok || err != nil || x.Recording == nil {
		return turn{}, false
	}
	return turn{it.Captured, *x.Recording}, true
}

// interrupted tells of silent days that a stopped recorder does not explain.
func (p *pipeline) interrupted() {
	slices.SortFunc(p.turns, func(a, b turn) int { return a.at.Compare(b.at) })
	left := slices.DeleteFunc(p.silent, func(day time.Time) bool {
		off := false // at the day's beginning
		for _, t := range p.turns {
			switch {
			case !t.at.After(day):
				off = !t.on
			case t.at.Before(day.AddDate(0, 0, 1)) && !t.on:
				return true
			}
		}
		return off
	})
	if len(left) > 0 {
		p.r.fail(&tape.Error{Operation: listObjects, Outcome: evidence.CutShort, Code: "DeliveryInterrupted",
			Message: fmt.Sprintf("snapshots of %s/%s are delivered on most days, and on %d days nothing was, the first of them %s", p.account, p.region, len(left), left[0].Format(time.DateOnly))}, p.account+"/"+p.region)
	}
}

// fetch asks for a file.
func (r *reader) fetch(ctx context.Context, f fetched) fetched {
	if f.sort != snapshot && f.size > mostKept {
		f.err = half(f.listed, listObjects, "TooLarge", "%q has %d bytes, and at most %d are read of a file; Amazon Athena reads larger ones", f.key, f.size, mostKept)
		return f
	}
	f.out, f.err = r.api.GetObject(ctx, &s3.GetObjectInput{Bucket: &r.c.Scope.Delivery.Bucket, Key: &f.key, ChecksumMode: types.ChecksumModeEnabled})
	if f.err != nil {
		return f
	}
	defer f.out.Body.Close()
	if f.body, f.err = io.ReadAll(f.out.Body); f.err != nil {
		// The tape gave all of it; what can fail is the SDK's look at S3's checksum.
		f.err = half(f.out.ResultMetadata, getObject, "ChecksumMismatch", "%q does not have the checksum that S3 has of it", f.key)
	}
	return f
}

// record begins the record of a file.
func (r *reader) record(f fetched, account, region string) *DeliveredFile {
	d := r.c.Scope.Delivery
	x := &DeliveredFile{Meta: r.c.Meta("s3://" + d.Bucket + "/" + f.key), Bucket: d.Bucket, Key: f.key, VersionID: cell.Text(aws.ToString(f.out.VersionId)), LastModified: cell.UTC(f.out.LastModified),
		Sort: f.sort, OfAccount: account, OfRegion: region, Type: cell.Text(f.typ), Whole: true, Size: len(f.body), SHA256: evidence.Sum(f.body).String()}
	if x.LastModified == nil {
		x.LastModified = f.modified
	}
	if red := tape.StampOf(f.out.ResultMetadata).Reduced; red != nil {
		// Where nothing but redactions tells it from what was delivered, the items are still all there.
		x.Whole, x.Size, x.SHA256, x.Items = red.Items == 0 && red.Kept == 0, int(red.Size), red.SHA256.String(), red.Items
	}
	r.c.Read(&x.Meta, f.out.ResultMetadata)
	return x
}

// content is what a file holds, as a stream.
func (f fetched) content() io.Reader { return bytes.NewReader(f.body) }

func (f fetched) metadata() middleware.Metadata { return f.out.ResultMetadata }
