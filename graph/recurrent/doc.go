// Package recurrent has recurrent layers: [RNN], [LSTM] and [GRU], stacked, in one direction or both, and the linear recurrent unit, [LRU].
//
//	graph.Sequential{recurrent.LSTM{Units: 128, Layers: 2, Last: true}, graph.Dense{Units: 10}}
//
// They read sequences (batch, steps, features) and give the states of the last layer, (batch, steps, units), or (batch, units) after
// the last step. A whole sequence is one operation, [op.Recurrent] or [op.LRU], forward and backward. Parameters have the names, the shapes, the
// order of gates and the first values of PyTorch's nn.RNN, nn.LSTM and nn.GRU, so weights pass from one to the other by name.
package recurrent
