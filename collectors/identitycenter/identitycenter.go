// Package identitycenter reads IAM Identity Center: its instances, permission sets and who holds them where, applications, trusted
// token issuers, and the users and groups of the identity store.
//
// An instance belongs to one account and lives in one primary region, and is seen from others. Its details are read once, at home:
// by its owner, in its primary region. Everywhere else the sighting is recorded and nothing more is asked. Where the home is out
// of the audit's scope, what it holds is a gap and not an empty population. A delegated administrator could read the details too,
// but is treated like any other account: one instance is read once.
//
// Assignments are never looked for over every account and every permission set: only where AWS says that a set is provisioned.
//
// MFA settings, the identity source, SCIM tokens and the length of portal sessions have no public API. They are manual tests.
package identitycenter

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// Collector reads Identity Center.
type Collector struct{}

func (Collector) Name() string { return "identitycenter" }
func (Collector) Doc() string {
	return "IAM Identity Center: instances, permission sets, assignments, applications, users and groups."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryRegion }

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Application]("The applications of each instance."),
		evidence.KindOf[Assignment]("Who holds which permission set in which account."),
		evidence.KindOf[Group]("The groups of the identity store."),
		evidence.KindOf[Instance]("The instances that each account and region sees. Only those at home carry details."),
		evidence.KindOf[Membership]("Who is in which group of the identity store."),
		evidence.KindOf[PermissionSet]("The permission sets of each instance."),
		evidence.KindOf[Presence]("How many instances each account and region sees, so that none can be told from not read."),
		evidence.KindOf[TrustedTokenIssuer]("The trusted token issuers of each instance."),
		evidence.KindOf[User]("The users of the identity store."),
	}
}

// A reader is the collector at work in one cell.
type reader struct {
	*cell.Cell
	sso   *ssoadmin.Client
	store *identitystore.Client
}

// A found instance is one that ListInstances told of, and the answer that told.
type found struct {
	types.InstanceMetadata
	page *ssoadmin.ListInstancesOutput
}

// Collect lists the instances that can be seen from here, and reads those that are at home here.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	r := reader{c, ssoadmin.NewFromConfig(c.Config), identitystore.NewFromConfig(c.Config)}
	presence := &Presence{Meta: c.Meta(c.Account + "/" + c.Region)}
	var seen []found
	p := ssoadmin.NewListInstancesPaginator(r.sso, &ssoadmin.ListInstancesInput{MaxResults: aws.Int32(100)})
	whole := true
	known := c.Once(kindNames()...)
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			c.Incomplete(err, kindNames()...)
			whole = false
			break
		}
		c.Read(&presence.Meta, page.ResultMetadata)
		for _, x := range page.Instances {
			if aws.ToString(x.InstanceArn) == "" {
				c.Half(page.ResultMetadata, operation("ListInstances"), "MissingMember", "an instance came without its InstanceArn", nil, nil, kindNames()...)
				whole = false
				continue
			}
			if known.First(*x.InstanceArn, page.ResultMetadata) {
				seen = append(seen, found{x, page})
			}
		}
	}
	for _, f := range seen {
		if err := r.instance(ctx, f, presence); err != nil {
			return fmt.Errorf("%s: %w", aws.ToString(f.InstanceArn), err)
		}
	}
	if !whole {
		return nil
	}
	return r.presence(presence, seen)
}

// presence counts what a whole list showed.
func (r reader) presence(p *Presence, seen []found) error {
	p.Instances = len(seen)
	for _, f := range seen {
		if f.Status == "" {
			r.Half(f.page.ResultMetadata, operation("ListInstances"), "MissingMember", "an instance came without its Status", &p.Meta, []string{"active"})
		}
		if f.Status == types.InstanceStatusActive {
			p.Active++
		}
		if aws.ToString(f.OwnerAccountId) == r.Account {
			p.Owned++
		}
	}
	return r.Emit(p)
}

// kindNames are all kinds: what cannot be read when the instances are not known.
func kindNames() []string {
	var out []string
	for _, k := range (Collector{}).Kinds() {
		out = append(out, k.Name)
	}
	return out
}
