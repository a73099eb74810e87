// One file and all that happens to it over a long time: this program appends, closes it and opens it again, another
// process writes to it or is killed after it did, a second object reads beside the first, and requests of long ago come
// again. Each answer is compared with that of a map that forgets nothing.

#include "property.hpp"
#include "sqlite_world.hpp"

#include <foldline/core/error.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <rapidcheck.h>
#include <rapidcheck/state.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace property_over_time {

using namespace foldline;
using namespace foldline_tests;

constexpr int stream_count = 3;

stream_id stream_of(int index) {
    static const std::array<stream_id, stream_count> streams{stream_id{"thing", "1"}, stream_id{"thing", "2"},
                                                             stream_id{"other", "1"}};
    return streams[static_cast<std::size_t>(index)];
}

enum class expecting { anything, no_stream, a_stream, what_is_there, what_was_there };

/// A request in small numbers. An event is a number, which its payload and its own id are made of.
struct plan {
    struct write {
        int stream;
        expecting expected;
        std::vector<int> events;
    };
    std::vector<write> writes;
    std::optional<std::pair<int, expecting>> condition;
    bool own_ids = false;
};

event_id id_of(int event) { return {uuid::from_name(fmt::format("event {}", event))}; }
std::string payload_of(int event) { return fmt::format("event {}", event); }

/// All that ever happened.
struct model {
    struct stored_event {
        int stream;
        std::int64_t version;
        int number;
    };
    struct known_write {
        int stream;
        std::vector<int> events;
        std::int64_t version;
        std::int64_t position;
    };
    std::vector<stored_event> log;
    std::map<int, known_write> known;  // by first event; only those with own ids
    std::vector<plan> sent;            // with own ids
    int next_event = 0;

    [[nodiscard]] std::int64_t version_of(int stream) const {
        return std::count_if(log.begin(), log.end(), [&](const stored_event& one) { return one.stream == stream; });
    }

    [[nodiscard]] expected_version expected_at(int stream, expecting expected) const {
        switch (expected) {
            case expecting::anything: return expected_version::any();
            case expecting::no_stream: return expected_version::no_stream();
            case expecting::a_stream: return expected_version::stream_exists();
            case expecting::what_is_there: return expected_version::exactly(stream_version{version_of(stream)});
            case expecting::what_was_there: return expected_version::exactly(stream_version{version_of(stream) - 1});
        }
        return expected_version::any();
    }

    [[nodiscard]] append_request request_of(const plan& planned) const {
        append_request request;
        for (const auto& write : planned.writes) {
            request.writes.push_back({stream_of(write.stream), expected_at(write.stream, write.expected), {}});
            for (const int number : write.events) {
                event_data& event = request.writes.back().events.emplace_back();
                event.type = {"thing-done", 1};
                event.payload = payload_of(number);
                if (planned.own_ids) event.id = id_of(number);
            }
        }
        if (planned.condition)
            request.conditions.push_back({stream_of(planned.condition->first),
                                          expected_at(planned.condition->first, planned.condition->second)});
        return request;
    }

    /// What an honest store answers, which stores the events too.
    std::string append(const plan& planned) {
        if (planned.own_ids)
            if (auto earlier = answer_to_known(planned)) return *earlier;
        const append_request request = request_of(planned);
        for (std::size_t i = 0; i < request.writes.size(); ++i)
            if (const auto refused = conflict(planned.writes[i].stream, request.writes[i].expected)) return *refused;
        if (planned.condition)
            if (const auto refused = conflict(planned.condition->first, request.conditions[0].expected))
                return *refused;

        std::string answer;
        for (const auto& write : planned.writes) {
            for (const int number : write.events) log.push_back({write.stream, version_of(write.stream) + 1, number});
            const known_write stored{write.stream, write.events, version_of(write.stream), std::ssize(log)};
            if (planned.own_ids) known.emplace(write.events.front(), stored);
            answer = fmt::format("now {} {}", stored.version, stored.position);
        }
        return answer;
    }

private:
    [[nodiscard]] std::optional<std::string> conflict(int stream, const expected_version& expected) const {
        if (expected.admits(stream_version{version_of(stream)})) return std::nullopt;
        return fmt::format("{} at {}", stream_of(stream).to_string(), version_of(stream));
    }

