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
	s := tape.StampOf(md)
	it.Account, it.Region = cmp.Or(it.Account, account), cmp.Or(it.Region, region)
	for _, r := range c.readers[it.ResourceType] {
		state, err := r.State(it, account, region, source, []string{s.Evidence})
		if err != nil {
			places := []string(nil)
			if account != c.Account || region != c.Region {
				places = []string{account + "/" + region}
			}
			c.HistoryUnreadAt(&tape.Error{Stamp: s, Operation: evidence.Operation{Service: s.Service, Name: s.Operation}, Outcome: evidence.CutShort, Code: "ItemOfNothing", Message: err.Error(), Status: 200},
				places, []string{it.ResourceType}, "config.configuration_item")
			continue
		}
		if err := c.EmitState(state); err != nil {
			return err
		}
	}
	return nil
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
