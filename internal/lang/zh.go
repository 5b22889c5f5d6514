package lang

import "maps"

// zh is the table: English texts in Chinese. Arguments that change places have their numbers, as in "%[2]s". The files zh_*.go have
// its parts, which have no text in common.
var zh = union(zhDiagnosis, zhReport, zhPage, zhCommand, zhRun, zhStructure, zhImages, zhMemory, zhText, zhScale)

func union(parts ...map[string]string) map[string]string {
	all := make(map[string]string)
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}
