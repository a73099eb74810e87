#include <foldline_tests/documents/v1/documents.pb.h>
#include <foldline/projections/document_projection.hpp>

using foldline_tests::documents::v1::CustomerSummary;
using foldline_tests::documents::v1::OrderPlaced;

void add_to(foldline::document_projection<CustomerSummary>& customers) {
#ifdef FOLDLINE_CONTROL
    customers.on(&OrderPlaced::customer, [](CustomerSummary&, const OrderPlaced&) {});
#else
    customers.on(&OrderPlaced::customer, [](CustomerSummary&) {});
#endif
}
