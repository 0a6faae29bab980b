"""Files whose rows are examples to learn from: their shapes, labels and turns."""
