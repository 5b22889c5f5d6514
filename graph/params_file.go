package graph

import (
	"io"
	"strconv"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/safetensors"
	"github.com/gradflow/gradflow/internal/files"
)

// updatesKey is the metadata that tells how often a trainer has moved the parameters of a file.
const updatesKey = "gradflow.updates"

// Save writes all parameters and running statistics to a file in the safetensors format, which PyTorch and others read too. The
// file is whole or absent: a file of that name is replaced at the end only.
func (ps *Params) Save(path string) error {
	updates := 0
	var list []safetensors.Named
	for _, p := range ps.list {
		list = append(list, safetensors.Named{Name: p.Name, Value: p.Value})
		updates = max(updates, p.Updates)
	}
	err := files.Write(path, func(w io.Writer) error {
		return safetensors.Write(w, map[string]string{updatesKey: strconv.Itoa(updates)}, list...)
	})
	return errors.Wrap(err, "graph: saving the parameters")
}

// Load gives the parameters the values of a safetensors file, before or after the first Build. See [Params.Assign].
func (ps *Params) Load(path string, how Assignment) error {
	f, err := safetensors.Open(path)
	if err != nil {
		return errors.Wrap(err, "graph: loading the parameters")
	}
	defer f.Close()
	values := make(map[string]*tensor.Dense)
	for _, info := range f.Tensors() {
		if info.Dtype != safetensors.F64 && info.Dtype != safetensors.F32 && info.Dtype != safetensors.F16 && info.Dtype != safetensors.BF16 {
			continue // such as the number of batches that PyTorch counts in a normalisation
		}
		if values[info.Name], err = f.Tensor(info.Name); err != nil {
			return errors.Wrapf(err, "graph: loading the parameters: %s", path)
		}
	}
	updates, err := strconv.Atoi(f.Metadata[updatesKey])
	if err != nil || updates < 0 {
		updates = 1 // the file is from elsewhere
	}
	return errors.Wrap(ps.assign(values, how, updates), path)
}
