package moto

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsorganizations "github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/auditseal/auditseal/collectors/organizations"
)

const (
	denyAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"organizations:LeaveOrganization","Resource":"*"}]}`
	tagging = `{"tags":{"owner":{"tag_key":{"@@assign":"owner"}}}}`
)

// seedOrganization makes the caller the management account of an organization of its own: Workloads with Prod in it, and Sandbox. moto
// chooses the ids of accounts, so none of the two others that are read belongs to it. One of its accounts is active in Prod and
// administers services, one is active in Sandbox, and there are closed ones enough for a second page.
func seedOrganization(t *testing.T, s *server) {
	t.Helper()
	c, ctx := awsorganizations.NewFromConfig(s.as(t, caller, "us-east-1")), t.Context()
	_, err := c.CreateOrganization(ctx, &awsorganizations.CreateOrganizationInput{FeatureSet: orgtypes.OrganizationFeatureSetAll})
	must(t, err)
	roots, err := c.ListRoots(ctx, &awsorganizations.ListRootsInput{})
	must(t, err)
	root := roots.Roots[0].Id
	for _, kind := range []orgtypes.PolicyType{orgtypes.PolicyTypeServiceControlPolicy, orgtypes.PolicyTypeTagPolicy} {
		_, err = c.EnablePolicyType(ctx, &awsorganizations.EnablePolicyTypeInput{RootId: root, PolicyType: kind})
		must(t, err)
	}
	unit := func(name string, parent *string) *string {
		out, err := c.CreateOrganizationalUnit(ctx, &awsorganizations.CreateOrganizationalUnitInput{Name: &name, ParentId: parent})
		must(t, err)
		return out.OrganizationalUnit.Id
	}
	workloads, sandbox := unit("Workloads", root), unit("Sandbox", root)
	prod := unit("Prod", workloads)
	account := func(name string, to *string) *string {
		out, err := c.CreateAccount(ctx, &awsorganizations.CreateAccountInput{AccountName: &name, Email: aws.String(name + "@example.com"), RoleName: aws.String(role)})
		must(t, err)
		id := out.CreateAccountStatus.AccountId
		_, err = c.MoveAccount(ctx, &awsorganizations.MoveAccountInput{AccountId: id, SourceParentId: root, DestinationParentId: to})
		must(t, err)
		return id
	}
	shop := account("shop", prod)
	account("trial", sandbox)
	for n := range 19 {
		id := account(fmt.Sprintf("closed-%02d", n), sandbox)
		_, err = c.CloseAccount(ctx, &awsorganizations.CloseAccountInput{AccountId: id})
		must(t, err)
	}
	policy := func(name, content string, kind orgtypes.PolicyType, to *string) {
		out, err := c.CreatePolicy(ctx, &awsorganizations.CreatePolicyInput{Name: &name, Description: aws.String("=1+1"), Content: &content, Type: kind})
		must(t, err)
		if to != nil {
			_, err = c.AttachPolicy(ctx, &awsorganizations.AttachPolicyInput{PolicyId: out.Policy.PolicySummary.Id, TargetId: to})
			must(t, err)
		}
	}
	policy("stay", denyAll, orgtypes.PolicyTypeServiceControlPolicy, workloads)
	policy("unused", denyAll, orgtypes.PolicyTypeServiceControlPolicy, nil)
	policy("shop-only", denyAll, orgtypes.PolicyTypeServiceControlPolicy, shop)
	policy("tags", tagging, orgtypes.PolicyTypeTagPolicy, root)
	// A type that is not enabled in the root has policies that are in force nowhere.
	policy("asleep", denyAll, orgtypes.PolicyTypeResourceControlPolicy, workloads)
	for _, service := range []string{"config.amazonaws.com", "guardduty.amazonaws.com"} {
		_, err = c.EnableAWSServiceAccess(ctx, &awsorganizations.EnableAWSServiceAccessInput{ServicePrincipal: &service})
		must(t, err)
	}
	for _, service := range []string{"guardduty.amazonaws.com", "access-analyzer.amazonaws.com"} {
		_, err = c.RegisterDelegatedAdministrator(ctx, &awsorganizations.RegisterDelegatedAdministratorInput{AccountId: shop, ServicePrincipal: &service})
		must(t, err)
	}
}

// checkOrganization compares the organization with what moto says of it. read are the accounts that the audit reads.
func checkOrganization(t *testing.T, s *server, pack string, read []string) {
	c, ctx := awsorganizations.NewFromConfig(s.as(t, caller, "us-east-1")), t.Context()
	d, err := c.DescribeOrganization(ctx, &awsorganizations.DescribeOrganizationInput{})
	must(t, err)
	org := d.Organization
	var members []*organizations.Membership
	for _, account := range read {
		m := &organizations.Membership{Meta: meta(account, "us-east-1", account+"/organizations"), Missing: []string{}, Status: "not-enabled"}
		out, err := awsorganizations.NewFromConfig(s.as(t, account, "us-east-1")).DescribeOrganization(ctx, &awsorganizations.DescribeOrganizationInput{})
		if gives(t, err, "AWSOrganizationsNotInUseException") {
			m.Status, m.Organization, m.OrganizationARN, m.ManagementAccount = "enabled", out.Organization.Id, out.Organization.Arn, out.Organization.MasterAccountId
			m.Management, m.FeatureSet = account == *out.Organization.MasterAccountId, text(out.Organization.FeatureSet)
		}
		members = append(members, m)
	}
	agree(t, members, records[organizations.Membership](t, pack, "organizations.membership"))

	roots, err := c.ListRoots(ctx, &awsorganizations.ListRootsInput{})
	must(t, err)
	root := roots.Roots[0]
	agree(t, []*organizations.Root{{Meta: meta(caller, "us-east-1", *root.Arn), RootID: *root.Id, Name: root.Name, EnabledPolicyTypes: []string{"SERVICE_CONTROL_POLICY", "TAG_POLICY"}, OtherPolicyTypes: []string{}}},
		records[organizations.Root](t, pack, "organizations.root"))

	scps := attachments(t, c)
	over := func(path []string, management bool) (scp, rcp *organizations.Guardrails) {
		scp = &organizations.Guardrails{Applies: !management, Policies: []string{}}
		for _, id := range path {
			for _, p := range scps[id] {
				if !slices.Contains(scp.Policies, p) {
					scp.Policies = append(scp.Policies, p)
				}
			}
		}
		scp.Limited = !management && len(scp.Policies) > 1
		return scp, &organizations.Guardrails{Policies: []string{}}
	}
	var units []*organizations.OrganizationalUnit
	var all []*organizations.Account
	var down func(parent string, path []string)
	down = func(parent string, path []string) {
		list, err := c.ListOrganizationalUnitsForParent(ctx, &awsorganizations.ListOrganizationalUnitsForParentInput{ParentId: &parent})
		must(t, err)
		for _, u := range list.OrganizationalUnits {
			below := append(slices.Clone(path), *u.Id)
			unit := &organizations.OrganizationalUnit{Meta: meta(caller, "us-east-1", *u.Arn), OUID: *u.Id, Name: u.Name, Parent: parent, Path: below}
			unit.SCP, unit.RCP = over(below, false)
			units = append(units, unit)
			down(*u.Id, below)
		}
		pages := awsorganizations.NewListAccountsForParentPaginator(c, &awsorganizations.ListAccountsForParentInput{ParentId: &parent})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			must(t, err)
			for _, x := range page.Accounts {
				a := &organizations.Account{Meta: meta(caller, "us-east-1", *x.Arn), AccountID: *x.Id, Name: x.Name, Email: x.Email, State: string(x.State), JoinedMethod: text(x.JoinedMethod), Joined: utc(x.JoinedTimestamp),
					Management: *x.Id == caller, Parent: &parent, Path: path, InScope: slices.Contains(read, *x.Id)}
				switch {
				case a.InScope:
				case a.State == "ACTIVE":
					a.NotRead = ptr("not-named")
				default:
					a.NotRead = ptr("not-active")
				}
				a.SCP, a.RCP = over(append(slices.Clone(path), *x.Id), a.Management)
				all = append(all, a)
			}
		}
	}
	down(*root.Id, []string{*root.Id})
	agree(t, units, records[organizations.OrganizationalUnit](t, pack, "organizations.organizational_unit"))
	o := &organizations.Organization{Meta: meta(caller, "us-east-1", *org.Arn, "resource_policy"), OrganizationID: *org.Id, ManagementAccount: *org.MasterAccountId, FeatureSet: string(org.FeatureSet), ScopeNotListed: []string{}}
	listed := map[string]bool{}
	for _, a := range all {
		o.Accounts++
		listed[a.AccountID] = true
		if a.State == "ACTIVE" {
			o.ActiveAccounts++
		}
		if a.InScope {
			o.AccountsInScope++
		}
	}
	for _, id := range read {
		if !listed[id] {
			o.ScopeNotListed = append(o.ScopeNotListed, id)
		}
	}
	if o.Accounts != 22 || o.ActiveAccounts != 3 {
		t.Errorf("moto has %d accounts, %d of them active, which is not what was seeded", o.Accounts, o.ActiveAccounts)
	}
	agree(t, []*organizations.Organization{o}, records[organizations.Organization](t, pack, "organizations.organization"))
	agree(t, all, records[organizations.Account](t, pack, "organizations.account"))
	checkPolicies(t, c, pack, read)
	effective := records[organizations.EffectivePolicy](t, pack, "organizations.effective_policy")
	for _, p := range effective {
		unknown(t, p, "content", "present", "updated")
	}
	inOrganization := len(read) - len(o.ScopeNotListed)
	if each := len(orgtypes.EffectivePolicyType("").Values()); len(effective) != each*inOrganization {
		t.Errorf("%d effective policies, want %d types in %d accounts", len(effective), each, inOrganization)
	}
}

const discoveredYAML = `organization: Example Corp
period: 2026-Q3
frameworks: [organization.yaml]
scope:
  organization: true
  regions: [us-east-1]
  role: ` + role + `
  external-id: ` + externalID + `
