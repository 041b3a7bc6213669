package ssm

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// instances emits the managed instances, each with what its last patch operation left, and counts the baselines in use.
func (r *reader) instances(ctx context.Context) error {
	var broken error
	var odd *evidence.Gap
	err := cell.Ordered(ctx, r.listed(ctx, &broken, &odd), r.patched, func(l patchedPage) error {
		for _, i := range l.instances {
			if i.Patch != nil && i.Patch.Baseline != nil {
				r.uses[lastOf(*i.Patch.Baseline)]++
			}
			if err := r.c.Emit(i); err != nil {
				return err
			}
		}
		if r.noUses == nil {
			r.noUses = l.noUses
		}
		return nil
	})
	if err != nil {
		return err
	}
	// Which of AWS's baselines are in use is not known whole either, and so which rules are asked for.
	if broken != nil {
		g := r.c.Incomplete(broken, instanceKind, ruleKind)
		odd = &g
	}
	if odd != nil {
		r.region.Instances, r.noUses = nil, odd
		r.region.Meta.UnknownBy(*odd, "managed_instances")
	}
	return nil
}

// A page is a page of the list of managed instances.
type page struct {
	instances []*Instance
}

// listed gives the pages of the list; broken is set where it ends early, odd where it cannot be trusted.
func (r *reader) listed(ctx context.Context, broken *error, odd **evidence.Gap) iter.Seq[page] {
	return func(yield func(page) bool) {
		seen := r.c.Once(instanceKind, ruleKind)
		p := ssm.NewDescribeInstanceInformationPaginator(r.ssm, &ssm.DescribeInstanceInformationInput{MaxResults: aws.Int32(50)})
		for p.HasMorePages() {
			out, err := p.NextPage(ctx)
			if err != nil {
				*broken = err
				return
			}
			md := out.ResultMetadata
			r.c.Read(&r.region.Meta, md)
			var l page
			what := ""
			for _, x := range out.InstanceInformationList {
				switch id := deref(x.InstanceId); {
				case id == "":
					what = "a managed instance without its id"
				case !seen.First(id, md):
					what = "a managed instance that it had listed before"
				default:
					l.instances = append(l.instances, r.instance(x, md))
				}
			}
			if what != "" {
				g := r.c.Half(md, describeInstanceInformation, "UnreliableList", "AWS listed "+what, nil, nil, instanceKind, ruleKind)
				*odd = &g
			}
			if len(l.instances) > 0 && !yield(l) {
				return
			}
		}
		r.region.Instances = ptr(seen.Len())
	}
}

func (r *reader) instance(x types.InstanceInformation, md middleware.Metadata) *Instance {
	i := &Instance{Meta: r.c.Meta(r.nodeARN(*x.InstanceId)), InstanceID: *x.InstanceId, ResourceType: string(x.ResourceType), ComputerName: cell.Text(deref(x.ComputerName)),
		PlatformType: cell.Text(x.PlatformType), Platform: cell.Text(deref(x.PlatformName)), Version: cell.Text(deref(x.PlatformVersion)), PingStatus: string(x.PingStatus),
		LastPing: cell.UTC(x.LastPingDateTime), AgentVersion: cell.Text(deref(x.AgentVersion)), AgentLatest: x.IsLatestVersion, Registered: cell.UTC(x.RegistrationDate),
		Associations: cell.Text(deref(x.AssociationStatus)), LastRun: cell.UTC(x.LastAssociationExecutionDate), LastSuccess: cell.UTC(x.LastSuccessfulAssociationExecutionDate)}
	r.c.Read(&i.Meta, md)
	for _, f := range []struct {
		lacks       bool
		what, field string
	}{{i.ResourceType == "", "the resource type", "resource_type"}, {i.PingStatus == "", "the ping status", "ping_status"}, {i.LastPing == nil, "the last ping", "last_ping"},
		{i.AgentLatest == nil, "whether the agent is the latest version", "agent_latest"}} {
		if f.lacks {
			r.without(&i.Meta, md, describeInstanceInformation, f.what+" of a managed instance", f.field)
		}
	}
	return i
}

// A patchedPage is a page of instances with their patch states.
type patchedPage struct {
	page
	// noUses is why the baselines in use are not known whole from these instances.
	noUses *evidence.Gap
}

