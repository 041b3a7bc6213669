// Package iam reads IAM: the account's summary and password policy, its root user, the credential report, users, groups, roles and
// managed policies, SAML and OIDC identity providers, and server certificates.
//
// IAM has one answer an account, and is asked in the region that answers for the partition. Users, groups, roles and policies come
// from one list (GetAccountAuthorizationDetails); their records are emitted once it has ended, because a user's permissions hang on
// groups and policies that may come later. Policy documents are URL-encoded on the wire. One that can't be decoded or read leaves
// unknown what would have been read from it, and never reads as a policy that allows nothing.
//
// The credential report holds for the moment that AWS made it, at most once in four hours, and is asked for until it is there: the
// tape's rate keeps the polls two seconds apart when they are sent, and replaying sends none. A user that was made after the report
// is in no line of it; one that was made before and is missing is a gap. Where AWS gives one that is older than a day, its lines are
// read, and exceptions stand, but a gap keeps them from being taken for how things are.
//
// The set "identity" of redact takes nothing out here. The names of IAM users are names of resources: they stand in ARNs, and in the
// credential report, which is base64 on the wire. Nor does it take out whom SAML metadata names as its contacts. A pointer
// (iam:GetSAMLProvider:/SAMLMetadataDocument) does, and leaves the certificates unknown.
//
// It does not read service-specific credentials, SSH keys, or when a permission was last used, and does not weigh Deny statements,
// permissions boundaries or service control policies.
package iam

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// Collector reads IAM.
type Collector struct{}

func (Collector) Name() string { return "iam" }
func (Collector) Doc() string {
	return "IAM users, groups, roles and policies; the root user and the credential report; the password policy; SAML and OIDC providers; server certificates."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryAccount }

func operation(name, member string) evidence.Operation {
	return evidence.Operation{Service: "iam", API: iam.ServiceID, Name: name, Action: "iam:" + name, Member: member}
}

func lists(name, member, kind string, page int) evidence.Operation {
	op := operation(name, member)
	op.Lists, op.Page = kind, page
	return op
}

func each(name, member, kind string) evidence.Operation {
	op := operation(name, member)
	op.Each = kind
	return op
}

// AWS publishes no rate for IAM: the common cautious one is used, but for the polls.
var (
	generateReport    = operation("GenerateCredentialReport", "State")
	getDetails        = lists("GetAccountAuthorizationDetails", "RoleDetailList", "iam.role", 1000)
	getPasswordPolicy = operation("GetAccountPasswordPolicy", "PasswordPolicy")
	getSummary        = operation("GetAccountSummary", "SummaryMap")
	getReport         = polled(operation("GetCredentialReport", "Content"))
	getOIDCProvider   = each("GetOpenIDConnectProvider", "Url", "iam.oidc_provider")
	getOutbound       = operation("GetOutboundWebIdentityFederationInfo", "IssuerIdentifier")
	getSAMLProvider   = each("GetSAMLProvider", "SAMLMetadataDocument", "iam.saml_provider")
	listAliases       = operation("ListAccountAliases", "AccountAliases")
	listOIDCProviders = lists("ListOpenIDConnectProviders", "OpenIDConnectProviderList", "iam.oidc_provider", 0)
	listFeatures      = operation("ListOrganizationsFeatures", "EnabledFeatures")
	listRoles         = lists("ListRoles", "Roles", "iam.role", 1000)
	listSAMLProviders = lists("ListSAMLProviders", "SAMLProviderList", "iam.saml_provider", 0)
	listCertificates  = lists("ListServerCertificates", "ServerCertificateMetadataList", "iam.server_certificate", 1000)
	listVirtualMFA    = secret(operation("ListVirtualMFADevices", "VirtualMFADevices"), "Base32StringSeed", "QRCodePNG")
)

// detailKinds are what the authorization details list, reportKinds what the credential report does.
var (
	detailKinds = []string{"iam.group", "iam.policy", "iam.role", "iam.user"}
	reportKinds = []string{"iam.credential"}
)

// pageSize is the most that IAM gives at once.
var pageSize int32 = 1000

