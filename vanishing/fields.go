package vanishing

import (
	"reflect"
	"strings"
	"sync"
)

// A field is what the tag of a struct's field says: its name in reports, and the tier of a record it belongs to.
type field struct {
	index             int
	name              string
	detail, histogram bool
	omitEmpty         bool
}

var fieldCache sync.Map // by type

// fieldsOf lists the fields of a struct in order.
func fieldsOf(t reflect.Type) []field {
	if known, ok := fieldCache.Load(t); ok {
		return known.([]field)
	}
	var fields []field
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		name, options, _ := strings.Cut(tag.Get("json"), ",")
		tier := tag.Get("tier")
		fields = append(fields, field{i, name, tier == "detail", tier == "histogram", options == "omitempty"})
	}
	fieldCache.Store(t, fields)
	return fields
}

// A Quantity is one number of a [LayerRecord], [ParamRecord] or [BlockRecord].
type Quantity struct {
	Name  string // as in JSON and CSV: "delta_rms", "gains.weight"
	Value float64
}

// Quantities lists the numbers of a layer, a parameter or a block that were recorded, in the order of its fields: without
// the details if the record has none.
func (r Record) Quantities(of any) []Quantity {
	return quantities(nil, "", reflect.ValueOf(of), r.Details)
}

func quantities(list []Quantity, prefix string, v reflect.Value, details bool) []Quantity {
	for _, f := range fieldsOf(v.Type()) {
		value := v.Field(f.index)
		switch {
		case f.detail && !details:
		case value.Kind() == reflect.Float64:
			list = append(list, Quantity{prefix + f.name, value.Float()})
		case value.Kind() == reflect.Struct:
			list = quantities(list, prefix+f.name+".", value, details)
		}
	}
	return list
}
