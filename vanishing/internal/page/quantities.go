package page

import (
	"math"
	"strings"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A quantity is a number of each layer in each record that the page can show.
type quantity struct {
	Name  string `json:"name"`  // as in JSON and CSV; those of the layer's weight as "weight.grad_l2"
	Title string `json:"title"` // for people
	About string `json:"about"` // its definition
	// Kind is "size" for what is compared by its logarithm, "share" for parts of 1, "signed" for the rest.
	Kind string `json:"kind"`
	// Missing tells that NaN means that there is no such number, as for the update ratio of a step without an update.
	Missing bool `json:"missing"`
}

// norms are in every record.
var norms = []quantity{
	{"delta_rms", "RMS(δ)", "root mean square of δ = dL/dz, the gradient of the loss with respect to the layer's pre-activations z, over batch and units",
		"size", false},
	{"weight.grad_l2", "‖dL/dW‖", "L2 norm of the gradient of the layer's weight, before clipping",
		"size", true},
}

// details are in records with details.
var details = []quantity{
	{"flushed", "flushed", "share of the entries of δ that were lost because they were too small for the type",
		"share", false},
	{"act_grad_rms", "RMS(dL/da)", "root mean square of the gradient with respect to the layer's activations a",
		"size", false},
	{"pre_mean", "mean of z", "mean of the pre-activations, over batch and units",
		"signed", false},
	{"pre_std", "std of z", "standard deviation of the pre-activations, over batch and units",
		"size", false},
	{"act_mean", "mean of a", "mean of the activations, over batch and units",
		"signed", false},
	{"act_std", "std of a", "standard deviation of the activations, over batch and units",
		"size", false},
	{"act_zero", "zero activations", "share of the activations that are exactly zero",
		"share", false},
	{"saturated", "saturated", "share of the pre-activations where |φ′(z)| is below 1 % of its largest value, so that hardly any gradient passes",
		"share", false},
	{"dead", "dead units", "share of the units that are saturated on every sample of the batch",
		"share", false},
	{"weight.norm_l2", "‖W‖", "L2 norm of the layer's weight before the update",
		"size", true},
	{"weight.update_ratio", "update ratio", "L2 norm of the update of the layer's weight over that of the weight, for the update that was really made",
		"size", true},
	{"weight.snr", "signal to noise", "‖(g₁+g₂)/2‖² / ‖(g₁−g₂)/2‖² of the weight's gradients g₁ and g₂ on the two halves of the batch: about 1 is pure noise",
		"size", true},
	{"weight.unchanged", "unchanged weights", "share of the weights not one bit of which the update changed",
		"share", true},
	{"gains.weight", "weights", "log10 of what the product with the next layer's Wᵀ made of RMS(δ)",
		"signed", true},
	{"gains.activation", "activation", "log10 of what the product with φ′(z) made of it",
		"signed", true},
	{"gains.norm", "normalisation", "log10 of what normalisation, and the scale of a residual branch, made of it",
		"signed", true},
	{"gains.skip", "skip", "log10 of the gradient of a block's input over the part of it that came through the branch",
		"signed", true},
	{"gains.other", "other", "log10 of what anything else made of it",
		"signed", true},
}

// byName are the quantities that a record has, by the names that they have here.
var byName = func() map[string]profile.Quantity {
	all := make(map[string]profile.Quantity)
	for _, q := range profile.LayerQuantities {
		all[q.Name] = q
	}
	for _, q := range profile.ParamQuantities {
		all["weight."+q.Name] = q
	}
	return all
}()

// value is that of a layer, by the index of its weight, which is -1 if it has none; NaN if the record does not have it.
func (q quantity) value(r *vanishing.Record, layer, weight int) float64 {
	if strings.HasPrefix(q.Name, "weight.") {
		layer = weight
	}
	return valueOf(byName[q.Name], r, layer)
}

func valueOf(q profile.Quantity, r *vanishing.Record, i int) float64 {
	if i < 0 {
		return math.NaN()
	}
	if v, known := q.Of(r, i); known {
		return v
	}
	return math.NaN()
}
