#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline/core/repository.hpp>

using foldline_tests::bank::v1::AccountClosed;
using foldline_tests::bank::v1::AccountOpened;

struct close_it {};
struct account {
    static constexpr std::string_view category = "account";
    using events = foldline::event_list<AccountOpened>;
    using commands = foldline::command_list<close_it>;
    enum class refusal { no };
    struct state {
        bool open = false;
    };
    using decision = foldline::decision<events, refusal>;
    static void evolve(state& now, const AccountOpened&) { now.open = true; }
#ifdef FOLDLINE_CONTROL
    static decision decide(const state&, const close_it&) { return foldline::no_events; }
#else
    static decision decide(const state&, const close_it&) { return {}; }
#endif
};

template class foldline::repository<account>;
