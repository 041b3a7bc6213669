package versitygw

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/auditseal/auditseal/frameworks/audit"
	"github.com/auditseal/auditseal/report/archive"
)

const (
	owner  = "111122223333"
	secret = "the-secret-of-the-tests"
	region = "eu-west-1"
)

// A server is a versitygw of this test's own.
type server struct {
	t    *testing.T
	addr string
}

// missing skips, or fails where nothing may be skipped.
func missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

func start(t *testing.T) *server {
	t.Helper()
	command := os.Getenv("AUDITSEAL_VERSITYGW")
	if command == "" {
		missing(t, "AUDITSEAL_VERSITYGW is not set: it names the command versitygw, v1.8.0")
	}
	if out, err := exec.Command(command, "--version").CombinedOutput(); err != nil {
		missing(t, fmt.Sprintf("AUDITSEAL_VERSITYGW=%s: %v\n%s", command, err, out))
	}
	dir := t.TempDir()
	for _, name := range []string{"data", "versions"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close() // it takes no port 0: another process could be given this one in between
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, command, "--port", addr, "--region", region, "--quiet", "posix", "--versioning-dir", filepath.Join(dir, "versions"), filepath.Join(dir, "data"))
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY_ID="+owner, "ROOT_SECRET_ACCESS_KEY="+secret)
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		cmd.Wait() // it was killed, so its error says nothing
	})
	for deadline := time.Now().Add(30 * time.Second); ; {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
			return &server{t, addr}
		}
		if time.Now().After(deadline) {
			t.Fatalf("versitygw does not listen: %v\n%s", err, said.String())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// config speaks to the server, or to a proxy before it.
func (s *server) config(addr string, attempts int) aws.Config {
	return aws.Config{Region: region, BaseEndpoint: aws.String("http://" + addr), HTTPClient: awshttp.NewBuildableClient(), Credentials: credentials.NewStaticCredentialsProvider(owner, secret, ""),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts, o.RateLimiter, o.Backoff = attempts, ratelimit.None, retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return time.Millisecond, nil })
			})
		}}
}

// client speaks as the server's root: whoever may do anything.
func (s *server) client() *s3.Client { return archive.Client(s.config(s.addr, 3), region) }

// bucket makes one, with versions and Object Lock or without.
func (s *server) bucket(name string, locked bool) string {
	s.t.Helper()
	_, err := s.client().CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: &name, ObjectLockEnabledForBucket: &locked, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: region}})
	if err != nil {
		s.t.Fatal(err)
	}
	return name
}

func (s *server) archive(bucket, mode string) *archive.Archive {
	return s.through(s.addr, bucket, mode, 3)
}

func (s *server) through(addr, bucket, mode string, attempts int) *archive.Archive {
	return &archive.Archive{Archive: audit.Archive{Bucket: bucket, Prefix: "audits", Owner: owner, Region: region, Mode: mode, Years: 1}, S3: archive.Client(s.config(addr, attempts), region), Now: time.Now}
}

// versions lists what stands under a key: versions, and delete markers.
func (s *server) versions(bucket, key string) (versions, markers []string) {
	s.t.Helper()
	out, err := s.client().ListObjectVersions(context.Background(), &s3.ListObjectVersionsInput{Bucket: &bucket, Prefix: &key})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, v := range out.Versions {
		versions = append(versions, aws.ToString(v.VersionId))
	}
	for _, v := range out.DeleteMarkers {
		markers = append(markers, aws.ToString(v.VersionId))
	}
	return versions, markers
}
