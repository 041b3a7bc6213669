package tests_test

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/inspector"
)

func TestInspectorResults(t *testing.T) {
	scan := func(status string) *inspector.ScanType { return &inspector.ScanType{Status: status} }
	// with is an account with every scan on, changed by the functions.
	with := func(change ...func(*inspector.Account)) *inspector.Account {
		a := &inspector.Account{Status: "enabled", State: "ENABLED", EC2: scan("ENABLED"), ECR: scan("ENABLED"), Lambda: scan("ENABLED"), LambdaCode: scan("ENABLED"),
			DeepInspection: &inspector.DeepInspection{Status: "ACTIVATED"}}
		for _, c := range change {
			c(a)
		}
		return a
	}
	off := func() *inspector.Account {
		return &inspector.Account{Status: "not-enabled", State: "DISABLED", EC2: scan("DISABLED"), ECR: scan("DISABLED"), Lambda: scan("DISABLED"), LambdaCode: scan("DISABLED")}
	}
	state := func(s string) func(*inspector.Account) { return func(a *inspector.Account) { a.State = s } }
	ec2 := func(s string) func(*inspector.Account) { return func(a *inspector.Account) { a.EC2 = scan(s) } }
	ecr := func(s string) func(*inspector.Account) { return func(a *inspector.Account) { a.ECR = scan(s) } }
	lambda := func(s string) func(*inspector.Account) { return func(a *inspector.Account) { a.Lambda = scan(s) } }
	code := func(s string) func(*inspector.Account) {
		return func(a *inspector.Account) { a.LambdaCode = scan(s) }
	}
	deep := func(s string) func(*inspector.Account) {
		return func(a *inspector.Account) { a.DeepInspection.Status = s }
	}
	untold := func(fields ...string) *inspector.Account { return unread(&inspector.Account{}, fields...) }
	covered := func(kind, status, reason string) *inspector.Coverage {
		return &inspector.Coverage{ResourceType: kind, Status: status, Reason: reason}
	}
	const instance, repository, function = "AWS_EC2_INSTANCE", "AWS_ECR_REPOSITORY", "AWS_LAMBDA_FUNCTION"
	elsewhere := covered("SOMETHING_NEW", "ACTIVE", "SUCCESSFUL")
	finding := func(day int, severity, status string) *inspector.Finding {
		return &inspector.Finding{Severity: severity, Status: status, FirstObserved: days(day)}
	}
	enrolls := func(ec2, ecr bool, lambda, full *bool) *inspector.Organization {
		return &inspector.Organization{EC2: ec2, ECR: ecr, Lambda: lambda, LimitReached: full}
	}
	yes, no := ptr(true), ptr(false)
	try(t, []trial{
		{"inspector-enabled",
			records{with()},
			records{off(), with(state("SUSPENDED")), with(state("ENABLING")), with(state("ENABLED_SOMEHOW")), with(state(""))},
			records{untold("status", "state")}},
		{"inspector-ec2-enabled",
			records{with()},
			records{off(), with(state("SUSPENDED")), with(ec2("ENABLING")), with(ec2("SOMEHOW"))},
			records{untold("state", "ec2"), unread(with(), "ec2"), unread(with(), "state"), with(func(a *inspector.Account) { a.EC2 = nil })}},
		{"inspector-ecr-enabled",
			records{with()},
			records{off(), with(state("SUSPENDED")), with(ecr("SUSPENDED")), with(ecr("SOMEHOW"))},
			records{untold("state", "ecr"), unread(with(), "ecr"), unread(with(), "state"), with(func(a *inspector.Account) { a.ECR = nil })}},
		{"inspector-lambda-enabled",
			records{with()},
			records{off(), with(state("SUSPENDED")), with(lambda("DISABLING")), with(lambda("SOMEHOW"))},
			records{untold("state", "lambda"), unread(with(), "lambda"), unread(with(), "state"), with(func(a *inspector.Account) { a.Lambda = nil })}},
		{"inspector-lambda-code-enabled",
			records{with()},
			records{off(), with(state("SUSPENDED")), with(code("DISABLED")), with(code("SOMEHOW"))},
			records{untold("state", "lambda_code"), unread(with(), "lambda_code"), unread(with(), "state"), with(func(a *inspector.Account) { a.LambdaCode = nil })}},
		{"inspector-deep-inspection",
			records{with(), off(), with(ec2("DISABLED"), deep("DEACTIVATED"))},
			records{with(deep("DEACTIVATED")), with(deep("FAILED")), with(deep("SOMEHOW"))},
			records{unread(with(), "ec2_deep_inspection"), unread(with(deep("FAILED")), "ec2"), with(func(a *inspector.Account) { a.DeepInspection = nil })}},
		{"inspector-ec2-scanned",
			records{covered(instance, "ACTIVE", "SUCCESSFUL"), covered(instance, "ACTIVE", "SCAN_IN_PROGRESS"), covered(instance, "INACTIVE", "EC2_INSTANCE_STOPPED"), covered(repository, "INACTIVE", "ACCESS_DENIED"), elsewhere},
			records{covered(instance, "INACTIVE", "UNMANAGED_EC2_INSTANCE"), covered(instance, "ACTIVE", "NO_INVENTORY"), covered(instance, "ACTIVE", "STALE_INVENTORY"), covered(instance, "INACTIVE", "UNSUPPORTED_OS"),
				covered(instance, "INACTIVE", "EXCLUDED_BY_TAG"), covered(instance, "ACTIVE", "PENDING_INITIAL_SCAN"), covered(instance, "INACTIVE", "SUCCESSFUL"), covered(instance, "ACTIVE", "SOMEHOW"), covered(instance, "SOMEHOW", "SUCCESSFUL")},
			records{unread(covered(instance, "ACTIVE", ""), "reason"), unread(covered(instance, "", "SUCCESSFUL"), "scan_status"), unread(covered("", "INACTIVE", "ACCESS_DENIED"), "resource_type")}},
		{"inspector-ecr-scanned",
			records{covered(repository, "ACTIVE", "SUCCESSFUL"), covered(instance, "INACTIVE", "UNSUPPORTED_OS"), elsewhere},
			records{covered(repository, "INACTIVE", "SCAN_FREQUENCY_MANUAL"), covered(repository, "ACTIVE", "SCAN_FREQUENCY_SCAN_ON_PUSH"), covered(repository, "ACTIVE", "SOMEHOW"), covered(repository, "INACTIVE", "SUCCESSFUL")},
			records{unread(covered(repository, "", ""), "scan_status", "reason"), unread(covered("", "INACTIVE", "ACCESS_DENIED"), "resource_type")}},
		{"inspector-functions-scanned",
			records{covered(function, "ACTIVE", "SUCCESSFUL"), covered("CODE_REPOSITORY", "ACTIVE", "SCAN_IN_PROGRESS"), elsewhere, covered(function, "INACTIVE", "RESOURCE_TERMINATED"), covered(instance, "INACTIVE", "UNSUPPORTED_OS"),
				covered(repository, "INACTIVE", "SCAN_FREQUENCY_MANUAL")},
			records{covered(function, "INACTIVE", "UNSUPPORTED_RUNTIME"), covered("CODE_REPOSITORY", "ACTIVE", "NO_SCAN_CONFIGURATION_ASSOCIATED"), covered("SOMETHING_NEW", "INACTIVE", "ACCESS_DENIED"), covered(function, "ACTIVE", "SOMEHOW")},
			records{unread(covered(function, "", ""), "scan_status", "reason"), unread(covered("", "INACTIVE", "ACCESS_DENIED"), "resource_type")}},
		{"inspector-no-old-critical-finding",
			records{finding(-30, "CRITICAL", "ACTIVE"), finding(-1, "CRITICAL", "ACTIVE"), finding(-90, "HIGH", "ACTIVE"), finding(-90, "CRITICAL", "SUPPRESSED"), finding(-90, "CRITICAL", "CLOSED")},
			records{finding(-31, "CRITICAL", "ACTIVE"), finding(-400, "CRITICAL", "SOMEHOW"), finding(-400, "WORSE", "ACTIVE")},
			records{unread(&inspector.Finding{Severity: "CRITICAL", Status: "ACTIVE"}, "first_observed"), &inspector.Finding{Severity: "CRITICAL", Status: "ACTIVE"}, unread(finding(-90, "", "ACTIVE"), "severity"), unread(finding(-90, "CRITICAL", ""), "finding_status")}},
		{"inspector-suppressions-justified",
			records{&inspector.Filter{Action: "SUPPRESS", Reason: ptr("accepted")}},
			records{&inspector.Filter{Action: "SUPPRESS"}, &inspector.Filter{Action: "SUPPRESS", Description: ptr("low")}},
			records{unread(&inspector.Filter{Action: "SUPPRESS"}, "reason")}},
		{"inspector-auto-enable",
			records{enrolls(true, true, yes, no)},
			records{enrolls(false, true, yes, no), enrolls(true, false, yes, no), enrolls(true, true, no, no), enrolls(true, true, yes, yes)},
			records{enrolls(true, true, nil, no), enrolls(true, true, yes, nil), unread(enrolls(false, true, yes, no), "auto_enable_ec2")}},
		{"inspector-members-enabled",
			records{&inspector.Member{Relationship: "ENABLED"}},
			records{&inspector.Member{Relationship: "CREATED"}, &inspector.Member{Relationship: "REMOVED"}, &inspector.Member{Relationship: "Somehow"}},
			records{unread(&inspector.Member{}, "relationship")}},
	})
}
