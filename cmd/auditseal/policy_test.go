package main

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/auditseal/auditseal/collectors"
)

// The parts of a policy that is too long for one managed policy hold each action once, and each part fits.
func TestManagedParts(t *testing.T) {
	list := actions(collectors.All())
	parts := managedParts(list)
	if len(parts) < 2 || !slices.Equal(slices.Concat(parts...), list) {
		t.Errorf("%d parts", len(parts))
	}
	for i, p := range parts {
		b, err := json.Marshal(policyFor(p))
		if err != nil || len(b) > maxManagedPolicy {
			t.Errorf("part %d has %d characters, %v", i+1, len(b), err)
		}
	}
	whole, err := json.Marshal(policyFor(list))
	if err != nil || len(whole) > 10240 {
		t.Errorf("the whole has %d characters: too long for an inline policy, and the help says that it is not", len(whole))
	}
	if one := managedParts([]string{"kms:ListKeys"}); len(one) != 1 {
		t.Errorf("%v", one)
	}
}
