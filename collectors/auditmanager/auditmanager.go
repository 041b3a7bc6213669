// Package auditmanager reads what AWS Audit Manager holds: whether it is on, its settings, its assessments with their controls, and the
// evidence that it collected in the period of the audit.
//
// AWS closed Audit Manager to new customers on 30 April 2026 and deletes its evidence two years after it was collected. What is read here
// becomes evidence of the audit, and stays. It is repeated as AWS wrote it and judged nowhere: what Audit Manager calls compliant is its
// own verdict.
//
// The evidence that is read is that in the folders dated within the period: a folder holds what was collected for one control on one day.
// Folders outside the period are listed, with AWS's counts, and not opened. Files that people uploaded are not part of any answer. No
// link to an upload or a report is ever asked for: it would be a credential.
package auditmanager

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/auditmanager"
	"github.com/aws/aws-sdk-go-v2/service/auditmanager/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// Collector reads Audit Manager in one account and region.
type Collector struct{}

func (Collector) Name() string { return "auditmanager" }
func (Collector) Doc() string {
	return "AWS Audit Manager: its settings, assessments, controls, and the evidence that it collected in the period."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryRegion }

const (
	accountKind    = "auditmanager.account"
	assessmentKind = "auditmanager.assessment"
	controlKind    = "auditmanager.control"
	folderKind     = "auditmanager.evidence_folder"
	evidenceKind   = "auditmanager.evidence"
)

// dependents are the populations that are not there where Audit Manager is off.
var dependents = []string{assessmentKind, controlKind, evidenceKind, folderKind}

func operation(name, member string, identity ...string) evidence.Operation {
	return evidence.Operation{Service: "auditmanager", API: auditmanager.ServiceID, Name: name, Action: "auditmanager:" + name, Member: member, Identity: identity}
}

func each(op evidence.Operation, kind string) evidence.Operation {
	op.Each = kind
	return op
}

func lists(op evidence.Operation, kind string) evidence.Operation {
	op.Lists, op.Page = kind, pageSize
	return op
}

// pageSize is the largest that AWS allows.
const pageSize = 1000

var (
	getAccountStatus = evidence.Operation{Service: "auditmanager", API: auditmanager.ServiceID, Name: "GetAccountStatus", Action: "auditmanager:GetAccountStatus",
		MayLack: "Status is a word, whose lack the collector sees as an empty one"}
	getAssessment              = each(operation("GetAssessment", "Assessment", "roleArn", "createdBy", "authorName", "emailAddress"), assessmentKind)
	getEvidenceByFolder        = paced(lists(each(operation("GetEvidenceByEvidenceFolder", "Evidence", "iamId"), folderKind), evidenceKind))
	getEvidenceFoldersByAssess = lists(each(operation("GetEvidenceFoldersByAssessment", "EvidenceFolders", "author"), assessmentKind), folderKind)
	getSettings                = operation("GetSettings", "Settings", "roleArn")
	listAssessments            = lists(operation("ListAssessments", "AssessmentMetadata", "roleArn", "createdBy"), assessmentKind)
)

// paced gives the one operation that is asked for every folder our own rate: AWS publishes none, and a quarter of a hundred controls has
// nine thousand folders. At ten a second they take a quarter of an hour.
func paced(op evidence.Operation) evidence.Operation {
	op.Pace = 10
	return op
}

func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{getAccountStatus, getAssessment, getEvidenceByFolder, getEvidenceFoldersByAssess, getSettings, listAssessments}
}

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Account]("AWS Audit Manager in one account and region where AWS offers it: one record whether or not it is on."),
		evidence.KindOf[Assessment]("The assessments, running and closed."),
		evidence.KindOf[Control]("The controls of every assessment."),
		evidence.KindOf[Evidence]("The evidence in the folders dated within the period of the audit, as Audit Manager kept it."),
		evidence.KindOf[EvidenceFolder]("The evidence folders of every assessment, within the period and outside it."),
	}
}

// offered are the regions that have Audit Manager. It is closed to new customers, and so to new regions.
var offered = []string{"ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-west-1", "eu-west-2", "us-east-1", "us-east-2", "us-west-1", "us-west-2"}

// reader is one cell at work.
type reader struct {
	c   *cell.Cell
	api *auditmanager.Client
}

// Collect asks first whether Audit Manager is on.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	if c.Partition != "aws" {
		c.Absent(getAccountStatus, "NotInPartition", "AWS has Audit Manager in the partition aws only", dependents...)
		return nil
	}
	if !slices.Contains(offered, c.Region) {
		c.Absent(getAccountStatus, "NotInRegion", "AWS does not offer Audit Manager in "+c.Region, dependents...)
		return nil
	}
	r := &reader{c: c, api: auditmanager.NewFromConfig(c.Config)}
	a := &Account{Meta: c.Meta("arn:" + c.Partition + ":auditmanager:" + c.Region + ":" + c.Account + ":account")}
	on := r.account(ctx, a)
	if on {
		r.settings(ctx, a)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(a.Evidence) > 0 {
		if err := c.Emit(a); err != nil {
			return err
		}
	}
	if !on {
		return nil
	}
	return r.assessments(ctx)
}

