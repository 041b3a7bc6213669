package auditmanager

import (
	"fmt"
	"strings"
	"testing"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
)

const (
	get   = "GET "
	list  = get + "/assessments"
	one   = list + "/a"
	dirs  = one + "/evidenceFolders"
	items = one + "/controlSets/s/evidenceFolders/f/evidence"
	prefs = get + "/settings/ALL"
	state = get + "/account/status"

	// within is in the quarter that celltest is about.
	within = `1787000000`
	denied = "AccessDeniedException"
)

// usual are the answers of an account with one assessment that has one control with one folder that has one item.
var usual = map[string]string{
	state: `{"status":"ACTIVE"}`,
	prefs: `{"settings":{"kmsKey":"DEFAULT","deregistrationPolicy":{"deleteResources":"DEFAULT"}}}`,
	list:  `{"assessmentMetadata":[{"id":"a","name":"A","status":"ACTIVE"}]}`,
	one: `{"assessment":{"metadata":{"scope":{"awsAccounts":[{"id":"111122223333"}]}},"framework":{"id":"x","controlSets":[{"id":"s","status":"ACTIVE","controls":` +
		`[{"id":"c","name":"C","status":"REVIEWED"}]}]}}}`,
	dirs:  `{"evidenceFolders":[{"id":"f","date":` + within + `,"controlSetId":"s","controlId":"c","totalEvidence":1}]}`,
	items: `{"evidence":[{"id":"e","time":` + within + `,"awsAccountId":"777788889999"}]}`,
}

// answers collects with the usual answers, of which some are others.
func answers(t *testing.T, odd map[string]celltest.Answer) *celltest.Result {
	t.Helper()
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		if a, ok := odd[q.Operation+"?"+q.Query]; ok {
			return a
		}
		if a, ok := odd[q.Operation]; ok {
			return a
		}
		return celltest.Answer{Body: usual[q.Operation]}
	})
	return celltest.Run(t, Collector{}, celltest.Options{URL: url})
}

func but(op, body string) map[string]celltest.Answer {
	return map[string]celltest.Answer{op: {Body: body}}
}

func TestTheUsualAnswersLeaveNoGap(t *testing.T) {
	r := answers(t, nil)
	if len(r.Gaps) > 0 || len(r.Records) != 5 {
		t.Fatalf("%d records, gaps %v", len(r.Records), r.Gaps)
	}
	// What AWS did not say is absent, and never a zero.
	a, f := celltest.Of[Assessment](r)[0], celltest.Of[EvidenceFolder](r)[0]
	if c := celltest.Of[Control](r)[0]; c.Evidence != nil || c.ReportEvidence != nil || c.Comments == nil || c.Sources == nil {
		t.Errorf("%+v", c)
	}
	if f.Issues != nil || f.Manual != nil || *f.Total != 1 || *f.EvidenceRead != 1 || a.ControlSets[0].SystemEvidence != nil || *a.Controls != 1 || *a.Reviewed != 1 {
		t.Errorf("%+v %+v", f, a)
	}
	if e := celltest.Of[Evidence](r)[0]; e.ComplianceCheck != nil || *e.EvidenceAccount != "777788889999" || e.Attributes != nil || e.Resources == nil {
		t.Errorf("%+v", e)
	}
}

