package report

import (
	"bytes"
	"encoding/csv"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

func writeCSV(t *testing.T, profiles ...vanishing.Profile) string {
	t.Helper()
	var b bytes.Buffer
	if err := CSV(&b, vanishing.DiagnoseAll(profiles...)...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCSVOfOneNetwork(t *testing.T) {
	p := reporttest.Plain("net", []float64{0.1})
	p.Records[0].Loss = profile.Number(math.Inf(1))
	p.Records[0].Details.Updates[0].Ratio = profile.Number(math.NaN())
	want := `step,epoch,layer,depth,parameter,kind,value
0,0,,,,batch,64
0,0,,,,loss,+Inf
0,0,,,,learning_rate,0.1
0,0,,,,clip,1
0,0,dense1,1,,delta_rms,0.1
0,0,dense1,1,,flushed,0
0,0,dense1,1,,act_grad_rms,0.2
0,0,dense1,1,,pre_mean,0.125
0,0,dense1,1,,pre_std,1
0,0,dense1,1,,act_mean,0.5
0,0,dense1,1,,act_std,0.25
0,0,dense1,1,,act_zero,0.5
0,0,dense1,1,,saturated,0.5
0,0,dense1,1,,dead,0.1
0,0,dense1,1,dense1/weight,grad_l2,0.1
0,0,dense1,1,dense1/weight,grad_rms,0.01
0,0,dense1,1,dense1/weight,norm_l2,2
0,0,dense1,1,dense1/weight,update_ratio,NaN
0,0,dense1,1,dense1/weight,grad_max,1
0,0,dense1,1,dense1/weight,grad_mean_abs,0.005
0,0,dense1,1,dense1/weight,clipped_l2,0.1
0,0,dense1,1,dense1/weight,clipped_rms,0.01
0,0,dense1,1,dense1/weight,clipped_max,1
0,0,dense1,1,dense1/weight,clipped_mean_abs,0.005
0,0,dense1,1,dense1/weight,update_l2,0.1
0,0,dense1,1,dense1/weight,unchanged,0
0,0,dense1,1,dense1/weight,snr,2
`
	if got := writeCSV(t, p); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestCSVOfSeveralNetworksCanBeReadBack(t *testing.T) {
	odd := reporttest.Odd()
	a, b := odd["other scripts"], odd["extreme"]
	rows, err := csv.NewReader(strings.NewReader(writeCSV(t, a, b))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rows[0], ","); got != "step,epoch,network,layer,depth,parameter,kind,value" {
		t.Errorf("header %s", got)
	}
	perRecord := func(p vanishing.Profile) int { return 4 + 15*len(p.Layers) - 5 + 13*len(p.Params) } // the last layer has no gains
	if want := 1 + perRecord(a) + perRecord(b); len(rows) != want {
		t.Errorf("%d rows, want %d", len(rows), want)
	}
	if rows[1][2] != a.Name || rows[len(rows)-1][2] != b.Name {
		t.Errorf("networks %q and %q", rows[1][2], rows[len(rows)-1][2])
	}
	deltas := 0
	for _, row := range rows {
		if row[2] != b.Name || row[6] != "delta_rms" {
			continue
		}
		if got, err := strconv.ParseFloat(row[7], 64); err != nil || got != float64(b.Records[0].Layers[deltas].DeltaRMS) {
			t.Errorf("layer %d: %s, want %g", deltas, row[7], b.Records[0].Layers[deltas].DeltaRMS)
		}
		deltas++
	}
	if deltas != 5 {
		t.Errorf("%d values of delta_rms, want 5", deltas)
	}
}
