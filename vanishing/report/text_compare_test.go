package report

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gradflow/gradflow/internal/cputime"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

func compare(t *testing.T, text Text, profiles ...vanishing.Profile) string {
	t.Helper()
	var b bytes.Buffer
	if err := text.Compare(&b, vanishing.DiagnoseAll(profiles...)...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestComparisonOfManyNetworksKeepsItsWidth(t *testing.T) {
	var all []vanishing.Profile
	for _, name := range []string{"lost", "deep", "skips", "NaN later", "empty", "no records", "other scripts", "extreme"} {
		all = append(all, reporttest.Odd()[name])
	}
	for _, width := range []int{76, 100, 140} {
		text := compare(t, Text{Width: width}, all...)
		for _, line := range strings.Split(text, "\n") {
			if n := utf8.RuneCountInString(line); n > width {
				t.Errorf("width %d: %d columns: %s", width, n, line)
			}
		}
		if got := strings.Count(text, "\nverdict ") + strings.Count(text, "\nchange "); got < 4 {
			t.Errorf("width %d: %d rows of verdicts and changes in:\n%s", width, got, text)
		}
	}
}

func TestComparisonShowsFewDepthsOfMany(t *testing.T) {
	text := compare(t, Text{}, reporttest.Plain("deep", reporttest.Falling(1000, 0.99)), reporttest.Plain("flat", reporttest.Falling(3, 1)))
	if !strings.Contains(text, "24 depths of 1000 are shown.") || !strings.Contains(text, "\n1000  ") || !strings.Contains(text, "\n1     ") {
		t.Errorf("got:\n%s", text)
	}
}

// The names of networks are whole, in as many lines as they take.
func TestComparisonKeepsNames(t *testing.T) {
	first, second := reporttest.Plain("plain ReLU, small init, no bias", reporttest.Falling(5, 0.5)), reporttest.Plain("transformer_encoder_of_12_blocks 梯度消失梯度消失", reporttest.Falling(5, 1))
	text := compare(t, Text{Width: 76}, first, second)
	lines := strings.Split(text, "\n")
	for i, want := range []string{"transformer_", "encoder_of_12_", "plain ReLU, blocks", "small init, no 梯度消失梯度消", "bias 失"} {
		if got := strings.TrimSpace(lines[1+i]); strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(want), " ") {
			t.Errorf("line %d of the heading is %q, want %q in:\n%s", i, got, want, text)
		}
	}
	long := reporttest.Plain(strings.Repeat("long ", 1000), reporttest.Falling(5, 1))
	if n := strings.Count(compare(t, Text{}, long, second), "\n"); n > 60 {
		t.Errorf("a long name takes %d lines", n)
	}
}

// The time that a heading takes is proportional to the length of the name, be it without spaces or not.
func TestHeadingOfALongName(t *testing.T) {
	for _, part := range []string{"x", "x-", "x ", "网"} {
		times := make(map[int]time.Duration)
		for _, n := range []int{20_000, 160_000} {
			name := strings.Repeat(part, n)
			before := cputime.Used()
			if lines := strings.Count(Text{}.heading(name, 14), "\n") + 1; lines != maxHeading {
				t.Errorf("%d times %q: got %d lines, want %d", n, part, lines, maxHeading)
			}
			times[n] = cputime.Used() - before
		}
		if times[160_000] > 30*times[20_000]+50*time.Millisecond { // 8 times, and 64 if the time were quadratic
			t.Errorf("%q: 160,000 take %v, 20,000 take %v", part, times[160_000], times[20_000])
		}
	}
}
