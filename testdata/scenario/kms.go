package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

var (
	kmsPages   = paging{limit: "Limit", token: "Marker", standard: 100, most: 1000, badToken: "InvalidMarkerException", badLimit: "ValidationException"}
	kmsPages50 = paging{limit: "Limit", token: "Marker", standard: 50, most: 1000, badToken: "InvalidMarkerException", badLimit: "ValidationException"}
)

func kmsPage(q *query, p paging, n int) (M, int, int, *Failure) {
	from, to, next, f := q.page(p, n)
	if f != nil {
		return nil, 0, 0, f
	}
	out := M{"Truncated": next != ""}
	put(out, "NextMarker", next)
	return out, from, to, nil
}

func listKeys(q *query) (any, *Failure) {
	out, from, to, f := kmsPage(q, kmsPages, q.place.keys())
	if f != nil {
		return nil, f
	}
	list := []any{}
	for i := from; i < to; i++ {
		id := q.place.keyID(i)
		list = append(list, M{"KeyId": id, "KeyArn": q.place.keyARN(id)})
	}
	out["Keys"] = list
	return out, nil
}

// wantKey finds the request's key, and refuses where its policy does.
func (q *query) wantKey() (Key, *Failure) {
	id := q.str("KeyId")
	if id == "" {
		return Key{}, q.invalid("ValidationException", "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null")
	}
	k, ok := q.place.key(id)
	if !ok {
		return k, q.invalid("NotFoundException", fmt.Sprintf("Key '%s' does not exist", q.place.keyARN(strings.TrimPrefix(id, q.place.keyARN("")))))
	}
	if slices.Contains(k.Denied, q.Operation) {
		f := q.denied()
		f.Message = strings.Replace(f.Message, "identity-based", "resource-based", 1)
		return k, f
	}
	return k, nil
}

func (k Key) spec() string    { return cmp.Or(k.Spec, "SYMMETRIC_DEFAULT") }
func (k Key) origin() string  { return cmp.Or(k.Origin, "AWS_KMS") }
func (k Key) manager() string { return cmp.Or(k.Manager, "CUSTOMER") }
func (k Key) state() string   { return cmp.Or(k.State, "Enabled") }

func (k Key) usage() string {
	switch {
	case k.Usage != "":
		return k.Usage
	case strings.HasPrefix(k.Spec, "HMAC"):
		return "GENERATE_VERIFY_MAC"
	case strings.HasPrefix(k.Spec, "ECC"), strings.HasPrefix(k.Spec, "ML_DSA"):
		return "SIGN_VERIFY"
	}
	return "ENCRYPT_DECRYPT"
}

// algorithms are the member and the values that KMS derives from spec and usage.
func (k Key) algorithms() (string, []any) {
	spec := k.spec()
	switch k.usage() {
	case "ENCRYPT_DECRYPT":
		if spec == "SYMMETRIC_DEFAULT" {
			return "EncryptionAlgorithms", []any{"SYMMETRIC_DEFAULT"}
		}
		return "EncryptionAlgorithms", []any{"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"}
	case "GENERATE_VERIFY_MAC":
		return "MacAlgorithms", []any{"HMAC_SHA_" + strings.TrimPrefix(spec, "HMAC_")}
	case "KEY_AGREEMENT":
		return "KeyAgreementAlgorithms", []any{"ECDH"}
	}
	switch {
	case strings.HasPrefix(spec, "RSA"):
		return "SigningAlgorithms", []any{"RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PKCS1_V1_5_SHA_384", "RSASSA_PKCS1_V1_5_SHA_512", "RSASSA_PSS_SHA_256", "RSASSA_PSS_SHA_384", "RSASSA_PSS_SHA_512"}
	case strings.HasPrefix(spec, "ML_DSA"):
		return "SigningAlgorithms", []any{"ML_DSA_SHAKE_256"}
	case spec == "ECC_NIST_EDWARDS25519":
		return "SigningAlgorithms", []any{"ED25519_SHA_512", "ED25519_PH_SHA_512"}
	case spec == "ECC_NIST_P384":
		return "SigningAlgorithms", []any{"ECDSA_SHA_384"}
	case spec == "ECC_NIST_P521":
		return "SigningAlgorithms", []any{"ECDSA_SHA_512"}
	}
	return "SigningAlgorithms", []any{"ECDSA_SHA_256"}
}

// rotates says whether KMS can rotate the key at all.
func (k Key) rotates() bool { return k.spec() == "SYMMETRIC_DEFAULT" && k.origin() == "AWS_KMS" }

