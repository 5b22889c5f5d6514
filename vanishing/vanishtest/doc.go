// Package vanishtest makes the health of a network's gradients a unit test:
//
//	func TestGradientsArrive(t *testing.T) {
//		vanishtest.Healthy(t, model, trainSet)
//	}
//
// It trains the network for a few steps on a few batches and fails the test if its gradient vanishes, explodes, stops or
// is not finite: with the profile by layer, with what was found, and with the remedies that were tried on it. The same
// model, data and [Options] give the same outcome, bit by bit.
package vanishtest