    [[nodiscard]] std::optional<std::string> answer_to_known(const plan& planned) const {
        std::optional<int> first_known;
        bool all_known = true;
        std::string last;
        for (const auto& write : planned.writes) {
            const auto found = known.find(write.events.front());
            if (found == known.end()) {
                all_known = false;
                continue;
            }
            const known_write& earlier = found->second;
            if (earlier.stream != write.stream || earlier.events != write.events)
                return fmt::format("used {}", id_of(write.events.front()).to_string());
            if (!first_known) first_known = write.events.front();
            last = fmt::format("before {} {}", earlier.version, earlier.position);
        }
        if (!first_known) return std::nullopt;
        return all_known ? last : fmt::format("used {}", id_of(*first_known).to_string());
    }
};

std::string text(const append_result& result) {
    if (const auto* done = std::get_if<appended>(&result))
        return fmt::format("{} {} {}", done->when == stored::now ? "now" : "before", done->version.value,
                           done->position.value);
    if (const auto* conflict = std::get_if<version_conflict>(&result))
        return fmt::format("{} at {}", conflict->stream.to_string(), conflict->actual.value);
    return fmt::format("used {}", std::get<id_reused>(result).id.to_string());
}

std::string text_of_everything(const event_store& store) {
    std::string all;
    read_query query = read_query::all();
    for (bool at_end = false; !at_end;) {
        const page page = store.read(query, batch_limit{7}, [&](const event_view& event) {
            all += fmt::format("{} {} {} {}\n", event.position.value, event.stream.to_string(), event.version.value,
                               event.payload);
        });
        at_end = page.at_end;
        query = query.from(page);
    }
    return all;
}

std::string text_of_everything(const model& known) {
    std::string all;
    std::int64_t position = 0;
    for (const auto& event : known.log)
        all += fmt::format("{} {} {} {}\n", ++position, stream_of(event.stream).to_string(), event.version,
                           payload_of(event.number));
    return all;
}

/// The store under test, in its file.
class system_under_test {
public:
    system_under_test() { open(); }

    [[nodiscard]] event_store& store() { return *world_.store; }
    void open_again() {
        world_.close();
        open();
    }

