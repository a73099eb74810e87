// Random appends and reads, each answer of a store compared with that of a plain list of events which follows the
// promises of `event_store` to the letter.

#include "support/scratch_folder.hpp"

#include <foldline/core/error.hpp>
#include <foldline/eventstore/memory_event_store.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <rapidcheck.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace property_test {

using namespace foldline;
using namespace foldline_tests;

stream_id stream_of(int index) {
    static const std::vector<stream_id> streams{{"thing", "1"}, {"thing", "2"}, {"other", "1"}, {"other", "a-b"}};
    return streams[static_cast<std::size_t>(index) % streams.size()];
}
constexpr int stream_count = 4;

/// Commands carry small numbers, which mean something only beside the model's state: so every part of a failing
/// sequence is a sequence too, and rapidcheck can make it short.
struct expectation {
    enum { any, no_stream, exists, exactly } what;
    int beside = 0;  ///< how far `exactly` is from the true version
};
struct part_plan {
    int stream;
    expectation expected;
    int events;  ///< 0 for a condition
};
struct append_new {
    std::vector<part_plan> parts;
    bool own_ids;
    int clock_step;
};
/// Sends an earlier request with ids of its own again.
struct append_again {
    enum change_type {
        nothing,
        expectations,
        contents,
        other_stream,
        fewer_events,
        more_events,
        other_last_id,
        without_first_event,
        order_of_events,
        order_of_writes,
        without_last_write,
        new_write,
        merged,  ///< with the writes of another earlier request
        changes
    };
    int which;
    change_type change;
    int other;
};
struct read_events {
    int scope;  ///< a stream, then the categories, one that is absent, everything
    bool backward;
    std::optional<int> after;
    std::optional<int> before;
    int limit;
    std::optional<int> stop_at;
};
struct find_one {
    int which;
    bool first;  ///< of its write
};
struct open_again {};
using command = std::variant<append_new, append_again, read_events, find_one, open_again>;

std::string text(const expectation& expected) {
    switch (expected.what) {
        case expectation::any: return "any";
        case expectation::no_stream: return "no stream";
        case expectation::exists: return "exists";
        case expectation::exactly: return fmt::format("actual{:+}", expected.beside);
    }
    return "?";
}
std::string text(const std::optional<int>& number) { return number ? std::to_string(*number) : "-"; }
std::string text(const append_new& append) {
    std::string all = append.own_ids ? "append with own ids:" : "append:";
    for (const part_plan& part : append.parts)
        all += fmt::format(" [{} {} if {}]", stream_of(part.stream).to_string(),
                           part.events > 0 ? fmt::format("{} events", part.events) : "condition", text(part.expected));
    return all + fmt::format(" clock {:+}", append.clock_step);
}
std::string text(const append_again& append) {
    static const char* names[] = {"unchanged",
                                  "under other expectations",
                                  "with other contents",
                                  "to other stream",
                                  "fewer events",
                                  "more events",
                                  "other last id",
                                  "no first event",
                                  "events turned",
                                  "writes turned",
                                  "no last write",
                                  "new write too",
                                  "merged"};
    static_assert(std::size(names) == append_again::changes);
    return fmt::format("append request {} again, {} ({})", append.which, names[append.change], append.other);
}
std::string text(const read_events& read) {
    return fmt::format("read scope {}{} after {} before {} limit {} stop at {}", read.scope,
                       read.backward ? " backward" : "", text(read.after), text(read.before), read.limit,
                       text(read.stop_at));
}
std::string text(const find_one& find) {
    return fmt::format("find append {} by its {} id", find.which, find.first ? "first" : "last");
}
std::string text(const open_again&) { return "open again"; }

void showValue(const command& one, std::ostream& out) {
    out << "\n    " << std::visit([](const auto& chosen) { return text(chosen); }, one);
}

/// The number of `range` possible ones; shrinks towards 0.
rc::Gen<int> below(int range) { return rc::gen::inRange(0, range); }

rc::Gen<expectation> any_expectation() {
    return rc::gen::map(
        rc::gen::pair(rc::gen::weightedElement<int>({{4, 0}, {1, 1}, {2, 2}, {3, 3}, {1, 4}}), rc::gen::element(-1, 1)),
        [](const std::pair<int, int>& drawn) {
            if (drawn.first == 4) return expectation{expectation::exactly, drawn.second};
            return expectation{static_cast<decltype(expectation::what)>(drawn.first)};
        });
}

rc::Gen<part_plan> any_part(int least, int most) {
    return rc::gen::construct<part_plan>(below(stream_count), any_expectation(), rc::gen::inRange(least, most + 1));
}

