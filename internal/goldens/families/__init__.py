"""The families of golden numbers, one module each."""
