package theory

import (
	"strings"
	"testing"
)

func TestLayerNormBeforeTheActivationAsTabulated(t *testing.T) {
	for _, row := range []string{
		"relu 1.0000000", "leaky_relu 1.0000000", "tanh 1.177807", "erf 1.225700", "gelu 1.072031598", "silu 1.066634241",
		"elu 1.035904719", "selu 1.071574992", "sigmoid 0.152827", "softplus 0.318459",
	} {
		f := strings.Fields(row)
		for _, variance := range []float64{0.3, 5} {
			net := Plain(8, 50, activation(t, f[0]), variance, 0)
			for i := range net.Layers {
				net.Layers[i].Norm = LayerNorm
			}
			asPrinted(t, row, predict(t, net).Layers[3].Chi, f[1])
		}
	}
}

func TestLayerNormBehindTheActivationAsTabulated(t *testing.T) {
	check := func(variance float64, row string) {
		t.Helper()
		f := strings.Fields(row)
		net := Plain(8, 50, activation(t, f[0]), variance, 0)
		for i := range net.Layers {
			net.Layers[i].PostNorm = LayerNorm
		}
		asPrinted(t, row, predict(t, net).Layers[3].Chi, f[1])
	}
	for _, row := range []string{
		"linear 1.0000000", "tanh 1.177807232", "erf 1.225700004", "sigmoid 1.033592390", "gelu 1.318844971",
		"silu 1.212081115", "elu 1.079013455", "selu 1.071574992", "softplus 1.080528053", "softsign 1.244010371",
		"leaky_relu 1.453370761", "relu 1.466942207",
	} {
		check(1, row)
	}
	for _, row := range []string{
		"relu 1.466942", "tanh 1.344325387", "gelu 1.379147186", "silu 1.279466734", "selu 1.104346849", "elu 1.118053315",
		"sigmoid 1.082347606",
	} {
		check(2, row)
	}
}
