package scenario

func organizationsService() service {
	return service{name: "organizations", protocol: awsJSON, target: "AWSOrganizationsV20161128", global: true,
		operations: map[string]handler{},
	}
}

// demoOrganizations declares what Example Corp has of it.
func demoOrganizations(o *Organization) {}

// largeOrganizations declares what each account of a large organization has of it.
func largeOrganizations(o *Organization) {}
