package scenario

func logsService() service {
	return service{name: "logs", protocol: awsJSON, target: "Logs_20140328",
		operations: map[string]handler{},
	}
}

// demoLogs declares what Example Corp has of it.
func demoLogs(o *Organization) {}

// largeLogs declares what each account of a large organization has of it.
func largeLogs(o *Organization) {}
