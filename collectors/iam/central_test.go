package iam

import (
	"strings"
	"testing"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/organizations"
)

func metaOf(account string) evidence.Meta {
	return evidence.Meta{ID: account + "/x", Account: account, Region: "us-east-1", Evidence: []string{"E-" + account}}
}

// tells is an account that may tell, of a named organization where there is one.
func tells(account, organization string, on bool) *Organization {
	o := &Organization{Meta: metaOf(account), Answers: true, InOrganization: ptr(true), RootCredentialsManagement: &on, RootSessions: &on}
	if organization != "" {
		o.OrganizationID = &organization
	}
	return o
}

func silent(account string, in bool) *Organization {
	return &Organization{Meta: metaOf(account), InOrganization: &in}
}

func untold(account string) *Organization {
	o := &Organization{Meta: metaOf(account)}
	for _, f := range []string{"answers", "in_organization", "organization_id", "features", "root_credentials_management", "root_sessions"} {
		o.Unknown = append(o.Unknown, evidence.Unknown{Field: f, Gap: "G-1", Code: "AccessDenied"})
	}
	return o
}

func memberOf(account, organization string) *organizations.Membership {
	m := &organizations.Membership{Meta: metaOf(account)}
	switch organization {
	case "":
	case "?":
		m.Unknown = []evidence.Unknown{{Field: "organization", Gap: "G-2", Code: "AccessDenied"}}
	default:
		m.Organization = &organization
	}
	return m
}

// What an account that may tell says holds for its organization; an account of whose organization nobody tells is left open, and one in no
// organization is left out.
func TestCentralRootAccess(t *testing.T) {
	for name, c := range map[string]struct {
		have []evidence.Record
		want string
	}{
		"the management account alone":              {[]evidence.Record{tells("1", "o-a", true)}, "1:on"},
		"it says no":                                {[]evidence.Record{tells("1", "o-a", false)}, "1:off"},
		"with its members":                          {[]evidence.Record{tells("1", "o-a", true), silent("2", true), memberOf("1", "o-a"), memberOf("2", "o-a")}, "1:on"},
		"without its id":                            {[]evidence.Record{tells("1", "", true), silent("2", true), memberOf("1", "o-a"), memberOf("2", "o-a")}, "1:on"},
		"members alone":                             {[]evidence.Record{silent("2", true), silent("3", true), memberOf("2", "o-a"), memberOf("3", "o-a")}, "2:open 3:open"},
		"members of another":                        {[]evidence.Record{tells("1", "o-a", true), silent("2", true), memberOf("1", "o-a"), memberOf("2", "o-b")}, "1:on 2:open"},
		"of two":                                    {[]evidence.Record{tells("1", "o-a", true), tells("2", "o-b", false)}, "1:on 2:off"},
		"a member of nobody knows what":             {[]evidence.Record{tells("1", "o-a", true), silent("2", true), memberOf("1", "o-a"), memberOf("2", "?")}, "1:on 2:open"},
		"a member that Organizations did not place": {[]evidence.Record{tells("1", "o-a", true), silent("2", true)}, "1:on 2:open"},
		"alone":        {[]evidence.Record{silent("1", false), memberOf("1", "")}, ""},
		"alone by IAM": {[]evidence.Record{silent("1", false)}, ""},
		"alone by IAM, and Organizations refused": {[]evidence.Record{silent("1", false), memberOf("1", "?")}, ""},
		"alone by Organizations":                  {[]evidence.Record{silent("1", true), memberOf("1", "")}, ""},
		"alone by IAM alone":                      {[]evidence.Record{silent("1", false), memberOf("1", "o-a")}, "1:open"},
		"refused":                                 {[]evidence.Record{untold("1"), memberOf("1", "o-a")}, "1:unknown"},
		"refused, and nobody knows of whom":       {[]evidence.Record{untold("1")}, "1:unknown"},
		"refused, and alone":                      {[]evidence.Record{untold("1"), memberOf("1", "")}, ""},
		"refused, and another told":               {[]evidence.Record{untold("1"), tells("2", "o-a", true), memberOf("1", "o-a"), memberOf("2", "o-a")}, "2:on"},
	} {
		var got []string
		err := CentralRoot{}.Derive(evidence.Derivation{Has: func(string) bool { return true }, Records: func(kind string, each func(evidence.Record) error) error {
			for _, r := range c.have {
				if r.Kind() == kind {
					if err := each(r); err != nil {
						return err
					}
				}
			}
			return nil
		}}, func(r evidence.Record) error {
			a := r.(*CentralRootAccess)
			word := "open"
			switch {
			case len(a.Unknown) == 3 && a.RootSessions == nil:
				word = "unknown"
			case a.Told && *a.RootSessions && *a.RootCredentialsManagement:
				word = "on"
			case a.Told && !*a.RootSessions && !*a.RootCredentialsManagement:
				word = "off"
			case a.Told || a.RootSessions != nil || a.RootCredentialsManagement != nil || len(a.Unknown) > 0:
				word = "odd"
			}
			if len(a.Evidence) == 0 || a.ID != a.Account+"/iam/central-root-access" {
				t.Errorf("%s: %+v", name, a)
			}
			got = append(got, a.Account+":"+word)
			return nil
		})
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
