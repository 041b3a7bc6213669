package organizations

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/tape"
)

// effective reads the management policies that are in effect in this account, of every type that the SDK knows.
func (r *reader) effective(ctx context.Context) error {
	all := slices.Sorted(slices.Values(types.EffectivePolicyType("").Values()))
	return cell.Ordered(ctx, slices.Values(all), r.effectivePolicy, func(p *EffectivePolicy) error {
		if len(p.Evidence) == 0 {
			return nil // nothing was asked, and effectivePolicy has said so
		}
		return r.c.Emit(p)
	})
}

// effectivePolicy asks about one type. The account asks for itself, so that nobody else need be allowed to.
func (r *reader) effectivePolicy(ctx context.Context, t types.EffectivePolicyType) *EffectivePolicy {
	p := &EffectivePolicy{Meta: r.meta(r.c.Account + "/" + string(t)), Type: string(t)}
	out, err := r.api.DescribeEffectivePolicy(ctx, &organizations.DescribeEffectivePolicyInput{PolicyType: t})
	switch {
	case tape.Code(err) == "EffectivePolicyNotFoundException":
		r.c.Known(&p.Meta, err)
		return p
	case err != nil:
		if r.c.Unknown(&p.Meta, err, "present", "content", "updated"); len(p.Evidence) == 0 {
			r.c.Incomplete(err, effectiveKind)
		}
		return p
	}
	r.c.Read(&p.Meta, out.ResultMetadata)
	e := out.EffectivePolicy
	about, whose := e.PolicyType, aws.ToString(e.TargetId)
	if aws.ToString(e.PolicyContent) == "" || about != "" && about != t || whose != "" && whose != r.c.Account {
		r.half(out.ResultMetadata, describeEffectivePolicy, "MissingMember", "AWS answered without the policy's content, or with that of another type or account", &p.Meta, []string{"present", "content", "updated"})
		return p
	}
	p.Present, p.Content, p.Updated = true, e.PolicyContent, cell.UTC(e.LastUpdatedTimestamp)
	return p
}
