package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
)

// attended is a made-up network with two attentions of three heads.
func attended() vanishing.Profile {
	return madeup.WithAttention(madeup.Network{Name: "net", Layers: 8, Steps: 3, Factor: 0.9, Activation: "relu", Residual: true}.Profile(), 2, 3, 1)
}

// The table of the attentions has the extremes of their heads, in text and in Markdown; CSV has each number.
func TestAttentionInReports(t *testing.T) {
	d := vanishing.Diagnose(attended())
	var text, markdown bytes.Buffer
	if err := (Text{}).Table(&text, d); err != nil {
		t.Fatal(err)
	}
	if err := Markdown(&markdown, d); err != nil {
		t.Fatal(err)
	}
	row := []string{"3", "layers/0/attention", "3", "6.67", "77% - 90%", "15%", "2", "2", "0.10", "0.15", "0.71"}
	if flat := strings.Join(strings.Fields(text.String()), " "); !strings.Contains(flat, strings.Join(row, " ")) || !strings.Contains(flat, "Attention in step 20:") {
		t.Errorf("got\n%s\nwant the row %q", text.String(), row)
	}
	if want := "| " + strings.Join(row, " | ") + " |"; !strings.Contains(markdown.String(), want) {
		t.Errorf("got\n%s\nwant the row %q", markdown.String(), want)
	}
	csv := writeCSV(t, attended())
	for _, want := range []string{
		"20,3,layers/0/attention,3,,cosine_out,0.15000000000000002\n", "20,3,layers/1/attention,5,head 3,attention.largest_logit,6.666666666666666\n",
		"20,3,block1,,,write_share,0.7071067811865475\n",
	} {
		if !strings.Contains(csv, want) {
			t.Errorf("got\n%s\nwant the line %q", csv, want)
		}
	}
}
