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
	About string `json:"about"` // its definition
	// Kind is "size" for what is compared by its logarithm, "share" for parts of 1, "signed" for the rest.
	Kind string `json:"kind"`
	// Missing tells that NaN means that there is no such number, as for the update ratio of a step without an update.
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
	{"weight.update_ratio", lang.Key("update ratio"), lang.Key("L2 norm of the update of the layer's weight over that of the weight, for the update that was really made"),
		"size", true},
	{"weight.snr", lang.Key("signal to noise"), lang.Key("‖(g₁+g₂)/2‖² / ‖(g₁−g₂)/2‖² of the weight's gradients g₁ and g₂ on the two halves of the batch: about 1 is pure noise"),
		"size", true},
	{"weight.unchanged", lang.Key("unchanged weights"), lang.Key("share of the weights not one bit of which the update changed"),
		"share", true},
	{"gains.weight", lang.Key("weights"), lang.Key("log10 of what the product with the next layer's Wᵀ made of RMS(δ)"),
		"signed", true},
	{"gains.activation", lang.Key("activation"), lang.Key("log10 of what the product with φ′(z) made of it"),
		"signed", true},
	{"gains.norm", lang.Key("normalisation"), lang.Key("log10 of what normalisation, and the scale of a residual branch, made of it"),
		"signed", true},
	{"gains.skip", lang.Key("skip"), lang.Key("log10 of the gradient of a block's input over the part of it that came through the branch"),
		"signed", true},
	{"gains.other", lang.Key("other"), lang.Key("log10 of what anything else made of it"),
		"signed", true},
}

// The quantities of a record by the names that they have here.
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

// value returns the quantity of a layer whose weight has the given index, or -1 without a weight. It is NaN if the record does
// not have it.
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

// inLanguage are quantities with titles and definitions in a language.
func inLanguage(language vanishing.Language, list []quantity) []quantity {
	list = slices.Clone(list)
	for i := range list {
		list[i].Title, list[i].About = language.Text(list[i].Title), language.Text(list[i].About)
	}
	return list
}
