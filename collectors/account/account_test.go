package account

import (
	"slices"
	"testing"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
)

func listed(t *testing.T, regions string) *celltest.Result {
	t.Helper()
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		if q.Operation == "GetCallerIdentity" || q.Operation == "POST /" {
			return celltest.Answer{Body: `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/u</Arn><UserId>U</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`}
		}
		return celltest.Answer{Body: `{"Regions":[` + regions + `]}`}
	})
	return celltest.Run(t, Collector{}, celltest.Options{URL: url})
}

// A region that is listed twice is read once, and the list is not called whole.
func TestARegionListedTwice(t *testing.T) {
	one := `{"RegionName":"eu-west-1","RegionOptStatus":"ENABLED_BY_DEFAULT"}`
	r := listed(t, one+","+one)
	if n := len(celltest.Of[Region](r)); n != 1 {
		t.Errorf("%d regions", n)
	}
	if !slices.Equal(r.Regions, []string{"eu-west-1"}) {
		t.Errorf("regions to read %v", r.Regions)
	}
	if g := r.GapsOf("ListRegions"); len(g) != 1 || g[0].Code != "SaidTwice" || !slices.Equal(g[0].Kinds, []string{"account.region"}) {
		t.Errorf("gaps %+v", g)
	}
}

// What is not plainly disabled may hold resources and is read; a list with a region that has no name is no list to plan by.
func TestRegionsThatLackSomething(t *testing.T) {
	r := listed(t, `{"RegionName":"me-south-1","RegionOptStatus":"DISABLING"},{"RegionName":"af-south-1"},{"RegionName":"eu-south-1","RegionOptStatus":"DISABLED"}`)
	if !slices.Equal(r.Regions, []string{"me-south-1", "af-south-1"}) {
		t.Errorf("regions to read %v", r.Regions)
	}
	all := celltest.Of[Region](r)
	if all[0].Enabled || celltest.Unknown(all[0], "enabled") != "" || celltest.Unknown(all[1], "status") != "MissingMember" {
		t.Errorf("%+v", all)
	}
	// Those that are read are in scope, whichever way they are on; what nobody documented is not enabled.
	all = celltest.Of[Region](listed(t, `{"RegionName":"me-south-1","RegionOptStatus":"ENABLING"},{"RegionName":"af-south-1","RegionOptStatus":"ENABLED_SOMEHOW"},{"RegionName":"eu-south-1","RegionOptStatus":"DISABLED"}`))
	for i, want := range []bool{true, true, false} {
		if all[i].InScope != want || all[i].Enabled {
			t.Errorf("%+v", all[i])
		}
	}
	r = listed(t, `{"RegionName":"eu-west-1","RegionOptStatus":"ENABLED"},{"RegionOptStatus":"ENABLED"}`)
	if r.Regions != nil {
		t.Error("a list with a nameless region is taken for whole")
	}
	if g := r.GapsOf("ListRegions"); len(g) != 1 || g[0].Outcome != evidence.CutShort || len(g[0].Kinds) != 1 {
		t.Errorf("gaps %+v", g)
	}
}
