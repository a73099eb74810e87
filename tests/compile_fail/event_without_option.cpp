#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline/core/repository.hpp>

using foldline_tests::bank::v1::AccountClosed;
using foldline_tests::bank::v1::AccountOpened;

#ifdef FOLDLINE_CONTROL
using happened = AccountOpened;
#else
using happened = foldline_tests::bank::v1::SavedAccount;  // a message without the option
#endif

struct close_it {};
struct account {
    static constexpr std::string_view category = "account";
    using events = foldline::event_list<happened>;
    using commands = foldline::command_list<close_it>;
    enum class refusal { no };
    struct state {
        bool open = false;
    };
    using decision = foldline::decision<events, refusal>;
    static void evolve(state& now, const happened&) { now.open = true; }
    static decision decide(const state&, const close_it&) { return foldline::no_events; }
};

template class foldline::repository<account>;
