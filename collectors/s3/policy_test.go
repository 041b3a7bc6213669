package s3

import (
	"slices"
	"strings"
	"testing"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/policy"
)

const arn = "arn:aws:s3:::b"

// deny is a statement that demands TLS, with parts replaced.
func deny(replace ...string) string {
	s := `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
	return strings.NewReplacer(replace...).Replace(s)
}

func parse(t *testing.T, statements ...string) []policy.Statement {
	t.Helper()
	s, err := policy.Parse(`{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTLSOnly(t *testing.T) {
	const both = `["arn:aws:s3:::b","arn:aws:s3:::b/*"]`
	for _, c := range []struct {
		statements []string
		want       bool
	}{
		{[]string{deny()}, true},
		{[]string{deny(`"Principal":"*"`, `"Principal":{ "AWS" : "*" }`)}, true},
		{[]string{deny(`"Principal":"*"`, `"Principal":{"AWS":["*"]}`)}, true},
		{[]string{deny(`"s3:*"`, `"*"`)}, true},
		{[]string{deny(`"s3:*"`, `["s3:GetObject","S3:*"]`)}, true},
		{[]string{deny(both, `"*"`)}, true},
		{[]string{deny(both, `"arn:aws:s3:::b*"`)}, true},
		{[]string{deny(`"false"`, `false`)}, true},
		{[]string{deny(`"Bool"`, `"BoolIfExists"`)}, true},
		{[]string{deny(`aws:SecureTransport`, `AWS:securetransport`)}, true},
		{[]string{deny(both, `"arn:aws:s3:::b"`), deny(both, `"arn:aws:s3:::b/*"`)}, true},

		{[]string{deny(both, `"arn:aws:s3:::b"`)}, false},
		{[]string{deny(both, `"arn:aws:s3:::b/*"`)}, false},
		{[]string{deny(both, `["arn:aws:s3:::b","arn:aws:s3:::b/public/*"]`)}, false},
		{[]string{deny(both, `["arn:aws:s3:::c","arn:aws:s3:::c/*"]`)}, false},
		{[]string{deny(`"Deny"`, `"Allow"`)}, false},
		{[]string{deny(`"Principal":"*"`, `"Principal":{"AWS":"arn:aws:iam::111122223333:root"}`)}, false},
		{[]string{deny(`"Principal":"*"`, `"Principal":{"AWS":"arn:aws:iam::*:role/x"}`)}, false},
		{[]string{deny(`"Principal":"*"`, `"Principal":{"Service":"*"}`)}, false},
		{[]string{deny(`"Principal":"*"`, `"NotPrincipal":{"AWS":"arn:aws:iam::111122223333:role/old"}`)}, false},
		{[]string{deny(`"s3:*"`, `["s3:GetObject","s3:PutObject"]`)}, false},
		{[]string{deny(`"Action"`, `"NotAction"`)}, false},
		{[]string{deny(`"Resource"`, `"NotResource"`)}, false},
		{[]string{deny(`"false"`, `"true"`)}, false},
		{[]string{deny(`"false"`, `["false","true"]`)}, false},
		{[]string{deny(`"Bool"`, `"StringEquals"`)}, false},
		{[]string{deny(`"aws:SecureTransport":"false"`, `"aws:SecureTransport":"false","aws:ViaAWSService":"false"`)}, false},
		{[]string{deny(`"Bool":{`, `"IpAddress":{"aws:SourceIp":"192.0.2.0/24"},"Bool":{`)}, false},
		{[]string{deny(`,"Condition":{"Bool":{"aws:SecureTransport":"false"}}`, ``)}, false},
		{[]string{deny(`"Bool":{"aws:SecureTransport":"false"}`, `"NumericLessThan":{"s3:TlsVersion":"1.2"}`)}, false},
	} {
		if got := tlsOnly(parse(t, c.statements...), arn); got != c.want {
			t.Errorf("%s\nreads %v, want %v", c.statements, got, c.want)
		}
	}
}

func TestLogSources(t *testing.T) {
	allow := func(principal, action string) string {
		return `{"Effect":"Allow","Principal":` + principal + `,` + action + `,"Resource":"*"}`
	}
	const trail = `{"Service":"cloudtrail.amazonaws.com"}`
	for statement, want := range map[string][]string{
		allow(trail, `"Action":"s3:PutObject"`):                                                                {"cloudtrail.amazonaws.com"},
		allow(trail, `"Action":["s3:GetBucketAcl","s3:Put*"]`):                                                 {"cloudtrail.amazonaws.com"},
		allow(trail, `"Action":"*"`):                                                                           {"cloudtrail.amazonaws.com"},
		allow(trail, `"NotAction":"s3:DeleteObject"`):                                                          {"cloudtrail.amazonaws.com"},
		allow(trail, `"Action":"s3:GetBucketAcl"`):                                                             nil,
		allow(trail, `"Action":"s3:PutObjectAcl"`):                                                             nil,
		allow(`{"Service":["delivery.logs.amazonaws.com","logs.eu-west-1.amazonaws.com"]}`, `"Action":"s3:*"`): {"delivery.logs.amazonaws.com", "logs.eu-west-1.amazonaws.com"},
		allow(`{"Service":["guardduty.me-south-1.amazonaws.com","logs.cn-north-1.amazonaws.com.cn"]}`, `"Action":"s3:PutObject"`): {"guardduty.me-south-1.amazonaws.com", "logs.cn-north-1.amazonaws.com.cn"},
		allow(`{"Service":["config-multiaccountsetup.amazonaws.com","guardduty.example.com"]}`, `"Action":"s3:PutObject"`):        nil,
		allow(`{"AWS":["arn:aws:iam::156460612806:root","127311923021"]}`, `"Action":"s3:PutObject"`):                             {balancerLogs, balancerLogs},
		allow(`{"AWS":"arn:aws:iam::156460612806:root"}`, `"Action":"s3:GetObject"`):                                              nil,
		allow(`{"Service":"quicksight.amazonaws.com"}`, `"Action":"s3:*"`):                                                        nil,
		allow(`{"AWS":"111122223333"}`, `"Action":"s3:*"`):                                                                        nil,
		strings.Replace(allow(trail, `"Action":"s3:*"`), "Allow", "Deny", 1):                                                      nil,
	} {
		if got := delivers(parse(t, statement)[0]); !slices.Equal(got, want) {
			t.Errorf("%s\ndelivers %v, want %v", statement, got, want)
		}
	}
}

// A setting is on where any level that was read has it on, off where all were read and none has, and otherwise unknown by the gap of
// the level that was not.
func TestEffective(t *testing.T) {
	on, off := level{on: [4]bool{true, true, true, true}}, level{}
	gap := evidence.Gap{ID: "G-0000000000000001", Code: "AccessDenied"}
	for _, c := range []struct {
		name    string
		a, b    level
		on      bool
		unknown bool
	}{
		{"on and on", on, on, true, false}, {"on and off", on, off, true, false}, {"off and on", off, on, true, false}, {"off and off", off, off, false, false},
		{"on and unread", on, unread(gap), true, false}, {"unread and on", unread(gap), on, true, false},
		{"off and unread", off, unread(gap), false, true}, {"unread and off", unread(gap), off, false, true}, {"unread and unread", unread(gap), unread(gap), false, true},
	} {
		var m evidence.Meta
		e := effective(&m, c.a, c.b)
		for i, got := range []bool{e.BlockPublicACLs, e.IgnorePublicACLs, e.BlockPublicPolicy, e.RestrictPublicBuckets} {
			unknown := slices.ContainsFunc(m.Unknown, func(u evidence.Unknown) bool { return u.Field == "effective."+blockFields[i] && u.Gap == gap.ID })
			if got != c.on || unknown != c.unknown {
				t.Errorf("%s: %s is %v, unknown %v", c.name, blockFields[i], got, unknown)
			}
		}
	}
}
