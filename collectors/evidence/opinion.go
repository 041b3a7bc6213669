package evidence

// An Opinion is AWS's own verdict on one of its controls or rules in one account and region. It is shown beside a test of ours that
// asks the same, and decides nothing.
type Opinion struct {
	// Source is OfSecurityHub or OfConfig.
	Source string
	// ID is the Security Hub control ("KMS.4") or the managed rule's identifier ("CMK_BACKING_KEY_ROTATION_ENABLED"), empty for a rule
	// that is nobody's but the customer's. Name is the Config rule's name, empty for a control.
	ID, Name string
	// Passed is nil where AWS has not evaluated it.
	Passed *bool
}

// Where an opinion comes from.
const (
	OfSecurityHub = "security-hub"
	OfConfig      = "config"
)

// A Witness is a record that carries AWS's own verdict.
type Witness interface {
	Record
	Opinion() Opinion
}
