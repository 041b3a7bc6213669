package pack

import "testing"

// What tests outside the package use: a small pack with everything in it but a seal.

// SealedFixture makes a folder with a tape, records, a past, a timeline, files that people supplied and a tree.
func SealedFixture(t testing.TB) string { return newPast(t).seal(t) }

// FixtureInfo is what it was sealed with.
func FixtureInfo() Info { return fixtureInfo }

// FixtureMasking is what its tree was made with.
func FixtureMasking() Masking { return fixtureMasking }

// OpenBytes opens a ZIP in memory.
func OpenBytes(b []byte) (*Pack, error) { return openBytes(b) }
