package evidence

import "time"

// A Derivation is what a deriver works on: everything that was read in one account and region, in one account or in all of them, as its
// reach says, and nothing else.
type Derivation struct {
	// Region is the home region for a deriver that works on whole accounts. Both are empty for one that works on the whole scope.
	Account, Region string
	// Partition is aws, aws-us-gov, aws-cn …
	Partition string
	Scope     Scope
	// Records streams the records of a kind that were read here, in order.
	Records func(kind string, each func(Record) error) error
	// Has reports whether the kind was collected at all.
	Has func(kind string) bool
	// Gaps are the gaps of what was read here, of collectors and not of derivers, in order.
	Gaps []Gap
	// Endpoints are the endpoints that answered here, sorted by service and endpoint.
	Endpoints []EndpointUse
	// Inputs are dated tables by file name (cmvp_certificates.csv), as the pack keeps them.
	Inputs map[string][]byte
}

// An EndpointUse says which endpoint answered for a service, and how often.
type EndpointUse struct {
	Service   string
	Endpoint  string
	FIPS      bool
	Exchanges int
	// Evidence is the smallest evidence id among the exchanges.
	Evidence string
	// Last is AWS's date of the last answer.
	Last time.Time
}
