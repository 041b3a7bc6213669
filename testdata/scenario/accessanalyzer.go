package scenario

func accessAnalyzerService() service {
	return service{name: "access-analyzer", protocol: restJSON,
		operations: map[string]handler{},
	}
}

// demoAccessAnalyzer declares what Example Corp has of it.
func demoAccessAnalyzer(o *Organization) {}

// largeAccessAnalyzer declares what each account of a large organization has of it.
func largeAccessAnalyzer(o *Organization) {}
