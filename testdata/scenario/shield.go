package scenario

func shieldService() service {
	return service{name: "shield", protocol: awsJSON, target: "AWSShield_20160616", global: true,
		operations: map[string]handler{},
	}
}

// demoShield declares what Example Corp has of it.
func demoShield(o *Organization) {}

// largeShield declares what each account of a large organization has of it.
func largeShield(o *Organization) {}
