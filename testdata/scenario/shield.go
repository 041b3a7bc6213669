package scenario

import (
	"fmt"
	"time"
)

func shieldService() service {
	// Shield may answer with less than a page holds.
	pages := paging{token: "NextToken", standard: 3, badToken: "InvalidPaginationTokenException"}
	off := Answer{Fail: &Failure{Status: 400, Code: "ResourceNotFoundException", Message: "The subscription does not exist."}}
	return service{name: "shield", protocol: awsJSON, target: "AWSShield_20160616", global: true,
		operations: stored(pages, Answers{"GetSubscriptionState": {Body: M{"SubscriptionState": "INACTIVE"}}, "*": off},
			"GetSubscriptionState", "DescribeSubscription", "DescribeDRTAccess", "DescribeEmergencyContactSettings", "ListProtections", "ListProtectionGroups"),
		tokens: map[string]string{"ListProtections": "NextToken", "ListProtectionGroups": "NextToken"},
	}
}

// shieldSubscribed is a subscription to Shield Advanced in good order, which protects nothing.
func shieldSubscribed(account, renew, proactive string, start time.Time) Answers {
	limits := []any{M{"Type": "ELASTIC_IP_ADDRESS", "Max": 100}, M{"Type": "APPLICATION_LOAD_BALANCER", "Max": 1000}}
	return Answers{
		"GetSubscriptionState": {Body: M{"SubscriptionState": "ACTIVE"}},
		"DescribeSubscription": {Body: M{"Subscription": M{"StartTime": epoch(start), "EndTime": epoch(start.AddDate(2, 0, 0)), "TimeCommitmentInSeconds": 31536000, "AutoRenew": renew, "ProactiveEngagementStatus": proactive,
			"Limits": limits, "SubscriptionArn": "arn:aws:shield::" + account + ":subscription",
			"SubscriptionLimits": M{"ProtectionLimits": M{"ProtectedResourceTypeLimits": limits}, "ProtectionGroupLimits": M{"MaxProtectionGroups": 100, "PatternTypeLimits": M{"ArbitraryPatternLimits": M{"MaxMembers": 1000}}}}}}},
		"DescribeDRTAccess":                {Body: M{"LogBucketList": []string{}}},
		"DescribeEmergencyContactSettings": {Body: M{"EmergencyContactList": []any{}}},
		"ListProtections":                  {List: "Protections"},
		"ListProtectionGroups":             {List: "ProtectionGroups"},
	}
}

// shieldProtection protects a resource. response is the automatic response at the application layer: "", ENABLED or DISABLED.
func shieldProtection(account, name, resource, response, action string, checks ...string) M {
	id := uuid("protection", account, resource)
	p := M{"Id": id, "ProtectionArn": "arn:aws:shield::" + account + ":protection/" + id, "Name": name, "ResourceArn": resource, "HealthCheckIds": append([]string{}, checks...)}
	if response != "" {
		p["ApplicationLayerAutomaticResponseConfiguration"] = M{"Status": response, "Action": M{action: M{}}}
	}
	return p
}

// demoShield declares what Example Corp has of it: payments is subscribed and prepared; the data platform is subscribed, and nobody
// would be reached; the others have Shield Standard.
func demoShield(o *Organization) {
	for _, a := range o.Accounts {
		switch a.ID {
		case DemoPayments:
			s := shieldSubscribed(a.ID, "ENABLED", "ENABLED", day(2025, 3, 1))
			s["DescribeDRTAccess"] = Answer{Body: M{"RoleArn": "arn:aws:iam::" + a.ID + ":role/shield-response-team", "LogBucketList": []string{"aws-waf-logs-example-corp-" + a.ID}}}
			s["DescribeEmergencyContactSettings"] = Answer{Body: M{"EmergencyContactList": []any{
				M{"EmailAddress": "soc@example.com", "PhoneNumber": "+442079460000", "ContactNotes": "24 hours"}, M{"EmailAddress": "ciso@example.com"}}}}
			alb := func(name string) string {
				return fmt.Sprintf("arn:aws:elasticloadbalancing:%s:%s:loadbalancer/app/%s/%s", ireland, a.ID, name, hexID(16, name))
			}
			check := uuid("health check", a.ID)
			s["ListProtections"] = Answer{List: "Protections", Items: lists(
				shieldProtection(a.ID, "checkout", "arn:aws:cloudfront::"+a.ID+":distribution/E1EXAMPLE2PAYM", "ENABLED", "Block", check),
				shieldProtection(a.ID, "api", alb("payments-api"), "ENABLED", "Count", check),
				shieldProtection(a.ID, "partners", alb("partners"), "", ""),
				shieldProtection(a.ID, "example.com", "arn:aws:route53:::hostedzone/Z0EXAMPLE", "", ""),
				shieldProtection(a.ID, "vpn", "arn:aws:ec2:"+virginia+":"+a.ID+":eip-allocation/eipalloc-0"+hexID(16, "vpn"), "", "", check),
			)}
			group := func(id, pattern, aggregation string, more M) M {
				g := M{"ProtectionGroupId": id, "ProtectionGroupArn": "arn:aws:shield::" + a.ID + ":protection-group/" + id, "Pattern": pattern, "Aggregation": aggregation, "Members": []string{}}
				for k, v := range more {
					g[k] = v
				}
				return g
			}
			s["ListProtectionGroups"] = Answer{List: "ProtectionGroups", Items: lists(group("everything", "ALL", "SUM", nil), group("balancers", "BY_RESOURCE_TYPE", "MEAN", M{"ResourceType": "APPLICATION_LOAD_BALANCER"}),
				group("front", "ARBITRARY", "MAX", M{"Members": []string{alb("payments-api"), alb("partners")}}), group("addresses", "BY_RESOURCE_TYPE", "SUM", M{"ResourceType": "ELASTIC_IP_ALLOCATION"}))}
			a.Store("shield", s)
		case DemoData:
			s := shieldSubscribed(a.ID, "DISABLED", "DISABLED", day(2025, 11, 3))
			s["ListProtections"] = Answer{List: "Protections", Items: lists(shieldProtection(a.ID, "open data", "arn:aws:cloudfront::"+a.ID+":distribution/E1EXAMPLE2OPEN", "DISABLED", "Count"))}
			a.Store("shield", s)
		}
	}
}

// largeShield declares what each account of a large organization has of it: Shield Standard, as a place that declares nothing.
func largeShield(*Organization) {}
