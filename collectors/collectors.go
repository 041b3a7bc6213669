// Package collectors reads AWS. It fans the collectors out over accounts and regions, writes what they emit in one order whatever
// raced, and keeps the ledger of every planned piece of work. It judges nothing.
//
// Adding a collector is a package below this one and a line in All.
package collectors

import (
	"context"
	"slices"

	"github.com/auditseal/auditseal/collectors/accessanalyzer"
	"github.com/auditseal/auditseal/collectors/account"
	"github.com/auditseal/auditseal/collectors/athena"
	"github.com/auditseal/auditseal/collectors/auditmanager"
	"github.com/auditseal/auditseal/collectors/awsconfig"
	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/changes"
	"github.com/auditseal/auditseal/collectors/cloudfront"
	"github.com/auditseal/auditseal/collectors/cloudhsm"
	"github.com/auditseal/auditseal/collectors/cloudtrail"
	"github.com/auditseal/auditseal/collectors/cognito"
	"github.com/auditseal/auditseal/collectors/configdelivery"
	"github.com/auditseal/auditseal/collectors/detective"
	"github.com/auditseal/auditseal/collectors/ec2"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/fips"
	"github.com/auditseal/auditseal/collectors/fms"
	"github.com/auditseal/auditseal/collectors/guardduty"
	"github.com/auditseal/auditseal/collectors/iam"
	"github.com/auditseal/auditseal/collectors/identitycenter"
	"github.com/auditseal/auditseal/collectors/inspector"
	"github.com/auditseal/auditseal/collectors/kms"
	"github.com/auditseal/auditseal/collectors/macie"
	"github.com/auditseal/auditseal/collectors/networkfirewall"
	"github.com/auditseal/auditseal/collectors/organizations"
	"github.com/auditseal/auditseal/collectors/reconcile"
	"github.com/auditseal/auditseal/collectors/s3"
	"github.com/auditseal/auditseal/collectors/securityhub"
	"github.com/auditseal/auditseal/collectors/shield"
	"github.com/auditseal/auditseal/collectors/ssm"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/collectors/waf"
)

// A Collector reads one service and emits records. It must ask AWS the same questions whenever it is given the same answers: that
// is what makes a tape replay.
type Collector interface {
	// Name is the folder's name.
	Name() string
	// Doc says in a sentence what is read.
	Doc() string
	Reach() evidence.Reach
	// Operations are all that it may call, sorted by service and name.
	Operations() []evidence.Operation
	// Kinds are all that it emits, sorted by name.
	Kinds() []evidence.Kind
	// Collect returns an error only for what is not AWS's doing (a full disk); what AWS refuses is told to the cell.
	Collect(ctx context.Context, c *cell.Cell) error
}

// A Placed collector works in some accounts only: it reads in one of them what tells of all. It has no cells in the others.
type Placed interface {
	// In reports whether it works in the account.
	In(sc evidence.Scope, account string) bool
}

// In reports whether the collector works in the account.
func In(c Collector, sc evidence.Scope, account string) bool {
	p, ok := c.(Placed)
	return !ok || p.In(sc, account)
}

// A Reducing collector reads answers that may be too large to be kept whole.
type Reducing interface {
	// Reducers says what the tape keeps of them, by the operation's name.
	Reducers(sc evidence.Scope) map[string]tape.Reducer
}

func reducers(c Collector, sc evidence.Scope) map[string]tape.Reducer {
	if x, ok := c.(Reducing); ok {
		return x.Reducers(sc)
	}
	return nil
}

// A Deriver makes records from records, without asking AWS: FIPS status from keys, clusters and a dated table.
type Deriver interface {
	Name() string
	Doc() string
	// Reach says what is looked at together: each region of an account by itself, an account, or the whole scope.
	Reach() evidence.Reach
	// Needs are the kinds it reads. What leaves one of them not whole leaves the derived kinds not whole.
	Needs() []string
	// Uses are kinds that it reads where they were collected, and whose gaps it looks at itself.
	Uses() []string
	Kinds() []evidence.Kind
	Derive(d evidence.Derivation, emit func(evidence.Record) error) error
}

// All lists the collectors. The account comes first: nothing else is asked of an account until it is known to be the right one.
func All() []Collector {
	return []Collector{
		account.Collector{},
		accessanalyzer.Collector{},
		athena.Collector{},
		auditmanager.Collector{},
		awsconfig.Collector{},
		changes.Collector{},
		cloudfront.Collector{},
		cloudhsm.Collector{},
		cloudtrail.Collector{},
		cognito.Collector{},
		configdelivery.Collector{},
		detective.Collector{},
		ec2.Collector{},
		fms.Collector{},
		guardduty.Collector{},
		iam.Collector{},
		identitycenter.Collector{},
		inspector.Collector{},
		kms.Collector{},
		macie.Collector{},
		networkfirewall.Collector{},
		organizations.Collector{},
		s3.Collector{},
		securityhub.Collector{},
		shield.Collector{},
		ssm.Collector{},
		waf.Collector{},
	}
}

// Derivers lists the derivers.
func Derivers() []Deriver {
	return []Deriver{
		accessanalyzer.Coverages{},
		cloudtrail.Coverages{},
		fips.Certificates{},
		fips.Clusters{},
		fips.Endpoints{},
		fips.Keys{},
		iam.CentralRoot{},
		reconcile.Config{},
		reconcile.Members{},
		ssm.Coverage{},
	}
}

// Kinds lists every kind of every collector and deriver.
func Kinds() []evidence.Kind { return KindsOf(All(), Derivers()) }

// For gives the collectors and derivers that make the kinds, in the order of All and Derivers. The first collector is always there.
func For(kinds []string) ([]Collector, []Deriver) {
	need := map[string]bool{}
	for _, k := range kinds {
		need[k] = true
	}
	makes := func(of []evidence.Kind) bool {
		return slices.ContainsFunc(of, func(k evidence.Kind) bool { return need[k.Name] })
	}
	var derivers []Deriver
	for _, d := range Derivers() {
		if makes(d.Kinds()) {
			derivers = append(derivers, d)
		}
	}
	for _, d := range derivers {
		for _, k := range slices.Concat(d.Needs(), d.Uses()) {
			need[k] = true
		}
	}
	var out []Collector
	for i, c := range All() {
		if i == 0 || makes(c.Kinds()) {
			out = append(out, c)
		}
	}
	return out, derivers
}

// KindsOf lists the kinds of the collectors and derivers.
func KindsOf(cs []Collector, ds []Deriver) []evidence.Kind {
	var out []evidence.Kind
	for _, c := range cs {
		out = append(out, c.Kinds()...)
	}
	for _, d := range ds {
		out = append(out, d.Kinds()...)
	}
	return out
}
