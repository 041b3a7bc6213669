package awsconfig

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// Types of AWS Config's own, which it records by default wherever it records.
const (
	recorderType   = "AWS::Config::ConfigurationRecorder"
	complianceType = "AWS::Config::ResourceCompliance"
)

const recordingKind = "config.recording"

// A Recording is how AWS Config recorded in one account and region over a span of time.
//
// The status of a recorder tells its last start and stop, and nothing of what it was set to before. AWS Config records its recorder like a
// resource: each start, stop and change of settings is a configuration item of AWS::Config::ConfigurationRecorder. So a recorder whose last
// item was captured before a span was not changed in it.
// https://docs.aws.amazon.com/config/latest/developerguide/stop-start-recorder.html#drift-detection
type Recording struct {
	evidence.Meta
	From      time.Time      `json:"from" cel:"from" doc:"When the span begins."`
	To        time.Time      `json:"to" cel:"to" doc:"When the span ends: it is half open."`
	Since     *time.Time     `json:"since,omitempty" cel:"since" doc:"When the recorder was last started or set otherwise before the span begins, or as it begins. Absent where it was not on, and where nothing tells."`
	On        *bool          `json:"on,omitempty" cel:"on" doc:"Whether the recorder was on. Absent where nothing tells."`
	Code      string         `json:"code" cel:"code" doc:"Why nothing was recorded, or is not known to have been: RecorderStopped, RecorderUntold or NoRecorder. Empty where the recorder was on."`
	Reason    string         `json:"reason" cel:"reason" doc:"The same in words. Empty where the recorder was on."`
	Group     *Group         `json:"group,omitempty" cel:"group" doc:"Which resource types were recorded. Absent where the recorder was not on."`
	Frequency *string        `json:"frequency,omitempty" cel:"frequency" doc:"How often changes were recorded unless an override says otherwise: CONTINUOUS or DAILY. Absent where the recorder was not on, and where AWS does not say, which means CONTINUOUS."`
	Overrides []TypeOverride `json:"overrides" cel:"overrides" doc:"The resource types that were recorded at another frequency."`
	Item      *string        `json:"item,omitempty" cel:"item" doc:"The configuration item of the recorder that tells it. Absent where its present settings do, or nothing does."`
}

// Kind is config.recording.
func (*Recording) Kind() string { return recordingKind }

// Span is the span.
func (x *Recording) Span() (from, to time.Time) { return x.From, x.To }

// Begun is when the recorder was last started or set otherwise.
func (x *Recording) Begun() time.Time {
	if x.Since == nil {
		return time.Time{}
	}
	return *x.Since
}

// Covers says whether a type was recorded.
func (x *Recording) Covers(p evidence.Past) evidence.Coverage {
	switch {
	case x.Code != "":
		return evidence.Coverage{Code: x.Code}
	case x.On == nil || !*x.On || x.Group == nil:
		return evidence.Coverage{Code: evidence.RecorderUntold}
	}
	return x.Group.covers(p.Global, p.Type, x.Frequency, x.Overrides)
}

// covers says whether a group holds a type, and whether it is recorded daily. The four global IAM types are recorded by the setting of their
// own, which has no effect where types are excluded; AWS's own types are recorded wherever anything is.
// https://docs.aws.amazon.com/config/latest/APIReference/API_RecordingGroup.html
func (g *Group) covers(global bool, resourceType string, frequency *string, overrides []TypeOverride) evidence.Coverage {
	holds := false
	switch {
	case resourceType == complianceType || resourceType == recorderType:
		return evidence.Coverage{}
	case g.Strategy != nil && *g.Strategy == string(types.RecordingStrategyTypeExclusionByResourceTypes):
		holds = !slices.Contains(g.ExcludedTypes, resourceType)
	case g.Strategy != nil && *g.Strategy == string(types.RecordingStrategyTypeInclusionByResourceTypes):
		holds = slices.Contains(g.Types, resourceType)
	case g.AllSupported:
		holds = !global || g.GlobalTypes
	default:
		holds = slices.Contains(g.Types, resourceType)
	}
	if !holds {
		return evidence.Coverage{Code: evidence.TypeNotRecorded}
	}
	often := ""
	if frequency != nil {
		often = *frequency
	}
	for _, o := range overrides {
		if slices.Contains(o.Types, resourceType) {
			often = o.Frequency
		}
	}
	switch often {
	case "", string(types.RecordingFrequencyContinuous):
		return evidence.Coverage{}
	}
	return evidence.Coverage{Daily: true} // DAILY, or a frequency that AWS has added since
}

