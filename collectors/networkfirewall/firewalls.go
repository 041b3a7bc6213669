package networkfirewall

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// gone is what AWS answers about what was listed and is no more.
const gone = "ResourceNotFoundException"

// described are the fields of a firewall that DescribeFirewall tells.
var described = []string{"description", "status", "sync", "policy", "vpc", "transit_gateway", "subnets", "zones", "ready_zones", "delete_protection",
	"subnet_change_protection", "policy_change_protection", "zone_change_protection", "encryption", "kms_key", "tags"}

// firewalls reads every firewall.
func (r *reader) firewalls(ctx context.Context) error {
	var partial *evidence.Gap
	err := cell.Ordered(ctx, r.listed(ctx, &partial), r.firewall, func(f firewallAnswer) error {
		if f.rec == nil {
			return nil
		}
		if f.gap != nil {
			r.usedPolicies.leave(f.gap)
		}
		if f.rec.Policy != "" {
			r.usedPolicies.add(f.rec.Policy, f.rec.ID, f.stamp)
		}
		return r.c.Emit(f.rec)
	})
	if partial != nil {
		r.usedPolicies.leave(partial)
	}
	return err
}

// firewallAnswer is a firewall and the answer that describes it, or why its policy is not known; without a record where it is gone.
type firewallAnswer struct {
	rec   *Firewall
	stamp tape.Stamp
	gap   *evidence.Gap
}

// firewallWire is what the SDK reads as false where AWS leaves it out.
type firewallWire struct {
	Firewall struct{ DeleteProtection, SubnetChangeProtection, FirewallPolicyChangeProtection, AvailabilityZoneChangeProtection *bool }
}

// firewall asks everything about one firewall.
func (r *reader) firewall(ctx context.Context, l listedFirewall) firewallAnswer {
	a := firewallAnswer{}
	rec := &Firewall{Meta: r.c.Meta(*l.FirewallArn), Name: aws.ToString(l.FirewallName)}
	a.rec = rec
	r.c.Read(&rec.Meta, l.page)
	if rec.Name == "" {
		r.lacks(&rec.Meta, l.page, listFirewalls, "FirewallName", "name")
	}
	var wire firewallWire
	out, err := r.api.DescribeFirewall(ctx, &networkfirewall.DescribeFirewallInput{FirewallArn: l.FirewallArn},
		func(o *networkfirewall.Options) { o.APIOptions = append(o.APIOptions, cell.Peek(&wire)) })
	switch {
	case err == nil:
		a.stamp = tape.StampOf(out.ResultMetadata)
		r.c.Read(&rec.Meta, out.ResultMetadata)
		a.gap = r.settings(rec, out, wire)
	case tape.Code(err) == gone:
		r.c.Known(nil, err)
		return firewallAnswer{}
	default:
		r.c.Unknown(&rec.Meta, err, described...)
		g := r.c.Incomplete(err, policyKind, groupKind) // those that it uses
		a.gap = &g
	}
	r.logs(ctx, rec)
	return a
}

