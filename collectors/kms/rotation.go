package kms

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// rotation asks for the rotation status of every key, whatever its kind: that a key does not support rotation is for AWS to say.
func (r *reader) rotation(ctx context.Context, k *Key) {
	var said bool
	out, err := r.kms.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: &k.ID}, lookFor("KeyRotationEnabled", &said))
	if err != nil {
		if r.cannotRotate(k, err) {
			r.c.Known(&k.Meta, err)
			return
		}
		r.c.Unknown(&k.Meta, err, "rotation")
		return
	}
	if !said {
		r.c.Half(out.ResultMetadata, getKeyRotationStatus, "MissingMember", "AWS answered GetKeyRotationStatus without KeyRotationEnabled", &k.Meta, []string{"rotation"})
		return
	}
	r.c.Read(&k.Meta, out.ResultMetadata)
	k.Rotation = &Rotation{Enabled: out.KeyRotationEnabled, Possible: k.rotatesItself(), PeriodDays: integer(out.RotationPeriodInDays),
		Next: cell.UTC(out.NextRotationDate), OnDemandStart: cell.UTC(out.OnDemandRotationStartDate)}
	if aws.ToString(k.MultiRegionKeyType) == string(types.MultiRegionKeyTypeReplica) {
		k.Rotation.SetOn = k.PrimaryKey
	}
	if at := slices.IndexFunc(k.Unknown, func(u evidence.Unknown) bool { return u.Field == "spec" || u.Field == "origin" }); at >= 0 {
		// Nobody said what kind of key it is.
		for _, field := range []string{"rotation.possible", "rotation.set_on"} {
			u := k.Unknown[at]
			u.Field = field
			k.Unknown = append(k.Unknown, u)
		}
	}
}

// rotatesItself is AWS's rule for automatic rotation: symmetric keys whose material KMS made.
func (k *Key) rotatesItself() bool {
	return k.Spec == string(types.KeySpecSymmetricDefault) && k.Origin == string(types.OriginTypeAwsKms)
}

// cannotRotate reports whether AWS's refusal is an answer: the key does not support rotation. For a symmetric key made by KMS the
// same refusal contradicts AWS's own rule, and nothing follows from it. A key in a state that forbids the question, such as one
// that waits for its material, is told by its kind.
func (r *reader) cannotRotate(k *Key, err error) bool {
	switch tape.Code(err) {
	case "UnsupportedOperationException":
		return !k.rotatesItself()
	case "KMSInvalidStateException":
		return k.Spec != "" && k.Origin != "" && !k.rotatesItself()
	}
	return false
}

// rotations reads the completed rotations of keys that may have any: symmetric ones in KMS's own store, rotated by AWS or on demand.
func (r *reader) rotations(ctx context.Context, k *Key) []*MaterialRotation {
	if k.Spec != "" && k.Spec != string(types.KeySpecSymmetricDefault) ||
		k.Origin != "" && k.Origin != string(types.OriginTypeAwsKms) && k.Origin != string(types.OriginTypeExternal) {
		return nil
	}
	p := kms.NewListKeyRotationsPaginator(r.kms, &kms.ListKeyRotationsInput{KeyId: &k.ID, Limit: aws.Int32(1000)})
	var all []*MaterialRotation
	var last middleware.Metadata
	seen := r.c.Once("kms.rotation")
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil && (tape.Code(err) == "UnsupportedOperationException" && len(all) == 0 || r.cannotRotate(k, err)) {
			r.c.Known(&k.Meta, err)
			return nil
		}
		if err != nil {
			r.c.Unknown(&k.Meta, err, "rotations", "last_rotation")
			r.c.Incomplete(err, "kms.rotation")
			return all
		}
		last = page.ResultMetadata
		r.c.Read(&k.Meta, last)
		for _, e := range page.Rotations {
			if id := rotationID(k, e); seen.First(id, last) {
				all = append(all, r.materialRotation(id, k, e, last))
			}
		}
		if r.endless(page.Truncated, page.NextMarker, page.ResultMetadata, listKeyRotations, &k.Meta, []string{"rotations", "last_rotation"}, "kms.rotation") {
			return all
		}
	}
	n := len(all)
	k.Rotations = &n
	for _, m := range all {
		switch {
		case m.At == nil:
			k.LastRotation = nil
			r.c.Half(last, listKeyRotations, "MissingMember", "AWS listed a completed rotation without RotationDate", &k.Meta, []string{"last_rotation"})
			return all
		case k.LastRotation == nil || m.At.After(*k.LastRotation):
			k.LastRotation = m.At
		}
	}
	return all
}

// rotationID tells a key's rotations apart by their date, or by their material where AWS gave no date.
func rotationID(k *Key, e types.RotationsListEntry) string {
	if e.RotationDate == nil {
		return k.ID + "/rotation/" + aws.ToString(e.KeyMaterialId)
	}
	return k.ID + "/rotation/" + e.RotationDate.UTC().Format(time.RFC3339Nano)
}

func (r *reader) materialRotation(id string, k *Key, e types.RotationsListEntry, md middleware.Metadata) *MaterialRotation {
	m := &MaterialRotation{Meta: r.c.Meta(id), Key: k.ID, At: cell.UTC(e.RotationDate), Type: string(e.RotationType), MaterialID: e.KeyMaterialId,
		MaterialState: cell.Text(e.KeyMaterialState), ImportState: cell.Text(e.ImportState), ExpirationModel: cell.Text(e.ExpirationModel), ValidTo: cell.UTC(e.ValidTo)}
	r.c.Read(&m.Meta, md)
	if m.At == nil {
		r.c.Half(md, listKeyRotations, "MissingMember", "AWS listed a completed rotation without RotationDate", &m.Meta, []string{"at"})
	}
	return m
}

// lookFor notes whether the top level of a JSON answer has the member. The SDK reads a boolean that is not there as false.
func lookFor(member string, found *bool) func(*kms.Options) {
	return func(o *kms.Options) {
		o.APIOptions = append(o.APIOptions, cell.Body(func(body []byte, _ *middleware.Metadata) {
			var members map[string]json.RawMessage
			if json.Unmarshal(body, &members) == nil {
				value := strings.TrimSpace(string(members[member]))
				*found = value == "true" || value == "false"
			}
		}))
	}
}
