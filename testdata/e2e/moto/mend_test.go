package moto

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
)

// A mend puts an answer of moto's into AWS's form where nothing behind it could be read otherwise. It adds nothing that moto does not say.
type mend struct {
	// what is wrong with moto's answer, and where AWS documents it.
	why string
	// does changes the body, and reports whether there was something to mend.
	does func(request *http.Request, body []byte) ([]byte, bool)
}

// mends are few on purpose: where moto differs from AWS and the rest can be read, the difference stands in the lists of gaps instead.
func mends(t *testing.T, s *server) map[string]mend {
	return map[string]mend{
		"s3:ListBuckets": {
			why:  "BucketRegion, which AWS gives wherever the list is asked for with a parameter: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Bucket.html",
			does: bucketRegions(t, s),
		},
		"s3:GetBucketVersioning": {
			why:  "the root element is VersioningConfiguration: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html",
			does: versioningRoot,
		},
		"guardduty:GetAdministratorAccount": {
			why:  "the members are administrator, accountId and relationshipStatus: https://docs.aws.amazon.com/guardduty/latest/APIReference/API_GetAdministratorAccount.html",
			does: administratorMembers,
		},
	}
}

// mended stands before moto. Every mend has to be needed: one that changes nothing fails.
func (s *server) mended(t *testing.T) *server {
	t.Helper()
	to, err := url.Parse(s.url)
	must(t, err)
	all := mends(t, s)
	var mu sync.Mutex
	needed := map[string]bool{}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host },
		ModifyResponse: func(r *http.Response) error {
			if r.StatusCode != http.StatusOK {
				return nil
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			for name, m := range all {
				if better, did := m.does(r.Request, body); did {
					body = better
					mu.Lock()
					needed[name] = true
					mu.Unlock()
				}
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			r.ContentLength = int64(len(body))
			r.Header.Set("Content-Length", strconv.Itoa(len(body)))
			return nil
		},
	}
	front := httptest.NewServer(proxy)
	t.Cleanup(func() {
		front.Close()
		for name, m := range all {
			if !needed[name] && !t.Failed() {
				t.Errorf("%s needed no mending (%s): take it out", name, m.why)
			}
		}
	})
	return &server{front.URL}
}

var listedBucket = regexp.MustCompile(`<Bucket>\s*<Name>(example-corp-(\d{12})-[a-z]+)</Name>`)

func bucketRegions(t *testing.T, s *server) func(*http.Request, []byte) ([]byte, bool) {
	return func(r *http.Request, body []byte) ([]byte, bool) {
		if r.URL.Path != "/" || !bytes.Contains(body, []byte("<ListAllMyBucketsResult")) || bytes.Contains(body, []byte("<BucketRegion>")) {
			return body, false
		}
		did := false
		out := listedBucket.ReplaceAllStringFunc(string(body), func(found string) string {
			m := listedBucket.FindStringSubmatch(found)
			said, err := s.s3Of(t, m[2], "us-east-1").GetBucketLocation(r.Context(), &awss3.GetBucketLocationInput{Bucket: aws.String(m[1])})
			if err != nil {
				t.Errorf("where %s is: %v", m[1], err)
				return found
			}
			did = true
			region := string(said.LocationConstraint)
			if region == "" {
				region = "us-east-1"
			}
			return strings.Replace(found, "</Name>", fmt.Sprintf("</Name><BucketRegion>%s</BucketRegion>", region), 1)
		})
		return []byte(out), did
	}
}

func versioningRoot(r *http.Request, body []byte) ([]byte, bool) {
	const wrong, right = "GetBucketVersioningResponse", "VersioningConfiguration"
	return bytes.ReplaceAll(body, []byte(wrong), []byte(right)), r.URL.Query().Has("versioning") && bytes.Contains(body, []byte(wrong))
}

func administratorMembers(r *http.Request, body []byte) ([]byte, bool) {
	out := strings.NewReplacer(`"Administrator"`, `"administrator"`, `"AccountId"`, `"accountId"`, `"RelationshipStatus"`, `"relationshipStatus"`).Replace(string(body))
	return []byte(out), strings.HasPrefix(r.URL.Path, "/detector/") && strings.HasSuffix(r.URL.Path, "/administrator") && out != string(body)
}
