// Package shield reads AWS Shield Advanced: whether the account is subscribed, what it protects, and whether the Shield Response Team
// can get in and reach somebody. Shield Standard, which every account has, has no settings and no API.
//
// Shield is one service for all regions, and is asked in us-east-1. It exists in the partition aws only.
//
// GetSubscriptionState answers INACTIVE for an account that is not subscribed: then there is nothing else to read, and nothing else is
// asked. ResourceNotFoundException is what every other operation answers such an account with; where AWS called the subscription ACTIVE
// it contradicts that, and is a gap. Whom the Response Team can reach is counted, and not named.
package shield

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/shield"
	"github.com/aws/aws-sdk-go-v2/service/shield/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// Collector reads Shield Advanced in one account.
type Collector struct{}

func (Collector) Name() string { return "shield" }
func (Collector) Doc() string {
	return "Shield Advanced: the subscription, protections and their groups, the Response Team's access, and the number of emergency contacts."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryAccount }

const (
	accountKind    = "shield.account"
	protectionKind = "shield.protection"
	groupKind      = "shield.protection_group"
)

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Account]("Shield Advanced in an account: one record whether or not it is subscribed."),
		evidence.KindOf[Protection]("The resources that Shield Advanced protects. An account that is not subscribed has none."),
		evidence.KindOf[Group]("The protection groups. An account that is not subscribed has none."),
	}
}

// page is the largest page that may be asked for; AWS may answer with less.
const page = 10000

func operation(name, member string) evidence.Operation {
	return evidence.Operation{Service: "shield", API: shield.ServiceID, Name: name, Action: "shield:" + name, Member: member}
}

func list(name, member, kind string) evidence.Operation {
	op := operation(name, member)
	op.Lists, op.Page = kind, page
	return op
}

var (
	describeAccess = silent(operation("DescribeDRTAccess", ""),
		"a role without buckets, and buckets without a role, leave the other out; where both are left out the answer is taken for a gap")
	describeContacts     = named(operation("DescribeEmergencyContactSettings", "EmergencyContactList"))
	describeSubscription = operation("DescribeSubscription", "Subscription")
	getState             = operation("GetSubscriptionState", "SubscriptionState")
	listGroups           = list("ListProtectionGroups", "ProtectionGroups", groupKind)
	listProtections      = list("ListProtections", "Protections", protectionKind)
)

func silent(op evidence.Operation, why string) evidence.Operation {
	op.MayLack = why
	return op
}

// named marks the answer that names people.
func named(op evidence.Operation) evidence.Operation {
	op.Identity = []string{"EmailAddress", "PhoneNumber", "ContactNotes"}
	return op
}

// Operations are all reads. AWS publishes no rates for them.
func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{describeAccess, describeContacts, describeSubscription, getState, listGroups, listProtections}
}

// A reader is the collector at work.
type reader struct {
	c   *cell.Cell
	api *shield.Client
	rec *Account
	// home is the region that is asked.
	home string
	// refused is why the state of the subscription could not be read.
	refused error
}

// Collect asks whether the account is subscribed, and the rest unless AWS answers that it is not.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	if c.Partition != "aws" {
		c.Absent(getState, "NotInPartition", "Shield Advanced exists in the partition aws only, so nothing was asked", accountKind, protectionKind, groupKind)
		return nil
	}
	r := &reader{c: c, home: evidence.GlobalRegion(c.Partition)}
	r.api = shield.NewFromConfig(c.Config, func(o *shield.Options) { o.Region = r.home })
	r.rec = &Account{Meta: r.meta(c.Account + "/shield")}
	if off := r.state(ctx); off {
		return c.Emit(r.rec)
	}
	for _, read := range []func(context.Context) error{r.subscription, r.access, r.contacts, r.protections, r.groups} {
		if err := read(ctx); err != nil {
			return err
		}
	}
	if len(r.rec.Evidence) == 0 {
		c.Incomplete(r.refused, accountKind) // nothing was sent, so there is nothing that a record could be read from
		return nil
	}
	return c.Emit(r.rec)
}

// meta starts a record, which is of the region that was asked.
func (r *reader) meta(id string) evidence.Meta {
	m := r.c.Meta(id)
	m.Region = r.home
	return m
}

// fail says that populations are not whole, or not there because the account is not subscribed.
func (r *reader) fail(err error, kinds ...string) evidence.Gap {
	if tape.Code(err) == "ResourceNotFoundException" && r.rec.Status != "enabled" {
		return r.c.NotEnabled(err, kinds...)
	}
	return r.c.Incomplete(err, kinds...)
}

// lacks notes that an answer lacks what fields of a record are read from.
func (r *reader) lacks(md middleware.Metadata, op evidence.Operation, what string, m *evidence.Meta, fields ...string) {
	r.c.Half(md, op, "MissingMember", "AWS answered "+op.Name+" without "+what, m, fields)
}

