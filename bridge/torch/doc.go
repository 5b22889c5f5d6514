// Package torch holds gradflow.py, which records the training of a PyTorch model as a profile, and the tests that compare its
// profiles with those of package vanishing.
package torch
