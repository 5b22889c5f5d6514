//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
)

// The printed script for bash offers the candidates for the next word.
func TestBashCompletes(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("SKIPPED: no bash")
	}
	folder := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(folder, "demo")); err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	const ask = `source <(demo completion bash) || exit
complete -p demo >/dev/null || exit
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
__demo_bash_autocomplete
echo "${COMPREPLY[@]}"`
	for words, want := range map[string]string{
		"demo ":                      "train rate runs eval predict sample export replay check report compare live info convert structure summary theory graph lesion shatter features degradation memory scale version help completion",
		"demo tr":                    "train",
		"demo -de":                   "-depth",
		"demo --de":                  "--depth",
		"demo train -s":              "-skip -seed -sharpness -stop-on-nan -subset -sync-bn -save-every -save-required -serve",
		"demo train -depth 3 -w":     "-width",
		"demo train -activation ta":  "tanh",
		"demo -optimizer ":           "sgd momentum nesterov adam adamw rmsprop adagrad lion lamb lars muon",
		"demo check -norm ":          "none bn ln",
		"demo scale -families ":      "mlp residual1 residual2 gpt",
		"demo report -formats ":      "text markdown html csv tensorboard pictures",
		"demo help st":               "structure",
		"demo completion ":           "bash zsh fish",
		"demo structure ":            "",
		"demo -depth 3 ":             "",
		"demo train -out ":           "",
		"demo train -- -d":           "",
		"demo train -serve -activ":   "-activation",
		"demo -activation tanh -nor": "-norm",
	} {
		cmd := exec.Command(bash, append([]string{"--norc", "-c", ask}, strings.Split("bash "+words, " ")...)...)
		cmd.Env = append(os.Environ(), "DEMO_TEST_COMMAND=1", "PATH="+folder+":"+os.Getenv("PATH"))
		out, err := cmd.Output()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%q: got %q, want %q; %v", words, got, want, err)
		}
	}
}

// Each installed shell accepts its script.
func TestCompletionScripts(t *testing.T) {
	for shell, want := range map[string]string{
		"bash": "complete -o bashdefault -o default -F __demo_bash_autocomplete demo", "zsh": "compdef _demo demo", "fish": "complete -c demo",
	} {
		status, script, log := app.Call("completion", shell)
		if status != console.ExitOK || log != "" || !strings.Contains(script, want) {
			t.Errorf("%s: status %d, want %q in\n%s%s", shell, status, want, script, log)
		}
		path, err := exec.LookPath(shell)
		if err != nil {
			t.Logf("SKIPPED: the script is not checked by %s, which is not installed", shell)
			continue
		}
		cmd := exec.Command(path, "-n")
		cmd.Stdin = strings.NewReader(script)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s -n: %v\n%s", shell, err, out)
		}
	}
}
