#include <foldline_tests/sales/v1/sales.pb.h>
#include <foldline/projections/memory_projection.hpp>

using foldline_tests::sales::v1::ItemSold;

void add_to(foldline::memory_projection<int>& board) {
#ifdef FOLDLINE_CONTROL
    board.on([](int&, const ItemSold&, const foldline::event_view&) {});
#else
    board.on([](const ItemSold&, const foldline::event_view&) {});
#endif
}
