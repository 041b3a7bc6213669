package scenario

import (
	"fmt"
	"strings"
)

const (
	bucketType       = "AWS::S3::Bucket"
	accountBlockType = "AWS::S3::AccountPublicAccessBlock"
)

// keptBuckets are the buckets of a region, those that are gone too.
func keptBuckets(p *place) []kept {
	if p.account.S3 == nil {
		return nil
	}
	var out []kept
	for i := range p.account.S3.Buckets {
		b := &p.account.S3.Buckets[i]
		if b.Region != p.region.Name {
			continue
		}
		k := kept{id: b.Name, name: b.Name, arn: "arn:aws:s3:::" + b.Name, created: b.Created, gone: b.Gone, state: func() State { return b.recorded(p.account.ID) }}
		for _, c := range b.History {
			own := Change{At: c.At, Status: c.Status}
			if c.Deleted {
				own.Status = "ResourceDeleted"
			}
			if c.Set != nil {
				own.Set = func(s *State) {
					was := *b
					c.Set(&was)
					*s = was.recorded(p.account.ID)
				}
			}
			k.own = append(k.own, own)
		}
		out = append(out, k)
	}
	return out
}

func blockConfiguration(b PublicBlock) M {
	return M{"blockPublicAcls": b.ACLs, "ignorePublicAcls": b.Ignore, "blockPublicPolicy": b.Policy, "restrictPublicBuckets": b.Restrict}
}

// itemPermissions are those of ACLs, as items spell them.
var itemPermissions = map[string]string{"FULL_CONTROL": "FullControl", "READ": "Read", "READ_ACP": "ReadAcp", "WRITE": "Write", "WRITE_ACP": "WriteAcp"}

// orNull is a member that AWS writes as null where there is none.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// recorded is the bucket as AWS Config writes it down: its name and its moment, and all else in parts. Parts of what was never set are left
// out, but for those that AWS gives members of null. Ownership controls are in no part.
func (b *Bucket) recorded(account string) State {
	owner := M{"displayName": nil, "id": canonical(account)}
	parts := M{"BucketAccelerateConfiguration": M{"status": nil}, "BucketNotificationConfiguration": M{"configurations": M{}}, "IsRequesterPaysEnabled": "false",
		"BucketPolicy":               M{"policyText": orNull(b.Policy)},
		"BucketLoggingConfiguration": M{"destinationBucketName": orNull(b.LogTo), "logFilePrefix": orNull(b.LogPrefix)}}
	if b.LogTo == "" {
		parts["BucketLoggingConfiguration"] = M{"destinationBucketName": nil, "logFilePrefix": nil}
	}
	if b.Block != nil {
		parts["PublicAccessBlockConfiguration"] = blockConfiguration(*b.Block)
	}

	grants := []any{M{"grantee": M{"id": canonical(account), "displayName": nil}, "permission": "FullControl"}}
	for _, g := range b.Grants {
		var to any = M{"id": g.User, "displayName": nil}
		if g.Group != "" {
			to = g.Group[strings.LastIndexByte(g.Group, '/')+1:]
		}
		grants = append(grants, M{"grantee": to, "permission": itemPermissions[g.Permission]})
	}
	// AWS writes this part as JSON in a string in a string.
	parts["AccessControlList"] = string(marshal(string(marshal(M{"grantSet": nil, "grantList": grants, "owner": owner, "isRequesterCharged": false}))))

	algorithm := b.Algorithm
	if algorithm == "" {
		algorithm = "AES256"
	}
	parts["ServerSideEncryptionConfiguration"] = M{"rules": []any{M{"applyServerSideEncryptionByDefault": M{"sseAlgorithm": algorithm, "kmsMasterKeyID": orNull(b.KMSKey)}, "bucketKeyEnabled": b.BucketKey}}}

	versioning := M{"status": "Off", "isMfaDeleteEnabled": nil}
	if b.Versioning != "" {
		versioning["status"] = b.Versioning
	}
	if b.MFADelete != "" {
		versioning["isMfaDeleteEnabled"] = b.MFADelete == "Enabled"
	}
	parts["BucketVersioningConfiguration"] = versioning

	if b.Lock != nil {
		lock := M{"objectLockEnabled": "Enabled", "rule": nil}
		if b.Lock.Mode != "" {
			keep := M{"mode": b.Lock.Mode, "days": nil, "years": nil}
			if b.Lock.Years > 0 {
				keep["years"] = b.Lock.Years
			} else {
				keep["days"] = b.Lock.Days
			}
			lock["rule"] = M{"defaultRetention": keep}
		}
		parts["ObjectLockConfiguration"] = lock
	}
	if len(b.Expire) > 0 {
		rules := []any{}
		for i, days := range b.Expire {
			rules = append(rules, M{"id": fmt.Sprintf("expire-%d", i+1), "prefix": nil, "status": enabled(days > 0), "filter": M{"predicate": M{"type": "LifecyclePrefixPredicate", "prefix": ""}},
				"expirationInDays": max(days, -days), "expiredObjectDeleteMarker": false, "noncurrentVersionExpirationInDays": -1, "transitions": nil, "noncurrentVersionTransitions": nil,
				"abortIncompleteMultipartUpload": nil})
		}
		parts["BucketLifecycleConfiguration"] = M{"rules": rules}
	}
	if len(b.Replicas) > 0 {
		rules := M{}
		for i, to := range b.Replicas {
			rules[fmt.Sprintf("copy-%d", i+1)] = M{"prefix": nil, "status": "Enabled", "priority": i, "filter": M{"predicate": M{"type": 0, "prefix": ""}},
				"destinationConfig": M{"bucketARN": "arn:aws:s3:::" + to, "storageClass": nil}}
		}
		parts["BucketReplicationConfiguration"] = M{"roleARN": "arn:aws:iam::" + account + ":role/s3-replication", "rules": rules}
	}
	if len(b.Tags) > 0 {
		set := M{}
		for _, t := range b.Tags {
			set[t.Key] = t.Value
		}
		parts["BucketTaggingConfiguration"] = M{"tagSets": []any{M{"tags": set}}}
	}
	return State{Configuration: M{"name": b.Name, "owner": owner, "creationDate": iso(b.Created)}, Supplementary: parts, Tags: b.Tags}
}

// keptAccountBlock is what the account blocks: in every region, and only where there is something of the kind.
func keptAccountBlock(p *place) []kept {
	s := p.account.S3
	if s == nil {
		return nil
	}
	k := kept{id: p.account.ID, state: func() State { return State{} }}
	switch {
	case s.Block != nil:
		k.state = func() State { return State{Configuration: blockConfiguration(*s.Block)} }
	case len(s.BlockHistory) == 0:
		return nil
	default:
		k.gone = true
	}
	for _, c := range s.BlockHistory {
		own := Change{At: c.At}
		if c.Block == nil {
			own.Status = "ResourceDeleted"
		} else {
			own.Set = func(s *State) { s.Configuration = blockConfiguration(*c.Block) }
		}
		k.own = append(k.own, own)
	}
	return []kept{k}
}
