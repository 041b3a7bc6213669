package auditmanager

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/auditmanager"
	"github.com/aws/aws-sdk-go-v2/service/auditmanager/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
)

// assessmentFields are what GetAssessment tells beyond the list.
var assessmentFields = []string{"description", "framework", "report_destination", "accounts", "services", "control_sets", "controls", "reviewed", "tags"}

// assessments reads every assessment, and then the evidence of each.
func (r *reader) assessments(ctx context.Context) error {
	var all []*assessment
	seen := r.c.Once(dependents...)
	p := auditmanager.NewListAssessmentsPaginator(r.api, &auditmanager.ListAssessmentsInput{MaxResults: aws.Int32(pageSize)})
	err := cell.Pages(ctx, p, func(err error) { r.fail(err, dependents...) }, func(page *auditmanager.ListAssessmentsOutput) error {
		for _, x := range page.AssessmentMetadata {
			if aws.ToString(x.Id) == "" {
				r.half(page.ResultMetadata, listAssessments, "an assessment was listed without its id", nil, nil, dependents...)
			} else if seen.First(*x.Id, page.ResultMetadata) {
				all = append(all, &assessment{item: x, page: page.ResultMetadata})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	read := func(ctx context.Context, a *assessment) *assessment {
		r.assessment(ctx, a)
		return a
	}
	err = cell.Ordered(ctx, slices.Values(all), read, func(a *assessment) error {
		if err := r.c.Emit(a.rec); err != nil {
			return err
		}
		for _, c := range a.controls {
			if err := r.c.Emit(c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, a := range all {
		if err := r.folders(ctx, a.rec); err != nil {
			return err
		}
	}
	return nil
}

// An assessment is one being read.
type assessment struct {
	item     types.AssessmentMetadataItem
	page     middleware.Metadata
	rec      *Assessment
	controls []*Control
}

func (r *reader) assessment(ctx context.Context, a *assessment) {
	x := a.item
	rec := &Assessment{Meta: r.c.Meta("arn:" + r.c.Partition + ":auditmanager:" + r.c.Region + ":" + r.c.Account + ":assessment/" + *x.Id), AssessmentID: *x.Id, Name: text(x.Name),
		Status: cell.Text(x.Status), ComplianceType: text(x.ComplianceType), Created: cell.UTC(x.CreationTime), Updated: cell.UTC(x.LastUpdated), Roles: roles(x.Roles)}
	a.rec = rec
	r.c.Read(&rec.Meta, a.page)
	if rec.Name == nil {
		r.half(a.page, listAssessments, "the assessment was listed without its name", &rec.Meta, []string{"name"})
	}
	if rec.Status == nil {
		r.half(a.page, listAssessments, "the assessment was listed without its status", &rec.Meta, []string{"status"})
	}
	var n assessmentCounts
	out, err := r.api.GetAssessment(ctx, &auditmanager.GetAssessmentInput{AssessmentId: x.Id}, counts(&n))
	if err != nil {
		r.c.Unknown(&rec.Meta, err, assessmentFields...)
		r.fail(err, controlKind)
		return
	}
	r.c.Read(&rec.Meta, out.ResultMetadata)
	rec.Tags = out.Assessment.Tags
	if rec.Tags == nil {
		rec.Tags = map[string]string{}
	}
	if m := out.Assessment.Metadata; m != nil {
		rec.Description = text(m.Description)
		if d := m.AssessmentReportsDestination; d != nil {
			rec.ReportDestination = text(d.Destination)
		}
		if m.Scope != nil {
			rec.Accounts, rec.Services = []string{}, []string{}
			for _, v := range m.Scope.AwsAccounts {
				rec.Accounts = append(rec.Accounts, aws.ToString(v.Id))
			}
			//lint:ignore SA1019 AWS still answers with it for assessments from before it was given up
			for _, v := range m.Scope.AwsServices {
				rec.Services = append(rec.Services, aws.ToString(v.ServiceName))
			}
			slices.Sort(rec.Accounts)
			slices.Sort(rec.Services)
		}
	}
	if rec.Accounts == nil {
		r.half(out.ResultMetadata, getAssessment, "AWS answered GetAssessment without the scope", &rec.Meta, []string{"accounts", "services"})
	}
	f := out.Assessment.Framework
	if f == nil || f.ControlSets == nil {
		r.half(out.ResultMetadata, getAssessment, "AWS answered GetAssessment without the framework's control sets", &rec.Meta, []string{"framework", "control_sets", "controls", "reviewed"}, controlKind)
		return
	}
	rec.Framework = &Framework{ID: text(f.Id), ARN: text(f.Arn)}
	if f.Metadata != nil {
		rec.Framework.Name, rec.Framework.ComplianceType = text(f.Metadata.Name), text(f.Metadata.ComplianceType)
	}
	r.controlSets(a, f.ControlSets, &n, out.ResultMetadata)
}

// controlSets makes the records of an assessment's controls.
func (r *reader) controlSets(a *assessment, sets []types.AssessmentControlSet, n *assessmentCounts, md middleware.Metadata) {
	rec := a.rec
	rec.ControlSets = []ControlSet{}
	reviewed, sound := 0, true
	seen := r.c.Once(controlKind)
	lacks := func(message string) {
		sound = false
		r.half(md, getAssessment, message, &rec.Meta, []string{"controls", "reviewed"}, controlKind)
	}
	for i, s := range sets {
		of := n.set(i)
		set := aws.ToString(s.Id)
		rec.ControlSets = append(rec.ControlSets, ControlSet{ID: set, Description: text(s.Description), Status: string(s.Status), SystemEvidence: of.System, ManualEvidence: of.Manual, Delegations: len(s.Delegations)})
		switch {
		case set == "":
			lacks("a control set came without its id")
			continue
		case s.Controls == nil:
			lacks("the control set " + set + " came without its controls")
			continue
		}
		for j, x := range s.Controls {
			id := aws.ToString(x.Id)
			if id == "" {
				lacks("a control came without its id")
				continue
			}
			//lint:ignore SA1019 GetControl would be a call a control for the same words
			c := &Control{Meta: r.c.Meta(rec.ID + "/controlSet/" + set + "/control/" + id), Assessment: rec.ID, ControlSet: set, ControlID: id, Name: text(x.Name), Description: text(x.Description),
				Status: cell.Text(x.Status), Response: cell.Text(x.Response), Sources: cell.List(x.EvidenceSources), Comments: []Comment{}}
			if !seen.First(c.ID, md) {
				continue
			}
			c.Evidence, c.ReportEvidence = of.control(j)
			r.c.Read(&c.Meta, md)
			for _, m := range x.Comments {
				c.Comments = append(c.Comments, Comment{Author: text(m.AuthorName), Posted: cell.UTC(m.PostedDate), Text: aws.ToString(m.CommentBody)})
			}
			if c.Name == nil {
				r.half(md, getAssessment, "the control came without its name", &c.Meta, []string{"name"})
			}
			switch x.Status {
			case types.ControlStatusReviewed:
				reviewed++
			case "":
				r.half(md, getAssessment, "the control came without its status", &c.Meta, []string{"status"})
				lacks("a control came without its status")
			}
			a.controls = append(a.controls, c)
		}
	}
	if total := len(a.controls); sound {
		rec.Controls, rec.Reviewed = &total, &reviewed
	}
}
