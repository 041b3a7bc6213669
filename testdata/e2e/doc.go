// Package e2e holds the tests that need dependencies which the tool itself must not have: the scenario server checked
// against AWS's own API models. It is a module of its own; run its tests in its folder.
package e2e
