package assess

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks"
)

// BenchmarkOverThePeriod replays three tests over many resources of twenty states each. Memory is that of the findings: none here.
func BenchmarkOverThePeriod(b *testing.B) {
	const resources, each = 5000, 20
	w := newWorld()
	set, err := frameworks.LoadPack(mapFS("framework: doors\ntitle: Doors\ncontrols:\n  - id: C\n    title: t\n    tests: [a, b, c]\n",
		"tests:\n"+overYAML("a", "it.closed", every, "24h")+overYAML("b", "it.closed", atLeastOne, "")+overYAML("c", `it.state == "Open"`, none, "")), nil, worldKinds(), w.past)
	if err != nil {
		b.Fatal(err)
	}
	in := w.input(set, nil)
	lines := 0
	in.Timeline = func(TimelineEntry) error {
		lines++
		return nil
	}
	var most uint64
	in.History = func(kind string, f func(*evidence.State) error) error {
		if kind != "door.lock" {
			return nil
		}
		for i := range resources {
			id := fmt.Sprintf("%06d", i)
			for k := range each {
				at := quarter.From.Add(time.Duration(k)*4*24*time.Hour - time.Hour)
				s := &evidence.State{Kind: kind, Resource: lockARN + id, Account: "111122223333", Region: "eu-west-1", ResourceType: "Door::Lock", ResourceID: id, Captured: at, StateID: "1",
					Status: evidence.StatusOK, Source: evidence.FromAPI, Item: id, Evidence: []string{"E-1"}, SHA256: evidence.Sum([]byte{byte(k)})}
				l := &lock{Meta: meta(s.Resource), State: "Fitted", Closed: true}
				if k%5 == 4 {
					l.State = "Removed"
				}
				s.Record = l
				if err := f(s); err != nil {
					return err
				}
			}
			if i%1000 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
		return nil
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Run(in); err != nil {
			b.Fatal(err)
		}
	}
	n := float64(b.N) * resources * each
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/n, "ns/state")
	b.ReportMetric(float64(most)/1e6, "MB-heap")
	if lines == 0 {
		b.Fatal("no lines")
	}
}
