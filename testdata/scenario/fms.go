package scenario

func firewallManagerService() service {
	return service{name: "fms", protocol: awsJSON, target: "AWSFMS_20180101",
		operations: map[string]handler{},
	}
}

// demoFirewallManager declares what Example Corp has of it.
func demoFirewallManager(o *Organization) {}

// largeFirewallManager declares what each account of a large organization has of it.
func largeFirewallManager(o *Organization) {}
