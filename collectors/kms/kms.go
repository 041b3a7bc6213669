// Package kms reads the KMS keys of an account and region: what they are, whether they rotate and did rotate, who may use them by
// policy and by grant, their aliases, and the custom key stores.
//
// A key that could not be described is still a record: only what AWS says does not exist is left out. Calls to which a key's own
// policy does not admit the caller leave exactly that key's fields unknown.
package kms

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// Collector reads KMS.
type Collector struct{}

func (Collector) Name() string { return "kms" }
func (Collector) Doc() string {
	return "KMS keys with their rotation, policies, grants, aliases and tags, and custom key stores."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryRegion }

const rates = "https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html"

func operation(name, member string, rate float64) evidence.Operation {
	return evidence.Operation{Service: "kms", API: kms.ServiceID, Name: name, Action: "kms:" + name, Member: member, Rate: rate, RateSource: rates,
		Price: price, PriceSource: prices}
}

// each is an operation that is asked once for each key.
func each(op evidence.Operation) evidence.Operation {
	op.Each = "kms.key"
	return op
}

func lists(op evidence.Operation, kind string, page int) evidence.Operation {
	op.Lists, op.Page = kind, page
	return op
}

// price is what AWS charges for a million requests in most regions. The first 20,000 of a month are free.
const (
	price  = 3
	prices = "https://aws.amazon.com/kms/pricing/"
)

var (
	describeCustomKeyStores = lists(operation("DescribeCustomKeyStores", "CustomKeyStores", 5), "kms.custom_key_store", 1000)
	describeKey             = each(operation("DescribeKey", "KeyMetadata", 2000))
	getKeyPolicy            = each(operation("GetKeyPolicy", "Policy", 1000))
	// KeyRotationEnabled is a plain boolean in the SDK, whose lack reads as false: rotation looks for it in the body itself.
	getKeyRotationStatus = evidence.Operation{Service: "kms", API: kms.ServiceID, Name: "GetKeyRotationStatus", Action: "kms:GetKeyRotationStatus",
		MayLack: "KeyRotationEnabled is looked for in the answer's body: the SDK reads its lack as false", Rate: 1000, RateSource: rates,
		Each: "kms.key", Price: price, PriceSource: prices}
	listAliases      = lists(operation("ListAliases", "Aliases", 500), "kms.alias", 100)
	listGrants       = lists(each(operation("ListGrants", "Grants", 100)), "kms.grant", 100)
	listKeyRotations = lists(each(operation("ListKeyRotations", "Rotations", 100)), "kms.rotation", 1000)
	listKeys         = lists(operation("ListKeys", "Keys", 500), "kms.key", 1000)
	listResourceTags = each(operation("ListResourceTags", "Tags", 2000))
)

func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{describeCustomKeyStores, describeKey, getKeyPolicy, getKeyRotationStatus, listAliases, listGrants,
		listKeyRotations, listKeys, listResourceTags}
}

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Alias]("The aliases of the region, reserved ones without a key included."),
		evidence.KindOf[KeyStore]("The custom key stores, in CloudHSM clusters and in external key managers."),
		evidence.KindOf[Grant]("The grants on every key."),
		evidence.KindOf[Key]("Every KMS key of the account: customer managed and AWS managed. AWS owned keys are never listed."),
		evidence.KindOf[MaterialRotation]("The completed rotations of every key that can rotate."),
	}
}

// Collect reads the key stores, then the aliases, then key by key.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	r := &reader{c: c, kms: kms.NewFromConfig(c.Config)}
	if err := r.stores(ctx); err != nil {
		return err
	}
	if err := r.allAliases(ctx); err != nil {
		return err
	}
	var broken error
	err := cell.Ordered(ctx, r.listed(ctx, &broken), r.read, func(k keyRead) error { return r.finish(ctx, k) })
	if err != nil {
		return err
	}
	if broken != nil {
		c.Incomplete(broken, "kms.key", "kms.grant", "kms.rotation")
	}
	return nil
}

// reader is one cell at work.
type reader struct {
	c   *cell.Cell
	kms *kms.Client
	// aliases are the names of each key, by key id, joined by NUL: one string a key is all that grows with the population.
	aliases map[string]string
	// noAliases is why the aliases are not whole; nil where they are.
	noAliases *evidence.Gap
}

// listedKey is one entry of ListKeys and the page it stood on.
type listedKey struct {
	types.KeyListEntry
	page middleware.Metadata
}

// listed gives the keys as they are listed; broken is set where the list is not whole.
func (r *reader) listed(ctx context.Context, broken *error) iter.Seq[listedKey] {
	return func(yield func(listedKey) bool) {
		seen := r.c.Once("kms.key", "kms.grant", "kms.rotation")
		p := kms.NewListKeysPaginator(r.kms, &kms.ListKeysInput{Limit: aws.Int32(1000)})
		for p.HasMorePages() {
			page, err := p.NextPage(ctx)
			if err != nil {
				*broken = err
				return
			}
			nameless := false
			for _, k := range page.Keys {
				if aws.ToString(k.KeyId) == "" || aws.ToString(k.KeyArn) == "" {
					nameless = true
					continue
				}
				if seen.First(*k.KeyArn, page.ResultMetadata) && !yield(listedKey{k, page.ResultMetadata}) {
					return
				}
			}
			if nameless {
				r.c.Half(page.ResultMetadata, listKeys, "MissingMember", "a key was listed without its id or ARN", nil, nil, "kms.key", "kms.grant", "kms.rotation")
			}
			r.endless(page.Truncated, page.NextMarker, page.ResultMetadata, listKeys, nil, nil, "kms.key", "kms.grant", "kms.rotation")
		}
	}
}

// endless makes a gap where AWS says that a list goes on but gives no marker to go on with: the SDK's paginators end there as if
// all had been read.
func (r *reader) endless(truncated bool, marker *string, md middleware.Metadata, op evidence.Operation, m *evidence.Meta, fields []string, kinds ...string) bool {
	if !truncated || aws.ToString(marker) != "" {
		return false
	}
	r.c.Half(md, op, "MissingMarker", "AWS answered "+op.Name+" with Truncated but without NextMarker, so the rest could not be asked for", m, fields, kinds...)
	return true
}
