//! Level 1: the protocol: values, parser, writer, and printing as redis-cli does.
