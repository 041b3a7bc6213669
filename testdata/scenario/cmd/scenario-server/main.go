// Command scenario-server serves a fictional organization for trying auditseal by hand. It prints the environment that
// points the AWS SDKs at it, and serves until it is interrupted.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/auditseal/auditseal/testdata/scenario"
)

func main() {
	address := flag.String("listen", "127.0.0.1:0", "address to listen on")
	accounts := flag.Int("accounts", 0, "serve a generated organization of that many accounts instead of Example Corp")
	regions := flag.Int("regions", 2, "regions an account, with -accounts")
	keys := flag.Int("keys", 0, "KMS keys in the first account's first region, with -accounts")
	latency := flag.Duration("latency", 0, "added to every answer")
	rates := flag.Bool("rates", false, "throttle above AWS's published rates")
	step := flag.Duration("step", 0, "how far the scenario clock goes with every answer")
	flag.Parse()

	o := scenario.Demo()
	if *accounts > 0 {
		o = scenario.LargeOrganization(*accounts, *regions)
		if *keys > 0 {
			o.Accounts[0].Regions[0].BulkKeys = *keys
		}
	}
	s := scenario.StartAt(scenario.Config{Organization: o, Latency: *latency, EnforceRates: *rates, Step: *step}, *address)
	defer s.Close()
	fmt.Printf("export AWS_ENDPOINT_URL=%s\nexport AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=scenario\nexport AWS_REGION=%s\nexport AWS_EC2_METADATA_DISABLED=true\n",
		s.URL, scenario.AccessKey(o.Management), o.Accounts[0].Regions[0].Name)
	fmt.Printf("# %s: role %s, external id %s, as of %s\n", o.Name, o.Role, o.ExternalID, o.AsOf.Format(time.RFC3339))
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	<-stop
}
