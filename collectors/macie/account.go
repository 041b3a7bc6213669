package macie

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/macie2"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// session asks whether Macie is on, and reports whether AWS answered that it is not.
func (r *reader) session(ctx context.Context) (off bool) {
	out, err := r.api.GetMacieSession(ctx, &macie2.GetMacieSessionInput{})
	switch {
	case notEnabled(err):
		r.c.Known(&r.rec.Meta, err)
		// An account without Macie administers it for nobody: members and organization are not missing.
		r.c.NotEnabled(err, allowListKind, statisticsKind, jobKind, filterKind)
		r.rec.Status, r.rec.Missing = "not-enabled", []string{}
		return true
	case err != nil:
		r.refused = err
		r.sessionGap = new(r.c.Unknown(&r.rec.Meta, err, "session", "finding_publishing_frequency", "service_role", "created", "updated"))
		return false
	}
	r.c.Read(&r.rec.Meta, out.ResultMetadata)
	r.rec.Session, r.rec.PublishingFrequency, r.rec.ServiceRole = cell.Text(out.Status), cell.Text(out.FindingPublishingFrequency), out.ServiceRole
	r.rec.Created, r.rec.Updated = cell.UTC(out.CreatedAt), cell.UTC(out.UpdatedAt)
	switch out.Status {
	case "ENABLED", "PAUSED":
	case "":
		r.sessionGap = new(r.lacks(out.ResultMetadata, getSession, "a status", "session", "finding_publishing_frequency", "service_role", "created", "updated"))
	default:
		r.sessionGap = new(r.c.Half(out.ResultMetadata, getSession, "UnknownValue", "AWS does not document the status "+string(out.Status), &r.rec.Meta, []string{"status", "missing"}))
	}
	return false
}

// conclude puts the session and automated discovery together. What decides and is not known leaves the status unknown.
func (r *reader) conclude() {
	rec := r.rec
	undecided := func(g *evidence.Gap, fields ...string) {
		for _, f := range fields {
			if !unknown(rec, f) {
				rec.UnknownBy(*g, f)
			}
		}
	}
	if r.sessionGap != nil {
		undecided(r.sessionGap, "status", "missing")
		return
	}
	rec.Missing = []string{}
	if *rec.Session == "PAUSED" {
		rec.Missing = append(rec.Missing, "activities")
	}
	switch {
	case r.discoveryGap != nil && len(rec.Missing) > 0:
		rec.Status, rec.Missing = "partly-enabled", nil
		undecided(r.discoveryGap, "missing")
		return
	case r.discoveryGap != nil:
		rec.Missing = nil
		undecided(r.discoveryGap, "status", "missing")
		return
	case rec.Discovery.Status != "ENABLED":
		rec.Missing = append(rec.Missing, "automated-discovery")
	}
	rec.Status = "enabled"
	if len(rec.Missing) > 0 {
		rec.Status = "partly-enabled"
	}
}

func unknown(rec *Account, field string) bool {
	for _, u := range rec.Unknown {
		if u.Field == field {
			return true
		}
	}
	return false
}

// export reads where discovery results are kept.
func (r *reader) export(ctx context.Context) error {
	out, err := r.api.GetClassificationExportConfiguration(ctx, &macie2.GetClassificationExportConfigurationInput{})
	if err != nil {
		r.c.Unknown(&r.rec.Meta, err, "results_export")
		return nil
	}
	r.c.Read(&r.rec.Meta, out.ResultMetadata)
	to := out.Configuration.S3Destination
	if to == nil {
		return nil // a configuration with nothing in it: none is set
	}
	if aws.ToString(to.BucketName) == "" || aws.ToString(to.KmsKeyArn) == "" {
		r.lacks(out.ResultMetadata, getExport, "the bucket or its key", "results_export")
		return nil
	}
	r.rec.Export = &Export{Bucket: *to.BucketName, Prefix: cell.Text(aws.ToString(to.KeyPrefix)), KMSKey: *to.KmsKeyArn, Owner: cell.Text(aws.ToString(to.ExpectedBucketOwner))}
	return nil
}

// publication reads what is published to Security Hub.
func (r *reader) publication(ctx context.Context) error {
	out, err := r.api.GetFindingsPublicationConfiguration(ctx, &macie2.GetFindingsPublicationConfigurationInput{})
	if err != nil {
		r.c.Unknown(&r.rec.Meta, err, "publish_policy_findings", "publish_classification_findings")
		return nil
	}
	r.c.Read(&r.rec.Meta, out.ResultMetadata)
	hub := out.SecurityHubConfiguration
	r.rec.PublishPolicy, r.rec.PublishSensitive = hub.PublishPolicyFindings, hub.PublishClassificationFindings
	if hub.PublishPolicyFindings == nil {
		r.lacks(out.ResultMetadata, getPublication, "publishPolicyFindings", "publish_policy_findings")
	}
	if hub.PublishClassificationFindings == nil {
		r.lacks(out.ResultMetadata, getPublication, "publishClassificationFindings", "publish_classification_findings")
	}
	return nil
}

// statistics reads what Macie says of the account's own buckets; an administrator would be told of its members' as well.
func (r *reader) statistics(ctx context.Context) error {
	out, err := r.api.GetBucketStatistics(ctx, &macie2.GetBucketStatisticsInput{AccountId: &r.c.Account})
	if err != nil {
		r.fail(err, statisticsKind)
		return nil
	}
	s := &Statistics{Meta: r.c.Meta(r.c.Account + "/" + r.c.Region + "/macie/buckets"), Updated: cell.UTC(out.LastUpdated),
		Objects: number(out.ObjectCount), ClassifiableObjects: number(out.ClassifiableObjectCount)}
	r.c.Read(&s.Meta, out.ResultMetadata)
	count := func(field string, to *int, from *int64) {
		if from == nil {
			r.c.Half(out.ResultMetadata, getStatistics, "MissingMember", "AWS answered GetBucketStatistics without what "+field+" is read from", &s.Meta, []string{field})
			return
		}
		*to = int(*from)
	}
	count("buckets", &s.Buckets, out.BucketCount)
	permission, encryption, uploads, shared := some(out.BucketCountByEffectivePermission), some(out.BucketCountByEncryptionType),
		some(out.BucketCountByObjectEncryptionRequirement), some(out.BucketCountBySharedAccessType)
	count("public", &s.Public, permission.PubliclyAccessible)
	count("public_unknown", &s.PublicUnknown, permission.Unknown)
	count("unencrypted", &s.Unencrypted, encryption.Unencrypted)
	count("encryption_unknown", &s.EncryptionUnknown, encryption.Unknown)
	count("shared_outside", &s.SharedOutside, shared.External)
	count("shared_inside", &s.SharedInside, shared.Internal)
	count("shared_unknown", &s.SharedUnknown, shared.Unknown)
	count("allow_unencrypted_uploads", &s.UnencryptedUploads, uploads.AllowsUnencryptedObjectUploads)
	return r.c.Emit(s)
}

func number(n *int64) *int {
	if n == nil {
		return nil
	}
	i := int(*n)
	return &i
}

// some stands in for counts that are not there: an empty one, each of whose numbers is then missing.
func some[T any](p *T) *T {
	if p == nil {
		p = new(T)
	}
	return p
}
