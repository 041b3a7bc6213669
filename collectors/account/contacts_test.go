package account

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

func ptr[T any](v T) *T { return &v }

// demo collects one account of the demo organization.
func demo(t *testing.T, account string, o celltest.Options, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: faults})
	t.Cleanup(s.Close)
	o.URL, o.AccessKey, o.Account = s.URL, scenario.AccessKey(account), account
	return celltest.Run(t, Collector{}, o)
}

// present are the types of contacts that an account has.
func present(r *celltest.Result) []string {
	out := []string{}
	for _, c := range celltest.Of[AlternateContact](r) {
		if c.Present {
			out = append(out, c.Type)
		}
	}
	return out
}

func TestAlternateContacts(t *testing.T) {
	r := demo(t, scenario.DemoManagement, celltest.Options{})
	if len(r.Gaps) > 0 || !slices.Equal(present(r), []string{"BILLING", "OPERATIONS", "SECURITY"}) {
		t.Fatalf("%v, gaps %v", present(r), r.Gaps)
	}
	want := &AlternateContact{Meta: evidence.Meta{ID: "111122223333/SECURITY", Account: "111122223333", Region: "eu-west-1"}, Type: "SECURITY", Present: true, Name: ptr("Security Lead"),
		Title: ptr("Head of Security"), Email: ptr("security@example.com"), Phone: ptr("+353 1 555 0100")}
	if d := cmp.Diff(want, celltest.One[AlternateContact](t, r, "SECURITY"), cmpopts.IgnoreFields(evidence.Meta{}, "Collected", "Evidence")); d != "" {
		t.Error(d)
	}
	if c := celltest.One[AlternateContact](t, r, "BILLING"); *c.Title != `=HYPERLINK("http://x")` {
		t.Errorf("a hostile title reads %q", *c.Title)
	}
	r = demo(t, scenario.DemoData, celltest.Options{})
	if len(r.Gaps) > 0 || !slices.Equal(present(r), []string{"BILLING"}) {
		t.Errorf("%v, gaps %v", present(r), r.Gaps)
	}
	// That there is none is an answer, and what shows it is kept.
	if c := celltest.One[AlternateContact](t, r, "SECURITY"); c.Name != nil || c.Email != nil || len(c.Unknown) > 0 || len(c.Evidence) != 1 {
		t.Errorf("a contact that is not there reads %+v", c)
	}
}

func TestContactsAreRedacted(t *testing.T) {
	o := celltest.Options{}
	o.Redact.Identity = true
	c := celltest.One[AlternateContact](t, demo(t, scenario.DemoManagement, o), "SECURITY")
	if !c.Present || *c.Name != "REDACTED" || *c.Title != "REDACTED" || *c.Email != "REDACTED" || *c.Phone != "REDACTED" || c.Type != "SECURITY" {
		t.Errorf("it reads %+v", c)
	}
}

func TestAContactThatCannotBeRead(t *testing.T) {
	for _, f := range []scenario.Fault{{Kind: scenario.Denied}, {Kind: scenario.Code, CodeText: "ValidationException", Message: "no", Status: 400}, {Kind: scenario.EmptyObject}, {Kind: scenario.HTMLPage, Status: 200}} {
		f.Operation, f.Body = "GetAlternateContact", "SECURITY"
		r := demo(t, scenario.DemoPayments, celltest.Options{}, &f)
		c := celltest.One[AlternateContact](t, r, "SECURITY")
		if len(r.Gaps) != 1 || c.Present || celltest.Unknown(c, "present") == "" || celltest.Unknown(c, "email") == "" || !slices.Equal(present(r), []string{"OPERATIONS"}) {
			t.Errorf("%s: %+v, gaps %v", f.Kind, c, r.Gaps)
		}
	}
}

