package optim

import (
	"reflect"

	"github.com/pkg/errors"
)

// Fresh returns an optimiser of the same configuration without its state. It copies the exported fields, which are the
// configuration. The optimiser must be a pointer to a struct, as those of this package are.
func Fresh(o Optimizer) (Optimizer, error) {
	from := reflect.ValueOf(o)
	if from.Kind() != reflect.Pointer || from.IsNil() || from.Elem().Kind() != reflect.Struct {
		return nil, errors.Errorf("optim: got a %T, which cannot be copied, want a pointer to a struct, as &optim.SGD{}", o)
	}
	to := reflect.New(from.Elem().Type())
	for i := range from.Elem().NumField() {
		if field := from.Elem().Type().Field(i); field.IsExported() && !field.Anonymous {
			to.Elem().Field(i).Set(from.Elem().Field(i))
		}
	}
	return to.Interface().(Optimizer), nil
}
