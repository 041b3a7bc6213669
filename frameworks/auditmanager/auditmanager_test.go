package auditmanager_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/frameworks"
	"github.com/auditseal/auditseal/frameworks/auditmanager"
)

// shipped is every framework that ships, loaded once.
var shipped = sync.OnceValue(func() *frameworks.Set {
	s, err := frameworks.Load(frameworks.Shipped(), frameworks.Options{Kinds: collectors.Kinds(), Pasts: collectors.Pasts()})
	if err != nil {
		panic(err)
	}
	return s
})

func options() auditmanager.Options {
	return auditmanager.Options{Taken: frameworks.Shipped(), Index: auditmanager.NewIndex(shipped())}
}

func file(name, data string) auditmanager.File {
	return auditmanager.File{Name: name, Data: []byte(data)}
}

// loaded is the file as the loader reads it: what does not load must never come out.
func loaded(t testing.TB, r *auditmanager.Result) *frameworks.Framework {
	t.Helper()
	s, err := frameworks.Load([]string{"own.yaml"}, frameworks.Options{Kinds: collectors.Kinds(), Pasts: collectors.Pasts(), Read: func(string) ([]byte, error) { return r.YAML, nil }})
	if err != nil {
		t.Fatalf("%v\n%s", err, r.YAML)
	}
	return s.Frameworks[0]
}

func translate(t testing.TB, framework string, controls ...string) (*auditmanager.Result, *frameworks.Framework) {
	t.Helper()
	var files []auditmanager.File
	for i, c := range controls {
		files = append(files, file(fmt.Sprintf("control-%d.json", i), c))
	}
	r, err := auditmanager.Translate(file("framework.json", framework), files, options())
	if err != nil {
		t.Fatal(err)
	}
	return r, loaded(t, r)
}

// with makes a framework of one control set with these controls.
func with(controls ...string) string {
	return `{"framework":{"id":"f","name":"Mine","controlSets":[{"name":"Set","controls":[` + strings.Join(controls, ",") + `]}]}}`
}

func control(id, name string, sources ...string) string {
	return fmt.Sprintf(`{"id":%q,"name":%s,"controlMappingSources":[%s]}`, id, quote(name), strings.Join(sources, ","))
}

