package timeline

import "github.com/auditseal/auditseal/collectors/evidence"

// Words says in words what made time unknown; the code itself where it is not one of evidence's.
func Words(code string) string {
	switch code {
	case evidence.RecorderStopped:
		return "AWS Config's recorder was off"
	case evidence.RecorderUntold:
		return "nothing tells whether AWS Config's recorder was on, or what it recorded"
	case evidence.NoRecorder:
		return "there was no AWS Config recorder"
	case evidence.TypeNotRecorded:
		return "AWS Config's recorder was set not to record the type"
	case evidence.DailyRecording:
		return "AWS Config recorded the last state of each day only"
	case evidence.NoItemBefore:
		return "AWS Config has no item of it from that time"
	case evidence.RetentionTooShort:
		return "AWS Config keeps items for too short a time"
	case evidence.NotRecorded:
		return "AWS Config saw it and did not record its configuration"
	case evidence.HistoryUnread:
		return "a part of what AWS Config has was not read"
	case evidence.HistoryNotAsked:
		return "this audit does not read the past of the type"
	case evidence.NotInItem:
		return "AWS Config's items do not carry a field that decides"
	case evidence.Undecided:
		return "the test cannot be evaluated on the state"
	case evidence.ItemUnreadable:
		return "an item is not in the form that AWS documents"
	case evidence.ItemsContradict:
		return "two items of one moment say different things"
	case NoneKnown:
		return "no resource is known to meet it, and one that is unknown may"
	case evidence.NotYet:
		return "it lies behind the moment of the audit"
	}
	return code
}
