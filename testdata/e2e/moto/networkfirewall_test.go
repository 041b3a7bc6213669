package moto

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	nfw "github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	nfwtypes "github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/auditseal/auditseal/collectors/networkfirewall"
)

// seedNetworkFirewall makes a firewall that logs and one that does not in the caller's eu-west-1. moto has no policies.
func seedNetworkFirewall(t *testing.T, s *server) {
	t.Helper()
	c, ctx := nfw.NewFromConfig(s.as(t, caller, "eu-west-1")), t.Context()
	for _, name := range []string{"edge", "silent"} {
		out, err := c.CreateFirewall(ctx, &nfw.CreateFirewallInput{FirewallName: &name, Description: aws.String("=1+1"), FirewallPolicyArn: aws.String("arn:aws:network-firewall:eu-west-1:" + caller + ":firewall-policy/" + name), VpcId: aws.String("vpc-0a1b2c3d"),
			SubnetMappings: []nfwtypes.SubnetMapping{{SubnetId: aws.String("subnet-2")}, {SubnetId: aws.String("subnet-1")}}, DeleteProtection: name == "edge", Tags: []nfwtypes.Tag{{Key: aws.String("owner"), Value: aws.String("network")}}})
		must(t, err)
		if name == "edge" {
			_, err = c.UpdateLoggingConfiguration(ctx, &nfw.UpdateLoggingConfigurationInput{FirewallArn: out.Firewall.FirewallArn, LoggingConfiguration: &nfwtypes.LoggingConfiguration{LogDestinationConfigs: []nfwtypes.LogDestinationConfig{
				{LogType: nfwtypes.LogTypeFlow, LogDestinationType: nfwtypes.LogDestinationTypeS3, LogDestination: map[string]string{"bucketName": "example-corp-logs", "prefix": "nfw"}},
				{LogType: nfwtypes.LogTypeAlert, LogDestinationType: nfwtypes.LogDestinationTypeCloudwatchLogs, LogDestination: map[string]string{"logGroup": "alerts"}}}}})
			must(t, err)
		}
	}
}

func checkNetworkFirewall(t *testing.T, s *server, pack string) {
	c, ctx := nfw.NewFromConfig(s.as(t, caller, "eu-west-1")), t.Context()
	list, err := c.ListFirewalls(ctx, &nfw.ListFirewallsInput{})
	must(t, err)
	var held []*networkfirewall.Firewall
	for _, l := range list.Firewalls {
		d, err := c.DescribeFirewall(ctx, &nfw.DescribeFirewallInput{FirewallName: l.FirewallName})
		must(t, err)
		f := d.Firewall
		// AWS says of each zone how it stands; moto knows of no zones.
		unread := []string{"zones", "ready_zones"}
		x := &networkfirewall.Firewall{Name: *f.FirewallName, Description: f.Description, Status: string(d.FirewallStatus.Status), Sync: string(d.FirewallStatus.ConfigurationSyncStateSummary), Policy: *f.FirewallPolicyArn, VPC: f.VpcId,
			Subnets: []string{}, DeleteProtection: f.DeleteProtection, SubnetProtection: f.SubnetChangeProtection, PolicyProtection: f.FirewallPolicyChangeProtection, Tags: map[string]string{}}
		for _, m := range f.SubnetMappings {
			x.Subnets = append(x.Subnets, *m.SubnetId)
		}
		slices.Sort(x.Subnets)
		for _, v := range f.Tags {
			x.Tags[*v.Key] = *v.Value
		}
		logs, err := c.DescribeLoggingConfiguration(ctx, &nfw.DescribeLoggingConfigurationInput{FirewallArn: l.FirewallArn})
		must(t, err)
		for _, v := range logs.LoggingConfiguration.LogDestinationConfigs {
			to := "logGroup=" + v.LogDestination["logGroup"]
			if v.LogType == nfwtypes.LogTypeFlow {
				to, x.LogsFlows = "bucketName="+v.LogDestination["bucketName"]+" prefix="+v.LogDestination["prefix"], true
			} else {
				x.LogsAlerts = true
			}
			x.Logs = append(x.Logs, string(v.LogType)+" "+string(v.LogDestinationType)+" "+to)
		}
		if slices.Sort(x.Logs); x.Logs == nil {
			// AWS requires LogDestinationConfigs of its answer; moto leaves it out where nothing was ever set.
			unread = append(unread, "logs", "logs_alerts", "logs_flows", "logs_tls")
		}
		x.Meta = meta(caller, "eu-west-1", *l.FirewallArn, unread...)
		held = append(held, x)
	}
	agree(t, held, records[networkfirewall.Firewall](t, pack, "networkfirewall.firewall"))
}
