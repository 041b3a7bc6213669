package account

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/account/types"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// An AlternateContact is whom AWS writes to and calls about one subject, beside the root user.
type AlternateContact struct {
	evidence.Meta
	Type    string  `json:"type" cel:"type" doc:"SECURITY, BILLING or OPERATIONS."`
	Present bool    `json:"present" cel:"present" doc:"Whether the account has such a contact; where it has none AWS writes to the root user's address."`
	Name    *string `json:"name,omitempty" cel:"name" doc:"The contact's name; absent where there is no contact, as are the others."`
	Title   *string `json:"title,omitempty" cel:"title" doc:"The contact's title."`
	Email   *string `json:"email,omitempty" cel:"email" doc:"The contact's mail address."`
	Phone   *string `json:"phone,omitempty" cel:"phone" doc:"The contact's telephone number."`
}

// Kind is account.alternate_contact.
func (*AlternateContact) Kind() string { return contactKind }

const contactKind = "account.alternate_contact"

var getContact = evidence.Operation{Service: "account", API: account.ServiceID, Name: "GetAlternateContact", Action: "account:GetAlternateContact", Member: "AlternateContact", Each: contactKind,
	Rate: 10, Burst: 15, RateSource: "https://docs.aws.amazon.com/accounts/latest/reference/quotas.html", Identity: []string{"Name", "Title", "EmailAddress", "PhoneNumber"}}

// contacts reads the alternate contacts. The account asks for itself: naming it would need trusted access, and is refused to the
// management account.
func contacts(ctx context.Context, c *cell.Cell) error {
	if c.Partition == "aws-us-gov" {
		c.Absent(getContact, "NotInPartition", "AWS has no API for the contacts of accounts in the partition aws-us-gov", contactKind)
		return nil
	}
	api := account.NewFromConfig(c.Config)
	for _, t := range slices.Sorted(slices.Values(types.AlternateContactType("").Values())) {
		r := &AlternateContact{Meta: c.Meta(c.Account + "/" + string(t)), Type: string(t)}
		out, err := api.GetAlternateContact(ctx, &account.GetAlternateContactInput{AlternateContactType: t})
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case tape.Code(err) == "ResourceNotFoundException":
			c.Known(&r.Meta, err)
		case err != nil:
			c.Unknown(&r.Meta, err, "present", "name", "title", "email", "phone")
			if len(r.Evidence) == 0 {
				c.Incomplete(err, contactKind) // nothing was asked, so there is nothing to point to
				continue
			}
		default:
			r.fill(c, out, t)
		}
		if err := c.Emit(r); err != nil {
			return err
		}
	}
	return nil
}

// fill reads a contact. AWS lets nobody set one without all four, so what it leaves out is not known.
func (r *AlternateContact) fill(c *cell.Cell, out *account.GetAlternateContactOutput, asked types.AlternateContactType) {
	c.Read(&r.Meta, out.ResultMetadata)
	x := out.AlternateContact
	if x.AlternateContactType != "" && x.AlternateContactType != asked {
		c.Half(out.ResultMetadata, getContact, "Contradiction", "AWS answered with the contact for "+string(x.AlternateContactType), &r.Meta, []string{"present", "name", "title", "email", "phone"})
		return
	}
	r.Present = true
	r.Name, r.Title = cell.Text(aws.ToString(x.Name)), cell.Text(aws.ToString(x.Title))
	r.Email, r.Phone = cell.Text(aws.ToString(x.EmailAddress)), cell.Text(aws.ToString(x.PhoneNumber))
	var without []string
	for _, f := range []struct {
		name  string
		value *string
	}{{"name", r.Name}, {"title", r.Title}, {"email", r.Email}, {"phone", r.Phone}} {
		if f.value == nil {
			without = append(without, f.name)
		}
	}
	if len(without) == 4 {
		without = append(without, "present") // a contact of whom nothing is said is none
	}
	if len(without) > 0 {
		c.Half(out.ResultMetadata, getContact, "MissingMember", "AWS answered GetAlternateContact without a part of the contact", &r.Meta, without)
	}
}
