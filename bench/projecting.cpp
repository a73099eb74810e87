#include "projecting.hpp"

#include "raw_projection.hpp"

namespace foldline_bench {

foldline::projector_options batches_of(std::size_t events, bool read_ahead) {
    foldline::projector_options options;
    options.batch = foldline::batch_limit{events};
    options.read_ahead = read_ahead;
    return options;
}

seconds time_to_catch_up(foldline::projector& projector, std::size_t events) {
    const seconds passed = time_of([&] { projector.catch_up(); });
    require_end(projector.position().value, events);
    return passed;
}

}  // namespace foldline_bench
