package collectors

import (
	"slices"
	"strings"

	"github.com/auditseal/auditseal/collectors/awsconfig"
	"github.com/auditseal/auditseal/collectors/cloudfront"
	"github.com/auditseal/auditseal/collectors/cloudtrail"
	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/ec2"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/iam"
	"github.com/auditseal/auditseal/collectors/kms"
	"github.com/auditseal/auditseal/collectors/networkfirewall"
	"github.com/auditseal/auditseal/collectors/s3"
	"github.com/auditseal/auditseal/collectors/ssm"
	"github.com/auditseal/auditseal/collectors/waf"
)

// Past lists the readers of configuration items, by type: from these the past of a kind is told. A type has one reader, and a kind may be told
// by several types.
func Past() []configitem.Reader {
	var out []configitem.Reader
	for _, readers := range [][]configitem.Reader{
		cloudfront.Past(),
		cloudtrail.Past(),
		ec2.Past(),
		iam.Past(),
		awsconfig.Past(),
		kms.Past(),
		networkfirewall.Past(),
		s3.Past(),
		ssm.Past(),
		waf.Past(),
	} {
		out = append(out, readers...)
	}
	slices.SortFunc(out, func(a, b configitem.Reader) int { return strings.Compare(a.Type, b.Type) })
	return out
}

// Pasts lists the kinds whose past is told, and by which types.
func Pasts() []evidence.Past {
	var out []evidence.Past
	for _, r := range Past() {
		out = append(out, r.Past)
	}
	return out
}
