package inspector

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/inspector2"
	"github.com/aws/aws-sdk-go-v2/service/inspector2/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// stateFields are what is read from BatchGetAccountStatus.
var stateFields = []string{"status", "missing", "state", "error_code", "ec2", "ecr", "lambda", "lambda_code", "code_repository"}

// lookedAt are the populations that show nothing where it is not known that the account is looked at: an empty list of findings is then no
// sign that there are none.
var lookedAt = []string{coverageKind, findingKind}

// status asks whether Inspector is on, and reports whether AWS answered that it is not.
func (r *reader) status(ctx context.Context) (off bool) {
	out, err := r.api.BatchGetAccountStatus(ctx, &inspector2.BatchGetAccountStatusInput{AccountIds: []string{r.c.Account}})
	if err != nil {
		r.refused = err
		r.rec.UnknownBy(r.c.Incomplete(err, lookedAt...), stateFields...)
		return false
	}
	r.c.Read(&r.rec.Meta, out.ResultMetadata)
	for _, f := range out.FailedAccounts {
		if aws.ToString(f.AccountId) == r.c.Account {
			code := string(f.ErrorCode)
			if code == "" {
				code = "FailedAccount"
			}
			r.c.Half(out.ResultMetadata, accountStatus, code, aws.ToString(f.ErrorMessage), &r.rec.Meta, stateFields, lookedAt...)
			return false
		}
	}
	for _, a := range out.Accounts {
		if aws.ToString(a.AccountId) == r.c.Account {
			return r.states(out, a)
		}
	}
	r.c.Half(out.ResultMetadata, accountStatus, "MissingMember", "AWS answered BatchGetAccountStatus without this account", &r.rec.Meta, stateFields, lookedAt...)
	return false
}

// states reads the account's state and those of its scan types, and reports whether all of them are off.
func (r *reader) states(out *inspector2.BatchGetAccountStatusOutput, a types.AccountState) (off bool) {
	rec, md := r.rec, out.ResultMetadata
	var lacking []string // fields
	if a.State == nil || a.State.Status == "" {
		lacking = append(lacking, "state", "error_code")
	} else {
		rec.State, rec.ErrorCode = string(a.State.Status), cell.Text(a.State.ErrorCode)
	}
	of := a.ResourceState
	if of == nil {
		of = &types.ResourceState{}
	}
	missing, allOff := []string{}, true
	for _, t := range []struct {
		name     string
		state    *types.State
		to       **ScanType
		optional bool
	}{{"ec2", of.Ec2, &rec.EC2, false}, {"ecr", of.Ecr, &rec.ECR, false}, {"lambda", of.Lambda, &rec.Lambda, false},
		{"lambda_code", of.LambdaCode, &rec.LambdaCode, true}, {"code_repository", of.CodeRepository, &rec.CodeRepository, true}} {
		switch {
		case t.state == nil && t.optional:
			continue
		case t.state == nil || t.state.Status == "":
			lacking = append(lacking, t.name)
			continue
		}
		*t.to = &ScanType{Status: string(t.state.Status), ErrorCode: cell.Text(t.state.ErrorCode), Message: cell.Text(aws.ToString(t.state.ErrorMessage))}
		if t.state.Status != types.StatusEnabled {
			missing = append(missing, t.name)
		}
		allOff = allOff && t.state.Status == types.StatusDisabled
	}
	switch {
	case len(lacking) > 0:
		var open []string
		if rec.State == "" {
			open = lookedAt
		}
		r.c.Half(md, accountStatus, "MissingMember", "AWS answered BatchGetAccountStatus without a state that the status follows from", &rec.Meta, append(lacking, "status", "missing"), open...)
		return false
	case rec.State == string(types.StatusDisabled) && allOff:
		rec.Status, rec.Missing = "not-enabled", []string{}
		// An account in which Inspector is off is refused as an administrator: members and organization are not missing.
		r.off(md, rec.State, coverageKind, filterKind, findingKind)
		return true
	case !documented(a.State.Status):
		r.c.Half(md, accountStatus, "UnknownValue", "AWS does not document the status "+rec.State, &rec.Meta, []string{"status", "missing"}, lookedAt...)
		return false
	}
	if rec.State != string(types.StatusEnabled) {
		missing = append([]string{"account"}, missing...)
		r.off(md, rec.State, lookedAt...)
	}
	rec.Status, rec.Missing = "enabled", missing
	if len(missing) > 0 {
		rec.Status = "partly-enabled"
	}
	return false
}

