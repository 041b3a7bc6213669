package scenario

// AuditManager is what an account in a region holds here. nil is a service that was never used.
type AuditManager struct{}

func auditManagerService() service {
	return service{name: "auditmanager", protocol: restJSON,
		operations: map[string]handler{},
	}
}

// demoAuditManager declares what Example Corp has of it.
func demoAuditManager(o *Organization) {}

// largeAuditManager declares what each account of a large organization has of it.
func largeAuditManager(o *Organization) {}
