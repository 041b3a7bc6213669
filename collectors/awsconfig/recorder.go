package awsconfig

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// recorders reads the customer managed recorder and its status. Without a name AWS gives no other.
func (r *reader) recorders(ctx context.Context) error {
	out, err := r.api.DescribeConfigurationRecorders(ctx, &configservice.DescribeConfigurationRecordersInput{})
	if err != nil {
		r.unread(err, []string{"config.recorder", recordingKind}, "has_recorder", "recorder_name", "recording", "recorder_status", "recorded_throughout")
		return nil
	}
	r.asked, r.recordersPage = true, out.ResultMetadata
	r.c.Read(&r.region.Meta, out.ResultMetadata)
	if len(out.ConfigurationRecorders) == 0 {
		r.region.RecordedThroughout = aws.Bool(false)
		return nil
	}
	status, failed := r.recorderStatus(ctx)
	for i := range out.ConfigurationRecorders {
		x := &out.ConfigurationRecorders[i]
		rec := r.recorderOf(x)
		r.c.Read(&rec.Meta, out.ResultMetadata)
		read := []string{"recording", "status", "status_changed", "last_start", "last_stop", "last_error_code", "last_error_message",
			"started_in_period", "stopped_in_period", "recorded_throughout"}
		gap := failed
		switch s := statusOf(status, x); {
		case gap != nil:
			rec.Meta.UnknownBy(*gap, read...)
		case s == nil:
			g := r.half(status.ResultMetadata, "DescribeConfigurationRecorderStatus", "MissingStatus", "AWS told no status of the recorder "+rec.Name, &rec.Meta, read)
			gap = &g
		default:
			r.c.Read(&rec.Meta, status.ResultMetadata)
			rec.fill(s, r.c.Period)
		}
		if x.ServicePrincipal == nil && r.recorder == nil {
			r.recorder = x
			r.summarize(rec, gap)
		}
		if err := r.c.Emit(rec); err != nil {
			return err
		}
	}
	if r.recorder == nil {
		r.region.RecordedThroughout = aws.Bool(false)
	}
	return nil
}

func (r *reader) recorderStatus(ctx context.Context) (*configservice.DescribeConfigurationRecorderStatusOutput, *evidence.Gap) {
	out, err := r.api.DescribeConfigurationRecorderStatus(ctx, &configservice.DescribeConfigurationRecorderStatusInput{})
	if err != nil {
		g := r.c.Unknown(nil, err, "recording", "status", "recorded_throughout")
		return nil, &g
	}
	return out, nil
}

func statusOf(out *configservice.DescribeConfigurationRecorderStatusOutput, x *types.ConfigurationRecorder) *types.ConfigurationRecorderStatus {
	if out == nil {
		return nil
	}
	for i := range out.ConfigurationRecordersStatus {
		if s := &out.ConfigurationRecordersStatus[i]; aws.ToString(s.Name) == aws.ToString(x.Name) {
			return s
		}
	}
	return nil
}

// summarize copies what the region's record tells about its recorder.
func (r *reader) summarize(rec *Recorder, gap *evidence.Gap) {
	g := r.region
	g.HasRecorder, g.RecorderName = true, &rec.Name
	r.untold = gap
	if gap == nil {
		r.status = rec
	}
	if gap != nil {
		g.Meta.UnknownBy(*gap, "recording", "recorder_status", "recorded_throughout")
		return
	}
	g.Recording, g.RecorderStatus, g.RecordedThroughout = rec.Recording, rec.Status, rec.RecordedThroughout
	for _, e := range rec.Evidence {
		if !slices.Contains(g.Evidence, e) {
			g.Evidence = append(g.Evidence, e)
		}
	}
	if rec.Collected.After(g.Collected) {
		g.Collected = rec.Collected
	}
}

func (r *reader) recorderOf(x *types.ConfigurationRecorder) *Recorder {
	name := aws.ToString(x.Name)
	id := aws.ToString(x.Arn)
	if id == "" {
		id = r.c.Account + "/" + r.c.Region + "/" + name
	}
	rec := &Recorder{Meta: r.c.Meta(id), Name: name, Role: x.RoleARN, RecordingScope: cell.Text(x.RecordingScope), ServicePrincipal: x.ServicePrincipal,
		Overrides: []TypeOverride{}}
	if g := x.RecordingGroup; g != nil {
		rec.Group = groupOf(g)
	}
	if m := x.RecordingMode; m != nil && m.RecordingFrequency != "" {
		all := m.RecordingFrequency == types.RecordingFrequencyContinuous
		rec.Frequency = cell.Text(m.RecordingFrequency)
		for _, o := range m.RecordingModeOverrides {
			all = all && o.RecordingFrequency == types.RecordingFrequencyContinuous
			rec.Overrides = append(rec.Overrides, TypeOverride{Frequency: string(o.RecordingFrequency), Types: cell.List(o.ResourceTypes)})
		}
		rec.Continuous = &all
	}
	return rec
}

func groupOf(g *types.RecordingGroup) *Group {
	out := &Group{AllSupported: g.AllSupported, GlobalTypes: g.IncludeGlobalResourceTypes, Types: cell.List(g.ResourceTypes), ExcludedTypes: []string{}}
	if g.ExclusionByResourceTypes != nil {
		out.ExcludedTypes = cell.List(g.ExclusionByResourceTypes.ResourceTypes)
	}
	strategy := types.RecordingStrategyType("")
	if g.RecordingStrategy != nil {
		strategy = g.RecordingStrategy.UseOnly
		out.Strategy = cell.Text(strategy)
	}
	switch strategy {
	case types.RecordingStrategyTypeExclusionByResourceTypes:
		out.AllTypes = len(out.ExcludedTypes) == 0
	case types.RecordingStrategyTypeAllSupportedResourceTypes, "":
		out.AllTypes = g.AllSupported && len(out.ExcludedTypes) == 0
	}
	return out
}

func (rec *Recorder) fill(s *types.ConfigurationRecorderStatus, p evidence.Period) {
	rec.Recording, rec.Status, rec.StatusChanged = s.Recording, cell.Text(s.LastStatus), cell.UTC(s.LastStatusChangeTime)
	rec.LastStart, rec.LastStop = cell.UTC(s.LastStartTime), cell.UTC(s.LastStopTime)
	rec.LastErrorCode, rec.LastErrorMessage = s.LastErrorCode, s.LastErrorMessage
	rec.StartedInPeriod = rec.LastStart != nil && p.Contains(*rec.LastStart)
	rec.StoppedInPeriod = rec.LastStop != nil && p.Contains(*rec.LastStop)
	rec.RecordedThroughout = throughout(rec.Recording, rec.LastStart, rec.LastStop, p)
}

// throughout says whether a recorder was on over the whole period, from its last start and stop: nil where they can't tell. A recorder
// that is on has been on since its last start, and one that is off since its last stop.
func throughout(recording bool, start, stop *time.Time, p evidence.Period) *bool {
	yes, no := aws.Bool(true), aws.Bool(false)
	switch {
	case start == nil && recording:
		return nil
	case start == nil:
		return no // never started
	case recording && stop != nil && stop.After(*start):
		return nil // on, and yet stopped after its last start: one of the two is not so
	case recording && !start.After(p.From):
		return yes
	case recording && stop != nil && !stop.Before(p.To):
		return nil // the last hole lies behind the period, and hides what was before it
	case recording:
		return no // started after the period began, and off just before
	case stop == nil:
		return nil
	case stop.Before(p.To):
		return no
	case !start.After(p.From):
		return yes // stopped after the period
	case start.Before(p.To):
		return no
	}
	return nil
}
