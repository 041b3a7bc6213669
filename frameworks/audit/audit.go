// Package audit reads what people decide about an audit: audit.yaml and the exceptions file. It is strict, and knows no
// clock, environment or file system: bytes go in, a Config or every fault comes out.
package audit

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/strict"
)

// A Config is the content of audit.yaml. Paths are as written: relative to the file.
type Config struct {
	Organization string
	Period       evidence.Period
	// Frameworks are ids of shipped frameworks or paths of the user's own, in the order of the report.
	Frameworks []string
	// Accounts are what is to be read: those listed, without the excluded. Sorted; empty only with WholeOrganization.
	Accounts []string
	// WholeOrganization says that the accounts are to be read from AWS Organizations: all that are active, without the excluded.
	WholeOrganization bool
	// Lister is the account that AWS Organizations is asked in; empty means the caller's own. It goes with WholeOrganization.
	Lister string
	// Excluded are named in the report. Sorted by account.
	Excluded []evidence.Exclusion
	// Regions are sorted. Empty means all that are enabled in each account.
	Regions []string
	// Role is the name of the role to assume in each account; empty means that the caller's own credentials are used.
	Role string
	// ExternalID goes with Role; empty means none.
	ExternalID string
	// FIPSEndpoints asks AWS over FIPS endpoints.
	FIPSEndpoints bool
	// RedactIdentity replaces what names people, at capture. RedactPointers are the user's own, as service:Operation:/json/pointer,
	// where * stands for any member or list index.
	RedactIdentity bool
	RedactPointers []string
	// Exceptions, Manual and FIPSCertificates are paths; empty where not given.
	Exceptions       string
	Manual           string
	FIPSCertificates string
	// History lists the CloudFormation types whose history is read from AWS Config. Empty reads none, unless HistoryOfTests: then it is that
	// of the types that the audit's tests over the period are about.
	History        []string
	HistoryOfTests bool
	// Delivery is where that history is read: the bucket that AWS Config delivers to. Nil where AWS Config's API is asked.
	Delivery *evidence.Delivery

	// Changes is how often CloudTrail may be asked who changed what, over all accounts and regions. 0 asks nothing.
	Changes int

	// Seal and Archive are nil where the pack is not signed, and not archived.
	Seal    *Seal
	Archive *Archive

	file     string
	periodAt strict.Pos
}

// Scope is the scope of evidence that the config asks for, at the moment collection began.
func (c *Config) Scope(asOf time.Time) evidence.Scope {
	return evidence.Scope{Accounts: c.Accounts, Excluded: c.Excluded, Regions: c.Regions, Period: c.Period, AsOf: asOf.UTC().Truncate(time.Second)}
}

// Warnings says what is odd but allowed, seen from the given moment.
func (c *Config) Warnings(now time.Time) []string {
	switch {
	case c.Period.From.After(now):
		return []string{fmt.Sprintf("%s: period %s: has not begun; instant tests show today's state, which is not in it", c.periodAt, c.Period)}
	case c.Period.To.After(now):
		return []string{fmt.Sprintf("%s: period %s: has not ended; nothing can be shown of what is still to come", c.periodAt, c.Period)}
	}
	return nil
}

// DefaultChanges is how often CloudTrail is asked who changed what where audit.yaml does not say: at one call a second, some minutes at most.
const DefaultChanges = 200

// maxChanges is a day of look-ups in one account and region.
const maxChanges = 100_000

type configFile struct {
	At               strict.Pos
	Organization     strict.Text      `yaml:"organization,required"`
	Period           strict.Text      `yaml:"period,raw"`
	From             strict.Text      `yaml:"from,raw"`
	To               strict.Text      `yaml:"to,raw"`
	Frameworks       []strict.Text    `yaml:"frameworks,required"`
	Scope            scopeForm        `yaml:"scope,required"`
	FIPSEndpoints    *bool            `yaml:"fips-endpoints"`
	Redact           []strict.Text    `yaml:"redact"`
	Exceptions       strict.Text      `yaml:"exceptions"`
	Manual           strict.Text      `yaml:"manual"`
	History          []strict.Text    `yaml:"history"`
	HistoryFrom      *historyFromForm `yaml:"history-from"`
	Changes          strict.Text      `yaml:"changes,raw"`
	FIPSCertificates strict.Text      `yaml:"fips-certificates"`
	Seal             *sealForm        `yaml:"seal"`
	Archive          *archiveForm     `yaml:"archive"`
}