// covers says it of a recorder as it is set now.
func covers(x *types.ConfigurationRecorder, global bool, resourceType string) evidence.Coverage {
	s := settingsOf(x)
	if s.group == nil {
		return evidence.Coverage{Code: evidence.RecorderUntold}
	}
	return s.group.covers(global, resourceType, s.frequency, s.overrides)
}

// settings are what a recorder is told to record.
type settings struct {
	group     *Group
	frequency *string
	overrides []TypeOverride
}

func settingsOf(x *types.ConfigurationRecorder) settings {
	s := settings{overrides: []TypeOverride{}}
	if g := x.RecordingGroup; g != nil {
		s.group = groupOf(g)
	}
	if m := x.RecordingMode; m != nil && m.RecordingFrequency != "" {
		s.frequency = cell.Text(m.RecordingFrequency)
		for _, o := range m.RecordingModeOverrides {
			s.overrides = append(s.overrides, TypeOverride{Frequency: string(o.RecordingFrequency), Types: cell.List(o.ResourceTypes)})
		}
	}
	return s
}

// A turn is a change of the recorder: from At on it was as told.
type turn struct {
	at   time.Time
	on   bool
	code string // of evidence; empty where settings tell
	why  string
	set  settings
	item string
	from []evidence.Meta // what it was read from
	md   middleware.Metadata
}

// recording emits the spans of the period.
func (r *reader) recording(ctx context.Context) error {
	from, to := r.c.Period.From.UTC(), r.c.Period.To.UTC()
	if asOf := r.c.Scope.AsOf.UTC(); asOf.Before(to) {
		to = asOf
	}
	if r.asked && r.recorder == nil {
		if !from.Before(to) {
			return nil
		}
		return r.emitSpan(turn{code: evidence.NoRecorder, why: "there is no customer managed recorder"}, from, to)
	}
	turns, whole, err := r.turns(ctx)
	if err != nil || !r.asked || !from.Before(to) {
		return err // where the recorders could not be read, the gap says that nothing is known of how they recorded
	}
	for _, s := range r.spans(turns, whole, from, to) {
		if err := r.emitSpan(s.turn, s.from, s.to); err != nil {
			return err
		}
	}
	return nil
}

// current asks AWS Config's advanced queries for the state of the recorder that it holds: what it was last changed to, and when.
const current = "SELECT resourceId, resourceName, configurationItemCaptureTime, configurationItemStatus, configurationStateId, configuration WHERE resourceType = '" + recorderType + "'"

// turns reads the recorder's own past, oldest first: its last change by a query, and where that lies in the period, what was before it from
// its history. Whether the API gives a history of the type AWS does not document; where it does not know the type, the time before the last
// change stays untold. whole is false where something could not be read.
func (r *reader) turns(ctx context.Context) (turns []turn, whole bool, err error) {
	id, last, whole := r.lastTurn(ctx)
	if !whole || id == "" || r.recorder == nil {
		return nil, whole, nil
	}
	if !last.at.After(r.c.Period.From) {
		return []turn{last}, true, nil
	}
	before := r.untold
	h := r.past(ctx, resource{types.ResourceIdentifier{ResourceType: recorderType, ResourceId: &id}, last.md})
	if h.refused {
		return []turn{last}, true, nil
	}
	for i, item := range h.items {
		if err := r.c.Emit(item); err != nil {
			return nil, false, err
		}
		if item.Captured != nil {
			t := turnOf(&h.raw[i])
			t.item, t.from = item.ID, []evidence.Meta{item.Meta}
			turns = append(turns, t)
		}
	}
	if !slices.ContainsFunc(turns, func(t turn) bool { return t.at.Equal(last.at) }) {
		turns = append(turns, last)
	}
	slices.SortStableFunc(turns, func(a, b turn) int { return a.at.Compare(b.at) })
	return turns, h.whole && r.untold == before, r.c.Emit(h.resource)
}

