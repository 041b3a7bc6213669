package cloudtrail

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// derive makes the coverage of what was read.
func derive(t *testing.T, gaps []evidence.Gap, have []evidence.Record) (out []evidence.Record) {
	t.Helper()
	err := Coverages{}.Derive(evidence.Derivation{Gaps: gaps, Has: func(string) bool { return true }, Records: func(kind string, each func(evidence.Record) error) error {
		for _, r := range have {
			if r.Kind() == kind {
				if err := each(r); err != nil {
					return err
				}
			}
		}
		return nil
	}}, func(r evidence.Record) error { out = append(out, r); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// withCoverage adds what is derived from one account alone.
func withCoverage(t *testing.T, r *celltest.Result) *celltest.Result {
	t.Helper()
	r.Records = append(r.Records, derive(t, r.Gaps, r.Records)...)
	return r
}

const (
	owner, member = "111122223333", "444455556666"
	ofTheOwner    = "arn:aws:cloudtrail:us-east-1:111122223333:trail/org"
)

func by(account, region, id string) evidence.Meta {
	return evidence.Meta{ID: id, Account: account, Region: region, Evidence: []string{"E-" + account + id}}
}

// seen is an organization's trail that takes everything, as an account that is told all of it sees it, changed by the functions.
func seen(account string, change ...func(*Trail)) *Trail {
	t := &Trail{Meta: by(account, "us-east-1", ofTheOwner), Owner: ptr(owner), Organization: ptr(true), MultiRegion: ptr(true), GlobalServices: ptr(true), Status: &Status{Logging: true},
		ManagementEvents: ptr("all"), Excluded: []string{}, S3DataEvents: ptr("all"), Insights: []string{"ApiCallRateInsight"}}
	for _, f := range change {
		f(t)
	}
	return t
}

// untold makes fields unknown.
func untold(fields ...string) func(*Trail) {
	return func(t *Trail) {
		for _, f := range fields {
			t.Unknown = append(t.Unknown, evidence.Unknown{Field: f, Gap: "G-" + t.Account, Code: "Of" + t.Account})
		}
		for _, f := range fields {
			switch f {
			case "status":
				t.Status = nil
			case "multi_region":
				t.MultiRegion = nil
			case "organization":
				t.Organization = nil
			case "global_services":
				t.GlobalServices = nil
			case "insights":
				t.Insights = nil
			case "management_events":
				t.ManagementEvents, t.Excluded, t.S3DataEvents = nil, nil, nil
			}
		}
	}
}

// refused is what AWS does not tell to an account that does not own the trail.
var refused = untold(append([]string{"status", "insights"}, selectorFields...)...)

func off(t *Trail)      { t.Status.Logging = false }
func regional(t *Trail) { t.MultiRegion = ptr(false) }
func alone(t *Trail)    { t.Organization = ptr(false) }

func listed(account, region string, arns ...string) *Region {
	return &Region{Meta: by(account, region, account+"/"+region+"/trails"), Trails: arns, GlobalServices: region == "us-east-1"}
}

// memberCoverage derives the coverage of the member's Ireland, or another region.
func memberCoverage(t *testing.T, region string, gaps []evidence.Gap, have ...evidence.Record) *Coverage {
	t.Helper()
	out := derive(t, gaps, append(have, listed(member, region, ofTheOwner)))
	if len(out) != 1 || out[0].Header().ID != member+"/"+region+"/cloudtrail" {
		t.Fatalf("%v", out)
	}
	return out[0].(*Coverage)
}

// What the owner was told is what the member has; and where it does not take everything there, the member is not covered.
func TestAMemberHasWhatTheOwnerWasTold(t *testing.T) {
	set := func(f func(*Trail)) []func(*Trail) { return []func(*Trail){f} }
	for name, c := range map[string]struct {
		owner, member []func(*Trail)
		region        string
		word          string
		many          bool
		insights      int
	}{
		"all of it":                              {nil, nil, "eu-west-1", "enabled", true, 1},
		"off":                                    {set(off), nil, "eu-west-1", "not-enabled", false, 0},
		"of one region":                          {set(regional), set(regional), "eu-west-1", "not-enabled", false, 0},
		"of one region, by the owner":            {set(regional), nil, "eu-west-1", "not-enabled", false, 0},
		"of this region alone":                   {set(regional), set(regional), "us-east-1", "enabled", false, 1},
		"not the organization's":                 {set(alone), set(alone), "eu-west-1", "not-enabled", false, 0},
		"not the organization's, by the owner":   {set(alone), nil, "eu-west-1", "not-enabled", false, 0},
		"not the organization's, here too":       {set(alone), nil, "us-east-1", "not-enabled", false, 0},
		"not the organization's, by the member":  {nil, set(alone), "eu-west-1", "not-enabled", false, 0},
		"the organization's, by the owner alone": {nil, set(untold("organization")), "eu-west-1", "enabled", true, 1},
		"of every region, by the owner alone":    {nil, set(untold("multi_region")), "eu-west-1", "enabled", true, 1},
		"reads":                                  {set(func(t *Trail) { t.ManagementEvents = ptr("read-only") }), nil, "eu-west-1", "partly-enabled", false, 1},
		"an odd word":                            {set(func(t *Trail) { t.ManagementEvents = ptr("everything") }), nil, "eu-west-1", "partly-enabled", false, 1},
		"without a source":                       {set(func(t *Trail) { t.Excluded = []string{"kms.amazonaws.com"} }), nil, "eu-west-1", "partly-enabled", false, 1},
		"none":                                   {set(func(t *Trail) { t.ManagementEvents = ptr("none") }), nil, "eu-west-1", "not-enabled", false, 1},
		"without global services":                {set(func(t *Trail) { t.GlobalServices = ptr(false) }), nil, "us-east-1", "partly-enabled", false, 1},
		"without global services, where there are none": {set(func(t *Trail) { t.GlobalServices = ptr(false) }), nil, "eu-west-1", "enabled", true, 1},
	} {
		got := memberCoverage(t, c.region, nil, seen(owner, c.owner...), seen(member, append(c.member, refused)...))
		if len(got.Unknown) > 0 || *got.Status != c.word || *got.MultiRegion != c.many || len(got.Insights) != c.insights || got.Insights == nil || len(got.Evidence) != 3 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	// Where no trail is made for the region, none covers it.
	if got := derive(t, nil, []evidence.Record{seen(owner), seen(member, refused), listed(member, "eu-west-1")})[0].(*Coverage); *got.Status != "not-enabled" || *got.MultiRegion || len(got.Unknown) > 0 {
		t.Errorf("%+v", got)
	}
	// What the member itself was told of the trail counts too: it is not logging where either was told so.
	if got := memberCoverage(t, "eu-west-1", nil, seen(owner), seen(member, off)); *got.Status != "not-enabled" || *got.MultiRegion {
		t.Errorf("%+v", got)
	}
	if got := memberCoverage(t, "eu-west-1", nil, seen(member)); *got.Status != "enabled" || len(got.Unknown) > 0 {
		t.Errorf("%+v", got)
	}
	if got := memberCoverage(t, "eu-west-1", nil, seen(owner, refused), seen(member)); *got.Status != "enabled" || len(got.Unknown) > 0 {
		t.Errorf("%+v", got)
	}
}

// Where nobody was told, the owner's reason is the one that stands; where the owner is not read, the account's own.
func TestCoverageThatIsOpen(t *testing.T) {
	most := []string{"status", "missing", "multi_region", "s3_data_events"}
	all := append([]string{"insights"}, most...)
	blocked := []evidence.Gap{{ID: "G-blocked", Account: owner, Code: "NoSession", Kinds: []string{storeKind, trailKind}}, {ID: "G-other", Account: owner, Code: "x", Kinds: []string{trailKind}}}
	for name, c := range map[string]struct {
		have    []evidence.Record
		gaps    []evidence.Gap
		unknown []string
		code    string
	}{
		"the owner is not read":            {[]evidence.Record{seen(member, refused)}, nil, all, "Of" + member},
		"the owner could not be read":      {[]evidence.Record{seen(member, refused)}, blocked, all, "NoSession"},
		"somebody else could not be read":  {[]evidence.Record{seen(member, refused)}, []evidence.Gap{{ID: "G", Account: "9", Code: "x", Kinds: []string{trailKind}}}, all, "Of" + member},
		"the owner's status":               {[]evidence.Record{seen(owner, untold("status")), seen(member, refused)}, nil, all, "Of" + owner},
		"the owner's selectors":            {[]evidence.Record{seen(owner, untold(selectorFields...)), seen(member, refused)}, nil, most, "Of" + owner},
		"the owner's insights":             {[]evidence.Record{seen(owner, untold("insights")), seen(member, refused)}, nil, []string{"insights"}, "Of" + owner},
		"whether it is the organization's": {[]evidence.Record{seen(owner, untold("organization")), seen(member, untold("organization"), refused)}, nil, all, "Of" + owner},
		"whether it is of every region":    {[]evidence.Record{seen(owner, untold("multi_region")), seen(member, untold("multi_region"), refused)}, nil, all, "Of" + owner},
	} {
		got := memberCoverage(t, "eu-west-1", c.gaps, c.have...)
		for _, f := range coverageFields {
			want := ""
			for _, u := range c.unknown {
				if u == f {
					want = c.code
				}
			}
			if celltest.Unknown(got, f) != want {
				t.Errorf("%s: %s is unknown by %q: %+v", name, f, celltest.Unknown(got, f), got)
			}
		}
	}
	// Whether it logs global services is open only where they are logged.
	have := []evidence.Record{seen(owner, untold("global_services")), seen(member, untold("global_services"), refused)}
	if got := memberCoverage(t, "us-east-1", nil, have...); celltest.Unknown(got, "status") == "" || celltest.Unknown(got, "multi_region") == "" {
		t.Errorf("%+v", got)
	}
	if got := memberCoverage(t, "eu-west-1", nil, have...); *got.Status != "enabled" || len(got.Unknown) > 0 {
		t.Errorf("%+v", got)
	}
	// A trail that is off covers nothing, whatever else is not known of it.
	if got := memberCoverage(t, "eu-west-1", nil, seen(owner, off, untold(selectorFields...), untold("organization")), seen(member, refused)); *got.Status != "not-enabled" || len(got.Unknown) > 0 {
		t.Errorf("%+v", got)
	}
	// A trail of the account's own decides what the organization's leaves open.
	own := seen(member, func(t *Trail) { t.ID, t.Owner, t.Organization = "own", ptr(member), ptr(false) })
	got := derive(t, nil, []evidence.Record{own, seen(member, refused), listed(member, "eu-west-1", ofTheOwner, "own")})[0].(*Coverage)
	if *got.Status != "enabled" || !*got.MultiRegion || *got.S3DataEvents != "all" || celltest.Unknown(got, "insights") == "" {
		t.Errorf("%+v", got)
	}
	// And one of another account with the same ARN's name does not.
	theirs := seen("9", func(t *Trail) { t.Owner = ptr("9") })
	if got := memberCoverage(t, "eu-west-1", nil, theirs, seen(member, refused)); got.Status != nil {
		t.Errorf("%+v", got)
	}
}

// What trails take together is not more than each of them takes.
func TestTakings(t *testing.T) {
	for _, c := range []struct {
		told []string // words, each followed by what it leaves out
		word string
		left int
	}{
		{[]string{"read-only", "", "write-only", ""}, "all", 0},
		{[]string{"all", "kms", "all", ""}, "all", 0},
		{[]string{"all", "kms", "read-only", "rds"}, "all", 1},
		{[]string{"all", "kms", "all", "rds"}, "all", 0},
		{[]string{"some", "", "none", ""}, "some", 0},
		{[]string{"none", ""}, "none", 0},
		{[]string{"read-only", "kms", "read-only", "kms"}, "read-only", 1},
	} {
		var got taking
		for i := 0; i < len(c.told); i += 2 {
			var out []string
			if c.told[i+1] != "" {
				out = []string{c.told[i+1]}
			}
			got.hear(c.told[i], out)
		}
		if word, left := got.told(); word != c.word || len(left) != c.left {
			t.Errorf("%v: %s without %v", c.told, word, left)
		}
	}
}
