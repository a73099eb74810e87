#include <foldline/eventstore/system_clock.hpp>

namespace foldline::inline v0 {

timestamp system_clock::now() const { return to_timestamp(std::chrono::system_clock::now()); }

}  // namespace foldline::inline v0