// lastTurn asks for the last change of the recorder; an id of "" is that AWS Config holds no state of it. ok is false where it could not be asked.
func (r *reader) lastTurn(ctx context.Context) (id string, last turn, ok bool) {
	name := ""
	if r.recorder != nil {
		name = aws.ToString(r.recorder.Name)
	}
	p := configservice.NewSelectResourceConfigPaginator(r.api, &configservice.SelectResourceConfigInput{Expression: aws.String(current), Limit: 100})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.listUnread(recorderType, r.c.HistoryUnread(err, offOr(err), []string{recorderType}, recordingKind))
			return "", turn{}, false
		}
		for _, row := range page.Results {
			var x struct {
				ResourceID                   string    `json:"resourceId"`
				ResourceName                 string    `json:"resourceName"`
				ConfigurationItemCaptureTime time.Time `json:"configurationItemCaptureTime"`
				ConfigurationItemStatus      string    `json:"configurationItemStatus"`
				ConfigurationStateID         any       `json:"configurationStateId"`
				Configuration                json.RawMessage
			}
			if err := json.Unmarshal([]byte(row), &x); err != nil || x.ResourceID == "" || x.ConfigurationItemCaptureTime.IsZero() {
				why := cutShort(page.ResultMetadata, "SelectResourceConfig", "MissingMember", "AWS gave a state of a recorder without its id or time")
				r.listUnread(recorderType, r.c.HistoryUnread(why, "", []string{recorderType}, recordingKind))
				return "", turn{}, false
			}
			it := configitem.Item{ResourceType: recorderType, ResourceID: x.ResourceID, ResourceName: x.ResourceName, Status: x.ConfigurationItemStatus, Captured: x.ConfigurationItemCaptureTime.UTC(), Configuration: x.Configuration}
			if nameOf(&it) != name || it.Captured.Before(last.at) {
				continue // one that belongs to an AWS service, or was there before
			}
			id, last = x.ResourceID, turnOf(&it)
			last.md = page.ResultMetadata
			var m evidence.Meta
			r.c.Read(&m, page.ResultMetadata)
			last.from = []evidence.Meta{m}
		}
	}
	return id, last, true
}

// recorderItem is the configuration of an AWS::Config::ConfigurationRecorder item; members of AWS's own resource schema.
// https://github.com/awslabs/aws-config-resource-schema
type recorderItem struct {
	Name           string
	Recording      *bool
	RecordingGroup *struct {
		AllSupported               *bool
		IncludeGlobalResourceTypes bool
		ResourceTypes              []string
		RecordingStrategy          *struct{ UseOnly string }
		ExclusionByResourceTypes   *struct{ ResourceTypes []string }
	}
	RecordingMode *struct {
		RecordingFrequency     string
		RecordingModeOverrides []struct {
			RecordingFrequency string
			ResourceTypes      []string
		}
	}
}

func nameOf(it *configitem.Item) string {
	var x recorderItem
	if ok, err := configitem.Decode(it.Configuration, &x); ok && err == nil && x.Name != "" {
		return x.Name
	}
	return it.ResourceName
}

