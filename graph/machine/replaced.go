package machine

import (
	"runtime"
	"sync"
	"weak"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// replaced are the gradient values that machines have made and that each run overwrites, whichever machine made them. Other
// gradient values belong to a TapeMachine or are sums.
var replaced sync.Map

// markReplaced adds a value, for as long as it lives.
func markReplaced(v gorgonia.Value) {
	switch v := v.(type) {
	case *tensor.Dense:
		mark(v)
	case *gorgonia.F32:
		mark(v)
	case *gorgonia.F64:
		mark(v)
	}
}

func mark[T any](v *T) {
	key := weak.Make(v)
	replaced.Store(key, true)
	runtime.AddCleanup(v, func(key weak.Pointer[T]) { replaced.Delete(key) }, key)
}

// isReplaced tells whether runs overwrite the value.
func isReplaced(v gorgonia.Value) (is bool) {
	switch v := v.(type) {
	case *tensor.Dense:
		_, is = replaced.Load(weak.Make(v))
	case *gorgonia.F32:
		_, is = replaced.Load(weak.Make(v))
	case *gorgonia.F64:
		_, is = replaced.Load(weak.Make(v))
	}
	return is
}
