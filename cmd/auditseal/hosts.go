package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/fips"
)

// partitionOf is the partition that a region lies in, by its name.
func partitionOf(region string) string {
	for _, p := range []struct{ prefix, partition string }{{"us-gov-", "aws-us-gov"}, {"cn-", "aws-cn"}, {"eusc-", "aws-eusc"}, {"us-isob-", "aws-iso-b"}, {"us-isof-", "aws-iso-f"}, {"eu-isoe-", "aws-iso-e"}, {"us-iso-", "aws-iso"}} {
		if strings.HasPrefix(region, p.prefix) {
			return p.partition
		}
	}
	return "aws"
}

// withoutFIPS lists, where FIPS endpoints are asked for, the services that AWS's list of endpoints shows none of, with the regions: what
// is asked of them there will not be answered.
func withoutFIPS(cols []collectors.Collector, regions []string) map[string][]string {
	out := map[string][]string{}
	for _, c := range cols {
		for _, op := range c.Operations() {
			for _, r := range regions {
				if c.Reach() == evidence.EveryAccount {
					// Asked in one place, whichever it is of the regions; S3 alone asks every region of its buckets.
					if g := evidence.GlobalRegion(partitionOf(r)); g != "" && !strings.HasPrefix(op.Service, "s3") {
						r = g
					}
				}
				if _, ok := fips.Host(partitionOf(r), op.Service, r); !ok && !slices.Contains(out[op.Service], r) {
					out[op.Service] = append(out[op.Service], r)
				}
			}
		}
	}
	return out
}

// fipsNotes say what FIPS endpoints leave out, one line a service.
func (j *job) fipsNotes(cols []collectors.Collector, regions []string) []string {
	if !j.audit.FIPSEndpoints && !strings.EqualFold(os.Getenv("AWS_USE_FIPS_ENDPOINT"), "true") {
		return nil
	}
	var named []string
	for _, r := range regions {
		if strings.Contains(r, "-") {
			named = append(named, r)
		}
	}
	var out []string
	for service, where := range withoutFIPS(cols, named) {
		out = append(out, fmt.Sprintf("fips-endpoints: AWS's list of %s shows no FIPS endpoint of %s in %s; what is asked there becomes a gap", fips.HostsAsOf, service, strings.Join(where, ", ")))
	}
	slices.Sort(out)
	return out
}
