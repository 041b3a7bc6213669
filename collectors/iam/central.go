package iam

import (
	"slices"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/organizations"
)

// A CentralRootAccess is how the root users of an organization's accounts are managed, as an account of it that may tell says.
type CentralRootAccess struct {
	evidence.Meta
	OrganizationID            *string `json:"organization_id,omitempty" cel:"organization_id" doc:"The organization's id; absent where neither IAM nor Organizations said."`
	Told                      bool    `json:"told" cel:"told" doc:"Whether the account may tell: it manages the organization, or IAM is delegated to it. Where it is false, no account that the audit reads told of the account's organization, and the fields below are absent."`
	RootCredentialsManagement *bool   `json:"root_credentials_management,omitempty" cel:"root_credentials_management" doc:"Whether the root credentials of member accounts are managed centrally, so that members can be without any."`
	RootSessions              *bool   `json:"root_sessions,omitempty" cel:"root_sessions" doc:"Whether privileged tasks in member accounts are done by short sessions instead of by their root user."`
}

// Kind is iam.central_root_access.
func (*CentralRootAccess) Kind() string { return "iam.central_root_access" }

// CentralRoot derives it from what each account may tell, and from which organization it belongs to.
type CentralRoot struct{}

func (CentralRoot) Name() string { return "iam-central-root-access" }
func (CentralRoot) Doc() string {
	return "How the root users of each organization's accounts are managed; and the accounts of whose organization nothing was told."
}
func (CentralRoot) Reach() evidence.Reach { return evidence.WholeScope }
func (CentralRoot) Needs() []string       { return []string{"iam.organization"} }
func (CentralRoot) Uses() []string        { return []string{"organizations.membership"} }
func (CentralRoot) Kinds() []evidence.Kind {
	return []evidence.Kind{evidence.KindOf[CentralRootAccess]("One record for each account that may tell how the root users of its organization's accounts are managed, and for each account that was asked and of whose organization no account told. An account in no organization has none.")}
}

// Derive needs which organization each account belongs to, and of which of them anything was told.
func (CentralRoot) Derive(d evidence.Derivation, emit func(evidence.Record) error) error {
	members := map[string]*organizations.Membership{}
	if err := d.Records("organizations.membership", func(r evidence.Record) error {
		if m, ok := r.(*organizations.Membership); ok {
			members[m.Account] = m
		}
		return nil
	}); err != nil {
		return err
	}
	var asked []*Organization
	told := map[string]bool{}
	if err := d.Records("iam.organization", func(r evidence.Record) error {
		if o, ok := r.(*Organization); ok {
			asked = append(asked, o)
			if id := organizationOf(o, members[o.Account]); id != nil && o.Answers {
				told[*id] = true
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for _, o := range asked {
		m := members[o.Account]
		id := organizationOf(o, m)
		switch {
		case o.Answers:
		case id != nil && told[*id], id == nil && alone(o, m):
			continue
		}
		if err := emit(centralRootAccess(o, m, id)); err != nil {
			return err
		}
	}
	return nil
}

// organizationOf gives the id of the account's organization, nil where it is in none or that is not known.
func organizationOf(o *Organization, m *organizations.Membership) *string {
	if o.OrganizationID == nil && m != nil {
		return m.Organization
	}
	return o.OrganizationID
}

// alone reports whether the account is in no organization, by Organizations, or by IAM where that was not read.
func alone(o *Organization, m *organizations.Membership) bool {
	unknown := func(meta *evidence.Meta, field string) bool {
		return slices.ContainsFunc(meta.Unknown, func(u evidence.Unknown) bool { return u.Field == field })
	}
	if m != nil && !unknown(&m.Meta, "organization") {
		return m.Organization == nil
	}
	return o.InOrganization != nil && !*o.InOrganization
}

func centralRootAccess(o *Organization, m *organizations.Membership, id *string) *CentralRootAccess {
	c := &CentralRootAccess{Meta: evidence.Meta{ID: o.Account + "/iam/central-root-access", Account: o.Account, Region: o.Region, Evidence: []string{}}, OrganizationID: id, Told: o.Answers,
		RootCredentialsManagement: o.RootCredentialsManagement, RootSessions: o.RootSessions}
	for _, e := range o.Evidence {
		c.ReadFrom(e, o.Collected)
	}
	if m != nil {
		for _, e := range m.Evidence {
			c.ReadFrom(e, m.Collected)
		}
	}
	for _, u := range o.Unknown {
		switch u.Field {
		case "answers":
			c.Unknown = append(c.Unknown, evidence.Unknown{Field: "told", Gap: u.Gap, Code: u.Code})
		case "root_credentials_management", "root_sessions":
			c.Unknown = append(c.Unknown, u)
		}
	}
	return c
}
