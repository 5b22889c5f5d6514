// Package scale checks whether an architecture keeps its sizes when it grows in width or in depth: it trains networks of several sizes for
// a few steps, and fits a power of the size to what flows in each layer (the coordinate check of Yang et al. 2022). The exponents
// are held against those of standard networks, of muP and, over the depth, of residual branches that are divided by the root of their
// number or by the number itself. Where something grows or shrinks, the verdict names the layer and the rate, first values or factor
// that mend it.
//
//	check, err := scale.Measure(ctx, scale.Config{
//		Family: func(width, depth int) graph.Model { ... },
//		Widths: []int{64, 128, 256, 512}, Depths: []int{3}, X: x, Y: y,
//	})
//	verdict := check.Judge()
//
// [FindRates] looks for the best learning rate at each size: in muP it stays where it is.
package scale
