// Package imagefolder reads PNG and JPEG images from a folder of folders, one for each class:
//
//	pets/cat/1.png
//	pets/cat/2.jpg
//	pets/dog/1.png
//
//	train, validation, err := imagefolder.Reader{Height: 32, Width: 32}.Read("pets", tensor.Float32)
//	// train.X is (N, 3, 32, 32), train.Y is (N), train.Classes is [cat dog]
//
// If the folder holds train and val, or train and test, each with folders of classes, these are the two sets. Otherwise a part of
// each class, chosen by a seed, is the validation set.
//
// Images are read as they lie in the file: at 8 bits, without the rotation that a camera may have noted, transparent parts black.
package imagefolder
