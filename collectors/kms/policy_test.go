package kms

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const own, other = "111122223333", "444455556666"

func allow(principal, condition string) string {
	s := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"kms:Decrypt","Resource":"*"`
	if condition != "" {
		s += `,"Condition":` + condition
	}
	return s + `}]}`
}

func TestPublic(t *testing.T) {
	for text, want := range map[string]bool{
		allow(`"*"`, ""):           true,
		allow(`{"AWS":"*"}`, ""):   true,
		allow(`{"AWS":["*"]}`, ""): true,
		allow(`{"AWS":["arn:aws:iam::111122223333:root","*"]}`, ""):       true,
		allow(`{"AWS":"arn:aws:iam::*:role/x"}`, ""):                      true,
		allow(`{"Service":"*"}`, ""):                                      true,
		allow(`{"AWS":"arn:aws:iam::444455556666:root"}`, ""):             false,
		allow(`{"Service":"logs.eu-west-1.amazonaws.com"}`, ""):           false,
		strings.Replace(allow(`"*"`, ""), "Allow", "Deny", 1):             false,
		strings.Replace(allow(`"*"`, ""), `Principal`, `NotPrincipal`, 1): true,

		allow(`"*"`, `{"StringEquals":{"kms:CallerAccount":"111122223333"}}`):                          false,
		allow(`{"AWS":"*"}`, `{"StringEquals":{"kms:CallerAccount":["111122223333","444455556666"]}}`): false,
		allow(`"*"`, `{"StringEquals":{"KMS:calleraccount":"111122223333"}}`):                          false,
		allow(`"*"`, `{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`):                         false,
		allow(`"*"`, `{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/r-ab12/*"}}`):   false,
		allow(`"*"`, `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/audit-*"}}`):      false,
		allow(`"*"`, `{"StringLike":{"aws:userid":"AROAEXAMPLEID:*"}}`):                                false,
		allow(`"*"`, `{"StringEquals":{"aws:SourceVpce":"vpce-0a1b2c3d"}}`):                            false,
		allow(`"*"`, `{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::orders"},"Bool":{"x":true}}`):          false,

		// A service that anyone may call through, or an address, names nobody.
		allow(`"*"`, `{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}`):    true,
		allow(`"*"`, `{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`):                       true,
		allow(`"*"`, `{"StringLike":{"kms:CallerAccount":"*"}}`):                            true,
		allow(`"*"`, `{"StringLike":{"kms:CallerAccount":"1111*"}}`):                        true,
		allow(`"*"`, `{"StringEquals":{"kms:CallerAccount":[]}}`):                           true,
		allow(`"*"`, `{"StringEquals":{"kms:CallerAccount":""}}`):                           true,
		allow(`"*"`, `{"StringLike":{"kms:CallerAccount":["111122223333","*"]}}`):           true,
		allow(`"*"`, `{"StringEquals":{"aws:PrincipalAccount":"${aws:ResourceAccount}"}}`):  true,
		allow(`"*"`, `{"StringNotEquals":{"kms:CallerAccount":"111122223333"}}`):            true,
		allow(`"*"`, `{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`):      true,
		allow(`"*"`, `{"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`): true,
		allow(`"*"`, `{"Null":{"kms:CallerAccount":"false"}}`):                              true,
		allow(`"*"`, `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/audit"}}`):        true,
		allow(`"*"`, `{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-*/r-ab12/*"}}`): true,
	} {
		p := Policy{Text: text}
		if err := p.parse(own); err != nil || p.Public != want || !p.Parsed {
			t.Errorf("%s\nreads as public %v (%v), want %v", text, p.Public, err, want)
		}
	}
}

// One statement that lets everyone in is enough, whatever stands before and after it.
func TestPublicInOneStatement(t *testing.T) {
	p := Policy{Text: `{"Statement":[
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
		{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["kms:DescribeKey"],"Resource":"*"},
		{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"444455556666"}}},
		{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"}]}`}
	if err := p.parse(own); err != nil {
		t.Fatal(err)
	}
	want := Policy{Text: p.Text, Parsed: true, Statements: 4, Public: true, AccountAdmin: true,
		Principals: []string{"*", "AWS:arn:aws:iam::111122223333:root"}, OtherAccounts: []string{other}}
	if d := cmp.Diff(want, p); d != "" {
		t.Error(d)
	}
}

func TestPrincipals(t *testing.T) {
	p := Policy{Text: `{"Statement":{"Effect":"Allow","Principal":{"Service":["b.amazonaws.com","a.amazonaws.com"],"AWS":["444455556666","arn:aws-cn:iam::777788889999:user/x","AIDAGONE"],
		"Federated":"cognito-identity.amazonaws.com"},"Action":["kms:*"],"Resource":"*"}}`}
	if err := p.parse(own); err != nil {
		t.Fatal(err)
	}
	want := Policy{Text: p.Text, Parsed: true, Statements: 1, OtherAccounts: []string{other, "777788889999"}, Principals: []string{"AWS:444455556666", "AWS:AIDAGONE",
		"AWS:arn:aws-cn:iam::777788889999:user/x", "Federated:cognito-identity.amazonaws.com", "Service:a.amazonaws.com", "Service:b.amazonaws.com"}}
	if d := cmp.Diff(want, p); d != "" {
		t.Error(d)
	}
}

func TestAccountAdmin(t *testing.T) {
	for text, want := range map[string]bool{
		strings.Replace(allow(`{"AWS":"arn:aws:iam::111122223333:root"}`, ""), "kms:Decrypt", "kms:*", 1):                      true,
		strings.Replace(allow(`{"AWS":"111122223333"}`, ""), "kms:Decrypt", "KMS:*", 1):                                        true,
		allow(`{"AWS":"arn:aws:iam::111122223333:root"}`, ""):                                                                  false,
		strings.Replace(allow(`{"AWS":"arn:aws:iam::444455556666:root"}`, ""), "kms:Decrypt", "kms:*", 1):                      false,
		strings.Replace(allow(`{"AWS":"arn:aws:iam::111122223333:role/root"}`, ""), "kms:Decrypt", "kms:*", 1):                 false,
		strings.Replace(allow(`{"AWS":"arn:aws:iam::111122223333:root"}`, `{"Bool":{"a":"true"}}`), "kms:Decrypt", "kms:*", 1): false,
	} {
		p := Policy{Text: text}
		if err := p.parse(own); err != nil || p.AccountAdmin != want {
			t.Errorf("%s\nreads as %v (%v), want %v", text, p.AccountAdmin, err, want)
		}
	}
}

// What can't be read as a policy must not come out as one that lets nobody in.
func TestUnreadablePolicies(t *testing.T) {
	for _, text := range []string{"", "null", "[]", "{}", `"x"`, `{"Statement":[]}`, `{"Statement":null}`, `{"Statement":"x"}`, `{"Statement":[1]}`,
		allow(`"*"`, "")[1:], allow(`"*"`, "") + "x", allow(`"nobody"`, ""), allow(`{}`, ""), allow(`{"AWS":[]}`, ""), allow(`{"AWS":{"a":"b"}}`, ""), allow(`1`, ""), allow(`["*"]`, ""),
		`{"Statement":[{"Effect":"Allow","Action":"*"}]}`,
		`{"Statement":[{"Effect":"allow","Principal":"*","Action":"*"}]}`,
		`{"Statement":[{"Principal":"*","Action":"*"}]}`,
		`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"*"},{"Effect":"Perhaps","Principal":"*","Action":"*"}]}`,
		allow(`"*"`, `{"StringEquals":"x"}`),
		"%7B%22Statement%22%3A%5B%5D%7D",
	} {
		p := Policy{Text: text}
		if err := p.parse(own); err == nil {
			t.Errorf("%q reads as %+v", text, p)
		}
	}
}