// state asks whether the account is subscribed, and reports whether AWS answered that it is not.
func (r *reader) state(ctx context.Context) (off bool) {
	out, err := r.api.GetSubscriptionState(ctx, &shield.GetSubscriptionStateInput{})
	if err != nil {
		r.refused = err
		r.c.Unknown(&r.rec.Meta, err, "status", "state")
		return false
	}
	r.c.Read(&r.rec.Meta, out.ResultMetadata)
	r.rec.State = string(out.SubscriptionState)
	switch out.SubscriptionState {
	case types.SubscriptionStateActive:
		r.rec.Status = "enabled"
	case types.SubscriptionStateInactive:
		r.rec.Status = "not-enabled"
		return true
	case "":
		r.lacks(out.ResultMetadata, getState, "the state of the subscription", &r.rec.Meta, "status", "state")
	default:
		r.c.Half(out.ResultMetadata, getState, "UnknownValue", "AWS does not document the state "+r.rec.State, &r.rec.Meta, []string{"status"})
	}
	return false
}

// subscription reads the terms of the subscription.
func (r *reader) subscription(ctx context.Context) error {
	out, err := r.api.DescribeSubscription(ctx, &shield.DescribeSubscriptionInput{})
	if err != nil {
		r.c.Unknown(&r.rec.Meta, err, "auto_renew", "proactive_engagement", "start", "end", "commitment_days", "protection_limits")
		return nil
	}
	r.c.Read(&r.rec.Meta, out.ResultMetadata)
	s := out.Subscription
	r.rec.AutoRenew, r.rec.ProactiveEngagement, r.rec.Start, r.rec.End = cell.Text(s.AutoRenew), cell.Text(s.ProactiveEngagementStatus), cell.UTC(s.StartTime), cell.UTC(s.EndTime)
	if s.AutoRenew == "" {
		r.lacks(out.ResultMetadata, describeSubscription, "AutoRenew", &r.rec.Meta, "auto_renew")
	}
	if s.TimeCommitmentInSeconds > 0 { // nobody commits to no time: 0 is what the SDK reads where AWS does not say
		r.rec.CommitmentDays = new(int(s.TimeCommitmentInSeconds / (24 * 60 * 60)))
	}
	r.rec.Limits = map[string]int{}
	if s.SubscriptionLimits == nil || s.SubscriptionLimits.ProtectionLimits == nil || s.SubscriptionLimits.ProtectionLimits.ProtectedResourceTypeLimits == nil {
		r.rec.Limits = nil
		r.lacks(out.ResultMetadata, describeSubscription, "the limits of protections", &r.rec.Meta, "protection_limits")
		return nil
	}
	for _, l := range s.SubscriptionLimits.ProtectionLimits.ProtectedResourceTypeLimits {
		r.rec.Limits[aws.ToString(l.Type)] = int(l.Max)
	}
	return nil
}

// access reads what the Response Team may do.
func (r *reader) access(ctx context.Context) error {
	out, err := r.api.DescribeDRTAccess(ctx, &shield.DescribeDRTAccessInput{})
	if err != nil {
		r.c.Unknown(&r.rec.Meta, err, "response_team")
		return nil
	}
	r.c.Read(&r.rec.Meta, out.ResultMetadata)
	role := aws.ToString(out.RoleArn)
	if role == "" && out.LogBucketList == nil {
		r.lacks(out.ResultMetadata, describeAccess, "a role or a list of buckets", &r.rec.Meta, "response_team")
		return nil
	}
	r.rec.ResponseTeam = &ResponseTeam{Role: cell.Text(role)}
	if out.LogBucketList == nil {
		r.lacks(out.ResultMetadata, describeAccess, "the list of buckets", &r.rec.Meta, "response_team.log_buckets")
		return nil
	}
	r.rec.ResponseTeam.LogBuckets = cell.List(out.LogBucketList)
	return nil
}

// contacts counts whom the Response Team can reach.
func (r *reader) contacts(ctx context.Context) error {
	out, err := r.api.DescribeEmergencyContactSettings(ctx, &shield.DescribeEmergencyContactSettingsInput{})
	if err != nil {
		r.c.Unknown(&r.rec.Meta, err, "emergency_contacts")
		return nil
	}
	r.c.Read(&r.rec.Meta, out.ResultMetadata)
	n := &Contacts{}
	for _, x := range out.EmergencyContactList {
		if aws.ToString(x.EmailAddress) == "" {
			r.lacks(out.ResultMetadata, describeContacts, "the mail address of a contact", &r.rec.Meta, "emergency_contacts")
			return nil
		}
		n.Total++
		if aws.ToString(x.PhoneNumber) != "" {
			n.WithPhone++
		}
	}
	r.rec.Contacts = n
	return nil
}
