package securityhub

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// reach is how far a finding's history goes back.
const reach = 90 * 24 * time.Hour

// The fields of a finding whose changes are kept.
const (
	complianceField = "Compliance.Status"
	recordField     = "RecordState"
	workflowField   = "Workflow.Status"
)

// A watched finding is one whose history is asked for. It is kept until all findings are read: a list of findings whose pages wait for
// the histories of others could move meanwhile.
type watched struct {
	id, product, control, compliance string
	resources                        []string
	created, updated                 *time.Time
	md                               middleware.Metadata
}

// watch remembers a finding whose control has its history read.
func (r *reader) watch(x *types.AwsSecurityFinding, f *Finding, md middleware.Metadata) {
	if f.Control != nil && slices.Contains(r.c.Scope.HistoryControls, *f.Control) {
		r.watched = append(r.watched, watched{id: f.ID, product: aws.ToString(x.ProductArn), control: *f.Control, compliance: f.Compliance, resources: f.Resources,
			created: f.Created, updated: f.Updated, md: md})
	}
}

// histories reads the history of each watched finding.
func (r *reader) histories(ctx context.Context) error {
	if len(r.c.Scope.HistoryControls) == 0 {
		r.c.Skipped(middleware.Metadata{}, operationNamed("GetFindingHistory"), "NoControlsInScope", "no test over the period names a control whose findings' history is read", changeKind, timelineKind)
		return nil
	}
	return cell.Ordered(ctx, slices.Values(r.watched), r.history, func(h *history) error {
		for _, c := range h.changes {
			if err := r.c.Emit(c); err != nil {
				return err
			}
		}
		return r.c.Emit(h.timeline)
	})
}

// A history is what was read of one finding's.
type history struct {
	of       watched
	timeline *FindingTimeline
	changes  []*FindingChange
	// compliance and record are the changes of the two fields on which the verdict hangs.
	compliance, record []turn
	// created is when an entry says that the finding was made; read is AWS's date of the first answer.
	created *time.Time
	read    time.Time
	// unread says that the history could not be read to its end, so that there are no verdicts.
	unread bool
}

// A turn is a change of a field. A value that AWS does not tell is empty.
type turn struct {
	at       time.Time
	old, new string
}

// timelineFields are unknown where a history could not be read to its end.
var timelineFields = []string{"covers_period", "entries", "known_since", "known_until", "verdicts"}

func (r *reader) history(ctx context.Context, w watched) *history {
	h := &history{of: w, timeline: &FindingTimeline{Meta: r.c.Meta(w.id), Control: w.control, Compliance: w.compliance, Resources: w.resources, Verdicts: []Verdict{}}}
	r.c.Read(&h.timeline.Meta, w.md)
	p := securityhub.NewGetFindingHistoryPaginator(r.api, &securityhub.GetFindingHistoryInput{MaxResults: aws.Int32(100),
		FindingIdentifier: &types.AwsSecurityFindingIdentifier{Id: &w.id, ProductArn: &w.product}})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.fail(err, changeKind)
			r.c.Unknown(&h.timeline.Meta, err, timelineFields...)
			h.unread = true
			break
		}
		if h.read.IsZero() {
			h.read = tape.StampOf(page.ResultMetadata).Date
		}
		r.c.Read(&h.timeline.Meta, page.ResultMetadata)
		for i := range page.Records {
			r.told(h, &page.Records[i], page.ResultMetadata)
		}
	}
	h.conclude(r.c.Scope)
	return h
}

// told takes over an entry of the history. One that does not say when, of which finding or of which field leaves the verdicts unknown: it
// may have been any change.
func (r *reader) told(h *history, x *types.FindingHistoryRecord, md middleware.Metadata) {
	lacks := func(what string) {
		r.half(md, "GetFindingHistory", "MissingMember", "an entry of the history of "+h.of.id+" comes without "+what, &h.timeline.Meta, timelineFields, changeKind)
		h.unread = true
	}
	switch {
	case x.UpdateTime == nil:
		lacks("its time")
		return
	case x.FindingIdentifier != nil && aws.ToString(x.FindingIdentifier.Id) != h.of.id:
		lacks("being about it: AWS names " + aws.ToString(x.FindingIdentifier.Id))
		return
	}
	h.timeline.Entries++
	at := x.UpdateTime.UTC()
	if aws.ToBool(x.FindingCreated) {
		h.created = &at
		h.changes = append(h.changes, r.change(h, x, at, "created", md))
	}
	for _, u := range x.Updates {
		t := turn{at, aws.ToString(u.OldValue), aws.ToString(u.NewValue)}
		switch field := aws.ToString(u.UpdatedField); field {
		case "":
			lacks("the field that changed")
		case complianceField, recordField, workflowField:
			switch field {
			case complianceField:
				h.compliance = append(h.compliance, t)
			case recordField:
				h.record = append(h.record, t)
			}
			c := r.change(h, x, at, field, md)
			c.Field, c.Old, c.New = &field, u.OldValue, u.NewValue
			h.changes = append(h.changes, c)
		case "Compliance":
			h.compliance = append(h.compliance, turn{at: at}) // all of it, in a form that AWS does not document
		}
	}
}