func describeKey(q *query) (any, *Failure) {
	k, f := q.wantKey()
	if f != nil {
		return nil, f
	}
	m := M{
		"AWSAccountId": q.Account, "KeyId": k.ID, "Arn": q.place.keyARN(k.ID), "CreationDate": epoch(k.Created),
		"Enabled": k.state() == "Enabled", "Description": k.Description, "KeyUsage": k.usage(), "KeyState": k.state(),
		"Origin": k.origin(), "KeyManager": k.manager(), "KeySpec": k.spec(), "CustomerMasterKeySpec": k.spec(), "MultiRegion": k.MultiRegion != "",
	}
	name, values := k.algorithms()
	m[name] = values
	if k.state() == "PendingDeletion" || k.state() == "PendingReplicaDeletion" {
		stamp(m, "DeletionDate", k.Deletion)
		if k.Deletion.IsZero() {
			m["PendingDeletionWindowInDays"] = 30
		}
	}
	if k.origin() == "EXTERNAL" && k.state() != "PendingImport" {
		m["ExpirationModel"] = "KEY_MATERIAL_DOES_NOT_EXPIRE"
		if !k.ValidTo.IsZero() {
			m["ExpirationModel"] = "KEY_MATERIAL_EXPIRES"
			m["ValidTo"] = epoch(k.ValidTo)
		}
	}
	put(m, "CustomKeyStoreId", k.Store)
	put(m, "CloudHsmClusterId", k.Cluster)
	if k.XKS != "" {
		m["XksKeyConfiguration"] = M{"Id": k.XKS}
	}
	if k.spec() == "SYMMETRIC_DEFAULT" && k.Store == "" && k.state() != "PendingImport" {
		m["CurrentKeyMaterialId"] = k.material(len(k.Rotation.Done))
	}
	if k.MultiRegion != "" {
		at := func(region string) M {
			return M{"Arn": fmt.Sprintf("arn:aws:kms:%s:%s:key/%s", region, q.Account, k.ID), "Region": region}
		}
		replicas := []any{}
		for _, r := range k.Replicas {
			replicas = append(replicas, at(r))
		}
		m["MultiRegionConfiguration"] = M{"MultiRegionKeyType": k.MultiRegion, "PrimaryKey": at(cmp.Or(k.PrimaryRegion, q.Region)), "ReplicaKeys": replicas}
	}
	return M{"KeyMetadata": m}, nil
}

func (k Key) material(n int) string { return hexID(64, "material", k.ID, fmt.Sprint(n)) }

func keyRotationStatus(q *query) (any, *Failure) {
	k, f := q.wantKey()
	if f != nil {
		return nil, f
	}
	arn := q.place.keyARN(k.ID)
	switch {
	case k.state() == "PendingImport" || k.state() == "Creating" || k.state() == "Unavailable":
		return nil, q.invalid("KMSInvalidStateException", fmt.Sprintf("%s is pending import or unavailable.", arn))
	case !k.rotates():
		return nil, q.invalid("UnsupportedOperationException", "")
	}
	out := M{"KeyId": arn, "KeyRotationEnabled": false}
	switch {
	case k.state() == "PendingDeletion" || k.state() == "PendingReplicaDeletion":
	case k.manager() == "AWS":
		out["KeyRotationEnabled"] = true
		out["RotationPeriodInDays"] = 365
		out["NextRotationDate"] = epoch(nextYearly(k.Created, q.place.org.AsOf))
	case k.Rotation.Enabled:
		out["KeyRotationEnabled"] = true
		out["RotationPeriodInDays"] = cmp.Or(k.Rotation.Days, 365)
		stamp(out, "NextRotationDate", k.Rotation.Next)
	}
	stamp(out, "OnDemandRotationStartDate", k.Rotation.OnDemandStarted)
	return out, nil
}

// nextYearly is the first anniversary of created after now.
func nextYearly(created, now time.Time) time.Time {
	next := created
	for !next.After(now) {
		next = next.AddDate(1, 0, 0)
	}
	return next
}

func listKeyRotations(q *query) (any, *Failure) {
	k, f := q.wantKey()
	if f != nil {
		return nil, f
	}
	if k.spec() != "SYMMETRIC_DEFAULT" || k.Store != "" {
		return nil, q.invalid("UnsupportedOperationException", "")
	}
	arn := q.place.keyARN(k.ID)
	var all []M
	entry := func(i int) M {
		m := M{"KeyId": arn, "KeyMaterialId": k.material(i), "KeyMaterialState": "NON_CURRENT"}
		if i == len(k.Rotation.Done) {
			m["KeyMaterialState"] = "CURRENT"
		}
		if k.origin() == "EXTERNAL" {
			m["ImportState"] = "IMPORTED"
			m["ExpirationModel"] = "KEY_MATERIAL_DOES_NOT_EXPIRE"
			if !k.ValidTo.IsZero() {
				m["ExpirationModel"], m["ValidTo"] = "KEY_MATERIAL_EXPIRES", epoch(k.ValidTo)
			}
		}
		return m
	}
	if q.str("IncludeKeyMaterial") == "ALL_KEY_MATERIAL" && k.state() != "PendingImport" {
		all = append(all, entry(0))
	}
	for i, r := range k.Rotation.Done {
		m := entry(i + 1)
		m["RotationDate"], m["RotationType"] = epoch(r.At), r.Type
		all = append(all, m)
	}
	out, from, to, f := kmsPage(q, kmsPages, len(all))
	if f != nil {
		return nil, f
	}
	out["Rotations"] = list(all[from:to])
	return out, nil
}

// list makes an answer's list, never null.
func list[T any](s []T) []any {
	out := make([]any, len(s))
	for i, e := range s {
		out[i] = e
	}
	return out
}

