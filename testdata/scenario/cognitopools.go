package scenario

func cognitoPoolsService() service {
	return service{name: "cognito-idp", protocol: awsJSON, target: "AWSCognitoIdentityProviderService",
		operations: map[string]handler{},
	}
}

// demoCognitoPools declares what Example Corp has of it.
func demoCognitoPools(o *Organization) {}

// largeCognitoPools declares what each account of a large organization has of it.
func largeCognitoPools(o *Organization) {}
