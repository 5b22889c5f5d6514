package profilejson

import (
	"encoding/json"
	"io"
	"reflect"
	"strconv"
)

// Write writes what a pointer points to. Names and order of the keys are those of the fields.
func Write(w io.Writer, pointer any) error {
	o := output{to: w}
	o.value(reflect.ValueOf(pointer).Elem(), tiers{true, true})
	o.flush()
	return o.err
}

// tiers are what of a record is written.
type tiers struct{ details, histograms bool }

// An output gathers text. Its first error stays.
type output struct {
	to   io.Writer
	text []byte
	err  error
}

// enough is how much is written at once.
const enough = 64 << 10

func (o *output) flush() {
	if o.err == nil {
		_, o.err = o.to.Write(o.text)
	}
	o.text = o.text[:0]
}

func (o *output) value(v reflect.Value, t tiers) {
	switch v.Kind() {
	case reflect.Float64:
		o.text = AppendNumber(o.text, v.Float(), -1)
	case reflect.Int:
		o.text = strconv.AppendInt(o.text, v.Int(), 10)
	case reflect.Pointer:
		if v.IsNil() {
			o.text = append(o.text, "null"...)
			return
		}
		o.value(v.Elem(), t)
	case reflect.Slice:
		o.list(v, t)
	case reflect.Struct:
		o.object(v, t)
	default:
		text, err := json.Marshal(v.Interface())
		if o.text = append(o.text, text...); o.err == nil {
			o.err = err
		}
	}
}

func (o *output) list(v reflect.Value, t tiers) {
	o.text = append(o.text, '[')
	for i := range v.Len() {
		if i > 0 {
			o.text = append(o.text, ',')
		}
		o.value(v.Index(i), t)
		if len(o.text) > enough {
			o.flush()
		}
	}
	o.text = append(o.text, ']')
}

func (o *output) object(v reflect.Value, t tiers) {
	fields := fieldsOf(v.Type())
	if fields.details >= 0 && fields.histograms >= 0 {
		t = tiers{v.Field(fields.details).Bool(), v.Field(fields.histograms).Bool()}
	}
	separator := byte('{')
	for i := range fields.list {
		f := &fields.list[i]
		value := v.Field(f.Index)
		if f.Detail && !t.details || f.histogram && !t.histograms || f.omitEmpty && value.IsZero() {
			continue
		}
		o.text = append(append(append(o.text, separator), f.key...), ':')
		separator = ','
		o.value(value, t)
	}
	if separator == '{' {
		o.text = append(o.text, '{')
	}
	o.text = append(o.text, '}')
}
