// A store that several processes write to.

#include "support/scratch_folder.hpp"

#include <foldline/core/error.hpp>
#include <foldline/eventstore/system_clock.hpp>
#include <foldline/eventstore/uuid_v7_source.hpp>
#include <foldline/projections/sql_projection.hpp>
#include <foldline/sqlite/commit_watch_runner.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <future>
#include <optional>
#include <string>
#include <variant>

#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace foldline;
using namespace foldline_tests;

append_request note(std::string text, expected_version expected = expected_version::any(), std::string id = "1") {
    event_data event;
    event.type = {"note-taken", 1};
    event.payload = std::move(text);
    return append_request::to({"note", std::move(id)}, expected, {event});
}

/// Keeps no rows: that it is there is what matters.
sql_projection marker() {
    sql_projection made{"marker", 1};
    made.table("marked", "create table marked (stream text primary key) strict");
    return made;
}

struct world {
    explicit world(const std::filesystem::path& path, sqlite::open_mode mode = sqlite::open_mode::create,
                   projection* inline_one = nullptr)
        : file(path, {.mode = mode}),
          store(file, clock, ids,
                {.inline_projections = inline_one ? std::vector{inline_one} : std::vector<projection*>{}}) {}

    system_clock clock;
    uuid_v7_source ids{clock};
    sqlite::database file;
    sqlite::sqlite_event_store store;
};

/// A process that has the store open, and does as it is told, one letter an order:
/// `a` appends a note, `n` appends one to a stream of its own, `h` holds the right to write from now on, `p` brings an
/// inline projection. No file is open in this process when it is forked: SQLite does not survive that.
class writing_process {
public:
    explicit writing_process(const std::filesystem::path& file) {
        int orders[2];
        int answers[2];
        REQUIRE(::pipe(orders) == 0);
        REQUIRE(::pipe(answers) == 0);
        process_ = ::fork();
        if (process_ == 0) {
            ::close(orders[1]);
            ::close(answers[0]);
            obey(file, orders[0], answers[1]);
        }
        ::close(orders[0]);
        ::close(answers[1]);
        orders_ = orders[1];
        answers_ = answers[0];
        REQUIRE(process_ > 0);
        REQUIRE(is_answered());
    }
    writing_process(const writing_process&) = delete;
    writing_process& operator=(const writing_process&) = delete;
    ~writing_process() {
        kill();
        ::close(orders_);
        ::close(answers_);
    }

    [[nodiscard]] bool does(char order) { return ::write(orders_, &order, 1) == 1 && is_answered(); }
    void kill() {
        if (process_ <= 0) return;
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = 0;
    }

private:
    [[noreturn]] static void obey(const std::filesystem::path& file, int orders, int answers) {
        try {
            std::optional<world> world{std::in_place, file};
            std::optional<sqlite::write_lease> held;
            sql_projection mine = marker();
            int streams = 0;
            for (char order = 0;;) {
                if (::write(answers, "d", 1) != 1 || ::read(orders, &order, 1) != 1) ::_exit(0);
                if (order == 'a') (void)world->store.append(note("by another"));
                if (order == 'n')
                    (void)world->store.append(
                        note("new", expected_version::no_stream(), "own-" + std::to_string(++streams)));
                if (order == 'h') held.emplace(world->file.lease_writer());
                if (order == 'p') world.emplace(file, sqlite::open_mode::create, &mine);
            }
        } catch (...) {
            ::_exit(9);
        }
    }
    [[nodiscard]] bool is_answered() const {
        char answer = 0;
        return ::read(answers_, &answer, 1) == 1;
    }

    pid_t process_ = 0;
    int orders_ = -1;
    int answers_ = -1;
};

appended done_by(append_result result) {
    REQUIRE(std::holds_alternative<appended>(result));
    return std::get<appended>(result);
}

}  // namespace

