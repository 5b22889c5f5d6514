package printable

import "reflect"

// Copy returns a copy of v in which all text is escaped as by [Text], in structs, in slices and in what pointers point to. It
// does not change v; the copy shares with v the parts that hold no text. Maps, interfaces and unexported fields are not escaped.
func Copy[T any](v T) T {
	escapeValue(reflect.ValueOf(&v).Elem())
	return v
}

func escapeValue(v reflect.Value) {
	if !v.CanSet() || !holdsText(v.Type()) {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(Text(v.String()))
	case reflect.Struct:
		for i := range v.NumField() {
			escapeValue(v.Field(i))
		}
	case reflect.Slice:
		list := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(list, v)
		for i := range list.Len() {
			escapeValue(list.Index(i))
		}
		if !v.IsNil() {
			v.Set(list)
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		target := reflect.New(v.Type().Elem())
		target.Elem().Set(v.Elem())
		escapeValue(target.Elem())
		v.Set(target)
	}
}

// holdsText reports whether a type can hold text. The type must not be recursive.
func holdsText(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String:
		return true
	case reflect.Slice, reflect.Pointer:
		return holdsText(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if holdsText(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}
