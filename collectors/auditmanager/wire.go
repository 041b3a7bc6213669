package auditmanager

import (
	"bytes"
	"context"
	"encoding/json"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/auditmanager"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// counts reads an answer a second time, for its counts alone: the SDK reads a count that is not there as none. A count that can't be read
// is absent.
func counts[T any](into *T) func(*auditmanager.Options) {
	look := func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, md, err := next.HandleDeserialize(ctx, in)
		resp, ok := out.RawResponse.(*smithyhttp.Response)
		if err != nil || !ok || resp.StatusCode != 200 {
			return out, md, err
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return out, md, err
		}
		resp.Body = io.NopCloser(bytes.NewReader(body))
		*into = *new(T)
		json.Unmarshal(body, into)
		return out, md, nil
	}
	return func(o *auditmanager.Options) {
		o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
			return s.Deserialize.Add(middleware.DeserializeMiddlewareFunc("AuditsealCounts", look), middleware.After)
		})
	}
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
