#pragma once

#include <foldline/core/id_source.hpp>

#include <atomic>
#include <cstdint>

namespace foldline::inline v0::testing {

/// Gives out 00000000-0000-8000-8000-000000000001 and so on, the same in every run. Two sources of different families,
/// which are the first 8 digits, never give the same.
///
/// Threads: shared.
class sequential_ids final : public id_source {
public:
    explicit sequential_ids(std::uint32_t family = 0) : family_(family) {}

    [[nodiscard]] uuid next() override;

private:
    std::uint32_t family_;
    std::atomic<std::uint64_t> last_ = 0;
};

}  // namespace foldline::inline v0::testing