func source(kind, keyword string) string {
	return fmt.Sprintf(`{"sourceType":%q,"sourceName":"N","sourceKeyword":{"keywordInputType":"SELECT_FROM_LIST","keywordValue":%q}}`, kind, keyword)
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func TestSources(t *testing.T) {
	rotation := []string{"kms-key-rotation", "kms-key-rotation-throughout"}
	for _, c := range []struct {
		kind, keyword string
		tests         []string
		hub, rules    []string
		reason        string
	}{
		{"AWS_Config", "CMK_BACKING_KEY_ROTATION_ENABLED", rotation, nil, []string{"cmk-backing-key-rotation-enabled"}, ""},
		{"AWS_Security_Hub", "KMS.4", rotation, []string{"KMS.4"}, nil, ""},
		{"AWS_Security_Hub", "KMS.3", []string{"kms-no-key-pending-deletion", "kms-no-key-pending-deletion-throughout"}, []string{"KMS.3"}, nil, ""},
		{"AWS_Security_Hub", "S3.3", []string{"s3-bucket-not-public"}, []string{"S3.3"}, nil, ""},
		{"AWS_Config", "INCOMING_SSH_DISABLED", []string{"ec2-no-admin-port-open", "ec2-no-admin-port-open-throughout"}, nil, []string{"restricted-ssh"}, ""},
		// No test names it, and the controls of ours that do name nothing else.
		{"AWS_Security_Hub", "Config.1", []string{"config-recorder-on", "config-recorder-all-types", "config-recorder-continuous", "config-delivery-healthy",
			"config-retention-covers-period", "config-history-recorded"}, []string{"Config.1"}, nil, ""},
		// A rule that asks whatever its parameters say is behind controls that tests name, and no test stands for it.
		{"AWS_Config", "IAM_PASSWORD_POLICY", nil, nil, []string{"iam-password-policy"}, "no test that ships asks"},
		// Controls of ours that name it among others say nothing of it alone.
		{"AWS_Security_Hub", "EC2.1", nil, []string{"EC2.1"}, nil, "no test that ships asks"},
		{"AWS_Config", "EBS_SNAPSHOT_PUBLIC_RESTORABLE_CHECK", nil, nil, []string{"ebs-snapshot-public-restorable-check"}, "no test that ships asks"},
		{"AWS_Config", "EC2_STOPPED_INSTANCE", nil, nil, []string{"ec2-stopped-instance"}, "no test that ships asks"},
		{"AWS_Config", "cmk-backing-key-rotation-enabled", nil, nil, nil, "no managed rule"},
		{"AWS_Config", "CMK_BACKING_KEY_ROTATION_ENABLED ", rotation, nil, []string{"cmk-backing-key-rotation-enabled"}, ""},
		{"AWS_Config", "Custom_CMK_BACKING_KEY_ROTATION_ENABLED", nil, nil, nil, "customer's own"},
		{"AWS_Config", "NOTHING_OF_THE_KIND", nil, nil, nil, "no managed rule"},
		{"AWS_Config", "", nil, nil, nil, "no managed rule"},
		{"AWS_Security_Hub", "KMS.4,x", nil, nil, nil, "no control of Security Hub"},
		{"AWS_Security_Hub", "kms.4", nil, nil, nil, "no control of Security Hub"},
		{"AWS_Security_Hub", "PCI.KMS.1", nil, nil, nil, "no control of Security Hub"},
		{"AWS_Security_Hub", "KMS.400", nil, nil, nil, "no control of Security Hub"},
		{"AWS_API_Call", "iam_ListUsers", nil, nil, nil, "one API call"},
		{"AWS_Cloudtrail", "cloudtrail_StopLogging", nil, nil, nil, "single events"},
		{"MANUAL", "", nil, nil, nil, "a person supplies it"},
		{"Core_Control", "x", nil, nil, nil, "AWS chooses"},
		{"Common_Control", "x", nil, nil, nil, "AWS chooses"},
		{"AWS_Something", "x", nil, nil, nil, "not known"},
		{"", "", nil, nil, nil, "not known"},
		{"KMS.4", "KMS.4", nil, nil, nil, "not known"},
	} {
		r, f := translate(t, with(control("c", "1.1 A control", source(c.kind, c.keyword))))
		got := f.Controls[0]
		if cmp.Diff(c.tests, got.Tests) != "" || cmp.Diff(c.hub, got.SecurityHub) != "" || cmp.Diff(c.rules, got.ConfigRules) != "" || got.ID != "1.1" || got.Group != "Set" {
			t.Errorf("%s %s: %+v", c.kind, c.keyword, got)
		}
		if via := "the tests of aws-security-focus-areas USE-1"; strings.Contains(string(r.YAML), via) != (c.keyword == "Config.1") {
			t.Errorf("%s %s: %q is in the file, or is not, and the reverse is meant", c.kind, c.keyword, via)
		}
		if c.reason == "" {
			if len(r.Mapped) != 1 || len(r.Unmapped) > 0 || got.Manual != "" || got.Coverage() != frameworks.Tested || r.Mapped[0].By == "" {
				t.Errorf("%s %s: mapped %v, unmapped %v, manual %q", c.kind, c.keyword, r.Mapped, r.Unmapped, got.Manual)
			}
			continue
		}
		if len(r.Unmapped) != 1 || !strings.Contains(r.Unmapped[0].Reason, c.reason) || got.Manual == "" || got.Coverage() != frameworks.ByHand || !strings.Contains(string(r.YAML), c.reason) || r.Unmapped[0].Control != "1.1" {
			t.Errorf("%s %s: unmapped %v, manual %q", c.kind, c.keyword, r.Unmapped, got.Manual)
		}
	}
}

// A control with a source that a test stands for and one that none does is tested in part, and never met by the test alone.
func TestPartOfAControl(t *testing.T) {
	r, f := translate(t, with(control("c", "A", source("AWS_Security_Hub", "KMS.4"), source("AWS_Config", "CMK_BACKING_KEY_ROTATION_ENABLED"), source("AWS_API_Call", "kms_ListKeys"))))
	c := f.Controls[0]
	if c.Coverage() != frameworks.TestedInPart || len(c.Tests) != 2 || len(r.Mapped) != 2 || len(r.Unmapped) != 1 || !strings.Contains(c.Manual, "kms_ListKeys") {
		t.Errorf("%+v %v", c, r)
	}
}

// No control is lost, whatever is known of it.
func TestControlsOfAFileOfTheirOwn(t *testing.T) {
	bare := `{"id":"c1","name":"1 One"},{"id":"c2","name":"2 Two"}`
	r, f := translate(t, with(bare), `{"control":{"id":"c1","name":"other","testingInformation":"Look.","controlMappingSources":[`+source("AWS_Cloudtrail", "x")+`]}}`, `{"id":"c9","controlMappingSources":[]}`)
	if len(f.Controls) != 2 || f.Controls[0].Title != "One" || !strings.Contains(f.Controls[0].Manual, "How it is tested: Look.") || len(r.Unmapped) != 2 || !strings.Contains(r.Unmapped[1].Reason, "get-control") {
		t.Errorf("%+v %v", f.Controls, r.Unmapped)
	}
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], `"c9" is not part of the framework`) {
		t.Errorf("%v", r.Notes)
	}
	ids, err := auditmanager.Bare(file("f", with(bare, control("c3", "3", source("MANUAL", "")), `{"id":"c1"}`)))
	if err != nil || !slices.Equal(ids, []string{"c1", "c2"}) {
		t.Errorf("%v %v", ids, err)
	}
}

