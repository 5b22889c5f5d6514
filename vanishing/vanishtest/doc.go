// Package vanishtest checks the health of a network's gradients in a unit test:
//
//	func TestGradientsArrive(t *testing.T) {
//		vanishtest.Healthy(t, model, trainSet)
//	}
//
// It trains the network for a few steps and fails the test if the gradient vanishes, explodes, stops or is not finite. The message
// has the findings, the profile by layer, and the remedies that were tried. The same model, data and [Options] give the same
// outcome, bit by bit.
package vanishtest
