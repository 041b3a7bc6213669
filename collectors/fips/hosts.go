package fips

import (
	_ "embed"
	"strings"
	"sync"
)

// HostsAsOf is the month of the list of FIPS hosts that ships with this version.
const HostsAsOf = "2026-08"

//go:embed fips_endpoints.csv
var hostsCSV string

// hosts finds a host by partition, service and region.
var hosts = sync.OnceValue(func() map[[3]string]string {
	out := map[[3]string]string{}
	for line := range strings.Lines(hostsCSV) {
		if f := strings.Split(strings.TrimSpace(line), ","); len(f) == 4 {
			out[[3]string{f[0], f[1], f[2]}] = f[3]
		}
	}
	return out
})

// endpointNames are the services that AWS's list of endpoints calls otherwise.
var endpointNames = map[string]string{"cloudhsm": "cloudhsmv2"}

// Host gives the FIPS host of a service in a region, as AWS's own list of endpoints had it in HostsAsOf, and whether it had one. A
// service that is asked in one place for the whole partition has one host for all regions. That a host is not listed does not prove
// that there is none: AWS adds them.
func Host(partition, service, region string) (string, bool) {
	if n, ok := endpointNames[service]; ok {
		service = n
	}
	for _, at := range []string{region, partition + "-global"} {
		if h, ok := hosts()[[3]string{partition, service, at}]; ok {
			return h, true
		}
	}
	return "", false
}
