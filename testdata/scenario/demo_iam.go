package scenario

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// idpMetadata is what an identity provider publishes of itself, with a signing certificate for each end, and one to encrypt for it.
func idpMetadata(name string, ends ...time.Time) string {
	certificate := func(n int, end time.Time) string {
		seed := make([]byte, ed25519.SeedSize)
		copy(seed, fmt.Sprintf("%s %d", name, n))
		key := ed25519.NewKeyFromSeed(seed)
		t := &x509.Certificate{SerialNumber: big.NewInt(int64(n + 1)), Subject: pkix.Name{CommonName: name + " signing"}, NotBefore: end.AddDate(-3, 0, 0), NotAfter: end}
		der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key) // Ed25519 takes nothing from the reader
		if err != nil {
			panic(fmt.Sprintf("scenario: %v", err))
		}
		text := base64.StdEncoding.EncodeToString(der)
		return text[:64] + "\n" + text[64:]
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="https://idp.example.com/%s">`, name)
	b.WriteString(`<md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">`)
	for n, end := range ends {
		fmt.Fprintf(&b, `<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`, certificate(n, end))
	}
	fmt.Fprintf(&b, `<md:KeyDescriptor use="encryption"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`, certificate(99, day(2020, 1, 1)))
	fmt.Fprintf(&b, `<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/%s/sso"/>`, name)
	b.WriteString(`</md:IDPSSODescriptor><md:ContactPerson contactType="technical"><md:Company>Example Corp</md:Company><md:EmailAddress>mailto:identity@example.com</md:EmailAddress></md:ContactPerson></md:EntityDescriptor>`)
	return b.String()
}

// trustFederated trusts an identity provider of the account.
func trustFederated(arn, action, condition string) string {
	return `{"Effect":"Allow","Principal":{"Federated":"` + arn + `"},"Action":"` + action + `","Condition":` + condition + `}`
}

func allow(action, resource string) string {
	return policyOf(`{"Effect":"Allow","Action":` + action + `,"Resource":"` + resource + `"}`)
}

const github = "token.actions.githubusercontent.com"

// demoIam declares what Example Corp has of it.
func demoIam(o *Organization) {
	made := day(2022, 11, 2).Add(9 * time.Hour)
	for _, a := range o.Accounts {
		i := &IAM{Alias: a.Name, Made: Now.Add(-50 * time.Minute), Root: IAMRoot{MFA: true, Password: true, Made: made, Used: day(2025, 11, 12).Add(10 * time.Hour)},
			Policy: &IAMPasswordPolicy{Length: 14, Age: 90, Reuse: 24, Upper: true, Lower: true, Digits: true, Symbols: true, UsersMayChangeTheirs: true},
			Roles: []IAMRole{
				{Name: DemoRole, Made: made, Used: Now.Add(-time.Hour), Attached: []string{awsPolicy("SecurityAudit"), awsPolicy("job-function/ViewOnlyAccess")}, Hours: 4,
					Trust: trustOf(trustAccount("arn:aws:iam::"+DemoManagement+":root", `{"StringEquals":{"sts:ExternalId":"`+DemoExternalID+`"}}`)), Tags: []Tag{{"owner", "compliance"}}},
				{Name: "AWSServiceRoleForConfig", Path: "/aws-service-role/config.amazonaws.com/", Made: made, Used: Now.Add(-3 * time.Hour), Attached: []string{awsPolicy("aws-service-role/AWSConfigServiceRolePolicy")}, Trust: trustOf(trustService("config.amazonaws.com"))},
				{Name: "AWSReservedSSO_AdministratorAccess_7223a1b2c3d4e5f6", Path: "/aws-reserved/sso.amazonaws.com/eu-west-1/", Made: made, Used: Now.Add(-26 * time.Hour), Attached: []string{awsPolicy("AdministratorAccess")}, Hours: 12,
					Trust: trustOf(trustFederated("arn:aws:iam::"+a.ID+":saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE", `sts:AssumeRoleWithSAML`, `{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}`))},
				{Name: "incident-support", Made: made, Attached: []string{awsPolicy("AWSSupportAccess")}, Trust: trustOf(trustAccount("arn:aws:iam::"+a.ID+":root", ""))},
			},
			SAML: []IAMSAML{{Name: "AWSSSO_0123456789abcdef_DO_NOT_DELETE", Metadata: idpMetadata("identity-center", day(2029, 2, 20)), Made: made}},
		}
		switch a.ID {
		case DemoManagement:
			i.Features, i.Outbound, i.Report = []string{"RootCredentialsManagement", "RootSessions"}, "https://8c1d7a52-0f6b-4b2e-9d43-5e2f1a7c9b60.tokens.sts.global.api.aws", "STARTED"
			// For when everything else fails: kept in a safe, with MFA.
			i.Groups = []IAMGroup{{Name: "emergency", Made: made, Attached: []string{awsPolicy("AdministratorAccess")}}}
			i.Users = []IAMUser{
				{Name: "break-glass-1", Path: "/emergency/", Made: made, Groups: []string{"emergency"}, Changed: day(2026, 8, 20), Used: day(2026, 8, 20).Add(8 * time.Hour), MFA: true, Tags: []Tag{{"kept-in", "safe 1"}}},
				{Name: "break-glass-2", Path: "/emergency/", Made: made, Groups: []string{"emergency"}, Changed: day(2026, 8, 20), MFA: true},
			}
		case DemoLogArchive:
			// Root credentials were taken away centrally. AWS's default policy holds, and there is nobody it holds for. AWS would not
			// make a report, so that the one of the day before yesterday is read.
			i.Root, i.Policy, i.Report, i.Made, i.Alias = IAMRoot{Made: made}, nil, "LIMIT", Now.Add(-41*time.Hour), ""
		case DemoPayments:
			demoPaymentsIAM(i, a.ID, made)
		case DemoData:
			demoDataIAM(i, a.ID, made)
		}
		answers := Answers{}
		for _, op := range iamOperations {
			answers[op] = i.answer(op, a.ID)
		}
		a.Store("iam", answers)
	}
}

