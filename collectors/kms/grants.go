package kms

import (
	"context"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
)

// grantsRead is one page of grants. A key may have tens of thousands of grants, so only the first page is read ahead of its turn.
type grantsRead struct {
	page *kms.ListGrantsOutput
	err  error
}

func (r *reader) grants(ctx context.Context, k *Key, marker *string) grantsRead {
	page, err := r.kms.ListGrants(ctx, &kms.ListGrantsInput{KeyId: &k.ID, Limit: aws.Int32(100), Marker: marker})
	return grantsRead{page, err}
}

// finishGrants hands over the grants of one key, page by page, and counts them.
func (r *reader) finishGrants(ctx context.Context, k *Key, read grantsRead) error {
	sum, seen := &GrantSummary{}, r.c.Once("kms.grant")
	for {
		if read.err != nil {
			r.c.Unknown(&k.Meta, read.err, "grants")
			r.c.Incomplete(read.err, "kms.grant")
			return ctx.Err()
		}
		md := read.page.ResultMetadata
		r.c.Read(&k.Meta, md)
		var nameless, nobody bool
		for _, e := range read.page.Grants {
			if aws.ToString(e.GrantId) == "" {
				nameless = true
				continue
			}
			if !seen.First(*e.GrantId, md) {
				continue
			}
			g := r.grant(k, e, md)
			nobody = nobody || g.Grantee == nil && g.GranteeService == nil
			sum.count(g)
			if err := r.c.Emit(g); err != nil {
				return err
			}
		}
		if nameless {
			r.c.Half(md, listGrants, "MissingMember", "a grant was listed without its id", &k.Meta, []string{"grants"}, "kms.grant")
		}
		if nobody {
			r.c.Half(md, listGrants, "MissingMember", "a grant was listed without a grantee", &k.Meta, []string{"grants.wildcard", "grants.other_account"})
		}
		if r.endless(read.page.Truncated, read.page.NextMarker, md, listGrants, &k.Meta, []string{"grants"}, "kms.grant") {
			return nil
		}
		if aws.ToString(read.page.NextMarker) == "" {
			k.Grants = sum
			return nil
		}
		read = r.grants(ctx, k, read.page.NextMarker)
	}
}

func (s *GrantSummary) count(g *Grant) {
	s.Count++
	for _, c := range []struct {
		n *int
		b bool
	}{{&s.Wildcard, g.Wildcard}, {&s.OtherAccount, g.OtherAccount}, {&s.Constrained, g.Constrained}} {
		if c.b {
			*c.n++
		}
	}
}

func (r *reader) grant(k *Key, e types.GrantListEntry, md middleware.Metadata) *Grant {
	g := &Grant{Meta: r.c.Meta(k.ID + "/grant/" + *e.GrantId), GrantID: *e.GrantId, Key: k.ID, Name: cell.Text(aws.ToString(e.Name)),
		Grantee: e.GranteePrincipal, GranteeService: e.GranteeServicePrincipal, Operations: []string{}, ContextEquals: map[string]string{},
		ContextSubset: map[string]string{}, Retiring: e.RetiringPrincipal, RetiringService: e.RetiringServicePrincipal,
		IssuingAccount: e.IssuingAccount, Created: cell.UTC(e.CreationDate)}
	r.c.Read(&g.Meta, md)
	grantee := aws.ToString(e.GranteePrincipal)
	g.Wildcard = strings.ContainsAny(grantee+aws.ToString(e.GranteeServicePrincipal), "*?")
	if a, err := arn.Parse(grantee); err == nil {
		g.OtherAccount = a.AccountID != "" && a.AccountID != r.c.Account
	}
	for _, op := range e.Operations {
		g.Operations = append(g.Operations, string(op))
	}
	if c := e.Constraints; c != nil {
		maps.Copy(g.ContextEquals, c.EncryptionContextEquals)
		maps.Copy(g.ContextSubset, c.EncryptionContextSubset)
		g.SourceARN = c.SourceArn
		g.Constrained = len(g.ContextEquals)+len(g.ContextSubset) > 0 || aws.ToString(c.SourceArn) != ""
	}
	if e.GranteePrincipal == nil && e.GranteeServicePrincipal == nil {
		r.c.Half(md, listGrants, "MissingMember", "the grant was listed without a grantee", &g.Meta, []string{"grantee", "wildcard", "other_account"})
	}
	return g
}
