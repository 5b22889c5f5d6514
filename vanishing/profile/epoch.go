package profile

// An Epoch holds the scores of one pass through the training data. Its losses are comparable with [Record].Loss: if the loss is
// a sum, they are sums over a batch. A score that is not known is nil, and so are the accuracies of a loss that does not
// classify.
type Epoch struct {
	Epoch         int     `json:"epoch,omitempty"` // counted from 0
	Step          int     `json:"step"`            // its last step
	TrainLoss     *Number `json:"train_loss,omitempty"`
	TrainAccuracy *Number `json:"train_accuracy,omitempty"` // share of the samples classified right, while the parameters moved
	ValLoss       *Number `json:"val_loss,omitempty"`
	ValAccuracy   *Number `json:"val_accuracy,omitempty"`
}
