package scenario

import "time"

func demoIdentityCenter() *IdentityCenter {
	const entra = "https://sts.windows.net/8c1d7a52-0f6b-4b2e-9d43-5e2f1a7c9b60/"
	made := day(2023, 2, 20).Add(11 * time.Hour)
	c := &IdentityCenter{Account: DemoManagement, Region: virginia, ID: "ssoins-7223a9d1c0e4f58b", Name: "example-corp", Store: "d-9067f3c2a1", Created: made,
		Attributes:     []Tag{{"CostCenter", "${path:enterprise.costCenter}"}, {"Department", "${path:enterprise.department}"}},
		AllowSourceIPs: []string{"203.0.113.0/24"},
		Issuers:        []TokenIssuer{{ID: "tti-1f7c3d2a-5b60-4e8f-9a11-c0d2e4f6a8b0", Name: "example-entra", URL: "https://login.example.com/tenant/v2.0", Claim: "email", Attribute: "emails.value"}},
	}
	for _, u := range []struct{ given, family, title string }{
		{"Platform", "Lead", "Head of Platform"}, {"Security", "Lead", "Head of Security"}, {"Finance", "Lead", "Head of Finance"}, {"Payments", "Lead", "Head of Payments"},
		{"Data", "Lead", "Head of Data"}, {"Platform", "Engineer One", "Platform Engineer"}, {"Platform", "Engineer Two", "Platform Engineer"}, {"Payments", "Engineer", "Payments Engineer"},
		{"Data", "Engineer", "Data Engineer"}, {"Security", "Analyst", "Security Analyst"}, {"Compliance", "Engineer", "Compliance Engineer"}, {"External", "Auditor", "External Auditor"},
		{"Former", "Contractor", "Contractor"}, {"Break", "Glass", "Emergency access"},
	} {
		name := u.given + "." + u.family
		for i := range []byte(name) {
			if name[i] == ' ' {
				name = name[:i] + "-" + name[i+1:]
			}
		}
		c.Users = append(c.Users, User{Name: name + "@example.com", Display: u.title, Given: u.given, Family: u.family, Email: name + "@example.com", Title: u.title,
			Issuer: entra, External: uuid("entra", name), Created: made.AddDate(0, 1, 0), Updated: day(2026, 6, 1)})
	}
	former, glass := &c.Users[12], &c.Users[13]
	former.Disabled, former.Updated = true, day(2026, 7, 31)
	glass.Issuer, glass.External, glass.NoStatus = "", "", true
	user := func(i int) string { return c.Users[i].Name }
	for _, g := range []Group{
		{Name: "aws-platform-admins", Description: "Runs the accounts", Members: []string{user(0), user(5), user(6)}},
		{Name: "aws-payments-operators", Description: "Operates payments", Members: []string{user(3), user(7), user(12)}},
		{Name: "aws-data-engineers", Members: []string{user(4), user(8)}},
		{Name: "aws-auditors", Description: "Reads everything, changes nothing", Members: []string{user(9), user(10), user(11)}},
		{Name: "aws-empty", Description: "Nobody is left"},
	} {
		g.Issuer, g.External, g.Created = entra, uuid("entra", g.Name), made.AddDate(0, 1, 1)
		c.Groups = append(c.Groups, g)
	}
	all := func(p Provisioned) []Provisioned {
		var out []Provisioned
		for _, a := range []string{DemoManagement, DemoLogArchive, DemoPayments, DemoData} {
			p.Account = a
			out = append(out, p)
		}
		return out
	}
	c.PermissionSets = []PermissionSet{
		{ID: "ps-7223a1b2c3d4e5f6", Name: "AdministratorAccess", Description: "Full access", Session: "PT12H", Created: made, Managed: []string{"arn:aws:iam::aws:policy/AdministratorAccess"},
			Accounts: all(Provisioned{Groups: []string{"aws-platform-admins"}})},
		{ID: "ps-7223b2c3d4e5f607", Name: "SecurityAudit", Description: "For audits", Session: "PT4H", Created: made, Managed: []string{"arn:aws:iam::aws:policy/SecurityAudit", "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"},
			Accounts: all(Provisioned{Groups: []string{"aws-auditors"}}), Tags: []Tag{{"owner", "security"}}},
		{ID: "ps-7223c3d4e5f60718", Name: "PaymentsOperator", Description: "Operates the payment services", Session: "PT8H", RelayState: "https://eu-west-1.console.aws.amazon.com/", Created: made.AddDate(1, 0, 0),
			Managed: []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"}, BoundaryName: "/boundaries/payments-boundary",
			Inline:   `{"Version":"2012-10-17","Statement":[{"Sid":"Restart","Effect":"Allow","Action":["ecs:UpdateService","rds:RebootDBInstance"],"Resource":"*"}]}`,
			Accounts: []Provisioned{{Account: DemoPayments, Groups: []string{"aws-payments-operators"}}}},
		{ID: "ps-7223d4e5f6071829", Name: "DataEngineer", Description: "Works on the lake", Session: "PT8H", Created: made.AddDate(1, 2, 0), Customer: []string{"/data/lake-access", "glue-jobs"},
			BoundaryARN: "arn:aws:iam::aws:policy/PowerUserAccess", Accounts: []Provisioned{{Account: DemoData, Groups: []string{"aws-data-engineers"}}, {Account: DemoLogArchive, Stale: true, Groups: []string{"aws-data-engineers"}}}},
		{ID: "ps-7223e5f60718293a", Name: "BreakGlass", Description: "Emergencies only", Session: "PT1H", Created: made.AddDate(0, 6, 0), Managed: []string{"arn:aws:iam::aws:policy/AdministratorAccess"},
			BoundaryARN: "arn:aws:iam::aws:policy/AdministratorAccess", Accounts: []Provisioned{{Account: DemoPayments, Users: []string{user(13)}}}},
		{ID: "ps-7223f60718293a4b", Name: "Unused", Session: "PT2H", Created: made.AddDate(2, 0, 0)},
	}
	c.Applications = []Application{
		{ID: "apl-7223a90b1c2d3e4f", Name: "Grafana", Description: "Dashboards", Provider: "sso", URL: "https://grafana.example.com", Created: made.AddDate(0, 3, 0), Groups: []string{"aws-platform-admins", "aws-data-engineers"}},
		{ID: "apl-7223b01c2d3e4f5a", Name: "Internal-Wiki", Description: "Anybody in the directory gets in", Provider: "custom", URL: "https://wiki.example.com", Open: true, Created: made.AddDate(0, 4, 0)},
		{ID: "apl-7223c12d3e4f5a6b", Name: "Old-Ticketing", Provider: "custom-saml", Disabled: true, Created: made.AddDate(0, 5, 0), Users: []string{user(2)}, Tags: []Tag{{"owner", "finance-systems"}}},
	}
	return c
}
