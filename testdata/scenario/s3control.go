package scenario

func s3ControlService() service {
	return service{name: "s3-control", signing: "s3", prefix: "/v20180820", protocol: restXML,
		operations: map[string]handler{},
	}
}
