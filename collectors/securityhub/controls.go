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
)

// batch is how many ids AWS takes in one call.
const batch = 100

// An entry is a control on its way to being a record.
type entry struct {
	Control
	// standards are the ARNs of the enabled standards that have the control.
	standards []string
	// worst is the worst result that a finding told of it, and page the answer that first did.
	worst rank
	page  middleware.Metadata
}

// define lists the controls of each enabled standard.
func (r *reader) define(ctx context.Context, standards []string) {
	for _, standard := range standards {
		p := securityhub.NewListSecurityControlDefinitionsPaginator(r.api, &securityhub.ListSecurityControlDefinitionsInput{StandardsArn: aws.String(standard), MaxResults: aws.Int32(100)})
		n := 0
		for p.HasMorePages() {
			page, err := p.NextPage(ctx)
			if err != nil {
				g := r.fail(err, controlKind)
				r.unlisted = &g
				break
			}
			for _, x := range page.SecurityControlDefinitions {
				n++
				if aws.ToString(x.SecurityControlId) == "" {
					g := r.half(page.ResultMetadata, "ListSecurityControlDefinitions", "MissingMember", "a control was listed without its id", nil, nil, controlKind)
					r.unlisted = &g
					continue
				}
				e := r.entry(x, page.ResultMetadata)
				if !slices.Contains(e.standards, standard) {
					e.standards = append(e.standards, standard)
				}
			}
			if n == 0 && !p.HasMorePages() {
				// A standard without controls is one whose controls AWS cannot list yet.
				g := r.half(page.ResultMetadata, "ListSecurityControlDefinitions", "NoControls", "AWS lists no controls for the enabled standard "+standardName(standard), nil, nil, controlKind)
				r.unlisted = &g
			}
		}
	}
	if r.unlisted != nil {
		// A control that was listed may also be in the standard that was not.
		for _, e := range r.controls {
			e.Meta.UnknownBy(*r.unlisted, "associations", "disabled_standards", "unjustified_standards")
		}
	}
}

func (r *reader) entry(x types.SecurityControlDefinition, md middleware.Metadata) *entry {
	id := aws.ToString(x.SecurityControlId)
	e := r.byID[id]
	if e == nil {
		e = &entry{Control: Control{Meta: r.c.Meta(r.arn("security-control/" + id)), Control: id, Title: aws.ToString(x.Title), Severity: string(x.SeverityRating),
			Availability: string(x.CurrentRegionAvailability), CustomParameters: []string{}, Associations: []Association{}, DisabledStandards: []string{},
			Unjustified: []string{}, ComputedAt: r.c.Scope.AsOf.UTC()}}
		r.byID[id] = e
		r.controls = append(r.controls, e)
		r.c.Read(&e.Meta, md)
		for _, f := range []struct{ field, member, value string }{{"severity", "SeverityRating", e.Severity}, {"availability", "CurrentRegionAvailability", e.Availability}} {
			if f.value == "" {
				r.half(md, "ListSecurityControlDefinitions", "MissingMember", "AWS listed the control without "+f.member, &e.Meta, []string{f.field})
			}
		}
	}
	return e
}

// enablement reads which controls are enabled in the account and region.
func (r *reader) enablement(ctx context.Context) {
	fields := []string{"enablement", "update_status", "custom_parameters", "update_reason"}
	for some := range slices.Chunk(r.controls, batch) {
		var ids []string
		for _, e := range some {
			ids = append(ids, e.Control.Control)
		}
		out, err := r.api.BatchGetSecurityControls(ctx, &securityhub.BatchGetSecurityControlsInput{SecurityControlIds: ids})
		if err != nil {
			g := r.c.Unknown(nil, err, fields...)
			for _, e := range some {
				e.Meta.UnknownBy(g, fields...)
			}
			continue
		}
		for _, x := range out.SecurityControls {
			e := r.byID[aws.ToString(x.SecurityControlId)]
			if e == nil {
				continue
			}
			e.Enablement, e.UpdateStatus, e.UpdateReason = cell.Text(x.SecurityControlStatus), cell.Text(x.UpdateStatus), x.LastUpdateReason
			for name, v := range x.Parameters {
				if v.ValueType == types.ParameterValueTypeCustom {
					e.CustomParameters = append(e.CustomParameters, name)
				}
			}
			slices.Sort(e.CustomParameters)
			r.c.Read(&e.Meta, out.ResultMetadata)
		}
		why := map[string]types.UnprocessedSecurityControl{}
		for _, u := range out.UnprocessedIds {
			why[lastPart(aws.ToString(u.SecurityControlId))] = u
		}
		for _, e := range some {
			if e.Enablement != nil {
				continue
			}
			code, message := "MissingControl", "AWS told nothing of the control "+e.Control.Control
			if u, ok := why[e.Control.Control]; ok {
				code, message = string(u.ErrorCode), aws.ToString(u.ErrorReason)
			}
			r.half(out.ResultMetadata, "BatchGetSecurityControls", code, message, &e.Meta, fields)
		}
	}
}

