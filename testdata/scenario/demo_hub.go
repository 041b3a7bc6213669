package scenario

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

const (
	fsbp = "aws-foundational-security-best-practices/v/1.0.0"
	cis3 = "cis-aws-foundations-benchmark/v/3.0.0"
	nist = "nist-800-53/v/5.0.0"
	pci  = "pci-dss/v/4.0.1"
)

// demoHub switches Security Hub on everywhere but in the log archive. The data platform still tells findings per standard.
func demoHub(o *Organization) {
	for _, a := range o.Accounts {
		if a.ID == DemoLogArchive {
			continue
		}
		for _, r := range a.Regions {
			h := &Hub{Subscribed: day(2023, 6, 1).Add(12*time.Hour + 30*time.Minute), AutoEnable: true, Generator: "SECURITY_CONTROL",
				Standards: []Standard{{Name: fsbp}, {Name: cis3}, {Name: nist}}, Controls: demoControls()}
			switch {
			case a.ID == DemoData:
				h.Generator = "STANDARD_CONTROL"
				h.Standards = append(h.Standards, Standard{Name: pci})
				if r.Name == virginia {
					h.Standards[2].Status, h.Standards[2].Reason = "INCOMPLETE", "NO_AVAILABLE_CONFIGURATION_RECORDER"
				}
			case a.ID == DemoPayments:
				h.Standards = append(h.Standards, Standard{Name: pci})
			}
			h.Findings = demoFindings(a, r, h)
			r.Hub = h
		}
	}
}

func demoControls() []Control {
	tie := func(requirements ...string) []Association {
		out := []Association{{Standard: fsbp, Updated: day(2024, 3, 1)}}
		for _, r := range requirements {
			standard, id, _ := strings.Cut(r, " ")
			name := map[string]string{"CIS": cis3, "NIST": nist, "PCI": pci}[standard]
			text := map[string]string{"CIS": "CIS AWS Foundations Benchmark v3.0.0/" + id, "NIST": "NIST.800-53.r5 " + id, "PCI": "PCI DSS v4.0.1/" + id}[standard]
			out = append(out, Association{Standard: name, Requirements: []string{text}, Updated: day(2024, 3, 1)})
		}
		return out
	}
	controls := []Control{
		{ID: "KMS.1", Title: "IAM customer managed policies should not allow decryption actions on all KMS keys", Severity: "MEDIUM", Standards: tie("NIST AC-2")},
		{ID: "KMS.3", Title: "AWS KMS keys should not be deleted unintentionally", Severity: "CRITICAL", Standards: tie("NIST SC-12")},
		{ID: "KMS.4", Title: "AWS KMS key rotation should be enabled", Severity: "MEDIUM", Standards: tie("CIS 3.6", "NIST SC-12", "PCI 3.7.4")},
		{ID: "KMS.5", Title: "KMS keys should not be publicly accessible", Severity: "CRITICAL", Standards: tie()},
		{ID: "Config.1", Title: "AWS Config should be enabled and use the service-linked role for resource recording", Severity: "CRITICAL", Standards: tie("CIS 3.3", "NIST CM-8", "PCI 10.5.2")},
		{ID: "IAM.6", Title: "Hardware MFA should be enabled for the root user", Severity: "CRITICAL", Standards: tie("CIS 1.6", "NIST IA-2(1)", "PCI 8.4.2")},
		{ID: "EC2.7", Title: "EBS default encryption should be enabled", Severity: "MEDIUM", Standards: tie("CIS 2.2.1", "NIST SC-28")},
		{ID: "S3.1", Title: "S3 general purpose buckets should have block public access settings enabled", Severity: "MEDIUM", Standards: tie("CIS 2.1.4", "NIST AC-4", "PCI 1.4.4")},
		{ID: "S3.20", Title: "S3 general purpose buckets should have MFA delete enabled", Severity: "LOW", Standards: tie("CIS 2.1.2", "NIST SC-5(2)")},
		{ID: "ACM.1", Title: "Imported and ACM-issued certificates should be renewed after a specified time period", Severity: "MEDIUM", Standards: tie("NIST SC-28(3)", "PCI 4.2.1"),
			Parameter: "daysToExpiration", Default: 30, Custom: 45, Reason: "Certificates are ordered by hand"},
		{ID: "CloudTrail.2", Title: "CloudTrail should have encryption at-rest enabled", Severity: "MEDIUM", Standards: tie("CIS 3.5", "NIST SC-28", "PCI 10.3.2")},
		{ID: "SecretsManager.1", Title: "Secrets Manager secrets should have automatic rotation enabled", Severity: "MEDIUM", Standards: tie("NIST AC-3(15)", "PCI 8.6.3")},
	}
	// MFA delete cannot be used with the lifecycle rules of these buckets, says the mapping of the standard.
	mfa := &controls[8]
	mfa.Status, mfa.Reason = "DISABLED", "Lifecycle rules need it off"
	for i := range mfa.Standards {
		mfa.Standards[i].Disabled, mfa.Standards[i].Reason, mfa.Standards[i].Updated = true, "Lifecycle rules need it off", day(2025, 4, 14)
	}
	return controls
}

