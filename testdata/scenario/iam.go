package scenario

func iamService() service {
	return service{name: "iam", protocol: awsQuery, global: true, namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
		operations: map[string]handler{},
	}
}

// demoIam declares what Example Corp has of it.
func demoIam(o *Organization) {}

// largeIam declares what each account of a large organization has of it.
func largeIam(o *Organization) {}
