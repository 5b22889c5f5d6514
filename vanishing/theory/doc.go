// Package theory predicts what signal and gradient do in a deep network from its description alone.
package theory
