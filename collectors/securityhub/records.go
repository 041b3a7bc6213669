package securityhub

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Hub is Security Hub CSPM in one account and region, whether or not it is on.
type Hub struct {
	evidence.Meta
	Enabled                 bool       `json:"enabled" cel:"enabled" doc:"Whether Security Hub CSPM is on in this account and region."`
	ControlFindingGenerator *string    `json:"control_finding_generator,omitempty" cel:"control_finding_generator" doc:"SECURITY_CONTROL where a check has one finding, STANDARD_CONTROL where it has one for each standard. Absent where Security Hub is off or AWS does not say."`
	AutoEnableControls      *bool      `json:"auto_enable_controls,omitempty" cel:"auto_enable_controls" doc:"Whether controls that AWS adds to a standard are enabled by themselves. Absent where Security Hub is off or AWS does not say."`
	Subscribed              *time.Time `json:"subscribed,omitempty" cel:"subscribed" doc:"When Security Hub was turned on. Absent where it is off or AWS does not say."`
	Standards               int        `json:"standards" cel:"standards" doc:"How many standards are enabled. 0 where Security Hub is off."`
	Findings                *Reading   `json:"findings,omitempty" cel:"findings" doc:"What AWS answered when asked for active findings of Security Hub about this account and region. Absent where Security Hub is off."`
}

// Kind is securityhub.hub.
func (*Hub) Kind() string { return "securityhub.hub" }

// A Reading is how many findings were read, and what became of them. The filters ask for active findings of Security Hub about the
// account and region; what AWS answers beyond them is counted and set aside.
type Reading struct {
	Control           int `json:"control" cel:"control" doc:"Findings of controls: the population securityhub.finding."`
	Suppressed        int `json:"suppressed" cel:"suppressed" doc:"How many of them are suppressed. They count for no status."`
	Duplicate         int `json:"duplicate" cel:"duplicate" doc:"How many of them tell of a check that another one told of already, for another standard."`
	Stale             int `json:"stale" cel:"stale" doc:"How many of them were last updated more than 48 hours before the moment of the audit."`
	WithoutCompliance int `json:"without_compliance" cel:"without_compliance" doc:"Findings without a Compliance object: no control evidence, and not in the population."`
	Unmapped          int `json:"unmapped" cel:"unmapped" doc:"How many findings of controls name no control that is known here. Any control may be meant, so only controls that have failed or are disabled have a status then."`
	Unlisted          int `json:"unlisted" cel:"unlisted" doc:"How many findings of controls name a control of no enabled standard. They count for no status."`
	Elsewhere         int `json:"elsewhere" cel:"elsewhere" doc:"Findings about another account or region. They are set aside: they are read in their own account and region."`
	Other             int `json:"other" cel:"other" doc:"Findings that are of another product, archived, or samples. They are set aside."`
}

// A Standard is an enabled standard.
type Standard struct {
	evidence.Meta
	ARN               string  `json:"arn" cel:"arn" doc:"The standard's ARN. The id is that of the subscription to it."`
	Name              string  `json:"name" cel:"name" doc:"The end of the ARN: aws-foundational-security-best-practices/v/1.0.0."`
	Status            string  `json:"status" cel:"status" doc:"READY, PENDING (being enabled, or new controls are being added), INCOMPLETE (not enabled in full), DELETING or FAILED (could not be disabled)."`
	Reason            *string `json:"reason,omitempty" cel:"reason" doc:"Why the status is so: NO_AVAILABLE_CONFIGURATION_RECORDER, MAXIMUM_NUMBER_OF_CONFIG_RULES_EXCEEDED or INTERNAL_ERROR. Absent where AWS gives none."`
	ControlsUpdatable *string `json:"controls_updatable,omitempty" cel:"controls_updatable" doc:"READY_FOR_UPDATES where its controls can be read, NOT_READY_FOR_UPDATES where they cannot. Absent where AWS does not say."`
}

// Kind is securityhub.standard.
func (*Standard) Kind() string { return "securityhub.standard" }

