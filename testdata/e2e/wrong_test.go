package e2e

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"

	"github.com/auditseal/auditseal/testdata/scenario"
)

// calls keeps one sound call of every operation that answered without an error, and one of each that failed.
func calls(t *testing.T) map[string]scenario.Call {
	t.Helper()
	out := map[string]scenario.Call{}
	var mu sync.Mutex
	keep := func(c *scenario.Call) error {
		mu.Lock()
		defer mu.Unlock()
		key := c.Operation + c.Code
		if len(out[key].ResponseBody) < len(c.ResponseBody) {
			out[key] = *c
		}
		return nil
	}
	o := scenario.Demo()
	s := scenario.Start(scenario.Config{Organization: o, Check: keep})
	defer s.Close()
	walk(t, s, o)
	return out
}

// Each row makes one sound answer or request wrong in one way, and the check must say so.
func TestCheckCatchesWhatIsWrong(t *testing.T) {
	sound := calls(t)
	c := checker(t)
	for _, row := range []struct{ call, old, new, want string }{
		{"DescribeKey", `"KeyManager":"CUSTOMER"`, `"KeyManager":"CLIENT"`, "is no value of KeyManagerType"},
		{"DescribeKey", `"KeyId":`, `"KeyID":`, `required member "KeyId" is missing`},
		{"DescribeKey", `"KeyState":`, `"Keystate":`, "KeyMetadata has no such member"},
		{"DescribeKey", `"Enabled":true`, `"Enabled":"true"`, "is not a boolean"},
		{"DescribeKey", `"CreationDate":`, `"CreationDate":1000*`, "is not JSON"},
		{"DescribeKey", `"Description":"`, `"Description":null,"x":"`, "null is not a string"},
		{"ListKeys", `"Truncated":`, `"Keys":{},"Truncated":`, "is not a list"},
		{"GetKeyRotationStatus", `"RotationPeriodInDays":365`, `"RotationPeriodInDays":80`, "fewer than 90"},
		{"GetKeyRotationStatus", `"RotationPeriodInDays":365`, `"RotationPeriodInDays":365.5`, "not a whole number"},
		{"GetKeyRotationStatus", `"NextRotationDate":1`, `"NextRotationDate":1000000`, "not a time in seconds"},
		{"DescribeClusters", `"ClusterId":"cluster-`, `"ClusterId":"cluster_`, "does not match"},
		{"GetResourceConfigHistory", `"configuration":"{`, `"configuration":{"x":"`, "is not JSON"},
		{"GetResourceConfigHistory", `"configurationItemStatus":"`, `"configurationItemStatus":"NOT_`, "is no value of ConfigurationItemStatus"},
		{"DescribeConfigRules", `"Source":`, `"Origin":`, `required member "Source" is missing`},
		{"DescribeConformancePackStatus", `"StackArn":`, `"StackARN":`, `required member "StackArn" is missing`},
		{"GetFindings", `"SchemaVersion":`, `"schemaVersion":`, `required member "SchemaVersion" is missing`},
		{"GetFindings", `"Status":"PASSED"`, `"Status":"PASS"`, "is no value of ComplianceStatus"},
		{"ListStandardsControlAssociations", `"UpdatedAt":"2`, `"UpdatedAt":"x2`, "not an ISO 8601 time"},
		{"ListAccountAssignments", `"PrincipalType":"GROUP"`, `"PrincipalType":"Group"`, "is no value of PrincipalType"},
		{"ListUsers", `"UserId":`, `"UserID":`, `required member "UserId" is missing`},
		{"ListRegions", `"RegionOptStatus":"DISABLED"`, `"RegionOptStatus":"OFF"`, "is no value of RegionOptStatus"},
		{"GetCallerIdentity", "<Account>", "<AccountId>", "not XML"},
		{"GetCallerIdentity", "Account>", "AccountId>", `unknown element "AccountId"`},
		{"AssumeRole", "SecretAccessKey>", "Secret>", `required element "SecretAccessKey" is missing`},
		{"AssumeRole", "2099-12-31T23:59:59Z", "2099-12-31", "not an ISO 8601 time"},
		{"DescribeHubInvalidAccessException", `"Message":`, `"Reason":`, `has no member "Reason"`},
		{"GetKeyRotationStatusAccessDeniedException", `"__type":"AccessDenied`, `"__type":"Denied`, "__type is"},
	} {
		t.Run(row.call+" "+row.new, func(t *testing.T) {
			call, ok := sound[row.call]
			if !ok {
				t.Fatalf("the walk saw no %s", row.call)
			}
			if err := c.Check(&call); err != nil {
				t.Fatalf("the sound call: %v", err)
			}
			if !bytes.Contains(call.ResponseBody, []byte(row.old)) {
				t.Fatalf("%s does not occur in %s", row.old, call.ResponseBody)
			}
			n := 1
			if strings.HasSuffix(row.old, ">") && !strings.HasPrefix(row.old, "<") {
				n = 2
			}
			call.ResponseBody = bytes.Replace(call.ResponseBody, []byte(row.old), []byte(row.new), n)
			if err := c.Check(&call); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %q", err, row.want)
			}
		})
	}
}

