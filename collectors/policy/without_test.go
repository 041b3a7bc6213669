package policy

import "testing"

func TestWithout(t *testing.T) {
	keys := []string{"aws:Referer", "aws:UserAgent"}
	for _, c := range []struct{ text, want string }{
		{`{"Statement":[{"Effect":"Allow","Principal":"*"}]}`, `{"Statement":[{"Effect":"Allow","Principal":"*"}]}`},
		{`{"Condition": {"StringEquals": {"aws:Referer": "s3cret"}}}`, `{"Condition": {"StringEquals": {"aws:Referer": "REDACTED"}}}`},
		{`{"Condition":{"StringLike":{"AWS:REFERER":["s3cret","other"],"aws:SourceArn":"arn:x"}}}`,
			`{"Condition":{"StringLike":{"AWS:REFERER":["REDACTED","REDACTED"],"aws:SourceArn":"arn:x"}}}`},
		{`{"a":{"aws:UserAgent" :  {"deep":["s3cret",1,true,null]}},"b":2}`, `{"a":{"aws:UserAgent" :  {"deep":["REDACTED","REDACTED","REDACTED","REDACTED"]}},"b":2}`},
		{`{"a":{"aws:\u0052eferer":"s3cret"},"Sid":"mentions aws:Referer"}`, `{"a":{"aws:\u0052eferer":"REDACTED"},"Sid":"mentions aws:Referer"}`},
		{`{"a":["aws:Referer","x"]}`, `{"a":["aws:Referer","x"]}`},
		{`{"a":{"aws:Referer":"s3cret"`, ``},
		{`{"aws:Referer":"s3cret"} trailing`, ``},
		{`not JSON, and aws:Referer`, ``},
	} {
		if got := Without(c.text, keys); got != c.want {
			t.Errorf("Without(%s)\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}
