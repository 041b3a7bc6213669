package scenario

func cloudFrontService() service {
	return service{name: "cloudfront", protocol: restXML, global: true, namespace: "http://cloudfront.amazonaws.com/doc/2020-05-31/",
		operations: map[string]handler{},
	}
}

// demoCloudFront declares what Example Corp has of it.
func demoCloudFront(o *Organization) {}

// largeCloudFront declares what each account of a large organization has of it.
func largeCloudFront(o *Organization) {}
