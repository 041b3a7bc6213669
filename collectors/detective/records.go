package detective

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// An Account is Amazon Detective in one account and region, whether or not it is on.
type Account struct {
	evidence.Meta
	Status        string   `json:"status" cel:"status" doc:"enabled where the account's data goes into a behavior graph and every data source that AWS lists is STARTED; partly-enabled where the account has a graph or was taken into one, but not all of that is so (see missing); not-enabled where it has no graph and was taken into none."`
	Missing       []string `json:"missing" cel:"missing" doc:"What is off: the data sources that are not STARTED, in AWS's words, and membership:STATUS for a membership that is not ENABLED where no other brings the account's data into a graph. Sorted."`
	Contributes   bool     `json:"contributes" cel:"contributes" doc:"Whether the account's data goes into a graph: DETECTIVE_CORE is STARTED in its own, or a membership is ENABLED for which AWS lists no other state of it."`
	Administrator bool     `json:"administrator" cel:"administrator" doc:"Whether the account administers a graph in this region."`
	Graphs        []string `json:"graphs" cel:"graphs" doc:"The ARNs of the graphs that the account administers or was taken into, sorted."`
}

// Kind is detective.account.
func (*Account) Kind() string { return "detective.account" }

// A Membership is another account's graph that the account was invited to or taken into. It is asked for where the account has no graph of its own.
type Membership struct {
	evidence.Meta
	Graph          string            `json:"graph" cel:"graph" doc:"The graph's ARN."`
	Administrator  *string           `json:"administrator,omitempty" cel:"administrator" doc:"The account that administers the graph; absent where AWS did not say."`
	Status         string            `json:"status" cel:"status" doc:"ENABLED where the account's data goes into the graph; ACCEPTED_BUT_DISABLED, INVITED, VERIFICATION_IN_PROGRESS or VERIFICATION_FAILED where it does not."`
	DisabledReason *string           `json:"disabled_reason,omitempty" cel:"disabled_reason" doc:"Why an accepted membership is disabled: VOLUME_TOO_HIGH or VOLUME_UNKNOWN. Absent for any other."`
	Type           *string           `json:"type,omitempty" cel:"type" doc:"ORGANIZATION where the organization's administrator took the account in, INVITATION where it was invited. Absent where AWS did not say."`
	Sources        map[string]string `json:"sources" cel:"sources" doc:"The state of each data source that AWS lists: STARTED, STOPPED or DISABLED by its name. Empty where it lists none."`
	Updated        *time.Time        `json:"updated,omitempty" cel:"updated" doc:"When it last changed; absent where AWS did not say."`
}

// Kind is detective.membership.
func (*Membership) Kind() string { return "detective.membership" }

// A Graph is a behavior graph that the account administers.
type Graph struct {
	evidence.Meta
	Created    *time.Time        `json:"created,omitempty" cel:"created" doc:"When it was made; absent where AWS did not say."`
	Sources    map[string]string `json:"sources" cel:"sources" doc:"The state of each data source that AWS lists (DETECTIVE_CORE, EKS_AUDIT, ASFF_SECURITYHUB_FINDING): STARTED, STOPPED or DISABLED by its name."`
	Core       *string           `json:"core,omitempty" cel:"core" doc:"The state of DETECTIVE_CORE; absent where AWS does not list it."`
	AutoEnable bool              `json:"auto_enable" cel:"auto_enable" doc:"Whether accounts that join the organization are taken into the graph without anybody's doing. AWS tells the organization's administrator for Detective only."`
}

// Kind is detective.graph.
func (*Graph) Kind() string { return "detective.graph" }

// A Member is an account that an administrator lists in its graph. The record's account is the administrator.
type Member struct {
	evidence.Meta
	Graph          string            `json:"graph" cel:"graph" doc:"The graph's ARN."`
	Member         string            `json:"member" cel:"member" doc:"The member account."`
	InScope        bool              `json:"in_scope" cel:"in_scope" doc:"Whether the audit reads the member account too."`
	Status         string            `json:"status" cel:"status" doc:"ENABLED where the member's data goes into the graph; ACCEPTED_BUT_DISABLED, INVITED, VERIFICATION_IN_PROGRESS or VERIFICATION_FAILED where it does not."`
	DisabledReason *string           `json:"disabled_reason,omitempty" cel:"disabled_reason" doc:"Why an accepted membership is disabled: VOLUME_TOO_HIGH or VOLUME_UNKNOWN. Absent for any other."`
	Type           *string           `json:"type,omitempty" cel:"type" doc:"ORGANIZATION or INVITATION; absent where AWS did not say."`
	Sources        map[string]string `json:"sources" cel:"sources" doc:"The state of each data source that AWS lists for the member, by its name. Empty where it lists none."`
	Updated        *time.Time        `json:"updated,omitempty" cel:"updated" doc:"When it last changed; absent where AWS did not say."`
}

// Kind is detective.member.
func (*Member) Kind() string { return "detective.member" }
