#pragma once

#include <foldline_tests/bank/v1/account.fwd.h>
#include <foldline_tests/bank/v2/account.fwd.h>
#include <foldline/core/decision.hpp>
#include <foldline/core/repository.hpp>
#include <foldline/snapshots/snapshotting_repository.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace foldline_tests {

struct open_account {
    std::string owner;
};
struct deposit_money {
    std::int64_t amount_minor = 0;
    std::string note;
};
struct withdraw_money {
    std::int64_t amount_minor = 0;
    std::string reason;
};
struct close_account {};

/// A bank account: the aggregate of the tests.
struct account {
    static constexpr std::string_view category = "account";
    using events = foldline::event_list<bank::v1::AccountOpened, bank::v1::MoneyDeposited, bank::v2::MoneyWithdrawn,
                                        bank::v1::AccountClosed>;
    using commands = foldline::command_list<open_account, deposit_money, withdraw_money, close_account>;
    enum class refusal { unknown_account, already_open, nothing_to_move, overdrawn, not_empty };

    struct state {
        bool open = false;
        std::string owner;
        std::int64_t balance_minor = 0;
        std::vector<std::string> notes;

        friend bool operator==(const state&, const state&) = default;
    };

    static void evolve(state&, const bank::v1::AccountOpened&);
    static void evolve(state&, const bank::v1::MoneyDeposited&);
    static void evolve(state&, const bank::v2::MoneyWithdrawn&);
    static void evolve(state&, const bank::v1::AccountClosed&);

    using decision = foldline::decision<events, refusal>;
    static decision decide(const state&, const open_account&);
    static decision decide(const state&, const deposit_money&);
    static decision decide(const state&, const withdraw_money&);
    static decision decide(const state&, const close_account&);

    using snapshot = bank::v1::SavedAccount;
    static snapshot save(const state&);
    static state restore(const snapshot&);
};

std::string_view to_string(account::refusal refusal);

}  // namespace foldline_tests

extern template class foldline::repository<foldline_tests::account>;
extern template class foldline::snapshotting_repository<foldline_tests::account>;
