package kms

import (
	"cmp"
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// described are the fields of a key that DescribeKey answers.
var described = []string{"manager", "state", "enabled", "origin", "spec", "usage", "created", "description", "algorithms", "deletion_date",
	"pending_window", "expiration_model", "valid_to", "current_material_id", "multi_region", "multi_region_key_type", "primary_key", "replica_keys",
	"custom_key_store_id", "cloudhsm_cluster_id", "external_key_id"}

// keyRead is a key with what belongs to it, read and not yet handed over.
type keyRead struct {
	key       *Key
	rotations []*MaterialRotation
	grants    grantsRead
}

// read asks everything about one key.
func (r *reader) read(ctx context.Context, l listedKey) keyRead {
	k := &Key{Meta: r.c.Meta(aws.ToString(l.KeyArn)), KeyID: aws.ToString(l.KeyId)}
	r.c.Read(&k.Meta, l.page)
	out, err := r.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: l.KeyArn})
	if err != nil {
		// A key that was listed and then is not found stays in the population: it was there, and nothing is known of it.
		r.c.Unknown(&k.Meta, err, described...)
	} else {
		r.c.Read(&k.Meta, out.ResultMetadata)
		r.describe(k, out)
	}
	read := keyRead{key: k}
	r.rotation(ctx, k)
	read.rotations = r.rotations(ctx, k)
	r.policy(ctx, k)
	r.tags(ctx, k)
	read.grants = r.grants(ctx, k, nil)
	return read
}

// describe takes over what DescribeKey answered. What a test may decide by is unknown where AWS left it out.
func (r *reader) describe(k *Key, out *kms.DescribeKeyOutput) {
	md := out.KeyMetadata
	k.Manager, k.State, k.Enabled, k.Origin = string(md.KeyManager), string(md.KeyState), md.Enabled, string(md.Origin)
	// Answers from before KeySpec carry the same value under its old name.
	//lint:ignore SA1019 the old name is all that such an answer has
	k.Spec = cmp.Or(string(md.KeySpec), string(md.CustomerMasterKeySpec))
	k.Usage, k.Description = string(md.KeyUsage), aws.ToString(md.Description)
	k.Algorithms = algorithms(md)
	for _, f := range []struct {
		field, member string
		lacks         bool
	}{
		{"manager", "KeyManager", k.Manager == ""}, {"state", "KeyState", k.State == ""}, {"origin", "Origin", k.Origin == ""},
		{"spec", "KeySpec", k.Spec == ""}, {"usage", "KeyUsage", k.Usage == ""}, {"created", "CreationDate", md.CreationDate == nil},
	} {
		if f.lacks {
			r.c.Half(out.ResultMetadata, describeKey, "MissingMember", "AWS described the key without "+f.member, &k.Meta, []string{f.field})
		}
	}
	if k.State != "" && k.Enabled != (k.State == string(types.KeyStateEnabled)) {
		r.c.Half(out.ResultMetadata, describeKey, "Contradiction", "AWS described the key with a state and an Enabled that contradict each other, or without Enabled",
			&k.Meta, []string{"enabled"})
	}
	if md.CreationDate != nil {
		k.Created = md.CreationDate.UTC()
	}
	k.DeletionDate, k.ValidTo = cell.UTC(md.DeletionDate), cell.UTC(md.ValidTo)
	k.PendingWindow = integer(md.PendingDeletionWindowInDays)
	k.ExpirationModel = cell.Text(md.ExpirationModel)
	k.CurrentMaterialID = md.CurrentKeyMaterialId
	k.CustomKeyStoreID, k.CloudHSMClusterID = md.CustomKeyStoreId, md.CloudHsmClusterId
	if md.XksKeyConfiguration != nil {
		k.ExternalKeyID = md.XksKeyConfiguration.Id
	}
	k.MultiRegion, k.ReplicaKeys = md.MultiRegion, []string{}
	if m := md.MultiRegionConfiguration; m != nil {
		k.MultiRegionKeyType = cell.Text(m.MultiRegionKeyType)
		if m.PrimaryKey != nil {
			k.PrimaryKey = m.PrimaryKey.Arn
		}
		for _, replica := range m.ReplicaKeys {
			k.ReplicaKeys = append(k.ReplicaKeys, aws.ToString(replica.Arn))
		}
	}
}

// algorithms joins the lists of which AWS fills one, by the key's usage.
func algorithms(md *types.KeyMetadata) []string {
	out := []string{}
	for _, a := range md.EncryptionAlgorithms {
		out = append(out, string(a))
	}
	for _, a := range md.SigningAlgorithms {
		out = append(out, string(a))
	}
	for _, a := range md.MacAlgorithms {
		out = append(out, string(a))
	}
	for _, a := range md.KeyAgreementAlgorithms {
		out = append(out, string(a))
	}
	for _, a := range md.EncapsulationAlgorithms {
		out = append(out, string(a))
	}
	return out
}

// tags reads the key's tags.
func (r *reader) tags(ctx context.Context, k *Key) {
	p := kms.NewListResourceTagsPaginator(r.kms, &kms.ListResourceTagsInput{KeyId: &k.ID, Limit: aws.Int32(50)})
	tags := map[string]string{}
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.c.Unknown(&k.Meta, err, "tags")
			return
		}
		r.c.Read(&k.Meta, page.ResultMetadata)
		for _, t := range page.Tags {
			tags[aws.ToString(t.TagKey)] = aws.ToString(t.TagValue)
		}
		if r.endless(page.Truncated, page.NextMarker, page.ResultMetadata, listResourceTags, &k.Meta, []string{"tags"}) {
			return
		}
	}
	k.Tags = tags
}

// finish hands a key over, in the order in which the keys were listed.
func (r *reader) finish(ctx context.Context, read keyRead) error {
	k := read.key
	if k == nil {
		return nil
	}
	if err := r.finishGrants(ctx, k, read.grants); err != nil {
		return err
	}
	for _, m := range read.rotations {
		if err := r.c.Emit(m); err != nil {
			return err
		}
	}
	switch {
	case r.noAliases != nil:
		k.Unknown = append(k.Unknown, evidence.Unknown{Field: "aliases", Gap: r.noAliases.ID, Code: r.noAliases.Code})
	case r.aliases[k.KeyID] == "":
		k.Aliases = []string{}
	default:
		k.Aliases = strings.Split(r.aliases[k.KeyID], "\x00")
	}
	return r.c.Emit(k)
}

func integer(n *int32) *int {
	if n == nil {
		return nil
	}
	v := int(*n)
	return &v
}