func TestHalfAnswers(t *testing.T) {
	without := func(op, text string) map[string]celltest.Answer {
		if !strings.Contains(usual[op], text) {
			t.Fatalf("%s has no %s", op, text)
		}
		return but(op, strings.NewReplacer(text+",", "", ","+text, "", text, "").Replace(usual[op]))
	}
	for name, c := range map[string]struct {
		odd     map[string]celltest.Answer
		unknown string // a field of whichever record
		kinds   string // that are not whole
		records int
	}{
		"no status":              {but(state, `{}`), "status", "", 5},
		"an odd status":          {but(state, `{"status":"SLEEPING"}`), "status", "", 5},
		"no settings":            {but(prefs, `{}`), "deregistration", "", 5},
		"no policy":              {but(prefs, `{"settings":{"kmsKey":"DEFAULT"}}`), "deregistration", "", 5},
		"an empty policy":        {but(prefs, `{"settings":{"kmsKey":"DEFAULT","deregistrationPolicy":{}}}`), "deregistration", "", 5},
		"no key":                 {but(prefs, `{"settings":{"deregistrationPolicy":{"deleteResources":"DEFAULT"}}}`), "kms_key", "", 5},
		"no list":                {but(list, `{}`), "", strings.Join(dependents, " "), 1},
		"no id":                  {without(list, `"id":"a"`), "", strings.Join(dependents, " "), 1},
		"no name":                {without(list, `"name":"A"`), "name", "", 5},
		"no state":               {without(list, `"status":"ACTIVE"`), "status", "", 5},
		"no assessment":          {but(one, `{}`), "controls", controlKind, 4},
		"an empty assessment":    {but(one, `{"assessment":{}}`), "controls", controlKind, 4},
		"no scope":               {without(one, `"scope":{"awsAccounts":[{"id":"111122223333"}]}`), "accounts", "", 5},
		"no control sets":        {but(one, `{"assessment":{"metadata":{"scope":{}},"framework":{"id":"x"}}}`), "controls", controlKind, 4},
		"no id of a set":         {without(one, `"id":"s"`), "reviewed", controlKind, 4},
		"no controls":            {but(one, `{"assessment":{"metadata":{"scope":{}},"framework":{"controlSets":[{"id":"s"}]}}}`), "controls", controlKind, 4},
		"no id of a control":     {without(one, `"id":"c"`), "controls", controlKind, 4},
		"no name of a control":   {without(one, `"name":"C"`), "name", "", 5},
		"no status of a control": {without(one, `"status":"REVIEWED"`), "reviewed", controlKind, 5},
		"no folders":             {but(dirs, `{}`), "", evidenceKind + " " + folderKind, 3},
		"no id of a folder":      {without(dirs, `"id":"f"`), "", evidenceKind + " " + folderKind, 3},
		"no date":                {without(dirs, `"date":`+within), "in_period", evidenceKind, 4},
		"no set of a folder":     {without(dirs, `"controlSetId":"s"`), "evidence_read", evidenceKind, 4},
		"no evidence":            {but(items, `{}`), "evidence_read", evidenceKind, 4},
		"less evidence":          {but(items, `{"evidence":[]}`), "evidence_read", evidenceKind, 4},
		"no id of evidence":      {without(items, `"id":"e"`), "evidence_read", evidenceKind, 4},
		"no time of evidence":    {without(items, `"time":`+within), "time", "", 5},
		"an assessment twice":    {but(list, `{"assessmentMetadata":[{"id":"a","name":"A","status":"ACTIVE"},{"id":"a","name":"A","status":"ACTIVE"}]}`), "", strings.Join(dependents, " "), 5},
		"evidence twice":         {but(items, `{"evidence":[{"id":"e","time":`+within+`},{"id":"e","time":`+within+`}]}`), "", evidenceKind, 5},
	} {
		t.Run(name, func(t *testing.T) {
			r := answers(t, c.odd)
			found := c.unknown == ""
			for _, rec := range r.Records {
				found = found || celltest.Unknown(rec, c.unknown) != ""
			}
			kinds := ""
			for _, g := range r.Gaps {
				if len(g.Kinds) > 0 {
					kinds = strings.Join(g.Kinds, " ")
				}
			}
			if !found || kinds != c.kinds || len(r.Records) != c.records || len(r.Gaps) == 0 {
				t.Errorf("%s unknown: %v; not whole: %q; %d records; gaps %v", c.unknown, found, kinds, len(r.Records), r.Gaps)
			}
		})
	}
}

// Every refusal is a gap, and "not set up" is told from it by its words.
func TestRefusals(t *testing.T) {
	setUp := "Please complete AWS Audit Manager setup from home page to enable this action in this account."
	for _, op := range []string{state, prefs, list, one, dirs, items} {
		for message, off := range map[string]bool{setUp: true, "User is not authorized to perform this on your resource": false} {
			r := answers(t, map[string]celltest.Answer{op: celltest.Fail(403, denied, message)})
			worst := evidence.Denied
			if off && op != prefs {
				worst = evidence.NotEnabled
			}
			outcome := false
			for _, g := range r.Gaps {
				outcome = outcome || g.Outcome == worst
			}
			if !outcome {
				t.Errorf("%s, %s: gaps %v", op, message, r.Gaps)
			}
			account := celltest.Of[Account](r)[0]
			if op != state {
				continue
			}
			if off && (*account.Status != "not-enabled" || account.AWSStatus != nil || len(r.Records) != 1 || len(account.Unknown) > 0) || !off && (account.Status != nil || celltest.Unknown(account, "status") != denied || len(r.Records) != 5) {
				t.Errorf("%s: %+v, %d records", message, account, len(r.Records))
			}
		}
	}
}