func demoFindings(a *Account, r *Region, h *Hub) []Finding {
	var out []Finding
	// emit writes a check in the hub's form: once, or once a standard that knows the control.
	emit := func(f Finding) {
		var control Control
		for _, c := range h.Controls {
			if c.ID == f.Control {
				control = c
			}
		}
		f.Title, f.Severity = control.Title, control.Severity
		if f.Status == "PASSED" {
			f.Severity, f.Workflow = "INFORMATIONAL", "RESOLVED"
		}
		f.First, f.Created = cmp.Or(f.First, day(2026, 3, 4).Add(5*time.Hour)), cmp.Or(f.First, day(2026, 3, 4).Add(5*time.Hour))
		f.Last = cmp.Or(f.Last, Now.Add(-9*time.Hour))
		f.Updated = cmp.Or(f.Updated, f.Last.Add(8*time.Minute))
		on := map[string]bool{}
		for _, s := range h.Standards {
			on[s.Name] = true
		}
		for _, s := range control.Standards {
			if on[s.Standard] {
				f.Standards = append(f.Standards, s.Standard)
				f.Requirements = append(f.Requirements, s.Requirements...)
			}
		}
		if h.Generator != "STANDARD_CONTROL" {
			out = append(out, f)
			return
		}
		for _, s := range f.Standards {
			one := f
			one.Standard, one.Standards = s, []string{s}
			out = append(out, one)
		}
	}
	arn := func(k Key) string { return fmt.Sprintf("arn:aws:kms:%s:%s:key/%s", r.Name, a.ID, k.ID) }
	for _, k := range r.Keys {
		if k.Gone || k.Undiscovered || k.manager() != "CUSTOMER" || !k.rotates() || k.State != "" {
			continue
		}
		f := Finding{Control: "KMS.4", Status: "PASSED", ResourceType: "AwsKmsKey", ResourceID: arn(k), Tags: cleanTags(k.Tags), History: rotationHistory(k)}
		if !k.Rotation.Enabled {
			f.Status = "FAILED"
			if len(k.Aliases) > 0 && k.Aliases[0] == "example/legacy-reports" {
				f.Workflow, f.Note, f.NoteBy, f.NoteAt = "SUPPRESSED", "Accepted until the reports move, see RISK-211", "arn:aws:iam::"+a.ID+":role/security-lead", day(2026, 5, 20)
			}
		}
		emit(f)
	}
	for _, k := range r.Keys {
		if k.State == "PendingDeletion" {
			emit(Finding{Control: "KMS.3", Status: "FAILED", ResourceType: "AwsKmsKey", ResourceID: arn(k), First: day(2026, 9, 19).Add(15 * time.Hour)})
		}
		if k.Policy == publicPolicy(a.ID) {
			emit(Finding{Control: "KMS.5", Status: "FAILED", ResourceType: "AwsKmsKey", ResourceID: arn(k), Original: "90"})
		}
		if k.Gone {
			emit(Finding{Control: "KMS.4", Status: "FAILED", Record: "ARCHIVED", ResourceType: "AwsKmsKey", ResourceID: arn(k), Last: day(2026, 8, 2), Updated: day(2026, 8, 3)})
		}
	}
	emit(Finding{Control: "Config.1", Status: "PASSED"})
	emit(Finding{Control: "EC2.7", Status: "FAILED", Workflow: "NOTIFIED", History: []FindingUpdate{
		{At: day(2026, 9, 3).Add(10 * time.Hour), Field: "Workflow.Status", Old: "NEW", New: "NOTIFIED", By: "arn:aws:iam::" + a.ID + ":role/security-lead"},
		{At: day(2026, 9, 3).Add(10 * time.Hour), Field: "Note.UpdatedBy", New: "pat.example@example.com", By: "arn:aws:iam::" + a.ID + ":role/security-lead"}}})
	emit(Finding{Control: "ACM.1", Status: "NOT_AVAILABLE", Reasons: []string{"CONFIG_RETURNS_NOT_APPLICABLE"}, Parameter: "daysToExpiration", Values: []string{"45"}})
	for i, b := range bucketsOf(a, r.Name) {
		f := Finding{Control: "S3.1", Status: "PASSED", ResourceType: "AwsS3Bucket", ResourceID: "arn:aws:s3:::" + b}
		if i == 2 && a.ID == DemoData {
			f.Status = "FAILED"
		}
		if i == 0 && a.ID == DemoPayments {
			f.History = restless(day(2026, 7, 20))
		}
		emit(f)
	}
	if r.Name == virginia {
		emit(Finding{Control: "IAM.6", Status: "PASSED"})
		emit(Finding{Control: "CloudTrail.2", Status: "WARNING", Reasons: []string{"CLOUDTRAIL_MULTI_REGION_NOT_PRESENT"}})
	}
	if a.ID == DemoPayments {
		// One finding of another product, and one of Security Hub that names two resources and was last seen long ago.
		out = append(out, Finding{Product: "guardduty", Title: "An unprotected port is being probed.", Severity: "LOW", Original: "2", First: day(2026, 9, 12), Last: day(2026, 9, 30), Created: day(2026, 9, 12),
			Updated: day(2026, 9, 30), ResourceType: "AwsEc2Instance", ResourceID: fmt.Sprintf("arn:aws:ec2:%s:%s:instance/i-%s", r.Name, a.ID, hexID(17, "probe", r.Name))})
		emit(Finding{Control: "SecretsManager.1", Status: "FAILED", ResourceType: "AwsSecretsManagerSecret", ResourceID: fmt.Sprintf("arn:aws:secretsmanager:%s:%s:secret:acquirer-token-h2Kd9f", r.Name, a.ID),
			More: []Tag{{"AwsLambdaFunction", fmt.Sprintf("arn:aws:lambda:%s:%s:function:acquirer-rotation", r.Name, a.ID)}}, Last: day(2026, 9, 14), Updated: day(2026, 9, 14).Add(time.Hour),
			Tags: []Tag{{"owner", "payments"}, {"cost", "-2+3"}}})
	}
	return out
}

// cleanTags leaves out the empty values, which a finding cannot carry.
func cleanTags(in []Tag) []Tag {
	var out []Tag
	for _, t := range in {
		if strings.TrimSpace(t.Value) != "" {
			out = append(out, t)
		}
	}
	return out
}
