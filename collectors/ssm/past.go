package ssm

import (
	"strings"

	"github.com/auditseal/auditseal/collectors/configitem"
)

// Past lists what configuration items tell of the kinds of this package.
//
// AWS::SSM::PatchCompliance is by resource AWS::SSM::ManagedInstanceInventory/NODE. Its configuration holds, under AWS:ComplianceItem, Content and
// Patch, each patch with its Status, and under the name ComplianceSummary the summary of all: Status, OverallSeverity and the numbers of patches
// that comply and do not, by severity. The first is in AWS's sample queries for these items; AWS publishes no schema of the type, so that a summary
// which is not there, or is in another place, leaves everything unknown. When the patches were looked for is not told.
//
// AWS::SSM::AssociationCompliance has no summary that is documented, and AWS::SSM::ManagedInstanceInventory tells what is installed on a node and not
// what stands in ssm.managed_instance: neither is read.
func Past() []configitem.Reader {
	return []configitem.Reader{
		configitem.For("AWS::SSM::PatchCompliance", false, patchComplianceID, pastPatchCompliance),
	}
}

// NeverRecorded reports whether the record is of something else than patches: of that no items are read, and what a record is of stands in its id.
func (c *Compliance) NeverRecorded() bool { return c.Type != "Patch" }

// pastNode is the node that an item is of.
func pastNode(it *configitem.Item) string {
	node, ok := strings.CutPrefix(it.ResourceID, "AWS::SSM::ManagedInstanceInventory/")
	if !ok || node == "" || strings.Contains(node, "/") {
		return ""
	}
	return node
}

// patchComplianceID is the id of the node's record. The item's own ARN, if it has one, is of something else.
func patchComplianceID(it *configitem.Item) string {
	node := pastNode(it)
	p := (&configitem.Item{Region: it.Region}).Partition()
	if node == "" || p == "" {
		return ""
	}
	arn := "arn:" + p + ":ssm:" + it.Region + ":" + it.Account + ":managed-instance/" + node
	if strings.HasPrefix(node, "i-") {
		arn = "arn:" + p + ":ec2:" + it.Region + ":" + it.Account + ":instance/" + node
	}
	return arn + "/compliance/Patch"
}

const (
	compliant    = "COMPLIANT"
	nonCompliant = "NON_COMPLIANT"
)

func pastPatchCompliance(it *configitem.Item) (*Compliance, []string, error) {
	var r configitem.Reading
	c := &Compliance{Resource: pastNode(it), Type: "Patch", ResourceType: ptr("ManagedInstance")}
	r.Tell("resource", "resource_type", "compliance_type")
	item, _ := r.Object(r.Configuration(it), "AWS:ComplianceItem")
	content, _ := r.Object(item, "Content")
	patches, ok := r.Object(content, "Patch")
	if !ok {
		return c, r.Told, r.Err
	}
	sum, ok := r.Object(patches, "ComplianceSummary")
	if !ok {
		return c, r.Told, r.Err
	}
	if v, ok := r.Text(sum, "OverallSeverity"); ok {
		c.Severity = &v
		r.Tell("severity")
	}
	c.Compliant, c.NonCompliant = pastCount(&r, sum, "Compliant"), pastCount(&r, sum, "NonCompliant")
	if c.Compliant != nil {
		r.Tell("compliant")
	}
	if c.NonCompliant != nil {
		r.Tell("non_compliant")
	}
	status, ok := r.Text(sum, "Status")
	if !ok {
		return c, r.Told, r.Err
	}
	c.Status = status
	r.Tell("status")
	switch {
	case status != compliant && status != nonCompliant:
		r.Fail("the status %q of ComplianceSummary is not documented", status)
	case status == compliant && c.NonCompliant != nil && *c.NonCompliant > 0:
		r.Fail("ComplianceSummary is %s and counts %d patches that do not comply", status, *c.NonCompliant)
	case status == compliant:
		for i, name := range patches.Names() {
			p, isObject, err := configitem.Members(patches.Values()[i])
			if err != nil || !isObject {
				r.Fail("the patch %q is not in the documented form", name)
				break
			}
			if v, _ := r.Text(p, "Status"); name != "compliancesummary" && v == nonCompliant {
				r.Fail("ComplianceSummary is %s and the patch %q is %s", status, name, v)
			}
		}
	}
	return c, r.Told, r.Err
}

// severities are those that the summary counts by.
var severities = []string{"Critical", "High", "Medium", "Low", "Informational", "Unspecified"}

// pastCount adds up the numbers of all severities; nil where one is missing.
func pastCount(r *configitem.Reading, sum configitem.Object, prefix string) *int {
	total := 0
	for _, s := range severities {
		n, ok := r.Int(sum, prefix+s+"Count")
		if !ok || n < 0 {
			return nil
		}
		total += n
	}
	return &total
}