// A pair is a control in a standard, to be asked for.
type pair struct {
	e        *entry
	standard string
	done     bool
}

// associations reads, for each control and standard, whether the one is enabled in the other and why not.
func (r *reader) associations(ctx context.Context) {
	fields := []string{"associations", "disabled_standards", "unjustified_standards"}
	var pairs []*pair
	for _, e := range r.controls {
		for _, s := range e.standards {
			pairs = append(pairs, &pair{e: e, standard: s})
		}
	}
	for some := range slices.Chunk(pairs, batch) {
		in := &securityhub.BatchGetStandardsControlAssociationsInput{}
		for _, p := range some {
			in.StandardsControlAssociationIds = append(in.StandardsControlAssociationIds,
				types.StandardsControlAssociationId{SecurityControlId: aws.String(p.e.Control.Control), StandardsArn: aws.String(p.standard)})
		}
		out, err := r.api.BatchGetStandardsControlAssociations(ctx, in)
		if err != nil {
			g := r.c.Unknown(nil, err, fields...)
			for _, p := range some {
				p.e.Meta.UnknownBy(g, unmarked(&p.e.Meta, fields)...)
			}
			continue
		}
		find := func(control, standard *string) *pair {
			for _, p := range some {
				if p.e.Control.Control == lastPart(aws.ToString(control)) && p.standard == aws.ToString(standard) {
					return p
				}
			}
			return nil
		}
		for _, x := range out.StandardsControlAssociationDetails {
			if p := find(x.SecurityControlId, x.StandardsArn); p != nil && !p.done {
				p.done = true
				r.c.Read(&p.e.Meta, out.ResultMetadata)
				r.associate(p, x)
			}
		}
		why := map[*pair]types.UnprocessedStandardsControlAssociation{}
		for _, u := range out.UnprocessedAssociations {
			if id := u.StandardsControlAssociationId; id != nil {
				why[find(id.SecurityControlId, id.StandardsArn)] = u
			}
		}
		for _, p := range some {
			left := unmarked(&p.e.Meta, fields)
			if p.done || len(left) == 0 {
				continue
			}
			code, message := "MissingAssociation", "AWS told nothing of the control "+p.e.Control.Control+" in "+standardName(p.standard)
			if u, ok := why[p]; ok {
				code, message = string(u.ErrorCode), aws.ToString(u.ErrorReason)
			}
			r.half(out.ResultMetadata, "BatchGetStandardsControlAssociations", code, message, &p.e.Meta, left)
		}
	}
}

// unmarked gives the fields that are not known to be unknown already.
func unmarked(m *evidence.Meta, fields []string) []string {
	var out []string
	for _, f := range fields {
		if !slices.ContainsFunc(m.Unknown, func(u evidence.Unknown) bool { return u.Field == f }) {
			out = append(out, f)
		}
	}
	return out
}

func (r *reader) associate(p *pair, x types.StandardsControlAssociationDetail) {
	e, name := p.e, standardName(p.standard)
	e.Associations = append(e.Associations, Association{Standard: name, Status: string(x.AssociationStatus), Reason: x.UpdatedReason, Updated: cell.UTC(x.UpdatedAt),
		Requirements: append([]string{}, x.RelatedRequirements...)})
	if x.AssociationStatus != types.AssociationStatusEnabled {
		e.DisabledStandards = append(e.DisabledStandards, name)
		if strings.TrimSpace(aws.ToString(x.UpdatedReason)) == "" {
			e.Unjustified = append(e.Unjustified, name)
		}
	}
	for _, arn := range x.StandardsControlArns {
		if _, called, ok := strings.Cut(arn, ":control/"); ok {
			r.call(called, e.Control.Control)
		}
	}
}

// call notes what a control is called in a standard, whole and by its last part. Where two controls share a last part (1.1 of two CIS
// versions) it tells nothing.
func (r *reader) call(called, control string) {
	r.byStandard[called] = control
	short := lastPart(called)
	if was, ok := r.byStandard[short]; ok && was != control {
		control = ""
	}
	r.byStandard[short] = control
}

func lastPart(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }
