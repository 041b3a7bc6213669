// Package account reads who asked and what account answered: the caller's identity, the account's regions, and whom AWS can reach about
// it. It runs before every other collector; where the identity is not the account asked for, nothing else is asked of that account.
package account

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Caller is the identity that asked, as AWS sees it.
type Caller struct {
	evidence.Meta
	ARN       string `json:"arn" cel:"arn" doc:"The ARN of the identity that asked."`
	UserID    string `json:"user_id" cel:"user_id" doc:"AWS's unique id of the identity; for an assumed role it carries the session name."`
	Answered  string `json:"answered_account" cel:"answered_account" doc:"The account that the credentials belong to. It must be the account asked for."`
	Partition string `json:"partition" cel:"partition" doc:"The partition of the ARN: aws, aws-us-gov, aws-cn."`
	Matches   bool   `json:"matches" cel:"matches" doc:"Whether the answering account is the one that was asked for."`
}

// Kind is account.caller.
func (*Caller) Kind() string { return "account.caller" }

// A Region is a region of the account and whether it can be used.
type Region struct {
	evidence.Meta
	Name    string `json:"name" cel:"name" doc:"The region's name."`
	Status  string `json:"status" cel:"status" doc:"AWS's opt-in status: ENABLED, ENABLED_BY_DEFAULT, ENABLING, DISABLING or DISABLED."`
	Enabled bool   `json:"enabled" cel:"enabled" doc:"Whether the status is ENABLED or ENABLED_BY_DEFAULT, so that it can be used."`
	InScope bool   `json:"in_scope" cel:"in_scope" doc:"Whether the audit asks in this region: its scope has it, and it is not DISABLED."`
}

// Kind is account.region.
func (*Region) Kind() string { return "account.region" }

// Collector reads the caller, the regions and the alternate contacts.
type Collector struct{}

func (Collector) Name() string { return "account" }
func (Collector) Doc() string {
	return "Who asked, which account answered, which regions it can use, and its alternate contacts."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryAccount }

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[AlternateContact]("The alternate contacts of each account: one record for each account and type, whether or not there is such a contact."),
		evidence.KindOf[Caller]("The identity that asked, one for each account."),
		evidence.KindOf[Region]("The regions of each account and whether they are enabled."),
	}
}

func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{
		getContact,
		listRegions,
		callerIdentity,
	}
}

var listRegions = evidence.Operation{Service: "account", API: account.ServiceID, Name: "ListRegions", Action: "account:ListRegions", Member: "Regions", Rate: 5,
	RateSource: "https://docs.aws.amazon.com/accounts/latest/reference/quotas.html"}

var callerIdentity = evidence.Operation{Service: "sts", API: sts.ServiceID, Name: "GetCallerIdentity", Action: "sts:GetCallerIdentity", Member: "Account"}

// Collect asks who is asking, and stops the account where that is not the account asked for.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	if err := caller(ctx, c); err != nil {
		return err
	}
	if c.Refused() != nil {
		return nil
	}
	if err := regions(ctx, c); err != nil {
		return err
	}
	return contacts(ctx, c)
}

func caller(ctx context.Context, c *cell.Cell) error {
	out, err := sts.NewFromConfig(c.Config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		c.Incomplete(err, contactKind, "account.caller", "account.region")
		c.Refuse(err)
		return nil
	}
	r := &Caller{Meta: c.Meta(aws.ToString(out.Arn)), ARN: aws.ToString(out.Arn), UserID: aws.ToString(out.UserId), Answered: aws.ToString(out.Account)}
	if a, err := arn.Parse(r.ARN); err == nil {
		r.Partition = a.Partition
		c.Partition = a.Partition
	}
	r.Matches = r.Answered == c.Account
	c.Read(&r.Meta, out.ResultMetadata)
	if r.ID == "" {
		r.ID = "arn:unknown:" + c.Account
	}
	if !r.Matches {
		why := "the credentials belong to account " + r.Answered + ", not to " + c.Account + ": nothing more was asked of it; check the role and the profile"
		c.Half(out.ResultMetadata, callerIdentity, "WrongAccount", why, nil, nil, contactKind, "account.region")
		c.Refuse(errors.New(why))
	}
	return c.Emit(r)
}

func regions(ctx context.Context, c *cell.Cell) error {
	var usable []string
	whole, seen := true, c.Once("account.region")
	p := account.NewListRegionsPaginator(account.NewFromConfig(c.Config), &account.ListRegionsInput{MaxResults: aws.Int32(50)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			c.Incomplete(err, "account.region")
			return nil
		}
		for _, x := range page.Regions {
			name := aws.ToString(x.RegionName)
			if name == "" {
				c.Half(page.ResultMetadata, listRegions, "MissingMember", "a region was listed without its name", nil, nil, "account.region")
				whole = false
				continue
			}
			if !seen.First(name, page.ResultMetadata) {
				continue // read once: its cells would have every record twice
			}
			r := &Region{Meta: c.Meta(c.Account + "/" + name), Name: name, Status: string(x.RegionOptStatus)}
			r.Enabled = x.RegionOptStatus == types.RegionOptStatusEnabled || x.RegionOptStatus == types.RegionOptStatusEnabledByDefault
			r.InScope = x.RegionOptStatus != types.RegionOptStatusDisabled && c.InScope(r.Name)
			c.Read(&r.Meta, page.ResultMetadata)
			if r.Status == "" {
				c.Half(page.ResultMetadata, listRegions, "MissingMember", "the region was listed without RegionOptStatus", &r.Meta, []string{"status", "enabled", "in_scope"})
			}
			if err := c.Emit(r); err != nil {
				return err
			}
			// A region on its way to or from being enabled may hold resources: it is asked, and its refusals are gaps.
			if x.RegionOptStatus != types.RegionOptStatusDisabled {
				usable = append(usable, name)
			}
		}
	}
	if whole {
		c.SetRegions(usable)
	}
	return nil
}
