package plot

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

func TestBudgetNamesThePartsThereAre(t *testing.T) {
	f, err := Budget(vanishing.Diagnose(reporttest.Residual(10)))
	if err != nil {
		t.Fatal(err)
	}
	svg := string(render(t, f, "svg"))
	for _, want := range []string{">activation<", ">weights<", ">normalisation, scale<", ">skips<", ">sum<", "to the derivative of relu"} {
		if !strings.Contains(svg, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(svg, ">other<") {
		t.Error("a part that is zero throughout is named")
	}
	bare := reporttest.Plain("bare", reporttest.Falling(5, 0.5))
	bare.Records[0].Details = nil
	if _, err := Budget(vanishing.Diagnose(bare)); err == nil || !strings.Contains(err.Error(), "record details") {
		t.Errorf("without details: %v", err)
	}
}

// The font has no Chinese characters.
func TestBudgetOfAChineseDiagnosisIsEnglish(t *testing.T) {
	var svg [2]string
	for i, language := range []vanishing.Language{vanishing.English, vanishing.Chinese} {
		f, err := Budget(vanishing.Diagnose(reporttest.Residual(10)).In(language))
		if err != nil {
			t.Fatal(err)
		}
		svg[i] = string(render(t, f, "svg"))
	}
	if svg[0] != svg[1] {
		t.Error("the picture depends on the language of the diagnosis")
	}
}
