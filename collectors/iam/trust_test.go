package iam

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWhatPoliciesAllow(t *testing.T) {
	for _, c := range []struct {
		statement          string
		everything, allBut bool
		full               string
	}{
		{`{"Effect":"Allow","Action":"*","Resource":"*"}`, true, false, ""},
		{`{"Effect":"Allow","Action":["s3:Get*","*:*"],"Resource":["arn:aws:s3:::x","*"]}`, true, false, ""},
		{`{"Effect":"Allow","Action":"**","Resource":"arn:aws:*"}`, true, false, ""},
		{`{"Effect":"Allow","Action":"?*","Resource":"arn:*:*:*:*:*"}`, true, false, ""},
		{`{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::secret"}`, true, false, ""},
		{`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`, true, false, ""},
		{`{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::*"}`, false, false, "*"},
		{`{"Effect":"Allow","Action":"*","Resource":"arn:aws*:*"}`, true, false, ""},
		{`{"Effect":"Allow","Action":"*","Resource":"arn:aws:*:*:*:?*"}`, true, false, ""},
		{`{"Effect":"Allow","Action":"*","Resource":"arn:aws"}`, true, false, ""},
		{`{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3"}`, false, false, "*"},
		{`{"Effect":"Allow","Action":["iam:Get*","*"],"Resource":["arn:aws:iam::111122223333:role/*"]}`, false, false, "*"},
		{`{"Effect":"Allow","NotAction":"iam:*","Resource":"arn:aws*:*"}`, false, true, ""},
		{`{"Effect":"Deny","Action":"*","Resource":"*"}`, false, false, ""},
		{`{"Effect":"Allow","Action":"iam:*","Resource":"*"}`, false, false, "iam"},
		{`{"Effect":"Allow","Action":["S3:**","s3:Get*","ec2:Describe*"],"Resource":"arn:aws:s3:::x"}`, false, false, "s3"},
		{`{"Effect":"Allow","Action":["s*:*","a:","b"],"Resource":"*"}`, false, false, ""},
		{`{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`, false, true, ""},
		{`{"Effect":"Allow","NotAction":"iam:*","Resource":"arn:aws:s3:::x"}`, false, false, "*"},
		{`{"Effect":"Deny","NotAction":"iam:*","Resource":"*"}`, false, false, ""},
	} {
		for _, text := range []string{`{"Statement":` + c.statement + `}`, `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"a:b","Resource":"*"},` + c.statement + `]}`} {
			g, err := granted(ptr(quoted(text)))
			if err != nil || g.everything != c.everything || g.allBut != c.allBut || strings.Join(g.full, ",") != c.full {
				t.Errorf("%s: %+v, %v", text, g, err)
			}
		}
	}
	// A + is a plus and no blank.
	if text, err := decode(ptr("a%20b+c%2Bd")); err != nil || text != "a b+c+d" {
		t.Errorf("%q, %v", text, err)
	}
	for _, text := range []string{"", "%", "%7", "null", "[]", `"x"`, "{}", `{"Statement":[]}`, `{"Statement":null}`, `{"Statement":[{}]}`, `{"Statement":{"Effect":"Allow","Action":"*"}}`,
		`{"Statement":{"Effect":"Allow","Resource":"*"}}`, `{"Statement":{"Effect":"Allow","Action":"*","NotAction":"a:b","Resource":"*"}}`, `{"Statement":{"Effect":"Allow","Action":{"a":1},"Resource":"*"}}`,
		`{"Statement":{"Action":"*","Resource":"*"}}`, `{"Statement":{"Effect":"ALLOW","Action":"*","Resource":"*"}}`, `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]} {}`,
		`{"Statement":[{"Effect":"Allow","Action":[],"Resource":"*"}]}`} {
		if g, err := granted(&text); err == nil {
			t.Errorf("%q reads as a policy: %+v", text, g)
		}
	}
	if _, err := granted(nil); err == nil {
		t.Error("no document reads as a policy")
	}
}

const elsewhere = "999988887777"

func trusts(t *testing.T, statements string) *Trust {
	t.Helper()
	x, err := trustOf(ptr(quoted(`{"Statement":[`+statements+`]}`)), account, []string{account, "000011112222"})
	if err != nil {
		t.Fatalf("%s: %v", statements, err)
	}
	return x
}

func allowed(principal, condition string) string {
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return `{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"` + condition + `}`
}

