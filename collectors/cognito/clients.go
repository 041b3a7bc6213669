package cognito

import (
	"context"
	"iter"
	"net/url"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/tape"
)

// clientFields are the fields of a client that DescribeUserPoolClient tells.
var clientFields = []string{"created", "modified", "has_secret", "auth_flows", "oauth", "oauth_flows", "oauth_scopes", "identity_providers", "callback_urls", "logout_urls",
	"insecure_callback_urls", "prevent_user_existence_errors", "token_revocation", "refresh_rotation", "access_token_seconds", "id_token_seconds", "refresh_token_seconds",
	"auth_session_minutes"}

// listedClient is one entry of ListUserPoolClients and the page it stood on.
type listedClient struct {
	types.UserPoolClientDescription
	pool *pool
	page middleware.Metadata
}

// clients reads the clients of every user pool.
func (r *reader) clients(ctx context.Context) error {
	return cell.Ordered(ctx, r.listedClients(ctx), r.client, func(c *Client) error {
		if c == nil {
			return nil
		}
		return r.c.Emit(c)
	})
}

func (r *reader) listedClients(ctx context.Context) iter.Seq[listedClient] {
	return func(yield func(listedClient) bool) {
		for _, p := range r.pools {
			seen := r.c.Once(clientKind)
			pages := cognitoidentityprovider.NewListUserPoolClientsPaginator(r.idp, &cognitoidentityprovider.ListUserPoolClientsInput{UserPoolId: &p.id, MaxResults: aws.Int32(60)})
			for pages.HasMorePages() {
				page, err := pages.NextPage(ctx)
				if err != nil {
					r.c.Incomplete(err, clientKind)
					break
				}
				nameless := false
				for _, c := range page.UserPoolClients {
					if aws.ToString(c.ClientId) == "" {
						nameless = true
						continue
					}
					if seen.First(*c.ClientId, page.ResultMetadata) && !yield(listedClient{c, p, page.ResultMetadata}) {
						return
					}
				}
				if nameless {
					r.c.Half(page.ResultMetadata, listUserPoolClients, "MissingMember", "a client was listed without its id", nil, nil, clientKind)
				}
			}
		}
	}
}

// client describes one client; nil where it is gone.
func (r *reader) client(ctx context.Context, l listedClient) *Client {
	rec := &Client{Meta: r.c.Meta(l.pool.arn + "/client/" + *l.ClientId), Pool: l.pool.arn, ClientID: *l.ClientId, Name: aws.ToString(l.ClientName)}
	r.c.Read(&rec.Meta, l.page)
	if rec.Name == "" {
		r.lacks(&rec.Meta, l.page, listUserPoolClients, "the client's name", "name")
	}
	out, err := r.idp.DescribeUserPoolClient(ctx, &cognitoidentityprovider.DescribeUserPoolClientInput{UserPoolId: &l.pool.id, ClientId: l.ClientId})
	switch {
	case err == nil:
		r.c.Read(&rec.Meta, out.ResultMetadata)
		r.settings(rec, out.UserPoolClient, out.ResultMetadata)
	case tape.Code(err) == gone:
		r.c.Known(nil, err)
		return nil
	default:
		r.c.Unknown(&rec.Meta, err, clientFields...)
	}
	if l.pool.protected {
		r.clientRisk(ctx, rec, l.pool)
	}
	return rec
}

