package vanishing

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
)

// The English texts that this package stores in a profile have translations: the schedules, and the reasons for having no
// prediction of theory.
func TestStoredTextsHaveTranslations(t *testing.T) {
	for _, s := range []Schedule{
		Never, Every(1), Every(7), Linear{Step: 1, From: 5}, Linear{Step: 1, To: 9}, Linear{Step: 1, From: 5, To: 9},
		Linear{Step: 2, From: 5}, Linear{Step: 2, To: 9}, Linear{Step: 2, From: 5, To: 9}, Logarithmic{}, &spaced{gap: 10},
	} {
		if text := Chinese.Stored(s.String()); strings.Contains(text, "step") || text == s.String() {
			t.Errorf("schedule %v: got %q in Chinese", s, text)
		}
	}
	for english, want := range map[string]string{
		"every 20 steps from 5 below 90":                                                                                "从第 5 步起、第 90 步之前每 20 步",
		"before layer dense2: theory has no words for dropout":                                                          "在层 dense2 之前：理论不涵盖 dropout",
		"theory does not cover layers side by side, such as a/map and b/x":                                              "理论不涵盖并列的层，如 a/map 和 b/x",
		"theory does not cover layers over several steps, such as rnn/state":                                            "理论不涵盖跨越多个时间步的层，如 rnn/state",
		"theory does not cover networks that read 2 inputs":                                                             "理论不涵盖读取 2 个输入的网络",
		"before layer conv2: theory has no words for maximum pooling":                                                   "在层 conv2 之前：理论不涵盖 最大池化",
		"conv3: batch normalisation over pixels as alike as 7 independent ones: got fewer than 12 (use a larger batch)": "conv3：批归一化所跨的像素彼此相似，只相当于 7 个独立像素：少于 12 个（请用更大的批次）",
		"theory covers only gains of 0 or 1: ln1/gain has other values":                                                 "理论只涵盖取值为 0 或 1 的增益：ln1/gain 有其他值",
		"theory covers only biases with mean 0: the mean of dense1/bias is 0.5":                                         "理论只涵盖均值为 0 的偏置：dense1/bias 的均值为 0.5",
		"theory covers only weights with mean 0: the mean of w is 0.5, its root mean square 0.58":                       "理论只涵盖均值为 0 的权重：w 的均值为 0.5，均方根为 0.58",
		"not tried: the layers of a main.model cannot be exchanged from outside":                                        "未试：main.model 的层无法从外部替换",
		"theory covers only recurrent layers that begin at zero and run through all steps: rnn1/ih has lengths":         "理论只涵盖从零开始并走完所有步的循环层：rnn1/ih 有 长度",
		"rnn1: chi is 1.00, and above 0.6 the states of relu come to be alike":                                          "rnn1：chi 为 1.00，大于 0.6 时 relu 的状态会变得彼此相似",
		"somebody's own text": "somebody's own text",
	} {
		if got := Chinese.Stored(english); got != want {
			t.Errorf("%q: got %q, want %q", english, got, want)
		}
	}
	model := mlp.Model{Input: 4, Depth: 3, Width: 4, Output: 10, Activation: graph.Tanh, Dropout: 0.5}
	p := observed(t, model, 8, 4, 1)
	if p.Theory == nil || p.Theory.None == "" || Chinese.Stored(p.Theory.None) == p.Theory.None {
		t.Errorf("no translation of %+v", p.Theory)
	}
}
