// Package securityhub reads AWS Security Hub CSPM: whether it is on, its standards and controls, and the findings of its controls.
//
// AWS has no API for a control's status. It is computed here from the findings by the algorithm that AWS documents for its console
// (https://docs.aws.amazon.com/securityhub/latest/userguide/controls-overall-status.html), as of the moment of the audit: suppressed
// findings do not count, a control that is off is disabled, one without findings has no data, one with a failed finding has failed,
// one with a finding that tells nothing is unknown, as is one that passed in findings of long ago, and only what is left has passed. Where the findings could not be read to the end,
// no status is computed at all.
//
// Each account and region tells of itself. An administrator's view of its members, and a home region's view of linked regions, is cut
// off by the filters: the members and regions in scope are read where they are, and no finding counts twice.
//
// Of the controls that tests over the period name, the history of each finding is read too. AWS keeps it for 90 days, which is less than a
// quarter, and it tells changes alone: that a check was still made in between shows in no entry.
package securityhub

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// Collector reads Security Hub in one account and region.
type Collector struct{}

func (Collector) Name() string { return "securityhub" }
func (Collector) Doc() string {
	return "Security Hub CSPM: the hub, its standards and controls with their computed status, and the findings of controls."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryRegion }

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Control]("The controls of the enabled standards, with the status that follows from their findings."),
		evidence.KindOf[Finding]("The active findings of Security Hub's own controls about this account and region, suppressed ones included. Findings of other products are not control evidence."),
		evidence.KindOf[FindingChange]("What the histories of findings tell of their compliance, record state and workflow, and of who changed it: the findings of the controls that tests over the period name, over the last 90 days."),
		evidence.KindOf[FindingTimeline]("One record for each finding of a control that a test over the period names: what it said when, over the last 90 days."),
		evidence.KindOf[Hub]("Security Hub CSPM in one account and region: one record whether or not it is on."),
		evidence.KindOf[Standard]("The enabled standards."),
	}
}

const (
	rateSource   = "https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html"
	controlKind  = "securityhub.control"
	findingKind  = "securityhub.finding"
	standardKind = "securityhub.standard"
	changeKind   = "securityhub.finding_change"
	timelineKind = "securityhub.finding_timeline"
)

// words are the values of the fields whose history is read.
func words() []string {
	var out []string
	for _, w := range types.ComplianceStatus("").Values() {
		out = append(out, string(w))
	}
	for _, w := range types.RecordState("").Values() {
		out = append(out, string(w))
	}
	for _, w := range types.WorkflowStatus("").Values() {
		out = append(out, string(w))
	}
	return out
}

// Operations are all reads. Notes name the person who wrote them, and so do histories.
func (Collector) Operations() []evidence.Operation {
	op := func(name, member string) evidence.Operation {
		return evidence.Operation{Service: "securityhub", API: securityhub.ServiceID, Name: name, Action: "securityhub:" + name, Member: member,
			Rate: 10, Burst: 30, RateSource: rateSource}
	}
	each := func(op evidence.Operation, kind string, page int) evidence.Operation {
		op.Each, op.Page = kind, page
		return op
	}
	lists := func(op evidence.Operation, kind string) evidence.Operation {
		op.Lists, op.Page = kind, 100
		return op
	}
	findings := lists(op("GetFindings", "Findings"), findingKind)
	findings.Rate, findings.Burst, findings.Identity = 3, 6, []string{"UpdatedBy"}
	history := each(op("GetFindingHistory", "Records"), timelineKind, 100)
	history.Lists = changeKind
	// The values of whichever field changed may name people, and so may a note's; those of the fields that are read here do not.
	history.Identity, history.Plain = []string{"Identity", "NewValue", "OldValue"}, words()
	return []evidence.Operation{
		each(op("BatchGetSecurityControls", "SecurityControls"), controlKind, batch),
		each(op("BatchGetStandardsControlAssociations", "StandardsControlAssociationDetails"), controlKind, batch),
		op("DescribeHub", "HubArn"),
		lists(op("GetEnabledStandards", "StandardsSubscriptions"), standardKind),
		history,
		findings,
		lists(op("ListSecurityControlDefinitions", "SecurityControlDefinitions"), controlKind),
	}
}

func operationNamed(name string) evidence.Operation {
	ops := Collector{}.Operations()
	return ops[slices.IndexFunc(ops, func(o evidence.Operation) bool { return o.Name == name })]
}

// A reader is the collector at work.
type reader struct {
	c   *cell.Cell
	api *securityhub.Client
	hub *Hub
	// controls are those of the enabled standards in AWS's order, at most some hundreds; byID finds them.
	controls []*entry
	byID     map[string]*entry
	// byStandard finds a control by what it is called in a standard: "pci-dss/v/3.2.1/PCI.S3.1".
	byStandard map[string]string
	// unlisted is set where some of the controls could not be listed.
	unlisted *evidence.Gap
	// seen holds the checks that were counted, by a digest of control and resources, with the worst result told of each. It is what
	// keeps a failure that is told once for each standard from counting more than once, and grows by some ten bytes a check.
	seen map[uint64]rank
	// watched are the findings whose history is read.
	watched []watched
}

