#include "support/account_upcasters.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline_tests/bank/v2/account.pb.h>

namespace foldline_tests {

foldline::upcaster_chain account_upcasters() {
    foldline::upcaster_chain chain;
    chain.add([](const bank::v1::MoneyWithdrawn& old) {
        bank::v2::MoneyWithdrawn withdrawn;
        withdrawn.set_amount_minor(old.amount_major() * 100);
        return withdrawn;
    });
    return chain;
}

}  // namespace foldline_tests
