package ec2

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Region is what EC2 does by default in one account and region, whatever is in it.
type Region struct {
	evidence.Meta
	Instances           *int              `json:"instances,omitempty" cel:"instances" doc:"How many instances EC2 listed, in every state; unknown where the list is not whole."`
	EncryptionByDefault *bool             `json:"ebs_encryption_by_default,omitempty" cel:"ebs_encryption_by_default" doc:"Whether new EBS volumes and copies of snapshots are encrypted whether or not that is asked for."`
	SnapshotBlock       *string           `json:"snapshot_block_public_access,omitempty" cel:"snapshot_block_public_access" doc:"Whether EBS snapshots can be shared with everyone: block-all-sharing (none can, and those that are count as private), block-new-sharing (those that are stay public) or unblocked."`
	SnapshotBlockBy     *string           `json:"snapshot_block_managed_by,omitempty" cel:"snapshot_block_managed_by" doc:"Who sets that: account, or declarative-policy of AWS Organizations. Absent where AWS did not say."`
	ImageBlock          *string           `json:"image_block_public_access,omitempty" cel:"image_block_public_access" doc:"Whether images (AMIs) can be newly shared with everyone: block-new-sharing or unblocked. An image that is public already stays so either way."`
	ImageBlockBy        *string           `json:"image_block_managed_by,omitempty" cel:"image_block_managed_by" doc:"Who sets that: account, or declarative-policy. Absent where AWS did not say."`
	MetadataDefaults    *MetadataDefaults `json:"metadata_defaults,omitempty" cel:"metadata_defaults" doc:"What instances take for their metadata service where nothing else is asked for at launch."`
}

// Kind is ec2.region.
func (*Region) Kind() string { return "ec2.region" }

// MetadataDefaults are an account's defaults for the instance metadata service (IMDS).
type MetadataDefaults struct {
	Tokens         *string `json:"http_tokens,omitempty" cel:"http_tokens" doc:"required (IMDSv2 only) or optional; absent where the account has no preference and the image decides."`
	TokensEnforced *string `json:"http_tokens_enforced,omitempty" cel:"http_tokens_enforced" doc:"enabled where an instance without required tokens cannot be launched, or disabled; absent where AWS did not say."`
	Endpoint       *string `json:"http_endpoint,omitempty" cel:"http_endpoint" doc:"enabled or disabled; absent where there is no preference."`
	HopLimit       *int    `json:"hop_limit,omitempty" cel:"hop_limit" doc:"How many hops a token may travel; absent where there is no preference."`
	Tags           *string `json:"instance_tags,omitempty" cel:"instance_tags" doc:"Whether an instance can read its own tags there: enabled or disabled; absent where there is no preference."`
	ManagedBy      *string `json:"managed_by,omitempty" cel:"managed_by" doc:"Who sets the defaults: account, or declarative-policy. Absent where AWS did not say."`
}

