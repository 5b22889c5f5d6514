// Package sequences makes problems of long memory, by which recurrent and attention networks are measured: the copy problem and the
// adding problem (Hochreiter & Schmidhuber 1997, in the forms of Arjovsky et al. 2016). Each has a lag, over which a network must
// remember, and a loss that a network without memory cannot go below.
//
// Samples are drawn from a seed: the same seed gives the same samples, and a part of a set is the set of fewer samples.
package sequences
