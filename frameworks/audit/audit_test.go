package audit

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/strict"
	"github.com/auditseal/auditseal/templates"
)

const least = `organization: Example Corp
period: 2026-Q3
frameworks: [fips-cryptography]
scope:
  accounts: ["111122223333"]
  regions: [eu-west-1]
`

// archiveOf is a good archive with one key set.
func archiveOf(key, value string) string {
	keys := []string{"to", "owner", "region", "mode", "retain"}
	values := map[string]string{"to": "s3://evidence-archive/audits", "owner": "111122223333", "region": "eu-west-1", "mode": "compliance", "retain": "7y"}
	if _, known := values[key]; !known {
		keys = append(keys, key)
	}
	values[key] = value
	var b strings.Builder
	for i, k := range keys {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(k + ": \"" + values[k] + "\"")
	}
	return "archive: {" + b.String() + "}\n"
}

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func TestLoad(t *testing.T) {
	got, err := Load("audit.yaml", []byte(`organization: Example Corp
from: 2026-07-01
to: 2026-09-30
frameworks: [aws-security-focus-areas, ./own.yaml]
scope:
  organization: false
  accounts: ["999988887777", "012345678901", "444455556666"]
  exclude:
    - "555566667777"
    - {account: "444455556666", reason: closed in May}
  regions: [us-east-1, eu-west-1, us-gov-west-1, eusc-de-east-1, ap-southeast-7]
  role: audit/AuditsealReadOnly
  external-id: agreed:1
fips-endpoints: true
redact: [identity, "identitystore:ListUsers:/Users/*/Title"]
exceptions: exceptions.yaml
manual: manual/
history: [AWS::KMS::Key, AWS::S3::Bucket]
history-from:
  bucket: s3://config-log/org/a
  account: "012345678901"
  region: eu-west-1
  athena: {workgroup: Audit-1, database: config, table: history_2, catalog: other, region: us-east-1, lookback: 400d}
changes: 1000
fips-certificates: certs.csv
seal: {key: "arn:aws:kms:eu-west-1:111122223333:key/1234", certificate: audit.crt.pem, tsa: ["https://a.example/tsa", "http://b.example"], tsa-ca: ca.pem, tsa-policy: 1.3.6.1}
archive:
  to: s3://evidence-archive/audits/
  owner: "444455556666"
  region: eu-west-1
  mode: governance
  retain: 90d
  kms-key: arn:aws:kms:eu-west-1:444455556666:key/5678
  role: arn:aws:iam::444455556666:role/AuditsealArchive
  external-id: agreed:2
`))
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		Organization: "Example Corp", Period: evidence.Period{From: day(2026, 7, 1), To: day(2026, 10, 1)},
		Frameworks: []string{"aws-security-focus-areas", "./own.yaml"}, Accounts: []string{"012345678901", "999988887777"},
		Excluded: []evidence.Exclusion{{Account: "444455556666", Reason: "closed in May"}, {Account: "555566667777", Reason: "no reason given"}},
		Regions:  []string{"ap-southeast-7", "eu-west-1", "eusc-de-east-1", "us-east-1", "us-gov-west-1"},
		Role:     "audit/AuditsealReadOnly", ExternalID: "agreed:1", FIPSEndpoints: true, RedactIdentity: true, RedactPointers: []string{"identitystore:ListUsers:/Users/*/Title"},
		Exceptions: "exceptions.yaml", Manual: "manual/", FIPSCertificates: "certs.csv", History: []string{"AWS::KMS::Key", "AWS::S3::Bucket"},
		Delivery: &evidence.Delivery{Bucket: "config-log", Prefix: "org/a", Account: "012345678901", Region: "eu-west-1",
			Athena: &evidence.Athena{Workgroup: "Audit-1", Catalog: "other", Database: "config", Table: "history_2", Region: "us-east-1", Lookback: 400}},
		Changes: 1000,
		Seal: &Seal{Key: "arn:aws:kms:eu-west-1:111122223333:key/1234", Certificate: "audit.crt.pem", TSA: []string{"https://a.example/tsa", "http://b.example"},
			TSARoots: "ca.pem", TSAPolicy: "1.3.6.1"},
		Archive: &Archive{Bucket: "evidence-archive", Prefix: "audits", Owner: "444455556666", Region: "eu-west-1", Mode: Governance, Days: 90,
			KMSKey: "arn:aws:kms:eu-west-1:444455556666:key/5678", Role: "arn:aws:iam::444455556666:role/AuditsealArchive", ExternalID: "agreed:2"},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Config{})); diff != "" {
		t.Error(diff)
	}
}

