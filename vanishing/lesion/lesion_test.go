package lesion_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing/lesion"
)

// clothes are a few images of Fashion-MNIST, as rows.
func clothes(t *testing.T, n int) *data.Dataset {
	t.Helper()
	images, _, err := data.FashionMNIST(tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	if images, err = images.Subset(n); err != nil {
		t.Fatal(err)
	}
	moments, err := images.Moments()
	if err != nil {
		t.Fatal(err)
	}
	if err := images.Normalize(moments); err != nil {
		t.Fatal(err)
	}
	return images
}

// study trains a network and takes its blocks away.
func study(t *testing.T, model graph.Model, images *data.Dataset) lesion.Result {
	t.Helper()
	trainer := &train.Trainer{Model: model, Loss: graph.CrossEntropy{}, Optimizer: &optim.Adam{}, Epochs: 20, Seed: 1}
	if _, err := trainer.Fit(t.Context(), images, nil); err != nil {
		t.Fatal(err)
	}
	r, err := lesion.Study(t.Context(), lesion.Config{Model: model, Params: trainer.Params, Data: images})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A residual network survives the loss of any one block, its plain twin does not.
func TestResidualNetworksSurvive(t *testing.T) {
	images := clothes(t, 1000)
	model := resnet.Model{Input: 784, Blocks: 6, Width: 48, Output: 10, Norm: graph.BN}
	residual := study(t, model, images)
	model.NoSkip = true
	plain := study(t, model, images)
	if residual.Accuracy < 0.8 || plain.Accuracy < 0.7 {
		t.Fatalf("the networks are right in %g and %g of the images: they did not learn", residual.Accuracy, plain.Accuracy)
	}
	mean := func(r lesion.Result) (sum float64) {
		for _, b := range r.Blocks {
			sum += b.Accuracy / float64(len(r.Blocks))
		}
		return sum
	}
	if len(residual.Blocks) != 6 || len(plain.Blocks) != 6 || residual.Blocks[2].Path != "block3" {
		t.Fatalf("got the blocks %+v and %+v, want 6 of each", residual.Blocks, plain.Blocks)
	}
	if keeps, loses := mean(residual)/residual.Accuracy, mean(plain)/plain.Accuracy; keeps < 0.7 || loses > 0.4 {
		t.Errorf("without a block %.2f of the accuracy is left in the residual network and %.2f in the plain one, want most and little", keeps, loses)
	}
}

// Blocks that change the shape are told; without a skip they stay. The parameters are not touched.
func TestBlocksThatReshape(t *testing.T) {
	images, err := clothes(t, 40).Reshape(1, 28, 28)
	if err != nil {
		t.Fatal(err)
	}
	for _, noSkip := range []bool{false, true} {
		params := graph.NewParams(tensor.Float32, 1)
		model := resnet.Image{Classes: 10, Blocks: []int{1, 1}, Width: 4, Shortcut: resnet.OptionA, NoSkip: noSkip}
		r, err := lesion.Study(t.Context(), lesion.Config{Model: model, Params: params, Data: images, BatchSize: 16})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Blocks) != 2 || r.Blocks[0].Reshapes || !r.Blocks[1].Reshapes || r.Blocks[0].Fixed || r.Blocks[1].Fixed != noSkip {
			t.Errorf("NoSkip %v: got %+v", noSkip, r.Blocks)
		}
		if params.Trained() {
			t.Errorf("NoSkip %v: the parameters count as trained", noSkip)
		}
	}
}

func TestStudyRefuses(t *testing.T) {
	images := clothes(t, 20)
	params := graph.NewParams(tensor.Float32, 1)
	_, err := lesion.Study(t.Context(), lesion.Config{Model: mlp.Model{Input: 784, Depth: 2, Width: 4, Output: 10}, Params: params, Data: images})
	if err == nil || !strings.Contains(err.Error(), "without residual blocks") {
		t.Errorf("without blocks: got error %v", err)
	}
	if _, err := lesion.Study(t.Context(), lesion.Config{Params: params, Data: images}); err == nil {
		t.Error("no error without a model")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	model := resnet.Model{Input: 784, Blocks: 2, Width: 4, Output: 10}
	if _, err := lesion.Study(ctx, lesion.Config{Model: model, Params: graph.NewParams(tensor.Float32, 1), Data: images}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: got error %v", err)
	}
}
