package setup

import (
	"context"
	"os"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/data/cifar"
	"github.com/gradflow/gradflow/data/imagefolder"
)

// Images loads the images: as rows for dense networks, and as they are for convolutional ones. It returns an error as soon as ctx is
// done.
func (o Options) Images(ctx context.Context) (trainSet, valSet *data.Dataset, err error) {
	sets, err := console.Await(ctx, func() (sets [2]*data.Dataset, err error) {
		trainSet, valSet, err := o.load()
		if err != nil || o.Model != "" {
			return [2]*data.Dataset{trainSet, valSet}, err
		}
		if sets[0], err = trainSet.Flatten(); err != nil {
			return sets, err
		}
		sets[1], err = valSet.Flatten()
		return sets, err
	})
	return sets[0], sets[1], err
}

// load reads the images, (N, channels, height, width), and normalises each channel to mean 0 and standard deviation 1.
func (o Options) load() (trainSet, valSet *data.Dataset, err error) {
	if trainSet, valSet, err = o.read(); err != nil {
		return nil, nil, err
	}
	if o.subset > 0 {
		if trainSet, err = trainSet.Subset(o.subset); err != nil {
			return nil, nil, errors.Wrap(err, "-subset")
		}
		if valSet, err = valSet.Subset(min(valSet.Len(), max(1, o.subset/5))); err != nil {
			return nil, nil, errors.Wrap(err, "-subset")
		}
	}
	if o.Batch > trainSet.Len() {
		return nil, nil, errors.New(say.Sprintf("-batch: got %d, want at most %d, the images to train on", o.Batch, trainSet.Len()))
	}
	moments, err := trainSet.ChannelMoments()
	if err != nil {
		return nil, nil, err
	}
	if o.NoteImages != nil {
		o.NoteImages(trainSet, moments)
	}
	if err := trainSet.Normalize(moments); err != nil {
		return nil, nil, err
	}
	return trainSet, valSet, valSet.Normalize(moments)
}

// read reads the images of -data, or the built-in ones.
func (o Options) read() (trainSet, valSet *data.Dataset, err error) {
	if o.dataDir == "" {
		return builtIn()
	}
	if _, err := os.Stat(o.dataDir); err != nil {
		return nil, nil, errors.Wrap(err, "-data")
	}
	switch isIDX, isCIFAR := data.HoldsIDX(o.dataDir), cifar.Holds(o.dataDir); {
	case o.imageSize > 0 && (isIDX || isCIFAR):
		return nil, nil, errors.New(say.Sprintf("-image-size: got %d, want 0 for %s (only PNG and JPEG images are resized)",
			o.imageSize, o.dataDir))
	case isIDX:
		return data.IDXReader{Images: true}.ReadFashionMNIST(o.dataDir, tensor.Float32)
	case isCIFAR:
		return cifar.Read(o.dataDir, tensor.Float32)
	case imagefolder.Holds(o.dataDir):
		return o.readFolder()
	}
	return nil, nil, errors.New(say.Sprintf("-data: got %s, which holds no images in a known form, want the four IDX files of Fashion-MNIST or MNIST, "+
		"CIFAR-10 or CIFAR-100 in the binary version, or a folder of PNG or JPEG images for each class", o.dataDir))
}

// readFolder reads a folder of PNG and JPEG images.
func (o Options) readFolder() (trainSet, valSet *data.Dataset, err error) {
	trainSet, valSet, err = imagefolder.Reader{Height: o.imageSize, Width: o.imageSize, Seed: o.Seed}.Read(o.dataDir, tensor.Float32)
	var sizes *imagefolder.SizeError
	if errors.As(err, &sizes) {
		err = errors.New(say.Sprintf("-data: %s: got %d x %d pixels (height x width), want %d x %d, as of %s (-image-size resizes all images)",
			sizes.Path, sizes.Height, sizes.Width, sizes.FirstHeight, sizes.FirstWidth, sizes.First))
	}
	return trainSet, valSet, err
}

// builtIn is the built-in sample of Fashion-MNIST, as images.
func builtIn() (trainSet, valSet *data.Dataset, err error) {
	if trainSet, valSet, err = data.FashionMNIST(tensor.Float32); err != nil {
		return nil, nil, err
	}
	if trainSet, err = trainSet.Reshape(1, 28, 28); err != nil {
		return nil, nil, err
	}
	valSet, err = valSet.Reshape(1, 28, 28)
	return trainSet, valSet, err
}
