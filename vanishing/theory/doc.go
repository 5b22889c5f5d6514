// Package theory predicts what signal and gradient do in a deep network at its initialisation, from its description alone:
// no weight is drawn, nothing is run.
//
//	net := theory.Plain(30, 100, graph.Sigmoid, 1, 0) // 30 layers of width 100, Xavier's variance, no bias
//	p, err := theory.Predict(net)
//	p.Layers[0].MeanLogDelta() // ln of ms(delta 1)/ms(delta 30): -84.3
//	p.Layers[0].SD()           // ± 0.78 from one initialisation to the next
//
// A measured profile beside it tells whether a gradient vanishes because this initialisation makes it so, or because
// something else is wrong: package vanishing sets the two side by side. [CardOf] sums a prediction up.
//
// # Mean-field theory
//
// The weights of a layer are independent random numbers, so that in a wide layer each pre-activation z is a sum of many
// terms, and Gaussian. All that matters of a layer is then the mean square q of z, and it follows from that of the layer
// before (Poole et al. 2016; the widths n and the variances are those of each layer):
//
//	q' = n Var(W) V(q) + Var(b),  V(q) = E φ(z)²,  z ~ N(0, q)
//
// On the way back a gradient delta = dL/dz meets the transposed weights and φ'. Taken as independent of the way forward,
// they multiply its squared length, on average, by (Schoenholz et al. 2017)
//
//	chi = n Var(W) D(q),  D(q) = E φ'(z)²
//
// Products of many such factors vanish or explode, unless chi is 1: the edge of chaos, see [CriticalWeightVar] and
// [EdgeOfChaos]. [Predict] follows q and chi layer by layer, with the actual widths, so that it is right far from any fixed point
// as well.
//
// # Finite width
//
// The logarithm of a product of random factors is spread, with the variance
//
//	beta = Σ kappa/n,  kappa = 3 E φ'⁴/(E φ'²)² - 1
//
// and is on average beta/2 lower than the logarithm of the product's average (Hanin & Nica 2020). What is measured in one
// network, or averaged as logarithms over several, is to be compared with [LayerPrediction.MeanLogDelta], never with the
// average itself. Over many samples the spread is smaller, as far as these differ.
//
// Beta knows of the slopes φ' of each layer. The mean square of the signal is spread, too, and what it is by chance in one layer
// changes the slopes in all above: [LayerPrediction.Sway] is what that adds to the variance, and [LayerPrediction.Lift] to the
// mean. With both, the standard deviation of 100 measured networks, plain or with layer normalisation, is right to some percent.
// They are not known of networks with residual blocks. Where the signal's size is unstable, as in GELU networks with He's weights,
// Lift is left out: the expansion does not hold.
//
// # The size of the signal
//
// The gradient's independence of the way forward holds in all directions but one, that of the signal itself: along it the
// gradient is that of the signal's size, which is handed on at a rate of its own. Where that is the larger rate it wins over
// many layers: [LayerPrediction.Excess]. With softplus and He's weights the squared gradient of a 50-layer network of width
// 256 is a hundred times what chi says. Above an Excess of 1 the prediction is a rough one, as the gradient is mostly that
// of one number, and the terms of higher order count.
//
// # Normalisation
//
// Layer normalisation fixes q at 1, and on the way back divides by the variance that it took out.
//
// Batch normalisation makes a unit's values over the batch uniform on a sphere, and takes away from the gradient its mean over
// the batch and its part along the values. Both are followed for two samples, x_b·x_b' and δ_b·δ_b' on average, for finite
// batches and any activation. This assumes samples that differ equally from each other, and batches much smaller
// than the width. Yang et al. 2019 found the factor π/(π-1) of ReLU for infinite batches. A prediction wants batches of at least 6
// samples: over fewer, the averages are made by few units whose values are alike by chance, and are far above what one network
// shows. In deep narrow networks whose activation is all but linear, as tanh, samples come to differ unequally. How far
// off that may make the prediction is part of Sway.
//
// # Residual blocks
//
// The branch's last weight has mean zero, so that the squares of skip and branch add, forward and back, and the cosine between
// the two is 0 on average. If the skip is free of activations, as in pre-activation blocks, in those of Yang & Schoenholz 2017
// and in both kinds of transformers, all stays Gaussian.
//
// In a post-activation block a' = g(a + branch) it does not: a unit that is large stays large, and its gradient with it. Here
// a unit's value is followed as a random walk, by quadrature of its whole distribution, and the gradient as a function of the
// value. Measured gradients are 1 to 3 percent per block larger at width 256. The batch normalised form of it, the original
// ResNet, also assumes that two samples know next to nothing of each other. Beta is that of the branches and of the product
// of skip and branch alone.
//
// [PathCounts] says how many branches the gradient has come through.
//
// # What is not predicted
//
// Weights that are not independent, as orthogonal ones; dropout; convolution, recurrence, attention; networks that have been
// trained. Predict takes each pre-activation as Gaussian: where most of it is a uniform bias, as in PyTorch's default, an
// activation whose slope has a cusp at 0 notices (softsign, by 1.4 % per layer at width 64). Networks that can be described but
// not predicted give an error with the cause [ErrNoTheory].
package theory
