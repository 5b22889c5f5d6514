// Package blocked computes convolutions, and the operations between them, on images whose channels lie in blocks of 16.
//
// # Layout
//
// A batch of n images with c channels of h by w pixels, (n, c, h, w) at the interface, is stored as (n, ⌈c/16⌉, h, w, 16): the 16
// channels of a block lie side by side, then the pixels of a row, the rows, the blocks, the images. Channels from c to the next
// multiple of 16 are padding and hold zeros. [Shape] computes the sizes; [Shape.Pack] and [Unpack] convert. Elementwise functions
// that map zeros to zero, such as kernel.Add and kernel.ReLU, work on the whole slice in either layout.
//
// The weights (k, c, kh, kw) of a convolution are packed into squares of 16 input by 16 output channels, in the order in which a pass
// reads them: for each block of output channels, for each block of input channels, for each place (kh, kw) of the window. The input's
// gradient reads squares of the transposed weights. Where all results are one block, and the three columns of a window lie beside each
// other, the squares of the columns are interleaved channel by channel. [Conv.PackWeights], [Conv.PackTransposed] and
// [Conv.UnpackWeights] convert.
//
// The input of the first layer has few channels, and stays (n, c, h, w); see [NewFirst].
//
// Vectors with an element for each channel, such as a bias, have elements for whole blocks, zeros being the last.
//
// # Passes
//
// Forward and the gradient by the input are one loop: a micro-kernel computes a tile of pixels of some blocks of output channels in
// registers, over a list of places in the input. Rows of the input are first copied to a buffer with zeros around the image, in
// which pixels that lie a stride apart are neighbours. So no kernel knows of padding, stride or dilation. The gradient by the input
// is a convolution of the output's gradient with the transposed weights; with a stride there is one such convolution for each
// residue of the pixel's row and column, with the places of the window that reach it. A window of one pixel reads several rows as one,
// and images with few pixels are computed a few at a time, so that a core goes through the weights less often.
//
// The gradient by the weights multiplies a row of the input with a row of the output's gradient, pixel by pixel. The batch is
// divided into parts whose number depends on the sizes alone, and the parts are added in order.
//
// # Bits
//
// Vectors go over the channels of a block, and each element of a result is one chain of fused multiply-adds in a fixed order. A result
// of Forward or InputGradient adds blocks of the source, places of the window, and channels, the last fastest; where columns are
// interleaved, rows, channels, and columns. A weight's gradient adds pixels image by image, or, of images with few
// pixels, the same row of a few images after another. AVX-512 and AVX2 therefore give the same
// bits, as does any number of cores. The portable form rounds the products too. All forms follow package kernel in the treatment of
// subnormal numbers.
//
// To measure the kernels, and matrix products, against a loop of multiply-adds on registers: go test -run TestSpeed -speed -v.
package blocked
