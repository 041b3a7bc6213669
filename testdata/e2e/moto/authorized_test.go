package moto

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// uncheckable are services whose requests moto cannot check the signatures of, because they are GET: it refuses them whoever asks. The
// deliveries of logs are asked for where there are distributions.
var uncheckable = []string{"cloudfront", "guardduty", "logs", "macie2", "s3-control", "securityhub"}

// misnamed are operations of S3 that moto takes for s3:ListBucket, by which IAM allows to list objects.
var misnamed = []string{"s3:GetBucketEncryption", "s3:GetBucketOwnershipControls", "s3:GetBucketReplication", "s3:GetObjectLockConfiguration", "s3:GetPublicAccessBlock"}

// checkAuthorized runs the audit once more with moto refusing whatever IAM does not allow: by signature, by the trust policy with its
// external id (which moto looks at in the caller's own account only), and by the policy that `auditseal policy` prints, which is all that
// the role has. What then is refused and was not before would be missing in the policy.
func checkAuthorized(t *testing.T, s, bare *server, bin, dir, pack string) {
	ctx := t.Context()
	code, policy, stderr := auditseal(t, bin, dir, "", "policy", "-c", "audit.yaml")
	if code != 0 {
		t.Fatalf("policy: exit code %d\n%s", code, stderr)
	}
	for _, account := range accounts {
		_, err := awsiam.NewFromConfig(s.as(t, account, "us-east-1")).PutRolePolicy(ctx, &awsiam.PutRolePolicyInput{RoleName: aws.String(role), PolicyName: aws.String("auditseal"), PolicyDocument: &policy})
		must(t, err)
	}
	c := awsiam.NewFromConfig(s.as(t, caller, "us-east-1"))
	runner, err := c.CreateUser(ctx, &awsiam.CreateUserInput{UserName: aws.String("runner")})
	must(t, err)
	_, err = c.PutUserPolicy(ctx, &awsiam.PutUserPolicyInput{UserName: aws.String("runner"), PolicyName: aws.String("assume"), PolicyDocument: document("Allow", "sts:AssumeRole", "*")})
	must(t, err)
	// moto does not take :root for the account that it stands for.
	_, err = c.UpdateAssumeRolePolicy(ctx, &awsiam.UpdateAssumeRolePolicyInput{RoleName: aws.String(role), PolicyDocument: aws.String(strings.ReplaceAll(trustOfRole, "arn:aws:iam::"+caller+":root", *runner.User.Arn))})
	must(t, err)
	key, err := c.CreateAccessKey(ctx, &awsiam.CreateAccessKeyInput{UserName: aws.String("runner")})
	must(t, err)
	enforce := func(after string) {
		answer, err := http.Post(bare.url+"/moto-api/reset-auth", "text/plain", strings.NewReader(after))
		must(t, err)
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("moto does not enforce IAM: %s", answer.Status)
		}
	}
	enforce("0")
	defer enforce("inf")
	as := []string{"AWS_ACCESS_KEY_ID=" + *key.AccessKey.AccessKeyId, "AWS_SECRET_ACCESS_KEY=" + *key.AccessKey.SecretAccessKey}

	allowed := filepath.Join(dir, "authorized")
	if code, stdout, stderr := auditsealAs(t, as, bin, dir, s.url, "run", "-c", "audit.yaml", "--out", allowed, "--rate-share", "0"); code != 0 {
		t.Fatalf("run: exit code %d\n%s%s", code, stdout, stderr)
	}
	before, after, compared := outcomesOf(t, pack), outcomesOf(t, allowed), 0
	for _, where := range sorted(before, after) {
		_, operation, _ := strings.Cut(where, " ")
		service, _, _ := strings.Cut(operation, ":")
		switch {
		case slices.Contains(uncheckable, service):
		case slices.Contains(misnamed, operation):
			if before[where] == "collected " && after[where] != "denied AccessDenied" {
				t.Errorf("%s is no longer misnamed by moto: %s", where, after[where])
			}
		case before[where] != after[where]:
			t.Errorf("%s: %q, and with IAM %q", where, before[where], after[where])
		default:
			compared++
		}
	}
	t.Logf("%d operations, accounts and regions end as they did without IAM", compared)

	wrong := strings.Replace(strings.NewReplacer(`, "012345678901", "111122223333"`, "", "eu-west-1, ", "").Replace(auditYAML), externalID, "somebody-elses", 1)
	must(t, os.WriteFile(filepath.Join(dir, "wrong.yaml"), []byte(wrong), 0o644))
	refused := filepath.Join(dir, "refused")
	if code, stdout, stderr := auditsealAs(t, as, bin, dir, s.url, "run", "-c", "wrong.yaml", "--out", refused, "--rate-share", "0"); code != 0 {
		t.Fatalf("run with another external id: exit code %d\n%s%s", code, stdout, stderr)
	}
	cells, _ := ledger(t, refused)
	for _, c := range cells {
		// STS says AccessDenied in a form of its own; moto says it in another, which no SDK reads, so that it is not known for a refusal.
		sent := c.Exchanges > 0 && c.Operation != "AssumeRole"
		if c.Outcome != evidence.Failed || c.Code != "NotSent" || sent {
			t.Errorf("%s/%s %s:%s is %s %s after %d exchanges, with another external id", c.Account, c.Region, c.Service, c.Operation, c.Outcome, c.Code, c.Exchanges)
		}
	}
	if len(cells) < 100 {
		t.Errorf("%d cells", len(cells))
	}
}

// outcomesOf are the cells of a pack's ledger.
func outcomesOf(t *testing.T, pack string) map[string]string {
	t.Helper()
	out := map[string]string{}
	cells, _ := ledger(t, pack)
	for _, c := range cells {
		out[c.Account+"/"+c.Region+" "+c.Service+":"+c.Operation] = string(c.Outcome) + " " + c.Code
	}
	return out
}
