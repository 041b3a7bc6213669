package scenario

func ec2Service() service {
	return service{name: "ec2", protocol: ec2Query, namespace: "http://ec2.amazonaws.com/doc/2016-11-15/",
		operations: map[string]handler{},
	}
}

// demoEc2 declares what Example Corp has of it.
func demoEc2(o *Organization) {}

// largeEc2 declares what each account of a large organization has of it.
func largeEc2(o *Organization) {}
