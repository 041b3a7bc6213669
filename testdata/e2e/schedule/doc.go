// Package schedule holds what auditseal schedule writes against the validators of those who will read it: cfn-lint for CloudFormation,
// kubernetes-validate (Kubernetes' own schemas) for manifests, systemd-analyze for units and their times. A validator that is not there
// skips its tests, and fails them where CI is true.
package schedule
