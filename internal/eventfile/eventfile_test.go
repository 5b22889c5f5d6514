package eventfile

import (
	"encoding/hex"
	"hash/crc32"
	"testing"
)

// The bytes were written by TensorBoard's own protocol buffers, and its reader accepted both checksums of each record.
func TestEventBytes(t *testing.T) {
	if got := crc32.Checksum([]byte("123456789"), castagnoli); got != 0xe3069283 {
		t.Errorf("the check value of CRC-32C is %x, want e3069283", got)
	}
	var s Summary
	s.Scalar("grad_norm/layer0", 0.25)
	for want, event := range map[string]Message{
		"1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c":                             Version(1.5),
		"2600000000000000734fe30009000000000000044010072a190a170a10677261645f6e6f726d2f6c6179657230150000803e7ca08cf7": Event(2.5, 7).With(s),
	} {
		if got := hex.EncodeToString(AppendRecord(nil, event)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
