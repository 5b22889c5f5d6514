// Command serve answers with the prices of houses that are posted to it as CSV, by the model that examples/tables has saved.
//
//	go run ./examples/tables -csv examples/tables/houses.csv
//	go run ./examples/serve
//	curl --data-binary @examples/tables/houses.csv http://localhost:8080/
package main

import (
	"encoding/json"
	"flag"
	"log"
	"net/http"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data/csv"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
)

func main() {
	addr := flag.String("addr", "localhost:8080", "address to listen on")
	flag.Parse()
	schema, err := csv.LoadSchema("houses.json")
	if err != nil {
		log.Fatal(err)
	}
	trainer, err := load(schema, "houses.safetensors")
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(*addr, serve(schema, trainer)))
}

// load makes a trainer of the saved parameters; it only predicts.
func load(schema *csv.Schema, path string) (*train.Trainer, error) {
	trainer := &train.Trainer{
		Model:             mlp.Model{Input: len(schema.Features()), Hidden: []int{32, 32}, Output: 1},
		StandardizeInputs: true, StandardizeTargets: true,
		Loss: graph.MSE{}, Params: graph.NewParams(tensor.Float32, 0),
	}
	return trainer, trainer.Params.Load(path, graph.Assignment{})
}

// serve answers a table of houses with a list of prices. Requests are answered at the same time, each by a program of its own.
func serve(schema *csv.Schema, trainer *train.Trainer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		houses, err := schema.Parse(http.MaxBytesReader(w, r.Body, 1<<20), "request")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		prices, err := trainer.Predict(r.Context(), houses.X)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		json.NewEncoder(w).Encode(prices.Data())
	})
}
