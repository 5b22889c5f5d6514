// Package data holds datasets and cuts them into mini-batches.
//
// A [Dataset] is two tensors with a common first axis, the samples X and their targets Y, and any number of further columns with
// names, such as ids, masks and other targets. It can be built by hand from any slices, taken from the embedded sample of
// Fashion-MNIST, or read from files:
//
//	train, test, err := data.FashionMNIST(tensor.Float32)
//
//	ReadIDXDir        files of the kind of MNIST
//	ReadNPZ           arrays of NumPy
//	data/csv          tables with a header
//	data/cifar        CIFAR-10 and CIFAR-100
//	data/imagefolder  PNG and JPEG images in a folder for each class
//	data/text         texts, character by character
//	data/sequences    problems of long memory
//
// Images are rows (N, values) for dense layers, or (N, channels, height, width) for convolutional layers; [Dataset.Flatten] and
// [Dataset.Reshape] make one of the other.
//
// Networks train best on inputs of mean 0 and standard deviation 1. Measure the training set, then normalize both sets by its
// moments, so that nothing of the test set leaks into training. [Dataset.ChannelMoments] and [Dataset.FeatureMoments] measure channels
// or features one by one:
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
// A [Loader] changes samples on their way into a batch by a list of [Transform] values, such as the random crops and flips of
// data/augment. Its workers prepare batches on goroutines of their own, while the caller works on an earlier one:
//
//	loader := data.Loader{Batches: data.Batches{Size: 64}, Augment: []data.Transform{augment.PadAndCrop{}, augment.Flip{}}, Workers: 2}
//	for batch, err := range loader.All(ctx, train, epoch) {
//		// the same batches, whatever the number of workers
//	}
//
// train.Trainer does so if its field Augment is set. From goes on in mid-epoch: the number of the epoch and of the batch are the whole
// position of a walk.
//
// [Split] sets samples aside at random, or makes the folds of a cross-validation. A [Stream] is a set that need not fit into memory:
// it is read anew in each epoch, and a [StreamLoader] shuffles it in a buffer.
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
// an error; an [IDXReader] has another limit. CIFAR files and folders of images have bounds of the same kind. Compressed files in a
// folder and NPZ files may unpack to 100 times their size and a MiB. Fuzz tests hold the readers of IDX, CIFAR, NPY, NPZ and CSV to their
// bounds.
package data
