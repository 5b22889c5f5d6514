package bench

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
)

// An exported parameter is described by its name and shape.
type exported struct {
	Name  string `json:"name"`
	Shape []int  `json:"shape"`
}

// Export writes the initial weights and the batches of a workload into a folder, for the processes of other frameworks.
// params.json lists the parameters. weights.f32 holds their elements one after the other, row by row; images.f32 holds the
// batches one after the other, and labels.i64 their classes. All numbers are little-endian.
func (w Workload) Export(dir string, batch int) error {
	params, err := w.Params()
	if err != nil {
		return err
	}
	var list []exported
	var weights []float32
	for _, p := range params.All() {
		if p.Role == graph.RunningStat {
			continue
		}
		list = append(list, exported{p.Name, p.Value.Shape()})
		weights = append(weights, p.Value.Float32s()...)
	}
	text, err := json.Marshal(list)
	if err != nil {
		return errors.Wrap(err, "bench")
	}
	if err := os.WriteFile(filepath.Join(dir, "params.json"), text, 0o644); err != nil {
		return errors.Wrap(err, "bench")
	}
	batches, err := Batches(batch)
	if err != nil {
		return err
	}
	return writeAll(dir, weights, batches)
}

// writeAll writes weights and batches.
func writeAll(dir string, weights []float32, batches []Batch) error {
	var images []float32
	var labels []int64
	for _, b := range batches {
		images = append(images, b.X.Float32s()...)
		for _, label := range b.Y.Ints() {
			labels = append(labels, int64(label))
		}
	}
	for name, data := range map[string]any{"weights.f32": weights, "images.f32": images, "labels.i64": labels} {
		if err := writeBinary(filepath.Join(dir, name), data); err != nil {
			return err
		}
	}
	return nil
}

func writeBinary(path string, data any) error {
	f, err := os.Create(path)
	if err != nil {
		return errors.Wrap(err, "bench")
	}
	defer f.Close()
	return errors.Wrap(binary.Write(f, binary.LittleEndian, data), "bench")
}
