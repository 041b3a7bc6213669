package moto

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// requests are what somebody asks of moto, as it is on the wire.
type requests struct {
	mu  sync.Mutex
	on  bool
	all []request
}

type request struct {
	method, path, service, target string
	form                          url.Values
}

// watch notes the requests that are made while f runs.
func (r *requests) watch(f func()) []request {
	set := func(on bool) []request {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.on = on
		all := r.all
		r.all = nil
		return all
	}
	set(true)
	f()
	return set(false)
}

// signed finds the service in a request's signature.
var signed = regexp.MustCompile(`Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request`)

func (r *requests) note(t *testing.T, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.on {
		return
	}
	x := request{method: q.Method, path: q.URL.Path}
	if m := signed.FindStringSubmatch(q.Header.Get("Authorization")); m != nil {
		x.service = m[1]
	}
	_, x.target, _ = strings.Cut(q.Header.Get("X-Amz-Target"), ".")
	if strings.HasPrefix(q.Header.Get("Content-Type"), "application/x-www-form-urlencoded") && q.Body != nil {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			t.Error(err)
		}
		q.Body = io.NopCloser(bytes.NewReader(body))
		x.form, _ = url.ParseQuery(string(body))
		x.target = x.form.Get("Action")
	}
	r.all = append(r.all, x)
}

// reads begin the names of operations that change nothing.
var reads = []string{"Get", "List", "Describe", "BatchGet", "Lookup", "Select"}

// posts are the requests that a service of the REST kind takes as POST although they read, each looked up; ids are left out of their paths.
var posts = []string{
	"account /getAlternateContact", "account /listRegions",
	"cloudfront /2020-05-31/distribution-tenants", // ListDistributionTenants; one is made at /distribution-tenant
	"detective /graphs/list",
	"guardduty /detector/ID/findings", // ListFindings
	"inspector2 /configuration/get", "inspector2 /coverage/list", "inspector2 /delegatedadminaccounts/get", "inspector2 /ec2deepinspectionconfiguration/get", "inspector2 /filters/list",
	"inspector2 /findings/aggregation/list", "inspector2 /findings/list", "inspector2 /status/batch/get",
	"macie2 /datasources/s3/statistics", // GetBucketStatistics
	"macie2 /jobs/list",
	"securityhub /findingHistory/get",
	"securityhub /findings", // GetFindings; they are imported at /findings/import
	"securityhub /standards/get",
}

// checkRequests looks at what auditseal asked: nothing that could change anything, and no role without the external id.
func checkRequests(t *testing.T, all []request) {
	roles, posted := 0, map[string]bool{}
	for _, q := range all {
		switch {
		case q.target == "AssumeRole":
			roles++
			checkSession(t, q.form.Get("Policy"))
			if got := q.form.Get("ExternalId"); got != externalID || !strings.HasSuffix(q.form.Get("RoleArn"), ":role/"+role) {
				t.Errorf("the role %q was assumed with the external id %q, want %q", q.form.Get("RoleArn"), got, externalID)
			}
		case q.target == "GenerateCredentialReport": // AWS makes a report of what is there, and nothing else
		case q.target != "":
			if !slices.ContainsFunc(reads, func(w string) bool { return strings.HasPrefix(q.target, w) }) {
				t.Errorf("auditseal asked %s of %s, which may change something", q.target, q.service)
			}
		case q.method == http.MethodPost:
			posted[q.service+" "+idInPath.ReplaceAllString(q.path, "ID")] = true
		case q.method != http.MethodGet:
			t.Errorf("auditseal sent %s %s to %s", q.method, q.path, q.service)
		}
	}
	if d := cmp.Diff(posts, slices.Sorted(maps.Keys(posted))); d != "" {
		t.Errorf("requests that are made by POST (-want +got):\n%s", d)
	}
	if roles == 0 || len(all) < 500 {
		t.Errorf("%d requests, %d of them for a role", len(all), roles)
	}
	t.Logf("%d requests, %d of them for a role", len(all), roles)
}

// checkSession asks that a session may do nothing but read, whatever its role may.
func checkSession(t *testing.T, text string) {
	t.Helper()
	var p struct{ Statement struct{ Action []string } }
	must(t, json.Unmarshal([]byte(text), &p))
	for _, a := range p.Statement.Action {
		_, name, _ := strings.Cut(a, ":")
		if a != "iam:GenerateCredentialReport" && !slices.ContainsFunc(reads, func(w string) bool { return strings.HasPrefix(name, w) }) {
			t.Errorf("a session may %s", a)
		}
	}
	if len(p.Statement.Action) == 0 {
		t.Errorf("a session policy of no action: %s", text)
	}
}

var idInPath = regexp.MustCompile(`[0-9a-f]{32}`)
