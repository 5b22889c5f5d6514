package blas

import (
	"math"
	"runtime"
	"testing"
)

// Φ at some numbers, computed with 80 digits. The rounding of x/√2 alone would make thousands of ulps of an error at the end.
// The compiler of some processors fuses multiplications and additions, which must not undo what makes up for it.
func TestNormalCDFFarOut(t *testing.T) {
	bound := 4.0 // ulps: erfc and exp are good to two and one
	if runtime.GOARCH == "s390x" {
		bound = 130 // math.Erfc in Go's assembly for it is up to 124 ulps off, at 14.85
	}
	for x, want := range map[float64]float64{
		-1.75:   0.04005915686381709,
		-2.625:  0.004332448363012558,
		-5.3:    5.790134039964594e-08,
		-10.1:   2.762109471764517e-24,
		-15.7:   7.56210317468378e-56,
		-20.3:   6.429244467698346e-92,
		-23.673: 3.4213555288818035e-124,
		-30.1:   2.4226672179857586e-199,
		-37.2:   3.412054343470239e-303,
	} {
		got := normalCDF(x)
		if off := math.Abs(got-want) / (math.Nextafter(want, 1) - want); off > bound {
			t.Errorf("Φ(%g) = %g, want %g: %.0f ulps off, more than %g", x, got, want, off, bound)
		}
	}
}
