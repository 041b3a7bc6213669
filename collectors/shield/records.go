package shield

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// An Account is Shield Advanced in one account, whether or not the account is subscribed. Where it is not, everything below state is
// absent: it has Shield Standard, which every account has and which has no settings.
type Account struct {
	evidence.Meta
	Status              string         `json:"status" cel:"status" doc:"enabled where the account is subscribed to Shield Advanced, not-enabled where AWS answers that it is not."`
	State               string         `json:"state" cel:"state" doc:"AWS's own word for that: ACTIVE or INACTIVE."`
	AutoRenew           *string        `json:"auto_renew,omitempty" cel:"auto_renew" doc:"ENABLED where the subscription is renewed by itself when it ends, otherwise DISABLED."`
	ProactiveEngagement *string        `json:"proactive_engagement,omitempty" cel:"proactive_engagement" doc:"ENABLED where the Shield Response Team calls of itself when it sees an attack, DISABLED, or PENDING. Absent where AWS does not say, as where it was never asked for."`
	Start               *time.Time     `json:"start,omitempty" cel:"start" doc:"When the subscription began. Absent where AWS does not say."`
	End                 *time.Time     `json:"end,omitempty" cel:"end" doc:"When it ends. Absent where AWS does not say."`
	CommitmentDays      *int           `json:"commitment_days,omitempty" cel:"commitment_days" doc:"For how many days the account is committed to it, in whole days. Absent where AWS does not say."`
	Limits              map[string]int `json:"protection_limits" cel:"protection_limits" doc:"How many protections there can be of each type of resource. Empty where AWS names none."`
	ResponseTeam        *ResponseTeam  `json:"response_team,omitempty" cel:"response_team" doc:"What the Shield Response Team may do in the account."`
	Contacts            *Contacts      `json:"emergency_contacts,omitempty" cel:"emergency_contacts" doc:"Whom the Shield Response Team can reach; only their number is told."`
	Protections         *int           `json:"protections,omitempty" cel:"protections" doc:"How many resources are protected."`
}

// Kind is shield.account.
func (*Account) Kind() string { return "shield.account" }

// ResponseTeam is what the Shield Response Team may do in the account.
type ResponseTeam struct {
	Role       *string  `json:"role_arn,omitempty" cel:"role_arn" doc:"The role that it comes in with. Absent where it has none, and can change nothing."`
	LogBuckets []string `json:"log_buckets" cel:"log_buckets" doc:"The buckets whose logs it can read."`
}

// Contacts count the emergency contacts.
type Contacts struct {
	Total     int `json:"total" cel:"total" doc:"How many there are; each has a mail address."`
	WithPhone int `json:"with_phone" cel:"with_phone" doc:"How many have a phone number."`
}

// A Protection is a resource that Shield Advanced protects.
type Protection struct {
	evidence.Meta
	Protection        string   `json:"protection" cel:"protection" doc:"The protection's id."`
	Name              *string  `json:"name,omitempty" cel:"name" doc:"The protection's name. Absent where AWS does not say."`
	Resource          string   `json:"resource" cel:"resource" doc:"The ARN of the resource."`
	ResourceType      string   `json:"resource_type" cel:"resource_type" doc:"What the ARN is of, in AWS's words: CLOUDFRONT_DISTRIBUTION, ROUTE_53_HOSTED_ZONE, ELASTIC_IP_ALLOCATION, CLASSIC_LOAD_BALANCER, APPLICATION_LOAD_BALANCER, GLOBAL_ACCELERATOR; OTHER for an ARN of no such thing."`
	HealthChecks      []string `json:"health_checks" cel:"health_checks" doc:"The ids of the Route 53 health checks by which Shield judges whether the resource is well."`
	AutomaticResponse *string  `json:"automatic_response,omitempty" cel:"automatic_response" doc:"Automatic mitigation at the application layer: ENABLED or DISABLED. Absent where it was never set, as it can be for distributions and application load balancers only."`
	AutomaticAction   *string  `json:"automatic_action,omitempty" cel:"automatic_action" doc:"What the mitigation does with requests: BLOCK or COUNT. Absent where it was never set, or AWS does not say."`
}

// Kind is shield.protection.
func (*Protection) Kind() string { return "shield.protection" }

// A Group is resources that Shield Advanced watches as one.
type Group struct {
	evidence.Meta
	Group        string   `json:"group" cel:"group" doc:"The group's name."`
	Pattern      string   `json:"pattern" cel:"pattern" doc:"How its members are chosen: ALL, BY_RESOURCE_TYPE or ARBITRARY (by a list)."`
	Aggregation  string   `json:"aggregation" cel:"aggregation" doc:"How their traffic is put together: SUM, MEAN or MAX."`
	ResourceType *string  `json:"resource_type,omitempty" cel:"resource_type" doc:"The type whose resources are members. Absent for every other pattern."`
	Members      []string `json:"members" cel:"members" doc:"The ARNs of listed members. Empty for every other pattern."`
}

// Kind is shield.protection_group.
func (*Group) Kind() string { return "shield.protection_group" }
