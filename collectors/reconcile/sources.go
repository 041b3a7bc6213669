package reconcile

import (
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/auditseal/auditseal/collectors/cloudfront"
	"github.com/auditseal/auditseal/collectors/ec2"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/iam"
	"github.com/auditseal/auditseal/collectors/kms"
	"github.com/auditseal/auditseal/collectors/s3"
)

// sources lists the populations that AWS Config has a list of its own of, and by what it knows their resources. Those whose id in AWS
// Config is not documented (trails, web ACLs) are not compared.
func sources() []source {
	return []source{
		{kind: "cloudfront.distribution", resourceType: "AWS::CloudFront::Distribution", global: true, only: true, id: of(func(d *cloudfront.Distribution) (string, bool) {
			return d.DistributionID, true
		})},
		{kind: "ec2.instance", resourceType: "AWS::EC2::Instance", expects: "live", id: of(func(i *ec2.Instance) (string, bool) { return i.InstanceID, i.Live })},
		{kind: "ec2.security_group", resourceType: "AWS::EC2::SecurityGroup", id: of(func(g *ec2.Group) (string, bool) { return g.GroupID, true })},
		{kind: "iam.policy", resourceType: "AWS::IAM::Policy", global: true, iam: true, expects: "managed_by", id: of(func(p *iam.Policy) (string, bool) {
			return aws.ToString(p.PolicyID), p.ManagedBy == "CUSTOMER"
		})},
		{kind: "iam.role", resourceType: "AWS::IAM::Role", global: true, iam: true, expects: "service_linked", id: of(func(r *iam.Role) (string, bool) {
			return aws.ToString(r.RoleID), !r.ServiceLinked
		})},
		{kind: "iam.user", resourceType: "AWS::IAM::User", global: true, iam: true, id: of(func(u *iam.User) (string, bool) { return aws.ToString(u.UserID), true })},
		{kind: "kms.key", resourceType: "AWS::KMS::Key", expects: "manager", id: of(func(k *kms.Key) (string, bool) { return k.KeyID, k.Manager == "CUSTOMER" })},
		{kind: "s3.bucket", resourceType: "AWS::S3::Bucket", expects: "in_scope", id: of(func(b *s3.Bucket) (string, bool) { return b.Name, b.InScope })},
	}
}

// of takes records of one type.
func of[R evidence.Record](id func(R) (string, bool)) func(evidence.Record) (string, bool) {
	return func(r evidence.Record) (string, bool) {
		if x, ok := r.(R); ok {
			return id(x)
		}
		return "", false
	}
}
