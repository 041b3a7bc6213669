package scenario

// CognitoIdentity is what an account in a region holds here. nil is a service that was never used.
type CognitoIdentity struct{}

func cognitoIdentityService() service {
	return service{name: "cognito-identity", protocol: awsJSON, target: "AWSCognitoIdentityService",
		operations: map[string]handler{},
	}
}

// demoCognitoIdentity declares what Example Corp has of it.
func demoCognitoIdentity(o *Organization) {}

// largeCognitoIdentity declares what each account of a large organization has of it.
func largeCognitoIdentity(o *Organization) {}