// As the SDKs spell members, and without the object around it.
func TestOtherSpellings(t *testing.T) {
	_, f := translate(t, `{"Name":"Mine","ControlSets":[{"Name":"S","Controls":[{"Id":"c","Name":"1 A","Tags":{"Owner":"x","owner":"y"},"ControlMappingSources":[{"SourceType":"AWS_Security_Hub","SourceKeyword":{"KeywordValue":"KMS.4"}}]}]}]}`)
	if !slices.Equal(f.Controls[0].Tests, []string{"kms-key-rotation", "kms-key-rotation-throughout"}) {
		t.Errorf("%+v", f.Controls[0])
	}
}

func TestIDs(t *testing.T) {
	const aws = "7d1f4b6c-2d3e-4f5a-8b9c-0d1e2f3a4b5c"
	for _, c := range []struct {
		controls []string
		want     []string
		note     string
	}{
		{[]string{control("x", "AC-2(1) Accounts"), control("y", "AC-2 Accounts")}, []string{"AC-2(1)", "AC-2"}, ""},
		{[]string{control("x", "164.308(a)(1)(ii)(A) Risk analysis")}, []string{"164.308(a)(1)(ii)(A)"}, ""},
		{[]string{control("x", "1.10: Keys"), control("y", "1.1. Keys")}, []string{"1.10", "1.1"}, ""},
		{[]string{control(aws, "Keys rotate")}, []string{aws}, ""},
		{[]string{control("x", "1.1 Keys"), control("y", "1.1 Locks")}, []string{"x", "y"}, "several controls"},
		{[]string{control("x", "Keys"), control("x", "Keys")}, []string{"x", "control-2"}, "more than once"},
		{[]string{control("../../etc/passwd", "Keys"), control("", "Locks")}, []string{"control-1", "control-2"}, "no id that can be used"},
		{[]string{control("x\n- id: y", "Keys"), control("=1+1", "\u202e1.1")}, []string{"control-1", "1.1"}, "no id that can be used"},
		{[]string{control("control-2", "a"), control("", "b"), control("", "c")}, []string{"control-2", "control-3", "control-4"}, ""},
		{[]string{control(strings.Repeat("9", 41), strings.Repeat("9", 41))}, []string{"control-1"}, ""},
	} {
		r, f := translate(t, with(c.controls...))
		var ids []string
		for _, x := range f.Controls {
			ids = append(ids, x.ID)
		}
		if d := cmp.Diff(c.want, ids); d != "" || !strings.Contains(strings.Join(r.Notes, "\n"), c.note) {
			t.Errorf("%s\nnotes %v", d, r.Notes)
		}
	}
}

