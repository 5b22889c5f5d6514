package page

import (
	"github.com/gradflow/gradflow/vanishing"
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

	of func(l vanishing.LayerRecord, w vanishing.ParamRecord) float64
}

// norms are in every record.
var norms = []quantity{
	{"delta_rms", "RMS(δ)", "root mean square of δ = dL/dz, the gradient of the loss with respect to the layer's pre-activations z, over batch and units",
		"size", false, func(l vanishing.LayerRecord, _ vanishing.ParamRecord) float64 { return l.DeltaRMS }},
	{"weight.grad_l2", "‖dL/dW‖", "L2 norm of the gradient of the layer's weight, before clipping",
		"size", true, func(_ vanishing.LayerRecord, w vanishing.ParamRecord) float64 { return w.GradL2 }},
}

// details are in records with details.
var details = []quantity{
	{"flushed", "flushed", "share of the entries of δ that were lost because they were too small for the type",
		"share", false, func(l vanishing.LayerRecord, _ vanishing.ParamRecord) float64 { return l.Flushed }},
	{"act_grad_rms", "RMS(dL/da)", "root mean square of the gradient with respect to the layer's activations a",
		"size", false, func(l vanishing.LayerRecord, _ vanishing.ParamRecord) float64 { return l.ActGradRMS }},
	{"pre_mean", "mean of z", "mean of the pre-activations, over batch and units",
		"signed", false, func(l vanishing.LayerRecord, _ vanishing.ParamRecord) float64 { return l.PreMean }},
	{"pre_std", "std of z", "standard deviation of the pre-activations, over batch and units",
		"size", false, func(l vanishing.LayerRecord, _ vanishing.ParamRecord) float64 { return l.PreStd }},
	{"act_mean", "mean of a", "mean of the activations, over batch and units",
		"signed", false, func(l vanishing.LayerRecord, _ vanishing.ParamRecord) float64 { return l.ActMean }},
	{"act_std", "std of a", "standard deviation of the activations, over batch and units",
		"size", false, func(l vanishing.LayerRecord, _ vanishing.ParamRecord) float64 { return l.ActStd }},
	{"act_zero", "zero activations", "share of the activations that are exactly zero",
		"share", false, func(l vanishing.LayerRecord, _ vanishing.ParamRecord) float64 { return l.ActZero }},
	{"saturated", "saturated", "share of the pre-activations where |φ′(z)| is below 1 % of its largest value, so that hardly any gradient passes",
		"share", false, func(l vanishing.LayerRecord, _ vanishing.ParamRecord) float64 { return l.Saturated }},
	{"dead", "dead units", "share of the units that are saturated on every sample of the batch",
		"share", false, func(l vanishing.LayerRecord, _ vanishing.ParamRecord) float64 { return l.Dead }},
	{"weight.norm_l2", "‖W‖", "L2 norm of the layer's weight before the update",
		"size", true, func(_ vanishing.LayerRecord, w vanishing.ParamRecord) float64 { return w.NormL2 }},
	{"weight.update_ratio", "update ratio", "L2 norm of the update of the layer's weight over that of the weight, for the update that was really made",
		"size", true, func(_ vanishing.LayerRecord, w vanishing.ParamRecord) float64 { return w.UpdateRatio }},
	{"weight.snr", "signal to noise", "‖(g₁+g₂)/2‖² / ‖(g₁−g₂)/2‖² of the weight's gradients g₁ and g₂ on the two halves of the batch: about 1 is pure noise",
		"size", true, func(_ vanishing.LayerRecord, w vanishing.ParamRecord) float64 { return w.SNR }},
	{"weight.unchanged", "unchanged weights", "share of the weights not one bit of which the update changed",
		"share", true, func(_ vanishing.LayerRecord, w vanishing.ParamRecord) float64 { return w.Unchanged }},
	{"gains.weight", "weights", "log10 of what the product with the next layer's Wᵀ made of RMS(δ)",
		"signed", true, func(l vanishing.LayerRecord, _ vanishing.ParamRecord) float64 { return l.Gains.Weight }},
	{"gains.activation", "activation", "log10 of what the product with φ′(z) made of it",
		"signed", true, func(l vanishing.LayerRecord, _ vanishing.ParamRecord) float64 { return l.Gains.Activation }},
	{"gains.norm", "normalisation", "log10 of what normalisation, and the scale of a residual branch, made of it",
		"signed", true, func(l vanishing.LayerRecord, _ vanishing.ParamRecord) float64 { return l.Gains.Norm }},
	{"gains.skip", "skip", "log10 of the gradient of a block's input over the part of it that came through the branch",
		"signed", true, func(l vanishing.LayerRecord, _ vanishing.ParamRecord) float64 { return l.Gains.Skip }},
	{"gains.other", "other", "log10 of what anything else made of it",
		"signed", true, func(l vanishing.LayerRecord, _ vanishing.ParamRecord) float64 { return l.Gains.Other }},
}
