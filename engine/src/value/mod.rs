//! Level 2: the data types. Data only: no replies, no keys, no expiry.
