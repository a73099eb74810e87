#pragma once

#include <foldline/core/event_store.hpp>

#include <cstdint>
#include <functional>

namespace shop {

/// Is told now and then how much of a long work is done, and may stop it.
using watcher = std::function<foldline::flow(std::uint64_t done, std::uint64_t all)>;

}  // namespace shop
