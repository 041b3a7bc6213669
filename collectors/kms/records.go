package kms

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Key is a KMS key as DescribeKey, GetKeyRotationStatus, ListKeyRotations, GetKeyPolicy, ListGrants, ListAliases and
// ListResourceTags tell it.
type Key struct {
	evidence.Meta
	KeyID       string    `json:"key_id" cel:"key_id" doc:"The key's id; mrk- stands before the id of a multi-Region key."`
	Manager     string    `json:"manager" cel:"manager" doc:"Who manages the key: CUSTOMER or AWS."`
	State       string    `json:"state" cel:"state" doc:"The key state: Enabled, Disabled, Creating, PendingImport, PendingDeletion, PendingReplicaDeletion, Unavailable (key store not connected) or Updating."`
	Enabled     bool      `json:"enabled" cel:"enabled" doc:"Whether the key can be used: true when the state is Enabled."`
	Origin      string    `json:"origin" cel:"origin" doc:"Where the key material comes from: AWS_KMS, EXTERNAL (imported), AWS_CLOUDHSM or EXTERNAL_KEY_STORE."`
	Spec        string    `json:"spec" cel:"spec" doc:"The key spec: SYMMETRIC_DEFAULT, RSA_2048, ECC_NIST_P256, HMAC_256 …"`
	Usage       string    `json:"usage" cel:"usage" doc:"What the key is for: ENCRYPT_DECRYPT, SIGN_VERIFY, GENERATE_VERIFY_MAC, KEY_AGREEMENT …"`
	Created     time.Time `json:"created" cel:"created" doc:"When the key was created."`
	Description string    `json:"description" cel:"description" doc:"The key's description, as its owner wrote it."`
	Algorithms  []string  `json:"algorithms" cel:"algorithms" doc:"The algorithms that the key can be used with, of whichever kind."`

	DeletionDate      *time.Time `json:"deletion_date,omitempty" cel:"deletion_date" doc:"When the key will be deleted; only while PendingDeletion."`
	PendingWindow     *int       `json:"pending_window,omitempty" cel:"pending_window" doc:"Days to wait before a primary key is deleted once its last replica is gone; only while PendingReplicaDeletion."`
	ExpirationModel   *string    `json:"expiration_model,omitempty" cel:"expiration_model" doc:"KEY_MATERIAL_EXPIRES or KEY_MATERIAL_DOES_NOT_EXPIRE; only for imported material that is there."`
	ValidTo           *time.Time `json:"valid_to,omitempty" cel:"valid_to" doc:"When the imported material expires first and the key becomes unusable; absent for material that does not expire."`
	CurrentMaterialID *string    `json:"current_material_id,omitempty" cel:"current_material_id" doc:"The id of the key material in use; only for symmetric keys in KMS's own store."`

	MultiRegion        *bool    `json:"multi_region,omitempty" cel:"multi_region" doc:"Whether the key is a multi-Region key; absent where AWS did not say."`
	MultiRegionKeyType *string  `json:"multi_region_key_type,omitempty" cel:"multi_region_key_type" doc:"PRIMARY or REPLICA; only for multi-Region keys."`
	PrimaryKey         *string  `json:"primary_key,omitempty" cel:"primary_key" doc:"The ARN of the primary key, which may be this one; only for multi-Region keys."`
	ReplicaKeys        []string `json:"replica_keys" cel:"replica_keys" doc:"The ARNs of the replica keys; empty for keys of one region."`

	CustomKeyStoreID  *string `json:"custom_key_store_id,omitempty" cel:"custom_key_store_id" doc:"The custom key store that holds the key; absent in KMS's own store."`
	CloudHSMClusterID *string `json:"cloudhsm_cluster_id,omitempty" cel:"cloudhsm_cluster_id" doc:"The CloudHSM cluster that holds the key material; only for keys in a CloudHSM key store."`
	ExternalKeyID     *string `json:"external_key_id,omitempty" cel:"external_key_id" doc:"The key's id in the external key manager; only for keys in an external key store."`

	Aliases []string          `json:"aliases" cel:"aliases" doc:"The names of the key's aliases, in AWS's order."`
	Tags    map[string]string `json:"tags" cel:"tags" doc:"The key's tags."`

	Rotation     *Rotation  `json:"rotation,omitempty" cel:"rotation" doc:"Automatic rotation. Absent where AWS says that the key does not support it: asymmetric, HMAC and imported keys, and custom key stores."`
	Rotations    *int       `json:"rotations,omitempty" cel:"rotations" doc:"How many rotations of the key were completed. Absent for keys that can't rotate at all."`
	LastRotation *time.Time `json:"last_rotation,omitempty" cel:"last_rotation" doc:"When the last rotation was completed; absent where there was none."`

	Policy *Policy       `json:"policy,omitempty" cel:"policy" doc:"The key policy."`
	Grants *GrantSummary `json:"grants,omitempty" cel:"grants" doc:"The key's grants, counted."`
}

