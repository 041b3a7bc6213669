// Package seal signs a pack and has it timestamped, and checks both. This comment is the description of what stands below seal/ in a
// pack, version 1.
//
// The package reads no clock, no environment and no chance of its own: they are passed in. It asks timestamp authorities when it seals, and
// nobody when it verifies.
//
// # Files
//
//	seal/SHA256SUMS.sig       the detached signature of SHA256SUMS
//	seal/statement.dsse.json  a DSSE envelope over an in-toto Statement v1 (Statement) about the pack
//	seal/statement.tsr        the timestamp (RFC 3161, TimeStampResp) over the bytes of statement.dsse.json; not there where the statement says
//	                          why there is none
//	seal/key.jsonl            with a key in AWS KMS: the exchanges kms:DescribeKey and kms:GetPublicKey, an evidence line each, as on the tape
//
// Whatever else stands there is a fault. No public key and no certificate of the signer is among them: a key that comes with what it
// signed shows nothing.
//
// # Signatures
//
// Both are by the same key. ECDSA on P-256, P-384 or P-521 hashes with SHA-256, SHA-384 or SHA-512 and stands in DER, with the smaller of the
// two values of s; RSA, of 2048 bits or more, is PKCS #1 v1.5 with SHA-256; Ed25519 (RFC 8032) is raw. The envelope's is over DSSE's
// pre-authentication encoding of "application/vnd.in-toto+json" and the payload. A key's id is the SHA-256 of its SubjectPublicKeyInfo in DER.
//
// # Statement
//
// Its subjects are manifest.json, SHA256SUMS, seal/SHA256SUMS.sig and, with a key in KMS, seal/key.jsonl, sorted by name. Its predicate, of the
// type PredicateType, repeats organization, period, tree and previous of the manifest as they stand there, and says which key signed and
// which authorities were asked for a timestamp (Predicate). Envelope and statement are JSON in one form each: compact, the members in the
// order of the Go fields, HTML characters not escaped, base64 padded; the envelope ends with a newline.
//
// # Timestamp
//
// Of an authority's answer, what it signed stands as it came. What it did not sign is written in one form, since anyone could change it: the
// status is 0 without text; SignedData has version 3, one digest algorithm and one signer, known by issuer and serial number; algorithms have no
// parameters, but NULL for RSA; certificates are the signer's and those between it and the root, sorted as DER sorts a SET OF; there are no
// revocation lists and no unsigned attributes; an ECDSA signature has the smaller s.
//
// A token is good if its signature is; its imprint (SHA-256, SHA-384 or SHA-512) is that of the envelope; it names the certificate that signed it;
// that certificate's extended key usage is timeStamping, critical and alone; and it led to a root of the verifier's at the token's time. When
// it is asked for, the nonce, the policy and the clock must be right besides. Whether a certificate was revoked is not looked up.
//
// # What it cannot know
//
// A good signature shows that whoever holds the private key signed these bytes; whose key that is, the verifier must know. A good timestamp
// shows that they were there at that time; not that they are true, and not that nothing was changed before.
package seal
