package scenario

func inspectorService() service {
	return service{name: "inspector2", protocol: restJSON,
		operations: map[string]handler{},
	}
}

// demoInspector declares what Example Corp has of it.
func demoInspector(o *Organization) {}

// largeInspector declares what each account of a large organization has of it.
func largeInspector(o *Organization) {}
