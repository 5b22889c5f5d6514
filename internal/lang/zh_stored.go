package lang

// zhStored has the texts that profiles hold; see [Language.Stored].
var zhStored = map[string]string{
	// The schedules of a recorder.
	"every step":                      "每一步",
	"every step from %s":              "从第 %s 步起的每一步",
	"every step below %s":             "第 %s 步之前的每一步",
	"every step from %s below %s":     "从第 %s 步起、第 %s 步之前的每一步",
	"every %s steps":                  "每 %s 步",
	"every %s steps from %s":          "从第 %[2]s 步起每 %[1]s 步",
	"every %s steps below %s":         "第 %[2]s 步之前每 %[1]s 步",
	"every %s steps from %s below %s": "从第 %[2]s 步起、第 %[3]s 步之前每 %[1]s 步",
	"%s steps a decade":               "步数每十倍 %s 步",
	"at most every %s steps":          "至多每 %s 步",
	"never":                           "从不",

	// Why theory has no prediction.
	"the network has no hidden layer":                                                       "网络没有隐藏层",
	"theory does not cover layers side by side, such as %s and %s":                          "理论不涵盖并列的层，如 %s 和 %s",
	"theory does not cover networks that read %s inputs":                                    "理论不涵盖读取 %s 个输入的网络",
	"theory covers only weights with mean 0: the mean of %s is %s, its root mean square %s": "理论只涵盖均值为 0 的权重：%s 的均值为 %s，均方根为 %s",
	"theory covers only biases with mean 0: the mean of %s is %s":                           "理论只涵盖均值为 0 的偏置：%s 的均值为 %s",
	"theory covers only gains of 0 or 1: %s has other values":                               "理论只涵盖取值为 0 或 1 的增益：%s 有其他值",

	"before layer %s: %s":                                   "在层 %s 之前：%s",
	"layer %s adds the results of several linear maps":      "层 %s 把几个线性映射的结果相加",
	"layer %s is no fully connected one":                    "层 %s 不是全连接层",
	"layer %s has its weight in common with others":         "层 %s 与其他层共用权重",
	"the weight of layer %s is computed from parameters":    "层 %s 的权重由参数计算得出",
	"theory has no words for the normalisation of layer %s": "理论不涵盖层 %s 的归一化",
	"theory has no words for a sum in layer %s":             "理论不涵盖层 %s 中的求和",
	"the graph has no way back to the layer before":         "图中没有回到前一层的路",
	"theory has no words for the skip of block %s":          "理论不涵盖残差块 %s 的跳跃连接",
	"theory has no words for %s":                            "理论不涵盖 %s",
	"block %s has no weighted layer":                        "残差块 %s 没有带权重的层",
	"the network has no input":                              "网络没有输入",
	"%s: batch normalisation over %s samples: got fewer than %s, over which 1/σ² has no variance and its mean says nothing of one network (use a larger batch)": "%s：对 %s 个样本做批归一化：少于 %s 个，这时 1/σ² 没有方差，其均值不能说明单个网络（请用更大的批次）",

	// Remedies that were tried.
	"He initialisation":                     "He 初始化",
	"Xavier initialisation":                 "Xavier 初始化",
	"LeCun initialisation":                  "LeCun 初始化",
	"orthogonal initialisation":             "正交初始化",
	"batch normalisation":                   "批归一化",
	"layer normalisation":                   "层归一化",
	"skips":                                 "跳跃连接",
	"clipping":                              "梯度裁剪",
	"lower rate":                            "降低学习率",
	"higher rate":                           "提高学习率",
	"as it is":                              "保持原样",
	"of every weight: set it in each Dense": "对每个权重：在每个 Dense 中设置",
	"without the dropout":                   "去掉 dropout",
	"not tried: %s":                         "未试：%s",
	"the layers of a %s cannot be exchanged from outside":           "%s 的层无法从外部替换",
	"a block needs two layers after the first, and there are fewer": "残差块在第一层之后需要两层，而这里不足两层",
	"branches that start at zero":                                   "分支的初值为零",
}