// A Control is a security control of an enabled standard.
type Control struct {
	evidence.Meta
	Control           string        `json:"control" cel:"control" doc:"The control's id over all standards: S3.1."`
	Title             string        `json:"title" cel:"title" doc:"AWS's title."`
	Severity          string        `json:"severity" cel:"severity" doc:"LOW, MEDIUM, HIGH or CRITICAL."`
	Availability      string        `json:"availability" cel:"availability" doc:"AVAILABLE or UNAVAILABLE in this region."`
	Enablement        *string       `json:"enablement,omitempty" cel:"enablement" doc:"ENABLED or DISABLED in this account and region."`
	UpdateStatus      *string       `json:"update_status,omitempty" cel:"update_status" doc:"READY where checks use the current parameters, UPDATING where some may not yet. Absent where AWS does not say."`
	CustomParameters  []string      `json:"custom_parameters" cel:"custom_parameters" doc:"The names of parameters that have a customer's own value, sorted."`
	UpdateReason      *string       `json:"update_reason,omitempty" cel:"update_reason" doc:"Why the parameters were last changed. Absent where no reason was given."`
	Associations      []Association `json:"associations" cel:"associations" doc:"The enabled standards that have the control, and whether it is enabled in each."`
	DisabledStandards []string      `json:"disabled_standards" cel:"disabled_standards" doc:"The enabled standards in which the control is not ENABLED."`
	Unjustified       []string      `json:"unjustified_standards" cel:"unjustified_standards" doc:"Those of disabled_standards for which no reason was written down."`
	Status            *string       `json:"status,omitempty" cel:"status" doc:"Computed from the findings: passed, failed, unknown (a check gave no result, or none in the last 48 hours but that it passed before), no-data (no findings, or only suppressed ones) or disabled. AWS's console computes it once in 24 hours and may differ."`
	Passed            *bool         `json:"passed,omitempty" cel:"passed" doc:"True for the status passed, false for failed. Absent for every other status: the control was not evaluated."`
	ComputedAt        time.Time     `json:"computed_at" cel:"computed_at" doc:"The moment of the audit, as of which the status is computed."`
	Findings          *Tally        `json:"findings,omitempty" cel:"findings" doc:"The checks behind the status, each counted once however many standards tell of it."`
}

// Kind is securityhub.control.
func (*Control) Kind() string { return "securityhub.control" }

// Opinion is Security Hub's verdict.
func (r *Control) Opinion() evidence.Opinion {
	return evidence.Opinion{Source: evidence.OfSecurityHub, ID: r.Control, Passed: r.Passed}
}

// An Association is a control in a standard.
type Association struct {
	Standard     string     `json:"standard" cel:"standard" doc:"The end of the standard's ARN."`
	Status       string     `json:"status" cel:"status" doc:"ENABLED or DISABLED."`
	Reason       *string    `json:"reason,omitempty" cel:"reason" doc:"Why it was enabled or disabled. Absent where no reason was given."`
	Updated      *time.Time `json:"updated,omitempty" cel:"updated" doc:"When that was last changed. Absent where AWS does not say."`
	Requirements []string   `json:"requirements" cel:"requirements" doc:"The standard's requirements behind the control."`
}

// A Tally counts checks: a control on a resource, or on several that one finding names.
type Tally struct {
	Passed       int `json:"passed" cel:"passed" doc:"Checks that passed, in a finding that was updated in the 48 hours before the moment of the audit."`
	Outdated     int `json:"outdated" cel:"outdated" doc:"Checks that passed once, in a finding that was not updated since, or has no time: they show nothing of the present."`
	Failed       int `json:"failed" cel:"failed" doc:"Checks that failed."`
	Warning      int `json:"warning" cel:"warning" doc:"Checks that lack information."`
	NotAvailable int `json:"not_available" cel:"not_available" doc:"Checks that could not be made, or that do not apply."`
	Other        int `json:"other" cel:"other" doc:"Checks with a result that AWS does not document."`
	Suppressed   int `json:"suppressed" cel:"suppressed" doc:"Suppressed checks. They count for no status."`
	Stale        int `json:"stale" cel:"stale" doc:"Findings last updated more than 48 hours before the moment of the audit, suppressed ones not counted. Checks run at least daily, so these show nothing of the present."`
}

