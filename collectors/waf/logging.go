package waf

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"
	"github.com/aws/smithy-go/middleware"
)

// logScopes are the owners that logging configurations are listed by, with the field of a record for each.
var logScopes = []struct {
	scope types.LogScope
	field string
	to    func(*Logging) *LogConfig
}{
	{types.LogScopeCustomer, "logging.customer", func(l *Logging) *LogConfig { return &l.Customer }},
	{types.LogScopeSecurityLake, "logging.security_lake", func(l *Logging) *LogConfig { return &l.SecurityLake }},
	{types.LogScopeCloudwatchTelemetryRuleManaged, "logging.telemetry", func(l *Logging) *LogConfig { return &l.Telemetry }},
}

// logScope is what was read of one owner's configurations.
type logScope struct {
	configs map[string]types.LoggingConfiguration // by the ARN of the web ACL
	pages   []middleware.Metadata
	// failed is why the list is not whole; nameless is the page that holds a configuration of no web ACL.
	failed   error
	nameless *middleware.Metadata
}

// readLogs lists the configurations of every owner: one call for a hundred web ACLs, where asking for each takes one for each.
func (r *reader) readLogs(ctx context.Context) {
	for _, of := range logScopes {
		l := logScope{configs: map[string]types.LoggingConfiguration{}}
		l.failed = pages(func(marker *string) (*string, error) {
			page, err := r.waf.ListLoggingConfigurations(ctx, &wafv2.ListLoggingConfigurationsInput{Scope: r.scope, LogScope: of.scope, Limit: aws.Int32(pageSize), NextMarker: marker})
			if err != nil {
				return nil, err
			}
			l.pages = append(l.pages, page.ResultMetadata)
			for _, c := range page.LoggingConfigurations {
				if aws.ToString(c.ResourceArn) == "" {
					l.nameless = &page.ResultMetadata
				} else {
					l.configs[*c.ResourceArn] = c
				}
			}
			return page.NextMarker, nil
		})
		r.logs = append(r.logs, l)
	}
}

// logging notes where a web ACL's requests are logged to.
func (r *reader) logging(w *WebACL) {
	for i, of := range logScopes {
		l := r.logs[i]
		to := of.to(&w.Logging)
		for _, md := range l.pages {
			r.c.Read(&w.Meta, md)
		}
		c, there := l.configs[w.ID]
		switch {
		case l.failed != nil:
			r.c.Unknown(&w.Meta, l.failed, of.field)
		case l.nameless != nil:
			r.without(&w.Meta, *l.nameless, listLoggingConfigurations, "the web ACL of a logging configuration", of.field)
		case !there:
			*to = LogConfig{Enabled: ptr(false), Keeps: ptr(false), Destinations: []string{}, Redacted: []string{}}
		case len(c.LogDestinationConfigs) == 0:
			r.without(&w.Meta, l.pages[len(l.pages)-1], listLoggingConfigurations, "the destination of a logging configuration", of.field)
		default:
			*to = r.config(w, c, l.pages[len(l.pages)-1], of.field)
		}
	}
}

func (r *reader) config(w *WebACL, c types.LoggingConfiguration, md middleware.Metadata, field string) LogConfig {
	out := LogConfig{Enabled: ptr(true), Destinations: sorted(c.LogDestinationConfigs), Redacted: []string{}}
	for _, f := range c.RedactedFields {
		out.Redacted = append(out.Redacted, part(f))
	}
	f := c.LoggingFilter
	if f == nil {
		out.Keeps = ptr(true)
		return out
	}
	known := f.DefaultBehavior == types.FilterBehaviorKeep || f.DefaultBehavior == types.FilterBehaviorDrop
	for _, x := range f.Filters {
		switch x.Behavior {
		case types.FilterBehaviorKeep:
			out.FiltersKeep++
		case types.FilterBehaviorDrop:
			out.FiltersDrop++
		default:
			known = false
		}
	}
	if !known {
		r.without(&w.Meta, md, listLoggingConfigurations, "a behavior of a logging filter that is documented", field+".keeps", field+".filter_default", field+".filters_keep", field+".filters_drop")
		return out
	}
	out.FilterDefault = ptr(string(f.DefaultBehavior))
	out.Keeps = ptr(f.DefaultBehavior == types.FilterBehaviorKeep || out.FiltersKeep > 0)
	return out
}

// part names a part of a request as AWS does.
func part(f types.FieldToMatch) string {
	name, known := chosen(&f)
	if !known {
		return "a part that is not documented"
	}
	switch {
	case f.SingleHeader != nil:
		return name + " " + aws.ToString(f.SingleHeader.Name)
	case f.SingleQueryArgument != nil:
		return name + " " + aws.ToString(f.SingleQueryArgument.Name)
	}
	return name
}
