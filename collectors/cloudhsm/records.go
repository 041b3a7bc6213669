package cloudhsm

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Cluster is a CloudHSM cluster.
type Cluster struct {
	evidence.Meta
	ClusterID    string     `json:"cluster_id" cel:"cluster_id" doc:"The cluster's id."`
	State        string     `json:"state" cel:"state" doc:"The cluster's state: CREATE_IN_PROGRESS, UNINITIALIZED, INITIALIZE_IN_PROGRESS, INITIALIZED, ACTIVE, UPDATE_IN_PROGRESS, MODIFY_IN_PROGRESS, ROLLBACK_IN_PROGRESS, DEGRADED, DELETE_IN_PROGRESS or DELETED."`
	StateMessage *string    `json:"state_message,omitempty" cel:"state_message" doc:"AWS's words on the state; absent where it has none."`
	HSMType      string     `json:"hsm_type" cel:"hsm_type" doc:"The cluster's HSM type: hsm1.medium or hsm2m.medium."`
	HSMTypes     []string   `json:"hsm_types" cel:"hsm_types" doc:"The types of the HSMs in the cluster, each once; more than one while a cluster is moved. Empty where AWS gives the type with the cluster only."`
	Mode         *string    `json:"mode,omitempty" cel:"mode" doc:"FIPS or NON_FIPS. Unknown where AWS's answer had none, as before clusters had a mode."`
	Created      *time.Time `json:"created,omitempty" cel:"created" doc:"When the cluster was created; absent where AWS did not say."`

	HSMs       []string `json:"hsms" cel:"hsms" doc:"The ids of the cluster's HSMs."`
	ActiveHSMs int      `json:"active_hsms" cel:"active_hsms" doc:"How many HSMs are ACTIVE."`
	Zones      []string `json:"zones" cel:"zones" doc:"The availability zones that hold an ACTIVE HSM, each once."`

	BackupRetentionDays *int       `json:"backup_retention_days,omitempty" cel:"backup_retention_days" doc:"Days for which backups are kept; absent where no retention is set."`
	LatestBackup        *time.Time `json:"latest_backup,omitempty" cel:"latest_backup" doc:"When the newest READY backup of the cluster in this region was made; absent where there is none."`
	BackupPolicy        *string    `json:"backup_policy,omitempty" cel:"backup_policy" doc:"The backup policy; AWS knows DEFAULT only."`
	SourceBackupID      *string    `json:"source_backup_id,omitempty" cel:"source_backup_id" doc:"The backup that the cluster was made from; absent where it was made empty."`
	RollbackUntil       *time.Time `json:"rollback_until,omitempty" cel:"rollback_until" doc:"Until when a cluster that was moved to another HSM type can be moved back; absent otherwise."`

	VPC           *string           `json:"vpc,omitempty" cel:"vpc" doc:"The VPC of the cluster."`
	SecurityGroup *string           `json:"security_group,omitempty" cel:"security_group" doc:"The cluster's security group."`
	Subnets       map[string]string `json:"subnets" cel:"subnets" doc:"The cluster's subnet by availability zone."`
	NetworkType   *string           `json:"network_type,omitempty" cel:"network_type" doc:"IPV4 or DUALSTACK; absent where AWS did not say."`

	Certificates *Certificates     `json:"certificates,omitempty" cel:"certificates" doc:"The certificates that AWS shows for the cluster; absent where it shows none."`
	Tags         map[string]string `json:"tags" cel:"tags" doc:"The cluster's tags."`
}

// Kind is cloudhsm.cluster.
func (*Cluster) Kind() string { return "cloudhsm.cluster" }

// Certificates are the certificates of a cluster.
type Certificates struct {
	CSR                  bool         `json:"csr" cel:"csr" doc:"Whether a certificate signing request is there: the cluster waits to be initialized."`
	HSM                  *Certificate `json:"hsm,omitempty" cel:"hsm" doc:"The certificate of the HSM, issued by its hardware."`
	AWSHardware          *Certificate `json:"aws_hardware,omitempty" cel:"aws_hardware" doc:"The certificate of the hardware, issued by AWS."`
	ManufacturerHardware *Certificate `json:"manufacturer_hardware,omitempty" cel:"manufacturer_hardware" doc:"The certificate of the hardware, issued by its manufacturer."`
	Cluster              *Certificate `json:"cluster,omitempty" cel:"cluster" doc:"The certificate of the cluster, issued by its owner."`
	SignedByAWS          *bool        `json:"signed_by_aws,omitempty" cel:"signed_by_aws" doc:"Whether the key of aws_hardware signed the HSM's certificate. The root above it is not checked. Absent where it can't be told."`
	SignedByManufacturer *bool        `json:"signed_by_manufacturer,omitempty" cel:"signed_by_manufacturer" doc:"Whether the key of manufacturer_hardware signed the HSM's certificate. The root above it is not checked. Absent where it can't be told."`
	ClusterKeyIsHSMs     *bool        `json:"cluster_key_is_hsms,omitempty" cel:"cluster_key_is_hsms" doc:"Whether the owner's certificate is for the key in the HSM's certificate. Absent where it can't be told."`
}

