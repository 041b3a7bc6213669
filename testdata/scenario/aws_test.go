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

// A region of a hundred million keys starts and answers at once: keys are made from their number.
func TestBulkKeysCostNothingUntilAskedFor(t *testing.T) {
	o := LargeOrganization(1, 1)
	o.Accounts[0].Regions[0].BulkKeys = 100_000_000
	s := start(t, Config{Organization: o})
	p := s.places[o.Management]["eu-west-1"]
	id := p.keyID(99_999_999)
	out, err := kms.NewFromConfig(sdk(s, o.Management, "eu-west-1")).DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &id})
	if err != nil || *out.KeyMetadata.KeyId != id {
		t.Fatalf("%+v %v", out, err)
	}
	// The number alone is not the key.
	other := uuid("another")[:24] + id[24:]
	if _, err := kms.NewFromConfig(sdk(s, o.Management, "eu-west-1")).DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &other}); code(t, err) != "NotFoundException" {
		t.Fatal(err)
	}
}

func TestTokensBelongToTheirRequest(t *testing.T) {
	s := start(t, Config{Organization: Demo()})
	c := kms.NewFromConfig(sdk(s, DemoPayments, ireland))
	out, err := c.ListKeys(t.Context(), &kms.ListKeysInput{Limit: aws.Int32(2)})
	if err != nil || !out.Truncated {
		t.Fatal(err)
	}
	if _, err := c.ListAliases(t.Context(), &kms.ListAliasesInput{Marker: out.NextMarker}); code(t, err) != "InvalidMarkerException" {
		t.Error(err)
	}
	if _, err := kms.NewFromConfig(sdk(s, DemoPayments, virginia)).ListKeys(t.Context(), &kms.ListKeysInput{Marker: out.NextMarker}); code(t, err) != "InvalidMarkerException" {
		t.Error(err)
	}
	if _, err := c.ListKeys(t.Context(), &kms.ListKeysInput{Limit: aws.Int32(1001)}); code(t, err) != "ValidationException" {
		t.Error(err)
	}
}
