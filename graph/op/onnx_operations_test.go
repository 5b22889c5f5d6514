package op_test

import (
	"errors"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// onnxOperations draw operations of ONNX with ours.
var onnxOperations = map[string]func(c *onnxCase) (*gorgonia.Node, error){
	"Conv":               drawONNXConv,
	"ConvTranspose":      drawONNXConvTranspose,
	"MaxPool":            drawONNXMaxPool,
	"AveragePool":        drawONNXAveragePool,
	"GlobalAveragePool":  func(c *onnxCase) (*gorgonia.Node, error) { return op.GlobalAvgPool(c.in(0)) },
	"GlobalMaxPool":      drawONNXGlobalMaxPool,
	"BatchNormalization": drawONNXBatchNorm,
	"InstanceNormalization": func(c *onnxCase) (*gorgonia.Node, error) {
		x := c.in(0)
		return drawONNXNorm(x, c.in(1), c.in(2), op.OverGroups(x.Shape()[1]), c.Real("epsilon", 1e-5))
	},
}

var errUneven = errors.New("padding differs on opposite sides, or the last window is not full")

func drawONNXConv(c *onnxCase) (*gorgonia.Node, error) {
	x, w := c.in(0), c.in(1)
	window, even := c.window(sides(x), sides(w))
	if !even {
		return nil, errUneven
	}
	return op.Conv2D(x, w, c.in(2), window, c.Int("group", 1))
}

// drawONNXConvTranspose reads the padding from the shape of the output, if the test gives that.
func drawONNXConvTranspose(c *onnxCase) (*gorgonia.Node, error) {
	x, w := c.in(0), c.in(1)
	window, even := c.window(sides(x), sides(w))
	extra := c.pair("output_padding", 0, 0)
	wanted := c.pair("output_shape", 0, 1)
	if c.Text("auto_pad", "") != "" {
		wanted = [2]int{sides(x)[0] * window.Stride[0], sides(x)[1] * window.Stride[1]}
	}
	for side, n := range wanted {
		if n == 0 {
			continue
		}
		total := (sides(x)[side]-1)*window.Stride[side] + extra[side] + (window.Size[side]-1)*window.Dilation[side] + 1 - n
		extra[side] += max(0, -total)
		window.Padding[side], even = max(0, total)/2, max(0, total)%2 == 0
		if !even {
			return nil, errUneven
		}
	}
	if !even {
		return nil, errUneven
	}
	return op.ConvTranspose2D(x, w, c.in(2), window, extra, c.Int("group", 1))
}

func drawONNXMaxPool(c *onnxCase) (*gorgonia.Node, error) {
	x := c.in(0)
	window, even := c.window(sides(x), c.pair("kernel_shape", 1, 1))
	if !even {
		return nil, errUneven
	}
	return op.MaxPool2D(x, window)
}

func drawONNXAveragePool(c *onnxCase) (*gorgonia.Node, error) {
	x := c.in(0)
	window, even := c.window(sides(x), c.pair("kernel_shape", 1, 1))
	if !even {
		return nil, errUneven
	}
	return op.AvgPool2D(x, window, c.Int("count_include_pad", 0) == 1)
}

func drawONNXGlobalMaxPool(c *onnxCase) (*gorgonia.Node, error) {
	x := c.in(0)
	return op.MaxPool2D(x, op.Window{Size: sides(x)})
}

func drawONNXBatchNorm(c *onnxCase) (*gorgonia.Node, error) {
	x, gain, shift, eps := c.in(0), c.in(1), c.in(2), c.Real("epsilon", 1e-5)
	if c.Int("training_mode", 0) == 1 {
		return drawONNXNorm(x, gain, shift, op.OverImages, eps)
	}
	rstd, err := op.RStdOf(c.in(4), eps)
	if err != nil {
		return nil, err
	}
	return op.Normalize(x, c.in(3), rstd, gain, shift, op.OverImages, true)
}

// drawONNXNorm normalises by the statistics of x.
func drawONNXNorm(x, gain, shift *gorgonia.Node, axis op.Axis, eps float64) (*gorgonia.Node, error) {
	mean, err := op.Mean(x, axis)
	if err != nil {
		return nil, err
	}
	rstd, err := op.RStd(x, mean, axis, eps)
	if err != nil {
		return nil, err
	}
	return op.Normalize(x, mean, rstd, gain, shift, axis, false)
}
