package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Resources of services that are declared in the form of the wire: their items are made of the same answers.

var instanceItem = shape{lists: " tagSet networkInterfaceSet groupSet privateIpAddressesSet ipv6AddressesSet blockDeviceMapping productCodes ",
	numbers: " code amiLaunchIndex httpPutResponseHopLimit ", flags: " primary ebsOptimized enaSupport ",
	names: map[string]string{"instanceState": "state", "networkInterfaceSet": "networkInterfaces", "privateIpAddressesSet": "privateIpAddresses", "ipv6AddressesSet": "ipv6Addresses",
		"blockDeviceMapping": "blockDeviceMappings", "tagSet": "tags", "dnsName": "publicDnsName", "groupSet": "groups",
		"platformDetails": "-", "usageOperation": "-", "httpProtocolIpv6": "-", "instanceMetadataTags": "-", "operator": "-"}}

func keptInstances(p *place) []kept {
	var out []kept
	for _, reservation := range p.region.Stored["ec2"]["DescribeInstances"].Items {
		x := reservation.(X)
		for _, i := range x.at("instancesSet").In {
			if state := i.at("instanceState", "name"); state != nil && state.Text == "terminated" {
				continue
			}
			id := i.at("instanceId").Text
			out = append(out, kept{id: id, arn: "arn:aws:ec2:" + p.region.Name + ":" + p.account.ID + ":instance/" + id, created: moment(i.at("launchTime").Text), state: func() State {
				c := itemJSON(i, instanceItem).(M)
				c["securityGroups"] = c["groups"]
				delete(c, "groups")
				return State{Configuration: c, Tags: itemTags(c)}
			}})
		}
	}
	return out
}

var groupItem = shape{lists: " ipPermissions ipPermissionsEgress groups ipRanges ipv6Ranges prefixListIds tagSet ", numbers: " fromPort toPort ",
	names: map[string]string{"groupDescription": "description", "tagSet": "tags", "groups": "userIdGroupPairs", "ipRanges": "ipv4Ranges", "securityGroupArn": "-"}}

func keptGroups(p *place) []kept {
	var out []kept
	for _, g := range p.region.Stored["ec2"]["DescribeSecurityGroups"].Items {
		x := g.(X)
		id := x.at("groupId").Text
		out = append(out, kept{id: id, name: x.at("groupName").Text, arn: "arn:aws:ec2:" + p.region.Name + ":" + p.account.ID + ":security-group/" + id, state: func() State {
			c := itemJSON(x, groupItem).(M)
			for _, direction := range []string{"ipPermissions", "ipPermissionsEgress"} {
				list, _ := c[direction].([]any)
				for _, rule := range list {
					bareRanges(rule.(M))
				}
			}
			return State{Configuration: c, Tags: itemTags(c)}
		}})
	}
	return out
}

// bareRanges writes the IPv4 ranges of a permission once more, as bare text.
func bareRanges(rule M) {
	bare := []any{}
	for _, r := range rule["ipv4Ranges"].([]any) {
		bare = append(bare, r.(M)["cidrIp"])
	}
	rule["ipRanges"] = bare
}

// openTo adds a permission to a security group's item: the port, over TCP, to a range of addresses.
func openTo(s *State, port int, cidr string) {
	rule := M{"ipProtocol": "tcp", "fromPort": port, "toPort": port, "ipv4Ranges": []any{M{"cidrIp": cidr, "description": "while we look into it"}}, "ipv6Ranges": []any{}, "prefixListIds": []any{},
		"userIdGroupPairs": []any{}}
	bareRanges(rule)
	s.Configuration["ipPermissions"] = append(s.Configuration["ipPermissions"].([]any), rule)
}

// distributionItem leaves out what came after AWS's schema of the type.
var distributionItem = shape{lists: " Items ", numbers: " Quantity HTTPPort HTTPSPort OriginReadTimeout OriginKeepaliveTimeout StatusCode ",
	flags: " Enabled SmoothStreaming Compress IsIPV6Enabled IncludeCookies CloudFrontDefaultCertificate ",
	names: map[string]string{"OriginAccessControlId": "-", "OriginShield": "-", "ConnectionAttempts": "-", "ConnectionTimeout": "-", "CachePolicyId": "-", "RealtimeLogConfigArn": "-",
		"TrustedKeyGroups": "-", "FunctionAssociations": "-", "Staging": "-", "ConnectionMode": "-", "ContinuousDeploymentPolicyId": "-"}}

