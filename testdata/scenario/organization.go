package scenario

import "time"

// An Organization is everything the server knows: accounts, what is in them, and who may read it.
type Organization struct {
	// Name is for people only.
	Name string
	// ID is the id of the AWS organization, "o-…".
	ID string
	// Partition is what the caller's ARN says; empty is aws.
	Partition string
	// Management is the account that unknown access keys belong to, and where Identity Center is read.
	Management string
	// Role is the only role that can be assumed in each account. Empty means any role name will do.
	Role string
	// ExternalID is what AssumeRole must carry. Empty means none is asked for.
	ExternalID string
	// AsOf is where the scenario clock starts: the first Date header.
	AsOf     time.Time
	Accounts []*Account
	// IdentityCenter is nil where the organization has no instance.
	IdentityCenter *IdentityCenter
	// Table is over the bucket that AWS Config delivers to; nil where Athena has none.
	Table *Table
}

// An Account is one AWS account.
type Account struct {
	// ID has 12 digits, leading zeros included.
	ID   string
	Name string
	// DenyAssumeRole makes STS refuse the role in this account.
	DenyAssumeRole bool
	// Regions are enabled, and can be called.
	Regions []*Region
	// Disabled are opt-in regions that account:ListRegions shows as DISABLED; calls there fail with UnrecognizedClientException.
	Disabled []string
	// S3 is nil where it was never used.
	S3 *S3

	// Stored are the answers of services that are declared in the form of the wire, by service and operation. See Store.
	Stored map[string]Answers
}

// A Region is what one account holds in one region.
type Region struct {
	Name string
	// Keys are declared one by one, in the order that ListKeys gives.
	Keys []Key
	// BulkKeys is a number of further keys that are made by index when asked for, and cost no memory.
	BulkKeys  int
	Aliases   []Alias
	KeyStores []KeyStore
	Clusters  []Cluster
	Backups   []Backup

	// Recorder is nil where AWS Config was never set up.
	Recorder *Recorder
	Delivery *Delivery
	// RetentionDays is 0 where no retention is configured: AWS then keeps items for 2557 days.
	RetentionDays int
	Rules         []Rule
	Packs         []ConformancePack
	Aggregators   []Aggregator
	// Resources are what Config has discovered besides the keys and aliases above.
	Resources []Resource
	// Changes are what resources of other services were like before. Buckets and keys have histories of their own.
	Changes []Change

	// Events are in CloudTrail's event history besides those that made keys and buckets change.
	Events []TrailEvent

	// Hub is nil where Security Hub is off.
	Hub *Hub

	// Denied are operations, as "service:Operation", that the audit role may not call here.
	Denied []string

	// Stored are the answers of services that are declared in the form of the wire, by service and operation. See Store.
	Stored map[string]Answers
}

// A Tag is a tag as AWS sends it: the value may hold anything.
type Tag struct{ Key, Value string }

// A Key is a KMS key. Zero fields take KMS's own defaults: a customer's enabled symmetric key made by KMS.
type Key struct {
	// ID is the key id; empty means one made from account, region and position.
	ID          string
	Description string
	Created     time.Time
	// Manager is CUSTOMER or AWS.
	Manager string
	// Spec is the KeySpec; Usage follows from it where empty.
	Spec, Usage string
	// Origin is AWS_KMS, EXTERNAL, AWS_CLOUDHSM or EXTERNAL_KEY_STORE.
	Origin string
	// State is the KeyState.
	State string
	// Deletion is set for PendingDeletion.
	Deletion time.Time
	// ValidTo is when imported material expires; zero for material that does not.
	ValidTo time.Time
	// Store and Cluster tie the key to a custom key store; XKS is the id in the external key manager.
	Store, Cluster, XKS string
	Rotation            Rotation
	// Policy is the key policy document; empty means the default one that lets the account's administrators in.
	Policy string
	Grants []Grant
	// Aliases are names without "alias/".
	Aliases []string
	Tags    []Tag
	// MultiRegion is empty, PRIMARY or REPLICA.
	MultiRegion string
	// PrimaryRegion and Replicas belong to a multi-Region key.
	PrimaryRegion string
	Replicas      []string
	// Denied names operations that the key policy does not allow the audit role.
	Denied []string
	// History is what Config saw, oldest first. Empty means the key as it stands, since it was created.
	History []KeyChange
	// Gone says that the key no longer exists: KMS does not know it, Config's history does.
	Gone bool
	// Undiscovered says that Config does not know the key.
	Undiscovered bool
}

// Rotation is a key's rotation as KMS tells it.
type Rotation struct {
	Enabled bool
	// Days is the period; 0 means 365.
	Days int
	Next time.Time
	// OnDemandStarted is set while an on-demand rotation is in progress.
	OnDemandStarted time.Time
	// Done are the completed rotations, oldest first.
	Done []RotationDone
}

// A RotationDone is one completed rotation: AUTOMATIC or ON_DEMAND.
type RotationDone struct {
	At   time.Time
	Type string
}

// A KeyChange is one state of a key in Config's history.
type KeyChange struct {
	At time.Time
	// Rotation is the rotation status from At on.
	Rotation bool
	// State is the KeyState from At on; empty means Enabled.
	State string
	// Policy is the policy from At on; empty means the key's.
	Policy string
	// Deleted says that the key was deleted at At.
	Deleted bool
}

// A Grant is a KMS grant.
type Grant struct {
	ID, Name, Grantee, Retiring string
	Operations                  []string
	Created                     time.Time
	// Context is EncryptionContextSubset; nil means no constraint.
	Context map[string]string
}

// An Alias stands for itself: one without a target is a reserved name for an AWS managed key that does not exist yet.
type Alias struct {
	// Name is without "alias/".
	Name string
	// Target is a key id, or empty.
	Target           string
	Created, Updated time.Time
}

// A KeyStore is a custom key store.
type KeyStore struct {
	ID, Name string
	// Type is AWS_CLOUDHSM or EXTERNAL_KEY_STORE.
	Type string
	// Cluster belongs to AWS_CLOUDHSM.
	Cluster string
	// State is the ConnectionState; Error the ConnectionErrorCode of a FAILED one.
	State, Error string
	Created      time.Time
	// ProxyEndpoint and ProxyPath belong to EXTERNAL_KEY_STORE.
	ProxyEndpoint, ProxyPath string
}

// A Cluster is a CloudHSM cluster.
type Cluster struct {
	ID, Type string
	// Mode is FIPS, NON_FIPS or empty, as old answers have it.
	Mode    string
	State   string
	Message string
	Created time.Time
	// Zones are the availability zones of its HSMs, one HSM each; a zone may repeat.
	Zones []string
	// HSMStates are the states of the HSMs in the order of Zones; missing ones are ACTIVE.
	HSMStates []string
	// RetentionDays is the backup retention; 0 means none is set.
	RetentionDays int
	SourceBackup  string
	// RollbackUntil is set on a cluster moved from hsm1 to hsm2m.
	RollbackUntil time.Time
	VPC           string
	Tags          []Tag
}

// A Backup is a CloudHSM backup.
type Backup struct {
	ID, Cluster, State, Type, Mode        string
	Created, Copied, Delete               time.Time
	NeverExpires                          bool
	SourceRegion, SourceBackup, SourceHSM string
	Tags                                  []Tag
}
