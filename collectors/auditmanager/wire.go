package auditmanager

import (
	"github.com/aws/aws-sdk-go-v2/service/auditmanager"

	"github.com/auditseal/auditseal/collectors/cell"
)

// counts reads an answer a second time, for its counts alone: the SDK reads a count that is not there as none. A count that can't be read
// is absent.
func counts[T any](into *T) func(*auditmanager.Options) {
	return func(o *auditmanager.Options) { o.APIOptions = append(o.APIOptions, cell.Peek(into)) }
}

// assessmentCounts are the counts of GetAssessment, in AWS's order.
type assessmentCounts struct {
	Assessment struct {
		Framework struct {
			ControlSets []setCounts `json:"controlSets"`
		} `json:"framework"`
	} `json:"assessment"`
}

type setCounts struct {
	System   *int `json:"systemEvidenceCount"`
	Manual   *int `json:"manualEvidenceCount"`
	Controls []struct {
		Evidence *int `json:"evidenceCount"`
		Report   *int `json:"assessmentReportEvidenceCount"`
	} `json:"controls"`
}

// set gives the counts of the nth control set. Without them everything is absent.
func (a *assessmentCounts) set(n int) setCounts {
	if sets := a.Assessment.Framework.ControlSets; n < len(sets) {
		return sets[n]
	}
	return setCounts{}
}

// control gives the counts of the nth control.
func (s setCounts) control(n int) (of, inReport *int) {
	if n < len(s.Controls) {
		return s.Controls[n].Evidence, s.Controls[n].Report
	}
	return nil, nil
}

// folderCounts are the counts of a page of folders, in AWS's order.
type folderCounts struct {
	Folders []folderCount `json:"evidenceFolders"`
}

type folderCount struct {
	Total         *int `json:"totalEvidence"`
	Report        *int `json:"assessmentReportSelectionCount"`
	Resources     *int `json:"evidenceResourcesIncludedCount"`
	Configuration *int `json:"evidenceByTypeConfigurationDataCount"`
	Manual        *int `json:"evidenceByTypeManualCount"`
	Checks        *int `json:"evidenceByTypeComplianceCheckCount"`
	Issues        *int `json:"evidenceByTypeComplianceCheckIssuesCount"`
	Activity      *int `json:"evidenceByTypeUserActivityCount"`
	Sources       *int `json:"evidenceAwsServiceSourceCount"`
}

func (f *folderCounts) folder(n int) folderCount {
	if n < len(f.Folders) {
		return f.Folders[n]
	}
	return folderCount{}
}
