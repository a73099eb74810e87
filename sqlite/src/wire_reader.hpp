#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace foldline::inline v0::sqlite {

/// Goes over the fields of an encoded message with their values, without making a message of it. Takes whatever
/// Protobuf takes, groups too.
///
/// value, of borrowed bytes.
class wire_reader {
public:
    enum class type : std::uint8_t { varint, fixed64, bytes, group, end_group, fixed32 };

    explicit wire_reader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    /// Goes to the next field. False at the end, and where the bytes are no message: see `is_sound`.
    [[gnu::always_inline]] bool next() {
        if (at_ == end_) return false;
        begin_ = at_;
        std::uint64_t tag = 0;
        if (!take_varint(tag) || tag > 0xFFFF'FFFFU || tag < 8) return fail();
        number_ = static_cast<std::uint32_t>(tag >> 3U);
        type_ = static_cast<type>(tag & 7U);
        switch (type_) {
            case type::varint: return take_varint(value_) || fail();
            case type::fixed64: return take_fixed<std::uint64_t>();
            case type::bytes: return take_bytes();
            case type::group: return pass_group(deepest_group);
            case type::fixed32: return take_fixed<std::uint32_t>();
            default: return fail();
        }
    }

    [[nodiscard]] std::uint32_t number() const { return number_; }
    [[nodiscard]] type wire_type() const { return type_; }
    /// Of a varint or a fixed number.
    [[nodiscard]] std::uint64_t value() const { return value_; }
    /// Of a string, bytes, a message or a packed list.
    [[nodiscard]] std::string_view bytes() const { return bytes_; }
    /// The whole field, from its tag to its end.
    [[nodiscard]] std::string_view whole() const { return {begin_, static_cast<std::size_t>(at_ - begin_)}; }
    [[nodiscard]] bool is_sound() const { return sound_; }

    // The elements of a packed list.

    [[nodiscard]] bool at_end() const { return at_ == end_; }
    /// The next one, encoded as `each`; false where the bytes end within it.
    bool next_packed(type each) {
        switch (each) {
            case type::varint: return take_varint(value_) || fail();
            case type::fixed64: return take_fixed<std::uint64_t>();
            case type::fixed32: return take_fixed<std::uint32_t>();
            default: return fail();
        }
    }

private:
    static constexpr int deepest_group = 100;

    bool fail() { return sound_ = false; }

    [[gnu::always_inline]] bool take_varint(std::uint64_t& value) {
        if (at_ != end_ && static_cast<std::uint8_t>(*at_) < 0x80) {
            value = static_cast<std::uint8_t>(*at_++);
            return true;
        }
        return take_long_varint(value);
    }
    bool take_long_varint(std::uint64_t& value) {
        value = 0;
        for (unsigned shift = 0; shift < 64 && at_ != end_; shift += 7) {
            const auto byte = static_cast<std::uint8_t>(*at_++);
            value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
            if (byte < 0x80) return true;
        }
        return false;
    }

    template <class Number>
    bool take_fixed() {
        if (end_ - at_ < static_cast<std::ptrdiff_t>(sizeof(Number))) return fail();
        value_ = 0;
        for (std::size_t i = 0; i < sizeof(Number); ++i)  // little-endian: one load
            value_ |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(at_[i])) << (8 * i);
        at_ += sizeof(Number);
        return true;
    }

    bool take_bytes() {
        std::uint64_t size = 0;
        if (!take_varint(size) || size > static_cast<std::uint64_t>(end_ - at_)) return fail();
        bytes_ = {at_, static_cast<std::size_t>(size)};
        at_ += size;
        return true;
    }

    /// To the end of a group that began, over those inside it.
    bool pass_group(int depth) {
        if (depth == 0) return fail();
        const std::uint32_t number = number_;
        const char* const begin = begin_;
        wire_reader inside{{at_, static_cast<std::size_t>(end_ - at_)}};
        while (!inside.at_end()) {
            std::uint64_t tag = 0;
            const char* const before = inside.at_;
            if (!inside.take_varint(tag)) return fail();
            if ((tag & 7U) == static_cast<std::uint64_t>(type::end_group)) {
                if (tag >> 3U != number) return fail();
                at_ = inside.at_;
                begin_ = begin;
                return true;
            }
            inside.at_ = before;
            if ((tag & 7U) == static_cast<std::uint64_t>(type::group)) {
                inside.number_ = static_cast<std::uint32_t>(tag >> 3U);
                if (!inside.take_varint(tag) || !inside.pass_group(depth - 1)) return fail();
            } else if (!inside.next()) {
                return fail();
            }
        }
        return fail();
    }

    const char* at_;
    const char* end_;
    const char* begin_ = nullptr;
    std::uint64_t value_ = 0;
    std::string_view bytes_;
    std::uint32_t number_ = 0;
    type type_ = type::varint;
    bool sound_ = true;
};

}  // namespace foldline::inline v0::sqlite
