// Package seal signs a pack and has it timestamped, and checks both.
//
// No key and no certificate of the signer is taken from the pack, ever: a verifier brings the public key and the timestamp authority's root
// from elsewhere. The package reads no clock, no environment and no chance of its own; they are passed in.
package seal
