package scenario

import (
	"fmt"
	"time"
)

// Pages are shorter than asked for, so that lists have more than one.
var firewallManagerPages = paging{token: "NextToken", standard: 2, badToken: "InvalidInputException"}

func firewallManagerService() service {
	return service{name: "fms", protocol: awsJSON, target: "AWSFMS_20180101", message: func(*query, *Failure) string { return "Message" },
		tokens: map[string]string{"ListPolicies": "NextToken", "ListComplianceStatus": "NextToken", "ListMemberAccounts": "NextToken"},
		operations: stored(firewallManagerPages, Answers{
			"GetAdminAccount": {Fail: &Failure{Status: 400, Code: "ResourceNotFoundException", Message: "The referenced item does not exist."}},
			"*":               {Fail: &Failure{Status: 400, Code: "AccessDeniedException", Message: "No default admin could be found for account"}},
		}, "GetAdminAccount", "GetPolicy", "ListComplianceStatus", "ListMemberAccounts", "ListPolicies"),
	}
}

// A FirewallManagerPolicy is a policy in the form of the wire, and how accounts comply with it.
type FirewallManagerPolicy struct {
	Name, Type string
	// Policy is the answer's Policy beside id, name and type.
	Policy M
	// Compliance is told account by account.
	Compliance []M
}

// FirewallManager makes the account an administrator of the region.
func (r *Region) FirewallManager(account string, members []string, policies ...FirewallManagerPolicy) {
	list, ids := []any{}, []any{}
	described, compliance := map[string]Answer{}, map[string]Answer{}
	for _, m := range members {
		ids = append(ids, m)
	}
	for _, p := range policies {
		id := uuid("fms", account, r.Name, p.Name)
		arn := fmt.Sprintf("arn:aws:fms:%s:%s:policy/%s", r.Name, account, id)
		full := M{"PolicyId": id, "PolicyName": p.Name, "PolicyUpdateToken": "1:" + hexID(20, id), "RemediationEnabled": true, "DeleteUnusedFMManagedResources": false, "ExcludeResourceTags": false,
			"PolicyStatus": "ACTIVE", "SecurityServicePolicyData": M{"Type": p.Type, "ManagedServiceData": fmt.Sprintf(`{"type":%q}`, p.Type)}}
		for k, v := range p.Policy {
			full[k] = v
		}
		list = append(list, M{"PolicyArn": arn, "PolicyId": id, "PolicyName": p.Name, "ResourceType": full["ResourceType"], "SecurityServiceType": p.Type,
			"RemediationEnabled": full["RemediationEnabled"], "DeleteUnusedFMManagedResources": full["DeleteUnusedFMManagedResources"], "PolicyStatus": full["PolicyStatus"]})
		described[id] = Answer{Body: M{"Policy": full, "PolicyArn": arn}}
		told := Answer{List: "PolicyComplianceStatusList"}
		for _, c := range p.Compliance {
			m := M{"PolicyOwner": account, "PolicyId": id, "PolicyName": p.Name, "IssueInfoMap": M{}}
			for k, v := range c {
				m[k] = v
			}
			told.Items = append(told.Items, m)
		}
		compliance[id] = told
	}
	r.Store("fms", Answers{
		"GetAdminAccount":      {Body: M{"AdminAccount": account, "RoleStatus": "READY"}},
		"ListMemberAccounts":   {List: "MemberAccounts", Items: ids},
		"ListPolicies":         {List: "PolicyList", Items: list},
		"GetPolicy":            {By: []string{"PolicyId"}, Each: described},
		"ListComplianceStatus": {By: []string{"PolicyId"}, Each: compliance},
	})
}

// complies tells how an account complies: with no violators it does.
func complies(member string, violators int, at time.Time) M {
	status := "COMPLIANT"
	if violators > 0 {
		status = "NON_COMPLIANT"
	}
	return M{"MemberAccount": member, "LastUpdated": epoch(at), "EvaluationResults": lists(M{"ComplianceStatus": status, "ViolatorCount": violators, "EvaluationLimitExceeded": false})}
}

// demoFirewallManager declares what Example Corp has of it: the log archive administers.
func demoFirewallManager(o *Organization) {
	at := Now.Add(-5 * time.Hour)
	members := []string{DemoManagement, DemoLogArchive, DemoPayments, DemoData}
	config := complies(DemoData, 0, at)
	// Config was off there, so nobody knows about what it would have seen.
	config["IssueInfoMap"] = M{"AWSCONFIG": "AWS Config is not enabled in account 777788889999, Region eu-west-1"}
	o.In(DemoLogArchive, ireland).FirewallManager(DemoLogArchive, members,
		FirewallManagerPolicy{Name: "load balancers behind WAF", Type: "WAFV2", Policy: M{"ResourceType": "AWS::ElasticLoadBalancingV2::LoadBalancer", "PolicyDescription": "=1+1 @everyone",
			"ExcludeMap": M{"ACCOUNT": []any{DemoManagement}}, "DeleteUnusedFMManagedResources": true},
			Compliance: []M{complies(DemoLogArchive, 0, at), complies(DemoPayments, 0, at), complies(DemoData, 2, at)}},
		FirewallManagerPolicy{Name: "no open security groups", Type: "SECURITY_GROUPS_CONTENT_AUDIT", Policy: M{"ResourceType": "ResourceTypeList", "RemediationEnabled": false,
			"ResourceTypeList": []any{"AWS::EC2::SecurityGroup", "AWS::EC2::NetworkInterface"}, "IncludeMap": M{"ORG_UNIT": []any{"ou-exa1-workload"}}},
			Compliance: []M{complies(DemoPayments, 0, at), config}},
		FirewallManagerPolicy{Name: "retired DNS firewall", Type: "DNS_FIREWALL", Policy: M{"ResourceType": "AWS::EC2::VPC", "PolicyStatus": "OUT_OF_ADMIN_SCOPE",
			"ResourceTags": lists(M{"Key": "dns", "Value": "filtered"}), "ExcludeResourceTags": true}})
	o.In(DemoLogArchive, virginia).FirewallManager(DemoLogArchive, members,
		FirewallManagerPolicy{Name: "distributions behind Shield", Type: "SHIELD_ADVANCED", Policy: M{"ResourceType": "AWS::CloudFront::Distribution"},
			Compliance: []M{complies(DemoPayments, 0, at), complies(DemoData, 0, at)}})
	for _, region := range []string{ireland, virginia} {
		// The management account is told who administers, and may not ask more; a member may not even know that.
		o.In(DemoManagement, region).Store("fms", Answers{"GetAdminAccount": {Body: M{"AdminAccount": DemoLogArchive, "RoleStatus": "READY"}},
			"ListPolicies": {Fail: &Failure{Status: 400, Code: "AccessDeniedException", Message: "Operation ListPolicies is only available to AWS Firewall Manager Administrators."}}})
		delegated := Answer{Fail: &Failure{Status: 400, Code: "AccessDeniedException", Message: "Account: " + DemoPayments + " is not currently delegated by AWS FM."}}
		o.In(DemoPayments, region).Store("fms", Answers{"GetAdminAccount": delegated, "ListPolicies": delegated})
	}
}

// largeFirewallManager declares what each account of a large organization has of it: nothing, and the service says so.
func largeFirewallManager(*Organization) {}