// demoPaymentsIAM is what has grown: old keys, people with policies of their own, trust without conditions.
func demoPaymentsIAM(i *IAM, account string, made time.Time) {
	i.Root.Virtual = true
	i.Policy.Length, i.Policy.Reuse, i.Policy.Symbols = 8, 5, false
	i.Groups = []IAMGroup{
		{Name: "payments-operators", Made: made, Attached: []string{awsPolicy("ReadOnlyAccess")}, Inline: []IAMInline{{Name: "restart", Document: allow(`["ecs:UpdateService","rds:RebootDBInstance"]`, "*")}}},
		{Name: "nobody-left", Made: made},
	}
	i.Users = []IAMUser{
		// Console without MFA, unused since winter, and administrator by a policy of their own.
		{Name: "legacy.admin", Made: made, Attached: []string{awsPolicy("AdministratorAccess")}, Changed: day(2025, 10, 1), Used: day(2026, 1, 14).Add(9 * time.Hour), Tags: []Tag{{"note", "=1+1@SUM"}, {"path", "../../etc/passwd"}, {"numeric", "0012345"}}},
		// A key that was never rotated, and a second one that was never used.
		{Name: "payments-deployer", Path: "/ci/", Made: made, Inline: []IAMInline{{Name: "deploy+everything@all", Document: allow(`"*"`, "*")}}, Keys: [2]IAMKey{
			{Made: day(2024, 3, 4), Used: Now.Add(-4 * time.Hour), Region: "eu-west-1", Service: "ecs"}, {Made: day(2026, 4, 1)}}},
		{Name: "ops.one", Made: made, Groups: []string{"payments-operators"}, Changed: day(2026, 8, 30), Used: Now.Add(-20 * time.Hour), MFA: true, Keys: [2]IAMKey{{Made: day(2026, 8, 1), Used: Now.Add(-30 * time.Hour), Service: "s3"}}},
		{Name: "ops.two", Made: made, Groups: []string{"payments-operators"}, Boundary: awsPolicy("PowerUserAccess"), Changed: day(2026, 9, 15), Used: Now.Add(-44 * time.Hour), MFA: true, Keys: [2]IAMKey{{Made: day(2025, 1, 9), Used: day(2025, 6, 1), Inactive: true}}},
		// Made after the report was.
		{Name: "new.starter", Made: Now.Add(-10 * time.Minute), Groups: []string{"payments-operators"}},
	}
	i.OIDC = []IAMOIDC{{URL: github, Audiences: []string{"sts.amazonaws.com"}, Thumbprints: []string{strings.Repeat("6938fd4d", 5)}, Made: made, Tags: []Tag{{"owner", "platform"}}}}
	provider := i.OIDC[0].arn(account)
	i.SAML = append(i.SAML, IAMSAML{Name: "entra-before-identity-center", Metadata: idpMetadata("entra", day(2026, 10, 20), day(2028, 5, 1)), Made: made, Encryption: "Allowed", Tags: []Tag{{"owner", "identity"}}})
	i.Roles = append(i.Roles,
		// Any repository on GitHub can assume it.
		IAMRole{Name: "github-deploy", Made: made, Used: Now.Add(-6 * time.Hour), Attached: []string{awsPolicy("PowerUserAccess")},
			Trust: trustOf(trustFederated(provider, "sts:AssumeRoleWithWebIdentity", `{"StringEquals":{"`+github+`:aud":"sts.amazonaws.com"}}`))},
		IAMRole{Name: "github-tests", Made: made, Used: Now.Add(-7 * time.Hour), Attached: []string{awsPolicy("ReadOnlyAccess")},
			Trust: trustOf(trustFederated(provider, "sts:AssumeRoleWithWebIdentity", `{"StringEquals":{"`+github+`:aud":"sts.amazonaws.com"},"StringLike":{"`+github+`:sub":"repo:example-corp/*"}}`))},
		// A vendor of monitoring, without an external id; and one with.
		IAMRole{Name: "monitoring-vendor", Made: made, Used: Now.Add(-2 * time.Hour), Attached: []string{awsPolicy("ReadOnlyAccess")}, Trust: trustOf(trustAccount("arn:aws:iam::222233334444:root", ""))},
		IAMRole{Name: "cost-vendor", Made: made, Attached: []string{awsPolicy("job-function/Billing")}, Trust: trustOf(trustAccount("arn:aws:iam::333344445555:role/reader", `{"StringEquals":{"sts:ExternalId":"8f2c"}}`))},
		IAMRole{Name: "ecs-task", Made: made, Used: Now.Add(-time.Hour), Profile: "ecs-task", Inline: []IAMInline{{Name: "queue", Document: allow(`"sqs:*"`, "arn:aws:sqs:eu-west-1:"+account+":settlement")}},
			Trust: trustOf(`{"Effect":"Allow","Principal":{"Service":["ecs-tasks.amazonaws.com","ec2.amazonaws.com"]},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"` + account + `"}}}`)},
	)
	i.Certificates = []IAMCertificate{{Name: "old-load-balancer", Uploaded: day(2023, 5, 2), Ends: day(2026, 6, 2)}, {Name: "checkout", Path: "/cloudfront/", Uploaded: day(2026, 1, 9), Ends: day(2027, 2, 9)}}
}

