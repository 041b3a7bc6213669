package moto

import (
	"cmp"
	"encoding/json"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// agree compares the records of one kind with those that the test made itself of what moto told the SDK, whole: every field, absent
// and empty told apart, and which fields are unknown. It says how much that was.
func agree[T any, P interface {
	*T
	evidence.Record
}](t *testing.T, held, recorded []*T) {
	t.Helper()
	var kind string
	fields := 0
	for _, all := range [][]*T{held, recorded} {
		for _, r := range all {
			h := P(r).Header()
			kind = P(r).Kind()
			// What is about the record and not of it was made by the run, and is looked at elsewhere.
			unknown := []evidence.Unknown{}
			for _, u := range h.Unknown {
				unknown = append(unknown, evidence.Unknown{Field: u.Field})
			}
			slices.SortFunc(unknown, func(a, b evidence.Unknown) int { return cmp.Compare(a.Field, b.Field) })
			*h = evidence.Meta{ID: h.ID, Account: h.Account, Region: h.Region, Unknown: slices.Compact(unknown)}
		}
		slices.SortFunc(all, func(a, b *T) int {
			x, y := P(a).Header(), P(b).Header()
			return cmp.Or(cmp.Compare(x.Account, y.Account), cmp.Compare(x.Region, y.Region), cmp.Compare(x.ID, y.ID))
		})
	}
	if len(held) == 0 {
		t.Errorf("moto holds nothing that %d records of %s could be compared with", len(recorded), kind)
		return
	}
	if !sameIDs(t, kind, ids[T, P](held), ids[T, P](recorded)) {
		return
	}
	shown := 0
	for i := range held {
		d := gocmp.Diff(held[i], recorded[i])
		if d == "" {
			continue
		}
		if shown++; shown <= 5 {
			t.Errorf("%s %s (-moto +record):\n%s", kind, P(held[i]).Header().ID, d)
		}
	}
	if shown > 0 {
		t.Errorf("%s: %d of %d records differ", kind, shown, len(held))
		return
	}
	for _, r := range recorded {
		raw, err := json.Marshal(r)
		must(t, err)
		var v any
		must(t, json.Unmarshal(raw, &v))
		fields += leaves(v)
	}
	t.Logf("%s: %d records, %d values agree", kind, len(recorded), fields)
}

func ids[T any, P interface {
	*T
	evidence.Record
}](all []*T) (out []string) {
	for _, r := range all {
		h := P(r).Header()
		out = append(out, h.Account+"/"+h.Region+" "+h.ID)
	}
	return out
}

func sameIDs(t *testing.T, kind string, held, recorded []string) bool {
	t.Helper()
	same := true
	for what, pair := range map[string][2][]string{"moto has, and no record": {held, recorded}, "a record, and moto has not": {recorded, held}} {
		for _, id := range pair[0] {
			if !slices.Contains(pair[1], id) {
				same = false
				t.Errorf("%s: %s: %s", kind, what, id)
			}
		}
	}
	if same && len(held) != len(recorded) {
		t.Errorf("%s: moto has %d, and there are %d records", kind, len(held), len(recorded))
		return false
	}
	return same
}

// leaves counts the values in a record; an empty list is one.
func leaves(v any) int {
	n := 0
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			n += leaves(x)
		}
	case []any:
		for _, x := range v {
			n += leaves(x)
		}
	}
	return max(n, 1)
}

// meta starts a record as moto is asked for it. unread are the fields that moto does not tell.
func meta(account, region, id string, unread ...string) evidence.Meta {
	m := evidence.Meta{ID: id, Account: account, Region: region}
	slices.Sort(unread)
	for _, f := range unread {
		m.Unknown = append(m.Unknown, evidence.Unknown{Field: f})
	}
	return m
}

// unknownOf gives those again.
func unknownOf(m evidence.Meta) []string {
	var out []string
	for _, u := range m.Unknown {
		out = append(out, u.Field)
	}
	return out
}

func ptr[T any](v T) *T { return &v }
