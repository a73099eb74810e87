#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline/snapshots/snapshotting_repository.hpp>

using foldline_tests::bank::v1::AccountOpened;
using foldline_tests::bank::v1::SavedAccount;

struct open_it {};
struct account {
    static constexpr std::string_view category = "account";
    using events = foldline::event_list<AccountOpened>;
    using commands = foldline::command_list<open_it>;
    enum class refusal { no };
    struct state {
        bool open = false;
    };
    using decision = foldline::decision<events, refusal>;
    static void evolve(state& now, const AccountOpened&) { now.open = true; }
    static decision decide(const state&, const open_it&) { return AccountOpened{}; }

    using snapshot = SavedAccount;
    static state restore(const SavedAccount& saved) { return {saved.open()}; }
#ifdef FOLDLINE_CONTROL
    static SavedAccount save(const state& now) {
        SavedAccount saved;
        saved.set_open(now.open);
        return saved;
    }
#endif
};

template class foldline::repository<account>;
template class foldline::snapshotting_repository<account>;
