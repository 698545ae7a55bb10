//! The settings that say when a compact encoding has grown too big, and the seed of new dictionaries.

use crate::base::HashSeed;
use crate::encoding::quicklist::Fill;

/// What a change of a value needs to know of the node's configuration.
#[derive(Clone, Debug)]
pub struct Limits {
    /// `hash-max-listpack-entries`: fields.
    pub hash_max_listpack_entries: usize,
    /// `hash-max-listpack-value`: bytes of a field or a value.
    pub hash_max_listpack_value: usize,
    /// `set-max-intset-entries`.
    pub set_max_intset_entries: usize,
    /// `set-max-listpack-entries`.
    pub set_max_listpack_entries: usize,
    /// `set-max-listpack-value`: bytes of a member.
    pub set_max_listpack_value: usize,
    /// `zset-max-listpack-entries`: members.
    pub zset_max_listpack_entries: usize,
    /// `zset-max-listpack-value`: bytes of a member.
    pub zset_max_listpack_value: usize,
    /// `list-max-listpack-size`: elements of a node, or from -1 to -5 its size: 4, 8, 16, 32, 64 KB.
    pub list_max_listpack_size: i64,
    /// `list-compress-depth`. Kept, but nodes are never compressed.
    pub list_compress_depth: i64,
    /// `hll-sparse-max-bytes`: a HyperLogLog with more bytes of runs, header included, becomes dense.
    pub hll_sparse_max_bytes: usize,
    /// `stream-node-max-bytes`: bytes of a node of a stream; 0 is no limit.
    pub stream_node_max_bytes: usize,
    /// `stream-node-max-entries`: entries of a node of a stream; 0 is no limit.
    pub stream_node_max_entries: u64,
    /// The hash function of dictionaries that come to be; not a setting.
    pub hash_seed: HashSeed,
}

impl Limits {
    /// How big a node of a list may grow.
    #[inline]
    pub fn list_fill(&self) -> Fill {
        Fill::new(self.list_max_listpack_size)
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            hash_max_listpack_entries: 512,
            hash_max_listpack_value: 64,
            set_max_intset_entries: 512,
            set_max_listpack_entries: 128,
            set_max_listpack_value: 64,
            zset_max_listpack_entries: 128,
            zset_max_listpack_value: 64,
            list_max_listpack_size: -2,
            list_compress_depth: 0,
            hll_sparse_max_bytes: 3000,
            stream_node_max_bytes: 4096,
            stream_node_max_entries: 100,
            hash_seed: HashSeed::default(),
        }
    }
}
