package collectors

import (
	"bufio"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/kms"
)

// The states of a kind come out in one order, whatever order they came in, through however many chunks; what was not in force any more when
// the period began is left out, and what one source told twice is there once.
func TestHistoryIsSorted(t *testing.T) {
	p := evidence.Period{From: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}
	var states []*evidence.State
	for i := range 40 {
		for j := range 30 {
			at := p.From.Add(time.Duration(j-10) * 24 * time.Hour) // eleven of them up to the beginning
			states = append(states, &evidence.State{Kind: "kms.key", Resource: fmt.Sprintf("arn:aws:kms:eu-west-1:111122223333:key/%02d\n\x1f=", i), Account: "111122223333", Region: "eu-west-1",
				ResourceType: "AWS::KMS::Key", ResourceID: fmt.Sprint(i), Captured: at, StateID: fmt.Sprint(at.UnixMilli()), Status: evidence.StatusOK, Source: evidence.FromAPI,
				Item: fmt.Sprintf("%d@%d", i, j), Evidence: []string{"E-0000000000000000"}, SHA256: evidence.Sum([]byte{byte(j)}), Record: &kms.Key{Meta: evidence.Meta{ID: fmt.Sprint(i)}, State: "Enabled"}})
		}
	}
	var first string
	for round := range 4 {
		shuffled := slices.Clone(states)
		rand.New(rand.NewSource(int64(round))).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		shuffled = append(shuffled, shuffled[:100]...) // told twice
		dir := t.TempDir()
		tasks := []*task{{spool: newSpool(filepath.Join(dir, "a"))}, {spool: newSpool(filepath.Join(dir, "b"))}}
		for i, s := range shuffled {
			if err := tasks[i%2].spool.emitState(nil, s); err != nil {
				t.Fatal(err)
			}
		}
		for _, x := range tasks {
			if err := x.spool.close(); err != nil {
				t.Fatal(err)
			}
		}
		limit := sortChunk
		if round%2 == 1 {
			limit = 40_000
		}
		r := Run{Dir: dir, Scope: evidence.Scope{Period: p, History: []string{"AWS::KMS::Key"}}}
		if err := r.historyOf(tasks, "kms.key", filepath.Join(dir, "spools"), limit); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(dir, "history", "kms.key.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = string(b)
		}
		if string(b) != first {
			t.Fatalf("round %d: another order gives another file", round)
		}
	}
	in := bufio.NewScanner(strings.NewReader(first))
	n := map[string]int{}
	var last *evidence.State
	for in.Scan() {
		s, err := evidence.DecodeState(in.Bytes(), kms.Past()[0].Records)
		if err != nil {
			t.Fatal(err)
		}
		n[s.Resource]++
		if last != nil && last.Resource == s.Resource && !last.Captured.Before(s.Captured) {
			t.Errorf("%s: %s stands behind %s", s.Resource, s.Captured, last.Captured)
		}
		if s.Captured.Before(p.From) {
			t.Errorf("%s of %s was not in force any more", s.Resource, s.Captured)
		}
		last = s
	}
	if len(n) != 40 {
		t.Fatalf("%d resources", len(n))
	}
	for r, k := range n {
		if k != 20 { // the one in force at the beginning, and nineteen in the period
			t.Errorf("%q has %d states, want 20", r, k)
		}
	}
}