func TestFrameworkIDs(t *testing.T) {
	long := strings.Repeat("very long name ", 20)
	for name, want := range map[string]string{"Mine": "mine", "SOC 2 -- 2017!": "soc-2-2017", "soc2 2017": "soc2-2017-imported", "27001": "audit-manager-27001", "": "framework-of-aws-audit-manager", "密码": "audit-manager",
		"true": "true", "--- x: [": "x", long: ""} {
		r, f := translate(t, strings.Replace(with(control("c", "A")), `"Mine"`, quote(name), 1))
		if want == "" {
			want = r.ID
		}
		if r.ID != want || f.ID != want || len(r.ID) > 80 {
			t.Errorf("%q: %s", name, r.ID)
		}
	}
	o := options()
	o.ID = "chosen"
	r, err := auditmanager.Translate(file("f", with(control("c", "A"))), nil, o)
	if err != nil || r.ID != "chosen" {
		t.Errorf("%v %v", r, err)
	}
}

// Text is text, whatever stands in it.
func TestHostileText(t *testing.T) {
	const evil = "a\n  tests: [kms-key-rotation]\n# \u202e'\"\\: {{ %s }} \x1b[31m\u0000 \u2028- id: z &x *y !!z | > % @ `"
	raw := fmt.Sprintf(`{"framework":{"id":%[1]s,"name":%[1]s,"description":%[1]s,"controlSets":[{"name":%[1]s,"controls":[{"id":"c","name":%[1]s,"description":%[1]s,"testingInformation":%[1]s,`+
		`"controlMappingSources":[{"sourceType":"MANUAL","sourceName":%[1]s,"sourceDescription":%[1]s,"sourceKeyword":{"keywordInputType":%[1]s,"keywordValue":%[1]s}}]}]}]}}`, quote(evil))
	r, f := translate(t, raw)
	c := f.Controls[0]
	if len(f.Controls) != 1 || len(c.Tests) > 0 || strings.ContainsAny(string(r.YAML), "\u202e\u2028\x1b\x00") || !strings.HasPrefix(c.Title, "a tests: [kms-key-rotation] # '\"\\: {{ %s }} [31m - id: z &x *y") || c.Manual == "" {
		t.Errorf("%+v\n%s", c, r.YAML)
	}
}

