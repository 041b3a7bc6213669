package cognito

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/tape"
)

// notProtected is what Cognito answers about the risks of a pool whose threat protection is off.
const notProtected = "UserPoolAddOnNotEnabledException"

// poolRisk reads what threat protection does for the whole pool. The answer must fit the mode that the pool was described with.
func (r *reader) poolRisk(ctx context.Context, rec *UserPool, p *pool) {
	out, err := r.idp.DescribeRiskConfiguration(ctx, &cognitoidentityprovider.DescribeRiskConfigurationInput{UserPoolId: &p.id})
	off := !p.protected
	switch {
	case tape.Code(err) == notProtected:
		if p.undescribed == nil && p.protected {
			r.c.Unknown(&rec.Meta, err, "threat_protection", "custom_auth_threat_protection", "risk")
			return
		}
		r.c.Known(&rec.Meta, err)
		p.protected = false
	case err != nil:
		r.c.Unknown(&rec.Meta, err, "risk")
	case p.undescribed != nil:
		r.c.Unknown(&rec.Meta, p.undescribed, "risk") // whether it has any effect is not known
	case off && acts(out.RiskConfiguration):
		p.protected = true
		r.c.Half(out.ResultMetadata, describeRiskConfiguration, "Contradiction", "AWS described the pool without threat protection, and yet with what threat protection does about risks",
			&rec.Meta, []string{"threat_protection", "custom_auth_threat_protection", "risk"})
	default:
		r.c.Read(&rec.Meta, out.ResultMetadata)
		if !off {
			rec.Risk = risk(out.RiskConfiguration)
		}
	}
}

// clientRisk reads what threat protection does for one client. Where the client has no settings of its own AWS names no client, or names it
// and no setting: AWS documents that settings of which nothing is set are the pool's.
func (r *reader) clientRisk(ctx context.Context, rec *Client, p *pool) {
	out, err := r.idp.DescribeRiskConfiguration(ctx, &cognitoidentityprovider.DescribeRiskConfigurationInput{UserPoolId: &p.id, ClientId: &rec.ClientID})
	switch {
	case tape.Code(err) == notProtected && p.undescribed != nil:
		r.c.Known(&rec.Meta, err)
	case err != nil:
		r.c.Unknown(&rec.Meta, err, "risk")
	default:
		r.c.Read(&rec.Meta, out.ResultMetadata)
		if x := out.RiskConfiguration; aws.ToString(x.ClientId) != "" && (acts(x) || x.RiskExceptionConfiguration != nil) {
			rec.Risk = risk(x)
		}
	}
}

// acts reports whether the configuration does anything.
func acts(c *types.RiskConfigurationType) bool {
	return c.CompromisedCredentialsRiskConfiguration != nil || c.AccountTakeoverRiskConfiguration != nil
}

func risk(c *types.RiskConfigurationType) *Risk {
	out := &Risk{CompromisedEvents: []string{}, SkippedRanges: []string{}, BlockedRanges: []string{}}
	if k := c.CompromisedCredentialsRiskConfiguration; k != nil {
		out.CompromisedEvents = cell.List(k.EventFilter)
		if k.Actions != nil {
			out.CompromisedCredentials = cell.Text(k.Actions.EventAction)
		}
	}
	if k := c.AccountTakeoverRiskConfiguration; k != nil && k.Actions != nil {
		out.Low, out.Medium, out.High = action(k.Actions.LowAction), action(k.Actions.MediumAction), action(k.Actions.HighAction)
	}
	if k := c.RiskExceptionConfiguration; k != nil {
		out.SkippedRanges, out.BlockedRanges = cell.List(k.SkippedIPRangeList), cell.List(k.BlockedIPRangeList)
	}
	return out
}

func action(a *types.AccountTakeoverActionType) *string {
	if a == nil {
		return nil
	}
	return cell.Text(a.EventAction)
}