`

// checkDiscovered runs an audit of the whole organization, whose accounts only moto knows.
func checkDiscovered(t *testing.T, s *server, bin, dir string) {
	must(t, os.WriteFile(filepath.Join(dir, "organization.yaml"), []byte(everything(t, "organizations.yaml", "account.yaml")), 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "discovered.yaml"), []byte(discoveredYAML), 0o644))
	pack := filepath.Join(dir, "discovered")
	if code, stdout, stderr := auditseal(t, bin, dir, s.url, "run", "-c", "discovered.yaml", "--out", pack, "--rate-share", "0"); code != 0 {
		t.Fatalf("run: exit code %d\n%s%s", code, stdout, stderr)
	}
	var active []string
	pages := awsorganizations.NewListAccountsPaginator(awsorganizations.NewFromConfig(s.as(t, caller, "us-east-1")), &awsorganizations.ListAccountsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		must(t, err)
		for _, a := range page.Accounts {
			if a.State == orgtypes.AccountStateActive {
				active = append(active, *a.Id)
			}
		}
	}
	checkOrganization(t, s, pack, active)
}

// attachments are the ids of the SCPs on each target, sorted.
func attachments(t *testing.T, c *awsorganizations.Client) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, p := range policiesOf(t, c, orgtypes.PolicyTypeServiceControlPolicy) {
		for _, to := range p.targets {
			out[*to.TargetId] = append(out[*to.TargetId], *p.Id)
			slices.Sort(out[*to.TargetId])
		}
	}
	return out
}

type heldPolicy struct {
	orgtypes.PolicySummary
	content *string
	targets []orgtypes.PolicyTargetSummary
}

func policiesOf(t *testing.T, c *awsorganizations.Client, kind orgtypes.PolicyType) (all []heldPolicy) {
	t.Helper()
	list, err := c.ListPolicies(t.Context(), &awsorganizations.ListPoliciesInput{Filter: kind})
	must(t, err)
	for _, p := range list.Policies {
		d, err := c.DescribePolicy(t.Context(), &awsorganizations.DescribePolicyInput{PolicyId: p.Id})
		must(t, err)
		on, err := c.ListTargetsForPolicy(t.Context(), &awsorganizations.ListTargetsForPolicyInput{PolicyId: p.Id})
		must(t, err)
		all = append(all, heldPolicy{p, d.Policy.Content, on.Targets})
	}
	return all
}

func checkPolicies(t *testing.T, c *awsorganizations.Client, pack string, read []string) {
	t.Helper()
	ctx := t.Context()
	var policies []*organizations.Policy
	for _, kind := range []orgtypes.PolicyType{orgtypes.PolicyTypeServiceControlPolicy, orgtypes.PolicyTypeTagPolicy} {
		for _, p := range policiesOf(t, c, kind) {
			rec := &organizations.Policy{Meta: meta(caller, "us-east-1", *p.Arn), PolicyID: *p.Id, Name: p.Name, Description: p.Description, Type: string(p.Type), AWSManaged: p.AwsManaged, Content: p.content, Targets: []string{}}
			for _, to := range p.targets {
				rec.Targets = append(rec.Targets, string(to.Type)+"/"+*to.TargetId)
			}
			slices.Sort(rec.Targets)
			policies = append(policies, rec)
		}
	}
	agree(t, policies, records[organizations.Policy](t, pack, "organizations.policy"))

	var services []*organizations.TrustedService
	trusted, err := c.ListAWSServiceAccessForOrganization(ctx, &awsorganizations.ListAWSServiceAccessForOrganizationInput{})
	must(t, err)
	d, err := c.DescribeOrganization(ctx, &awsorganizations.DescribeOrganizationInput{})
	must(t, err)
	for _, x := range trusted.EnabledServicePrincipals {
		services = append(services, &organizations.TrustedService{Meta: meta(caller, "us-east-1", *d.Organization.Id+"/"+*x.ServicePrincipal), Service: *x.ServicePrincipal, Enabled: utc(x.DateEnabled)})
	}
	agree(t, services, records[organizations.TrustedService](t, pack, "organizations.trusted_service"))

	var admins []*organizations.DelegatedAdministrator
	list, err := c.ListDelegatedAdministrators(ctx, &awsorganizations.ListDelegatedAdministratorsInput{})
	must(t, err)
	for _, x := range list.DelegatedAdministrators {
		a := &organizations.DelegatedAdministrator{Meta: meta(caller, "us-east-1", *x.Arn), AccountID: *x.Id, Name: x.Name, State: string(x.State), Since: utc(x.DelegationEnabledDate), Services: []string{}, InScope: slices.Contains(read, *x.Id)}
		has, err := c.ListDelegatedServicesForAccount(ctx, &awsorganizations.ListDelegatedServicesForAccountInput{AccountId: x.Id})
		must(t, err)
		for _, v := range has.DelegatedServices {
			a.Services = append(a.Services, *v.ServicePrincipal)
		}
		slices.Sort(a.Services)
		admins = append(admins, a)
	}
	agree(t, admins, records[organizations.DelegatedAdministrator](t, pack, "organizations.delegated_administrator"))
}
