package export

import (
	"bytes"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

func prometheus(t *testing.T, profiles ...vanishing.Profile) string {
	t.Helper()
	var b bytes.Buffer
	if err := Prometheus(&b, vanishing.DiagnoseAll(profiles...)...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGoldenPrometheus(t *testing.T) {
	reporttest.Golden(t, "metrics.txt", []byte(prometheus(t, reporttest.Full())))
}

// Prometheus' own checker accepts the metrics, also of names with every character that has to be escaped.
func TestPromtoolAcceptsTheMetrics(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("SKIPPED: checking metrics needs promtool, as in Debian's prometheus, and there is none")
	}
	broken := exec.Command(promtool, "check", "metrics")
	broken.Stdin = strings.NewReader("gradflow_loss{network=\"a\"} much\n")
	if broken.Run() == nil {
		t.Error("promtool accepts a value that is not a number")
	}
	nan := reporttest.Plain("nan", []float64{math.NaN(), math.Inf(1), 1})
	nan.Records[0].Loss = profile.Number(math.Inf(-1))
	escaped := reporttest.Full()
	escaped.Name, escaped.Layers[0].Path = `a "b" \c`, "a\nb"
	for _, p := range [][]vanishing.Profile{{reporttest.Full()}, {reporttest.Full(), reporttest.Full(), escaped, nan, {}}, nil} {
		check := exec.Command(promtool, "check", "metrics")
		text := prometheus(t, p...)
		check.Stdin = strings.NewReader(text)
		if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("promtool: %v\n%s\nof:\n%s", err, out, text)
		}
	}
}

func TestMetricsOfManyLayersAreBounded(t *testing.T) {
	text := prometheus(t, reporttest.Plain("deep", reporttest.Falling(1000, 0.9)))
	for _, name := range []string{"gradflow_delta_rms", "gradflow_grad_norm"} {
		if n := strings.Count(text, "\n"+name+"{"); n != maxSeries {
			t.Errorf("%s: %d series, want %d", name, n, maxSeries)
		}
	}
	for _, want := range []string{`layer="dense1",depth="1"`, `layer="dense1000",depth="1000"`, `gradflow_layers{network="deep"} 1000`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing", want)
		}
	}
}

func TestNoSeriesTwice(t *testing.T) {
	seen := make(map[string]bool)
	for _, line := range strings.Split(prometheus(t, reporttest.Full(), reporttest.Full(), reporttest.Odd()["no name"], reporttest.Odd()["no name"]), "\n") {
		series := regexp.MustCompile(`^.*\}`).FindString(line)
		if series != "" && seen[series] {
			t.Errorf("%s is there twice", series)
		}
		seen[series] = true
	}
	if len(seen) < 100 {
		t.Errorf("only %d series", len(seen))
	}
}

func TestMetricsCountWhatIsNotFinite(t *testing.T) {
	p := reporttest.Plain("nan", []float64{1, 1}, []float64{1, 1}, []float64{1, 1})
	p.Records[1].Loss, p.Records[2].Params[0].GradL2 = profile.Number(math.NaN()), profile.Number(math.Inf(1))
	text := prometheus(t, p)
	for _, want := range []string{`gradflow_nonfinite_steps_total{network="nan"} 2`, `gradflow_steps_total{network="nan"} 21`, `gradflow_verdict{network="nan",verdict="non-finite"} 1`, `norm="l2"} +Inf`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in:\n%s", want, text)
		}
	}
}

func TestPrometheusHandler(t *testing.T) {
	profiles := []vanishing.Profile{reporttest.Full()}
	server := httptest.NewServer(PrometheusHandler(func() []vanishing.Diagnosis { return vanishing.DiagnoseAll(profiles...) }))
	defer server.Close()
	answer := func(method string) (int, string, string) {
		request, err := http.NewRequest(method, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, response.Header.Get("Content-Type"), string(body)
	}
	if code, kind, body := answer("GET"); code != 200 || kind != "text/plain; version=0.0.4; charset=utf-8" || body != prometheus(t, reporttest.Full()) {
		t.Errorf("got %d, %s, %s", code, kind, body)
	}
	if code, _, body := answer("HEAD"); code != 200 || body != "" {
		t.Errorf("HEAD: got %d and %d bytes", code, len(body))
	}
	if code, _, _ := answer("POST"); code != 405 {
		t.Errorf("POST: got %d", code)
	}
	profiles[0].Records[0].Layers = nil
	if code, _, body := answer("GET"); code != 500 || !strings.Contains(body, "cut both or neither") {
		t.Errorf("of an invalid profile: %d, %s", code, body)
	}
}
