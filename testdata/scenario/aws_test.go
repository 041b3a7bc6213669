package scenario

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"
)

// sdk is a configuration of the real SDK that points at the server, as the given account, without waiting between attempts.
func sdk(s *Server, account, region string) aws.Config {
	return aws.Config{
		BaseEndpoint:     aws.String(s.URL),
		Region:           region,
		Credentials:      credentials.NewStaticCredentialsProvider(AccessKey(account), "scenario", ""),
		HTTPClient:       Whole(awshttp.NewBuildableClient().WithTimeout(30 * time.Second)),
		RetryMaxAttempts: 1,
	}
}

func start(t *testing.T, cfg Config) *Server {
	t.Helper()
	s := Start(cfg)
	t.Cleanup(s.Close)
	return s
}

func code(t *testing.T, err error) string {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("no API error: %v", err)
	}
	return api.ErrorCode()
}

func TestHundredThousandKeysArePagedLazily(t *testing.T) {
	o := LargeOrganization(1, 1)
	o.Accounts[0].Regions[0].BulkKeys = 100_000
	s := start(t, Config{Organization: o})
	c := kms.NewFromConfig(sdk(s, o.Management, "eu-west-1"))
	seen := map[string]bool{}
	p := kms.NewListKeysPaginator(c, &kms.ListKeysInput{Limit: aws.Int32(1000)})
	var last string
	for p.HasMorePages() {
		page, err := p.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range page.Keys {
			seen[*k.KeyId], last = true, *k.KeyArn
		}
	}
	if len(seen) != 100_000 || s.Count("kms", "ListKeys") != 100 {
		t.Fatalf("%d different keys in %d calls", len(seen), s.Count("kms", "ListKeys"))
	}
	d, err := c.DescribeKey(context.Background(), &kms.DescribeKeyInput{KeyId: &last})
	if err != nil || *d.KeyMetadata.Arn != last || d.KeyMetadata.KeyState != "PendingDeletion" {
		t.Fatalf("the last key: %v %+v", err, d)
	}
	if _, err := c.DescribeKey(context.Background(), &kms.DescribeKeyInput{KeyId: aws.String(uuid("no such key"))}); code(t, err) != "NotFoundException" {
		t.Fatal(err)
	}
}
