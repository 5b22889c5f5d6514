package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// deepNetwork is a network whose gradient vanishes, with long names of layers.
func deepNetwork(name string, layers, letters int) vanishing.Diagnosis {
	p := vanishing.Profile{Name: name}
	r := vanishing.Record{Loss: 2, Layers: make([]profile.LayerRecord, layers)}
	for i := range layers {
		p.Layers = append(p.Layers, vanishing.Layer{Path: fmt.Sprintf("%s%d", strings.Repeat("é", letters), i), Depth: i + 1})
		r.Layers[i].DeltaRMS = profile.Number(1e-8 * float64(1+i*i*i))
	}
	p.Records = []vanishing.Record{r}
	return vanishing.Diagnose(p)
}

// A digest has the verdict, the findings and the layers.
func TestDigest(t *testing.T) {
	d := deepNetwork("deep|net", 30, 1)
	var b bytes.Buffer
	if err := DigestJSON(&b, d.In(vanishing.Chinese)); err != nil {
		t.Fatal(err)
	}
	var got digest
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	n := got.Networks[0]
	if n.Verdict != d.Verdict.String() || n.Sentence != d.Sentence || len(n.Findings) != len(d.Findings) || len(n.Layers) != 30 || n.OmittedLayers != 0 || n.FirstLoss != 2 {
		t.Errorf("got %+v, want the verdict %v in English and 30 layers", n, d.Verdict)
	}
	b.Reset()
	if err := DigestMarkdown(&b, d); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"## deep\\|net: " + d.Verdict.String(), d.Sentence, "**" + d.Findings[0].Rule + "** (critical)", "| 30 | é29 |", "Loss: 2 in the first"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("got\n%s\nwant %q", b.String(), want)
		}
	}
}

// Whatever the networks, a digest stays below its bound, is valid, and tells what it leaves out.
func TestDigestIsBounded(t *testing.T) {
	for _, c := range []struct{ networks, layers, letters int }{{1, 2000, 3}, {1, 300, 5000}, {90, 60, 100}, {40, 5, 9000}} {
		var list []vanishing.Diagnosis
		for range c.networks {
			list = append(list, deepNetwork(strings.Repeat("名", c.letters), c.layers, c.letters))
		}
		var b, m bytes.Buffer
		if err := DigestJSON(&b, list...); err != nil {
			t.Fatal(err)
		}
		if err := DigestMarkdown(&m, list...); err != nil {
			t.Fatal(err)
		}
		var got digest
		if err := json.Unmarshal(b.Bytes(), &got); err != nil || b.Len() > MaxDigest || m.Len() > MaxDigest || m.Len() == 0 {
			t.Errorf("%+v: got %d bytes of JSON (%v) and %d of Markdown, want at most %d", c, b.Len(), err, m.Len(), MaxDigest)
		}
		shown := got.Networks[0]
		if len(got.Networks)+got.Omitted != c.networks || len(shown.Layers)+shown.OmittedLayers != c.layers {
			t.Errorf("%+v: got %d networks, %d omitted, and %d layers, %d omitted", c, len(got.Networks), got.Omitted, len(shown.Layers), shown.OmittedLayers)
		}
	}
}

// A network without records has a digest too.
func TestDigestOfNothing(t *testing.T) {
	var b bytes.Buffer
	if err := DigestJSON(&b, vanishing.Diagnose(vanishing.Profile{})); err != nil || !strings.Contains(b.String(), `"verdict":"undetermined"`) {
		t.Errorf("got %s, %v, want the verdict undetermined", b.String(), err)
	}
}
