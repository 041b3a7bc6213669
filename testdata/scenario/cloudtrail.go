package scenario

func cloudTrailService() service {
	return service{name: "cloudtrail", protocol: awsJSON, target: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
		operations: map[string]handler{},
	}
}

// demoCloudTrail declares what Example Corp has of it.
func demoCloudTrail(o *Organization) {}

// largeCloudTrail declares what each account of a large organization has of it.
func largeCloudTrail(o *Organization) {}