// off says that AWS's own answer means that the account is not looked at, so that what is found is not there to be read.
func (r *reader) off(md middleware.Metadata, state string, kinds ...string) {
	r.c.NotEnabled(&tape.Error{Stamp: tape.StampOf(md), Operation: accountStatus, Outcome: evidence.NotEnabled, Code: state, Message: "AWS answered that Inspector is " + state + " in this account and region",
		Status: 200}, kinds...)
}

func documented(s types.Status) bool { return slices.Contains(s.Values(), s) }

// configuration reads how instances and images are scanned.
func (r *reader) configuration(ctx context.Context) error {
	out, err := r.api.GetConfiguration(ctx, &inspector2.GetConfigurationInput{})
	if err != nil {
		r.c.Unknown(&r.rec.Meta, err, "ec2_scan_mode", "ecr_rescan")
		return nil
	}
	r.c.Read(&r.rec.Meta, out.ResultMetadata)
	if s := out.EcrConfiguration.RescanDurationState; s != nil && s.RescanDuration != "" {
		r.rec.ECRRescan = &Rescan{Duration: string(s.RescanDuration), PullDuration: cell.Text(s.PullDateRescanDuration), PullMode: cell.Text(s.PullDateRescanMode), Status: cell.Text(s.Status)}
	} else {
		r.lacks(out.ResultMetadata, getConfiguration, "the duration of re-scans", &r.rec.Meta, "ecr_rescan")
	}
	if e := out.Ec2Configuration; e != nil && e.ScanModeState != nil && e.ScanModeState.ScanMode != "" {
		r.rec.EC2ScanMode = &ScanMode{Mode: string(e.ScanModeState.ScanMode), Status: cell.Text(e.ScanModeState.ScanModeStatus)}
	}
	return nil
}

// deepInspection reads deep inspection, unless AWS answered that EC2 is not scanned.
func (r *reader) deepInspection(ctx context.Context) error {
	if r.rec.EC2 != nil && r.rec.EC2.Status == string(types.StatusDisabled) {
		return nil
	}
	out, err := r.api.GetEc2DeepInspectionConfiguration(ctx, &inspector2.GetEc2DeepInspectionConfigurationInput{})
	switch {
	case err != nil:
		r.c.Unknown(&r.rec.Meta, err, "ec2_deep_inspection")
	case out.Status == "":
		r.lacks(out.ResultMetadata, getDeepInspection, "a status", &r.rec.Meta, "ec2_deep_inspection")
	default:
		r.c.Read(&r.rec.Meta, out.ResultMetadata)
		r.rec.DeepInspection = &DeepInspection{Status: string(out.Status), Error: cell.Text(aws.ToString(out.ErrorMessage)), Paths: cell.List(out.PackagePaths), OrgPaths: cell.List(out.OrgPackagePaths)}
	}
	return nil
}

// counts reads how many findings there are by severity.
func (r *reader) counts(ctx context.Context) error {
	var found *Counts
	p := inspector2.NewListFindingAggregationsPaginator(r.api, &inspector2.ListFindingAggregationsInput{AggregationType: types.AggregationTypeAccount,
		AccountIds: []types.StringFilter{{Comparison: types.StringComparisonEquals, Value: &r.c.Account}}})
	whole := true
	half := func(out *inspector2.ListFindingAggregationsOutput, code, why string) {
		if whole {
			r.c.Half(out.ResultMetadata, listAggregations, code, why, &r.rec.Meta, []string{"findings"})
		}
		whole = false
	}
	failed := func(err error) {
		whole = false
		r.c.Unknown(&r.rec.Meta, err, "findings")
	}
	err := cell.Pages(ctx, p, failed, func(out *inspector2.ListFindingAggregationsOutput) error {
		r.c.Read(&r.rec.Meta, out.ResultMetadata)
		for _, x := range out.Responses {
			a, ok := x.(*types.AggregationResponseMemberAccountAggregation)
			if !ok {
				half(out, "UnreadableAnswer", "AWS answered ListFindingAggregations with something else than the counts of an account")
				continue
			}
			if other(a.Value.AccountId, r.c.Account) {
				continue // it is read in its own account
			}
			s := a.Value.SeverityCounts
			if s == nil || s.All == nil || s.Critical == nil || s.High == nil || s.Medium == nil {
				half(out, "MissingMember", "AWS answered ListFindingAggregations without the count of a severity")
				continue
			}
			found = &Counts{All: int(*s.All), Critical: int(*s.Critical), High: int(*s.High), Medium: int(*s.Medium)}
		}
		return nil
	})
	if whole {
		r.rec.Findings = found
	}
	return err
}
