// Package data holds datasets and cuts them into mini-batches.
//
// A [Dataset] is two tensors with a common first axis, the samples X and their targets Y, and any number of further columns with
// names, such as ids, masks and other targets. It can be built by hand from any slices, taken from the embedded sample of
// Fashion-MNIST, or read from IDX files:
//
//	train, test, err := data.FashionMNIST(tensor.Float32)
//
// Networks train best on inputs of mean 0 and standard deviation 1. Measure the training set, then normalize both sets by its
// moments, so that nothing of the test set leaks into training:
//
//	moments, err := train.Moments()
//	err = train.Normalize(moments)
//	err = test.Normalize(moments)
//
// [Batches] says how an epoch is cut, and All walks through it:
//
//	batches, err := data.Batches{Size: 64, Shuffle: true, Seed: 1}.All(train, epoch)
//	for i, batch := range batches {
//		// batch.X is (64, 784), batch.Y is (64)
//	}
//
// # The embedded sample
//
// The package carries 10,000 training and 2,000 test images of Fashion-MNIST (Xiao, Rasul and Vollgraf 2017,
// arXiv:1708.07747, MIT licence): greyscale pictures of clothes, 28 x 28 pixels, ten classes, as many of each class.
// They are real images, drawn from the full set with a fixed seed; the folder fashionmnist says how. [ReadFashionMNIST]
// reads all 70,000.
//
// # Untrusted files
//
// An IDX file, gzip-compressed or not, is read only as far as its header announces. A header that announces more than 1 GiB is
// an error; an [IDXReader] has another limit.
package data
