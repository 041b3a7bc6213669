package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/auditseal/auditseal/testdata/e2e/models"
	"github.com/auditseal/auditseal/testdata/scenario"
)

func checker(t *testing.T) *models.Checker {
	t.Helper()
	c, err := models.Open()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Every operation that the server models is asked in every account and region, and every answer follows AWS's model.
func TestExampleCorpFollowsTheModels(t *testing.T) {
	o := scenario.Demo()
	s := scenario.Start(scenario.Config{Organization: o, Check: checker(t).Check})
	defer s.Close()
	walk(t, s, o)
	for _, err := range s.Violations() {
		t.Error(err)
	}
	if got, want := s.Operations(), scenario.Operations(); !slices.Equal(got, want) {
		t.Errorf("asked for %d operations\n%q\nof %d\n%q", len(got), got, len(want), want)
	}
}

// Errors that a fault injects have the right form too.
func TestInjectedErrorsFollowTheModels(t *testing.T) {
	for _, kind := range []scenario.FaultKind{scenario.Denied, scenario.Throttled, scenario.ServerError, scenario.Unavailable, scenario.RepeatedToken, scenario.EmptyPage} {
		t.Run(string(kind), func(t *testing.T) {
			o := scenario.Demo()
			// One account and region is enough, and STS has to let the walk in.
			o.Accounts = o.Accounts[:1]
			var faults []*scenario.Fault
			for _, op := range scenario.Operations() {
				service, name, _ := strings.Cut(op, ":")
				if service != "sts" {
					faults = append(faults, &scenario.Fault{Service: service, Operation: name, Kind: kind, Times: 1})
				}
			}
			s := scenario.Start(scenario.Config{Organization: o, Check: checker(t).Check, Faults: faults})
			defer s.Close()
			walk(t, s, o)
			for _, err := range s.Violations() {
				t.Error(err)
			}
		})
	}
}

func TestLargeOrganizationFollowsTheModels(t *testing.T) {
	o := scenario.LargeOrganization(2, 1)
	o.Accounts[0].Regions[0].BulkKeys, o.Accounts[0].Regions[0].Hub.BulkFindings = 120, 230
	s := scenario.Start(scenario.Config{Organization: o, Check: checker(t).Check})
	defer s.Close()
	walk(t, s, o)
	for _, err := range s.Violations() {
		t.Error(err)
	}
}
