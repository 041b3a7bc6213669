package versitygw

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A command is the real auditseal, built for the test.
type command struct {
	t    *testing.T
	name string
	dir  string
	env  []string
}

func build(t *testing.T, s *server) *command {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "auditseal")
	cmd := exec.Command("go", "build", "-o", name, "./cmd/auditseal")
	cmd.Dir = filepath.Join("..", "..", "..") // the module of the tool, not that of its tests
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.Mkdir(filepath.Join(dir, "tmp"), 0o755); err != nil {
		t.Fatal(err)
	}
	return &command{t, name, dir, append(os.Environ(), "TMPDIR="+filepath.Join(dir, "tmp"), "AWS_ENDPOINT_URL=http://"+s.addr, "AWS_ACCESS_KEY_ID="+owner, "AWS_SECRET_ACCESS_KEY="+secret, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull)}
}

// run wants an exit code and texts in what the command says, on either stream. It gives what is on stdout.
func (c *command) run(code int, says []string, args ...string) string {
	c.t.Helper()
	cmd := exec.Command(c.name, args...)
	cmd.Dir, cmd.Env = c.dir, c.env
	var out, both strings.Builder
	cmd.Stdout, cmd.Stderr = tee{&out, &both}, &both
	cmd.Run() // its exit code says how it ended
	if got := cmd.ProcessState.ExitCode(); got != code {
		c.t.Errorf("auditseal %s: exit code %d, not %d\n%s", strings.Join(args, " "), got, code, both.String())
	}
	for _, s := range says {
		if !strings.Contains(both.String(), s) {
			c.t.Errorf("auditseal %s does not say %q:\n%s", strings.Join(args, " "), s, both.String())
		}
	}
	return out.String()
}

type tee struct{ a, b *strings.Builder }

func (t tee) Write(b []byte) (int, error) { t.a.Write(b); return t.b.Write(b) }

func (c *command) write(name, text string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

const auditYAML = `organization: Example Corp
period: 2026-Q3
frameworks: [aws-security-focus-areas]
scope:
  accounts: ["111122223333"]
  regions: [eu-west-1]
history: []
archive:
  to: s3://evidence/audits
  owner: "111122223333"
  region: eu-west-1
  mode: governance
  retain: 30d
`

func TestTheCommands(t *testing.T) {
	s := start(t)
	bucket := s.bucket("evidence", true)
	s.bucket("unlocked", false)
	c := build(t, s)
	c.write("audit.yaml", auditYAML)
	c.write("other.yaml", strings.Replace(auditYAML, "Example Corp", "Other Corp", 1))
	c.write("owner.yaml", strings.Replace(auditYAML, "111122223333\"\n  region", "999988887777\"\n  region", 1))
	c.write("unlocked.yaml", strings.Replace(auditYAML, "s3://evidence", "s3://unlocked", 1))
	c.write("longer.yaml", strings.Replace(auditYAML, "30d", "7y", 1))
	c.run(0, nil, "demo", "--out", "pack")
	c.run(0, nil, "keygen")
	c.run(0, nil, "demo", "--out", "signed", "--key", "keys/audit.pem", "--without-timestamp", "a test")

	c.run(4, []string{"s3://evidence/audits holds no pack"}, "custody")
	c.run(2, []string{"pack is a folder", "give its ZIP: pack.zip"}, "archive", "pack")
	c.run(2, []string{`is a pack of "Example Corp", and audit.yaml is of "Other Corp"`}, "archive", "pack.zip", "-c", "other.yaml")
	c.run(1, []string{"s3:ListBucket is refused", "check that account 999988887777 owns the bucket"}, "archive", "pack.zip", "-c", "owner.yaml")
	c.run(1, []string{"keeps no versions", "nothing was written"}, "archive", "pack.zip", "-c", "unlocked.yaml")
	broken, err := os.ReadFile(filepath.Join(c.dir, "pack.zip"))
	if err != nil {
		t.Fatal(err)
	}
	broken[len(broken)/2] ^= 1
	c.write("broken.zip", string(broken))
	c.run(4, []string{"broken.zip"}, "archive", "broken.zip")
	if v, _ := s.versions(bucket, ""); len(v) != 0 {
		t.Fatalf("something was written: %q", v)
	}

	out := c.run(0, nil, "archive", "pack.zip", "--json")
	var r struct {
		Manifest string `json:"manifest_sha256"`
		Archive  struct {
			Key       string `json:"key"`
			VersionID string `json:"version_id"`
			Mode      string `json:"mode"`
			Receipt   string `json:"receipt"`
			Was       bool   `json:"was_archived"`
		} `json:"archive"`
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil || r.Archive.Key != packKey || r.Archive.Mode != "GOVERNANCE" || r.Archive.Receipt != "2026-Q3.receipt.json" || r.Archive.Was || len(r.Manifest) != 64 {
		t.Errorf("%s: %v", out, err)
	}
	c.run(0, []string{"archived   already: s3://evidence/audits/2026-Q3.zip", "read back whole"}, "archive", "pack.zip")
	c.run(1, []string{"is there already, and is another one: its SHA-256 is", "nothing was overwritten"}, "archive", "signed.zip")
	c.run(4, []string{"it is retained until", "and audit.yaml asks for GOVERNANCE until", "aws s3api put-object-retention"}, "archive", "pack.zip", "-c", "longer.yaml")
	c.write("2026-Q3.receipt.json", "{}")
	c.run(4, []string{"2026-Q3.receipt.json says something else than the receipt in the archive, and was left alone"}, "archive", "pack.zip")

	c.run(0, []string{"ok     deep       2026-Q3  all of it was read, and holds together", "the newest pack's manifest.json has the SHA-256 " + r.Manifest}, "custody", "--deep")
	c.run(0, []string{"not checked  whose bucket it is: give --owner"}, "custody", "s3://evidence/audits/", "--region", "eu-west-1")
	c.run(4, []string{"FAILED deep", "signed"}, "custody", "--deep", "--key", "keys/audit.pub.pem")
	c.run(2, []string{"add --deep"}, "custody", "--key", "keys/audit.pub.pem")
	c.run(1, []string{"is refused"}, "custody", "s3://evidence/audits", "--owner", "999988887777", "--region", "eu-west-1")
	c.run(1, []string{"give it with --region"}, "custody", "s3://evidence/audits")

	url := "s3://evidence/" + packKey
	c.run(0, []string{"proved       archived   S3 says that s3://evidence/audits/2026-Q3.zip, version " + r.Archive.VersionID + ", is locked in GOVERNANCE mode until", r.Manifest}, "verify", url, "--owner", owner, "--region", "eu-west-1")
	c.run(0, nil, "verify", url+"?versionId="+r.Archive.VersionID, "--region", "eu-west-1")
	c.run(1, []string{"s3:GetObjectVersion"}, "verify", "s3://evidence/audits/2026-Q4.zip", "--region", "eu-west-1")
	c.run(1, []string{"s3://nobodys is not there"}, "verify", "s3://nobodys/x.zip", "--region", "eu-west-1")
	c.run(2, []string{"names no object"}, "verify", "s3://evidence")
	c.run(4, []string{"2026-Q3.receipt.json"}, "verify", "s3://evidence/"+receiptKey, "--region", "eu-west-1")
	if left, err := filepath.Glob(filepath.Join(c.dir, "tmp", "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}
