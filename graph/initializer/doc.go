// Package initializer draws the first values of parameters.
//
// An [Initializer] fills one parameter from its shape, its [Fan] and a seeded source of random numbers, so the same seed gives
// the same numbers. Rules that know the fan keep a signal's size from layer to layer: [HeNormal] and [HeUniform] for the
// ReLU family, [XavierNormal] and [XavierUniform] for tanh and sigmoid, [LeCunNormal] and [LeCunUniform] for SELU.
// [Orthogonal] keeps every direction's size, and [DeltaOrthogonal] does so in convolutions. [Constant], [Uniform] and [Normal] take their numbers as given, and
// [TorchDefault] draws as torch.nn.Linear does.
//
// [Parse] reads a rule from text, such as "he" or "normal:0.05". [Variance] gives the variance of a rule's numbers without
// drawing any.
package initializer