func TestCheckCatchesWrongRequestsAndErrors(t *testing.T) {
	sound := calls(t)
	c := checker(t)
	for _, row := range []struct {
		name, call, want string
		spoil            func(*scenario.Call)
	}{
		{"misspelt request member", "ListKeys", "ListKeysRequest has no such member", func(c *scenario.Call) { c.RequestBody = []byte(`{"MaxResults":10}`) }},
		{"missing request member", "DescribeKey", `required member "KeyId" is missing`, func(c *scenario.Call) { c.RequestBody = []byte(`{}`) }},
		{"page size above the limit", "DescribeClusters", "more than 25", func(c *scenario.Call) { c.RequestBody = []byte(`{"MaxResults":26}`) }},
		{"wrong target", "ListKeys", "target", func(c *scenario.Call) {
			c.RequestHeader = http.Header{"X-Amz-Target": {"KMS.ListKeys"}, "Content-Type": {"application/x-amz-json-1.1"}}
		}},
		{"wrong query parameter", "ListSecurityControlDefinitions", "unknown query parameter", func(c *scenario.Call) { c.Query = map[string][]string{"maxResults": {"5"}} }},
		{"wrong form parameter", "AssumeRole", "unknown parameter", func(c *scenario.Call) { c.RequestBody = append(bytes.Clone(c.RequestBody), "&External=1"...) }},
		{"undeclared error", "ListKeys", "neither declared by ListKeys nor common", func(c *scenario.Call) {
			c.Status, c.Code, c.ResponseBody = 400, "NoSuchKeyException", []byte(`{"__type":"NoSuchKeyException"}`)
		}},
		{"wrong status", "DescribeHubInvalidAccessException", "has status 401, not 403", func(c *scenario.Call) { c.Status = 403 }},
		{"no request id", "ListKeys", "no x-amzn-requestid", func(c *scenario.Call) { c.ResponseHeader = http.Header{"Content-Type": {"application/x-amz-json-1.1"}} }},
		{"empty answer", "GetFindings", `required member "Findings" is missing`, func(c *scenario.Call) { c.ResponseBody = []byte(`{}`) }},
		{"unknown operation", "ListKeys", "has no operation", func(c *scenario.Call) { c.Operation = "ListAllKeys" }},
	} {
		t.Run(row.name, func(t *testing.T) {
			call, ok := sound[row.call]
			if !ok {
				t.Fatalf("the walk saw no %s", row.call)
			}
			row.spoil(&call)
			if err := c.Check(&call); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %q", err, row.want)
			}
		})
	}
}

// A wrong declaration fails the request loudly: the client sees an error, and the server remembers.
func TestViolationFailsTheRequest(t *testing.T) {
	o := scenario.Demo()
	key := o.In(scenario.DemoPayments, "eu-west-1").Key("example/ledger-db")
	key.State = "Sleeping"
	s := scenario.Start(scenario.Config{Organization: o, Check: checker(t).Check})
	defer s.Close()
	_, err := kmsClient(s, o, scenario.DemoPayments, "eu-west-1").DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &key.ID})
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "ScenarioViolation" {
		t.Errorf("the client saw %v", err)
	}
	v := s.Violations()
	if len(v) != 1 || !strings.Contains(v[0].Error(), `"Sleeping" is no value of KeyState`) {
		t.Errorf("violations: %v", v)
	}
}
