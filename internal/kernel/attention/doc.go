// Package attention computes scaled dot-product attention of several heads and its gradients, block by block of keys: no matrix of
// queries by keys is stored, so memory is linear in the length.
//
// For each head, with queries q, keys k and values v as rows,
//
//	s_ij = scale·<q_i, k_j> + mask_ij        p_ij = exp(s_ij - l_i)        o_i = Σ_j p_ij·v_j
//
// where j runs over the keys that query i may see and l_i = log Σ_j exp(s_ij). The forward pass keeps a running maximum and sum of
// each row (Milakov & Gimelshein 2018); the gradient computes s and p again, from l (Dao et al. 2022, "FlashAttention").
//
// Each block of work belongs to one sample and one head, and its sums are in a fixed order: results do not depend on the number of
// cores. Nothing is allocated once the free lists are filled.
package attention
