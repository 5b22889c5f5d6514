package report

import (
	"context"
	"os"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/browser"
)

// TestPagePictures trains three networks and takes the pictures of their pages for the documentation:
//
//	GRADFLOW_PICTURES=$PWD/docs/img go test -run 'PagePictures|LivePage' ./vanishing/report ./vanishing/live
func TestPagePictures(t *testing.T) {
	if os.Getenv("GRADFLOW_PICTURES") == "" {
		t.Skip("pictures are only taken when GRADFLOW_PICTURES names a folder for them")
	}
	b := browser.Open(t)
	sigmoid := photographed(t, "plain sigmoid", mlp.Model{Input: 784, Depth: 30, Width: 100, Output: 10, Activation: graph.Sigmoid})
	normed := photographed(t, "plain ReLU + BN", mlp.Model{Input: 784, Depth: 30, Width: 100, Output: 10, Norm: graph.BN})
	residual := photographed(t, "residual ReLU", resnet.Model{Input: 784, Blocks: 14, Width: 100, Output: 10})
	open(t, b, sigmoid)
	browser.Picture(t, "page-light.png", b.Screenshot(1280, "light"), 1950)
	open(t, b, residual)
	browser.Picture(t, "page-dark.png", b.Screenshot(1280, "dark"), 1602)
	open(t, b, sigmoid, normed, residual)
	browser.Picture(t, "page-comparison.png", b.Screenshot(1280, "light"), 1401)
}

// photographed is the profile of a network in its first 120 training steps on images.
func photographed(t *testing.T, name string, model graph.Model) vanishing.Profile {
	t.Helper()
	set, _, err := data.FashionMNIST(tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	if set, err = set.Subset(60 * 64); err != nil {
		t.Fatal(err)
	}
	recorder := &vanishing.Recorder{Name: name, Histograms: vanishing.Every(10), Paths: vanishing.Every(40)}
	trainer := &train.Trainer{Model: model, Loss: graph.CrossEntropy{}, Epochs: 2, Seed: 1, Callbacks: []train.Callback{recorder}}
	if _, err := trainer.Fit(context.Background(), set, nil); err != nil {
		t.Fatal(err)
	}
	return recorder.Profile()
}