// An Instance is an EC2 instance in whichever state.
type Instance struct {
	evidence.Meta
	InstanceID     string            `json:"instance_id" cel:"instance_id" doc:"The instance's id."`
	State          string            `json:"state" cel:"state" doc:"pending, running, shutting-down, terminated, stopping or stopped."`
	Running        bool              `json:"running" cel:"running" doc:"Whether the state is running."`
	Live           bool              `json:"live" cel:"live" doc:"Whether there is still a machine: every state but shutting-down and terminated."`
	Launched       *time.Time        `json:"launched,omitempty" cel:"launched" doc:"When the instance was last launched; absent where AWS did not say."`
	Type           *string           `json:"instance_type,omitempty" cel:"instance_type" doc:"The instance type; absent where AWS did not say."`
	Image          *string           `json:"image,omitempty" cel:"image" doc:"The AMI it was launched from; absent where AWS did not say."`
	Platform       string            `json:"platform" cel:"platform" doc:"windows, or other: EC2 tells Windows apart and nothing else."`
	PlatformDetail *string           `json:"platform_details,omitempty" cel:"platform_details" doc:"The platform by its billing name, as Linux/UNIX or Windows with SQL Server Standard; absent where AWS did not say."`
	Lifecycle      *string           `json:"lifecycle,omitempty" cel:"lifecycle" doc:"spot, scheduled or capacity-block; absent for others."`
	Operator       *string           `json:"operator,omitempty" cel:"operator" doc:"The AWS service that runs the instance for the account and answers for what is on it (as eks.amazonaws.com); absent where the account runs it itself."`
	VPC            *string           `json:"vpc,omitempty" cel:"vpc" doc:"The VPC; absent for an instance that is gone."`
	Subnet         *string           `json:"subnet,omitempty" cel:"subnet" doc:"The subnet; absent for an instance that is gone."`
	Profile        *string           `json:"instance_profile,omitempty" cel:"instance_profile" doc:"The ARN of the instance profile; absent where it has none."`
	PublicIPv4     *bool             `json:"public_ipv4,omitempty" cel:"public_ipv4" doc:"Whether the instance, or one of its network interfaces, has a public IPv4 address. An instance that is stopped keeps only an Elastic IP address."`
	IPv6           *bool             `json:"ipv6,omitempty" cel:"ipv6" doc:"Whether it has an IPv6 address, which a route and a security group may open to the internet."`
	SecurityGroups []string          `json:"security_groups" cel:"security_groups" doc:"The ids of its security groups and those of its network interfaces, sorted."`
	Metadata       *Metadata         `json:"metadata,omitempty" cel:"metadata" doc:"The instance metadata service (IMDS)."`
	Tags           map[string]string `json:"tags" cel:"tags" doc:"The instance's tags."`
}

// Kind is ec2.instance.
func (*Instance) Kind() string { return "ec2.instance" }

// Metadata are an instance's options for its metadata service.
type Metadata struct {
	Endpoint string  `json:"http_endpoint" cel:"http_endpoint" doc:"enabled, or disabled where the instance can't ask the service at all."`
	Tokens   string  `json:"http_tokens" cel:"http_tokens" doc:"required where only IMDSv2 answers, or optional where IMDSv1 does too."`
	HopLimit *int    `json:"hop_limit,omitempty" cel:"hop_limit" doc:"How many hops a token may travel; absent where AWS did not say."`
	State    *string `json:"state,omitempty" cel:"state" doc:"applied, or pending where a change has still to take effect; absent where AWS did not say."`
}

// A Group is a security group.
type Group struct {
	evidence.Meta
	GroupID string            `json:"group_id" cel:"group_id" doc:"The group's id."`
	Name    string            `json:"name" cel:"name" doc:"The group's name."`
	Default bool              `json:"default" cel:"default" doc:"Whether it is its VPC's default group, which what names no other group gets. AWS reserves the name default for it."`
	VPC     *string           `json:"vpc,omitempty" cel:"vpc" doc:"Its VPC; absent where AWS did not say."`
	Owner   *string           `json:"owner,omitempty" cel:"owner" doc:"The account that owns it, which is another one where a group is shared; absent where AWS did not say."`
	Inbound *int              `json:"inbound_rules,omitempty" cel:"inbound_rules" doc:"The number of inbound rules, one for each protocol, port range and source."`
	Admin   *bool             `json:"admin_ports_open,omitempty" cel:"admin_ports_open" doc:"Whether an inbound rule opens port 22 or 3389, over TCP or UDP, to everywhere, as ec2.security_group_rule tells everywhere. A rule that does is enough; that none does takes all of them to be known."`
	Egress  *int              `json:"outbound_rules,omitempty" cel:"outbound_rules" doc:"The number of outbound rules, one for each protocol, port range and destination."`
	Tags    map[string]string `json:"tags" cel:"tags" doc:"The group's tags."`
}

// Kind is ec2.security_group.
func (*Group) Kind() string { return "ec2.security_group" }

