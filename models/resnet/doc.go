// Package resnet builds fully connected residual networks.
//
//	model := resnet.Model{Input: 784, Blocks: 15, Width: 100, Output: 10}
//
// A block that skips two layers computes a[l+2] = g(z[l+2] + a[l]): the sum comes before the last activation g (He et al.
// 2015, eq. 1). Whatever happens to the gradient inside the branch, the skip hands it on, so the early layers of a deep
// network learn.
//
// That is the idea; three details decide whether it works.
//
// # The branch must be tamed
//
// A skip alone does not vanish, it explodes. For a' = relu(a + branch(a)) without normalisation and with He's
// initialisation, the squared norm of the gradient grows by a factor of 2.0 to 2.3 per block, the more the deeper the
// network (for infinite width, and a gradient that knows nothing of the signal, theory gives 2.05), and that of the signal
// by 2.4. Over 50 blocks the gradient grows by nine decades. The default therefore multiplies each branch by
// 1/sqrt(number of blocks), with which both stay of one size at any depth; Norm puts batch or layer normalisation into
// the branch instead, with which they grow only like a power of the depth; ZeroInit starts each branch at zero, so that
// the network begins as if its blocks were not there.
//
// # The skip ends before the activation
//
// In a post-activation block the gradient that comes back along the skip is multiplied by g' once per block. For ReLU that
// is 0 or 1, and units that are positive stay positive. For the sigmoid it is at most 1/4, so that a residual network of
// sigmoids still vanishes: choose ReLU, or PreActivation.
//
// # Pre-activation
//
// With PreActivation the block is x' = x + branch(x), with normalisation and activation in front of each linear map (He et
// al. 2016): the way from the last block to the first is free of activations.
//
// The package's tests measure each of these statements; docs/guide shows the figures.
package resnet