// Kind is kms.key.
func (*Key) Kind() string { return "kms.key" }

// A Rotation is the answer of GetKeyRotationStatus.
type Rotation struct {
	Enabled       bool       `json:"enabled" cel:"enabled" doc:"Whether AWS rotates the key by itself, as AWS answered for this key. While a key is pending deletion AWS answers false whatever was set. Always true for AWS managed keys."`
	Possible      bool       `json:"possible" cel:"possible" doc:"Whether automatic rotation can be switched on for this kind of key: symmetric, its material made by KMS."`
	PeriodDays    *int       `json:"period_days,omitempty" cel:"period_days" doc:"Days from one automatic rotation to the next; absent where rotation is off."`
	Next          *time.Time `json:"next,omitempty" cel:"next" doc:"When AWS will rotate the key next; absent where rotation is off."`
	OnDemandStart *time.Time `json:"on_demand_start,omitempty" cel:"on_demand_start" doc:"When the on-demand rotation that is going on was started; absent where none is."`
	SetOn         *string    `json:"set_on,omitempty" cel:"set_on" doc:"For a replica of a multi-Region key, the ARN of the primary: rotation is set there, and this record shows what AWS answered for the replica. Absent for all other keys."`
}

// A Policy is a key policy, and what follows from its text alone.
type Policy struct {
	Text          string   `json:"text" cel:"text" doc:"The policy document as AWS gave it."`
	Parsed        bool     `json:"parsed" cel:"parsed" doc:"Whether the document could be read as a policy. Where not, the fields below are unknown."`
	Statements    int      `json:"statements" cel:"statements" doc:"The number of statements."`
	Public        bool     `json:"public" cel:"public" doc:"Whether an Allow statement admits everyone (Principal *, or NotPrincipal) without a condition that names accounts, organizations, principals, source resources or VPCs. A condition on addresses or on the calling service alone restricts nobody here; Deny statements are not weighed."`
	AccountAdmin  bool     `json:"account_admin" cel:"account_admin" doc:"Whether the policy lets the account's own IAM policies decide: Allow kms:* to the account without a condition."`
	Principals    []string `json:"principals" cel:"principals" doc:"Whom Allow statements name, as TYPE:value, sorted; * is everyone."`
	OtherAccounts []string `json:"other_accounts" cel:"other_accounts" doc:"The accounts other than the key's own that Allow statements name as principals or in the conditions on everyone, sorted."`
}

// A GrantSummary counts the grants of one key.
type GrantSummary struct {
	Count        int `json:"count" cel:"count" doc:"The number of grants."`
	Wildcard     int `json:"wildcard" cel:"wildcard" doc:"How many name a grantee with a wildcard."`
	OtherAccount int `json:"other_account" cel:"other_account" doc:"How many have a grantee in another account."`
	Constrained  int `json:"constrained" cel:"constrained" doc:"How many are bound to an encryption context or a source ARN."`
}

// A Grant is a permission to use one key.
type Grant struct {
	evidence.Meta
	GrantID         string            `json:"grant_id" cel:"grant_id" doc:"The grant's id."`
	Key             string            `json:"key" cel:"key" doc:"The ARN of the key."`
	Name            *string           `json:"name,omitempty" cel:"name" doc:"The grant's name; absent where it has none."`
	Grantee         *string           `json:"grantee,omitempty" cel:"grantee" doc:"Who may use the key: an ARN or the name of an AWS service. Absent where only grantee_service is given."`
	GranteeService  *string           `json:"grantee_service,omitempty" cel:"grantee_service" doc:"The AWS service that may use the key, where AWS names it by itself."`
	Wildcard        bool              `json:"wildcard" cel:"wildcard" doc:"Whether the grantee has a * or ? in it."`
	OtherAccount    bool              `json:"other_account" cel:"other_account" doc:"Whether the grantee is an ARN of another account."`
	Operations      []string          `json:"operations" cel:"operations" doc:"What the grantee may do."`
	Constrained     bool              `json:"constrained" cel:"constrained" doc:"Whether the grant is bound to an encryption context or a source ARN."`
	ContextEquals   map[string]string `json:"context_equals" cel:"context_equals" doc:"The encryption context that a request must have exactly; empty where none is demanded."`
	ContextSubset   map[string]string `json:"context_subset" cel:"context_subset" doc:"The pairs that a request's encryption context must contain; empty where none are demanded."`
	SourceARN       *string           `json:"source_arn,omitempty" cel:"source_arn" doc:"The resource that a request must be made for; absent where none is demanded."`
	Retiring        *string           `json:"retiring,omitempty" cel:"retiring" doc:"Who may retire the grant; absent where nobody is named."`
	RetiringService *string           `json:"retiring_service,omitempty" cel:"retiring_service" doc:"The AWS service that may retire the grant; absent where none is named."`
	IssuingAccount  *string           `json:"issuing_account,omitempty" cel:"issuing_account" doc:"The account under which the grant was issued."`
	Created         *time.Time        `json:"created,omitempty" cel:"created" doc:"When the grant was made; absent where AWS did not say."`
}

