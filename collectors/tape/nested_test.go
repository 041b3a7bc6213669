package tape

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// JSON in strings is redacted like any other, however often it is wrapped, where the operation says so.
func TestRedactInStrings(t *testing.T) {
	for _, c := range []struct{ body, want, pointer string }{
		{`{"configuration":"{\"a\":1,\"headerValue\":\"s3cret\"}","n":2}`, `{"configuration":"{\"a\":1,\"headerValue\":\"REDACTED\"}","n":2}`, "/configuration/headerValue"},
		{`{"p":"{\"policyText\":\"{\\\"aws:Referer\\\":[\\\"s3cret\\\"]}\"}"}`, `{"p":"{\"policyText\":\"{\\\"aws:Referer\\\":[\\\"REDACTED\\\"]}\"}"}`, "/p/policyText/aws:Referer/0"},
		{`{"p":"\"{\\\"aws:Referer\\\":\\\"s3cret\\\"}\""}`, `{"p":"\"{\\\"aws:Referer\\\":\\\"REDACTED\\\"}\""}`, "/p/aws:Referer"},
		{`{"p":"[prod] {key} for \"x\"","q":"{\"headerValue\":\"s3cret\"}","r":"\"quoted\" text"}`, `{"p":"[prod] {key} for \"x\"","q":"{\"headerValue\":\"REDACTED\"}","r":"\"quoted\" text"}`, "/q/headerValue"},
		{`{"p":"headerValue s3cret"}`, `{"p":"headerValue s3cret"}`, ""},
		{`{"p":"{\"headerValue\":\"s3cret\",\"x\":"}`, `{"p":"{\"headerValue\":\"REDACTED\",\"x\""}`, "/p/headerValue"},
		{`{"p":"<b>&","q":"{\"x\":\"<b>\",\"headerValue\":\"s3cret\"}"}`, `{"p":"<b>&","q":"{\"x\":\"<b>\",\"headerValue\":\"REDACTED\"}"}`, "/q/headerValue"},
	} {
		op := evidence.Operation{Secrets: []string{"headerValue", "aws:Referer"}, Nested: true}
		got, taken, err := Redactor{}.apply(op, []byte(c.body))
		if err != nil || string(got) != c.want || (len(taken) > 0) != (c.pointer != "") || len(taken) > 0 && taken[0].Pointer != c.pointer {
			t.Errorf("%s\n got %s %v %v\nwant %s", c.body, got, taken, err, c.want)
		}
		again, more, err := Redactor{}.apply(op, got)
		if err != nil || string(again) != string(got) {
			t.Errorf("once more: %s %v %v", again, more, err)
		}
		op.Nested = false
		if got, _, _ := (Redactor{}).apply(op, []byte(c.body)); string(got) != c.body {
			t.Errorf("without Nested: %s", got)
		}
	}
}
