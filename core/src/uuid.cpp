#include <foldline/core/uuid.hpp>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace foldline::inline v0 {
namespace {

constexpr char digits[] = "0123456789abcdef";

bool dash_before(std::size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

std::optional<std::uint8_t> nibble(char c) {
    if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
    return std::nullopt;
}

uuid stamped_version_8(const XXH128_hash_t& hash) {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, hash);
    uuid id;
    std::memcpy(id.bytes.data(), canonical.digest, id.bytes.size());
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0FU) | 0x80U);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3FU) | 0x80U);
    return id;
}

}  // namespace

std::string uuid::to_string() const {
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (dash_before(i)) text.push_back('-');
        text.push_back(digits[bytes[i] >> 4U]);
        text.push_back(digits[bytes[i] & 0x0FU]);
    }
    return text;
}

std::optional<uuid> uuid::parse(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    uuid id;
    std::size_t at = 0;
    for (std::size_t i = 0; i < id.bytes.size(); ++i) {
        if (dash_before(i) && text[at++] != '-') return std::nullopt;
        const auto high = nibble(text[at++]);
        const auto low = nibble(text[at++]);
        if (!high || !low) return std::nullopt;
        id.bytes[i] = static_cast<std::uint8_t>((*high << 4U) | *low);
    }
    return id;
}

uuid uuid::from_name(std::string_view name) { return stamped_version_8(XXH3_128bits(name.data(), name.size())); }

uuid uuid::child(std::uint64_t index) const {
    std::array<std::uint8_t, 24> seed{};
    std::memcpy(seed.data(), bytes.data(), bytes.size());
    for (std::size_t i = 0; i < 8; ++i) seed[16 + i] = static_cast<std::uint8_t>(index >> (8U * i));
    return stamped_version_8(XXH3_128bits(seed.data(), seed.size()));
}

}  // namespace foldline::inline v0