rc::Gen<command> any_append_new() {
    return rc::gen::exec([] {
        append_new append;
        append.parts.push_back(*any_part(1, 3));
        if (*below(3) == 0) append.parts.push_back(*any_part(1, 2));
        if (*below(4) == 0) append.parts.push_back(*any_part(0, 0));
        append.own_ids = *rc::gen::arbitrary<bool>();
        append.clock_step = *rc::gen::inRange(-2, 5);
        return command{append};
    });
}

rc::Gen<command> any_append_again() {
    return rc::gen::exec([] {
        const int change = *rc::gen::weightedOneOf<int>({{1, rc::gen::just(0)}, {4, below(append_again::changes)}});
        return command{append_again{*below(20), static_cast<append_again::change_type>(change), *below(20)}};
    });
}

rc::Gen<command> any_read() {
    return rc::gen::exec([] {
        const auto bound = rc::gen::maybe(rc::gen::inRange(-2, 30));
        const auto chosen = [&]() -> std::optional<int> {
            const auto drawn = *bound;
            return drawn ? std::optional{*drawn} : std::nullopt;
        };
        read_events read{};
        read.scope = *below(stream_count + 4);
        read.backward = *rc::gen::arbitrary<bool>();
        read.after = chosen();
        read.before = chosen();
        read.limit = *rc::gen::inRange(1, 8);
        if (*below(4) == 0) read.stop_at = *rc::gen::inRange(1, 4);
        return command{read};
    });
}

rc::Gen<command> any_command() {
    return rc::gen::weightedOneOf<command>({{6, any_append_new()},
                                            {5, any_append_again()},
                                            {6, any_read()},
                                            {2, rc::gen::exec([] {
                                                 return command{find_one{*below(30), *rc::gen::arbitrary<bool>()}};
                                             })},
                                            {1, rc::gen::just(command{open_again{}})}});
}

struct model_event {
    stream_id stream;
    std::int64_t version;
    std::int64_t position;
    std::optional<event_id> id;  ///< absent until the store showed which it chose
    timestamp recorded_at;
    event_data data;
};

std::string text(const appended& done) {
    return fmt::format("stored {}: version {}, position {}, at {}", done.when == stored::now ? "now" : "before",
                       done.version.value, done.position.value, foldline::to_string(done.recorded_at));
}
std::string text(const version_conflict& refused) {
    return fmt::format("{} is at {}", refused.stream.to_string(), refused.actual.value);
}
std::string text(const id_reused& refused) { return fmt::format("{} is used", refused.id.to_string()); }
std::string text(const append_result& result) {
    return std::visit([](const auto& one) { return text(one); }, result);
}
std::string text(const std::optional<earlier_append>& found) {
    if (!found) return "no such append";
    return fmt::format("{} events in {}, {}", found->count, found->stream.to_string(), text(found->result));
}
std::string text(const page& page) {
    return fmt::format("page of {} up to version {}, position {}{}", page.events, page.last_version.value,
                       page.last_position.value, page.at_end ? ", at the end" : "");
}
std::string text_of_event(const std::string& stream, std::int64_t version, std::int64_t position,
                          const std::string& type, timestamp recorded_at, timestamp occurred_at,
                          std::string_view metadata, std::string_view payload) {
    return fmt::format("{} {} {} {} {} {} {} {}\n", stream, version, position, type, foldline::to_string(recorded_at),
                       foldline::to_string(occurred_at), metadata, payload);
}

constexpr const char* refused_as_invalid = "invalid request";
constexpr const char* kinds_of_answers[] = {"stored now", "stored before", "is at", "is used", refused_as_invalid};

/// What a store promises, in the plainest way.
class model {
public:
    std::string append(const append_request& request, timestamp now) {
        if (names_a_stream_twice(request) || gives_an_id_twice(request)) return refused_as_invalid;
        if (request.writes.front().events.front().id)
            if (const auto answer = answer_to_known_ids(request)) return text(*answer);
        for (const auto& write : request.writes)
            if (const auto at = version_of(write.stream); !write.expected.admits(at))
                return text(version_conflict{write.stream, at});
        for (const auto& condition : request.conditions)
            if (const auto at = version_of(condition.stream); !condition.expected.admits(at))
                return text(version_conflict{condition.stream, at});

        recorded_at_ = std::max(recorded_at_, now);
        appended done;
        for (const stream_write& write : request.writes) {
            for (const event_data& event : write.events)
                events_.push_back(
                    {write.stream, version_of(write.stream).value + 1, head() + 1, event.id, recorded_at_, event});
            done = {version_of(write.stream), global_position{head()}, recorded_at_, stored::now};
            if (const auto first = write.events.front().id) {
                appended again = done;
                again.when = stored::before;
                writes_.insert_or_assign(*first, known_write{write, again});
            }
        }
        return text(done);
    }

