package scenario

func wafService() service {
	return service{name: "wafv2", protocol: awsJSON, target: "AWSWAF_20190729",
		operations: map[string]handler{},
	}
}

// demoWaf declares what Example Corp has of it.
func demoWaf(o *Organization) {}

// largeWaf declares what each account of a large organization has of it.
func largeWaf(o *Organization) {}
