package waf

import (
	"strings"

	"github.com/auditseal/auditseal/collectors/configitem"
)

// Past lists what configuration items tell of the kinds of this package.
//
// AWS::WAFv2::WebACL carries the web ACL's name, description, capacity and metrics (https://github.com/awslabs/aws-config-resource-schema). The form
// in which it gives the default action and the rules is published nowhere, so that these are unknown; the logging configuration and the protected
// resources are not part of the item.
func Past() []configitem.Reader {
	return []configitem.Reader{
		configitem.For("AWS::WAFv2::WebACL", false, webACLID, pastWebACL),
	}
}

// webACLID is the web ACL's ARN, which AWS Config may give as the resource's id.
func webACLID(it *configitem.Item) string {
	if it.ARN == "" && strings.HasPrefix(it.ResourceID, "arn:") {
		return it.ResourceID
	}
	return it.ARN
}

func pastWebACL(it *configitem.Item) (*WebACL, []string, error) {
	var r configitem.Reading
	c := r.Configuration(it)
	w := &WebACL{Enforcing: []string{}, RuleGroups: []string{}, Counting: []string{}, Overridden: []string{}, RateBased: []string{}}
	if name, ok := r.Text(c, "name"); ok {
		w.Name = name
		r.Tell("name")
	}
	if parts := strings.SplitN(webACLID(it), ":", 6); len(parts) == 6 {
		switch {
		case strings.HasPrefix(parts[5], "global/webacl/"):
			w.Scope = "CLOUDFRONT"
			r.Tell("scope")
		case strings.HasPrefix(parts[5], "regional/webacl/"):
			w.Scope = "REGIONAL"
			r.Tell("scope")
		}
	}
	if v, ok := r.Text(c, "description"); ok {
		w.Description = &v
		r.Tell("description")
	}
	if n, ok := r.Int(c, "capacity"); ok {
		w.Capacity = &n
		r.Tell("capacity")
	}
	if v, ok := r.Object(c, "visibilityConfig"); ok {
		if on, ok := r.Bool(v, "cloudWatchMetricsEnabled"); ok {
			w.Metrics = &on
			r.Tell("metrics")
		}
		if on, ok := r.Bool(v, "sampledRequestsEnabled"); ok {
			w.Sampled = &on
			r.Tell("sampled")
		}
	}
	return w, r.Told, r.Err
}
