package main

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// The states of the demo's history read alike by the decoder that is fast and by the one that everything else is read with.
func TestHistoryIsReadAlike(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pack")
	var out bytes.Buffer
	a := &app{out: &out, err: &out, now: time.Now, random: rand.Reader}
	if code := a.main(t.Context(), []string{"demo", "--out", dir}); code != exitDone {
		t.Fatalf("exit code %d\n%s", code, out.String())
	}
	states := 0
	history := filepath.Join(dir, historyDir)
	open := assess.OpenHistory(os.DirFS(history), pastKinds())
	for _, k := range pastKinds() {
		data, err := os.ReadFile(filepath.Join(history, k.Name+".jsonl"))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.SplitAfter(data, []byte("\n"))
		err = open(k.Name, func(got *evidence.State) error {
			want, err := evidence.DecodeState(lines[0], k)
			if err != nil {
				return err
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s %s: %+v %+v, want %+v %+v", k.Name, got.Resource, got, got.Record, want, want.Record)
			}
			lines = lines[1:]
			states++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if states < 300 {
		t.Errorf("the demo has %d states", states)
	}
}