// patched asks for the patch states of a page of instances, which is as many as one question takes. What is not in a whole answer was
// never scanned.
func (r *reader) patched(ctx context.Context, l page) patchedPage {
	out := patchedPage{page: l}
	byID := map[string]*Instance{}
	var ids []string
	for _, i := range l.instances {
		byID[i.InstanceID] = i
		ids = append(ids, i.InstanceID)
	}
	fail := func(g evidence.Gap) {
		for _, i := range l.instances {
			if i.Patch == nil {
				i.Meta.UnknownBy(g, "scanned", "patch")
			}
		}
		out.noUses = &g
	}
	var read []middleware.Metadata
	p := ssm.NewDescribeInstancePatchStatesPaginator(r.ssm, &ssm.DescribeInstancePatchStatesInput{InstanceIds: ids, MaxResults: aws.Int32(100)})
	for p.HasMorePages() {
		answer, err := p.NextPage(ctx)
		if err != nil {
			fail(r.c.Incomplete(err, ruleKind))
			return out
		}
		md := answer.ResultMetadata
		read = append(read, md)
		raw := elements(md, "InstancePatchStates")
		for n, x := range answer.InstancePatchStates {
			i := byID[deref(x.InstanceId)]
			if i == nil || i.Patch != nil {
				fail(r.c.Half(md, describeInstancePatchStates, "UnreliableList", "AWS answered with a patch state of no instance that was asked about, or with two of one", nil, nil, ruleKind))
				return out
			}
			r.c.Read(&i.Meta, md)
			i.Scanned = ptr(true)
			if g := r.patch(i, x, at(raw, n), md); g != nil {
				out.noUses = g
			}
		}
	}
	for _, i := range l.instances {
		if i.Patch == nil {
			i.Scanned = ptr(false)
			for _, md := range read {
				r.c.Read(&i.Meta, md)
			}
		}
	}
	return out
}

// patch reads a patch state. The gap is why it is not known which baseline was used, nil where it is.
func (r *reader) patch(i *Instance, x types.InstancePatchState, raw object, md middleware.Metadata) *evidence.Gap {
	p := &Patch{Operation: string(x.Operation), Started: cell.UTC(x.OperationStartTime), Ended: cell.UTC(x.OperationEndTime), Baseline: cell.Text(deref(x.BaselineId)), Group: cell.Text(deref(x.PatchGroup)),
		Snapshot: cell.Text(deref(x.SnapshotId)), OverrideList: deref(x.InstallOverrideList) != "", RebootOption: cell.Text(x.RebootOption), LastNoReboot: cell.UTC(x.LastNoRebootInstallOperationTime),
		Installed: raw.count(x.InstalledCount, "InstalledCount"), InstalledOther: raw.count(x.InstalledOtherCount, "InstalledOtherCount"), PendingReboot: number(x.InstalledPendingRebootCount),
		Rejected: number(x.InstalledRejectedCount), Missing: raw.count(x.MissingCount, "MissingCount"), Failed: raw.count(x.FailedCount, "FailedCount"),
		NotApplicable: raw.count(x.NotApplicableCount, "NotApplicableCount"), CriticalNoncompl: number(x.CriticalNonCompliantCount), SecurityNoncompl: number(x.SecurityNonCompliantCount),
		OtherNoncompl: number(x.OtherNonCompliantCount), AvailableSecurity: number(x.AvailableSecurityUpdateCount), UnreportedNotApplic: number(x.UnreportedNotApplicableCount)}
	i.Patch = p
	var lacking []string
	for _, f := range []struct {
		field string
		there bool
	}{{"patch.operation", p.Operation != ""}, {"patch.started", p.Started != nil}, {"patch.ended", p.Ended != nil}, {"patch.installed", p.Installed != nil},
		{"patch.installed_other", p.InstalledOther != nil}, {"patch.installed_pending_reboot", p.PendingReboot != nil}, {"patch.installed_rejected", p.Rejected != nil},
		{"patch.missing", p.Missing != nil}, {"patch.failed", p.Failed != nil}, {"patch.not_applicable", p.NotApplicable != nil},
		{"patch.critical_non_compliant", p.CriticalNoncompl != nil}, {"patch.security_non_compliant", p.SecurityNoncompl != nil}, {"patch.other_non_compliant", p.OtherNoncompl != nil}} {
		if !f.there {
			lacking = append(lacking, f.field)
		}
	}
	if len(lacking) > 0 {
		r.without(&i.Meta, md, describeInstancePatchStates, "all counts and times of a patch state", lacking...)
	}
	if p.Baseline == nil {
		g := r.c.Half(md, describeInstancePatchStates, "MissingMember", "AWS answered DescribeInstancePatchStates without the baseline of a patch state", &i.Meta, []string{"patch.baseline"}, ruleKind)
		return &g
	}
	return nil
}
