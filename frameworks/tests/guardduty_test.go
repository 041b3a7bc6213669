package tests_test

import (
	"strings"
	"testing"

	"github.com/auditseal/auditseal/collectors/guardduty"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// guarded is an account that is on its own, with every protection on, changed by the functions.
func guarded(change ...func(*guardduty.Account)) *guardduty.Account {
	a := &guardduty.Account{Status: "enabled", Missing: []string{}, Protection: protection("ENABLED"), Role: ptr("standalone"), Exporting: ptr(true)}
	for _, c := range change {
		c(a)
	}
	return a
}

// protection is every protection with one status.
func protection(status string, change ...func(*guardduty.Protection)) *guardduty.Protection {
	p := &guardduty.Protection{}
	for _, f := range []**string{&p.S3DataEvents, &p.EKSAuditLogs, &p.EBSMalwareProtection, &p.RDSLoginEvents, &p.LambdaNetworkLogs, &p.RuntimeMonitoring, &p.EC2Agent, &p.FargateAgent, &p.EKSAgent} {
		*f = ptr(status)
	}
	for _, c := range change {
		c(p)
	}
	return p
}

func guardStatus(s string) func(*guardduty.Account) {
	return func(a *guardduty.Account) { a.Status = s }
}

// unguarded is an account without a detector.
func unguarded() *guardduty.Account {
	return &guardduty.Account{Status: "not-enabled", Missing: []string{}}
}

func memberOf(relationship *string) func(*guardduty.Account) {
	return func(a *guardduty.Account) {
		a.Role, a.Administrator, a.Relationship, a.Exporting = ptr("member"), ptr("012345678901"), relationship, ptr(false)
	}
}

// Members alone show nothing: who exports for them was not read.
func TestMembersAloneDoNotExport(t *testing.T) {
	want(t, perform(t, "guardduty-findings-exported", nil, guarded(memberOf(ptr("Enabled")))), assess.Incomplete)
}

func TestGuardDutyResults(t *testing.T) {
	partly := guardStatus("partly-enabled")
	// one tells a protection's test from the others: only its own field decides.
	one := func(id, field string, at func(*guardduty.Protection) **string) trial {
		with := func(status *string) func(*guardduty.Account) {
			return func(a *guardduty.Account) { *at(a.Protection) = status }
		}
		others := guarded(partly, func(a *guardduty.Account) {
			a.Protection = protection("DISABLED")
			*at(a.Protection) = ptr("ENABLED")
		})
		if strings.HasPrefix(id, "guardduty-runtime-agents-") {
			others.Protection.RuntimeMonitoring = ptr("ENABLED") // without it there is nothing for an agent to do
			if field == "runtime_monitoring" {
				others = guarded(partly)
			}
		}
		suspended := guarded(guardStatus("not-enabled"))
		return trial{id, records{guarded(), others},
			records{guarded(partly, with(ptr("DISABLED"))), guarded(with(ptr("ENABLED_SOMEHOW"))), guarded(with(ptr(""))), suspended, unguarded(), guarded(guardStatus("on")), unread(unguarded(), "protection")},
			records{guarded(with(nil)), unread(guarded(), "protection"), unread(guarded(), "protection."+field), unread(guarded(), "status"), guarded(func(a *guardduty.Account) { a.Protection = nil })}}
	}
	filter := func(action string, description *string) *guardduty.Filter {
		return &guardduty.Filter{Action: action, Description: description}
	}
	finding := func(age int, severity float64, archived bool) *guardduty.Finding {
		return &guardduty.Finding{Created: days(-age), Severity: severity, Archived: archived}
	}
	organization := func(change ...func(*guardduty.Organization)) *guardduty.Organization {
		o := &guardduty.Organization{AutoEnable: "ALL", Protection: protection("ALL")}
		for _, c := range change {
			c(o)
		}
		return o
	}
	auto := func(s string) func(*guardduty.Organization) {
		return func(o *guardduty.Organization) { o.AutoEnable = s }
	}
	protected := func(change func(*guardduty.Protection)) *guardduty.Organization {
		return organization(func(o *guardduty.Organization) { change(o.Protection) })
	}
	none := ptr("NONE")
	try(t, []trial{
		{"guardduty-enabled",
			records{guarded(), guarded(partly)},
			records{unguarded(), guarded(guardStatus("not-enabled")), guarded(guardStatus("enabled-somehow")), guarded(guardStatus(""))},
			records{unread(guarded(), "status")}},
		one("guardduty-s3-protection", "s3_data_events", func(p *guardduty.Protection) **string { return &p.S3DataEvents }),
		one("guardduty-eks-protection", "eks_audit_logs", func(p *guardduty.Protection) **string { return &p.EKSAuditLogs }),
		one("guardduty-malware-protection", "ebs_malware_protection", func(p *guardduty.Protection) **string { return &p.EBSMalwareProtection }),
		one("guardduty-rds-protection", "rds_login_events", func(p *guardduty.Protection) **string { return &p.RDSLoginEvents }),
		one("guardduty-lambda-protection", "lambda_network_logs", func(p *guardduty.Protection) **string { return &p.LambdaNetworkLogs }),
		one("guardduty-runtime-monitoring", "runtime_monitoring", func(p *guardduty.Protection) **string { return &p.RuntimeMonitoring }),
		one("guardduty-runtime-agents-ec2", "runtime_monitoring", func(p *guardduty.Protection) **string { return &p.RuntimeMonitoring }),
		one("guardduty-runtime-agents-fargate", "runtime_monitoring", func(p *guardduty.Protection) **string { return &p.RuntimeMonitoring }),
		one("guardduty-runtime-agents-eks", "runtime_monitoring", func(p *guardduty.Protection) **string { return &p.RuntimeMonitoring }),
		one("guardduty-runtime-agents-ec2", "ec2_agent", func(p *guardduty.Protection) **string { return &p.EC2Agent }),
		one("guardduty-runtime-agents-fargate", "fargate_agent", func(p *guardduty.Protection) **string { return &p.FargateAgent }),
		one("guardduty-runtime-agents-eks", "eks_agent", func(p *guardduty.Protection) **string { return &p.EKSAgent }),
		{"guardduty-findings-exported",
			records{guarded(), guarded(partly), unguarded(), guarded(memberOf(ptr("Enabled"))), guarded(guardStatus("not-enabled"), func(a *guardduty.Account) { a.Exporting = ptr(false) })},
			records{guarded(func(a *guardduty.Account) { a.Exporting = ptr(false) }), guarded(func(a *guardduty.Account) { a.Role, a.Exporting = ptr("administrator"), ptr(false) }),
				guarded(memberOf(ptr("Removed"))), guarded(func(a *guardduty.Account) { a.Role, a.Exporting = ptr("role-somehow"), ptr(false) })},
			records{unread(guarded(), "exporting"), guarded(func(a *guardduty.Account) { a.Exporting = nil }), unread(guarded(memberOf(nil)), "relationship"),
				unread(guarded(memberOf(nil)), "role"), unread(guarded(), "role"), unread(guarded(), "status")}},
		{"guardduty-destination-publishing",
			records{&guardduty.Destination{Status: "PUBLISHING"}},
			records{&guardduty.Destination{Status: "PENDING_VERIFICATION"}, &guardduty.Destination{Status: "UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY"}, &guardduty.Destination{Status: "STOPPED"}, &guardduty.Destination{Status: "PUBLISHING_SOMEHOW"}},
			records{unread(&guardduty.Destination{}, "status")}},
		{"guardduty-new-accounts-enabled",
			records{organization(), organization(auto("NEW"))},
			records{organization(auto("NONE")), organization(auto("SOME")), organization(auto("")), organization(func(o *guardduty.Organization) { o.LimitReached = true })},
			records{unread(organization(auto("")), "auto_enable"), unread(organization(), "limit_reached")}},
		{"guardduty-new-accounts-protected",
			records{organization(), organization(func(o *guardduty.Organization) { o.Protection = protection("NEW") }), protected(func(p *guardduty.Protection) { p.EC2Agent = none })},
			records{protected(func(p *guardduty.Protection) { p.S3DataEvents = none }), protected(func(p *guardduty.Protection) { p.EKSAuditLogs = none }), protected(func(p *guardduty.Protection) { p.EBSMalwareProtection = none }),
				protected(func(p *guardduty.Protection) { p.RDSLoginEvents = none }), protected(func(p *guardduty.Protection) { p.LambdaNetworkLogs = none }), protected(func(p *guardduty.Protection) { p.RuntimeMonitoring = none }),
				protected(func(p *guardduty.Protection) { p.S3DataEvents = ptr("SOME") })},
			records{unread(organization(), "protection"), protected(func(p *guardduty.Protection) { p.RDSLoginEvents = nil }), organization(func(o *guardduty.Organization) { o.Protection = nil })}},
		{"guardduty-members-monitored",
			records{&guardduty.Member{Relationship: "Enabled"}},
			records{&guardduty.Member{Relationship: "Removed"}, &guardduty.Member{Relationship: "Invited"}, &guardduty.Member{Relationship: "ENABLED"}, &guardduty.Member{}},
			records{unread(&guardduty.Member{}, "relationship")}},
		{"guardduty-suppression-explained",
			records{filter("ARCHIVE", ptr("the weekly scan")), filter("NOOP", nil)},
			records{filter("ARCHIVE", nil), filter("DELETE", nil), filter("", nil)},
			records{unread(filter("", nil), "action", "description"), unread(filter("ARCHIVE", nil), "description"), unread(filter("", nil), "action")}},
		{"guardduty-no-old-high-finding",
			records{finding(1, 8, false), finding(7, 9.2, false), finding(60, 8, true), finding(60, 6.9, false)},
			records{finding(8, 7, false), finding(60, 9.2, false)},
			records{unread(finding(60, 8, false), "created"), unread(finding(60, 0, false), "severity"), unread(finding(60, 8, false), "archived"), &guardduty.Finding{Severity: 8}}},
	})
}