// account reads whether Audit Manager is on. It is false where AWS says that it is not; what could not be read goes on.
func (r *reader) account(ctx context.Context, a *Account) bool {
	a.Missing = []string{}
	out, err := r.api.GetAccountStatus(ctx, &auditmanager.GetAccountStatusInput{})
	switch {
	case notSetUp(err):
		r.c.Known(&a.Meta, err)
		r.c.NotEnabled(err, dependents...)
		a.Status = cell.Text("not-enabled")
		return false
	case err != nil:
		a.Missing = nil
		r.c.Unknown(&a.Meta, err, "status", "missing", "aws_status")
		if len(a.Evidence) == 0 {
			r.c.Incomplete(err, accountKind)
		}
		return true
	}
	r.c.Read(&a.Meta, out.ResultMetadata)
	a.AWSStatus = cell.Text(out.Status)
	switch out.Status {
	case types.AccountStatusActive:
		a.Status = cell.Text("enabled")
		return true
	case types.AccountStatusInactive, types.AccountStatusPendingActivation:
		a.Status = cell.Text("not-enabled")
		if out.Status == types.AccountStatusPendingActivation {
			a.Status, a.Missing = cell.Text("partly-enabled"), []string{"activation"}
		}
		// AWS says so without an error.
		r.c.NotEnabled(&tape.Error{Stamp: tape.StampOf(out.ResultMetadata), Operation: getAccountStatus, Outcome: evidence.NotEnabled, Code: string(out.Status),
			Message: "AWS Audit Manager is not set up in this account and region", Status: 200}, dependents...)
		return false
	}
	a.Missing = nil
	if out.Status == "" {
		r.half(out.ResultMetadata, getAccountStatus, "AWS answered GetAccountStatus without the status", &a.Meta, []string{"status", "missing", "aws_status"})
		return true
	}
	r.c.Half(out.ResultMetadata, getAccountStatus, "UnknownValue", "AWS answered GetAccountStatus with a status that is not documented: "+string(out.Status), &a.Meta, []string{"status", "missing"})
	return true
}

// notSetUp tells "Audit Manager is off" from other refusals, which have the same code: the words decide.
func notSetUp(err error) bool {
	var e *tape.Error
	return errors.As(err, &e) && e.Code == "AccessDeniedException" && strings.Contains(e.Message, "complete AWS Audit Manager setup")
}

// fail says that populations are not whole, or not there because Audit Manager is off.
func (r *reader) fail(err error, kinds ...string) evidence.Gap {
	if notSetUp(err) {
		return r.c.NotEnabled(err, kinds...)
	}
	return r.c.Incomplete(err, kinds...)
}

// settingFields are what GetSettings tells.
var settingFields = []string{"organization", "kms_key", "deregistration", "evidence_finder", "report_destination", "export_destination", "topic", "process_owners"}

func (r *reader) settings(ctx context.Context, a *Account) {
	out, err := r.api.GetSettings(ctx, &auditmanager.GetSettingsInput{Attribute: types.SettingAttributeAll})
	if err != nil {
		r.c.Unknown(&a.Meta, err, settingFields...)
		return
	}
	r.c.Read(&a.Meta, out.ResultMetadata)
	s := out.Settings
	a.Organization, a.KMSKey, a.Topic, a.ProcessOwners = s.IsAwsOrgEnabled, text(s.KmsKey), text(s.SnsTopic), roles(s.DefaultProcessOwners)
	if d := s.DeregistrationPolicy; d != nil {
		a.Deregistration = cell.Text(d.DeleteResources)
	}
	if f := s.EvidenceFinderEnablement; f != nil {
		a.EvidenceFinder = &Finder{Status: cell.Text(f.EnablementStatus), Backfill: cell.Text(f.BackfillStatus), EventDataStore: text(f.EventDataStoreArn), Error: text(f.Error)}
	}
	if d := s.DefaultAssessmentReportsDestination; d != nil {
		a.ReportDestination = text(d.Destination)
	}
	if d := s.DefaultExportDestination; d != nil {
		a.ExportDestination = text(d.Destination)
	}
	lacks := func(member, field string) {
		r.c.Half(out.ResultMetadata, getSettings, "MissingMember", "AWS answered GetSettings without "+member, &a.Meta, []string{field})
	}
	if a.KMSKey == nil {
		lacks("the KMS key", "kms_key")
	}
	if a.Deregistration == nil {
		lacks("the deregistration policy", "deregistration")
	}
}

func roles(in []types.Role) []Role {
	out := []Role{}
	for _, x := range in {
		out = append(out, Role{string(x.RoleType), aws.ToString(x.RoleArn)})
	}
	return out
}

// half notes what an answer lacks.
func (r *reader) half(md middleware.Metadata, op evidence.Operation, message string, m *evidence.Meta, fields []string, kinds ...string) evidence.Gap {
	return r.c.Half(md, op, "MissingMember", message, m, fields, kinds...)
}

func text(s *string) *string { return cell.Text(aws.ToString(s)) }
