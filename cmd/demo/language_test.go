package main

import (
	"os"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/lang"
)

// All tests outside this file expect English, in any locale.
func init() {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		os.Unsetenv(name)
	}
}

func TestLanguageOfCommandLine(t *testing.T) {
	for _, c := range []struct {
		args, locale string
		want         lang.Language
	}{
		{"", "", lang.English},
		{"-lang zh", "", lang.Chinese},
		{"--lang=zh", "", lang.Chinese},
		{"train -depth 3 -lang zh", "", lang.Chinese},
		{"-lang zh -lang en", "", lang.English},
		{"-lang fr", "", lang.English},
		{"-lang", "zh_CN.UTF-8", lang.Chinese},
		{"-depth 3", "zh_CN.UTF-8", lang.Chinese},
		{"-lang en", "zh_CN.UTF-8", lang.English},
		{"compare lang zh", "", lang.English},
	} {
		getenv := func(string) string { return c.locale }
		if got := say.LanguageOf(strings.Fields(c.args), getenv); got != c.want {
			t.Errorf("demo %s in the locale %q: got %v, want %v", c.args, c.locale, got, c.want)
		}
	}
}

// A Chinese run leaves later tests English, in any order of tests.
func TestCallLeavesEnglish(t *testing.T) {
	if status, out, log := call("-lang", "zh", "-h"); status != exitOK || !strings.Contains(out, "退出状态：") {
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
		status, out, log := call(strings.Fields(args)...)
		if status != exitUsage || out != "" || strings.Count(log, "\n") != 2 || !strings.Contains(log, want) {
			t.Errorf("demo %s: status %d, want %d and two lines with %q:\n%s%s", args, status, exitUsage, want, out, log)
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
		status, out, log := call(append(args, "-lang=zh")...)
		if status != exitUsage || out != "" || strings.Count(log, "\n") != 2 || !strings.ContainsRune(log, '，') && !strings.ContainsRune(log, '“') {
			t.Errorf("demo %s: status %d, want %d and two lines:\n%s%s", line, status, exitUsage, out, log)
		}
	}
	commands := []string{""}
	for _, c := range demoCommand(noon).Commands {
		commands = append(commands, c.Name)
	}
	for _, name := range commands {
		_, english, _ := call(append(strings.Fields(name), "-h")...)
		_, chinese, log := call(append(strings.Fields(name), "-lang", "zh", "-h")...)
		if got, want := strings.Count(chinese, "\n  -"), strings.Count(english, "\n  -"); got != want || !strings.Contains(chinese, "退出状态：") {
			t.Errorf("demo %s -h: %d flags, want %d:\n%s%s", name, got, want, chinese, log)
		}
	}
}
