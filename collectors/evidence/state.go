package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A State is what AWS Config wrote down of one resource at a moment: a configuration item, read as a record of the kind that a collector
// makes of the same resource. It holds from Captured until the next state of the resource, as long as AWS Config went on recording: see
// Recorded. One line of history/<kind>.jsonl.
type State struct {
	// Kind is the kind of the record: "s3.bucket".
	Kind string `json:"kind"`
	// Resource is the record's id, the same as in its population.
	Resource string `json:"resource"`
	Account  string `json:"account"`
	// Region is the region whose recorder wrote the item, for global types too.
	Region string `json:"region"`
	// ResourceType and ResourceID are AWS Config's own names of the resource: AWS::S3::Bucket.
	ResourceType string `json:"resource_type"`
	ResourceID   string `json:"resource_id"`
	// Captured is when AWS Config captured the state: at or after the moment that it came about.
	Captured time.Time `json:"captured"`
	// StateID is AWS's configurationStateId, which orders items of one moment. Empty where AWS gave none.
	StateID string `json:"state_id,omitempty"`
	// Status is AWS's configurationItemStatus.
	Status string `json:"status"`
	// Created is when the resource was made. Nil where AWS does not say.
	Created *time.Time `json:"created,omitempty"`
	// Daily says that the item was recorded DAILY: it is the last state of a day, and what came and went within it is not told.
	Daily bool `json:"daily,omitempty"`
	// Source is where the item was read: FromAPI, FromDelivery or FromAthena.
	Source string `json:"source"`
	// Item is the id of the config.configuration_item record that the state was read from.
	Item string `json:"item"`
	// Evidence are the exchanges.
	Evidence []string `json:"evidence"`
	// SHA256 is the digest of what the item says of the resource, in a form in which the API and the S3 files do not differ: two states of
	// one moment with different digests contradict one another.
	SHA256 Digest `json:"sha256"`
	// Fault says why the item could not be read as a record. Record is nil then, and nothing is known from Captured on.
	Fault string `json:"fault,omitempty"`
	// Untold are the fields of Record that the item does not carry, as a line of history/<kind>.jsonl writes them. In a state that was read
	// they are among the record's Meta.Unknown with the code NotInItem, and no gap.
	Untold []string `json:"untold,omitempty"`
	// Record is nil where the resource was deleted, where its configuration was not recorded, and where there is a Fault.
	Record Record `json:"record,omitempty"`
}

// Fold moves what the item does not carry from the record to Untold, for writing: it is the same long list in nearly every line.
func (s *State) Fold() {
	if s.Record == nil {
		return
	}
	h := s.Record.Header()
	var rest []Unknown
	for _, u := range h.Unknown {
		if u.Code == NotInItem && u.Gap == "" {
			s.Untold = append(s.Untold, u.Field)
		} else {
			rest = append(rest, u)
		}
	}
	h.Unknown = rest
}

// Where a configuration item was read.
const (
	FromAPI      = "config-api"
	FromDelivery = "config-s3"
	FromAthena   = "athena"
)

// AWS's configurationItemStatus.
// https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationItem.html
const (
	StatusOK                 = "OK"
	StatusDiscovered         = "ResourceDiscovered"
	StatusNotRecorded        = "ResourceNotRecorded"
	StatusDeleted            = "ResourceDeleted"
	StatusDeletedNotRecorded = "ResourceDeletedNotRecorded"
)

// Deleted reports whether the resource was gone. The deletion of a setting is no deletion of what it is a setting of, which is the same resource
// of ours: an account whose public access block is deleted is an account that blocks nothing. Such a state has a record.
func (s *State) Deleted() bool {
	return s.Record == nil && s.EndsItems()
}

// EndsItems reports whether AWS Config's own resource was deleted.
func (s *State) EndsItems() bool {
	return s.Status == StatusDeleted || s.Status == StatusDeletedNotRecorded
}

// DecodeState reads a line of history/<kind>.jsonl; k describes the records of that kind. Unknown members are errors.
func DecodeState(line []byte, k Kind) (*State, error) {
	// The record is decoded in place: an interface that holds a pointer is decoded into what it points to.
	s := State{Record: k.New()}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return nil, fmt.Errorf("not a state: %w", err)
	}
	if d.InputOffset() != int64(len(bytes.TrimRight(line, "\n"))) {
		return nil, errors.New("not a state: something stands behind it")
	}
	if err := s.Unfold(line, k); err != nil {
		return nil, err
	}
	return &s, nil
}

// Unfold checks a state that was decoded from a line into a new record of the kind, and undoes Fold.
func (s *State) Unfold(line []byte, k Kind) error {
	switch {
	case s.Kind != k.Name:
		return fmt.Errorf("a state of %q among those of %q", s.Kind, k.Name)
	case s.Resource == "" || s.Captured.IsZero() || s.Item == "" || s.Status == "":
		return errors.New("a state without its resource, moment, item or status")
	}
	if s.Record != nil && s.Record.Header().ID == "" {
		if bytes.Contains(line, []byte(`"record":`)) {
			return errors.New("a state whose record has no id")
		}
		s.Record = nil
	}
	if s.Record != nil {
		h := s.Record.Header()
		for _, f := range s.Untold {
			h.Unknown = append(h.Unknown, Unknown{Field: f, Code: NotInItem})
		}
		s.Untold = nil
	}
	return nil
}

// Verdicts is the kind of AWS Config's own verdicts on resources over time: it has a past and no population.
const Verdicts = "config.resource_compliance"