// contact asks a server of the test's own, whose contact for security is given.
func contact(t *testing.T, given string) (*celltest.Result, *AlternateContact) {
	t.Helper()
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		switch {
		case q.Operation == "POST /":
			return celltest.Answer{Body: `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/u</Arn><UserId>U</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`}
		case strings.HasSuffix(q.Operation, "listRegions"):
			return celltest.Answer{Body: `{"Regions":[]}`}
		case strings.Contains(q.Body, "AccountId"):
			t.Errorf("the account names itself: %s", q.Body)
		case strings.Contains(q.Body, "SECURITY"):
			return celltest.Answer{Body: given}
		}
		return celltest.Fail(404, "ResourceNotFoundException", "none")
	})
	r := celltest.Run(t, Collector{}, celltest.Options{URL: url})
	return r, celltest.One[AlternateContact](t, r, "SECURITY")
}

func TestWhatAContactLacks(t *testing.T) {
	r, c := contact(t, `{"AlternateContact":{"AlternateContactType":"SECURITY","Name":"n","Title":"t","EmailAddress":"a@example.com","PhoneNumber":"1"}}`)
	if len(r.Gaps) > 0 || !c.Present || *c.Phone != "1" {
		t.Errorf("%+v, gaps %v", c, r.Gaps)
	}
	for given, fields := range map[string][]string{
		`{"AlternateContact":{"Name":"n","Title":"t","PhoneNumber":"1"}}`:                   {"email"},
		`{"AlternateContact":{"Name":"n","Title":"t","EmailAddress":"","PhoneNumber":"1"}}`: {"email"},
		`{"AlternateContact":{"Name":"n","EmailAddress":"a@example.com"}}`:                  {"title", "phone"},
		`{"AlternateContact":{}}`: {"present", "name", "title", "email", "phone"},
		`{"AlternateContact":{"AlternateContactType":"BILLING","Name":"n","Title":"t","EmailAddress":"a@x.example"}}`: {"present", "name", "title", "email", "phone"},
	} {
		r, c := contact(t, given)
		for _, f := range []string{"present", "name", "title", "email", "phone"} {
			if got := celltest.Unknown(c, f) != ""; got != slices.Contains(fields, f) {
				t.Errorf("%s: %s is unknown: %v", given, f, got)
			}
		}
		if len(r.Gaps) != 1 {
			t.Errorf("%s: gaps %v", given, r.Gaps)
		}
	}
}

// GovCloud has no such API: that is a gap, and nothing is asked.
func TestNoContactsInGovCloud(t *testing.T) {
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		if q.Operation == "POST /" {
			return celltest.Answer{Body: `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws-us-gov:iam::111122223333:user/u</Arn><UserId>U</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`}
		}
		if strings.Contains(q.Operation, "getAlternateContact") {
			t.Error("it is asked for all the same")
		}
		return celltest.Answer{Body: `{"Regions":[]}`}
	})
	r := celltest.Run(t, Collector{}, celltest.Options{URL: url, Region: "us-gov-west-1"})
	g := r.GapsOf("GetAlternateContact")
	if len(g) != 1 || g[0].Outcome != evidence.NotAvailable || g[0].Code != "NotInPartition" || !slices.Equal(g[0].Kinds, []string{contactKind}) || len(celltest.Of[AlternateContact](r)) > 0 {
		t.Errorf("gaps %+v", r.Gaps)
	}
}

// Where the credentials are another account's, nothing is known of this one's contacts.
func TestContactsOfTheWrongAccount(t *testing.T) {
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		return celltest.Answer{Body: `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::444455556666:user/u</Arn><UserId>U</UserId><Account>444455556666</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`}
	})
	r := celltest.Run(t, Collector{}, celltest.Options{URL: url})
	if g := r.GapsOf("GetCallerIdentity"); len(g) != 1 || !slices.Contains(g[0].Kinds, contactKind) || r.Refused == nil || len(celltest.Of[AlternateContact](r)) > 0 {
		t.Errorf("gaps %+v", r.Gaps)
	}
}
