// Package models checks requests and answers against AWS's own API models, as they were shipped with the AWS SDK for
// Go version 1. The scenario server is written by hand, and so might share a mistake with the collectors that are tested
// against it; the models are a third opinion that neither of them has seen.
//
// It checks names, types, required members, enums, lengths, ranges, patterns, timestamps, declared errors and their HTTP
// status. It does not check what a value means. The models are older than the services: additions.go lists, one by one and
// with a reason, what has come since.
package models

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go/aws"
)

// Version is the version of the module that the models come from.
const Version = aws.SDKVersion

// folders are the models' folders by the name that the scenario server gives the service.
var folders = map[string]string{
	"sts": "sts/2011-06-15", "account": "account/2021-02-01", "kms": "kms/2014-11-01", "cloudhsm": "cloudhsmv2/2017-04-28",
	"config": "config/2014-11-12", "securityhub": "securityhub/2018-10-26", "sso": "sso-admin/2020-07-20", "identitystore": "identitystore/2020-06-15",
	"organizations": "organizations/2016-11-28", "guardduty": "guardduty/2017-11-28", "macie2": "macie2/2020-01-01", "inspector2": "inspector2/2020-06-08",
	"access-analyzer": "accessanalyzer/2019-11-01", "athena": "athena/2017-05-18", "detective": "detective/2018-10-26", "cloudtrail": "cloudtrail/2013-11-01",
	"cognito-idp": "cognito-idp/2016-04-18", "cognito-identity": "cognito-identity/2014-06-30", "s3": "s3/2006-03-01", "s3-control": "s3control/2018-08-20",
	"cloudfront": "cloudfront/2020-05-31", "logs": "logs/2014-03-28", "wafv2": "wafv2/2019-07-29", "shield": "shield/2016-06-02", "fms": "fms/2018-01-01",
	"network-firewall": "network-firewall/2020-11-12", "ssm": "ssm/2014-11-06", "ec2": "ec2/2016-11-15", "auditmanager": "auditmanager/2017-07-25", "iam": "iam/2010-05-08",
}

// A Checker holds the models of the services that the scenario server knows.
type Checker struct{ apis map[string]*api }

type api struct {
	Metadata struct {
		Protocol     string `json:"protocol"`
		TargetPrefix string `json:"targetPrefix"`
		JSONVersion  string `json:"jsonVersion"`
	} `json:"metadata"`
	Operations map[string]*operation `json:"operations"`
	Shapes     map[string]*shape     `json:"shapes"`
	service    string
}

type operation struct {
	HTTP struct {
		Method string `json:"method"`
		URI    string `json:"requestUri"`
	} `json:"http"`
	Input  *ref `json:"input"`
	Output *struct {
		ref
		Wrapper string `json:"resultWrapper"`
	} `json:"output"`
	Errors []ref `json:"errors"`
}

type ref struct {
	Shape        string `json:"shape"`
	Location     string `json:"location"`
	LocationName string `json:"locationName"`
	QueryName    string `json:"queryName"`
	Format       string `json:"timestampFormat"`
	Flattened    bool   `json:"flattened"`
	Attribute    bool   `json:"xmlAttribute"`
}

type shape struct {
	Type     string          `json:"type"`
	Members  map[string]*ref `json:"members"`
	Required []string        `json:"required"`
	Member   *ref            `json:"member"`
	Key      *ref            `json:"key"`
	Value    *ref            `json:"value"`
	Enum     []string        `json:"enum"`
	Min      *float64        `json:"min"`
	Max      *float64        `json:"max"`
	Pattern  string          `json:"pattern"`
	Format   string          `json:"timestampFormat"`
	Payload  string          `json:"payload"`
	Flat     bool            `json:"flattened"`
	Error    *struct {
		Code   string `json:"code"`
		Status int    `json:"httpStatusCode"`
	} `json:"error"`
	Exception bool `json:"exception"`
	Fault     bool `json:"fault"`
}

// Open reads the models out of the Go module cache. It must run inside the module of testdata/e2e.
func Open() (*Checker, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go").Output()
	if err != nil {
		return nil, fmt.Errorf("find the models: go list: %w; run go mod download in testdata/e2e", err)
	}
	root := filepath.Join(strings.TrimSpace(string(out)), "models", "apis")
	c := &Checker{apis: map[string]*api{}}
	for service, folder := range folders {
		b, err := os.ReadFile(filepath.Join(root, folder, "api-2.json"))
		if err != nil {
			return nil, fmt.Errorf("read the model of %q: %w", service, err)
		}
		a := &api{service: service}
		if err := json.Unmarshal(b, a); err != nil {
			return nil, fmt.Errorf("read the model of %q: %w", service, err)
		}
		if err := a.extend(); err != nil {
			return nil, fmt.Errorf("extend the model of %q: %w", service, err)
		}
		c.apis[service] = a
	}
	return c, nil
}