// A Certificate is what an X.509 certificate says of itself.
type Certificate struct {
	SHA256    string     `json:"sha256" cel:"sha256" doc:"The SHA-256 of the PEM text as AWS gave it."`
	Parsed    bool       `json:"parsed" cel:"parsed" doc:"Whether the text could be read as a certificate."`
	Subject   *string    `json:"subject,omitempty" cel:"subject" doc:"The subject; absent where the text could not be read."`
	Issuer    *string    `json:"issuer,omitempty" cel:"issuer" doc:"The issuer; absent where the text could not be read."`
	NotBefore *time.Time `json:"not_before,omitempty" cel:"not_before" doc:"From when it is valid; absent where the text could not be read."`
	NotAfter  *time.Time `json:"not_after,omitempty" cel:"not_after" doc:"Until when it is valid; absent where the text could not be read."`
}

// An HSM is one HSM of a cluster.
type HSM struct {
	evidence.Meta
	HSMID        string  `json:"hsm_id" cel:"hsm_id" doc:"The HSM's id."`
	ClusterID    string  `json:"cluster_id" cel:"cluster_id" doc:"The cluster's id."`
	State        string  `json:"state" cel:"state" doc:"CREATE_IN_PROGRESS, ACTIVE, DEGRADED, DELETE_IN_PROGRESS or DELETED."`
	StateMessage *string `json:"state_message,omitempty" cel:"state_message" doc:"AWS's words on the state; absent where it has none."`
	Type         *string `json:"type,omitempty" cel:"type" doc:"The HSM's type; absent where AWS gives it with the cluster only."`
	Zone         *string `json:"zone,omitempty" cel:"zone" doc:"The availability zone."`
	Subnet       *string `json:"subnet,omitempty" cel:"subnet" doc:"The subnet of its network interface."`
	ENI          *string `json:"eni,omitempty" cel:"eni" doc:"Its network interface."`
	IP           *string `json:"ip,omitempty" cel:"ip" doc:"Its IPv4 address."`
	IPv6         *string `json:"ipv6,omitempty" cel:"ipv6" doc:"Its IPv6 address; absent where it has none."`
}

// Kind is cloudhsm.hsm.
func (*HSM) Kind() string { return "cloudhsm.hsm" }

// A Backup is a backup of a cluster.
type Backup struct {
	evidence.Meta
	BackupID      string            `json:"backup_id" cel:"backup_id" doc:"The backup's id."`
	ClusterID     *string           `json:"cluster_id,omitempty" cel:"cluster_id" doc:"The cluster that was backed up; absent where AWS did not say."`
	State         string            `json:"state" cel:"state" doc:"CREATE_IN_PROGRESS, READY, PENDING_DELETION or DELETED."`
	Created       *time.Time        `json:"created,omitempty" cel:"created" doc:"When the backup was made."`
	Copied        *time.Time        `json:"copied,omitempty" cel:"copied" doc:"When it was copied from another region; absent where it was not."`
	DeleteAt      *time.Time        `json:"delete_at,omitempty" cel:"delete_at" doc:"When it will be deleted for good; absent where it will not."`
	NeverExpires  *bool             `json:"never_expires,omitempty" cel:"never_expires" doc:"Whether the retention policy spares it; absent where AWS did not say."`
	HSMType       *string           `json:"hsm_type,omitempty" cel:"hsm_type" doc:"The HSM type it was made on; absent where AWS did not say."`
	Mode          *string           `json:"mode,omitempty" cel:"mode" doc:"The mode of the cluster that was backed up; absent where AWS did not say."`
	SourceRegion  *string           `json:"source_region,omitempty" cel:"source_region" doc:"The region of the backup that it was copied from; absent where it is no copy."`
	SourceBackup  *string           `json:"source_backup,omitempty" cel:"source_backup" doc:"The backup that it was copied from; absent where it is no copy."`
	SourceCluster *string           `json:"source_cluster,omitempty" cel:"source_cluster" doc:"The cluster of the backup that it was copied from; absent where it is no copy."`
	Tags          map[string]string `json:"tags" cel:"tags" doc:"The backup's tags."`
}

// Kind is cloudhsm.backup.
func (*Backup) Kind() string { return "cloudhsm.backup" }
