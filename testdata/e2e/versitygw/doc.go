// Package versitygw holds tests of the archive against versitygw, which is somebody else's S3: its versions and its Object Lock are not ours.
// AUDITSEAL_VERSITYGW names its command, v1.8.0; .ci/run builds it. Without it the tests are skipped, and fail where CI is true.
//
// Where it differs from what AWS documents of S3, as far as these tests touch it:
//
//   - It has no accounts: a bucket's owner is the access key of whoever made it. The tests' access key has the twelve digits of an account.
//   - It takes the headers of SSE-KMS and encrypts nothing. The archive notices when it reads the object back.
//   - Asked for another region than its own, HeadBucket is 400 without x-amz-bucket-region, where S3 names the region.
//   - GetObject does not say how the object is locked; HeadObject and GetObjectRetention do.
//   - It never answers 409 ConditionalRequestConflict: conditional writes wait for one another. Unit tests of report/archive answer it.
//   - An object sent in parts is of the moment when it was completed; S3 dates it by when the upload was begun.
//   - A body that is not what its checksum says may be refused by the signature's digest first (XAmzContentSHA256Mismatch), and over TLS by
//     BadDigest.
package versitygw
