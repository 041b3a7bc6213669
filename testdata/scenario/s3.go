package scenario

func s3Service() service {
	return service{name: "s3", protocol: restXML, namespace: "http://s3.amazonaws.com/doc/2006-03-01/",
		operations: map[string]handler{},
	}
}

// demoS3 declares what Example Corp has of it.
func demoS3(o *Organization) {}

// largeS3 declares what each account of a large organization has of it.
func largeS3(o *Organization) {}
