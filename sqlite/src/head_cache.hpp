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

/// The heads of the streams written to lately. Bounded: when the younger half is full it becomes the older one, and what
/// the older one held is forgotten.
///
/// confined.
class head_cache {
public:
    /// Keeps between `most` and half of that.
    explicit head_cache(std::size_t most) : half_size_(most / 2 + 1) {}

    [[nodiscard]] const stream_head* find(std::string_view stream) const {
        if (auto young = young_.find(stream); young != young_.end()) return &young->second;
        if (auto old = old_.find(stream); old != old_.end()) return &old->second;
        return nullptr;
    }

    void put(std::string_view stream, stream_head head) {
        if (auto known = young_.find(stream); known != young_.end()) {
            known->second = head;
            return;
        }
        if (young_.size() >= half_size_) old_ = std::exchange(young_, {});
        young_.emplace(stream, head);
    }

    /// Somebody else has written to the stream: its head, if it is kept, is this one.
    void correct(std::string_view stream, stream_head head) {
        for (heads* half : {&young_, &old_})
            if (auto known = half->find(stream); known != half->end()) known->second = head;
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
    using heads = std::unordered_map<std::string, stream_head, hash, std::equal_to<>>;
    std::size_t half_size_;
    heads young_;
    heads old_;
};

}  // namespace foldline::inline v0::sqlite
