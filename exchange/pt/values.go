package pt

import "github.com/pkg/errors"

// maxDims is the largest number of dimensions of a tensor, as in PyTorch.
const maxDims = 64

// The values on the stack of the unpickler are int64, float64, string, bool, nil, *view, *dictionary, *sequence, class, *storage and mark.
type (
	// A dictionary keeps the order of its keys, which are numbers, texts and truth values.
	dictionary struct{ keys, values []any }
	// A sequence is a list, a tuple or a set.
	sequence struct{ values []any }
	// A class is a class or a function of Python: "collections.OrderedDict".
	class string
	// A mark is where the arguments of an operation begin.
	mark struct{}
)

func (d *dictionary) set(key, value any) error {
	switch key.(type) {
	case int64, float64, string, bool:
	default:
		return errors.Errorf("a dictionary: got a key that is %s, want a number or a text", kind(key))
	}
	d.keys, d.values = append(d.keys, key), append(d.values, value)
	return nil
}

// kind tells in words what a value is.
func kind(value any) string {
	switch v := value.(type) {
	case nil:
		return "None"
	case int64, float64:
		return "a number"
	case string:
		return "a text"
	case bool:
		return "a truth value"
	case *view:
		return "a tensor"
	case *dictionary:
		return "a dictionary"
	case *sequence:
		return "a list"
	case class:
		return string(v)
	case *storage:
		return "a storage"
	}
	return "a mark"
}

// as gives a value as a type.
func as[T any](value any, what string) (T, error) {
	t, is := value.(T)
	if !is {
		return t, errors.Errorf("got %s, want %s", kind(value), what)
	}
	return t, nil
}

// call is the result of a class or function for its arguments. Only those that build tensors and containers are known.
func call(function class, arguments *sequence) (any, error) {
	args := arguments.values
	switch function {
	case "collections.OrderedDict":
		if len(args) != 0 {
			return nil, errors.Errorf("a dictionary: got %d arguments, want none", len(args))
		}
		return new(dictionary), nil
	case "torch._utils._rebuild_tensor_v2":
		return rebuildTensor(args)
	case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
		if len(args) == 0 {
			return nil, errors.New("a parameter: got no tensor")
		}
		return as[*view](args[0], "a tensor")
	case "torch.serialization._get_layout", "torch._utils._rebuild_sparse_tensor":
		return nil, errors.New("got a sparse tensor, want dense ones (in Python, save t.to_dense() in its place)")
	case "torch.Size", "builtins.set", "__builtin__.set":
		if len(args) != 1 {
			return nil, errors.Errorf("%s: got %d arguments, want 1", function, len(args))
		}
		return as[*sequence](args[0], "a list")
	}
	return nil, errors.Errorf("got %s, want only tensors and containers of them (save model.state_dict() in place of the model)", function)
}

// rebuildTensor is a tensor of a storage, an offset, a shape and strides; what follows says whether it wants a gradient.
func rebuildTensor(args []any) (any, error) {
	if len(args) < 4 {
		return nil, errors.Errorf("a tensor: got %d arguments, want at least 4", len(args))
	}
	s, err := as[*storage](args[0], "a storage")
	if err != nil {
		return nil, err
	}
	offset, err := as[int64](args[1], "an offset")
	if err != nil {
		return nil, err
	}
	sizes, err := integers(args[2])
	if err != nil {
		return nil, err
	}
	strides, err := integers(args[3])
	if err != nil {
		return nil, err
	}
	shape := make([]int, len(sizes))
	for i, n := range sizes {
		if shape[i] = int(n); int64(shape[i]) != n {
			return nil, errors.Errorf("a tensor: got a size of %d, want one that this machine can count", n)
		}
	}
	return newView(s, offset, shape, strides)
}

// integers gives the numbers of a list.
func integers(value any) ([]int64, error) {
	list, err := as[*sequence](value, "a list of whole numbers")
	if err != nil {
		return nil, err
	}
	if len(list.values) > maxDims {
		return nil, errors.Errorf("a tensor: got %d dimensions, want at most %d", len(list.values), maxDims)
	}
	numbers := make([]int64, len(list.values))
	for i, v := range list.values {
		if numbers[i], err = as[int64](v, "a whole number"); err != nil {
			return nil, err
		}
	}
	return numbers, nil
}