// turnOf reads an item of the recorder. What is not in the documented form tells nothing.
func turnOf(it *configitem.Item) turn {
	t := turn{at: it.Captured}
	switch it.Status {
	case evidence.StatusDeleted, evidence.StatusDeletedNotRecorded:
		t.code, t.why = evidence.NoRecorder, "the recorder was deleted"
		return t
	}
	var x recorderItem
	ok, err := configitem.Decode(it.Configuration, &x)
	switch {
	case err != nil || !ok || x.Recording == nil:
		t.code, t.why = evidence.RecorderUntold, "the recorder's configuration item does not tell whether it was on"
	case !*x.Recording:
		t.code, t.why = evidence.RecorderStopped, "the recorder was stopped"
	case x.RecordingGroup == nil || x.RecordingGroup.AllSupported == nil && x.RecordingGroup.RecordingStrategy == nil:
		t.code, t.why = evidence.RecorderUntold, "the recorder's configuration item does not tell what it recorded"
	default:
		g := x.RecordingGroup
		rec := types.ConfigurationRecorder{RecordingGroup: &types.RecordingGroup{AllSupported: aws.ToBool(g.AllSupported), IncludeGlobalResourceTypes: g.IncludeGlobalResourceTypes, ResourceTypes: typed(g.ResourceTypes)}}
		if g.RecordingStrategy != nil {
			rec.RecordingGroup.RecordingStrategy = &types.RecordingStrategy{UseOnly: types.RecordingStrategyType(g.RecordingStrategy.UseOnly)}
		}
		if g.ExclusionByResourceTypes != nil {
			rec.RecordingGroup.ExclusionByResourceTypes = &types.ExclusionByResourceTypes{ResourceTypes: typed(g.ExclusionByResourceTypes.ResourceTypes)}
		}
		if m := x.RecordingMode; m != nil {
			rec.RecordingMode = &types.RecordingMode{RecordingFrequency: types.RecordingFrequency(m.RecordingFrequency)}
			for _, o := range m.RecordingModeOverrides {
				rec.RecordingMode.RecordingModeOverrides = append(rec.RecordingMode.RecordingModeOverrides,
					types.RecordingModeOverride{RecordingFrequency: types.RecordingFrequency(o.RecordingFrequency), ResourceTypes: typed(o.ResourceTypes)})
			}
		}
		t.on, t.set = true, settingsOf(&rec)
	}
	return t
}

func typed(in []string) []types.ResourceType {
	var out []types.ResourceType
	for _, t := range in {
		out = append(out, types.ResourceType(t))
	}
	return out
}

type span struct {
	turn
	from, to time.Time
}

