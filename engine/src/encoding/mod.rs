//! Level 1: the compact encodings and the dictionary, pure data without Redis semantics.
