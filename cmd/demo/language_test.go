package main

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/lang"
)

// A Chinese run leaves later tests English, in any order of tests.
func TestCallLeavesEnglish(t *testing.T) {
	if status, out, log := app.Call("-lang", "zh", "-h"); status != console.ExitOK || !strings.Contains(out, "退出状态：") {
		t.Fatalf("status %d, want a help in Chinese:\n%s%s", status, out, log)
	}
	if say.Language != lang.English {
		t.Errorf("the language is %v after the run, want %v", say.Language, lang.English)
	}
}

// The locale chooses the language, and -lang another one. Exit statuses and streams are the same.
func TestLocaleChoosesTheLanguage(t *testing.T) {
	t.Setenv("LANG", "zh_CN.UTF-8")
	for args, want := range map[string]string{
		"-depth 0":          "应为从 1 到 1000 的整数",
		"-lang en -depth 0": "want a whole number from 1 to 1000",
		"-lang fr":          "给出的是 \"fr\"，应为 en 或 zh",
	} {
		status, out, log := app.Call(strings.Fields(args)...)
		if status != console.ExitUsage || out != "" || strings.Count(log, "\n") != 2 || !strings.Contains(log, want) {
			t.Errorf("demo %s: status %d, want %d and two lines with %q:\n%s%s", args, status, console.ExitUsage, want, out, log)
		}
	}
}

// In Chinese every mistake has two lines, and every help lists the flags.
func TestChineseMistakesAndHelp(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, line := range mistakes {
		args := strings.Fields(line)
		if strings.HasSuffix(line, "-depth") { // it would take -lang for its value
			continue
		}
		status, out, log := app.Call(append(args, "-lang=zh")...)
		if status != console.ExitUsage || out != "" || strings.Count(log, "\n") != 2 || !strings.ContainsRune(log, '，') && !strings.ContainsRune(log, '“') {
			t.Errorf("demo %s: status %d, want %d and two lines:\n%s%s", line, status, console.ExitUsage, out, log)
		}
	}
	commands := []string{""}
	for _, c := range demoCommand(demotest.Noon).Commands {
		commands = append(commands, c.Name)
	}
	for _, name := range commands {
		_, english, _ := app.Call(append(strings.Fields(name), "-h")...)
		_, chinese, log := app.Call(append(strings.Fields(name), "-lang", "zh", "-h")...)
		if got, want := strings.Count(chinese, "\n  -"), strings.Count(english, "\n  -"); got != want || !strings.Contains(chinese, "退出状态：") {
			t.Errorf("demo %s -h: %d flags, want %d:\n%s%s", name, got, want, chinese, log)
		}
	}
}