// A Finding is what one check of a control found.
type Finding struct {
	evidence.Meta
	Control          *string    `json:"control,omitempty" cel:"control" doc:"The control's id over all standards, also where the finding has it under a standard's own name."`
	Generator        string     `json:"generator" cel:"generator" doc:"What made the finding: security-control/S3.1, or the control's name in one standard."`
	Consolidated     bool       `json:"consolidated" cel:"consolidated" doc:"Whether the finding stands for all standards. If not, the same check has a finding in each."`
	Standards        []string   `json:"standards" cel:"standards" doc:"The enabled standards that the finding belongs to, as AWS writes them."`
	Title            string     `json:"title" cel:"title" doc:"AWS's title."`
	Compliance       string     `json:"compliance" cel:"compliance" doc:"PASSED, FAILED, WARNING (information is missing) or NOT_AVAILABLE (the check could not be made, or does not apply)."`
	Reasons          []string   `json:"reasons" cel:"reasons" doc:"AWS's reason codes for the result. Empty where it gives none."`
	Severity         *string    `json:"severity,omitempty" cel:"severity" doc:"INFORMATIONAL, LOW, MEDIUM, HIGH or CRITICAL. Absent where AWS gives none."`
	SeverityOriginal *string    `json:"severity_original,omitempty" cel:"severity_original" doc:"The severity as the check first gave it, as text also where AWS sends a number. Absent where AWS gives none."`
	Resources        []string   `json:"resources" cel:"resources" doc:"The ids of the resources that the finding is about: one or several."`
	ResourceTypes    []string   `json:"resource_types" cel:"resource_types" doc:"The types of these resources, in the same order."`
	Workflow         *string    `json:"workflow,omitempty" cel:"workflow" doc:"NEW, NOTIFIED, RESOLVED or SUPPRESSED. Absent where AWS gives none."`
	Suppressed       bool       `json:"suppressed" cel:"suppressed" doc:"Whether the finding is suppressed: someone accepted it, and it counts for no status."`
	Note             *Note      `json:"note,omitempty" cel:"note" doc:"What someone wrote about the finding. Absent where nobody did."`
	Duplicate        bool       `json:"duplicate" cel:"duplicate" doc:"Whether another finding already told of the same control on the same resources, for another standard. It is counted once."`
	Stale            *bool      `json:"stale,omitempty" cel:"stale" doc:"Whether the finding was last updated more than 48 hours before the moment of the audit. Absent where AWS gives no time."`
	FirstObserved    *time.Time `json:"first_observed,omitempty" cel:"first_observed" doc:"When the check first found it so. Absent where AWS does not say."`
	LastObserved     *time.Time `json:"last_observed,omitempty" cel:"last_observed" doc:"When the check last found it so. Absent where AWS does not say."`
	Created          *time.Time `json:"created,omitempty" cel:"created" doc:"When the finding was made. Absent where AWS does not say."`
	Updated          *time.Time `json:"updated,omitempty" cel:"updated" doc:"When the finding was last updated. Absent where AWS does not say."`
}

// Kind is securityhub.finding.
func (*Finding) Kind() string { return "securityhub.finding" }

// A Note is what someone wrote about a finding.
type Note struct {
	Text      string     `json:"text" cel:"text" doc:"The note's text."`
	UpdatedBy *string    `json:"updated_by,omitempty" cel:"updated_by" doc:"Who wrote it. Absent where AWS does not say."`
	Updated   *time.Time `json:"updated,omitempty" cel:"updated" doc:"When it was written. Absent where AWS does not say."`
}

