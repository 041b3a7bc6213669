package scenario

func auditManagerService() service {
	return service{name: "auditmanager", protocol: restJSON,
		operations: map[string]handler{},
	}
}

// demoAuditManager declares what Example Corp has of it.
func demoAuditManager(o *Organization) {}

// largeAuditManager declares what each account of a large organization has of it.
func largeAuditManager(o *Organization) {}
