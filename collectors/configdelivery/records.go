package configdelivery

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A DeliveredFile is an object in S3 that history was read from.
type DeliveredFile struct {
	evidence.Meta
	Bucket        string     `json:"bucket" cel:"bucket" doc:"The bucket."`
	Key           string     `json:"key" cel:"key" doc:"The object's key."`
	VersionID     *string    `json:"version_id" cel:"version_id" doc:"S3's id of the version that was read. Absent where the bucket has no versioning."`
	Size          int        `json:"size" cel:"size" doc:"Bytes of the object as delivered."`
	SHA256        string     `json:"sha256" cel:"sha256" doc:"SHA-256 of the object as delivered, in hexadecimal."`
	LastModified  *time.Time `json:"last_modified" cel:"last_modified" doc:"When the object was written, by S3. Absent where S3 gave no time."`
	Sort          string     `json:"sort" cel:"sort" doc:"history, snapshot or oversized: what the file is by its folder."`
	OfAccount     string     `json:"of_account" cel:"of_account" doc:"The account whose recorder wrote it, by its key."`
	OfRegion      string     `json:"of_region" cel:"of_region" doc:"The region of the recorder, by its key; global where AWS says so."`
	Type          *string    `json:"type" cel:"type" doc:"The CloudFormation type of its items, by its name. Absent for snapshots, which hold all types."`
	Items         int        `json:"items" cel:"items" doc:"Configuration items in the file."`
	Used          int        `json:"used" cel:"used" doc:"Items that the history was read from: those of the types, accounts and regions in scope."`
	OutOfScope    int        `json:"out_of_scope" cel:"out_of_scope" doc:"Items of the types in scope that belong to accounts or regions that the audit does not read."`
	FirstCaptured *time.Time `json:"first_captured" cel:"first_captured" doc:"When the earliest of the used items was captured. Absent where none was used."`
	LastCaptured  *time.Time `json:"last_captured" cel:"last_captured" doc:"When the latest of the used items was captured. Absent where none was used."`
	// Whole is false for a snapshot, of which the tape keeps the items that are used.
	Whole bool `json:"whole" cel:"whole" doc:"Whether the evidence holds the whole object, byte for byte but for redactions, which the exchange lists. Of snapshots it holds the items that the history was read from."`
}

// Kind is the population's name.
func (*DeliveredFile) Kind() string { return fileKind }
