package guardduty

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"

	"github.com/auditseal/auditseal/collectors/cell"
)

const enabled = "ENABLED"

// describe reads the detector, and what of it is off.
func (r *reader) describe(ctx context.Context) {
	a := r.account
	out, err := r.api.GetDetector(ctx, &guardduty.GetDetectorInput{DetectorId: r.detector})
	if err != nil {
		r.c.Unknown(&a.Meta, err, ofDetector...)
		r.c.Incomplete(err, findingKind) // it is not known whether anything is looked for
		return
	}
	md := out.ResultMetadata
	r.c.Read(&a.Meta, md)
	if out.Status == "" {
		r.c.Half(md, getDetector, "MissingMember", "AWS answered GetDetector without the detector's status", &a.Meta, ofDetector, findingKind)
		return
	}
	d := &Detector{ID: *r.detector, Status: string(out.Status), Frequency: cell.Text(out.FindingPublishingFrequency), Tags: tags(out.Tags),
		Created: r.moment(&a.Meta, md, getDetector, out.CreatedAt, "detector.created"), Updated: r.moment(&a.Meta, md, getDetector, out.UpdatedAt, "detector.updated")}
	a.Detector = d
	features, protection, whole := detectorFeatures(out.Features)
	switch {
	case d.Status == "DISABLED":
		a.Status = "not-enabled"
		r.off(md, getDetector, "Suspended", "GuardDuty is suspended in this account and region, and finds nothing", findingKind)
	case d.Status != enabled:
		r.c.Half(md, getDetector, "UnknownStatus", "the detector has the status "+d.Status+", which AWS does not document", &a.Meta, []string{"status"}, findingKind)
	}
	if !whole {
		// A suspended detector is off, whatever its features.
		fields := []string{"missing", "detector.features", "protection"}
		if a.Status == "" {
			fields = append(fields, "status")
		}
		r.without(&a.Meta, md, getDetector, "its features, or a feature without its name or status", fields...)
		return
	}
	d.Features, a.Protection, a.Missing = features, protection, missing(features)
	if a.Status == "" && d.Status == enabled {
		a.Status = "enabled"
		if len(a.Missing) > 0 {
			a.Status = "partly-enabled"
		}
	}
}

// missing are the features that are not on.
func missing(features []Feature) []string {
	runtime := slices.ContainsFunc(features, func(f Feature) bool { return f.Name == string(types.DetectorFeatureResultRuntimeMonitoring) })
	out := []string{}
	for _, f := range features {
		if f.Status != enabled && !(runtime && superseded(f.Name)) {
			out = append(out, f.Name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// superseded are the older runtime monitoring of EKS and its agent.
func superseded(name string) bool {
	const eks = string(types.DetectorFeatureResultEksRuntimeMonitoring)
	return name == eks || name == eks+"/"+string(types.FeatureAdditionalConfigurationEksAddonManagement)
}

// A gatherer takes features as AWS lists them, in three spellings of the SDK.
type gatherer struct {
	features   []Feature
	protection Protection
	odd        bool
}

func (g *gatherer) add(protection, agent, status string, updated *time.Time) {
	name := protection
	if agent != "" {
		name += "/" + agent
	}
	g.odd = g.odd || protection == "" || status == ""
	g.features = append(g.features, Feature{Name: name, Status: status, Updated: cell.UTC(updated)})
	if f := g.protection.field(name); f != nil {
		g.odd = g.odd || *f != nil // AWS lists each once
		*f = &status
	}
}

// end gives what was gathered, and whether it is whole: no feature is without its name or status, and there is one at least.
func (g *gatherer) end() ([]Feature, *Protection, bool) {
	return g.features, &g.protection, !g.odd && len(g.features) > 0
}

// field finds the field of a feature by AWS's name; nil for those that are younger than this program.
func (p *Protection) field(name string) **string {
	switch name {
	case "CLOUD_TRAIL":
		return &p.CloudTrail
	case "DNS_LOGS":
		return &p.DNSLogs
	case "FLOW_LOGS":
		return &p.FlowLogs
	case "S3_DATA_EVENTS":
		return &p.S3DataEvents
	case "EKS_AUDIT_LOGS":
		return &p.EKSAuditLogs
	case "EBS_MALWARE_PROTECTION":
		return &p.EBSMalwareProtection
	case "RDS_LOGIN_EVENTS":
		return &p.RDSLoginEvents
	case "LAMBDA_NETWORK_LOGS":
		return &p.LambdaNetworkLogs
	case "RUNTIME_MONITORING":
		return &p.RuntimeMonitoring
	case "EKS_RUNTIME_MONITORING":
		return &p.EKSRuntimeMonitoring
	case "RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT":
		return &p.EKSAgent
	case "RUNTIME_MONITORING/ECS_FARGATE_AGENT_MANAGEMENT":
		return &p.FargateAgent
	case "RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT":
		return &p.EC2Agent
	}
	return nil
}

func detectorFeatures(in []types.DetectorFeatureConfigurationResult) ([]Feature, *Protection, bool) {
	g := gatherer{}
	for _, f := range in {
		g.add(string(f.Name), "", string(f.Status), f.UpdatedAt)
		for _, a := range f.AdditionalConfiguration {
			g.odd = g.odd || a.Name == ""
			g.add(string(f.Name), string(a.Name), string(a.Status), a.UpdatedAt)
		}
	}
	return g.end()
}

func memberFeatures(in []types.MemberFeaturesConfigurationResult) ([]Feature, *Protection, bool) {
	g := gatherer{}
	for _, f := range in {
		g.add(string(f.Name), "", string(f.Status), f.UpdatedAt)
		for _, a := range f.AdditionalConfiguration {
			g.odd = g.odd || a.Name == ""
			g.add(string(f.Name), string(a.Name), string(a.Status), a.UpdatedAt)
		}
	}
	return g.end()
}

func organizationFeatures(in []types.OrganizationFeatureConfigurationResult) ([]Feature, *Protection, bool) {
	g := gatherer{}
	for _, f := range in {
		g.add(string(f.Name), "", string(f.AutoEnable), nil)
		for _, a := range f.AdditionalConfiguration {
			g.odd = g.odd || a.Name == ""
			g.add(string(f.Name), string(a.Name), string(a.AutoEnable), nil)
		}
	}
	return g.end()
}
