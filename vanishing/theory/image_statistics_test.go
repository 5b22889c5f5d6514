package theory

import (
	"math/rand/v2"
	"testing"
)

// The statistics of a batch are averages over its pixels, and those of white noise are the default.
func TestStatisticsOfImages(t *testing.T) {
	const batch, channels, side = 5, 2, 4
	rng := rand.New(rand.NewPCG(1, 3))
	x := make([]float64, batch*channels*side*side)
	for i := range x {
		x[i] = rng.NormFloat64() + 0.5
	}
	pixel := func(b, c, i, j int) float64 { return x[((b*channels+c)*side+i)*side+j] }
	im := ImageOf(x, batch, side, side)
	square, product, other := 0.0, 0.0, 0.0
	for b := range batch {
		for c := range channels {
			square += pixel(b, c, 1, 2) * pixel(b, c, 1, 2) / (batch * channels)
		}
	}
	near(t, "mean square", im.MeanSquares[1*side+2], square, 1e-12)
	size := 0.0 // Σ √(q q') over the pairs at the offset (1, 2)
	for i := range side - 1 {
		for j := range side - 2 {
			size += root(im.MeanSquares[i*side+j] * im.MeanSquares[(i+1)*side+j+2])
			for c := range channels {
				for b := range batch {
					for k := range batch {
						v := pixel(b, c, i, j) * pixel(k, c, i+1, j+2)
						if k == b {
							product += v / (batch * channels)
						} else {
							other += v / (batch * channels * (batch - 1))
						}
					}
				}
			}
		}
	}
	d := grid{side, side}.index(1, 2)
	near(t, "cosine in one image", im.Same[d], product/size, 1e-12)
	// Of two images the average over both orders, which the offset and its opposite have.
	opposite := 0.0
	for i := range side - 1 {
		for j := range side - 2 {
			for c := range channels {
				for b := range batch {
					for k := range batch {
						if k != b {
							opposite += pixel(k, c, i, j) * pixel(b, c, i+1, j+2) / (batch * channels * (batch - 1))
						}
					}
				}
			}
		}
	}
	near(t, "cosine in two images", im.Other[d], (other+opposite)/2/size, 1e-12)
	if own := im.Same[(grid{side, side}).index(0, 0)]; own != 1 {
		t.Errorf("the cosine of a pixel with itself is %g", own)
	}
}

func root(x float64) float64 { return roots([]float64{x})[0] }
