package cloudtrail

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

// A selection is what one selector takes.
type selection struct {
	// category is Management, Data …, types the resource types of data events.
	category    string
	types       []string
	read, write bool
	// narrowed says that it takes a part only, by a condition that is not told here, so that nothing whole follows from it.
	narrowed bool
	// excluded are event sources that it leaves out.
	excluded []string
}

const (
	management = "Management"
	data       = "Data"
	s3Object   = "AWS::S3::Object"

	// category is the field by which an advanced selector says what sort of events it is about.
	category = "eventCategory"
)

func isManagement(s selection) bool { return s.category == management }
func isS3Object(s selection) bool   { return s.category == data && slices.Contains(s.types, s3Object) }

// A taking is which events of one sort are taken. An event is taken where one selector takes it.
type taking struct {
	// read and write say that reads and writes are taken whole, but for those of the sources that are left out.
	read, write bool
	// some says that anything is taken.
	some                bool
	notRead, notWritten []string
}

// add takes more: reads and writes whole, but for those of the excluded sources; or where it is neither, some.
func (t *taking) add(read, write bool, excluded []string) {
	t.some = true
	t.read, t.notRead = more(t.read, t.notRead, read, excluded)
	t.write, t.notWritten = more(t.write, t.notWritten, write, excluded)
}

// more leaves out what neither of two takes.
func more(found bool, left []string, takes bool, excluded []string) (bool, []string) {
	switch {
	case !takes:
		return found, left
	case !found:
		return true, slices.Clone(excluded)
	}
	return true, slices.DeleteFunc(left, func(e string) bool { return !slices.Contains(excluded, e) })
}

// told says it in a word: all, read-only, write-only, some or none; and which event sources are left out of what is taken.
func (t *taking) told() (word string, excluded []string) {
	excluded = append(append([]string{}, t.notRead...), t.notWritten...)
	slices.Sort(excluded)
	excluded = slices.Compact(excluded)
	switch {
	case t.read && t.write:
		return "all", excluded
	case t.read:
		return "read-only", excluded
	case t.write:
		return "write-only", excluded
	case t.some:
		return "some", excluded
	}
	return "none", excluded
}

// hear adds what was told of another. That a source is left out of reads alone, or of writes alone, is not told: it is left out of both.
func (t *taking) hear(word string, excluded []string) {
	if word != "none" {
		t.add(word == "all" || word == "read-only", word == "all" || word == "write-only", excluded)
	}
}

// whole says which events of one sort the selections take together.
func whole(all []selection, sort func(selection) bool) (word string, excluded []string) {
	var t taking
	for _, s := range all {
		if sort(s) {
			t.add(s.read && !s.narrowed, s.write && !s.narrowed, s.excluded)
		}
	}
	return t.told()
}

// dataTypes are the resource types of which data events are taken.
func dataTypes(all []selection) []string {
	out := []string{}
	for _, s := range all {
		if s.category == data {
			out = append(out, s.types...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// everyObject reports whether a prefix of ARNs takes in the objects of every bucket.
func everyObject(prefix, partition string) bool {
	return prefix == "arn:"+partition+":s3" || prefix == "arn:"+partition+":s3:::"
}

// basicSelections reads basic event selectors. lack names what AWS left out, and is empty where nothing is missing.
func basicSelections(in []types.EventSelector, partition string) (out []selection, lack string) {
	for _, s := range in {
		switch {
		case s.IncludeManagementEvents == nil:
			return nil, "IncludeManagementEvents of a selector"
		case s.ReadWriteType == "":
			return nil, "ReadWriteType of a selector"
		}
		x := selection{category: management, excluded: s.ExcludeManagementEventSources}
		switch s.ReadWriteType {
		case types.ReadWriteTypeAll:
			x.read, x.write = true, true
		case types.ReadWriteTypeReadOnly:
			x.read = true
		case types.ReadWriteTypeWriteOnly:
			x.write = true
		default:
			x.narrowed = true
		}
		if *s.IncludeManagementEvents {
			out = append(out, x)
		}
		for _, d := range s.DataResources {
			if aws.ToString(d.Type) == "" {
				return nil, "the type of a selector's data resource"
			}
			y := selection{category: data, types: []string{*d.Type}, read: x.read, write: x.write}
			y.narrowed = x.narrowed || !slices.ContainsFunc(d.Values, func(v string) bool { return everyObject(v, partition) })
			out = append(out, y)
		}
	}
	return out, ""
}

// advancedSelections reads advanced event selectors. A field or an operator that is not told here narrows the selection.
func advancedSelections(in []types.AdvancedEventSelector, partition string) (out []selection, lack string) {
	for _, s := range in {
		var categories []string
		x := selection{read: true, write: true}
		for _, f := range s.FieldSelectors {
			if aws.ToString(f.Field) == "" {
				return nil, "the field of an advanced selector"
			}
			if *f.Field == category && only(f, f.Equals) && categories == nil {
				categories = f.Equals
			}
		}
		named := false
		for _, f := range s.FieldSelectors {
			switch {
			case *f.Field == category && !named:
				named = true
			case *f.Field == "resources.type" && only(f, f.Equals) && x.types == nil:
				x.types = f.Equals
			case *f.Field == "readOnly" && only(f, f.Equals):
				x.read = x.read && slices.Contains(f.Equals, "true")
				x.write = x.write && slices.Contains(f.Equals, "false")
			case *f.Field == "eventSource" && only(f, f.NotEquals) && slices.Contains(categories, management):
				x.excluded = append(x.excluded, f.NotEquals...)
			case *f.Field == "resources.ARN" && only(f, f.StartsWith) && slices.ContainsFunc(f.StartsWith, func(v string) bool { return everyObject(v, partition) }):
			default:
				x.narrowed = true
			}
		}
		if len(categories) == 0 {
			return nil, "the category of an advanced selector"
		}
		for _, c := range categories {
			y := x
			y.category = c
			if c != management && len(x.excluded) > 0 {
				y.narrowed, y.excluded = true, nil // sources are left out of management events alone
			}
			if c == data && len(x.types) == 0 {
				return nil, "the resource type of an advanced selector of data events"
			}
			out = append(out, y)
		}
	}
	return out, ""
}

// only reports whether the operator has values and is the field's only one.
func only(f types.AdvancedFieldSelector, operator []string) bool {
	n := 0
	for _, o := range [][]string{f.Equals, f.NotEquals, f.StartsWith, f.NotStartsWith, f.EndsWith, f.NotEndsWith} {
		if len(o) > 0 {
			n++
		}
	}
	return n == 1 && len(operator) > 0
}
