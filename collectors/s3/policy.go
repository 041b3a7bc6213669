package s3

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/policy"
)

const noPolicy = "NoSuchBucketPolicy"

// policies reads AWS's verdict on the bucket policy, the policy, and the ACL: whoever may read or write by either.
func (r *reader) policies(ctx context.Context, b *bucketReader) {
	m := &b.rec.Meta
	status, err := b.s3.GetBucketPolicyStatus(ctx, &s3.GetBucketPolicyStatusInput{Bucket: b.name, ExpectedBucketOwner: b.owner})
	judged := err == nil
	switch {
	case judged && status.PolicyStatus.IsPublic == nil:
		r.without(b, status.ResultMetadata, getBucketPolicyStatus, "IsPublic", "policy_public")
		judged = false
	case judged:
		r.c.Read(m, status.ResultMetadata)
		b.rec.PolicyPublic = status.PolicyStatus.IsPublic
	case r.absent(m, err, noPolicy):
		b.rec.PolicyPublic = ptr(false)
	default:
		r.c.Unknown(m, err, "policy_public")
	}

	sources := map[string]bool{}
	out, err := b.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: b.name, ExpectedBucketOwner: b.owner})
	switch {
	case err == nil:
		r.c.Read(m, out.ResultMetadata)
		r.document(b, out, sources)
		if b.rec.PolicyPublic != nil && !judged {
			b.rec.PolicyPublic = nil
			r.c.Half(out.ResultMetadata, getBucketPolicy, "Contradiction", "AWS judged that the bucket has no policy, and then gave it", m, []string{"policy_public"})
		}
	case r.absent(m, err, noPolicy):
		b.rec.TLSOnly = ptr(false)
		if !judged {
			break
		}
		b.rec.TLSOnly, b.rec.PolicyPublic = nil, nil
		r.c.Half(status.ResultMetadata, getBucketPolicyStatus, "Contradiction", "AWS judged the bucket's policy, and then said that it has none", m, []string{"policy_public", "policy", "tls_only", "log_sources"})
	default:
		r.c.Unknown(m, err, "policy", "tls_only", "log_sources")
	}
	r.acl(ctx, b, sources)
	b.rec.LogSources = policy.Sorted(sources)
}

// document reads the policy. What can't be read as one is not taken for it: it may be half of it.
func (r *reader) document(b *bucketReader, out *s3.GetBucketPolicyOutput, sources map[string]bool) {
	if err := b.rec.document(*out.Policy, r.c.Account, sources); err != nil {
		r.c.Half(out.ResultMetadata, getBucketPolicy, "UnreadablePolicy", "the bucket policy can't be read as a policy: "+err.Error(), &b.rec.Meta,
			[]string{"policy", "tls_only", "log_sources"})
	}
}

// document reads the policy from its text, and notes whom it lets deliver logs.
func (b *Bucket) document(text, account string, sources map[string]bool) error {
	statements, err := policy.Parse(text)
	if err != nil {
		return err
	}
	who, err := policy.Admits(statements, account)
	if err != nil {
		return err
	}
	b.Policy = &Policy{Text: text, Statements: len(statements), Everyone: who.Public, Principals: who.Principals, OtherAccounts: who.OtherAccounts}
	b.TLSOnly = ptr(tlsOnly(statements, b.ID))
	for _, s := range statements {
		for _, v := range delivers(s) {
			sources[v] = true
		}
	}
	return nil
}

// tlsOnly reports whether the statements together deny everyone all actions on the bucket and on its objects without TLS. A statement
// counts only where it denies on nothing but that.
func tlsOnly(statements []policy.Statement, bucket string) bool {
	var whole, objects bool
	for _, s := range statements {
		if s.Effect != "Deny" || !everyone(s) || !slices.ContainsFunc(s.Action, everyAction) || !withoutTLS(s.Condition) {
			continue
		}
		for _, res := range s.Resource {
			whole = whole || res == "*" || res == bucket || res == bucket+"*"
			objects = objects || res == "*" || res == bucket+"/*" || res == bucket+"*"
		}
	}
	return whole && objects
}

// everyone reports whether the statement speaks of everyone, and spares nobody. A * for another type than AWS is everyone of that type only.
func everyone(s policy.Statement) bool {
	if len(s.NotPrincipal) > 0 {
		return false
	}
	var one string
	if json.Unmarshal(s.Principal, &one) == nil {
		return one == "*"
	}
	var byType map[string]policy.Values
	return json.Unmarshal(s.Principal, &byType) == nil && len(byType) == 1 && slices.Equal(byType["AWS"], policy.Values{"*"})
}

func everyAction(a string) bool { return a == "*" || strings.EqualFold(a, "s3:*") }

func withoutTLS(condition map[string]map[string]policy.Values) bool {
	if len(condition) != 1 {
		return false
	}
	for op, keys := range condition {
		if !strings.EqualFold(op, "Bool") && !strings.EqualFold(op, "BoolIfExists") || len(keys) != 1 {
			return false
		}
		for key, values := range keys {
			return strings.EqualFold(key, "aws:SecureTransport") && len(values) == 1 && strings.EqualFold(values[0], "false")
		}
	}
	return false
}

// logServices are the AWS services that deliver logs to buckets, as their principals begin. CloudWatch Logs exports under the name of its
// region, and others, GuardDuty above all, have such a name in regions that one must opt in to.
var logServices = []string{"cloudtrail", "config", "delivery.logs", "guardduty", "logdelivery.elasticloadbalancing", "logging.s3", "logs"}

