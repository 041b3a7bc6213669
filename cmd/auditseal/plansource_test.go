package main

import (
	"strings"
	"testing"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// Both ways to the history are counted, and the cheaper one is named with its reason.
func TestSourceNotes(t *testing.T) {
	sc := evidence.Scope{Accounts: []string{"111122223333", "444455556666"}, Regions: []string{"eu-west-1"}, History: []string{"AWS::KMS::Key"}}
	few := sourceNotes(sc, 1, 92)
	if len(few) != 3 || !strings.Contains(few[0], "30 calls for 1 resources") || !strings.Contains(few[1], "190 listings and at most 1476 files") || !strings.Contains(few[2], "AWS Config's API is the cheaper one") {
		t.Errorf("%q", few)
	}
	sc.Delivery = &evidence.Delivery{Bucket: "b"}
	many := sourceNotes(sc, 10000, 92)
	if !strings.Contains(many[0], "300000 calls") || !strings.Contains(many[0], "8h20m0s") || !strings.Contains(many[2], "the files are the cheaper one: the API takes ") || !strings.HasSuffix(many[2], "audit.yaml chooses what it delivers to b") {
		t.Errorf("%q", many)
	}
	if sc.History = nil; sourceNotes(sc, 1, 92) != nil {
		t.Error("no history is read, and its sources are counted")
	}
}
