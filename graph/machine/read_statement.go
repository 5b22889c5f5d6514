package machine

import (
	"reflect"
	"slices"
	"unsafe"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// store copies the value of the input to the variable of a Read statement.
func (s *step) store() error {
	into, err := readTarget(s.node)
	if err != nil {
		return err
	}
	v := s.inputs[0].visible()
	if old := *into; old != nil && old.Dtype() == v.Dtype() && slices.Equal(old.Shape(), v.Shape()) {
		_, err = gorgonia.Copy(old, v)
		return err
	}
	*into, err = gorgonia.CloneValue(v)
	return err
}

// set gives the node of the first operand a copy of the second's value, from the next run on.
func (s *step) set() error {
	v, err := gorgonia.CloneValue(s.args[1])
	if err != nil {
		return err
	}
	return gorgonia.UnsafeLet(s.inputs[0].node, v)
}

// readTarget is the variable that gorgonia.Read(node, &variable) writes to. Gorgonia keeps its address in a field it does
// not export.
func readTarget(n *gorgonia.Node) (*gorgonia.Value, error) {
	field := reflect.ValueOf(n.Op()).FieldByName("into")
	if field.Kind() != reflect.Pointer || field.Type() != reflect.TypeFor[*gorgonia.Value]() || field.IsNil() {
		return nil, errors.New("a Read statement without a variable to write to")
	}
	return (*gorgonia.Value)(unsafe.Pointer(field.Pointer())), nil
}
