package scenario

func ssmService() service {
	return service{name: "ssm", protocol: awsJSON, target: "AmazonSSM",
		operations: map[string]handler{},
	}
}

// demoSsm declares what Example Corp has of it.
func demoSsm(o *Organization) {}

// largeSsm declares what each account of a large organization has of it.
func largeSsm(o *Organization) {}