const (
	accessLogs   = "logging.s3.amazonaws.com"
	balancerLogs = "logdelivery.elasticloadbalancing.amazonaws.com"
	edgeLogs     = "cloudfront.amazonaws.com"
)

// balancers are the accounts as which Elastic Load Balancing delivers in its older regions, where AWS still documents policies that name
// them. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
var balancers = []string{"009996457667", "027434742980", "033677994240", "037604701340", "048591011584", "054676820928", "076674570225", "098369216593", "114774131450",
	"127311923021", "156460612806", "190560391635", "383597477331", "507241528517", "582318560864", "589379963580", "600734575887", "635631232127", "638102146993",
	"652711504416", "718504428378", "754344448648", "783225319266", "797873946194", "897822967062", "985666609251"}

// edges are the accounts as which CloudFront delivers its standard logs (legacy), awslogsdelivery, elsewhere and in China. They get a
// grant of the ACL. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html
var edges = []string{"c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0", "a52cb28745c0c06e84ec548334e44bfa7fc2a85c54af20cd59e4969344b7af56"}

func logService(principal string) bool {
	name, ok := strings.CutSuffix(strings.TrimSuffix(principal, ".cn"), ".amazonaws.com")
	return ok && slices.ContainsFunc(logServices, func(s string) bool { return name == s || strings.HasPrefix(name, s+".") })
}

// delivers gives the log services that the statement lets write objects.
func delivers(s policy.Statement) []string {
	who, _, err := s.Principals()
	if err != nil || s.Effect != "Allow" || len(s.NotAction) == 0 && !slices.ContainsFunc(s.Action, writes) {
		return nil
	}
	var out []string
	for _, w := range who {
		if v, ok := strings.CutPrefix(w, "Service:"); ok && logService(v) {
			out = append(out, v)
		} else if v, ok := strings.CutPrefix(w, "AWS:"); ok && slices.Contains(balancers, policy.AccountOf(v)) {
			out = append(out, balancerLogs)
		}
	}
	return out
}

// writes reports whether an action, which may hold wildcards, takes in s3:PutObject.
func writes(action string) bool {
	a := strings.ToLower(action)
	head, _, wild := strings.Cut(a, "*")
	return a == "s3:putobject" || wild && strings.HasPrefix("s3:putobject", head)
}

// The groups that ACLs know.
const (
	groups      = "http://acs.amazonaws.com/groups/"
	allUsers    = groups + "global/AllUsers"
	everyUser   = groups + "global/AuthenticatedUsers"
	logDelivery = groups + "s3/LogDelivery"
)

func (r *reader) acl(ctx context.Context, b *bucketReader, sources map[string]bool) {
	out, err := b.s3.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: b.name, ExpectedBucketOwner: b.owner})
	if err != nil {
		r.c.Unknown(&b.rec.Meta, err, "acl", "log_sources")
		return
	}
	r.c.Read(&b.rec.Meta, out.ResultMetadata)
	owner := ""
	if out.Owner != nil {
		owner = aws.ToString(out.Owner.ID)
	}
	if owner == "" {
		r.without(b, out.ResultMetadata, getBucketACL, "the bucket's owner", "acl.other_grantees")
	}
	a := &ACL{Grants: len(out.Grants), PublicGrants: []string{}}
	b.rec.ACL = a
	for _, g := range out.Grants {
		if g.Grantee == nil || g.Permission == "" {
			r.oddGrant(b, out.ResultMetadata, "a grant was listed without its grantee or permission")
			continue
		}
		uri, id := aws.ToString(g.Grantee.URI), aws.ToString(g.Grantee.ID)
		if g.Grantee.Type != types.TypeCanonicalUser {
			id = ""
		}
		if !a.grant(uri, id, owner, g.Permission, sources) {
			r.oddGrant(b, out.ResultMetadata, "a grant is to a group or type of grantee that is not documented: "+string(g.Grantee.Type)+" "+uri)
		}
	}
	a.sort()
}

// grant counts a grant to the group that the URI names, or to the canonical user of an id. It reports whether the grantee is a documented one.
func (a *ACL) grant(uri, id, owner string, p types.Permission, sources map[string]bool) bool {
	switch {
	case uri == allUsers || uri == everyUser:
		a.Public = true
		a.PublicGrants = append(a.PublicGrants, strings.TrimPrefix(uri, groups+"global/")+" "+string(p))
	case uri == logDelivery:
		if puts(p) {
			sources[accessLogs] = true
		}
	case uri == "" && id != "":
		if id != owner {
			a.OtherGrantees++
		}
		if slices.Contains(edges, id) && puts(p) {
			sources[edgeLogs] = true
		}
	default:
		return false
	}
	return true
}

func (a *ACL) sort() {
	slices.Sort(a.PublicGrants)
	a.PublicGrants = slices.Compact(a.PublicGrants)
}

// puts reports whether a grant on a bucket lets objects be written to it.
func puts(p types.Permission) bool {
	return p == types.PermissionWrite || p == types.PermissionFullControl
}

// oddGrant notes a grant that may be to everyone.
func (r *reader) oddGrant(b *bucketReader, md middleware.Metadata, message string) {
	r.c.Half(md, getBucketACL, "UnknownGrantee", message, &b.rec.Meta, []string{"acl.public", "acl.public_grants", "acl.other_grantees", "log_sources"})
}
