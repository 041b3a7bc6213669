// Package detective reads Amazon Detective: whether an account's data goes into a behavior graph, its own or that of an
// administrator, and which accounts a graph takes in.
//
// An account that administers a graph is asked for it, its data sources, its members and whether new accounts join it. AWS lists no
// graph to any other account; those are asked for the graphs that they were invited to or taken into, among which is that of their
// organization. A refusal of either question is a refusal: AWS has no word for "not enabled" but an empty list.
package detective

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/detective"
	"github.com/aws/aws-sdk-go-v2/service/detective/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// Collector reads Detective in one account and region.
type Collector struct{}

func (Collector) Name() string { return "detective" }
func (Collector) Doc() string {
	return "Amazon Detective: behavior graphs with their data sources and members, and the graphs that an account was taken into."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryRegion }

const (
	accountKind    = "detective.account"
	graphKind      = "detective.graph"
	memberKind     = "detective.member"
	membershipKind = "detective.membership"
)

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Account]("Amazon Detective in one account and region: one record whether or not it is on."),
		evidence.KindOf[Graph]("The behavior graphs that an account administers, one at most in a region."),
		evidence.KindOf[Member]("The accounts that an administrator lists as members of its graph. Accounts of the organization that were never taken in are not among them: AWS does not list them."),
		evidence.KindOf[Membership]("The graphs of others that accounts without one of their own were invited to or taken into."),
	}
}

func operation(name, member string) evidence.Operation {
	return evidence.Operation{Service: "detective", API: detective.ServiceID, Name: name, Action: "detective:" + name, Member: member}
}

// pageSize is the most that Detective gives at once.
const pageSize = 200

var (
	// AutoEnable is a plain boolean in the SDK, whose lack reads as false: it is looked for in the body itself.
	describeOrganizationConfiguration = evidence.Operation{Service: "detective", API: detective.ServiceID, Name: "DescribeOrganizationConfiguration",
		Action: "detective:DescribeOrganizationConfiguration", MayLack: "AutoEnable is looked for in the answer's body: the SDK reads its lack as false", Each: graphKind}
	listDatasourcePackages = func() evidence.Operation {
		op := operation("ListDatasourcePackages", "DatasourcePackages")
		op.Each = graphKind
		return op
	}()
	listGraphs      = operation("ListGraphs", "GraphList")
	listInvitations = func() evidence.Operation {
		op := operation("ListInvitations", "Invitations")
		op.Identity = []string{"EmailAddress"}
		return op
	}()
	listMembers = func() evidence.Operation {
		op := operation("ListMembers", "MemberDetails")
		op.Lists, op.Page, op.Identity = memberKind, pageSize, []string{"EmailAddress"}
		return op
	}()
)

// Operations are all reads. Members have the e-mail address of their root user.
func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{describeOrganizationConfiguration, listDatasourcePackages, listGraphs, listInvitations, listMembers}
}

// reader is one cell at work.
type reader struct {
	c       *cell.Cell
	api     *detective.Client
	account *Account
	// missing is why the account is not enabled in full, doubts are why that is not known.
	missing []string
	doubts  []doubt
}

// A doubt is a gap and the fields of the account that it leaves open, beside status and missing.
type doubt struct {
	gap    evidence.Gap
	fields []string
}

func (r *reader) doubt(g evidence.Gap, fields ...string) {
	r.doubts = append(r.doubts, doubt{g, fields})
}

// ofGraphs are the fields of the account that its graphs tell.
var ofGraphs = []string{"status", "missing", "contributes", "administrator", "graphs"}

// Collect reads the account's graph, or the graphs that it was taken into.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	if c.Partition == "aws-cn" {
		c.Absent(listGraphs, "NotInPartition", "Detective is not offered in this partition", accountKind, graphKind, memberKind, membershipKind)
		return nil
	}
	r := &reader{c: c, api: detective.NewFromConfig(c.Config), account: &Account{Meta: c.Meta(c.Account + "/" + c.Region + "/detective"), Missing: []string{}, Graphs: []string{}}}
	if err := r.graphs(ctx); err != nil {
		return err
	}
	if len(r.account.Evidence) == 0 {
		return ctx.Err() // nothing was answered, and graphs has said so
	}
	return c.Emit(r.account)
}

const (
	core    = string(types.DatasourcePackageDetectiveCore)
	started = string(types.DatasourcePackageIngestStateStarted)
)

// graphs reads the graph of an administrator, and where there is none the memberships.
func (r *reader) graphs(ctx context.Context) error {
	a := r.account
	var all []*Graph
	var last middleware.Metadata
	broken := false
	seen := r.c.Once(graphKind)
	p := detective.NewListGraphsPaginator(r.api, &detective.ListGraphsInput{MaxResults: aws.Int32(pageSize)})
	err := cell.Pages(ctx, p, func(err error) {
		broken = true
		r.c.Unknown(&a.Meta, err, ofGraphs...)
		kinds := []string{graphKind, memberKind, membershipKind}
		if len(a.Evidence) == 0 {
			kinds = append(kinds, accountKind)
		}
		r.c.Incomplete(err, kinds...)
	}, func(out *detective.ListGraphsOutput) error {
		last = out.ResultMetadata
		r.c.Read(&a.Meta, last)
		for _, x := range out.GraphList {
			arn := aws.ToString(x.Arn)
			if arn == "" {
				r.doubt(r.c.Half(last, listGraphs, "MissingMember", "AWS listed a graph without its ARN", nil, nil, graphKind, memberKind, membershipKind), "contributes", "administrator", "graphs")
				continue
			}
			if seen.First(arn, last) {
				g := &Graph{Meta: r.c.Meta(arn), Created: cell.UTC(x.CreatedTime)}
				r.c.Read(&g.Meta, last)
				all = append(all, g)
			}
		}
		return nil
	})
	if err != nil || broken {
		return err
	}
	for _, g := range all {
		a.Administrator, a.Graphs = true, append(a.Graphs, g.ID)
		if err := r.graph(ctx, g); err != nil {
			return err
		}
	}
	if len(all) == 0 && len(r.doubts) == 0 {
		if err := r.memberships(ctx); err != nil {
			return err
		}
	}
	r.conclude(last)
	return nil
}