func (r *reader) settings(rec *Client, c *types.UserPoolClientType, md middleware.Metadata) {
	lacks := func(member string, fields ...string) {
		r.lacks(&rec.Meta, md, describeUserPoolClient, member, fields...)
	}
	if aws.ToString(c.ClientId) != rec.ClientID {
		lacks("the client that was asked for", clientFields...)
		return
	}
	rec.Created, rec.Modified, rec.HasSecret = cell.UTC(c.CreationDate), cell.UTC(c.LastModifiedDate), aws.ToString(c.ClientSecret) != ""
	if documented(c.ExplicitAuthFlows, types.ExplicitAuthFlowsType("").Values()) {
		rec.AuthFlows = cell.List(c.ExplicitAuthFlows)
	} else {
		r.undocumented(&rec.Meta, md, describeUserPoolClient, "ExplicitAuthFlows", "auth_flows")
	}
	if documented(c.AllowedOAuthFlows, types.OAuthFlowType("").Values()) {
		rec.OAuthFlows = cell.List(c.AllowedOAuthFlows)
	} else {
		r.undocumented(&rec.Meta, md, describeUserPoolClient, "AllowedOAuthFlows", "oauth_flows")
	}
	if c.AllowedOAuthFlowsUserPoolClient != nil {
		rec.OAuth = *c.AllowedOAuthFlowsUserPoolClient
	} else {
		lacks("AllowedOAuthFlowsUserPoolClient", "oauth")
	}
	rec.OAuthScopes, rec.IdentityProviders = cell.List(c.AllowedOAuthScopes), cell.List(c.SupportedIdentityProviders)
	rec.CallbackURLs, rec.LogoutURLs = cell.List(c.CallbackURLs), cell.List(c.LogoutURLs)
	rec.InsecureURLs = insecure(c.CallbackURLs)
	if rec.UserExistenceErrors = string(c.PreventUserExistenceErrors); rec.UserExistenceErrors == "" {
		lacks("PreventUserExistenceErrors", "prevent_user_existence_errors")
	}
	if c.EnableTokenRevocation != nil {
		rec.TokenRevocation = *c.EnableTokenRevocation
	} else {
		lacks("EnableTokenRevocation", "token_revocation")
	}
	if t := c.RefreshTokenRotation; t != nil {
		rec.RefreshRotation = cell.Text(t.Feature)
	}
	rec.SessionMinutes = integer(c.AuthSessionValidity)
	r.lifetimes(rec, c, md)
}

// lifetimes counts in seconds how long tokens hold. Where AWS names no number or unit its documented defaults hold.
func (r *reader) lifetimes(rec *Client, c *types.UserPoolClientType, md middleware.Metadata) {
	units := types.TokenValidityUnitsType{}
	if c.TokenValidityUnits != nil {
		units = *c.TokenValidityUnits
	}
	for _, t := range []struct {
		member, field string
		n             int32
		unit, usual   types.TimeUnitsType
		standard      int
		to            *int
	}{
		{"AccessToken", "access_token_seconds", aws.ToInt32(c.AccessTokenValidity), units.AccessToken, types.TimeUnitsTypeHours, 3600, &rec.AccessSeconds},
		{"IdToken", "id_token_seconds", aws.ToInt32(c.IdTokenValidity), units.IdToken, types.TimeUnitsTypeHours, 3600, &rec.IDSeconds},
		{"RefreshToken", "refresh_token_seconds", c.RefreshTokenValidity, units.RefreshToken, types.TimeUnitsTypeDays, 30 * 86400, &rec.RefreshSeconds},
	} {
		if t.unit == "" {
			t.unit = t.usual
		}
		seconds, ok := map[types.TimeUnitsType]int{types.TimeUnitsTypeSeconds: 1, types.TimeUnitsTypeMinutes: 60, types.TimeUnitsTypeHours: 3600, types.TimeUnitsTypeDays: 86400}[t.unit]
		switch {
		case !ok || t.n < 0:
			r.undocumented(&rec.Meta, md, describeUserPoolClient, "TokenValidityUnits."+t.member, t.field)
		case t.n == 0:
			*t.to = t.standard
		default:
			*t.to = int(t.n) * seconds
		}
	}
}

// insecure are the URLs to which a browser would go without TLS. Apps have schemes of their own (myapp://, com.example.app:/) that do
// not leave the device.
func insecure(urls []string) []string {
	out := []string{}
	for _, s := range urls {
		u, err := url.Parse(s)
		if err != nil || !safe(u) {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func safe(u *url.URL) bool {
	switch u.Scheme {
	case "https":
		return true
	case "http":
		return slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname())
	case "", "ws", "ftp", "file", "data", "blob", "javascript", "vbscript":
		return false
	}
	return true
}
