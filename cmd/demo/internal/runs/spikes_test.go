package runs

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gradflow/gradflow/vanishing/spike"
)

// Notes on spikes that cannot be written end no training: they are written at the end, or named.
func TestSpikesThatCannotBeWritten(t *testing.T) {
	for _, mended := range []bool{true, false} {
		var log bytes.Buffer
		r := &trainingRun{path: t.TempDir(), resumed: true, now: func() (_ time.Time) { return }}
		obstacle := filepath.Join(r.path, spikesName)
		if err := os.WriteFile(obstacle, nil, 0o600); err != nil { // a file in place of the folder
			t.Fatal(err)
		}
		d := r.detector(&log)
		d.Events = []spike.Event{{Step: 7}}
		if err := d.OnSpike(d.Events[0]); err != nil || !strings.Contains(log.String(), "demo: "+spikesName) {
			t.Errorf("got error %v and the log\n%s", err, log.String())
		}
		if mended {
			if err := os.Remove(obstacle); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.end(nil, nil); (err == nil) != mended {
			t.Errorf("mended %v: got error %v", mended, err)
		}
		if events, err := readEvents(r.path); mended && (err != nil || len(events) != 1 || events[0].Step != 7) {
			t.Errorf("got %v, %v", events, err)
		}
	}
}
