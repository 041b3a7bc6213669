package schedule

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// need gives a validator's path.
func need(t *testing.T, name, from string) string {
	t.Helper()
	bin, err := exec.LookPath(name)
	if err == nil {
		if err = exec.Command(bin, "--version").Run(); err == nil {
			return bin
		}
	}
	why := name + " is not there: " + err.Error() + "; it is in " + from
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
	return ""
}

var built struct {
	sync.Once
	bin string
	err string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.bin != "" {
		os.RemoveAll(filepath.Dir(built.bin))
	}
	os.Exit(code)
}

// auditseal builds the tool from the tree that this test is in.
func auditseal(t *testing.T) string {
	t.Helper()
	built.Do(func() {
		dir, err := os.MkdirTemp("", "auditseal-schedule-*")
		if err != nil {
			built.err = err.Error()
			return
		}
		built.bin = filepath.Join(dir, "auditseal")
		cmd := exec.Command("go", "build", "-o", built.bin, "./cmd/auditseal")
		cmd.Dir = filepath.Join("..", "..", "..")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = err.Error() + "\n" + string(out)
		}
	})
	if built.err != "" {
		t.Fatal(built.err)
	}
	return built.bin
}

const (
	image  = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/auditseal@sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
	caller = "arn:aws:iam::111122223333:role/AuditsealTask"
	scope  = "frameworks: [aws-security-focus-areas, soc2-2017, fips-cryptography]\n"
	here   = "archive: {to: s3://example-archive, owner: '111122223333', region: eu-west-1, mode: governance, retain: 90d}\n"
)

// audits are audit.yaml as different people write them.
func audits() map[string]string {
	hostile, _ := json.Marshal("\"; Resources: {X: 1}\n%n ${AWS::AccountId} {{.Image}} `id` #: - &a *b !Ref \\ 企業🏢 " + strings.Repeat("長", 900))
	return map[string]string{
		"whole": "organization: Example Corp\nperiod: 2026-Q3\n" + scope + "scope: {organization: true, regions: all, role: team/AuditsealReadOnly, external-id: 'a+=,.@:/-b'}\n" +
			"seal: {key: 'arn:aws:kms:eu-west-1:111122223333:key/8f3a2b1c-1111-2222-3333-444455556666', tsa: ['http://tsa.example.com:3161/x', 'https://tsa.example.net']}\n" +
			"archive: {to: s3://example-archive/packs/a, owner: '111122223333', region: eu-west-1, mode: compliance, retain: 7y, role: 'arn:aws:iam::111122223333:role/AuditsealArchive', external-id: 'x:/y'}\n",
		"own credentials": "organization: Small\nperiod: 2026-07\n" + scope + "scope: {accounts: ['111122223333'], regions: [eu-west-1]}\n" + here,
		"delivery": "organization: Example Corp\nperiod: 2026-Q3\n" + scope + "scope: {accounts: ['111122223333', '444455556666'], regions: [eu-west-1], role: Reader}\n" +
			"history-from: {bucket: 's3://delivery/p', account: '111122223333', region: eu-west-1}\n" + here,
		"athena": "organization: Example Corp\nperiod: 2026-Q3\n" + scope + "scope: {accounts: ['111122223333'], regions: [eu-west-1], role: Reader}\n" +
			"history-from: {bucket: 's3://delivery/p', account: '111122223333', region: eu-west-1, athena: {workgroup: audit, database: config, table: history}}\n" + here,
		"a key of its own elsewhere": "organization: Example Corp\nperiod: 2026-Q3\n" + scope + "scope: {accounts: ['111122223333'], regions: [eu-west-1], role: Reader}\n" +
			"archive: {to: s3://example-archive, owner: '777788889999', region: eu-central-1, mode: compliance, retain: 7y, kms-key: 'arn:aws:kms:eu-central-1:777788889999:key/8f3a2b1c-1111-2222-3333-444455556666', role: 'arn:aws:iam::777788889999:role/W'}\n",
		"hostile": "organization: " + string(hostile) + "\nperiod: 2026-Q3\n" + scope + "scope: {accounts: ['111122223333'], regions: [eu-west-1], role: 'p/Re+a=d,e.r@x-y_z'}\n" + here,
	}
}