    std::optional<earlier_append> find_append(const event_id& first) const {
        const auto found = writes_.find(first);
        if (found == writes_.end()) return std::nullopt;
        return earlier_append{found->second.write.stream, found->second.write.events.size(), found->second.result};
    }

    /// What a read hands out, which is every event that `query` matches, one after another.
    std::vector<model_event*> matching(const read_query& query) {
        std::vector<model_event*> found;
        const auto* stream = std::get_if<stream_id>(&query.where());
        const auto* of = std::get_if<read_query::of_categories>(&query.where());
        for (model_event& event : events_) {
            if (stream && event.stream != *stream) continue;
            if (of && std::count(of->names.begin(), of->names.end(), event.stream.category()) == 0) continue;
            const std::int64_t key = stream ? event.version : event.position;
            if (key > query.lower_bound() && key < query.upper_bound()) found.push_back(&event);
        }
        if (query.direction() == read_direction::backward) std::reverse(found.begin(), found.end());
        return found;
    }

    stream_version version_of(const stream_id& stream) const {
        return stream_version{std::count_if(events_.begin(), events_.end(),
                                            [&](const model_event& event) { return event.stream == stream; })};
    }
    std::int64_t head() const { return std::ssize(events_); }

private:
    struct known_write {
        stream_write write;
        appended result;
    };

    static bool names_a_stream_twice(const append_request& request) {
        std::set<stream_id> named;
        for (const auto& write : request.writes)
            if (!named.insert(write.stream).second) return true;
        for (const auto& condition : request.conditions)
            if (!named.insert(condition.stream).second) return true;
        return false;
    }
    static bool gives_an_id_twice(const append_request& request) {
        std::set<event_id> given;
        for (const auto& write : request.writes)
            for (const auto& event : write.events)
                if (event.id && !given.insert(*event.id).second) return true;
        return false;
    }
    static bool same(const stream_write& one, const stream_write& other) {
        return one.stream == other.stream &&
               std::equal(one.events.begin(), one.events.end(), other.events.begin(), other.events.end(),
                          [](const event_data& a, const event_data& b) { return a.id == b.id; });
    }

    std::optional<append_result> answer_to_known_ids(const append_request& request) const {
        std::optional<event_id> known;
        std::optional<appended> last;
        bool all_known = true;
        for (const stream_write& write : request.writes) {
            const event_id first = *write.events.front().id;
            const auto earlier = writes_.find(first);
            if (earlier == writes_.end()) {
                all_known = false;
                continue;
            }
            if (!same(write, earlier->second.write)) return id_reused{first};
            if (!known) known = first;
            last = earlier->second.result;
        }
        if (!known) return std::nullopt;
        if (!all_known) return id_reused{*known};
        return *last;
    }

    std::vector<model_event> events_;
    std::map<event_id, known_write> writes_;
    timestamp recorded_at_ = timestamp::min();
};

/// A store under test.
class tested_store {
public:
    virtual ~tested_store() = default;
    virtual event_store& store() = 0;
    virtual void open_again() = 0;

    testing::manual_clock clock;
    testing::sequential_ids ids;
};

class tested_memory_store final : public tested_store {
public:
    event_store& store() override { return store_; }
    void open_again() override {}

private:
    memory_event_store store_{clock, ids};
};

class tested_sqlite_store final : public tested_store {
public:
    tested_sqlite_store() { open(); }
    event_store& store() override { return *store_; }
    void open_again() override {
        store_.reset();
        file_.reset();
        open();
    }

private:
    void open() {
        file_.emplace(folder_ / "store.db", sqlite::database_options{.durable = sqlite::durability::off});
        store_.emplace(*file_, clock, ids);
    }

    scratch_folder folder_;
    std::optional<sqlite::database> file_;
    std::optional<sqlite::sqlite_event_store> store_;
};

/// Runs commands on a store and on the model beside it.
class comparison {
public:
    comparison(tested_store& tested, std::map<std::string, int>& answers) : tested_(tested), answers_(answers) {}

    void run(const command& one) {
        std::visit([&](const auto& chosen) { run_one(chosen); }, one);
        RC_ASSERT(tested_.store().head().value == model_.head());
    }

