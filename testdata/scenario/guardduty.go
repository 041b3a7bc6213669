package scenario

func guardDutyService() service {
	return service{name: "guardduty", protocol: restJSON,
		operations: map[string]handler{},
	}
}

// demoGuardDuty declares what Example Corp has of it.
func demoGuardDuty(o *Organization) {}

// largeGuardDuty declares what each account of a large organization has of it.
func largeGuardDuty(o *Organization) {}
