package files

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNames(t *testing.T) {
	for _, c := range []struct{ titles, want []string }{
		{[]string{"plain ReLU + BN", "plain tanh", "a/b"}, []string{"plain ReLU - BN", "plain tanh", "a-b"}},
		{[]string{"普通", "残差"}, []string{"普通", "残差"}},
		{[]string{"a+b", "a*b", "a-b"}, []string{"a-b", "a-b-2", "a-b-3"}},
		{[]string{"net", "net-2", "net"}, []string{"net", "net-2", "net-3"}},
		{[]string{"A", "a", "Å", "å"}, []string{"A", "a-2", "Å", "å-2"}},
		{[]string{"", "..", "../../x", "x.", " x"}, []string{"network", "network-2", "-..-x", "x", "x-2"}},
		{[]string{"con", "NUL.txt", "Lpt1 .x", "console", "_con"}, []string{"_con", "_NUL.txt", "_Lpt1 .x", "console", "_con-2"}},
		{[]string{"a\x00\n\x1b[31m", "\xff"}, []string{"a----31m", "-"}},
	} {
		if got := Names(c.titles); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.titles, got, c.want)
		}
	}
}

// Long names are cut between letters, and can be made.
func TestLongNamesAreCut(t *testing.T) {
	long := []string{strings.Repeat("x", 300), strings.Repeat("x", 300), strings.Repeat("网", 300), strings.Repeat("网", 300) + "络", "a" + strings.Repeat("网", 300)}
	folder := t.TempDir()
	for _, name := range Names(long) {
		if len(name) > maxName+2 || !utf8.ValidString(name) {
			t.Errorf("%q has %d bytes", name, len(name))
		}
		if err := os.Mkdir(filepath.Join(folder, name), 0o755); err != nil {
			t.Error(err)
		}
	}
}
