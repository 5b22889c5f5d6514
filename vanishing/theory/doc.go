// Package theory predicts signal and gradient of a deep network at its initialisation from a description of the network, without
// drawing weights or running it.
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
// The weights of a layer are independent random numbers. In a wide layer each pre-activation z is a sum of many terms and thus
// Gaussian. A layer is then described by the mean square q of z, which follows from the q of the layer before (Poole et al. 2016;
// each layer has its width n and its variances):
//
//	q' = n Var(W) V(q) + Var(b),  V(q) = E φ(z)²,  z ~ N(0, q)
//
// In the backward pass the gradient delta = dL/dz is multiplied by the transposed weights and by φ'. If these are independent of the
// forward pass, they multiply its squared length, on average, by (Schoenholz et al. 2017)
//
//	chi = n Var(W) D(q),  D(q) = E φ'(z)²
//
// Products of many such factors vanish or explode, unless chi is 1: the edge of chaos, see [CriticalWeightVar] and
// [EdgeOfChaos]. [Predict] follows q and chi layer by layer, with the actual widths, so that it is right far from any fixed point
// as well.
//
// # Finite width
//
// The logarithm of a product of random factors varies, with the variance
//
//	beta = Σ kappa/n,  kappa = 3 E φ'⁴/(E φ'²)² - 1
//
// and is on average beta/2 lower than the logarithm of the product's average (Hanin & Nica 2020). Compare a measurement in one
// network, or a mean of logarithms over several, with [LayerPrediction.MeanLogDelta], not with the average itself. Samples that
// differ from each other reduce the variance.
//
// Beta covers the slopes φ' of each layer. The mean square of the signal varies too, and its variation in one layer changes the
// slopes in all later ones: it adds [LayerPrediction.Sway] to the variance and [LayerPrediction.Lift] to the mean. With both, the
// standard deviation of 100 measured networks, plain or with layer normalisation, is right to some percent. They are unknown for
// networks with residual blocks. Lift is left out where the signal's size is unstable, as in GELU networks with He's weights: there
// the expansion does not hold.
//
// # The size of the signal
//
// The gradient is independent of the forward pass in all directions except one, the direction of the signal. Along it the gradient
// is that of the signal's size, which changes from layer to layer by another factor than chi. If that factor is larger, it dominates
// over many layers: [LayerPrediction.Excess]. With softplus and He's weights the squared gradient of a 50-layer network of width 256
// is a hundred times the prediction of chi. Above an Excess of 1 the prediction is rough, since the gradient is mostly that of one
// number and terms of higher order matter.
//
// # Normalisation
//
// Layer normalisation sets q to 1 and divides the gradient by the removed variance.
//
// Batch normalisation makes a unit's values over the batch uniform on a sphere. It removes from the gradient its mean over the batch
// and its component along the values. The prediction follows both for two samples, x_b·x_b' and δ_b·δ_b' on average, for finite
// batches and any activation. This assumes samples that differ equally from each other, and batches much smaller
// than the width. Yang et al. 2019 found the factor π/(π-1) of ReLU for infinite batches. A prediction needs batches of at least 6
// samples. With fewer, a few units with similar values by chance dominate the averages, which are then far above the values of one
// network. In deep narrow networks with an almost linear activation, such as tanh, samples come to differ unequally. Sway includes
// the resulting error of the prediction.
//
// # Residual blocks
//
// The branch's last weight has mean zero, so the squares of skip and branch add, forward and backward, and the cosine between the
// two is 0 on average. If the skip has no activations, as in pre-activation blocks, in the blocks of Yang & Schoenholz 2017 and in
// both kinds of transformers, the sum is Gaussian.
//
// In a post-activation block a' = g(a + branch) it is not: a large unit stays large, and so does its gradient. Here a unit's value
// is a random walk. The prediction follows its distribution by quadrature, and the gradient as a function of the value. Measured
// gradients are 1 to 3 percent per block larger at width 256. For the batch normalised form, the original ResNet, the prediction also
// assumes that two samples are nearly independent. Beta covers the branches and the product of skip and branch only.
//
// [PathCounts] splits the gradient by the number of branches that it passed.
//
// # Convolutions
//
// In a wide layer of channels the pre-activations of one channel are Gaussian over all pixels of the batch, and a convolution adds the
// products of those pairs of pixels that its window reads at one offset (Xiao et al. 2018). The prediction follows mean squares position
// by position, so that it knows what the zeros beyond a border take away: 8 % of the squared gradient in each layer of 8 by 8 pixels.
// It follows the cosines of pairs by their offset, in one image and in two. Strides, a mean over all pixels, batch normalisation over
// the pixels of the batch, residual blocks with projections or channels of zeros, and standardised weights are covered. [ImageOf]
// measures what the images of a batch have in common; white noise is the default.
//
// The taps of a window read one another's pixels. This correlates signal and gradient, in the direction of the signal, more than in
// dense networks: a ReLU network of 16 channels and 12 layers receives twice the squared gradient of infinite width. The prediction
// includes it, to first order in 1/channels, in [LayerPrediction.Lift]. What else adds to the variance was measured, not derived:
// [LayerPrediction.Margin].
//
// Delta-orthogonal weights keep the differences in size between pixels, which other weights average. They are predicted without batch
// normalisation and for activations that are linear on both sides of 0. Not predicted are other pooling, groups of channels, and layer
// or group normalisation.
//
// # Recurrence
//
// [PredictRecurrence] follows a stack of plain recurrent layers by layer and step, and [SpectralRadius] gives the rate of the linear
// recurrence with given weights. [LinearState] has the derivatives of a linear recurrent unit's states by its parameters, which grow
// with the memory although the states are stable.
//
// # Limits
//
// Not predicted are dropout, gated recurrence and attention, and trained networks. The weights of a dense layer are taken as independent,
// which orthogonal ones are not. Predict assumes Gaussian pre-activations. If most of a pre-activation is a uniform bias, as in PyTorch's default,
// the prediction differs for an activation whose slope has a cusp at 0 (softsign: by 1.4 % per layer at width 64). Networks without
// a prediction give an error with the cause [ErrNoTheory].
package theory