func TestWhomARoleTrusts(t *testing.T) {
	root := `{"AWS":"arn:aws:iam::` + elsewhere + `:root"}`
	for _, c := range []struct {
		statements                   string
		public, id                   bool
		external, outside, unguarded string
	}{
		{allowed(`{"AWS":"`+account+`"}`, ""), false, false, "", "", ""},
		{allowed(root, ""), false, false, elsewhere, elsewhere, elsewhere},
		{allowed(`{"AWS":["`+elsewhere+`","arn:aws:iam::000011112222:role/x"]}`, ""), false, false, "000011112222 " + elsewhere, elsewhere, elsewhere},
		{allowed(root, `{"StringEquals":{"sts:ExternalId":"x"}}`), false, true, elsewhere, elsewhere, ""},
		{allowed(root, `{"StringLike":{"STS:externalid":["a","b"]}}`), false, true, elsewhere, elsewhere, ""},
		{allowed(root, `{"StringLike":{"sts:ExternalId":"*"}}`), false, false, elsewhere, elsewhere, elsewhere},
		{allowed(root, `{"StringLike":{"sts:ExternalId":["x","a*"]}}`), false, false, elsewhere, elsewhere, elsewhere},
		{allowed(root, `{"StringEquals":{"sts:ExternalId":""}}`), false, false, elsewhere, elsewhere, elsewhere},
		{allowed(root, `{"StringEquals":{"sts:ExternalId":"${aws:username}"}}`), false, false, elsewhere, elsewhere, elsewhere},
		{allowed(root, `{"StringEqualsIfExists":{"sts:ExternalId":"x"}}`), false, false, elsewhere, elsewhere, elsewhere},
		{allowed(root, `{"StringNotEquals":{"sts:ExternalId":"x"}}`), false, false, elsewhere, elsewhere, elsewhere},
		{allowed(root, `{"ForAllValues:StringEquals":{"sts:ExternalId":"x"}}`), false, false, elsewhere, elsewhere, elsewhere},
		{allowed(root, `{"Null":{"sts:ExternalId":"false"}}`), false, false, elsewhere, elsewhere, elsewhere},
		{allowed(root, `{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}`), false, false, elsewhere, elsewhere, ""},
		{allowed(root, `{"StringEquals":{"aws:PrincipalOrgID":"${aws:ResourceOrgID}"}}`), false, false, elsewhere, elsewhere, ""},
		{allowed(root, `{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-abc/r-1/*"}}`), false, false, elsewhere, elsewhere, ""},
		{allowed(root, `{"StringLike":{"aws:PrincipalOrgID":"o-*"}}`), false, false, elsewhere, elsewhere, elsewhere},
		{allowed(root, `{"StringLike":{"aws:PrincipalOrgID":["o-abc","*"]}}`), false, false, elsewhere, elsewhere, elsewhere},
		{allowed(root, `{"StringEquals":{"aws:PrincipalAccount":"`+elsewhere+`"}}`), false, false, elsewhere, elsewhere, elsewhere},
		// One statement with, and one without.
		{allowed(root, `{"StringEquals":{"sts:ExternalId":"x"}}`) + "," + allowed(root, ""), false, false, elsewhere, elsewhere, elsewhere},
		{allowed(`"*"`, ""), true, false, "", "", ""},
		{allowed(`{"AWS":"*"}`, `{"StringEquals":{"sts:ExternalId":"x"}}`), true, false, "", "", ""},
		{allowed(`{"AWS":"*"}`, `{"StringEquals":{"aws:PrincipalAccount":"`+elsewhere+`"}}`), false, false, elsewhere, elsewhere, elsewhere},
		{allowed(`{"AWS":"*"}`, `{"StringEquals":{"aws:PrincipalAccount":`+elsewhere+`}}`), false, false, elsewhere, elsewhere, elsewhere},
		{allowed(`{"AWS":"*"}`, `{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}`), false, false, "", "", ""},
		{`{"Effect":"Allow","NotPrincipal":{"AWS":"` + account + `"},"Action":"sts:AssumeRole"}`, true, false, "", "", ""},
		{`{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}`, false, false, "", "", ""},
		{allowed(`{"AWS":"AROAEXAMPLEEXAMPLEX"}`, ""), false, false, "", "", ""},
	} {
		x := trusts(t, c.statements)
		if x.Public != c.public || x.ExternalID != c.id || strings.Join(x.ExternalAccounts, " ") != c.external || strings.Join(x.OutsideAccounts, " ") != c.outside || strings.Join(x.UnguardedAccounts, " ") != c.unguarded {
			t.Errorf("%s: %+v", c.statements, x)
		}
	}
	for _, text := range []string{`{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}`, `{"Statement":[{"Effect":"Allow","Principal":{"AWS":[]},"Action":"sts:AssumeRole"}]}`, `{"Statement":[{"Effect":"Perhaps","Principal":"*","Action":"sts:AssumeRole"}]}`,
		`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"` + account + `"}}]}`, `{"Statement":[{"Effect":"Allow","Principal":"nobody","Action":"sts:AssumeRole"}]}`, "", "{"} {
		if x, err := trustOf(&text, account, nil); err == nil {
			t.Errorf("%q reads as trust: %+v", text, x)
		}
	}
}

