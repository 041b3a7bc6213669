package scenario

func macieService() service {
	return service{name: "macie2", protocol: restJSON,
		operations: map[string]handler{},
	}
}

// demoMacie declares what Example Corp has of it.
func demoMacie(o *Organization) {}

// largeMacie declares what each account of a large organization has of it.
func largeMacie(o *Organization) {}
