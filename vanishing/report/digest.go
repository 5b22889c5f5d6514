package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/present"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report/internal/markdown"
)

// MaxDigest bounds the bytes of a digest.
const MaxDigest = 64 << 10

// A digest is the essence of profiles, for a script or a language model.
type digest struct {
	Networks []digestNetwork `json:"networks"`
	Omitted  int             `json:"omitted_networks,omitempty"`
}

type digestNetwork struct {
	Name            string              `json:"name"`
	Verdict         string              `json:"verdict"`
	Sentence        string              `json:"sentence"`
	Evidence        string              `json:"evidence,omitempty"`
	Why             string              `json:"why,omitempty"`
	Optimizer       *profile.Optimizer  `json:"optimizer,omitempty"`
	Steps           int                 `json:"recorded_steps"`
	FirstLoss       profile.Number      `json:"first_loss,omitempty"`
	LastLoss        profile.Number      `json:"last_loss,omitempty"`
	Baseline        profile.Number      `json:"baseline,omitempty"`
	LastEpoch       *profile.Epoch      `json:"last_epoch,omitempty"`
	Findings        []vanishing.Finding `json:"findings,omitempty"`
	OmittedFindings int                 `json:"omitted_findings,omitempty"`
	Layers          []digestLayer       `json:"layers,omitempty"`
	OmittedLayers   int                 `json:"omitted_layers,omitempty"`
}

// digestLayer is a layer in a network's last record; its gradient is the median of all records.
type digestLayer struct {
	Index     int             `json:"index"` // in the profile, as in a finding's layers
	Path      string          `json:"path"`
	Depth     int             `json:"depth"`
	Units     int             `json:"units,omitempty"`
	Kind      string          `json:"activation,omitempty"`
	Norm      string          `json:"norm,omitempty"`
	DeltaRMS  profile.Number  `json:"delta_rms"`
	ActStd    *profile.Number `json:"act_std,omitempty"`
	Saturated *profile.Number `json:"saturated,omitempty"`
	Dead      *profile.Number `json:"dead,omitempty"`
	Update    *profile.Number `json:"update_ratio,omitempty"`
}

// A digestLimit bounds the lists and texts of a digest.
type digestLimit struct{ networks, rows, findings, text int }

// digestLimits are tried one after the other, until the digest is small enough.
var digestLimits = []digestLimit{
	{64, 200, 40, 2000}, {32, 60, 20, 1000}, {32, 24, 10, 500}, {32, 8, 5, 300}, {32, 0, 2, 200}, {32, 0, 0, 100},
}

// DigestJSON writes the essence of profiles in at most [MaxDigest] bytes of JSON, for a script or a language model: verdicts, the findings,
// the losses, and of each layer the median of the gradient and the last details. Where it would be longer, layers are left out first, as
// [Markdown] chooses them, then findings, then networks; numbers of what was left out are in it. The texts are English.
func DigestJSON(w io.Writer, diagnoses ...vanishing.Diagnosis) error {
	english := make([]vanishing.Diagnosis, len(diagnoses))
	for i, d := range diagnoses {
		english[i] = d.In(vanishing.English)
	}
	return writeDigest(w, english, func(d digest) ([]byte, error) {
		var b bytes.Buffer
		err := json.NewEncoder(printable.JSONWriter{W: &b}).Encode(d)
		return b.Bytes(), err
	})
}

// DigestMarkdown writes the same as [DigestJSON] in Markdown, in the language of the diagnoses.
func DigestMarkdown(w io.Writer, diagnoses ...vanishing.Diagnosis) error {
	return writeDigest(w, diagnoses, func(d digest) ([]byte, error) { return d.markdown(languageOf(diagnoses)), nil })
}

func writeDigest(w io.Writer, diagnoses []vanishing.Diagnosis, encode func(digest) ([]byte, error)) error {
	if err := present.Validate(diagnoses); err != nil {
		return errors.Wrap(err, "report")
	}
	for _, limit := range digestLimits {
		b, err := encode(limit.digest(diagnoses))
		if err != nil {
			return errors.Wrap(err, "report: digest")
		}
		if len(b) <= MaxDigest {
			_, err := w.Write(b)
			return errors.Wrap(err, "report: digest")
		}
	}
	return errors.Errorf("report: digest: got more than %d bytes at the smallest form, want less (give fewer profiles)", MaxDigest)
}

func (l digestLimit) digest(diagnoses []vanishing.Diagnosis) digest {
	n := min(len(diagnoses), l.networks)
	d := digest{Networks: make([]digestNetwork, n), Omitted: len(diagnoses) - n}
	for i := range d.Networks {
		d.Networks[i] = l.network(diagnoses[i])
	}
	return d
}

