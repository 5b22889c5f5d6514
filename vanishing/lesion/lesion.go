// Package lesion measures what a trained network loses with each of its residual blocks (Veit, Wilber and Belongie 2016): residual
// networks hardly notice, because most of their paths go around any one block, while the plain twin has a single path.
//
//	result, err := lesion.Study(ctx, lesion.Config{Model: model, Params: params, Data: test})
//	for _, b := range result.Blocks {
//		fmt.Println(b.Path, result.Accuracy-b.Accuracy)
//	}
package lesion

import (
	"context"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
)

// A Config describes a study. Model, Params and Data are needed.
type Config struct {
	Model     graph.Model
	Params    *graph.Params
	Loss      graph.Classifier // nil means graph.CrossEntropy{}
	Data      *data.Dataset    // on which the accuracy is measured
	BatchSize int              // images computed at once; 0 means 250
}

// A Result is the accuracy of a network, whole and without each of its blocks.
type Result struct {
	Accuracy float64 // of the whole network
	Blocks   []Block // in forward order
}

// A Block is one residual block, or what it is in a plain twin.
type Block struct {
	Path     string
	Accuracy float64 // without the block
	// Fixed reports that the block cannot be left out, because it changes the shape and has no skip. Its Accuracy is 0.
	Fixed bool
	// Reshapes reports that the block changes the shape, so that its skip is a projection or a padding.
	Reshapes bool
}

// Study measures the accuracy without each block. The parameters stay as they are; the accuracy of a block costs one evaluation of the
// data.
func Study(ctx context.Context, c Config) (Result, error) {
	if c.Model == nil || c.Params == nil || c.Data == nil || c.Data.X == nil {
		return Result{}, errors.New("lesion: Model, Params or Data is missing: got nil, want all three")
	}
	blocks, err := c.blocks()
	if err != nil {
		return Result{}, err
	}
	r := Result{Blocks: blocks}
	if r.Accuracy, err = c.accuracy(ctx, c.Model); err != nil {
		return Result{}, err
	}
	for i := range blocks {
		b := &blocks[i]
		if b.Fixed {
			continue
		}
		if b.Accuracy, err = c.accuracy(ctx, graph.Without(c.Model, b.Path)); err != nil {
			return Result{}, err
		}
	}
	return r, nil
}

// blocks finds the blocks of the network in its graph.
func (c Config) blocks() ([]Block, error) {
	shape := c.Data.X.Shape().Clone()
	shape[0] = 1
	p, err := graph.Build(graph.Config{Model: c.Model, Params: c.Params, Input: shape, Mode: graph.Eval})
	if err != nil {
		return nil, errors.Wrap(err, "lesion")
	}
	defer p.Close()
	if len(p.Blocks) == 0 {
		return nil, errors.New("lesion: got a network without residual blocks, want one with some, or its plain twin (NoSkip)")
	}
	var list []Block
	for _, b := range p.Blocks {
		reshapes := !b.Input.Shape().Eq(b.Branch.Shape())
		list = append(list, Block{Path: b.Path, Reshapes: reshapes, Fixed: reshapes && b.Skip == nil})
	}
	return list, nil
}

// accuracy evaluates a model with the parameters.
func (c Config) accuracy(ctx context.Context, model graph.Model) (float64, error) {
	loss := graph.Loss(graph.CrossEntropy{})
	if c.Loss != nil {
		loss = c.Loss
	}
	size := c.BatchSize
	if size == 0 {
		size = 250
	}
	scores, err := (&train.Trainer{Model: model, Loss: loss, Params: c.Params, EvalBatchSize: size}).Evaluate(ctx, c.Data)
	return scores.Accuracy, errors.Wrap(err, "lesion")
}
