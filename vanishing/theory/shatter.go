package theory

// ReLUShattering is the correlation between the input gradients of two samples of a given cosine in a plain ReLU network of a given
// depth without biases: Π k0(c_l), where k0(c) = 1 - acos(c)/π is the share of units that are active for both samples or for neither,
// and c_l is the cosine in layer l (Balduzzi et al. 2017, who call its decay shattering). It decays like a power of the depth, about
// the third. It assumes infinite width and does not depend on the variance of the weights.
func ReLUShattering(cosine float64, depth int) float64 { return shatter(0, 1, cosine, depth, 1) }

// ResidualShattering is ReLUShattering for pre-activation blocks x + W2 relu(W1 relu(x)). ratio is the mean square of the branch over
// that of its input: Var(W1)·Var(W2)·n²/4 times the square of its scale, 1 with He's initialisation.
func ResidualShattering(ratio, cosine float64, blocks int) float64 {
	return shatter(1, ratio, cosine, blocks, 2)
}

// ShortResidualShattering is ResidualShattering for blocks x + W relu(x) of one layer, of which Balduzzi et al. 2017 say (3/4)^blocks:
// that holds as long as the units of the two samples are active independently of each other.
func ShortResidualShattering(ratio, cosine float64, blocks int) float64 {
	return shatter(1, ratio, cosine, blocks, 1)
}

// shatter sums skip and branch with the given weights. A branch has one or two ReLUs.
func shatter(skip, branch, c float64, depth, layers int) float64 {
	correlation := 1.0
	for range depth {
		forward, backward := arcForward(c), arcBackward(c)
		if layers == 2 {
			forward, backward = arcForward(forward), backward*arcBackward(forward)
		}
		correlation *= (skip + branch*backward) / (skip + branch)
		c = (skip*c + branch*forward) / (skip + branch)
	}
	return correlation
}