func defaultPolicy(account string) string {
	return fmt.Sprintf(`{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::%s:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`, account)
}

func (p *place) policy(k Key) string {
	return cmp.Or(k.Policy, defaultPolicy(p.account.ID))
}

func keyPolicy(q *query) (any, *Failure) {
	k, f := q.wantKey()
	if f != nil {
		return nil, f
	}
	if n := q.str("PolicyName"); n != "" && n != "default" {
		return nil, q.invalid("NotFoundException", fmt.Sprintf("No such policy exists: %s", n))
	}
	return M{"Policy": q.place.policy(k), "PolicyName": "default"}, nil
}

func listGrants(q *query) (any, *Failure) {
	k, f := q.wantKey()
	if f != nil {
		return nil, f
	}
	out, from, to, f := kmsPage(q, kmsPages50, len(k.Grants))
	if f != nil {
		return nil, f
	}
	all := []any{}
	for _, g := range k.Grants[from:to] {
		m := M{"KeyId": q.place.keyARN(k.ID), "GrantId": g.ID, "CreationDate": epoch(g.Created), "GranteePrincipal": g.Grantee,
			"IssuingAccount": fmt.Sprintf("arn:aws:iam::%s:root", q.Account), "Operations": list(g.Operations)}
		put(m, "Name", g.Name)
		put(m, "RetiringPrincipal", g.Retiring)
		if g.Context != nil {
			m["Constraints"] = M{"EncryptionContextSubset": g.Context}
		}
		all = append(all, m)
	}
	out["Grants"] = all
	return out, nil
}

func listAliases(q *query) (any, *Failure) {
	p := q.place
	var all []Alias
	only := ""
	if q.str("KeyId") != "" {
		k, f := q.wantKey()
		if f != nil {
			return nil, f
		}
		only = k.ID
	}
	for _, i := range p.live {
		k := p.region.Keys[i]
		for _, n := range k.Aliases {
			all = append(all, Alias{Name: n, Target: k.ID, Created: k.Created, Updated: k.Created})
		}
	}
	all = append(all, p.region.Aliases...)
	if only != "" {
		all = slices.DeleteFunc(all, func(a Alias) bool { return a.Target != only })
	}
	slices.SortFunc(all, func(a, b Alias) int { return strings.Compare(a.Name, b.Name) })
	out, from, to, f := kmsPage(q, kmsPages50, len(all))
	if f != nil {
		return nil, f
	}
	entries := []any{}
	for _, a := range all[from:to] {
		m := M{"AliasName": "alias/" + a.Name, "AliasArn": fmt.Sprintf("arn:aws:kms:%s:%s:alias/%s", q.Region, q.Account, a.Name)}
		put(m, "TargetKeyId", a.Target)
		stamp(m, "CreationDate", a.Created)
		stamp(m, "LastUpdatedDate", a.Updated)
		entries = append(entries, m)
	}
	out["Aliases"] = entries
	return out, nil
}

func listResourceTags(q *query) (any, *Failure) {
	k, f := q.wantKey()
	if f != nil {
		return nil, f
	}
	out, from, to, f := kmsPage(q, kmsPages50, len(k.Tags))
	if f != nil {
		return nil, f
	}
	out["Tags"] = tags(k.Tags[from:to], "TagKey", "TagValue")
	return out, nil
}

func tags(t []Tag, key, value string) []any {
	out := []any{}
	for _, e := range t {
		out = append(out, M{key: e.Key, value: e.Value})
	}
	return out
}

func customKeyStores(q *query) (any, *Failure) {
	all := q.place.region.KeyStores
	if id, name := q.str("CustomKeyStoreId"), q.str("CustomKeyStoreName"); id != "" || name != "" {
		all = slices.DeleteFunc(slices.Clone(all), func(s KeyStore) bool { return s.ID != id && s.Name != name })
		if len(all) == 0 {
			return nil, q.invalid("CustomKeyStoreNotFoundException", "")
		}
	}
	out, from, to, f := kmsPage(q, kmsPages, len(all))
	if f != nil {
		return nil, f
	}
	entries := []any{}
	for _, s := range all[from:to] {
		m := M{"CustomKeyStoreId": s.ID, "CustomKeyStoreName": s.Name, "CustomKeyStoreType": s.Type, "ConnectionState": s.State, "CreationDate": epoch(s.Created)}
		put(m, "ConnectionErrorCode", s.Error)
		if s.Type == "AWS_CLOUDHSM" {
			m["CloudHsmClusterId"] = s.Cluster
			m["TrustAnchorCertificate"] = "-----BEGIN CERTIFICATE-----\nMIIDhzCCAm+gAwIBAgIJAKsScenario\n-----END CERTIFICATE-----\n"
		} else {
			m["XksProxyConfiguration"] = M{"Connectivity": "PUBLIC_ENDPOINT", "AccessKeyId": strings.ToUpper(base32ID(24, "xks", s.ID)),
				"UriEndpoint": s.ProxyEndpoint, "UriPath": s.ProxyPath}
		}
		entries = append(entries, m)
	}
	out["CustomKeyStores"] = entries
	return out, nil
}
