package lang

// zhStructure are the texts of the tree of a network's structure.
var zhStructure = map[string]string{
	"network: %s\n": "网络：%s\n",
	"depth %d":      "深度 %d",
	"%d blocks":     "%d 个块",
	"%d gates":      "%d 个门",
	"%d attentions": "%d 个注意力",

	// Blocks and attention.
	"%s: %s, branch times %.4g": "%s：%s，分支乘以 %.4g",
	"identity":                  "恒等跳跃",
	"projection":                "投影",
	"gated":                     "门控",
	"concatenation":             "拼接",
	"attention":                 "注意力",
	"attention of %d heads":     "%d 头注意力",
	"query":                     "查询",
	"key":                       "键",
	"value":                     "值",
	"gate":                      "门",

	// Layers.
	"%d %s: %s":               "%d %s：%s",
	"convolution %d":          "卷积 %d",
	"lookup":                  "查表",
	"diagonal":                "逐元素",
	"bias":                    "偏置",
	"over %d steps":           "跨 %d 个时间步",
	"recurrent over %d steps": "循环 %d 个时间步",
	"shared weight":           "共享权重",

	// Parameters outside.
	"unreached:": "不属于任何部分：",
	"  %s: no operation combines it with samples\n":          "  %s：没有运算把它与样本结合\n",
	"  %s: read by %v, an operation that is not known\n":     "  %s：由未知运算 %v 读取\n",
	"  %s: read by %v, which makes no layer that is known\n": "  %s：由 %v 读取，不构成任何已知的层\n",
}
