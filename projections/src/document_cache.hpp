#pragma once

#include <foldline/projections/detail/document_rules.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Message;
}

namespace foldline::inline v0::detail {

/// A document in memory, and what of it is in the table.
struct cached_document : document_state {
    std::string own_key;
    std::string stored;  ///< its bytes in the table, where `in_table`
    bool in_table = false;
    bool waits = false;        ///< in the list of those that `flush` looks at
    bool borrowed = false;     ///< of another one's keys, perhaps: only read, and forgotten with the batch
    std::uint64_t folded = 0;  ///< number of the last event folded
    std::uint64_t batch = 0;   ///< number of the last batch that touched it
    std::size_t cost = 0;
    std::size_t hash = 0;
    cached_document* next = nullptr;  // in its bucket
    std::list<cached_document>::iterator place;
};

/// Documents by key, those touched last in front. Messages and strings are used again, so that a batch like the one
/// before it allocates nothing.
///
/// confined.
class document_cache {
public:
    /// `empty` outlives it.
    explicit document_cache(const google::protobuf::Message& empty) : empty_(empty), buckets_(64) {}

    /// Null where it has none.
    [[nodiscard]] cached_document* find(std::string_view key);
    /// A new one, of nothing. The key is not there.
    cached_document& add(std::string_view key);
    void remove(cached_document& entry);

    /// Ends a batch: forgets what was borrowed, and what was not touched for longest until the rest costs `most` bytes
    /// at most.
    void end_batch(std::size_t most);
    void clear();

private:
    [[nodiscard]] std::list<cached_document>::iterator fresh();
    [[nodiscard]] cached_document*& bucket(std::size_t hash) { return buckets_[hash & (buckets_.size() - 1)]; }
    void grow();
    void take_costs();

    const google::protobuf::Message& empty_;
    std::list<cached_document> used_;
    std::list<cached_document> free_;
    std::vector<cached_document*> buckets_;  // 2^n
    std::uint64_t batch_ = 1;
    std::size_t cost_ = 0;
};

}  // namespace foldline::inline v0::detail
