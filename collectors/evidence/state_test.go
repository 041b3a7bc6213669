package evidence_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

type door struct {
	evidence.Meta
	Open bool   `json:"open" cel:"open" doc:"Whether it is open."`
	Wood string `json:"wood" cel:"wood" doc:"What it is made of."`
}

func (*door) Kind() string { return "house.door" }

func state() *evidence.State {
	d := &door{Open: true}
	d.ID, d.Evidence = "door-1", []string{"E-0000000000000001"}
	d.Unknown = []evidence.Unknown{{Field: "wood", Code: evidence.NotInItem}}
	return &evidence.State{Kind: "house.door", Resource: "door-1", Account: "111122223333", Region: "eu-west-1", ResourceType: "House::A::Door", ResourceID: "1",
		Captured: time.Date(2026, 7, 2, 3, 4, 5, 678000000, time.UTC), StateID: "1", Status: evidence.StatusOK, Source: evidence.FromAPI, Item: "item", Evidence: []string{"E-0000000000000001"},
		SHA256: evidence.Sum([]byte("x")), Record: d}
}

// A state that is written and read again is the same, unknown fields included; on the line they are named once.
func TestStatesAreReadAsWritten(t *testing.T) {
	s := state()
	s.Fold()
	line, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(line), evidence.NotInItem) || !strings.Contains(string(line), `"untold":["wood"]`) {
		t.Errorf("line %s", line)
	}
	got, err := evidence.DecodeState(line, evidence.KindOf[door]("Doors."))
	if err != nil {
		t.Fatal(err)
	}
	if want := state(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v %+v\nwant %+v %+v", got, got.Record, want, want.Record)
	}
	// A gap that a field is unknown by stays with the record.
	s = state()
	s.Record.Header().Unknown = append(s.Record.Header().Unknown, evidence.Unknown{Field: "open", Gap: "G-0000000000000001", Code: "AccessDenied"})
	s.Fold()
	if u := s.Record.Header().Unknown; len(u) != 1 || u[0].Field != "open" {
		t.Errorf("unknown %+v", u)
	}
}

func TestDecodeStateRefuses(t *testing.T) {
	s := state()
	s.Fold()
	whole, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"another kind":               {`"kind":"house.door"`, `"kind":"house.window"`},
		"an unknown member":          {`"kind"`, `"extra":1,"kind"`},
		"an unknown field":           {`"open":true`, `"open":true,"closed":false`},
		"a field of another type":    {`"open":true`, `"open":"yes"`},
		"no resource":                {`"resource":"door-1"`, `"resource":""`},
		"no moment":                  {`"captured":"2026-07-02T03:04:05.678Z",`, ``},
		"no status":                  {`"status":"OK"`, `"status":""`},
		"no item":                    {`"item":"item"`, `"item":""`},
		"a record without an id":     {`"record":{"id":"door-1"`, `"record":{"id":""`},
		"a digest that is none":      {`"sha256":"`, `"sha256":"x`},
		"something stands behind it": {`}}`, `}}{}`},
		"cut off":                    {`}}`, `}`},
	} {
		line := strings.Replace(string(whole), change[0], change[1], 1)
		if line == string(whole) {
			t.Errorf("%s: nothing was changed", name)
		}
		if _, err := evidence.DecodeState([]byte(line), evidence.KindOf[door]("Doors.")); err == nil {
			t.Errorf("%s: read", name)
		}
	}
}

// A gap leaves unread the past that it names, where it is; without names all of it.
func TestGapsOfThePast(t *testing.T) {
	items := []string{"config.configuration_item"}
	for _, c := range []struct {
		name string
		gap  evidence.Gap
		want string // which of type A and B in eu-west-1 and us-east-1 of the account, and elsewhere
	}{
		{"another population", evidence.Gap{Account: "1", Region: "eu", Kinds: []string{"kms.key"}}, ""},
		{"items of whatever type", evidence.Gap{Account: "1", Region: "eu", Kinds: items}, "A1eu B1eu"},
		{"items of a type", evidence.Gap{Account: "1", Region: "eu", Kinds: items, History: []string{"A"}}, "A1eu"},
		{"a type alone", evidence.Gap{Account: "1", Region: "eu", History: []string{"A"}}, "A1eu"},
		{"another place", evidence.Gap{Account: "9", Region: "eu", History: []string{"A"}, Places: []string{"1/us"}}, "A1us"},
		{"all places", evidence.Gap{Account: "9", Region: "eu", History: []string{"A"}, Places: []string{"*"}}, "A1eu A1us A2eu"},
		{"all places and types", evidence.Gap{Account: "9", Region: "eu", Kinds: items, Places: []string{"*"}}, "A1eu B1eu A1us B1us A2eu B2eu"},
		{"what is kept no longer", evidence.Gap{Account: "1", Region: "eu", Kinds: items, Code: evidence.RetentionTooShort}, ""},
	} {
		var got []string
		for _, at := range [][2]string{{"1", "eu"}, {"1", "us"}, {"2", "eu"}} {
			for _, typ := range []string{"A", "B"} {
				if c.gap.OfPast(typ, at[0], at[1]) {
					got = append(got, typ+at[0]+at[1])
				}
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
	if g := (evidence.Gap{Account: "1", Region: "eu", History: []string{"A"}}); !g.OfPast("A", "1", "") {
		t.Error("a type that belongs to no region is unread where one region's is")
	}
}
