#pragma once

#include <foldline/core/stream_id.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace foldline::inline v0::sqlite {

/// Where a stream stands, and its number in the file; both 0 for one that is absent.
struct stream_head {
    std::int64_t stream = 0;
    std::int64_t version = 0;
};

/// What is kept of one stream: where it stands in the file, and where a transaction that is not committed yet has
/// brought it.
struct kept_head {
    stream_head committed;
    bool is_known = false;  ///< else `committed` was not looked up yet
    std::uint64_t transaction = 0;
    stream_head staged;  ///< of that transaction

    [[nodiscard]] const stream_head& in(std::uint64_t running) const {
        return transaction == running ? staged : committed;
    }
};

/// The heads of the streams used lately. Bounded: when the younger half is full it becomes the older one, and what the
/// older one held is forgotten.
///
/// confined.
class head_cache {
public:
    /// Keeps between `most` and half of that.
    explicit head_cache(std::size_t most) : half_size_(most / 2 + 1) {}

    /// Stays where it is until the next `make_room`.
    [[nodiscard]] kept_head& of(stream_ref stream) {
        const std::string_view name = written(stream);
        if (auto young = young_.find(name); young != young_.end()) return young->second;
        if (auto old = old_.find(name); old != old_.end()) return old->second;
        return young_.try_emplace(name_).first->second;
    }

    /// Somebody else has written to the stream: its head, if it is kept, is this one.
    void correct(stream_ref stream, stream_head head) {
        const std::string_view name = written(stream);
        for (heads* half : {&young_, &old_})
            if (auto kept = half->find(name); kept != half->end()) kept->second = {head, true, 0, {}};
    }

    /// Between two transactions.
    void make_room() {
        if (young_.size() >= half_size_) old_ = std::exchange(young_, {});
    }

    void clear() {
        young_.clear();
        old_.clear();
    }

private:
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    using heads = std::unordered_map<std::string, kept_head, hash, std::equal_to<>>;

    /// Lives until the next call. A category holds no `-`, so no two streams are written alike.
    std::string_view written(stream_ref stream) {
        name_.assign(stream.category);
        name_ += '-';
        name_ += stream.id;
        return name_;
    }

    std::size_t half_size_;
    std::string name_;
    heads young_;
    heads old_;
};

}  // namespace foldline::inline v0::sqlite
