// Package cifar reads CIFAR-10 and CIFAR-100 (Krizhevsky 2009), colour images of 32 x 32 pixels in 10 or 100 classes, from the
// binary version that the authors publish:
//
//	train, test, err := cifar.Read("cifar-10-batches-bin", tensor.Float32)
//	// train.X is (50000, 3, 32, 32), train.Y is (50000), train.Classes[0] is "airplane"
//
// A file is a row of records without a header. A record is a byte for the class, or two in CIFAR-100, and 3072 bytes of pixels: the
// red, the green and the blue channel, each row by row.
package cifar