type scopeForm struct {
	At           strict.Pos
	Organization *bool         `yaml:"organization"`
	Lister       strict.Text   `yaml:"lister"`
	Accounts     []strict.Text `yaml:"accounts"`
	Exclude      []exclusion   `yaml:"exclude"`
	Regions      regions       `yaml:"regions"`
	Role         strict.Text   `yaml:"role"`
	ExternalID   strict.Text   `yaml:"external-id"`
}

// An exclusion is written as an account id, or as an account and a reason.
type exclusion struct {
	Account strict.Text `yaml:"account,required"`
	Reason  strict.Text `yaml:"reason"`
}

type exclusionMapping exclusion

func (e *exclusion) DecodeStrict(d *strict.Decoder, n *yaml.Node, subject string) {
	if n.Kind == yaml.MappingNode {
		strict.Into(d, n, (*exclusionMapping)(e), subject)
		return
	}
	e.Account = d.Text(n, subject)
}

// Regions are written as a list, or as the word all.
type regions struct {
	all   bool
	given bool
	list  []strict.Text
}

func (r *regions) DecodeStrict(d *strict.Decoder, n *yaml.Node, subject string) {
	r.given = true
	if n.Kind == yaml.ScalarNode && n.Value == "all" {
		r.all = true
		return
	}
	strict.Into(d, n, &r.list, subject)
}