func keptDistributions(p *place) []kept {
	if p.region.Name != virginia {
		return nil
	}
	var out []kept
	for _, d := range p.account.Stored["cloudfront"]["ListDistributions"].Items {
		x := d.(X)
		id := x.at("Id").Text
		out = append(out, kept{id: id, arn: DistributionARN(p.account.ID, id), state: func() State {
			config := itemJSON(X{In: p.account.Stored["cloudfront"]["GetDistributionConfig"].Each[id].XML}, distributionItem)
			return State{Configuration: M{"id": id, "arn": DistributionARN(p.account.ID, id), "status": x.at("Status").Text, "lastModifiedTime": x.at("LastModifiedTime").Text,
				"domainName": x.at("DomainName").Text, "distributionConfig": config}}
		}})
	}
	return out
}

// keptTrails are the account's own, in their home regions. AWS Config's item is what DescribeTrails says: not whether the trail is logging.
func keptTrails(p *place) []kept {
	var out []kept
	list, _ := p.region.Stored[cloudTrail]["DescribeTrails"].Body["trailList"].([]any)
	for _, t := range list {
		m := t.(M)
		name := m["Name"].(string)
		arn := trailARN(p.region.Name, p.account.ID, name)
		if m["TrailARN"] != arn {
			continue
		}
		out = append(out, kept{id: name, name: name, arn: arn, state: func() State {
			s := State{Configuration: smallMembers(m).(M)}
			absent(s.Configuration, nil, "s3KeyPrefix", "snsTopicName", "snsTopicARN", "cloudWatchLogsLogGroupArn", "cloudWatchLogsRoleArn", "kmsKeyId")
			tags, _ := p.region.Stored[cloudTrail]["ListTags"].Each[arn].Body["TagsList"].([]any)
			for _, t := range tags {
				s.Tags = append(s.Tags, Tag{t.(M)["Key"].(string), t.(M)["Value"].(string)})
			}
			return s
		}})
	}
	return out
}

// keptWebACLs are those of the region, and in Virginia those of CloudFront. In which form items give the default action and the rules AWS does
// not publish, so that they are left out.
func keptWebACLs(p *place) []kept {
	all := []Answers{p.region.Stored["wafv2"]}
	if p.region.Name == virginia {
		all = append(all, p.account.Stored["wafv2"])
	}
	var out []kept
	for _, a := range all {
		for _, i := range a["ListWebACLs"].Items {
			s := i.(M)
			arn := s["ARN"].(string)
			out = append(out, kept{id: arn, name: s["Name"].(string), arn: arn, state: func() State {
				acl := a["GetWebACL"].Each[s["Id"].(string)].Body["WebACL"].(M)
				c := M{"name": acl["Name"], "id": acl["Id"], "resourceARN": arn, "capacity": acl["Capacity"], "visibilityConfig": smallMembers(acl["VisibilityConfig"]), "owner": p.account.ID}
				if text, ok := acl["Description"]; ok {
					c["description"] = text
				}
				return State{Configuration: c}
			}})
		}
	}
	return out
}

func keptFirewalls(p *place) []kept {
	var out []kept
	a := p.region.Stored["network-firewall"]
	for _, i := range a["ListFirewalls"].Items {
		s := i.(M)
		arn := s["FirewallArn"].(string)
		out = append(out, kept{id: arn, name: s["FirewallName"].(string), arn: arn, state: func() State {
			f := maps.Clone(a["DescribeFirewall"].Each[arn].Body["Firewall"].(M))
			s := State{}
			tags, _ := f["Tags"].([]any)
			for _, t := range tags {
				s.Tags = append(s.Tags, Tag{t.(M)["Key"].(string), t.(M)["Value"].(string)})
			}
			delete(f, "Tags")
			s.Configuration = M{"firewall": smallMembers(f)}
			return s
		}})
	}
	return out
}

const (
	patchType = "AWS::SSM::PatchCompliance"
	nodeType  = "AWS::SSM::ManagedInstanceInventory"
)

var patchSeverities = []string{"Critical", "High", "Medium", "Low", "Informational", "Unspecified"}

// keptPatches are the nodes whose patches were ever looked for, in the form of AWS's own queries for these items: AWS has no schema of the type.
func keptPatches(p *place) []kept {
	var out []kept
	for _, i := range p.region.Stored["ssm"]["ListResourceComplianceSummaries"].Items {
		c := i.(M)
		if c["ComplianceType"] != "Patch" {
			continue
		}
		out = append(out, kept{id: nodeType + "/" + c["ResourceId"].(string), state: func() State {
			sum := M{"ComplianceType": "Patch", "Status": c["Status"], "OverallSeverity": c["OverallSeverity"], "ExecutionType": "Command"}
			for _, side := range []string{"Compliant", "NonCompliant"} {
				counts := c[side+"Summary"].(M)["SeveritySummary"].(M)
				for _, s := range patchSeverities {
					sum[side+s+"Count"] = counts[s+"Count"]
				}
			}
			return State{Configuration: M{"AWS:ComplianceItem": M{"SchemaVersion": "1.0", "Content": M{"Patch": M{"ComplianceSummary": sum}}}}}
		}})
	}
	return out
}