// conclude says what the account has. One way into a graph is enough, so what is not known matters only where none is known.
func (r *reader) conclude(last middleware.Metadata) {
	a := r.account
	slices.Sort(a.Graphs)
	slices.Sort(r.missing)
	a.Missing = append(a.Missing, slices.Compact(r.missing)...)
	for _, d := range r.doubts {
		a.Meta.UnknownBy(d.gap, "status", "missing")
		for _, f := range d.fields {
			if f != "contributes" || !a.Contributes {
				a.Meta.UnknownBy(d.gap, f)
			}
		}
	}
	switch {
	case len(r.doubts) > 0:
	case a.Contributes && len(a.Missing) == 0:
		a.Status = "enabled"
	case a.Contributes, len(a.Missing) > 0:
		a.Status = "partly-enabled"
	default:
		a.Status = "not-enabled"
		r.c.NotEnabled(&tape.Error{Stamp: tape.StampOf(last), Operation: listGraphs, Outcome: evidence.NotEnabled, Code: "NoGraph", Status: 200,
			Message: "the account administers no behavior graph in this region and was taken into none"}, graphKind, memberKind)
	}
}

// graph reads the data sources, members and configuration of a graph.
func (r *reader) graph(ctx context.Context, g *Graph) error {
	r.sources(ctx, g)
	var said bool
	out, err := r.api.DescribeOrganizationConfiguration(ctx, &detective.DescribeOrganizationConfigurationInput{GraphArn: &g.ID}, lookFor("AutoEnable", &said))
	switch {
	case err != nil:
		r.c.Unknown(&g.Meta, err, "auto_enable")
	case !said:
		r.c.Half(out.ResultMetadata, describeOrganizationConfiguration, "MissingMember", "AWS answered DescribeOrganizationConfiguration without AutoEnable", &g.Meta, []string{"auto_enable"})
	default:
		r.c.Read(&g.Meta, out.ResultMetadata)
		g.AutoEnable = out.AutoEnable
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := r.c.Emit(g); err != nil {
		return err
	}
	return r.members(ctx, g)
}

// sources reads which data goes into the graph. Those of the administrator's own account do, as those of every member.
func (r *reader) sources(ctx context.Context, g *Graph) {
	all := map[string]string{}
	p := detective.NewListDatasourcePackagesPaginator(r.api, &detective.ListDatasourcePackagesInput{GraphArn: &g.ID, MaxResults: aws.Int32(pageSize)})
	var why *evidence.Gap
	var last middleware.Metadata
	_ = cell.Pages(ctx, p, func(err error) { // an end of ctx shows at the next question
		gap := r.c.Unknown(&g.Meta, err, "sources", "core")
		why = &gap
	}, func(out *detective.ListDatasourcePackagesOutput) error {
		last = out.ResultMetadata
		r.c.Read(&g.Meta, last)
		r.c.Read(&r.account.Meta, last)
		for name, x := range out.DatasourcePackages {
			all[name] = string(x.DatasourcePackageIngestState)
		}
		return nil
	})
	if why == nil && (len(all) == 0 || slices.Contains(values(all), "")) {
		gap := r.c.Half(last, listDatasourcePackages, "MissingMember", "AWS answered ListDatasourcePackages without data sources, or without the state of one", &g.Meta, []string{"sources", "core"})
		why = &gap
	}
	if why != nil {
		r.doubt(*why, "contributes")
		return
	}
	g.Sources, g.Core = all, cell.Text(all[core])
	r.account.Contributes = r.account.Contributes || all[core] == started
	if _, listed := all[core]; !listed {
		r.missing = append(r.missing, core)
	}
	r.lacks(all)
}

// lacks notes the data sources that are not started.
func (r *reader) lacks(sources map[string]string) {
	for name, state := range sources {
		if state != started {
			r.missing = append(r.missing, name)
		}
	}
}

func values(m map[string]string) []string {
	var out []string
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// lookFor notes whether the member is there at all in a JSON answer: the SDK reads an absent boolean as false.
func lookFor(member string, said *bool) func(*detective.Options) {
	return func(o *detective.Options) {
		o.APIOptions = append(o.APIOptions, cell.Body(func(body []byte, _ *middleware.Metadata) {
			members := map[string]json.RawMessage{}
			json.Unmarshal(body, &members) // what is no JSON is for the SDK to refuse
			v, there := members[member]
			*said = there && string(v) != "null"
		}))
	}
}
