package scenario

// Demo is Example Corp.
func Demo() *Organization { return LargeOrganization(2, 2) }