// A Past says that configuration items of a CloudFormation type tell the past of a kind.
type Past struct {
	// Kind is the kind of the records: "s3.bucket".
	Kind string
	// Type is the CloudFormation type: "AWS::S3::Bucket".
	Type string
	// Global says that a resource of the type is recorded by the recorders of whichever regions are set to, and belongs to none of them: the
	// four IAM types. One recorder of the account suffices then.
	Global bool
	// Home says that resources of the type are recorded in the partition's global region alone (GlobalRegion): CloudFront distributions. The
	// other regions' recorders say nothing of them.
	Home bool
	// Everywhere says that the recorder of each region that is set to record the type tells the same of the same resource, which belongs to no
	// region: an account's public access block. One recorder suffices then, as for Global types; it is set to record it like any other type.
	Everywhere bool
}

// Placeless reports whether resources of the type belong to no region.
func (p Past) Placeless() bool { return p.Global || p.Everywhere }

// Dated reports whether the moment of creation that AWS Config tells of a resource of the type is that of its creation. A bucket's is not:
// "This date can change when making changes to your bucket, such as editing its bucket policy", and so it does not show that the bucket was
// not there before.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Bucket.html
func (p Past) Dated() bool {
	// Before an account's block was made, the account was there and blocked nothing.
	return p.Type != "AWS::S3::Bucket" && p.Type != "AWS::S3::AccountPublicAccessBlock"
}

// Codes of what makes time unknown. They stand in intervals, and in Meta.Unknown of a state's record.
const (
	// RecorderStopped: the recorder was off. What changed then was seen once it was on again, or never.
	RecorderStopped = "RecorderStopped"
	// RecorderUntold: nothing tells whether the recorder was on, or what it was set to record.
	RecorderUntold = "RecorderUntold"
	// NoRecorder: there is no customer managed recorder.
	NoRecorder = "NoRecorder"
	// TypeNotRecorded: the recorder was set not to record the type.
	TypeNotRecorded = "TypeNotRecorded"
	// DailyRecording: only the last state of each day was recorded, and a shorter exception is not ruled out by it.
	DailyRecording = "DailyRecording"
	// NoItemBefore: the resource was there, and AWS Config has no earlier state of it.
	NoItemBefore = "NoItemBefore"
	// RetentionTooShort: items of that time are deleted.
	RetentionTooShort = "RetentionTooShort"
	// NotRecorded: AWS Config saw the resource and not its configuration.
	NotRecorded = "ResourceNotRecorded"
	// HistoryUnread: a gap lies in what was read of the history.
	HistoryUnread = "HistoryUnread"
	// ReadElsewhere: AWS Config's API was not asked for the history, which is read from what it delivered to S3. It leaves no time unknown.
	ReadElsewhere = "ReadElsewhere"
	// HistoryNotAsked: the audit does not read the history of the type.
	HistoryNotAsked = "HistoryNotAsked"
	// NotInItem: configuration items do not carry a field that decides.
	NotInItem = "NotInItem"
	// Undecided: the test's expression cannot be evaluated on the state.
	Undecided = "Undecided"
	// ItemUnreadable: an item is not in the form that AWS documents.
	ItemUnreadable = "ItemUnreadable"
	// ItemsContradict: two items of one moment say different things.
	ItemsContradict = "ItemsContradict"
	// NotYet: the time lies behind the moment of the audit.
	NotYet = "NotYet"
)

// Coverage says whether AWS Config recorded a type at some time. The zero Coverage is recorded, continuously.
type Coverage struct {
	// Code is empty where the type was recorded, or one of RecorderStopped, RecorderUntold, NoRecorder and TypeNotRecorded.
	Code string
	// Daily says that only the last state of each day was recorded.
	Daily bool
}

// Recorded is a record that tells how AWS Config recorded in one account and region over an interval.
type Recorded interface {
	Record
	// Span is the half-open interval that the record speaks of.
	Span() (from, to time.Time)
	// Covers says whether a type was recorded in it.
	Covers(Past) Coverage
}

// Begun is a Recorded that also says since when the recorder had been set as it was when its span begins: its last start or change, the zero time
// where that is not told. A recorder that was turned on just before the period has not taken its inventory when the period begins.
type Begun interface {
	Recorded
	Begun() time.Time
}

// Retained is a record that tells since when the items of one account and region are kept.
type Retained interface {
	Record
	// Keeps is the oldest moment whose items are still there. The zero time is not told.
	Keeps() time.Time
}

// Ruled is a state's record that tells what AWS said of one resource from the moment of the state on: the record of an
// AWS::Config::ResourceCompliance item.
type Ruled interface {
	Record
	// About names the resource by AWS Config's type and id.
	About() (resourceType, resourceID string)
	// Opinions are the verdicts; one whose Passed is nil says that AWS had none.
	Opinions() []Opinion
}

// Unrecorded is a record of a kind with a past that can say of itself that AWS Config never writes items of it, whatever the recorder is set
// to, or that the audit reads none of it: a policy that is AWS's own, a bucket in a region out of scope. A test that is not about such a one
// misses nothing. One that AWS Config records and has no item of is unknown over the period.
type Unrecorded interface {
	Record
	NeverRecorded() bool
}

// Born is a record that tells when its resource was made, by a moment that does not move when the resource is changed: one that was made
// behind the period, or in it, is not missing from the past before. The zero time is not told.
type Born interface {
	Record
	Born() time.Time
}
