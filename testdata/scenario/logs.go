package scenario

// Logs is what an account in a region holds here. nil is a service that was never used.
type Logs struct{}

func logsService() service {
	return service{name: "logs", protocol: awsJSON, target: "Logs_20140328",
		operations: map[string]handler{},
	}
}

// demoLogs declares what Example Corp has of it.
func demoLogs(o *Organization) {}

// largeLogs declares what each account of a large organization has of it.
func largeLogs(o *Organization) {}