// demoDataIAM has a root user with keys that was used in the quarter, a policy that allows everything, and a role that is open to all.
func demoDataIAM(i *IAM, account string, made time.Time) {
	i.Root.MFA, i.Root.Used = false, day(2026, 8, 3).Add(7*time.Hour)
	i.Root.Key = IAMKey{Made: day(2019, 4, 1), Used: day(2026, 9, 9).Add(3 * time.Hour), Region: "us-east-1", Service: "s3"}
	i.Policies = []IAMPolicy{
		{Name: "lake-access", Path: "/data/", Made: made, Document: allow(`["s3:GetObject","s3:ListBucket"]`, "*"), Older: allow(`"s3:*"`, "*")},
		{Name: "notebooks", Made: made, Document: allow(`["*:*"]`, "*"), Older: allow(`"s3:GetObject"`, "*")},
		{Name: "all-but-iam", Made: made, Document: policyOf(`{"Effect":"Allow","NotAction":["iam:*"],"Resource":"*"}`, `{"Effect":"Allow","Action":["glue:*","Athena:*"],"Resource":"*"}`)},
	}
	own := func(name string) string { return "arn:aws:iam::" + account + ":policy/" + name }
	i.Groups = []IAMGroup{{Name: "data-scientists", Made: made, Attached: []string{own("notebooks"), own("data/lake-access")}}}
	i.Users = []IAMUser{{Name: "scientist", Made: made, Groups: []string{"data-scientists"}, Changed: day(2026, 9, 20), Used: Now.Add(-9 * time.Hour), MFA: true}}
	i.OIDC = []IAMOIDC{{URL: "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF", Audiences: []string{"sts.amazonaws.com"}, Made: made}}
	cluster := i.OIDC[0]
	i.Roles = append(i.Roles,
		IAMRole{Name: "open-data-publisher", Made: made, Used: day(2026, 9, 1), Attached: []string{own("data/lake-access")}, Trust: trustOf(trustAccount("*", ""))},
		IAMRole{Name: "partners", Made: made, Trust: trustOf(trustAccount("*", `{"StringEquals":{"aws:PrincipalOrgID":"`+"o-exa1mp1ec0"+`"}}`))},
		IAMRole{Name: "spark", Made: made, Used: Now.Add(-5 * time.Hour), Boundary: own("all-but-iam"), Attached: []string{own("data/lake-access")},
			Trust: trustOf(trustFederated(cluster.arn(account), "sts:AssumeRoleWithWebIdentity", `{"StringEquals":{"`+cluster.URL+`:aud":"sts.amazonaws.com","`+cluster.URL+`:sub":"system:serviceaccount:spark:driver"}}`))},
	)
}
