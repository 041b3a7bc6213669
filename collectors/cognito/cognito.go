// Package cognito reads Amazon Cognito: user pools with their clients, domains and identity providers, and identity pools.
//
// It reads how pools are set up and never a user. A client's secret, every setting of an identity provider, and what an identity pool knows
// its login providers by, is taken out of the answer before anything of it is kept; ListUserPoolClientSecrets is not among the operations, so it cannot be called. Which web ACL
// protects a pool is read by the collector of AWS WAF.
package cognito

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// Collector reads Cognito in one account and region.
type Collector struct{}

func (Collector) Name() string { return "cognito" }
func (Collector) Doc() string {
	return "Cognito user pools with MFA, password policy, threat protection and log delivery, their app clients, domains and identity providers; identity pools with their roles."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryRegion }

const (
	identityPoolKind = "cognito.identity_pool"
	providerKind     = "cognito.identity_provider"
	poolKind         = "cognito.user_pool"
	clientKind       = "cognito.user_pool_client"
	domainKind       = "cognito.user_pool_domain"
)

// rates is where AWS publishes its quotas: of each category in an account and region, and of each single operation that reads a pool's
// resources or clients 5 a second for one pool.
const rates = "https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html"

func pools(name, member, category string, rate float64) evidence.Operation {
	return evidence.Operation{Service: "cognito-idp", API: cognitoidentityprovider.ServiceID, Name: name, Action: "cognito-idp:" + name, Member: member,
		Rate: rate, RateSource: rates, Pool: category}
}

func poolRead(name, member string) evidence.Operation {
	return pools(name, member, "UserPoolRead", 15)
}

// resourceRead is asked once of each pool.
func resourceRead(name, member string) evidence.Operation {
	return each(pools(name, member, "UserPoolResourceRead", 20), poolKind)
}

// ofOnePool is asked many times of one pool, so that the rate for one pool is what bounds it.
func ofOnePool(name, member, kind string) evidence.Operation {
	return each(pools(name, member, "", 5), kind)
}

func each(op evidence.Operation, kind string) evidence.Operation {
	op.Each = kind
	return op
}

func lists(op evidence.Operation, kind string) evidence.Operation {
	op.Lists, op.Page = kind, 60
	return op
}

// addresses marks an answer with the addresses that mail is sent from and answered to. The ARN of an identity of Amazon SES may end in one.
func addresses(op evidence.Operation) evidence.Operation {
	op.Identity = []string{"From", "ReplyTo", "ReplyToEmailAddress", "SourceArn"}
	return op
}

func secret(op evidence.Operation, members ...string) evidence.Operation {
	op.Secrets = members
	return op
}

// identity operations have no published rate.
func identity(name, member string) evidence.Operation {
	return evidence.Operation{Service: "cognito-identity", API: cognitoidentity.ServiceID, Name: name, Action: "cognito-identity:" + name, Member: member}
}

var (
	// A login provider's value is the id of an application there; Twitter's is its key and its secret.
	describeIdentityPool = secret(each(identity("DescribeIdentityPool", "IdentityPoolId"), identityPoolKind), "SupportedLoginProviders")
	getIdentityPoolRoles = each(identity("GetIdentityPoolRoles", "IdentityPoolId"), identityPoolKind)
	listIdentityPools    = lists(identity("ListIdentityPools", "IdentityPools"), identityPoolKind)

	describeIdentityProvider    = secret(ofOnePool("DescribeIdentityProvider", "IdentityProvider", providerKind), "ProviderDetails")
	describeRiskConfiguration   = addresses(ofOnePool("DescribeRiskConfiguration", "RiskConfiguration", clientKind))
	describeUserPool            = addresses(each(poolRead("DescribeUserPool", "UserPool"), poolKind))
	describeUserPoolClient      = secret(ofOnePool("DescribeUserPoolClient", "UserPoolClient", clientKind), "ClientSecret")
	describeUserPoolDomain      = each(resourceRead("DescribeUserPoolDomain", "DomainDescription"), domainKind)
	getLogDeliveryConfiguration = resourceRead("GetLogDeliveryConfiguration", "LogDeliveryConfiguration")
	getUserPoolMfaConfig        = resourceRead("GetUserPoolMfaConfig", "MfaConfiguration")
	listIdentityProviders       = lists(resourceRead("ListIdentityProviders", "Providers"), providerKind)
	listUserPoolClients         = lists(each(pools("ListUserPoolClients", "UserPoolClients", "UserPoolClientRead", 15), poolKind), clientKind)
	listUserPools               = lists(poolRead("ListUserPools", "UserPools"), poolKind)
)

func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{
		describeIdentityPool, getIdentityPoolRoles, listIdentityPools,
		describeIdentityProvider, describeRiskConfiguration, describeUserPool, describeUserPoolClient, describeUserPoolDomain,
		getLogDeliveryConfiguration, getUserPoolMfaConfig, listIdentityProviders, listUserPoolClients, listUserPools,
	}
}

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[IdentityPool]("The identity pools, which hand out AWS credentials."),
		evidence.KindOf[Provider]("The identity providers of the user pools: SAML, OpenID Connect and social ones."),
		evidence.KindOf[UserPool]("The user pools. Their users are not read."),
		evidence.KindOf[Client]("The app clients of the user pools."),
		evidence.KindOf[Domain]("The domains of the user pools, both prefixes and domains of one's own."),
	}
}

// Collect reads the user pools, then what belongs to each, then the identity pools.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	r := &reader{c: c, idp: cognitoidentityprovider.NewFromConfig(c.Config), identity: cognitoidentity.NewFromConfig(c.Config)}
	steps := []func(context.Context) error{r.userPools, r.clients, r.domains, r.providers, r.identityPools}
	if c.Partition == "aws-cn" {
		c.Absent(listUserPools, "NotInPartition", "AWS has no Cognito user pools in China", poolKind, clientKind, domainKind, providerKind)
		steps = steps[4:]
	}
	for _, read := range steps {
		if err := read(ctx); err != nil {
			return err
		}
	}
	return nil
}

// reader is one cell at work.
type reader struct {
	c        *cell.Cell
	idp      *cognitoidentityprovider.Client
	identity *cognitoidentity.Client
	// pools are what was read of the user pools, in AWS's order: a few words of each, for the questions about what belongs to them.
	pools []*pool
}

// lacks notes that an answer lacks what a field is read from.
func (r *reader) lacks(m *evidence.Meta, md middleware.Metadata, op evidence.Operation, member string, fields ...string) {
	r.c.Half(md, op, "MissingMember", "AWS answered "+op.Name+" without "+member, m, fields)
}

// undocumented notes a value that AWS's documentation does not know, so that nobody can say what it means.
func (r *reader) undocumented(m *evidence.Meta, md middleware.Metadata, op evidence.Operation, member, field string) {
	r.c.Half(md, op, "UndocumentedValue", "AWS answered "+op.Name+" with a value of "+member+" that its documentation does not have", m, []string{field})
}

// documented reports whether every value is one of an enumeration of the SDK.
func documented[S ~string](in, all []S) bool {
	return !slices.ContainsFunc(in, func(s S) bool { return !slices.Contains(all, s) })
}

func integer(n *int32) *int {
	if n == nil {
		return nil
	}
	v := int(*n)
	return &v
}