func TestDefaults(t *testing.T) {
	got, err := Load("audit.yaml", []byte(strings.Replace(least, "[eu-west-1]", "all", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if got.Regions != nil || got.FIPSEndpoints || got.RedactIdentity || got.History != nil || !got.HistoryOfTests || got.Changes != DefaultChanges {
		t.Errorf("got %+v", got)
	}
	if none, err := Load("audit.yaml", []byte(least+"changes: 0\n")); err != nil || none.Changes != 0 {
		t.Errorf("no changes: %+v, %v", none, err)
	}
	if none, err := Load("audit.yaml", []byte(least+"history: []\n")); err != nil || len(none.History) != 0 || none.HistoryOfTests {
		t.Errorf("an empty history: %+v, %v", none, err)
	}
	if from, err := Load("audit.yaml", []byte(least+`history-from: {bucket: "s3://config-log/", account: "111122223333", region: eu-west-1}`)); err != nil || from.Delivery == nil || from.Delivery.Prefix != "" {
		t.Errorf("a bucket without a prefix: %+v, %v", from, err)
	}
	if from, err := Load("audit.yaml", []byte(least+`history-from: {bucket: "s3://config-log", account: "111122223333", region: eu-west-1, athena: {workgroup: primary, database: config, table: history}}`)); err != nil ||
		!cmp.Equal(from.Delivery.Athena, &evidence.Athena{Workgroup: "primary", Catalog: "AwsDataCatalog", Database: "config", Table: "history", Region: "eu-west-1", Lookback: 35}) {
		t.Errorf("a table without the rest: %+v, %v", from, err)
	}
	s := got.Scope(time.Date(2026, 10, 2, 9, 0, 0, 123, time.FixedZone("", 3600)))
	if s.AsOf != time.Date(2026, 10, 2, 8, 0, 0, 0, time.UTC) || s.Period.From != day(2026, 7, 1) || len(s.Accounts) != 1 {
		t.Errorf("scope %+v", s)
	}
}

// Each row changes one line of the least file, or adds one.
func TestFaults(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"account as a number", `["111122223333"]`, `[012345678901]`, `audit.yaml:5:14: accounts "012345678901": read as a number, and ids are strings; quote it: "012345678901"`},
		{"short account", `"111122223333"`, `"11112222333"`, `audit.yaml:5:14: account "11112222333": not an account id; an account id has 12 digits, in quotes`},
		{"account twice", `"111122223333"`, `"111122223333", "111122223333"`, `audit.yaml:5:30: account "111122223333": given twice; keep one`},
		{"no accounts", `["111122223333"]`, `[]`, `audit.yaml:5:3: scope: no account is left to read; list the accounts, or write organization: true`},
		{"all excluded", "  regions", "  exclude: [\"111122223333\"]\n  regions", `audit.yaml:5:3: scope: no account is left to read; list the accounts, or write organization: true`},
		{"the organization and accounts", "  accounts", "  organization: true\n  accounts", `audit.yaml:5:3: scope: has accounts beside organization: true; keep one of them; accounts of the organization that are not to be read go under exclude`},
		{"the organization without a role", `accounts: ["111122223333"]`, "organization: true", `audit.yaml:5:3: scope: organization: true needs a role to assume in each account; add the key role`},
		{"a lister without the organization", "  accounts", "  lister: \"111122223333\"\n  accounts", `audit.yaml:5:11: lister "111122223333": goes with organization: true, and the accounts are listed here; take it out, or write organization: true in place of accounts`},
		{"an excluded lister", `accounts: ["111122223333"]`, "organization: true\n  lister: \"111122223333\"\n  exclude: [\"111122223333\"]\n  role: R", `audit.yaml:6:11: lister "111122223333": excluded, and it is the account that lists the others; take it out of exclude, or let another account list them`},
		{"region", "eu-west-1", "eu-west", `audit.yaml:6:13: region "eu-west": not the name of a region; write it as eu-west-1; all regions are regions: all, without a list`},
		{"region twice", "eu-west-1", "eu-west-1, eu-west-1", `audit.yaml:6:24: region "eu-west-1": given twice; keep one`},
		{"all in a list", "eu-west-1", "all", `audit.yaml:6:13: region "all": not the name of a region; write it as eu-west-1; all regions are regions: all, without a list`},
		{"one region", "[eu-west-1]", "eu-west-1", `audit.yaml:6:12: regions "eu-west-1": a single value where a list is meant; write [eu-west-1]`},
		{"no regions", "  regions: [eu-west-1]\n", "", `audit.yaml:5:3: scope: has no regions; list the regions, or write regions: all`},
		{"empty regions", "[eu-west-1]", "[]", `audit.yaml:5:3: regions: none is named; list the regions, or write regions: all`},
		{"period", "2026-Q3", "2026-Q5", `audit.yaml:2:9: period "2026-Q5": not a quarter, month or year; write 2026-Q3, 2026-07 or 2026`},
		{"month", "2026-Q3", "2026-13", `audit.yaml:2:9: period "2026-13": not a quarter, month or year; write 2026-Q3, 2026-07 or 2026`},
		{"both", "period: 2026-Q3", "period: 2026\nfrom: 2026-07-01", `audit.yaml:2:9: period "2026": given beside from or to; keep period, or from and to`},
		{"no period", "period: 2026-Q3\n", "", `audit.yaml:1:1: period: is missing; write period: 2026-Q3, or from and to`},
		{"only from", "period: 2026-Q3", "from: 2026-07-01", `audit.yaml:2:7: there is no to; add the key to, or give a period instead`},
		{"backwards", "period: 2026-Q3", "from: 2026-09-30\nto: 2026-07-01", `audit.yaml:3:5: to "2026-07-01": not after from`},
		{"not a date", "period: 2026-Q3", "from: July\nto: 2026-07-01", `audit.yaml:2:7: from "July": neither a date nor a time; write 2026-07-01 or 2026-07-01T00:00:00Z`},
		{"no frameworks", "[fips-cryptography]", "[]", `audit.yaml:1:1: frameworks: none is named; name at least one; ` + "`auditseal frameworks list` shows those that ship"},
		{"framework twice", "[fips-cryptography]", "[a, a]", `audit.yaml:3:17: framework "a": given twice; keep one`},
		{"role ARN", "  regions", "  role: arn:aws:iam::111122223333:role/Reader\n  regions", `audit.yaml:6:9: role "arn:aws:iam::111122223333:role/Reader": an ARN, and the role is assumed by name in every account; give the name: Reader`},
		{"external id alone", "  regions", "  external-id: abc\n  regions", `audit.yaml:6:16: external-id: there is no role to go with it; add the key role`},
		{"secrets", "scope:", "redact: [secrets]\nscope:", `audit.yaml:4:10: redact "secrets": secrets are never written down, asked or not; take it out`},
		{"redaction", "scope:", "redact: [Email]\nscope:", `audit.yaml:4:10: redact "Email": neither identity nor a JSON pointer into an operation's answer; write it as identitystore:ListUsers:/Users/*/Title`},
		{"history", "scope:", "history: [KMS]\nscope:", `audit.yaml:4:11: history "KMS": not a CloudFormation type name; write it as AWS::KMS::Key`},
		{"changes: below nothing", "scope:", "changes: -1\nscope:", `audit.yaml:4:10: changes "-1": not a number of look-ups; write a number from 0, which asks nothing, to 100000`},
		{"changes: no number", "scope:", "changes: all\nscope:", `audit.yaml:4:10: changes "all": not a number of look-ups; write a number from 0, which asks nothing, to 100000`},
		{"history-from: not a bucket", "scope:", `history-from: {bucket: config-log, account: "111122223333", region: eu-west-1}` + "\nscope:", `audit.yaml:4:24: bucket "config-log": not a bucket; write it as s3://bucket, or s3://bucket/prefix with what stands before AWSLogs/ in the keys`},
		{"history-from: its keys", "scope:", `history-from: {bucket: "s3://config-log/a/AWSLogs/111122223333", account: "111122223333", region: eu-west-1}` + "\nscope:", `audit.yaml:4:24: bucket "s3://config-log/a/AWSLogs/111122223333": its prefix is not what stands before AWSLogs/ in the keys; leave AWSLogs/ and what follows it out, and write each slash once`},
		{"history-from: double slash", "scope:", `history-from: {bucket: "s3://config-log//a", account: "111122223333", region: eu-west-1}` + "\nscope:", `audit.yaml:4:24: bucket "s3://config-log//a": its prefix is not what stands before AWSLogs/ in the keys; leave AWSLogs/ and what follows it out, and write each slash once`},
		{"history-from: another account", "scope:", `history-from: {bucket: "s3://config-log", account: "999988887777", region: eu-west-1}` + "\nscope:", `audit.yaml:4:52: account "999988887777": not an account that is read, and its role reads the bucket; list it in scope.accounts`},
		{"history-from: region", "scope:", `history-from: {bucket: "s3://config-log", account: "111122223333", region: eu}` + "\nscope:", `audit.yaml:4:76: region "eu": not the name of a region; write it as eu-west-1: the region that the bucket is in`},
		{"history-from: no account", "scope:", `history-from: {bucket: "s3://config-log", region: eu-west-1}` + "\nscope:", `audit.yaml:4:15: history-from: has no account; add the key account`},
		{"athena: its table", "scope:", `history-from: {bucket: "s3://config-log", account: "111122223333", region: eu-west-1, athena: {workgroup: primary, database: config, table: "a;b"}}` + "\nscope:", `audit.yaml:4:141: table "a;b": not a name that Athena takes without quotes; write it as Athena lists it`},
		{"athena: no workgroup", "scope:", `history-from: {bucket: "s3://config-log", account: "111122223333", region: eu-west-1, athena: {database: config, table: a}}` + "\nscope:", `audit.yaml:4:95: athena: has no workgroup; add the key workgroup`},
		{"athena: workgroup", "scope:", `history-from: {bucket: "s3://config-log", account: "111122223333", region: eu-west-1, athena: {workgroup: a b, database: config, table: a}}` + "\nscope:", `audit.yaml:4:107: workgroup "a b": not a name that Athena takes without quotes; write it as Athena lists it`},
		{"athena: lookback", "scope:", `history-from: {bucket: "s3://config-log", account: "111122223333", region: eu-west-1, athena: {workgroup: a, database: config, table: a, lookback: 7y}}` + "\nscope:", `audit.yaml:4:148: lookback "7y": not a number of days from 1d to 2557d; write it as 35d: how long before the period files are looked through for the state that was in force when it began`},
		{"athena: lookback of too much", "scope:", `history-from: {bucket: "s3://config-log", account: "111122223333", region: eu-west-1, athena: {workgroup: a, database: config, table: a, lookback: 2558d}}` + "\nscope:", `audit.yaml:4:148: lookback "2558d": not a number of days from 1d to 2557d; write it as 35d: how long before the period files are looked through for the state that was in force when it began`},
		{"athena: all regions", "  regions: [eu-west-1]", "  regions: all\nhistory-from: {bucket: \"s3://config-log\", account: \"111122223333\", region: eu-west-1, athena: {workgroup: a, database: b, table: c}}", `audit.yaml:7:95: athena: the regions are not named, and each query names those that it reads; name them under scope.regions`},
		{"history-from without history", "scope:", "history: []\nhistory-from: {bucket: \"s3://config-log\", account: \"111122223333\", region: eu-west-1}\nscope:", `audit.yaml:5:15: history-from: no history is read; name the types under history, or take this out`},
		{"seal without a key", "scope:", "seal: {tsa: \"https://tsa.example\"}\nscope:", `audit.yaml:4:7: seal: has no key; add the key key`},
		{"seal by an alias", "scope:", "seal: {key: \"arn:aws:kms:eu-west-1:111122223333:alias/audit\"}\nscope:", `audit.yaml:4:13: key "arn:aws:kms:eu-west-1:111122223333:alias/audit": not the ARN of a KMS key; give the key's own ARN, not an alias's: arn:aws:kms:eu-west-1:111122223333:key/…; an alias may name another key tomorrow`},
		{"seal with no address", "scope:", "seal: {key: a.pem, tsa: tsa.example}\nscope:", `audit.yaml:4:25: tsa "tsa.example": not the address of a timestamp authority; write it as https://host/path`},
		{"seal with roots and no authority", "scope:", "seal: {key: a.pem, tsa-ca: ca.pem}\nscope:", `audit.yaml:4:7: seal: says how to check a timestamp, and names no authority to ask for one; add the key tsa`},
		{"seal with a policy that is none", "scope:", "seal: {key: a.pem, tsa: \"https://t\", tsa-policy: any}\nscope:", `audit.yaml:4:50: tsa-policy "any": not an object identifier; write it as the authority publishes it: 1.3.6.1.4.1.…`},
		{"seal misspelt", "scope:", "seal: {kye: a.pem}\nscope:", `audit.yaml:4:8: key "kye": unknown in seal; did you mean "key"?`},
		{"archive not in S3", "scope:", archiveOf("to", "bucket/a") + "scope:", `audit.yaml:4:15: to "bucket/a": not a bucket; write it as s3://bucket/prefix`},
		{"archive outside its prefix", "scope:", archiveOf("to", "s3://bucket/../a") + "scope:", `audit.yaml:4:15: to "s3://bucket/../a": its prefix has characters that keys had better not have; use letters, digits and !-_.*'() in parts between single slashes`},
		{"archive without a lock", "scope:", archiveOf("mode", "none") + "scope:", `audit.yaml:4:97: mode "none": not a mode of Object Lock; write compliance (nobody can shorten it) or governance (whom the bucket's owner allows can)`},
		{"archive for ever", "scope:", archiveOf("retain", "101y") + "scope:", `audit.yaml:4:119: retain "101y": not a time from 1d to 100y; write it in years or days: 7y, 90d`},
		{"archive with a key elsewhere", "scope:", archiveOf("kms-key", "arn:aws:kms:us-east-1:111122223333:key/a") + "scope:", `audit.yaml:4:134: kms-key "arn:aws:kms:us-east-1:111122223333:key/a": not the ARN of a KMS key in the bucket's region; give the key's own ARN; S3 resolves an alias in the account that asks`},
		{"archive by a role's name", "scope:", archiveOf("role", "Archive") + "scope:", `audit.yaml:4:131: role "Archive": not the ARN of a role; write it as arn:aws:iam::111122223333:role/AuditsealArchive: it may be in an account that is not audited`},
		{"key", "organization:", "organisation:", `audit.yaml:1:1: key "organisation": unknown in file; did you mean "organization"?`},
		{"excluded key", "  regions", "  exclude: [{acount: \"111122223333\"}]\n  regions", `audit.yaml:6:14: key "acount": unknown in exclude; did you mean "account"?`},
		{"bool", "scope:", "fips-endpoints: on\nscope:", `audit.yaml:4:17: fips-endpoints "on": a single value where true or false is meant; write true or false, without quotes`},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := strings.Replace(least, c.old, c.new, 1)
			if src == least {
				t.Fatal("nothing was changed")
			}
			cfg, err := Load("audit.yaml", []byte(src))
			if err == nil {
				t.Fatalf("no fault in:\n%s", src)
			}
			if cfg != nil {
				t.Error("a config beside an error")
			}
			if !strings.Contains("\n"+err.Error()+"\n", "\n"+c.want+"\n") {
				t.Errorf("got:\n%v\nwant:\n%s", err, c.want)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	c, err := Load("audit.yaml", []byte(least))
	if err != nil {
		t.Fatal(err)
	}
	if w := c.Warnings(day(2026, 10, 1)); w != nil {
		t.Errorf("after the period: %q", w)
	}
	if w := c.Warnings(day(2026, 9, 30)); len(w) != 1 || !strings.HasPrefix(w[0], "audit.yaml:2:9: period") || !strings.Contains(w[0], "has not ended") {
		t.Errorf("within the period: %q", w)
	}
	if w := c.Warnings(day(2026, 6, 30)); len(w) != 1 || !strings.Contains(w[0], "has not begun") {
		t.Errorf("before the period: %q", w)
	}
}

// What `auditseal init` writes is a file that loads, and each line that is commented out is one that could stand.
func TestTemplate(t *testing.T) {
	data, err := fs.ReadFile(templates.FS, "audit.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Load("audit.yaml", data); err != nil {
		t.Error(err)
	}
	text := string(data)
	for _, key := range []string{"  exclude:", "    - account:", "      reason:", "  role:", "  external-id:", "redact:", "exceptions: exceptions.yaml", "manual:", "history:", "history-from:", "changes:", "fips-certificates:"} {
		indent := key[:len(key)-len(strings.TrimLeft(key, " "))]
		var commented string
		switch {
		case len(indent) >= 2:
			commented = "  # " + key[2:]
		default:
			commented = "# " + key
		}
		if !strings.Contains(text, commented) {
			t.Errorf("the template has no line %q", commented)
		}
		text = strings.Replace(text, commented, key, 1)
	}
	c, err := Load("audit.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if c.Role == "" || len(c.Excluded) != 1 || c.Exceptions == "" || !c.RedactIdentity {
		t.Errorf("got %+v", c)
	}
}

const exceptions = `exceptions:
  - id: EX-1
    test: kms-key-rotation
    record: arn:aws:kms:eu-west-1:111122223333:key/a
    owner: Head of Platform
    approver: Chief Information Security Officer
    reason: decrypts archives only
    expires: 2026-12-31
`

func TestExceptions(t *testing.T) {
	got, err := LoadExceptions("exceptions.yaml", []byte(exceptions))
	if err != nil {
		t.Fatal(err)
	}
	want := []Exception{{ID: "EX-1", Test: "kms-key-rotation", Record: "arn:aws:kms:eu-west-1:111122223333:key/a", Owner: "Head of Platform",
		Approver: "Chief Information Security Officer", Reason: "decrypts archives only", Expires: day(2026, 12, 31)}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if e := got[0]; e.Expired(time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)) || !e.Expired(day(2027, 1, 1)) {
		t.Error("it counts through its last day, and not longer")
	}
	if none, err := LoadExceptions("exceptions.yaml", []byte("exceptions: []\n")); err != nil || len(none) != 0 {
		t.Errorf("no entries: %v, %v", none, err)
	}
}

func TestExceptionFaults(t *testing.T) {
	second := strings.TrimPrefix(exceptions, "exceptions:\n")
	for _, c := range []struct{ name, src, want string }{
		{"approved by the owner", strings.Replace(exceptions, "Chief Information Security Officer", "head of  platform", 1), `exceptions.yaml:6:15: approver "head of  platform": the owner approves it; someone else must`},
		{"no expiry", strings.Replace(exceptions, "    expires: 2026-12-31\n", "", 1), `exceptions.yaml:2:5: exceptions: has no expires; add the key expires`},
		{"no date", strings.Replace(exceptions, "2026-12-31", "never", 1), `exceptions.yaml:8:14: expires "never": not a date; write the last day on which it counts: 2026-12-31`},
		{"a pattern", strings.Replace(exceptions, "key/a", "key/*", 1), `exceptions.yaml:4:13: record "arn:aws:kms:eu-west-1:111122223333:key/*": a pattern, and each record is accepted by itself; give the record's id as the report shows it`},
		{"twice", exceptions + strings.Replace(second, "EX-1", "EX-2", 1), `exceptions.yaml:11:13: record "arn:aws:kms:eu-west-1:111122223333:key/a": accepted for this test already, on line 4; keep one`},
		{"id twice", exceptions + strings.Replace(second, "key/a", "key/b", 1), `exceptions.yaml:9:9: exception "EX-1": given twice, first on line 2; give each an id of its own`},
		{"unknown key", exceptions + "    until: 2027\n", `exceptions.yaml:9:5: key "until": unknown in exceptions; known: approver, expires, id, owner, reason, record, test`},
		{"id", strings.Replace(exceptions, "EX-1", "EX 1", 1), `exceptions.yaml:2:9: exception "EX 1": not an id; use letters, digits and . _ - between them`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := LoadExceptions("exceptions.yaml", []byte(c.src))
			if err == nil || err.Error() != c.want {
				t.Errorf("got:  %v\nwant: %s", err, c.want)
			}
		})
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(least))
	f.Add([]byte(exceptions))
	f.Add([]byte("scope: {regions: {a: b}, exclude: [[]]}\nseal:\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Load("f", data)
		if err == nil && (len(c.Accounts) == 0 || len(c.Frameworks) == 0 || c.Organization == "" || !c.Period.From.Before(c.Period.To)) {
			t.Errorf("loads with a hole: %+v", c)
		}
		if _, ok := err.(strict.Errors); err != nil && !ok {
			t.Errorf("a %T", err)
		}
		LoadExceptions("f", data)
	})
}