// A FindingChange is an entry of a finding's history that tells of its compliance, record state or workflow, or that it was made.
type FindingChange struct {
	evidence.Meta
	Finding   string    `json:"finding" cel:"finding" doc:"The finding's id."`
	Control   string    `json:"control" cel:"control" doc:"The control's id over all standards."`
	Resources []string  `json:"resources" cel:"resources" doc:"The ids of the resources that the finding is about."`
	Updated   time.Time `json:"updated" cel:"updated" doc:"When Security Hub processed the change."`
	Created   bool      `json:"created" cel:"created" doc:"Whether the entry marks the making of the finding."`
	Field     *string   `json:"field,omitempty" cel:"field" doc:"Compliance.Status, RecordState or Workflow.Status. Absent for the entry that marks the making of the finding."`
	Old       *string   `json:"old,omitempty" cel:"old" doc:"The field's value before. Absent where AWS gives none."`
	New       *string   `json:"new,omitempty" cel:"new" doc:"The field's value after. Absent where AWS gives none: it leaves out values of records that are too long."`
	Source    *string   `json:"source,omitempty" cel:"source" doc:"BATCH_IMPORT_FINDINGS where a service changed the finding, as Security Hub does after a check, BATCH_UPDATE_FINDINGS where a customer did. Absent where AWS does not say."`
	By        *string   `json:"by,omitempty" cel:"by" doc:"Who changed it, as AWS names them: mostly an ARN. Absent where AWS does not say."`
}

// Kind is securityhub.finding_change.
func (*FindingChange) Kind() string { return "securityhub.finding_change" }

// A FindingTimeline is what Security Hub said of a check over time, as far back as it tells.
type FindingTimeline struct {
	evidence.Meta
	Control      string     `json:"control" cel:"control" doc:"The control's id over all standards."`
	Resources    []string   `json:"resources" cel:"resources" doc:"The ids of the resources that the finding is about."`
	Compliance   string     `json:"compliance" cel:"compliance" doc:"What the finding says now: PASSED, FAILED, WARNING or NOT_AVAILABLE."`
	KnownSince   *time.Time `json:"known_since,omitempty" cel:"known_since" doc:"From when on the history tells: 90 days before it was read, or the making of the finding where that is later. Absent where AWS does not say since when the finding is there, or when it was last updated."`
	KnownUntil   *time.Time `json:"known_until,omitempty" cel:"known_until" doc:"Until when it tells: the last update of the finding, or the moment of the audit where that is earlier. Absent together with known_since."`
	CoversPeriod *bool      `json:"covers_period,omitempty" cel:"covers_period" doc:"Whether that is the whole period, as far as it lies before the moment of the audit. AWS keeps 90 days, which is less than a quarter. Absent together with known_since."`
	Entries      int        `json:"entries" cel:"entries" doc:"How many entries the history has, those of other fields included."`
	Verdicts     []Verdict  `json:"verdicts" cel:"verdicts" doc:"What the finding said from known_since to known_until, in order of time. Empty where nothing is known."`
}

// Kind is securityhub.finding_timeline.
func (*FindingTimeline) Kind() string { return "securityhub.finding_timeline" }

// A Verdict holds until the next.
type Verdict struct {
	At         time.Time `json:"at" cel:"at" doc:"From when on it was so."`
	Compliance *string   `json:"compliance,omitempty" cel:"compliance" doc:"PASSED, FAILED, WARNING or NOT_AVAILABLE. Absent where the finding was archived, where AWS gives no value, and where what it tells does not fit together."`
	Passed     *bool     `json:"passed,omitempty" cel:"passed" doc:"True for PASSED, false for FAILED. Absent for everything else."`
}

// Timeline is what Security Hub said over time.
func (r *FindingTimeline) Timeline() evidence.Timeline {
	t := evidence.Timeline{Source: evidence.OfSecurityHub, ID: r.Control, Resources: r.Resources}
	if r.KnownSince == nil || r.KnownUntil == nil {
		return t
	}
	t.From, t.To = *r.KnownSince, *r.KnownUntil
	for _, v := range r.Verdicts {
		t.Turns = append(t.Turns, evidence.Turn{At: v.At, Passed: v.Passed})
	}
	return t
}