// lackPatches makes a node's item one that lacks patches, all of one severity.
func lackPatches(s *State, severity string, n int) {
	patches := s.Configuration["AWS:ComplianceItem"].(M)["Content"].(M)["Patch"].(M)
	sum := patches["ComplianceSummary"].(M)
	sum["Status"], sum["OverallSeverity"], sum["NonCompliant"+severity+"Count"] = "NON_COMPLIANT", strings.ToUpper(severity), n
	for i := range n {
		patches[fmt.Sprintf("KB50%05d", 1234+i)] = M{"Title": "Security update", "Status": "NON_COMPLIANT", "Severity": strings.ToUpper(severity), "PatchState": "Missing"}
	}
}

const (
	complianceType = "AWS::Config::ResourceCompliance"
	blockRule      = "s3-bucket-level-public-access-prohibited"
)

// keptVerdicts are AWS Config's own verdicts on keys and buckets over time, by two rules: one that runs every day, and one that runs when a
// bucket changes. An item is written when a verdict changes, and never without a recorder that records the type.
func keptVerdicts(p *place) []kept {
	if p.region.Recorder == nil || !p.region.Recorder.covers(complianceType) {
		return nil
	}
	rule := func(name string) (Rule, bool) {
		i := slices.IndexFunc(p.region.Rules, func(r Rule) bool { return r.Name == name })
		if i < 0 {
			return Rule{}, false
		}
		return p.region.Rules[i], true
	}
	var out []kept
	verdicts := func(r Rule, kind, id string, verdicts []Change) {
		last := ""
		k := kept{id: kind + "/" + id, state: func() State { return p.verdict(r, kind, id, last) }}
		for _, c := range verdicts {
			if c.At.Before(r.Activated) {
				c.At = r.Activated
			}
			verdict := c.Status
			if !isDeletion(verdict) {
				c.Status = ""
				c.Set = func(s *State) { *s = p.verdict(r, kind, id, verdict) }
			}
			if n := len(k.own); n > 0 && (verdict == last || !c.At.After(k.own[n-1].At)) {
				if verdict == last {
					continue
				}
				k.own = k.own[:n-1]
			}
			k.own, last = append(k.own, c), verdict
			k.gone = isDeletion(verdict)
		}
		k.created = k.own[0].At
		out = append(out, k)
	}
	if r, ok := rule(rotationRule); ok && p.region.Recorder.covers("AWS::KMS::Key") {
		for _, key := range p.region.Keys {
			if key.Gone || key.State != "" || key.Undiscovered || key.manager() != "CUSTOMER" || !key.rotates() {
				continue
			}
			all := []Change{{At: key.Created.Add(7 * time.Hour), Status: compliantIf(key.Rotation.Enabled)}}
			if len(key.History) > 0 {
				all = nil
			}
			for _, h := range key.History {
				all = append(all, Change{At: h.At.Add(7 * time.Hour), Status: compliantIf(h.Rotation)})
			}
			verdicts(r, "AWS::KMS::Key", key.ID, all)
		}
	}
	if r, ok := rule(blockRule); ok && p.region.Recorder.covers(bucketType) {
		for _, k := range keptBuckets(p) {
			var all []Change
			for _, c := range p.past(bucketType, k) {
				v := Change{At: c.At.Add(4 * time.Minute), Status: c.Status}
				if !isDeletion(c.Status) {
					s := k.state()
					if c.Set != nil {
						c.Set(&s)
					}
					v.Status = compliantIf(wholeBlock(s.Supplementary["PublicAccessBlockConfiguration"]))
				}
				all = append(all, v)
			}
			verdicts(r, bucketType, k.id, all)
		}
	}
	return out
}

// wholeBlock reports whether a bucket's own block holds all four settings.
func wholeBlock(block any) bool {
	m, ok := block.(M)
	if !ok {
		return false
	}
	for _, on := range m {
		if on != true {
			return false
		}
	}
	return true
}

func compliantIf(yes bool) string {
	if yes {
		return "COMPLIANT"
	}
	return "NON_COMPLIANT"
}

// verdict is the state of one resource's compliance.
func (p *place) verdict(r Rule, kind, id, verdict string) State {
	return State{Related: []Relationship{{Type: kind, ID: id, Relation: "Is associated with "}}, Configuration: M{"complianceType": verdict, "targetResourceId": id, "targetResourceType": kind,
		"configRuleList": []any{M{"configRuleArn": p.configARN("config-rule", p.ruleID(r)), "configRuleId": p.ruleID(r), "configRuleName": r.Name, "complianceType": verdict}}}}
}
