// Package rivals holds the rules by which other tools judge gradients, as they were published, to compare them with
// vanishing.Diagnose on the same profiles:
//
//	for _, rule := range rivals.Rules() {
//		fmt.Println(rule.Tool, rule.Name, rule.Fires(profile).Fires)
//	}
//
// They are here for comparison and not for use. Each compares one number with a constant, and such numbers change with the
// loss, the batch and the widths: what they find in a network depends on things that do not matter to it.
//
// Most need a record's details. Where a profile does not hold what a rule asks for, the next best is taken and the rule's
// Note says so, or the result is not Known.
//
// These rules are left out, as a profile holds nothing to ask them of:
//
//   - of the data and targets: TheDeepChecker's and UMLAUT's of inputs that are not normalised, and of classes out of balance;
//     a profile is of gradients, and keeps no sample.
//   - of validation: SageMaker Debugger's Overfit and Overtraining, UMLAUT's and AutoTrainer's of overfitting, TheDeepChecker's of what
//     differs between training and inference. A profile is of training.
//   - of single outputs and their range: TheDeepChecker's of output variance, magnitude and sign, DeepDiagnosis' out of range. A
//     record has the mean and the deviation of a layer, and no extremes.
//   - of the accuracy by step, and of the gradient of a regularisation loss alone: TheDeepChecker's of a loss that does not go with the
//     accuracy, and of overwhelming regularisation.
//   - that run the network again: TheDeepChecker's numerical gradient check, single batch learnt by heart and loss of doubled
//     batches. Tests do the first for every layer, and package remedy tries steps.
//   - SageMaker Debugger's TensorVariance, which has no default limits, and SimilarAcrossRuns, which compares two runs.
//   - of how the network is written: UMLAUT's of dropout, and of missing activations.
package rivals
