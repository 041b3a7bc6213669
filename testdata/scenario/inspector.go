package scenario

// Inspector is what an account in a region holds here. nil is a service that was never used.
type Inspector struct{}

func inspectorService() service {
	return service{name: "inspector2", protocol: restJSON,
		operations: map[string]handler{},
	}
}

// demoInspector declares what Example Corp has of it.
func demoInspector(o *Organization) {}

// largeInspector declares what each account of a large organization has of it.
func largeInspector(o *Organization) {}
