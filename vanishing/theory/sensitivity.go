package theory

import (
	"math"

	"github.com/pkg/errors"
)

// A LinearState describes one complex state of a linear recurrent unit that reads white noise v with E|v_t|² = 1:
//
//	x_t = λ·x_{t-1} + γ·v_t,  x_0 = 0,  λ = exp(-Decay + i·Phase)
//
// The state is stable whatever its parameters are: |dx_T/dx_0| = |λ|^T < 1.
type LinearState struct {
	Decay float64 // -ln|λ|, which is exp(nu_log); above 0
	Phase float64 // the angle of λ, which is exp(theta_log)
	Gamma float64 // γ, which is exp(gamma_log)
	Steps int     // T; 0 means the limit of long sequences
}

// A Sensitivity has root mean squares of the derivatives of the last state x_T, over the white noise. By the parametrisation of Orvieto
// et al. 2023, nu_log, theta_log and gamma_log are the logarithms of Decay, Phase and γ.
//
// Let g = dL/dx_T be the gradient by the last state, with an angle that is uniform and independent of x. Then the root mean square of dL/dp
// is that of dx_T/dp times |g|/√2, because the loss is real: only the real part of g·dx_T/dp counts.
type Sensitivity struct {
	Lambda float64 // |dx_T/dλ|
	Nu     float64 // |dx_T/dnu_log|
	Theta  float64 // |dx_T/dtheta_log|
	Gamma  float64 // |dx_T/dgamma_log|, which is |x_T|
	B      float64 // |dx_T/db| where v is b·u and u is white noise with E u² = 1
}

// Memory is 1/(1-|λ|): the number of steps over which the state adds up what it reads.
func (s LinearState) Memory() float64 { return -1 / math.Expm1(-s.Decay) }

// UnitGamma is sqrt(1-|λ|²): with this γ the states of white noise have its variance, after many steps.
func (s LinearState) UnitGamma() float64 { return math.Sqrt(-math.Expm1(-2 * s.Decay)) }

// Sensitivity computes the derivatives. From x_T = γ·Σ_k λ^k·v_{T-k} and its derivative by λ, with the squared factor r = |λ|²,
//
//	E|x_T|² = γ²·Σ_{k<T} r^k → γ²/(1-r),  E|dx_T/dλ|² = γ²·Σ_{k<T} k²·r^(k-1) → γ²·(1+r)/(1-r)³
//
// So dx_T/dλ grows as the memory to the power 3/2, although the state is stable (Zucchet & Orvieto 2024, section 3). The factor
// dλ/dnu_log = -Decay·λ takes one power of it back, and γ = sqrt(1-r) a half: with both the derivatives by nu_log, gamma_log and B keep
// their size. That by theta_log has the factor Phase in place of Decay, and still grows as the memory.
func (s LinearState) Sensitivity() (Sensitivity, error) {
	if !(s.Decay > 0) || math.IsInf(s.Decay, 0) || math.IsNaN(s.Phase) || math.IsInf(s.Phase, 0) || !(s.Gamma >= 0) || math.IsInf(s.Gamma, 0) || s.Steps < 0 {
		return Sensitivity{}, errors.Errorf("theory: linear state: got %+v, want a Decay above 0, a finite Phase, and Gamma and Steps of at least 0", s)
	}
	r, loss := math.Exp(-2*s.Decay), -math.Expm1(-2*s.Decay) // loss is 1-r
	state, slope := 1/loss, (1+r)/(loss*loss*loss)
	if s.Steps > 0 {
		state, slope = -math.Expm1(-2*s.Decay*float64(s.Steps))/loss, 0
		for k, power := 1, 1.0; k < s.Steps && power > 0; k, power = k+1, power*r {
			slope += float64(k) * float64(k) * power
		}
	}
	size, byLambda := s.Gamma*math.Sqrt(state), s.Gamma*math.Sqrt(slope)
	turn := math.Exp(-s.Decay) * byLambda // |λ·dx_T/dλ|
	return Sensitivity{Lambda: byLambda, Nu: s.Decay * turn, Theta: math.Abs(s.Phase) * turn, Gamma: size, B: size}, nil
}
