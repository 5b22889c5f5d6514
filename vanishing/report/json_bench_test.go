package report

import (
	"bytes"
	"io"
	"testing"

	"github.com/gradflow/gradflow/vanishing/internal/madeup"
)

// The JSON of 10,000 records of four layers, with details in all and histograms in a third.
func BenchmarkJSON(b *testing.B) {
	p := madeup.Long(10_000)
	var text bytes.Buffer
	if err := JSON(&text, p); err != nil {
		b.Fatal(err)
	}
	b.Run("write", func(b *testing.B) {
		b.SetBytes(int64(text.Len()))
		for b.Loop() {
			if err := JSON(io.Discard, p); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(text.Len()))
		for b.Loop() {
			if _, err := ReadJSON(bytes.NewReader(text.Bytes())); err != nil {
				b.Fatal(err)
			}
		}
	})
}
