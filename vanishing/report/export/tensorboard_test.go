package export

import (
	"bufio"
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/internal/eventfile"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

// An event is one that testdata/read_events.py prints.
type readEvent struct {
	WallTime float64 `json:"wall_time"`
	Step     int
	Version  string `json:"file_version"`
	Values   []struct {
		Tag, Kind, Plugin, Scalar, Text string
		Histogram                       struct {
			Min, Max, Num  float64
			Limits, Counts []float64
		}
		Charts map[string][]string
	}
}

// python is a Python with Google's protocol buffers.
func python(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import google.protobuf").Run() == nil {
			return name
		}
	}
	t.Skip("SKIPPED: reading event files back needs Python with protobuf, as in Debian's python3-protobuf, and there is none")
	return ""
}

// readEvents reads an event file with a reader that shares no code with the writer.
func readEvents(t *testing.T, path string) []readEvent {
	t.Helper()
	out, err := exec.Command(python(t), "testdata/read_events.py", path).Output()
	if err != nil {
		if exit, ok := err.(*exec.ExitError); ok {
			t.Fatalf("%v: %s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var events []readEvent
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var e readEvent
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

func TestEventFilesCanBeReadByOthers(t *testing.T) {
	dir := t.TempDir()
	p := reporttest.Full()
	p.Records[2].Loss = profile.Number(math.NaN())
	if err := (TensorBoard{}).Save(dir, vanishing.DiagnoseAll(p, p)...); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "full-2", eventfile.Name)); err != nil {
		t.Error(err)
	}
	events := readEvents(t, filepath.Join(dir, "full", eventfile.Name))
	if len(events) != 5 || events[0].Version != "brain.Event:2" {
		t.Fatalf("%d events, want the version, the layout and three steps: %+v", len(events), events[0])
	}
	scalars := make(map[string]map[int]float64)
	histograms := 0
	for _, e := range events[2:] {
		if e.WallTime != float64(e.Step) {
			t.Errorf("step %d at %v", e.Step, e.WallTime)
		}
		for _, v := range e.Values {
			if v.Kind == "histo" {
				histograms++
				continue
			}
			if scalars[v.Tag] == nil {
				scalars[v.Tag] = make(map[int]float64)
			}
			got, err := strconv.ParseFloat(v.Scalar, 64)
			if err != nil {
				t.Fatal(err)
			}
			scalars[v.Tag][e.Step] = got
		}
	}
	for i, r := range p.Records {
		for l, layer := range r.Layers {
			if got := scalars["delta_rms/"+newTags(p).layers[l]][r.Step]; float32(got) != float32(layer.DeltaRMS) {
				t.Errorf("record %d, layer %d: delta_rms %v, want %v", i, l, got, layer.DeltaRMS)
			}
		}
	}
	for tag, want := range map[string]float64{
		"grad_norm/01_dense1/weight": 1e-4, "update_ratio/05_dense5/weight": 0.05, "log10_delta_rms/01_dense1": -4, "loss": math.NaN(),
		"gain_activation/01_dense1": -1, "cosine/01_block1": 0.99, "saturated/01_dense1": 0.5,
	} {
		if got, found := scalars[tag][20]; !found || float32(got) != float32(want) && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("%s: %v, %v; want %v", tag, got, found, want)
		}
	}
	if _, found := scalars["cosine/02_block2"]; found || histograms != 20 {
		t.Errorf("a cosine that does not exist is there: %v; %d histograms, want 20", found, histograms)
	}
}

func TestLayoutShowsAllLayersInOneChart(t *testing.T) {
	path := filepath.Join(t.TempDir(), eventfile.Name)
	var b bytes.Buffer
	if err := (TensorBoard{}).Write(&b, vanishing.Diagnose(reporttest.Full())); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	events := readEvents(t, path)
	layout, text := events[1].Values[0], events[1].Values[1]
	if layout.Tag != "custom_scalars__config__" || layout.Plugin != "custom_scalars" || text.Plugin != "text" || !strings.HasPrefix(text.Text, "**Healthy.** The gradient") {
		t.Errorf("got %+v and %+v", layout, text)
	}
	used := make(map[string]int)
	for _, e := range events[2:] {
		for _, v := range e.Values {
			used[v.Tag]++
		}
	}
	for title, tags := range layout.Charts {
		lines := 0
		for tag := range used {
			for _, pattern := range tags {
				if regexp.MustCompile("^" + pattern).MatchString(tag) {
					lines++
				}
			}
		}
		if lines == 0 {
			t.Errorf("chart %q, of %q, shows nothing", title, tags)
		}
		if strings.HasPrefix(title, "log10 RMS") && lines != 5 {
			t.Errorf("chart %q shows %d lines, want one for each layer", title, lines)
		}
	}
	if len(layout.Charts) != 9 {
		t.Errorf("%d charts, want 9: %v", len(layout.Charts), layout.Charts)
	}
	for i, v := range events[2].Values {
		h := v.Histogram
		total := 0.0
		for j, count := range h.Counts {
			total += count
			if j > 0 && h.Limits[j] <= h.Limits[j-1] {
				t.Errorf("%s: limits %v are not ascending", v.Tag, h.Limits)
			}
		}
		if v.Kind == "histo" && (total != h.Num || total == 0 || len(h.Limits) != len(h.Counts)) {
			t.Errorf("value %d, %s: %+v", i, v.Tag, h)
		}
	}
}

func TestWallTimesComeFromOutside(t *testing.T) {
	var b bytes.Buffer
	timed := TensorBoard{WallTime: func(step int) float64 { return 1.7e9 + float64(step)/10 }}
	if err := timed.Write(&b, vanishing.Diagnose(reporttest.Plain("timed", []float64{1, 1}, []float64{1, 1}))); err != nil {
		t.Fatal(err)
	}
	if want := eventfile.Message(nil).Double(1, 1.7e9+1).Integer(2, 10); !bytes.Contains(b.Bytes(), want) {
		t.Errorf("%x is missing", want)
	}
}

// An event file of 1000 layers and 10,000 steps stays of a size that TensorBoard reads.
func TestEventFilesAreBounded(t *testing.T) {
	p := vanishing.Profile{}
	for i, layers := range []int{2, 1000} {
		p = reporttest.Plain("long", reporttest.Falling(layers, 0.9))
		record := p.Records[0]
		record.Details = nil
		p.Records = nil
		for step := range 10_000 {
			record.Step = step
			p.Records = append(p.Records, record)
		}
		var b bytes.Buffer
		if err := (TensorBoard{}).Write(&b, vanishing.Diagnose(p)); err != nil {
			t.Fatal(err)
		}
		if steps, want := bytes.Count(b.Bytes(), []byte("learning_rate")), []int{1000, 200}[i]; steps != want {
			t.Errorf("%d layers: %d steps, want %d", layers, steps, want)
		}
		if n := b.Len(); n > 64<<20 {
			t.Errorf("%d layers: %d bytes", layers, n)
		}
	}
}

// Each network has a folder named after it, whatever its name.
func TestRunNames(t *testing.T) {
	dir := t.TempDir()
	names := []string{"plain tanh", "a/b", "a+b", "", "普通", "../../x", "Net", "net", strings.Repeat("x", 300)}
	var profiles []vanishing.Profile
	for _, name := range names {
		profiles = append(profiles, reporttest.Plain(name, reporttest.Falling(3, 0.9)))
	}
	if err := (TensorBoard{}).Save(dir, vanishing.DiagnoseAll(profiles...)...); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"plain tanh", "a-b", "a-b-2", "network", "普通", "-..-x", "Net", "net-2", strings.Repeat("x", 80)} {
		if _, err := os.Stat(filepath.Join(dir, want, eventfile.Name)); err != nil {
			t.Error(err)
		}
	}
}

// If one file cannot be written, the others still are.
func TestOneEventFileThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "first"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	err := TensorBoard{}.Save(dir, vanishing.DiagnoseAll(reporttest.Plain("first", reporttest.Falling(3, 0.9)), reporttest.Plain("second", reporttest.Falling(3, 0.9)))...)
	if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "first")) {
		t.Errorf("got %v, want an error that names the folder", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "second", eventfile.Name)); err != nil {
		t.Error(err)
	}
}
