package kms

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// allAliases reads the region's aliases, and keeps their names by key for the keys to come.
func (r *reader) allAliases(ctx context.Context) error {
	r.aliases = map[string]string{}
	seen := r.c.Once("kms.alias")
	p := kms.NewListAliasesPaginator(r.kms, &kms.ListAliasesInput{Limit: aws.Int32(100)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.withoutAliases(r.c.Incomplete(err, "kms.alias"))
			return ctx.Err()
		}
		nameless := false
		for _, a := range page.Aliases {
			if aws.ToString(a.AliasArn) == "" || aws.ToString(a.AliasName) == "" {
				nameless = true
				continue
			}
			if !seen.First(*a.AliasArn, page.ResultMetadata) {
				continue
			}
			rec := &Alias{Meta: r.c.Meta(*a.AliasArn), Name: *a.AliasName, TargetID: a.TargetKeyId, Reserved: strings.HasPrefix(*a.AliasName, "alias/aws/"),
				Created: cell.UTC(a.CreationDate), Updated: cell.UTC(a.LastUpdatedDate)}
			r.c.Read(&rec.Meta, page.ResultMetadata)
			if err := r.c.Emit(rec); err != nil {
				return err
			}
			if id := aws.ToString(a.TargetKeyId); id != "" {
				if r.aliases[id] != "" {
					r.aliases[id] += "\x00"
				}
				r.aliases[id] += *a.AliasName
			}
		}
		if nameless {
			r.withoutAliases(r.halfAliases(page.ResultMetadata, "MissingMember", "an alias was listed without its name or ARN"))
		}
		if page.Truncated && aws.ToString(page.NextMarker) == "" {
			r.withoutAliases(r.halfAliases(page.ResultMetadata, "MissingMarker", "AWS answered ListAliases with Truncated but without NextMarker, so the rest could not be asked for"))
		}
	}
	return nil
}

func (r *reader) halfAliases(md middleware.Metadata, code, message string) evidence.Gap {
	return r.c.Half(md, listAliases, code, message, nil, nil, "kms.alias")
}

// withoutAliases makes the aliases of every key unknown: one gap, to which every key points.
func (r *reader) withoutAliases(g evidence.Gap) {
	if r.noAliases == nil {
		r.noAliases = &g
	}
	clear(r.aliases)
}