    /// In another process, which has the file for itself meanwhile. It is gone when this returns: in good order, or by a
    /// signal as soon as the append returned.
    std::string append_elsewhere(const append_request& request, bool killed) {
        world_.close();  // no connection may live through a fork
        std::array<int, 2> pipe{};
        if (::pipe(pipe.data()) != 0) throw std::runtime_error("there is no pipe");
        const pid_t child = ::fork();
        if (child == 0) {
            std::string said;
            try {
                said = text(world_.open({}, sqlite::durability::off).append(request));
            } catch (const std::exception& failed) {
                said = failed.what();
            }
            const bool is_told = ::write(pipe[1], said.data(), said.size()) == static_cast<ssize_t>(said.size());
            if (killed) std::raise(SIGKILL);
            world_.close();
            std::_Exit(is_told ? 0 : 1);
        }
        ::close(pipe[1]);
        std::string answer;
        std::array<char, 256> part{};
        for (ssize_t size = 0; (size = ::read(pipe[0], part.data(), part.size())) > 0;)
            answer.append(part.data(), static_cast<std::size_t>(size));
        ::close(pipe[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        open();
        return answer;
    }

    /// What a second object sees, which may only read.
    std::string read_beside() {
        const sqlite::database file{world_.file, {.mode = sqlite::open_mode::read_only}};
        testing::sequential_ids ids;
        // It asks for the file for as long as it is there, but never writes.
        const sqlite::sqlite_event_store reader{const_cast<sqlite::database&>(file), world_.clock, ids};
        return text_of_everything(reader);
    }

private:
    void open() { (void)world_.open({}, sqlite::durability::off); }

    scratch_folder folder_;
    sqlite_world world_{folder_ / "store.db"};
};

/// How often which kind of answer came: stored now or before, refused since the stream is at another version, or since
/// ids were used.
std::map<std::string, int>& answers() {
    static std::map<std::string, int> counted;
    return counted;
}
void count(const std::string& answer) {
    constexpr std::pair<const char*, const char*> kinds[] = {
        {"now", "stored"}, {"before", "stored before"}, {" at ", "conflicts"}, {"used", "ids refused"}};
    for (const auto& [word, kind] : kinds)
        if (answer.find(word) != std::string::npos) ++answers()[kind];
}

using command = rc::state::Command<model, system_under_test>;

enum class where { here, elsewhere, elsewhere_and_killed };

/// Some request sent to the store. What it asks for is drawn when it is made, from what the model knew then.
class sending : public command {
public:
    void apply(model& known) const override {
        (void)known.append(planned_);
        if (planned_.own_ids) known.sent.push_back(planned_);
        for (const auto& write : planned_.writes)
            for (const int number : write.events) known.next_event = std::max(known.next_event, number + 1);
    }

    void run(const model& known, system_under_test& tested) const override {
        model after = known;
        const std::string expected = after.append(planned_);
        const append_request request = known.request_of(planned_);
        const std::string answer = place_ == where::here
                                       ? text(tested.store().append(request))
                                       : tested.append_elsewhere(request, place_ == where::elsewhere_and_killed);
        RC_ASSERT(answer == expected);
        count(answer);
        RC_ASSERT(tested.store().head().value == std::ssize(after.log));
    }

    void show(std::ostream& out) const override {
        static constexpr const char* places[] = {"here", "elsewhere", "elsewhere, killed"};
        static constexpr const char* expectations[] = {"any", "none", "some", "the head", "before the head"};
        out << "append" << (planned_.own_ids ? " with own ids, " : ", ") << places[static_cast<int>(place_)];
        for (const auto& write : planned_.writes) {
            out << "; " << stream_of(write.stream).to_string() << " if "
                << expectations[static_cast<int>(write.expected)] << ":";
            for (const int number : write.events) out << ' ' << number;
        }
        if (planned_.condition)
            out << "; if " << stream_of(planned_.condition->first).to_string() << " is at "
                << expectations[static_cast<int>(planned_.condition->second)];
    }

protected:
    static expecting any_expectation() {
        return *rc::gen::weightedElement<expecting>({{5, expecting::anything},
                                                     {1, expecting::no_stream},
                                                     {2, expecting::a_stream},
                                                     {4, expecting::what_is_there},
                                                     {1, expecting::what_was_there}});
    }
    static where any_place() {
        return *rc::gen::weightedElement<where>(
            {{20, where::here}, {1, where::elsewhere}, {1, where::elsewhere_and_killed}});
    }

    plan planned_;
    where place_ = where::here;
};

class append_something_new final : public sending {
public:
    explicit append_something_new(const model& known) {
        int next = known.next_event;
        const auto numbers = [&] {
            std::vector<int> events;
            for (int left = *rc::gen::inRange(1, 4); left > 0; --left) events.push_back(next++);
            return events;
        };
        const int first = *rc::gen::inRange(0, stream_count);
        planned_.own_ids = *rc::gen::arbitrary<bool>();
        planned_.writes.push_back({first, any_expectation(), numbers()});
        const int other = (first + 1) % stream_count;
        switch (*rc::gen::inRange(0, 4)) {
            case 0: planned_.writes.push_back({other, any_expectation(), numbers()}); break;
            case 1: planned_.condition = {other, any_expectation()}; break;
            default: break;
        }
        place_ = any_place();
    }
};

/// The very same ids again, under any expectation, a moment or a whole history later.
class append_the_same_again final : public sending {
public:
    explicit append_the_same_again(const model& known) {
        RC_PRE(!known.sent.empty());
        planned_ = *rc::gen::elementOf(known.sent);
        for (auto& write : planned_.writes) write.expected = any_expectation();
        planned_.condition.reset();
        place_ = any_place();
    }
};

/// Ids that began one append, for another one.
class append_with_used_ids final : public sending {
public:
    explicit append_with_used_ids(const model& known) {
        RC_PRE(!known.sent.empty());
        planned_ = *rc::gen::elementOf(known.sent);
        auto& write = planned_.writes.front();
        switch (*rc::gen::inRange(0, 4)) {
            case 0: write.events.push_back(known.next_event); break;
            case 1: std::reverse(write.events.begin() + 1, write.events.end()); break;
            case 2: write.events.resize(1); break;
            default:
                planned_.writes.resize(1);
                planned_.writes.front().stream = (planned_.writes.front().stream + 1) % stream_count;
        }
        planned_.condition.reset();
    }
};

class open_again final : public command {
public:
    void run(const model& known, system_under_test& tested) const override {
        const store_identity before = tested.store().identity();
        tested.open_again();
        RC_ASSERT((tested.store().identity() == before));
        RC_ASSERT(text_of_everything(tested.store()) == text_of_everything(known));
    }
    void show(std::ostream& out) const override { out << "open again"; }
};

class read_beside final : public command {
public:
    void run(const model& known, system_under_test& tested) const override {
        RC_ASSERT(tested.read_beside() == text_of_everything(known));
    }
    void show(std::ostream& out) const override { out << "read with a second object"; }
};

class read_some final : public command {
public:
    explicit read_some(const model& known)
        : stream_(*rc::gen::inRange(0, stream_count)),
          backward_(*rc::gen::arbitrary<bool>()),
          after_(*rc::gen::inRange<std::int64_t>(0, known.version_of(stream_) + 2)),
          before_(*rc::gen::inRange<std::int64_t>(0, known.version_of(stream_) + 3)),
          limit_(*rc::gen::inRange<std::size_t>(1, 5)) {}

    void run(const model& known, system_under_test& tested) const override {
        std::vector<int> expected;
        for (const auto& event : known.log)
            if (event.stream == stream_ && event.version > after_ && event.version < before_)
                expected.push_back(event.number);
        if (backward_) std::reverse(expected.begin(), expected.end());
        const bool is_all = expected.size() <= limit_;
        if (!is_all) expected.resize(limit_);

        read_query query =
            read_query::stream(stream_of(stream_)).after(stream_version{after_}).before(stream_version{before_});
        if (backward_) query = query.backward();
        std::vector<std::string> payloads;
        const page page = tested.store().read(query, batch_limit{limit_},
                                              [&](const event_view& event) { payloads.emplace_back(event.payload); });
        RC_ASSERT(payloads.size() == expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i) RC_ASSERT(payloads[i] == payload_of(expected[i]));
        RC_ASSERT(page.at_end == is_all);
    }
    void show(std::ostream& out) const override {
        out << "read " << stream_of(stream_).to_string() << (backward_ ? " backward" : "") << " after " << after_
            << " before " << before_ << ", at most " << limit_;
    }

private:
    int stream_;
    bool backward_;
    std::int64_t after_;
    std::int64_t before_;
    std::size_t limit_;
};

}  // namespace property_over_time

TEST_SUITE("faults") {
    TEST_CASE("property: a file answers as a map does, over closings, other processes, kills and repeated requests") {
        using namespace property_over_time;
        answers().clear();
        attack_line line{"property: a file over time"};
        REQUIRE(holds(line, "a file over time", 100, [] {
            system_under_test tested;
            rc::state::check(
                model{}, tested,
                rc::state::gen::execOneOfWithArgs<append_something_new, append_something_new, append_the_same_again,
                                                  append_with_used_ids, read_some, open_again, read_beside>());
            // Whatever was asked, every event of the store is told again in the end.
            tested.open_again();
            RC_ASSERT(tested.read_beside() == text_of_everything(tested.store()));
        }));
        for (const auto& [kind, times] : answers()) line.add(kind, times);
        // Commands that always end alike would compare nothing.
        CHECK(answers().size() == 4);
        for (const auto& [kind, times] : answers()) CHECK(times > 20);
    }
}