// A Rule is one rule of a security group: a protocol, a range of ports, and one source or destination.
type Rule struct {
	evidence.Meta
	GroupID     string  `json:"group_id" cel:"group_id" doc:"The security group."`
	GroupName   string  `json:"group_name" cel:"group_name" doc:"The security group's name."`
	Direction   string  `json:"direction" cel:"direction" doc:"inbound or outbound."`
	Protocol    string  `json:"protocol" cel:"protocol" doc:"all, tcp, udp, icmp, icmpv6, or the number of another protocol."`
	HasPorts    bool    `json:"has_ports" cel:"has_ports" doc:"Whether the rule is about ports: tcp, udp, all, and whatever protocol AWS does not document. False for icmp, icmpv6 and other protocols by number."`
	From        *int    `json:"from_port,omitempty" cel:"from_port" doc:"The first port; 0 for protocol all. Absent where has_ports is false."`
	To          *int    `json:"to_port,omitempty" cel:"to_port" doc:"The last port; 65535 for protocol all. Absent where has_ports is false."`
	PeerType    string  `json:"peer_type" cel:"peer_type" doc:"What kind of source, or destination of an outbound rule, it is: ipv4, ipv6, prefix-list or security-group."`
	Peer        string  `json:"peer" cel:"peer" doc:"The source or destination: a range of addresses, or the id of a prefix list or security group."`
	Everywhere  *bool   `json:"everywhere,omitempty" cel:"everywhere" doc:"Whether that is everywhere: 0.0.0.0/0 or ::/0, or a public range so wide that it comes to the same (an IPv4 range wider than a /8, an IPv6 range of a /12 or wider). Of a prefix list, whether it holds such a range; prefix lists of outbound rules are not read."`
	Description *string `json:"description,omitempty" cel:"description" doc:"What somebody wrote beside the rule; absent where nobody did."`
}

// Kind is ec2.security_group_rule.
func (*Rule) Kind() string { return "ec2.security_group_rule" }

// An Entry is one entry of a network ACL. EC2 takes the first that matches, in the order of the numbers.
type Entry struct {
	evidence.Meta
	ACL        string  `json:"acl" cel:"acl" doc:"The id of the network ACL."`
	VPC        *string `json:"vpc,omitempty" cel:"vpc" doc:"Its VPC; absent where AWS did not say."`
	Default    *bool   `json:"default,omitempty" cel:"default" doc:"Whether it is its VPC's default ACL, which subnets have that name no other. As AWS makes it, it lets everything through."`
	Subnets    *int    `json:"subnets,omitempty" cel:"subnets" doc:"How many subnets have the ACL. One that none has is of no effect."`
	Direction  string  `json:"direction" cel:"direction" doc:"inbound or outbound."`
	Number     int     `json:"number" cel:"number" doc:"The entry's number; 32767 and 32768 are AWS's own last entries."`
	Action     string  `json:"action" cel:"action" doc:"allow or deny."`
	Protocol   string  `json:"protocol" cel:"protocol" doc:"all, tcp, udp, icmp, icmpv6, or the number of another protocol."`
	HasPorts   bool    `json:"has_ports" cel:"has_ports" doc:"Whether the entry is about ports, as in ec2.security_group_rule."`
	From       *int    `json:"from_port,omitempty" cel:"from_port" doc:"The first port; 0 for protocol all. Absent where has_ports is false."`
	To         *int    `json:"to_port,omitempty" cel:"to_port" doc:"The last port; 65535 for protocol all. Absent where has_ports is false."`
	Range      string  `json:"range" cel:"range" doc:"The range of addresses that it is about."`
	Everywhere *bool   `json:"everywhere,omitempty" cel:"everywhere" doc:"Whether that is everywhere, as in ec2.security_group_rule."`
}

// Kind is ec2.network_acl_rule.
func (*Entry) Kind() string { return "ec2.network_acl_rule" }
