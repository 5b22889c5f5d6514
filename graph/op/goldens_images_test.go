package op_test

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/goldens"
)

func drawImages(c goldens.Case, in map[string]*gorgonia.Node) (y *gorgonia.Node, _ map[string]*gorgonia.Node, err error) {
	w, groups := windowOf(c), int(c.Attrs["groups"])
	switch c.Op {
	case "conv2d":
		y, err = op.Conv2D(in["x"], in["w"], in["b"], w, groups)
	case "conv1d":
		y, err = op.Conv1D(in["x"], in["w"], in["b"], w, groups)
	case "conv_transpose2d":
		y, err = op.ConvTranspose2D(in["x"], in["w"], in["b"], w, pairOf(c, "extra"), groups)
	case "max_pool2d":
		y, err = op.MaxPool2D(in["x"], w)
	case "avg_pool2d":
		y, err = op.AvgPool2D(in["x"], w, c.Attrs["count_include_pad"] == 1)
	case "adaptive_avg_pool2d":
		y, err = op.AdaptiveAvgPool2D(in["x"], w.Size)
	case "groupnorm":
		y, err = normalized(in["x"], in["gain"], in["shift"], op.OverGroups(groups), c.Attrs["eps"])
	case "batchnorm_train", "batchnorm_eval":
		return drawNormOver(op.OverImages, c, in)
	default:
		err = errors.Errorf("no op %q", c.Op)
	}
	return y, nil, err
}

// windowOf is the window in the attributes of a case.
func windowOf(c goldens.Case) op.Window {
	return op.Window{
		Size: pairOf(c, "size"), Stride: pairOf(c, "stride"), Padding: pairOf(c, "padding"), Dilation: pairOf(c, "dilation"),
	}
}

// pairOf is an attribute for height and width.
func pairOf(c goldens.Case, name string) [2]int {
	return [2]int{int(c.Attrs[name+"_h"]), int(c.Attrs[name+"_w"])}
}