// Kind is kms.grant.
func (*Grant) Kind() string { return "kms.grant" }

// A MaterialRotation is one completed rotation of a key.
type MaterialRotation struct {
	evidence.Meta
	Key             string     `json:"key" cel:"key" doc:"The ARN of the key."`
	At              *time.Time `json:"at,omitempty" cel:"at" doc:"When the rotation was completed; absent where AWS did not say."`
	Type            string     `json:"type" cel:"type" doc:"AUTOMATIC or ON_DEMAND."`
	MaterialID      *string    `json:"material_id,omitempty" cel:"material_id" doc:"The id of the key material that the rotation brought."`
	MaterialState   *string    `json:"material_state,omitempty" cel:"material_state" doc:"CURRENT, NON_CURRENT or a pending state of that material."`
	ImportState     *string    `json:"import_state,omitempty" cel:"import_state" doc:"IMPORTED or PENDING_IMPORT; only for imported material."`
	ExpirationModel *string    `json:"expiration_model,omitempty" cel:"expiration_model" doc:"Whether that material expires; only for imported material."`
	ValidTo         *time.Time `json:"valid_to,omitempty" cel:"valid_to" doc:"When that material expires; absent where it does not."`
}

// Kind is kms.rotation.
func (*MaterialRotation) Kind() string { return "kms.rotation" }

// An Alias is a friendly name of a key.
type Alias struct {
	evidence.Meta
	Name     string     `json:"name" cel:"name" doc:"The alias's name, with alias/ before it."`
	TargetID *string    `json:"target_id,omitempty" cel:"target_id" doc:"The id of the key. Absent for a name that AWS reserves for an AWS managed key that does not exist yet."`
	Reserved bool       `json:"reserved" cel:"reserved" doc:"Whether the name belongs to AWS (alias/aws/…)."`
	Created  *time.Time `json:"created,omitempty" cel:"created" doc:"When the alias was made; absent for reserved names without a key."`
	Updated  *time.Time `json:"updated,omitempty" cel:"updated" doc:"When the alias was last pointed at a key; absent for reserved names without a key."`
}

// Kind is kms.alias.
func (*Alias) Kind() string { return "kms.alias" }

// A KeyStore is a custom key store.
type KeyStore struct {
	evidence.Meta
	StoreID           string     `json:"store_id" cel:"store_id" doc:"The key store's id."`
	Name              string     `json:"name" cel:"name" doc:"The key store's name."`
	Type              string     `json:"type" cel:"type" doc:"AWS_CLOUDHSM or EXTERNAL_KEY_STORE."`
	ConnectionState   string     `json:"connection_state" cel:"connection_state" doc:"CONNECTED, CONNECTING, FAILED, DISCONNECTED or DISCONNECTING."`
	ConnectionError   *string    `json:"connection_error,omitempty" cel:"connection_error" doc:"Why the connection failed; only where connection_state is FAILED."`
	CloudHSMClusterID *string    `json:"cloudhsm_cluster_id,omitempty" cel:"cloudhsm_cluster_id" doc:"The CloudHSM cluster behind the store; absent for external key stores."`
	TrustAnchorSHA256 *string    `json:"trust_anchor_sha256,omitempty" cel:"trust_anchor_sha256" doc:"The SHA-256 of the cluster's trust anchor certificate, as AWS gave it; absent for external key stores."`
	Created           *time.Time `json:"created,omitempty" cel:"created" doc:"When the key store was created."`
	ProxyConnectivity *string    `json:"proxy_connectivity,omitempty" cel:"proxy_connectivity" doc:"PUBLIC_ENDPOINT or VPC_ENDPOINT_SERVICE; only for external key stores."`
	ProxyEndpoint     *string    `json:"proxy_endpoint,omitempty" cel:"proxy_endpoint" doc:"The URI of the external key store's proxy; only for external key stores."`
	ProxyPath         *string    `json:"proxy_path,omitempty" cel:"proxy_path" doc:"The path at the proxy; only for external key stores."`
	VPCEndpoint       *string    `json:"vpc_endpoint,omitempty" cel:"vpc_endpoint" doc:"The VPC endpoint service that leads to the proxy; absent where it is reached publicly."`
}

// Kind is kms.custom_key_store.
func (*KeyStore) Kind() string { return "kms.custom_key_store" }
