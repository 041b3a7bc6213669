package networkfirewall

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Firewall is a firewall of a VPC or a transit gateway.
type Firewall struct {
	evidence.Meta
	Name             string            `json:"name" cel:"name" doc:"The firewall's name."`
	Description      *string           `json:"description,omitempty" cel:"description" doc:"The firewall's description; absent where it has none."`
	Status           string            `json:"status" cel:"status" doc:"READY where the firewall handles traffic in every zone, PROVISIONING or DELETING."`
	Sync             string            `json:"sync" cel:"sync" doc:"Whether every zone has the rules as they are now: IN_SYNC, PENDING or CAPACITY_CONSTRAINED."`
	Policy           string            `json:"policy" cel:"policy" doc:"The ARN of the firewall policy."`
	VPC              *string           `json:"vpc,omitempty" cel:"vpc" doc:"The VPC that AWS names for the firewall; absent where it names none."`
	TransitGateway   *string           `json:"transit_gateway,omitempty" cel:"transit_gateway" doc:"The transit gateway that the firewall is attached to; absent for one of a VPC."`
	Subnets          []string          `json:"subnets" cel:"subnets" doc:"The subnets with an endpoint of the firewall, sorted."`
	Zones            []string          `json:"zones" cel:"zones" doc:"The availability zones that the firewall is set up in, sorted."`
	ReadyZones       []string          `json:"ready_zones" cel:"ready_zones" doc:"Those of them whose endpoint is READY, which is what AWS calls available to handle traffic."`
	DeleteProtection bool              `json:"delete_protection" cel:"delete_protection" doc:"Whether the firewall cannot be deleted before this is taken off."`
	SubnetProtection bool              `json:"subnet_change_protection" cel:"subnet_change_protection" doc:"Whether its subnets cannot be changed before this is taken off."`
	PolicyProtection bool              `json:"policy_change_protection" cel:"policy_change_protection" doc:"Whether another policy cannot be put in place before this is taken off."`
	ZoneProtection   *bool             `json:"zone_change_protection,omitempty" cel:"zone_change_protection" doc:"The same of its availability zones, for a firewall of a transit gateway; absent where AWS did not say."`
	Encryption       *string           `json:"encryption,omitempty" cel:"encryption" doc:"Whose key encrypts the firewall: CUSTOMER_KMS or AWS_OWNED_KMS_KEY; absent where AWS did not say."`
	Key              *string           `json:"kms_key,omitempty" cel:"kms_key" doc:"That key; absent where AWS names none."`
	Logs             []string          `json:"logs" cel:"logs" doc:"Where logs go: log type, kind of destination and destination, sorted."`
	LogsAlerts       bool              `json:"logs_alerts" cel:"logs_alerts" doc:"Whether what rules alert to, drop and reject is logged (ALERT)."`
	LogsFlows        bool              `json:"logs_flows" cel:"logs_flows" doc:"Whether flows are logged (FLOW)."`
	LogsTLS          bool              `json:"logs_tls" cel:"logs_tls" doc:"Whether events of TLS inspection are logged (TLS)."`
	Tags             map[string]string `json:"tags" cel:"tags" doc:"The firewall's tags."`
}

// Kind is networkfirewall.firewall.
func (*Firewall) Kind() string { return firewallKind }

// A Policy is what firewalls do with packets.
type Policy struct {
	evidence.Meta
	Name            string            `json:"name" cel:"name" doc:"The policy's name."`
	Status          string            `json:"status" cel:"status" doc:"ACTIVE, DELETING or ERROR."`
	Firewalls       []string          `json:"firewalls" cel:"firewalls" doc:"The ARNs of the firewalls of this account and region that use the policy, sorted."`
	StatelessGroups []string          `json:"stateless_groups" cel:"stateless_groups" doc:"The ARNs of the stateless rule groups, sorted."`
	StatefulGroups  []string          `json:"stateful_groups" cel:"stateful_groups" doc:"The ARNs of the stateful rule groups, AWS's own among them, sorted."`
	Overridden      []string          `json:"overridden_groups" cel:"overridden_groups" doc:"Those stateful groups whose own actions the policy overrides; DROP_TO_ALERT is the one way to that AWS documents. Sorted."`
	FullActions     []string          `json:"full_packet_actions" cel:"full_packet_actions" doc:"What happens to whole packets that no stateless rule matches: aws:pass, aws:drop or aws:forward_to_sfe, and names of custom actions."`
	FragmentActions []string          `json:"fragment_actions" cel:"fragment_actions" doc:"The same for fragments of UDP packets."`
	StatefulActions []string          `json:"stateful_actions" cel:"stateful_actions" doc:"What the stateful engine does where no rule matches: aws:drop_strict, aws:drop_established, aws:alert_strict, aws:alert_established. Empty where nothing is set, and then what no rule drops passes."`
	RuleOrder       string            `json:"rule_order" cel:"rule_order" doc:"STRICT_ORDER, or DEFAULT_ACTION_ORDER, which is also what holds where nothing is set."`
	StreamException *string           `json:"stream_exception,omitempty" cel:"stream_exception" doc:"What happens to a connection that breaks off midstream: DROP, CONTINUE or REJECT; absent where nothing is set, which means DROP."`
	TLSInspection   *string           `json:"tls_inspection,omitempty" cel:"tls_inspection" doc:"The ARN of the TLS inspection configuration; absent where TLS is not inspected."`
	Modified        *time.Time        `json:"modified,omitempty" cel:"modified" doc:"When the policy was last changed; absent where AWS did not say."`
	Encryption      *string           `json:"encryption,omitempty" cel:"encryption" doc:"Whose key encrypts the policy: CUSTOMER_KMS or AWS_OWNED_KMS_KEY; absent where AWS did not say."`
	Key             *string           `json:"kms_key,omitempty" cel:"kms_key" doc:"That key; absent where AWS names none."`
	Tags            map[string]string `json:"tags" cel:"tags" doc:"The policy's tags."`
}

// Kind is networkfirewall.policy.
func (*Policy) Kind() string { return policyKind }

// A Group is a stateless rule group that a policy uses.
type Group struct {
	evidence.Meta
	Name     string   `json:"name" cel:"name" doc:"The rule group's name."`
	Status   string   `json:"status" cel:"status" doc:"ACTIVE, DELETING or ERROR."`
	Policies []string `json:"policies" cel:"policies" doc:"The ARNs of the policies that use it, sorted."`
	Rules    int      `json:"rules" cel:"rules" doc:"The number of rules."`
	Capacity *int     `json:"capacity,omitempty" cel:"capacity" doc:"The capacity that is kept for its rules; absent where AWS did not say."`
}

// Kind is networkfirewall.stateless_rule_group.
func (*Group) Kind() string { return groupKind }
