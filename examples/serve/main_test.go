package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gradflow/gradflow/data/csv"
)

const table = "../tables/houses.csv"

// saved trains a model for a moment and saves it.
func saved(t *testing.T) (schemaPath, paramsPath string) {
	t.Helper()
	houses, schema, err := csv.Read(table, csv.Options{Targets: []string{"price"}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "houses")
	trainer, err := load(schema, path+".nothing")
	if err == nil {
		t.Fatal("a missing file was loaded")
	}
	trainer.Epochs = 2
	if _, err := trainer.Fit(context.Background(), houses, nil); err != nil {
		t.Fatal(err)
	}
	if err := schema.Save(path + ".json"); err != nil {
		t.Fatal(err)
	}
	if err := trainer.Params.Save(path + ".safetensors"); err != nil {
		t.Fatal(err)
	}
	return path + ".json", path + ".safetensors"
}

// Many clients ask for tables of different sizes at once; each gets the prices of the saved model.
func TestServe(t *testing.T) {
	schemaPath, paramsPath := saved(t)
	schema, err := csv.LoadSchema(schemaPath)
	if err != nil {
		t.Fatal(err)
	}
	trainer, err := load(schema, paramsPath)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(serve(schema, trainer))
	defer server.Close()

	text, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	houses, err := schema.Read(table)
	if err != nil {
		t.Fatal(err)
	}
	want, err := trainer.Predict(context.Background(), houses.X)
	if err != nil {
		t.Fatal(err)
	}
	var clients sync.WaitGroup
	for client := range 8 {
		clients.Go(func() {
			for n := 1; n <= 5; n++ {
				from := 1 + client*10
				status, body := post(t, server.URL, lines[0]+strings.Join(lines[from:from+n], ""))
				var prices []float32
				if err := json.Unmarshal([]byte(body), &prices); err != nil || status != http.StatusOK {
					t.Errorf("status %d: %s", status, body)
					return
				}
				if !slices.EqualFunc(prices, want.Float32s()[from-1:from-1+n], near) {
					t.Errorf("got %v, want %v", prices, want.Float32s()[from-1:from-1+n])
				}
			}
		})
	}
	clients.Wait()

	if status, body := post(t, server.URL, "area,rooms\n1,2\n"); status != http.StatusBadRequest || !strings.Contains(body, `want "age", "district"`) {
		t.Errorf("without columns: got status %d: %s", status, body)
	}
	if status, body := post(t, server.URL, lines[0]+strings.Repeat(lines[1], 40_000)); status != http.StatusBadRequest || !strings.Contains(body, "too large") {
		t.Errorf("a large table: got status %d: %s", status, body)
	}
}

// near compares predictions in batches of different sizes, which round differently.
func near(a, b float32) bool { return a-b < 1e-5*b && b-a < 1e-5*b }

func post(t *testing.T, url, text string) (status int, body string) {
	t.Helper()
	answer, err := http.Post(url, "text/csv", strings.NewReader(text))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Error(err)
	}
	return answer.StatusCode, string(content)
}
