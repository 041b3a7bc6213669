package scenario

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

var roleARN = regexp.MustCompile(`^arn:aws[a-z-]*:iam::(\d{12}):role/(.+)$`)

// Expiration of assumed credentials. It is far off because the SDK compares it with the machine's clock, not with ours.
const expiration = "2099-12-31T23:59:59Z"

func assumeRole(q *query) (any, *Failure) {
	m := roleARN.FindStringSubmatch(q.form.Get("RoleArn"))
	name := q.form.Get("RoleSessionName")
	if m == nil || len(name) < 2 {
		return nil, &Failure{Status: 400, Code: "ValidationError", Message: "1 validation error detected: RoleArn or RoleSessionName is invalid"}
	}
	o := q.s.cfg.Organization
	a := q.s.ids[m[1]]
	if a == nil || a.DenyAssumeRole || o.Role != "" && o.Role != m[2] || o.ExternalID != "" && o.ExternalID != q.form.Get("ExternalId") {
		return nil, q.denied()
	}
	allowed, f := allows(q.form.Get("Policy"))
	if f != nil {
		return nil, f
	}
	q.s.mu.Lock()
	key := fmt.Sprintf("ASIA%s%04d", a.ID, len(q.s.sessions)%10000)
	q.s.sessions[key] = session{role: m[2], name: name, allowed: allowed}
	q.s.mu.Unlock()
	return []X{
		E("Credentials", E("AccessKeyId", key), E("SecretAccessKey", "scenario-secret-"+hexID(24, key)), E("SessionToken", "scenario-session-"+key), E("Expiration", expiration)),
		E("AssumedRoleUser", E("AssumedRoleId", roleID(a.ID, m[2])+":"+name), E("Arn", fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s", o.partition(), a.ID, m[2], name))),
	}, nil
}

// allows reads the actions of a session policy; nil where there is none. It takes what auditseal writes: one statement of whole actions.
func allows(policy string) (map[string]bool, *Failure) {
	if policy == "" {
		return nil, nil
	}
	malformed := &Failure{Status: 400, Code: "MalformedPolicyDocument", Message: "The policy is not in the valid JSON format."}
	if len(policy) > 2048 {
		return nil, &Failure{Status: 400, Code: "ValidationError", Message: "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to 2048"}
	}
	var doc struct {
		Version   string
		Statement struct {
			Effect, Resource string
			Action           []string
		}
	}
	d := json.NewDecoder(strings.NewReader(policy))
	d.DisallowUnknownFields()
	if d.Decode(&doc) != nil || doc.Version != "2012-10-17" || doc.Statement.Effect != "Allow" || doc.Statement.Resource != "*" || len(doc.Statement.Action) == 0 {
		return nil, malformed
	}
	out := map[string]bool{}
	for _, a := range doc.Statement.Action {
		if service, action, ok := strings.Cut(a, ":"); !ok || service == "" || action == "" || strings.ContainsAny(a, "*?") {
			return nil, malformed
		}
		out[a] = true
	}
	return out, nil
}

// outside reports whether the session's policy leaves out what is asked, where Config.Action says which action allows it.
func (q *query) outside() bool {
	s, ok := q.session()
	if !ok || s.allowed == nil || q.s.cfg.Action == nil {
		return false
	}
	a := q.s.cfg.Action(q.Service, q.Operation)
	return a != "" && !s.allowed[a]
}

func callerIdentity(q *query) (any, *Failure) {
	id := "AIDA" + strings.ToUpper(base32ID(17, "user", q.Account))
	if s, ok := q.session(); ok {
		id = roleID(q.Account, s.role) + ":" + s.name
	}
	return []X{E("Arn", q.caller()), E("UserId", id), E("Account", q.Account)}, nil
}

func (o *Organization) partition() string { return cmp.Or(o.Partition, "aws") }

func roleID(account, role string) string {
	return "AROA" + strings.ToUpper(base32ID(17, "role", account, role))
}

func (q *query) session() (session, bool) {
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	s, ok := q.s.sessions[q.key]
	if !ok && strings.HasPrefix(q.key, "ASIA") {
		return session{role: q.s.cfg.Organization.Role, name: "session"}, true
	}
	return s, ok
}

// caller is the ARN that AWS would name in its answers.
func (q *query) caller() string {
	if s, ok := q.session(); ok {
		return fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s", q.s.cfg.Organization.partition(), q.Account, s.role, s.name)
	}
	return fmt.Sprintf("arn:%s:iam::%s:user/audit-runner", q.s.cfg.Organization.partition(), q.Account)
}
