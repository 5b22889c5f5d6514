package profilejson

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strconv"

	"github.com/pkg/errors"
)

// Read reads into what a pointer points to, from the beginning of a text, and gives where it ended. Keys it does not know are
// passed over. Errors begin with a name for the whole and the path within it.
func Read(text []byte, pointer any, name string) (end int, err error) {
	in := &input{scanner{text: text}}
	if err := in.value(reflect.ValueOf(pointer).Elem()); err != nil {
		return in.at, errors.New(name + err.Error())
	}
	return in.at, nil
}

// An input sets values from JSON. Its errors begin with the path, or with a space.
type input struct{ scanner }

func (in *input) value(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Pointer:
		if in.next() == 'n' {
			return in.skip()
		}
		v.Set(reflect.New(v.Type().Elem()))
		return in.value(v.Elem())
	case reflect.Slice:
		return in.list(v)
	case reflect.Struct:
		return in.object(v)
	}
	token, err := in.token()
	if err != nil {
		return err
	}
	if v.Kind() == reflect.Float64 {
		f, ok := number(token)
		if !ok {
			return errors.Errorf(` is %.40s: expected a number, "NaN", "+Inf" or "-Inf"`, token)
		}
		v.SetFloat(f)
		return nil
	}
	if v.Kind() == reflect.Int {
		if n, err := strconv.Atoi(string(token)); err == nil {
			v.SetInt(int64(n))
			return nil
		}
	}
	return errors.Wrapf(json.Unmarshal(token, v.Addr().Interface()), ": expected %v", v.Type())
}

func (in *input) list(v reflect.Value) error {
	if in.next() == 'n' {
		return in.skip()
	}
	v.SetZero()
	err := in.items('[', ']', func() error {
		n := v.Len()
		v.Grow(1)
		v.SetLen(n + 1)
		if err := in.value(v.Index(n)); err != nil {
			return errors.Errorf("[%d]%v", n, err)
		}
		return nil
	})
	if err == nil && v.IsNil() {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	}
	return err
}

func (in *input) object(v reflect.Value) error {
	fields := fieldsOf(v.Type())
	for i := range fields.list {
		if f := &fields.list[i]; f.Detail {
			setNaN(v.Field(f.Index))
		}
	}
	next := 0 // they mostly come in order
	return in.items('{', '}', func() error {
		key, err := in.key()
		if err != nil {
			return err
		}
		for range fields.list {
			f := &fields.list[next]
			if next = (next + 1) % len(fields.list); !bytes.Equal(key, f.key) {
				continue
			}
			if err := in.value(v.Field(f.Index)); err != nil {
				return errors.Errorf(".%s%v", f.Name, err)
			}
			return nil
		}
		return in.skip()
	})
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
