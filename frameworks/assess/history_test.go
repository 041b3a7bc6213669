package assess

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// gate is a record of its own.
type gate struct {
	evidence.Meta
	Open bool `json:"open" cel:"open" doc:"Whether it is open."`
}

func (*gate) Kind() string { return "house.gate" }

// A file of states is read in order, however many are decoded at once; whatever is wrong names file and line, and nothing comes after it.
func TestOpenHistory(t *testing.T) {
	kinds := []evidence.Kind{evidence.KindOf[gate]("Gates.")}
	const n = 1000
	var file bytes.Buffer
	for i := range n {
		g := &gate{Open: i%2 == 0}
		g.ID, g.Evidence = fmt.Sprint(i), []string{"E-0000000000000001"}
		line, err := json.Marshal(&evidence.State{Kind: "house.gate", Resource: fmt.Sprint(i), Account: "111122223333", Region: "eu-west-1", ResourceType: "House::A::Gate", ResourceID: fmt.Sprint(i),
			Captured: time.Unix(int64(i), 0).UTC(), Status: evidence.StatusOK, Source: evidence.FromAPI, Item: "item", Record: g})
		if err != nil {
			t.Fatal(err)
		}
		file.Write(append(line, '\n'))
	}
	whole := file.String()
	read := func(text string, stop int) (int, error) {
		seen := 0
		err := OpenHistory(fstest.MapFS{"house.gate.jsonl": {Data: []byte(text)}}, kinds)("house.gate", func(s *evidence.State) error {
			if s.Resource != fmt.Sprint(seen) {
				t.Fatalf("state %s stands where %d should", s.Resource, seen)
			}
			if seen++; seen == stop {
				return errors.New("enough")
			}
			return nil
		})
		return seen, err
	}
	if seen, err := read(whole, 0); err != nil || seen != n {
		t.Errorf("%d states, %v", seen, err)
	}
	if seen, err := read("", 0); err != nil || seen != 0 {
		t.Errorf("an empty file: %d states, %v", seen, err)
	}
	lines := strings.SplitAfter(whole, "\n")
	for _, at := range []int{1, batchLines, batchLines + 1, n} {
		if seen, err := read(whole, at); seen != at || err == nil || err.Error() != fmt.Sprintf("history/house.gate.jsonl:%d: enough", at) {
			t.Errorf("stopped at %d: %d states, %v", at, seen, err)
		}
		broken := strings.Join(lines[:at-1], "") + `{"kind":"house.gate"}` + "\n" + strings.Join(lines[at:], "")
		if seen, err := read(broken, 0); seen != at-1 || err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("history/house.gate.jsonl:%d: ", at)) {
			t.Errorf("broken at %d: %d states, %v", at, seen, err)
		}
	}
	if seen, err := read(strings.TrimSuffix(whole, "\n"), 0); err == nil || seen != n-1 {
		t.Errorf("cut off: %d states, %v", seen, err)
	}
	open := OpenHistory(fstest.MapFS{}, kinds)
	for _, kind := range []string{"house.gate", "house.roof"} {
		if err := open(kind, func(*evidence.State) error { return nil }); err == nil {
			t.Errorf("%s: an empty past where there is no file", kind)
		}
	}
}
