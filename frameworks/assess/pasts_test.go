package assess

import (
	"slices"
	"strings"
	"testing"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// Each row is a past of one lock, and what it was all through the quarter.
func TestPasts(t *testing.T) {
	const day, month = "24h", "744h"
	created := func(s *evidence.State, at string) {
		t := on(at)
		s.Created = &t
	}
	for _, c := range []struct {
		name      string
		tolerance string
		past      func(w *world)
		lock      string // what the line of the lock reads
		place     string // what the line of the account and region reads
		result    Result
		reason    string // a part of it
	}{
		{"closed all the time", "", func(w *world) { w.state("a", "05-01", "closed") }, "met 07-01", "", Met, "The one selected resource met it all the time."},
		{"captured at the very beginning", "", func(w *world) { w.state("a", "07-01", "closed") }, "met 07-01", "", Met, ""},
		{"the state before the period that counts is the last", "", func(w *world) {
			w.state("a", "05-01", "open")
			w.state("a", "06-01", "closed")
		}, "met 07-01", "", Met, ""},
		{"an exception of an hour, none tolerated", "", func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "08-01 10:00", "open")
			w.state("a", "08-01 11:00", "closed")
		}, "met 07-01 > exception 08-01 10:00 > met 08-01 11:00", "", Exception, "1 did not meet it all the time, of 1 selected resource: 1 exception."},
		{"an exception as long as the tolerance", "1h", func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "08-01 10:00", "open")
			w.state("a", "08-01 11:00", "closed")
		}, "met 07-01 > exception 08-01 10:00 tolerated > met 08-01 11:00", "", Met, "1 exception lasted no longer than the tolerance of 1h."},
		{"two states of one exception are one exception", "90m", func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "08-01 10:00", "open")
			w.state("a", "08-01 11:00", "open").Record.(*lock).Bolts = new(int)
			w.state("a", "08-01 12:00", "closed")
		}, "met 07-01 > exception 08-01 10:00 > met 08-01 12:00", "", Exception, ""},
		{"not selected for a month", "", func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "08-01", "removed")
			w.state("a", "09-01", "closed")
		}, "met 07-01 > not-selected 08-01 > met 09-01", "", Met, ""},
		{"never selected", "", func(w *world) { w.state("a", "05-01", "removed") }, "not-selected 07-01", "", NotTested, "No occurrences in the period; operating effectiveness not tested."},
		{"nothing was there", "", func(w *world) {}, "", "", NotTested, "No occurrences in the period; operating effectiveness not tested."},
		{"gone before the period", "", func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "06-01", evidence.StatusDeleted)
		}, "", "", NotTested, ""},
		{"deleted in the period", "", func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "08-01", evidence.StatusDeleted)
		}, "met 07-01 > absent 08-01", "", Met, ""},
		{"deleted, and not recorded", "", func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "08-01", evidence.StatusDeletedNotRecorded)
		}, "met 07-01 > absent 08-01", "", Met, ""},
		{"made in the period, and captured five minutes later", "10m", func(w *world) {
			created(w.state("a", "08-01 12:05", "closed"), "08-01 12:00")
		}, "absent 07-01 > unknown NoItemBefore 08-01 12:00 > met 08-01 12:05", "", Met, "Some of it is unknown for at most 5 min at a time, which the tolerance of 10m covers."},
		{"made in the period, and no moment is tolerated", "", func(w *world) {
			created(w.state("a", "08-01 12:05", "closed"), "08-01 12:00")
		}, "absent 07-01 > unknown NoItemBefore 08-01 12:00 > met 08-01 12:05", "", Incomplete, "1 unknown interval: AWS Config has no item of it from that time."},
		{"made open: what is unknown before counts with the exception", "10m", func(w *world) {
			created(w.state("a", "08-01 12:05", "open"), "08-01 12:00")
			w.state("a", "08-01 12:12", "closed")
		}, "absent 07-01 > unknown NoItemBefore 08-01 12:00 > exception 08-01 12:05 tolerated > met 08-01 12:12", "", Incomplete, ""},
		{"never selected, and unknown for a moment", "10m", func(w *world) {
			created(w.state("a", "08-01 12:05", "removed"), "08-01 12:00")
		}, "absent 07-01 > unknown NoItemBefore 08-01 12:00 > not-selected 08-01 12:05", "", Incomplete, "No resource is known to have been selected"},
		{"discovered in the period, by a recorder that was always on", "", func(w *world) {
			s := w.state("a", "08-01 12:05", "closed")
			s.Status = evidence.StatusDiscovered
		}, "absent 07-01 > met 08-01 12:05", "", Met, ""},
		{"discovered on the first day, as a recorder does that was just turned on", day, func(w *world) {
			s := w.state("a", "07-01 23:00", "closed")
			s.Status = evidence.StatusDiscovered
		}, "unknown NoItemBefore 07-01 > met 07-01 23:00", "", Met, ""},
		{"discovered behind the period, by a recorder that was always on", "", func(w *world) {
			w.state("a", "10-01 12:00", "open").Status = evidence.StatusDiscovered
		}, "absent 07-01", "", NotTested, ""},
		{"discovered behind the period, and the recorder was off at its end", "", func(w *world) {
			w.recording = nil
			w.record("07-01", "09-20", "", false)
			w.record("09-20", "10-01", evidence.RecorderStopped, false)
			w.state("a", "10-01 12:00", "open").Status = evidence.StatusDiscovered
		}, "unknown NoItemBefore 07-01 > unknown RecorderStopped 09-20", "unknown RecorderStopped 09-20", Incomplete, ""},
		{"first captured behind the period, and nothing says that it is new", "", func(w *world) {
			w.state("a", "10-01 12:00", "open")
		}, "unknown NoItemBefore 07-01", "", Incomplete, ""},
		{"made behind the period", "", func(w *world) {
			created(w.state("a", "10-01 12:00", "open"), "10-01 11:55")
		}, "absent 07-01", "", NotTested, ""},
		{"discovered after the recorder was off", day, func(w *world) {
			w.recording = nil
			w.record("07-01", "07-03", "", false)
			w.record("07-03", "07-04", evidence.RecorderStopped, false)
			w.record("07-04", "10-01", "", false)
			s := w.state("a", "08-01", "closed")
			s.Status = evidence.StatusDiscovered
		}, "unknown NoItemBefore 07-01 > unknown RecorderStopped 07-03 > unknown NoItemBefore 07-04 > met 08-01", "unknown RecorderStopped 07-03", Incomplete, ""},
		{"no item before, and AWS does not say since when it is there", month, func(w *world) {
			w.state("a", "07-20", "closed")
		}, "unknown NoItemBefore 07-01 > met 07-20", "", Met, "which the tolerance of 744h covers"},
		{"made before the period, and no item before", day, func(w *world) {
			created(w.state("a", "07-20", "closed"), "03-01")
		}, "unknown NoItemBefore 07-01 > met 07-20", "", Incomplete, ""},
		{"made after it was captured: AWS contradicts itself", day, func(w *world) {
			created(w.state("a", "07-20", "closed"), "08-01")
		}, "unknown NoItemBefore 07-01 > met 07-20", "", Incomplete, ""},
		{"first seen gone", day, func(w *world) {
			w.state("a", "07-20", evidence.StatusDeleted)
		}, "unknown NoItemBefore 07-01 > absent 07-20", "", Incomplete, ""},
		{"items are kept for too short a time", day, func(w *world) {
			w.retention = []evidence.Record{&retention{Meta: meta("retention"), Since: on("08-01")}}
			w.state("a", "08-10", "closed")
		}, "unknown RetentionTooShort 07-01 > unknown NoItemBefore 08-01 > met 08-10", "unknown RetentionTooShort 07-01", Incomplete, ""},
		{"items are kept for too short a time, and one from before is still there", day, func(w *world) {
			w.retention = []evidence.Record{&retention{Meta: meta("retention"), Since: on("08-01")}}
			w.state("a", "06-10", "closed")
		}, "met 07-01", "unknown RetentionTooShort 07-01", Incomplete, ""},
		{"nothing tells how long items are kept", day, func(w *world) {
			w.retention = nil
			w.state("a", "06-10", "closed")
		}, "met 07-01", "unknown RetentionTooShort 07-01", Incomplete, ""},
		{"one of two records tells how long items are kept", day, func(w *world) {
			w.retention = append(w.retention, &retention{Meta: meta("other")})
			w.state("a", "06-10", "closed")
		}, "met 07-01", "unknown RetentionTooShort 07-01", Incomplete, ""},
		{"gone, and there again", "10m", func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "08-01", evidence.StatusDeleted)
			created(w.state("a", "09-01 12:05", "closed"), "09-01 12:00")
		}, "met 07-01 > absent 08-01 > unknown NoItemBefore 09-01 12:00 > met 09-01 12:05", "", Met, ""},
		{"gone, and there again though it was made before", day, func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "08-01", evidence.StatusDeleted)
			created(w.state("a", "09-01", "closed"), "03-01")
		}, "met 07-01 > unknown ItemsContradict 08-01 > met 09-01", "", Incomplete, ""},
		{"another of the same id, and nobody saw the first one go", "10m", func(w *world) {
			created(w.state("a", "05-01", "closed"), "03-01")
			created(w.state("a", "09-01 13:00", "closed"), "09-01 12:00")
		}, "met 07-01 > unknown NoItemBefore 09-01 12:00 > met 09-01 13:00", "", Incomplete, ""},
		{"a bucket's date of creation moves", day, func(w *world) {
			w.past.Type, w.scope.History = "AWS::S3::Bucket", []string{"AWS::S3::Bucket"}
			created(w.state("a", "08-01 12:05", "closed"), "08-01 12:00")
			w.states[0].ResourceType = w.past.Type
		}, "unknown NoItemBefore 07-01 > met 08-01 12:05", "", Incomplete, ""},
		{"a bucket that is new to AWS Config", "10m", func(w *world) {
			w.past.Type, w.scope.History = "AWS::S3::Bucket", []string{"AWS::S3::Bucket"}
			created(w.state("a", "08-01 12:05", "closed"), "08-01 12:00")
			w.states[0].ResourceType, w.states[0].Status = w.past.Type, evidence.StatusDiscovered
		}, "absent 07-01 > unknown NoItemBefore 08-01 12:00 > met 08-01 12:05", "", Met, ""},
		{"the recorder off for a week", day, func(w *world) {
			w.recording = nil
			w.record("07-01", "08-03", "", false)
			w.record("08-03", "08-10", evidence.RecorderStopped, false)
			w.record("08-10", "10-01", "", false)
			w.state("a", "05-01", "closed")
		}, "met 07-01 > unknown RecorderStopped 08-03 > unknown RecorderStopped 08-10 > met 08-11", "unknown RecorderStopped 08-03", Incomplete, "AWS Config's recorder was off"},
		{"the recorder off for a week, and an item as soon as it was on", day, func(w *world) {
			w.recording = nil
			w.record("07-01", "08-03", "", false)
			w.record("08-03", "08-10", evidence.RecorderStopped, false)
			w.record("08-10", "10-01", "", false)
			w.state("a", "05-01", "closed")
			w.state("a", "08-10 00:03", "open")
			w.state("a", "08-10 00:04", "closed")
		}, "met 07-01 > unknown RecorderStopped 08-03 > unknown RecorderStopped 08-10 > exception 08-10 00:03 tolerated > met 08-10 00:04", "unknown RecorderStopped 08-03", Incomplete, ""},
		{"an exception ends where the recorder stops", "72h", func(w *world) {
			w.recording = nil
			w.record("07-01", "08-03", "", false)
			w.record("08-03", "08-10", evidence.RecorderStopped, false)
			w.record("08-10", "10-01", "", false)
			w.state("a", "05-01", "closed")
			w.state("a", "08-02", "open")
			w.state("a", "08-10 00:05", "closed")
		}, "met 07-01 > exception 08-02 tolerated > unknown RecorderStopped 08-03 > unknown RecorderStopped 08-10 > met 08-10 00:05", "unknown RecorderStopped 08-03", Incomplete, ""},
		{"off until the end", day, func(w *world) {
			w.recording = nil
			w.record("07-01", "09-03", "", false)
			w.record("09-03", "10-01", evidence.RecorderStopped, false)
			w.state("a", "05-01", "closed")
		}, "met 07-01 > unknown RecorderStopped 09-03", "unknown RecorderStopped 09-03", Incomplete, ""},
		{"off for less than the tolerance", "72h", func(w *world) {
			w.recording = nil
			w.record("07-01", "08-03", "", false)
			w.record("08-03", "08-04", evidence.RecorderStopped, false)
			w.record("08-04", "10-01", "", false)
			w.state("a", "05-01", "closed")
		}, "met 07-01 > unknown RecorderStopped 08-03 > unknown RecorderStopped 08-04 > met 08-05", "unknown RecorderStopped 08-03", Met, "Some of it is unknown for at most 2 d at a time, which the tolerance of 72h covers."},
		{"turned on an hour before the period", day, func(w *world) {
			w.recording[0].(*recordingSpan).Since = on("06-30 23:00")
			w.state("a", "05-01", "closed")
		}, "unknown RecorderStopped 07-01 > met 07-01 23:00", "", Met, ""},
		{"turned on an hour before the period, and captured since", "", func(w *world) {
			w.recording[0].(*recordingSpan).Since = on("06-30 23:00")
			w.state("a", "06-30 23:30", "closed")
		}, "met 07-01", "", Met, ""},
		{"turned on as the period begins", "", func(w *world) {
			w.recording[0].(*recordingSpan).Since = on("07-01")
			w.state("a", "05-01", "closed")
		}, "unknown RecorderStopped 07-01 > met 07-02", "", Incomplete, ""},
		{"turned on two days before the period", "", func(w *world) {
			w.recording[0].(*recordingSpan).Since = on("06-29")
			w.state("a", "05-01", "closed")
		}, "met 07-01", "", Met, ""},
		{"turned on an hour before the period, and discovered in it", "", func(w *world) {
			w.recording[0].(*recordingSpan).Since = on("06-30 23:00")
			w.state("a", "08-01", "closed").Status = evidence.StatusDiscovered
		}, "absent 07-01 > met 08-01", "", Met, ""},
		{"set otherwise in the period, which changes nothing for the type", "", func(w *world) {
			w.recording = nil
			w.record("07-01", "08-03", "", false)
			w.record("08-03", "10-01", "", false)
			w.recording[1].(*recordingSpan).Since = on("08-03")
			w.state("a", "05-01", "closed")
		}, "met 07-01", "", Met, ""},
		{"an item of the time in which the recorder was off", day, func(w *world) {
			w.recording = nil
			w.record("07-01", "08-03", "", false)
			w.record("08-03", "08-10", evidence.RecorderStopped, false)
			w.record("08-10", "10-01", "", false)
			w.state("a", "08-05", "closed")
		}, "unknown NoItemBefore 07-01 > unknown RecorderStopped 08-03 > unknown RecorderStopped 08-10 > met 08-11", "unknown RecorderStopped 08-03", Incomplete, ""},
		{"deleted, and then the recorder off", day, func(w *world) {
			w.recording = nil
			w.record("07-01", "08-03", "", false)
			w.record("08-03", "10-01", evidence.RecorderStopped, false)
			w.state("a", "05-01", "closed")
			w.state("a", "08-01", evidence.StatusDeleted)
		}, "met 07-01 > absent 08-01 > unknown RecorderStopped 08-03", "unknown RecorderStopped 08-03", Incomplete, ""},
		{"no recorder", day, func(w *world) {
			w.recording = nil
			w.record("07-01", "10-01", evidence.NoRecorder, false)
		}, "", "unknown NoRecorder 07-01", Incomplete, "No exception is shown, but not everything that decides is known of the whole period. 1 unknown interval: there was no AWS Config recorder."},
		{"the type not recorded", day, func(w *world) {
			w.recording = nil
			w.record("07-01", "08-01", evidence.TypeNotRecorded, false)
			w.record("08-01", "10-01", "", false)
			w.state("a", "05-01", "closed")
		}, "unknown TypeNotRecorded 07-01 > unknown TypeNotRecorded 08-01 > met 08-02", "unknown TypeNotRecorded 07-01", Incomplete, ""},
		{"nothing tells of the recorder", day, func(w *world) {
			w.recording = nil
			w.state("a", "05-01", "closed")
		}, "unknown RecorderUntold 07-01", "unknown RecorderUntold 07-01", Incomplete, ""},
		{"nothing tells of the recorder for a while", day, func(w *world) {
			w.recording = nil
			w.record("07-01", "08-01", "", false)
			w.record("08-05", "10-01", "", false)
			w.state("a", "05-01", "closed")
		}, "met 07-01 > unknown RecorderUntold 08-01 > unknown RecorderUntold 08-05 > met 08-06", "unknown RecorderUntold 08-01", Incomplete, ""},
		{"two things are told of the recorder", day, func(w *world) {
			w.record("08-01", "08-05", evidence.RecorderStopped, false)
			w.state("a", "05-01", "closed")
		}, "met 07-01 > unknown RecorderUntold 08-01 > unknown RecorderUntold 08-05 > met 08-06", "unknown RecorderUntold 08-01", Incomplete, ""},
		{"daily, and less than a day tolerated", "23h", func(w *world) {
			w.recording = nil
			w.record("07-01", "10-01", "", true)
			w.state("a", "05-01", "closed")
		}, "unknown DailyRecording 07-01", "unknown DailyRecording 07-01", Incomplete, ""},
		{"daily, and nothing was there", "", func(w *world) {
			w.recording = nil
			w.record("07-01", "10-01", "", true)
		}, "", "unknown DailyRecording 07-01", Incomplete, ""},
		{"daily, and a day tolerated", day, func(w *world) {
			w.recording = nil
			w.record("07-01", "10-01", "", true)
			w.state("a", "05-01", "closed")
		}, "met 07-01", "", Met, ""},
		{"daily, and an exception of a day by its items", "47h", func(w *world) {
			w.recording = nil
			w.record("07-01", "10-01", "", true)
			w.state("a", "05-01", "closed")
			w.state("a", "08-02", "open")
			w.state("a", "08-03", "closed")
		}, "met 07-01 > unknown DailyRecording 08-01 > exception 08-02 tolerated > met 08-03", "", Incomplete, ""},
		{"daily, and an exception that the tolerance covers with the day before it", "48h", func(w *world) {
			w.recording = nil
			w.record("07-01", "10-01", "", true)
			w.state("a", "05-01", "closed")
			w.state("a", "08-02", "open")
			w.state("a", "08-03", "closed")
		}, "met 07-01 > unknown DailyRecording 08-01 > exception 08-02 tolerated > met 08-03", "", Met, ""},
		{"an item that says that it is a day's", day, func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "08-02", "removed").Daily = true
		}, "met 07-01 > unknown DailyRecording 08-01 > not-selected 08-02", "", Met, ""},
		{"an item that one of two sources calls a day's", day, func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "08-02", "removed").Source = evidence.FromDelivery
			w.state("a", "08-02", "removed").Daily = true
		}, "met 07-01 > unknown DailyRecording 08-01 > not-selected 08-02", "", Met, ""},
		{"off twice, each time for less than the tolerance", day, func(w *world) {
			w.recording = nil
			w.record("07-01", "08-03", "", false)
			w.record("08-03", "08-03 20:00", evidence.RecorderStopped, false)
			w.record("08-03 20:00", "08-09", "", false)
			w.record("08-09", "08-09 20:00", evidence.RecorderStopped, false)
			w.record("08-09 20:00", "10-01", "", false)
			w.state("a", "05-01", "closed")
			w.state("a", "08-03 20:01", "closed")
			w.state("a", "08-09 20:01", "closed")
		}, "met 07-01 > unknown RecorderStopped 08-03 > unknown RecorderStopped 08-03 20:00 > met 08-03 20:01 > unknown RecorderStopped 08-09 > unknown RecorderStopped 08-09 20:00 > met 08-09 20:01",
			"unknown RecorderStopped 08-03 > unknown RecorderStopped 08-09", Met, "Some of it is unknown for at most 20 h 1 min at a time, which the tolerance of 24h covers."},
		{"an exception stays one under daily recording", "", func(w *world) {
			w.recording = nil
			w.record("07-01", "10-01", "", true)
			w.state("a", "05-01", "open")
		}, "exception 07-01", "unknown DailyRecording 07-01", Exception, ""},
		{"the resource not recorded", day, func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "08-02", evidence.StatusNotRecorded)
			w.state("a", "08-09", "closed")
		}, "met 07-01 > unknown ResourceNotRecorded 08-02 > met 08-09", "", Incomplete, "AWS Config saw it and did not record its configuration"},
		{"a status that AWS does not document", day, func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "08-02", "ResourceFrozen")
		}, "met 07-01 > unknown ItemUnreadable 08-02", "", Incomplete, ""},
		{"an item that cannot be read", day, func(w *world) {
			w.state("a", "05-01", "closed")
			s := w.state("a", "08-02", "closed")
			s.Record, s.Fault = nil, "configuration: not an object"
		}, "met 07-01 > unknown ItemUnreadable 08-02", "", Incomplete, ""},
		{"an item without a configuration", day, func(w *world) {
			w.state("a", "05-01", "closed").Record = nil
		}, "unknown ItemUnreadable 07-01", "", Incomplete, ""},
		{"a deleted resource's item that cannot be read", day, func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "08-02", evidence.StatusDeleted).Fault = "it has a configuration"
		}, "met 07-01 > unknown ItemUnreadable 08-02", "", Incomplete, ""},
		{"a field that items do not carry", day, func(w *world) {
			w.state("a", "05-01", "closed").Record.Header().Unknown = []evidence.Unknown{{Field: "closed", Code: evidence.NotInItem}}
		}, "unknown NotInItem 07-01", "", Incomplete, ""},
		{"a field that items do not carry, of a lock that is not selected", day, func(w *world) {
			w.state("a", "05-01", "removed").Record.Header().Unknown = []evidence.Unknown{{Field: "closed", Code: evidence.NotInItem}}
		}, "not-selected 07-01", "", NotTested, ""},
		{"two items of one moment", day, func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "08-02", "closed")
			w.state("a", "08-02", "open").Source = evidence.FromDelivery
			w.state("a", "08-09", "closed")
		}, "met 07-01 > unknown ItemsContradict 08-02 > met 08-09", "", Incomplete, ""},
		{"two items of one moment that both sources have, in AWS's order", day, func(w *world) {
			for _, from := range []string{evidence.FromDelivery, evidence.FromAPI} {
				w.state("a", "05-01", "closed").Source = from
				s := w.state("a", "08-02", "open")
				s.Source, s.StateID = from, "99"
				s = w.state("a", "08-02", "closed")
				s.Source, s.StateID = from, "100"
			}
		}, "met 07-01", "", Met, ""},
		{"two items of one moment, each from another source", day, func(w *world) {
			w.state("a", "05-01", "closed")
			w.state("a", "08-02", "open")
			s := w.state("a", "08-02", "closed")
			s.Source, s.StateID = evidence.FromDelivery, "100"
		}, "met 07-01 > unknown ItemsContradict 08-02", "", Incomplete, ""},
		{"the same states from two sources", "", func(w *world) {
			for _, from := range []string{evidence.FromDelivery, evidence.FromAPI} {
				w.state("a", "05-01", "closed").Source = from
				w.state("a", "08-02", "open").Source = from
				w.state("a", "08-03", "closed").Source = from
			}
		}, "met 07-01 > exception 08-02 > met 08-03", "", Exception, ""},
		{"a gap in the history", day, func(w *world) {
			g := gap("config.configuration_item")
			w.ledger = append(w.ledger, g)
			w.state("a", "05-01", "closed")
			w.state("a", "08-02", "open")
			w.state("a", "08-03", "closed")
		}, "unknown HistoryUnread 07-01 > exception 08-02 tolerated > unknown HistoryUnread 08-03", "unknown HistoryUnread 07-01", Incomplete, ""},
		{"a gap in the list of resources", day, func(w *world) {
			w.ledger = append(w.ledger, gap("config.discovered_resource"))
		}, "", "unknown HistoryUnread 07-01", Incomplete, ""},
		{"a gap in what tells of the recorder", day, func(w *world) {
			w.ledger = append(w.ledger, gap("config.recording"))
		}, "", "unknown HistoryUnread 07-01", Incomplete, ""},
		{"a gap in the history of another type", day, func(w *world) {
			g := gap("config.configuration_item")
			g.Gap.History = []string{"Door::Hinge"}
			w.ledger = append(w.ledger, g)
			w.state("a", "05-01", "closed")
		}, "met 07-01", "", Met, ""},
		{"a gap in files that tell of everything", day, func(w *world) {
			g := gap("config.configuration_item")
			g.Gap.Account, g.Gap.Places = "444455556666", []string{"*"}
			w.ledger = append(w.ledger, g)
			w.state("a", "05-01", "closed")
		}, "unknown HistoryUnread 07-01", "unknown HistoryUnread 07-01", Incomplete, ""},
		{"a gap that says that items are kept for too short a time, as the retention does", day, func(w *world) {
			g := gap("config.configuration_item")
			g.Gap.Code = evidence.RetentionTooShort
			w.ledger = append(w.ledger, g)
			w.retention = []evidence.Record{&retention{Meta: meta("retention"), Since: on("07-01 12:00")}}
			w.state("a", "05-01", "closed")
		}, "met 07-01", "unknown RetentionTooShort 07-01", Met, ""},
		{"a gap in the population", day, func(w *world) {
			w.ledger = append(w.ledger, gap("door.lock"))
			w.state("a", "05-01", "closed")
		}, "met 07-01", "", Incomplete, "The population is not whole: 1 gap."},
		{"the history not asked for", day, func(w *world) {
			w.scope.History = []string{"Door::Hinge"}
			w.locks = []*lock{closed(lockARN + "a")}
		}, "", "unknown HistoryNotAsked 07-01", Incomplete, "this audit does not read the past of the type"},
		{"a lock of which AWS Config has no item", day, func(w *world) {
			w.locks = []*lock{closed(lockARN + "a")}
		}, "unknown NoItemBefore 07-01", "", Incomplete, ""},
		{"a lock that AWS Config called deleted before the period, and that is there", day, func(w *world) {
			w.state("a", "05-01", evidence.StatusDeleted)
			w.locks = []*lock{closed(lockARN + "a")}
		}, "unknown NoItemBefore 07-01", "", Incomplete, ""},
		{"a lock that is not selected now, and of which AWS Config has no item", day, func(w *world) {
			w.locks = []*lock{removed(lockARN + "a")}
		}, "unknown NoItemBefore 07-01", "", Incomplete, ""},
		{"an audit before the period's end", day, func(w *world) {
			w.scope.AsOf = on("09-10 12:00")
			w.state("a", "05-01", "closed")
		}, "met 07-01 > unknown NotYet 09-10 12:00", "unknown NotYet 09-10 12:00", Incomplete, "it lies behind the moment of the audit"},
		{"an audit before the period", day, func(w *world) {
			w.scope.AsOf = on("06-10")
			w.state("a", "05-01", "closed")
		}, "unknown NotYet 07-01", "unknown NotYet 07-01", Incomplete, ""},
		{"a state from behind the moment of the audit", day, func(w *world) {
			w.scope.AsOf = on("09-10 12:00")
			w.state("a", "05-01", "closed")
			w.state("a", "09-11", "open")
		}, "met 07-01 > unknown NotYet 09-10 12:00", "unknown NotYet 09-10 12:00", Incomplete, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			c.past(w)
			slices.SortStableFunc(w.states, func(a, b *evidence.State) int { return a.Captured.Compare(b.Captured) })
			a := w.run(t, overYAML("closed", "it.closed", every, c.tolerance))
			if got := w.told("closed", lockARN+"a"); got != c.lock {
				t.Errorf("the lock:\ngot  %s\nwant %s", got, c.lock)
			}
			if got := w.told("closed", place1); got != c.place {
				t.Errorf("the place:\ngot  %s\nwant %s", got, c.place)
			}
			if x := a.Tests[0]; x.Result != c.result || !strings.Contains(x.Reason, c.reason) {
				t.Errorf("%s: %s\nwant %s: %s", x.Result, x.Reason, c.result, c.reason)
			}
		})
	}
}
