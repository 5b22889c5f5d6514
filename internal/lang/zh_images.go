package lang

// zhImages are the texts on convolutional networks and what is seen in them.
var zhImages = map[string]string{
	"Convolutional network": "卷积网络",
	"`name` of a convolutional network, such as resnet20, plain20 or preresnet56; the flags of the network are not read then":   "卷积网络的`名称`，如 resnet20、plain20 或 preresnet56；此时不读取描述网络的选项",
	"move each training image by up to 4 pixels, and mirror every second one":                                                   "把每张训练图像移动至多 4 个像素，并随机镜像其中一半",
	"end the training after as many epochs as fit into a `time` such as 15m; without -epochs they are at most 164, with -model": "在给定的`时间`（如 15m）内训练尽可能多的轮数；使用 -model 且没有 -epochs 时至多 164 轮",
	"a convolutional network (-model): dense networks read rows of numbers":                                                     "卷积网络（-model）：全连接网络读取的是成行的数",
	"a time such as 90s, 15m or 1h30m":           "时间，如 90s、15m 或 1h30m",
	"epochs: %d":                                 "轮数：%d",
	"epochs: at most %d, as many as fit into %v": "轮数：至多 %d，以 %v 内能完成的为限",
	"images: %d to train on, %d to validate; network: %s; %s; batch: %d; seed: %d\n\n": "图像：训练 %d 张，验证 %d 张；网络：%s；%s；批量：%d；种子：%d\n\n",
	"Trains one network on images, those of clothes of Fashion-MNIST or those of -data, prints what became of its gradients, and\nwrites a report.\n\nWith -model the network is a convolutional one of the papers, trained as there unless flags say otherwise: momentum 0.9,\nweight decay 1e-4, batches of 128, a rate of 0.1 that is divided by ten after a half and after three quarters of the steps.\nThe report then has its parameters too, for demo lesion and demo features.\n\nWith -serve a page shows the run, and stays after it until Ctrl-C, with exit status 0. The page changes no results.\n\nExamples:\n  demo train -activation tanh -depth 20\n  demo train -norm bn -epochs 3 -out my-report\n  demo train -data photos -image-size 32\n  demo train -model resnet20 -augment -time 15m\n  demo train -model resnet20 -augment -data cifar-10-batches-bin -epochs 164\n  demo train -depth 20 -serve 8080": "用图像（Fashion-MNIST 的衣物图像，或 -data 的图像）训练一个网络，打印其梯度的变化，并写出报告。\n\n使用 -model 时，网络是论文中的卷积网络；除非选项另有规定，训练方法也与论文相同：动量 0.9，权重衰减 1e-4，批量 128，\n学习率 0.1，在一半和四分之三的步数之后各除以十。报告中还有网络的参数，供 demo lesion 和 demo features 使用。\n\n使用 -serve 时，页面在训练过程中实时显示，训练结束后保留到按下 Ctrl-C 为止，退出状态为 0。它不改变任何结果。\n\n示例：\n  demo train -activation tanh -depth 20\n  demo train -norm bn -epochs 3 -out my-report\n  demo train -data photos -image-size 32\n  demo train -model resnet20 -augment -time 15m\n  demo train -model resnet20 -augment -data cifar-10-batches-bin -epochs 164\n  demo train -depth 20 -serve 8080",
	"`file` of the plain twin's parameters (default: train it)":                                                                   "无跳跃连接的对照网络的参数`文件`（默认：现在训练）",
	"`file` of the residual network's parameters (default: train it)":                                                             "残差网络的参数`文件`（默认：现在训练）",
	"* The block changes the shape, so that a projection or a padding is left of it. -: it has no skip and cannot be taken away.": "* 该块改变形状，去掉后留下投影或补零。-：该块没有跳跃连接，无法去掉。",
	"Lesion":  "损伤",
	"without": "去掉",
	"Takes the residual blocks of a trained network away, one at a time, and measures the accuracy that is left (Veit et al. 2016).\nIt does the same with the plain twin, which has the same layers and no skips: there a block is taken away by joining its\nneighbours, except where it changes the shape. A residual network loses less, for most of its paths go around any one block.\n\nWithout files of parameters it trains both networks on the images first, which takes about a minute. demo train -model writes\nsuch files.\n\nExamples:\n  demo lesion\n  demo lesion -model resnet32 -time 5m -augment\n  demo lesion -model resnet20 -params a/parameters.safetensors -plain b/parameters.safetensors\n\nExit status:\n  0    the accuracies were printed and drawn\n  1    a network could not be trained or read, or a file not written\n  2    a mistake in the command line\n  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)": "逐个去掉已训练网络的残差块，测量剩下的准确率（Veit 等 2016）。对普通的对照网络也这样做，它的层相同，但没有跳跃连接：\n去掉一个块就是把它的前后相连，改变形状的块除外。残差网络损失较小，因为它的大多数路径都绕过任何单独一个块。\n\n没有参数文件时先用图像训练两个网络，约需一分钟。demo train -model 会写出这样的文件。\n\n示例：\n  demo lesion\n  demo lesion -model resnet32 -time 5m -augment\n  demo lesion -model resnet20 -params a/parameters.safetensors -plain b/parameters.safetensors\n\n退出状态：\n  0    准确率已打印并画出\n  1    网络无法训练或读取，或有文件无法写入\n  2    命令行有误\n  130  Ctrl-C（143：SIGTERM，129：SIGHUP）",
	"validation `images` on which the accuracy is measured":                         "用于测量准确率的验证`图像数`",
	"end the training after as many epochs as fit into a `time` such as 15m":        "在给定的`时间`（如 15m）内训练尽可能多的轮数",
	"tell what a trained network loses with each of its blocks":                     "说明已训练的网络失去各个块时损失什么",
	"images: %d to train on, %d to measure the accuracy on\n\n":                     "图像：训练 %d 张，测量准确率 %d 张\n\n",
	"%s: %s right with all blocks; without one block %s on average, at worst %s.\n": "%s：全部块时正确率 %s；去掉一个块时平均 %s，最差 %s。\n",
	"`name` of a convolutional network, such as resnet20 or preresnet56":            "卷积网络的`名称`，如 resnet20 或 preresnet56",
}