    /// Everything, at the end, in every order.
    void read_all() {
        for (int scope = 0; scope < stream_count + 4; ++scope)
            for (const bool backward : {false, true}) run(command{read_events{scope, backward, {}, {}, 7, {}}});
        std::set<event_type> stored;
        for (const event_type type : tested_.store().stored_types()) RC_ASSERT(stored.insert(type).second);
        RC_ASSERT(stored == types_);
    }

private:
    expected_version expected_of(const stream_id& stream, const expectation& expected) const {
        switch (expected.what) {
            case expectation::any: return expected_version::any();
            case expectation::no_stream: return expected_version::no_stream();
            case expectation::exists: return expected_version::stream_exists();
            case expectation::exactly: break;
        }
        return expected_version::exactly(model_.version_of(stream).next(expected.beside));
    }

    event_data new_event(bool own_id) {
        const int number = ++last_event_;
        event_data event;
        event.type = number % 3 == 0 ? event_type{"thing-undone", 2} : event_type{"thing-done", 1};
        event.payload = fmt::format("event {}", number);
        if (number % 2 == 0) event.metadata = fmt::format("about {}", number);
        if (number % 5 == 0) event.occurred_at = tested_.clock.now() - std::chrono::seconds{number};
        if (own_id) event.id = event_id{uuid::from_name(event.payload)};
        return event;
    }

    void run_one(const append_new& plan) {
        tested_.clock.advance(std::chrono::seconds{plan.clock_step});
        append_request request;
        for (const part_plan& part : plan.parts) {
            const stream_id stream = stream_of(part.stream);
            const expected_version expected = expected_of(stream, part.expected);
            if (part.events == 0) {
                request.conditions.push_back({stream, expected});
                continue;
            }
            request.writes.push_back({stream, expected, {}});
            for (int i = 0; i < part.events; ++i) request.writes.back().events.push_back(new_event(plan.own_ids));
        }
        if (plan.own_ids) sent_.push_back(request);
        append(request);
    }

    void run_one(const append_again& plan) {
        if (sent_.empty()) return;
        const auto sent = [&](int which) { return sent_[static_cast<std::size_t>(which) % sent_.size()]; };
        append_request request = sent(plan.which);
        auto& last = request.writes.back();
        switch (plan.change) {
            case append_again::nothing:
            case append_again::changes: break;
            case append_again::expectations:
                for (auto& write : request.writes) write.expected = expected_version::no_stream();
                break;
            case append_again::contents: last.events.back() = with_id(last.events.back().id); break;
            case append_again::other_stream: last.stream = stream_of(plan.other); break;
            case append_again::fewer_events:
                if (last.events.size() > 1) last.events.pop_back();
                break;
            case append_again::more_events: last.events.push_back(new_event(true)); break;
            case append_again::other_last_id: last.events.back() = new_event(true); break;
            case append_again::without_first_event:
                if (last.events.size() > 1) last.events.erase(last.events.begin());
                break;
            case append_again::order_of_events: std::reverse(last.events.begin() + 1, last.events.end()); break;
            case append_again::order_of_writes: std::reverse(request.writes.begin(), request.writes.end()); break;
            case append_again::without_last_write:
                if (request.writes.size() > 1) request.writes.pop_back();
                break;
            case append_again::new_write:
                request.writes.push_back({stream_of(plan.other), expected_version::any(), {new_event(true)}});
                break;
            case append_again::merged:
                for (const auto& write : sent(plan.other).writes) request.writes.push_back(write);
                break;
        }
        append(request);
    }

    event_data with_id(std::optional<event_id> id) {
        event_data event = new_event(false);
        event.id = id;
        return event;
    }

    void append(const append_request& request) {
        const std::int64_t before = model_.head();
        const std::string expected = model_.append(request, tested_.clock.now());
        if (model_.head() > before)
            for (const auto& write : request.writes)
                for (const auto& event : write.events) types_.insert(event.type);
        RC_ASSERT(answer_to(request) == expected);
        ++answers_[kind_of(expected)];
    }

    static std::string kind_of(const std::string& answer) {
        for (const char* kind : kinds_of_answers)
            if (answer.find(kind) != std::string::npos) return kind;
        return answer;
    }

    std::string answer_to(const append_request& request) {
        try {
            return text(tested_.store().append(request));
        } catch (const invalid_request&) {
            return refused_as_invalid;
        }
    }

    void run_one(const read_events& plan) {
        read_query query = query_of(plan);
        std::optional<int> stop_at = plan.stop_at;
        for (bool at_end = false; !at_end;) {
            const page page = read_one(query, static_cast<std::size_t>(plan.limit), stop_at);
            at_end = page.at_end;
            RC_ASSERT((at_end || page.events > 0));
            query = query.from(page);
            stop_at.reset();
        }
    }

