package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

const scheduleImage = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/auditseal@sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"

// scheduleArgs are the flags that a target needs.
func scheduleArgs(t target) []string {
	args := []string{"schedule", "--for", t.name}
	if t.image {
		args = append(args, "--image", scheduleImage)
	}
	if t.shards {
		args = append(args, "--shards", "8")
	}
	return args
}

// schedules writes a target's files from an audit.yaml.
func schedules(t *testing.T, config string, tg target, more ...string) (map[string]string, string, error) {
	t.Helper()
	dir := t.TempDir()
	var out, errs bytes.Buffer
	a := &app{out: &out, err: &errs}
	root := a.root()
	root.SetArgs(append(append(scheduleArgs(tg), "-c", config, "--out", dir), more...))
	err := root.Execute()
	files := map[string]string{}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		b, rerr := os.ReadFile(filepath.Join(dir, e.Name()))
		if rerr != nil {
			t.Fatal(rerr)
		}
		files[e.Name()] = string(b)
	}
	return files, errs.String(), err
}

func writeAudit(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "audit.yaml")
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// What is written for each target is looked at by people: here it is as it was looked at.
func TestScheduleGolden(t *testing.T) {
	for _, tg := range targets() {
		files, _, err := schedules(t, filepath.Join("testdata", "schedule", "audit.yaml"), tg)
		if err != nil || len(files) != len(tg.files) {
			t.Fatalf("%s: %d files, %v", tg.name, len(files), err)
		}
		for name, text := range files {
			golden := filepath.Join("testdata", "schedule", "golden", name)
			if *update {
				if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || string(want) != text {
				t.Errorf("%s is not as in testdata/schedule/golden (go test -run ScheduleGolden -update, and look): %v", name, err)
			}
		}
	}
}

// document decodes YAML whatever its tags are: a tag of CloudFormation is as if it were not there.
func document(t *testing.T, text string) map[string]any {
	t.Helper()
	docs := documents(t, text)
	if len(docs) != 1 {
		t.Fatalf("%d documents", len(docs))
	}
	return docs[0]
}

func documents(t *testing.T, text string) []map[string]any {
	t.Helper()
	var out []map[string]any
	for dec := yaml.NewDecoder(strings.NewReader(text)); ; {
		var n yaml.Node
		if err := dec.Decode(&n); err != nil {
			if err.Error() == "EOF" {
				return out
			}
			t.Fatalf("%v in\n%s", err, text)
		}
		var plain func(n *yaml.Node)
		plain = func(n *yaml.Node) {
			if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
				n.Tag = ""
				n.Style &^= yaml.TaggedStyle
			}
			for _, c := range n.Content {
				plain(c)
			}
		}
		plain(&n)
		var m map[string]any
		if err := n.Decode(&m); err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		out = append(out, m)
	}
}

func inside(t *testing.T, v any, keys ...any) any {
	t.Helper()
	for i, k := range keys {
		switch k := k.(type) {
		case string:
			m, _ := v.(map[string]any)
			var ok bool
			if v, ok = m[k]; !ok {
				t.Fatalf("there is no %v", keys[:i+1])
			}
		case int:
			l, ok := v.([]any)
			if !ok || k >= len(l) {
				t.Fatalf("there is no %v", keys[:i+1])
			}
			v = l[k]
		}
	}
	return v
}

// The roles of the templates may do exactly what auditseal policy prints.
func TestScheduleAllowsWhatPolicyPrints(t *testing.T) {
	const body = "organization: X\nperiod: 2026-Q3\nframeworks: [aws-security-focus-areas]\nscope:\n  accounts: ['111122223333']\n  regions: [eu-west-1]\n"
	const archive = "archive: {to: s3://example-archive, owner: '111122223333', region: eu-west-1, mode: governance, retain: 90d}\n"
	const delivery = "history-from: {bucket: 's3://delivery/prefix', account: '111122223333', region: eu-west-1}\n"
	for _, c := range []struct {
		name, target, file, config, resource string
		policy                               int
	}{
		{"the stack's audit role", "cloudformation", "cloudformation.yaml", body + "  role: Reader\n" + archive, "AuditRole", 0},
		{"the task itself, where there is no role", "cloudformation", "cloudformation.yaml", body + archive, "TaskRole", 0},
		{"the other accounts' role", "stackset", "stackset.yaml", body + "  role: Reader\n", "AuditRole", 0},
		{"with a delivery bucket", "stackset", "stackset.yaml", body + "  role: Reader\n" + delivery, "AuditRole", 0},
	} {
		i := slices.IndexFunc(targets(), func(t target) bool { return t.name == c.target })
		files, _, err := schedules(t, writeAudit(t, c.config), targets()[i])
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		got := inside(t, document(t, files[c.file]), "Resources", c.resource, "Properties", "Policies", c.policy, "PolicyDocument")

		// auditseal policy reads the same audit, but for an archive.
		var out bytes.Buffer
		a := &app{out: &out, err: &bytes.Buffer{}}
		root := a.root()
		root.SetArgs([]string{"policy", "-c", writeAudit(t, strings.ReplaceAll(c.config, archive, ""))})
		if err := root.Execute(); err != nil {
			t.Fatal(err)
		}
		var want any
		if err := json.Unmarshal(out.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the template allows\n%v\nand auditseal policy prints\n%v", c.name, got, want)
		}
		if b, _ := json.Marshal(got); len(b) > 10240 {
			t.Errorf("%s: %d characters are too long for an inline policy", c.name, len(b))
		}
		if n := len(files[c.file]); n > 51200 {
			t.Errorf("%s: %d bytes, and CloudFormation takes 51,200 without a bucket", c.name, n)
		}
	}
}

