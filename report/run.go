package report

import (
	"fmt"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// RunFormat is the version of run.json. A reader refuses one it does not know.
const RunFormat = 1

// A Run is run.json: everything about a run that deriving and reporting need beside the tape and the mappings. The command
// writes it when collection ends; nothing in it is read from the machine's clock but Scope.AsOf.
type Run struct {
	Format int  `json:"format"`
	Tool   Tool `json:"tool"`
	// Organization is the name in audit.yaml.
	Organization string `json:"organization"`
	// Title is the period as audit.yaml spells it, "2026-Q3"; empty where it gives from and to.
	PeriodName string         `json:"period_name,omitempty"`
	Scope      evidence.Scope `json:"scope"`
	// Role is the role assumed in each account; empty where the caller's own credentials were used.
	Role string `json:"role,omitempty"`
	// FIPSEndpoints says that FIPS endpoints were asked for. Which endpoint answered stands on each exchange.
	FIPSEndpoints bool `json:"fips_endpoints"`
	// Redact are the sets and JSON pointers that audit.yaml names.
	Redact []string `json:"redact,omitempty"`
	// Frameworks are the ids of the frameworks, in the order of audit.yaml.
	Frameworks []string `json:"frameworks,omitempty"`
	// Collectors are the names of those that ran, sorted.
	Collectors []string `json:"collectors"`
	// Callers are the identities that asked, one an account, sorted by account.
	Callers []Caller `json:"callers"`
	// Resumed says that part of the tape was recorded by an earlier, interrupted run.
	Resumed bool `json:"resumed,omitempty"`
}

// A Tool is the program that ran.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Go      string `json:"go"`
}

func (t Tool) String() string { return t.Name + " " + t.Version }

// A Caller is who asked in an account, as sts:GetCallerIdentity answered.
type Caller struct {
	Account string `json:"account"`
	// ARN is empty where the identity could not be read; Failure then says why.
	ARN     string `json:"arn"`
	UserID  string `json:"user_id,omitempty"`
	Failure string `json:"failure,omitempty"`
}

// Check reports what makes a run unusable.
func (r Run) Check() error {
	switch {
	case r.Format != RunFormat:
		return fmt.Errorf("format %d is not one this build knows (%d); use the release that made the pack", r.Format, RunFormat)
	case r.Organization == "":
		return fmt.Errorf("organization is empty")
	case r.Tool.Name == "" || r.Tool.Version == "":
		return fmt.Errorf("tool has no name or version")
	case r.Scope.Period.IsZero() || !r.Scope.Period.From.Before(r.Scope.Period.To):
		return fmt.Errorf("scope has no period, or one that ends before it begins: %s", r.Scope.Period)
	case r.Scope.AsOf.IsZero():
		return fmt.Errorf("scope has no as_of")
	}
	return nil
}
