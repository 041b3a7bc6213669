package scenario

// CognitoPools is what an account in a region holds here. nil is a service that was never used.
type CognitoPools struct{}

func cognitoPoolsService() service {
	return service{name: "cognito-idp", protocol: awsJSON, target: "AWSCognitoIdentityProviderService",
		operations: map[string]handler{},
	}
}

// demoCognitoPools declares what Example Corp has of it.
func demoCognitoPools(o *Organization) {}

// largeCognitoPools declares what each account of a large organization has of it.
func largeCognitoPools(o *Organization) {}
