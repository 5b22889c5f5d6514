// Package resnet builds residual networks: [Image] for images, with convolutions, and [Model] for rows of features, fully connected.
//
//	model, err := resnet.CIFAR(20, 10)     // of the paper, for images of 32 by 32 pixels
//	model, err := resnet.ImageNet(50, 1000) // as torchvision has it, for images of 224 by 224 pixels
//	model := resnet.Image{Classes: 10, Blocks: []int{2, 2}, Width: 8, PreActivation: true}
//	model := resnet.Model{Input: 784, Blocks: 15, Width: 100, Output: 10}
//
// The next paragraphs are about the blocks of Model; those of Image follow the same rules.
//
// A block that skips two layers computes a[l+2] = g(z[l+2] + a[l]): the sum comes before the last activation g (He et al.
// 2015, eq. 1). Whatever happens to the gradient inside the branch, the skip passes it on, so the early layers of a deep
// network learn.
//
// Three details decide whether that works.
//
// # The branch must be tamed
//
// With skips alone the gradient does not vanish, it explodes. For a' = relu(a + branch(a)) without normalisation and with
// He's initialisation, the squared norm of the gradient grows by a factor of 2.0 to 2.3 per block, the more the deeper the
// network. (Theory gives 2.05 for infinite width and a gradient that is independent of the signal.) The squared norm of the
// signal grows by 2.4 per block. Over 50 blocks the gradient grows by nine decades. There are three remedies:
//
//   - The default multiplies each branch by 1/sqrt(number of blocks). Signal and gradient then keep their size at any depth.
//   - Norm puts batch or layer normalisation into the branch instead. Both then grow only like a power of the depth.
//   - ZeroInit starts each branch at zero. The network then begins as if its blocks were not there. So does a [Start]: SkipInit, ReZero or
//     Fixup, which multiply each branch by a number that is trained.
//
// # The skip ends before the activation
//
// In a post-activation block the gradient that comes back along the skip is multiplied by g' once per block. For ReLU g' is
// 0 or 1, and units that are positive stay positive. For the sigmoid g' is at most 1/4, so the gradient still vanishes in a
// residual network of sigmoids: choose ReLU, or PreActivation.
//
// # Pre-activation
//
// With PreActivation the block is x' = x + branch(x), with normalisation and activation before each linear map (He et
// al. 2016). No activation lies on the way from the last block to the first.
//
// # The plain twin
//
// NoSkip removes the skips and keeps everything else, including the scale of the branches. The branch is then the only way
// through a block, and the scale multiplies it in each block. With the default scale the twin's gradient vanishes for that
// reason alone, by the factor (1/sqrt(blocks))^(blocks-1) from the last block to the first: such a twin shows the scale more
// than the missing skip. A fair twin has BranchScale: 1, and an initialisation or a Norm with which the residual network does
// not explode. Over 15 blocks of width 100 with ReLU and 20 seeds, the gradient at the first block divided by the gradient at
// the last block is
//
//	                                        plain               residual
//	default                                 3e-9 to 1.2e-8      1.1 to 1.4
//	BranchScale: 1                          0.57 to 2.0         110 to 400
//	BranchScale: 1, Init: Normal{Std: 0.05} 1.3e-13 to 4.5e-13  0.79 to 0.88
//	Norm: LN                                0.57 to 2.3         1.3 to 2.2
//	Norm: BN                                160 to 320          9.5 to 12
//
// for a linear loss, whose gradient is the target, in batches of 64. At this depth He's initialisation keeps the gradient
// alive without skips; a weak initialisation needs them. With batch normalisation the skips turn exponential growth into
// growth like a power of the depth.
//
// The package's tests measure each of these statements; docs/guide shows the figures.
package resnet