func TestHugeValues(t *testing.T) {
	huge := strings.Repeat("word ", 100000)
	r, f := translate(t, strings.ReplaceAll(with(control("c", "NAME", strings.Replace(source("MANUAL", "x"), `"N"`, quote(huge), 1))), "NAME", huge))
	if len(f.Controls) != 1 || len([]rune(f.Controls[0].Title)) > 300 || len(r.YAML) > 20000 || len(r.Notes) == 0 {
		t.Errorf("%d bytes, notes %v", len(r.YAML), r.Notes)
	}
	// A thousand controls that say much of themselves fit where that is left out.
	var many []string
	for i := range 1000 {
		many = append(many, strings.Replace(control(fmt.Sprintf("c%d", i), fmt.Sprintf("%d.1 Control", i), source("AWS_Security_Hub", "KMS.4")), `{"id"`, `{"description":`+quote(huge[:1100])+`,"id"`, 1))
	}
	r, f = translate(t, with(many...))
	if len(f.Controls) != 1000 || !strings.Contains(strings.Join(r.Notes, " "), "left out") {
		t.Errorf("%d controls, %d bytes, notes %v", len(f.Controls), len(r.YAML), r.Notes)
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"empty", "  \n", "framework.json: the file is empty"},
		{"not JSON", "framework: x", "framework.json: byte 2: not JSON: invalid character 'r' in literal false (expecting 'a')"},
		{"cut", `{"framework":{"name":"x"`, "framework.json: byte 24: not JSON: the file ends in the middle"},
		{"two", `{} {}`, "framework.json: byte 2: something stands behind the JSON object"},
		{"a list", `[1]`, "framework.json: byte 0: a list where an object is meant"},
		{"a word", `"x"`, "framework.json: byte 0: a single value where an object is meant"},
		{"twice", `{"framework":{"controlSets":[],"ControlSets":[]}}`, `framework.json: byte 30: the member "controlsets" stands there twice`},
		{"UTF-16", "\xff\xfe{\x00}\x00", "framework.json: byte 0: the file is UTF-16, as PowerShell writes it; save it as UTF-8"},
		{"not UTF-8", "{\"a\":\"\xff\"}", "framework.json: byte 6: the byte 0xff is not UTF-8"},
		{"after a mark", "\ufeff{\"a\" 1}", "framework.json: byte 8: not JSON: invalid character '1' after object key"},
		{"a type", `{"framework":{"name":[1]}}`, "framework.json: byte 22: framework.name is a list where AWS writes a string"},
		{"a number", `{"framework":{"controlSets":{"a":1}}}`, "framework.json: byte 29: framework.controlSets is an object where AWS writes a list"},
		{"deep", strings.Repeat(`{"a":`, 40), "framework.json: byte 159: nested deeper than 32"},
		{"nothing", `{}`, "framework.json: there is no framework with control sets in it; give the output of aws auditmanager get-assessment-framework --framework-id ID"},
		{"a list of frameworks", `{"frameworkMetadataList":[{"id":"x"}]}`, "framework.json: this is a list of frameworks, without their controls; give the output of aws auditmanager get-assessment-framework --framework-id ID"},
		{"no controls", `{"framework":{"name":"x","controlSets":[{"name":"s"}]}}`, "framework.json: the framework's control sets hold no controls"},
		{"a set without controls", `{"framework":{"name":"x","controlSets":[{"name":"a","controls":[{"id":"c","name":"C"}]},{"name":"b"}]}}`,
			`framework.json: control set 2, "b", comes without its controls, which would be left out; export the framework again`},
		{"null", with("null"), "framework.json: a control set has a null where a control is meant"},
		{"many", with(strings.TrimSuffix(strings.Repeat("{},", 5001), ",")), "framework.json: the framework has 5001 controls, and 5000 are the most that are read"},
		{"long", strings.Repeat(" ", auditmanager.MaxBytes+1), "framework.json: 33554433 bytes long, and 33554432 is the most that is read"},
	} {
		_, err := auditmanager.Translate(file("framework.json", c.data), nil, options())
		var fault *auditmanager.Error
		if err == nil || err.Error() != c.want || !errors.As(err, &fault) {
			t.Errorf("%s: %v\nwant %s", c.name, err, c.want)
		}
	}
	for _, c := range []struct{ data, want string }{
		{`{}`, "x.json: there is no control with an id in it; give the output of aws auditmanager get-control --control-id ID"},
		{`{"control":{"id":3}}`, "x.json: byte 18: control.id is a number where AWS writes a string"},
		{`{`, "x.json: byte 1: not JSON: the file ends in the middle"},
	} {
		if _, err := auditmanager.Translate(file("framework.json", with(control("c", "A"))), []auditmanager.File{file("x.json", c.data)}, options()); err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	one := `{"id":"c"}`
	if _, err := auditmanager.Translate(file("framework.json", with(control("c", "A"))), []auditmanager.File{file("x.json", one), file("y.json", one)}, options()); err == nil ||
		err.Error() != `y.json: the control "c" stands in x.json too; keep one` {
		t.Error(err)
	}
}

