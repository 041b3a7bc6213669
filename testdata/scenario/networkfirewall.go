package scenario

func networkFirewallService() service {
	return service{name: "network-firewall", protocol: awsJSON, target: "NetworkFirewall_20201112",
		operations: map[string]handler{},
	}
}

// demoNetworkFirewall declares what Example Corp has of it.
func demoNetworkFirewall(o *Organization) {}

// largeNetworkFirewall declares what each account of a large organization has of it.
func largeNetworkFirewall(o *Organization) {}