// write runs auditseal schedule on an audit, and gives the folder.
func write(t *testing.T, audit, target string, more ...string) string {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "audit.yaml")
	if err := os.WriteFile(config, []byte(audit), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	if b, err := exec.Command(auditseal(t), append([]string{"schedule", "--for", target, "-c", config, "--out", out}, more...)...).CombinedOutput(); err != nil {
		t.Fatalf("schedule --for %s: %v\n%s", target, err, b)
	}
	return out
}

// run runs a validator, and gives what it said where it was not content.
func run(bin string, args ...string) string {
	out, err := exec.Command(bin, args...).CombinedOutput()
	if err != nil {
		return err.Error() + "\n" + string(out)
	}
	return ""
}

// spoilt writes a copy of a file with one thing wrong.
func spoilt(t *testing.T, file, old, wrong string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), old) {
		t.Fatalf("%s: there is no %q", file, old)
	}
	to := filepath.Join(t.TempDir(), filepath.Base(file))
	if err := os.WriteFile(to, []byte(strings.Replace(string(b), old, wrong, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	return to
}

// All files in one go: cfn-lint takes seconds to read its own schemas.
func TestCloudFormation(t *testing.T) {
	lint := need(t, "cfn-lint", "PyPI")
	of := map[string]string{}
	args := []string{"--"}
	for name, audit := range audits() {
		for target, more := range map[string][]string{"cloudformation": {"--image", image}, "archive": nil, "batch": {"--image", image, "--shards", "12", "--caller-role", caller}, "stackset": {"--caller-role", caller}} {
			if target != "cloudformation" && name != "whole" && name != "hostile" && name != "a key of its own elsewhere" {
				continue // nothing in them is another way
			}
			file := filepath.Join(write(t, audit, target, more...), target+".yaml")
			of[file] = name
			args = append(args, file)
		}
	}
	if said := run(lint, args...); said != "" {
		for file, name := range of {
			said = strings.ReplaceAll(said, file, "("+name+") "+filepath.Base(file))
		}
		t.Error(said)
	}

	good := filepath.Join(write(t, audits()["whole"], "cloudformation", "--image", image), "cloudformation.yaml")
	bad := map[string]string{}
	args = []string{"--"}
	for _, c := range [][2]string{{"!GetAtt Cluster.Arn", "!GetAtt Clutter.Arn"}, {"ObjectLockEnabled: true", "ObjectLocked: true"}, {"LaunchType: FARGATE", "LaunchType: FAR"}, {"Resource: !Ref Task,", "Resources: !Ref Task,"}} {
		file := spoilt(t, good, c[0], c[1])
		bad[file] = c[1]
		args = append(args, file)
	}
	said := run(lint, args...)
	for file, what := range bad {
		if !strings.Contains(said, file) {
			t.Errorf("cfn-lint is content with %q", what)
		}
	}
}

func TestKubernetes(t *testing.T) {
	validate := need(t, "kubernetes-validate", "PyPI")
	for name, audit := range audits() {
		t.Run(name, func(t *testing.T) {
			for target, more := range map[string][]string{"kubernetes": {"--image", image}, "kubernetes-shards": {"--image", image, "--shards", "12", "--caller-role", caller}} {
				if said := run(validate, "--strict", filepath.Join(write(t, audit, target, more...), target+".yaml")); said != "" {
					t.Errorf("%s: %s", target, said)
				}
			}
		})
	}
	sealed := strings.Replace(audits()["delivery"], "history-from", "seal: {key: keys/audit.pem}\nhistory-from", 1)
	good := filepath.Join(write(t, sealed, "kubernetes", "--image", image), "kubernetes.yaml")
	if said := run(validate, "--strict", good); said != "" {
		t.Error(said)
	}
	for _, c := range [][2]string{{"concurrencyPolicy: Forbid", "concurrencePolicy: Forbid"}, {"backoffLimit: 3", "backoffLimit: three"}, {"runAsNonRoot", "runsAsNonRoot"}} {
		if run(validate, "--strict", spoilt(t, good, c[0], c[1])) == "" {
			t.Errorf("kubernetes-validate is content with %q", c[1])
		}
	}
}

// A root with the units and all that they name: systemd-analyze looks whether commands and targets are there.
func root(t *testing.T, units string) string {
	t.Helper()
	dir := t.TempDir()
	put := func(name, text string, mode os.FileMode) {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	put("usr/local/bin/auditseal", "#!/bin/sh\n", 0o755)
	put("usr/bin/logger", "#!/bin/sh\n", 0o755)
	for _, target := range []string{"network-online", "network", "timers", "sysinit", "basic", "shutdown", "multi-user", "time-sync", "time-set"} {
		put("usr/lib/systemd/system/"+target+".target", "[Unit]\nDescription="+target+"\n", 0o644)
	}
	entries, err := os.ReadDir(units)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(units, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		put("etc/systemd/system/"+e.Name(), string(b), 0o644)
	}
	return dir
}

// verify gives what systemd-analyze says of the units: a key that it does not know is no error to it, and is one here.
func verify(t *testing.T, bin, root string) string {
	t.Helper()
	out, err := exec.Command(bin, "verify", "--root="+root, "auditseal.service", "auditseal.timer", "auditseal-failed.service").CombinedOutput()
	said := strings.TrimSpace(string(out))
	if err != nil {
		said += "\n" + err.Error()
	}
	return strings.TrimSpace(said)
}

func TestSystemd(t *testing.T) {
	analyze := need(t, "systemd-analyze", "Debian's package systemd")
	list := audits()
	list["a private key"] = strings.Replace(list["own credentials"], "archive:", "seal: {key: /run/credentials/auditseal.service/key.pem}\narchive:", 1)
	for name, audit := range list {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(audit, "seal: {key: 'arn") {
				audit = strings.ReplaceAll(audit, "2026-Q3", "2026-09")
			}
			dir := root(t, write(t, audit, "systemd"))
			if said := verify(t, analyze, dir); said != "" {
				t.Error(said)
			}
		})
	}
	units := write(t, list["whole"], "systemd")
	for _, c := range [][3]string{{"auditseal.service", "ProtectSystem=strict", "ProtectSystem=stict"}, {"auditseal.service", "DynamicUser", "DynamicUsers"}, {"auditseal.timer", "OnCalendar=*-*-4..31", "OnCalendar=*-*-4..32"}, {"auditseal.service", "/usr/local/bin/auditseal run", "auditseal/run"}} {
		dir := root(t, units)
		b, err := os.ReadFile(spoilt(t, filepath.Join(units, c[0]), c[1], c[2]))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "etc/systemd/system", c[0]), b, 0o644); err != nil {
			t.Fatal(err)
		}
		if verify(t, analyze, dir) == "" {
			t.Errorf("systemd-analyze is content with %q", c[2])
		}
	}
}

// The timer starts on the 4th after a period has ended, and on every day after that of the month.
func TestSystemdCalendar(t *testing.T) {
	analyze := need(t, "systemd-analyze", "Debian's package systemd")
	b, err := os.ReadFile(filepath.Join(write(t, audits()["whole"], "systemd"), "auditseal.timer"))
	if err != nil {
		t.Fatal(err)
	}
	_, when, _ := strings.Cut(string(b), "\nOnCalendar=")
	when, _, _ = strings.Cut(when, "\n")
	for from, want := range map[string]string{"2026-10-01 00:00:00 UTC": "2026-10-04 03:17:00 UTC", "2026-10-04 03:17:00 UTC": "2026-10-05 03:17:00 UTC", "2027-02-28 04:00:00 UTC": "2027-03-04 03:17:00 UTC"} {
		cmd := exec.Command(analyze, "calendar", "--base-time="+from, when)
		cmd.Env = append(os.Environ(), "TZ=UTC")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("after %s: %v\n%swant %s", from, err, out, want)
		}
	}
}
