package scenario

func cognitoIdentityService() service {
	return service{name: "cognito-identity", protocol: awsJSON, target: "AWSCognitoIdentityService",
		operations: map[string]handler{},
	}
}

// demoCognitoIdentity declares what Example Corp has of it.
func demoCognitoIdentity(o *Organization) {}

// largeCognitoIdentity declares what each account of a large organization has of it.
func largeCognitoIdentity(o *Organization) {}
