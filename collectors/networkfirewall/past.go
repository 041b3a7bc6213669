package networkfirewall

import (
	"slices"

	"github.com/auditseal/auditseal/collectors/configitem"
)

// Past lists what configuration items tell of the kinds of this package.
//
// AWS::NetworkFirewall::Firewall carries, under firewall, what DescribeFirewall answers as Firewall
// (https://github.com/awslabs/aws-config-resource-schema): policy, subnets, protections, encryption. It does not carry the status of the endpoints, nor
// the logging configuration. Of AWS::NetworkFirewall::FirewallPolicy and AWS::NetworkFirewall::RuleGroup nothing is read.
func Past() []configitem.Reader {
	return []configitem.Reader{
		configitem.For("AWS::NetworkFirewall::Firewall", false, func(it *configitem.Item) string { return it.ARN }, pastFirewall),
	}
}

func pastFirewall(it *configitem.Item) (*Firewall, []string, error) {
	var r configitem.Reading
	c, _ := r.Object(r.Configuration(it), "firewall")
	f := &Firewall{Subnets: []string{}, Zones: []string{}, ReadyZones: []string{}, Logs: []string{}, Tags: it.Tags}
	if arn, ok := r.Text(c, "firewallArn"); ok && it.ARN != "" && arn != it.ARN {
		r.Fail("the item of %s is of the firewall %s", it.ARN, arn)
	}
	for _, x := range []struct {
		member, field string
		to            *string
	}{{"firewallName", "name", &f.Name}, {"firewallPolicyArn", "policy", &f.Policy}} {
		if v, ok := r.Text(c, x.member); ok {
			*x.to = v
			r.Tell(x.field)
		}
	}
	for _, x := range []struct {
		member, field string
		to            *bool
	}{{"deleteProtection", "delete_protection", &f.DeleteProtection}, {"subnetChangeProtection", "subnet_change_protection", &f.SubnetProtection},
		{"firewallPolicyChangeProtection", "policy_change_protection", &f.PolicyProtection}} {
		if v, ok := r.Bool(c, x.member); ok {
			*x.to = v
			r.Tell(x.field)
		}
	}
	if v, ok := r.Text(c, "vpcId"); ok {
		f.VPC = &v
		r.Tell("vpc")
	}
	if v, ok := r.Text(c, "description"); ok {
		f.Description = &v
		r.Tell("description")
	}
	if list, ok := r.Objects(c, "subnetMappings"); ok {
		for _, x := range list {
			id, named := r.Text(x, "subnetId")
			if !named {
				r.Fail("a subnet of the firewall has no id")
			}
			f.Subnets = append(f.Subnets, id)
		}
		slices.Sort(f.Subnets)
		r.Tell("subnets")
	}
	if e, ok := r.Object(c, "encryptionConfiguration"); ok {
		if v, ok := r.Text(e, "type"); ok {
			f.Encryption = &v
			r.Tell("encryption")
		}
		if v, ok := r.Text(e, "keyId"); ok {
			f.Key = &v
			r.Tell("kms_key")
		}
	}
	if it.Tags != nil {
		r.Tell("tags")
	}
	return f, r.Told, r.Err
}