func (r *reader) change(h *history, x *types.FindingHistoryRecord, at time.Time, what string, md middleware.Metadata) *FindingChange {
	c := &FindingChange{Meta: r.c.Meta(h.of.id + "@" + at.Format("2006-01-02T15:04:05.000Z") + "/" + what), Finding: h.of.id, Control: h.of.control, Resources: h.of.resources,
		Updated: at, Created: aws.ToBool(x.FindingCreated)}
	if s := x.UpdateSource; s != nil {
		c.Source, c.By = cell.Text(s.Type), s.Identity
	}
	r.c.Read(&c.Meta, md)
	return c
}

// conclude says which verdicts AWS gave, and from when to when that is known. A history reaches back 90 days from the answer and no further
// than the finding itself, and tells changes only: the last update of the finding is the last that is known of it.
func (h *history) conclude(sc evidence.Scope) {
	t := h.timeline
	if h.unread {
		t.Entries, t.Verdicts = 0, nil
		return
	}
	made := cmp.Or(h.of.created, h.created)
	if made == nil || h.of.updated == nil {
		return // AWS does not say since when the finding is there, or until when
	}
	since, until := h.read.UTC().Add(-reach), *h.of.updated
	if made.After(since) {
		since = *made
	}
	if until.After(sc.AsOf) {
		until = sc.AsOf.UTC()
	}
	if !since.Before(until) {
		return
	}
	t.KnownSince, t.KnownUntil = &since, &until
	end := sc.Period.To
	if sc.AsOf.Before(end) {
		end = sc.AsOf
	}
	covers := !since.After(sc.Period.From) && !until.Before(end)
	t.CoversPeriod = &covers
	t.Verdicts = verdicts(valuesOf(h.compliance, h.of.compliance, h.read), valuesOf(h.record, string(types.RecordStateActive), h.read), since, until)
}

// A value is what a field was from a moment on; the first has no moment. Empty is not known.
type value struct {
	at time.Time
	is string
}

// valuesOf follows the changes of a field. now is what the finding was read with, at about the moment read. Where one change does not lead
// to the next, or the last not to what was read, what lies between is not known.
func valuesOf(turns []turn, now string, read time.Time) []value {
	if len(turns) == 0 {
		return []value{{is: now}}
	}
	turns = slices.Clone(turns)
	slices.SortStableFunc(turns, func(a, b turn) int { return a.at.Compare(b.at) })
	var one []turn
	for _, t := range turns {
		// Of two changes of one moment nobody says which came first.
		if n := len(one); n > 0 && one[n-1].at.Equal(t.at) {
			if one[n-1].old != t.old {
				one[n-1].old = ""
			}
			if one[n-1].new != t.new {
				one[n-1].new = ""
			}
			continue
		}
		one = append(one, t)
	}
	out := []value{{is: one[0].old}}
	for i, t := range one {
		if last := &out[len(out)-1]; i > 0 && last.is != t.old {
			last.is = ""
		}
		out = append(out, value{t.at, t.new})
	}
	at := 0
	for i := range out {
		if !out[i].at.After(read) {
			at = i
		}
	}
	if out[at].is != now {
		out[at].is = ""
	}
	return out
}

// verdicts joins what the two fields were within [from, to).
func verdicts(compliance, record []value, from, to time.Time) []Verdict {
	at := []time.Time{from}
	for _, v := range slices.Concat(compliance, record) {
		if v.at.After(from) && v.at.Before(to) {
			at = append(at, v.at)
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	was := func(values []value, at time.Time) string {
		is := ""
		for _, v := range values {
			if !v.at.After(at) {
				is = v.is
			}
		}
		return is
	}
	out := []Verdict{}
	for _, t := range slices.CompactFunc(at, time.Time.Equal) {
		v := Verdict{At: t}
		if was(record, t) == string(types.RecordStateActive) {
			if s := was(compliance, t); s != "" {
				v.Compliance = &s
			}
			switch types.ComplianceStatus(aws.ToString(v.Compliance)) {
			case types.ComplianceStatusPassed:
				v.Passed = aws.Bool(true)
			case types.ComplianceStatusFailed:
				v.Passed = aws.Bool(false)
			}
		}
		if n := len(out); n > 0 && same(out[n-1].Compliance, v.Compliance) {
			continue
		}
		out = append(out, v)
	}
	return out
}

func same(a, b *string) bool { return (a == nil) == (b == nil) && aws.ToString(a) == aws.ToString(b) }
