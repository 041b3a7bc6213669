// Package awsconfig reads AWS Config: whether it records, what it records and how often, where it delivers, how long it keeps, what
// its rules and conformance packs say, and, for the resource types that the scope names, each resource's history over the period.
//
// It does not turn what Config says into more than it says. INSUFFICIENT_DATA is "not evaluated": the record's compliant is absent
// then, never true. A region without a recorder is a config.region record that says so, and not an empty population. What Config
// wrote down while it was off or told to leave a type out is not there, and the record of the recorder shows that.
//
// The recorder that customers manage is read. Those that belong to one AWS service (AWSConfigurationRecorderFor…) record for that
// service alone and are left out.
package awsconfig

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// Collector reads AWS Config in one account and region.
type Collector struct{}

func (Collector) Name() string { return "awsconfig" }
func (Collector) Doc() string {
	return "AWS Config: recorders, delivery, retention, rules, conformance packs, aggregators and the history of the types in scope."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryRegion }

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Aggregator]("Configuration aggregators: what gathers the data of other accounts and regions."),
		evidence.KindOf[AggregatorSource]("The sources of each aggregator, with what became of their last update."),
		evidence.KindOf[ConfigurationItem]("The states that AWS Config recorded of each resource of the types in scope: the one in force when the period began, and each one recorded in the period."),
		evidence.KindOf[ConformancePack]("Conformance packs, with how many of their rules have which result."),
		evidence.KindOf[ConformancePackRule]("The rules of each conformance pack with their results. A pack reads compliant while one of its rules has no data, so it is the rules that are tested."),
		evidence.KindOf[DeliveryChannel]("Delivery channels: where configuration history goes, and whether it arrives."),
		evidence.KindOf[DiscoveredCount]("How many resources of each type AWS Config has discovered, deleted ones not counted: the second source for the completeness of other populations."),
		evidence.KindOf[DiscoveredResource]("The resources of the types in scope that AWS Config has discovered, deleted ones included, and how far their history could be read."),
		evidence.KindOf[ListedResource]("The resources that AWS Config has discovered and that exist, of the types that other collectors list too: the second source for the completeness of those populations, resource by resource."),
		evidence.KindOf[Recording]("How AWS Config recorded in the period: one record for each span in which the recorder was set one way. The spans of an account and region make up the period until the moment of the audit."),
		evidence.KindOf[Recorder]("Customer managed configuration recorders: what they record, how often, and whether they are on."),
		evidence.KindOf[Region]("AWS Config in one account and region: one record whether or not it was ever set up."),
		evidence.KindOf[Retention]("How long AWS Config keeps configuration items: one record a region, the default where nothing is configured."),
		evidence.KindOf[Rule]("Config rules with when they were last evaluated. Rules that Security Hub made are among them."),
		evidence.KindOf[RuleCompliance]("The result of each Config rule over all its resources."),
		evidence.KindOf[RuleEvaluation]("The result of each Config rule for each resource. Rules whose visibility is INTERNAL tell none."),
	}
}

const listedKind = "config.listed_resource"

// A reader is the collector at work. The region's record is filled on the way and emitted last.
type reader struct {
	c      *cell.Cell
	api    *configservice.Client
	region *Region
	// recorder is the customer managed recorder; nil where there is none, or none could be read.
	recorder *types.ConfigurationRecorder
	// recordersPage is the answer that told the recorder.
	recordersPage middleware.Metadata
	// there are the types of which AWS Config counts resources; nil where it could not be asked. listed are the types that history has listed.
	there  map[string]bool
	listed []string
	// status is the recorder's record where its status could be read; nil elsewhere.
	status *Recorder
	// untold is the gap that leaves untold how the recorder recorded over the period; nil where none does.
	untold *evidence.Gap
	mu     sync.Mutex // guards untold while histories are read
	// asked is false where the recorders could not be read, so that nothing follows from recorder being nil.
	asked bool
}

// Collect reads everything once. What fails is told to the cell and the rest goes on.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	r := &reader{c: c, api: configservice.NewFromConfig(c.Config), region: &Region{Meta: c.Meta(c.Account + "/" + c.Region)}}
	for _, read := range []func(context.Context) error{r.recorders, r.channels, r.retention, r.rules, r.packs, r.aggregators, r.counts, r.history, r.inventory} {
		if err := read(ctx); err != nil {
			return err
		}
	}
	if len(r.region.Evidence) == 0 {
		return nil // nothing was answered at all; every population of the region is incomplete already
	}
	return c.Emit(r.region)
}

// unread says that a population and fields of the region's record could not be read. Where nothing was asked (a replay of a tape
// that ends early) the region has no evidence and no record, so its own population is not whole either.
func (r *reader) unread(err error, kinds []string, fields ...string) evidence.Gap {
	g := r.c.Incomplete(err, append(kinds, regionIfUnseen(err)...)...)
	r.region.Meta.UnknownBy(g, fields...)
	return g
}

// regionIfUnseen names config.region where the error shows no exchange that the region's record could stand on.
func regionIfUnseen(err error) []string {
	if tape.Code(err) == "NotOnTape" {
		return []string{"config.region"}
	}
	return nil
}

// half says that a whole answer left out what it had to tell about the record.
func (r *reader) half(md middleware.Metadata, operation, code, message string, m *evidence.Meta, fields []string, kinds ...string) evidence.Gap {
	return r.c.Half(md, operationNamed(operation), code, message, m, fields, kinds...)
}

// notEnabled makes the error for a whole answer from which it follows that something is off.
func notEnabled(md middleware.Metadata, operation, code, message string) error {
	return &tape.Error{Stamp: tape.StampOf(md), Operation: operationNamed(operation), Outcome: evidence.NotEnabled, Code: code, Message: message, Status: 200}
}

// cutShort makes the error for an answer that left out what it had to tell.
func cutShort(md middleware.Metadata, operation, code, message string) error {
	return &tape.Error{Stamp: tape.StampOf(md), Operation: operationNamed(operation), Outcome: evidence.CutShort, Code: code, Message: message, Status: 200}
}

// noRecorder reports whether AWS Config says that it was never set up here.
func noRecorder(err error) bool { return tape.Code(err) == "NoAvailableConfigurationRecorderException" }
