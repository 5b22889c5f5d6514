package profilejson

import (
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// A Field is what the tag of a struct's field says: its name in reports, and the tier of a record it belongs to.
type Field struct {
	Index             int
	Name              string
	Detail, histogram bool

	omitEmpty bool
	key       []byte // the name in quotes
}

// fields are those of a struct. Of a record they say which tiers there are.
type fields struct {
	list []Field
	// The bools that tell whether the details and the histograms in the struct were recorded, as indices; -1 if it has none.
	details, histograms int
}

var fieldCache sync.Map // by type

// FieldsOf lists the fields of a struct in order.
func FieldsOf(t reflect.Type) []Field { return fieldsOf(t).list }

func fieldsOf(t reflect.Type) *fields {
	if known, ok := fieldCache.Load(t); ok {
		return known.(*fields)
	}
	f := &fields{details: -1, histograms: -1}
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		name, options, _ := strings.Cut(tag.Get("json"), ",")
		tier := tag.Get("tier")
		f.list = append(f.list, Field{i, name, tier == "detail", tier == "histogram", options == "omitempty", strconv.AppendQuote(nil, name)})
		if t.Field(i).Type.Kind() == reflect.Bool && name == "details" {
			f.details = i
		}
		if t.Field(i).Type.Kind() == reflect.Bool && name == "histograms" {
			f.histograms = i
		}
	}
	fieldCache.Store(t, f)
	return f
}