// polled asks again every two seconds.
func polled(op evidence.Operation) evidence.Operation {
	op.Poll, op.Pace = true, 0.5
	return op
}

func secret(op evidence.Operation, members ...string) evidence.Operation {
	op.Secrets = members
	return op
}

func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{generateReport, getDetails, getPasswordPolicy, getSummary, getReport, getOIDCProvider, getOutbound, getSAMLProvider, listAliases,
		listOIDCProviders, listFeatures, listRoles, listSAMLProviders, listCertificates, listVirtualMFA}
}

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Account]("One record an account: aliases, counts, outbound identity federation."),
		evidence.KindOf[Credential]("The lines of the credential report: one for each user, and one for the root user. It holds for the moment that AWS made the report. Names are names of IAM users, and are not redacted with the set identity."),
		evidence.KindOf[CredentialReport]("One record an account: the credential report as a whole."),
		evidence.KindOf[Group]("The groups of IAM users."),
		evidence.KindOf[OIDCProvider]("The OIDC identity providers of the account."),
		evidence.KindOf[Organization]("Central root access of the organization, as each account that is asked may tell: the account that lists the organization's accounts, or every account where audit.yaml names them."),
		evidence.KindOf[PasswordPolicy]("One record an account: the password policy of its IAM users."),
		evidence.KindOf[Policy]("The customer managed policies, and AWS's policies that are attached to something."),
		evidence.KindOf[Role]("The roles of the account, those of AWS services and of Identity Center included."),
		evidence.KindOf[Root]("One record an account: its root user."),
		evidence.KindOf[SAMLProvider]("The SAML identity providers of the account."),
		evidence.KindOf[ServerCertificate]("The TLS certificates that are kept in IAM. Those of Certificate Manager are not among them."),
		evidence.KindOf[User]("The IAM users of the account. People of Identity Center are not among them."),
	}
}

// Collect reads what later records need first: the summary, the report, then who is there.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	region := evidence.GlobalRegion(c.Partition)
	if region == "" {
		var kinds []string
		for _, k := range (Collector{}).Kinds() {
			kinds = append(kinds, k.Name)
		}
		c.Absent(getSummary, "UnknownPartition", "it is not known which region answers for IAM in the partition "+c.Partition, kinds...)
		return nil
	}
	r := &reader{c: c, region: region, told: map[string]evidence.Gap{}, maxSession: map[string]session{}, trusting: map[string]*trusting{},
		iam: iam.NewFromConfig(c.Config, func(o *iam.Options) { o.Region = region })}
	r.account = &Account{Meta: r.meta(c.Account + "/iam")}
	r.root = &Root{Meta: r.meta("arn:" + c.Partition + ":iam::" + c.Account + ":root")}
	for _, read := range []func(context.Context) error{r.summary, r.aliases, r.outbound, r.virtualMFA, r.report, r.emitRoot, r.passwordPolicy, r.organization,
		r.sessions, r.details, r.emitAccount, r.samlProviders, r.oidcProviders, r.serverCertificates} {
		if err := read(ctx); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// reader is one cell at work.
type reader struct {
	c      *cell.Cell
	region string
	iam    *iam.Client

	account *Account
	root    *Root
	// first is why the summary could not be read, nil where it was.
	first error
	// told are the gaps that were made, by what they say.
	told map[string]evidence.Gap
	// reported is what the credential report says of who was there when.
	reported reported
	// maxSession is by role ARN; sessionsBroken is why it lacks some.
	maxSession     map[string]session
	sessionsBroken *reason
	// trusting are the roles that trust each provider; rolesBroken is why some may be missing.
	trusting    map[string]*trusting
	rolesBroken []evidence.Gap
}

// meta starts a record of the region that answers for IAM.
func (r *reader) meta(id string) evidence.Meta {
	m := r.c.Meta(id)
	m.Region = r.region
	return m
}

// emit hands over a record. One of which nothing was ever sent has no evidence to point to: then its population is not whole, by
// the error that says so.
func (r *reader) emit(x evidence.Record, err error) error {
	if len(x.Header().Evidence) > 0 {
		return r.c.Emit(x)
	}
	if err != nil {
		r.c.Incomplete(err, x.Kind())
	}
	return nil
}