    static read_query query_of(const read_events& plan) {
        if (plan.scope < stream_count) return bounded<stream_version>(read_query::stream(stream_of(plan.scope)), plan);
        static const std::vector<std::string> categories{"thing", "other", "absent"};
        const auto category = static_cast<std::size_t>(plan.scope - stream_count);
        return bounded<global_position>(
            category < categories.size() ? read_query::category(categories[category]) : read_query::all(), plan);
    }
    template <class Bound>
    static read_query bounded(read_query query, const read_events& plan) {
        if (plan.after) query = query.after(Bound{*plan.after});
        if (plan.before) query = query.before(Bound{*plan.before});
        return plan.backward ? query.backward() : query;
    }

    page read_one(const read_query& query, std::size_t limit, std::optional<int> stop_at) {
        const auto matching = model_.matching(query);
        const std::size_t count = std::min({matching.size(), limit, static_cast<std::size_t>(stop_at.value_or(1000))});
        page expected = query.empty_page();
        expected.events = count;
        expected.at_end = count == matching.size();
        std::string expected_events;
        for (std::size_t i = 0; i < count; ++i) {
            const model_event& event = *matching[i];
            expected.last_version = stream_version{event.version};
            expected.last_position = global_position{event.position};
            expected_events += text_of_event(
                event.stream.to_string(), event.version, event.position, event.data.type.to_string(), event.recorded_at,
                event.data.occurred_at.value_or(event.recorded_at), event.data.metadata, event.data.payload);
        }

        std::string events;
        std::vector<event_id> ids;
        const page read = tested_.store().read(query, batch_limit{limit}, [&](const event_view& event) {
            events += text_of_event(event.stream.to_string(), event.version.value, event.position.value,
                                    tested_.store().type_of(event.type).to_string(), event.recorded_at,
                                    event.occurred_at, event.metadata, event.payload);
            ids.push_back(event.id);
            return stop_at && std::ssize(ids) == *stop_at ? flow::stop : flow::go_on;
        });
        RC_ASSERT(events == expected_events);
        if (std::holds_alternative<read_query::of_categories>(query.where())) {
            // How much of other categories a page passes is the store's affair; of its own it passes what it hands out.
            RC_ASSERT(read.events == count);
            RC_ASSERT((!read.at_end || count == matching.size()));
            RC_ASSERT(model_.matching(query.from(read)).size() == matching.size() - count);
        } else {
            RC_ASSERT(text(read) == text(expected));
        }
        for (std::size_t i = 0; i < count; ++i) compare_id(*matching[i], ids[i]);
        return read;
    }

    void compare_id(model_event& event, const event_id& id) {
        if (!event.id) {
            RC_ASSERT(chosen_by_store_.insert(id).second);
            event.id = id;
        }
        RC_ASSERT(event.id->to_string() == id.to_string());
    }

    void run_one(const find_one& plan) {
        event_id id{uuid::from_name("never sent")};
        if (!sent_.empty()) {
            const auto& writes = sent_[static_cast<std::size_t>(plan.which) % sent_.size()].writes;
            const auto& events = writes[static_cast<std::size_t>(plan.which) % writes.size()].events;
            id = plan.first ? *events.front().id : *events.back().id;
        }
        RC_ASSERT(text(tested_.store().find_append(id)) == text(model_.find_append(id)));
    }

    void run_one(const open_again&) {
        const store_identity before = tested_.store().identity();
        tested_.open_again();
        RC_ASSERT((tested_.store().identity() == before));
    }

    tested_store& tested_;
    std::map<std::string, int>& answers_;  ///< how often an append had which kind of answer
    model model_;
    std::vector<append_request> sent_;  ///< with ids of their own
    std::set<event_id> chosen_by_store_;
    std::set<event_type> types_;
    int last_event_ = 0;
};

template <class Tested>
void require_agreement(const char* name) {
    std::map<std::string, int> answers;
    const bool agrees = rc::check(name, [&] {
        const auto commands = *rc::gen::container<std::vector<command>>(any_command()).as("commands");
        Tested tested;
        comparison both{tested, answers};
        for (const command& one : commands) both.run(one);
        both.read_all();
    });
    REQUIRE(agrees);
    // Commands that always end alike would compare nothing.
    for (const char* kind : kinds_of_answers) {
        CAPTURE(std::string{kind});
        CHECK(answers[kind] >= 10);
    }
}

}  // namespace property_test

TEST_CASE("property: a memory store answers any sequence of commands as the model does") {
    property_test::require_agreement<property_test::tested_memory_store>("memory_event_store");
}

TEST_CASE("property: an SQLite store answers any sequence of commands as the model does, opened again or not") {
    property_test::require_agreement<property_test::tested_sqlite_store>("sqlite_event_store");
}
