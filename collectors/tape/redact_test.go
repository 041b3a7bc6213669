package tape

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/evidence"
)

func TestRedactions(t *testing.T) {
	op := evidence.Operation{Service: "identitystore", Name: "ListUsers", Identity: []string{"UserName", "Emails", "arn"}, Secrets: []string{"ProviderDetails"}}
	pointer, err := ParsePointer("identitystore:ListUsers:/Users/*/Title")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := ParsePointer("identitystore:ListUsers:/Event")
	if err != nil {
		t.Fatal(err)
	}
	op.Embedded = map[string][]string{"Event": {"errorCode", "who.arn", "who.type", "who.deep.name"}}
	op.Plain = []string{"nobody"}
	tests := []struct {
		name, body, want string
		redactor         Redactor
		taken            []evidence.Redaction
	}{
		{"nothing to take leaves every byte", ` {"Users":[ ], "N":1.50e3}`, ` {"Users":[ ], "N":1.50e3}`, Redactor{Identity: true}, nil},
		{"identity only where it was asked for", `{"Users":[{"UserName":"ann"}]}`, `{"Users":[{"UserName":"ann"}]}`, Redactor{}, nil},
		{"everything below a member", `{"Users":[{"UserName":"ann","Emails":[{"Value":"a@example.com","Primary":true,"N":7}]}]}`,
			`{"Users":[{"UserName":"REDACTED","Emails":[{"Value":"REDACTED","Primary":true,"N":null}]}]}`, Redactor{Identity: true},
			[]evidence.Redaction{{Pointer: "/Users/0/UserName", Rule: "identity"}, {Pointer: "/Users/0/Emails/0/Value", Rule: "identity"}, {Pointer: "/Users/0/Emails/0/N", Rule: "identity"}}},
		{"a secret in a map", `{"ProviderDetails":{"client_id":"x","a/b":"y"}}`, `{"ProviderDetails":{"client_id":"REDACTED","a/b":"REDACTED"}}`, Redactor{},
			[]evidence.Redaction{{Pointer: "/ProviderDetails/client_id", Rule: "secret"}, {Pointer: "/ProviderDetails/a~1b", Rule: "secret"}}},
		{"the user's own pointer", `{"Users":[{"Title":"a"},{"Title":"b","Deep":{"Title":"c"}}]}`, `{"Users":[{"Title":"REDACTED"},{"Title":"REDACTED","Deep":{"Title":"c"}}]}`,
			Redactor{Pointers: []Pointer{pointer}},
			[]evidence.Redaction{{Pointer: "/Users/0/Title", Rule: "identitystore:ListUsers:/Users/*/Title"}, {Pointer: "/Users/1/Title", Rule: "identitystore:ListUsers:/Users/*/Title"}}},
		{"a value that looks like a member name", `{"Key":"SecretAccessKey","SecretAccessKey":"s"}`, `{"Key":"SecretAccessKey","SecretAccessKey":"REDACTED"}`, Redactor{},
			[]evidence.Redaction{{Pointer: "/SecretAccessKey", Rule: "secret"}}},
		{"a name spelled with escapes", `{"Secret\u0041ccessKey":"s"}`, `{"Secret\u0041ccessKey":"REDACTED"}`, Redactor{},
			[]evidence.Redaction{{Pointer: "/SecretAccessKey", Rule: "secret"}}},
		{"XML", `<R><SecretAccessKey>abc</SecretAccessKey><Arn>x</Arn></R>`, `<R><SecretAccessKey>REDACTED</SecretAccessKey><Arn>x</Arn></R>`, Redactor{},
			[]evidence.Redaction{{Pointer: "/R/SecretAccessKey", Rule: "secret"}}},
		{"XML in other spellings", `<?xml version="1.0" encoding="UTF-8"?><n:R xmlns:n="u"><n:SecretAccessKey a="b"><![CDATA[a<b]]></n:SecretAccessKey><SecretAccessKey/><ProviderDetails> <K>v&amp;w</K> </ProviderDetails></n:R>`,
			`<?xml version="1.0" encoding="UTF-8"?><n:R xmlns:n="u"><n:SecretAccessKey a="b">REDACTED</n:SecretAccessKey><SecretAccessKey/><ProviderDetails> <K>REDACTED</K> </ProviderDetails></n:R>`, Redactor{},
			[]evidence.Redaction{{Pointer: "/R/SecretAccessKey", Rule: "secret"}, {Pointer: "/R/ProviderDetails/K", Rule: "secret"}}},
		{"the user's own pointer into XML", `<ListUsersResponse><ListUsersResult><Users><member><Title>a</Title><Name>b</Name></member></Users></ListUsersResult></ListUsersResponse>`,
			`<ListUsersResponse><ListUsersResult><Users><member><Title>REDACTED</Title><Name>b</Name></member></Users></ListUsersResult></ListUsersResponse>`, Redactor{Pointers: []Pointer{pointer}},
			[]evidence.Redaction{{Pointer: "/ListUsersResponse/ListUsersResult/Users/member/Title", Rule: "identitystore:ListUsers:/Users/*/Title"}}},
		{"half of an XML document keeps no half of a secret", `<R><A>b</A><SecretAccessKey>abc`, `<R><A>b</A><SecretAccessKey>REDACTED`, Redactor{},
			[]evidence.Redaction{{Pointer: "/R/SecretAccessKey", Rule: "secret"}, {Pointer: "/R/SecretAccessKey", Rule: "unreadable from here"}}},
		{"XML that holds nothing of it is kept, whatever its form", `<html><p>busy<br></html>`, `<html><p>busy<br></html>`, Redactor{Identity: true}, nil},
		{"half a document keeps no half of a secret", `{"A":"b","SecretAccessKey":"abc`, `{"A":"b","SecretAccessKey"`, Redactor{},
			[]evidence.Redaction{{Pointer: "/SecretAccessKey", Rule: "unreadable from here"}}},
		{"JSON in a string keeps the named leaves", `{"Event":"{\"who\":{\"arn\":\"a\",\"key\":\"k\",\"deep\":\"d\"},\"parameters\":{\"password\":\"p\"},\"errorCode\":7}"}`,
			`{"Event":"{\"who\":{\"arn\":\"a\"}}"}`, Redactor{}, []evidence.Redaction{{Pointer: "/Event", Rule: "secret"}}},
		{"and of these none that names people", `{"Event":"{\"who\":{\"arn\":\"a\",\"type\":\"Root\"}}"}`, `{"Event":"{\"who\":{\"arn\":\"REDACTED\",\"type\":\"Root\"}}"}`, Redactor{Identity: true},
			[]evidence.Redaction{{Pointer: "/Event", Rule: "secret"}}},
		{"and nothing where the user wants it gone", `{"Event":"{\"errorCode\":\"x\"}"}`, `{"Event":"REDACTED"}`, Redactor{Pointers: []Pointer{whole}}, []evidence.Redaction{{Pointer: "/Event", Rule: "secret"}}},
		{"a string that holds no JSON", `{"Event":"secret","A":"b"}`, `{"Event":"REDACTED","A":"b"}`, Redactor{}, []evidence.Redaction{{Pointer: "/Event", Rule: "secret"}}},
		{"JSON that stands in no string", `{"Event":{"errorCode":"x"}}`, `{"Event":{"errorCode":"REDACTED"}}`, Redactor{}, []evidence.Redaction{{Pointer: "/Event/errorCode", Rule: "secret"}}},
		{"a value that names nobody", `{"UserName":"nobody","Emails":["nobody","ann"]}`, `{"UserName":"nobody","Emails":["nobody","REDACTED"]}`, Redactor{Identity: true},
			[]evidence.Redaction{{Pointer: "/Emails/1", Rule: "identity"}}},
		{"a secret is one whatever it says", `{"ProviderDetails":"nobody"}`, `{"ProviderDetails":"REDACTED"}`, Redactor{Identity: true}, []evidence.Redaction{{Pointer: "/ProviderDetails", Rule: "secret"}}},
		{"not a document", `upstream connect error`, `upstream connect error`, Redactor{}, nil},
		{"nothing at all", ``, ``, Redactor{}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, taken, err := tt.redactor.apply(op, []byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if diff := cmp.Diff(tt.taken, taken); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParsePointerRefusesWhatItCannotUse(t *testing.T) {
	for _, s := range []string{"", "everything", "kms:ListKeys", "kms:ListKeys:Keys", ":ListKeys:/Keys", "kms::/Keys"} {
		if _, err := ParsePointer(s); err == nil || !strings.Contains(err.Error(), "neither a named set") {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// Whatever an answer looks like, a member that is secret leaves nothing of its value behind.
func FuzzRedact(f *testing.F) {
	f.Add(`{"a":[{"SecretAccessKey":"hunter2"}]}`)
	f.Add(`{"SecretAccessKey" : "hunter2", "x": {"SessionToken": ["hunter2"]}}`)
	f.Add(`[1,2,{"a":"b"}]`)
	f.Add(`{"a":`)
	f.Add(`<a><SecretAccessKey>hunter2</SecretAccessKey></a>`)
	f.Add(`<a><SecretAccessKey x="<![CDATA[hunter2]]>`)
	f.Fuzz(func(t *testing.T, body string) {
		var r Redactor
		out, taken, err := r.apply(evidence.Operation{}, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		again, more, err := r.apply(evidence.Operation{}, out)
		if err != nil {
			t.Fatal(err)
		}
		if len(taken) == 0 && string(out) != body {
			t.Errorf("%q became %q without a redaction", body, out)
		}
		// Redacting what was redacted changes nothing, unless it stays unreadable.
		if string(again) != string(out) && !(len(more) > 0 && more[len(more)-1].Rule == "unreadable from here") {
			t.Errorf("%q, then %q", out, again)
		}
	})
}
