package moto

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// moto gives every access key that it never saw the account 123456789012: that is who runs the audit. One of the others has a
// leading zero, which every table must keep.
const (
	caller = "123456789012"
	zero   = "012345678901"
	third  = "111122223333"
	role   = "AuditsealReadOnly"
	// moto checks neither trust policies nor external ids: a run has to get through with one all the same.
	externalID = "example-corp-7f3a"
)

var (
	accounts = []string{zero, third, caller}
	regions  = []string{"eu-west-1", "us-east-1"}
)

// A server is a moto of this test's own.
type server struct {
	url string
	// requests are those that came in while they were watched.
	requests *requests
}

var running = regexp.MustCompile(`Running on (http://127\.0\.0\.1:\d+)`)

// main is moto's own server, on a free port. moto lets only those of AWS's managed policies be attached to anybody that it has
// loaded, and loads all fifteen hundred into every account or none, for which it takes a second each: it is given these.
const main = `
import json
import moto.iam.models as iam
from moto.server import main
known = json.loads(iam.aws_managed_policies_data)
iam.aws_managed_policies_data = json.dumps({name: known[name] for name in ("AdministratorAccess", "AWSSupportAccess", "ReadOnlyAccess")})
main(["-H", "127.0.0.1", "-p", "0"])
`

// start runs moto on a free port until the test ends.
func start(t *testing.T) *server {
	t.Helper()
	return startWith(t, "")
}

// startWith runs it with something done to it first, in Python.
func startWith(t *testing.T, first string) *server {
	t.Helper()
	python := os.Getenv("AUDITSEAL_MOTO_PYTHON")
	if python == "" {
		missing(t, "AUDITSEAL_MOTO_PYTHON is not set: it names a Python that has moto[server]")
	}
	if out, err := exec.Command(python, "-c", "import moto.server, flask").CombinedOutput(); err != nil {
		missing(t, fmt.Sprintf("AUDITSEAL_MOTO_PYTHON=%s has no moto[server]: %v\n%s", python, err, out))
	}
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, python, "-u", "-c", first+main)
	cmd.Env = append(os.Environ(), "MOTO_IAM_LOAD_MANAGED_POLICIES=true")
	cmd.Dir = t.TempDir()
	says, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	found := make(chan string, 1)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		var said strings.Builder
		sent := false
		lines := bufio.NewScanner(says)
		for lines.Scan() {
			if m := running.FindStringSubmatch(lines.Text()); m != nil && !sent {
				found <- m[1]
				sent = true
			}
			if !sent {
				said.WriteString(lines.Text() + "\n")
			}
		}
		if !sent {
			found <- ""
			t.Log("moto said:\n" + said.String())
		}
	}()
	t.Cleanup(func() {
		stop()
		<-drained
		cmd.Wait() // it was killed, so its error says nothing
	})
	url := <-found
	if url == "" {
		t.Fatal("moto ended before it listened")
	}
	return &server{url: url, requests: &requests{}}
}

// missing skips, or fails where nothing may be skipped.
func missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// config speaks to moto as the caller.
func (s *server) config(region string) aws.Config {
	return aws.Config{Region: region, BaseEndpoint: aws.String(s.url), HTTPClient: awshttp.NewBuildableClient(),
		Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", "")}
}

// as speaks to moto from inside an account.
func (s *server) as(t *testing.T, account, region string) aws.Config {
	t.Helper()
	cfg := s.config(region)
	out, err := sts.NewFromConfig(cfg).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::" + account + ":role/Seeder"), RoleSessionName: aws.String("seed")})
	if err != nil {
		t.Fatal(err)
	}
	c := out.Credentials
	cfg.Credentials = credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
	return cfg
}

// build makes the binary from the tree that this test is in.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "auditseal")
	cmd := exec.Command("go", "build", "-o", bin, "./cmd/auditseal")
	cmd.Dir = filepath.Join("..", "..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build ./cmd/auditseal: %v\n%s", err, out)
	}
	return bin
}

// auditseal runs the binary with nothing of this machine's AWS configuration, and gives its exit code and output.
func auditseal(t *testing.T, bin, dir, endpoint string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return auditsealAs(t, []string{"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=secret"}, bin, dir, endpoint, args...)
}

// auditsealAs is the same with an access key of one's own.
func auditsealAs(t *testing.T, key []string, bin, dir, endpoint string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), bin, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + t.TempDir(), "AWS_EC2_METADATA_DISABLED=true"}
	if endpoint != "" {
		cmd.Env = append(append(cmd.Env, key...), "AWS_ENDPOINT_URL="+endpoint, "AWS_REGION=eu-west-1",
			// What moto does not implement it answers with 500: asking again would only make the test slow.
			"AWS_MAX_ATTEMPTS=1")
	}
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}
