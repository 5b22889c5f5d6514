package lang

import "testing"

func TestLanguageOfEnvironment(t *testing.T) {
	for _, c := range []struct {
		all, messages, lang string
		want                Language
	}{
		{"", "", "", English},
		{"", "", "zh_CN.UTF-8", Chinese},
		{"", "", "zh_CN.utf8", Chinese},
		{"", "", "zh-Hans", Chinese},
		{"", "", "zh", Chinese},
		{"", "", "zh_CN.GB18030", English},
		{"", "", "zhuang", English},
		{"", "", "de_DE.UTF-8", English},
		{"", "en_US.UTF-8", "zh_CN.UTF-8", English},
		{"", "zh_CN.UTF-8", "en_US.UTF-8", Chinese},
		{"C", "zh_CN.UTF-8", "zh_CN.UTF-8", English},
		{"zh_SG.UTF-8", "C", "C", Chinese},
	} {
		env := map[string]string{"LC_ALL": c.all, "LC_MESSAGES": c.messages, "LANG": c.lang}
		if got := OfEnvironment(func(name string) string { return env[name] }); got != c.want {
			t.Errorf("%v: got %v, want %v", env, got, c.want)
		}
	}
}

func TestTexts(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{English.Text("healthy"), "healthy"},
		{Chinese.Text("healthy"), "健康"},
		{Chinese.Text("a text that is nowhere"), "a text that is nowhere"},
		{English.Name("vanishing"), "vanishing"},
		{Chinese.Name("vanishing"), "梯度消失 (vanishing)"},
		{Chinese.Name("unknown"), "unknown"},
		{English.Sprintf("layer %d", 3), "layer 3"},
		{Chinese.Sprintf("layer %d", 3), "第 3 层"},
		{Chinese.Sprintf("nowhere %d", 3), "nowhere 3"},
		{English.Count(0, "layer"), "no layer"},
		{English.Count(1, "layer"), "1 layer"},
		{English.Count(2, "layer"), "2 layers"},
		{Chinese.Count(0, "layer"), "0 层"},
		{Chinese.Count(2, "layer"), "2 层"},
		{Chinese.Count(2, "nowhere"), "2 nowheres"},
		{English.Sentences("One.", "", "Two."), "One. Two."},
		{Chinese.Sentences("一。", "", "二。"), "一。二。"},
		{Chinese.String(), "zh"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestWidth(t *testing.T) {
	for text, want := range map[string]int{"": 0, "layer": 5, "梯度": 4, "第 3 层": 7, "█▏…²±": 5} {
		if got := Width(text); got != want {
			t.Errorf("width of %q: got %d, want %d", text, got, want)
		}
	}
	if got, want := Padded("梯度", 6)+"|"+PaddedLeft("梯度", 6)+"|"+Padded("梯度", 1), "梯度  |  梯度|梯度"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
