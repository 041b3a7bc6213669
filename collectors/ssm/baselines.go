package ssm

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// lastOf is the end of an ARN, or the id itself: a baseline of AWS's goes by either.
func lastOf(id string) string {
	return id[strings.LastIndexByte(id, '/')+1:]
}

// patchGroups emits the patch groups that are registered with baselines.
func (r *reader) patchGroups(ctx context.Context) error {
	seen := r.c.Once(groupKind, ruleKind)
	broken := func(g evidence.Gap) { r.noGroups = &g }
	p := ssm.NewDescribePatchGroupsPaginator(r.ssm, &ssm.DescribePatchGroupsInput{MaxResults: aws.Int32(100)})
	return cell.Pages(ctx, p, func(err error) { broken(r.c.Incomplete(err, groupKind, ruleKind)) }, func(page *ssm.DescribePatchGroupsOutput) error {
		md := page.ResultMetadata
		odd := ""
		for _, x := range page.Mappings {
			if x.BaselineIdentity == nil || deref(x.BaselineIdentity.BaselineId) == "" || deref(x.PatchGroup) == "" {
				odd = "a patch group without its name or baseline"
				continue
			}
			baseline := lastOf(*x.BaselineIdentity.BaselineId)
			g := &Group{Meta: r.c.Meta(r.arn("patchgroup/" + baseline + "/" + *x.PatchGroup)), Name: *x.PatchGroup, Baseline: *x.BaselineIdentity.BaselineId, OS: cell.Text(x.BaselineIdentity.OperatingSystem)}
			r.c.Read(&g.Meta, md)
			if !seen.First(g.ID, md) {
				odd = "a patch group that it had listed before"
				continue
			}
			r.groups[baseline] = append(r.groups[baseline], g.Name)
			if err := r.c.Emit(g); err != nil {
				return err
			}
		}
		if odd != "" {
			broken(r.c.Half(md, describePatchGroups, "UnreliableList", "AWS listed "+odd, nil, nil, groupKind, ruleKind))
		}
		return nil
	})
}

// A listedBaseline is an entry of the list and the page it stood on.
type listedBaseline struct {
	*Baseline
	page middleware.Metadata
}

