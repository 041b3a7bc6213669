package scenario

func detectiveService() service {
	return service{name: "detective", protocol: restJSON,
		operations: map[string]handler{},
	}
}

// demoDetective declares what Example Corp has of it.
func demoDetective(o *Organization) {}

// largeDetective declares what each account of a large organization has of it.
func largeDetective(o *Organization) {}
