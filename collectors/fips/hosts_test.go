package fips

import "testing"

func TestHost(t *testing.T) {
	for _, c := range []struct{ partition, service, region, want string }{
		{"aws", "kms", "eu-west-1", "kms-fips.eu-west-1.amazonaws.com"},
		{"aws", "iam", "eu-west-1", "iam-fips.amazonaws.com"}, // one host for all regions
		{"aws", "config", "us-east-1", "config-fips.us-east-1.amazonaws.com"},
		{"aws", "config", "eu-west-1", ""},
		{"aws", "cloudhsm", "us-east-1", ""},
		{"aws", "sso", "us-east-1", ""},
		{"aws-cn", "kms", "cn-north-1", ""},
	} {
		if got, ok := Host(c.partition, c.service, c.region); got != c.want || ok != (c.want != "") {
			t.Errorf("%s %s %s: %q, %v", c.partition, c.service, c.region, got, ok)
		}
	}
	if n := len(hosts()); n != 1189+1 {
		t.Errorf("%d hosts, the header among them", n)
	}
}
