#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline/core/repository.hpp>

using foldline_tests::bank::v1::AccountClosed;
using foldline_tests::bank::v1::AccountOpened;

struct close_it {};
struct account {
    static constexpr std::string_view category = "account";
    using events = foldline::event_list<AccountOpened, AccountClosed>;
    using commands = foldline::command_list<close_it>;
    enum class refusal { no };
    struct state {
        bool open = false;
    };
    using decision = foldline::decision<events, refusal>;
    static void evolve(state& now, const AccountOpened&) { now.open = true; }
#ifdef FOLDLINE_CONTROL
    static void evolve(state& now, const AccountClosed&) { now.open = false; }
#endif
    static decision decide(const state&, const close_it&) { return AccountClosed{}; }
};

template class foldline::repository<account>;
