// Package scenario is a stand-in for AWS. It declares a fictional organization as Go structs and answers the wire
// protocols of STS, Account, KMS, CloudHSM, Config, Security Hub, Identity Center and the identity store as
// aws-sdk-go-v2 sends them, so that collectors run unchanged against it.
//
// It imports the standard library only: it must not share an opinion about AWS with the code that it tests. It checks
// no signature, keeps no state that a request could change, and refuses every operation it does not model with a 400.
// Answers are deterministic: the same request gives the same body, request id and, with a fixed clock, the same headers.
//
// Whatever goes wrong with real AWS is declared as a Fault: denials, throttling, broken connections, cut bodies, pages
// that repeat. Lists are paged with AWS's own page sizes and opaque tokens.
package scenario
