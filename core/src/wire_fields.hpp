#pragma once

#include "utf8.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace foldline::inline v0::detail {

/// Goes over the fields of an encoded message without making one of it. Groups are not read: they make it unsound.
class wire_fields {
public:
    explicit wire_fields(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    /// Goes to the next field. False at the end, and where the bytes are no message: see `is_sound`.
    bool next() {
        if (at_ == end_) return false;
        std::uint64_t tag = 0;
        if (!take_varint(tag)) return false;
        number_ = tag >> 3U;
        bytes_.reset();
        std::uint64_t size = 0;
        switch (tag & 7U) {
            case 0: return pass_varint();
            case 1: return pass(8);
            case 2:
                if (!take_varint(size) || !pass(size)) return false;
                bytes_ = std::string_view{at_ - size, static_cast<std::size_t>(size)};
                return true;
            case 5: return pass(4);
            default: return fail();
        }
    }
    [[nodiscard]] std::uint64_t number() const { return number_; }
    /// Of a field that is a string, bytes or a message.
    [[nodiscard]] const std::optional<std::string_view>& bytes() const { return bytes_; }
    [[nodiscard]] bool is_sound() const { return sound_; }

private:
    bool fail() { return sound_ = false; }
    bool pass(std::uint64_t size) {
        if (size > static_cast<std::uint64_t>(end_ - at_)) return fail();
        at_ += size;
        return true;
    }
    bool pass_varint() {
        std::uint64_t value = 0;
        if (end_ - at_ < 8) return take_varint(value);
        // The last byte of a varint is its first without a high bit.
        std::memcpy(&value, at_, 8);
        if constexpr (std::endian::native == std::endian::big) return take_varint(value);
        const std::uint64_t ends = ~value & high_bits;
        if (ends == 0) return take_varint(value);
        at_ += std::countr_zero(ends) / 8 + 1;
        return true;
    }
    bool take_varint(std::uint64_t& value) {
        if (at_ != end_ && static_cast<std::uint8_t>(*at_) < 0x80) {
            value = static_cast<std::uint8_t>(*at_++);
            return true;
        }
        value = 0;
        for (unsigned shift = 0; shift < 64 && at_ != end_; shift += 7) {
            const auto byte = static_cast<std::uint8_t>(*at_++);
            value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
            if (byte < 0x80) return true;
        }
        return fail();
    }

    const char* at_;
    const char* end_;
    std::uint64_t number_ = 0;
    std::optional<std::string_view> bytes_;
    bool sound_ = true;
};

}  // namespace foldline::inline v0::detail
