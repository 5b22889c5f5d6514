package train

import (
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc32"
	"unsafe"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/train/checkpoint"
)

// fingerprint is a checksum of the names and values of all columns, so that a run is not resumed on other data.
func fingerprint(ds *data.Dataset) string {
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	for _, c := range ds.AllColumns() {
		fmt.Fprint(sum, c.Name, c.Values.Shape(), c.Values.Dtype())
		switch v := c.Values.Data().(type) {
		case []float32:
			sum.Write(bytesOf(v))
		case []float64:
			sum.Write(bytesOf(v))
		case []int:
			addInts(sum, v)
		}
	}
	return fmt.Sprintf("%08x", sum.Sum32())
}

// TrainedOn reports whether a checkpoint is that of a run on the data of a training set: on the same values of the same columns.
func TrainedOn(c *checkpoint.Checkpoint, ds *data.Dataset) (bool, error) {
	var saved savedTrainer
	if err := c.States[trainerState].Decode(&saved); err != nil {
		return false, errors.Wrap(err, "train: the checkpoint")
	}
	return saved.Settings.Data == fingerprint(ds), nil
}

// bytesOf is the memory of numbers.
func bytesOf[T float32 | float64](v []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), len(v)*int(unsafe.Sizeof(v[0])))
}

// addInts adds whole numbers, whose size depends on the system.
func addInts(sum hash.Hash, v []int) {
	b := make([]byte, 0, 8*1024)
	for i, x := range v {
		if b = binary.LittleEndian.AppendUint64(b, uint64(x)); len(b) == cap(b) || i+1 == len(v) {
			sum.Write(b)
			b = b[:0]
		}
	}
}
