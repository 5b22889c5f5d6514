package say

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/internal/lang"
)

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
		if got := LanguageOf(strings.Fields(c.args), getenv); got != c.want {
			t.Errorf("demo %s in the locale %q: got %v, want %v", c.args, c.locale, got, c.want)
		}
	}
}
