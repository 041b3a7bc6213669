package tape_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

var versioning = evidence.Operation{Service: "s3", API: s3.ServiceID, Name: "GetBucketVersioning", Action: "s3:GetBucketVersioning",
	Root: "VersioningConfiguration", MayLack: "an empty root says that versioning was never enabled"}

func ask(cfg aws.Config, regions ...string) (err error) {
	for _, region := range regions {
		c := s3.NewFromConfig(cfg, func(o *s3.Options) { o.Region, o.UsePathStyle = region, true })
		if _, err = c.GetBucketVersioning(context.Background(), &s3.GetBucketVersioningInput{Bucket: aws.String("b")}); err != nil {
			return err
		}
	}
	return nil
}

// AWS says "never enabled" with a root element that holds nothing. A body that holds nothing says nothing, and the SDK reads both alike.
func TestAnEmptyRootIsAnAnswerAndAnEmptyBodyIsNone(t *testing.T) {
	const xml = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	for body, want := range map[string]string{
		xml + `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>`:  "",
		`<VersioningConfiguration></VersioningConfiguration>`:                               "",
		xml + `<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`: "",
		"":                                      "NotAnAnswer",
		" ":                                     "NotAnAnswer",
		xml:                                     "NotAnAnswer",
		`<html><body>all is well</body></html>`: "NotAnAnswer",
		`<Error><Code>AccessDenied</Code></Error>`:                "AccessDenied",
		xml + `<VersioningConfiguration><Status>Enabled</Status>`: "UnreadableAnswer",
	} {
		dir := t.TempDir()
		o := options(versioning)
		live := ask(record(t, dir).Config(serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, body) }), o), "eu-west-1")
		again := ask(replay(t, dir).Config(aws.Config{}, o), "eu-west-1")
		if tape.Code(live) != want || tape.Code(again) != want || (want == "") != (live == nil) || (want == "") != (again == nil) {
			t.Errorf("%q: live %v, replayed %v, want %q", body, live, again, want)
		}
	}
}

// A cell may ask several regions the same thing: each is a request of its own.
func TestTheSameRequestToAnotherRegionIsAnother(t *testing.T) {
	var asked atomic.Int32
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		io.WriteString(w, `<VersioningConfiguration/>`)
	})
	dir := t.TempDir()
	if err := ask(record(t, dir).Config(base, options(versioning)), "eu-west-1", "us-east-1", "us-west-2"); err != nil || asked.Load() != 3 {
		t.Fatalf("%d were asked, %v", asked.Load(), err)
	}
	var regions []string
	tape.Walk(os.DirFS(dir), func(l tape.Line) error {
		if l.Exchange.Region != "eu-west-1" {
			t.Errorf("the exchange is filed under %s, which is not the cell's region", l.Exchange.Region)
		}
		regions = append(regions, l.Exchange.Request.Region)
		return nil
	})
	if len(regions) != 3 || regions[0] != "" || regions[1] != "us-east-1" || regions[2] != "us-west-2" {
		t.Errorf("the requests name the regions %q", regions)
	}
	again := replay(t, dir).Config(aws.Config{}, options(versioning))
	if err := ask(again, "us-west-2", "eu-west-1", "us-east-1"); err != nil {
		t.Error(err)
	}
	if err := ask(again, "us-west-2"); tape.Code(err) != "RepeatedRequest" {
		t.Errorf("the same region twice: %v", err)
	}
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// S3 has the bucket before its host. That is no endpoint of its own, and what it is called says nothing about FIPS.
func TestABucketIsNoEndpoint(t *testing.T) {
	for _, c := range []struct {
		bucket string
		fips   bool
		want   string
	}{
		{"orders", false, "https://s3.us-east-1.amazonaws.com"},
		{"orders-fips", false, "https://s3.us-east-1.amazonaws.com"},
		{"orders", true, "https://s3-fips.us-east-1.amazonaws.com"},
	} {
		var host string
		base := serve(t, nil)
		base.BaseEndpoint, base.HTTPClient = nil, doer(func(r *http.Request) (*http.Response, error) {
			host = r.URL.Host
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("<VersioningConfiguration/>"))}, nil
		})
		client := s3.NewFromConfig(record(t, t.TempDir()).Config(base, options(versioning)), func(o *s3.Options) {
			o.Region = "us-east-1"
			if c.fips {
				o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
			}
		})
		out, err := client.GetBucketVersioning(context.Background(), &s3.GetBucketVersioningInput{Bucket: &c.bucket})
		if err != nil {
			t.Fatal(err)
		}
		s := tape.StampOf(out.ResultMetadata)
		if s.Endpoint != c.want || s.FIPS != c.fips || !strings.HasPrefix(host, c.bucket+".") {
			t.Errorf("%s: %s reads as %s, FIPS %v; want %s, %v", c.bucket, host, s.Endpoint, s.FIPS, c.want, c.fips)
		}
	}
}
