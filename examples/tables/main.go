// Command tables learns the prices of made-up houses from a CSV file, and saves what it has learnt for examples/serve.
//
//	go run ./examples/tables -csv examples/tables/houses.csv
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/data/csv"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/metric"
)

func main() {
	path := flag.String("csv", "houses.csv", "table of houses with a column price")
	flag.Parse()
	if err := run(*path); err != nil {
		log.Fatal(err)
	}
}

func run(path string) error {
	houses, schema, err := csv.Read(path, csv.Options{Targets: []string{"price"}})
	if err != nil {
		return err
	}
	known, fresh, err := data.Split{Seed: 1}.HoldOut(houses, 0.2)
	if err != nil {
		return err
	}
	trainer := &train.Trainer{
		Model:             mlp.Model{Input: len(schema.Features()), Hidden: []int{32, 32}, Output: 1},
		StandardizeInputs: true, StandardizeTargets: true,
		Loss: graph.MSE{}, Metrics: []metric.Metric{metric.MAE{}, metric.R2{}},
		Epochs: 200, Callbacks: []train.Callback{&train.EarlyStopping{Patience: 20}},
	}
	if _, err := trainer.Fit(context.Background(), known, fresh); err != nil {
		return err
	}
	scores, err := trainer.Evaluate(context.Background(), fresh)
	if err != nil {
		return err
	}
	fmt.Printf("on new houses: %.3v\n", scores.Metrics)
	return errors.Join(schema.Save("houses.json"), trainer.Params.Save("houses.safetensors"))
}
