package scenario

import "time"

// IdentityCenter is the organization's instance and the directory behind it.
type IdentityCenter struct {
	// Account and Region are where it lives; every other region lists no instance.
	Account, Region string
	// ID is the last part of the instance's ARN: "ssoins-…".
	ID, Name string
	// Store is the identity store's id.
	Store   string
	Created time.Time
	// KeyARN is a customer managed key that encrypts the instance; empty means an AWS owned one.
	KeyARN         string
	PermissionSets []PermissionSet
	Applications   []Application
	Issuers        []TokenIssuer
	// Attributes are the ABAC attributes by name and source. Nil means ABAC is off.
	Attributes []Tag
	Users      []User
	Groups     []Group
	// Network is what DescribeIdentityStore tells; nil means nothing is restricted.
	AllowSourceIPs []string
}

// A PermissionSet is a named set of permissions with its assignments.
type PermissionSet struct {
	// ID is the last part of its ARN: "ps-…".
	ID, Name, Description string
	// Session is an ISO 8601 duration.
	Session    string
	RelayState string
	Created    time.Time
	// Managed are ARNs of AWS managed policies; Customer names (with path) of customer managed ones.
	Managed, Customer []string
	Inline            string
	// BoundaryARN or BoundaryName is the permissions boundary; both empty means there is none.
	BoundaryARN, BoundaryName string
	// Accounts are where it is provisioned.
	Accounts []Provisioned
	Tags     []Tag
}

// Provisioned is a permission set in one account.
type Provisioned struct {
	Account string
	// Stale says that the account has not received the latest version.
	Stale bool
	// Users and Groups are user names and group names that are assigned.
	Users, Groups []string
}

// An Application is an application of Identity Center.
type Application struct {
	// ID is the last part of its ARN: "apl-…".
	ID, Name, Description, Provider, Account, URL string
	// Disabled is the application's status.
	Disabled bool
	// Open says that no assignment is required.
	Open    bool
	Created time.Time
	// Users and Groups are assigned.
	Users, Groups []string
	Tags          []Tag
}

// A TokenIssuer is a trusted token issuer.
type TokenIssuer struct{ ID, Name, URL, Claim, Attribute string }

// A User is a user of the identity store.
type User struct {
	// ID is made from the name where empty.
	ID, Name, Display, Given, Family, Email, Title string
	// Disabled is UserStatus; NoStatus leaves the member out, as AWS does for some users.
	Disabled, NoStatus bool
	// Issuer and External are the id in an external directory.
	Issuer, External string
	Created, Updated time.Time
}

// A Group is a group of the identity store.
type Group struct {
	ID, Name, Description string
	Issuer, External      string
	Created               time.Time
	// Members are user names.
	Members []string
}
