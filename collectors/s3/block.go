package s3

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// blockFields are the four settings in the order of Block.four.
var blockFields = [4]string{"block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets"}

var blockMembers = [4]string{"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"}

const noBlock = "NoSuchPublicAccessBlockConfiguration"

// A level is one of the places where public access is blocked, and what is not known of it.
type level struct {
	on [4]bool
	// why is the gap of what is unknown, nil where it is known.
	why [4]*evidence.Gap
	// stamp is of the exchange that says so.
	stamp tape.Stamp
}

// unread is a level of which nothing is known.
func unread(g evidence.Gap) level {
	return level{why: [4]*evidence.Gap{&g, &g, &g, &g}}
}

// levelOf reads the four settings into the record's block; below is the field of the record that holds them. A setting that AWS left
// out is unknown: AWS writes all four.
func (r *reader) levelOf(m *evidence.Meta, below string, block *Block, said [4]*bool, md middleware.Metadata, op evidence.Operation) level {
	l := level{stamp: tape.StampOf(md)}
	for i, v := range said {
		if v != nil {
			l.on[i] = *v
			continue
		}
		g := r.c.Half(md, op, "MissingMember", fmt.Sprintf("AWS answered %s without %s", op.Name, blockMembers[i]), m, []string{below + "." + blockFields[i]})
		l.why[i] = &g
	}
	block.set(true, l.on)
	return l
}

// effective is what any of the levels blocks. It is unknown only where no known level blocks and some level is not known.
func effective(m *evidence.Meta, levels ...level) *Effective {
	var on [4]bool
	for i := range on {
		var why *evidence.Gap
		for _, l := range levels {
			on[i] = on[i] || l.on[i]
			if why == nil {
				why = l.why[i]
			}
		}
		if !on[i] && why != nil {
			m.UnknownBy(*why, "effective."+blockFields[i])
		}
	}
	for _, l := range levels {
		m.ReadFrom(l.stamp.Evidence, l.stamp.Date)
	}
	return &Effective{on[0], on[1], on[2], on[3]}
}

// accountBlock reads what is blocked for the whole account.
func (r *reader) accountBlock(ctx context.Context) error {
	a := &Account{Meta: r.c.Meta(r.c.Account + "/s3")}
	out, err := r.control(r.c.Region).GetPublicAccessBlock(ctx, &s3control.GetPublicAccessBlockInput{AccountId: &r.c.Account})
	switch {
	case err == nil:
		r.c.Read(&a.Meta, out.ResultMetadata)
		p := out.PublicAccessBlockConfiguration
		a.Block = &Block{}
		r.account = r.levelOf(&a.Meta, "public_access_block", a.Block, [4]*bool{p.BlockPublicAcls, p.IgnorePublicAcls, p.BlockPublicPolicy, p.RestrictPublicBuckets},
			out.ResultMetadata, getAccountPublicAccessBlock)
	case tape.Code(err) == noBlock:
		r.c.Known(&a.Meta, err)
		a.Block, r.account = &Block{}, known(err)
	default:
		r.account = unread(r.c.Unknown(&a.Meta, err, "public_access_block"))
		if len(a.Evidence) == 0 {
			r.c.Incomplete(err, "s3.account") // nothing was asked, so there is nothing to point to
			return ctx.Err()
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return r.c.Emit(a)
}

// bucketBlock reads what is blocked for the bucket.
func (r *reader) bucketBlock(ctx context.Context, b *bucketReader) level {
	out, err := b.s3.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: b.name, ExpectedBucketOwner: b.owner})
	if err != nil {
		if r.absent(&b.rec.Meta, err, noBlock) {
			b.rec.Block = &Block{}
			return known(err)
		}
		return unread(r.c.Unknown(&b.rec.Meta, err, "public_access_block"))
	}
	r.c.Read(&b.rec.Meta, out.ResultMetadata)
	p := out.PublicAccessBlockConfiguration
	b.rec.Block = &Block{}
	return r.levelOf(&b.rec.Meta, "public_access_block", b.rec.Block, [4]*bool{p.BlockPublicAcls, p.IgnorePublicAcls, p.BlockPublicPolicy, p.RestrictPublicBuckets},
		out.ResultMetadata, getPublicAccessBlock)
}

// controlBlock reads the block of an access point.
func (r *reader) controlBlock(m *evidence.Meta, block **Block, p *types.PublicAccessBlockConfiguration, md middleware.Metadata, op evidence.Operation) level {
	if p == nil {
		return unread(r.c.Half(md, op, "MissingMember", "AWS answered "+op.Name+" without the public access block", m, []string{"public_access_block"}))
	}
	*block = &Block{}
	return r.levelOf(m, "public_access_block", *block, [4]*bool{p.BlockPublicAcls, p.IgnorePublicAcls, p.BlockPublicPolicy, p.RestrictPublicBuckets}, md, op)
}

// known is a level that AWS says is not there.
func known(err error) level {
	var e *tape.Error
	if !errors.As(err, &e) {
		return level{}
	}
	return level{stamp: e.Stamp}
}

// absent takes the error as the answer that there is no such setting, where its code is one of those.
func (r *reader) absent(m *evidence.Meta, err error, codes ...string) bool {
	if !slices.Contains(codes, tape.Code(err)) {
		return false
	}
	r.c.Known(m, err)
	return true
}
