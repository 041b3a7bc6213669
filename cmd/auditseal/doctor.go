package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/fips"
	"github.com/auditseal/auditseal/collectors/tape"
)

// A finding is what a check before collecting came to. Hint is the next step, where there is one to take.
type finding struct {
	Check  string `json:"check"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Hint   string `json:"hint,omitempty"`
}

// maxSkew is how far this machine's clock may be from AWS's: a signature that is older than that is refused.
const maxSkew = 5 * time.Minute

// A doctor looks at what an audit stands on, and asks AWS as the audit itself would.
type doctor struct {
	j       *job
	s       *session
	scope   evidence.Scope
	cols    []collectors.Collector
	mu      sync.Mutex
	found   []finding
	refused map[string]bool // accounts whose role could not be assumed
}

func (d *doctor) say(ok bool, check, hint, format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.found = append(d.found, finding{check, ok, fmt.Sprintf(format, args...), hint})
}

// before makes the checks that every run makes before it collects: they ask no more than a session of each account, which the run
// needs anyway.
func (d *doctor) before(ctx context.Context) error {
	d.clock()
	for _, n := range d.j.fipsNotes(d.cols, d.scope.Regions) {
		d.say(false, "fips", "turn fips-endpoints off, or leave out the regions; where AWS has added a host since, go on", "%s", n)
	}
	return d.roles(ctx)
}

func (d *doctor) clock() {
	switch skew := d.s.skew.Round(time.Second); {
	case d.s.began.IsZero():
		d.say(false, "clock", "where AWS_ENDPOINT_URL names no server of your own, a proxy may have taken the header out", "the endpoint gave no date, so this machine's clock stands in its place")
	case skew > maxSkew || skew < -maxSkew:
		d.say(false, "clock", "set the clock; nothing in the pack is dated by it, but AWS may refuse what it signs", "this machine's clock is off AWS's by %s", skew)
	default:
		d.say(true, "clock", "", "within %s of AWS's", max(skew, -skew, time.Second))
	}
}

// roles opens each account, and holds the account that answers against the one asked for.
func (d *doctor) roles(ctx context.Context) error {
	d.refused = map[string]bool{}
	if d.j.audit.Role == "" {
		others := slices.DeleteFunc(slices.Clone(d.scope.Accounts), func(id string) bool { return id == d.s.caller })
		if len(others) > 0 {
			d.say(false, "role", "name the role to assume under scope, as role", "the caller's own credentials are of account %s and cannot read %s: %s; everything there becomes a gap", d.s.caller, count(len(others), "account"), some(others))
		}
		return nil
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(32)
	for _, id := range d.scope.Accounts {
		g.Go(func() error {
			_, err := d.s.account(ctx, id, collectors.All()[0].Name())
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err == nil {
				return nil
			}
			d.mu.Lock()
			d.refused[id] = true
			d.mu.Unlock()
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if len(d.refused) == 0 {
		d.say(true, "role", "", "%s can be read", count(len(d.scope.Accounts), "account"))
		return nil
	}
	var ids []string
	for id := range d.refused {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	d.say(false, "role", "check that the role stands in the account, that its trust policy names the caller, and its external id", "role %q can't be assumed in %s: %s; everything there becomes a gap",
		d.j.audit.Role, count(len(ids), "account"), some(ids))
	return nil
}

// some are the first of many.
func some(ids []string) string {
	const shown = 10
	if len(ids) > shown {
		return strings.Join(ids[:shown], ", ") + fmt.Sprintf(" and %d more", len(ids)-shown)
	}
	return strings.Join(ids, ", ")
}

// whole makes the checks that only `auditseal doctor` makes, because they ask what the run will ask again.
func (d *doctor) whole(ctx context.Context) error {
	d.hosts(ctx)
	identities, sessions, regions, recorders, hubs := &tally{}, &tally{}, &tally{}, &tally{}, &tally{}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(32)
	for _, id := range d.scope.Accounts {
		if d.refused[id] {
			continue
		}
		g.Go(func() error {
			cfg, err := d.s.account(ctx, id, collectors.All()[0].Name())
			if err != nil {
				identities.count(id, err, false)
				return ctx.Err()
			}
			me, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
			identities.count(id, err, err == nil && aws.ToString(me.Account) != id)
			sessions.count(id, d.sessions(ctx, id), false)
			usable, err := usableRegions(ctx, cfg)
			asked := d.scope.Regions
			if len(asked) == 0 { // all that the account has enabled
				asked = usable
				regions.count(id, err, err == nil && len(usable) == 0)
			}
			for _, r := range d.scope.Regions {
				regions.count(id+" "+r, err, err == nil && !slices.Contains(usable, r))
			}
			for _, r := range asked {
				if err != nil || slices.Contains(usable, r) { // of the others enough is said
					d.services(ctx, id, r, recorders, hubs)
				}
			}
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	d.report(identities, "identity", "the right account answers in %s", "another account answers than the one asked for", "the role's session must be of the account itself; check AWS_ENDPOINT_URL and proxies")
	d.report(sessions, "session", "each collector has a session in %s", "", "")
	d.report(regions, "regions", "enabled in %s", "not enabled", "take the regions out of scope; what an account left behind in a region before it disabled it can't be read")
	d.report(recorders, "config", "AWS Config records in %s", "AWS Config records nothing", "turn the recorder on; what was not recorded can't be shown later")
	d.report(hubs, "securityhub", "Security Hub is on in %s", "Security Hub is off", "turn it on, or expect its tests to be exceptions")
	return nil
}

// sessions opens the account for each collector: each is limited to what it needs by a session policy of its own, which AWS may refuse.
func (d *doctor) sessions(ctx context.Context, id string) error {
	for _, c := range d.cols {
		if _, err := d.s.account(ctx, id, c.Name()); err != nil {
			return err
		}
	}
	return nil
}

// A tally is what a question came to over many accounts and regions.
type tally struct {
	mu          sync.Mutex
	asked       int
	off, denied []string
	code        string
}

func (t *tally) count(place string, err error, off bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked++
	switch {
	case err != nil:
		t.denied = append(t.denied, place)
		t.code = errorCode(err)
	case off:
		t.off = append(t.off, place)
	}
}

func errorCode(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return "no answer"
}

func (d *doctor) report(t *tally, check, good, bad, hint string) {
	if t.asked == 0 {
		return
	}
	slices.Sort(t.off)
	slices.Sort(t.denied)
	if n := t.asked - len(t.off) - len(t.denied); n > 0 {
		d.say(true, check, "", good, count(n, "place"))
	}
	if len(t.off) > 0 {
		d.say(false, check, hint, "%s in %s", bad, some(t.off))
	}
	if len(t.denied) > 0 {
		d.say(false, check, "grant what `auditseal policy` prints", "%s could not be asked (%s)", some(t.denied), t.code)
	}
}

func usableRegions(ctx context.Context, cfg aws.Config) ([]string, error) {
	var out []string
	p := account.NewListRegionsPaginator(account.NewFromConfig(cfg), &account.ListRegionsInput{RegionOptStatusContains: []types.RegionOptStatus{types.RegionOptStatusEnabled, types.RegionOptStatusEnabledByDefault}})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range page.Regions {
			out = append(out, aws.ToString(r.RegionName))
		}
	}
	return out, nil
}

// services asks whether what the audit's history and second opinions stand on is there at all.
func (d *doctor) services(ctx context.Context, id, region string, recorders, hubs *tally) {
	for _, c := range d.cols {
		service := c.Operations()[0].Service
		if service != "config" && service != "securityhub" {
			continue
		}
		cfg, err := d.s.account(ctx, id, c.Name())
		if err != nil {
			continue // said of the sessions
		}
		cfg.Region = region
		if service == "config" {
			out, err := configservice.NewFromConfig(cfg).DescribeConfigurationRecorderStatus(ctx, &configservice.DescribeConfigurationRecorderStatusInput{})
			on := err == nil && len(out.ConfigurationRecordersStatus) > 0 && out.ConfigurationRecordersStatus[0].Recording
			recorders.count(id+" "+region, err, !on)
			continue
		}
		_, err = securityhub.NewFromConfig(cfg).DescribeHub(ctx, &securityhub.DescribeHubInput{})
		off := slices.Contains([]string{"InvalidAccessException", "ResourceNotFoundException"}, errorCode(err))
		if off {
			err = nil
		}
		hubs.count(id+" "+region, err, off)
	}
}

// hosts looks the FIPS hosts up that the audit will ask, where it asks FIPS endpoints of AWS's own.
func (d *doctor) hosts(ctx context.Context) {
	if !d.j.audit.FIPSEndpoints || os.Getenv("AWS_ENDPOINT_URL") != "" {
		return
	}
	var names, lost []string
	for _, c := range d.cols {
		for _, op := range c.Operations() {
			for _, r := range d.scope.Regions {
				if h, ok := fips.Host(d.s.partition, op.Service, r); ok && !slices.Contains(names, h) {
					names = append(names, h)
				}
			}
		}
	}
	for _, h := range names {
		if _, err := net.DefaultResolver.LookupHost(ctx, h); err != nil {
			lost = append(lost, h)
		}
	}
	if len(lost) > 0 {
		d.say(false, "fips", "check the network's name servers", "%s not found: %s", count(len(lost), "FIPS host"), some(lost))
	} else if len(names) > 0 {
		d.say(true, "fips", "", "%s found", count(len(names), "FIPS host"))
	}
}

// members lists the accounts where the scope is an organization, and keeps nothing.
func (j *job) members(ctx context.Context, s *session, sc evidence.Scope) (evidence.Scope, error) {
	if sc.Organization == nil {
		return sc, nil
	}
	tmp, err := os.MkdirTemp("", "auditseal-doctor-*")
	if err != nil {
		return sc, err
	}
	defer os.RemoveAll(tmp)
	tp, err := tape.Create(tmp)
	if err != nil {
		return sc, err
	}
	defer tp.Close()
	if sc, err = (collectors.Run{Scope: sc, Tape: tp, Session: s.account, Limits: tape.NewLimits(defaultShare)}).Discover(ctx); err != nil && ctx.Err() == nil {
		err = &exitError{code: exitUnfinished, err: err, hint: noMembers}
	}
	return sc, err
}

// noMembers is what to do where the organization's accounts can't be listed.
const noMembers = "run it as the management account or a delegated administrator of the organization, name that account as scope.lister, or list the accounts"

func (a *app) doctor() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use:   "doctor [-c audit.yaml]",
		Short: "Check credentials, roles, regions, services and clock before an audit",
		Long: `Ask AWS (read-only) what an audit stands on: the caller's credentials, the role in each account and that the right account
answers, the regions, the clock, FIPS hosts where they are asked for, whether AWS Config records and Security Hub is on, and, where
audit.yaml says who signs, that the key signs and an authority gives a timestamp.
Each check prints a line, with the next step where it fails. Nothing is written. run and collect make the first of these
checks themselves, and go on: what can't be read becomes a gap.

It exits with 1 where a check failed.` + exitText,
		Example: "  auditseal doctor -c audit.yaml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			j, err := a.load(file)
			if err != nil {
				return err
			}
			s, sc, err := j.open(c.Context())
			if err != nil {
				return err
			}
			d := &doctor{j: j, s: s, scope: sc}
			d.cols, _ = j.collectors()
			d.say(true, "credentials", "", "account %s, partition %s", s.caller, s.partition)
			if d.scope, err = j.members(c.Context(), s, sc); err != nil {
				return err
			}
			if err := d.before(c.Context()); err != nil {
				return err
			}
			if err := d.whole(c.Context()); err != nil {
				return err
			}
			if err := d.sealing(c.Context(), a); err != nil {
				return err
			}
			bad := 0
			var b strings.Builder
			for _, f := range d.found {
				mark := "ok       "
				if !f.OK {
					mark, bad = "ATTENTION", bad+1
				}
				fmt.Fprintf(&b, "%s  %-12s %s\n", mark, f.Check, inert(f.Detail))
				if f.Hint != "" {
					fmt.Fprintf(&b, "           %-12s -> %s\n", "", f.Hint)
				}
			}
			if err := a.print(map[string]any{"ok": bad == 0, "checks": d.found}, b.String()); err != nil {
				return err
			}
			if bad > 0 {
				return a.quiet(&exitError{code: exitUnfinished, err: fmt.Errorf("%s not in order", count(bad, "check")), hint: "the audit would run, and show what it could not read as gaps"})
			}
			return nil
		},
	}
	auditFlag(c, &file)
	return c
}
