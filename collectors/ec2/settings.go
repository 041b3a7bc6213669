package ec2

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/auditseal/auditseal/collectors/cell"
)

// settings asks for what holds for all of the account in the region, and emits the record that also counts the instances.
func (r *reader) settings(ctx context.Context) error {
	var unread error
	for _, read := range []func(context.Context) error{r.encryption, r.snapshots, r.images, r.metadataDefaults} {
		unread = errors.Join(unread, read(ctx))
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(r.region.Evidence) == 0 {
		// Nothing was answered at all, as on a tape that breaks off.
		r.c.Incomplete(unread, regionKind)
		return nil
	}
	return r.c.Emit(r.region)
}

func (r *reader) encryption(ctx context.Context) error {
	out, err := r.ec2.GetEbsEncryptionByDefault(ctx, &ec2.GetEbsEncryptionByDefaultInput{})
	if err != nil {
		r.c.Unknown(&r.region.Meta, err, "ebs_encryption_by_default")
		return err
	}
	r.c.Read(&r.region.Meta, out.ResultMetadata)
	r.region.EncryptionByDefault = out.EbsEncryptionByDefault
	return nil
}

func (r *reader) snapshots(ctx context.Context) error {
	out, err := r.ec2.GetSnapshotBlockPublicAccessState(ctx, &ec2.GetSnapshotBlockPublicAccessStateInput{})
	if err != nil {
		r.c.Unknown(&r.region.Meta, err, "snapshot_block_public_access", "snapshot_block_managed_by")
		return err
	}
	if out.State == "" {
		r.without(&r.region.Meta, out.ResultMetadata, getSnapshotBlock, "State", "snapshot_block_public_access", "snapshot_block_managed_by")
		return nil
	}
	r.c.Read(&r.region.Meta, out.ResultMetadata)
	r.region.SnapshotBlock, r.region.SnapshotBlockBy = cell.Text(out.State), cell.Text(out.ManagedBy)
	return nil
}

func (r *reader) images(ctx context.Context) error {
	out, err := r.ec2.GetImageBlockPublicAccessState(ctx, &ec2.GetImageBlockPublicAccessStateInput{})
	if err != nil {
		r.c.Unknown(&r.region.Meta, err, "image_block_public_access", "image_block_managed_by")
		return err
	}
	if aws.ToString(out.ImageBlockPublicAccessState) == "" {
		r.without(&r.region.Meta, out.ResultMetadata, getImageBlockPublicAccess, "a word in ImageBlockPublicAccessState", "image_block_public_access", "image_block_managed_by")
		return nil
	}
	r.c.Read(&r.region.Meta, out.ResultMetadata)
	r.region.ImageBlock, r.region.ImageBlockBy = out.ImageBlockPublicAccessState, cell.Text(out.ManagedBy)
	return nil
}

// metadataDefaults reads what the account prefers. Where it prefers nothing AWS answers with an empty AccountLevel.
func (r *reader) metadataDefaults(ctx context.Context) error {
	out, err := r.ec2.GetInstanceMetadataDefaults(ctx, &ec2.GetInstanceMetadataDefaultsInput{})
	if err != nil {
		r.c.Unknown(&r.region.Meta, err, "metadata_defaults")
		return err
	}
	r.c.Read(&r.region.Meta, out.ResultMetadata)
	d := out.AccountLevel
	r.region.MetadataDefaults = &MetadataDefaults{Tokens: cell.Text(d.HttpTokens), TokensEnforced: cell.Text(d.HttpTokensEnforced), Endpoint: cell.Text(d.HttpEndpoint),
		HopLimit: number(d.HttpPutResponseHopLimit), Tags: cell.Text(d.InstanceMetadataTags), ManagedBy: cell.Text(d.ManagedBy)}
	return nil
}