func (l digestLimit) network(d vanishing.Diagnosis) digestNetwork {
	p := d.Profile
	n := digestNetwork{
		Name: l.cut(present.TitleIn(d.Language, p)), Verdict: d.Verdict.In(d.Language), Sentence: l.cut(d.Sentence), Evidence: l.cut(d.Evidence),
		Why: l.cut(d.Budget.String()), Optimizer: p.Optimizer, Steps: len(p.Records), Baseline: p.Baseline,
	}
	if n.Optimizer != nil && len(n.Optimizer.Name) > l.text {
		n.Optimizer = nil
	}
	if k := len(p.Records); k > 0 {
		n.FirstLoss, n.LastLoss = p.Records[0].Loss, p.Records[k-1].Loss
		n.Layers = l.layers(d)
		n.OmittedLayers = len(p.Layers) - len(n.Layers)
	}
	if k := len(p.History); k > 0 {
		n.LastEpoch = &p.History[k-1]
	}
	for _, f := range d.Findings[:min(len(d.Findings), l.findings)] {
		f.Sentence, f.Evidence, f.Remedy, f.Code = l.cut(f.Sentence), l.cut(f.Evidence), l.cut(f.Remedy), l.cut(f.Code)
		f.Layers = f.Layers[:min(len(f.Layers), l.findingLayers())]
		n.Findings = append(n.Findings, f)
	}
	n.OmittedFindings = len(d.Findings) - len(n.Findings)
	return n
}

// findingLayers bounds the layers of a finding.
func (l digestLimit) findingLayers() int { return max(8, l.rows) }

func (l digestLimit) layers(d vanishing.Diagnosis) (list []digestLayer) {
	p := d.Profile
	r := p.Records[shown(d)]
	detailed := present.LastDetailed(p.Records)
	weights := p.Weights()
	picked := pick(len(p.Layers), oddness(p, present.Deltas(r)))
	for _, i := range picked[:min(len(picked), l.rows)] {
		layer := p.Layers[i]
		made := digestLayer{Index: i, Path: l.cut(layer.Path), Depth: layer.Depth, Units: layer.Units, Kind: l.cut(layer.Activation.String()), Norm: l.cut(layer.Norm.String())}
		made.DeltaRMS = r.Layers[i].DeltaRMS
		if i < len(d.DeltaRMS) {
			made.DeltaRMS = profile.Number(d.DeltaRMS[i])
		}
		if detailed != nil {
			about := &detailed.Details.Layers[i]
			made.ActStd, made.Saturated, made.Dead = &about.ActStd, &about.Saturated, &about.Dead
			if u := detailed.UpdateRatio(weights[i]); !math.IsNaN(u) {
				ratio := profile.Number(u)
				made.Update = &ratio
			}
		}
		list = append(list, made)
	}
	return list
}

// cut shortens a text to so many bytes.
func (l digestLimit) cut(text string) string {
	if text = printable.Text(text); len(text) <= l.text {
		return text
	}
	end := l.text
	for end > 0 && text[end]&0xc0 == 0x80 { // within a character
		end--
	}
	return text[:end] + "..."
}

func (d digest) markdown(say vanishing.Language) []byte {
	var b bytes.Buffer
	for _, n := range d.Networks {
		fmt.Fprintf(&b, "## %s: %s\n\n%s\n\n", markdown.Escape(n.Name), n.Verdict, markdown.Escape(n.Sentence))
		for _, text := range []string{n.Evidence, n.Why} {
			if text != "" {
				fmt.Fprintf(&b, "%s\n\n", markdown.Escape(text))
			}
		}
		if n.FirstLoss != 0 {
			fmt.Fprintf(&b, "%s\n\n", say.Sprintf("Loss: %.4g in the first recorded step, %.4g in the last of %d.", float64(n.FirstLoss), float64(n.LastLoss), n.Steps))
		}
		for _, f := range n.Findings {
			fmt.Fprintf(&b, "- **%s** (%s): %s\n", f.Rule, say.Text(f.Severity.String()), markdown.Escape(say.Sentences(f.Sentence, f.Evidence, f.Remedy)))
		}
		if n.OmittedFindings > 0 {
			fmt.Fprintf(&b, "\n%s\n", say.Sprintf("Findings left out: %d.", n.OmittedFindings))
		}
		n.table(&b, say)
	}
	if d.Omitted > 0 {
		fmt.Fprintf(&b, "%s\n", say.Sprintf("Networks left out: %d.", d.Omitted))
	}
	return b.Bytes()
}

func (n digestNetwork) table(b *bytes.Buffer, say vanishing.Language) {
	if len(n.Layers) > 0 {
		fmt.Fprintf(b, "\n| %s | %s | dL/dz | %s | %s | %s | %s |\n|--:|---|--:|--:|--:|--:|--:|\n",
			say.Text("depth"), say.Text("layer"), say.Text("std"), say.Text("sat"), say.Text("dead"), say.Text("update"))
	}
	for _, l := range n.Layers {
		fmt.Fprintf(b, "| %d | %s | %s | %s | %s | %s | %s |\n", l.Depth, markdown.Escape(l.Path), scientific(float64(l.DeltaRMS)),
			digestCell(l.ActStd), digestCell(l.Saturated), digestCell(l.Dead), digestCell(l.Update))
	}
	if n.OmittedLayers > 0 {
		fmt.Fprintf(b, "\n%s\n", say.Sprintf("Layers left out: %d.", n.OmittedLayers))
	}
	b.WriteString("\n")
}

func digestCell(v *profile.Number) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.3g", float64(*v))
}
