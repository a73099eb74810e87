#include "tally.hpp"

#include "measured.hpp"

namespace foldline_bench {

void tally::evolve(state& state, const v1::LineMeasured& event) {
    ++state.lines;
    state.units += event.units();
    state.total_e4 += event.total_e4();
    state.last_product = event.product();
}

tally::decision tally::decide(const state&, const measure_line&) { return first_event(); }

tally::snapshot tally::save(const state& state) {
    snapshot saved;
    saved.set_lines(state.lines);
    saved.set_units(state.units);
    saved.set_total_e4(state.total_e4);
    saved.set_last_product(state.last_product);
    return saved;
}

tally::state tally::restore(const snapshot& saved) {
    return {saved.lines(), saved.units(), saved.total_e4(), saved.last_product()};
}

}  // namespace foldline_bench

template class foldline::repository<foldline_bench::tally>;
template class foldline::snapshotting_repository<foldline_bench::tally>;
