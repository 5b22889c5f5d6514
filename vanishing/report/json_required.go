package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// A layout lists what an object has to hold that is decoded into a struct.
type layout struct {
	required []string // keys of numbers that are not optional
	fields   []field  // that may hold objects of their own, or numbers that are null
	nested   bool     // some hold objects
}

// A field is a field of a struct.
type field struct {
	key      string
	index    int
	required bool // it is a number that is not optional
	objects  bool // it holds objects
}

var numberType = reflect.TypeFor[profile.Number]()

// layouts are those of all structs of a record and of a profile.
var layouts = map[reflect.Type]*layout{}

func init() { addLayout(reflect.TypeFor[profile.Profile]()) }

// addLayout adds the layout of a struct and those of the structs in it.
func addLayout(t reflect.Type) {
	if layouts[t] != nil {
		return
	}
	l := &layout{}
	layouts[t] = l
	for i := range t.NumField() {
		key, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		of := t.Field(i).Type
		f := field{key: key, index: i, required: options == "" && (of == numberType || of == reflect.TypeFor[int]())}
		for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
			of = of.Elem()
		}
		if of.Kind() == reflect.Struct {
			f.objects, l.nested = true, true
			addLayout(of)
		}
		if f.required {
			l.required = append(l.required, key)
		}
		if f.required || f.objects || of == numberType && t.Field(i).Type.Kind() == reflect.Slice {
			l.fields = append(l.fields, f)
		}
	}
}

// complete returns an error if an object lacks a number that is not optional, and sets numbers that are null to NaN. Without it, both
// would be 0, which is a measurement. The struct v was decoded from the text, which has these keys.
func complete(text json.RawMessage, keys *keyReader, v reflect.Value) error {
	if bytes.Contains(text, []byte("null")) || !suffice(keys, v) {
		return completeValue(text, v)
	}
	return nil
}

// suffice reports whether there are as many keys as the structs of a value require. It is much faster than to look into each object.
func suffice(keys *keyReader, v reflect.Value) bool {
	type place struct {
		*layout
		level int
	}
	structs := make(map[place]int)
	var count func(v reflect.Value, level int)
	count = func(v reflect.Value, level int) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				count(v.Elem(), level)
			}
		case reflect.Slice:
			if l := layouts[v.Type().Elem()]; l != nil && !l.nested {
				structs[place{l, level + 1}] += v.Len()
				return
			}
			for i := range v.Len() {
				count(v.Index(i), level+1)
			}
		case reflect.Struct:
			l := layouts[v.Type()]
			structs[place{l, level}]++
			for _, f := range l.fields {
				if f.objects {
					count(v.Field(f.index), level+1)
				}
			}
		}
	}
	count(v, 0)
	type needed struct {
		key   string
		level int
	}
	need := make(map[needed]int)
	for p, n := range structs {
		for _, key := range p.required {
			need[needed{key, p.level}] += n
		}
	}
	for k, n := range need {
		if keys.objects(k.level, k.key) < n {
			return false
		}
	}
	return true
}

// completeValue is complete of a value of any kind, without a look at the counts.
func completeValue(text json.RawMessage, v reflect.Value) error {
	switch {
	case v.Type() == numberType:
		if string(text) == "null" {
			v.SetFloat(math.NaN())
		}
	case v.Kind() == reflect.Pointer && !v.IsNil():
		return completeValue(text, v.Elem())
	case v.Kind() == reflect.Slice:
		var items []json.RawMessage
		if err := json.Unmarshal(text, &items); err != nil || len(items) != v.Len() {
			return err
		}
		for i, item := range items {
			if err := completeValue(item, v.Index(i)); err != nil {
				return inside(err, "[%d]", i)
			}
		}
	case v.Kind() == reflect.Struct:
		return completeObject(text, v)
	}
	return nil
}

func completeObject(text json.RawMessage, v reflect.Value) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil {
		return err
	}
	for _, f := range layouts[v.Type()].fields {
		item, has := object[f.key]
		switch {
		case !has && f.required:
			return &missing{key: f.key}
		case has:
			if err := completeValue(item, v.Field(f.index)); err != nil {
				return inside(err, ".%s", f.key)
			}
		}
	}
	return nil
}

// A missing key is the error of an object that lacks it.
type missing struct {
	path string // to the object, as ".details.layers[3]"
	key  string
}

func (m *missing) Error() string {
	text := fmt.Sprintf("got no %s, want a number (is the key spelt so?)", m.key)
	if m.path == "" {
		return text
	}
	return strings.TrimPrefix(m.path, ".") + ": " + text
}

// inside adds the part of a path to the error of a missing key.
func inside(err error, format string, part any) error {
	var m *missing
	if errors.As(err, &m) {
		m.path = fmt.Sprintf(format, part) + m.path
	}
	return err
}