// Collect reads everything once. What fails is told to the cell and the rest goes on.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	r := &reader{c: c, api: securityhub.NewFromConfig(c.Config, lenient), byID: map[string]*entry{}, byStandard: map[string]string{}, seen: map[uint64]rank{}}
	r.hub = &Hub{Meta: c.Meta(r.arn("hub/default"))}
	if off := r.describe(ctx); off {
		return c.Emit(r.hub)
	}
	standards, err := r.standards(ctx)
	if err != nil {
		return err
	}
	r.define(ctx, standards)
	r.enablement(ctx)
	r.associations(ctx)
	if err := r.findings(ctx); err != nil {
		return err
	}
	if err := r.histories(ctx); err != nil {
		return err
	}
	for _, e := range r.controls {
		if err := c.Emit(&e.Control); err != nil {
			return err
		}
	}
	if len(r.hub.Evidence) == 0 {
		return nil // nothing was answered, and describe has said so
	}
	return c.Emit(r.hub)
}

// arn makes the ARN of a thing of this hub, as AWS does.
func (r *reader) arn(rest string) string {
	return "arn:" + r.c.Partition + ":securityhub:" + r.c.Region + ":" + r.c.Account + ":" + rest
}

// describe reads the hub, and reports whether Security Hub is off.
func (r *reader) describe(ctx context.Context) (off bool) {
	out, err := r.api.DescribeHub(ctx, &securityhub.DescribeHubInput{})
	switch {
	case err == nil:
		r.c.Read(&r.hub.Meta, out.ResultMetadata)
		r.hub.Enabled, r.hub.AutoEnableControls, r.hub.ControlFindingGenerator = true, out.AutoEnableControls, cell.Text(out.ControlFindingGenerator)
		r.hub.Subscribed = moment(out.SubscribedAt)
	case notSubscribed(err):
		r.c.Known(&r.hub.Meta, err)
		r.c.NotEnabled(err, controlKind, findingKind, changeKind, timelineKind, standardKind)
		return true
	default:
		r.c.Unknown(&r.hub.Meta, err, "enabled", "control_finding_generator", "auto_enable_controls", "subscribed")
		if len(r.hub.Evidence) == 0 {
			r.c.Incomplete(err, "securityhub.hub")
		}
	}
	return false
}

// notSubscribed tells "Security Hub is off" from other refusals. InvalidAccessException stands for more than that, so its words decide.
func notSubscribed(err error) bool {
	var e *tape.Error
	switch tape.Code(err) {
	case "ResourceNotFoundException":
		return asError(err, &e) && e.Operation.Name == "DescribeHub"
	case "InvalidAccessException":
		return asError(err, &e) && (strings.Contains(e.Message, "not subscribed") || strings.Contains(e.Message, "not enabled"))
	}
	return false
}

// fail says that populations are not whole, or not there because Security Hub is off.
func (r *reader) fail(err error, kinds ...string) evidence.Gap {
	if notSubscribed(err) {
		return r.c.NotEnabled(err, kinds...)
	}
	return r.c.Incomplete(err, kinds...)
}

// standards emits the enabled standards and gives their ARNs.
func (r *reader) standards(ctx context.Context) ([]string, error) {
	var arns []string
	seen := r.c.Once(standardKind, controlKind)
	p := securityhub.NewGetEnabledStandardsPaginator(r.api, &securityhub.GetEnabledStandardsInput{MaxResults: aws.Int32(100)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			g := r.fail(err, standardKind, controlKind)
			r.unlisted = &g
			r.hub.Meta.UnknownBy(g, "standards")
			break
		}
		r.c.Read(&r.hub.Meta, page.ResultMetadata)
		for _, x := range page.StandardsSubscriptions {
			s := &Standard{Meta: r.c.Meta(aws.ToString(x.StandardsSubscriptionArn)), ARN: aws.ToString(x.StandardsArn), Name: standardName(aws.ToString(x.StandardsArn)),
				Status: string(x.StandardsStatus), ControlsUpdatable: cell.Text(x.StandardsControlsUpdatable)}
			if x.StandardsStatusReason != nil {
				s.Reason = cell.Text(x.StandardsStatusReason.StatusReasonCode)
			}
			r.c.Read(&s.Meta, page.ResultMetadata)
			if s.ID == "" {
				s.ID = r.arn("subscription/" + s.Name)
			}
			if !seen.First(s.ID, page.ResultMetadata) {
				continue
			}
			r.hub.Standards++
			arns = append(arns, s.ARN)
			if err := r.c.Emit(s); err != nil {
				return nil, err
			}
		}
	}
	return arns, nil
}

// standardName is the end of a standard's ARN: "aws-foundational-security-best-practices/v/1.0.0".
func standardName(arn string) string {
	for _, sep := range []string{"standards/", "ruleset/"} {
		if _, name, ok := strings.Cut(arn, sep); ok {
			return name
		}
	}
	return arn
}

func (r *reader) half(md middleware.Metadata, operation, code, message string, m *evidence.Meta, fields []string, kinds ...string) evidence.Gap {
	return r.c.Half(md, operationNamed(operation), code, message, m, fields, kinds...)
}
