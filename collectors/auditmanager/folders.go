package auditmanager

import (
	"context"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/auditmanager"
	"github.com/aws/aws-sdk-go-v2/service/auditmanager/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
)

// A listedFolder is one entry of GetEvidenceFoldersByAssessment.
type listedFolder struct {
	types.AssessmentEvidenceFolder
	counts folderCount
	page   middleware.Metadata
}

// An opened is a folder with what was in it.
type opened struct {
	rec      *EvidenceFolder
	evidence []*Evidence
}

// folders reads the folders of an assessment, and the evidence of those in the period.
func (r *reader) folders(ctx context.Context, a *Assessment) error {
	var broken error
	open := func(ctx context.Context, l listedFolder) opened { return r.open(ctx, a, l) }
	err := cell.Ordered(ctx, r.listed(ctx, a, &broken), open, func(o opened) error {
		if err := r.c.Emit(o.rec); err != nil {
			return err
		}
		for _, e := range o.evidence {
			if err := r.c.Emit(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if broken != nil {
		r.fail(broken, folderKind, evidenceKind)
	}
	return nil
}

// listed gives the folders as they are listed; broken is set where the list is not whole.
func (r *reader) listed(ctx context.Context, a *Assessment, broken *error) iter.Seq[listedFolder] {
	return func(yield func(listedFolder) bool) {
		seen := r.c.Once(folderKind, evidenceKind)
		p := auditmanager.NewGetEvidenceFoldersByAssessmentPaginator(r.api, &auditmanager.GetEvidenceFoldersByAssessmentInput{AssessmentId: &a.AssessmentID, MaxResults: aws.Int32(pageSize)})
		for p.HasMorePages() {
			var n folderCounts
			page, err := p.NextPage(ctx, counts(&n))
			if err != nil {
				*broken = err
				return
			}
			nameless := false
			for i, f := range page.EvidenceFolders {
				if aws.ToString(f.Id) == "" {
					nameless = true
				} else if seen.First(*f.Id, page.ResultMetadata) && !yield(listedFolder{f, n.folder(i), page.ResultMetadata}) {
					return
				}
			}
			if nameless {
				r.half(page.ResultMetadata, getEvidenceFoldersByAssess, "an evidence folder was listed without its id", nil, nil, folderKind, evidenceKind)
			}
		}
	}
}

// open makes a folder's record, and reads what is in it where it lies in the period.
func (r *reader) open(ctx context.Context, a *Assessment, l listedFolder) opened {
	n := l.counts
	f := &EvidenceFolder{Meta: r.c.Meta(a.ID + "/evidenceFolder/" + *l.Id), Assessment: a.ID, FolderID: *l.Id, Name: text(l.Name), Date: cell.UTC(l.Date), ControlSet: text(l.ControlSetId),
		ControlID: text(l.ControlId), ControlName: text(l.ControlName), DataSource: text(l.DataSource), Author: text(l.Author), Total: n.Total, ComplianceChecks: n.Checks, Issues: n.Issues,
		Configuration: n.Configuration, UserActivity: n.Activity, Manual: n.Manual, Resources: n.Resources, AWSSources: n.Sources, ReportEvidence: n.Report}
	r.c.Read(&f.Meta, l.page)
	o := opened{rec: f}
	if f.Date == nil {
		r.half(l.page, getEvidenceFoldersByAssess, "the folder was listed without its date, so it is not known whether it lies in the period", &f.Meta, []string{"date", "in_period", "evidence_read"}, evidenceKind)
		return o
	}
	in := r.c.Period.Contains(*f.Date)
	if f.InPeriod = &in; !in {
		return o
	}
	if f.ControlSet == nil {
		r.half(l.page, getEvidenceFoldersByAssess, "the folder was listed without its control set, without which its evidence can't be asked for", &f.Meta, []string{"control_set", "evidence_read"}, evidenceKind)
		return o
	}
	var last middleware.Metadata
	seen := r.c.Once(evidenceKind)
	p := auditmanager.NewGetEvidenceByEvidenceFolderPaginator(r.api, &auditmanager.GetEvidenceByEvidenceFolderInput{AssessmentId: &a.AssessmentID, ControlSetId: f.ControlSet,
		EvidenceFolderId: &f.FolderID, MaxResults: aws.Int32(pageSize)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.c.Unknown(&f.Meta, err, "evidence_read")
			r.fail(err, evidenceKind)
			return o
		}
		last = page.ResultMetadata
		r.c.Read(&f.Meta, last)
		for _, e := range page.Evidence {
			if aws.ToString(e.Id) == "" {
				r.half(last, getEvidenceByFolder, "an item of evidence was listed without its id", &f.Meta, []string{"evidence_read"}, evidenceKind)
			} else if seen.First(*e.Id, last) {
				o.evidence = append(o.evidence, r.item(f, e, last))
			}
		}
	}
	read := len(o.evidence)
	f.EvidenceRead = &read
	if f.Total != nil && read < *f.Total {
		r.c.Half(last, getEvidenceByFolder, "CountDiffers", fmt.Sprintf("AWS counts %d items of evidence in the folder, and listed %d", *f.Total, read), &f.Meta, []string{"evidence_read"}, evidenceKind)
	}
	return o
}

// item makes the record of one item of evidence.
func (r *reader) item(f *EvidenceFolder, e types.Evidence, md middleware.Metadata) *Evidence {
	rec := &Evidence{Meta: r.c.Meta(f.ID + "/evidence/" + *e.Id), EvidenceID: *e.Id, Assessment: f.Assessment, Folder: f.ID, ControlSet: f.ControlSet, ControlID: f.ControlID, Time: cell.UTC(e.Time),
		DataSource: text(e.DataSource), Type: text(e.EvidenceByType), ComplianceCheck: text(e.ComplianceCheck), EventName: text(e.EventName), EventSource: text(e.EventSource),
		EvidenceAccount: text(e.EvidenceAwsAccountId), Organization: text(e.AwsOrganization), IAM: text(e.IamId), InReport: text(e.AssessmentReportSelection), Attributes: e.Attributes, Resources: []Resource{}}
	r.c.Read(&rec.Meta, md)
	for _, x := range e.ResourcesIncluded {
		rec.Resources = append(rec.Resources, Resource{ARN: text(x.Arn), ComplianceCheck: text(x.ComplianceCheck), Value: text(x.Value)})
	}
	if rec.EvidenceAccount == nil {
		rec.EvidenceAccount = text(e.AwsAccountId)
	}
	if rec.Time == nil {
		r.half(md, getEvidenceByFolder, "the item of evidence was listed without its time", &rec.Meta, []string{"time"})
	}
	return rec
}