// Names come from audit.yaml, and anything may be in them. None of them may become more than a name.
func TestScheduleHostileNames(t *testing.T) {
	hostile := []string{
		`"; Resources: {}`, "a\nResources:\n  X: {}", "${AWS::AccountId} {{.Image}} {{resolve:ssm:x}} {{{{x", "#x: 'y' \\", "- &a *b !Ref c", "%n %i %% $HOME `id` $(id)", "\u202egnirts", "a\u2028b\u0085c\ufeffd", "Ünïcödé 企業 🏢",
		strings.Repeat("长", 3000), "\ttab\r\ncarriage", "trailing \\", "x\nExecStart=/bin/sh -c id", "%", "yes", "null", "0", "a: b", "\U0001F600\U000E0001",
	}
	taken := 0
	for _, name := range hostile {
		q, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		config := writeAudit(t, "organization: "+string(q)+"\nperiod: 2026-Q3\nframeworks: [aws-security-focus-areas]\nscope:\n  accounts: ['111122223333']\n  regions: [eu-west-1]\n  role: path/Re+a=d,e.r@x-y_z\n  external-id: a+=,.@:/-b\n"+
			"archive: {to: \"s3://example-archive/a!_.*'()-b\", owner: '111122223333', region: eu-west-1, mode: compliance, retain: 7y, role: 'arn:aws:iam::111122223333:role/p/W+=,.@-r', external-id: 'x:/y'}\n")
		j, err := (&app{}).loadSchedule(config)
		if err != nil {
			continue // audit.yaml may not say that at all
		}
		taken++
		for _, tg := range targets() {
			ask := scheduleFlags{target: tg.name}
			if tg.image {
				ask.image = scheduleImage
			}
			if tg.shards {
				ask.shards = 8
			}
			s, err := j.scheduled(tg, ask, config)
			if err != nil {
				t.Fatalf("%q: %s: %v", name, tg.name, err)
			}
			files, err := s.fill(tg)
			if err != nil {
				t.Fatalf("%q: %s: %v", name, tg.name, err)
			}
			for _, f := range files {
				file, text := f.Name, f.Text
				for _, r := range text {
					if r != '\n' && !printable(r) {
						t.Errorf("%q: %s holds the character %U", name, file, r)
					}
				}
				switch filepath.Ext(file) {
				case ".yaml":
					for _, d := range documents(t, text) {
						if d["AWSTemplateFormatVersion"] != nil {
							if len(d["Description"].(string)) > 1024 {
								t.Errorf("%s: a description of %d bytes, and CloudFormation takes 1024", file, len(d["Description"].(string)))
							}
							if !strings.Contains(d["Description"].(string), plainText(name)) || strings.Contains(text, "{{") {
								t.Errorf("%s is described as %q, or would have something resolved", file, d["Description"])
							}
							for _, k := range []string{"X"} {
								if _, ok := d["Resources"].(map[string]any)[k]; ok {
									t.Errorf("%q made a resource in %s", name, file)
								}
							}
						}
						if d["kind"] == "ConfigMap" {
							want, _ := os.ReadFile(config)
							if got := inside(t, d, "data", "audit.yaml"); got != string(want) {
								t.Errorf("%q: the ConfigMap holds\n%q\nand audit.yaml is\n%q", name, got, want)
							}
						}
					}
				case ".service":
					if n := len(regexp.MustCompile(`(?m)^(ExecStart|Description)=`).FindAllString(text, -1)); n != 2 {
						t.Errorf("%q: %s has %d lines ExecStart and Description", name, file, n)
					}
					for line := range strings.SplitSeq(text, "\n") {
						if v, ok := strings.CutPrefix(line, "Description="); ok && (strings.HasSuffix(v, `\`) || strings.Contains(strings.ReplaceAll(v, "%%", ""), "%")) {
							t.Errorf("%q: %s", name, line)
						}
					}
				}
			}
		}
	}
	if taken < 12 {
		t.Errorf("only %d of the names can stand in audit.yaml", taken)
	}
}

// Texts come back as they were from YAML, whatever is in them.
func TestScheduleYAMLText(t *testing.T) {
	for _, s := range []string{"", "\n", "\n\n", "a", "a\n", "a\n\n", " a\n  b\n", "\n a", "a\tb\n", "a\r\n", "\u0085\u2028\ufeff", "\x00\x7f", "\"\\", "|\n>", "🏢\n", "# x\n", "a \n", "---\n", "...\n", "a\n\n\nb"} {
		for _, text := range []string{"k: " + quoteYAML(s) + "\n", "m:\n  k: " + literalYAML(4, s) + "\nz: 1\n"} {
			var v map[string]any
			if err := yaml.Unmarshal([]byte(text), &v); err != nil {
				t.Errorf("%q: %v in %q", s, err, text)
				continue
			}
			got, ok := v["k"]
			if !ok {
				got = v["m"].(map[string]any)["k"]
			}
			if got != s {
				t.Errorf("%q comes back as %q from %q", s, got, text)
			}
		}
	}
}

// What a target cannot do is refused, with the next step.
func TestScheduleRefuses(t *testing.T) {
	base := func(more string) string {
		return "organization: X\nperiod: 2026-Q3\nframeworks: [aws-security-focus-areas]\nscope: {accounts: ['111122223333'], regions: [eu-west-1], role: Reader}\n" + more
	}
	const archive = "archive: {to: s3://example-archive, owner: '111122223333', region: eu-west-1, mode: governance, retain: 90d}\n"
	for _, c := range []struct {
		args, config, want, hint string
	}{
		{"--for nomad", base(""), `--for "nomad"`, "cloudformation"},
		{"--for cloudformation --image x/y:1", base(""), "names no archive", "add archive"},
		{"--for cloudformation", base(archive), "needs the image", "--for container"},
		{"--for cloudformation --image a;b", base(archive), "is not the name of an image", "sha256"},
		{"--for cloudformation --image x/y:1", base(archive + "seal: {key: audit.pem}\n"), "private key", "KMS"},
		{"--for batch --image x/y:1 --shards 1", base(archive), "no number of shards", "--shards 2"},
		{"--for kubernetes --image x/y:1 --shards 3", base(""), "runs on one machine", "kubernetes-shards"},
		{"--for kubernetes --image x/y:1 --caller-role x", base(""), "not the ARN of a role", "arn:aws:iam"},
		{"--for kubernetes --image x/y:1", base("manual: manual\n"), "a ConfigMap holds none", "--for container"},
		{"--for kubernetes --image x/y:1", base("exceptions: ../exceptions.yaml\n"), "cannot be carried", "move it"},
		{"--for kubernetes --image x/y:1", base("exceptions: nowhere.yaml\n"), "exceptions", "write the file"},
		{"--for container", base("exceptions: 'a b$c.yaml'\n"), "cannot be carried", "move it"},
		{"--for systemd --image x/y:1", base(""), "runs an image", "leave it out"},
		{"--for systemd", base("seal: {key: audit.pem}\n"), "no private key", "/run/credentials"},
		{"--for systemd --every week", base(""), `--every "week"`, "quarter"},
		{"--for systemd", strings.Replace(base(""), "2026-Q3", "\"2026\"", 1), "is a year", "--every"},
		{"--for systemd", strings.Replace(base(""), "period: 2026-Q3", "from: 2026-07-03\nto: 2026-07-04", 1), "from and to", "period:"},
		{"--for stackset", strings.Replace(base(""), ", role: Reader", "", 1), "names no role", "scope.role"},
		{"--for stackset", strings.Replace(base(""), "Reader", "AuditsealTask", 1), "gives its task", "another name"},
		{"--for archive", base(""), "names no archive", "add archive"},
		{"--for batch --image x/y:1 --shards 4 --every month", base(archive), "period once", "leave it out"},
	} {
		config := writeAudit(t, c.config)
		dir := filepath.Join(t.TempDir(), "out")
		a := &app{out: &bytes.Buffer{}, err: &bytes.Buffer{}}
		root := a.root()
		root.SetArgs(append(append([]string{"schedule"}, strings.Fields(c.args)...), "-c", config, "--out", dir))
		err := root.Execute()
		var e *exitError
		if !errors.As(err, &e) || e.code != exitUsage || !strings.Contains(err.Error(), c.want) || !strings.Contains(e.hint, c.hint) {
			t.Errorf("%s: %v (%+v), want %q and the hint %q", c.args, err, e, c.want, c.hint)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: %s was made", c.args, dir)
		}
	}
}

// What is there already stays, and the same again is no fault.
func TestScheduleLeavesFilesAlone(t *testing.T) {
	config, dir := filepath.Join("testdata", "schedule", "audit.yaml"), t.TempDir()
	run := func() error {
		a := &app{out: &bytes.Buffer{}, err: &bytes.Buffer{}}
		root := a.root()
		root.SetArgs([]string{"schedule", "--for", "stackset", "-c", config, "--out", dir})
		return root.Execute()
	}
	if err := errors.Join(run(), run()); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "stackset.yaml")
	if err := os.WriteFile(name, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(); err == nil || !strings.Contains(err.Error(), "left alone") {
		t.Errorf("%v", err)
	}
	if b, _ := os.ReadFile(name); string(b) != "mine" {
		t.Errorf("%q", b)
	}
}

// The archive's role may write and never take away; nobody may overwrite, delete, or ask without TLS.
func TestScheduleArchive(t *testing.T) {
	i := slices.IndexFunc(targets(), func(t target) bool { return t.name == "archive" })
	files, _, err := schedules(t, filepath.Join("testdata", "schedule", "audit.yaml"), targets()[i])
	if err != nil {
		t.Fatal(err)
	}
	r := inside(t, document(t, files["archive.yaml"]), "Resources")
	bucket := inside(t, r, "ArchiveBucket")
	if inside(t, bucket, "DeletionPolicy") != "Retain" || inside(t, bucket, "Properties", "ObjectLockEnabled") != true || inside(t, bucket, "Properties", "VersioningConfiguration", "Status") != "Enabled" {
		t.Errorf("%v", bucket)
	}
	if d := inside(t, bucket, "Properties", "ObjectLockConfiguration", "Rule", "DefaultRetention"); !reflect.DeepEqual(d, map[string]any{"Mode": "COMPLIANCE", "Years": 7}) {
		t.Errorf("retention %v", d)
	}
	denied := fmt.Sprint(inside(t, r, "ArchiveBucketPolicy", "Properties", "PolicyDocument", "Statement"))
	for _, w := range []string{"s3:BypassGovernanceRetention", "s3:DeleteObjectVersion", "s3:PutBucketObjectLockConfiguration", "s3:if-none-match:true", "aws:SecureTransport:false"} {
		if !strings.Contains(denied, w) {
			t.Errorf("the bucket's policy says nothing of %s", w)
		}
	}
	if strings.Contains(denied, "Allow") {
		t.Errorf("the bucket's policy allows something: %s", denied)
	}
	for _, s := range inside(t, r, "ArchiveRole", "Properties", "Policies", 0, "PolicyDocument", "Statement").([]any) {
		for _, action := range inside(t, s, "Action").([]any) {
			if inside(t, s, "Effect") == "Allow" && regexp.MustCompile(`Delete|Bypass|PutBucket|\*`).MatchString(action.(string)) {
				t.Errorf("the archive's role may %s", action)
			}
		}
	}
}

// Every command that a template runs is one of this tool's, with flags that it has.
func TestScheduleCommandsAreOurs(t *testing.T) {
	list := regexp.MustCompile(`(?m)^\s*(?:Command:|args:|CMD) \[(.*)\]$`)
	unit := regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/auditseal (.*)$`)
	seen := map[string]int{}
	entries, err := os.ReadDir(filepath.Join("testdata", "schedule", "golden"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join("testdata", "schedule", "golden", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		var lines [][]string
		for _, m := range list.FindAllStringSubmatch(string(b), -1) {
			var args []string
			if err := yaml.Unmarshal([]byte("["+m[1]+"]"), &args); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, args)
		}
		for _, m := range unit.FindAllStringSubmatch(string(b), -1) {
			lines = append(lines, strings.Fields(m[1]))
		}
		for _, args := range lines {
			root := (&app{out: &bytes.Buffer{}, err: &bytes.Buffer{}}).root()
			c, rest, err := root.Find(args)
			if err != nil || c == root {
				t.Errorf("%s: %q: %v", e.Name(), args, err)
				continue
			}
			if err := errors.Join(c.ParseFlags(rest), c.ValidateArgs(c.Flags().Args())); err != nil {
				t.Errorf("%s: %q: %v", e.Name(), args, err)
			}
			seen[c.Name()]++
		}
	}
	if seen["run"] != 6 || seen["collect"] != 2 || seen["merge"] != 2 {
		t.Errorf("the templates run %v", seen)
	}
}
