package securityhub

import (
	"context"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// stale is after which time without an update a finding shows nothing of the present: checks run at least every 24 hours.
const stale = 48 * time.Hour

// A rank orders the results of a check, worst last.
type rank uint8

const (
	unseen   rank = iota
	outdated      // passed, and not shown to hold still
	passed
	notAvailable
	warning
	other
	failed
	suppressed
)

func rankOf(status types.ComplianceStatus) rank {
	switch status {
	case types.ComplianceStatusPassed:
		return passed
	case types.ComplianceStatusNotAvailable:
		return notAvailable
	case types.ComplianceStatusWarning:
		return warning
	case types.ComplianceStatusFailed:
		return failed
	}
	return other
}

// count is the tally's place for a rank.
func (t *Tally) count(k rank) *int {
	switch k {
	case outdated:
		return &t.Outdated
	case passed:
		return &t.Passed
	case notAvailable:
		return &t.NotAvailable
	case warning:
		return &t.Warning
	case failed:
		return &t.Failed
	case suppressed:
		return &t.Suppressed
	}
	return &t.Other
}

// filters ask for active findings of Security Hub itself about this account and region. Nothing in them changes while findings are
// being updated, so none moves out of sight between two pages.
func (r *reader) filters() *types.AwsSecurityFindingFilters {
	equals := func(v string) []types.StringFilter {
		return []types.StringFilter{{Comparison: types.StringFilterComparisonEquals, Value: aws.String(v)}}
	}
	return &types.AwsSecurityFindingFilters{AwsAccountId: equals(r.c.Account), Region: equals(r.c.Region), ProductName: equals("Security Hub"), RecordState: equals("ACTIVE")}
}

// findings streams the findings, and computes the status of each control once they have been read to the end.
func (r *reader) findings(ctx context.Context) error {
	for _, e := range r.controls {
		e.Findings = &Tally{}
	}
	read := &Reading{}
	var unmapped *evidence.Gap
	var last middleware.Metadata
	told := r.c.Once(findingKind, controlKind, changeKind, timelineKind)
	p := securityhub.NewGetFindingsPaginator(r.api, &securityhub.GetFindingsInput{Filters: r.filters(), MaxResults: aws.Int32(100)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.unread(r.fail(err, findingKind, changeKind, timelineKind))
			return nil
		}
		last = page.ResultMetadata
		r.c.Read(&r.hub.Meta, last)
		for i := range page.Findings {
			x := &page.Findings[i]
			switch {
			case aws.ToString(x.Id) == "":
				r.half(last, "GetFindings", "MissingMember", "AWS gave a finding without its id", nil, nil, findingKind, controlKind, changeKind, timelineKind)
				continue
			case aws.ToString(x.AwsAccountId) == "", aws.ToString(x.ProductArn) == "":
				r.half(last, "GetFindings", "MissingMember", "AWS gave a finding without its account or product, so that it is not known whose it is", nil, nil, findingKind, controlKind, changeKind, timelineKind)
				continue
			case !told.First(*x.Id, last), r.aside(x, read):
				continue
			}
			f := r.finding(x, last)
			if control := r.controlOf(x); control != "" {
				f.Control = &control
				r.tally(f, x, last, read)
				if unmapped != nil { // which may have told of the same check
					f.Meta.UnknownBy(*unmapped, "duplicate")
				}
			} else {
				read.Unmapped++
				if unmapped == nil {
					g := r.c.Half(last, operationNamed("GetFindings"), "UnmappedFinding", "a finding of "+f.Generator+" names no control that is known here", nil,
						[]string{"control", "duplicate", "findings", "status", "passed"}, changeKind, timelineKind)
					unmapped = &g
				}
				f.Meta.UnknownBy(*unmapped, "control", "duplicate")
			}
			read.add(f)
			r.watch(x, f, last)
			if err := r.c.Emit(f); err != nil {
				return err
			}
		}
	}
	r.hub.Findings = read
	if r.unlisted != nil {
		r.hub.Meta.UnknownBy(*r.unlisted, "findings.unlisted", "findings.unmapped")
	}
	if unmapped != nil {
		r.hub.Meta.UnknownBy(*unmapped, "findings.duplicate", "findings.unmapped", "findings.unlisted")
	}
	for _, e := range r.controls {
		r.c.Read(&e.Meta, last)
		if e.worst != unseen {
			r.c.Read(&e.Meta, e.page)
		}
		r.conclude(e)
		if unmapped != nil {
			r.doubt(e, *unmapped)
		}
	}
	return nil
}

// doubt leaves open what a finding of an unknown control could change: everything but a failure, and a control that is off.
func (r *reader) doubt(e *entry, g evidence.Gap) {
	e.Meta.UnknownBy(g, "findings")
	if s := aws.ToString(e.Status); s == "failed" || s == "disabled" || s == "" {
		return
	}
	e.Status, e.Passed = nil, nil
	e.Meta.UnknownBy(g, "status", "passed")
}

// unread leaves every status open: some findings are not known, and any of them may be a failure.
func (r *reader) unread(g evidence.Gap) {
	r.hub.Meta.UnknownBy(g, "findings")
	for _, e := range r.controls {
		e.Findings = nil
		fields := []string{"findings", "status", "passed"}
		if aws.ToString(e.Enablement) == string(types.ControlStatusDisabled) {
			e.Status = aws.String("disabled") // whatever the findings say
			fields = fields[:1]
		}
		e.Meta.UnknownBy(g, fields...)
	}
}

// aside counts what is not control evidence about this account and region, and reports whether x is such.
func (r *reader) aside(x *types.AwsSecurityFinding, read *Reading) bool {
	switch {
	case aws.ToString(x.AwsAccountId) != r.c.Account, aws.ToString(x.Region) != "" && aws.ToString(x.Region) != r.c.Region:
		read.Elsewhere++
	case !strings.HasSuffix(aws.ToString(x.ProductArn), "product/aws/securityhub"), x.RecordState != "" && x.RecordState != types.RecordStateActive, aws.ToBool(x.Sample):
		read.Other++
	case x.Compliance == nil:
		read.WithoutCompliance++
	default:
		return false
	}
	return true
}

func (read *Reading) add(f *Finding) {
	read.Control++
	if f.Suppressed {
		read.Suppressed++
	}
	if f.Duplicate {
		read.Duplicate++
	}
	if aws.ToBool(f.Stale) {
		read.Stale++
	}
}

// controlOf finds the control that a finding is of. Findings of one standard may carry only the name that the control has there, and
// that name is no guide by itself: PCI.S3.1 is not S3.1. Empty means that it cannot be told.
func (r *reader) controlOf(x *types.AwsSecurityFinding) string {
	id := aws.ToString(x.Compliance.SecurityControlId)
	if id != "" && !strings.HasPrefix(id, "PCI.") {
		return id
	}
	generator := aws.ToString(x.GeneratorId)
	if control, ok := strings.CutPrefix(generator, "security-control/"); ok {
		return control
	}
	_, arn, _ := strings.Cut(x.ProductFields["StandardsControlArn"], ":control/")
	if _, rule, ok := strings.Cut(generator, ":::ruleset/"); ok { // CIS 1.2.0 only
		generator = strings.Replace(rule, "/rule/", "/", 1)
	}
	for _, called := range []string{arn, generator, x.ProductFields["ControlId"], id, lastPart(generator)} {
		if control := r.byStandard[called]; called != "" && control != "" {
			return control
		}
	}
	if short := lastPart(generator); r.byID[short] != nil {
		return short
	}
	return ""
}

// tally counts a finding for its control, once for all findings that tell of the same check.
func (r *reader) tally(f *Finding, x *types.AwsSecurityFinding, md middleware.Metadata, read *Reading) {
	k := rankOf(x.Compliance.Status)
	if k == passed && (f.Stale == nil || *f.Stale) {
		k = outdated
	}
	key := checkOf(*f.Control, f)
	if f.Suppressed {
		k = suppressed
		key++ // a suppressed finding and one that is not are counted apart
	}
	was := r.seen[key]
	f.Duplicate = was != unseen
	r.seen[key] = max(was, k)
	e := r.byID[*f.Control]
	if e == nil {
		read.Unlisted++
		return
	}
	if was == unseen {
		*e.Findings.count(k)++
	} else if k > was {
		*e.Findings.count(was)--
		*e.Findings.count(k)++
	}
	if k == suppressed {
		return
	}
	if aws.ToBool(f.Stale) {
		e.Findings.Stale++
	}
	if k > e.worst {
		e.worst, e.page = k, md
	}
}

// checkOf is a digest of the control and the resources, or of the finding where it names no resource. Account and region are the cell's.
func checkOf(control string, f *Finding) uint64 {
	h := fnv.New64a()
	h.Write([]byte(control))
	ids := slices.Sorted(slices.Values(f.Resources))
	if len(ids) == 0 {
		ids = []string{f.ID}
	}
	for _, id := range ids {
		h.Write([]byte{0})
		h.Write([]byte(id))
	}
	return h.Sum64() &^ 1
}

// conclude computes the status as AWS documents it.
func (r *reader) conclude(e *entry) {
	t := e.Findings
	status := ""
	switch enablement := aws.ToString(e.Enablement); {
	case enablement == "": // not known, so neither is the status
		for _, u := range e.Unknown {
			if u.Field == "enablement" {
				e.Unknown = append(e.Unknown, evidence.Unknown{Field: "status", Gap: u.Gap, Code: u.Code}, evidence.Unknown{Field: "passed", Gap: u.Gap, Code: u.Code})
				break
			}
		}
		return
	case enablement == string(types.ControlStatusDisabled):
		status = "disabled"
	case t.Failed > 0:
		status = "failed"
	case t.Warning+t.NotAvailable+t.Other+t.Outdated > 0:
		status = "unknown"
	case t.Passed > 0:
		status = "passed"
	default:
		status = "no-data"
	}
	e.Status = &status
	switch status {
	case "passed":
		e.Passed = aws.Bool(true)
	case "failed":
		e.Passed = aws.Bool(false)
	}
}

func (r *reader) finding(x *types.AwsSecurityFinding, md middleware.Metadata) *Finding {
	f := &Finding{Meta: r.c.Meta(aws.ToString(x.Id)), Generator: aws.ToString(x.GeneratorId), Title: aws.ToString(x.Title),
		Standards: []string{}, Compliance: string(x.Compliance.Status), Reasons: []string{}, Resources: []string{}, ResourceTypes: []string{},
		FirstObserved: moment(x.FirstObservedAt), LastObserved: moment(x.LastObservedAt), Created: moment(x.CreatedAt), Updated: moment(x.UpdatedAt)}
	r.c.Read(&f.Meta, md)
	f.Consolidated = strings.HasPrefix(f.Generator, "security-control/")
	for _, s := range x.Compliance.AssociatedStandards {
		f.Standards = append(f.Standards, aws.ToString(s.StandardsId))
	}
	for _, s := range x.Compliance.StatusReasons {
		f.Reasons = append(f.Reasons, aws.ToString(s.ReasonCode))
	}
	for _, s := range x.Resources {
		f.Resources = append(f.Resources, aws.ToString(s.Id))
		f.ResourceTypes = append(f.ResourceTypes, aws.ToString(s.Type))
	}
	if s := x.Severity; s != nil {
		f.Severity, f.SeverityOriginal = cell.Text(s.Label), s.Original
	}
	if w := x.Workflow; w != nil {
		f.Workflow, f.Suppressed = cell.Text(w.Status), w.Status == types.WorkflowStatusSuppressed
	}
	if n := x.Note; n != nil {
		f.Note = &Note{Text: aws.ToString(n.Text), UpdatedBy: n.UpdatedBy, Updated: moment(n.UpdatedAt)}
	}
	if f.Updated != nil {
		f.Stale = aws.Bool(f.Updated.Before(r.c.Scope.AsOf.Add(-stale)))
	}
	return f
}
