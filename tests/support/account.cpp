#include "support/account.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline_tests/bank/v2/account.pb.h>

namespace foldline_tests {

using bank::v1::AccountClosed;
using bank::v1::AccountOpened;
using bank::v1::MoneyDeposited;
using bank::v1::SavedAccount;
using bank::v2::MoneyWithdrawn;
using foldline::no_events;
using foldline::rejected;

void account::evolve(state& now, const AccountOpened& event) {
    now.open = true;
    now.owner = event.owner();
}

void account::evolve(state& now, const MoneyDeposited& event) {
    now.balance_minor += event.amount_minor();
    if (!event.note().empty()) now.notes.push_back(event.note());
}

void account::evolve(state& now, const MoneyWithdrawn& event) {
    now.balance_minor -= event.amount_minor();
    if (!event.reason().empty()) now.notes.push_back(event.reason());
}

void account::evolve(state& now, const AccountClosed&) { now.open = false; }

account::decision account::decide(const state& now, const open_account& command) {
    if (now.open) return rejected{refusal::already_open};
    AccountOpened opened;
    opened.set_owner(command.owner);
    return opened;
}

account::decision account::decide(const state& now, const deposit_money& command) {
    if (!now.open) return rejected{refusal::unknown_account};
    if (command.amount_minor <= 0) return rejected{refusal::nothing_to_move};
    MoneyDeposited deposited;
    deposited.set_amount_minor(command.amount_minor);
    deposited.set_note(command.note);
    return deposited;
}

account::decision account::decide(const state& now, const withdraw_money& command) {
    if (!now.open) return rejected{refusal::unknown_account};
    if (command.amount_minor <= 0) return rejected{refusal::nothing_to_move};
    if (command.amount_minor > now.balance_minor) return rejected{refusal::overdrawn};
    MoneyWithdrawn withdrawn;
    withdrawn.set_amount_minor(command.amount_minor);
    withdrawn.set_reason(command.reason);
    return withdrawn;
}

account::decision account::decide(const state& now, const close_account&) {
    if (!now.open) return no_events;
    if (now.balance_minor != 0) return rejected{refusal::not_empty};
    return AccountClosed{};
}

SavedAccount account::save(const state& now) {
    SavedAccount saved;
    saved.set_open(now.open);
    saved.set_owner(now.owner);
    saved.set_balance_minor(now.balance_minor);
    saved.mutable_notes()->Assign(now.notes.begin(), now.notes.end());
    return saved;
}

account::state account::restore(const SavedAccount& saved) {
    return {saved.open(), saved.owner(), saved.balance_minor(), {saved.notes().begin(), saved.notes().end()}};
}

std::string_view to_string(account::refusal refusal) {
    switch (refusal) {
        case account::refusal::unknown_account: return "unknown_account";
        case account::refusal::already_open: return "already_open";
        case account::refusal::nothing_to_move: return "nothing_to_move";
        case account::refusal::overdrawn: return "overdrawn";
        case account::refusal::not_empty: return "not_empty";
    }
    return "?";
}

}  // namespace foldline_tests

template class foldline::repository<foldline_tests::account>;
template class foldline::snapshotting_repository<foldline_tests::account>;