// settings reads what the firewall is like, and gives the gap where its policy is not among that.
func (r *reader) settings(rec *Firewall, out *networkfirewall.DescribeFirewallOutput, wire firewallWire) (unused *evidence.Gap) {
	f, md := out.Firewall, out.ResultMetadata
	lacks := func(member string, fields ...string) { r.lacks(&rec.Meta, md, describeFirewall, member, fields...) }
	if aws.ToString(f.FirewallArn) != rec.ID {
		g := r.c.Half(md, describeFirewall, "MissingMember", "AWS answered DescribeFirewall without the firewall that was asked for", &rec.Meta, described, policyKind, groupKind)
		return &g
	}
	rec.Description, rec.VPC, rec.TransitGateway = cell.Text(aws.ToString(f.Description)), cell.Text(aws.ToString(f.VpcId)), f.TransitGatewayId
	if rec.Policy = aws.ToString(f.FirewallPolicyArn); rec.Policy == "" {
		g := r.c.Half(md, describeFirewall, "MissingMember", "AWS answered DescribeFirewall without FirewallPolicyArn", &rec.Meta, []string{"policy"}, policyKind, groupKind)
		unused = &g
	}
	rec.Subnets = []string{}
	for _, s := range f.SubnetMappings {
		rec.Subnets = append(rec.Subnets, aws.ToString(s.SubnetId))
	}
	slices.Sort(rec.Subnets)
	for _, b := range []struct {
		member, field string
		from          *bool
		to            *bool
	}{
		{"DeleteProtection", "delete_protection", wire.Firewall.DeleteProtection, &rec.DeleteProtection},
		{"SubnetChangeProtection", "subnet_change_protection", wire.Firewall.SubnetChangeProtection, &rec.SubnetProtection},
		{"FirewallPolicyChangeProtection", "policy_change_protection", wire.Firewall.FirewallPolicyChangeProtection, &rec.PolicyProtection},
	} {
		if b.from != nil {
			*b.to = *b.from
		} else {
			lacks(b.member, b.field)
		}
	}
	rec.ZoneProtection, rec.Tags = wire.Firewall.AvailabilityZoneChangeProtection, tags(f.Tags)
	rec.Encryption, rec.Key = encryption(f.EncryptionConfiguration)
	r.state(rec, out.FirewallStatus, md)
	return unused
}

// state reads whether the firewall works, and in which zones.
func (r *reader) state(rec *Firewall, s *types.FirewallStatus, md middleware.Metadata) {
	lacks := func(member string, fields ...string) { r.lacks(&rec.Meta, md, describeFirewall, member, fields...) }
	if s == nil {
		lacks("FirewallStatus", "status", "sync", "zones", "ready_zones")
		return
	}
	rec.Status, rec.Sync = string(s.Status), string(s.ConfigurationSyncStateSummary)
	if rec.Status == "" {
		lacks("Status", "status")
	}
	if rec.Sync == "" {
		lacks("ConfigurationSyncStateSummary", "sync")
	}
	if s.SyncStates == nil {
		lacks("SyncStates", "zones", "ready_zones")
		return
	}
	rec.Zones, rec.ReadyZones = []string{}, []string{}
	for _, zone := range slices.Sorted(maps.Keys(s.SyncStates)) {
		rec.Zones = append(rec.Zones, zone)
		if a := s.SyncStates[zone].Attachment; a != nil && a.Status == types.AttachmentStatusReady {
			rec.ReadyZones = append(rec.ReadyZones, zone)
		}
	}
}

// logs reads where the firewall's logs go.
func (r *reader) logs(ctx context.Context, rec *Firewall) {
	fields := []string{"logs", "logs_alerts", "logs_flows", "logs_tls"}
	out, err := r.api.DescribeLoggingConfiguration(ctx, &networkfirewall.DescribeLoggingConfigurationInput{FirewallArn: &rec.ID})
	if err != nil {
		r.c.Unknown(&rec.Meta, err, fields...)
		return
	}
	md := out.ResultMetadata
	r.c.Read(&rec.Meta, md)
	configs := out.LoggingConfiguration.LogDestinationConfigs
	if configs == nil {
		r.lacks(&rec.Meta, md, describeLoggingConfiguration, "LogDestinationConfigs", fields...)
		return
	}
	logs, seen := []string{}, map[types.LogType]bool{}
	for _, c := range configs {
		to := destination(c.LogDestination)
		if c.LogType == "" || c.LogDestinationType == "" || to == "" {
			r.lacks(&rec.Meta, md, describeLoggingConfiguration, "the type or destination of a log", fields...)
			return
		}
		seen[c.LogType] = true
		logs = append(logs, string(c.LogType)+" "+string(c.LogDestinationType)+" "+to)
	}
	slices.Sort(logs)
	rec.Logs, rec.LogsAlerts, rec.LogsFlows, rec.LogsTLS = logs, seen[types.LogTypeAlert], seen[types.LogTypeFlow], seen[types.LogTypeTls]
}

// destination puts the settings of a destination (bucketName and prefix, logGroup, deliveryStream) into words.
func destination(m map[string]string) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if m[k] != "" {
			out = append(out, k+"="+m[k])
		}
	}
	return strings.Join(out, " ")
}