func TestItIsBeingActivated(t *testing.T) {
	r := answers(t, but(state, `{"status":"PENDING_ACTIVATION"}`))
	a := celltest.Of[Account](r)[0]
	if *a.Status != "partly-enabled" || a.Missing[0] != "activation" || len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.NotEnabled || len(r.Records) != 1 {
		t.Errorf("%+v, gaps %v", a, r.Gaps)
	}
}

// Where nothing answers, there is a record of which nothing is known: the refused connection is an exchange.
func TestNothingAnswers(t *testing.T) {
	r := celltest.Run(t, Collector{}, celltest.Options{URL: "http://127.0.0.1:1"})
	a := celltest.Of[Account](r)[0]
	if a.Status != nil || celltest.Unknown(a, "status") != "ConnectionRefused" || celltest.Unknown(a, "deregistration") == "" {
		t.Errorf("%+v", a)
	}
}

// Pages of folders and of evidence are followed, and one that fails in the middle leaves the rest marked.
func TestPages(t *testing.T) {
	folder := func(id string) string {
		return `{"id":"` + id + `","date":` + within + `,"controlSetId":"s","totalEvidence":1}`
	}
	odd := map[string]celltest.Answer{
		dirs + "?maxResults=1000":                        {Body: `{"evidenceFolders":[` + folder("f") + `],"nextToken":"bmV4dA=="}`},
		dirs + "?maxResults=1000&nextToken=bmV4dA%3D%3D": {Body: `{"evidenceFolders":[` + folder("g") + `]}`},
		strings.Replace(items, "/f/", "/g/", 1):          {Body: `{"evidence":[{"id":"h","time":` + within + `}]}`},
	}
	r := answers(t, odd)
	if len(celltest.Of[EvidenceFolder](r)) != 2 || len(celltest.Of[Evidence](r)) != 2 || len(r.Gaps) > 0 {
		t.Fatalf("%d folders, %d items, gaps %v", len(celltest.Of[EvidenceFolder](r)), len(celltest.Of[Evidence](r)), r.Gaps)
	}
	odd[dirs+"?maxResults=1000&nextToken=bmV4dA%3D%3D"] = celltest.Fail(403, denied, "no")
	r = answers(t, odd)
	if len(celltest.Of[EvidenceFolder](r)) != 1 || len(r.Gaps) != 1 || strings.Join(r.Gaps[0].Kinds, " ") != evidenceKind+" "+folderKind {
		t.Errorf("%d folders, gaps %v", len(celltest.Of[EvidenceFolder](r)), r.Gaps)
	}
}

// Names of control sets go into paths, whatever stands in them.
func TestHostileNames(t *testing.T) {
	const set = `../..//?x=1#"<&é`
	escaped := ""
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		switch {
		case strings.HasSuffix(q.Operation, "/evidence"):
			escaped = q.Operation
			return celltest.Answer{Body: usual[items]}
		case q.Operation == dirs:
			return celltest.Answer{Body: strings.Replace(usual[dirs], `"controlSetId":"s"`, `"controlSetId":`+fmt.Sprintf("%q", set), 1)}
		case q.Operation == one:
			return celltest.Answer{Body: strings.Replace(usual[one], `"id":"s"`, `"id":`+fmt.Sprintf("%q", set), 1)}
		}
		return celltest.Answer{Body: usual[q.Operation]}
	})
	r := celltest.Run(t, Collector{}, celltest.Options{URL: url})
	if len(r.Gaps) > 0 || len(r.Records) != 5 || *celltest.Of[EvidenceFolder](r)[0].ControlSet != set || escaped != one+"/controlSets/"+set+"/evidenceFolders/f/evidence" {
		t.Errorf("asked %q; gaps %v", escaped, r.Gaps)
	}
}

// A folder with thousands of items is read to its end.
func TestManyItems(t *testing.T) {
	var all []string
	for i := range 3000 {
		all = append(all, fmt.Sprintf(`{"id":"e%d","time":%s}`, i, within))
	}
	r := answers(t, map[string]celltest.Answer{items: {Body: `{"evidence":[` + strings.Join(all, ",") + `]}`}, dirs: {Body: strings.Replace(usual[dirs], `"totalEvidence":1`, `"totalEvidence":3000`, 1)}})
	if len(celltest.Of[Evidence](r)) != 3000 || len(r.Gaps) > 0 {
		t.Errorf("%d items, gaps %v", len(celltest.Of[Evidence](r)), r.Gaps)
	}
}