// The same bytes give the same file.
func TestTheSameAgain(t *testing.T) {
	raw := with(control("x", "1 A", source("AWS_Security_Hub", "KMS.4")), control("y", "1 B", source("MANUAL", "")), `{"id":"z","name":"C"}`)
	a, _ := translate(t, raw, `{"id":"n"}`, `{"id":"m"}`)
	for range 20 {
		if b, _ := translate(t, raw, `{"id":"n"}`, `{"id":"m"}`); cmp.Diff(a, b) != "" {
			t.Fatal(cmp.Diff(a, b))
		}
	}
}

// light loads a result from a folder of its own with the tests that are named, by name alone, which is much faster than with all that
// ships.
func light(t *testing.T, r *auditmanager.Result) *frameworks.Framework {
	t.Helper()
	tests := "tests:\n  - { id: none-other, statement: s, manual: m }\n"
	for _, m := range r.Mapped {
		for _, id := range m.Tests {
			if !strings.Contains(tests, "id: "+id+",") {
				tests += "  - { id: " + id + ", statement: s, manual: m }\n"
			}
		}
	}
	set, err := frameworks.LoadPack(fstest.MapFS{r.ID + ".yaml": {Data: r.YAML}, "tests/t.yaml": {Data: []byte(tests)}}, []string{r.ID}, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, r.YAML)
	}
	fw := set.Frameworks[0]
	if len(fw.Controls) != r.Controls || fw.ID != r.ID {
		t.Errorf("%d controls of %d", len(fw.Controls), r.Controls)
	}
	for _, c := range fw.Controls {
		if len(c.Tests) == 0 && c.Manual == "" {
			t.Errorf("%s has nothing that shows it", c.ID)
		}
	}
	return fw
}

// Whatever the bytes, Translate ends; what it makes loads, and holds every control.
func FuzzTranslate(f *testing.F) {
	f.Add([]byte(with(control("c", "1.1 A control", source("AWS_Config", "CMK_BACKING_KEY_ROTATION_ENABLED"), source("MANUAL", "")))), []byte(`{"control":{"id":"c"}}`))
	f.Add([]byte(with(control("", "true"), control("", "~"), control("0x1", "1e3 \u202e"))), []byte(`{"id":"c","name":"\ud800"}`))
	f.Add([]byte(`{"name":"- : #","controlSets":[{"controls":[{"name":"a\u0085b\ufeff"}]},{"name":"null","controls":[{"controlMappingSources":[{}]}]}]}`), []byte(nil))
	f.Fuzz(func(t *testing.T, framework, more []byte) {
		var files []auditmanager.File
		if len(more) > 0 {
			files = append(files, auditmanager.File{Name: "c.json", Data: more})
		}
		if r, err := auditmanager.Translate(auditmanager.File{Name: "f.json", Data: framework}, files, options()); err == nil {
			light(t, r)
		}
	})
}

// Whatever the texts, the file that is made loads, and says of them what they say.
func FuzzTexts(f *testing.F) {
	f.Add("1.1 Keys", "id", "Set", "MANUAL", "keyword", "about")
	f.Add("true", "~", "- a: &b", "AWS_Config", "\u202e# x", "'\"\\\n---\n...")
	f.Fuzz(func(t *testing.T, name, id, set, kind, keyword, about string) {
		type m = map[string]any
		c := m{"id": id, "name": name, "description": about, "testingInformation": about,
			"controlMappingSources": []m{{"sourceName": about, "sourceType": kind, "sourceDescription": name, "sourceKeyword": m{"keywordInputType": kind, "keywordValue": keyword}}}}
		raw, err := json.Marshal(m{"framework": m{"id": id, "name": name, "description": about, "controlSets": []m{{"name": set, "controls": []m{c, c}}, {"name": keyword, "controls": []m{c}}}}})
		if err != nil {
			t.Skip()
		}
		r, err := auditmanager.Translate(auditmanager.File{Name: "f.json", Data: raw}, nil, options())
		if err != nil {
			t.Fatalf("%v of %s", err, raw)
		}
		fw := light(t, r)
		if len(fw.Controls) != 3 || fw.Title != r.Title {
			t.Errorf("%d controls; %q is %q", len(fw.Controls), r.Title, fw.Title)
		}
	})
}