func TestServicesWithoutASource(t *testing.T) {
	for condition, open := range map[string]bool{
		"": true, `{"StringEquals":{"aws:SourceAccount":"` + account + `"}}`: false, `{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::bucket"}}`: false, `{"ArnLike":{"aws:SourceArn":"arn:aws:sns:eu-west-1:` + account + `:*"}}`: false,
		`{"StringEquals":{"aws:SourceOrgID":"o-abc"}}`: false, `{"StringLike":{"aws:SourceAccount":"*"}}`: true, `{"StringEqualsIfExists":{"aws:SourceAccount":"` + account + `"}}`: true,
	} {
		x := trusts(t, allowed(`{"Service":"sns.amazonaws.com"}`, condition))
		if !slices.Equal(x.Services, []string{"sns.amazonaws.com"}) || (len(x.OpenServices) > 0) != open {
			t.Errorf("%s: %+v", condition, x)
		}
	}
}

func TestWhichTokensAreLimited(t *testing.T) {
	hosts := map[string]string{"github": "token.actions.githubusercontent.com", "gitlab": "gitlab.com", "terraform": "app.terraform.io", "eks": "oidc.eks.eu-west-1.amazonaws.com/id/ABC", "other": "issuer.example.com", "cognito": cognitos[0], "gov": cognitos[1], "google": "accounts.google.com"}
	arn := func(name string) string {
		if name == "cognito" || name == "gov" || name == "google" {
			return hosts[name]
		}
		return prefix + "oidc-provider/" + hosts[name]
	}
	for _, c := range []struct {
		who, operator, aud, sub string
		limited                 bool
	}{
		{"github", "StringEquals", "sts.amazonaws.com", "", false},
		{"github", "StringEquals", "", "repo:acme/site:ref:refs/heads/main", false},
		{"github", "StringEquals", "sts.amazonaws.com", "repo:acme/site:ref:refs/heads/main", true},
		{"github", "StringLike", "sts.amazonaws.com", "repo:acme/*", true},
		{"github", "StringLike", "sts.amazonaws.com", "repo:acme/site:*", true},
		{"github", "ForAnyValue:StringLike", "sts.amazonaws.com", "repo:acme/site:*", true},
		{"github", "StringLike", "sts.amazonaws.com", "*", false},
		{"github", "StringLike", "sts.amazonaws.com", "repo:*", false},
		{"github", "StringLike", "sts.amazonaws.com", "repo:acme*", false}, // acme-evil
		{"github", "StringLike", "sts.amazonaws.com", "repo:acme*/site:*", false},
		{"github", "StringLike", "sts.amazonaws.com", "repo:/*", false},
		{"github", "StringLike", "sts.amazonaws.com", "repo:ac?e/site", false},
		{"github", "StringLike", "sts.amazonaws.com", "*:ref:refs/heads/main", false},
		{"github", "StringLike", "sts.amazonaws.com", `repo:acme/site:*","*`, false}, // one of several
		{"github", "StringLike", "sts.amazonaws.com", "repo:${aws:username}/*", false},
		{"github", "StringLike", "*", "repo:acme/site:*", false},
		{"github", "StringEqualsIfExists", "sts.amazonaws.com", "repo:acme/site:x", false},
		{"github", "ForAllValues:StringEquals", "sts.amazonaws.com", "repo:acme/site:x", false},
		{"github", "StringNotLike", "sts.amazonaws.com", "repo:acme/site:x", false},
		{"github", "StringLike", "sts.amazonaws.com", "organization:acme:*", false},
		{"gitlab", "StringLike", "https://gitlab.com", "project_path:acme/*", true},
		{"gitlab", "StringLike", "https://gitlab.com", "project_path:*", false},
		{"terraform", "StringLike", "aws.workload.identity", "organization:acme:project:*", true},
		{"terraform", "StringLike", "aws.workload.identity", "organization:*:project:x", false},
		{"eks", "StringLike", "sts.amazonaws.com", "system:serviceaccount:spark:*", true},
		{"eks", "StringLike", "sts.amazonaws.com", "system:serviceaccount:*:driver", false},
		{"other", "StringEquals", "me", "somebody", true},
		{"other", "StringLike", "me", "some*", false}, // what stands before a wildcard means nothing that is known
		{"cognito", "StringEquals", "eu-west-1:pool", "", true},
		{"cognito", "StringEquals", "", "", false},
		{"gov", "StringEquals", "us-gov-west-1:pool", "", true},
		{"gov", "StringEquals", "", "", false},
		{"google", "StringEquals", "me", "1234", true},
		{"google", "StringEquals", "me", "", false},
	} {
		var keys []string
		for claim, v := range map[string]string{"aud": c.aud, "sub": c.sub} {
			if v != "" {
				keys = append(keys, fmt.Sprintf(`"%s:%s":["%s"]`, hosts[c.who], claim, v))
			}
		}
		condition := ""
		if len(keys) > 0 {
			condition = `,"Condition":{"` + c.operator + `":{` + strings.Join(keys, ",") + `}}`
		}
		x := trusts(t, `{"Effect":"Allow","Principal":{"Federated":"`+arn(c.who)+`"},"Action":"sts:AssumeRoleWithWebIdentity"`+condition+`}`)
		if !slices.Equal(x.OIDCProviders, []string{arn(c.who)}) || (len(x.UnlimitedOIDC) == 0) != c.limited || len(x.ExternalAccounts) > 0 {
			t.Errorf("%+v: %+v", c, x)
		}
	}
	// The claims of another issuer limit nothing.
	if x := trusts(t, `{"Effect":"Allow","Principal":{"Federated":"`+arn("github")+`"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"gitlab.com:aud":"x","gitlab.com:sub":"y"}}}`); len(x.UnlimitedOIDC) != 1 {
		t.Errorf("%+v", x)
	}
	if x := trusts(t, `{"Effect":"Allow","Principal":{"Federated":["`+samlARN+`","`+arn("other")+`"]},"Action":"sts:AssumeRoleWithSAML"}`); !slices.Equal(x.SAMLProviders, []string{samlARN}) || !slices.Equal(x.UnlimitedOIDC, []string{arn("other")}) {
		t.Errorf("%+v", x)
	}
}

