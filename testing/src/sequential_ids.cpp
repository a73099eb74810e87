#include <foldline/testing/sequential_ids.hpp>

namespace foldline::inline v0::testing {

uuid sequential_ids::next() {
    const std::uint64_t number = ++last_;
    uuid id;
    for (std::size_t i = 0; i < 4; ++i) id.bytes[i] = static_cast<std::uint8_t>(family_ >> (8 * (3 - i)));
    id.bytes[6] = 0x80;  // version 8: a format of our own
    id.bytes[8] = 0x80;
    for (std::size_t i = 0; i < 6; ++i) id.bytes[10 + i] = static_cast<std::uint8_t>(number >> (8 * (5 - i)));
    return id;
}

}  // namespace foldline::inline v0::testing
