package cell

import (
	"cmp"

	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// Past reads a configuration item as the states that it tells: one a reader of its type, none where no kind of ours has that type. source is
// evidence.FromAPI and its fellows; account and region are whose recorder wrote the item, in scope or not is the caller's to say; md is of
// the answer that held the item. An item that cannot be told to be of a moment and a resource leaves the type's past unread.
func (c *Cell) Past(it *configitem.Item, account, region, source string, md middleware.Metadata) error {
	states, faults := c.States(it, account, region, source, md)
	for _, err := range faults {
		places := []string(nil)
		if account != c.Account || region != c.Region {
			places = []string{account + "/" + region}
		}
		s := tape.StampOf(md)
		c.HistoryUnreadAt(&tape.Error{Stamp: s, Operation: evidence.Operation{Service: s.Service, Name: s.Operation}, Outcome: evidence.CutShort, Code: "ItemOfNothing", Message: err.Error(), Status: 200},
			places, []string{it.ResourceType}, "config.configuration_item")
	}
	for _, s := range states {
		if err := c.EmitState(s); err != nil {
			return err
		}
	}
	return nil
}

// States is Past without emitting anything, for whoever reads items side by side: the states, and why a reader made none of the item. Each
// fault leaves the type's past unread, and must be told.
func (c *Cell) States(it *configitem.Item, account, region, source string, md middleware.Metadata) (states []*evidence.State, faults []error) {
	it.Account, it.Region = cmp.Or(it.Account, account), cmp.Or(it.Region, region)
	for _, r := range c.readers[it.ResourceType] {
		state, err := r.State(it, account, region, source, []string{tape.StampOf(md).Evidence})
		if err != nil {
			faults = append(faults, err)
			continue
		}
		states = append(states, state)
	}
	return states, faults
}

// Reads reports whether some kind's past is read from items of the type.
func (c *Cell) Reads(resourceType string) bool { return len(c.readers[resourceType]) > 0 }

// Global reports whether resources of the type belong to no region: see evidence.Past.
func (c *Cell) Global(resourceType string) bool {
	for _, r := range c.readers[resourceType] {
		if r.Global {
			return true
		}
	}
	return false
}

// EmitState hands over a finished state.
func (c *Cell) EmitState(s *evidence.State) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.emitState == nil {
		return nil
	}
	return c.emitState(s)
}
