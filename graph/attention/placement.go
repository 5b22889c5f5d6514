package attention

import (
	"math"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/enum"
)

// A Placement says where the residual and the normalisation of each branch F are, which is attention or a feed-forward network.
type Placement int

// The placements. The zero value is PreLN.
const (
	// PreLN is x + F(norm(x)), with a last normalisation after all layers. The gradient has a way past all branches, and shrinks in
	// deep layers as 1/sqrt(layers) (Xiong et al. 2020).
	PreLN Placement = iota
	// PostLN is norm(x + F(x)), the first Transformer. The gradient of the last layers is large at first, whatever the depth, and
	// deep networks need a warm-up of the learning rate.
	PostLN
	// DeepNorm is norm(alpha·x + F(x)) with a smaller start of F, as Wang et al. 2022 derive both from the number of layers.
	DeepNorm
	// ReZero is x + a·F(x) with a number a that is trained and begins at 0, and no normalisation (Bachlechner et al. 2020).
	ReZero
	// NoResidual is F(norm(x)), the plain twin of PreLN.
	NoResidual
)

var placementNames = []string{"pre-ln", "post-ln", "deepnorm", "rezero", "none"}

// String is "pre-ln", "post-ln", "deepnorm", "rezero" or "none".
func (p Placement) String() string { return enum.Name("placement", p, placementNames...) }

// ParsePlacement finds a placement by its name.
func ParsePlacement(name string) (Placement, error) {
	for p := PreLN; p <= NoResidual; p++ {
		if p.String() == strings.ToLower(name) {
			return p, nil
		}
	}
	return PreLN, errors.Errorf("attention: unknown placement: got %q, want one of %s", name, strings.Join(placementNames, ", "))
}

// Validate returns an error unless p is one of the placements.
func (p Placement) Validate() error {
	if p < PreLN || p > NoResidual {
		return errors.Errorf("attention: Placement: got %v, want one of %s", p, strings.Join(placementNames, ", "))
	}
	return nil
}

// normsFirst tells whether each branch begins with a normalisation.
func (p Placement) normsFirst() bool { return p == PreLN || p == NoResidual }

// deepNorm are the constants of DeepNorm: alpha multiplies the skip, and beta the first weights of the branch.
type deepNorm struct{ alpha, beta float64 }

// The constants are those of Wang et al. 2022, fig. 2, for n layers of an encoder and m of a decoder.

// deepNormAlone is for an encoder, or a decoder, alone.
func deepNormAlone(n int) deepNorm {
	return deepNorm{math.Pow(2*float64(n), 0.25), math.Pow(8*float64(n), -0.25)}
}

// deepNormEncoder is for the encoder before a decoder.
func deepNormEncoder(n, m int) deepNorm {
	power := math.Pow(math.Pow(float64(n), 4)*float64(m), 1.0/16)
	return deepNorm{0.81 * power, 0.87 / power}
}

// deepNormDecoder is for the decoder after an encoder.
func deepNormDecoder(m int) deepNorm {
	return deepNorm{math.Pow(3*float64(m), 0.25), math.Pow(12*float64(m), -0.25)}
}
