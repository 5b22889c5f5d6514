package features

import (
	"cmp"
	"context"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A Sighting is an image that excites a unit: where on its map it does so most, and how much.
type Sighting struct {
	Image    int // number in the dataset
	Row, Col int // of the map
	Value    float64
}

// Best are, for each unit of a layer, the n images (of a tensor (images, channels, height, width)) that excite it most at one place, best
// first.
func (v *Viewer) Best(ctx context.Context, images *tensor.Dense, layer int, units []int, n int) ([][]Sighting, error) {
	l, err := v.layer(layer, units)
	if err != nil {
		return nil, err
	}
	best := make([][]Sighting, len(units))
	plane := l.Height * l.Width
	err = v.eachBatch(ctx, images, l, func(first int, values []float64) {
		for i := range len(values) / (l.Units * plane) {
			for k, u := range units {
				at := values[(i*l.Units+u)*plane:][:plane]
				top := 0
				for j, x := range at {
					if x > at[top] {
						top = j
					}
				}
				best[k] = append(best[k], Sighting{first + i, top / l.Width, top % l.Width, at[top]})
			}
		}
		for k := range best { // keeps the memory small
			slices.SortStableFunc(best[k], func(a, b Sighting) int { return cmp.Compare(b.Value, a.Value) })
			best[k] = best[k][:min(n, len(best[k]))]
		}
	})
	return best, err
}

// Lively are the n units of a layer whose values vary most over the images and the places of their maps, in order of their numbers. All
// units of a layer of n or fewer are lively.
func (v *Viewer) Lively(ctx context.Context, images *tensor.Dense, layer, n int) ([]int, error) {
	l, err := v.layer(layer, nil)
	if err != nil {
		return nil, err
	}
	units := make([]int, l.Units)
	for u := range units {
		units[u] = u
	}
	if l.Units <= n {
		return units, nil
	}
	plane := l.Height * l.Width
	seen := make([]spread, l.Units)
	if err := v.eachBatch(ctx, images, l, func(_ int, values []float64) {
		for i, x := range values {
			seen[i/plane%l.Units].add(x)
		}
	}); err != nil {
		return nil, err
	}
	slices.SortStableFunc(units, func(a, b int) int { return cmp.Compare(seen[b].variance(), seen[a].variance()) })
	units = units[:n]
	slices.Sort(units)
	return units, nil
}

// A spread is the sum of numbers and of their squares.
type spread struct{ n, sum, squares float64 }

func (s *spread) add(x float64) { s.n, s.sum, s.squares = s.n+1, s.sum+x, s.squares+x*x }

func (s *spread) variance() float64 { return s.squares/s.n - (s.sum/s.n)*(s.sum/s.n) }

// tapped is a tap that hands on a node's values.
func tapped(take func([]float64)) func(gorgonia.Value) {
	return func(value gorgonia.Value) { take(floats(value.(*tensor.Dense))) }
}