var (
	accountForm  = regexp.MustCompile(`^[0-9]{12}$`)
	regionForm   = regexp.MustCompile(`^[a-z]{2,5}(-[a-z]+){1,3}-[0-9]{1,2}$`)
	roleForm     = regexp.MustCompile(`^[A-Za-z0-9_+=,.@/-]{1,512}$`)
	externalForm = regexp.MustCompile(`^[A-Za-z0-9_+=,.@:/-]{2,1000}$`)
	pointerForm  = regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9]+:/.`)
	typeForm     = regexp.MustCompile(`^[A-Za-z0-9]+::[A-Za-z0-9]+::[A-Za-z0-9]+$`)
)

// Load reads audit.yaml; name is how it is called in faults.
func Load(name string, data []byte) (*Config, error) {
	var f configFile
	l := &loader{Config: Config{file: name}}
	l.Join(name, strict.Decode(name, data, &f))
	l.Organization = f.Organization.Value
	l.period(f)
	l.scope(f.Scope)
	l.Config.Frameworks = l.once(f.Frameworks, "framework")
	if len(f.Frameworks) == 0 && f.At.Line > 0 && l.Len() == 0 {
		l.Add(f.At, "frameworks", "", "none is named", "name at least one; `auditseal frameworks list` shows those that ship")
	}
	l.FIPSEndpoints = f.FIPSEndpoints != nil && *f.FIPSEndpoints
	l.redact(f.Redact)
	l.Config.Exceptions = l.path(f.Exceptions, "exceptions")
	l.Config.Manual = l.path(f.Manual, "manual")
	l.Config.FIPSCertificates = l.path(f.FIPSCertificates, "fips-certificates")
	l.history(f.History)
	l.historyFrom(f.HistoryFrom)
	l.changes(f.Changes)
	l.seal(f.Seal)
	l.archive(f.Archive)
	if err := l.Err(); err != nil {
		return nil, err
	}
	return &l.Config, nil
}

type loader struct {
	strict.Report
	Config
}

// once takes over words, each of them once.
func (l *loader) once(in []strict.Text, subject string) []string {
	var out []string
	for _, t := range in {
		switch {
		case t.IsZero():
		case slices.Contains(out, t.Value):
			l.Add(t.At, subject, t.Value, "given twice", "keep one")
		default:
			out = append(out, t.Value)
		}
	}
	return out
}

func (l *loader) path(t strict.Text, subject string) string {
	if strings.Contains(t.Value, "://") || strings.ContainsRune(t.Value, '\\') {
		l.Add(t.At, subject, t.Value, "not a path", "give a path relative to audit.yaml, with forward slashes")
	}
	return t.Value
}

func (l *loader) period(f configFile) {
	l.periodAt = f.Period.At
	switch {
	case !f.Period.IsZero() && (!f.From.IsZero() || !f.To.IsZero()):
		l.Add(f.Period.At, "period", f.Period.Value, "given beside from or to", "keep period, or from and to")
	case !f.Period.IsZero():
		p, err := evidence.ParsePeriod(f.Period.Value)
		if err != nil {
			l.Add(f.Period.At, "period", f.Period.Value, "not a quarter, month or year", "write 2026-Q3, 2026-07 or 2026")
		}
		l.Config.Period = p
	case f.From.IsZero() != f.To.IsZero():
		at, word := f.From.At, "to"
		if f.From.IsZero() {
			at, word = f.To.At, "from"
		}
		l.Add(at, "", "", "there is no "+word, "add the key "+word+", or give a period instead")
	case f.From.IsZero():
		if f.At.Line > 0 {
			l.Add(f.At, "period", "", "is missing", "write period: 2026-Q3, or from and to")
		}
	default:
		l.periodAt = f.From.At
		from, okFrom := l.moment(f.From, "from", false)
		to, okTo := l.moment(f.To, "to", true)
		if okFrom && okTo && !from.Before(to) {
			l.Add(f.To.At, "to", f.To.Value, "not after from", "")
		}
		l.Config.Period = evidence.Period{From: from, To: to}
	}
}

// moment reads a date or a time. A date at the end of a period means the whole day.
func (l *loader) moment(t strict.Text, subject string, end bool) (time.Time, bool) {
	if d, err := time.Parse(time.DateOnly, t.Value); err == nil {
		if end {
			d = d.AddDate(0, 0, 1)
		}
		return d, true
	}
	if d, err := time.Parse(time.RFC3339, t.Value); err == nil {
		return d.UTC(), true
	}
	l.Add(t.At, subject, t.Value, "neither a date nor a time", "write 2026-07-01 or 2026-07-01T00:00:00Z")
	return time.Time{}, false
}

func (l *loader) scope(s scopeForm) {
	l.WholeOrganization = s.Organization != nil && *s.Organization
	for _, e := range s.Exclude {
		if !l.account(e.Account, "exclude") {
			continue
		}
		if slices.ContainsFunc(l.Excluded, func(x evidence.Exclusion) bool { return x.Account == e.Account.Value }) {
			l.Add(e.Account.At, "exclude", e.Account.Value, "given twice", "keep one")
			continue
		}
		reason := e.Reason.Value
		if reason == "" {
			reason = "no reason given"
		}
		l.Excluded = append(l.Excluded, evidence.Exclusion{Account: e.Account.Value, Reason: reason})
	}
	slices.SortFunc(l.Excluded, func(a, b evidence.Exclusion) int { return strings.Compare(a.Account, b.Account) })
	var good []strict.Text
	for _, a := range s.Accounts {
		if l.account(a, "account") {
			good = append(good, a)
		}
	}
	for _, a := range l.once(good, "account") {
		if !slices.ContainsFunc(l.Excluded, func(x evidence.Exclusion) bool { return x.Account == a }) {
			l.Accounts = append(l.Accounts, a)
		}
	}
	slices.Sort(l.Accounts)
	l.organization(s)
	l.regions(s)
	l.Role, l.ExternalID = s.Role.Value, s.ExternalID.Value
	switch {
	case strings.HasPrefix(l.Role, "arn:"):
		l.Add(s.Role.At, "role", l.Role, "an ARN, and the role is assumed by name in every account", "give the name: "+path.Base(l.Role))
	case l.Role != "" && !roleForm.MatchString(l.Role):
		l.Add(s.Role.At, "role", l.Role, "not the name of a role", "")
	}
	switch {
	case l.ExternalID != "" && !externalForm.MatchString(l.ExternalID):
		l.Add(s.ExternalID.At, "external-id", "", "not an external id", "use 2 to 1000 letters, digits and _+=,.@:/-")
	case l.ExternalID != "" && l.Role == "":
		l.Add(s.ExternalID.At, "external-id", "", "there is no role to go with it", "add the key role")
	}
}

// organization checks where the accounts come from: a list here, or AWS Organizations.
func (l *loader) organization(s scopeForm) {
	l.Lister = s.Lister.Value
	switch {
	case s.At.Line == 0:
	case !l.WholeOrganization && !s.Lister.IsZero():
		l.Add(s.Lister.At, "lister", l.Lister, "goes with organization: true, and the accounts are listed here", "take it out, or write organization: true in place of accounts")
	case !l.WholeOrganization && len(l.Accounts) == 0 && l.Len() == 0:
		l.Add(s.At, "scope", "", "no account is left to read", "list the accounts, or write organization: true")
	case l.WholeOrganization && s.Accounts != nil:
		l.Add(s.At, "scope", "", "has accounts beside organization: true", "keep one of them; accounts of the organization that are not to be read go under exclude")
	case l.WholeOrganization && s.Role.IsZero():
		l.Add(s.At, "scope", "", "organization: true needs a role to assume in each account", "add the key role")
	}
	if l.account(s.Lister, "lister") && slices.ContainsFunc(l.Excluded, func(x evidence.Exclusion) bool { return x.Account == l.Lister }) {
		l.Add(s.Lister.At, "lister", l.Lister, "excluded, and it is the account that lists the others", "take it out of exclude, or let another account list them")
	}
}

func (l *loader) account(t strict.Text, subject string) bool {
	if !t.IsZero() && !accountForm.MatchString(t.Value) {
		l.Add(t.At, subject, t.Value, "not an account id", "an account id has 12 digits, in quotes")
		return false
	}
	return !t.IsZero()
}

func (l *loader) regions(s scopeForm) {
	if s.At.Line > 0 && !s.Regions.given {
		l.Add(s.At, "scope", "", "has no regions", "list the regions, or write regions: all")
	}
	if s.Regions.given && !s.Regions.all && s.Regions.list != nil && len(s.Regions.list) == 0 {
		l.Add(s.At, "regions", "", "none is named", "list the regions, or write regions: all")
	}
	for _, r := range s.Regions.list {
		if !r.IsZero() && !regionForm.MatchString(r.Value) {
			l.Add(r.At, "region", r.Value, "not the name of a region", "write it as eu-west-1; all regions are regions: all, without a list")
		}
	}
	l.Regions = l.once(s.Regions.list, "region")
	slices.Sort(l.Regions)
}

func (l *loader) redact(sets []strict.Text) {
	l.once(sets, "redact")
	for i := range sets {
		switch w := sets[i].Value; {
		case w == "":
		case w == "identity":
			l.RedactIdentity = true
		case w == "secret" || w == "secrets":
			l.Add(sets[i].At, "redact", w, "secrets are never written down, asked or not", "take it out")
		case !pointerForm.MatchString(w):
			l.Add(sets[i].At, "redact", w, "neither identity nor a JSON pointer into an operation's answer", "write it as identitystore:ListUsers:/Users/*/Title")
		default:
			l.RedactPointers = append(l.RedactPointers, w)
		}
	}
}

func (l *loader) changes(t strict.Text) {
	if t.IsZero() {
		l.Config.Changes = DefaultChanges
		return
	}
	n, err := strconv.Atoi(t.Value)
	if err != nil || n < 0 || n > maxChanges {
		l.Add(t.At, "changes", t.Value, "not a number of look-ups", fmt.Sprintf("write a number from 0, which asks nothing, to %d", maxChanges))
		return
	}
	l.Config.Changes = n
}

func (l *loader) history(types []strict.Text) {
	if types == nil {
		l.HistoryOfTests = true
		return
	}
	l.History = l.once(types, "history")
	for _, t := range types {
		if !t.IsZero() && !typeForm.MatchString(t.Value) {
			l.Add(t.At, "history", t.Value, "not a CloudFormation type name", "write it as AWS::KMS::Key")
		}
	}
}
