package vanishing

import (
	"encoding/json"
	"math"

	"github.com/pkg/errors"
)

// JSON has no NaN and no infinities. Records write them as the strings "NaN", "+Inf" and "-Inf", and read them back.

// number is a float64 that survives JSON.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	switch v := float64(n); {
	case math.IsNaN(v):
		return []byte(`"NaN"`), nil
	case math.IsInf(v, 1):
		return []byte(`"+Inf"`), nil
	case math.IsInf(v, -1):
		return []byte(`"-Inf"`), nil
	default:
		return json.Marshal(v)
	}
}

func (n *number) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case `"NaN"`:
		*n = number(math.NaN())
	case `"+Inf"`:
		*n = number(math.Inf(1))
	case `"-Inf"`:
		*n = number(math.Inf(-1))
	default:
		return errors.Wrap(json.Unmarshal(text, (*float64)(n)), `vanishing: expected a number, "NaN", "+Inf" or "-Inf"`)
	}
	return nil
}

// The types below are the records as JSON shows them.

type recordJSON struct {
	Step   int           `json:"step"`
	Epoch  int           `json:"epoch"`
	Batch  int           `json:"batch"`
	Loss   number        `json:"loss"`
	Layers []LayerRecord `json:"layers"`
	Params []ParamRecord `json:"params"`
}

// MarshalJSON writes the record.
func (r Record) MarshalJSON() ([]byte, error) {
	return json.Marshal(recordJSON{r.Step, r.Epoch, r.Batch, number(r.Loss), r.Layers, r.Params})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *Record) UnmarshalJSON(text []byte) error {
	var v recordJSON
	err := json.Unmarshal(text, &v)
	*r = Record{v.Step, v.Epoch, v.Batch, float64(v.Loss), v.Layers, v.Params}
	return err
}

type layerRecordJSON struct {
	DeltaRMS  number `json:"delta_rms"`
	ActMean   number `json:"act_mean"`
	ActStd    number `json:"act_std"`
	Saturated number `json:"saturated"`
	Dead      number `json:"dead"`
	Flushed   number `json:"flushed"`
}

// MarshalJSON writes the record.
func (r LayerRecord) MarshalJSON() ([]byte, error) {
	return json.Marshal(layerRecordJSON{number(r.DeltaRMS), number(r.ActMean), number(r.ActStd), number(r.Saturated), number(r.Dead), number(r.Flushed)})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *LayerRecord) UnmarshalJSON(text []byte) error {
	var v layerRecordJSON
	err := json.Unmarshal(text, &v)
	*r = LayerRecord{float64(v.DeltaRMS), float64(v.ActMean), float64(v.ActStd), float64(v.Saturated), float64(v.Dead), float64(v.Flushed)}
	return err
}

type paramRecordJSON struct {
	GradL2      number `json:"grad_l2"`
	GradRMS     number `json:"grad_rms"`
	NormL2      number `json:"norm_l2"`
	UpdateRatio number `json:"update_ratio"`
}

// MarshalJSON writes the record.
func (r ParamRecord) MarshalJSON() ([]byte, error) {
	return json.Marshal(paramRecordJSON{number(r.GradL2), number(r.GradRMS), number(r.NormL2), number(r.UpdateRatio)})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *ParamRecord) UnmarshalJSON(text []byte) error {
	var v paramRecordJSON
	err := json.Unmarshal(text, &v)
	*r = ParamRecord{float64(v.GradL2), float64(v.GradRMS), float64(v.NormL2), float64(v.UpdateRatio)}
	return err
}
