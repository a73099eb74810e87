#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline/core/repository.hpp>

using foldline_tests::bank::v1::AccountClosed;
using foldline_tests::bank::v1::AccountOpened;

/// An event written by hand: the plugin of protoc does not let two of one identity pass in one call.
struct AccountMade : google::protobuf::Message {
#ifdef FOLDLINE_CONTROL
    static constexpr char foldline_event_name[] = "account-made";
#else
    static constexpr char foldline_event_name[] = "account-opened";
#endif
    static constexpr int foldline_event_version = 1;
    google::protobuf::Message* New(google::protobuf::Arena*) const override { return nullptr; }
    google::protobuf::Metadata GetMetadata() const override { return {}; }
    int GetCachedSize() const override { return 0; }
};

struct close_it {};
struct account {
    static constexpr std::string_view category = "account";
    using events = foldline::event_list<AccountOpened, AccountClosed, AccountMade>;
    using commands = foldline::command_list<close_it>;
    enum class refusal { no };
    struct state {
        bool open = false;
    };
    using decision = foldline::decision<events, refusal>;
    static void evolve(state& now, const AccountOpened&) { now.open = true; }
    static void evolve(state& now, const AccountClosed&) { now.open = false; }
    static void evolve(state& now, const AccountMade&) { now.open = true; }
    static decision decide(const state&, const close_it&) { return foldline::no_events; }
};

template class foldline::repository<account>;
