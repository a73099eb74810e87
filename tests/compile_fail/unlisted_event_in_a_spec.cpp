#include "support/account.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline_tests/bank/v2/account.pb.h>
#include <foldline/testing/decider_spec.hpp>

void specify() {
#ifdef FOLDLINE_CONTROL
    using withdrawn = foldline_tests::bank::v2::MoneyWithdrawn;
#else
    using withdrawn = foldline_tests::bank::v1::MoneyWithdrawn;  // only upcasters know it
#endif
    (void)foldline::testing::decider_spec<foldline_tests::account>().given(withdrawn{});
}