TEST_CASE("several processes: each continues where the other ended, in every stream and in the log") {
    const scratch_folder folder;
    const auto path = folder / "store.db";
    writing_process other{path};
    REQUIRE(other.does('a'));
    world mine{path};
    for (std::int64_t round = 1; round <= 20; ++round) {
        const appended done = done_by(mine.store.append(note("by this one")));
        CHECK(done.version == stream_version{2 * round});
        CHECK(done.position == global_position{3 * round - 1});
        REQUIRE(other.does('n'));
        CHECK(mine.store.head() == global_position{3 * round});
        REQUIRE(other.does('a'));
    }
    std::int64_t position = 0;
    mine.store.read(read_query::all(), batch_limit{1'000},
                    [&](const event_view& event) { CHECK(event.position.value == ++position); });
    CHECK(position == 61);
}

TEST_CASE("several processes: a conflict is exact, though the other's event was never read here") {
    const scratch_folder folder;
    const auto path = folder / "store.db";
    writing_process other{path};
    world mine{path};
    CHECK(done_by(mine.store.append(note("1", expected_version::no_stream()))).version == stream_version{1});
    REQUIRE(other.does('a'));
    const auto refused = mine.store.append(note("2", expected_version::exactly(stream_version{1})));
    REQUIRE(std::holds_alternative<version_conflict>(refused));
    CHECK(std::get<version_conflict>(refused).actual == stream_version{2});
    CHECK(done_by(mine.store.append(note("3", expected_version::exactly(stream_version{2})))).version ==
          stream_version{3});
    CHECK(done_by(mine.store.append(note("mine", expected_version::no_stream(), "other"))).position ==
          global_position{4});
    REQUIRE(other.does('n'));
    CHECK(std::holds_alternative<version_conflict>(
        mine.store.append(note("late", expected_version::no_stream(), "own-1"))));
}

TEST_CASE("several processes: a reader beside writers sees what is committed") {
    const scratch_folder folder;
    const auto path = folder / "store.db";
    writing_process writer{path};
    REQUIRE(writer.does('a'));
    const world beside{path, sqlite::open_mode::read_only};
    CHECK(beside.store.head() == global_position{1});
    REQUIRE(writer.does('a'));
    CHECK(beside.store.head() == global_position{2});
    CHECK(beside.store.read(read_query::all(), batch_limit{10}, [](const event_view&) {}).events == 2);
}

TEST_CASE("several processes: one that is killed holds nobody up, whatever it held") {
    const scratch_folder folder;
    const auto path = folder / "store.db";
    writing_process writer{path};
    REQUIRE(writer.does('a'));
    REQUIRE(writer.does('a'));
    REQUIRE(writer.does('h'));
    world mine{path.parent_path() / "other.db"};  // so that something is open while it dies
    writer.kill();
    world next{path};
    CHECK(done_by(next.store.append(note("by this one"))).position == global_position{3});
}

TEST_CASE("several processes: a follower hears of a commit of another process without looking") {
    const scratch_folder folder;
    const auto path = folder / "store.db";
    writing_process other{path};
    for (const auto mode : {sqlite::open_mode::create, sqlite::open_mode::read_only}) {
        world mine{path, mode};
        const sqlite::commit_watch_runner watch{mine.file, mine.store};
        auto heard = std::make_shared<std::promise<global_position>>();
        const global_position before = mine.store.head();
        const auto connection = mine.store.commits().connect([heard, before](global_position head) {
            try {
                if (head > before) heard->set_value(head);
            } catch (const std::future_error&) {
                // It was said twice; the first is enough.
            }
        });
        REQUIRE(other.does('a'));
        CHECK(heard->get_future().get() == before.next());
    }
}

TEST_CASE("several processes: an inline projection that another brings must be everybody's") {
    const scratch_folder folder;
    const auto path = folder / "store.db";
    writing_process other{path};
    world mine{path};
    (void)done_by(mine.store.append(note("before")));
    REQUIRE(other.does('p'));
    CHECK_THROWS_AS((void)mine.store.append(note("after")), incompatible_store);
    CHECK(mine.store.head() == global_position{1});
    REQUIRE(other.does('a'));
    CHECK(mine.store.head() == global_position{2});
}

TEST_CASE("several processes: two objects of one process are two writers") {
    const scratch_folder folder;
    world first{folder / "store.db"};
    world second{folder / "store.db"};
    for (std::int64_t round = 1; round <= 10; ++round) {
        CHECK(done_by(first.store.append(note("first"))).version == stream_version{2 * round - 1});
        CHECK(done_by(second.store.append(note("second"))).version == stream_version{2 * round});
    }
}
