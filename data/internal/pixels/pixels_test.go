package pixels

import (
	"reflect"
	"strings"
	"testing"

	"gorgonia.org/tensor"
)

func TestTensor(t *testing.T) {
	for _, c := range []struct {
		dt   tensor.Dtype
		want any
	}{
		{tensor.Float32, []float32{0, 0.2, 1, 51.0 / 255}},
		{tensor.Float64, []float64{0, 0.2, 1, 51.0 / 255}},
	} {
		x := Tensor([]uint8{0, 51, 255, 51}, c.dt, 2, 1, 2)
		if !reflect.DeepEqual(x.Data(), c.want) || !x.Shape().Eq(tensor.Shape{2, 1, 2}) {
			t.Errorf("%v: got %v of shape %v, want %v of shape (2, 1, 2)", c.dt, x.Data(), x.Shape(), c.want)
		}
	}
}

func TestCheckDtype(t *testing.T) {
	for dt, want := range map[tensor.Dtype]bool{tensor.Float32: true, tensor.Float64: true, tensor.Int: false, {}: false} {
		if err := CheckDtype(dt); (err == nil) != want {
			t.Errorf("%v: error %v; accepted: want %v", dt, err, want)
		} else if err != nil && !strings.Contains(err.Error(), "tensor.Float32 or tensor.Float64") {
			t.Errorf("%v: error %v does not say what is wanted", dt, err)
		}
	}
}
