#include <foldline_tests/sales/v1/sales.pb.h>
#include <foldline/projections/sql_projection.hpp>

using foldline_tests::sales::v1::ItemSold;

void add_to(foldline::sql_projection& sales) {
#ifdef FOLDLINE_CONTROL
    sales.on([](const ItemSold&, const foldline::event_view&, foldline::sql_session&) {});
#else
    sales.on([](const ItemSold&, foldline::sql_session&) {});
#endif
}
