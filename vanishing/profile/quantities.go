package profile

import (
	"reflect"
	"slices"
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
func (r Record) Quantities(of any) []Quantity { return r.AppendQuantities(nil, of) }

// AppendQuantities appends them to a list. They may be given by a pointer, which costs no allocation.
func (r Record) AppendQuantities(list []Quantity, of any) []Quantity {
	v := reflect.Indirect(reflect.ValueOf(of))
	for _, n := range numbersOf(v.Type()) {
		if r.Details || !n.detail {
			list = append(list, Quantity{n.name, v.FieldByIndex(n.index).Float()})
		}
	}
	return list
}

// A number is a field with a number of a struct, or of a struct in it.
type number struct {
	index  []int
	name   string
	detail bool
}

var numberCache sync.Map // by type

func numbersOf(t reflect.Type) []number {
	if known, ok := numberCache.Load(t); ok {
		return known.([]number)
	}
	list := numbers(nil, number{}, t)
	numberCache.Store(t, list)
	return list
}

func numbers(list []number, in number, t reflect.Type) []number {
	for _, f := range fieldsOf(t) {
		n := number{append(slices.Clone(in.index), f.index), in.name + f.name, in.detail || f.detail}
		switch of := t.Field(f.index).Type; of.Kind() {
		case reflect.Float64:
			list = append(list, n)
		case reflect.Struct:
			n.name += "."
			list = numbers(list, n, of)
		}
	}
	return list
}
