//! Conformance against a real Redis, browser tests, faults.
