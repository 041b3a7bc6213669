package reconcile

import (
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/kms"
	"github.com/auditseal/auditseal/collectors/s3"
)

// sources lists the populations that AWS Config has a list of its own of. Their types are among awsconfig.Reconciled.
func sources() []source {
	return []source{
		{kind: "kms.key", resourceType: "AWS::KMS::Key", id: func(r evidence.Record) (string, bool) {
			k, ok := r.(*kms.Key)
			if !ok {
				return "", false
			}
			return k.KeyID, k.Manager == "CUSTOMER"
		}},
		{kind: "s3.bucket", resourceType: "AWS::S3::Bucket", id: func(r evidence.Record) (string, bool) {
			b, ok := r.(*s3.Bucket)
			if !ok {
				return "", false
			}
			return b.Name, b.InScope
		}},
	}
}
