package onnx

import (
	"math"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/onnxfile"
)

// writeActivation writes an activation, in several operations if ONNX does not have it.
func writeActivation(w *nodeWriter) (string, error) {
	x := w.arg(0)
	number := func(what string, v float64) string { return w.number(w.layer(), what, v) }
	switch w.spec.Activation {
	case op.ReLU:
		return w.done(w.add("Relu", nil, x))
	case op.LeakyReLU:
		return w.done(w.add("LeakyRelu", attributes{"alpha": w.spec.Alpha}, x))
	case op.ELU:
		return w.done(w.add("Elu", attributes{"alpha": w.spec.Alpha}, x))
	case op.SELU:
		return w.done(w.add("Selu", nil, x))
	case op.Sigmoid, op.Tanh, op.Erf, op.Softsign, op.Softplus, op.Identity:
		kind := map[op.Activation]string{
			op.Sigmoid: "Sigmoid", op.Tanh: "Tanh", op.Erf: "Erf", op.Softsign: "Softsign", op.Softplus: "Softplus", op.Identity: "Identity",
		}[w.spec.Activation]
		return w.done(w.add(kind, nil, x))
	case op.SiLU:
		return w.done(w.add("Mul", nil, x, w.add("Sigmoid", nil, x)))
	case op.GELU: // x/2·(1 + erf(x/√2))
		erf := w.add("Erf", nil, w.add("Div", nil, x, number("root", math.Sqrt2)))
		return w.done(w.halfTimes(x, erf))
	case op.GELUTanh: // x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))
		cube := w.add("Mul", nil, w.add("Mul", nil, x, x), x)
		inner := w.add("Add", nil, x, w.add("Mul", nil, cube, number("factor", 0.044715)))
		return w.done(w.halfTimes(x, w.add("Tanh", nil, w.add("Mul", nil, inner, number("factor", math.Sqrt(2/math.Pi))))))
	}
	return w.fail("got the activation %v", w.spec.Activation)
}

// halfTimes is x/2·(1 + y).
func (w *nodeWriter) halfTimes(x, y string) string {
	sum := w.add("Add", nil, y, w.number(w.layer(), "one", 1))
	return w.add("Mul", nil, w.add("Mul", nil, x, sum), w.number(w.layer(), "half", 0.5))
}

// elementwiseNames are functions that ONNX has, by the names of ours and of Gorgonia's.
var elementwiseNames = map[string]string{
	"abs": "Abs", "sign": "Sign", "floor": "Floor", "ceil": "Ceil", "round": "Round", "sin": "Sin", "cos": "Cos", "tan": "Tan", "asin": "Asin",
	"acos": "Acos", "atan": "Atan", "sinh": "Sinh", "cosh": "Cosh", "asinh": "Asinh", "acosh": "Acosh", "atanh": "Atanh",
	"hard_swish": "HardSwish", "maximum": "Max", "minimum": "Min",
}

func writeElementwise(w *nodeWriter) (string, error) {
	number := func(what string, v float64) string { return w.number(w.layer(), what, v) }
	p, q := w.spec.Alpha, w.spec.Beta
	switch name := w.spec.Name; name {
	case "where":
		return w.done(w.add("Where", nil, w.add("Cast", attributes{"to": int(onnxfile.Bool)}, w.arg(0)), w.arg(1), w.arg(2)))
	case "modulo":
		return w.done(w.add("Mod", attributes{"fmod": 1}, w.args()...))
	case "mish":
		return w.done(w.add("Mul", nil, w.arg(0), w.add("Tanh", nil, w.add("Softplus", nil, w.arg(0)))))
	case "shrink":
		return w.done(w.add("Shrink", attributes{"lambd": p, "bias": q}, w.arg(0)))
	case "clip":
		return w.done(w.add("Clip", nil, w.arg(0), number("low", p), number("high", q)))
	case "power":
		return w.done(w.add("Pow", nil, w.arg(0), number("exponent", p)))
	case "threshold":
		return w.done(w.add("ThresholdedRelu", attributes{"alpha": p}, w.arg(0)))
	case "hard_sigmoid":
		return w.done(w.add("HardSigmoid", attributes{"alpha": p, "beta": q}, w.arg(0)))
	default:
		if elementwiseNames[name] == "" {
			return w.fail("got the function %q", name)
		}
		return w.done(w.add(elementwiseNames[name], nil, w.args()...))
	}
}
