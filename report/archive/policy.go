package archive

import "strings"

// A Document is an IAM policy.
type Document struct {
	Version   string
	Statement []Statement
}

// A Statement is one of a policy. Principal is empty in a policy of an identity.
type Statement struct {
	Sid       string
	Effect    string
	Principal any `json:",omitempty"`
	Action    []string
	Resource  []string
	Condition map[string]map[string]string `json:",omitempty"`
}

// arns are the bucket and the objects that packs and receipts are.
func (a *Archive) arns(partition string) (bucket, objects string) {
	bucket = "arn:" + partition + ":s3:::" + a.Bucket
	return bucket, bucket + "/" + strings.TrimPrefix(a.Prefix+"/*", "/")
}

// never are the actions by which what is archived could be removed, its lock weakened, or the bucket made such that it can be.
func never() []string {
	return []string{"s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion"}
}

// neverBucket are those on the bucket itself.
func neverBucket() []string {
	return []string{"s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketObjectLockConfiguration", "s3:PutBucketPolicy", "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration"}
}

// Policy is the least that the identity which archives, walks the chain or verifies in place must be allowed, and what it is denied whatever
// else allows it. Partition is aws, aws-cn, aws-us-gov or another of AWS's.
func (a *Archive) Policy(partition string) Document {
	bucket, objects := a.arns(partition)
	d := Document{"2012-10-17", []Statement{
		{Sid: "AuditsealArchiveBucket", Effect: "Allow", Action: []string{"s3:GetBucketObjectLockConfiguration", "s3:GetBucketVersioning", "s3:ListBucket", "s3:ListBucketVersions"}, Resource: []string{bucket}},
		{Sid: "AuditsealArchiveObjects", Effect: "Allow", Action: []string{"s3:AbortMultipartUpload", "s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectVersion", "s3:ListMultipartUploadParts",
			"s3:PutObject", "s3:PutObjectRetention"}, Resource: []string{objects}},
		{Sid: "AuditsealArchiveNever", Effect: "Deny", Action: never(), Resource: []string{objects}},
		{Sid: "AuditsealArchiveNeverBucket", Effect: "Deny", Action: neverBucket(), Resource: []string{bucket}},
	}}
	if a.KMSKey != "" {
		d.Statement = append(d.Statement, Statement{Sid: "AuditsealArchiveKey", Effect: "Allow", Action: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resource: []string{a.KMSKey},
			Condition: map[string]map[string]string{"StringLike": {"kms:ViaService": "s3." + a.Region + ".*"}}})
	}
	return d
}

// BucketPolicy is what the bucket itself denies everybody: to be asked without TLS, to take what would overwrite, and to lose what it holds. The
// bucket's owner can change it; that is seen in CloudTrail. In compliance mode S3 itself refuses the last, whatever a policy says.
func (a *Archive) BucketPolicy(partition string) Document {
	bucket, objects := a.arns(partition)
	return Document{"2012-10-17", []Statement{
		{Sid: "AuditsealTLSOnly", Effect: "Deny", Principal: "*", Action: []string{"s3:*"}, Resource: []string{bucket, bucket + "/*"}, Condition: map[string]map[string]string{"Bool": {"aws:SecureTransport": "false"}}},
		// Beginning an upload in parts and sending them carry no condition; completing it does, and so does PutObject.
		{Sid: "AuditsealNeverOverwrite", Effect: "Deny", Principal: "*", Action: []string{"s3:PutObject"}, Resource: []string{objects},
			Condition: map[string]map[string]string{"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}}},
		{Sid: "AuditsealNeverDelete", Effect: "Deny", Principal: "*", Action: never(), Resource: []string{objects}},
		{Sid: "AuditsealLockStays", Effect: "Deny", Principal: "*", Action: []string{"s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning"}, Resource: []string{bucket}},
	}}
}