// certificate expires on 2031-05-06 at 07:08:09, in the lines that it is published in.
const certificate = `MIHkMIGXoAMCAQICAQEwBQYDK2VwMBwxGjAYBgNVBAMTEXNpZ25pbmcgb2YgYSB0
ZXN0MB4XDTI2MDUwNjA3MDgwOVoXDTMxMDUwNjA3MDgwOVowHDEaMBgGA1UEAxMR
c2lnbmluZyBvZiBhIHRlc3QwKjAFBgMrZXADIQA7aie8zrakLWKjqNAqbw1zZTIV
dx3iQ6Y6wEihi1naKTAFBgMrZXADQQChULR1ZavivMEfGWFBqNKSKL45nVTBo81g
avUEe1Rg/dxjQNh3EoMVhvvVUdw92reGwqAG4KNFnr3e2Kq5YZYO`

// metadataOf is metadata with one key for each certificate.
func metadataOf(use string, certificates ...string) string {
	var b strings.Builder
	b.WriteString(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"><IDPSSODescriptor>`)
	for _, c := range certificates {
		b.WriteString(`<KeyDescriptor ` + use + `><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>` + c + `</X509Certificate></X509Data></KeyInfo></KeyDescriptor>`)
	}
	return b.String() + `</IDPSSODescriptor></EntityDescriptor>`
}

func TestSigningCertificates(t *testing.T) {
	end := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	good := metadataOf(`use="signing"`, certificate)
	signed := strings.Replace(good, "<IDPSSODescriptor>", `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><KeyInfo><X509Data><X509Certificate>not ours</X509Certificate></X509Data></KeyInfo></Signature><IDPSSODescriptor>`, 1)
	for name, c := range map[string]struct {
		text string
		n    int
	}{
		"one":                                {good, 1},
		"two":                                {metadataOf(`use="signing"`, certificate, certificate), 2},
		"for both uses":                      {metadataOf("", certificate), 1},
		"with a byte order mark":             {"\ufeff" + good, 1},
		"signed itself":                      {signed, 1},
		"within several":                     {`<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">` + good + good + `</EntitiesDescriptor>`, 2},
		"for encryption":                     {metadataOf(`use="encryption"`, certificate), 0},
		"of a service provider":              {strings.ReplaceAll(good, "IDPSSODescriptor", "SPSSODescriptor"), 0},
		"of another namespace":               {strings.Replace(good, "SAML:2.0", "SAML:1.0", 1), 0},
		"one that is none":                   {metadataOf(`use="signing"`, certificate, base64.StdEncoding.EncodeToString([]byte("x"))), 0},
		"one that is not base64":             {metadataOf(`use="signing"`, certificate, "*"), 0},
		"none":                               {metadataOf(`use="signing"`), 0},
		"cut off":                            {good[:len(good)-20], 0},
		"two documents":                      {good + good, 0},
		"nothing":                            {"", 0},
		"no XML":                             {"{}", 0},
		"what stands where it was taken out": {"REDACTED", 0},
	} {
		ends, err := signingCertificates(c.text)
		if len(ends) != c.n || (err == nil) != (c.n > 0) || c.n > 0 && !ends[0].Equal(end) {
			t.Errorf("%s: %v, %v", name, ends, err)
		}
	}
}
