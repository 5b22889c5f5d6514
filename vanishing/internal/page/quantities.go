package page

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A quantity is a number of each layer in each record that the page can show.
type quantity struct {
	Name  string `json:"name"`  // as in JSON and CSV; those of the layer's weight as "weight.grad_l2"
	Title string `json:"title"` // for people
	About string `json:"about"` // the definition
	// Kind is "size" for quantities on a logarithmic scale, "share" for shares of 1, "signed" for all others.
	Kind string `json:"kind"`
	// Missing means that NaN stands for a missing number, as for the update ratio of a step without an update.
	Missing bool `json:"missing"`
}

// norms are in every record.
var norms = []quantity{
	{"delta_rms", "RMS(δ)", lang.Key("root mean square of δ = dL/dz, the gradient of the loss with respect to the layer's pre-activations z, over batch and units"),
		"size", false},
	{"weight.grad_l2", "‖dL/dW‖", lang.Key("L2 norm of the gradient of the layer's weight, before clipping"),
		"size", true},
}

// details are in records with details.
var details = []quantity{
	{"flushed", lang.Key("flushed"), lang.Key("share of the entries of δ that were lost because they were too small for the type"),
		"share", false},
	{"act_grad_rms", "RMS(dL/da)", lang.Key("root mean square of the gradient with respect to the layer's activations a"),
		"size", false},
	{"pre_mean", lang.Key("mean of z"), lang.Key("mean of the pre-activations, over batch and units"),
		"signed", false},
	{"pre_std", lang.Key("std of z"), lang.Key("standard deviation of the pre-activations, over batch and units"),
		"size", false},
	{"act_mean", lang.Key("mean of a"), lang.Key("mean of the activations, over batch and units"),
		"signed", false},
	{"act_std", lang.Key("std of a"), lang.Key("standard deviation of the activations, over batch and units"),
		"size", false},
	{"act_zero", lang.Key("zero activations"), lang.Key("share of the activations that are exactly zero"),
		"share", false},
	{"saturated", lang.Key("saturated"), lang.Key("share of the pre-activations where |φ′(z)| is below 1 % of its largest value, so that hardly any gradient passes"),
		"share", false},
	{"dead", lang.Key("dead units"), lang.Key("share of the units that are saturated on every sample of the batch"),
		"share", false},
	{"weight.norm_l2", "‖W‖", lang.Key("L2 norm of the layer's weight before the update"),
		"size", true},
	{"weight.update_ratio", lang.Key("update ratio"), lang.Key("L2 norm of the actual update of the layer's weight over that of the weight"),
		"size", true},
	{"weight.snr", lang.Key("signal to noise"), lang.Key("‖(g₁+g₂)/2‖² / ‖(g₁−g₂)/2‖² of the weight's gradients g₁ and g₂ on the two halves of the batch: about 1 is pure noise"),
		"size", true},
	{"weight.unchanged", lang.Key("unchanged weights"), lang.Key("share of the weights in which the update changed no bit"),
		"share", true},
	{"gains.weight", lang.Key("weights"), lang.Key("log10 of the factor on RMS(δ) by the product with the next layer's Wᵀ"),
		"signed", true},
	{"gains.activation", lang.Key("activation"), lang.Key("log10 of the factor on RMS(δ) by the product with φ′(z)"),
		"signed", true},
	{"gains.norm", lang.Key("normalisation, scale"), lang.Key("log10 of the factor on RMS(δ) by normalisation, and by the scale of a residual branch"),
		"signed", true},
	{"gains.skip", lang.Key("skip"), lang.Key("log10 of the gradient of a block's input over the part of it that came through the branch"),
		"signed", true},
	{"gains.other", lang.Key("other"), lang.Key("log10 of the factor on RMS(δ) by all other operations"),
		"signed", true},
}

// The quantities of package profile by their names on the page.
var (
	ofLayers  = named("", profile.LayerQuantities)
	ofWeights = named("weight.", profile.ParamQuantities)
)

func named(prefix string, list []profile.Quantity) map[string]profile.Quantity {
	names := make(map[string]profile.Quantity, len(list))
	for _, q := range list {
		names[prefix+q.Name] = q
	}
	return names
}

// value returns the quantity of a layer in a record, or NaN if the record does not have it. weight is the index of the layer's
// weight, or -1.
func (q quantity) value(r *vanishing.Record, layer, weight int) float64 {
	if ofWeight, ok := ofWeights[q.Name]; ok {
		return valueOf(ofWeight, r, weight)
	}
	return valueOf(ofLayers[q.Name], r, layer)
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

// inLanguage translates the titles and definitions of quantities.
func inLanguage(language vanishing.Language, list []quantity) []quantity {
	list = slices.Clone(list)
	for i := range list {
		list[i].Title, list[i].About = language.Text(list[i].Title), language.Text(list[i].About)
	}
	return list
}
