package profile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"

	"github.com/pkg/errors"
)

// JSON has no NaN and no infinities. A profile writes them as the strings "NaN", "+Inf" and "-Inf", and reads them back.
// Numbers of a tier that was not recorded are left out, and are NaN when they are read back.

// MarshalJSON writes the profile. Names and order of the keys are those of the fields.
func (p Profile) MarshalJSON() ([]byte, error) {
	return appendJSON(nil, reflect.ValueOf(p), writtenTiers{true, true})
}

// UnmarshalJSON reads what MarshalJSON wrote. Keys it does not know are passed over.
func (p *Profile) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return errors.Wrap(err, "vanishing: the profile is not JSON")
	}
	*p = Profile{}
	return errors.Wrap(assign(reflect.ValueOf(p).Elem(), tree, "profile"), "vanishing")
}

// writtenTiers are the tiers of a record that are written.
type writtenTiers struct{ details, histograms bool }

// appendJSON writes a value of the types that profiles are made of.
func appendJSON(b []byte, v reflect.Value, t writtenTiers) ([]byte, error) {
	switch v.Kind() {
	case reflect.Float64:
		return appendNumber(b, v.Float()), nil
	case reflect.Int:
		return strconv.AppendInt(b, v.Int(), 10), nil
	case reflect.Uint64:
		return strconv.AppendUint(b, v.Uint(), 10), nil
	case reflect.Bool:
		return strconv.AppendBool(b, v.Bool()), nil
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, "null"...), nil
		}
		return appendJSON(b, v.Elem(), t)
	case reflect.Slice:
		return appendList(b, v, t)
	case reflect.Struct:
		return appendStruct(b, v, t)
	}
	text, err := json.Marshal(v.Interface())
	return append(b, text...), err
}

func appendNumber(b []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(b, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(b, `"+Inf"`...)
	case math.IsInf(v, -1):
		return append(b, `"-Inf"`...)
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}

func appendList(b []byte, v reflect.Value, t writtenTiers) (_ []byte, err error) {
	b = append(b, '[')
	for i := range v.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendJSON(b, v.Index(i), t); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendStruct(b []byte, v reflect.Value, t writtenTiers) (_ []byte, err error) {
	if r, isRecord := v.Interface().(Record); isRecord {
		t = writtenTiers{r.Details, r.Histograms}
	}
	b = append(b, '{')
	first := true
	for _, f := range fieldsOf(v.Type()) {
		value := v.Field(f.index)
		if f.detail && !t.details || f.histogram && !t.histograms || f.omitEmpty && value.IsZero() {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(strconv.AppendQuote(b, f.name), ':')
		if b, err = appendJSON(b, value, t); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// assign sets a value from decoded JSON. The path names it in errors.
func assign(v reflect.Value, tree any, path string) error {
	switch v.Kind() {
	case reflect.Float64:
		return assignNumber(v, tree, path)
	case reflect.Pointer:
		if tree == nil {
			return nil
		}
		v.Set(reflect.New(v.Type().Elem()))
		return assign(v.Elem(), tree, path)
	case reflect.Slice:
		return assignList(v, tree, path)
	case reflect.Struct:
		return assignStruct(v, tree, path)
	}
	text, err := json.Marshal(tree)
	if err == nil {
		err = json.Unmarshal(text, v.Addr().Interface())
	}
	if err != nil {
		return errors.Errorf("%s: got %s, want %v", path, brief(tree), v.Type())
	}
	return nil
}

// brief names a piece of JSON in an error: it may be a text that is long and holds anything.
func brief(tree any) string {
	switch x := tree.(type) {
	case string:
		return fmt.Sprintf("%.40q", x)
	case json.Number:
		return fmt.Sprintf("%.40s", x)
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return fmt.Sprint(tree)
}

func assignNumber(v reflect.Value, tree any, path string) error {
	switch x := tree.(type) {
	case json.Number:
		f, err := x.Float64()
		v.SetFloat(f)
		if err != nil {
			return errors.Errorf("%s: got %s, want a number that float64 holds", path, brief(tree))
		}
		return nil
	case string:
		if x == "NaN" || x == "+Inf" || x == "-Inf" {
			f, err := strconv.ParseFloat(x, 64)
			v.SetFloat(f)
			return err
		}
	}
	return errors.Errorf(`%s: got %s, want a number, "NaN", "+Inf" or "-Inf"`, path, brief(tree))
}

func assignList(v reflect.Value, tree any, path string) error {
	list, isList := tree.([]any)
	if !isList {
		if tree == nil {
			return nil
		}
		return errors.Errorf("%s: got %s, want a list", path, brief(tree))
	}
	v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
	for i, item := range list {
		if err := assign(v.Index(i), item, path+"["+strconv.Itoa(i)+"]"); err != nil {
			return err
		}
	}
	return nil
}

func assignStruct(v reflect.Value, tree any, path string) error {
	object, isObject := tree.(map[string]any)
	if !isObject {
		return errors.Errorf("%s: got %s, want an object", path, brief(tree))
	}
	for _, f := range fieldsOf(v.Type()) {
		item, found := object[f.name]
		if !found {
			if f.detail {
				setNaN(v.Field(f.index))
			}
			continue
		}
		if err := assign(v.Field(f.index), item, path+"."+f.name); err != nil {
			return err
		}
	}
	return nil
}

// setNaN sets a number, or all numbers of a struct, to NaN.
func setNaN(v reflect.Value) {
	if v.Kind() == reflect.Float64 {
		v.SetFloat(math.NaN())
		return
	}
	for i := range v.NumField() {
		setNaN(v.Field(i))
	}
}
