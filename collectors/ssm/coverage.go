package ssm

import (
	"slices"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/ec2"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// Coverage derives which machines Systems Manager manages: it puts EC2's own list of instances beside the managed instances, and tells
// of every machine that either names. What is in one list and not in the other is only known where the other was read whole.
type Coverage struct{}

func (Coverage) Name() string { return "ssm-coverage" }
func (Coverage) Doc() string {
	return "Which EC2 instances Systems Manager manages and which it does not, and what else it manages."
}
func (Coverage) Needs() []string       { return []string{"ec2.instance", instanceKind} }
func (Coverage) Uses() []string        { return nil }
func (Coverage) Reach() evidence.Reach { return evidence.EveryRegion }
func (Coverage) Kinds() []evidence.Kind {
	return []evidence.Kind{evidence.KindOf[Machine]("Every machine of the account and region that EC2 or Systems Manager names: one record for an instance that both name. Where one list lacks a machine, the evidence is the first page of it; ec2.region and ssm.region name them all.")}
}

// A Machine is an EC2 instance, a managed instance, or both.
type Machine struct {
	evidence.Meta
	InstanceID string     `json:"instance_id" cel:"instance_id" doc:"The machine's id: i- in EC2, mi- elsewhere."`
	InEC2      *bool      `json:"in_ec2,omitempty" cel:"in_ec2" doc:"Whether EC2 lists it; unknown, or absent, where EC2's list was not read whole."`
	Managed    *bool      `json:"managed,omitempty" cel:"managed" doc:"Whether Systems Manager lists it as managed; unknown, or absent, where its list was not read whole."`
	State      *string    `json:"state,omitempty" cel:"state" doc:"The instance's state in EC2; absent where EC2 does not list it."`
	Running    *bool      `json:"running,omitempty" cel:"running" doc:"Whether it runs: in EC2, whether the state is running. A machine outside EC2 is taken to run. An instance that EC2 does not list any more does not."`
	Launched   *time.Time `json:"launched,omitempty" cel:"launched" doc:"When EC2 last launched it; absent where EC2 does not list it, or did not say."`
	Operator   *string    `json:"operator,omitempty" cel:"operator" doc:"The AWS service that runs the instance for the account and patches it; absent where the account does."`
	Platform   *string    `json:"platform,omitempty" cel:"platform" doc:"The operating system by Systems Manager; absent where it is not managed, or AWS did not say."`
	PingStatus *string    `json:"ping_status,omitempty" cel:"ping_status" doc:"Online, ConnectionLost or Inactive; absent where it is not managed."`
	LastPing   *time.Time `json:"last_ping,omitempty" cel:"last_ping" doc:"When the agent last reported; absent where it is not managed."`
	Latest     *bool      `json:"agent_latest,omitempty" cel:"agent_latest" doc:"Whether the agent is the latest version; absent where it is not managed."`
	Scanned    *bool      `json:"scanned,omitempty" cel:"scanned" doc:"Whether a patch operation ever reported from it; absent where it is not managed."`
	Operation  *string    `json:"patch_operation,omitempty" cel:"patch_operation" doc:"The last patch operation, Scan or Install; absent where there was none."`
	Patched    *time.Time `json:"patch_ended,omitempty" cel:"patch_ended" doc:"When that ended; absent where there was none."`
}

// Kind is ssm.coverage.
func (*Machine) Kind() string { return "ssm.coverage" }

// A list is whether a list was read whole, and why it was not. A list of which nothing is known was not.
type list struct {
	whole   bool
	unknown []evidence.Unknown
	meta    evidence.Meta
}

// Derive joins the two lists. It holds the managed instances of one account and region at once, and of EC2's only the ids.
func (Coverage) Derive(d evidence.Derivation, emit func(evidence.Record) error) error {
	var inEC2, inSSM list
	if err := d.Records("ec2.region", func(r evidence.Record) error {
		if x, ok := r.(*ec2.Region); ok {
			inEC2 = list{x.Instances != nil, unknownOf(&x.Meta, "instances"), x.Meta}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := d.Records(regionKind, func(r evidence.Record) error {
		if x, ok := r.(*Region); ok {
			inSSM = list{x.Instances != nil, unknownOf(&x.Meta, "managed_instances"), x.Meta}
		}
		return nil
	}); err != nil {
		return err
	}
	managed := map[string]*Instance{}
	if err := d.Records(instanceKind, func(r evidence.Record) error {
		if x, ok := r.(*Instance); ok {
			managed[x.InstanceID] = x
		}
		return nil
	}); err != nil {
		return err
	}
	seen := map[string]bool{}
	if err := d.Records("ec2.instance", func(r evidence.Record) error {
		x, ok := r.(*ec2.Instance)
		if !ok {
			return nil
		}
		seen[x.InstanceID] = true
		return emit(machine(x, managed[x.InstanceID], inEC2, inSSM))
	}); err != nil {
		return err
	}
	return d.Records(instanceKind, func(r evidence.Record) error {
		x, ok := r.(*Instance)
		if !ok || seen[x.InstanceID] {
			return nil
		}
		return emit(machine(nil, x, inEC2, inSSM))
	})
}

// machine makes one record of what the two services tell; either may be nil.
func machine(e *ec2.Instance, s *Instance, inEC2, inSSM list) *Machine {
	m := &Machine{}
	if e != nil {
		m.Meta = evidence.Meta{ID: e.ID, Account: e.Account, Region: e.Region}
		m.join(&e.Meta)
		m.InstanceID, m.InEC2, m.Launched, m.Operator = e.InstanceID, ptr(true), e.Launched, e.Operator
		m.State, m.Running = &e.State, &e.Running
		m.carry(&e.Meta, "state", "state")
		m.carry(&e.Meta, "running", "running")
		m.carry(&e.Meta, "operator", "operator")
	} else {
		m.Meta = evidence.Meta{ID: s.ID, Account: s.Account, Region: s.Region}
		m.InstanceID = s.InstanceID
		m.InEC2 = m.not(inEC2, "in_ec2")
		switch {
		case !strings.HasPrefix(s.InstanceID, "i-"):
			m.Running = ptr(true)
		case m.InEC2 != nil:
			m.Running = ptr(false)
		default:
			for _, u := range inEC2.unknown {
				m.note(u, "state", "running", "launched", "operator")
			}
		}
	}
	if s == nil {
		m.Managed = m.not(inSSM, "managed")
		if m.Managed == nil {
			for _, u := range inSSM.unknown {
				m.note(u, "platform", "ping_status", "last_ping", "agent_latest", "scanned", "patch_operation", "patch_ended")
			}
		}
		return m
	}
	m.join(&s.Meta)
	m.Managed, m.Platform, m.PingStatus, m.LastPing, m.Latest, m.Scanned = ptr(true), s.Platform, &s.PingStatus, s.LastPing, s.AgentLatest, s.Scanned
	if p := s.Patch; p != nil {
		m.Operation, m.Patched = &p.Operation, p.Ended
	}
	for _, f := range [][2]string{{"ping_status", "ping_status"}, {"last_ping", "last_ping"}, {"agent_latest", "agent_latest"}, {"scanned", "scanned"},
		{"patch", "patch_operation"}, {"patch", "patch_ended"}, {"patch.operation", "patch_operation"}, {"patch.ended", "patch_ended"}} {
		m.carry(&s.Meta, f[0], f[1])
	}
	return m
}

// not says that a list does not have the machine, which is only known of a whole one.
func (m *Machine) not(l list, field string) *bool {
	if len(l.meta.Evidence) > 0 {
		m.join(&evidence.Meta{Evidence: l.meta.Evidence[:1], Collected: l.meta.Collected})
	}
	if l.whole {
		return ptr(false)
	}
	for _, u := range l.unknown {
		m.note(u, field)
	}
	return nil
}

func (m *Machine) note(u evidence.Unknown, fields ...string) {
	for _, f := range fields {
		u.Field = f
		m.Unknown = append(m.Unknown, u)
	}
}

// carry makes a field unknown where another record's is.
func (m *Machine) carry(from *evidence.Meta, field, to string) {
	for _, u := range unknownOf(from, field) {
		m.note(u, to)
	}
}

func (m *Machine) join(from *evidence.Meta) {
	for _, e := range from.Evidence {
		if !slices.Contains(m.Evidence, e) {
			m.Evidence = append(m.Evidence, e)
		}
	}
	if from.Collected.After(m.Collected) {
		m.Collected = from.Collected
	}
}

// unknownOf gives why a field is unknown.
func unknownOf(m *evidence.Meta, field string) []evidence.Unknown {
	var out []evidence.Unknown
	for _, u := range m.Unknown {
		if u.Field == field {
			out = append(out, u)
		}
	}
	return out
}