// baselines reads the baselines, sums up by operating system, and asks for the rules of those that matter.
func (r *reader) baselines(ctx context.Context) error {
	var all []listedBaseline
	var unsure *evidence.Gap // why the list is not whole
	var last middleware.Metadata
	broken := func(g evidence.Gap) { unsure = &g }
	kinds := []string{baselineKind, ruleKind, osKind}
	seen := r.c.Once(kinds...)
	p := ssm.NewDescribePatchBaselinesPaginator(r.ssm, &ssm.DescribePatchBaselinesInput{MaxResults: aws.Int32(100)})
	err := cell.Pages(ctx, p, func(err error) { broken(r.c.Incomplete(err, kinds...)) }, func(page *ssm.DescribePatchBaselinesOutput) error {
		md := page.ResultMetadata
		last = md
		raw := elements(md, "BaselineIdentities")
		odd := ""
		for n, x := range page.BaselineIdentities {
			switch id := deref(x.BaselineId); {
			case id == "":
				odd = "a patch baseline without its id"
			case !seen.First(lastOf(id), md):
				odd = "a patch baseline that it had listed before"
			case x.OperatingSystem == "":
				// It may be the default of any.
				b := r.baseline(x, at(raw, n), md)
				broken(r.c.Half(md, describePatchBaselines, "MissingMember", "AWS listed a patch baseline without its operating system", &b.Meta, []string{"operating_system"}, osKind))
				all = append(all, listedBaseline{b, md})
			default:
				all = append(all, listedBaseline{r.baseline(x, at(raw, n), md), md})
			}
		}
		if odd != "" {
			broken(r.c.Half(md, describePatchBaselines, "UnreliableList", "AWS listed "+odd, nil, nil, kinds...))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if unsure == nil {
		r.unlisted(all, last)
	}
	if err := r.systems(all, unsure); err != nil {
		return err
	}
	return cell.Ordered(ctx, slices.Values(all), r.details, func(d detailed) error {
		if err := r.c.Emit(d.Baseline); err != nil {
			return err
		}
		for _, rule := range d.rules {
			if err := r.c.Emit(rule); err != nil {
				return err
			}
		}
		return nil
	})
}

// unlisted looks for baselines that are in use and not in the list: those of another account, which a patch policy brings, and those that
// were deleted. What they let through is not known, and must not read as if nothing but the list were in use.
func (r *reader) unlisted(all []listedBaseline, md middleware.Metadata) {
	inUse := map[string]bool{}
	for id := range r.uses {
		inUse[id] = true
	}
	for id := range r.groups {
		inUse[id] = true
	}
	for _, b := range all {
		delete(inUse, lastOf(b.BaselineID))
	}
	if ids := slices.Sorted(maps.Keys(inUse)); len(ids) > 0 {
		r.c.Half(md, describePatchBaselines, "UnlistedBaseline", "a managed instance or a patch group names the patch baseline "+ids[0]+", which AWS does not list in this account: what it lets through is not known",
			nil, nil, baselineKind, ruleKind)
	}
}

// systems emits the operating systems of the baselines, in the order of the list. unsure is why the list is not whole, nil where it is.
func (r *reader) systems(all []listedBaseline, unsure *evidence.Gap) error {
	var out []*OS
	byName := map[string]*OS{}
	for _, b := range all {
		if b.OS == nil {
			continue
		}
		s := byName[*b.OS]
		if s == nil {
			s = &OS{Meta: r.c.Meta(r.c.Account + "/" + r.c.Region + "/patching/" + *b.OS), Name: *b.OS, Defaults: ptr(0)}
			byName[s.Name], out = s, append(out, s)
		}
		r.c.Read(&s.Meta, b.page)
		s.Baselines++
		switch {
		case b.Default == nil:
			for _, u := range b.Unknown {
				if u.Field == "default" {
					for _, f := range []string{"defaults", "default_baseline", "default_own"} {
						s.Unknown = append(s.Unknown, evidence.Unknown{Field: f, Gap: u.Gap, Code: u.Code})
					}
				}
			}
		case *b.Default:
			*s.Defaults++
			s.Default, s.Own = &b.BaselineID, &b.Own
		}
	}
	for _, s := range out {
		if unsure != nil {
			s.Meta.UnknownBy(*unsure, "baselines", "defaults", "default_baseline", "default_own")
		}
		if len(s.Unknown) > 0 {
			s.Defaults, s.Default, s.Own = nil, nil, nil
		}
		if err := r.c.Emit(s); err != nil {
			return err
		}
	}
	return nil
}

// baseline reads an entry of the list.
func (r *reader) baseline(x types.PatchBaselineIdentity, raw object, md middleware.Metadata) *Baseline {
	id := *x.BaselineId
	b := &Baseline{BaselineID: id, Name: cell.Text(deref(x.BaselineName)), OS: cell.Text(x.OperatingSystem), Own: !strings.HasPrefix(id, "arn:"), PatchGroups: []string{}}
	if b.Own {
		b.Meta = r.c.Meta(r.arn("patchbaseline/" + id))
	} else {
		// AWS's own has one ARN for all accounts, but is a default, and in use, in each by itself.
		b.Own = strings.Contains(id, ":"+r.c.Account+":")
		b.Meta = r.c.Meta(r.c.Account + "/" + id)
	}
	r.c.Read(&b.Meta, md)
	if raw.has("DefaultBaseline") {
		b.Default = &x.DefaultBaseline
	} else {
		r.without(&b.Meta, md, describePatchBaselines, "whether a baseline is the default", "default")
	}
	b.PatchGroups = append(b.PatchGroups, r.groups[lastOf(id)]...)
	slices.Sort(b.PatchGroups)
	n := r.uses[lastOf(id)]
	b.Instances = &n
	used := n > 0 || len(b.PatchGroups) > 0
	b.InUse = &used
	if r.noUses != nil {
		b.Instances = nil
		b.Meta.UnknownBy(*r.noUses, "instances")
	}
	if r.noGroups != nil {
		b.PatchGroups = nil
		b.Meta.UnknownBy(*r.noGroups, "patch_groups")
	}
	if g := r.unsure(); g != nil && !used {
		b.InUse = nil
		b.Meta.UnknownBy(*g, "in_use")
	}
	return b
}

// unsure is why it is not known of a baseline that nothing is seen to use whether nothing does; nil where it is known.
func (r *reader) unsure() *evidence.Gap {
	if r.noUses != nil {
		return r.noUses
	}
	return r.noGroups
}

// asked are the fields that GetPatchBaseline answers.
var asked = []string{"created", "modified", "rules", "security_rules", "global_filters", "approved_patches", "rejected_patches", "rejected_action", "available_security_status", "sources"}

// detailed is a baseline with its rules.
type detailed struct {
	*Baseline
	rules []*Rule
}

// details asks for what a baseline says, if it is the account's own or in use. AWS provides a score of others in each region.
func (r *reader) details(ctx context.Context, l listedBaseline) detailed {
	b := l.Baseline
	d := detailed{Baseline: b}
	if !b.Own && b.InUse == nil {
		b.Meta.UnknownBy(*r.unsure(), asked...)
		return d
	}
	if !b.Own && !*b.InUse {
		return d
	}
	out, err := r.ssm.GetPatchBaseline(ctx, &ssm.GetPatchBaselineInput{BaselineId: &b.BaselineID})
	if err != nil {
		b.Meta.UnknownBy(r.c.Incomplete(err, ruleKind), asked...)
		return d
	}
	md := out.ResultMetadata
	r.c.Read(&b.Meta, md)
	lacks := func(what string, fields ...string) {
		r.without(&b.Meta, md, getPatchBaseline, what+" of a baseline", fields...)
	}
	b.Created, b.Modified, b.RejectedAction, b.AvailableSecurity = cell.UTC(out.CreatedDate), cell.UTC(out.ModifiedDate), cell.Text(out.RejectedPatchesAction), cell.Text(out.AvailableSecurityUpdatesComplianceStatus)
	if b.Approved = out.ApprovedPatches; b.Approved == nil {
		lacks("the approved patches", "approved_patches")
	}
	if b.RejectedPatches = out.RejectedPatches; b.RejectedPatches == nil {
		lacks("the rejected patches", "rejected_patches")
	}
	if b.Sources = ptr(len(out.Sources)); out.Sources == nil {
		b.Sources = nil
		lacks("the sources", "sources")
	}
	// What the baseline's own filters keep out no rule lets in.
	var gate filters
	if g := out.GlobalFilters; g == nil || g.PatchFilters == nil {
		lacks("the global filters", "global_filters")
	} else {
		gate = filtersOf(g.PatchFilters)
		b.GlobalFilters = ptr(len(g.PatchFilters))
	}
	if out.ApprovalRules == nil || out.ApprovalRules.PatchRules == nil {
		r.c.Half(md, getPatchBaseline, "MissingMember", "AWS answered GetPatchBaseline without the approval rules", &b.Meta, []string{"rules", "security_rules"}, ruleKind)
		return d
	}
	passing, sure := 0, true
	for n, x := range out.ApprovalRules.PatchRules {
		rule := r.rule(b, n+1, x, gate, md)
		switch {
		case rule.CriticalSecurity == nil:
			sure = false
		case *rule.CriticalSecurity:
			passing++
		}
		d.rules = append(d.rules, rule)
	}
	b.Rules, b.SecurityRules = ptr(len(d.rules)), &passing
	if !sure {
		b.SecurityRules = nil
		lacks("filters that can be read", "security_rules")
	}
	return d
}

func (r *reader) rule(b *Baseline, position int, x types.PatchRule, gate filters, md middleware.Metadata) *Rule {
	rule := &Rule{Meta: r.c.Meta(b.ID + "/rule/" + strconv.Itoa(position)), Baseline: b.BaselineID, OS: b.OS, InUse: b.InUse, Position: position, AfterDays: number(x.ApproveAfterDays),
		Until: cell.Text(deref(x.ApproveUntilDate)), ComplianceLevel: cell.Text(x.ComplianceLevel), NonSecurity: x.EnableNonSecurity}
	r.c.Read(&rule.Meta, md)
	lacks := func(what string, fields ...string) { r.without(&rule.Meta, md, getPatchBaseline, what, fields...) }
	for _, f := range []string{"in_use", "operating_system"} {
		for _, u := range b.Unknown {
			if u.Field == f {
				rule.Unknown = append(rule.Unknown, u)
			}
		}
	}
	if rule.AfterDays == nil && rule.Until == nil && !atOnce(b.OS) {
		lacks("when a rule approves patches", "approve_after_days", "approve_until")
	}
	if x.PatchFilterGroup == nil || x.PatchFilterGroup.PatchFilters == nil {
		lacks("the filters of a rule", "classifications", "severities", "products", "other_filters", "critical_security")
		return rule
	}
	f := filtersOf(x.PatchFilterGroup.PatchFilters)
	rule.Classifications, rule.Severities, rule.Products, rule.OtherFilters = f.classifications, f.severities, f.products, f.others
	if !f.readable {
		lacks("a key or values of a filter", "classifications", "severities", "products", "other_filters", "critical_security")
		return rule
	}
	switch {
	case !f.critical:
		rule.CriticalSecurity = ptr(false)
	case !gate.readable:
		lacks("global filters that can be read", "critical_security")
	default:
		rule.CriticalSecurity = &gate.critical
	}
	return rule
}

// atOnce reports whether the operating system knows no waiting: Systems Manager cannot tell when its patches were released.
func atOnce(os *string) bool {
	return os != nil && slices.Contains([]string{"DEBIAN", "RASPBIAN", "UBUNTU"}, *os)
}

// filters are patch filters taken apart.
type filters struct {
	classifications, severities, products, others []string
	// critical says that security patches of critical severity pass; readable that every filter has a key and values.
	critical, readable bool
}

func filtersOf(in []types.PatchFilter) filters {
	f := filters{classifications: []string{}, severities: []string{}, products: []string{}, others: []string{}, critical: true, readable: true}
	pass := func(values []string, any ...string) {
		f.critical = f.critical && slices.ContainsFunc(values, func(v string) bool { return v == "*" || slices.Contains(any, v) })
	}
	for _, x := range in {
		if x.Key == "" || len(x.Values) == 0 {
			f.readable = false
		}
		switch x.Key {
		case types.PatchFilterKeyClassification:
			f.classifications = append(f.classifications, x.Values...)
			// What Microsoft calls a critical update is no security update.
			pass(x.Values, "Security", "SecurityUpdates")
		case types.PatchFilterKeySeverity, types.PatchFilterKeyMsrcSeverity:
			f.severities = append(f.severities, x.Values...)
			pass(x.Values, "Critical")
		case types.PatchFilterKeyProduct:
			f.products = append(f.products, x.Values...)
		default:
			f.others = append(f.others, string(x.Key))
		}
	}
	slices.Sort(f.others)
	return f
}
