// Package rivals holds the published rules by which other tools judge gradients, to compare them with vanishing.Diagnose on the
// same profiles:
//
//	for _, rule := range rivals.Rules() {
//		fmt.Println(rule.Tool, rule.Name, rule.Fires(profile).Fires)
//	}
//
// They are for comparison and not for use. Each compares one number with a constant, and such numbers change with the loss, the
// batch and the widths: the findings depend on properties that do not matter to the network's health.
//
// Most rules need a record's details. If a profile does not hold the quantity of a rule, the rule uses a similar one and describes
// it in its Note, or its Result is not Known.
//
// These rules are left out, as a profile holds no data for them:
//
//   - on data and targets: TheDeepChecker's and UMLAUT's on inputs that are not normalised and on unbalanced classes. A profile holds
//     no samples.
//   - on validation: SageMaker Debugger's Overfit and Overtraining, UMLAUT's and AutoTrainer's on overfitting, TheDeepChecker's on
//     differences between training and inference. A profile is of training.
//   - on single outputs and their range: TheDeepChecker's on output variance, magnitude and sign, DeepDiagnosis' out of range. A
//     record has the mean and the deviation of a layer, and no extremes.
//   - on the accuracy by step, and on the gradient of a regularisation loss alone: TheDeepChecker's on a loss that does not correlate
//     with the accuracy, and on overwhelming regularisation.
//   - that run the network again: TheDeepChecker's numerical gradient check, overfitting of a single batch and loss of doubled
//     batches. Tests do the first for every layer, and package remedy tries steps.
//   - SageMaker Debugger's TensorVariance, which has no default limits, and SimilarAcrossRuns, which compares two runs.
//   - on the code of the network: UMLAUT's on dropout and on missing activations, torchdiag's on parameters without gradient.
//   - on the rank of activations and on curvature, torchmortem's: a profile holds the first nowhere, and the second only if it was asked for.
//     Its catapult, a spike of the loss that heals, is no sickness, as it says itself.
//   - on fields of gradients, GradientFlow's curl and divergence, and those of its analysers of recurrent networks, Transformers and
//     policies, which read single modules.
package rivals