// spans makes the period of the recorder's turns and of what its status tells now: whether it is on, its last start and its last stop.
func (r *reader) spans(turns []turn, whole bool, from, to time.Time) []span {
	untold := func(why string) turn { return turn{code: evidence.RecorderUntold, why: why} }
	if !whole {
		return []span{{untold("the recorder's own history could not be read"), from, to}}
	}
	if r.status == nil {
		return []span{{untold("AWS told no status of the recorder"), from, to}}
	}
	// The last turn that was written down must be what the recorder is now, or something happened since.
	if n := len(turns); n > 0 && !r.asNow(turns[n-1]) {
		last := turns[n-1]
		turns = append(turns, turn{at: last.at, code: evidence.RecorderUntold, why: "the recorder is set otherwise than its last configuration item says"})
	}
	cuts := []time.Time{from, to}
	for _, t := range turns {
		cuts = append(cuts, t.at)
	}
	start, stop := r.status.LastStart, r.status.LastStop
	for _, t := range []*time.Time{start, stop, r.status.StatusChanged} {
		if t != nil {
			cuts = append(cuts, *t)
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	var out []span
	for i := range cuts[1:] {
		a, b := cuts[i], cuts[i+1]
		if a.Before(from) {
			a = from
		}
		if b.After(to) {
			b = to
		}
		if !a.Before(b) {
			continue
		}
		t := untold("AWS Config holds no state of the recorder from before")
		for _, x := range turns {
			if !x.at.After(a) {
				t = x
			}
		}
		// What the status tells comes before what was written down: it is exact, and the item follows the change.
		switch {
		case r.status.Recording && stop != nil && start != nil && stop.Before(*start) && !a.Before(*stop) && a.Before(*start),
			!r.status.Recording && stop != nil && !a.Before(*stop):
			t = turn{code: evidence.RecorderStopped, why: "the recorder was stopped", from: t.from}
		case !r.status.Recording && (stop == nil || start == nil):
			t = turn{code: evidence.RecorderStopped, why: "the recorder is off, and was never seen to be on"}
		case failing(r.status.Status) && (r.status.StatusChanged == nil || !a.Before(*r.status.StatusChanged)):
			t = turn{code: evidence.RecorderUntold, why: "AWS Config says that recording fails"}
		case t.on && start != nil && a.Before(*start) && (stop == nil || !stop.Before(*start)):
			t = untold("the recorder was started later than its configuration item says")
		case !t.on && r.status.Recording && start != nil && !a.Before(*start) && (t.code == evidence.RecorderStopped || t.at.IsZero()):
			t = r.startedAfter(turns, t, *start)
		}
		if n := len(out); n > 0 && sameTurn(out[n-1].turn, t) && out[n-1].to.Equal(a) {
			out[n-1].to = b
			continue
		}
		out = append(out, span{t, a, b})
	}
	return out
}

// startedAfter gives the turn that a start by the status belongs to, where the item that follows the start was captured a little later: the
// recorder was on from its start, with what that item says. Without one nothing tells what it recorded.
func (r *reader) startedAfter(turns []turn, stopped turn, start time.Time) turn {
	for _, x := range turns {
		if !x.at.Before(start) {
			if x.on && x.at.Sub(start) <= itemDelay {
				return x
			}
			break
		}
	}
	return turn{code: evidence.RecorderUntold, why: "the recorder was started, and no configuration item tells what it recorded", from: stopped.from}
}

// itemDelay is how long after a change of the recorder its item may be captured and still be of that change.
const itemDelay = time.Hour

// asNow reports whether a turn says what the recorder's settings and status say now, as far as the types in scope go.
func (r *reader) asNow(t turn) bool {
	if t.on != r.status.Recording {
		return false
	}
	if !t.on {
		return t.code == evidence.RecorderStopped
	}
	for _, typ := range r.c.Scope.History {
		then := t.set.group.covers(r.c.Global(typ), typ, t.set.frequency, t.set.overrides)
		if then != covers(r.recorder, r.c.Global(typ), typ) {
			return false
		}
	}
	return true
}

func failing(status *string) bool {
	return status != nil && slices.Contains([]string{"Failure", "FAILURE"}, *status)
}

func sameTurn(a, b turn) bool {
	return a.item == b.item && a.code == b.code && a.why == b.why && a.on == b.on
}

func (r *reader) emitSpan(t turn, from, to time.Time) error {
	x := &Recording{Meta: r.c.Meta(r.c.Account + "/" + r.c.Region + "@" + from.Format(time.RFC3339)), From: from, To: to, Code: t.code, Reason: t.why, Overrides: []TypeOverride{}}
	r.c.Read(&x.Meta, r.recordersPage)
	if r.status != nil {
		for _, e := range r.status.Evidence {
			x.ReadFrom(e, r.status.Collected)
		}
	}
	for _, m := range t.from {
		for _, e := range m.Evidence {
			x.ReadFrom(e, m.Collected)
		}
	}
	if t.item != "" {
		x.Item = &t.item
	}
	switch t.code {
	case evidence.RecorderUntold:
		if r.untold != nil {
			x.UnknownBy(*r.untold, "on", "code", "reason", "group", "frequency", "overrides", "item", "since", "from", "to")
		}
	case evidence.RecorderStopped, evidence.NoRecorder:
		x.On = aws.Bool(false)
	case "":
		x.On, x.Group, x.Frequency, x.Overrides = aws.Bool(true), t.set.group, t.set.frequency, t.set.overrides
		since := t.at
		if r.status != nil && r.status.LastStart != nil && r.status.LastStart.After(since) && !r.status.LastStart.After(from) {
			since = *r.status.LastStart
		}
		if !since.IsZero() && !since.After(from) {
			x.Since = &since
		}
	}
	return r.c.Emit(x)
}
